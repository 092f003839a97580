"""Anchor B's arithmetic on a world whose answer is known, and what ships against what it claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from offramp.exitgame import anchor_b, priors
from offramp.exitgame.draws import Beta, normal_quantile

TARGETS = (Beta(5, 18), Beta(4, 20))


def toy(draws: priors.Sample) -> tuple[np.ndarray, np.ndarray]:
    """A stand-in for the game: log odds of both exits linear in precision times payoff and in one more parameter."""
    v = draws.value
    score = normal_quantile(draws.uniform[:, priors.NAMES.index("exile")])
    foreign = 1 - np.log(v["cost_strike"] * v["precision_coercer"]) * 2 + 0.3 * score
    negotiated = -0.4 * v["leave_cost"] * v["precision_ruler"] - 2.5 - 0.5 * score
    return stats.logistic.cdf(foreign), stats.logistic.cdf(negotiated)


def test_weights_give_the_targets() -> None:
    foreign, negotiated = toy(priors.sample(4096, 1))
    weights = anchor_b.weigh(foreign, negotiated, TARGETS)
    assert weights.sum() == pytest.approx(1)
    for p, target in zip((foreign, negotiated), TARGETS, strict=True):
        exact = stats.beta(target.a, target.b)
        assert weights @ p == pytest.approx(exact.mean(), abs=0.015)
        for q in (0.1, 0.5, 0.9):
            assert weights @ (p <= exact.ppf(q)) == pytest.approx(q, abs=0.05)
    assert anchor_b.effective_sample_size(weights) > 200


def test_mapped_draws_meet_the_targets_in_a_world_that_was_not_fitted_on_them() -> None:
    draws = priors.sample(2048, 1)
    weights = anchor_b.weigh(*toy(draws), TARGETS)
    coefficients, leftover = anchor_b.fit(draws, weights)
    fresh = anchor_b.apply(priors.sample(512, 99), anchor_b.Shipped(coefficients, leftover, {}))
    for p, target in zip(toy(fresh), TARGETS, strict=True):
        exact = stats.beta(target.a, target.b)
        assert p.mean() == pytest.approx(exact.mean(), abs=0.02)
        assert np.quantile(p, 0.05) == pytest.approx(exact.ppf(0.05), abs=0.04)
        assert np.quantile(p, 0.95) == pytest.approx(exact.ppf(0.95), abs=0.06)


def test_only_the_two_rows_change() -> None:
    draws = priors.sample(64, 0)
    anchored = anchor_b.apply(draws)
    changed = {name for name in priors.NAMES if not np.array_equal(draws.value[name], anchored.value[name])}
    assert changed == set(anchor_b.ROWS)
    assert (anchored.value["cost_strike"] > 0).all()
    assert np.isfinite(anchored.value["leave_cost"]).all()


def test_what_ships_meets_its_targets_on_fresh_draws() -> None:
    m = anchor_b.shipped().manifest
    assert m["effective_sample_size"] >= 50
    for row in m["targets"].values():
        assert row["mean"] == pytest.approx(row["a"] / (row["a"] + row["b"]))
        assert row["game_mean"] == pytest.approx(row["mean"], abs=0.03)
    assert "Beta(" in anchor_b.describe(anchor_b.shipped())
