"""The lens of split-population duration: some states are not at risk of an irregular exit or a coup at all.

As in the ensembles of Beger, Dorff and Ward (2016, International Journal of Forecasting 32, 98-111) each state-month
has a chance of belonging to those at risk, and those at risk fail by a Weibull hazard in the months since the last
failure.
With rate exp(x'b), shape k and at-risk odds exp(z'g), the hazard given no failure yet is

    h(t) = k t^(k-1) exp(x'b) w,    logit w = z'g - exp(x'b) t^k,

because surviving speaks for not being at risk. The likelihood of a month is Poisson with this hazard; clocks run on
inside the horizon. Outcomes without a model of this kind come from the lens of constant rates.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import minimize

from offramp.hazard.ensemble.constant import constant
from offramp.hazard.ensemble.covariates import Columns
from offramp.hazard.ensemble.lens import Material, sample
from offramp.hazard.ensemble.logit import standardised
from offramp.hazard.ensemble.outcomes import coherent, position
from offramp.hazard.features import Array, Index
from offramp.history.vocabulary import REGIMES

CLOCKS: Final = {
    "irregular": "tenure_m",
    "coup_exit": "tenure_m",
    "coup_attempt": "m_since_coup_att",
    "coup_success": "m_since_coup_att",
}
"""Outcomes of this lens, and the months that its hazard runs in."""
RATE: Final = (
    "age", "military_career", "entry_irregular", "coup_att_60m", "coup_att_region_12m", "uprising_region_24m",
    "election_6m", "m_since_election", "civil_gov_l1", "civil_intensity_l1", "mid_force_target_12m", "regime_age_m",
)  # fmt: skip
RISK: Final = ("infmort_l1", "lpec_pc_l1", "polyarchy_l1", "irreg_exit_120m", "milper_pc_l1", "lpop_l1", "coup_att_60m")
PRIOR: Final = 0.4
SCALE: Final = 60.0
"""Clocks are counted in spans of so many months, which keeps numbers of order one."""


def log_hazard(theta: Array, x: Array, z: Array, clock: Array) -> tuple[Array, Array, Array]:
    """Log hazards a month, the chance `w` of being at risk, and the integrated rate `exp(x'b) t^k`.

    Args:
        theta: `b`, then `g`, then log k.
        x, z: Columns of the rate and of being at risk, `(row, column)`.
        clock: Spans since the last failure, above 0.
    """
    b, g, log_k = theta[: x.shape[1]], theta[x.shape[1] : -1], theta[-1]
    k = np.exp(log_k)
    eta = x @ b
    integrated = np.exp(np.minimum(eta + k * np.log(clock), 30.0))
    odds = z @ g - integrated
    log_w = -np.logaddexp(0, -odds)
    return eta + log_k + (k - 1) * np.log(clock) - np.log(SCALE) + log_w, np.exp(log_w), integrated


def objective(theta: Array, x: Array, z: Array, clock: Array, y: Array, weights: Array) -> tuple[float, Array]:
    """Minus the log posterior, and its gradient. `weights` are months at risk times sampling weights."""
    value, w, integrated = log_hazard(theta, x, z, clock)
    hazard = np.exp(np.minimum(value, 20.0))
    k = np.exp(theta[-1])
    off = weights * (y - hazard * np.where(y > 0, 0.5, 1.0))
    stay = (1 - w) * integrated
    slopes = [
        x.T @ (off * (1 - stay)),
        z.T @ (off * (1 - w)),
        [off @ (1 + k * np.log(clock) * (1 - stay))],
    ]
    spread = np.full(len(theta), PRIOR)
    spread[[0, x.shape[1]]] = 5.0
    loss = -float(weights @ (y * value - hazard * np.where(y > 0, 0.5, 1.0))) + 0.5 * float(
        np.sum((theta / spread) ** 2)
    )
    return loss, theta / spread**2 - np.concatenate(slopes)


def split_population(given: Material, rows: Index) -> Array:
    """See `lens.Lens`."""
    chances = constant(given, rows)
    if 1 not in given.horizons:
        return chances
    chosen = sample(given, 1)
    every = given.columns.take(np.concatenate([chosen.rows, rows]))
    size = len(chosen.rows)
    x, z = _design(every, size, given.until)
    for name, clock_name in CLOCKS.items():
        y = given.seen[chosen.rows, position(name), given.horizons.index(1)]
        known = ~np.isnan(y)
        clock = (every[clock_name] + 0.5) / SCALE
        start = np.zeros(x.shape[1] + z.shape[1] + 1)
        start[0] = np.log(max(np.nanmean(y), 1e-5) * SCALE)
        arguments = (x[:size][known], z[:size][known], clock[:size][known], y[known], chosen.weights[known])
        best = minimize(objective, start, arguments, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x
        for j, horizon in enumerate(given.horizons):
            total = np.zeros(len(rows))
            for ahead in range(horizon):
                total += np.exp(log_hazard(best, x[size:], z[size:], clock[size:] + ahead / SCALE)[0])
            chances[:, position(name), j] = -np.expm1(-total)
    ratio = constant(given, rows)
    adjusted = ratio[:, position("irregular_adj")] / ratio[:, position("irregular")] * chances[:, position("irregular")]
    chances[:, position("irregular_adj")] = np.minimum(adjusted, 0.999)
    chances[:, position("any_exit")] = sum(chances[:, position(n)] for n in ("regular", "irregular", "natural"))
    return coherent(chances)


def _design(every: Columns, train: int, until: int) -> tuple[Array, Array]:
    plain, names = standardised(every, np.arange(train))
    ones = np.ones((len(plain), 1))
    trend = ((np.minimum(every.months, until) - until) / 240.0)[:, None]
    regime = (every.regime[:, None] == np.arange(len(REGIMES))).astype(float)
    rate = plain[:, [names.index(name) for name in RATE if name in names]]
    risk = plain[:, [names.index(name) for name in RISK if name in names]]
    return np.concatenate([ones, rate, trend], axis=1), np.concatenate([ones, risk, regime, trend], axis=1)
