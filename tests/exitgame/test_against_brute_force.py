"""The solver and the forward pass against the whole history tree of a short game, in code that shares nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from exitgame.plausible import plausible
from exitgame.reference_game import Draw, Tree
from offramp.exitgame.belief import split
from offramp.exitgame.forward import forward, start_at
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.solver import GROUP, Policy, solve
from offramp.exitgame.states import Army, Demand, Offer, Pressure, State, Street

Array = npt.NDArray[np.float64]
#: Two months of forecast and one beyond it: three months of play.
MONTHS, TAIL, NODES = 2, 1, 161
BELIEFS = np.array([0.08, 0.3, 0.5, 0.82])
OFFERED = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)


def moving(draws: int = GROUP, seed: int = 1, **fixed: object) -> GameParameters:
    """Plausible games whose time paths differ from month to month, so that a month read wrongly shows."""
    found = plausible(draws, seed, **fixed)
    rng = np.random.default_rng(seed)
    shape = found.coup_payoff.shape
    return found._replace(
        history=found.history * rng.uniform(0.5, 2, (*shape, 1)),
        exogenous=found.exogenous * rng.uniform(0.5, 2, (*shape, 1)),
        coup_payoff=found.coup_payoff + rng.normal(size=shape),
        ouster_logit=found.ouster_logit + rng.normal(size=shape),
    )


def on_grid(policy: Policy, row: int, month: int, states: npt.NDArray[np.intp], beliefs: Array) -> Array:
    """[4, N] the solver's values, linear between its nodes."""
    table = policy.values(month)[row]
    return np.einsum("psn,sn->ps", table[:, states], split(beliefs, policy.nodes))


@pytest.fixture(scope="module")
def free() -> tuple[GameParameters, Policy]:
    params = moving()
    return params, solve(params, months=MONTHS, nodes=NODES, tail=TAIL)


@pytest.fixture(scope="module")
def restricted() -> tuple[GameParameters, Policy]:
    """A coercer who can only stay, strike from an ultimatum, and give what a standing demand asks for."""
    params = moving(cost_switch=1e5)
    return params, solve(params, months=MONTHS, nodes=NODES, tail=TAIL)


@pytest.fixture(scope="module")
def alike() -> tuple[GameParameters, Policy]:
    """Two types that do not differ."""
    params = moving()
    params.leave_cost[:, 1] = params.leave_cost[:, 0]
    return params, solve(params, months=MONTHS, nodes=NODES, tail=TAIL)


@pytest.mark.parametrize("row", [0, 3, 6])
def test_two_months_with_every_move_from_every_state(free: tuple[GameParameters, Policy], row: int) -> None:
    params, policy = free
    tree = Tree(Draw(params, row, MONTHS + TAIL), MONTHS)
    states, beliefs = np.repeat(np.arange(72), 2), np.tile(BELIEFS[[row % 4, (row + 2) % 4]], 72)
    reference = tree.value(1, states, beliefs)
    assert tree.worst < 1e-12
    found = on_grid(policy, row, 1, states, beliefs)
    assert np.abs(found - reference[:4]).max() < 1e-3
    # The test has power: what is compared differs between beliefs by far more than the tolerance.
    assert np.abs(reference[:4, 0::2] - reference[:4, 1::2]).max() > 1e-2


@pytest.mark.parametrize(
    ("row", "where"), [(0, OFFERED), (4, OFFERED._replace(army=Army.WAVERING, demand=Demand.STANDING))]
)
def test_three_months_of_restricted_play(restricted: tuple[GameParameters, Policy], row: int, where: State) -> None:
    params, policy = restricted
    tree = Tree(Draw(params, row, MONTHS + TAIL), MONTHS)
    states, beliefs = np.array([where.number]), np.array([0.3])
    reference = tree.value(0, states, beliefs)
    assert tree.worst < 1e-12
    assert np.abs(on_grid(policy, row, 0, states, beliefs) - reference[:4]).max() < 1e-3
    outcomes = forward(policy, start_at(params, NODES, where, 0.3)).outcomes[row, MONTHS]
    assert reference[4:].sum() == pytest.approx(1, abs=1e-12)
    assert np.abs(outcomes - reference[4:, 0]).max() < 1e-3
    assert outcomes == pytest.approx(reference[4:, 0], rel=0.02)


def test_three_months_with_every_move_are_exact_when_types_are_equal(alike: tuple[GameParameters, Policy]) -> None:
    params, policy = alike
    starts = (OFFERED, OFFERED._replace(street=Street.MOBILISED, army=Army.WAVERING), State())
    for row in (1, 5):
        tree = Tree(Draw(params, row, MONTHS + TAIL), MONTHS)
        states, beliefs = np.array([where.number for where in starts]), np.full(3, 0.4)
        reference = tree.value(0, states, beliefs)
        assert np.abs(on_grid(policy, row, 0, states, beliefs) - reference[:4]).max() < 1e-10
        for place, where in enumerate(starts):
            outcomes = forward(policy, start_at(params, NODES, where, 0.4)).outcomes[row, MONTHS]
            assert np.abs(outcomes - reference[4:, place]).max() < 1e-10


@pytest.mark.soak
@pytest.mark.parametrize("row", range(GROUP))
def test_three_months_with_every_move(free: tuple[GameParameters, Policy], row: int) -> None:
    params, policy = free
    tree = Tree(Draw(params, row, MONTHS + TAIL), MONTHS)
    where, beliefs = OFFERED, np.array([0.3])
    reference = tree.value(0, np.array([where.number]), beliefs)
    assert np.abs(on_grid(policy, row, 0, np.array([where.number]), beliefs) - reference[:4]).max() < 1e-3
    outcomes = forward(policy, start_at(params, NODES, where, 0.3)).outcomes[row, MONTHS]
    assert np.abs(outcomes - reference[4:, 0]).max() < 1e-3
