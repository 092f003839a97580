"""What solving a Markov game gives: a solution, a limit, a branch; tables, frames, JSON, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from offramp.games.continuation import Special, Trace, polish
from offramp.games.frames import frame
from offramp.games.picture import Axis, Line, Picture, line_chart, text_chart
from offramp.games.results import specials_text
from offramp.games.text import table_html, table_text

if TYPE_CHECKING:
    from offramp.games.markov import MarkovGame
    from offramp.games.markov_system import MarkovSystem

Floats = NDArray[np.float64]
MOST_ROWS = 60
MOST_LINES = 12


def strategy_rows(game: MarkovGame, strategy: Floats, q: Floats) -> list[dict[str, Any]]:
    """One row a state, player and action: probability and the action's value (one-shot, discounted), utils."""
    states, players, _ = game.shape
    return [
        {
            "state": game.states[s],
            "player": game.players[p],
            "action": a + 1,
            "probability": float(strategy[s, p, a]),
            "value": float(q[s, p, a]),
        }
        for s in range(states)
        for p in range(players)
        for a in range(int(game.num_actions[s, p]))
    ]


class _Stationary:
    """What a solution and a limit share."""

    game: MarkovGame
    strategy: Floats
    value: Floats
    action_values: Floats
    outcome: str

    @property
    def converged(self) -> bool:
        """Whether the solver met its tolerance."""
        return self.outcome == "solved"

    def as_json(self) -> dict[str, Any]:
        """{"strategy": [s][p][a] with 0 in unused slots, "value": [s][p]}."""
        return {"strategy": self.strategy.tolist(), "value": self.value.tolist()}

    def rows(self) -> list[dict[str, Any]]:
        """One row a state, player and action."""
        return strategy_rows(self.game, self.strategy, self.action_values)

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _head(self) -> str:
        raise NotImplementedError

    def _foot(self) -> str:
        raise NotImplementedError

    def _table(self) -> tuple[list[str], list[list[object]], str]:
        rows: list[list[object]] = []
        for s, state in enumerate(self.game.states):
            for p, player in enumerate(self.game.players):
                shares = self.strategy[s, p, : int(self.game.num_actions[s, p])]
                words = " ".join(f"{x:.4f}" for x in shares)
                rows.append([state if p == 0 else "", player, words, float(self.value[s, p])])
        note = f"\n{MOST_ROWS} of {len(rows)} rows shown; tidy() has them all" if len(rows) > MOST_ROWS else ""
        return ["state", "player", "probabilities", "value"], rows[:MOST_ROWS], note

    def __str__(self) -> str:
        columns, rows, note = self._table()
        return f"{self._head()}\n{table_text(columns, rows)}{note}\n{self._foot()}"

    def _repr_html_(self) -> str:
        columns, rows, note = self._table()
        return table_html(self._head(), columns, rows, self._foot() + note)


@dataclass(frozen=True, eq=False, repr=False)
class MarkovSolution(_Stationary):
    """A stationary logit equilibrium. `residual`: largest |logit reply - probability| at exact discounted values."""

    game: MarkovGame
    precision: tuple[float, ...]  # by player, 1/utils
    strategy: Floats  # (S, P, A)
    value: Floats  # (S, P) expected discounted payoffs, utils
    action_values: Floats  # (S, P, A)
    residual: float
    steps: int
    evaluations: int
    outcome: str
    point: Floats = field(repr=False)

    def _head(self) -> str:
        same = len(set(self.precision)) == 1
        what = f"{self.precision[0]:g}" if same else ", ".join(f"{x:g}" for x in self.precision)
        return f"{self.game.title}: stationary logit equilibrium at precision {what}"

    def _foot(self) -> str:
        return f"outcome: {self.outcome}, residual {self.residual:.1e}, {self.steps} steps"

    def __repr__(self) -> str:
        return f"<MarkovSolution of {self.game.title!r}: {self.outcome}, residual {self.residual:.1e}>"


