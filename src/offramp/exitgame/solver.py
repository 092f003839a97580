"""The equilibrium by backward induction, with the ruler's fixed point solved at every node.

From the far end, where values are annuities (or those of a game that is nearly the same), back to the first month.
Months inside the forecast are solved to `RESIDUAL`; in the months beyond it (the tail), which only have to carry the
values in, the Newton search goes on from month to month, one round in each. At the far end the log-ratios are followed
from precision 0 (the selection rule); every other month starts from the month after it. In a sample of months a second
search starts far away, and the solution says where the two disagree.

Draws are solved in groups of a fixed size, so that one compiled program serves every call, and groups run on several
threads. Source of the equilibrium: McKelvey and Palfrey (1998), Experimental Economics 1, 9-41; see docs/exitgame.md.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError, NotConvergedError
from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.month import after_ruler, before_ruler
from offramp.exitgame.moves import RULER_OPEN
from offramp.exitgame.parameters import Array, GameParameters, check, take
from offramp.exitgame.prepare import Prepared, prepare
from offramp.exitgame.ruler import ALL_BATCHES, PASSES, STAYING, Reply, RulerNode, find_log_ratios, reply
from offramp.exitgame.states import SHAPE, STATES

#: Largest |l - Phi(l)| allowed at any node of a forecast month, log-ratio.
RESIDUAL: Final = 1e-9
#: The same in the tail beyond the forecast.
TAIL_RESIDUAL: Final = 1e-3
#: Months between the forecast's end and the far end, unless the caller says otherwise; docs/exitgame.md has the table.
TAIL: Final = 144
#: The same where the tail starts from the values of a game that is nearly the same.
NEAR_TAIL: Final = 24
#: Draws solved together.
GROUP: Final = 16
#: Precision at the far end is raised from 0 by these shares.
CONTINUATION: Final = (0.25, 0.5, 0.75, 1.0)
#: Two searches that end further apart than this have found two equilibria, log-ratio.
SAME: Final = 1e-6

#: How many batches of hard nodes the second search takes; nodes that it leaves unsettled say nothing.
SECOND_BATCHES: Final = 2
#: Where the second search starts: log-ratios of holding, a counter-demand, a crackdown.
SECOND_START: Final = (2.0, -2.0, 2.0)

Variant = Literal["learning", "preview"]


class Group(NamedTuple):
    """Some draws, solved together; the last group's spare places repeat the last draw."""

    prepared: Prepared
    values: jax.Array  # [N + 1, 4, 72, nodes, GROUP] at the start of each month
    log_ratios: jax.Array  # [N + 1, 3, 72, nodes, GROUP], the last of them from the tail


class Policy(NamedTuple):
    """The solution: values and log-ratios of the forecast months, from which all play follows.

    D draws, N forecast months. `offramp.exitgame.month` reads strategies from it, `forward` outcomes.
    """

    groups: tuple[Group, ...]
    draws: int  #: D
    months: int  #: N
    nodes: int  #: size of the belief grid
    horizon: int  #: months to the far end
    variant: Variant
    residual: Array  #: [N, D] largest residual of the month, log-ratio
    tail_residual: Array  #: [D] residual of the month after the forecast, the last of the tail to be solved
    disagreement: Array  #: [D] largest distance between the two searches in the sampled months, log-ratio
    warnings: tuple[str, ...]

    def values(self, month: int = 0) -> Array:
        """[D, 4, 72, nodes] values at the start of `month`: ruler if flexible, if committed, coercer, army."""
        stacked = np.concatenate([np.asarray(group.values[month]) for group in self.groups], -1)
        return np.moveaxis(stacked, -1, 0)[: self.draws]

    def log_ratios(self, month: int = 0) -> Array:
        """[D, 3, 72, nodes] log-ratios of holding, a counter-demand and a crackdown in `month`."""
        stacked = np.concatenate([np.asarray(group.log_ratios[month]) for group in self.groups], -1)
        return np.moveaxis(stacked, -1, 0)[: self.draws]


class _Step(NamedTuple):
    """One pass of the solver's loop; several may treat the same month."""

    month: Any  # which month
    scale: Any  # share of the precision
    tolerance: Any
    passes: Any  # see `ruler.find_log_ratios`
    batches: Any
    commit: Any  # whether the values found are those of the month
    second: Any  # whether the search starts far away
    compare: Any  # whether to compare with the last second search


