"""What every start of a solved game leads to, at once: the forward pass turned round.

Outcome probabilities at a horizon are linear in where the game starts. Pulling 'this exit by that month' back through
the months gives, for each exit, its probability from every public state and belief: one pass that answers all
questions about other starts, where the forward pass answers one. The same holds for the coercer's worth under a rule
that is imposed for some months. The month itself is `flow.month_flow`, transposed by JAX, so the two passes cannot
drift apart; `tests/exitgame/test_prospect.py` holds them to each other.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.draws import Array
from offramp.exitgame.flow import Masks, month_flow, open_masks
from offramp.exitgame.forward import Forced, plays
from offramp.exitgame.moves import COERCER_MOVES, ArmyMove, RulerMove
from offramp.exitgame.prepare import COERCER
from offramp.exitgame.solver import GROUP, Group, Policy, in_groups
from offramp.exitgame.states import EXITS, STATES


class Prospects(NamedTuple):
    """Functionals of the start; D draws."""

    outcomes: Array  #: [D, 8, 72, nodes] probability of each exit within `months`
    kept: Array  #: [D, 72, nodes] E[V_C] with the offer neither withdrawn nor improved for `held` months
    months: int
    held: int

    def at(self, mass: Array) -> Array:
        """Outcome probabilities [D, 9] from mass [D, 72, nodes]."""
        exits = np.einsum("dksn,dsn->dk", self.outcomes, mass)
        return np.concatenate([exits, mass.sum((1, 2))[:, None] - exits.sum(1, keepdims=True)], 1)

    def coercer(self, mass: Array) -> Array:
        """E[V_C] [D] from mass [D, 72, nodes], the offer held as it is for `held` months."""
        return np.asarray(np.einsum("dsn,dsn->d", self.kept, mass))


@functools.partial(jax.jit, static_argnames=("months", "held"))
def _pull_group(ready: jax.Array, group: Group, rule: Masks, *, months: int, held: int) -> tuple[jax.Array, jax.Array]:
    prepared = group.prepared
    nodes, draws = group.values.shape[-2:]
    shape = jnp.zeros((STATES, nodes, draws))
    one_exit = jnp.broadcast_to(jnp.eye(len(EXITS))[:, :, None], (len(EXITS), len(EXITS), draws))

    def outcomes(carry: tuple[jax.Array, jax.Array], number: jax.Array) -> tuple[tuple[jax.Array, jax.Array], None]:
        reach, lapsed = carry  # [8, 72, nodes, D], [8, D]: from the start of next month
        paths = jax.tree.map(lambda path: path[number], prepared.paths)
        play = plays(ready, prepared, group.values[number + 1], group.log_ratios[number], number, False)

        def month(mass: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            flow = month_flow(prepared, paths, play, mass, open_masks())
            return flow.standing, flow.exits[:, 0], flow.lapsed[0]

        back = jax.linear_transpose(month, shape)
        pulled = jax.vmap(lambda cotangent: back(cotangent)[0])((reach, one_exit, lapsed))
        stays = 1 - paths.history.sum(0)
        return (pulled, paths.history + stays * lapsed), None

    first = jnp.zeros((len(EXITS), STATES, nodes, draws)), jnp.zeros((len(EXITS), draws))
    (reach, _), _ = jax.lax.scan(outcomes, first, jnp.arange(months), reverse=True)

    def worth(after: jax.Array, number: jax.Array) -> tuple[jax.Array, None]:
        paths = jax.tree.map(lambda path: path[number], prepared.paths)
        play = plays(ready, prepared, group.values[number + 1], group.log_ratios[number], number, False)

        def month(mass: jax.Array) -> tuple[jax.Array, jax.Array]:
            flow = month_flow(prepared, paths, play, mass, rule)
            return flow.standing, flow.coercer

        back = jax.linear_transpose(month, shape)
        return back((prepared.discount[COERCER] * after, jnp.ones(draws)))[0], None

    kept, _ = jax.lax.scan(worth, group.values[held, COERCER], jnp.arange(held), reverse=True)
    return reach, kept


def prospects(policy: Policy, months: int, held: int) -> Prospects:
    """Exit probabilities within `months`, and the coercer's worth with the offer held for `held` months, by start."""
    allowed = Forced.offer_kept(1).allowed[0]
    rule = open_masks()._replace(coercer=np.asarray(allowed, float))

    def one(rows: np.ndarray) -> tuple[Array, Array]:
        group = policy.groups[int(rows[0]) // GROUP]
        reach, kept = _pull_group(np.asarray(True), group, rule, months=months, held=held)
        return np.asarray(reach), np.asarray(kept)

    parts = in_groups(one, policy.draws)
    reach, kept = (np.concatenate([part[i] for part in parts], -1)[..., : policy.draws] for i in range(2))
    return Prospects(
        np.ascontiguousarray(np.moveaxis(reach, -1, 0)), np.ascontiguousarray(np.moveaxis(kept, -1, 0)), months, held
    )


class FirstMonth(NamedTuple):
    """Chances of each player's moves in the first month, given that it is that player's move; rows sum to 1."""

    coercer: Array  #: [D, 10]
    ruler: Array  #: [D, 4]
    army: Array  #: [D, 3]


@jax.jit
def _first_group(ready: jax.Array, group: Group, mass: jax.Array) -> jax.Array:
    paths = jax.tree.map(lambda path: path[0], group.prepared.paths)
    play = plays(ready, group.prepared, group.values[1], group.log_ratios[0], 0, False)
    masks = open_masks()
    flow = month_flow(group.prepared, paths, play, mass, masks)

    def through(move: int | None) -> jax.Array:
        # Mass that comes out of the month when only one move of the armed forces lets anything through.
        kept = [part if number == move else jnp.zeros_like(part) for number, part in enumerate(play.army.choice)]
        only = play._replace(army=play.army._replace(choice=tuple(kept)))
        out = month_flow(group.prepared, paths, only, mass, masks)
        return out.standing.sum((0, 1)) + out.exits[:, 0].sum(0) + out.lapsed[0]

    before = through(None)
    army = [through(move) - before for move in range(len(ArmyMove))]
    return jnp.concatenate([flow.moves, jnp.stack(army)])


def first_month(policy: Policy, mass: Array) -> FirstMonth:
    """What the players do in the first month from `mass` [D, 72, nodes]."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        return np.asarray(_first_group(np.asarray(True), group, np.moveaxis(mass[rows], 0, -1)))

    table = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws].T
    ends = np.cumsum([len(COERCER_MOVES), len(RulerMove), len(ArmyMove)])
    parts = np.split(table, ends[:-1], axis=1)
    return FirstMonth(*(part / part.sum(1, keepdims=True) for part in parts))
