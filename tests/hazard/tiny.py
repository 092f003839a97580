"""Small made-up panels, and the plain code that the fit is held to. Shares nothing with `offramp.hazard.fit`."""

from __future__ import annotations

import numpy as np

from offramp.hazard.fit import Prior, Rows


def panel(seed: int, rows: int = 400, columns: int = 4, countries: int = 6, level: float = -2.0):
    """Random rows of small countries, with events drawn from known coefficients: (rows, events, prior, truth)."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(rows), rng.normal(0, 1, (rows, columns - 1))])
    country = np.sort(rng.integers(0, countries, rows))
    prior = Prior(np.array([level] + [0.0] * (columns - 1)), np.full(columns, 0.6), 0.5)
    beta = prior.mean + prior.sd * rng.normal(size=columns)
    effects = prior.country_sd * rng.normal(size=countries)
    exposure = rng.choice([0.5, 1.0], rows)
    events = rng.poisson(exposure * np.exp(x @ beta + effects[country])).astype(float)
    return Rows(x, country, exposure, countries), events, prior, np.concatenate([beta, effects])


def dense_columns(rows: Rows) -> np.ndarray:
    """Columns followed by one indicator a country."""
    return np.column_stack([rows.columns, np.eye(rows.countries)[rows.country]])


def plain_log_posterior(theta: np.ndarray, rows: Rows, events: np.ndarray, prior: Prior) -> float:
    """Row by row, from the definition."""
    centre = np.concatenate([prior.mean, np.zeros(rows.countries)])
    sd = np.concatenate([prior.sd, np.full(rows.countries, prior.country_sd)])
    total = 0.0
    for x, exposure, y in zip(dense_columns(rows), rows.exposure, events, strict=True):
        eta = float(x @ theta)
        total += y * eta - exposure * np.exp(eta)
    return total - 0.5 * float(np.sum(((theta - centre) / sd) ** 2))
