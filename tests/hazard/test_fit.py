"""The estimator against brute force: definition, differences, a general optimiser, exact posteriors, simulation."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special, stats

from offramp.errors import NotConvergedError
from offramp.hazard import fit
from offramp.hazard.features import LOG_SCALE_SD, POOLED, column_names, pooled_slices

sys.path.insert(0, str(Path(__file__).parent))
import tiny

SEEDS = (0, 1, 2)


def split(theta: np.ndarray, rows: fit.Rows) -> tuple[np.ndarray, np.ndarray]:
    return theta[: -rows.countries], theta[-rows.countries :]


@pytest.mark.parametrize("seed", SEEDS)
def test_log_posterior_is_the_sum_over_rows(seed: int) -> None:
    rows, events, prior, theta = tiny.panel(seed)
    assert fit.log_posterior(*split(theta, rows), rows, events, prior) == pytest.approx(
        tiny.plain_log_posterior(theta, rows, events, prior), rel=1e-12
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_and_curvature_against_finite_differences(seed: int) -> None:
    rows, events, prior, theta = tiny.panel(seed)

    def slope(at: np.ndarray) -> np.ndarray:
        return np.concatenate(fit.gradient(*split(at, rows), rows, events, prior))

    def value(at: np.ndarray) -> float:
        return tiny.plain_log_posterior(at, rows, events, prior)

    steps = 1e-5 * np.eye(len(theta))
    by_value = np.array([(value(theta + s) - value(theta - s)) / 2e-5 for s in steps])
    assert slope(theta) == pytest.approx(by_value, rel=1e-6, abs=1e-5)
    blocks = fit.curvature(*split(theta, rows), rows, prior)
    hessian = np.block([[blocks.shared, blocks.cross.T], [blocks.cross, np.diag(blocks.country)]])
    by_slope = -np.array([(slope(theta + s) - slope(theta - s)) / 2e-5 for s in steps])
    assert hessian == pytest.approx(by_slope, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_maximum_and_its_covariance_against_a_general_optimiser(seed: int) -> None:
    rows, events, prior, theta = tiny.panel(seed)
    beta, country, blocks = fit.maximise(rows, events, prior)
    other = optimize.minimize(lambda t: -tiny.plain_log_posterior(t, rows, events, prior), 0 * theta, method="BFGS")
    assert np.concatenate([beta, country]) == pytest.approx(other.x, abs=2e-4)
    hessian = np.block([[blocks.shared, blocks.cross.T], [blocks.cross, np.diag(blocks.country)]])
    inverse = np.linalg.inv(hessian)
    columns = len(beta)
    assert np.linalg.inv(blocks.shared_precision) == pytest.approx(inverse[:columns, :columns], abs=1e-10)
    right = np.random.default_rng(seed).normal(size=len(theta))
    assert np.concatenate(fit.solve(blocks, right[:columns], right[columns:])) == pytest.approx(
        inverse @ right, abs=1e-9
    )


def test_conditional_form_gives_back_the_whole_covariance() -> None:
    rows, events, prior, _ = tiny.panel(4)
    *_, blocks = fit.maximise(rows, events, prior)
    hessian = np.block([[blocks.shared, blocks.cross.T], [blocks.cross, np.diag(blocks.country)]])
    inverse = np.linalg.inv(hessian)
    shared = np.linalg.inv(blocks.shared_precision)
    country = np.diag(1 / blocks.country) + blocks.slopes @ shared @ blocks.slopes.T
    columns = len(shared)
    assert blocks.slopes @ shared == pytest.approx(inverse[columns:, :columns], abs=1e-10)
    assert country == pytest.approx(inverse[columns:, columns:], abs=1e-10)


@pytest.mark.parametrize("events", [2, 5, 40])
def test_skewness_shift_against_the_exact_posterior_of_a_rate(events: int) -> None:
    # With a flat prior on the log rate the posterior of the rate is gamma: the log has mean digamma(k) - log(exposure).
    months = 1000
    rows = fit.Rows(np.ones((months, 1)), np.zeros(months, dtype=int), np.ones(months), 1)
    prior = fit.Prior(np.array([-5.0]), np.array([1e4]), 1e-6)
    y = (np.arange(months) < events).astype(float)
    beta, country, blocks = fit.maximise(rows, y, prior)
    shift, _ = fit.skewness_shift(beta, country, rows, blocks, np.linalg.inv(blocks.shared_precision))
    assert beta[0] == pytest.approx(np.log(events / months), abs=1e-6)
    assert shift[0] == pytest.approx(-1 / (2 * events), rel=1e-4)
    exact = special.digamma(events) - np.log(months)
    assert abs(beta[0] + shift[0] - exact) < 0.1 * abs(beta[0] - exact) + 0.02
    # ... so that the expected rate is the counted one, not inflated by exp(1 / 2k)
    variance = np.linalg.inv(blocks.shared_precision)[0, 0]
    assert np.exp(beta[0] + shift[0] + variance / 2) == pytest.approx(events / months, rel=1e-4)


def test_half_a_month_of_exposure_estimates_the_hazard_of_competing_risks() -> None:
    # Exact likelihood of a discrete month: stay exp(-L), leave by k (1 - exp(-L)) * h_k / L.
    hazards = np.array([0.03, 0.05])
    counts = {"stay": 9231, 0: 288, 1: 481}  # out of 10,000, close to the chances under these hazards
    exact = optimize.minimize(
        lambda h: (
            -(
                counts["stay"] * -np.exp(h).sum()
                + sum(
                    counts[k] * (np.log(-np.expm1(-np.exp(h).sum())) + h[k] - np.log(np.exp(h).sum())) for k in (0, 1)
                )
            )
        ),
        np.log(hazards),
        method="BFGS",
    ).x
    exits = counts[0] + counts[1]
    for k in (0, 1):
        poisson = np.log(counts[k] / (counts["stay"] + 0.5 * exits))
        assert poisson == pytest.approx(exact[k], abs=2e-3)
        whole_month = np.log(counts[k] / (counts["stay"] + exits))
        assert abs(poisson - exact[k]) < 0.1 * abs(whole_month - exact[k])


def test_intervals_cover_what_the_panel_was_drawn_from() -> None:
    inside, errors = [], []
    for seed in range(60):
        rows, events, prior, truth = tiny.panel(100 + seed, rows=300, countries=8, level=-2.5)
        beta, country, blocks = fit.maximise(rows, events, prior)
        covariance = np.linalg.inv(blocks.shared_precision)
        shift, country_shift = fit.skewness_shift(beta, country, rows, blocks, covariance)
        variance = np.concatenate([np.diag(covariance), fit._country_variance(blocks, covariance)])
        distance = (truth - np.concatenate([beta + shift, country + country_shift])) / np.sqrt(variance)
        inside.append(np.abs(distance) < stats.norm.ppf(0.95))
        errors.append(distance)
    coverage = np.mean(inside)
    assert 0.87 < coverage < 0.93
    assert abs(np.mean(errors)) < 0.1


def test_scales_solve_their_equation() -> None:
    rng = np.random.default_rng(8)
    beta = rng.normal(0, 0.4, len(column_names()))
    covariance = np.diag(rng.uniform(0.01, 0.1, len(beta)))
    country = rng.normal(0, 0.7, 50)
    scales = fit.starting_scales()
    for _ in range(300):
        scales = fit.update_scales(scales, beta, country, covariance, np.full(50, 0.05))
    groups = [(beta[w], np.diag(covariance)[w]) for w in pooled_slices()] + [(country, np.full(50, 0.05))]
    for scale, median, (mode, variance) in zip(scales, fit.starting_scales(), groups, strict=True):
        left = np.sum(mode**2 + variance) / scale**2 - len(mode)
        assert left == pytest.approx(np.log(scale / median) / LOG_SCALE_SD**2, abs=1e-6)


def wide(seed: int, months: int, countries: int, scale: float) -> tuple[fit.Rows, np.ndarray, np.ndarray]:
    """A panel with the model's own columns, of which only the intercept, regimes and countries move the hazard."""
    rng = np.random.default_rng(seed)
    names = column_names()
    x = np.zeros((months, len(names)))
    x[:, 0] = 1.0
    where = pooled_slices()[[g.name for g in POOLED].index("regime")]
    x[np.arange(months), where.start + rng.integers(0, where.stop - where.start, months)] = 1.0
    country = np.sort(rng.integers(0, countries, months))
    effects = rng.normal(0, scale, countries)
    events = (rng.random(months) < -np.expm1(-np.exp(-3.0 + effects[country]))).astype(float)
    return fit.Rows(x, country, np.where(events > 0, 0.5, 1.0), countries), events, effects


