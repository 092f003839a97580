"""From facts about a ruler to the columns of the model: the one place where covariates are given their form.

The same function serves the fit (one row a leader-month) and the forecast (one row a draw and month ahead), so the
two cannot drift apart. Every column belongs to a channel: 'structural' (history's) or 'state' (recent coup attempts,
disputes with other states), which the exit game models itself (one channel per fact).

Columns come in two kinds. Fixed ones have a normal prior of known width. Pooled ones form groups whose common
width is estimated. Countries are one more pooled group, kept apart as an index because there are about 200 of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from offramp.history.vocabulary import REGIMES, REGIONS

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STRUCTURAL: Final = "structural"
STATE: Final = "state"

CUT_YEAR: Final = 2010.0
"""End of the record in decimal years: the last period step and the last decade end here."""
TREND_HALF_LIFE: Final = 10.0
"""Years after which the pull of the era's trend beyond the cut has halved (a prior: trends rarely hold)."""
PERIOD_YEARS: Final = 5.0
PERIOD_STARTS: Final = tuple(range(1950, 2010, 5))
DECADES: Final = (1950, 1960, 1970, 1980, 1990, 2000)
TENURE_KNOTS_MONTHS: Final = (0.0, 6.0, 24.0, 60.0, 120.0, 240.0, 480.0)
AGE_CENTRE: Final = 60.0
TENURE_CENTRE: Final = float(np.log1p(48.0))


