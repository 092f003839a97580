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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from offramp.errors import InputError, NotConvergedError
from offramp.games.arrays import TreeArrays
from offramp.games.batch_kernel import equations, gains_over_first, log_shares, plan_of, program

if TYPE_CHECKING:
    from offramp.games.form import Game


Floats = NDArray[np.float64]
CHUNK_BYTES = 2 << 20  # working set of a chunk's Jacobians on a CPU: what its caches hold


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
        found, off, _ = program(arrays)(
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
        payoffs, log_chance = payoffs_at(game, parameters)
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


def payoffs_at(game: Game, parameters: Mapping[str, ArrayLike]) -> tuple[Floats, Floats]:
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

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("games", total=None)
    bar.start()

    def report(done: int, lanes: int) -> None:
        bar.update(task, completed=done, total=lanes)
        if done >= lanes:
            bar.stop()

    return report


def implicit(game: Game) -> Callable[[jax.Array, jax.Array, jax.Array, jax.Array], jax.Array]:
    """Gives log-odds that are known the derivative of the equilibrium.

    A JAX function of (log_odds (N,), payoffs (L, P), log_chance (L,), precision (P,)) that returns the log-odds after
    one more Newton step with the Jacobian held fixed: the same numbers, and by the implicit function theorem the right
    derivative in the other three, forward and reverse. Use it on rows of `BatchSolution.log_odds`.
    """
    plan = plan_of(game.arrays)

    def attach(odds: jax.Array, payoffs: jax.Array, log_chance: jax.Array, precision: jax.Array) -> jax.Array:
        u, c, level = payoffs.T[:, :, None], log_chance[:, None], precision[:, None]
        known = jax.lax.stop_gradient(odds)[:, None]
        _, jacobian, _ = equations(plan, known, *(jax.lax.stop_gradient(x) for x in (u, c, level)))
        residual = known - level[plan.player[plan.free]] * gains_over_first(plan, known, u, c)
        return jnp.asarray(known[:, 0] - jnp.linalg.solve(jacobian[:, :, 0], residual[:, 0]))

    return attach


def equilibrium(game: Game) -> Callable[[jax.Array, jax.Array, jax.Array], jax.Array]:
    """Log-odds of the equilibrium as a JAX function of (payoffs (L, P), log_chance (L,), precision (P,)).

    Works under jit, vmap, jvp and grad (see `implicit`). Lanes that meet a fold give NaN. Leaves are those of
    `game.arrays.leaves`.
    """
    follow, attach = program(game.arrays), implicit(game)

    def solve(payoffs: jax.Array, log_chance: jax.Array, precision: jax.Array) -> jax.Array:
        held = payoffs.T[:, :, None], log_chance[:, None], precision[:, None]
        odds, off, _ = follow(*(jax.lax.stop_gradient(x) for x in held))
        return attach(jnp.where(jnp.isnan(off), jnp.nan, odds)[:, 0], payoffs, log_chance, precision)

    return solve


def probabilities(game: Game) -> Callable[[jax.Array], jax.Array]:
    """(A,) probabilities from log-odds (N,), as a JAX function."""
    plan = plan_of(game.arrays)

    def shares(odds: jax.Array) -> jax.Array:
        return jnp.exp(log_shares(plan, odds[:, None])[:, 0])

    return shares
