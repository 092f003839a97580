"""A case solved once so that a change of offer, guarantee, pressure or loyalty is answered at once.

Exit probabilities are linear in where the game starts, and so is the filter over the observed months before it is
normalised. A solved world is therefore kept as two arrays: what each start leads to by each month told (`prospects`,
one pass backwards), and where each posture of armed forces and street leaves the belief after the observed months. Of
the four sliders, offer, pressure and loyalty only move the start: their answer is a weighted sum, exact for the draws
at hand. The guarantee is a payoff and needs a solution of its own: a preview takes it between solutions made ready on a
grid, a full answer solves.

`Live.preview` uses few draws and coarse beliefs, `Live.full` the draws of the recorded forecast; the latter is what
`exitgame.api.play` gives (`tests/web/test_live.py` holds it to that).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offramp.case import overrides
from offramp.case.models import Case, Override
from offramp.codes.exits import OUTCOMES
from offramp.errors import InputError
from offramp.exitgame import anchor_b, api, engine, game, priors, rates
from offramp.exitgame import assessments as mapping
from offramp.exitgame.draws import Array
from offramp.exitgame.moves import RulerMove
from offramp.exitgame.priors import Sample
from offramp.exitgame.prospect import prospects, survive
from offramp.exitgame.states import SHAPE, STATES, Demand, Pressure
from offramp.exitgame.whatif import OFFERS, moved
from offramp.forecast.brief import Outcomes, Series
from offramp.forecast.summarise import marks, outcome_series

GRID = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Overrides that a preview can answer.
MOVES_START = frozenset({"state.offer", "state.pressure", "state.armed_forces", "army_loyalty"})
LIVE = MOVES_START | {"guarantee"}
MOST_WORLDS, MOST_ANSWERS = 3, 500
"""Solved guarantees and answers kept for a case."""

Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """How a forecast was made."""

    months: int
    draws: int
    seed: int
    nodes: int = api.NODES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a change leads to: series over `months`, means with 90 % intervals."""

    months: list[int]
    outcomes: Outcomes
    draws: int
    preview: bool


