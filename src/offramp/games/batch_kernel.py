"""The compiled part of batches: the logit equations of one tree over many lanes, and how lanes follow their branches.

Arrays stand batch last, so that elimination and products run over lanes without strides. See `batch` for the method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from offramp.games.arrays import TreeArrays

_set: Callable[[str, object], None] = jax.config.update  # type: ignore[no-untyped-call,unused-ignore]
_set("jax_enable_x64", True)

TOLERANCE = 1e-9
MOST_ROUNDS = 400
FIRST, LARGEST, AIM, REJECT, ACCEPT = 0.6, 2.5, 0.1, 0.6, 1e-3
FULL = 8.0


class Plan(NamedTuple):
    """What of a tree is the same in every lane, as constants."""

    on_path: jax.Array  # (L, A)
    pair_of: NDArray[np.int64]  # (A, A): row of the pair among those that share a leaf, or the last, empty, row
    shared: jax.Array  # (K, L)
    owner: NDArray[np.int64]  # (K,): player of the pair's first action
    free: NDArray[np.int64]
    reference: NDArray[np.int64]
    column: NDArray[np.int64]  # (N,): information set of each free action
    padded: NDArray[np.int64]  # (H, width): actions of each information set, padded with A
    group: NDArray[np.int64]  # (A,)
    player: NDArray[np.int64]  # (A,)
    member: jax.Array  # (A, H)


def plan_of(arrays: TreeArrays) -> Plan:
    """The constants of a tree."""
    size, leaves = arrays.actions, len(arrays.leaves)
    on_path = np.zeros((leaves, size))
    rows, cols = np.nonzero(arrays.paths < size)
    on_path[rows, arrays.paths[rows, cols]] = 1.0
    pairs = np.unique(arrays._pairs[0])
    pair_of = np.full(size * size, len(pairs), dtype=np.int64)
    pair_of[pairs] = np.arange(len(pairs))
    first, second = pairs // size, pairs % size
    shared = on_path[:, first].T * on_path[:, second].T
    width = int(arrays.sizes.max())
    padded = np.full((len(arrays.sizes), width), size, dtype=np.int64)
    for k, (start, count) in enumerate(zip(arrays.starts, arrays.sizes, strict=True)):
        padded[k, :count] = np.arange(start, start + count)
    member = np.zeros((size, len(arrays.sizes)))
    member[np.arange(size), arrays.infoset_of] = 1.0
    return Plan(
        jnp.asarray(on_path), pair_of.reshape(size, size), jnp.asarray(shared), arrays.player[first], arrays.free,
        arrays.reference, arrays.infoset_of[arrays.free], padded, arrays.infoset_of, arrays.player, jnp.asarray(member),
    )  # fmt: skip


# ---- the equations, batch last --------------------------------------------------------------------------------------
def log_shares(plan: Plan, odds: jax.Array) -> jax.Array:
    """(A, B) log-probabilities from log-odds (N, B)."""
    size = len(plan.group)
    full = jnp.zeros((size, odds.shape[1])).at[plan.free].set(odds)
    rows = jnp.concatenate([full, jnp.full((1, odds.shape[1]), -jnp.inf)])[plan.padded]
    best = rows.max(axis=1)
    total = best + jnp.log(jnp.exp(rows - best[:, None]).sum(axis=1))
    return full - total[plan.group]


def gains_over_first(plan: Plan, odds: jax.Array, payoffs: jax.Array, log_chance: jax.Array) -> jax.Array:
    """(N, B): what every action is worth beyond the first of its information set."""
    reach = log_chance + plan.on_path @ log_shares(plan, odds)
    weight = jnp.exp(reach - reach.max(axis=0))
    below = plan.on_path.T
    sums = jnp.stack([below @ (weight * payoffs[p]) for p in range(payoffs.shape[0])])
    value = sums[plan.player, np.arange(len(plan.player))] / (below @ weight)
    return value[plan.free] - value[plan.reference]


def equations(
    plan: Plan, odds: jax.Array, payoffs: jax.Array, log_chance: jax.Array, precision: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Residual (N, B), Jacobian (N, N, B) and gains (N, B); payoffs (P, L, B), precision (P, B)."""
    logs = log_shares(plan, odds)
    reach = log_chance + plan.on_path @ logs
    weight = jnp.exp(reach - reach.max(axis=0))
    count = payoffs.shape[0]
    together = plan.shared @ weight
    gains = jnp.zeros_like(together)
    for p in range(count):
        mine = np.flatnonzero(plan.owner == p)
        if len(mine):
            gains = gains.at[mine].set(plan.shared[mine] @ (weight * payoffs[p]))
    none = jnp.zeros((1, odds.shape[1]))
    diagonal = np.diagonal(plan.pair_of)
    mass = together[diagonal]
    value = gains[diagonal] / mass
    together, gains = jnp.concatenate([together, none]), jnp.concatenate([gains, none])
    slope = (gains[plan.pair_of] - value[:, None] * together[plan.pair_of]) / mass[:, None]
    gap = slope[plan.free] - slope[plan.reference]  # (N, A, B)
    passing = jnp.einsum("nab,ah->nhb", gap, plan.member)
    moved = gap[:, plan.free] - passing[:, plan.column] * jnp.exp(logs[plan.free])
    level = precision[plan.player[plan.free]]
    jacobian = jnp.eye(len(plan.free))[:, :, None] - level[:, None] * moved
    gain = value[plan.free] - value[plan.reference]
    return odds - level * gain, jacobian, gain


