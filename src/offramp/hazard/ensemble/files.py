"""Forecasts that other tools read: one row a forecast, with exactly the documented columns.

`gwcode, leader_id, origin, horizon, outcome, probability, low, high`: origin is a month (YYYY-MM), the forecast is made
on its last day for the `horizon` months that follow; low and high bound 90 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from offramp.errors import InputError
from offramp.hazard.ensemble.outcomes import (
    HORIZONS,
    OUTCOMES,
    month_name,
    month_number,
    month_numbers,
    observed,
    position,
)
from offramp.hazard.ensemble.rolling import LENSES, Block, Pooled, Progress, pool, run

if TYPE_CHECKING:
    from distributed import Client

COLUMNS: Final = ("gwcode", "leader_id", "origin", "horizon", "outcome", "probability", "low", "high")
FIRST_FIT_YEARS: Final = 20
"""Years of record that the first past fit must have: pools are learnt on the origins after it."""
PAST_STEP: Final = 36
"""Months between the past fits that the pool is learnt on."""
REFIT: Final = {"never": 0, "yearly": 12, "monthly": 1}


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        train_until: Last month whose events may be known to the first fit ('YYYY-MM').
        first, last: Origins, both included.
        refit: 'never', 'yearly' or 'monthly': later fits use what the panel knows by then.
        horizons, outcomes: What to write.
        past_step: Months between past fits for the pool.
    """

    train_until: str
    first: str
    last: str
    refit: str = "never"
    horizons: tuple[int, ...] = HORIZONS
    outcomes: tuple[str, ...] = OUTCOMES
    past_step: int = PAST_STEP

    def __post_init__(self) -> None:
        if self.refit not in REFIT:
            raise InputError(f"refit: {self.refit!r} is unknown; known are {', '.join(REFIT)}")
        if set(self.horizons) - set(HORIZONS) or not self.horizons:
            raise InputError(f"horizons: {self.horizons} are not among {', '.join(map(str, HORIZONS))} months")
        for name in self.outcomes:
            position(name)
        if month_number(self.first) > month_number(self.last):
            raise InputError(f"origins: {self.first} lies after {self.last}; write the first month first, A:B")
        if month_number(self.first) < month_number(self.train_until):
            raise InputError(
                f"origins: {self.first} lies before the end of training, {self.train_until}; forecasts for months that "
                "the fit has seen are no forecasts"
            )


def asked_blocks(request: Request) -> list[Block]:
    """Fits and origins of the forecasts themselves."""
    until, first, last = (month_number(m) for m in (request.train_until, request.first, request.last))
    step = REFIT[request.refit]
    if step == 0:
        return [Block(until, first, last)]
    fits = [fit for fit in range(until, last + 1, step) if fit + step > first]
    return [Block(fit, max(first, fit), min(last, fit + step - 1)) for fit in fits]


def past_blocks(request: Request, first_month: int) -> list[Block]:
    """Past fits, the last of them one step before the end of training, each asked up to the next."""
    until, step = month_number(request.train_until), request.past_step
    earliest = first_month + 12 * FIRST_FIT_YEARS
    fits = sorted(range(until - step, earliest - 1, -step))
    return [Block(fit, fit, fit + step - 1) for fit in fits]


def forecast(
    frame: pl.DataFrame,
    request: Request,
    work: Path,
    lenses: Sequence[str] = tuple(LENSES),
    jobs: int = 1,
    cluster: Client | str | None = None,
    progress: Progress | None = None,
) -> tuple[pl.DataFrame, list[Pooled]]:
    """Forecasts of every leader in office at the asked origins.

    Returns:
        A table with `COLUMNS`, sorted by them, and the pools behind each block.

    Raises:
        InputError: If the panel has no row at these origins, or no outcome to learn from.
    """
    months = month_numbers(frame)
    asked = asked_blocks(request)
    if not ((months >= asked[0].first) & (months <= asked[-1].last)).any():
        held = f"{month_name(int(months.min()))} to {month_name(int(months.max()))}"
        raise InputError(f"panel: no row at the origins {request.first}:{request.last}; it holds {held}")
    past = past_blocks(request, int(months.min()))
    found = run(frame, [*past, *asked], work, lenses, HORIZONS, jobs, cluster, progress)
    outcomes = observed(frame)
    pooled = [pool(found, one, outcomes, months, HORIZONS) for one in found[len(past) :]]
    table: pl.DataFrame = pl.concat([rows_of(frame, one, request.horizons, request.outcomes) for one in pooled])
    return table.sort("origin", "gwcode", "horizon", "outcome"), pooled


def rows_of(frame: pl.DataFrame, given: Pooled, horizons: Sequence[int], outcomes: Sequence[str]) -> pl.DataFrame:
    """Pooled forecasts in the documented columns."""
    keys = frame.select("gwcode", "leader_id", "origin")[given.rows.tolist()]
    parts = []
    for horizon in horizons:
        j = HORIZONS.index(horizon)
        for outcome in outcomes:
            k = OUTCOMES.index(outcome)
            parts.append(
                keys.with_columns(
                    pl.lit(horizon, pl.Int64).alias("horizon"),
                    pl.lit(outcome).alias("outcome"),
                    pl.Series("probability", given.chances[:, k, j]),
                    pl.Series("low", given.low[:, k, j]),
                    pl.Series("high", given.high[:, k, j]),
                )
            )
    table: pl.DataFrame = pl.concat(parts).select(COLUMNS)
    return table


def write(table: pl.DataFrame, path: Path) -> None:
    """Write forecasts whole or not at all: Parquet by the ending `.parquet`, otherwise CSV.

    Raises:
        InputError: If the ending is neither `.csv` nor `.parquet`, or the file cannot be written.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"{path}: unknown ending {path.suffix!r}; expected .csv or .parquet")
    temporary = path.with_name(f".{path.name}.part")
    try:
        if path.suffix == ".parquet":
            table.write_parquet(temporary)
        else:
            table.write_csv(temporary, float_precision=9)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def read(path: Path) -> pl.DataFrame:
    """Read a file of forecasts back, and check it.

    Raises:
        InputError: If a column is missing or a probability leaves [0, 1] or its interval.
    """
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    missing = set(COLUMNS) - set(frame.columns)
    if missing:
        raise InputError(f"{path}: column(s) missing: {', '.join(sorted(missing))}")
    values = frame.select("low", "probability", "high").to_numpy()
    if not (np.all(np.diff(values, axis=1) >= 0) and values.min() >= 0 and values.max() <= 1):
        raise InputError(f"{path}: expected 0 <= low <= probability <= high <= 1 in every row")
    return frame


__all__ = ["COLUMNS", "Request", "asked_blocks", "forecast", "month_name", "past_blocks", "read", "rows_of", "write"]
