"""Scores of forecasts of events, and comparisons with intervals by block bootstrap over states.

Log score is minus the mean log chance of what happened; Brier the mean squared error; the calibration slope is that of
a logistic regression of the event on the forecast's log odds (Cox 1958, Biometrika 45); expected over observed is the
sum of chances by the number of events. Rows of one state share events and windows, so states are drawn whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offramp.hazard.features import Array, Index


@dataclass(frozen=True)
class Scores:
    """Scores of one set of forecasts; NaN where there is no event, or nothing but events."""

    rows: int
    events: int
    auc: float
    average_precision: float
    brier: float
    log: float
    slope: float
    expected_over_observed: float


def score(p: Array, y: Array) -> Scores:
    """All scores of chances `p` of events `y` (0 or 1), one a row."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    events = int(y.sum())
    mixed = 0 < events < len(y)
    return Scores(
        len(y),
        events,
        auc(p, y) if mixed else float("nan"),
        average_precision(p, y) if mixed else float("nan"),
        float(np.mean((p - y) ** 2)),
        float(np.mean(log_losses(p, y))),
        calibration_slope(p, y) if mixed else float("nan"),
        float(p.sum() / events) if events else float("nan"),
    )


def log_losses(p: Array, y: Array) -> Array:
    """Minus log of the chance given to what happened, by row."""
    losses: Array = -np.where(y > 0, np.log(p), np.log1p(-p))
    return losses


def auc(p: Array, y: Array) -> float:
    """Chance that a row with the event was given more than one without; ties count half."""
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n = y.sum()
    return float((ranks[y > 0].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def average_precision(p: Array, y: Array) -> float:
    """Area under the precision-recall steps; rows of equal chance enter together."""
    values, inverse = np.unique(-p, return_inverse=True)
    hits = np.bincount(inverse, y, len(values)).cumsum()
    size = np.bincount(inverse, minlength=len(values)).cumsum()
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / size) / y.sum())


def calibration_slope(p: Array, y: Array) -> float:
    """Slope of the event on the log odds of the forecast; 1 is right, below 1 overconfident. Newton's method."""
    odds = np.log(p) - np.log1p(-p)
    if np.ptp(odds) < 1e-9:
        return float("nan")
    x = np.column_stack([np.ones_like(odds), odds])
    beta = np.array([0.0, 1.0])
    for _ in range(100):
        q = 1 / (1 + np.exp(-np.clip(x @ beta, -35, 35)))
        step = np.linalg.solve((x * (q * (1 - q))[:, None]).T @ x + 1e-9 * np.eye(2), x.T @ (y - q))
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    return float(beta[1])


def reliability(p: Array, y: Array, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean chance, share of events and number of rows in bins of equal size by chance, lowest first."""
    order = np.argsort(p, kind="stable")
    return [
        (float(p[part].mean()), float(y[part].mean()), len(part)) for part in np.array_split(order, bins) if len(part)
    ]


def bootstrap(
    losses: Array, other: Array, state: Index, draws: int = 1000, seed: int = 7, level: float = 0.90
) -> tuple[float, float, float]:
    """Difference of mean losses (first less second) and its interval, states drawn with replacement.

    Args:
        losses, other: By row, of the two forecasts.
        state: Which state each row belongs to, 0-based.
        draws: Bootstrap draws.
        seed: Of the draws.
        level: Coverage of the percentile interval.
    """
    size = int(state.max()) + 1
    total = np.bincount(state, losses - other, size)
    rows = np.bincount(state, minlength=size).astype(float)
    present = np.flatnonzero(rows)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(present), np.full(len(present), 1 / len(present)), draws)
    means = (counts @ total[present]) / (counts @ rows[present])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float((losses - other).mean()), float(low), float(high)