def eliminate(matrix: jax.Array, sides: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Gauss-Jordan over lanes: (N, N, B) and (N, M, B) to the solutions and whether all pivots are positive."""
    size = matrix.shape[0]
    table = jnp.concatenate([matrix, sides], axis=1)

    def clear(k: Any, held: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        table, good = held
        row = jax.lax.dynamic_index_in_dim(table, k, 0, keepdims=False)
        pivot = jax.lax.dynamic_index_in_dim(row, k, 0, keepdims=False)
        row = row / pivot
        factor = jax.lax.dynamic_index_in_dim(table, k, 1, keepdims=False)
        factor = jnp.where((jnp.arange(size) == k)[:, None], 0.0, factor)
        table = table - factor[:, None] * row[None]
        return jax.lax.dynamic_update_index_in_dim(table, row, k, 0), jnp.where(pivot > 0, good, -good)

    table, good = jax.lax.fori_loop(0, size, clear, (table, jnp.ones(matrix.shape[2])))
    return table[:, size:], good > 0


class _Lanes(NamedTuple):
    base: jax.Array  # (N, B) last accepted log-odds
    at: jax.Array  # (B,) share of the target reached there
    tangent: jax.Array  # (N, B) d odds / d share, there
    before: jax.Array  # (N, B) the same one point earlier
    last_step: jax.Array  # (B,)
    step: jax.Array  # (B,) in log(share + unit)
    trial: jax.Array  # (N, B)
    share: jax.Array  # (B,)
    round: jax.Array  # (B,) Newton steps at this trial
    size: jax.Array  # (B,) last correction
    done: jax.Array
    failed: jax.Array
    rounds: jax.Array  # in all


def program(arrays: TreeArrays) -> Callable[..., tuple[jax.Array, jax.Array, jax.Array]]:
    """The compiled solver of a tree, kept with its arrays."""
    held = arrays.__dict__.get("_program")
    if held is None:
        held = arrays.__dict__["_program"] = jax.jit(partial(follow, plan_of(arrays)))
    return held


def follow(
    plan: Plan, payoffs: jax.Array, log_chance: jax.Array, target: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """All lanes of a chunk from uniform play to their targets (P, B)."""
    lanes, size = target.shape[1], len(plan.free)
    spread = jnp.max((payoffs.max(axis=1) - payoffs.min(axis=1)) * target, axis=0)
    unit = 1.0 / jnp.maximum(spread, 1e-6)  # share of the target at which precision times spread is 1
    zero, nothing = jnp.zeros((size, lanes)), jnp.zeros(lanes)
    start = _Lanes(
        zero, nothing, zero, zero, nothing, nothing, zero, nothing, jnp.zeros(lanes, jnp.int32), nothing + jnp.inf,
        jnp.zeros(lanes, bool), jnp.zeros(lanes, bool), jnp.zeros((), jnp.int32),
    )  # fmt: skip

    def advance(s: _Lanes) -> _Lanes:
        residual, jacobian, gain = equations(plan, s.trial, payoffs, log_chance, s.share * target)
        level = target[plan.player[plan.free]]
        found, positive = eliminate(jacobian, jnp.stack([-residual, level * gain], axis=1))
        step, tangent = found[:, 0], found[:, 1]
        size_now = jnp.max(jnp.abs(step) / (1 + jnp.abs(s.trial) / FULL), axis=0)
        absolute = jnp.max(jnp.abs(step), axis=0)
        final = s.share >= 1.0
        first = s.round == 0
        bad = ~jnp.isfinite(size_now) | ~positive
        bad |= jnp.where(first, size_now > REJECT, (size_now > 0.5 * s.size) & (size_now > 1e-9))
        bad |= s.round > 8
        floor = 1e-13 * (1 + jnp.max(jnp.abs(s.trial), axis=0))
        enough = jnp.where(final, (absolute < floor) | ((s.round > 2) & (absolute >= 0.5 * s.size)), absolute < ACCEPT)
        good = ~bad & enough
        moved = jnp.where(bad, s.trial, s.trial + step)
        # Accepted: a new base and a longer step. Rejected: a shorter step from the old base.
        grow = jnp.clip((AIM / jnp.maximum(jnp.where(first, size_now, s.size), 1e-12)) ** (1 / 3), 0.5, 2.5)
        grow = jnp.where(s.round == 0, jnp.clip(grow, 0.5, 2.5), jnp.minimum(grow, 1.6))
        fresh = s.rounds == 0
        length = jnp.where(fresh, FIRST, jnp.where(good, jnp.minimum(s.step * grow, LARGEST), s.step * 0.35))
        base = jnp.where(good, moved, s.base)
        at = jnp.where(good, s.share, s.at)
        before = jnp.where(good, s.tangent, s.before)
        slope = jnp.where(good, tangent, s.tangent)
        last = jnp.where(good, s.share - s.at, s.last_step)
        retry = good | bad
        share = jnp.minimum((at + unit) * jnp.exp(length) - unit, 1.0)
        ahead = share - at
        curve = jnp.where(last > 0, 0.5 * ahead * ahead / jnp.where(last > 0, last, 1.0), 0.0)
        guess = base + ahead * slope + curve * (slope - before)
        done = s.done | (good & final)
        failed = s.failed | (~done & bad & (length < 1e-4)) | ((s.share >= 1.0) & bad & (length < 1e-3))
        stay = s.done | s.failed
        new = _Lanes(
            base, at, slope, before, last, jnp.where(retry, length, s.step), jnp.where(retry, guess, moved),
            jnp.where(retry, share, s.share), jnp.where(retry, 0, s.round + 1), jnp.where(retry, jnp.inf, size_now),
            done, failed, s.rounds,
        )  # fmt: skip
        kept = [jnp.where(stay, old, now) for old, now in zip(s[:-1], new[:-1], strict=True)]
        return _Lanes._make([*kept, s.rounds + 1])

    end = jax.lax.while_loop(lambda s: (s.rounds < MOST_ROUNDS) & ~jnp.all(s.done | s.failed), advance, start)
    logs = log_shares(plan, end.base)
    scale = payoffs.max(axis=1) - payoffs.min(axis=1)
    reply = log_shares(plan, target[plan.player[plan.free]] * gains_over_first(plan, end.base, payoffs, log_chance))
    off = jnp.max(jnp.abs(jnp.exp(reply) - jnp.exp(logs)), axis=0)
    room = TOLERANCE + 64 * np.finfo(np.float64).eps * jnp.max(scale * target, axis=0)
    return end.base, jnp.where(end.done & (off <= room), off, jnp.nan), end.rounds
