"""Backtests: every lens and the pool at rolling origins, scored, compared, and put into tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from offramp.errors import InputError
from offramp.hazard.ensemble.outcomes import (
    HORIZONS,
    JOINT,
    OUTCOMES,
    month_number,
    month_numbers,
    observed,
    position,
)
from offramp.hazard.ensemble.rolling import LENSES, Block, BlockForecast, Progress, pool, rolling_blocks, run
from offramp.hazard.ensemble.scores import Scores, bootstrap, log_losses, reliability, score
from offramp.hazard.features import Array, Index

if TYPE_CHECKING:
    from distributed import Client

POOL: Final = "pool"
JOINT_NAME: Final = "exit modes (joint)"


@dataclass(frozen=True)
class Plan:
    """Origins `first` to `last`, refitted every `step` months; the pool starts learning `warm_up` months earlier."""

    first: str = "1979-12"
    last: str = "2008-12"
    step: int = 12
    warm_up: int = 120
    lenses: tuple[str, ...] = tuple(LENSES)

    def __post_init__(self) -> None:
        if month_number(self.first) > month_number(self.last):
            raise InputError(f"origins: {self.first} lies after {self.last}")
        if self.warm_up < 0:
            raise InputError(f"warm-up: {self.warm_up} months; expected 0 or more")


@dataclass(frozen=True)
class Comparison:
    """Mean log score of the pool less that of another, with a 90 % interval by block bootstrap over states."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One outcome and horizon: scores of every lens and the pool; differences of the pool to each; reliability."""

    outcome: str
    horizon: int
    scores: dict[str, Scores]
    comparisons: dict[str, Comparison]
    reliability: list[tuple[float, float, int]]


