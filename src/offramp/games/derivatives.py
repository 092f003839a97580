"""How an equilibrium moves with payoffs, chances and precision: the implicit function theorem, forward and reverse.

The equations are F(z; theta) = z - s ratio (q - q_first) = 0 with q the action values. Forward: dz = -F_z^{-1} F_theta
dtheta, one linear solve a direction. Reverse: for a gradient g in strategies, one solve with the transpose gives the
gradient in every payoff, chance and precision at once. Both are exact at the solver's tolerance; where F_z is all but
singular (a fold or bifurcation) there is no derivative, and that is an error, not a large number.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games.dual import Dual, slope_of
from offramp.games.form import CHANCE, Game, amount
from offramp.games.frames import frame
from offramp.games.text import table_html, table_text

if TYPE_CHECKING:
    from offramp.games.results import Solution

Floats = NDArray[np.float64]
WORST_CONDITION = 1e10


class Sensitivity:
    """Derivatives of one solution. Raises `NotConvergedError` at a fold or bifurcation, where none exists."""

    def __init__(self, solution: Solution) -> None:
        if not solution.converged:
            raise NotConvergedError(f"{solution!r} is no equilibrium, so it has no derivatives.")
        self.solution = solution
        self.system, self.arrays = solution.system, solution.game.arrays
        _, self.jacobian, _ = self.system.equations(solution.point)
        if solution.condition > WORST_CONDITION:
            raise NotConvergedError(
                f"{solution.game.title!r} at precision {solution.precision}: the Jacobian is singular "
                f"(condition {solution.condition:.1e}): a fold or bifurcation, where strategies have no derivative."
            )
        arrays = self.arrays
        reach = arrays.leaf_logs(solution.log_probabilities)
        below, start = arrays._below
        count = np.diff(np.append(start, len(below)))
        self._action = np.repeat(np.arange(arrays.actions), count)
        self._leaf = below
        weight = np.exp(reach[below] - np.repeat(np.maximum.reduceat(reach[below], start), count))
        self._share = weight / np.add.reduceat(weight, start)[self._action]
        self._value = arrays.worth(solution.log_probabilities)
        p, group = solution.strategy, arrays.infoset_of
        # d p_a / d z_c = p_a (1(a = c) - p_c) within an information set.
        self._play = np.where(group[:, None] == group[arrays.free][None, :], -p[:, None] * p[arrays.free][None, :], 0.0)
        self._play[arrays.free, np.arange(len(arrays.free))] += p[arrays.free]

    def forward(
        self, payoffs: Floats | None = None, log_chance: Floats | None = None, precision: Floats | None = None
    ) -> Floats:
        """(A,) derivative of strategies in a direction.

        Args:
            payoffs: (leaves, players) change of payoffs, utils.
            log_chance: (leaves,) change of the log-probability of chance's moves on the way to each leaf.
            precision: (players,) change of precision, 1/utils.
        """
        return np.asarray(self._play @ self.log_odds(payoffs, log_chance, precision))

    def log_odds(
        self, payoffs: Floats | None = None, log_chance: Floats | None = None, precision: Floats | None = None
    ) -> Floats:
        """(N,) derivative of log-odds against the first action, arguments as in `forward`."""
        arrays, system, leaf, action = self.arrays, self.system, self._leaf, self._action
        size = arrays.actions
        moved = np.zeros(size)
        if payoffs is not None:
            change = np.asarray(payoffs, dtype=np.float64)[arrays.leaves]
            moved += np.bincount(action, self._share * change[leaf, arrays.player[action]], size)
        if log_chance is not None:
            shift = np.asarray(log_chance, dtype=np.float64)[arrays.leaves]
            gain = arrays.centred[leaf, arrays.player[action]] - self._value[action]
            moved += np.bincount(action, self._share * gain * shift[leaf], size)
        s = float(self.solution.point[-1])
        side = s * system.ratio * (moved[arrays.free] - moved[arrays.reference])
        if precision is not None:
            owner = arrays.player[arrays.free]
            side += np.asarray(precision)[owner] * (self._value[arrays.free] - self._value[arrays.reference])
        return np.asarray(np.linalg.solve(self.jacobian, side), dtype=np.float64)

    def reverse(self, weights: Floats) -> dict[str, Floats]:
        """Gradient of sum(weights * strategy), weights (A,): in payoffs (leaves, players), log_chance (leaves,), and
        precision (players,)."""
        arrays, system = self.arrays, self.system
        back = np.linalg.solve(self.jacobian.T, self._play.T @ np.asarray(weights, dtype=np.float64))
        s = float(self.solution.point[-1])
        on_value = np.zeros(arrays.actions)
        np.add.at(on_value, arrays.free, s * system.ratio * back)
        np.add.at(on_value, arrays.reference, -s * system.ratio * back)
        game, leaf, action = self.solution.game, self._leaf, self._action
        payoffs = np.zeros((len(game.leaves), len(game.players)))
        np.add.at(payoffs, (arrays.leaves[leaf], arrays.player[action]), self._share * on_value[action])
        gain = arrays.centred[leaf, arrays.player[action]] - self._value[action]
        log_chance = np.zeros(len(game.leaves))
        np.add.at(log_chance, arrays.leaves[leaf], self._share * gain * on_value[action])
        precision = np.zeros(len(game.players))
        difference = self._value[arrays.free] - self._value[arrays.reference]
        np.add.at(precision, arrays.player[arrays.free], back * difference)
        return {"payoffs": payoffs, "log_chance": log_chance, "precision": precision}


@dataclass(frozen=True, eq=False, repr=False)
class Derivative:
    """Derivatives of strategies (A,) and of players' expected payoffs (players,) in one parameter."""

    solution: Solution
    parameter: str
    at: float
    strategy: Floats
    payoffs: Floats

    def rows(self) -> list[dict[str, Any]]:
        """One row an action: player, infoset, action, probability, derivative."""
        rows = self.solution.rows()
        return [
            {k: row[k] for k in ("player", "infoset", "action", "probability")} | {"derivative": float(d)}
            for row, d in zip(rows, self.strategy, strict=True)
        ]

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a data frame."""
        return frame(self.rows(), kind)

    def _parts(self) -> tuple[str, list[str], list[list[object]], str]:
        game = self.solution.game
        rows = [list(row.values()) for row in self.rows()]
        worth = ", ".join(f"{n} {x:.4f}" for n, x in zip(game.players, self.payoffs, strict=True))
        head = f"{game.title}: derivatives in {self.parameter} at {self.at:g}"
        return head, ["player", "infoset", "action", "probability", "derivative"], rows, f"Of expected payoffs: {worth}"

    def __str__(self) -> str:
        head, columns, rows, foot = self._parts()
        return f"{head}\n{table_text(columns, rows)}\n{foot}"

    def _repr_html_(self) -> str:
        head, columns, rows, foot = self._parts()
        return table_html(head, columns, rows, foot)

    def __repr__(self) -> str:
        return f"<Derivative of {self.solution.game.title!r} in {self.parameter}>"


def parameter_slopes(game: Game, parameter: str) -> tuple[Floats, Floats]:
    """Derivatives of leaf payoffs (leaves, players) and of leaves' log-chance (leaves,) in a parameter.

    Raises `InputError` when the game has no such parameter, or when a payoff cannot be differentiated.
    """
    if parameter not in game.parameters:
        known = ", ".join([*game.parameters, "precision"])
        raise InputError(f"{game.title!r} has no parameter {parameter!r}; known: {known}.")
    values: dict[str, Any] = dict(game.parameters)
    values[parameter] = Dual(values[parameter], 1.0)
    held = SimpleNamespace(**values)
    try:
        table = np.array(
            [[slope_of(p(held)) if callable(p) else 0.0 for p in outcome.payoffs] for outcome in game.outcomes]
        ).reshape(len(game.outcomes), len(game.players))
        chances = {
            k: [(slope_of(x), x.value if isinstance(x, Dual) else x) for x in (amount(c, held) for c in i.chances)]
            for k, i in enumerate(game.infosets)
            if i.player == CHANCE
        }
    except TypeError as error:
        raise InputError(
            f"{game.title!r}: a payoff cannot be differentiated in {parameter!r}: {error}. Write it with arithmetic "
            "and NumPy's exp, log and sqrt."
        ) from error
    payoffs = np.zeros((len(game.nodes), len(game.players)))
    logs = np.zeros(len(game.nodes))
    for index, node in enumerate(game.nodes):
        if node.parent >= 0:
            payoffs[index], logs[index] = payoffs[node.parent], logs[node.parent]
            parent = game.nodes[node.parent]
            if parent.kind == "chance":
                slope, value = chances[parent.infoset][node.action]
                logs[index] += slope / value if value > 0 else 0.0
        if node.outcome >= 0:
            payoffs[index] += table[node.outcome]
    leaves = list(game.leaves)
    return payoffs[leaves], logs[leaves]


def parameter_derivative(solution: Solution, parameter: str) -> Derivative:
    """Derivative of a solution in a parameter of its game, or in `precision` (all players' in proportion)."""
    game, arrays = solution.game, solution.game.arrays
    sensitivity = Sensitivity(solution)
    payoffs, logs = np.zeros((len(game.leaves), len(game.players))), np.zeros(len(game.leaves))
    if parameter == "precision":
        at = float(solution.point[-1])
        ratio = np.array(solution.precision) / at if at > 0 else np.ones(len(game.players))
        moved = sensitivity.log_odds(precision=ratio)
    else:
        at = float(game.parameters[parameter]) if parameter in game.parameters else 0.0
        payoffs, logs = parameter_slopes(game, parameter)
        moved = sensitivity.log_odds(payoffs, logs)
    strategy = sensitivity._play @ moved
    # d E[u] = sum over leaves of pi (du + u (d log chance + sum of d log p on the path)).
    on_path = np.append(_log_slopes(solution, moved), 0.0)[arrays.paths].sum(axis=1)
    reach = np.exp(arrays.leaf_logs(solution.log_probabilities))
    worth = reach @ (payoffs[arrays.leaves] + arrays.payoffs * (logs[arrays.leaves] + on_path)[:, None])
    return Derivative(solution, parameter, at, np.asarray(strategy), np.asarray(worth))


def _log_slopes(solution: Solution, moved: Floats) -> Floats:
    """(A,) derivative of log-probabilities from that of log-odds."""
    arrays = solution.game.arrays
    full = np.zeros(arrays.actions)
    full[arrays.free] = moved
    mean = np.bincount(arrays.infoset_of, solution.strategy * full, len(arrays.sizes))
    return np.asarray(full - mean[arrays.infoset_of])
