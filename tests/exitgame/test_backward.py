"""A month turned round by hand: held to JAX's own transpose of the month run forwards."""

from __future__ import annotations

import numpy as np
import pytest

from exitgame.plausible import plausible
from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.backward import coercer_paid, exits_counted, month_worth
from offramp.exitgame.flow import Masks, month_flow, open_masks
from offramp.exitgame.forward import Forced, plays
from offramp.exitgame.prepare import COERCER
from offramp.exitgame.solver import Group, solve

NODES = 11


@pytest.fixture(scope="module")
def group() -> Group:
    return solve(plausible(3, seed=8, months=2, grievance=3.0), months=2, nodes=NODES, tail=12).groups[0]


def month(group: Group):
    paths = jax.tree.map(lambda path: path[0], group.prepared.paths)
    return paths, plays(np.asarray(True), group.prepared, group.values[1], group.log_ratios[0], 0, False)


def rules() -> dict[str, Masks]:
    free = open_masks()
    kept = free._replace(coercer=np.asarray(Forced.offer_kept(1).allowed[0], float))
    return {"free": free, "offer kept": kept}


@pytest.mark.parametrize("rule", ["free", "offer kept"])
def test_exits_are_the_transpose_of_the_flow(group: Group, rule: str) -> None:
    paths, play = month(group)
    masks, draws = rules()[rule], group.values.shape[-1]
    rng = np.random.default_rng(3)
    following, lapsed = rng.random((8, 72, NODES, draws)), rng.random((8, draws))
    found = month_worth(np.asarray(True), group.prepared, paths, play, exits_counted(lapsed), following, masks)

    def flow(mass: jax.Array) -> tuple[jax.Array, ...]:
        out = month_flow(group.prepared, paths, play, mass, masks)
        return out.standing, out.exits[:, 0], out.lapsed[0]

    back = jax.linear_transpose(flow, jnp.zeros((72, NODES, draws)))
    for exit_ in range(8):
        now = np.zeros((8, draws))
        now[exit_] = 1.0
        (expected,) = back((following[exit_], now, lapsed[exit_]))
        assert np.asarray(found[exit_]) == pytest.approx(np.asarray(expected), abs=1e-12)


@pytest.mark.parametrize("rule", ["free", "offer kept"])
def test_the_coercers_worth_is_the_transpose_of_what_the_flow_pays(group: Group, rule: str) -> None:
    paths, play = month(group)
    masks, draws = rules()[rule], group.values.shape[-1]
    following = np.random.default_rng(4).random((1, 72, NODES, draws))
    found = month_worth(
        np.asarray(True), group.prepared, paths, play, coercer_paid(group.prepared, paths), following, masks
    )

    def flow(mass: jax.Array) -> tuple[jax.Array, jax.Array]:
        out = month_flow(group.prepared, paths, play, mass, masks)
        return out.standing, out.coercer

    back = jax.linear_transpose(flow, jnp.zeros((72, NODES, draws)))
    discounted = following[0] * np.asarray(group.prepared.discount[COERCER])
    (expected,) = back((discounted, np.ones(draws)))
    assert np.asarray(found[0]) == pytest.approx(np.asarray(expected), abs=1e-12)


def test_the_solved_values_are_what_play_gives_the_coercer(group: Group) -> None:
    """Under equilibrium play itself the coercer gets its equilibrium value."""
    paths, play = month(group)
    following = group.values[1, COERCER][None]
    found = month_worth(
        np.asarray(True), group.prepared, paths, play, coercer_paid(group.prepared, paths), following, open_masks()
    )
    assert np.asarray(found[0]) == pytest.approx(np.asarray(group.values[0, COERCER]), abs=1e-8)
