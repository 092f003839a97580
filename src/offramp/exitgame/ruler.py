"""The ruler's choice, and the fixed point that it holds at every node.

Both types choose by logit among leaving on the offer, holding, a counter-demand and a crackdown. A move tells the
public something: with l_a = log(sigma_K(a) / sigma_F(a)) the belief b moves to B_a, log-odds(B_a) = log-odds(b) + l_a.
What a move is worth depends on B_a, so l solves l = Phi(l) at every node. The unknown is l over the three moves after
which the game goes on. Its Jacobian is a diagonal plus a rank-one matrix, so a Newton step has a closed form
(Sherman-Morrison): with q_th(a) the slope of lam Q_th(a) in l_a,
    dPhi_a / dl_c = (1[a = c] - sigma_K(c)) q_K(c) - (1[a = c] - sigma_F(c)) q_F(c).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.belief import belief_grid, belief_log_odds, interval
from offramp.exitgame.moves import RULER_OPEN, RulerMove
from offramp.exitgame.prepare import COMMITTED, FLEXIBLE, Prepared
from offramp.exitgame.states import SHAPE, STATES
from offramp.games.logit import total, weight

#: The moves after which the game goes on, in the order of the unknown l.
STAYING = (RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN)
#: Two steps of this size already carry a belief from one end of the grid to the other.
LONGEST_STEP = 4.0
#: Floor of the diagonal and the determinant in a step.
STEEPEST = 1e-3
#: Rounds at all nodes at once; then batches of the nodes with the largest residuals, and rounds for each batch.
QUICK_ROUNDS = 4
HARD = 256
HARD_BATCHES = 6
#: Times that the two kinds of rounds take turns.
PASSES = 3
HARD_ROUNDS = 200


class RulerNode(NamedTuple):
    """Everything that the ruler's node needs and that l does not change.

    What a move is worth is a line in the belief on each interval of the grid: `start` is its worth at belief 0 and
    `slope` its slope, by player and move of `STAYING`.
    """

    log_odds: jax.Array  # [nodes, 1]
    start: jax.Array  # [4, 3, 72, nodes - 1, D]
    slope: jax.Array  # [4, 3, 72, nodes - 1, D]
    cost: jax.Array  # [3, 1, 1, D]
    leave: jax.Array  # [4, 72, 1, D]
    precision: jax.Array  # [D]
    open: jax.Array  # [4, 72, 1, 1]


class Reply(NamedTuple):
    """The two types' choices at l, and what they imply."""

    leave: jax.Array  # [2, 72, nodes, D] by type, chance of leaving
    stay: jax.Array  # [2, 3, 72, nodes, D] by type, chance of each move of STAYING
    payoff: jax.Array  # [2, 3, 72, nodes, D] what those are worth
    implied: jax.Array  # [3, 72, nodes, D] Phi(l), by move of STAYING
    belief: jax.Array  # [3, 72, nodes, D] B_a at l
    entries: jax.Array  # [3, 72, nodes, D] where its interval stands in the flattened tables
    gradient: jax.Array  # [2, 3, 72, nodes, D] slope of precision * payoff in l_a


def ruler_node(prepared: Prepared, worth: jax.Array) -> RulerNode:
    """Tables of what each move leads to, as lines over the belief intervals.

    Args:
        prepared: The draws.
        worth: What the armed forces' node is worth, [2, 4, 72, nodes, D] (`army.ArmyPlay.value`).
    """
    nodes = worth.shape[-2]
    grid = belief_grid(nodes)[:, None]
    slope = (worth[..., 1:, :] - worth[..., :-1, :]) / np.diff(grid, axis=0)
    start = worth[..., :-1, :] - slope * grid[:-1]
    _, offer, posture, _, _ = np.unravel_index(np.arange(STATES), SHAPE)
    return RulerNode(
        log_odds=jnp.asarray(belief_log_odds(nodes))[:, None],
        start=_by_move(start),
        slope=_by_move(slope),
        cost=prepared.cost_ruler[1:, None, None],
        leave=prepared.leave[:, offer, posture][:, :, None],
        precision=prepared.precision[0],
        open=jnp.asarray(RULER_OPEN)[:, :, None, None],
    )


