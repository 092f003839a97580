"""From weighted draws to means and 90 % intervals.

Draws carry weights (anchor B and the filter); intervals are weighted quantiles of the draws, means weighted means, so
means over outcomes sum to 1 whenever each draw's probabilities do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from offramp.codes.exits import OUTCOMES
from offramp.forecast.brief import Number, OutcomeNumbers, Outcomes, Series

Array = NDArray[np.float64]
LOW, HIGH = 0.05, 0.95
MARKS = (1, 3, 6, 12, 24)


def marks(months: int) -> list[int]:
    """The months that a forecast states: those of 1, 3, 6, 12, 24 within the horizon, and the horizon."""
    return sorted({m for m in MARKS if m <= months} | {months})


def number(draws: Array, weights: Array) -> Number:
    """Mean and interval of one quantity. Shapes: draws [draw], weights [draw] summing to 1."""
    low, high = quantiles(draws[:, None], weights, (LOW, HIGH))[:, 0]
    return Number(mean=float(weights @ draws), low=float(low), high=float(high))


def median(draws: Array, weights: Array) -> Number:
    """Median and interval of a quantity that has no mean, such as one that is cut; shapes as for `number`."""
    low, middle, high = quantiles(draws[:, None], weights, (LOW, 0.5, HIGH))[:, 0]
    return Number(mean=float(middle), low=float(low), high=float(high))


def outcome_series(outcomes: Array, weights: Array, months: Sequence[int], *, missing: Sequence[str] = ()) -> Outcomes:
    """Series by outcome at chosen months.

    Args:
        outcomes: Probabilities, [draw, month 0..horizon, outcome] in the order of `codes.exits.OUTCOMES`.
        weights: [draw], summing to 1.
        months: Months to state.
        missing: Outcomes that this lens cannot speak of; their series hold nulls.
    """
    chosen = outcomes[:, list(months), :]
    means = np.einsum("d,dmk->mk", weights, chosen)
    ends = quantiles(chosen.reshape(len(weights), -1), weights, (LOW, HIGH)).reshape(2, *means.shape)
    found: Outcomes = {}
    for k, name in enumerate(OUTCOMES):
        if name in missing:
            nulls: list[float | None] = [None] * len(months)
            found[str(name)] = Series(mean=nulls, low=list(nulls), high=list(nulls))
        else:
            found[str(name)] = Series(
                mean=means[:, k].tolist(), low=ends[0, :, k].tolist(), high=ends[1, :, k].tolist()
            )
    return found


def outcome_numbers(outcomes: Array, weights: Array) -> OutcomeNumbers:
    """Mean and interval by outcome. Shape of outcomes: [draw, outcome]."""
    return {str(name): number(outcomes[:, k], weights) for k, name in enumerate(OUTCOMES)}


def quantiles(draws: Array, weights: Array, at: Sequence[float]) -> Array:
    """Weighted quantiles of each column, [len(at), column]; the midpoint rule of Hazen, linear in between."""
    order = np.argsort(draws, axis=0, kind="stable")
    values = np.take_along_axis(draws, order, axis=0)
    mass = weights[order]
    middle = (np.cumsum(mass, axis=0) - mass / 2) / mass.sum(axis=0)
    return np.array(
        [[np.interp(q, middle[:, j], values[:, j]) for j in range(draws.shape[1])] for q in at], dtype=np.float64
    )
