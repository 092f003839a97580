"""Quasi-random points and quantiles, held to their definition and to SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from offramp.errors import InputError
from offramp.exitgame.draws import Beta, LogNormal, Normal, normal_quantile, replicated, sobol

U = np.linspace(0.0005, 0.9995, 801)


@pytest.mark.parametrize("points", [16, 64, 1024])
def test_every_coordinate_has_one_point_in_each_stratum(points: int) -> None:
    cells = np.sort((sobol(points, 60, seed=3) * points).astype(int), axis=0)
    assert (cells == np.arange(points)[:, None]).all()


def test_pairs_of_the_first_dimensions_fill_elementary_boxes() -> None:
    # Dimensions 0 and 1 make a (0, 2)-sequence: any box of area 1/64 holds exactly one of 64 points.
    points = sobol(64, 2, seed=1)
    for columns in (1, 2, 4, 8, 16, 32, 64):
        boxes = (points[:, 0] * columns).astype(int) * (64 // columns) + (points[:, 1] * (64 // columns)).astype(int)
        assert sorted(boxes) == list(range(64))


def test_points_are_uniform_over_scrambles_and_repeat_with_the_seed() -> None:
    first = np.stack([sobol(4, 30, seed)[1] for seed in range(400)])
    assert stats.kstest(first.ravel(), "uniform").pvalue > 1e-3
    assert (sobol(32, 30, 5) == sobol(32, 30, 5)).all()
    assert (sobol(32, 30, 5) != sobol(32, 30, 6)).any()
    assert (sobol(256, 30, 5) > 0).all()
    assert (sobol(256, 30, 5) < 1).all()


def test_smooth_averages_are_far_better_than_chance_and_near_scipys() -> None:
    def error(points: list[np.ndarray]) -> float:
        return float(np.std([np.prod(1 + (p[:, :20] - 0.5) / 2, axis=1).mean() for p in points]))

    ours = error([sobol(64, 40, seed) for seed in range(60)])
    scipys = error([stats.qmc.Sobol(40, rng=np.random.default_rng(seed)).random(64) for seed in range(60)])
    chance = error([np.random.default_rng(seed).random((64, 40)) for seed in range(60)])
    assert ours < 0.6 * chance
    assert ours < 2.2 * scipys


@pytest.mark.parametrize(("a", "b"), [(3, 4), (2, 50), (45, 5), (17, 3), (1.5, 0.7), (5, 18)])
def test_beta_quantiles_are_scipys(a: float, b: float) -> None:
    assert Beta(a, b).quantile(U) == pytest.approx(stats.beta(a, b).ppf(U), abs=2e-6)


def test_normal_and_lognormal_quantiles_are_scipys() -> None:
    assert normal_quantile(U) == pytest.approx(stats.norm.ppf(U), abs=1e-9)
    assert Normal(2, 3).quantile(U) == pytest.approx(stats.norm(2, 3).ppf(U), abs=1e-8)
    assert LogNormal(4, 0.35).quantile(U) == pytest.approx(stats.lognorm(0.35, scale=4).ppf(U), rel=1e-9)
    cut = LogNormal(1.5, 0.35, most=4.0).quantile(U)
    whole = stats.lognorm(0.35, scale=1.5)
    assert cut == pytest.approx(whole.ppf(U * whole.cdf(4.0)), rel=1e-8)
    assert cut.max() < 4


def test_impossible_numbers_of_points_are_refused() -> None:
    with pytest.raises(InputError, match="0 quasi-random draws"):
        sobol(0, 3, 0)
    with pytest.raises(InputError, match="multiple of 4"):
        replicated(66, 3, 0, 4)
