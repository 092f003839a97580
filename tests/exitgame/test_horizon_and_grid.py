"""What the numbers owe to the far end of time and to the belief grid, on prior draws of the typical standoff."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from offramp.codes.exits import OUTCOMES, ExitMode
from offramp.exitgame import anchor_b, engine, priors
from offramp.exitgame.anchor_b_build import typical
from offramp.exitgame.forward import forward, start_at
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.rates import DIMENSIONS
from offramp.exitgame.solver import GROUP, RESIDUAL, TAIL, Variant, solve
from offramp.exitgame.states import Offer, Pressure, State

MONTHS = 24


@functools.cache
def prior_draws(draws: int, *, anchored: bool = False) -> GameParameters:
    """Anchored parameters of the typical standoff, as the forecast would have them."""
    case = typical()
    sample = priors.sample(draws, 3, spare=DIMENSIONS)
    sample = anchor_b.apply(sample) if anchored else sample
    setting = engine.set_up(case, sample, months=MONTHS, seed=3)
    whole = engine.Variant("base", np.arange(draws), case.assessments, case.state.guarantor, setting.known)
    return engine.solve_variants(setting, [whole], months=1, nodes=5)["base"].params


@functools.cache
def outcomes(draws: int, nodes: int, tail: int, variant: Variant = "learning") -> np.ndarray:
    """[draw, month, outcome] from the typical standoff, in draws whose residual is met."""
    params = prior_draws(draws)
    policy = solve(params, months=MONTHS, nodes=nodes, tail=tail, variant=variant, throw=False)
    assert (policy.residual.max(0) <= RESIDUAL).mean() > 0.9
    start = start_at(params, nodes, State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE))
    return forward(policy, start).outcomes


def _apart(draws: int, one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """Median and largest distance over draws, and the distance of the means, in probability."""
    difference = outcomes(draws, *one) - outcomes(draws, *other)
    each = np.abs(difference).max((1, 2))
    return float(np.median(each)), float(each.max()), float(np.abs(difference.mean(0)).max())


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_far_end_does_not_show() -> None:
    median, _, mean = _apart(GROUP, (21, TAIL), (21, MONTHS + 2 * TAIL))
    assert median < 0.001
    assert mean < 0.005


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_one_nodes_are_enough() -> None:
    median, largest, mean = _apart(GROUP, (21, TAIL), (41, TAIL))
    assert median < 0.005
    assert largest < 0.02
    assert mean < 0.005


#: What a referee would still believe of a single draw, twelve months after an ultimatum with an offer to a settled
#: ruler: lowest and highest probability.
WIDE = {
    "negotiated": (0.0, 0.8),
    "coup": (0.0, 0.3),
    "uprising": (0.0, 0.1),
    "foreign": (0.0, 0.7),
    "regular": (0.0, 0.1),
    "natural": (0.0, 0.1),
    "in_office": (0.1, 0.99),
}


def test_what_the_priors_say_is_believable_in_most_draws() -> None:
    params = prior_draws(GROUP, anchored=True)
    policy = solve(params, months=MONTHS, throw=False)
    start = start_at(params, 21, State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE))
    found = forward(policy, start).outcomes[:, 12]
    inside = np.all(
        [(low <= found[:, k]) & (found[:, k] <= high) for k, (low, high) in _by_place(WIDE).items()],
        axis=0,
    )
    assert inside.mean() >= 0.8


def _by_place(bands: dict[str, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    return {OUTCOMES.index(ExitMode(name)): band for name, band in bands.items()}


def test_the_preview_is_near_and_not_the_same() -> None:
    """Acting at the old belief needs no fixed point; it is a rough check, a few hundredths away at most."""
    difference = outcomes(GROUP, 21, TAIL) - outcomes(GROUP, 21, TAIL, "preview")
    assert 1e-6 < np.abs(difference).max() < 0.1
    assert np.abs(difference.mean(0)).max() < 0.03


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_finer_grids_and_more_draws() -> None:
    draws = 4 * GROUP
    median, largest, mean = _apart(draws, (21, TAIL), (41, TAIL))
    assert (median < 0.005, mean < 0.005) == (True, True), (median, largest, mean)
    finer = _apart(GROUP, (41, TAIL), (81, TAIL))
    assert finer[1] < 0.005
    longer = _apart(draws, (21, TAIL), (21, MONTHS + 2 * TAIL))
    assert (longer[0] < 0.001, longer[2] < 0.005) == (True, True), longer
