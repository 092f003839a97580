"""The filter over observed months: likelihoods add up, refusals teach, and impossible paths are refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.errors import InputError
from offramp.exitgame.belief import belief_grid
from offramp.exitgame.filter import ObservedMonth, filter_months
from offramp.exitgame.forward import Start, forward, start_at
from offramp.exitgame.moves import RulerMove
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.solver import GROUP, Policy, solve
from offramp.exitgame.states import ALL, IN_OFFICE, Army, Demand, Offer, Pressure, State, Street

MONTHS, TAIL, NODES = 6, 30, 21
OFFERED = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)
REFUSED = ObservedMonth(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)


@pytest.fixture(scope="module")
def solved() -> tuple[GameParameters, Policy, Start]:
    params = plausible(GROUP, 21, leave_cost=np.array([-2.0, 1.0]))
    policy = solve(params, months=MONTHS, tail=TAIL, nodes=NODES)
    return params, policy, start_at(params, NODES, OFFERED)


def _likelihood(policy: Policy, start: Start, month: ObservedMonth) -> np.ndarray:
    try:
        return np.exp(filter_months(policy, start, [month]).log_likelihood)
    except InputError:
        return np.zeros(policy.draws)


def test_no_observed_months_change_nothing(solved: tuple[GameParameters, Policy, Start]) -> None:
    _, policy, start = solved
    found = filter_months(policy, start, [])
    assert np.array_equal(found.start.mass, start.mass)
    assert found.ess == pytest.approx(GROUP)
    assert (found.log_likelihood == 0).all()


def test_an_unobserved_month_is_survival(solved: tuple[GameParameters, Policy, Start]) -> None:
    """With nothing reported but whether the coercer struck, the two likelihoods add up to survival without a lapse."""
    params, policy, start = solved
    stays = _likelihood(policy, start, ObservedMonth()) + _likelihood(policy, start, ObservedMonth(struck=True))
    in_office = forward(policy, start).outcomes[:, 1, IN_OFFICE]
    assert np.allclose(stays, in_office * (1 - params.lapse), atol=1e-13)


def test_what_can_be_seen_adds_up(solved: tuple[GameParameters, Policy, Start]) -> None:
    _, policy, start = solved
    whole = _likelihood(policy, start, ObservedMonth())
    parts = sum(
        _likelihood(policy, start, ObservedMonth(p, o, army=a, street=u, demand=q))
        for p, o, a, u, q in itertools.product(Pressure, Offer, Army, Street, Demand)
    )
    assert np.allclose(parts, whole, atol=1e-13)
    by_move = sum(
        _likelihood(policy, start, ObservedMonth(ruler=frozenset([move])))
        for move in RulerMove
        if move is not RulerMove.LEAVE
    )
    assert np.allclose(by_move, whole, atol=1e-13)


def test_refusals_teach_that_the_ruler_is_committed(solved: tuple[GameParameters, Policy, Start]) -> None:
    params, policy, start = solved
    found = filter_months(policy, start, [REFUSED] * 3)
    assert np.allclose(found.path[:, 0], params.committed, atol=1e-12)
    # Later months also tell what the coercer saw (its moves follow beliefs that reports do not show), so only the
    # first refusal must raise every draw's belief.
    rise = found.path[:, 1] - found.path[:, 0]
    # Where hardly anybody would have left, what the coercer saw in the first month (a belief between two nodes is
    # split over them) can outweigh the refusal by a hair.
    assert (rise > -1e-3).all()
    assert (rise > 0).mean() > 0.9
    assert (np.diff(found.path.mean(0)) > 0).all()
    states = found.start.mass.sum((0, 2)) > 0
    assert all(
        state.pressure is Pressure.ULTIMATUM and state.offer is Offer.SAFE_PASSAGE
        for state, there in zip(ALL, states, strict=True)
        if there
    )


def test_weights_are_the_likelihoods(solved: tuple[GameParameters, Policy, Start]) -> None:
    """That the likelihoods are right is test_filter_by_paths.py's business."""
    _, policy, start = solved
    found = filter_months(policy, start, [REFUSED])
    assert found.weights == pytest.approx(np.exp(found.log_likelihood) / np.exp(found.log_likelihood).sum())
    assert 1 <= found.ess < GROUP
    assert np.allclose(found.belief, found.start.mass.sum(1) @ belief_grid(NODES), atol=1e-13)


def test_a_path_that_cannot_happen_is_refused(solved: tuple[GameParameters, Policy, Start]) -> None:
    params, policy, start = solved
    quiet = start_at(params, NODES, State())
    with pytest.raises(InputError, match="cannot happen in the game"):
        filter_months(policy, quiet, [ObservedMonth(Pressure.ULTIMATUM)])
    with pytest.raises(InputError, match="shape"):
        filter_months(policy, Start(start.mass[:, :, :5]), [REFUSED])