def _by_move(table: jax.Array) -> jax.Array:
    """[crackdown, 4, 72, ...] to [4, 3, 72, ...]: a counter-demand leads where it stands, without a crackdown."""
    pairs = table[0].reshape(4, STATES // 2, 2, *table.shape[3:])
    demand = jnp.broadcast_to(pairs[:, :, 1:], pairs.shape).reshape(table.shape[1:])
    return jnp.stack([table[0], demand, table[1]], 1)


def _entries(place: jax.Array, intervals: int) -> jax.Array:
    """Where each node's interval stands in a flattened table [3, 72, nodes - 1, D], given its place [3, 72, nodes, D].

    One flat index is several times faster on a CPU than an index for every axis.
    """
    moves, states, _, draws = place.shape
    rows = np.arange(moves * states, dtype=np.int32).reshape(moves, states, 1, 1) * np.int32(intervals)
    return (jnp.asarray(rows) + place) * np.int32(draws) + np.arange(draws, dtype=np.int32)


def _at(tables: jax.Array, entries: jax.Array) -> jax.Array:
    """Several tables [k, 3, 72, nodes - 1, D] at `entries` [3, 72, nodes, D]."""
    offset = np.arange(tables.shape[0], dtype=np.int32) * np.int32(np.prod(tables.shape[1:]))
    where = entries + offset.reshape(-1, 1, 1, 1, 1)
    return tables.reshape(-1).at[where].get(mode="promise_in_bounds")


def reply(node: RulerNode, l: jax.Array) -> Reply:  # noqa: E741 - the letter of the specification
    """Choices of both types when the public reads their moves by the log-ratios `l` [3, 72, nodes, D]."""
    x = node.log_odds + l
    belief = jax.nn.sigmoid(x)
    intervals = node.slope.shape[-2]
    entries = _entries(interval(x, intervals + 1), intervals)
    slope = _at(node.slope[:2], entries)
    payoff = _at(node.start[:2], entries) + slope * belief - node.cost
    # Holding is open everywhere; the other moves are weighed against it.
    hold = payoff[:, 0]
    leaving = weight(node.leave[:2] - hold, node.precision, node.open[RulerMove.LEAVE])
    others = weight(payoff[:, 1:] - hold[:, None], node.precision, node.open[RulerMove.DEMAND :])
    share = 1.0 / (1.0 + leaving + others[:, 0] + others[:, 1])
    level = jnp.log(share[FLEXIBLE] / share[COMMITTED]) + (hold[COMMITTED] - hold[FLEXIBLE]) * node.precision
    implied = (payoff[COMMITTED] - payoff[FLEXIBLE]) * node.precision - level
    open_ = node.open[1:]
    return Reply(
        leave=leaving * share,
        stay=jnp.concatenate([share[:, None], others * share[:, None]], 1),
        payoff=payoff,
        implied=jnp.where(open_, implied, 0.0),
        belief=belief,
        entries=entries,
        gradient=slope * jnp.where(open_, node.precision * belief * (1 - belief), 0.0),
    )


def adjustment(node: RulerNode, found: Reply, l: jax.Array) -> jax.Array:  # noqa: E741
    """The step s with (I - dPhi/dl) s = Phi(l) - l, by Sherman-Morrison; moves that are not open stay at 0.

    It is Newton's step, except that the diagonal and the determinant are kept above `STEEPEST`: where the public's
    reading feeds on itself the step then still points along dl/dt = Phi(l) - l, the adjustment under which readings
    follow play, so that a search whose solution has vanished flows to the next stable one.
    """
    missing = found.implied - l
    flexible, committed = found.gradient[FLEXIBLE], found.gradient[COMMITTED]
    diagonal = jnp.maximum(1 - (committed - flexible), STEEPEST)
    common = found.stay[COMMITTED] * committed - found.stay[FLEXIBLE] * flexible
    # The system is (diag + 1 common^T) step = missing. A move that is not open has no gradient, so no part in it.
    inverse = 1.0 / diagonal
    ratio = common * inverse
    det = jnp.maximum(1 + total(list(ratio)), STEEPEST)
    shared = total(list(ratio * missing)) / det
    return jnp.where(node.open[1:], (missing - shared) * inverse, 0.0)


def residual(found: Reply, l: jax.Array) -> jax.Array:  # noqa: E741
    """Largest |l - Phi(l)| over the moves, [72, nodes, D], log-ratio."""
    largest: jax.Array = functools.reduce(jnp.maximum, list(jnp.abs(found.implied - l)))
    return largest


class Search(NamedTuple):
    """Where the search stands."""

    l: jax.Array  # [3, 72, nodes, D] log-ratios  # noqa: E741
    step: jax.Array  # the next step from them: l + step is where next month's search starts
    found: Reply  # both types' choices at l
    residual: jax.Array  # [72, nodes, D] residual at l
    fresh: jax.Array  # whether `found` belongs to `l`
    rounds: jax.Array  # rounds at all nodes
    hard_rounds: jax.Array  # rounds at gathered nodes


def find_log_ratios(
    node: RulerNode, start: jax.Array, tolerance: jax.Array | float, passes: jax.Array | int = PASSES
) -> Search:
    """Solve l = Phi(l) at every node from `start` [3, 72, nodes, D].

    A few Newton steps at all nodes at once settle nearly all of them. Those that are left are gathered, `HARD` at a
    time, and go on by `careful` steps. Stops when every residual is at most `tolerance` or the rounds are spent.
    `passes` is how often the two kinds of rounds take turns; 1 is a single round at all nodes and nothing else, for
    months in which the next one goes on from `l + step`.
    """
    number = jnp.zeros((), jnp.int32)
    shapes = jax.eval_shape(reply, node, start)
    search = Search(
        l=start,
        step=jnp.zeros_like(start),
        found=jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes),
        residual=jnp.full(start.shape[1:], jnp.inf),
        fresh=jnp.zeros((), bool),
        rounds=number,
        hard_rounds=number,
    )

    def unfinished(state: tuple[Search, jax.Array]) -> jax.Array:
        search, done = state
        return ~search.fresh | ((search.residual > tolerance).any() & (done < passes))

    def once(state: tuple[Search, jax.Array]) -> tuple[Search, jax.Array]:
        search, done = state
        # The last pass only reads the play at what was found.
        last = done + 1 >= passes
        quick = _quick(node, search, tolerance, jnp.where(last & (done == 0), 1, QUICK_ROUNDS))
        return _hard(node, quick, tolerance, jnp.where(last, 0, HARD_BATCHES)), done + 1

    return jax.lax.while_loop(unfinished, once, (search, number))[0]


