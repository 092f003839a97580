"""The lens of competing risks by leader-month: `offramp.hazard.fit` with more columns, clocks that run on, and coups.

The columns of the default model (`features.design`), then: static columns of the panel, and windows of succession
(the month in which the last leader's stay, or the last lag between vote and change, is reached), which move as the
months of the horizon pass. Coup attempts and successful coups are two more processes of the same form, whoever rules.
Controls are thinned and counted with weights, so a refit takes seconds; scales take a few steps from their prior
medians. The chance within a horizon is exact for the expected hazards (`incidence`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from offramp.hazard.ensemble.covariates import Columns
from offramp.hazard.ensemble.lens import Material, empty, sample
from offramp.hazard.ensemble.logit import standardised
from offramp.hazard.ensemble.outcomes import JOINT, coherent, position
from offramp.hazard.features import Array, Covariates, Index, design
from offramp.hazard.fit import (
    Prior,
    Rows,
    maximise,
    prior_from_scales,
    skewness_shift,
    starting_scales,
    update_scales,
)
from offramp.hazard.panel import panel_covariates
from offramp.hazard.profile import run_on

STATIC: Final = (
    "entry_irregular", "prev_times", "polyarchy_l1", "polity2_l1", "coup_plot_24m", "cdp_att_24m", "m_since_coup_att",
    "coup_att_region_12m", "irreg_exit_120m", "exits_120m", "uprising_region_24m", "uprising_world_12m",
    "interstate_l1", "mid_force_target_12m", "mid_major_target_60m", "lpop_l1", "milper_pc_l1", "infmort_l1",
    "regime_age_m", "mean_stay",
)  # fmt: skip
STATIC_SD: Final = 0.2
WINDOW_SD: Final = 1.0
WINDOW_NAMES: Final = (
    "last stay reached",
    "stay before reached",
    "both reached",
    "last lag from vote reached",
    "past last stay",
)
SCALE_STEPS: Final = 2
PROCESSES: Final = (*JOINT, "coup_attempt", "coup_success")
MOST: Final = 3.0
"""No log hazard a month beyond this: such a leader leaves at once anyway."""


@dataclass(frozen=True)
class Posterior:
    """One process: means of coefficients and state effects, and what the variance of a log hazard needs."""

    mean: Array
    state_mean: Array
    covariance: Array
    slopes: Array
    state_variance: Array
    state_sd: float

    def log_hazard(self, x: Array, state: Index) -> tuple[Array, Array]:
        """Means and variances for columns `(row, column)` of states; -1 is a state that the fit has not seen."""
        new = state < 0
        at = np.where(new, 0, state)
        direction = x + np.where(new[:, None], 0.0, self.slopes[at])
        variance = np.einsum("ip,ip->i", direction @ self.covariance, direction)
        variance += np.where(new, self.state_sd**2, self.state_variance[at])
        return x @ self.mean + np.where(new, 0.0, self.state_mean[at]), variance


def windows(given: Columns, ahead: Array) -> Array:
    """`WINDOW_NAMES` after so many months: `(row, month, window)`."""
    last = given["gap_last"][:, None] - ahead
    before = given["gap_before"][:, None] - ahead
    lag = given["vote_lag_gap"][:, None] - ahead
    reached = (np.abs(last - 0.5) <= 1).astype(float)
    earlier = (np.abs(before - 0.5) <= 1).astype(float)
    voted = (np.abs(lag) <= 1).astype(float)
    return np.stack([reached, earlier, reached * earlier, voted, (last < -1).astype(float)], axis=-1)


def fit_process(rows: Rows, events: Array, extra_sd: Array) -> Posterior:
    """Fit one process with `extra_sd` as prior widths of the columns after those of `features.design`."""
    scales = starting_scales()
    start: tuple[Array, Array] | None = None
    for step in range(SCALE_STEPS + 1):
        base = prior_from_scales(scales)
        prior = Prior(np.append(base.mean, np.zeros(len(extra_sd))), np.append(base.sd, extra_sd), base.country_sd)
        beta, state, blocks = maximise(rows, events, prior, start)
        covariance = np.linalg.inv(blocks.shared_precision).astype(np.float64)
        if step == SCALE_STEPS:
            break
        spread = 1 / blocks.country + np.sum((blocks.slopes @ covariance) * blocks.slopes, axis=1)
        scales = update_scales(scales, beta, state, covariance, spread)
        start = beta, state
    shift, state_shift = skewness_shift(beta, state, rows, blocks, covariance)
    return Posterior(
        beta + shift, state + state_shift, covariance, blocks.slopes, 1 / blocks.country, float(scales[-1])
    )


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill what `panel_covariates` needs and later months may lack: no vote known, no attempts, no conflict."""
    usual = {"m_to_election": 13, "m_since_election": 600, "coup_fail_12m": 0, "coup_succ_12m": 0, "coup_att_60m": 0}
    usual |= {"civil_gov_l1": 0, "civil_intensity_l1": 0, "mid_target_24m": 0, "mid_regime_claim_120m": 0}
    return frame.with_columns(pl.col(name).fill_null(value) for name, value in usual.items())


