"""Scores against closed forms, brute force and figures worked out by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.scores import calibration, proper, weights

chances = st.lists(st.floats(0.001, 1), min_size=2, max_size=9).map(lambda x: np.array(x) / sum(x))


def test_by_hand():
    p = np.array([0.5, 0.3, 0.2])
    assert proper.brier(p, 0) == pytest.approx(0.25 + 0.09 + 0.04)
    assert proper.log(p, 2) == pytest.approx(-math.log(0.2))
    # cumulated 0.5, 0.8, 1 against 0, 1, 1
    assert proper.ranked(p, 1) == pytest.approx(0.25 + 0.04 + 0)
    assert proper.brier_of_event(0.3, True) == pytest.approx(0.49)
    assert proper.log(np.array([1.0, 0.0]), 1) == pytest.approx(-math.log(proper.FLOOR))
    assert proper.log(np.array([1.0, 0.0]), 0) == 0


@given(chances, chances, st.sampled_from([proper.brier, proper.log, proper.ranked]))
def test_no_other_forecast_is_expected_to_score_better_than_the_truth(truth, other, score):
    if len(truth) != len(other):
        other = np.full(len(truth), 1 / len(truth))

    def expected(said):
        return sum(p * score(said, k) for k, p in enumerate(truth))

    assert expected(truth) <= expected(other) + 1e-9


@pytest.mark.parametrize("bad", [[0.5, 0.6, -0.1], [1.2, -0.2], [float("nan"), 1.0]])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        proper.brier(np.array(bad), 0)
    with pytest.raises(ValueError, match="outcome 3 of 2"):
        proper.ranked(np.array([0.5, 0.5]), 3)


def _best_monotone(values: np.ndarray, mass: np.ndarray) -> float:
    """Least weighted squares of a rising step function, by trying every way of cutting into blocks."""
    best = math.inf
    n = len(values)
    for cuts in itertools.product([0, 1], repeat=n - 1):
        blocks = np.split(np.arange(n), [i + 1 for i, cut in enumerate(cuts) if cut])
        means = [np.average(values[b], weights=mass[b]) for b in blocks]
        if all(a <= b + 1e-12 for a, b in itertools.pairwise(means)):
            loss = sum(float(mass[b] @ (values[b] - m) ** 2) for b, m in zip(blocks, means, strict=True))
            best = min(best, loss)
    return best


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.floats(0.1, 3)), min_size=1, max_size=9))
def test_corp_splits_the_score_and_recalibrates_as_well_as_can_be(rows):
    p = np.array([k / 6 for k, *_ in rows])
    y = np.array([float(b) for _, b, _ in rows])
    w = np.array([x for *_, x in rows])
    found = calibration.reliability(p, y, weights=w)
    assert found.score == pytest.approx(float(w @ (p - y) ** 2 / w.sum()))
    assert found.score == pytest.approx(found.mcb - found.dsc + found.unc)
    assert found.mcb >= -1e-12
    assert found.dsc >= -1e-12
    assert [s.happened for s in found.steps] == sorted(s.happened for s in found.steps)
    assert sum(s.count for s in found.steps) == len(rows) == found.count
    values = np.unique(p)
    mass = np.array([w[p == v].sum() for v in values])
    rates = np.array([float(w[p == v] @ y[p == v]) for v in values]) / mass
    within = sum(float(w[p == v] @ (y[p == v] - r) ** 2) for v, r in zip(values, rates, strict=True))
    assert (found.score - found.mcb) * w.sum() == pytest.approx(within + _best_monotone(rates, mass), abs=1e-9)


def test_corp_of_known_pictures():
    p = np.repeat([0.2, 0.8], 10)
    right = calibration.reliability(p, np.array([1, 1] + [0] * 8 + [1] * 8 + [0, 0], float))
    assert (right.mcb, right.dsc, right.unc) == pytest.approx((0, 0.09, 0.25))
    assert [(s.low, s.happened) for s in right.steps] == [(0.2, 0.2), (0.8, 0.8)]
    wrong_way = calibration.reliability(p, np.array([1] * 10 + [0] * 10, float))
    assert len(wrong_way.steps) == 1
    assert wrong_way.dsc == pytest.approx(0)


def test_the_band_holds_what_well_calibrated_forecasts_do():
    rng = np.random.default_rng(5)
    inside = total = 0
    for seed in range(40):
        p = rng.choice([0.1, 0.4, 0.7], 150)
        y = (rng.random(150) < p).astype(float)
        for step in calibration.reliability(p, y, seed=seed).steps:
            total += 1
            inside += step.expected_low - 1e-9 <= step.happened <= step.expected_high + 1e-9
    assert 0.8 < inside / total <= 1


def test_nothing_to_calibrate_is_refused():
    with pytest.raises(ValueError, match="0 chances"):
        calibration.reliability(np.array([]), np.array([]))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1, max_size=20), st.floats(0.1, 3))
def test_weights_are_the_top_of_the_penalised_log_score(rows, prior):
    table, counts = np.array(rows), np.ones(len(rows))
    found = weights.learn(table, counts, prior=prior)
    assert found.sum() == pytest.approx(1)

    def height(w):
        return float(np.log(table @ [w, 1 - w]).sum() + prior * (math.log(w) + math.log(1 - w)))

    grid = np.linspace(0.001, 0.999, 999)
    assert height(float(found[0])) >= max(height(w) for w in grid) - 1e-9


def test_without_cases_the_weights_are_equal_and_with_many_they_are_the_data():
    assert weights.learn(np.empty((0, 3)), np.empty(0)) == pytest.approx([1 / 3] * 3)
    rng = np.random.default_rng(1)
    # outcomes drawn from the first lens: its chances of what happens are drawn accordingly
    p = rng.beta(2, 2, 4000)
    q = np.full(4000, 0.5)
    y = rng.random(4000) < p
    table = np.column_stack([np.where(y, p, 1 - p), np.where(y, q, 1 - q)])
    assert weights.learn(table, np.ones(4000))[0] > 0.9
