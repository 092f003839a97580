"""Many variants of one tree at once: payoffs, chances and precisions differ, the tree does not. On CPU or GPU.

Each lane follows its own principal branch from uniform play by steps in precision with a curved predictor and Newton's
method; all lanes of a chunk take their Newton steps together. The determinant of the Jacobian must stay positive along
the way: it is 1 at uniform play and first vanishes at a fold or bifurcation, so a lane that meets one, or that does not
contract, leaves the batch and is solved alone by `solve` (arc length). No lane is given up silently.

Arrays stand batch last, so that elimination and products run over lanes without strides. Linear systems are small: they
are eliminated by Gauss and Jordan without pivoting, which the residual of every lane then checks.

`equilibrium(game)` is one solve as a function of payoffs, log-chances and precision for use under `jax.vmap`,
`jax.jit`, `jax.jvp` and `jax.grad`; its derivative is the implicit function theorem's, to first order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games.arrays import TreeArrays

if TYPE_CHECKING:
    from offramp.games.form import Game

_set: Callable[[str, object], None] = jax.config.update  # type: ignore[no-untyped-call,unused-ignore]
_set("jax_enable_x64", True)

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
CHUNK_BYTES = 2 << 20  # working set of a chunk's Jacobians on a CPU: what its caches hold
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
def _logs(plan: Plan, odds: jax.Array) -> jax.Array:
    """(A, B) log-probabilities from log-odds (N, B)."""
    size = len(plan.group)
    full = jnp.zeros((size, odds.shape[1])).at[plan.free].set(odds)
    rows = jnp.concatenate([full, jnp.full((1, odds.shape[1]), -jnp.inf)])[plan.padded]
    best = rows.max(axis=1)
    total = best + jnp.log(jnp.exp(rows - best[:, None]).sum(axis=1))
    return full - total[plan.group]


def _gains(plan: Plan, odds: jax.Array, payoffs: jax.Array, log_chance: jax.Array) -> jax.Array:
    """(N, B): what every action is worth beyond the first of its information set."""
    reach = log_chance + plan.on_path @ _logs(plan, odds)
    weight = jnp.exp(reach - reach.max(axis=0))
    below = plan.on_path.T
    sums = jnp.stack([below @ (weight * payoffs[p]) for p in range(payoffs.shape[0])])
    value = sums[plan.player, np.arange(len(plan.player))] / (below @ weight)
    return value[plan.free] - value[plan.reference]


def _equations(
    plan: Plan, odds: jax.Array, payoffs: jax.Array, log_chance: jax.Array, precision: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Residual (N, B), Jacobian (N, N, B) and gains (N, B); payoffs (P, L, B), precision (P, B)."""
    logs = _logs(plan, odds)
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


