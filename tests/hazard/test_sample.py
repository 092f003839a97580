"""NUTS: its density is the fit's with free scales, its draws agree with the data and with the normal approximation."""

from __future__ import annotations

import numpy as np
import pytest

from offramp.errors import InputError
from offramp.hazard import fit, sample
from offramp.hazard.features import FIXED, LOG_SCALE_SD, Covariates, column_names, design, pooled_slices
from offramp.history.vocabulary import REGIMES, REGIONS

COUNTRIES = tuple("ABCDEFGHIJKL")


@pytest.fixture(scope="module")
def made() -> tuple[fit.Rows, np.ndarray]:
    rng = np.random.default_rng(2)
    n = 3000
    country = np.sort(rng.integers(0, len(COUNTRIES), n))
    none = np.zeros(n)
    covariates = Covariates(
        year=rng.uniform(1950, 2010, n), tenure_months=rng.exponential(60, n), age=rng.normal(58, 9, n),
        military=rng.integers(0, 2, n).astype(float), regime=rng.integers(0, len(REGIMES), n),
        region=country % len(REGIONS), civil_war=none, energy=rng.normal(size=n), election=none,
        coup_attempts_60m=rng.poisson(0.3, n).astype(float), coup_attempts_12m=none, disputes_24m=none,
        regime_claims=none,
    )  # fmt: skip
    columns = design(covariates)
    hazard = np.exp(-4.0 + 0.5 * columns[:, 1] + 0.4 * columns[:, 5] + rng.normal(0, 0.5, len(COUNTRIES))[country])
    return fit.Rows(columns, country, np.ones(n), len(COUNTRIES)), (rng.random(n) < hazard).astype(float)


def test_the_density_is_the_fits_with_free_scales(made: tuple[fit.Rows, np.ndarray]) -> None:
    rows, events = made
    density = sample.log_density(rows, events)
    rng = np.random.default_rng(3)
    size = len(column_names()) + rows.countries + len(sample.GROUPS)
    found, direct = [], []
    for _ in range(4):
        theta = 0.3 * rng.normal(size=size)
        theta[0] -= 4
        point = sample.unpack(theta, rows.countries, np)
        prior = fit.prior_from_scales(point.scales)
        direct.append(
            fit.log_posterior(point.columns, point.country, rows, events, prior)
            - 0.5 * np.sum((np.log(point.scales / fit.starting_scales()) / LOG_SCALE_SD) ** 2)
        )
        found.append(float(density(theta)))
    assert found == pytest.approx(direct, rel=2e-5)


def test_start_and_metric(made: tuple[fit.Rows, np.ndarray]) -> None:
    """The start unpacks to the fit; the metric's precision is the density's curvature where the fit has it too."""
    rows, events = made
    fitted = fit.fit_mode(rows, events)
    centre = sample.start_point(fitted)
    point = sample.unpack(centre, rows.countries, np)
    assert point.columns == pytest.approx(fitted.mode)
    assert point.country == pytest.approx(fitted.country_mode)
    assert point.scales == pytest.approx(fitted.scales)
    root = sample._root(centre, rows)
    precision = np.linalg.inv(root @ root.T)
    blocks = fit.curvature(fitted.mode, fitted.country_mode, rows, fit.prior_from_scales(fitted.scales))
    first = slice(0, len(FIXED))
    assert precision[first, first] == pytest.approx(blocks.shared[first, first], rel=1e-6)
    group = pooled_slices()[2]
    inside = fitted.scales[2] ** 2 * blocks.shared[group, group]
    assert precision[group, group] == pytest.approx(inside, rel=1e-6, abs=1e-9)


def test_draws_agree_with_the_events_and_with_the_approximation(made: tuple[fit.Rows, np.ndarray]) -> None:
    rows, events = made
    fitted = fit.fit_mode(rows, events)
    draws = sample.sample_mode("coup", rows, events, fitted, COUNTRIES, draws=200, warmup=200, chains=2, seed=4)
    highest, fewest = draws.worst()
    assert highest < 1.1
    assert fewest > 40
    # Under a wide prior on the level the expected number of exits is the observed one, on average over the posterior.
    eta = draws.log_hazard(rows.columns) + draws.country.reshape(-1, len(COUNTRIES))[:, rows.country]
    expected = np.exp(eta).sum(axis=1)
    assert expected.mean() == pytest.approx(events.sum(), rel=0.05)
    sd = np.sqrt(np.diag(fitted.covariance))
    assert np.abs(draws.columns.mean(axis=(0, 1)) - fitted.mean)[: len(FIXED)] == pytest.approx(
        0, abs=0.5 * sd[: len(FIXED)].max()
    )
    tree = draws.to_arviz()
    assert tree["posterior"]["coefficient"].dims == ("chain", "draw", "column")
    frame = draws.to_frame()
    assert frame.height == 400
    assert frame["log tenure"].to_numpy().reshape(2, 200) == pytest.approx(draws.columns[:, :, 1])
    one = draws.log_hazard(rows.columns[:3], country=2)
    assert one == pytest.approx(draws.log_hazard(rows.columns[:3]) + draws.country.reshape(-1, 12)[:, 2, None])


def test_counts_that_make_no_sense(made: tuple[fit.Rows, np.ndarray]) -> None:
    rows, events = made
    with pytest.raises(InputError, match="at least 2"):
        sample.sample_mode("coup", rows, events, fit.fit_mode(rows, events), COUNTRIES, draws=1)
