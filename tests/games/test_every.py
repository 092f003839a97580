"""Every logit equilibrium of small games against a dense search and known counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from offramp.errors import InputError
from offramp.games.build import chance, end, move, normal_form, tree
from offramp.games.every import all_equilibria
from offramp.games.standard import make

entry = st.integers(-4, 4)


@settings(max_examples=60, deadline=None)
@given(st.lists(entry, min_size=8, max_size=8), st.floats(0.1, 6))
def test_two_by_two_games_against_a_grid(numbers: list[int], precision: float) -> None:
    u = np.array(numbers, dtype=float).reshape(2, 2, 2)
    found = [solution for solution, _ in all_equilibria(normal_form(u), precision)]
    assert found

    def again(p: np.ndarray) -> np.ndarray:
        """Player 1's second action after both replies."""
        q = expit(precision * ((1 - p) * (u[1, 0, 1] - u[1, 0, 0]) + p * (u[1, 1, 1] - u[1, 1, 0])))
        return expit(precision * ((1 - q) * (u[0, 1, 0] - u[0, 0, 0]) + q * (u[0, 1, 1] - u[0, 0, 1])))

    shares = np.array([s.strategy[1] for s in found])
    assert np.abs(again(shares) - shares).max() < 1e-8
    grid = np.linspace(0, 1, 20_001)
    crossings = grid[1:][np.diff(np.sign(again(grid) - grid)) != 0]
    assert all(np.abs(shares - x).min() < 1e-3 for x in crossings)
    principal = normal_form(u).solve(precision).strategy[1]
    assert np.abs(shares - principal).min() < 1e-7
    for solution in found:
        assert solution.residual < 1e-9


def test_counts_around_a_bifurcation() -> None:
    game = normal_form([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    assert [kind for _, kind in all_equilibria(game, 1.99)] == ["single"]
    assert len(all_equilibria(game, 2.01)) == 3
    shares = np.array([s.strategy[0] for s, _ in all_equilibria(game, 8.0)])
    assert shares == pytest.approx(expit(8 * (2 * shares - 1)), abs=1e-12)
    assert shares[1] == pytest.approx(0.5)
    assert shares[0] + shares[2] == pytest.approx(1)


def test_sequential_choices_and_beliefs() -> None:
    # A sender of unknown type speaks or not; only speech is answered, so the belief moves with what is played.
    def kind(strong: bool) -> object:
        answer = move(
            "B",
            {"yield": end(2, 0 if not strong else 1), "resist": end(-1 if not strong else 1, 1 - strong)},
            infoset="b",
        )
        return move("A", {"quiet": end(0, 1), "speak": answer}, infoset="weak") if not strong else answer

    game = tree("bluff", ["A", "B"], chance({"strong": (0.4, kind(True)), "weak": (0.6, kind(False))}))  # type: ignore[dict-item]
    for precision in (0.5, 3.0, 20.0):
        found = all_equilibria(game, precision)
        assert len(found) == 1
        assert np.abs(found[0][0].strategy - game.solve(precision).strategy).max() < 1e-9


def test_larger_games_are_refused() -> None:
    with pytest.raises(InputError, match="3 information sets with a choice"):
        all_equilibria(make("poker"), 1.0)
    assert len(all_equilibria(make("entry"), 5.0)) == 1