def _steps(
    months: int, horizon: int, *, scales: Sequence[float], sampled: Collection[int]
) -> tuple[_Step, npt.NDArray[np.int32]]:
    """The steps in order, and how many of them are done when the tail ends and when each forecast month does.

    At the far end the precision passes through `scales`. In the `sampled` months, at most two, a second search is
    made first.
    """
    rows: list[_Step] = []
    ends: list[int] = []
    far = _Step(horizon - 1, 1.0, TAIL_RESIDUAL, PASSES, ALL_BATCHES, False, False, False)
    rows += [far._replace(scale=scale) for scale in scales]
    for month in range(horizon - 1, -1, -1):
        if month >= months:
            rows.append(far._replace(month=month, passes=1, commit=True))
            continue
        ends.append(len(rows))
        step = far._replace(month=month, tolerance=RESIDUAL / 2, commit=True, compare=month in sampled)
        if month in sampled:
            rows.append(step._replace(passes=2, batches=SECOND_BATCHES, commit=False, second=True, compare=False))
        rows.append(step)
    ends.append(len(rows))
    # Spare steps keep the arrays at one length, so that a shorter tail needs no other program.
    rows += [far] * (len(CONTINUATION) + TAIL + months + 2 - len(rows))
    kinds = (np.int32, float, float, np.int32, np.int32, bool, bool, bool)
    columns = (np.asarray(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True))
    return _Step(*columns), np.asarray(ends, np.int32)


class _Begin(NamedTuple):
    """What stands at the far end: values [4, 72, nodes, D] and log-ratios [3, 72, nodes, D]."""

    values: Any
    log_ratios: Any


def far_end(prepared: Prepared, nodes: int) -> _Begin:
    """Annuities, and nothing learnt."""
    pressure, _, posture, _, _ = np.unravel_index(np.arange(STATES), SHAPE)
    terminal = prepared.terminal[:, pressure, posture][:, :, None]
    shape = (STATES, nodes, terminal.shape[-1])
    return _Begin(np.broadcast_to(terminal, (4, *shape)), np.zeros((3, *shape)))


class Near(NamedTuple):
    """A solution of nearly the same games: draw i here is near draw `rows[i]` there."""

    policy: Policy
    rows: npt.NDArray[np.intp]

    def begin(self) -> _Begin:
        """Its values and log-ratios after its forecast, for all draws here."""
        month = self.policy.months
        values, ratios = self.policy.values(month)[self.rows], self.policy.log_ratios(month)[self.rows]
        return _Begin(np.moveaxis(values, 0, -1), np.moveaxis(ratios, 0, -1))


class _Carry(NamedTuple):
    following: jax.Array  # [4, 72, nodes, D] values of the month after
    start: jax.Array  # [3, 72, nodes, D] where the next search starts
    ratios: jax.Array  # what the last committed search found
    other: jax.Array  # what the last second search found, NaN where it did not settle
    residual: jax.Array  # [D] of the last committed month
    apart: jax.Array  # [D] largest distance between two searches so far


