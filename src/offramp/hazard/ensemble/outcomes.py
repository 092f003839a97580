"""What is forecast: twelve outcomes at any of the horizons for which the panel has windows.

Outcomes look at the months (t, t + h] after an origin t, as the panel's outcome columns do: exits of the leader in
office at t by mode, and coup attempts in the state whoever rules. `irregular` includes Archigos's single
'irregular, other'; `coup_exit` does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from offramp.errors import InputError
from offramp.hazard.features import Array, Index

OUTCOMES: Final = (
    "any_exit",
    "irregular",
    "regular",
    "natural",
    "coup_exit",
    "uprising",
    "rebels",
    "foreign",
    "assassination",
    "coup_attempt",
    "coup_success",
    "irregular_adj",
)
HORIZONS: Final = (1, 6, 12)
IRREGULAR: Final = ("coup", "uprising", "rebels", "foreign", "assassination", "other_irregular")
ANY: Final = ("regular", "natural", *IRREGULAR)

EXITS: Final[dict[str, tuple[str, ...]]] = {
    "any_exit": ANY,
    "irregular": IRREGULAR,
    "regular": ("regular",),
    "natural": ("natural",),
    "coup_exit": ("coup",),
    **{name: (name,) for name in ("uprising", "rebels", "foreign", "assassination")},
}
"""Outcomes read from `exit_next*`, with the categories that count."""
FLAGS: Final = {"coup_attempt": "coup_att_next", "coup_success": "coup_succ_next", "irregular_adj": "irreg_adj_next"}
"""Outcomes that have a 0/1 column of their own."""
SUBMODES: Final = ("coup_exit", "uprising", "rebels", "foreign", "assassination")
"""Parts of `irregular`."""
JOINT: Final = ("regular", "natural", *SUBMODES)
"""Outcomes that exclude one another; with 'still in office' they add up to 1 (the joint score's alternatives)."""


def position(name: str) -> int:
    """Where an outcome stands on axes of outcomes.

    Raises:
        InputError: For a name that is no outcome.
    """
    if name not in OUTCOMES:
        raise InputError(f"outcome: {name!r} is unknown; known are {', '.join(OUTCOMES)}")
    return OUTCOMES.index(name)


def month_number(origin: str) -> int:
    """'1949-12' -> months since year 0.

    Raises:
        InputError: If the text is no month.
    """
    year, _, month = origin.partition("-")
    if not (len(year) == 4 and len(month) == 2 and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        raise InputError(f"month: {origin!r} is no month; write YYYY-MM, for instance 2009-12")
    return 12 * int(year) + int(month) - 1


def month_name(number: int) -> str:
    """The inverse of `month_number`."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_numbers(frame: pl.DataFrame) -> Index:
    """`month_number` of every row's origin."""
    parts = frame.select(
        pl.col("origin").str.slice(0, 4).cast(pl.Int64).alias("y"), pl.col("origin").str.slice(5, 2).cast(pl.Int64)
    )
    numbers: Index = parts["y"].to_numpy() * 12 + parts["origin"].to_numpy() - 1
    return numbers


def observed(frame: pl.DataFrame, horizons: Sequence[int] = HORIZONS) -> Array:
    """Outcomes of every row, `(row, outcome, horizon)`: 0, 1, or NaN where the panel does not say."""
    result = np.full((frame.height, len(OUTCOMES), len(horizons)), np.nan)
    for j, horizon in enumerate(horizons):
        name = f"exit_next{horizon}"
        if name in frame.columns:
            category = frame[name]
            known = category.is_not_null().to_numpy()
            for outcome, members in EXITS.items():
                hit = category.is_in(list(members)).fill_null(False).to_numpy()
                result[known, OUTCOMES.index(outcome), j] = hit[known]
        for outcome, prefix in FLAGS.items():
            if f"{prefix}{horizon}" in frame.columns:
                values = frame[f"{prefix}{horizon}"].cast(pl.Float64).to_numpy()
                result[:, OUTCOMES.index(outcome), j] = values
    return result


def visible(observed_: Array, months: Index, until: int, horizons: Sequence[int] = HORIZONS) -> Array:
    """What could be known at the end of month `until`: windows that run beyond it are NaN."""
    seen = observed_.copy()
    for j, horizon in enumerate(horizons):
        seen[months + horizon > until, :, j] = np.nan
    return seen


def coherent(chances: Array) -> Array:
    """Make chances `(row, outcome, horizon)` fit together.

    Parts of `irregular` are scaled to its chance. Any exit keeps its chance and `regular` takes what irregular and
    natural exits leave of it, but at least a fifth of its own; where even that does not fit, any exit gives way. A
    successful coup is at most as likely as an attempt.
    """
    result = np.clip(chances, 1e-9, 1 - 1e-6)
    at = {name: i for i, name in enumerate(OUTCOMES)}
    parts = [at[name] for name in SUBMODES]
    total = result[:, parts].sum(axis=1)
    irregular = result[:, at["irregular"]]
    result[:, parts] *= (irregular / total)[:, None]
    natural = result[:, at["natural"]]
    rest = result[:, at["any_exit"]] - irregular - natural
    regular = np.maximum(rest, 0.2 * result[:, at["regular"]])
    total = regular + irregular + natural
    shrink = np.minimum(1.0, 0.999 / total)
    for name in ("irregular", "natural", *SUBMODES):
        result[:, at[name]] *= shrink
    result[:, at["regular"]] = regular * shrink
    result[:, at["any_exit"]] = total * shrink
    result[:, at["coup_success"]] = np.minimum(result[:, at["coup_success"]], result[:, at["coup_attempt"]])
    return result
