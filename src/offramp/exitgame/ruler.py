"""The ruler's choice, and the fixed point that it holds at every node.

Both types choose by logit among leaving on the offer, holding, a counter-demand and a crackdown. A move tells the
public something: with l_a = log(sigma_K(a) / sigma_F(a)) the belief b moves to B_a, log-odds(B_a) = log-odds(b) + l_a.
What a move is worth depends on B_a, so l solves l = Phi(l) at every node. The unknown is l over the three moves after
which the game goes on. Its Jacobian is a diagonal plus a rank-one matrix, so a Newton step has a closed form:
with q_th(a) the slope of lam Q_th(a) in l_a,
    dPhi_a / dl_c = (1[a = c] - sigma_K(c)) q_K(c) - (1[a = c] - sigma_F(c)) q_F(c).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.belief import belief_grid, belief_log_odds, interval
from offramp.exitgame.moves import RULER_OPEN, RulerMove
from offramp.exitgame.prepare import ARMY, COERCER, COMMITTED, FLEXIBLE, Prepared
from offramp.exitgame.states import SHAPE, STATES, Demand
from offramp.games.logit import total, weight

#: The moves after which the game goes on, in the order of the unknown l.
STAYING = (RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN)
#: Two steps of this size already carry a belief from one end of the grid to the other.
LONGEST_STEP = 4.0
#: Smallest determinant at which a step is Newton's; below it, how far a step goes along the adjustment.
SINGULAR = 1e-3
FLOW = 5.0
#: Rounds at all nodes at once.
QUICK_ROUNDS = 4
#: Then the states and beliefs with the largest residuals, so many at once, for so many rounds.
HARD = 64
HARD_ROUNDS = 100
#: One batch after another: how far steps go along the adjustment, whether caps may still grow in late rounds (where
#: they may not, a search that goes to and fro over a kink ends there), whether the batch starts where the node stands,
#: and the log-ratios to start from otherwise.
BATCHES = (
    (FLOW, 1.2, True, (0.0, 0.0, 0.0)),
    (0.4, 1.0, True, (0.0, 0.0, 0.0)),
    (1.0, 1.2, False, (0.0, 0.0, 0.0)),
    (0.4, 1.0, True, (0.0, 0.0, 0.0)),
    (1.0, 1.2, False, (2.0, -2.0, 2.0)),
    (FLOW, 1.0, True, (0.0, 0.0, 0.0)),
    (0.4, 1.2, True, (0.0, 0.0, 0.0)),
    (0.2, 1.0, True, (0.0, 0.0, 0.0)),
)
ALL_BATCHES = len(BATCHES)
#: Times that the two kinds of rounds take turns.
PASSES = 3


class RulerNode(NamedTuple):
    """Everything that the ruler's node needs and that l does not change, for S states and n beliefs of them.

    S is 72 and n the size of the grid, or some rows of it are gathered: S rows, n 1.
    """

    worth: jax.Array  # [2, 4, 72, nodes, D] crackdown, player: the armed forces' node
    rows: jax.Array  # [3, S, 1, 1] by move of STAYING: row of (crackdown, flexible ruler, state reached) in `worth`
    log_odds: jax.Array  # [n, 1], or [S, 1, 1] for gathered rows
    cost: jax.Array  # [3, 1, 1, D]
    leave: jax.Array  # [4, S, 1, D]
    precision: jax.Array  # [D]
    open: jax.Array  # [4, S, 1, 1]


class Reply(NamedTuple):
    """The two types' choices at l, and where they lead."""

    leave: jax.Array  # [2, S, n, D] by type, chance of leaving
    stay: jax.Array  # [2, 3, S, n, D] by type, chance of each move of STAYING
    payoff: jax.Array  # [2, 3, S, n, D] what those are worth
    entries: jax.Array  # [3, S, n, D] where the belief's interval begins in the flattened `worth` of the flexible type
    share: jax.Array  # [3, S, n, D] how far into the interval the belief lies, 0 to 1


def ruler_node(prepared: Prepared, worth: jax.Array) -> RulerNode:
    """The node at every state and belief, given what the armed forces' node is worth (`army.ArmyPlay.value`)."""
    _, offer, posture, _, _ = np.unravel_index(np.arange(STATES), SHAPE)
    states = np.arange(STATES)
    reached = np.stack([states, states | int(Demand.STANDING), states + 4 * STATES])
    return RulerNode(
        worth=worth,
        rows=jnp.asarray(reached[:, :, None, None], jnp.int32),
        log_odds=jnp.asarray(belief_log_odds(worth.shape[-2]))[:, None],
        cost=prepared.cost_ruler[1:, None, None],
        leave=prepared.leave[:, offer, posture][:, :, None],
        precision=prepared.precision[0],
        open=jnp.asarray(RULER_OPEN)[:, :, None, None],
    )


