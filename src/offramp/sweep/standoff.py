"""Scenarios of a standoff: its offer, pressure, guarantor, counter-demand and assessments, each at many values.

Armed forces and street only place the start of the game, as do offer, pressure and counter-demand; what they change is
read off a solved world (`exitgame.starts`), a million scenarios in seconds. The guarantee, its guarantor, the public's
support, the economy and both sides' resolve move payoffs: each combination of their values is a world of its own and is
solved. Worlds start their search from the case's own solution, so that a sweep follows one branch of equilibria.

`army_loyalty` and `street` may be 0 and 1: then the state is known. Other values put back any state that the case
holds to uncertain. An assessment keeps its width in log-odds wherever its centre is put, as with `--set`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from offramp.case.models import ASSESSMENTS, Case
from offramp.codes.exits import OUTCOMES
from offramp.errors import InputError
from offramp.sweep.axes import Axis, count, numbers, parse, told, unknown, words

ROWS = 100_000
"""Scenarios of a unit of work at most where worlds are swept: one that is cut is solved by all that have a piece."""
ROWS_SENT = 25_000
"""The same where one world serves all; workers are sent it solved."""
PART_ROWS = 20_000
"""Scenarios of a part that takes several worlds."""
DRAWS_AT_ONCE = 256
"""Draws, of all its worlds together, that one call of the solver takes: some 1 GiB at 21 nodes."""
CHOICES: dict[str, tuple[str, ...]] = {
    "offer": ("none", "safe_passage", "safe_passage_immunity"),
    "pressure": ("none", "sanctions", "ultimatum"),
    "counter_demand": ("none", "standing"),
    "guarantor": ("coercer", "third_state", "successor"),
}
KNOWN = {"army_loyalty": ("armed_forces", "wavering", "loyal"), "street": ("street", "quiet", "mobilised")}
"""Assessments that the state can make certain: the state's name, and what 0 and 1 stand for."""
PLACES_START = ("offer", "pressure", "counter_demand", "army_loyalty", "street")
NAMES = (*CHOICES, *ASSESSMENTS)
DEFAULT = {"army_loyalty": "0:1:21", "street": "0:1:21"}
USUAL = "0.05:0.95:19"


@dataclass(frozen=True)
class Plan:
    """A sweep of a standoff; picklable, and the same everywhere."""

    case: Case
    worlds: tuple[Axis, ...]
    starts: tuple[Axis, ...]
    months: tuple[int, ...] = (12,)
    horizon: int = 24
    draws: int = 64
    seed: int = 0
    nodes: int = 21
    intervals: bool = True

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Axes in the order in which scenarios are numbered, the last one varying fastest."""
        return (*self.worlds, *self.starts)

    @property
    def scenarios(self) -> int:
        """How many there are."""
        return count(self.axes)

    @property
    def per_world(self) -> int:
        """Scenarios that share a solution."""
        return count(self.starts)

    @property
    def unit_rows(self) -> int:
        """Scenarios of one unit of work at most."""
        return ROWS if self.worlds else ROWS_SENT

    @property
    def cuts(self) -> int:
        """Units of work in which one world is done."""
        return -(-self.per_world // self.unit_rows)

    @property
    def units(self) -> int:
        """Units of work in all."""
        return count(self.worlds) * self.cuts

    @property
    def part_size(self) -> int:
        """Units of a part: a call of the solver's worth, or rows enough."""
        return 1 if self.cuts > 1 else max(1, min(DRAWS_AT_ONCE // self.draws, PART_ROWS // self.per_world))

    def arguments(self) -> dict[str, Any]:
        """What the figures depend on, for the manifest."""
        return {
            "case": self.case.model_dump(mode="json", exclude_none=True), "over": told(self.axes),
            "months": list(self.months), "horizon": self.horizon, "draws": self.draws, "seed": self.seed,
            "nodes": self.nodes, "intervals": self.intervals,
        }  # fmt: skip

    def schema(self) -> dict[str, Any]:
        """Columns of the table."""
        found: dict[str, Any] = {"scenario": pl.Int64}
        found |= {axis.name: pl.Float64 if axis.numeric else pl.String for axis in self.axes}
        found["month"] = pl.Int16
        for name in ("any_exit", *map(str, OUTCOMES)):
            found[name] = pl.Float64
            if self.intervals:
                found |= {f"{name}_low": pl.Float64, f"{name}_high": pl.Float64}
        found["problem"] = pl.String
        return found


def plan(case: Case, over: Sequence[str], **options: Any) -> Plan:
    """A sweep as the command line says it.

    Args:
        case: The standoff, its overrides applied.
        over: As for `axes.parse`.
        options: Months, horizon, draws, seed, nodes, intervals of `Plan`.

    Raises:
        InputError: For names and values that cannot be, and months beyond the horizon.
    """
    found = {name: _axis(name, text) for name, text in parse(over).items()}
    made = Plan(
        case,
        tuple(axis for name, axis in found.items() if name not in PLACES_START),
        tuple(axis for name, axis in found.items() if name in PLACES_START),
        **options,
    )
    count(made.axes)
    for month in made.months:
        if not 1 <= month <= made.horizon:
            raise InputError(f"--month {month}: expected 1 to the horizon, {made.horizon}.")
    return made


def _axis(name: str, text: str) -> Axis:
    if name in CHOICES:
        return Axis(name, words(name, text, CHOICES[name]))
    if name not in ASSESSMENTS:
        raise unknown(name, NAMES, "a standoff")
    values = numbers(name, text or DEFAULT.get(name, USUAL))
    for value in values:
        inside = 0 < value < 1
        if not (inside or (name in KNOWN and value in (0, 1))):
            ends = "0 to 1" if name in KNOWN else "above 0 and below 1"
            raise InputError(f"--over {name}: {value:g} is no probability that it can have; expected {ends}.")
    return Axis(name, values)


def growth(plan: Plan) -> str:
    """What a sweep has to do, in words."""
    worlds = count(plan.worlds)
    return f"{plan.scenarios:,} scenarios in {worlds:,} solved world{'s' if worlds != 1 else ''}"
