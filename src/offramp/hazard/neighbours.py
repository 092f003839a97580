"""The leader-months of the record that resemble a ruler most, and what happened next. Needs polars.

Distance is the root of the weighted mean squared gap over the features known on both sides, each in standard deviations
of the record (logs where counts and times are long-tailed; kinds of regime and regions count one gap when they differ).
One month is shown for each leader, the nearest, and never one of the ruler asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from offramp.errors import InputError
from offramp.hazard.ensemble.outcomes import month_numbers
from offramp.hazard.features import Array, Index
from offramp.history.vocabulary import EXIT_CATEGORY_TO_MODE, IN_OFFICE, REGIME_NAMES, REGIONS, REIGN_TYPES

NUMBERS: Final[dict[str, float]] = {
    "tenure_m": 2.0, "age": 1.0, "military_career": 1.0, "coup_att_60m": 1.5, "mid_target_24m": 0.5,
    "civil_gov_l1": 1.0, "m_to_election": 0.5, "infmort_l1": 1.0, "polyarchy_l1": 1.0, "lpec_pc_l1": 0.5,
}  # fmt: skip
"""Features that are numbers, and their weights: a judgement. Who the ruler is first, then coups, then the country."""
KINDS: Final[dict[str, float]] = {"regime": 3.0, "region": 1.0}
LOGGED: Final = frozenset(("tenure_m", "coup_att_60m", "mid_target_24m", "infmort_l1"))


@dataclass(frozen=True)
class Neighbour:
    """One leader-month of the past, and what came of it.

    `mode` is how the leader left in the end ('in_office' where the record ends first), `months` how long after
    `origin` that was, or how long he was seen to stay.
    """

    leader: str
    country: str
    origin: str
    distance: float
    mode: str
    months: int


def facts_of(frame: pl.DataFrame, iso3: str, origin: str) -> tuple[dict[str, float | str], str]:
    """Features of the leader in office in a state at a month's end, and the leader's id.

    Raises:
        InputError: If the panel has no such row.
    """
    rows = frame.filter(pl.col("iso3") == iso3, pl.col("origin") == origin)
    if rows.is_empty():
        raise InputError(
            f"{iso3}:{origin}: the panel has no such state and month; expected ISO3:YYYY-MM, as IRQ:2002-12"
        )
    row = rows.row(0, named=True)
    facts: dict[str, float | str] = {
        name: float(row[name]) for name in NUMBERS if name in row and row[name] is not None
    }
    return facts | {"regime": REIGN_TYPES[row["regime"]], "region": row["region"]}, row["leader_id"]


def nearest(
    frame: pl.DataFrame,
    facts: Mapping[str, float | str],
    n: int = 10,
    before: int | None = None,
    leave_out: str | None = None,
) -> list[Neighbour]:
    """The `n` leaders with the months most like `facts`, nearest first.

    Args:
        frame: The record's panel.
        facts: Some of `NUMBERS` and `KINDS`; 'democracy' stands for both kinds of it.
        n: How many leaders.
        before: Month number: only what happened by then is told, and only months before it are shown.
        leave_out: Leader id that must not be shown.

    Raises:
        InputError: If nothing usable is known, or a name or kind is not one of those above.
    """
    strange = sorted(set(facts) - {*NUMBERS, *KINDS})
    if strange:
        raise InputError(f"feature: {strange[0]!r} is unknown; known are {', '.join((*KINDS, *NUMBERS))}")
    if not facts:
        raise InputError("no feature of the ruler is known, so no month can be called similar; give at least one")
    months = month_numbers(frame)
    shown = frame if before is None else frame.filter(pl.Series(months < before))
    if leave_out is not None:
        shown = shown.filter(pl.col("leader_id") != leave_out)
    if shown.is_empty():
        raise InputError("panel: no leader-month lies before the month asked about")
    shown = shown.with_columns(distance=pl.Series(_distances(shown, facts))).with_row_index("row")
    best = shown.sort("distance", "row").unique("leader_id", keep="first", maintain_order=True).head(n)
    ends = _ends(frame, months, before)
    found = []
    for row in best.iter_rows(named=True):
        mode, last = ends[row["leader_id"]]
        at = 12 * int(row["origin"][:4]) + int(row["origin"][5:]) - 1
        found.append(Neighbour(row["leader"], row["iso3"], row["origin"], row["distance"], mode, last - at))
    return found


def _distances(frame: pl.DataFrame, facts: Mapping[str, float | str]) -> Array:
    total, weight = np.zeros(frame.height), np.zeros(frame.height)
    for name, value in facts.items():
        if name in KINDS:
            gap = _kind_gap(frame, name, str(value))
        else:
            raw = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            theirs = np.log1p(np.maximum(raw, 0)) if name in LOGGED else raw
            mine = float(np.log1p(max(float(value), 0))) if name in LOGGED else float(value)
            gap = (theirs - mine) / max(float(np.nanstd(theirs)), 1e-9)
        known = ~np.isnan(gap)
        scale = (KINDS | NUMBERS)[name]
        total[known] += scale * gap[known] ** 2
        weight += scale  # what is not known of them counts as one standard deviation apart
        total[~known] += scale
    result: Array = np.sqrt(total / weight)
    return result


def _kind_gap(frame: pl.DataFrame, name: str, value: str) -> Array:
    if name == "region" and value not in REGIONS:
        raise InputError(f"region: {value!r} is unknown; known are {', '.join(REGIONS)}")
    if name == "regime" and value not in REGIME_NAMES:
        raise InputError(f"regime: {value!r} is unknown; known are {', '.join(sorted(REGIME_NAMES))}")
    theirs = frame["region"] if name == "region" else frame["regime"].replace_strict(REIGN_TYPES)
    allowed = (value,) if name == "region" else REGIME_NAMES[value]
    gap: Array = (~theirs.is_in(list(allowed))).cast(pl.Float64).to_numpy()
    return gap


def _ends(frame: pl.DataFrame, months: Index, before: int | None) -> dict[str, tuple[str, int]]:
    """How each leader left and in which month; 'in_office' and the last month seen, if not (by month `before`)."""
    last = (
        frame.with_columns(month=pl.Series(months))
        .sort("month")
        .group_by("leader_id", maintain_order=True)
        .agg(pl.col("month").last(), pl.col("exit_next1").last())
    )
    ends = {}
    for leader, month, category in last.iter_rows():
        mode = EXIT_CATEGORY_TO_MODE.get(category or "none", IN_OFFICE)
        gone = month + 1 if mode != IN_OFFICE else month
        late = before is not None and gone > before
        ends[leader] = (IN_OFFICE, int(before)) if late and before is not None else (mode, gone)
    return ends