def _read(worth: jax.Array, entries: jax.Array, players: tuple[int, ...]) -> jax.Array:
    """`worth` at flat entries [3, S, n, D], for several players. One flat index is the quickest gather on a CPU."""
    each = int(np.prod(worth.shape[2:]))
    offset = np.asarray(players, np.int32).reshape(-1, 1, 1, 1, 1) * np.int32(each)
    return worth.reshape(-1).at[entries + offset].get(mode="promise_in_bounds")


def reply(node: RulerNode, l: jax.Array) -> tuple[Reply, jax.Array, jax.Array]:  # noqa: E741 - the specification's letter
    """Choices of both types when the public reads their moves by the log-ratios `l` [3, S, n, D].

    Returns:
        The reply; the log-ratios Phi(l) [3, S, n, D] that it implies; and the slope of precision * payoff in l_a,
        [2, 3, S, n, D] by type and move.
    """
    nodes, draws = node.worth.shape[-2:]
    grid = belief_grid(nodes)
    x = node.log_odds + l
    belief = jax.nn.sigmoid(x)
    place = interval(x, nodes)
    below, width = jnp.asarray(grid[:-1])[place], jnp.asarray(1 / np.diff(grid))[place]
    share = (belief - below) * width
    entries = (node.rows * np.int32(nodes) + place) * np.int32(draws) + np.arange(draws, dtype=np.int32)
    low = _read(node.worth, entries, (FLEXIBLE, COMMITTED))
    rise = _read(node.worth, entries + np.int32(draws), (FLEXIBLE, COMMITTED)) - low
    payoff = low + rise * share - node.cost
    # Holding is open everywhere; the other moves are weighed against it.
    hold = payoff[:, 0]
    leaving = weight(node.leave[:2] - hold, node.precision, node.open[RulerMove.LEAVE])
    others = weight(payoff[:, 1:] - hold[:, None], node.precision, node.open[RulerMove.DEMAND :])
    chance = 1.0 / (1.0 + leaving + others[:, 0] + others[:, 1])
    level = jnp.log(chance[FLEXIBLE] / chance[COMMITTED]) + (hold[COMMITTED] - hold[FLEXIBLE]) * node.precision
    implied = (payoff[COMMITTED] - payoff[FLEXIBLE]) * node.precision - level
    open_ = node.open[1:]
    stay = jnp.concatenate([chance[:, None], others * chance[:, None]], 1)
    gradient = rise * jnp.where(open_, node.precision * width * belief * (1 - belief), 0.0)
    return Reply(leaving * chance, stay, payoff, entries, share), jnp.where(open_, implied, 0.0), gradient


def adjustment(
    node: RulerNode, found: Reply, missing: jax.Array, gradient: jax.Array, flow: jax.Array | float = FLOW
) -> jax.Array:
    """The step s with (I - dPhi/dl) s = `missing` = Phi(l) - l, in closed form; moves that are not open stay at 0.

    The matrix is diag(d) + 1 c^T. Where its determinant is not above `SINGULAR` the public's reading feeds on itself:
    Newton would lead back to a solution that has vanished, or to an unstable one. There the step goes along
    dl/dt = Phi(l) - l, the adjustment under which readings follow play, for a time `flow`, and so on to the next
    stable solution.
    """
    flexible, committed = gradient[FLEXIBLE], gradient[COMMITTED]
    d = 1 - (committed - flexible)
    c = found.stay[COMMITTED] * committed - found.stay[FLEXIBLE] * flexible
    # Cramer's rule, which stays exact where one d is 0. A move that is not open has d = 1 and c = 0.
    d01, d02, d12 = d[0] * d[1], d[0] * d[2], d[1] * d[2]
    cd0, cd1, cd2 = c[0] * d12, c[1] * d02, c[2] * d01
    determinant = d01 * d[2] + cd0 + cd1 + cd2
    regular = determinant > SINGULAR
    inverse = 1.0 / jnp.where(regular, determinant, 1.0)
    m = missing
    steps = (
        m[0] * (d12 + c[1] * d[2] + c[2] * d[1]) - c[1] * m[1] * d[2] - c[2] * m[2] * d[1],
        m[1] * (d02 + c[0] * d[2] + c[2] * d[0]) - c[0] * m[0] * d[2] - c[2] * m[2] * d[0],
        m[2] * (d01 + c[0] * d[1] + c[1] * d[0]) - c[0] * m[0] * d[1] - c[1] * m[1] * d[0],
    )
    return jnp.where(node.open[1:] & regular, jnp.stack(steps) * inverse, jnp.where(node.open[1:], flow * m, 0.0))


