"""From monthly hazards to chances: competing risks with hazards constant inside each month.

The chance of leaving in a month, given office at its start, is 1 - exp(-sum of hazards); a mode's part is its share
of the sum. Exact for piecewise constant hazards (Kalbfleisch and Prentice 2002, section 8.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def cumulative_incidence(hazards: Array) -> Array:
    """Chance of having left by each mode, and of still being in office, at the end of every month.

    Args:
        hazards: `(draw, month, mode)`, per month, at least 0.

    Returns:
        `(draw, month + 1, mode + 1)`: index 0 of the months is now; the last entry of the last axis is 'in office'.
        Sums to 1 over the last axis.

    Raises:
        ValueError: If a hazard is negative or not finite.

    >>> cumulative_incidence(np.full((1, 1, 2), np.log(2) / 2))[0, 1].tolist()
    [0.25, 0.25, 0.5]
    """
    if hazards.ndim != 3:
        raise ValueError(f"hazards must have axes (draw, month, mode); got shape {hazards.shape}")
    if not np.all(np.isfinite(hazards)) or np.any(hazards < 0):
        raise ValueError("hazards must be finite and at least 0")
    total = hazards.sum(axis=2)
    staying = np.exp(-np.cumsum(total, axis=1))
    before = np.concatenate([np.ones((len(hazards), 1)), staying[:, :-1]], axis=1)
    # -expm1 keeps small chances exact; a month without hazard has no shares to split.
    leaving = before * -np.expm1(-total)
    share = np.divide(hazards, total[..., None], out=np.zeros_like(hazards), where=total[..., None] > 0)
    result = np.zeros((hazards.shape[0], hazards.shape[1] + 1, hazards.shape[2] + 1))
    result[:, 1:, :-1] = np.cumsum(leaving[..., None] * share, axis=1)
    result[:, 0, -1] = 1.0
    result[:, 1:, -1] = staying
    return result
