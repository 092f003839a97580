"""A branch of logit equilibria: its points, folds, bifurcations, the branches that cross it, and its picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from offramp.games.continuation import Special, Trace
from offramp.games.frames import frame
from offramp.games.picture import Axis, Line, Picture, line_chart, text_chart
from offramp.games.results import Limit, Solution, specials_text
from offramp.games.system import TreeSystem
from offramp.games.text import table_html, table_text

if TYPE_CHECKING:
    from offramp.games.form import Game

Floats = NDArray[np.float64]
MOST_COLUMNS = 8


@dataclass(frozen=True, eq=False, repr=False)
class Branch:
    """A branch of equilibria: points in order, folds, bifurcations, and its limit where it was followed that far."""

    game: Game
    system: TreeSystem = field(repr=False)
    trace: Trace = field(repr=False)
    notes: tuple[str, ...]
    limit: Limit | None
    seconds: float | None = None

    @property
    def outcome(self) -> str:
        """solved, steps_spent, stalled or out_of_time."""
        return self.trace.outcome

    @cached_property
    def precision(self) -> Floats:
        """(points,) precision along the branch, 1/utils; it may turn back at folds."""
        return np.array([place.point[-1] for place in self.trace.places])

    @cached_property
    def strategies(self) -> Floats:
        """(points, A) probabilities along the branch."""
        arrays = self.game.arrays
        return np.array([np.exp(arrays.log_probabilities(place.point[:-1])) for place in self.trace.places])

    @property
    def folds(self) -> tuple[Special, ...]:
        """Where the precision turns."""
        return tuple(s for s in self.trace.specials if s.kind == "fold")

    @property
    def bifurcations(self) -> tuple[Special, ...]:
        """Where another branch crosses."""
        return tuple(s for s in self.trace.specials if s.kind == "bifurcation")

    def solution(self, index: int = -1) -> Solution:
        """One point of the branch as a solution, polished."""
        from offramp.games.continuation import polish
        from offramp.games.solve import make_solution

        point, _ = polish(self.system, self.trace.places[index].point)
        return make_solution(self.game, self.system, point, self.trace, self.notes)

    def others(self, *, to: float | None = None) -> list[Branch]:
        """Branches that cross this one at its bifurcations, followed to a precision (default: as far as this one)."""
        from offramp.games.solve import cross

        end = float(self.precision.max()) if to is None else to
        return [other for special in self.bifurcations for other in cross(self, special, to=end)]

    def rows(self) -> list[dict[str, Any]]:
        """One row a point and action."""
        names = [(self.game.players[i.player], i.number, a) for i in self.game.decisions for a in i.actions]
        return [
            {"point": k, "precision": float(s), "player": p, "infoset": i, "action": a, "probability": float(x)}
            for k, (s, row) in enumerate(zip(self.precision, self.strategies, strict=True))
            for (p, i, a), x in zip(names, row, strict=True)
        ]

    def tidy(self, kind: str = "polars") -> Any:
        """One row a point and action, as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _lines(self) -> list[Line]:
        lines, first = [], 1 if len(self.precision) > 1 else 0
        for infoset, start in zip(self.game.decisions, self.game.arrays.starts, strict=True):
            for k, action in enumerate(infoset.actions):
                label = f"{self.game.players[infoset.player]} {infoset.number}: {action}"
                if len(infoset.actions) == 2 and k == 1:
                    continue  # the other action's line is its mirror image
                lines.append(Line(label, self.precision[first:].tolist(), self.strategies[first:, start + k].tolist()))
        return lines

    def plot(self) -> Picture:
        """Strategies against precision; for two actions the first one's line (the other is its mirror image)."""
        lines = self._lines()
        turns = [Line(s.kind, [s.parameter], [float(np.exp(self.game.arrays.log_probabilities(s.point[:-1]))[0])])
                 for s in self.trace.specials]  # fmt: skip
        words = f"Probabilities of actions along the principal branch of {self.game.title!r}, precision "
        words += f"{self.precision[0]:g} to {self.precision[-1]:.3g}. " + " ".join(
            specials_text(tuple(self.trace.specials))
        )
        return line_chart(
            self.game.title, Axis("precision (1/utils)", log=True), Axis("probability"), lines, description=words,
            marks=turns,
        )  # fmt: skip

    def chart(self) -> str:
        """The plot as text."""
        return text_chart(self._lines(), log=True)

    def _shown(self) -> list[int]:
        count = len(self.precision)
        return sorted({round(k) for k in np.linspace(0, count - 1, min(count, 12))})

    def _columns(self) -> list[str]:
        return ["precision", *(line.label for line in self._lines()[:MOST_COLUMNS])]

    def _table(self) -> list[list[object]]:
        keep = [
            start + k
            for infoset, start in zip(self.game.decisions, self.game.arrays.starts, strict=True)
            for k in range(len(infoset.actions))
            if not (len(infoset.actions) == 2 and k == 1)
        ]
        return [
            [float(self.precision[i]), *(float(x) for x in self.strategies[i, keep[:MOST_COLUMNS]])]
            for i in self._shown()
        ]

    def _foot(self) -> str:
        lines = [
            f"outcome: {self.outcome}, {self.trace.steps} steps; {len(self._shown())} of {len(self.precision)} points"
        ]
        if len(self._lines()) > MOST_COLUMNS:
            lines.append(f"{MOST_COLUMNS} of {len(self._lines())} actions shown; tidy() has them all")
        lines += specials_text(tuple(self.trace.specials))
        if self.limit is not None:
            lines.append(f"limit: largest gain from deviating {self.limit.regret:.1e} utils")
        return "\n".join([*lines, *self.notes])

    def __str__(self) -> str:
        head = f"{self.game.title}: principal branch"
        return f"{head}\n{table_text(self._columns(), self._table())}\n{self._foot()}"

    def _repr_html_(self) -> str:
        return table_html(f"{self.game.title}: principal branch", self._columns(), self._table(), self._foot())

    def __repr__(self) -> str:
        return (
            f"<Branch of {self.game.title!r}: {len(self.precision)} points to precision {self.precision[-1]:.3g}, "
            f"{len(self.folds)} folds, {len(self.bifurcations)} bifurcations, {self.outcome}>"
        )