def competing(given: Material, rows: Index) -> Array:
    """See `lens.Lens`."""
    return forecast(given, rows)[0]


def forecast(given: Material, rows: Index) -> tuple[Array, Array]:
    """Chances as `lens.Lens` gives them, and standard deviations of the log hazards in the middle of each horizon."""
    cut = (given.until + 1) / 12
    chosen = sample(given, 1, half_life=1e6)  # the trend is in the model: no row is discounted
    order = np.argsort(given.columns.state[chosen.rows], kind="stable")
    train, weights = chosen.rows[order], chosen.weights[order]
    covariates = panel_covariates(complete(given.frame))
    static, _ = _static(given.columns, train)
    x = _columns(_take(covariates, train), given.columns.take(train), static[train], np.zeros(1), cut)
    present, state = np.unique(given.columns.state[train], return_inverse=True)
    seen = given.seen[train][:, :, given.horizons.index(1)]
    left = seen[:, position("any_exit")] > 0
    exposure = weights * np.where(left, 0.5, 1.0)
    sds = np.append(np.full(static.shape[1], STATIC_SD), np.full(len(WINDOW_NAMES), WINDOW_SD))
    months = max(given.horizons)
    ahead = _ahead(given, covariates, static, rows, months, cut)
    where = np.searchsorted(present, given.columns.state[rows])
    known = present[np.minimum(where, len(present) - 1)] == given.columns.state[rows]
    states = np.repeat(np.where(known, where, -1), months)
    hazards = np.zeros((len(rows), months, len(PROCESSES)))
    spread = np.zeros_like(hazards)
    for k, name in enumerate(PROCESSES):
        attempt = name.startswith("coup_") and name != "coup_exit"
        events = seen[:, position(name)]
        at_risk = np.where(np.isnan(events), 0.0, weights * np.where(events > 0, 0.5, 1.0) if attempt else exposure)
        fitted = fit_process(Rows(x, state, at_risk, len(present)), np.nan_to_num(events), sds)
        mean, variance = fitted.log_hazard(ahead, states)
        hazards[:, :, k] = np.exp(np.minimum(mean + variance / 2, MOST)).reshape(len(rows), months)
        spread[:, :, k] = np.sqrt(variance).reshape(len(rows), months)
    return coherent(_chances(given, rows, hazards)), spread


def _chances(given: Material, rows: Index, hazards: Array) -> Array:
    from offramp.hazard.incidence import cumulative_incidence

    chances = empty(rows, given.horizons)
    exits = cumulative_incidence(hazards[:, :, : len(JOINT)])
    for j, horizon in enumerate(given.horizons):
        for k, name in enumerate(JOINT):
            chances[:, position(name), j] = exits[:, horizon, k]
        for name in ("coup_attempt", "coup_success"):
            total = hazards[:, :horizon, PROCESSES.index(name)].sum(axis=1)
            chances[:, position(name), j] = -np.expm1(-total)
        irregular = exits[:, horizon, 2:-1].sum(axis=1)
        chances[:, position("irregular"), j] = irregular
        chances[:, position("any_exit"), j] = 1 - exits[:, horizon, -1]
        known = given.seen[:, :, j]
        adjusted, plain = np.nansum(known[:, position("irregular_adj")]), np.nansum(known[:, position("irregular")])
        chances[:, position("irregular_adj"), j] = np.minimum(irregular * (adjusted + 1) / (plain + 1), 0.999)
    return chances


def _static(given: Columns, train: Index) -> tuple[Array, list[str]]:
    plain, names = standardised(given, train)
    keep = [i for i, name in enumerate(names) if name in STATIC]
    return plain[:, keep], [names[i] for i in keep]


def _take(covariates: Covariates, rows: Index) -> Covariates:
    return Covariates(**{name: value[rows] for name, value in vars(covariates).items()})


def _columns(covariates: Covariates, given: Columns, static: Array, ahead: Array, cut: float) -> Array:
    return np.concatenate([design(covariates, cut), static, windows(given, ahead)[:, 0]], axis=1)


def _ahead(given: Material, covariates: Covariates, static: Array, rows: Index, months: int, cut: float) -> Array:
    """Columns of every row and month ahead, `(row x month, column)`: clocks run on, what is known is kept."""
    later = run_on(_take(covariates, rows), months)
    ahead = np.arange(months, dtype=float)
    chosen = given.columns.take(rows)
    to, since = chosen["m_to_election"][:, None], chosen["m_since_election"][:, None]
    left = to - ahead
    election = ((to <= 12) & (left > -4) & (left <= 1)) | (since + ahead <= 3)
    later = Covariates(**{**vars(later), "election": election.astype(float)})
    base = design(later, cut)
    fixed = np.broadcast_to(static[rows][:, None, :], (len(rows), months, static.shape[1]))
    whole = np.concatenate([base, fixed, windows(chosen, ahead)], axis=2)
    return whole.reshape(len(rows) * months, -1)