@dataclass(frozen=True, eq=False, repr=False)
class MarkovLimit(_Stationary):
    """Where the principal branch leads. `gain`: the most that any one-shot deviation brings, utils."""

    game: MarkovGame
    strategy: Floats
    value: Floats
    action_values: Floats
    gain: float
    precision: float
    steps: int
    evaluations: int
    outcome: str
    specials: tuple[Special, ...]

    def marked(self, trace: Trace) -> MarkovLimit:
        """The same with the final word of the trace."""
        return replace(self, outcome=trace.outcome, steps=trace.steps, evaluations=trace.evaluations)

    def _head(self) -> str:
        return f"{self.game.title}: limiting stationary equilibrium"

    def _foot(self) -> str:
        text = (
            f"outcome: {self.outcome}, largest one-shot gain {self.gain:.1e} utils, {self.steps} steps up to precision "
            f"{self.precision:.3g}"
        )
        return "\n".join([text, *specials_text(self.specials)])

    def __repr__(self) -> str:
        return f"<MarkovLimit of {self.game.title!r}: {self.outcome}, gain {self.gain:.1e}>"


@dataclass(frozen=True, eq=False, repr=False)
class MarkovBranch:
    """The principal branch: points in order, folds and bifurcations, and the limit where it was followed that far."""

    game: MarkovGame
    system: MarkovSystem
    trace: Trace
    limit: MarkovLimit | None

    @property
    def outcome(self) -> str:
        """solved, steps_spent, stalled, out_of_time or inexact."""
        return self.trace.outcome

    @cached_property
    def precision(self) -> Floats:
        """(points,) precision along the branch."""
        return np.array([place.point[-1] for place in self.trace.places])

    @cached_property
    def strategies(self) -> Floats:
        """(points, S, P, A) probabilities along the branch."""
        return np.array([np.exp(self.system.logs(place.point)) for place in self.trace.places])

    @property
    def folds(self) -> tuple[Special, ...]:
        """Where the precision turns."""
        return tuple(s for s in self.trace.specials if s.kind == "fold")

    @property
    def bifurcations(self) -> tuple[Special, ...]:
        """Where another branch crosses."""
        return tuple(s for s in self.trace.specials if s.kind == "bifurcation")

    def solution(self, index: int = -1) -> MarkovSolution:
        """One point of the branch as a solution, polished."""
        from offramp.games.markov_solve import make_solution

        point, _ = polish(self.system, self.trace.places[index].point)
        return make_solution(self.system, point, self.trace)

    def rows(self) -> list[dict[str, Any]]:
        """One row a point, state, player and action."""
        return [
            {"point": k, "precision": float(self.precision[k])} | {x: row[x] for x in row if x != "value"}
            for k in range(len(self.precision))
            for row in strategy_rows(self.game, self.strategies[k], self.strategies[k])
        ]

    def as_json(self) -> dict[str, Any]:
        """Precisions and strategies along the branch."""
        return {"precision": self.precision.tolist(), "strategy": self.strategies.tolist()}

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _lines(self) -> list[Line]:
        lines = []
        for s, state in enumerate(self.game.states):
            for p, player in enumerate(self.game.players):
                for a in range(int(self.game.num_actions[s, p])):
                    if self.game.num_actions[s, p] == 1 or (self.game.num_actions[s, p] == 2 and a == 1):
                        continue
                    y: Sequence[float] = self.strategies[1:, s, p, a].tolist()
                    lines.append(Line(f"{state}, {player}: {a + 1}", self.precision[1:].tolist(), y))
        return lines[:MOST_LINES]

    def plot(self) -> Picture:
        """Strategies against precision (the first dozen lines)."""
        words = f"Probabilities along the principal branch of {self.game.title!r}."
        axes = Axis("precision (1/utils)", log=True), Axis("probability")
        return line_chart(self.game.title, *axes, self._lines(), description=words)

    def chart(self) -> str:
        """The plot as text."""
        return text_chart(self._lines(), log=True)

    def __str__(self) -> str:
        count = len(self.precision)
        shown = sorted({round(k) for k in np.linspace(0, count - 1, min(count, 12))})
        lines = self._lines()[:8]
        rows: list[list[object]] = [
            [float(self.precision[k]), *((0.0 if k == 0 else line.y[k - 1]) for line in lines)] for k in shown if k
        ]
        foot = f"outcome: {self.outcome}, {self.trace.steps} steps; {len(rows)} of {count} points"
        table = table_text(["precision", *(line.label for line in lines)], rows)
        return "\n".join(
            [f"{self.game.title}: principal branch", table, foot, *specials_text(tuple(self.trace.specials))]
        )

    def __repr__(self) -> str:
        return (
            f"<MarkovBranch of {self.game.title!r}: {len(self.precision)} points to precision "
            f"{self.precision[-1]:.3g}, {len(self.folds)} folds, {len(self.bifurcations)} bifurcations, {self.outcome}>"
        )