def test_pooling_finds_the_spread_of_countries_and_shrinks_towards_it() -> None:
    rows, events, effects = wide(5, 8_000, 40, 0.8)
    found = fit.fit_mode(rows, events)
    assert found.scales[-1] == pytest.approx(np.std(effects), rel=0.3)
    assert found.mode[0] + found.country_mode.mean() == pytest.approx(-3 + effects.mean(), abs=0.35)
    some = rows.by_country(events) > 0
    raw = np.log(rows.by_country(events)[some] / rows.by_country(rows.exposure)[some])
    assert np.std(found.country_mode[some]) < np.std(raw)
    assert np.corrcoef(found.country_mode, effects)[0, 1] > 0.9
    none, *_ = (fit.fit_mode(*wide(6, 8_000, 40, 0.0)[:2]),)
    assert none.scales[-1] < 0.5 * found.scales[-1]


def test_expected_hazards_add_up_to_the_events() -> None:
    rows, events, _ = wide(7, 8_000, 40, 0.6)
    found = fit.fit_mode(rows, events, adapt=False)
    direction = rows.columns + found.slopes[rows.country]
    variance = np.einsum("ip,pq,iq->i", direction, found.covariance, direction) + found.country_variance[rows.country]
    log_mean = rows.columns @ found.mean + found.country_mean[rows.country]
    assert rows.exposure @ np.exp(log_mean + variance / 2) == pytest.approx(events.sum(), rel=0.01)


