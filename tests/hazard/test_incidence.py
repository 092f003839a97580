"""Chances from hazards, against numerical integration and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.integrate import solve_ivp

from offramp.hazard.incidence import cumulative_incidence


def test_against_the_differential_equations() -> None:
    hazards = np.random.default_rng(3).gamma(0.5, 0.4, size=(1, 4, 3))

    def flow(time: float, state: np.ndarray) -> np.ndarray:
        rates = hazards[0, min(int(time), 3)]
        return np.append(rates * state[-1], -rates.sum() * state[-1])

    state = np.array([0.0, 0.0, 0.0, 1.0])
    found = cumulative_incidence(hazards)[0]
    for month in range(4):
        solved = solve_ivp(lambda t, s, m=month: flow(m + 0.5, s), (0, 1), state, rtol=1e-11, atol=1e-13)
        state = solved.y[:, -1]
        assert found[month + 1] == pytest.approx(state, abs=1e-9)


def test_constant_hazards_have_a_closed_form() -> None:
    hazards = np.broadcast_to(np.array([0.01, 0.03]), (1, 24, 2))
    found = cumulative_incidence(hazards)[0, :, 1]
    assert found == pytest.approx(0.75 * (1 - np.exp(-0.04 * np.arange(25))), abs=1e-14)


@given(arrays(float, array_shapes(min_dims=3, max_dims=3, max_side=5), elements=st.floats(0, 50)))
def test_sums_to_one_and_only_grows(hazards: np.ndarray) -> None:
    found = cumulative_incidence(hazards)
    assert found.shape == (hazards.shape[0], hazards.shape[1] + 1, hazards.shape[2] + 1)
    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-12)
    assert np.all(np.diff(found[..., :-1], axis=1) >= 0)
    assert np.all(found[:, 0, -1] == 1)


def test_tiny_hazards_keep_their_digits() -> None:
    assert cumulative_incidence(np.full((1, 1, 1), 1e-18))[0, 1, 0] == pytest.approx(1e-18, rel=1e-12)


@pytest.mark.parametrize("bad", [np.full((1, 1, 1), -0.1), np.full((1, 1, 1), np.nan), np.ones((2, 2))])
def test_impossible_hazards_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="hazards must"):
        cumulative_incidence(bad)
