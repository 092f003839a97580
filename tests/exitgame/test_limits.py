"""Where the answer is known without solving: no precision, much precision, equal types, certain beliefs, constants."""

from __future__ import annotations

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.exitgame._jax import jax
from offramp.exitgame.forward import forward, plays, start_at
from offramp.exitgame.moves import COERCER_OPEN, RULER_OPEN, ArmyMove, RulerMove
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.solver import GROUP, Policy, solve
from offramp.exitgame.states import EXOGENOUS, NEGOTIATED, REGULAR, Offer, Pressure, State

#: One shape for everything here, so that two programs serve the file.
MONTHS, TAIL, NODES, DRAWS = 6, 30, 21, GROUP
OFFERED = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)


def _solve(params: GameParameters) -> Policy:
    return solve(params, months=MONTHS, tail=TAIL, nodes=NODES)


@pytest.fixture(scope="module")
def params() -> GameParameters:
    return plausible(DRAWS, 21, leave_cost=np.array([-2.0, 1.0]))


def test_no_precision_is_uniform_play(params: GameParameters) -> None:
    policy = _solve(
        params._replace(
            precision_ruler=0 * params.lapse, precision_coercer=0 * params.lapse, precision_army=0 * params.lapse
        )
    )
    group = policy.groups[0]
    play = jax.jit(plays, static_argnums=5)(
        np.asarray(True), group.prepared, group.values[1], group.log_ratios[0], 0, False
    )
    coercer = np.asarray(play.coercer.choice)
    assert np.allclose(coercer, (COERCER_OPEN / COERCER_OPEN.sum(0))[:, :, None, None], atol=1e-14)
    ruler = np.concatenate([np.asarray(play.ruler.leave)[:, None], np.asarray(play.ruler.stay)], 1)
    assert np.allclose(ruler, (RULER_OPEN / RULER_OPEN.sum(0))[:, :, None, None], atol=1e-14)
    for move in ArmyMove:
        assert np.allclose(np.asarray(play.army.choice[move]), 1 / 3, atol=1e-14)


@pytest.mark.parametrize("safe", [-1.4, -3.0])
def test_precise_ruler_leaves_exactly_above_the_threshold(safe: float) -> None:
    """One type, hazard h a year of exits worth -4, discount r = .1: leave iff h > (1 - r V_L) / (V_L - v_bad).

    In months the threshold is where staying a month and leaving then is worth leaving now:
    V_L = f + d (h v_bad + (1 - h) V_L). It lies at .44 and 1.3 a year in continuous time.
    """
    bad, d = -4.0, np.exp(-0.1 / 12)
    threshold = (1 / 12 - (1 - d) * safe) / (d * (safe - bad))
    yearly = (1 - 0.1 * safe) / (safe - bad)
    assert threshold * 12 == pytest.approx(yearly, rel=0.02)
    factors = np.concatenate([np.linspace(0.3, 0.95, 8), np.linspace(1.05, 2.0, 8)])
    hazard = np.zeros((DRAWS, 1, 8))
    hazard[:, 0, REGULAR] = threshold * factors
    params = plausible(
        DRAWS,
        1,
        precision_ruler=2000.0,
        discount_ruler=d**12,
        lapse=0.0,
        leave_cost=0.0,
        flow_ruler=1.0,
        exit_ruler=bad,
        kept=safe,
        broken=safe,
        coup_success=0.0,
        coup_payoff=-1e4,
        cost_switch=1e4,
        cost_strike=1e4,
        cost_audience=1e4,
        cost_demand=1e4,
        cost_crackdown=1e4,
        mobilise=0.0,
        persist=0.0,
    )._replace(history=hazard, exogenous=hazard[:, :, list(EXOGENOUS)])
    found = forward(_solve(params), start_at(params, NODES, OFFERED))
    leaves = found.ruler_moves[:, 0, RulerMove.LEAVE]
    assert (leaves[factors < 1] < 1e-3).all()
    assert (leaves[factors > 1] > 1 - 1e-3).all()


def test_a_constant_for_one_player_changes_nothing(params: GameParameters) -> None:
    """Pay raised by c a year, and every ending worth more by the annuity of c."""
    start = start_at(params, NODES, OFFERED)
    plain = forward(_solve(params), start).outcomes
    for player, c in (("ruler", 0.7), ("coercer", -0.2), ("army", 1.3)):
        discount = np.asarray(getattr(params, f"discount_{player}")) ** (1 / 12)
        worth = c / 12 / (1 - discount)
        flow = getattr(params, f"flow_{player}") + c
        exits = getattr(params, f"exit_{player}")
        changed = params._replace(
            **{f"flow_{player}": flow, f"exit_{player}": exits + worth.reshape(-1, *([1] * (exits.ndim - 1)))}
        )
        if player == "ruler":
            changed = changed._replace(kept=params.kept + worth[:, None], broken=params.broken + worth)
        assert np.abs(forward(_solve(changed), start).outcomes - plain).max() < 1e-6, player


def test_equal_types_teach_nothing(params: GameParameters) -> None:
    same = params._replace(leave_cost=params.leave_cost[:, :1] * np.ones(2))
    policy = _solve(same)
    assert max(np.abs(policy.log_ratios(month)).max() for month in range(MONTHS)) < 1e-12
    found = forward(policy, start_at(same, NODES, OFFERED))
    assert np.allclose(found.posterior(), same.committed[:, None], atol=1e-12)
    assert np.allclose(found.committed, found.outcomes * same.committed[:, None, None], atol=1e-12)


@pytest.mark.parametrize(("belief", "type_"), [(0.0, 0), (1.0, 1)])
def test_certain_beliefs_are_the_one_type_game(params: GameParameters, belief: float, type_: int) -> None:
    both = forward(_solve(params), start_at(params, NODES, OFFERED, belief))
    alone = params._replace(leave_cost=params.leave_cost[:, type_ : type_ + 1] * np.ones(2))
    one = forward(_solve(alone), start_at(alone, NODES, OFFERED, 0.5))
    assert np.abs(both.outcomes - one.outcomes).max() < 1e-7
    assert np.allclose(both.committed, belief * both.outcomes, atol=1e-14)
    assert (both.outcomes[:, -1, NEGOTIATED] > 0).all()
