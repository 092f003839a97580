"""Drawing what is unknown: shares come out as they went in, and one uniform number can serve several facts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.hazard import store
from offramp.hazard.population import KNOWN_REGIMES, QUANTILES, Population, at_quantile, pick
from offramp.history.vocabulary import REGIONS

GRID = (np.arange(100_000) + 0.5) / 100_000


@given(st.lists(st.floats(0, 5), min_size=1, max_size=6).filter(lambda w: sum(w) > 0.1))
def test_categories_have_their_shares_and_the_rest_is_uniform(weights: list[float]) -> None:
    share = np.array(weights) / sum(weights)
    chosen, rest = pick(np.array(weights), GRID)
    assert np.bincount(chosen, minlength=len(weights)) / len(GRID) == pytest.approx(share, abs=1e-4)
    for category in np.flatnonzero(share > 0.05):
        part = rest[chosen == category]
        assert np.quantile(part, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=2e-3)


def test_weights_may_differ_by_draw() -> None:
    chosen, _ = pick(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0.01, 0.99]))
    assert chosen.tolist() == [1, 0]


def test_quantile_tables_are_inverted() -> None:
    table = np.array([np.array(QUANTILES) ** 2 * 50])
    found = at_quantile(np.repeat(table, len(GRID), axis=0), GRID)
    assert found == pytest.approx(GRID**2 * 50, abs=50 / 400 + 1e-9)
    assert at_quantile(table, np.array([1.0])) == pytest.approx([50])


def test_the_shipped_tables_are_distributions() -> None:
    people = store.shipped().population
    assert np.array(people.regime_by_region).shape == (len(KNOWN_REGIMES), len(REGIONS))
    assert np.sum(people.regime_by_region) == pytest.approx(1, abs=1e-3)
    for table in (people.civil_war, people.coup_attempts_60m, people.disputes_24m):
        assert np.sum(table, axis=1) == pytest.approx(1, abs=1e-3)
    for quantiles in (people.tenure_months, people.energy, *people.entry_age):
        assert np.all(np.diff(quantiles, axis=1) >= 0)
    for shares in (people.military, people.election, people.regime_claims, people.coup_attempt_12m):
        assert min(shares) >= 0
        assert max(shares) <= 1
    assert people.coup_attempt_12m[0] == 0, "none in five years is none in one"
    assert Population.from_json(people.to_json()) == people
