"""Solving trees: agent logit equilibrium at a precision, the principal branch, its limit, and branches that cross it.

Uniform play at precision 0 is the only equilibrium there; the principal branch is the curve of equilibria that starts
from it. Every solver follows that curve (`continuation`), so that answers belong to it and not to whichever solution
lies nearest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games import play
from offramp.games.arrays import TreeArrays
from offramp.games.branch import Branch
from offramp.games.checks import forgotten
from offramp.games.continuation import DEFAULT, Follower, Place, Settings, Special, Trace, polish
from offramp.games.results import OUTCOMES, Limit, Solution
from offramp.games.system import EPS, TreeSystem

if TYPE_CHECKING:
    from offramp.games.form import Game

Floats = NDArray[np.float64]
Precision = float | Mapping[str, float] | Sequence[float]
Progress = Callable[[float, int], None]
TOLERANCE = 1e-9
LIMIT_REGRET = 1e-8
FINE = 1e-6  # points of a branch that are shown or extrapolated from are corrected this closely, log-odds
NEAR = 1e-3  # play this close to its extrapolated end is taken to have arrived
FARTHEST = 1e8  # precision times spread of payoffs beyond which rounding leaves too few digits to follow a branch


def wanted_precision(game: Game, precision: Precision) -> tuple[Floats, float]:
    """Each player's precision as ratio times target. Raises `InputError` for what is negative, NaN or missing."""
    if isinstance(precision, Mapping):
        for name in precision:
            game.player_index(name)
        missing = [name for name in game.players if name not in precision]
        if missing:
            raise InputError(
                f"precision lacks {', '.join(map(repr, missing))}; give one for each player, or one number."
            )
        values = np.array([float(precision[name]) for name in game.players])
    elif isinstance(precision, (int, float, np.floating, np.integer)):
        values = np.full(len(game.players), float(precision))
    else:
        values = np.array([float(x) for x in precision])
        if len(values) != len(game.players):
            raise InputError(f"precision has {len(values)} values; expected one number or {len(game.players)}.")
    for name, value in zip(game.players, values, strict=True):
        if not value >= 0 or not np.isfinite(value):
            raise InputError(
                f"precision of {name!r} is {value}; expected a finite number of at least 0 (1/utils). "
                "For the limit of high precision use limit() or --limit."
            )
    target = float(values.max())
    return (values / target, target) if target > 0 else (np.ones(len(values)), 0.0)


