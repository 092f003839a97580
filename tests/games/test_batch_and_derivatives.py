"""Batches against single solves; derivatives against differences, forward against reverse, NumPy against JAX."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from offramp.errors import InputError, NotConvergedError
from offramp.games.batch import equilibrium, implicit, probabilities, solve_batch
from offramp.games.build import chance, end, move, normal_form, tree
from offramp.games.efg import read_efg
from offramp.games.form import Game
from offramp.games.standard import CATALOGUE, make


def signalling() -> Game:
    return make("crisis-signalling")


def test_batch_equals_single_solves() -> None:
    game = signalling()
    rng = np.random.default_rng(1)
    payoffs = game.payoffs + rng.normal(size=(300, *game.payoffs.shape)) * 0.5
    level = rng.uniform(0, 12, size=(300, 2))
    level[0] = 0.0
    seen: list[int] = []
    found = solve_batch(game, payoffs=payoffs, precision=level, chunk=128, progress=lambda done, _: seen.append(done))
    assert seen == [128, 256, 300]
    assert found.residual.max() < 1e-10
    assert np.allclose(found.strategy[0], 0.5)
    for lane in range(0, 300, 11):
        alone = game.with_payoffs(payoffs[lane]).solve(level[lane])
        assert np.abs(alone.strategy - found.strategy[lane]).max() < 1e-9


def test_lanes_that_meet_folds_are_solved_alone_and_agree() -> None:
    # Games of the folds test: at precision 0.5 the principal branch has turned twice.
    table = np.array([[[13, 0, 2], [2, 15, 7], [4, 9, 18]], [[16, 5, 6], [8, 18, 9], [8, 4, 10]]])
    game = normal_form(table)
    payoffs = np.stack([game.payoffs, game.payoffs * 0.5])
    found = solve_batch(game, payoffs=payoffs, precision=0.5)
    assert found.alone >= 1
    for lane in range(2):
        single = game.with_payoffs(payoffs[lane]).solve(0.5)
        assert np.abs(single.strategy - found.strategy[lane]).max() < 1e-9


def test_batch_over_parameters_and_chance() -> None:
    game = make("deterrence")
    tough = np.linspace(0.1, 0.9, 5)
    found = solve_batch(game, parameters={"tough": tough, "war": [0.4]}, precision=3.0)
    for k, value in enumerate(tough):
        assert np.abs(game.at(tough=value, war=0.4).solve(3.0).strategy - found.strategy[k]).max() < 1e-10
    assert found.tidy().height == 5 * 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"payoffs": np.zeros((2, 3, 2))}, "payoffs have shape"),
        ({"precision": np.array([1.0, -1.0])}, "precision of lane 1 is negative"),
        ({"precision": np.array([1.0, np.nan])}, "precision of lane 1 is not finite"),
        ({"parameters": {"prise": [1.0]}}, "no parameter 'prise'"),
        ({"log_chance": np.zeros((2, 2))}, "log_chance has shape"),
    ],
)
def test_bad_batches(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve_batch(signalling(), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [n for n in CATALOGUE if n not in ("regime-change", "ultimatum")])
def test_parameter_derivatives_against_differences(name: str) -> None:
    game = make(name)
    solution = game.solve(2.5)
    for parameter, value in game.parameters.items():
        h = 1e-5
        up, down = game.at(**{parameter: value + h}).solve(2.5), game.at(**{parameter: value - h}).solve(2.5)
        found = solution.derivative(parameter)
        assert np.abs(found.strategy - (up.strategy - down.strategy) / (2 * h)).max() < 1e-6
        assert np.abs(found.payoffs - (up.payoffs - down.payoffs) / (2 * h)).max() < 1e-6
    faster, slower = game.solve(2.5 + 1e-5), game.solve(2.5 - 1e-5)
    found = solution.derivative("precision")
    assert np.abs(found.strategy - (faster.strategy - slower.strategy) / 2e-5).max() < 1e-6
    assert "derivatives in precision" in str(found)


def test_reverse_is_the_transpose_of_forward(shared: Path) -> None:
    game = read_efg(shared / "reference/gambit/bayes2a.efg")
    sensitivity = game.solve(0.7).sensitivity()
    rng = np.random.default_rng(2)
    weights = rng.normal(size=game.arrays.actions)
    back = sensitivity.reverse(weights)
    payoffs = rng.normal(size=game.payoffs.shape)
    logs, precision = rng.normal(size=len(game.leaves)), rng.normal(size=2)
    forward = weights @ sensitivity.forward(payoffs, logs, precision)
    total = (back["payoffs"] * payoffs).sum() + back["log_chance"] @ logs + back["precision"] @ precision
    assert forward == pytest.approx(total, rel=1e-9)


def test_jax_derivatives_agree_forward_and_reverse() -> None:
    game = make("entry")
    attach, shares = implicit(game), probabilities(game)
    u, c = jnp.asarray(game.payoffs), jnp.asarray(game.arrays.log_chance)
    levels = np.array([[2.0, 3.0], [1.0, 1.0]])
    odds = solve_batch(game, precision=levels).log_odds
    rng = np.random.default_rng(3)
    du, dl = rng.normal(size=u.shape), rng.normal(size=2)
    weights = rng.normal(size=game.arrays.actions)

    def pushed(z: jax.Array, level: jax.Array) -> tuple[jax.Array, jax.Array]:
        tangents = (jnp.asarray(du), jnp.asarray(dl))
        return jax.jvp(lambda a, b: shares(attach(z, a, c, b)), (u, level), tangents)

    def pulled(z: jax.Array, level: jax.Array) -> jax.Array:
        return jax.grad(lambda a: jnp.asarray(weights) @ shares(attach(z, a, c, level)))(u)

    values, moved = jax.jit(jax.vmap(pushed))(odds, levels)
    gradients = jax.jit(jax.vmap(pulled))(odds, levels)
    for k, level in enumerate(levels):
        single = game.solve([float(x) for x in level])
        assert np.abs(values[k] - single.strategy).max() < 1e-12
        assert np.abs(moved[k] - single.sensitivity().forward(du, None, dl)).max() < 1e-9
        assert np.abs(gradients[k] - single.sensitivity().reverse(weights)["payoffs"]).max() < 1e-9
    # The same through a whole solve inside one compiled function.
    whole = jax.jit(jax.grad(lambda a: jnp.asarray(weights) @ shares(equilibrium(game)(a, c, jnp.asarray(levels[0])))))
    assert np.abs(whole(u) - gradients[0]).max() < 1e-9


def test_no_derivative_at_a_bifurcation() -> None:
    game = normal_form([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    with pytest.raises(NotConvergedError, match="fold or bifurcation"):
        game.solve(2.0).sensitivity()


def test_payoffs_that_cannot_be_differentiated_say_so() -> None:
    import math

    game = tree("exp", ["A"], move("A", {"x": end(lambda p: math.exp(p.k)), "y": end(0)}), parameters={"k": 0.5})
    with pytest.raises(InputError, match="cannot be differentiated in 'k'"):
        game.solve(1.0).derivative("k")
    smooth = tree("exp", ["A"], move("A", {"x": end(lambda p: np.exp(p.k)), "y": end(0)}), parameters={"k": 0.5})
    p = smooth.solve(1.0).strategy[0]
    assert smooth.solve(1.0).derivative("k").strategy[0] == pytest.approx(p * (1 - p) * np.exp(0.5), rel=1e-12)


def test_chance_is_differentiated() -> None:
    def kind(good: bool) -> object:
        return move("B", {"x": end(1 if good else 0), "y": end(0 if good else 1)}, infoset="b")

    root = chance({"good": (lambda p: p.share, kind(True)), "bad": (lambda p: 1 - p.share, kind(False))})  # type: ignore[dict-item]
    game = tree("type", ["B"], root, parameters={"share": 0.3})
    p = game.solve(2.0).strategy[0]
    assert game.solve(2.0).derivative("share").strategy[0] == pytest.approx(2 * 2.0 * p * (1 - p), rel=1e-10)
