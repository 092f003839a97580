from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.codes.exits import OUTCOMES
from offramp.forecast.summarise import marks, number, outcome_series, quantiles


@pytest.mark.parametrize(
    ("months", "expected"),
    [(24, [1, 3, 6, 12, 24]), (12, [1, 3, 6, 12]), (1, [1]), (2, [1, 2]), (30, [1, 3, 6, 12, 24, 30])],
)
def test_marks(months, expected):
    assert marks(months) == expected


def test_equal_weights_give_the_quantiles_of_hazen():
    draws = np.random.default_rng(1).gamma(2.0, size=57)
    weights = np.full(57, 1 / 57)
    for q in (0.05, 0.3, 0.5, 0.95):
        assert quantiles(draws[:, None], weights, [q])[0, 0] == pytest.approx(np.quantile(draws, q, method="hazen"))


def test_a_weight_counts_like_a_repeated_draw():
    rng = np.random.default_rng(2)
    draws, times = rng.normal(size=40), rng.integers(1, 5, size=40)
    weighted = number(draws, times / times.sum())
    repeated = np.repeat(draws, times)
    assert weighted.mean == pytest.approx(repeated.mean())
    assert weighted.low == pytest.approx(np.quantile(repeated, 0.05, method="hazen"), abs=0.15)


@given(st.integers(0, 10_000))
def test_means_over_outcomes_sum_to_one(seed):
    rng = np.random.default_rng(seed)
    outcomes = rng.dirichlet(np.full(len(OUTCOMES), 0.3), size=(9, 4))
    found = outcome_series(outcomes, rng.dirichlet(np.ones(9)), [1, 3])
    for month in range(2):
        assert sum(row.mean[month] or 0 for row in found.values()) == pytest.approx(1, abs=1e-12)


def test_a_lens_that_cannot_say_holds_nulls():
    outcomes = np.zeros((2, 3, len(OUTCOMES)))
    found = outcome_series(outcomes, np.array([0.5, 0.5]), [1, 2], missing=["negotiated"])
    assert found["negotiated"].mean == [None, None]