def solve_logit(
    game: Game,
    precision: Precision,
    *,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Agent logit equilibrium where the principal branch first meets a precision.

    Args:
        game: The game.
        precision: 1/utils, at least 0: one number, or one for each player (by name or in order), in which case all
            grow in proportion from 0.
        throw: Raise when not converged; otherwise the result says so in `outcome`.
        max_steps: Most steps along the branch.
        seconds: Time limit.
        progress: Called with the precision reached and the steps taken.

    Raises:
        InputError: For a precision that is negative or not finite.
        NotConvergedError: When the solver stopped before the residual fell under 1e-9 (and `throw`).
    """
    ratio, target = wanted_precision(game, precision)
    system = TreeSystem(game.arrays, ratio)
    settings = DEFAULT._replace(max_steps=max_steps, seconds=seconds)
    follower = Follower(system, settings, keep=False, locate=False)
    follower.begin()
    trace = follower.trace
    if target > 0 and system.size:
        for place in follower.follow(until=lambda _: False, target=target):
            if progress is not None:
                progress(float(place.point[-1]), trace.steps)
    point, notes = trace.places[-1].point, forgotten(game)
    if trace.outcome == "solved":
        point[-1] = target
        point, _ = polish(system, point)
        residual = system.residual(point)
        # Rounding of precision times value bounds what any residual can be.
        if not residual <= max(TOLERANCE, 64 * EPS * target * system.spread):
            trace.outcome = "inexact"
    solution = make_solution(game, system, point, trace, notes)
    if throw and not solution.converged:
        raise NotConvergedError(
            f"{game.title!r} at precision {target:g}: {OUTCOMES[trace.outcome].format(**_at(trace))}"
        )
    return solution


def solve_arrays(arrays: TreeArrays, precision: Floats) -> tuple[Floats, float, str]:
    """Point, residual and outcome at players' precisions (P,), for callers that have arrays and no game."""
    target = float(precision.max())
    system = TreeSystem(arrays, precision / target if target > 0 else np.ones(len(precision)))
    follower = Follower(system, DEFAULT, keep=False, locate=False)
    follower.begin()
    trace = follower.trace
    if target > 0:
        for _ in follower.follow(until=lambda _: False, target=target):
            pass
    point = trace.places[-1].point
    if trace.outcome == "solved":
        point[-1] = target
        point, _ = polish(system, point)
        if not system.residual(point) <= max(TOLERANCE, 64 * EPS * target * system.spread):
            trace.outcome = "inexact"
    return point, system.residual(point), trace.outcome


def _at(trace: Trace) -> dict[str, object]:
    return {"steps": trace.steps, "parameter": f"{trace.places[-1].point[-1]:.6g}"}


def make_solution(game: Game, system: TreeSystem, point: Floats, trace: Trace, notes: Sequence[str]) -> Solution:
    """A result from a point of the branch."""
    arrays = game.arrays
    logs = arrays.log_probabilities(point[:-1]) if arrays.actions else np.zeros(0)
    middle = arrays.payoffs.max(axis=0) / 2 + arrays.payoffs.min(axis=0) / 2
    values = (arrays.worth(logs) + middle[arrays.player]) if arrays.actions else np.zeros(0)
    return Solution(
        game=game,
        precision=tuple(float(x) for x in system.players * point[-1]),
        log_probabilities=logs,
        action_values=values,
        residual=system.residual(point) if arrays.actions else 0.0,
        steps=trace.steps,
        evaluations=trace.evaluations,
        outcome=trace.outcome,
        notes=tuple(notes),
        point=point,
    )


def trace_branch(
    game: Game,
    *,
    to: float | None = None,
    weights: Mapping[str, float] | Sequence[float] | None = None,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Branch:
    """The principal branch from uniform play.

    Args:
        game: The game.
        to: Precision at which to stop (1/utils); by default where play no longer moves: the limit.
        weights: Each player's precision per unit of the branch's; 1 each by default.
        throw, max_steps, seconds, progress: As in `solve_logit`.

    Returns:
        Every accepted point, with folds and bifurcations located.
    """
    ratio = np.ones(len(game.players)) if weights is None else wanted_precision(game, weights)[0]
    if to is not None:
        wanted_precision(game, to)
    system = TreeSystem(game.arrays, ratio)
    settings = DEFAULT._replace(max_steps=max_steps, seconds=seconds, accept=FINE)
    follower = Follower(system, settings)
    follower.begin()
    limit = _walk(game, system, follower, to, progress)
    trace = follower.trace
    branch = Branch(game, system, trace, tuple(forgotten(game)), limit)
    if throw and trace.outcome != "solved":
        raise NotConvergedError(f"{game.title!r}: {OUTCOMES[trace.outcome].format(**_at(trace))}")
    return branch


def _walk(
    game: Game, system: TreeSystem, follower: Follower, to: float | None, progress: Progress | None
) -> Limit | None:
    """Follows to a precision, or until the limit is known to `LIMIT_REGRET`; gives the limit in that case."""
    trace, best = follower.trace, None
    if not system.size:
        return _limit_at(game, system, [trace.places[-1]], trace)
    checked = 0.0
    recent: list[Place] = [trace.places[-1]]
    for place in follower.follow(
        until=lambda here: to is None and here.point[-1] * system.spread > FARTHEST, target=to
    ):
        if progress is not None:
            progress(float(place.point[-1]), trace.steps)
        recent = [*recent[-3:], place]
        if to is None and place.point[-1] * system.spread > max(1000.0, 2 * checked):
            checked = float(place.point[-1]) * system.spread
            found = _limit_at(game, system, recent, trace)
            if found.regret <= LIMIT_REGRET * 0.1 * game.arrays.scale and _near(game, place, found):
                best = found
                break
    if to is None and best is None:
        best = _limit_at(game, system, recent, trace)
        if best.regret <= LIMIT_REGRET * game.arrays.scale:
            trace.outcome = "solved"
    return best


def solve_limit(
    game: Game,
    *,
    throw: bool = True,
    max_steps: int = 20_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Limit:
    """Where the principal branch leads: a sequential equilibrium, its beliefs, and what is left of regret.

    Raises `NotConvergedError` when the best profile found still leaves some player at some information set a gain of
    more than 1e-8 of the payoffs' spread (with `throw`).
    """
    system = TreeSystem(game.arrays, np.ones(len(game.players)))
    follower = Follower(system, DEFAULT._replace(max_steps=max_steps, seconds=seconds), keep=False)
    follower.begin()
    limit = _walk(game, system, follower, None, progress)
    trace = follower.trace
    if limit is None:  # pragma: no cover - _walk always gives one without a target
        raise NotConvergedError(f"{game.title!r}: no limit was found.")
    if limit.regret > LIMIT_REGRET * game.arrays.scale and trace.outcome == "solved":
        trace.outcome = "inexact"
    limit = limit.marked(trace)
    if throw and not limit.converged:
        raise NotConvergedError(
            f"{game.title!r}: {OUTCOMES[trace.outcome].format(**_at(trace))} "
            f"Largest gain left: {limit.regret:.2g} utils."
        )
    return limit


def _limit_at(game: Game, system: TreeSystem, recent: Sequence[Place], trace: Trace) -> Limit:
    """The profile that the last points head for: probabilities extrapolated in 1/precision, the vanishing ones at 0."""
    known = [place for place in recent[-3:] if place.point[-1] > 0]
    exact: list[Place] = []  # polished as needed, the last place first
    found: tuple[float, Floats, list[Floats], Floats] | None = None
    for count in range(1, max(len(known), 1) + 1):
        if known:
            place = known[-count]
            exact.insert(0, place._replace(point=polish(system, place.point)[0]))
            strategy, held = _extrapolated(game, exact)
        else:
            logs = game.arrays.log_probabilities(recent[-1].point[:-1]) if game.arrays.actions else np.zeros(0)
            strategy, held = np.exp(logs), play.beliefs(game, logs)
        values = play.action_values(game, strategy, held)
        regret = float(play.regrets(game, strategy, values).max(initial=0.0))
        if found is None or regret < found[0]:
            found = regret, strategy, held, values
        if regret <= 1e-12 * game.arrays.scale:
            break
    assert found is not None
    return Limit(
        game=game, probabilities=found[1], beliefs=tuple(found[2]), action_values=found[3], regret=found[0],
        precision=float(recent[-1].point[-1]), steps=trace.steps, evaluations=trace.evaluations, outcome=trace.outcome,
        specials=tuple(trace.specials), notes=tuple(forgotten(game)),
    )  # fmt: skip


def _near(game: Game, place: Place, limit: Limit) -> bool:
    """Whether play and beliefs at a place have all but reached the limit."""
    logs = game.arrays.log_probabilities(place.point[:-1])
    held = play.beliefs(game, logs)
    off = max(float(np.abs(a - b).max()) for a, b in zip(held, limit.beliefs, strict=True))
    return float(np.abs(np.exp(logs) - limit.strategy).max()) < NEAR and off < NEAR


def _extrapolated(game: Game, places: Sequence[Place]) -> tuple[Floats, list[Floats]]:
    """Lagrange's polynomial in 1/precision through the places, at 0: play and beliefs."""
    arrays = game.arrays
    at = np.array([1 / place.point[-1] for place in places])
    share = np.array([np.prod([-b / (a - b) for j, b in enumerate(at) if j != i]) for i, a in enumerate(at)])
    logs = [arrays.log_probabilities(place.point[:-1]) for place in places]
    strategy = sum(w * np.exp(row) for w, row in zip(share, logs, strict=True))
    held = [play.beliefs(game, row) for row in logs]
    strategy = _settled(np.asarray(strategy), arrays.infoset_of, len(arrays.sizes))
    beliefs = [
        _settled(np.asarray(sum(w * h[k] for w, h in zip(share, held, strict=True))), None, 1)
        for k in range(len(arrays.sizes))
    ]
    return strategy, beliefs


def _settled(shares: Floats, group: NDArray[np.int64] | None, groups: int) -> Floats:
    """Shares with those that vanish set to 0, each group summing to 1."""
    shares = np.where(shares < 1e-7, 0.0, shares)
    if group is None:
        return np.asarray(shares / shares.sum())
    return np.asarray(shares / np.bincount(group, shares, groups)[group])


def cross(branch: Branch, special: Special, *, to: float, both: bool = True) -> list[Branch]:
    """The branches that cross the principal one at a bifurcation, followed to a precision in each direction.

    `special` is one of `branch.bifurcations`. The second direction spans, with the tangent, the kernel of the
    Jacobian; a point a little way along it is corrected onto the crossing branch. Directions in which nothing is found
    are left out.
    """
    system, game = branch.system, branch.game
    _, jacobian, slope = system.equations(special.point)
    matrix = np.vstack([np.column_stack([jacobian, slope]), special.tangent])
    away = np.linalg.svd(matrix)[2][-1]
    away = away / np.linalg.norm(system.weights(special.point) * away)
    found = []
    for side in (1.0, -1.0) if both else (1.0,):
        follower = Follower(system, Settings(seconds=branch.seconds, accept=FINE))
        for length in (0.05, 0.1, 0.2, 0.4):
            border = system.weights(special.point) ** 2 * away * side
            moved = follower.correct(special.point + side * length * away, border)
            if moved is not None and moved[0].point[-1] > 0:
                break
        else:
            continue
        first = moved[0]
        if (system.weights(first.point) * first.tangent) @ (
            system.weights(first.point) * (first.point - special.point)
        ) < 0:
            first = first._replace(tangent=-first.tangent)
        follower.trace.places.append(first)
        for _ in follower.follow(until=lambda place: place.point[-1] <= 0 or place.point[-1] > to, target=to):
            pass
        found.append(Branch(game, system, follower.trace, branch.notes, None))
    return found
