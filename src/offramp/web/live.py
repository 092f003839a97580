"""A case solved once so that a change of offer, guarantee, pressure or loyalty is answered at once.

Of the four sliders, offer, pressure and loyalty only move the start of the game: their answer is read off the solved
world (`exitgame.starts`). The guarantee is a payoff and needs a solution of its own: a preview takes it between
solutions made ready on a grid, a full answer solves.

`Live.preview` uses few draws and coarse beliefs, `Live.full` the draws of the recorded forecast; the latter is what
`exitgame.api.play` gives (`tests/web/test_live.py` holds it to that). Solving is `solving`'s, in a process of its own.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from offramp.case.models import Case
from offramp.codes.exits import OUTCOMES
from offramp.errors import InputError
from offramp.exitgame.draws import Array
from offramp.exitgame.starts import Starts
from offramp.forecast.brief import Outcomes, Series
from offramp.forecast.summarise import marks, outcome_series
from offramp.web import solving
from offramp.web.solving import Run, with_changes

GRID = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Overrides that a preview can answer.
MOVES_START = frozenset({"state.offer", "state.pressure", "state.armed_forces", "army_loyalty"})
LIVE = MOVES_START | {"guarantee"}
MOST_WORLDS = 24
"""Guarantees solved with all draws that are kept for a case, some 6 MB each."""

Changes = Mapping[str, Any]


class Worlds(Protocol):
    """Solves a case with other guarantees, one world each."""

    def __call__(self, case: Case, run: Run, guarantees: Sequence[float], *, near: bool) -> list[Starts]:
        """As `solving.worlds`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a change leads to: series over `months`, means with 90 % intervals."""

    months: list[int]
    outcomes: Outcomes
    draws: int
    preview: bool


class Live:
    """One case, ready for sliders."""

    def __init__(
        self, case: Case, run: Run, *, draws: int = 16, nodes: int = 11, solve: Worlds = solving.worlds
    ) -> None:
        """Solves the preview's worlds; the full draws are solved when first asked for.

        Args:
            case: The case as recorded.
            run: How its forecast was made.
            draws: Draws of a preview.
            nodes: Size of a preview's belief grid.
            solve: What solves; by default it is done here.
        """
        self.case, self.run, self._solve = case, run, solve
        self.months = marks(run.months)
        self._few = dataclasses.replace(run, draws=draws, nodes=nodes)
        centre = case.assessments.guarantee.central
        self._nodes = sorted([centre, *(value for value in GRID if abs(value - centre) > 0.02)])
        self._grid = dict(zip(self._nodes, solve(case, self._few, self._nodes, near=True), strict=True))
        self._zero = _series(self._grid[centre], case)
        self._recorded: Outcomes | None = None
        self._lock = threading.Lock()
        self._worlds: OrderedDict[float, Starts] = OrderedDict()

    def recorded(self, outcomes: Outcomes) -> None:
        """Tells what the forecast says without a change, so that a preview begins there."""
        self._recorded = outcomes

    def preview(self, changes: Changes) -> Answer:
        """The recorded forecast, moved by what the change moves among few draws.

        Raises:
            InputError: A change that is none of `LIVE`, or whose value cannot be.
        """
        check(changes)
        case = with_changes(self.case, changes)
        found = self._between(case, case.assessments.guarantee.central)
        if self._recorded is not None:
            found = _shifted(self._recorded, self._zero, found)
        return Answer(self.months, found, self._few.draws, preview=True)

    def _between(self, case: Case, g: float) -> Outcomes:
        """Series at a guarantee, linear on the logit scale between the two nearest that are solved."""
        g = min(max(g, self._nodes[0]), self._nodes[-1])
        right = next(i for i, node in enumerate(self._nodes) if g <= node)
        left = max(0, right - 1)
        if g == self._nodes[right]:
            return _series(self._grid[g], case)
        a, b = (_series(self._grid[self._nodes[i]], case) for i in (left, right))
        lo, hi, at = (np.log(x / (1 - x)) for x in (self._nodes[left], self._nodes[right], g))
        share = float((at - lo) / (hi - lo))
        return _combined([(1 - share, a), (share, b)])

    def ready(self, changes: Changes) -> bool:
        """Whether the full answer needs no solving."""
        return self._guarantee(changes) in self._worlds

    def full(self, changes: Changes) -> Answer:
        """The answer that a forecast of the changed case would give, with the recorded forecast's draws.

        Raises:
            InputError: A change that is none of `LIVE`, or whose value cannot be.
            NotConvergedError: If the game with the change was not solved.
        """
        check(changes)
        case, guarantee = with_changes(self.case, changes), self._guarantee(changes)
        with self._lock:
            world = self._worlds.get(guarantee)
        if world is None:
            world = self._solve(self.case, self.run, [guarantee], near=False)[0]
        with self._lock:
            self._worlds[guarantee] = world
            self._worlds.move_to_end(guarantee)
            while len(self._worlds) > MOST_WORLDS:
                self._worlds.popitem(last=False)
        return Answer(self.months, _series(world, case), self.run.draws, preview=False)

    def _guarantee(self, changes: Changes) -> float:
        return float(changes.get("guarantee", self.case.assessments.guarantee.central))


def _series(world: Starts, case: Case) -> Outcomes:
    """What a world leads to from a case's start."""
    outcomes, weights = world.outcomes(case)
    return outcome_series(outcomes, weights, range(len(world.months)))


def check(changes: Changes) -> None:
    """Raises `InputError` for a change that is none of the four sliders'."""
    unknown = sorted(set(changes) - LIVE)
    if unknown:
        raise InputError(f"{', '.join(unknown)}: a live answer moves {', '.join(sorted(LIVE))} only.")


def _combined(parts: list[tuple[float, Outcomes]]) -> Outcomes:
    def mixed(name: str, side: str) -> list[float | None]:
        rows = [(share, getattr(series[name], side)) for share, series in parts]
        return [sum(share * values[i] for share, values in rows) for i in range(len(rows[0][1]))]

    return {n: Series(mean=mixed(n, "mean"), low=mixed(n, "low"), high=mixed(n, "high")) for n in parts[0][1]}


def _shifted(recorded: Outcomes, zero: Outcomes, found: Outcomes) -> Outcomes:
    """`recorded` moved by the difference of two previews, kept between 0 and 1 and summing to 1."""
    names = [str(name) for name in OUTCOMES]

    def table(side: str, series: Outcomes) -> Array:
        return np.array([getattr(series[name], side) for name in names], dtype=float)

    sides = {s: np.clip(table(s, recorded) + table(s, found) - table(s, zero), 0, 1) for s in ("mean", "low", "high")}
    sides["mean"] /= sides["mean"].sum(0)
    sides["low"] = np.minimum(sides["low"], sides["mean"])
    sides["high"] = np.maximum(sides["high"], sides["mean"])
    return {
        name: Series(**{side: values[k].tolist() for side, values in sides.items()}) for k, name in enumerate(names)
    }
