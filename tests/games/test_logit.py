"""Logit choice against its definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.exitgame._jax import jnp
from offramp.games.logit import CAP, shares, weight

PAYOFFS = st.lists(st.floats(-30, 30), min_size=2, max_size=5)


@settings(deadline=None, max_examples=40)
@given(PAYOFFS, st.floats(0, 8))
def test_shares_are_the_softmax(payoffs: list[float], precision: float) -> None:
    found = shares([weight(jnp.asarray(value - payoffs[0]), precision) for value in payoffs[1:]])
    odds = np.exp(precision * (np.asarray(payoffs) - max(payoffs)))
    assert np.allclose([float(p) for p in found], odds / odds.sum(), atol=1e-14)


@settings(deadline=None, max_examples=20)
@given(PAYOFFS, st.floats(-50, 50))
def test_a_constant_changes_nothing(payoffs: list[float], constant: float) -> None:
    def play(values: list[float]) -> list[float]:
        return [float(p) for p in shares([weight(jnp.asarray(v - values[0]), 1.5) for v in values[1:]])]

    assert np.allclose(play(payoffs), play([value + constant for value in payoffs]), atol=1e-12)


def test_closed_moves_are_never_played_and_no_precision_is_uniform() -> None:
    gain = jnp.asarray([3.0, -3.0])
    assert [p.tolist() for p in shares([weight(gain, 0.0), weight(gain, 0.0, jnp.asarray([True, False]))])] == [
        [1 / 3, 0.5],
        [1 / 3, 0.5],
        [1 / 3, 0.0],
    ]


def test_huge_gains_are_certain_and_finite() -> None:
    stay, go = shares([weight(jnp.asarray(1e6), 1e3)])
    assert 1 - float(go) <= 2 * np.finfo(float).eps
    assert 0 <= float(stay) <= 2 * np.exp(-CAP)
