"""What the forecast is most sensitive to, and how that was found out.

Three methods, named with every row. 'forward pass': only the start of the game changes, so the same solution is run
from elsewhere, exactly. 'new solution': the game was solved again. 'regression over draws': the draws already hold the
parameter at many values; the probability is regressed on the parameter's normal score together with the few that move
it most. Quasi-random draws keep all others nearly uncorrelated with it. With 64 draws such a regression sees large
effects only, so parameters are shown when their slope is clear.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from offramp.exitgame.draws import Array, normal_quantile

Method = Literal["forward pass", "new solution", "regression over draws"]

SCORE = 1.6448536269514722
"""5 and 95 % points of the standard normal: 'low' and 'high' of a parameter."""


class Slope(NamedTuple):
    """A regression of one probability on one normal score."""

    at_low: float
    at_high: float
    t: float  #: slope over its standard error


def regress(p: Array, u: Array, weights: Array, others: Array) -> Slope:
    """Predicted probability at the 5 and 95 % points of a parameter, all `others` at their means.

    Args:
        p: Probability of an outcome, [draw].
        u: Place of the parameter in its prior, in (0, 1), [draw].
        weights: [draw], summing to 1.
        others: Places of the parameters that move `p` most, [draw, parameter]: they take their part of the variance.
    """
    z = normal_quantile(u)
    x = np.column_stack([np.ones(len(z)), z, normal_quantile(others)])
    root = np.sqrt(weights)
    slopes, *_ = np.linalg.lstsq(root[:, None] * x, root * p, rcond=None)
    left = p - x @ slopes
    free = max(1 / (weights**2).sum() - x.shape[1], 1.0)
    scatter = np.linalg.pinv(x.T @ (weights[:, None] * x))[1, 1] / free
    error = float(np.sqrt(weights @ left**2 * scatter))
    mean = float(weights @ p)
    low, high = (min(max(mean + float(slopes[1]) * end, 0.0), 1.0) for end in (-SCORE, SCORE))
    return Slope(low, high, float(slopes[1]) / error if error > 0 else 0.0)
