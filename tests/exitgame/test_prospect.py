"""The pass turned round: held to the forward pass, which shares only the month with it."""

from __future__ import annotations

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.exitgame import game
from offramp.exitgame.filter import ObservedMonth, filter_months
from offramp.exitgame.forward import Forced, Start, forward_many, start_at
from offramp.exitgame.moves import RulerMove
from offramp.exitgame.prospect import first_month, outcomes_by_month, prospects, survive, worth_kept
from offramp.exitgame.solver import Policy, solve
from offramp.exitgame.states import Army, Offer, Pressure, State, Street

MONTHS, NODES, DRAWS = 6, 11, 3
PARAMS = plausible(DRAWS, seed=5, months=MONTHS, grievance=3.0)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return solve(PARAMS, months=MONTHS, nodes=NODES, tail=12)


STATES_TRIED = [
    State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE),
    State(Pressure.ULTIMATUM, Offer.NONE, Army.WAVERING),
    State(Pressure.SANCTIONS, Offer.IMMUNITY, Army.LOYAL, Street.MOBILISED),
]


def starts(belief: float) -> list[Start]:
    return [start_at(PARAMS, NODES, state, belief) for state in STATES_TRIED]


@pytest.mark.parametrize("belief", [0.0, 0.37, 1.0])
def test_outcomes_from_any_start_are_the_forward_passes(policy: Policy, belief: float) -> None:
    found = prospects(policy, 4)
    runs = starts(belief)
    whole = forward_many(policy, [(s, None) for s in runs])
    for start, forecast in zip(runs, whole, strict=True):
        assert found.at(start.mass) == pytest.approx(forecast.outcomes[:, 4], abs=1e-12)
        assert found.at(start.mass).sum(1) == pytest.approx(np.ones(DRAWS))


def test_worth_with_the_offer_held_is_the_forward_passes(policy: Policy) -> None:
    runs = starts(0.5)
    held = forward_many(policy, [(s, Forced.offer_kept(3)) for s in runs])
    for found, forecast in zip(worth_kept(policy, [s.mass for s in runs], 3), held, strict=True):
        assert found == pytest.approx(forecast.coercer_value, abs=1e-10)


def test_first_month_is_the_forward_passes_and_sums_to_one(policy: Policy) -> None:
    start = starts(0.4)[0]
    found = first_month(policy, start.mass)
    forecast = forward_many(policy, [(start, None)])[0]
    assert found.coercer == pytest.approx(forecast.coercer_moves[:, 0])
    assert found.ruler == pytest.approx(forecast.ruler_moves[:, 0])
    assert found.army.sum(1) == pytest.approx(np.ones(DRAWS))
    assert (found.army > 0).all()


def test_month_by_month_outcomes_are_the_forward_passes(policy: Policy) -> None:
    start = starts(0.4)[0]
    forecast = forward_many(policy, [(start, None)])[0]
    assert outcomes_by_month(policy, start.mass) == pytest.approx(forecast.outcomes, abs=1e-12)


def test_what_survives_an_observed_month_is_the_filters(policy: Policy) -> None:
    start = starts(0.4)[0]
    seen = ObservedMonth(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE, ruler=frozenset({RulerMove.HOLD}))
    found = filter_months(policy, start, [seen])
    left = survive(policy, start.mass, game._masks(seen.pressure, seen.offer, seen.ruler))
    total = left.sum((1, 2))
    assert np.log(total) == pytest.approx(found.log_likelihood)
    assert left / total[:, None, None] == pytest.approx(found.start.mass, abs=1e-12)


def test_armed_forces_that_waver_do_so_more(policy: Policy) -> None:
    loyal = start_at(PARAMS, NODES, State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE), 0.4)
    wavering = start_at(PARAMS, NODES, State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE, Army.WAVERING), 0.4)
    attempts = [first_month(policy, start.mass).army[:, 2] for start in (loyal, wavering)]
    assert (attempts[1] > attempts[0]).all()