@dataclass(frozen=True)
class Covariates:
    """What is known of rulers at points in time; every field is an array of one common shape.

    Missing age is NaN. Windows (`coup_attempts_12m`, `regime_claims`) may hold expectations between 0 and 1 when
    they look ahead. `regime` and `region` index `REGIMES` and `REGIONS`.
    """

    year: Array  # decimal calendar year of the point in time
    tenure_months: Array
    age: Array  # years; NaN where unknown
    military: Array  # 0..1
    regime: Index
    region: Index
    civil_war: Array  # conflict over government: 0 none, 1 below war, 2 war
    energy: Array  # energy use per head, standard deviations from the world's mean of the month; 0 where unknown
    election: Array  # 0..1: a vote that decides the leader within a month, or one held in the last three
    coup_attempts_60m: Array
    coup_attempts_12m: Array  # 0..1: any
    disputes_24m: Array
    regime_claims: Array  # 0..1: any dispute in ten years whose challenger wants another regime

    def __post_init__(self) -> None:
        shapes = {getattr(self, field.name).shape for field in fields(self)}
        if len(shapes) != 1:
            raise ValueError(f"covariates must share one shape; got {sorted(shapes)}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The common shape of all fields."""
        return self.year.shape


class Fixed(NamedTuple):
    """A column with a normal prior of known mean and standard deviation."""

    name: str
    mean: float
    sd: float
    channel: str


class Pooled(NamedTuple):
    """A group of columns with a common normal(0, scale) prior.

    `scale` has a log-normal prior: median `median`, standard deviation `LOG_SCALE_SD` of its logarithm. Such a prior
    keeps the estimate off zero, where too few events would otherwise put it (the aim of Chung et al. 2013,
    Psychometrika 78, 685-709, who use a gamma prior).
    """

    name: str
    members: tuple[str, ...]
    median: float


LOG_SCALE_SD: Final = 0.7

FIXED: Final = (
    Fixed("intercept", -8.0, 3.0, STRUCTURAL),
    Fixed("log tenure", 0.0, 1.0, STRUCTURAL),
    Fixed("age, decades from 60", 0.0, 1.0, STRUCTURAL),
    Fixed("age squared", 0.0, 0.3, STRUCTURAL),
    Fixed("age unknown", 0.0, 0.5, STRUCTURAL),
    Fixed("military career", 0.0, 0.7, STRUCTURAL),
    Fixed("civil conflict over government", 0.0, 1.0, STRUCTURAL),
    Fixed("civil war over government", 0.0, 1.0, STRUCTURAL),
    Fixed("energy use per head", 0.0, 0.5, STRUCTURAL),
    Fixed("election now", 0.0, 1.5, STRUCTURAL),
    Fixed("trend per decade", 0.0, 0.3, STRUCTURAL),
    Fixed("coup attempts in 60 months, log(1+n)", 0.0, 1.0, STATE),
    Fixed("coup attempt in 12 months", 0.0, 1.0, STATE),
    Fixed("disputes in 24 months, log(1+n)", 0.0, 0.7, STATE),
    Fixed("regime-change claim in 120 months", 0.0, 0.7, STATE),
)

POOLED: Final = (
    Pooled("tenure curve", tuple(f"knot {k:g} m" for k in TENURE_KNOTS_MONTHS[:-2]), 0.5),
    Pooled("period step", tuple(f"{y}-{y + 4}" for y in PERIOD_STARTS), 0.15),
    Pooled("regime", REGIMES, 0.6),
    Pooled("regime x log tenure", REGIMES, 0.3),
    Pooled("regime x election", REGIMES, 0.5),
    Pooled("region", REGIONS, 0.4),
    Pooled("region x decade", tuple(f"{r} {d}s" for r in REGIONS for d in DECADES), 0.3),
)

COUNTRY: Final = Pooled("country", (), 0.4)
"""Members are the states of the fit; see `store.Fitted.countries`."""


@lru_cache(maxsize=1)
def column_names() -> tuple[str, ...]:
    """Names of all columns of `design`, in order."""
    return tuple(fixed.name for fixed in FIXED) + tuple(f"{g.name}: {m}" for g in POOLED for m in g.members)


@lru_cache(maxsize=1)
def pooled_slices() -> tuple[slice, ...]:
    """Where each group of `POOLED` stands among the columns."""
    slices, start = [], len(FIXED)
    for group in POOLED:
        slices.append(slice(start, start + len(group.members)))
        start += len(group.members)
    return tuple(slices)


@lru_cache(maxsize=1)
def state_columns() -> tuple[int, ...]:
    """Columns of the 'state' channel."""
    return tuple(i for i, fixed in enumerate(FIXED) if fixed.channel == STATE)


def design(covariates: Covariates, cut_year: float = CUT_YEAR) -> Array:
    """The columns of the model.

    Args:
        covariates: Fields of shape `(*batch,)`.
        cut_year: End of the record the coefficients come from, in decimal years: the trend slows down from here on.

    Returns:
        Array of shape `(*batch, len(column_names()))`.
    """
    c = covariates
    log_tenure = np.log1p(c.tenure_months)
    tenure = log_tenure - TENURE_CENTRE
    age_known = ~np.isnan(c.age)
    decades = np.where(age_known, (np.where(age_known, c.age, AGE_CENTRE) - AGE_CENTRE) / 10, 0.0)
    fixed = [
        np.ones(c.shape),
        tenure,
        decades,
        decades**2,
        (~age_known).astype(float),
        c.military,
        (c.civil_war >= 1).astype(float),
        (c.civil_war >= 2).astype(float),
        c.energy,
        c.election,
        era_trend(c.year, cut_year),
        np.log1p(c.coup_attempts_60m),
        c.coup_attempts_12m,
        np.log1p(c.disputes_24m),
        c.regime_claims,
    ]
    regime = _one_hot(c.regime, len(REGIMES))
    region = _one_hot(c.region, len(REGIONS))
    decade = np.where(c.year < CUT_YEAR, np.clip((c.year - DECADES[0]) // 10, 0, len(DECADES) - 1), -1).astype(int)
    region_decade = np.where(decade >= 0, c.region * len(DECADES) + decade, -1)
    return np.concatenate(
        [
            np.stack(fixed, axis=-1),
            tenure_curve(log_tenure),
            period_steps(c.year),
            regime,
            regime * tenure[..., None],
            regime * c.election[..., None],
            region,
            _one_hot(region_decade, len(REGIONS) * len(DECADES)),
        ],
        axis=-1,
    )


def era_trend(year: Array, cut_year: float = CUT_YEAR) -> Array:
    """Decades since 1980, slowing down after the cut with a half-life of `TREND_HALF_LIFE` years."""
    rate = np.log(2.0) / TREND_HALF_LIFE
    beyond = np.maximum(year - cut_year, 0.0)
    trend: Array = (np.minimum(year, cut_year) - 1980.0 + (1 - np.exp(-rate * beyond)) / rate) / 10
    return trend


def period_steps(year: Array) -> Array:
    """Ramps from 0 to 1 over each period of five years: their weights are the steps of a random walk."""
    starts = np.array(PERIOD_STARTS, dtype=float)
    steps: Array = np.clip((year[..., None] - starts) / PERIOD_YEARS, 0.0, 1.0)
    return steps


def tenure_curve(log_tenure: Array) -> Array:
    """Natural cubic spline in log(1 + months in office), without its constant and linear part.

    Source: Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, equations 5.4 and 5.5; here
    divided by the squared range of the knots, so that columns are of order one.
    """
    knots = np.log1p(np.array(TENURE_KNOTS_MONTHS))
    last, before = knots[-1], knots[-2]
    cubes = np.maximum(log_tenure[..., None] - knots, 0.0) ** 3
    slopes = (cubes[..., :-1] - cubes[..., -1:]) / (last - knots[:-1])
    curve: Array = (slopes[..., :-1] - slopes[..., -1:]) / (before - knots[0])
    return curve


def _one_hot(index: Index, size: int) -> Array:
    """Indicator columns; an index of -1 gives zeros."""
    columns: Array = (index[..., None] == np.arange(size)).astype(float)
    return columns
