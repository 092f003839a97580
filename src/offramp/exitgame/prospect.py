"""What starts of a solved game lead to: forwards from one start, or turned round for every start at once.

Outcome probabilities at a horizon are linear in where the game starts. Pulling 'this exit by that month' back through
the months gives, for each exit, its probability from every public state and belief: one pass that answers all
questions about other starts, where a forward pass answers one.

Everything here runs over a few compiled programs of one month each, so that a first run spends little on compiling;
`forward.forward_many` compiles a whole pass at once instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.backward import coercer_paid, exits_counted, month_worth
from offramp.exitgame.draws import Array
from offramp.exitgame.flow import Masks, MonthFlow, month_flow, open_masks
from offramp.exitgame.forward import Forced, plays
from offramp.exitgame.month import MonthPlay
from offramp.exitgame.moves import COERCER_MOVES, ArmyMove, RulerMove
from offramp.exitgame.prepare import COERCER, MonthPaths
from offramp.exitgame.solver import GROUP, Group, Policy, in_groups
from offramp.exitgame.states import EXITS, OUTCOMES, STATES

_flow = jax.jit(month_flow)


@jax.jit
def _played(ready: jax.Array, group: Group, number: jax.Array | int) -> tuple[MonthPaths, MonthPlay]:
    paths = jax.tree.map(lambda path: path[number], group.prepared.paths)
    following, ratios = group.values[number + 1], group.log_ratios[number]
    return paths, plays(ready, group.prepared, following, ratios, number, False)


def _month(group: Group, number: int) -> tuple[MonthPaths, MonthPlay]:
    found: tuple[MonthPaths, MonthPlay] = _played(np.asarray(True), group, number)
    return found


@jax.jit
def _reached(
    ready: jax.Array, group: Group, number: jax.Array | int, reach: jax.Array, lapsed: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """A month back: each exit's probability from every start [8, 72, nodes, D], and for a lapsed ruler [8, D]."""
    paths, play = _played(ready, group, number)
    reach = month_worth(ready, group.prepared, paths, play, exits_counted(lapsed), reach, open_masks())
    return reach, paths.history + (1 - paths.history.sum(0)) * lapsed


@jax.jit
def _kept(ready: jax.Array, group: Group, number: jax.Array | int, worth: jax.Array) -> jax.Array:
    """A month back: what the coercer gets from every start with the offer kept, [1, 72, nodes, D]."""
    paths, play = _played(ready, group, number)
    rule = open_masks()._replace(coercer=np.asarray(Forced.offer_kept(1).allowed[0], float))
    return month_worth(ready, group.prepared, paths, play, coercer_paid(group.prepared, paths), worth, rule)


class Prospects(NamedTuple):
    """Exit probabilities within some months as functionals of the start; D draws."""

    outcomes: Array  #: [D, 8, 72, nodes]

    def at(self, mass: Array) -> Array:
        """Outcome probabilities [D, 9] from mass [D, 72, nodes]."""
        exits = np.einsum("dksn,dsn->dk", self.outcomes, mass)
        return np.concatenate([exits, mass.sum((1, 2))[:, None] - exits.sum(1, keepdims=True)], 1)


def prospects(policy: Policy, months: int) -> Prospects:
    """Exit probabilities within `months` (at most the policy's) from every start."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        draws = group.values.shape[-1]
        reach: Any = np.zeros((len(EXITS), STATES, policy.nodes, draws))
        lapsed: Any = np.zeros((len(EXITS), draws))
        for number in range(months - 1, -1, -1):
            reach, lapsed = _reached(np.asarray(True), group, number, reach, lapsed)
        return np.asarray(reach)

    reach = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws]
    return Prospects(np.ascontiguousarray(np.moveaxis(reach, -1, 0)))


def worth_kept(policy: Policy, masses: Sequence[Array], months: int) -> list[Array]:
    """E[V_C] [D] from each mass with the offer neither withdrawn nor improved for `months`, equilibrium play after."""

    def one(rows: np.ndarray) -> Array:
        group = policy.groups[int(rows[0]) // GROUP]
        worth: Any = group.values[months, COERCER][None]
        for number in range(months - 1, -1, -1):
            worth = _kept(np.asarray(True), group, number, worth)
        return np.asarray(worth[0])

    worth = np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws]
    return [np.einsum("snd,dsn->d", worth, mass) for mass in masses]


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


def once_forwards(policy: Policy) -> None:
    """Runs the programs of the forward passes once."""
    group = policy.groups[0]
    _flow(group.prepared, *_month(group, 0), np.zeros(group.values.shape[2:]), open_masks())


def once_backwards(policy: Policy) -> None:
    """Runs the programs of the passes turned round once."""
    group = policy.groups[0]
    worth = np.zeros((1, *group.values.shape[2:]))
    exits = len(EXITS)
    _reached(np.asarray(True), group, 0, np.repeat(worth, exits, 0), np.zeros((exits, worth.shape[-1])))
    _kept(np.asarray(True), group, 0, worth)


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
