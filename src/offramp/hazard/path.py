"""Hazards under a stated path of covariates: what if a vote were held in month six, or civil war began in month nine.

`predict.monthly_hazards` lets a ruler's clocks run on and leaves the rest as it is; here every month's covariates are
given. Draws are of all coefficients, so months and columns move together as the posterior says.
"""

from __future__ import annotations

import numpy as np

from offramp.errors import InputError
from offramp.hazard import store
from offramp.hazard.features import CUT_YEAR, PERIOD_YEARS, Array, Covariates, design
from offramp.hazard.store import Fitted
from offramp.history.vocabulary import MODES

__all__ = ["hazards_on_path"]


def hazards_on_path(
    path: Covariates,
    *,
    iso3: str | None = None,
    draws: int = 256,
    seed: int = 7,
    fitted: Fitted | None = None,
) -> Array:
    """Hazards per month by each mode, `(draw, month, mode)`, for `incidence.cumulative_incidence`.

    Args:
        path: Covariates of one ruler, every field of shape `(month,)`; month m runs from m to m + 1 months ahead, and
            `year` and `tenure_months` are the caller's to run on. A missing age is NaN.
        iso3: State whose own level counts; None for one with the spread of all states.
        draws: Number of draws.
        seed: Fixes them.
        fitted: Other fitted numbers than the shipped ones.

    Raises:
        InputError: If the path is not one-dimensional or empty, or the record does not know the state.
    """
    model = fitted or store.shipped()
    if len(path.shape) != 1 or path.shape[0] == 0:
        raise InputError(f"path: covariates have shape {path.shape}; expected (months,), at least one")
    country = model.country_index(iso3)
    if iso3 is not None and country is None:
        raise InputError(f"iso3: the record of leaders does not know the state {iso3!r}")
    columns = design(path, model.cut_year)
    random = np.random.default_rng(seed)
    hazards = np.empty((draws, len(columns), len(MODES)))
    for k in range(len(MODES)):
        shift = random.standard_normal((draws, columns.shape[1])) @ model.factor[k].T
        own = random.standard_normal((draws, 1))
        if country is None:
            level = model.scale("country")[k] * own
        else:
            level = model.country_mean[k, country] + (shift @ model.slopes[k, country])[:, None]
            level = level + np.sqrt(model.country_variance[k, country]) * own
        eta = (model.mean[k] + shift) @ columns.T + level
        hazards[:, :, k] = np.exp(eta + _years_to_come(path.year, model, k, random, draws))
    return hazards


def _years_to_come(year: Array, model: Fitted, k: int, random: np.random.Generator, draws: int) -> Array:
    """The walk over periods beyond the record and the new decade's level: `(draw, month)`, of mean factor one."""
    beyond = np.maximum(year - CUT_YEAR, 0.0)
    walk = model.scale("period step")[k] ** 2 * beyond / PERIOD_YEARS
    new = walk + model.scale("region x decade")[k] ** 2 * (beyond > 0)
    one: Array = random.standard_normal((draws, 1)) * np.sqrt(new) - new / 2
    return one
