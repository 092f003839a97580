"""Outcome probabilities by month, exactly, from the solved game.

A forward pass starts from any distribution over public states and beliefs and needs no new solution: another state of
the same game costs one more pass. Rulers whose standoff has lapsed go on at history's hazards. During the first months
the coercer's move may be imposed ('the offer kept three months'); everybody else plays as in equilibrium, and so does
the coercer afterwards. Axes of results: [draw, month, outcome] in the order of `states.OUTCOMES`, month 0 the start.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError
from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.belief import belief_grid, split
from offramp.exitgame.flow import Masks, month_flow, open_masks
from offramp.exitgame.month import MonthPlay, month_play
from offramp.exitgame.moves import COERCER_MOVES, RULER_OPEN, OfferMove, PressureMove
from offramp.exitgame.parameters import Array, GameParameters
from offramp.exitgame.prepare import COERCER, Prepared
from offramp.exitgame.solver import GROUP, Group, Policy, acting_at_old_belief, in_groups
from offramp.exitgame.states import EXITS, STATES, State


class Start(NamedTuple):
    """Where a forward pass begins: mass [D, 72, nodes], which sums to 1 in each draw."""

    mass: Array


def start_at(
    params: GameParameters, nodes: int, where: State | npt.ArrayLike, belief: npt.ArrayLike | None = None
) -> Start:
    """A start in one state or in several.

    Args:
        params: The draws; their `committed` is the belief unless `belief` is given.
        nodes: Size of the policy's belief grid.
        where: A state, or weights over states [72] or [D, 72]; weights are brought to a sum of 1.
        belief: P(committed), a number or [D].
    """
    draws = params.draws
    if isinstance(where, State):
        weights = np.zeros(STATES)
        weights[where.number] = 1.0
    else:
        weights = np.asarray(where, float)
    weights = np.broadcast_to(weights, (draws, STATES))
    totals = weights.sum(1, keepdims=True)
    if weights.min() < 0 or not (totals > 0).all():
        raise InputError("the weights of a start state must be at least 0 and not all 0 in any draw")
    b = np.broadcast_to(np.asarray(params.committed if belief is None else belief, float), (draws,))
    if b.min() < 0 or b.max() > 1:
        raise InputError(f"a belief runs from 0 to 1; the start has {b.min():g} to {b.max():g}")
    return Start((weights / totals)[:, :, None] * split(b, nodes)[:, None, :])


class Forced(NamedTuple):
    """What the coercer is made to do: for the first months, which of its ten moves are let through, [months, 10].

    Where none of them is open the coercer plays as it would.
    """

    allowed: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        months: int,
        *,
        pressure: Sequence[PressureMove] | None = None,
        offer: Sequence[OfferMove] | None = None,
    ) -> Forced:
        """Only these moves of pressure, of the offer, for `months` months; a strike counts as keeping the offer."""
        row = [
            (pressure is None or move.pressure in pressure) and (offer is None or move.offer in offer)
            for move in COERCER_MOVES
        ]
        return cls(np.tile(row, (months, 1)))

    @classmethod
    def offer_kept(cls, months: int) -> Forced:
        """The offer neither withdrawn nor improved; pressure and strikes as in equilibrium."""
        return cls.of(months, offer=[OfferMove.KEEP])

    @classmethod
    def pressure_held(cls, months: int) -> Forced:
        """Pressure neither eased nor raised and no strike; the offer as in equilibrium."""
        return cls.of(months, pressure=[PressureMove.HOLD])

    @classmethod
    def offer_withdrawn(cls, months: int) -> Forced:
        """The offer withdrawn at once and none made until `months` have passed."""
        first = cls.of(1, offer=[OfferMove.WITHDRAW])
        return cls(np.concatenate([first.allowed, cls.offer_kept(max(months - 1, 0)).allowed]))


class Forecast(NamedTuple):
    """What a forward pass gives; D draws, N months."""

    outcomes: Array  #: [D, N + 1, 9] probability of each outcome by month
    committed: Array  #: [D, N + 1, 9] of it, the part in which the ruler is committed
    coercer_value: Array  #: [D] E[V_C] at the start, under what is imposed and equilibrium afterwards
    coercer_moves: Array  #: [D, N, 10] chance of each of the coercer's moves, given that the standoff goes on
    ruler_moves: Array  #: [D, N, 4] the same for the ruler, given that it is his move

    def posterior(self) -> Array:
        """[D, N + 1] P(committed | in office by month)."""
        left = self.outcomes[..., -1]
        return np.asarray(np.where(left > 0, self.committed[..., -1] / np.where(left > 0, left, 1.0), np.nan))


class _Pool(NamedTuple):
    mass: jax.Array  # [72, nodes, D]
    lapsed: jax.Array  # [kind, D]
    out: jax.Array  # [8, kind, D]
    worth: jax.Array  # [D]
    discount: jax.Array  # [D]


def plays(
    ready: jax.Array, prepared: Prepared, following: jax.Array, ratios: jax.Array, month: jax.Array | int, preview: bool
) -> MonthPlay:
    """Play of one month, read from what the solver kept."""
    paths = jax.tree.map(lambda path: path[month], prepared.paths)
    play = month_play(ready, prepared, paths, following, ratios)
    if not preview:
        return play
    return play._replace(ruler=acting_at_old_belief(play.node, ratios), learnt=ratios)


@functools.partial(jax.jit, static_argnames=("preview",))
def _forward_group(
    ready: jax.Array, group: Group, masses: jax.Array, masks: Masks, *, preview: bool
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Several passes at once: masses [pass, 72, nodes, D], masks with leading axes [month, pass]."""
    prepared = group.prepared
    nodes, draws = masses.shape[-2:]
    months = group.values.shape[0] - 1
    kinds = jnp.asarray(np.stack([np.ones(nodes), belief_grid(nodes)]))

    def once(pools: _Pool, month: tuple[jax.Array, Masks]) -> tuple[_Pool, tuple[jax.Array, jax.Array]]:
        number, mask = month
        paths = jax.tree.map(lambda path: path[number], prepared.paths)
        play = plays(ready, prepared, group.values[number + 1], group.log_ratios[number], number, preview)

        def one(pool: _Pool, mask: Masks) -> tuple[_Pool, tuple[jax.Array, jax.Array]]:
            flow = month_flow(prepared, paths, play, pool.mass, mask)
            gone = paths.history[:, None] * pool.lapsed
            out = pool.out + flow.exits + gone
            lapsed = pool.lapsed - gone.sum(0) + flow.lapsed
            standing = jnp.einsum("kn,snd->kd", kinds, flow.standing)
            row = jnp.concatenate([out, (standing + lapsed)[None]])
            after = _Pool(
                flow.standing,
                lapsed,
                out,
                pool.worth + pool.discount * flow.coercer,
                pool.discount * prepared.discount[COERCER],
            )
            shares = jnp.concatenate([flow.moves, pool.mass.sum((0, 1))[None], flow.played[:1]])
            return after, (row, shares)

        return jax.vmap(one)(pools, mask)

    passes = masses.shape[0]
    first = _Pool(
        masses,
        jnp.zeros((passes, 2, draws)),
        jnp.zeros((passes, len(EXITS), 2, draws)),
        jnp.zeros((passes, draws)),
        jnp.ones((passes, draws)),
    )
    last, (rows, shares) = jax.lax.scan(once, first, (jnp.arange(months), masks))
    rest = jnp.einsum("psnd,snd->pd", last.mass, group.values[months, COERCER])
    return rows, shares, last.worth + last.discount * rest