@dataclass(frozen=True)
class Backtest:
    """All rows, the joint log scores by horizon and model, and the weights of the last pool."""

    plan: Plan
    rows: list[Row]
    joint: dict[int, dict[str, float]]
    joint_comparisons: dict[int, dict[str, Comparison]]
    weights: dict[str, dict[int, dict[str, float]]]

    def to_json(self) -> dict[str, Any]:
        """As plain values; NaN becomes None."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def backtest(
    frame: pl.DataFrame,
    plan: Plan,
    work: Path,
    jobs: int = 1,
    cluster: Client | str | None = None,
    draws: int = 1000,
    progress: Progress | None = None,
) -> Backtest:
    """Run (or take up) the blocks, pool each on those before it, and score origins from `plan.first` on.

    Raises:
        InputError: If no origin has a known outcome.
    """
    every = blocks(plan)
    early = sum(block.fit < month_number(plan.first) for block in every)
    found = run(frame, every, work, plan.lenses, HORIZONS, jobs, cluster, progress)
    months, outcomes = month_numbers(frame), observed(frame)
    _, state = np.unique(frame["gwcode"].to_numpy(), return_inverse=True)
    return judge(found, early, outcomes, months, state.astype(np.int64), plan, draws)


def blocks(plan: Plan) -> list[Block]:
    """Fits of a plan: every two years (or `step`) in the warm-up, then every `step` months."""
    first, last = month_number(plan.first), month_number(plan.last)
    early = rolling_blocks(first - plan.warm_up, first - 1, max(plan.step, 24)) if plan.warm_up else []
    return [*early, *rolling_blocks(first, last, plan.step)]


def judge(
    found: Sequence[BlockForecast], skip: int, outcomes: Array, months: Index, state: Index, plan: Plan, draws: int
) -> Backtest:
    """Score the blocks after the first `skip`, which only teach the pool."""
    pooled = [pool(found, one, outcomes, months, HORIZONS) for one in found[skip:]]
    rows = np.concatenate([one.rows for one in pooled])
    chances = dict(zip(plan.lenses, np.concatenate([one.chances for one in found[skip:]], axis=1), strict=True)) | {
        POOL: np.concatenate([one.chances for one in pooled])
    }
    table = []
    for k, outcome in enumerate(OUTCOMES):
        for j, horizon in enumerate(HORIZONS):
            y = outcomes[rows, k, j]
            known = ~np.isnan(y)
            if not known.any():
                raise InputError(f"panel: no outcome of {outcome} is known at the origins {plan.first}:{plan.last}")
            table.append(_row(outcome, horizon, {n: p[known, k, j] for n, p in chances.items()}, y[known],
                              state[rows][known], draws))  # fmt: skip
    joint, comparisons = _joint(chances, outcomes[rows], state[rows], draws)
    weights = {
        outcome: {h: dict(zip(plan.lenses, pooled[-1].pools[k][j].weights.tolist(), strict=True)) for j, h in
                  enumerate(HORIZONS)}
        for k, outcome in enumerate(OUTCOMES)
    }  # fmt: skip
    return Backtest(plan, table, joint, comparisons, weights)


def _row(outcome: str, horizon: int, chances: dict[str, Array], y: Array, state: Index, draws: int) -> Row:
    mine = log_losses(np.clip(chances[POOL], 1e-12, 1 - 1e-12), y)
    comparisons = {
        name: Comparison(*bootstrap(mine, log_losses(np.clip(p, 1e-12, 1 - 1e-12), y), state, draws))
        for name, p in chances.items()
        if name != POOL
    }
    scores = {name: score(p, y) for name, p in chances.items()}
    return Row(outcome, horizon, scores, comparisons, reliability(chances[POOL], y))


def joint_losses(chances: Array, outcomes: Array) -> Array:
    """Minus the log chance of the mode that happened, or of staying, at one horizon: `(row, outcome)` both.

    An 'irregular, other' exit belongs to no mode of the joint score and is charged as a coup.
    """
    parts = [position(name) for name in JOINT]
    modes = np.clip(chances[:, parts], 1e-12, 1)
    hit = outcomes[:, parts] > 0
    other = (outcomes[:, position("irregular")] > 0) & ~hit.any(axis=1)
    hit[other, JOINT.index("coup_exit")] = True
    stay = np.clip(1 - modes.sum(axis=1), 1e-12, 1)
    losses: Array = -np.where(hit.any(axis=1), np.log((modes * hit).sum(axis=1) + 1e-300), np.log(stay))
    return losses


def _joint(
    chances: dict[str, Array], outcomes: Array, state: Index, draws: int
) -> tuple[dict[int, dict[str, float]], dict[int, dict[str, Comparison]]]:
    scores: dict[int, dict[str, float]] = {}
    comparisons: dict[int, dict[str, Comparison]] = {}
    for j, horizon in enumerate(HORIZONS):
        known = ~np.isnan(outcomes[:, position("any_exit"), j])
        losses = {name: joint_losses(p[known, :, j], outcomes[known, :, j]) for name, p in chances.items()}
        scores[horizon] = {name: float(values.mean()) for name, values in losses.items()}
        comparisons[horizon] = {
            name: Comparison(*bootstrap(losses[POOL], values, state[known], draws))
            for name, values in losses.items()
            if name != POOL
        }
    return scores, comparisons


def markdown(found: Backtest) -> str:
    """Tables of scores: log scores and Brier x 1000, differences x 1000 with 90 % intervals."""
    plan = found.plan
    lines = [
        f"Origins {plan.first} to {plan.last}, refitted every {plan.step} months; each fit sees only what was known.",
        "Log score and Brier x 1000 (lower is better). 'pool - model': difference of log scores x 1000 with its 90 %",
        "interval, states drawn whole; below 0 the pool is better.",
    ]
    for row in found.rows:
        lines += [
            "",
            f"**{row.outcome}, {row.horizon} m** (n={row.scores[POOL].rows}, events={row.scores[POOL].events})",
        ]
        lines += [
            "",
            "| model | AUC | AUC-PR | Brier | log | slope | exp/obs | pool - model |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for name, s in row.scores.items():
            c = row.comparisons.get(name)
            apart = f"{1000 * c.difference:.3f} ({1000 * c.low:.3f} to {1000 * c.high:.3f})" if c else ""
            lines.append(
                f"| {name} | {s.auc:.3f} | {s.average_precision:.4f} | {1000 * s.brier:.3f} | {1000 * s.log:.3f} | "
                f"{s.slope:.2f} | {s.expected_over_observed:.2f} | {apart} |"
            )
    lines += ["", "**Joint log score of exit modes**", "", "| model | " + " | ".join(f"{h} m" for h in HORIZONS) + " |"]
    lines.append("|---|" + "---|" * len(HORIZONS))
    for name in next(iter(found.joint.values())):
        lines.append(f"| {name} | " + " | ".join(f"{found.joint[h][name]:.5f}" for h in HORIZONS) + " |")
    return "\n".join(lines)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