@functools.partial(jax.jit, static_argnames=("preview",))
def _solve_group(
    ready: jax.Array,
    prepared: Prepared,
    begin: _Begin,
    steps: _Step,
    ends: jax.Array,
    *,
    preview: bool,
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Take the steps, and keep what stands after each of the `ends`, by month: the forecast's and the one after it."""
    draws = prepared.lapse.shape[0]
    zero = jnp.zeros_like(begin.log_ratios)
    far = jnp.where(RULER_OPEN[list(STAYING), :, None, None], np.reshape(SECOND_START, (3, 1, 1, 1)), 0.0)

    def once(number: jax.Array, carry: _Carry) -> _Carry:
        step = jax.tree.map(lambda column: column[number], steps)
        paths = jax.tree.map(lambda path: path[step.month], prepared.paths)
        _, node = before_ruler(ready, prepared, paths, carry.following)
        if preview:
            # Both types act at the old belief; the public learns from what they did.
            _, ratios, _ = reply(node, zero)
            start = ratios
            found = acting_at_old_belief(node, ratios)
            left = jnp.zeros(draws)
        else:
            scaled = node._replace(precision=node.precision * step.scale)
            first = jnp.where(step.second, far, carry.start)
            search = find_log_ratios(scaled, first, step.tolerance, step.passes, step.batches)
            found, start = search.found, search.l + search.step
            ratios = jnp.where(step.second & (search.residual > step.tolerance), jnp.nan, search.l)
            left = search.residual.max((0, 1))
        play = after_ruler(ready, prepared, node, found)
        apart = jnp.where(step.compare, jnp.nan_to_num(jnp.abs(ratios - carry.other)).max((0, 1, 2)), 0.0)
        return _Carry(
            following=jnp.where(step.commit, play.value, carry.following),
            start=jnp.where(step.second, carry.start, start),
            ratios=jnp.where(step.commit, ratios, carry.ratios),
            other=jnp.where(step.second, ratios, carry.other),
            residual=jnp.where(step.commit, left, carry.residual),
            apart=jnp.maximum(carry.apart, apart),
        )

    def month(carry: _Carry, bounds: tuple[jax.Array, jax.Array]) -> tuple[_Carry, tuple[jax.Array, ...]]:
        # The kept arrays are this scan's output: carried through the inner loop they would be copied at every step.
        carry = jax.lax.fori_loop(*bounds, once, carry)
        return carry, (carry.following, carry.ratios, carry.residual)

    none = jnp.zeros(draws)
    begins = jnp.concatenate([jnp.zeros(1, ends.dtype), ends[:-1]])
    last, (values, ratios, residual) = jax.lax.scan(
        month, _Carry(begin.values, begin.log_ratios, zero, zero, none, none), (begins[::-1], ends[::-1]), reverse=True
    )
    return values, ratios, residual, last.apart


def acting_at_old_belief(node: RulerNode, ratios: jax.Array) -> Reply:
    """Choices made as if no move changed the belief, payoffs and beliefs as it does change by `ratios`."""
    before, after = reply(node, jnp.zeros_like(ratios))[0], reply(node, ratios)[0]
    return after._replace(leave=before.leave, stay=before.stay)


def solve(
    params: GameParameters,
    *,
    months: int,
    nodes: int = 21,
    tail: int | None = None,
    variant: Variant = "learning",
    near: Near | None = None,
    throw: bool = True,
) -> Policy:
    """Solve D games.

    Args:
        params: The draws; time paths shorter than `months + tail` are held at their last value.
        months: Months of the forecast, at least 1; their play is kept.
        nodes: Size of the belief grid, 0 and 1 included: 21, or 41 for a check.
        tail: Months solved beyond the forecast before annuities take over; `TAIL`, or `NEAR_TAIL` with `near`.
        variant: 'learning' is the equilibrium; 'preview' lets the ruler act at the old belief and the public learn
            afterwards, which needs no fixed point and is a rough check.
        near: A solution of nearly the same games on the same grid (another guarantee, another payoff): the tail then
            starts from its values and play and can be short, and where there are several equilibria the one near
            its own is followed.
        throw: Whether a residual above `RESIDUAL` raises; otherwise it stands in the policy's `residual` and
            `warnings`.

    Raises:
        InputError: A parameter of the wrong shape or range (see `parameters.check`), or `months` below 1.
        NotConvergedError: Some node of a forecast month kept a residual above `RESIDUAL`, or became NaN.
    """
    check(params)
    if tail is None:
        tail = TAIL if near is None else NEAR_TAIL
    if months < 1 or tail < 1:
        raise InputError(f"months is {months} and tail is {tail}; both are at least 1")
    horizon = months + tail
    # What is near has been followed from precision 0 and searched twice, and its equilibrium is the one to follow.
    steps, ends = (
        _steps(months, horizon, scales=CONTINUATION, sampled=(0, months - 1))
        if near is None
        else _steps(months, horizon, scales=(1.0,), sampled=())
    )
    preview = variant == "preview"

    known = None if near is None else _nearby(near, params.draws, nodes)

    def one(rows: np.ndarray) -> tuple[Group, Array, Array]:
        prepared = prepare(take(params, rows), horizon, max(horizon, months + TAIL))
        begin = far_end(prepared, nodes) if known is None else _Begin(*(part[..., rows] for part in known))
        values, ratios, left, apart = _solve_group(np.asarray(True), prepared, begin, steps, ends, preview=preview)
        return Group(prepared, values, ratios), np.asarray(left), np.asarray(apart)

    found = in_groups(one, params.draws)
    left = np.concatenate([item[1] for item in found], -1)[:, : params.draws]
    apart = np.concatenate([item[2] for item in found], -1)[: params.draws]
    policy = Policy(
        groups=tuple(item[0] for item in found),
        draws=params.draws,
        months=months,
        nodes=nodes,
        horizon=horizon,
        variant=variant,
        residual=left[:-1],
        tail_residual=left[-1],
        disagreement=apart,
        warnings=(),
    )
    return _judged(policy, params, throw=throw)


def _nearby(near: Near, draws: int, nodes: int) -> _Begin:
    if near.policy.nodes != nodes or len(near.rows) != draws:
        raise InputError(
            f"the solution that is near has {near.policy.nodes} nodes and is given for {len(near.rows)} draws; "
            f"{nodes} nodes and {draws} draws are asked for"
        )
    return near.begin()


def _judged(policy: Policy, params: GameParameters, *, throw: bool) -> Policy:
    warnings = []
    worst = policy.residual.max(0)
    bad = ~(worst <= RESIDUAL)
    if bad.any():
        draw = int(np.flatnonzero(bad)[0])
        message = (
            f"the ruler's fixed point was not found in {int(bad.sum())} of {policy.draws} draws: draw {draw} keeps a "
            f"residual of {worst[draw]:.1e} (limit {RESIDUAL:g}) at precision "
            f"{float(np.asarray(params.precision_ruler)[draw]):.2f}; lower the ruler's precision or "
            "leave the draw out"
        )
        if throw:
            raise NotConvergedError(message)
        warnings.append(message)
    split = policy.disagreement > SAME
    if split.any():
        warnings.append(
            f"in {int(split.sum())} of {policy.draws} draws two searches ended at different equilibria of the ruler's "
            "node; the one that continues from precision 0 is used"
        )
    return policy._replace(warnings=tuple(warnings))


T = TypeVar("T")


def in_groups(work: Callable[[np.ndarray], T], draws: int, size: int = GROUP) -> list[T]:
    """`work` on each group of row numbers, on as many threads as there are processors; in order."""
    rows = [np.arange(start, start + size) for start in range(0, draws, size)]
    rows = [np.minimum(row, draws - 1) for row in rows]
    workers = min(len(rows), os.cpu_count() or 1)
    if workers == 1:
        return [work(row) for row in rows]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, rows))
