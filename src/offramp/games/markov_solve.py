"""Solving Markov games for ever: stationary logit equilibrium at a precision, the principal branch, and its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games.continuation import DEFAULT, Follower, Place, Trace, polish
from offramp.games.markov import MarkovGame
from offramp.games.markov_results import MarkovBranch, MarkovLimit, MarkovSolution
from offramp.games.markov_system import EPS, MarkovSystem
from offramp.games.results import OUTCOMES

Floats = NDArray[np.float64]
Precision = float | Mapping[str, float] | Sequence[float]
Progress = Callable[[float, int], None]
TOLERANCE = 1e-9
LIMIT_GAIN = 1e-9  # of the payoffs' spread: what one-shot deviations may still bring at a limit
ACCEPTED_GAIN = 1e-8
FINE = 1e-6
FARTHEST = 1e8  # precision times spread beyond which rounding leaves too few digits


def wanted(game: MarkovGame, precision: Precision) -> tuple[Floats, float]:
    """Each player's precision as ratio times target. Raises `InputError` for what is negative, NaN or missing."""
    count = game.shape[1]
    if isinstance(precision, Mapping):
        values = np.full(count, np.nan)
        for name, value in precision.items():
            values[game.player_index(name)] = float(value)
    elif isinstance(precision, (int, float, np.floating, np.integer)):
        values = np.full(count, float(precision))
    else:
        values = np.array([float(x) for x in precision])
        if len(values) != count:
            raise InputError(f"precision has {len(values)} values; expected one number or {count}.")
    for name, value in zip(game.players, values, strict=True):
        if not value >= 0 or not np.isfinite(value):
            raise InputError(
                f"precision of {name!r} is {value}; expected a finite number of at least 0 (1/utils). "
                "For the limit of high precision use limit() or --limit."
            )
    target = float(values.max())
    return (values / target, target) if target > 0 else (np.ones(count), 0.0)


def _raise(game: MarkovGame, trace: Trace, extra: str = "") -> None:
    reached = {"steps": trace.steps, "parameter": f"{trace.places[-1].point[-1]:.6g}"}
    raise NotConvergedError(f"{game.title}: {OUTCOMES[trace.outcome].format(**reached)}{extra}")


