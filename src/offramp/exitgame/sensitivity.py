"""What the forecast is most sensitive to, and how that was found out.

Three methods, named with every row. 'forward pass': only the start of the game changes, so the same solution is run
from elsewhere, exactly. 'new solution': the game was solved again. 'regression over draws': the draws already hold the
parameter at many values; the probability's logit is regressed on the parameter's normal score, one at a time, which
quasi-random draws keep nearly uncorrelated with all others. A regression with 64 draws sees large effects only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame.draws import Array, normal_quantile

SCORE = 1.6448536269514722
"""5 and 95 % points of the standard normal: 'low' and 'high' of a parameter."""


class Slope(NamedTuple):
    """A regression of one probability on one normal score."""

    at_low: float
    at_high: float
    t: float  #: slope over its standard error


def regress(p: Array, u: Array, weights: Array) -> Slope:
    """Predicted probability at the 5 and 95 % points of a parameter.

    Args:
        p: Probability of an outcome, [draw].
        u: Place of the parameter in its prior, in (0, 1), [draw].
        weights: [draw], summing to 1.
    """
    z = normal_quantile(u)
    y = np.log(np.clip(p, 1e-6, 1)) - np.log(np.clip(1 - p, 1e-6, 1))
    zc = z - weights @ z
    mean = float(weights @ y)
    slope = float(weights @ (zc * y) / (weights @ zc**2))
    left = y - mean - slope * zc
    n = 1 / (weights**2).sum()
    error = np.sqrt(weights @ left**2 / max(n - 2, 1) / (weights @ zc**2))
    # The level is the logit of the mean probability, so that a parameter without effect leaves the forecast as it is.
    middle = float(np.clip(weights @ p, 1e-6, 1 - 1e-6))
    level = np.log(middle / (1 - middle)) - slope * float(weights @ z)
    low, high = (1 / (1 + np.exp(-(level + slope * end))) for end in (-SCORE, SCORE))
    return Slope(float(low), float(high), float(slope / error) if error > 0 else 0.0)
