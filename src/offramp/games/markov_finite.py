"""Markov games over finitely many stages, by backward induction.

At each stage the continuation is known, so every state is a game of simultaneous moves; its logit equilibrium is the
one on the principal branch from uniform play. All states of a stage are followed together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games.frames import frame
from offramp.games.markov import MarkovGame
from offramp.games.markov_results import strategy_rows
from offramp.games.markov_solve import solve_markov
from offramp.games.text import table_text

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FiniteSolution:
    """Play at every stage, the first stage first. `residual` is the largest over stages, as in `MarkovSolution`."""

    game: MarkovGame
    precision: tuple[float, ...]
    strategy: Floats  # (T, S, P, A)
    value: Floats  # (T, S, P) utils, discounted to the stage
    residual: float
    steps: int
    outcome: str

    @property
    def converged(self) -> bool:
        """Whether every stage met the tolerance."""
        return self.outcome == "solved"

    def as_json(self) -> dict[str, Any]:
        """{"strategy": [t][s][p][a], "value": [t][s][p]}."""
        return {"strategy": self.strategy.tolist(), "value": self.value.tolist()}

    def rows(self) -> list[dict[str, Any]]:
        """One row a stage, state, player and action."""
        return [
            {"stage": t + 1} | {k: row[k] for k in ("state", "player", "action", "probability")}
            for t in range(len(self.strategy))
            for row in strategy_rows(self.game, self.strategy[t], self.strategy[t])
        ]

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a polars (default) or pandas data frame."""
        return frame(self.rows(), kind)

    def __str__(self) -> str:
        rows: list[list[object]] = []
        for s, state in enumerate(self.game.states):
            for p, player in enumerate(self.game.players):
                shares = self.strategy[0, s, p, : int(self.game.num_actions[s, p])]
                words = " ".join(f"{x:.4f}" for x in shares)
                rows.append([state if p == 0 else "", player, words, float(self.value[0, s, p])])
        head = f"{self.game.title}: first of {len(self.strategy)} stages"
        foot = f"outcome: {self.outcome}, residual {self.residual:.1e}, {self.steps} steps"
        return "\n".join([head, table_text(["state", "player", "probabilities", "value"], rows[:60]), foot])

    def __repr__(self) -> str:
        return f"<FiniteSolution of {self.game.title!r}: {len(self.strategy)} stages, residual {self.residual:.1e}>"


def solve_finite(
    game: MarkovGame,
    stages: int,
    precision: float | Mapping[str, float] | Sequence[float],
    *,
    final: ArrayLike | None = None,
    throw: bool = True,
) -> FiniteSolution:
    """Solves a game of `stages` stages.

    Args:
        game: The game; its discount applies between stages.
        stages: At least 1.
        precision: As in `markov_solve.solve_markov`.
        final: Payoffs (S, P) in utils that follow the last stage, by state; 0 by default.
        throw: Raise when a stage is not converged.
    """
    count, players, _ = game.shape
    if stages < 1:
        raise InputError(f"stages is {stages}; expected at least 1.")
    ahead = np.zeros((count, players)) if final is None else np.asarray(final, dtype=np.float64)
    if ahead.shape != (count, players) or not np.all(np.isfinite(ahead)):
        raise InputError(
            f"final payoffs have shape {ahead.shape}; expected finite numbers of shape {(count, players)}."
        )
    rows = game.transitions.reshape(-1, count)
    axes = game.payoffs.shape[2:]
    play, values, worst, steps = [], [], 0.0, 0
    outcome, found = "solved", None
    for stage in range(stages, 0, -1):
        later = (rows @ (ahead * game.discount)).reshape(count, -1, players).transpose(0, 2, 1)
        payoffs = np.where(game._used()[:, None], game.payoffs + later.reshape(count, players, *axes), 0.0)
        # No discounting within a stage: what follows is already in the payoffs.
        once = replace(game, payoffs=payoffs, discount=np.zeros(players), title=f"{game.title}, stage {stage}")
        found = solve_markov(once, precision, throw=False)
        if not found.converged:
            outcome = found.outcome
            if throw:
                raise NotConvergedError(f"{once.title}: {found.outcome}, residual {found.residual:.1e}.")
        ahead = found.value
        play.append(found.strategy)
        values.append(found.value)
        worst, steps = max(worst, found.residual), steps + found.steps
    assert found is not None
    return FiniteSolution(game, found.precision, np.array(play[::-1]), np.array(values[::-1]), worst, steps, outcome)