def _eliminate(matrix: jax.Array, sides: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Gauss-Jordan over lanes: (N, N, B) and (N, M, B) to the solutions and whether all pivots are positive."""
    size = matrix.shape[0]
    table = jnp.concatenate([matrix, sides], axis=1)

    def eliminate(k: Any, held: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        table, good = held
        row = jax.lax.dynamic_index_in_dim(table, k, 0, keepdims=False)
        pivot = jax.lax.dynamic_index_in_dim(row, k, 0, keepdims=False)
        row = row / pivot
        factor = jax.lax.dynamic_index_in_dim(table, k, 1, keepdims=False)
        factor = jnp.where((jnp.arange(size) == k)[:, None], 0.0, factor)
        table = table - factor[:, None] * row[None]
        return jax.lax.dynamic_update_index_in_dim(table, row, k, 0), jnp.where(pivot > 0, good, -good)

    table, good = jax.lax.fori_loop(0, size, eliminate, (table, jnp.ones(matrix.shape[2])))
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


def _program(arrays: TreeArrays) -> Callable[..., tuple[jax.Array, jax.Array, jax.Array]]:
    """The compiled solver of a tree, kept with its arrays."""
    held = arrays.__dict__.get("_program")
    if held is None:
        held = arrays.__dict__["_program"] = jax.jit(partial(_follow, plan_of(arrays)))
    return held


def _follow(
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
        residual, jacobian, gain = _equations(plan, s.trial, payoffs, log_chance, s.share * target)
        level = target[plan.player[plan.free]]
        found, positive = _eliminate(jacobian, jnp.stack([-residual, level * gain], axis=1))
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
    logs = _logs(plan, end.base)
    scale = payoffs.max(axis=1) - payoffs.min(axis=1)
    reply = _logs(plan, target[plan.player[plan.free]] * _gains(plan, end.base, payoffs, log_chance))
    off = jnp.max(jnp.abs(jnp.exp(reply) - jnp.exp(logs)), axis=0)
    room = TOLERANCE + 64 * np.finfo(np.float64).eps * jnp.max(scale * target, axis=0)
    return end.base, jnp.where(end.done & (off <= room), off, jnp.nan), end.rounds


@dataclass(frozen=True, eq=False, repr=False)
class BatchSolution:
    """Equilibria of many variants. `alone` counts the lanes that were solved one by one (folds on their way)."""

    game: Game
    strategy: Floats  # (B, A)
    log_odds: Floats  # (B, N)
    residual: Floats  # (B,) largest |logit reply - probability|
    outcome: tuple[str, ...] | None  # None: all solved
    alone: int

    @property
    def converged(self) -> NDArray[np.bool_]:
        """(B,): whether each lane met its tolerance."""
        if self.outcome is None:
            return np.ones(len(self.residual), dtype=bool)
        return np.array([o == "solved" for o in self.outcome])

    def tidy(self, kind: str = "polars") -> Any:
        """One row a lane and action."""
        from offramp.games.frames import frame

        names = [(self.game.players[i.player], i.number, a) for i in self.game.decisions for a in i.actions]
        rows: list[dict[str, object]] = [
            {"lane": k, "player": p, "infoset": i, "action": a, "probability": float(x)}
            for k, row in enumerate(self.strategy)
            for (p, i, a), x in zip(names, row, strict=True)
        ]
        return frame(rows, kind)

    def __repr__(self) -> str:
        return (
            f"<BatchSolution of {self.game.title!r}: {len(self.residual):,} games, residual up to "
            f"{np.nanmax(self.residual):.1e}, {self.alone} solved alone>"
        )


def solve_batch(
    game: Game,
    *,
    payoffs: ArrayLike | None = None,
    log_chance: ArrayLike | None = None,
    precision: ArrayLike = 1.0,
    parameters: Mapping[str, ArrayLike] | None = None,
    chunk: int | None = None,
    progress: Callable[[int, int], None] | bool = False,
    throw: bool = True,
) -> BatchSolution:
    """Solves many variants of a game.

    Args:
        game: The tree.
        payoffs: (B, leaves, players) utils; by default the game's.
        log_chance: (B, leaves) log-probability of chance's moves on the way to each leaf; by default the game's.
        precision: One number, (B,), or (B, players), 1/utils, at least 0.
        parameters: Instead of payoffs and chances: parameter names to arrays (B,).
        chunk: Lanes at a time; by default what fits the caches (CPU) or a share of the memory (GPU).
        progress: True for a bar on standard error, or a function of (lanes done, lanes).
        throw: Raise when a lane cannot be solved; otherwise its `outcome` says so and its strategy is NaN.

    Raises:
        InputError: For shapes that do not fit, numbers that are not finite, negative precision.
        NotConvergedError: With `throw`, naming the first lane at fault.
    """
    u, c, level = _prepare(game, payoffs, log_chance, precision, parameters)
    arrays = game.arrays
    lanes, size = len(u), len(arrays.free)
    if not size:
        uniform = np.ones((lanes, arrays.actions))
        return BatchSolution(game, uniform, np.zeros((lanes, 0)), np.zeros(lanes), None, 0)
    many = chunk or _chunk(size, arrays.actions, lanes)
    report = _reporter(progress)
    odds, residual = np.empty((lanes, size)), np.empty(lanes)
    for start in range(0, lanes, many):
        stop = min(start + many, lanes)
        pick = np.minimum(np.arange(start, start + many), stop - 1)  # the last chunk repeats its last lane
        found, off, _ = _program(arrays)(
            jnp.asarray(np.ascontiguousarray(u[pick].transpose(2, 1, 0))),
            jnp.asarray(np.ascontiguousarray(c[pick].T)), jnp.asarray(np.ascontiguousarray(level[pick].T)),
        )  # fmt: skip
        odds[start:stop] = np.asarray(found).T[: stop - start]
        residual[start:stop] = np.asarray(off)[: stop - start]
        report(stop, lanes)
    return _finish(game, arrays, u, c, level, odds, residual, throw)


def _finish(
    game: Game, arrays: TreeArrays, u: Floats, c: Floats, level: Floats, odds: Floats, residual: Floats, throw: bool
) -> BatchSolution:
    """Solves alone the lanes that left the batch."""
    from offramp.games.solve import solve_arrays

    alone = np.flatnonzero(~np.isfinite(residual))
    outcome: list[str] | None = None
    for lane in alone:
        variant = arrays.with_payoffs(u[lane], c[lane])
        point, off, word = solve_arrays(variant, level[lane])
        if word != "solved":
            if throw:
                raise NotConvergedError(f"{game.title!r}, lane {lane}: {word}, residual {off:.1e}.")
            outcome = outcome or ["solved"] * len(u)
            outcome[lane] = word
            point = np.full_like(point, np.nan)
        odds[lane], residual[lane] = point[:-1], off
    full = np.zeros((len(u), arrays.actions))
    full[:, arrays.free] = odds
    full -= np.maximum.reduceat(full, arrays.starts, axis=1)[:, arrays.infoset_of]
    full = np.exp(full)
    strategy = full / np.add.reduceat(full, arrays.starts, axis=1)[:, arrays.infoset_of]
    return BatchSolution(game, strategy, odds, residual, tuple(outcome) if outcome else None, len(alone))


def _prepare(
    game: Game, payoffs: ArrayLike | None, log_chance: ArrayLike | None, precision: ArrayLike,
    parameters: Mapping[str, ArrayLike] | None,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    arrays, count = game.arrays, len(game.players)
    level = np.asarray(precision, dtype=np.float64)
    if parameters is not None:
        if payoffs is not None or log_chance is not None:
            raise InputError("give parameters, or payoffs and log_chance, not both.")
        payoffs, log_chance = _from_parameters(game, parameters)
    u = np.asarray(game.payoffs[None] if payoffs is None else payoffs, dtype=np.float64)
    if u.ndim != 3 or u.shape[1:] != game.payoffs.shape:
        raise InputError(f"payoffs have shape {u.shape}; expected (lanes, {game.payoffs.shape[0]}, {count}).")
    u = u[:, arrays.leaves]
    if log_chance is None:
        c = arrays.log_chance[None]
    else:
        c = np.asarray(log_chance, dtype=np.float64)
        if c.ndim != 2 or c.shape[1] != len(game.leaves):
            raise InputError(f"log_chance has shape {c.shape}; expected (lanes, {len(game.leaves)}).")
        c = c[:, arrays.leaves]
    if level.ndim > 2 or (level.ndim == 2 and level.shape[1] != count):
        raise InputError(f"precision has shape {level.shape}; expected a number, (lanes,) or (lanes, {count}).")
    level = np.broadcast_to(level[..., None] if level.ndim < 2 else level, (*level.shape[:1], count)).reshape(-1, count)
    lanes = max(len(u), len(c), len(level))
    for name, array in (("payoffs", u), ("log_chance", c), ("precision", level)):
        if len(array) not in (1, lanes):
            raise InputError(f"{name} has {len(array)} lanes where others have {lanes}.")
        bad = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))
        if len(bad):
            raise InputError(f"{name} of lane {bad[0]} is not finite.")
    if np.any(level < 0):
        lane = int(np.flatnonzero((level < 0).any(axis=1))[0])
        raise InputError(f"precision of lane {lane} is negative; expected at least 0 (1/utils).")
    middle = (u.max(axis=1, keepdims=True) + u.min(axis=1, keepdims=True)) / 2
    shape = (lanes,)
    return (
        np.broadcast_to(u - middle, shape + u.shape[1:]), np.broadcast_to(c, shape + c.shape[1:]),
        np.broadcast_to(level, shape + level.shape[1:]),
    )  # fmt: skip


def _from_parameters(game: Game, parameters: Mapping[str, ArrayLike]) -> tuple[Floats, Floats]:
    """Payoffs (B, leaves, P) and log-chances (B, leaves) with payoff functions called on whole arrays."""
    from types import SimpleNamespace

    from offramp.games.form import amount

    for name in parameters:
        if name not in game.parameters:
            raise InputError(f"{game.title!r} has no parameter {name!r}; parameters: {', '.join(game.parameters)}.")
    held = {k: np.atleast_1d(np.asarray(v, dtype=np.float64)) for k, v in parameters.items()}
    lanes = max((len(v) for v in held.values()), default=1)
    for name, v in held.items():
        if v.ndim != 1 or len(v) not in (1, lanes):
            raise InputError(f"parameter {name!r} has shape {v.shape}; expected ({lanes},).")
    values = SimpleNamespace(**{**game.parameters, **held})
    table = np.zeros((len(game.outcomes), len(game.players), lanes))
    for k, outcome in enumerate(game.outcomes):
        for p, payoff in enumerate(outcome.payoffs):
            table[k, p] = amount(payoff, values)
    payoffs = np.zeros((len(game.nodes), len(game.players), lanes))
    logs = np.zeros((len(game.nodes), lanes))
    for index, node in enumerate(game.nodes):
        if node.parent >= 0:
            payoffs[index], logs[index] = payoffs[node.parent], logs[node.parent]
            parent = game.nodes[node.parent]
            if parent.kind == "chance":
                share = np.asarray(amount(game.infosets[parent.infoset].chances[node.action], values))
                with np.errstate(divide="ignore", invalid="ignore"):
                    logs[index] = logs[index] + np.log(share)
        if node.outcome >= 0:
            payoffs[index] += table[node.outcome]
    leaves = list(game.leaves)
    return payoffs[leaves].transpose(2, 0, 1), logs[leaves].T


def _chunk(size: int, actions: int, lanes: int) -> int:
    """Lanes at a time: a working set that the caches hold on a CPU, an eighth of the memory on a GPU."""
    bytes_each = 8 * (3 * size * (size + 2) + 3 * actions * actions)
    device = jax.devices()[0]
    room = CHUNK_BYTES
    if device.platform != "cpu":
        stats = device.memory_stats() or {}
        room = int(stats.get("bytes_limit", 4 << 30)) // 8
    return max(16, min(lanes, 1 << int(np.log2(max(room // bytes_each, 16)))))


def _reporter(progress: Callable[[int, int], None] | bool) -> Callable[[int, int], None]:
    if callable(progress):
        return progress
    if not progress:
        return lambda done, lanes: None
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(file=os.sys.stderr), transient=True)  # type: ignore[attr-defined]
    task = bar.add_task("games", total=None)
    bar.start()

    def report(done: int, lanes: int) -> None:
        bar.update(task, completed=done, total=lanes)
        if done >= lanes:
            bar.stop()

    return report


def equilibrium(game: Game) -> Callable[[jax.Array, jax.Array, jax.Array], jax.Array]:
    """Log-odds of the equilibrium as a JAX function of (payoffs (L, P), log_chance (L,), precision (P,)).

    Works under jit, vmap, jvp and grad; the derivative is exact to first order at the solution, by one Newton step with
    the Jacobian held fixed. Lanes that meet a fold give NaN. Leaves are those of `game.arrays.leaves`.
    """
    plan, follow = plan_of(game.arrays), _program(game.arrays)

    def solve(payoffs: jax.Array, log_chance: jax.Array, precision: jax.Array) -> jax.Array:
        u, c, level = payoffs.T[:, :, None], log_chance[:, None], precision[:, None]
        held = [jax.lax.stop_gradient(x) for x in (u, c, level)]
        odds, off, _ = follow(*held)
        odds = jnp.where(jnp.isnan(off), jnp.nan, odds)
        odds = jax.lax.stop_gradient(odds)
        _, jacobian, _ = _equations(plan, odds, *held)
        residual = odds - level[plan.player[plan.free]] * _gains(plan, odds, u, c)
        fixed = jax.lax.stop_gradient(jacobian[:, :, 0])
        return jnp.asarray(odds[:, 0] - jnp.linalg.solve(fixed, residual[:, 0]))

    return solve


def probabilities(game: Game) -> Callable[[jax.Array], jax.Array]:
    """(A,) probabilities from log-odds (N,), as a JAX function."""
    plan = plan_of(game.arrays)

    def shares(odds: jax.Array) -> jax.Array:
        return jnp.exp(_logs(plan, odds[:, None])[:, 0])

    return shares
