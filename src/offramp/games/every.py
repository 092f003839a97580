"""Every logit equilibrium of a tree with at most two choices, each between two actions, in a certified way.

With one choice left, the other's best-reply value is a ratio of linear functions of the opponent's probability, so it
moves one way; composed with the logistic curve twice, the log-odds of the first choice solve one equation z = T(z) with
a monotone T, and `enumerate.fixed_points` misses none. 2x2 games in normal form are of this kind, and so are signalling
games with one sender's and one receiver's choice. Larger trees raise: use `Game.branch().others()` there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.games.arrays import TreeArrays
from offramp.games.checks import forgotten
from offramp.games.continuation import Place, Trace, polish
from offramp.games.enumerate import fixed_points
from offramp.games.results import Solution
from offramp.games.solve import make_solution, wanted_precision
from offramp.games.system import TreeSystem

if TYPE_CHECKING:
    from offramp.games.form import Game

Floats = NDArray[np.float64]


class _Reply(NamedTuple):
    """Gain of the free action over the first, (p n1 + (1 - p) n0) / (p r1 + (1 - p) r0), times precision."""

    n1: float
    n0: float
    r1: float
    r0: float

    def odds(self, other: Floats) -> Floats:
        """Log-odds of the reply at the other's log-odds."""
        p, q = _share(other), _share(-other)
        return np.asarray((p * self.n1 + q * self.n0) / (p * self.r1 + q * self.r0))

    @property
    def way(self) -> float:
        """Sign of the slope."""
        return float(np.sign(self.n1 * self.r0 - self.n0 * self.r1))

    def slopes(self, left: Floats, right: Floats) -> tuple[Floats, Floats]:
        """Bounds of |d odds / d other| between two of the other's log-odds."""
        turn = abs(self.n1 * self.r0 - self.n0 * self.r1)
        reach = np.stack([_share(z) * self.r1 + _share(-z) * self.r0 for z in (left, right)])
        spread = np.stack([_share(z) * _share(-z) for z in (left, right)])
        top = np.where((left <= 0) & (right >= 0), 0.25, spread.max(axis=0))
        return turn * spread.min(axis=0) / reach.max(axis=0) ** 2, turn * top / reach.min(axis=0) ** 2


def _share(z: Floats) -> Floats:
    """The logistic curve, never quite 0, so that beliefs stay defined."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0))))


def all_equilibria(game: Game, precision: float | Mapping[str, float] | Sequence[float]) -> list[tuple[Solution, str]]:
    """Every agent logit equilibrium at a precision, each with how sure it is: single, or tangent (two that meet).

    In the order of the first choice's log-odds. Raises `InputError` when the game has more than two information sets
    with a choice, or one of more than two actions.
    """
    ratio, target = wanted_precision(game, precision)
    arrays = game.arrays
    choices = [k for k, size in enumerate(arrays.sizes) if size > 1]
    if len(choices) > 2 or any(arrays.sizes[k] > 2 for k in choices):
        most = int(arrays.sizes.max(initial=0))
        raise InputError(
            f"{game.title!r} has {len(choices)} information sets with a choice, of up to {most} actions; every "
            "equilibrium is found for at most two of two actions. Use the branch and those that cross it."
        )
    system = TreeSystem(arrays, ratio)
    if len(choices) < 2:
        return [(game.solve(precision), "single")]
    first, second = (_reply(arrays, system, target, a, b) for a, b in (choices, choices[::-1]))

    def image(z: Floats) -> Floats:
        return first.odds(second.odds(z))

    def slopes(left: Floats, right: Floats) -> tuple[Floats, Floats]:
        inner = second.slopes(left, right)
        ends = np.sort(np.stack([second.odds(left), second.odds(right)]), axis=0)
        outer = first.slopes(ends[0], ends[1])
        return inner[0] * outer[0] * (1 - 1e-12), inner[1] * outer[1] * (1 + 1e-12)

    # Log-odds never leave the range of the reply.
    corners = first.odds(np.array([-800.0, 800.0]))
    low, high = float(corners.min()) - 1e-6, float(corners.max()) + 1e-6
    found = []
    for point in fixed_points(image, slopes, low, high, increasing=first.way * second.way > 0):
        odds = np.array([point.at, float(second.odds(np.array([point.at]))[0]), target])
        if point.kind == "single":
            odds, _ = polish(system, odds)
        trace = Trace([Place(odds, np.zeros(3), 0.0, 0.0)], [])
        found.append((make_solution(game, system, odds, trace, forgotten(game)), point.kind))
    return found


def _reply(arrays: TreeArrays, system: TreeSystem, target: float, mine: int, other: int) -> _Reply:
    """The reply at information set `mine` to play at `other`."""
    low, high = int(arrays.starts[mine]), int(arrays.starts[mine]) + 1
    theirs = int(arrays.starts[other])
    weight = np.exp(arrays.log_chance - arrays.log_chance.max())
    gain = arrays.centred[:, arrays.player[low]]
    level = target * system.players[arrays.player[low]]
    terms = []
    for action in (theirs + 1, theirs):  # the other takes its free action, or its first
        live = ~arrays.infoset_on_path(other) | arrays.action_on_path(action)
        up, down = (live & arrays.action_on_path(a) for a in (high, low))
        terms.append((level * float(weight[up] @ gain[up] - weight[down] @ gain[down]), float(weight[up].sum())))
    return _Reply(terms[0][0], terms[1][0], terms[0][1], terms[1][1])