def forward(policy: Policy, start: Start, *, forced: Forced | None = None) -> Forecast:
    """Outcome probabilities by month from `start`; see `forward_many`."""
    return forward_many(policy, [(start, forced)])[0]


def forward_many(policy: Policy, runs: Sequence[tuple[Start, Forced | None]]) -> list[Forecast]:
    """Several forward passes over one solution, together: play is worked out once for all of them.

    Args:
        policy: The solution of D draws over N months.
        runs: Start and imposed moves of each pass.

    Raises:
        InputError: A start whose mass has the wrong shape, or more imposed months than the policy has.
    """
    shape = (policy.draws, STATES, policy.nodes)
    for start, forced in runs:
        if start.mass.shape != shape:
            raise InputError(f"a start's mass has shape {start.mass.shape}; this policy needs {shape}")
        if forced is not None and len(forced.allowed) > policy.months:
            raise InputError(f"{len(forced.allowed)} months are imposed, but the policy has {policy.months}")
    masks = _stacked_masks(policy.months, [forced for _, forced in runs])
    masses = np.stack([start.mass for start, _ in runs])

    def one(rows: np.ndarray) -> tuple[Array, Array, Array]:
        group = policy.groups[int(rows[0]) // GROUP]
        mass = np.moveaxis(masses[:, rows], 1, -1)
        found = _forward_group(np.asarray(True), group, mass, masks, preview=policy.variant == "preview")
        return np.asarray(found[0]), np.asarray(found[1]), np.asarray(found[2])

    parts = in_groups(one, policy.draws)
    rows, shares, worth = (np.concatenate([part[i] for part in parts], -1)[..., : policy.draws] for i in range(3))
    return [_forecast(masses[run], rows[:, run], shares[:, run], worth[run], policy.nodes) for run in range(len(runs))]


def _stacked_masks(months: int, forced: Sequence[Forced | None]) -> Masks:
    free = open_masks()
    tiled = Masks(*(np.tile(mask, (months, len(forced), *([1] * np.ndim(mask)))) for mask in free))
    for run, rule in enumerate(forced):
        if rule is not None:
            tiled.coercer[: len(rule.allowed), run] = rule.allowed
    return tiled


def _forecast(mass: Array, rows: Array, shares: Array, worth: Array, nodes: int) -> Forecast:
    """One pass: rows [N, 9, kind, D], shares [N, 16, D]."""
    first = np.zeros((1, *rows.shape[1:]))
    first[0, -1, 0] = mass.sum((1, 2))
    first[0, -1, 1] = (mass * belief_grid(nodes)).sum((1, 2))
    table = np.concatenate([first, rows])
    moves, ruled = len(COERCER_MOVES), len(RULER_OPEN)
    chances = np.moveaxis(shares, -1, 0)
    standing, asked = chances[..., -2, None], chances[..., -1, None]
    return Forecast(
        outcomes=np.ascontiguousarray(np.transpose(table[:, :, 0], (2, 0, 1))),
        committed=np.ascontiguousarray(np.transpose(table[:, :, 1], (2, 0, 1))),
        coercer_value=worth,
        coercer_moves=chances[..., :moves] / np.where(standing > 0, standing, 1.0),
        ruler_moves=chances[..., moves : moves + ruled] / np.where(asked > 0, asked, 1.0),
    )
