"""What starts of a solved game lead to: forwards from one start, or turned round for every start at once.

Outcome probabilities at a horizon are linear in where the game starts. Pulling 'this exit by that month' back through
the months gives, for each exit, its probability from every public state and belief: one pass that answers all
questions about other starts, where a forward pass answers one. The month itself is `flow.month_flow`, transposed by
JAX, so the passes cannot drift apart; `tests/exitgame/test_prospect.py` holds them to `forward` and `filter`.

Everything here runs over three compiled programs, the play of a month, its flow and the flow's transpose, so that a
first run spends little on compiling; `forward.forward_many` compiles a whole pass at once instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.draws import Array
from offramp.exitgame.flow import Masks, MonthFlow, month_flow, open_masks
from offramp.exitgame.forward import Forced, plays
from offramp.exitgame.month import MonthPlay
from offramp.exitgame.moves import COERCER_MOVES, ArmyMove, RulerMove
from offramp.exitgame.prepare import COERCER, MonthPaths, Prepared
from offramp.exitgame.solver import GROUP, Group, Policy, in_groups
from offramp.exitgame.states import EXITS, OUTCOMES, STATES

_flow = jax.jit(month_flow)


@jax.jit
def _played(ready: jax.Array, group: Group, number: jax.Array | int) -> tuple[MonthPaths, MonthPlay]:
    paths = jax.tree.map(lambda path: path[number], group.prepared.paths)
    following, ratios = group.values[number + 1], group.log_ratios[number]
    return paths, plays(ready, group.prepared, following, ratios, number, False)


@jax.jit
def _pulled(
    prepared: Prepared, paths: MonthPaths, play: MonthPlay, masks: Masks, after: tuple[jax.Array, ...]
) -> jax.Array:
    """Functionals of the month's start, [K, 72, nodes, D], from those of what comes out of it, K of each."""

    def month(mass: jax.Array) -> tuple[jax.Array, ...]:
        flow = month_flow(prepared, paths, play, mass, masks)
        return flow.standing, flow.exits[:, 0], flow.lapsed[0], flow.coercer

    back = jax.linear_transpose(month, jnp.zeros(after[0].shape[1:]))
    pulled: jax.Array = jax.vmap(lambda cotangent: back(cotangent)[0])(after)
    return pulled


def _month(group: Group, number: int) -> tuple[MonthPaths, MonthPlay]:
    found: tuple[MonthPaths, MonthPlay] = _played(np.asarray(True), group, number)
    return found


class Prospects(NamedTuple):
    """Exit probabilities within some months as functionals of the start; D draws."""

    outcomes: Array  #: [D, 8, 72, nodes]

    def at(self, mass: Array) -> Array:
        """Outcome probabilities [D, 9] from mass [D, 72, nodes]."""
        exits = np.einsum("dksn,dsn->dk", self.outcomes, mass)
        return np.concatenate([exits, mass.sum((1, 2))[:, None] - exits.sum(1, keepdims=True)], 1)


def prospects(policy: Policy, months: int) -> Prospects:
    """Exit probabilities within `months` (at most the policy's) from every start. Worth its cost from six starts on."""
    free = open_masks()

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        history, draws = np.asarray(group.prepared.paths.history), group.values.shape[-1]  # [T, 8, D]
        exits = len(EXITS)
        now = np.broadcast_to(np.eye(exits)[:, :, None], (exits, exits, draws))
        reach: Any = np.zeros((exits, STATES, policy.nodes, draws))
        lapsed = nothing = np.zeros((exits, draws))
        for number in range(months - 1, -1, -1):
            reach = _pulled(group.prepared, *_month(group, number), free, (reach, now, lapsed, nothing))
            lapsed = history[number] + (1 - history[number].sum(0)) * lapsed
        return np.asarray(reach)

    reach = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws]
    return Prospects(np.ascontiguousarray(np.moveaxis(reach, -1, 0)))


