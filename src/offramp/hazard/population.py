"""What is usual among rulers: shares and quantiles that stand in for facts nobody has given.

The tables are sums over all leader-months since 1990, by kind of regime; a forecast draws from them for whatever is
unknown about its ruler, so that ignorance shows as width. Age is drawn given the time in office, through the age at
entry: those who stay for decades came young.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from offramp.hazard.features import Array, Covariates, Index
from offramp.history.vocabulary import REGIMES, REGIONS

SINCE = 1990.0
QUANTILES = tuple(i / 20 for i in range(21))
MOST_ATTEMPTS = 4
MOST_DISPUTES = 6
TENURE_BANDS_MONTHS = (0.0, 24.0, 60.0, 120.0, 240.0)
"""Lower ends of the bands of time in office within which the age at entry is counted."""
FEWEST_MONTHS = 60
"""Below this many leader-months in a band, the age at entry is taken from the band over all regimes."""
KNOWN_REGIMES = tuple(r for r in REGIMES if r != "unknown")


@dataclass(frozen=True)
class Population:
    """Tables by regime, in the order of `KNOWN_REGIMES`. All are plain tuples: they ship as JSON."""

    regime_by_region: tuple[tuple[float, ...], ...]  # joint shares, (regime, region)
    tenure_months: tuple[tuple[float, ...], ...]  # at QUANTILES
    entry_age: tuple[tuple[tuple[float, ...], ...], ...]  # by TENURE_BANDS_MONTHS, at QUANTILES, years
    military: tuple[float, ...]  # share with a military career
    civil_war: tuple[tuple[float, ...], ...]  # shares of 0, 1, 2, by region (not by regime)
    energy: tuple[tuple[float, ...], ...]  # at QUANTILES, by region
    coup_attempts_60m: tuple[tuple[float, ...], ...]  # shares of 0..MOST_ATTEMPTS
    coup_attempt_12m: tuple[float, ...]  # share with one in the last 12 months, given 0..MOST_ATTEMPTS in 60
    disputes_24m: tuple[tuple[float, ...], ...]  # shares of 0..MOST_DISPUTES
    regime_claims: tuple[float, ...]  # share with one
    election: tuple[float, ...]  # share of months in an election window

    def to_json(self) -> dict[str, object]:
        """As plain lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Population:
        """The inverse of `to_json`."""
        return cls(**{name: _tuples(value) for name, value in raw.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def count_population(covariates: Covariates, digits: int = 4) -> Population:
    """Count the tables on the leader-months since `SINCE` whose regime is known."""
    keep = (covariates.year >= SINCE) & (covariates.regime != REGIMES.index("unknown"))
    regime, region = covariates.regime[keep], covariates.region[keep]
    members = [regime == REGIMES.index(name) for name in KNOWN_REGIMES]

    def of(name: str) -> Array:
        values: Array = getattr(covariates, name)[keep]
        return values

    def shares(values: Array, most: int, groups: list[Array]) -> tuple[tuple[float, ...], ...]:
        capped = np.minimum(values, most).astype(int)
        return tuple(_rounded(np.bincount(capped[group], minlength=most + 1) / group.sum(), digits) for group in groups)

    def means(values: Array) -> tuple[float, ...]:
        return _rounded(np.array([values[group].mean() for group in members]), digits)

    def quantiles(values: Array, digits: int = 1) -> tuple[float, ...]:
        return _rounded(np.quantile(values[~np.isnan(values)], QUANTILES), digits)

    tenure = of("tenure_months")
    entry = of("age") - tenure / 12
    band = tenure_band(tenure)

    def entry_ages(group: Array) -> tuple[tuple[float, ...], ...]:
        chosen = []
        for i in range(len(TENURE_BANDS_MONTHS)):
            own = group & (band == i)
            chosen.append(quantiles(entry[own if own.sum() >= FEWEST_MONTHS else band == i]))
        return tuple(chosen)

    attempts = np.minimum(of("coup_attempts_60m"), MOST_ATTEMPTS)
    return Population(
        regime_by_region=tuple(
            _rounded(np.bincount(region[g], minlength=len(REGIONS)) / keep.sum(), digits + 1) for g in members
        ),
        tenure_months=tuple(quantiles(tenure[group]) for group in members),
        entry_age=tuple(entry_ages(group) for group in members),
        military=means(of("military")),
        civil_war=shares(of("civil_war"), 2, [region == i for i in range(len(REGIONS))]),
        energy=tuple(quantiles(of("energy")[region == i], 2) for i in range(len(REGIONS))),
        coup_attempts_60m=shares(of("coup_attempts_60m"), MOST_ATTEMPTS, members),
        coup_attempt_12m=_rounded(
            np.array([of("coup_attempts_12m")[attempts == n].mean() for n in range(MOST_ATTEMPTS + 1)]), digits
        ),
        disputes_24m=shares(of("disputes_24m"), MOST_DISPUTES, members),
        regime_claims=means(of("regime_claims")),
        election=means(of("election")),
    )


def tenure_band(months: Array) -> Index:
    """Band of `TENURE_BANDS_MONTHS` that each time in office falls into."""
    return np.searchsorted(np.array(TENURE_BANDS_MONTHS), months, side="right") - 1


def _rounded(values: Array, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


def pick(weights: Array, uniform: Array) -> tuple[Index, Array]:
    """Draw categories and keep what is left of the uniform numbers.

    Args:
        weights: `(draw, category)` or `(category,)`, at least 0, any positive total.
        uniform: `(draw,)` in [0, 1).

    Returns:
        Category of each draw, and a number that is again uniform on [0, 1) given the category: several unknown
        facts can be drawn from one dimension.
    """
    table = np.broadcast_to(np.cumsum(weights, axis=-1), (len(uniform), np.shape(weights)[-1]))
    table = table / table[:, -1:]
    chosen = np.minimum((uniform[:, None] >= table).sum(axis=1), table.shape[1] - 1)
    rows = np.arange(len(uniform))
    upper = table[rows, chosen]
    lower = np.where(chosen > 0, table[rows, np.maximum(chosen - 1, 0)], 0.0)
    width = np.maximum(upper - lower, 1e-300)
    return chosen.astype(np.int64), np.clip((uniform - lower) / width, 0.0, 1 - 1e-12)


def at_quantile(table: Array, uniform: Array) -> Array:
    """Inverse distribution by linear interpolation: rows of `table` hold values at `QUANTILES`, one row a draw."""
    position = uniform * (len(QUANTILES) - 1)
    left = np.minimum(position.astype(int), len(QUANTILES) - 2)
    rows = np.arange(len(uniform))
    values: Array = table[rows, left] + (position - left) * (table[rows, left + 1] - table[rows, left])
    return values
