"""Anchor B's arithmetic on a world whose answer is known, and what ships against what it claims."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from offramp.catalogue.standoffs import counts
from offramp.codes.exits import ExitMode
from offramp.exitgame import anchor_b, priors
from offramp.exitgame.anchor_b_build import rows_counted, targets
from offramp.exitgame.draws import normal_quantile

TARGETS = {"foreign": (5.0, 18.0), "negotiated": (4.0, 20.0)}


def toy(draws: priors.Sample) -> anchor_b.Chances:
    """A stand-in for the game: log odds of both exits linear in precision times payoff and in two more parameters."""
    v = draws.value
    exile = normal_quantile(draws.uniform[:, priors.NAMES.index("exile")])
    guarantee = normal_quantile(draws.uniform[:, priors.NAMES.index("guarantee")])
    foreign = 1 - np.log(v["cost_strike"] * v["precision_coercer"]) * 1.5 + 0.3 * exile
    negotiated = -0.4 * v["leave_cost"] * v["precision_ruler"] - 2.0 - 0.5 * exile + 0.2 * guarantee
    return anchor_b.Chances(stats.logistic.cdf(foreign), stats.logistic.cdf(negotiated))


def test_mapped_draws_meet_the_targets_in_a_world_whose_answer_is_known() -> None:
    draws = priors.sample(2048, 1)
    chances = toy(draws)
    weights = anchor_b.weigh(chances, TARGETS)
    assert weights.sum() == pytest.approx(1)
    assert 200 < anchor_b.effective_sample_size(weights) < 2048
    coefficients = anchor_b.fit(draws, chances, weights)
    assert min(anchor_b.explained(draws, chances, weights, coefficients).values()) > 0.95
    fresh = anchor_b.apply(priors.sample(512, 99), anchor_b.Shipped(TARGETS, coefficients, {}))
    for name, p in toy(fresh)._asdict().items():
        exact = stats.beta(*TARGETS[name])
        assert p.mean() == pytest.approx(exact.mean(), abs=0.02), name
        assert np.quantile(p, 0.05) == pytest.approx(exact.ppf(0.05), abs=0.04), name
        assert np.quantile(p, 0.95) == pytest.approx(exact.ppf(0.95), abs=0.06), name


def test_what_a_case_says_is_not_undone() -> None:
    draws = priors.sample(2048, 1)
    chances = toy(draws)
    coefficients = anchor_b.fit(draws, chances, anchor_b.weigh(chances, TARGETS))
    fresh = anchor_b.apply(priors.sample(512, 99), anchor_b.Shipped(TARGETS, coefficients, {}))
    score = normal_quantile(fresh.uniform[:, priors.NAMES.index("guarantee")])
    p = toy(fresh).negotiated
    assert np.corrcoef(score, np.log(p / (1 - p)))[0, 1] > 0.2


def test_only_the_two_rows_change() -> None:
    draws = priors.sample(64, 0)
    anchored = anchor_b.apply(draws)
    changed = {name for name in priors.NAMES if not np.array_equal(draws.value[name], anchored.value[name])}
    assert changed == set(anchor_b.ROWS)
    assert (anchored.value["cost_strike"] > 0).all()
    assert np.isfinite(anchored.value["leave_cost"]).all()


def test_what_ships_meets_its_targets_on_fresh_draws() -> None:
    found = anchor_b.shipped()
    assert found.manifest["effective_sample_size"] >= 80
    goal = targets(counts(rows_counted()))
    for name, row in found.manifest["chances"].items():
        a, b = found.targets[name]
        assert (a, b) == pytest.approx(goal[name]), "the catalogue has changed: python -m offramp.exitgame.anchor_b"
        assert row["game_mean"] == pytest.approx(a / (a + b), abs=0.05)
    assert "Beta(" in anchor_b.describe(found)


def test_counts_of_other_rows_beat_constant_rates() -> None:
    """Leave-one-out log score: the other standoffs, with the elicited prior, against history's yearly rates."""
    constant = {"foreign": 0.0028, "negotiated": 0.0}
    ours = theirs = 0.0
    for row in rows_counted():
        outcome = row.outcome(12, row.offer_on_table)
        assert outcome is not None
        goal = targets(counts(rows_counted(leave_out=row.id)))
        for name, (a, b) in goal.items():
            weight = outcome.get(ExitMode(name), 0.0)
            ours += score(a / (a + b), weight)
            # Constant rates give a negotiated exit no chance at all; one in a thousand spares them an infinite loss.
            theirs += score(max(constant[name], 0.001), weight)
    assert ours > theirs + 1


def score(p: float, weight: float) -> float:
    return float(weight * np.log(p) + (1 - weight) * np.log(1 - p))