def test_a_fit_that_cannot_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, events, prior, _ = tiny.panel(0)
    monkeypatch.setattr(fit, "NEWTON_STEPS", 1)
    with pytest.raises(NotConvergedError, match="did not converge in 1 Newton steps"):
        fit.maximise(rows, events, prior)


def test_rows_must_be_sorted() -> None:
    with pytest.raises(ValueError, match="sorted by country"):
        fit.Rows(np.ones((2, 1)), np.array([1, 0]), np.ones(2), 2)


def test_extrapolation_solves_a_linear_fixed_point_in_as_many_steps_as_it_has_dimensions() -> None:
    rng = np.random.default_rng(3)
    slope = 0.9 * np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag([1.0, 0.8, 0.3])
    answer = rng.normal(size=3)
    points, moves = [np.zeros(3)], [(slope - np.eye(3)) @ (np.zeros(3) - answer)]
    for _ in range(4):
        points.append(fit.extrapolate(points, moves))
        moves.append((slope - np.eye(3)) @ (points[-1] - answer))
    assert points[-1] == pytest.approx(answer, abs=1e-6)


def test_extrapolation_does_not_go_far_beyond_the_last_moves() -> None:
    # Two equal moves look like a road without end.
    points, moves = [np.zeros(1), np.ones(1)], [np.ones(1), np.full(1, 0.9999)]
    assert fit.extrapolate(points, moves)[0] == pytest.approx(1 + fit.FURTHEST)