def _quick(node: RulerNode, search: Search, tolerance: jax.Array | float, most: jax.Array) -> Search:
    """Newton at all nodes: at least once, and while some are unsettled, at most `most` times."""
    begun = search.rounds

    def more(search: Search) -> jax.Array:
        return ~search.fresh | ((search.residual > tolerance).any() & (search.rounds - begun < most))

    def once(search: Search) -> Search:
        l = search.l + search.step  # noqa: E741
        found = reply(node, l)
        left = residual(found, l)
        step = jnp.clip(adjustment(node, found, l), -LONGEST_STEP, LONGEST_STEP)
        return Search(l, step, found, left, jnp.ones((), bool), search.rounds + 1, search.hard_rounds)

    return jax.lax.while_loop(more, once, search)


def _hard(node: RulerNode, search: Search, tolerance: jax.Array | float, most: jax.Array) -> Search:
    """Careful search at the nodes with the largest residuals, `HARD` at a time, at most `most` times."""

    def more(state: tuple[jax.Array, jax.Array, jax.Array, jax.Array]) -> jax.Array:
        return (state[1] > tolerance).any() & (state[2] < most)

    def batch(
        state: tuple[jax.Array, jax.Array, jax.Array, jax.Array],
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        l, left, batches, rounds = state  # noqa: E741
        _, rows = jax.lax.top_k(left.reshape(-1), min(HARD, left.size))
        states, places, draws = jnp.unravel_index(rows, left.shape)
        some = gathered(node, states, places, draws)
        better, rest, taken = careful(some, l[:, states, places, draws][:, None, None], tolerance)
        l = l.at[:, states, places, draws].set(better[:, 0, 0])  # noqa: E741
        return l, left.at[states, places, draws].set(rest[0, 0]), batches + 1, rounds + taken

    begun = jnp.zeros((), jnp.int32)
    l, left, batches, rounds = jax.lax.while_loop(  # noqa: E741
        more, batch, (search.l, search.residual, begun, begun)
    )
    return search._replace(
        l=l,
        step=jnp.where(batches > 0, 0.0, search.step),
        residual=left,
        fresh=search.fresh & (batches == 0),
        hard_rounds=search.hard_rounds + rounds,
    )


def gathered(node: RulerNode, states: jax.Array, places: jax.Array, draws: jax.Array) -> RulerNode:
    """The nodes at these indices, as a node of one state, one belief and as many draws as there are indices."""

    def lines(table: jax.Array) -> jax.Array:
        return jnp.moveaxis(table[:2, :, states, :, draws], 0, -1)[:, :, None]

    return RulerNode(
        log_odds=node.log_odds[places, 0][None],
        start=lines(node.start),
        slope=lines(node.slope),
        cost=node.cost[..., draws],
        leave=node.leave[:2, states, 0, draws][:, None, None],
        precision=node.precision[draws],
        open=node.open[:, states, 0, 0][:, None, None],
    )


class _Careful(NamedTuple):
    """Log-ratios, residual, caps and last step (all but the residual by move), rounds."""

    l: jax.Array  # noqa: E741
    residual: jax.Array
    cap: jax.Array
    last: jax.Array
    rounds: jax.Array


def careful(node: RulerNode, start: jax.Array, tolerance: jax.Array | float) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The same search with a cap on every part of a step that halves whenever the part turns back.

    The cap makes the search settle where the value lines have a kink, and keeps it from jumping to and fro between
    two solutions. Returns log-ratios, residuals and the number of rounds.
    """

    def more(state: _Careful) -> jax.Array:
        return (state.residual > tolerance).any() & (state.rounds < HARD_ROUNDS)

    def once(state: _Careful) -> _Careful:
        found = reply(node, state.l)
        left = residual(found, state.l)
        step = adjustment(node, found, state.l)
        cap = jnp.where(step * state.last < 0, 0.5 * state.cap, jnp.minimum(1.2 * state.cap, LONGEST_STEP))
        step = jnp.where(left > tolerance, jnp.clip(step, -cap, cap), 0.0)
        return _Careful(state.l + step, left, cap, step, state.rounds + 1)

    first = _Careful(
        start,
        jnp.full(start.shape[1:], jnp.inf),
        jnp.ones_like(start),
        jnp.zeros_like(start),
        jnp.zeros((), jnp.int32),
    )
    last = jax.lax.while_loop(more, once, first)
    return last.l, last.residual, last.rounds


def ruler_values(prepared: Prepared, node: RulerNode, found: Reply) -> jax.Array:
    """Value of the ruler's node to each player, [4, 72, nodes, D].

    Each type weighs its payoffs by its own choice; the others by the public's mix of the two types.
    """
    own = found.leave * node.leave[:2] + total([found.stay[:, a] * found.payoff[:, a] for a in range(len(STAYING))])
    b = jnp.asarray(belief_grid(node.log_odds.shape[0]))[:, None]
    leave = b * found.leave[COMMITTED] + (1 - b) * found.leave[FLEXIBLE]
    public = b * found.stay[COMMITTED] + (1 - b) * found.stay[FLEXIBLE]
    worth = _at(node.start[2:], found.entries) + _at(node.slope[2:], found.entries) * found.belief
    others = leave * node.leave[2:] + total([public[a] * worth[:, a] for a in range(len(STAYING))])
    return jnp.concatenate([own, others])