def outcomes_at(policy: Policy, masses: Sequence[Array], months: int) -> list[Array]:
    """Outcome probabilities [D, 9] after `months` from each mass [D, 72, nodes], each month's play worked out once."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        history = np.asarray(group.prepared.paths.history)
        standing: list[Any] = [np.moveaxis(mass[rows], 0, -1) for mass in masses]
        out = np.zeros((len(masses), len(OUTCOMES), standing[0].shape[-1]))
        lapsed = np.zeros((len(masses), standing[0].shape[-1]))
        for number in range(months):
            paths, play = _month(group, number)
            for run, mass in enumerate(standing):
                flow: MonthFlow = _flow(group.prepared, paths, play, mass, open_masks())
                standing[run] = flow.standing
                gone = history[number] * lapsed[run]
                lapsed[run] += np.asarray(flow.lapsed[0]) - gone.sum(0)
                out[run, :-1] += np.asarray(flow.exits[:, 0]) + gone
        for run, mass in enumerate(standing):
            out[run, -1] = np.asarray(mass).sum((0, 1)) + lapsed[run]
        return out

    table = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws]
    return [np.ascontiguousarray(row.T) for row in table]


def worth_kept(policy: Policy, masses: Sequence[Array], months: int) -> list[Array]:
    """E[V_C] [D] from each mass with the offer neither withdrawn nor improved for `months`, equilibrium play after."""
    rule = open_masks()._replace(coercer=np.asarray(Forced.offer_kept(1).allowed[0], float))

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        discount = np.asarray(group.prepared.discount[COERCER])
        standing: list[Any] = [np.moveaxis(mass[rows], 0, -1) for mass in masses]
        worth = np.zeros((len(masses), standing[0].shape[-1]))
        for number in range(months):
            paths, play = _month(group, number)
            for run, mass in enumerate(standing):
                flow: MonthFlow = _flow(group.prepared, paths, play, mass, rule)
                standing[run] = flow.standing
                worth[run] += discount**number * np.asarray(flow.coercer)
        after = np.asarray(group.values[months, COERCER])
        for run, mass in enumerate(standing):
            worth[run] += discount**months * (np.asarray(mass) * after).sum((0, 1))
        return worth

    return list(np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws])


def outcomes_by_month(policy: Policy, mass: Array) -> Array:
    """Outcome probabilities [D, N + 1, 9] from mass [D, 72, nodes]; lapsed rulers go on at history's hazards."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        standing: Any = np.moveaxis(mass[rows], 0, -1)
        history = np.asarray(group.prepared.paths.history)
        table = np.zeros((policy.months + 1, len(OUTCOMES), standing.shape[-1]))
        table[0, -1] = standing.sum((0, 1))
        lapsed = np.zeros(standing.shape[-1])
        for number in range(policy.months):
            flow: MonthFlow = _flow(group.prepared, *_month(group, number), standing, open_masks())
            standing = flow.standing
            gone = history[number] * lapsed
            lapsed = lapsed - gone.sum(0) + np.asarray(flow.lapsed[0])
            table[number + 1, :-1] = table[number, :-1] + np.asarray(flow.exits[:, 0]) + gone
            table[number + 1, -1] = np.asarray(standing).sum((0, 1)) + lapsed
        return table

    parts = in_groups(one, policy.draws)
    return np.ascontiguousarray(np.moveaxis(np.concatenate(parts, -1)[..., : policy.draws], -1, 0))


def survive(policy: Policy, mass: Array, masks: Masks) -> Array:
    """What is left of mass [D, 72, nodes] after the policy's first month, with what contradicts `masks` dropped."""
    fixed = Masks(*(np.asarray(mask, float) for mask in masks))

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        flow: MonthFlow = _flow(group.prepared, *_month(group, 0), np.moveaxis(mass[rows], 0, -1), fixed)
        return np.asarray(flow.standing)

    return np.moveaxis(np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws], -1, 0)


class FirstMonth(NamedTuple):
    """Chances of each player's moves in the first month, given that it is that player's move; rows sum to 1."""

    coercer: Array  #: [D, 10]
    ruler: Array  #: [D, 4]
    army: Array  #: [D, 3]


def first_month(policy: Policy, mass: Array) -> FirstMonth:
    """What the players do in the first month from `mass` [D, 72, nodes]."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        paths, play = _month(group, 0)
        start = np.moveaxis(mass[rows], 0, -1)

        def run(some: MonthPlay) -> MonthFlow:
            found: MonthFlow = _flow(group.prepared, paths, some, start, open_masks())
            return found

        def through(move: int | None) -> Array:
            # Mass that comes out of the month when only one move of the armed forces lets anything through.
            kept = tuple(p if number == move else jnp.zeros_like(p) for number, p in enumerate(play.army.choice))
            out = run(play._replace(army=play.army._replace(choice=kept)))
            return np.asarray(out.standing.sum((0, 1)) + out.exits[:, 0].sum(0) + out.lapsed[0])

        before = through(None)
        army = [through(move) - before for move in range(len(ArmyMove))]
        return np.concatenate([np.asarray(run(play).moves), np.stack(army)])

    table = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws].T
    ends = np.cumsum([len(COERCER_MOVES), len(RulerMove), len(ArmyMove)])
    parts = np.split(table, ends[:-1], axis=1)
    return FirstMonth(*(part / part.sum(1, keepdims=True) for part in parts))
