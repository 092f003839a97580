"""Rows of a standoff's sweep: worlds solved, starts read off them, figures and their intervals, a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from offramp.case import overrides
from offramp.case.models import Case, Override
from offramp.codes.exits import OUTCOMES
from offramp.compiled import enable_compile_cache
from offramp.exitgame import assessments as mapping
from offramp.exitgame.draws import Array
from offramp.exitgame.starts import Solved, Starts
from offramp.exitgame.states import SHAPE, Demand, Offer, Pressure
from offramp.sweep.axes import Axis, at
from offramp.sweep.standoff import CHOICES, KNOWN, Plan

LEVELS = (0.05, 0.95)
CHUNK = 500
"""Scenarios computed at a time, so that arrays of 64 draws stay in a core's cache: twice as fast as thousands."""
SENT_MONTHS = 3
"""Months told of a world that goes along with every task: some 10 MB each at 64 draws."""
FRAME = 10_000
"""Scenarios turned into a frame at a time."""


def rows(plan: Plan, units: Sequence[int]) -> pl.DataFrame:
    """The table of some units of work, by scenario and month.

    Raises:
        NotConvergedError: If a world was not solved.
    """
    held = _held(plan)
    wanted = [unit // plan.cuts for unit in units]
    worlds = _worlds(plan, held, sorted(set(wanted)))
    frames: list[pl.DataFrame] = []
    for unit, number in zip(units, wanted, strict=True):
        first = unit % plan.cuts * plan.unit_rows
        last = min(first + plan.unit_rows, plan.per_world)
        for start in range(first, last, FRAME):
            inside = np.arange(start, min(start + FRAME, last))
            frames.append(_frame(plan, number, inside, _figures(plan, worlds[number], held.shares, inside)))
    return pl.concat(frames)


class Work:
    """`rows` as a task. A world that serves every scenario is solved where the task is sent from, and travels."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __call__(self, units: Sequence[int]) -> pl.DataFrame:
        return rows(self.plan, units)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.plan.worlds or len(self.plan.months) > SENT_MONTHS:
            return Work, (self.plan,)
        held = _held(self.plan)
        return _received, (self.plan, _worlds(self.plan, held, [0])[0], held.shares)


def _received(plan: Plan, world: Starts, shares: dict[str, Array]) -> Work:
    _last[:] = [_Held(repr(plan.arguments()), None, {0: world}, shares)]
    return Work(plan)


@dataclass
class _Held:
    """What one process keeps between units: the case set up, the worlds used last, the postures of each value."""

    key: str
    solved: Solved | None  #: None where all worlds were received
    worlds: dict[int, Starts]
    shares: dict[str, Array]  #: chance of loyal forces and of a quiet street, [D, values]


_last: list[_Held] = []


def _held(plan: Plan) -> _Held:
    key = repr(plan.arguments())
    if not _last or _last[0].key != key:
        _last.clear()
        enable_compile_cache()
        solved = Solved(plan.case, months=plan.months, horizon=plan.horizon, draws=plan.draws, seed=plan.seed,
                        nodes=plan.nodes, near=True)  # fmt: skip
        swept = {axis.name: axis for axis in plan.starts if axis.name in KNOWN}
        shares = {name: _shares(plan.case, solved, name, swept.get(name)) for name in KNOWN}
        _last.append(_Held(key, solved, {}, shares))
    return _last[0]


def _worlds(plan: Plan, held: _Held, wanted: Sequence[int]) -> dict[int, Starts]:
    """Worlds by number, those that are not kept solved in one call."""
    missing = [number for number in wanted if number not in held.worlds]
    if not missing:
        return held.worlds
    assert held.solved is not None
    if not plan.worlds and held.solved.base is not None:
        held.worlds = {0: held.solved.base}
    else:
        cases = [changed(plan.case, _of_world(plan, number)) for number in missing]
        found = dict(zip(missing, held.solved.starts(cases), strict=True))
        held.worlds = {number: world for number, world in held.worlds.items() if number in wanted} | found
    return held.worlds


def _of_world(plan: Plan, number: int) -> dict[str, Any]:
    places = at(plan.worlds, np.array([number]))
    return {axis.name: axis.values[int(places[axis.name][0])] for axis in plan.worlds}


def changed(case: Case, values: Mapping[str, Any]) -> Case:
    """A case with swept values set. Raises `InputError` for a value that cannot be."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if name in CHOICES:
            told[f"state.{name}"] = value
        elif name in KNOWN:
            state, none, all_ = KNOWN[name]
            certain = {0: none, 1: all_}.get(value)
            told[f"state.{state}"] = certain
            if certain is None:
                told[name] = value
        else:
            told[name] = value
    made = {path: Override(value=value, by="sweep") for path, value in told.items()}
    return overrides.effective(case.model_copy(update={"overrides": made}))


@dataclass
class _Figures:
    """What scenarios of one world come to; S scenarios, M months, any exit before the nine outcomes."""

    possible: npt.NDArray[np.bool_]  #: [S] whether the observed months can happen
    mean: Array  #: [S, M, 10]
    ends: Array | None  #: [2, S, M, 10] ends of the intervals


def _figures(plan: Plan, world: Starts, shares: Mapping[str, Array], inside: npt.NDArray[np.int64]) -> _Figures:
    """Scenarios `inside` one world, numbered from its first."""
    size, months = len(inside), len(plan.months)
    mean = np.empty((size, months, len(OUTCOMES) + 1))
    ends = np.empty((2, *mean.shape)) if plan.intervals else None
    possible = np.empty(size, bool)
    for start in range(0, size, CHUNK):
        here = slice(start, min(start + CHUNK, size))
        whole, weights = _outcomes(plan, world, shares, inside[here])
        possible[here] = weights.sum(0) > 0
        mean[here] = np.einsum("ds,dsmk->smk", weights, whole)
        if ends is not None:
            ends[:, here] = quantiles(whole, weights)
    return _Figures(possible, mean, ends)


def _outcomes(
    plan: Plan, world: Starts, shares: Mapping[str, Array], inside: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Chances of any exit and of each outcome [D, S, M, 10], and weights [D, S]."""
    places = at(plan.starts, inside)
    first = np.zeros(len(inside), np.int64)
    loyal, quiet = (shares[name][:, places.get(name, first)] for name in KNOWN)
    posture = np.stack([loyal * quiet, loyal * (1 - quiet), (1 - loyal) * quiet, (1 - loyal) * (1 - quiet)], 2)
    discrete = np.stack([_indices(plan, name, places, len(inside)) for name in ("pressure", "offer", "counter_demand")])
    whole = np.empty((*loyal.shape, len(plan.months), len(OUTCOMES) + 1))
    weights = np.empty(loyal.shape)
    combinations, which = np.unique(discrete, axis=1, return_inverse=True)
    for turn, (pressure, offer, demand) in enumerate(combinations.T.tolist()):
        here = np.flatnonzero(which.reshape(-1) == turn)
        whole[:, here, :, 1:], weights[:, here] = world.outcomes_of(pressure, offer, demand, posture[:, here])
    whole[..., 0] = 1 - whole[..., -1]
    return whole, weights


def _shares(case: Case, solved: Solved, name: str, axis: Axis | None) -> Array:
    """Chance of loyal forces, or of a quiet street, at each value of an axis: [D, values], one value without it."""
    found = []
    for value in axis.values if axis is not None else (None,):
        told = case if value is None else changed(case, {name: value})
        start = mapping.start_mass(told, mapping.judge(told.assessments, solved.setting.draws)).reshape(-1, *SHAPE)
        found.append(start.sum((1, 2, 4, 5) if name == "army_loyalty" else (1, 2, 3, 5))[:, 0])
    return np.stack(found, 1)


_INDEX: dict[str, dict[str, int]] = {
    "pressure": {level.name.lower(): int(level) for level in Pressure},
    "offer": dict(zip(CHOICES["offer"], map(int, Offer), strict=True)),
    "counter_demand": {"none": int(Demand.NO), "standing": int(Demand.STANDING)},
}


def _indices(plan: Plan, name: str, places: Mapping[str, npt.NDArray[np.int64]], size: int) -> npt.NDArray[np.int64]:
    """The game's index of offer, pressure or counter-demand in each scenario."""
    axis = next((axis for axis in plan.starts if axis.name == name), None)
    index = _INDEX[name]
    if axis is None:
        return np.full(size, index[getattr(plan.case.state, name)])
    return np.array([index[str(value)] for value in axis.values])[places[name]]


def _frame(plan: Plan, number: int, inside: npt.NDArray[np.int64], figures: _Figures) -> pl.DataFrame:
    places = at(plan.starts, inside)
    s, m, k = figures.mean.shape
    possible = np.repeat(figures.possible, m)
    columns: dict[str, Any] = {"scenario": np.repeat(number * plan.per_world + inside, m)}
    of_world = _of_world(plan, number)
    for axis in plan.axes:
        if axis.name in of_world:
            columns[axis.name] = [of_world[axis.name]] * (s * m)
        else:
            values = np.array(axis.values, dtype=float if axis.numeric else object)[places[axis.name]]
            columns[axis.name] = np.repeat(values, m)
    columns["month"] = np.tile(np.array(plan.months, np.int16), s)
    mean = np.where(possible[:, None], figures.mean.reshape(s * m, k), np.nan)
    ends = None if figures.ends is None else np.where(possible[:, None], figures.ends.reshape(2, s * m, k), np.nan)
    for place, name in enumerate(("any_exit", *map(str, OUTCOMES))):
        columns[name] = mean[:, place]
        if ends is not None:
            columns[f"{name}_low"], columns[f"{name}_high"] = ends[0, :, place], ends[1, :, place]
    problem = "the observed months cannot happen with this start"
    columns["problem"] = [None if fine else problem for fine in possible]
    return pl.DataFrame(columns, schema=plan.schema(), strict=False).fill_nan(None)


def quantiles(values: Array, weights: Array) -> Array:
    """5 % and 95 % quantiles over draws: [2, S, M, K] from values [D, S, M, K] and weights [D, S].

    As `forecast.summarise.quantiles` (the midpoint rule of Hazen, linear in between), for many columns at once.
    """
    d, s, m, k = values.shape
    columns = np.ascontiguousarray(values.reshape(d, -1).T)  # a draw after the other: sorting likes it
    order = np.argsort(columns, axis=1)
    held = np.take_along_axis(columns, order, 1)
    mass = np.take_along_axis(np.repeat(np.ascontiguousarray(weights.T), m * k, axis=0), order, 1)
    total = mass.sum(1, keepdims=True)
    middle = (np.cumsum(mass, 1) - mass / 2) / np.where(total > 0, total, 1.0)
    row = np.arange(len(columns))
    found = []
    for level in LEVELS:
        right = np.clip((middle < level).sum(1), 1, d - 1)
        x0, x1 = middle[row, right - 1], middle[row, right]
        share = np.clip((level - x0) / np.where(x1 > x0, x1 - x0, 1.0), 0.0, 1.0)
        found.append(held[row, right - 1] * (1 - share) + held[row, right] * share)
    return np.stack(found).reshape(2, s, m, k)