def residual(missing: jax.Array) -> jax.Array:
    """Largest |Phi(l) - l| over the moves, [S, n, D], log-ratio."""
    largest: jax.Array = functools.reduce(jnp.maximum, list(jnp.abs(missing)))
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
    node: RulerNode,
    start: jax.Array,
    tolerance: jax.Array | float,
    passes: jax.Array | int = PASSES,
    batches: jax.Array | int = ALL_BATCHES,
) -> Search:
    """Solve l = Phi(l) at every node from `start` [3, 72, nodes, D].

    A few Newton steps at all nodes at once settle nearly all of them. Those that are left are gathered, `HARD` at a
    time, and go on by `careful` steps. Stops when every residual is at most `tolerance` or the rounds are spent.
    `passes` is how often the two kinds of rounds take turns; 1 is a single round at all nodes and nothing else, for
    months in which the next one goes on from `l + step`. `batches` is how many of `BATCHES` are tried each time.
    """
    number = jnp.zeros((), jnp.int32)
    shapes = jax.eval_shape(reply, node, start)[0]
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
        return _hard(node, quick, tolerance, jnp.where(last, 0, batches)), done + 1

    return jax.lax.while_loop(unfinished, once, (search, number))[0]


def _quick(node: RulerNode, search: Search, tolerance: jax.Array | float, most: jax.Array) -> Search:
    """Newton at all nodes: at least once, and while some are unsettled, at most `most` times."""
    begun = search.rounds

    def more(search: Search) -> jax.Array:
        return ~search.fresh | ((search.residual > tolerance).any() & (search.rounds - begun < most))

    def once(search: Search) -> Search:
        l = search.l + search.step  # noqa: E741
        found, implied, gradient = reply(node, l)
        missing = implied - l
        step = jnp.clip(adjustment(node, found, missing, gradient), -LONGEST_STEP, LONGEST_STEP)
        return Search(l, step, found, residual(missing), jnp.ones((), bool), search.rounds + 1, search.hard_rounds)

    return jax.lax.while_loop(more, once, search)


def _hard(node: RulerNode, search: Search, tolerance: jax.Array | float, most: jax.Array) -> Search:
    """Careful search at the states and beliefs with the largest residuals, `HARD` at a time, at most `most` times."""

    def more(state: tuple[jax.Array, jax.Array, jax.Array, jax.Array]) -> jax.Array:
        return (state[1] > tolerance).any() & (state[2] < most)

    def batch(
        state: tuple[jax.Array, jax.Array, jax.Array, jax.Array],
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        l, left, batches, rounds = state  # noqa: E741
        _, worst = jax.lax.top_k(left.max(-1).reshape(-1), HARD)
        states, places = jnp.unravel_index(worst, left.shape[:2])
        some = gathered(node, states, places)
        here, before = l[:, states, places][:, :, None], left[states, places][:, None]
        flow, growth, stay, elsewhere = (jnp.asarray(column)[batches] for column in zip(*BATCHES, strict=True))
        begin = jnp.where(stay | ~some.open[1:], here, elsewhere[:, None, None, None])
        found, rest, taken = careful(some, begin, tolerance, flow, growth)
        better = rest < before
        l = l.at[:, states, places].set(jnp.where(better, found, here)[:, :, 0])  # noqa: E741
        left = left.at[states, places].set(jnp.where(better, rest, before)[:, 0])
        return l, left, batches + 1, rounds + taken

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


def gathered(node: RulerNode, states: jax.Array, places: jax.Array) -> RulerNode:
    """The node at some states and beliefs, all draws of them, as S rows of one belief each."""
    return node._replace(
        rows=node.rows[:, states],
        log_odds=node.log_odds[places][:, None],
        leave=node.leave[:, states],
        open=node.open[:, states],
    )


class _Careful(NamedTuple):
    """Log-ratios, residual, caps and last step (all but the residual by move), rounds."""

    l: jax.Array  # noqa: E741
    residual: jax.Array
    cap: jax.Array
    last: jax.Array
    rounds: jax.Array


def careful(
    node: RulerNode,
    start: jax.Array,
    tolerance: jax.Array | float,
    flow: jax.Array | float,
    growth: jax.Array | float,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The same search with a cap on every part of a step that halves whenever the part turns back.

    The cap makes the search settle where the value lines have a kink, and keeps it from jumping to and fro between
    two solutions. Returns log-ratios, residuals and the number of rounds.
    """

    def more(state: _Careful) -> jax.Array:
        return (state.residual > tolerance).any() & (state.rounds < HARD_ROUNDS)

    def once(state: _Careful) -> _Careful:
        found, implied, gradient = reply(node, state.l)
        left = residual(implied - state.l)
        step = adjustment(node, found, implied - state.l, gradient, flow)
        grow = jnp.where(state.rounds < HARD_ROUNDS // 3, 1.2, growth)
        cap = jnp.where(step * state.last < 0, 0.5 * state.cap, jnp.minimum(grow * state.cap, LONGEST_STEP))
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
    low = _read(node.worth, found.entries, (COERCER, ARMY))
    worth = low + (_read(node.worth, found.entries + node.worth.shape[-1], (COERCER, ARMY)) - low) * found.share
    others = leave * node.leave[2:] + total([public[a] * worth[:, a] for a in range(len(STAYING))])
    return jnp.concatenate([own, others])
