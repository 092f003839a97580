"""Comparative statics: equilibria over values of parameters, as a table and a picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offramp.errors import InputError
from offramp.games.frames import frame
from offramp.games.picture import Axis, Line, Picture, line_chart, text_chart
from offramp.games.results import Solution
from offramp.games.text import table_html, table_text

if TYPE_CHECKING:
    from offramp.games.form import Game

MOST_SHOWN = 40


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Solutions over a grid of parameters, in the order of the grid."""

    game: Game
    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    solutions: tuple[Solution, ...] = field(repr=False)

    def rows(self) -> list[dict[str, Any]]:
        """One row a grid point and action."""
        keep = ("player", "infoset", "action", "probability", "value")
        return [
            dict(zip(self.names, at, strict=True)) | {k: row[k] for k in keep}
            for at, solution in zip(self.values, self.solutions, strict=True)
            for row in solution.rows()
        ]

    def tidy(self, kind: str = "polars") -> Any:
        """One row a grid point and action, as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def _lines(self) -> list[Line]:
        if len(self.names) != 1:
            raise InputError("a sweep over several parameters has no line chart; plot tidy() instead.")
        lines = []
        for infoset, start in zip(self.game.decisions, self.game.arrays.starts, strict=True):
            for k, action in enumerate(infoset.actions):
                if len(infoset.actions) == 2 and k == 1:
                    continue
                label = f"{self.game.players[infoset.player]} {infoset.number}: {action}"
                y = [float(s.strategy[start + k]) for s in self.solutions]
                lines.append(Line(label, [at[0] for at in self.values], y))
        return lines

    def plot(self) -> Picture:
        """Strategies against the parameter. Raises `InputError` for more than one parameter."""
        words = f"Logit equilibrium of {self.game.title!r} as {self.names[0]} moves from {self.values[0][0]:g} to "
        words += f"{self.values[-1][0]:g}."
        return line_chart(self.game.title, Axis(self.names[0]), Axis("probability"), self._lines(), description=words)

    def chart(self) -> str:
        """The plot as text."""
        return text_chart(self._lines())

    def _parts(self) -> tuple[str, list[str], list[list[object]], str]:
        labels = [
            f"{self.game.players[i.player]} {i.number}: {a}"
            for i in self.game.decisions
            for k, a in enumerate(i.actions)
            if not (len(i.actions) == 2 and k == 1)
        ]
        keep = [
            int(start) + k
            for i, start in zip(self.game.decisions, self.game.arrays.starts, strict=True)
            for k in range(len(i.actions))
            if not (len(i.actions) == 2 and k == 1)
        ]
        step = max(1, len(self.values) // MOST_SHOWN)
        rows: list[list[object]] = [
            [*at, *(float(x) for x in solution.strategy[keep])]
            for at, solution in list(zip(self.values, self.solutions, strict=True))[::step]
        ]
        worst = max((s.residual for s in self.solutions), default=0.0)
        foot = f"{len(self.values)} equilibria, largest residual {worst:.1e}"
        return f"{self.game.title}: {', '.join(self.names)}", [*self.names, *labels], rows, foot

    def __str__(self) -> str:
        head, columns, rows, foot = self._parts()
        return f"{head}\n{table_text(columns, rows)}\n{foot}"

    def _repr_html_(self) -> str:
        head, columns, rows, foot = self._parts()
        return table_html(head, columns, rows, foot)

    def __repr__(self) -> str:
        return f"<Sweep of {self.game.title!r} over {', '.join(self.names)}: {len(self.values)} equilibria>"


def sweep(game: Game, ranges: Mapping[str, Iterable[float]], *, precision: float | Mapping[str, float] = 1.0) -> Sweep:
    """Solves the game at every combination of parameter values; `precision` may itself be swept.

    Raises `InputError` for unknown parameters, `NotConvergedError` when a point cannot be solved.
    """
    if not ranges:
        known = ", ".join([*game.parameters, "precision"])
        raise InputError(f"name a parameter to sweep, such as game.sweep(offer=[0, 0.5, 1]); known: {known}.")
    names = tuple(ranges)
    grid = tuple(itertools.product(*[[float(x) for x in ranges[name]] for name in names]))
    solutions = []
    for at in grid:
        wanted = dict(zip(names, at, strict=True))
        level = wanted.pop("precision", precision)
        solutions.append((game.at(**wanted) if wanted else game).solve(level))
    return Sweep(game, names, grid, tuple(solutions))
