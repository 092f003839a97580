"""Anchor A: the game without the coercer gives history's rates, and says which mode it cannot give."""

from __future__ import annotations

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.errors import InputError
from offramp.exitgame.anchor import Anchored, anchor_a
from offramp.exitgame.forward import Forecast, forward, start_at
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.solver import GROUP, solve
from offramp.exitgame.states import COUP, EXITS, FOREIGN, UPRISING, Army, State, Street

MONTHS, TAIL = 12, 12
DRAWS = GROUP


def _history(params: GameParameters) -> np.ndarray:
    """Hazards that rise and fall over the months, so that the paths have something to follow."""
    wave = 1 + 0.3 * np.sin(np.arange(MONTHS + TAIL) / 3)
    return params.history[:, :1] * wave[None, :, None]


@pytest.fixture(scope="module")
def anchored() -> tuple[Anchored, np.ndarray]:
    # The coercer is priced out of every move: the full game then is the passive world.
    params = plausible(DRAWS, 11, months=MONTHS + TAIL, cost_switch=1e4)
    history = _history(params)
    rng = np.random.default_rng(5)
    share, ratio = rng.uniform(0.05, 0.3, DRAWS), rng.uniform(2, 8, DRAWS)
    found = anchor_a(params, history, months=MONTHS, tail=TAIL, share_wavering=share, attempt_ratio=ratio)
    assert np.allclose(found.passive.wavering, share, rtol=1e-5)
    assert np.allclose(found.passive.attempt[1] / found.passive.attempt[0], ratio, rtol=1e-5)
    return found, history


@pytest.fixture(scope="module")
def played(anchored: tuple[Anchored, np.ndarray]) -> dict[str, Forecast]:
    found, _ = anchored
    policy = solve(found.params, months=MONTHS, tail=TAIL, nodes=5)
    loyal = [State(street=street).number for street in Street]
    wavering = [State(army=Army.WAVERING, street=street).number for street in Street]
    starts = {"history": found.start}
    for name, rows in (("loyal", loyal), ("wavering", wavering)):
        weights = np.zeros_like(found.start)
        weights[:, rows] = found.start[:, rows]
        starts[name] = weights
    return {name: forward(policy, start_at(found.params, 5, weights)) for name, weights in starts.items()}


def test_the_full_game_without_the_coercer_gives_historys_rates(
    anchored: tuple[Anchored, np.ndarray], played: dict[str, Forecast]
) -> None:
    found, history = anchored
    assert found.error.max() <= 1e-6
    outcomes = played["history"].outcomes
    alive = outcomes[:, :-1, -1]
    monthly = np.diff(outcomes[:, :, : len(EXITS)], axis=1) / alive[:, :, None]
    assert np.abs(monthly - history[:, :MONTHS]).max() < 1e-6


def test_loyal_forces_are_safer_than_history_and_wavering_ones_less_safe(
    anchored: tuple[Anchored, np.ndarray], played: dict[str, Forecast]
) -> None:
    first = {name: forecast.outcomes[:, 1, COUP] for name, forecast in played.items()}
    assert (first["loyal"] < first["history"]).all()
    assert (first["wavering"] > first["history"]).all()


def _anchor(params: GameParameters, history: np.ndarray, **more: object) -> Anchored:
    return anchor_a(
        params,
        history,
        months=MONTHS,
        tail=TAIL,
        share_wavering=np.full(params.draws, 0.1),
        attempt_ratio=np.full(params.draws, 4.0),
        **more,  # type: ignore[arg-type]
    )


def test_a_coup_rate_above_success_names_the_coup() -> None:
    params = plausible(DRAWS, 11, months=MONTHS + TAIL)
    history = _history(params)
    history[3, :, COUP] = 0.8
    history[3] /= np.maximum(1, history[3].sum(-1, keepdims=True) / 0.95)
    with pytest.raises(InputError, match=r"'coup' .* not below the success of an attempt .* draw 3"):
        _anchor(params, history)


def test_a_street_that_is_quiet_for_certain_names_the_uprising() -> None:
    params = plausible(DRAWS, 11, months=MONTHS + TAIL)
    with pytest.raises(InputError, match=r"'uprising' .* in month 0.* the chance that the street is mobilised"):
        _anchor(params, _history(params), start=[1.0, 0.0, 0.0, 0.0])


def test_a_street_that_never_mobilises_names_the_uprising() -> None:
    params = plausible(DRAWS, 11, months=MONTHS + TAIL, mobilise=0.0, persist=0.0)
    with pytest.raises(InputError, match="'uprising'"):
        _anchor(params, _history(params))


def test_negotiated_exits_in_history_are_refused() -> None:
    params = plausible(DRAWS, 11, months=MONTHS + TAIL)
    history = _history(params)
    history[:, :, 0] = 0.001
    with pytest.raises(InputError, match="'negotiated'"):
        _anchor(params, history)


def test_shares_come_off_the_exogenous_exits_alone(anchored: tuple[Anchored, np.ndarray]) -> None:
    params = plausible(DRAWS, 11, months=MONTHS + TAIL)
    history = _history(params)
    whole = _anchor(params, history)
    less = _anchor(params, history, negotiated_share=np.full(len(EXITS), 0.25), foreign_share=0.4)
    assert np.allclose(less.params.exogenous[:, :, 0], 0.3 * whole.params.exogenous[:, :, 0])
    assert np.allclose(less.params.exogenous[:, :, 1:], 0.75 * whole.params.exogenous[:, :, 1:])
    assert np.array_equal(less.params.coup_payoff, whole.params.coup_payoff)
    assert EXITS[FOREIGN] == "foreign"
    assert EXITS[UPRISING] == "uprising"
