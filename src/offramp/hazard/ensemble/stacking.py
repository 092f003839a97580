"""The pool: weights of lenses learnt on past origins by log score, and calibrated in the same step.

The pooled log odds are a + b sum_l w_l logit(p_l), with weights w on the simplex (a logarithmic pool; Genest and Zidek
1986, Statistical Science 1), b near 1 for over- or underconfidence, and a for a level that drifts: irregular exits have
become rarer, and forecasts learnt from the past lag behind. a, log b and the log weights have normal priors around
'equal weights, no correction', and past rows count half after `HALF_LIFE_YEARS`. Windows of h months overlap, so a row
counts 1/h. Horizons first share one pool; each then departs from it under a tighter prior. Nothing is tuned by hand:
what few events cannot tell stays at the prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from offramp.hazard.ensemble.outcomes import OUTCOMES
from offramp.hazard.features import Array

HALF_LIFE_YEARS: Final = 15.0
SHARED_SD: Final = (0.5, 0.15, 1.0)
OWN_SD: Final = (0.15, 0.1, 0.5)
"""Prior standard deviations of a, log b and the log weights: of all horizons together, and of one around them."""
LEVEL: Final = 1.6448536269514722
"""Normal quantile of 90 % intervals."""


@dataclass(frozen=True)
class Pool:
    """One outcome and horizon: `theta` is a, log b, log weights (not normalised), with its posterior covariance."""

    theta: Array
    covariance: Array

    @property
    def weights(self) -> Array:
        """Weights of the lenses, adding up to 1."""
        return _softmax(self.theta[2:])

    @property
    def level(self) -> float:
        """What is added to the pooled log odds."""
        return float(self.theta[0])

    @property
    def slope(self) -> float:
        """What the pooled log odds are multiplied by."""
        return float(np.exp(self.theta[1]))

    def combine(self, log_odds: Array) -> tuple[Array, Array]:
        """Pooled log odds of rows `(row, lens)`, and their standard deviation: lenses that disagree, and the pool's
        own uncertainty."""
        w = self.weights
        mean = log_odds @ w
        apart = ((log_odds - mean[:, None]) ** 2) @ w
        slopes = _slopes(self.theta, log_odds)
        own = np.einsum("ip,pq,iq->i", slopes, self.covariance, slopes)
        pooled = self.theta[0] + self.slope * mean
        return pooled, np.sqrt(self.slope**2 * apart + own)


def learn(log_odds: Array, outcomes: Array, age_years: Array, horizons: tuple[int, ...]) -> list[list[Pool]]:
    """Learn the pools of all outcomes and horizons.

    Args:
        log_odds: Of past forecasts, `(row, lens, outcome, horizon)`; no row at all gives the prior.
        outcomes: What came of them, `(row, outcome, horizon)`: 0, 1, or NaN where not yet known.
        age_years: Years since each forecast, `(row,)`.
        horizons: Months, in the order of the last axes.

    Returns:
        Pools by outcome (as `OUTCOMES`) and horizon.
    """
    pools = []
    lenses = log_odds.shape[1]
    centre = np.zeros(2 + lenses)
    discount = 0.5 ** (age_years / HALF_LIFE_YEARS)
    for k in range(len(OUTCOMES)):
        parts = []
        for j, horizon in enumerate(horizons):
            y = outcomes[:, k, j]
            # Neighbouring rows tell the same: all events one month ahead and some of the rest; one in h/2 otherwise.
            step = 5 if horizon == 1 else max(horizon // 2, 1)
            kept = np.arange(len(y)) % step == 0
            share = np.full(len(y), float(step))
            if horizon == 1:
                share[y > 0] = 1.0
                kept |= y > 0
            known = np.flatnonzero(kept & ~np.isnan(y))
            parts.append((log_odds[known, :, k, j], y[known], (discount * share)[known] / horizon))
        x, y, weights = (np.concatenate([part[i] for part in parts]) for i in range(3))
        shared, _ = fit(x, y, weights / len(horizons), centre, SHARED_SD)
        pools.append([Pool(*fit(*part, shared, OWN_SD)) for part in parts])
    return pools


def fit(x: Array, y: Array, weights: Array, centre: Array, sd: tuple[float, float, float]) -> tuple[Array, Array]:
    """Most probable a, log b, log weights, and the inverse of the expected curvature there.

    Args:
        x: Log odds of lenses `(row, lens)`.
        y: 0 or 1.
        weights: What a row counts.
        centre: Prior means.
        sd: Prior standard deviations of a, log b, and each log weight.
    """
    precision = np.concatenate([[sd[0] ** -2, sd[1] ** -2], np.full(x.shape[1], sd[2] ** -2)])

    def objective(theta: Array) -> tuple[float, Array]:
        eta = theta[0] + np.exp(theta[1]) * (x @ _softmax(theta[2:]))
        value = float(weights @ (np.logaddexp(0, eta) - y * eta))
        off = weights * (_sigmoid(eta) - y)
        away = theta - centre
        return value + 0.5 * float(precision @ away**2), _slopes(theta, x).T @ off + precision * away

    theta = minimize(objective, centre, jac=True, method="L-BFGS-B").x
    slopes = _slopes(theta, x)
    p = _sigmoid(theta[0] + np.exp(theta[1]) * (x @ _softmax(theta[2:])))
    curvature = (slopes * (weights * p * (1 - p))[:, None]).T @ slopes + np.diag(precision)
    return np.asarray(theta, dtype=np.float64), np.asarray(np.linalg.inv(curvature), dtype=np.float64)


def log_odds(chances: Array) -> Array:
    """Log odds of chances, kept away from 0 and 1."""
    p = np.clip(chances, 1e-7, 1 - 1e-7)
    result: Array = np.log(p) - np.log1p(-p)
    return result


def _slopes(theta: Array, x: Array) -> Array:
    w = _softmax(theta[2:])
    b = np.exp(theta[1])
    mean = x @ w
    return np.column_stack([np.ones(len(x)), b * mean, b * w * (x - mean[:, None])])


def _softmax(values: Array) -> Array:
    powers = np.exp(values - values.max())
    result: Array = powers / powers.sum()
    return result


def _sigmoid(eta: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-np.clip(eta, -35, 35)))
    return result