@dataclass(frozen=True, slots=True)
class _World:
    """A solved world as functionals of its start; D draws, M months told."""

    draws: Sample
    start: Array  # [D, node]: belief with which the game starts
    solved: npt.NDArray[np.bool_]
    reach: tuple[Array, ...]  # M of [D, 8, 72, node]
    corners: Array | None  # [D, army, street, node]: belief after the observed months, its mass their likelihood

    def outcomes(self, case: Case, usable: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Outcome probabilities [D, M, 9] and weights [D] of a case that differs from this world's in its start."""
        public = mapping.start_mass(case, mapping.judge(case.assessments, self.draws))
        n = len(public)
        good = usable & self.solved
        belief, likelihood = self.start, np.ones(n)
        if self.corners is not None:
            posture = public.reshape(n, *SHAPE).sum((1, 2, 5))
            belief = np.einsum("dau,daun->dn", posture, self.corners)
            likelihood = belief.sum(1)
            possible = likelihood > 0
            belief = np.where(possible[:, None], belief / np.where(possible, likelihood, 1.0)[:, None], self.start)
        mass = public[:, :, None] * belief[:, None, :]
        weights = np.where(good, likelihood, 0.0)
        if not weights.sum() > 0:
            raise InputError("history: what is said of the months before cannot happen in the game with this change.")
        flat = mass.reshape(n, -1)
        exits = np.stack([np.einsum("dkx,dx->dk", reach.reshape(n, len(OUTCOMES) - 1, -1), flat)
                          for reach in self.reach], 1)  # fmt: skip
        stays = flat.sum(1)[:, None, None] - exits.sum(2, keepdims=True)
        return np.concatenate([exits, stays], 2), weights / weights.sum()


class Solved:
    """A case solved with some draws and nodes: worlds by guarantee, kept ready.

    Where a draw has several equilibria, which one is found depends on where the search starts. `near` starts from the
    case's own solution, four times as fast; without it a world is the one that a forecast of the changed case finds.
    """

    def __init__(self, case: Case, run: Run, nodes: int, *, near: bool) -> None:
        self.case, self.run, self.nodes = case, run, nodes
        draws = run.draws - run.draws % api.REPLICATES
        sample = anchor_b.apply(priors.sample(draws, run.seed, replicates=api.REPLICATES, spare=rates.DIMENSIONS))
        self.setting = engine.set_up(case, sample, months=run.months, seed=run.seed)
        self.told = marks(run.months)
        world = engine.solve_variants(self.setting, [self._variant(case)], months=run.months, nodes=nodes)["base"]
        self._near = world if near else None
        self.base = self._functionals(world)
        self._worlds: OrderedDict[float, _World] = OrderedDict()
        self._lock = threading.Lock()

    def _variant(self, case: Case, name: str = "base") -> engine.Variant:
        rows = np.arange(self.setting.draws.draws)
        known = self.setting.known
        return engine.Variant(name, rows, case.assessments, known.guarantor, known)

    def with_guarantees(self, values: list[float]) -> dict[float, _World]:
        """Worlds in which the guarantee's central value is another, all solved in one call."""
        with self._lock:
            found = {value: self._worlds[value] for value in values if value in self._worlds}
        missing = [value for value in values if value not in found]
        if missing:
            variants = [self._variant(with_changes(self.case, {"guarantee": v}), f"{v}") for v in missing]
            worlds = engine.solve_variants(
                self.setting, variants, months=self.run.months, nodes=self.nodes, near=self._near
            )
            found |= {value: self._functionals(worlds[f"{value}"]) for value in missing}
        with self._lock:
            for value in values:
                self._worlds[value] = found[value]
                self._worlds.move_to_end(value)
        return found

    def forget_beyond(self, most: int) -> None:
        """Lets the guarantees go that were asked for longest ago."""
        with self._lock:
            while len(self._worlds) > most:
                self._worlds.popitem(last=False)

    def holds(self, guarantee: float | None) -> bool:
        """Whether a guarantee is solved already."""
        return guarantee is None or guarantee in self._worlds

    def series(self, world: _World, case: Case) -> Outcomes:
        """What a world leads to from a case's start."""
        outcomes, weights = world.outcomes(case, self.setting.usable)
        return outcome_series(outcomes, weights, range(len(self.told)))

    def _functionals(self, world: engine.World) -> _World:
        policy = world.solution.policy
        reach = tuple(prospects(policy, months).outcomes for months in self.told)
        start = game.at_belief(np.ones((world.draws.draws, 1)), world.params.committed, world.solution)[:, 0]
        return _World(world.draws, start, world.solution.solved, reach, self._corners(world))

    def _corners(self, world: engine.World) -> Array | None:
        """Each posture of armed forces and street run through the observed months, not normalised."""
        if not self.case.history:
            return None
        n = world.draws.draws
        found = []
        for army in (0, 1):
            for street in (0, 1):
                public = np.zeros((n, *SHAPE))
                public[:, 0, 0, army, street, int(Demand.NO)] = 1.0
                found.append(self._learnt(world, world.start(public.reshape(n, STATES))))
        return np.stack(found, 1).reshape(n, 2, 2, -1)

    def _learnt(self, world: engine.World, mass: Array) -> Array:
        """Belief [draw, node] after the observed months; its sum is their likelihood. As `game.learn` without scale."""
        demanded = False
        before = None
        for month in self.case.history:
            pressure, offer = Pressure[month.pressure.upper()], OFFERS[month.offer]
            changed = before is not None and before.offer != month.offer
            demanded = demanded and not changed
            state = {"pressure": int(pressure), "offer": int(offer)} | ({"demand": int(Demand.NO)} if changed else {})
            moves = game._observed_moves(month, pressure, offer, demanded=demanded)
            masks = game._masks(pressure, offer, moves)
            mass = survive(world.solution.policy, moved(mass, state), masks)
            demanded = demanded or moves == frozenset({RulerMove.DEMAND})
            before = month
        return np.asarray(mass.sum(1))


class Live:
    """One case, ready for sliders."""

    def __init__(self, case: Case, run: Run, *, draws: int = 16, nodes: int = 11) -> None:
        """Solves the preview's worlds; the full draws are solved when first asked for."""
        self.case, self.run = case, run
        self._few = Solved(case, Run(run.months, draws, run.seed), nodes, near=True)
        centre = case.assessments.guarantee.central
        self._grid = {centre: self._few.base} | self._few.with_guarantees([v for v in GRID if abs(v - centre) > 0.02])
        self._nodes = sorted(self._grid)
        self._zero = self._few.series(self._few.base, case)
        self._many: Solved | None = None
        self._recorded: Outcomes | None = None
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    @property
    def months(self) -> list[int]:
        """Months that answers tell."""
        return self._few.told

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
        g = case.assessments.guarantee.central if "guarantee" in changes else self.case.assessments.guarantee.central
        found = self._between(case, g)
        if self._recorded is not None:
            found = _shifted(self._recorded, self._zero, found)
        return Answer(self.months, found, self._few.run.draws, preview=True)

    def _between(self, case: Case, g: float) -> Outcomes:
        """Series at a guarantee, linear on the logit scale between the two nearest that are solved."""
        g = min(max(g, self._nodes[0]), self._nodes[-1])
        right = next(i for i, node in enumerate(self._nodes) if g <= node)
        left = max(0, right - 1)
        a = self._few.series(self._grid[self._nodes[left]], case)
        if self._nodes[right] == self._nodes[left]:
            return a
        if g == self._nodes[right]:
            return self._few.series(self._grid[g], case)
        b = self._few.series(self._grid[self._nodes[right]], case)
        lo, hi, at = (np.log(x / (1 - x)) for x in (self._nodes[left], self._nodes[right], g))
        share = float((at - lo) / (hi - lo))
        return _combined([(1 - share, a), (share, b)])

    def ready(self, changes: Changes) -> bool:
        """Whether the full answer needs no solving."""
        if _key(changes) in self._answers:
            return True
        guarantee = changes.get("guarantee")
        return self._many is not None and self._many.holds(None if guarantee is None else float(guarantee))

    def full(self, changes: Changes) -> Answer:
        """The answer that a forecast of the changed case would give, with the recorded forecast's draws.

        Raises:
            InputError: A change that is none of `LIVE`, or whose value cannot be.
            NotConvergedError: If the game with the change was not solved.
        """
        check(changes)
        case, key = with_changes(self.case, changes), _key(changes)
        held = self._answers.get(key)
        if held is not None:
            return held
        with self._lock:
            if self._many is None:
                self._many = Solved(self.case, self.run, self.run.nodes, near=False)
            many = self._many
        world = many.base
        if "guarantee" in changes:
            value = case.assessments.guarantee.central
            world = many.with_guarantees([value])[value]
            many.forget_beyond(MOST_WORLDS)
        answer = Answer(self.months, many.series(world, case), self.run.draws, preview=False)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
        return answer


def check(changes: Changes) -> None:
    """Raises `InputError` for a change that is none of the four sliders'."""
    unknown = sorted(set(changes) - LIVE)
    if unknown:
        raise InputError(f"{', '.join(unknown)}: a live answer moves {', '.join(sorted(LIVE))} only.")


def with_changes(case: Case, changes: Changes) -> Case:
    """A case with overrides applied. Raises `InputError` as `case.overrides.effective` does."""
    told = {path: Override(value=value, by="what-if") for path, value in changes.items()}
    return overrides.effective(case.model_copy(update={"overrides": told}))


def _key(changes: Changes) -> str:
    return repr(sorted(changes.items()))


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