def solve_markov(
    game: MarkovGame,
    precision: Precision,
    *,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> MarkovSolution:
    """Stationary logit equilibrium where the principal branch first meets a precision (1/utils).

    Arguments and errors as in `solve.solve_logit`; values are discounted payoffs without any entropy term.
    """
    ratio, target = wanted(game, precision)
    system = MarkovSystem(game, ratio)
    settings = DEFAULT._replace(max_steps=max_steps, seconds=seconds)
    follower = Follower(system, settings, keep=False, locate=False)
    follower.begin()
    trace = follower.trace
    if target > 0 and system.per_state:
        for place in follower.follow(until=lambda _: False, target=target):
            if progress is not None:
                progress(float(place.point[-1]), trace.steps)
    point = trace.places[-1].point
    if trace.outcome == "solved" and target > 0:
        point[-1] = target
        point, _ = polish(system, point)
        horizon = 1 / (1 - float(game.discount.max()))
        if not system.residual(point) <= max(TOLERANCE, 64 * EPS * target * system.spread * horizon):
            trace.outcome = "inexact"
    solution = make_solution(system, point, trace)
    if throw and not solution.converged:
        _raise(game, trace)
    return solution


def make_solution(system: MarkovSystem, point: Floats, trace: Trace) -> MarkovSolution:
    """A result from a point of the branch."""
    play = np.exp(system.logs(point))
    values, q, _ = system.gains(play)
    return MarkovSolution(
        game=system.game, precision=tuple(float(x) for x in system.players_ratio * point[-1]), strategy=play,
        value=values, action_values=q, residual=system.residual(point), steps=trace.steps,
        evaluations=trace.evaluations, outcome=trace.outcome, point=point,
    )  # fmt: skip


def limit_markov(
    game: MarkovGame,
    *,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> MarkovLimit:
    """Where the principal branch leads: a stationary equilibrium, and the largest gain left from a one-shot deviation.

    Raises `NotConvergedError` when that gain is above 1e-8 of the payoffs' spread (with `throw`).
    """
    system = MarkovSystem(game, np.ones(game.shape[1]))
    follower = Follower(system, DEFAULT._replace(max_steps=max_steps, seconds=seconds), keep=False)
    follower.begin()
    limit = _walk(system, follower, None, progress)
    assert limit is not None
    if throw and not limit.converged:
        _raise(game, follower.trace, f" Largest gain left: {limit.gain:.2g} utils.")
    return limit


def branch_markov(
    game: MarkovGame,
    *,
    to: float | None = None,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> MarkovBranch:
    """The principal branch from uniform play, to a precision or (default) to its limit. As `solve.trace_branch`."""
    if to is not None:
        wanted(game, to)
    system = MarkovSystem(game, np.ones(game.shape[1]))
    settings = DEFAULT._replace(max_steps=max_steps, seconds=seconds, accept=FINE)
    follower = Follower(system, settings)
    follower.begin()
    limit = _walk(system, follower, to, progress)
    if throw and follower.trace.outcome != "solved":
        _raise(game, follower.trace)
    return MarkovBranch(game, system, follower.trace, limit)


def _walk(system: MarkovSystem, follower: Follower, to: float | None, progress: Progress | None) -> MarkovLimit | None:
    """Follows to a precision, or until the limit is known; gives the limit in that case and marks the trace."""
    trace, best = follower.trace, None
    recent: list[Place] = [trace.places[-1]]
    if not system.per_state:
        return None if to is not None else _limit_at(system, recent, trace)
    farthest = FARTHEST / system.spread if to is None else np.inf
    checked = 0.0
    for place in follower.follow(until=lambda here: bool(here.point[-1] > farthest), target=to):
        if progress is not None:
            progress(float(place.point[-1]), trace.steps)
        recent = [*recent[-3:], place]
        if to is None and place.point[-1] * system.spread > max(300.0, 1.5 * checked):
            checked = float(place.point[-1]) * system.spread
            found = _limit_at(system, recent, trace)
            # The mixed part is settled by Newton's method, so places on the way need not be exact.
            near = float(np.abs(np.exp(system.logs(place.point)) - found.strategy).max()) < 1e-2
            if near and found.gain <= LIMIT_GAIN * system.spread:
                best = found
                break
    if to is not None:
        return None
    best = best or _limit_at(system, recent, trace)
    if best.gain <= ACCEPTED_GAIN * system.spread:
        trace.outcome = "solved"
    elif trace.outcome == "solved":
        trace.outcome = "inexact"
    return best.marked(trace)


def _limit_at(system: MarkovSystem, recent: Sequence[Place], trace: Trace) -> MarkovLimit:
    """The profile that the last points head for, its mixed part settled by Newton's method on indifference."""
    places = [place for place in recent if place.point[-1] > 0] or list(recent)
    best: MarkovLimit | None = None
    for count in range(1, min(4, len(places)) + 1):
        play = _extrapolated(system, places[-count:])
        for settled in (play, _indifferent(system, play)):
            if settled is None:
                continue
            values, q, gain = system.gains(settled)
            if best is None or float(gain.max()) < best.gain:
                best = MarkovLimit(
                    game=system.game, strategy=settled, value=values, action_values=q, gain=float(gain.max()),
                    precision=float(places[-1].point[-1]), steps=trace.steps, evaluations=trace.evaluations,
                    outcome=trace.outcome, specials=tuple(trace.specials),
                )  # fmt: skip
    assert best is not None
    return best


def _extrapolated(system: MarkovSystem, places: Sequence[Place]) -> Floats:
    """Lagrange's polynomial in 1/precision through the places, at 0; what vanishes is set to 0."""
    if places[-1].point[-1] <= 0:
        return np.asarray(np.exp(system.logs(places[-1].point)))
    at = np.array([1 / place.point[-1] for place in places])
    share = [float(np.prod([-b / (a - b) for j, b in enumerate(at) if j != i])) for i, a in enumerate(at)]
    play = np.zeros((system.states, system.players, system.actions))
    for weight, place in zip(share, places, strict=True):
        play += weight * np.exp(system.logs(place.point))
    play = np.where(play < 1e-6, 0.0, play)
    return np.asarray(play / play.sum(axis=2, keepdims=True))


def _indifferent(system: MarkovSystem, play: Floats) -> Floats | None:
    """Newton's method on: every action in use is worth the same. None where it does not settle nearby."""
    best, last = play, np.inf
    for _ in range(6):
        step = system.indifference_step(best)
        if step is None:
            return None
        moved = best + step
        size = float(np.abs(step).max(initial=0.0))
        if not np.isfinite(size) or size > 0.1 or size > last or moved.min() < 0:
            return best if last < 1e-6 else None
        best, last = moved / moved.sum(axis=2, keepdims=True), size
        if size < 1e-13:
            break
    return best
