"""What solving a tree gives: a solution at one precision, a branch, and a limit. They print themselves as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.games import play
from offramp.games.continuation import Special, Trace
from offramp.games.frames import frame
from offramp.games.system import TreeSystem
from offramp.games.text import table_html, table_text

if TYPE_CHECKING:
    from offramp.games.derivatives import Derivative, Sensitivity
    from offramp.games.form import Game

Floats = NDArray[np.float64]

OUTCOMES: Mapping[str, str] = {
    "solved": "",
    "steps_spent": "not converged: the step limit was reached after {steps} steps at precision {parameter}. "
    "Raise max_steps.",
    "stalled": "not converged: the branch could not be followed beyond precision {parameter} ({steps} steps); rounding "
    "leaves no digits there. Ask for a lower precision, or for the limit.",
    "out_of_time": "not converged: the time limit was reached after {steps} steps at precision {parameter}.",
    "inexact": "not converged: the residual is above tolerance at precision {parameter}.",
}
COLUMNS = ("player", "infoset", "action", "probability", "belief", "value")


def _rows(
    game: Game, strategy: Floats, held: tuple[Floats, ...] | list[Floats], values: Floats
) -> list[dict[str, Any]]:
    rows = []
    for infoset, start, belief in zip(game.decisions, game.arrays.starts, held, strict=True):
        for k, action in enumerate(infoset.actions):
            rows.append(
                {
                    "player": game.players[infoset.player],
                    "infoset": infoset.number,
                    "action": action,
                    "probability": float(strategy[start + k]),
                    "belief": [float(x) for x in belief],
                    "value": float(values[start + k]),
                }
            )
    return rows


def specials_text(specials: tuple[Special, ...]) -> list[str]:
    """Lines that name folds and bifurcations."""
    lines = [f"fold: the branch turns at precision {s.parameter:.6g}" for s in specials if s.kind == "fold"]
    lines += [
        f"bifurcation at precision {s.parameter:.6g}: another branch crosses there; this one goes straight on"
        for s in specials
        if s.kind == "bifurcation"
    ]
    return lines


class _Profile:
    """What a solution and a limit share: looking things up, frames and tables."""

    game: Game
    steps: int
    outcome: str
    notes: tuple[str, ...]

    @property
    def strategy(self) -> Floats:
        """(A,) probabilities, by information set in the order of `game.decisions`."""
        raise NotImplementedError

    def rows(self) -> list[dict[str, Any]]:
        """One row an action: player, infoset (its number), action, probability, belief, value.

        `belief` lists the probabilities of the information set's nodes in the order of the tree; `value` is the
        player's expected payoff from the action, given that the information set is reached, utils.
        """
        raise NotImplementedError

    @property
    def converged(self) -> bool:
        """Whether the solver met its tolerance."""
        return self.outcome == "solved"

    @cached_property
    def payoffs(self) -> Floats:
        """(players,) expected payoffs of the whole game, utils."""
        return np.asarray(play.node_values(self.game, self.strategy)[0])

    def policy(self, player: str | int, infoset: str | int) -> dict[str, float]:
        """Probabilities at one information set, named or numbered, by action."""
        wanted = self.game.infoset(player, infoset)
        place = [i is wanted for i in self.game.decisions].index(True)
        start = self.game.arrays.starts[place]
        return {action: float(self.strategy[start + k]) for k, action in enumerate(wanted.actions)}

    def probability(self, player: str | int, infoset: str | int, action: str) -> float:
        """Probability of one action. Raises `InputError` with the known names."""
        policy = self.policy(player, infoset)
        if action not in policy:
            raise InputError(f"no action {action!r} there; actions: {', '.join(map(repr, policy))}.")
        return policy[action]

    def tidy(self, kind: str = "polars") -> Any:
        """One row an action, as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _table(self) -> list[list[object]]:
        shown = []
        previous: tuple[object, object] | None = None
        for row in self.rows():
            key = (row["player"], row["infoset"])
            belief = row["belief"]
            text = " ".join(f"{x:.3f}" for x in belief[:4]) + (" …" if len(belief) > 4 else "")
            infoset = self.game.infoset(row["player"], row["infoset"])
            name = f"{row['infoset']} {infoset.name}".strip()
            first = key != previous
            shown.append(
                [
                    row["player"] if first else "",
                    name if first else "",
                    row["action"],
                    row["probability"],
                    (text if len(belief) > 1 else "1") if first else "",
                    row["value"] if abs(row["value"]) > 1e-12 * self.game.arrays.scale else 0.0,
                ]
            )
            previous = key
        return shown

    def _head(self) -> str:
        raise NotImplementedError

    def _foot(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self._head()}\n{table_text(COLUMNS, self._table())}\n{self._foot()}"

    def _repr_html_(self) -> str:
        return table_html(self._head(), COLUMNS, self._table(), self._foot())


