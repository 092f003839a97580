"""The lens of penalised logistic regressions: one for each outcome and horizon, on the same columns.

Columns are standardised, missing values stand at the mean beside an indicator, and weights of columns have normal
priors whose width grows with the number of events. A trend in time is part of it. Newton's method.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from offramp.hazard.ensemble.covariates import LOGGED, Columns
from offramp.hazard.ensemble.lens import Material, empty, sample
from offramp.hazard.ensemble.outcomes import OUTCOMES, coherent
from offramp.hazard.features import Array, Index, tenure_curve
from offramp.history.vocabulary import REGIMES, REGIONS

STEPS: Final = 30
TOLERANCE: Final = 1e-6
MANY_MISSING: Final = 0.01
DROPPED: Final = frozenset(("gap_last", "gap_before", "vote_lag_gap", "same_month"))
"""Succession clocks enter as windows that fall inside the horizon instead."""
WINDOWS: Final = ("gap_last", "gap_before", "vote_lag_gap")


def standardised(given: Columns, train: Index) -> tuple[Array, list[str]]:
    """The panel's columns for linear models, centred and scaled by the training rows: `(row, column)` and names."""
    parts, names = [], []
    for i, name in enumerate(given.names):
        if name in DROPPED:
            continue
        raw = given.values[:, i]
        values = np.log1p(np.maximum(raw, 0.0)) if name in LOGGED else raw
        missing = np.isnan(values)
        known = values[train][~missing[train]]
        if len(known) == 0 or known.std() < 1e-9:
            continue
        scaled = np.where(missing, 0.0, np.clip((values - known.mean()) / known.std(), -4, 4))
        parts.append(scaled)
        names.append(name)
        if missing[train].mean() > MANY_MISSING:
            parts.append(missing.astype(float))
            names.append(f"{name} missing")
    return np.stack(parts, axis=1), names


def design(given: Columns, train: Index, horizon: int, until: int) -> Array:
    """All columns of the regression at one horizon, intercept first."""
    plain, _ = standardised(given, train)
    curve = tenure_curve(np.log1p(given["tenure_m"]))
    regime = (given.regime[:, None] == np.arange(len(REGIMES))).astype(float)
    region = (given.region[:, None] == np.arange(len(REGIONS))).astype(float)
    vote = ((given["m_to_election"] <= horizon) & (given["m_to_election"] <= 12)).astype(float)
    voted = (given["m_since_election"] <= 3).astype(float)
    tenure = np.log1p(given["tenure_m"]) - np.log(49.0)
    windows = [((given[name] > 0) & (given[name] <= horizon)).astype(float) for name in WINDOWS]
    windows.append((np.abs(given["gap_last"]) <= 1).astype(float))
    windows.append(windows[0] * windows[1])
    trend = (np.minimum(given.months, until) - until) / 240.0
    return np.concatenate(
        [
            np.ones((len(given.months), 1)),
            plain,
            curve,
            regime,
            region,
            regime * vote[:, None],
            regime * voted[:, None],
            regime * tenure[:, None],
            np.stack([vote, voted, trend, trend**2, *windows], axis=1),
        ],
        axis=1,
    )


def fit_logit(x: Array, y: Array, weights: Array, sd: float) -> Array:
    """Coefficients of a logistic regression with normal priors of width `sd`; the intercept (first column) is free.

    Args:
        x: `(row, column)`.
        y: 0 or 1.
        weights: At least 0.
        sd: Prior standard deviation of every coefficient but the first.
    """
    precision = np.full(x.shape[1], sd**-2)
    precision[0] = 1e-4
    rate = np.clip(np.average(y, weights=weights), 1e-6, 1 - 1e-6)
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(rate / (1 - rate))

    def objective(b: Array) -> float:
        eta = x @ b
        return float(weights @ (np.logaddexp(0, eta) - y * eta) + 0.5 * precision @ b**2)

    value = objective(beta)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -35, 35)))
        slope = x.T @ (weights * (y - p)) - precision * beta
        half = x * np.sqrt(weights * p * (1 - p))[:, None]
        step = cho_solve(cho_factor(half.T @ half + np.diag(precision)), slope)
        size = 1.0
        while size > 1e-4 and (new := objective(beta + size * step)) > value:
            size /= 2
        beta = beta + size * step
        gain, value = value - new, new
        if gain < TOLERANCE * max(1.0, abs(value)):
            break
    return beta


def prior_width(events: float) -> float:
    """Rare outcomes get narrow priors: .08 at 10 events, .3 from 500 on."""
    return float(np.clip(0.08 * (events / 10) ** 0.34, 0.05, 0.3))


def logit(given: Material, rows: Index) -> Array:
    """See `lens.Lens`."""
    chances = empty(rows, given.horizons)
    for j, horizon in enumerate(given.horizons):
        chosen = sample(given, horizon)
        every = np.concatenate([chosen.rows, rows])
        x = design(given.columns.take(every), np.arange(len(chosen.rows)), horizon, given.until)
        x, ahead = x[: len(chosen.rows)], x[len(chosen.rows) :]
        for k in range(len(OUTCOMES)):
            y = given.seen[chosen.rows, k, j]
            events = float(np.nansum(y)) / (1 if horizon == 1 else horizon / 3)
            beta = fit_logit(x, np.nan_to_num(y), chosen.weights * ~np.isnan(y), prior_width(max(events, 1.0)))
            chances[:, k, j] = 1 / (1 + np.exp(-np.clip(ahead @ beta, -30, 30)))
    return coherent(chances)
