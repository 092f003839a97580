"""Monthly hazards of one ruler, with uncertainty, from the fitted numbers that ship. NumPy alone.

A draw is a possible world: what is unknown about the ruler is drawn from what is usual (`population`), and every mode
has one standard normal that shifts its log hazard through all months by that number of standard deviations. Within a
horizon of a few years the uncertainty of a mode is nearly one level; its standard deviation is computed at a few
months and interpolated. Modes are independent given the ruler, as they are in the fit.

After the record ends, the era's trend slows down (`features.TREND_HALF_LIFE`), the random walk over periods goes on
without direction, and the region's decade is new: both add variance, and leave the expected hazard where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from offramp.errors import InputError
from offramp.hazard import store
from offramp.hazard.features import (
    CUT_YEAR,
    FIXED,
    PERIOD_YEARS,
    POOLED,
    Array,
    Index,
    design,
    pooled_slices,
    state_columns,
)
from offramp.hazard.news import News, counted, shifts
from offramp.hazard.population import KNOWN_REGIMES
from offramp.hazard.profile import Drawn, Known, RulerProfile, draw, known, unknown_fields
from offramp.hazard.store import Fitted
from offramp.history.tables import fate_weights
from offramp.history.vocabulary import CUT, FATES, MODES, REGIMES

DIMENSION_NAMES = (*(f"level of {mode}" for mode in MODES), "who", "time in office", "age", "state")
DIMENSIONS = len(DIMENSION_NAMES)
"""Columns that `uniforms` must have: one a mode, then four for what is unknown of the ruler."""

_ELECTION = next(i for i, fixed in enumerate(FIXED) if fixed.name == "election now")
_REGIME_ELECTION = pooled_slices()[next(i for i, g in enumerate(POOLED) if g.name == "regime x election")]


__all__ = ["DIMENSIONS", "DIMENSION_NAMES", "MonthlyHazards", "RulerProfile", "monthly_hazards"]


@dataclass(frozen=True)
class MonthlyHazards:
    """Hazards per month; month m runs from m to m + 1 months after the date of the forecast.

    `full` uses all that is known; `structural` holds the 'state' channel (coup attempts, disputes) at what is usual
    for the kind of regime, for models that carry the state themselves. `fates` are chances of `FATES` after an exit.
    """

    modes: tuple[str, ...]
    full: Array  # (draw, month, mode)
    structural: Array  # (draw, month, mode)
    fates: Array  # (draw, mode, fate)
    cut_date: dt.date
    warnings: list[str]


@dataclass(frozen=True)
class LogHazards:
    """Mean and standard deviation of log hazards, `(batch, month, mode)`; the batch is 1 or the number of draws."""

    mean: Array
    sd: Array

    def at(self, normals: Array) -> Array:
        """Hazards at standard normals `(draw, mode)`: `(draw, month, mode)`."""
        hazards: Array = np.exp(self.mean + self.sd * normals[:, None, :])
        return hazards


def monthly_hazards(
    profile: RulerProfile,
    as_of: dt.date,
    months: int,
    draws: int = 64,
    seed: int = 7,
    *,
    uniforms: Array | None = None,
    fitted: Fitted | None = None,
    news: Sequence[News] = (),
) -> MonthlyHazards:
    """Hazards of leaving by each mode in each of the next months.

    Args:
        profile: The ruler; unknown fields are averaged over, and named in one warning.
        as_of: Day of the forecast.
        months: Months ahead, 1 to 600.
        draws: Number of draws, at least 1; ignored when `uniforms` are given.
        seed: Fixes the draws (a Latin hypercube) and the fates; the same seed gives the same numbers.
        uniforms: `(draw, DIMENSIONS)` in [0, 1], in the order of `DIMENSION_NAMES`, to share quasi-random numbers.
        fitted: Other fitted numbers than the shipped ones.
        news: What happened of late: it shifts `full`, and raises the profile's counts where they are lower.

    Raises:
        InputError: For impossible values in the profile, or `months`, `draws` or `uniforms` out of range, or news that
            is of no known kind or lies after `as_of`.
    """
    model = fitted or store.shipped()
    profile = counted(profile, news, as_of)
    points = _points(draws, seed, uniforms)
    if not 1 <= months <= 600:
        raise InputError(f"months: {months} is out of range; expected 1 to 600")
    facts = known(profile, as_of, model)
    full, structural = log_hazards(facts, months, points, model)
    normals = standard_normals(points[:, : len(MODES)])
    return MonthlyHazards(
        modes=MODES,
        full=full.at(normals) * shifts(news, as_of, months, len(points), seed),
        structural=structural.at(normals),
        fates=fate_draws(len(points), seed),
        cut_date=CUT,
        warnings=_warnings(profile, facts, as_of, model),
    )


def log_hazards(facts: Known, months: int, points: Array, model: Fitted) -> tuple[LogHazards, LogHazards]:
    """Log hazards (full, structural) of a ruler as known; `points` as the `uniforms` of `monthly_hazards`."""
    drawn = draw(facts, months, points[:, len(MODES) :], model.population)
    columns = design(drawn.covariates, model.cut_year)
    full = posterior(columns, drawn, facts.country, model)
    columns[..., list(state_columns())] = 0.0
    return full, posterior(columns, drawn, facts.country, model, usual_state=True)


def posterior(
    columns: Array, drawn: Drawn, country: int | None, model: Fitted, usual_state: bool = False
) -> LogHazards:
    """Mean and standard deviation of log hazards for `columns` `(batch, month, column)` of rulers of one state.

    `country` is its index in the fit, None for a state the record does not know. A vote that may be near is a mixture
    of months with and without one, linearised for the variance; so is the 'state' channel with `usual_state`, where
    it is the mean over such regimes (`train.state_reference`) and `columns` must be 0 in that channel.
    """
    jump = np.zeros((len(drawn.regime), columns.shape[-1]))
    jump[:, _ELECTION] = 1.0
    jump[np.arange(len(jump)), _REGIME_ELECTION.start + drawn.regime] = 1.0
    effect = jump @ model.mean.T  # (batch, mode)
    chance = drawn.election[..., None]
    lift = chance * np.expm1(effect[:, None, :])
    mean = (columns.reshape(-1, columns.shape[2]) @ model.mean.T).reshape(lift.shape) + np.log1p(lift)
    if country is not None:
        mean = mean + model.country_mean[:, country]
    state = np.zeros((len(jump), len(MODES), columns.shape[-1]))
    if usual_state:
        rows = [KNOWN_REGIMES.index(REGIMES[i]) for i in drawn.regime]
        mean = mean + model.state_offset[:, rows].T[:, None, :]
        state[..., list(state_columns())] = model.state_mean[:, rows].swapaxes(0, 1)
    near = chance * np.exp(effect[:, None, :]) / (1 + lift)  # (batch, month, mode): derivative by the effect
    new = _new_variance(drawn.covariates.year, model)
    # Half the new variance off the mean: not knowing the years to come widens the hazard and leaves its mean.
    variance = _variance(columns, state, jump, near, _nodes(drawn.covariates.year[0]), country, model) + new
    return LogHazards(mean - new / 2, np.sqrt(variance))


def _nodes(year: Array) -> Index:
    """Months at which variances are computed: first, middle, last, and both sides of a change of decade."""
    turns = np.flatnonzero(np.diff(np.floor(year / 10)))
    last = len(year) - 1
    return np.unique(np.concatenate([[0, last // 2, last], turns, turns + 1])).astype(np.int64)


def _variance(
    columns: Array, state: Array, jump: Array, near: Array, nodes: Index, country: int | None, model: Fitted
) -> Array:
    """Posterior variance of the log hazard, `(batch, month, mode)`; `state` `(batch, mode, column)` adds to `columns`.

    In the weight w of an election it is a quadratic, var(x) + 2 w cov(x, jump) + w^2 var(jump), whose first two terms
    move slowly with the month: they are computed at `nodes` and interpolated.
    """
    variance = np.empty((*columns.shape[:2], len(MODES)))
    for k in range(len(MODES)):
        direction = columns[:, nodes] + state[:, k, None, :]
        if country is None:
            own = model.scale("country")[k] ** 2
        else:
            direction = direction + model.slopes[k, country]
            own = model.country_variance[k, country]
        flat = np.ascontiguousarray(direction).reshape(-1, columns.shape[2])  # one product, not one for each draw
        without = (flat @ model.factor[k]).reshape(direction.shape)
        more = jump @ model.factor[k]
        plain = _between(nodes, np.sum(without**2, axis=-1), columns.shape[1])
        both = _between(nodes, np.einsum("bnq,bq->bn", without, more), columns.shape[1])
        weight = near[..., k]
        variance[..., k] = plain + 2 * weight * both + weight**2 * np.sum(more**2, axis=-1)[:, None] + own
    return variance


def _between(nodes: Index, values: Array, months: int) -> Array:
    """Linear interpolation over months of `(batch, node)`."""
    if len(nodes) == 1:
        return values
    where = np.arange(months)
    right = np.clip(np.searchsorted(nodes, where), 1, len(nodes) - 1)
    share = (where - nodes[right - 1]) / (nodes[right] - nodes[right - 1])
    filled: Array = values[:, right - 1] * (1 - share) + values[:, right] * share
    return filled


def _new_variance(year: Array, model: Fitted) -> Array:
    """What the years beyond the last period step and decade of the columns add: `(batch, month, mode)`."""
    beyond = np.maximum(year - CUT_YEAR, 0.0)[..., None]
    walk: Array = model.scale("period step") ** 2 * beyond / PERIOD_YEARS
    return walk + model.scale("region x decade") ** 2 * (beyond > 0)


def fate_draws(draws: int, seed: int) -> Array:
    """Chances of each fate after each mode, `(draw, mode, fate)`: Dirichlet with the shipped counts as weights.

    Weights are counts since 1990 + .5 x earlier + .5, so a fate never seen keeps a small chance.
    """
    generator = np.random.default_rng([seed, len(MODES), len(FATES)])
    return np.stack([generator.dirichlet(fate_weights(mode), size=draws) for mode in MODES], axis=1)


def latin_hypercube(draws: int, dimensions: int, seed: int) -> Array:
    """Uniform points `(draw, dimension)` with exactly one in each of `draws` equal strips of every dimension."""
    generator = np.random.default_rng(seed)
    strips = np.stack([generator.permutation(draws) for _ in range(dimensions)], axis=1)
    points: Array = (strips + generator.random((draws, dimensions))) / draws
    return points


def _points(draws: int, seed: int, uniforms: Array | None) -> Array:
    if uniforms is None:
        if draws < 1:
            raise InputError(f"draws: {draws} is out of range; expected at least 1")
        return latin_hypercube(draws, DIMENSIONS, seed)
    if uniforms.ndim != 2 or uniforms.shape[1] != DIMENSIONS or len(uniforms) == 0:
        raise InputError(f"uniforms: shape {uniforms.shape}; expected (draws, {DIMENSIONS})")
    if not (np.all(uniforms >= 0) and np.all(uniforms <= 1)):
        raise InputError("uniforms: values must lie in [0, 1]")
    return np.clip(uniforms.astype(np.float64), 1e-9, 1 - 1e-9)


def standard_normals(uniforms: Array) -> Array:
    """Standard normals at uniform numbers strictly inside (0, 1), by the inverse distribution function."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(u) for u in uniforms.ravel().tolist()]).reshape(uniforms.shape)


def _warnings(profile: RulerProfile, facts: Known, as_of: dt.date, model: Fitted) -> list[str]:
    warnings = []
    years = facts.year - model.cut_year
    if years > 0:
        warnings.append(
            f"The record of leaders ends on {CUT}, {years:.1f} years before {as_of}: the trend of the era is "
            "carried on, slowing down, and intervals are wider for it."
        )
    else:
        warnings.append(
            f"The hazards were fitted on leaders up to {CUT}, so a forecast as of {as_of} has seen what came later."
        )
    missing = unknown_fields(profile, facts)
    if missing:
        warnings.append(f"Not known of the ruler, and averaged over what is usual since 1990: {', '.join(missing)}.")
    if profile.iso3 is not None and facts.country is None:
        warnings.append(f"The record of leaders does not know the state {profile.iso3}; its own past is left out.")
    return warnings