@dataclass(frozen=True, eq=False, repr=False)
class Solution(_Profile):
    """An agent logit equilibrium at one precision.

    `residual` is the largest |logit reply - probability|, computed afresh from the returned play; `steps` counts points
    along the branch and `evaluations` the Newton steps taken.
    """

    game: Game
    precision: tuple[float, ...]  # by player, 1/utils
    log_probabilities: Floats
    action_values: Floats  # utils
    residual: float
    steps: int
    evaluations: int
    outcome: str
    notes: tuple[str, ...]
    point: Floats = field(repr=False)

    @property
    def strategy(self) -> Floats:
        """(A,) probabilities, by information set in the order of `game.decisions`."""
        return np.asarray(np.exp(self.log_probabilities))

    @cached_property
    def beliefs(self) -> tuple[Floats, ...]:
        """For each information set the probabilities of its nodes."""
        return tuple(play.beliefs(self.game, self.log_probabilities))

    @cached_property
    def system(self) -> TreeSystem:
        """The equations that this solves, for derivatives and condition."""
        top = max(self.precision, default=0.0)
        ratio = np.array(self.precision) / top if top > 0 else np.ones(len(self.precision))
        return TreeSystem(self.game.arrays, ratio)

    @cached_property
    def condition(self) -> float:
        """Condition number (1-norm) of the Jacobian in log-odds: large near a fold or bifurcation."""
        _, jacobian, _ = self.system.equations(self.point)
        return float(np.linalg.cond(jacobian, 1)) if jacobian.size else 1.0

    def rows(self) -> list[dict[str, Any]]:
        return _rows(self.game, self.strategy, self.beliefs, self.action_values)

    def derivative(self, parameter: str) -> Derivative:
        """How strategies and values move with a parameter of the game, or with `precision`. See `derivatives`."""
        from offramp.games.derivatives import parameter_derivative

        return parameter_derivative(self, parameter)

    def sensitivity(self) -> Sensitivity:
        """Derivatives in payoffs, chances and precision, forward and reverse. See `derivatives.Sensitivity`."""
        from offramp.games.derivatives import Sensitivity

        return Sensitivity(self)

    def _head(self) -> str:
        if len(set(self.precision)) == 1:
            what = f"{self.precision[0]:g}"
        else:
            what = ", ".join(f"{n} {x:g}" for n, x in zip(self.game.players, self.precision, strict=True))
        return f"{self.game.title}: agent logit equilibrium at precision {what}"

    def _foot(self) -> str:
        worth = ", ".join(f"{n} {x:.4f}" for n, x in zip(self.game.players, self.payoffs, strict=True))
        lines = [
            f"Expected payoffs: {worth}",
            f"outcome: {self.outcome}, residual {self.residual:.1e}, {self.steps} steps, "
            f"condition {self.condition:.1e}",
        ]
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        precision = self.precision[0] if len(set(self.precision)) == 1 else self.precision
        return (
            f"<Solution of {self.game.title!r} at precision {precision}: {self.outcome}, residual {self.residual:.1e}>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Limit(_Profile):
    """Where the principal branch leads as precision grows: a sequential equilibrium, within `regret`.

    `beliefs` are limits of beliefs along the branch, so also given where play does not reach; `regret` is the largest
    gain, in utils, of any player from another action at any information set, at these beliefs.
    """

    game: Game
    probabilities: Floats  # (A,)
    beliefs: tuple[Floats, ...]
    action_values: Floats
    regret: float
    precision: float  # the highest precision reached, 1/utils
    steps: int
    evaluations: int
    outcome: str
    specials: tuple[Special, ...]
    notes: tuple[str, ...]

    @property
    def strategy(self) -> Floats:
        """(A,) probabilities, by information set in the order of `game.decisions`."""
        return self.probabilities

    def marked(self, trace: Trace) -> Limit:
        """The same with the final word of the trace."""
        return replace(self, outcome=trace.outcome, steps=trace.steps, evaluations=trace.evaluations)

    def rows(self) -> list[dict[str, Any]]:
        return _rows(self.game, self.strategy, self.beliefs, self.action_values)

    def _head(self) -> str:
        return f"{self.game.title}: limiting logit equilibrium (sequential)"

    def _foot(self) -> str:
        worth = ", ".join(f"{n} {x:.4f}" for n, x in zip(self.game.players, self.payoffs, strict=True))
        lines = [
            f"Expected payoffs: {worth}",
            f"outcome: {self.outcome}, largest gain from deviating {self.regret:.1e} utils, "
            f"{self.steps} steps up to precision {self.precision:.3g}",
        ]
        return "\n".join([*lines, *specials_text(self.specials), *self.notes])

    def __repr__(self) -> str:
        return f"<Limit of {self.game.title!r}: {self.outcome}, regret {self.regret:.1e}>"
