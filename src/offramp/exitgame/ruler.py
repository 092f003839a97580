"""The ruler's choice, and the fixed point that it holds at every node.

Both types choose by logit among leaving on the offer, holding, a counter-demand and a crackdown. A move tells the
public something: with l_a = log(sigma_K(a) / sigma_F(a)) the belief b moves to B_a, log-odds(B_a) = log-odds(b) + l_a.
What a move is worth depends on B_a, so l solves l = Phi(l) at every node. The unknown is l over the three moves after
which the game goes on. Its Jacobian is a diagonal plus a rank-one matrix, so a Newton step has a closed form
(Sherman-Morrison): with q_th(a) the slope of lam Q_th(a) in l_a,
    dPhi_a / dl_c = (1[a = c] - sigma_K(c)) q_K(c) - (1[a = c] - sigma_F(c)) q_F(c).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.army import ArmyPlay
from offramp.exitgame.belief import belief_grid, belief_log_odds, interval
from offramp.exitgame.moves import RULER_OPEN, RulerMove
from offramp.exitgame.prepare import ARMY, COERCER, COMMITTED, FLEXIBLE, Prepared
from offramp.exitgame.states import SHAPE, STATES

#: The moves after which the game goes on, in the order of the unknown l.
STAYING = (RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN)
#: Two steps of this size already carry a belief from one end of the grid to the other.
LONGEST_STEP = 4.0
#: Floor of the diagonal and the determinant in a step.
STEEPEST = 0.05
#: Rounds at all nodes at once; then batches of the nodes with the largest residuals, and rounds for each batch.
QUICK_ROUNDS = 6
HARD = 256
HARD_BATCHES = 40
HARD_ROUNDS = 150


class RulerNode(NamedTuple):
    """Everything that the ruler's node needs and that l does not change."""

    log_odds: jax.Array  # [nodes, 1]
    start: jax.Array  # [4, 3, 72, nodes - 1, D] player, move: value at belief 0 of the line through each interval
    slope: jax.Array  # [4, 3, 72, nodes - 1, D] its slope in the belief
    cost: jax.Array  # [3, 1, 1, D]
    leave: jax.Array  # [4, 72, 1, D]
    precision: jax.Array  # [D]
    can_leave: jax.Array  # [72, 1, 1]
    can_stay: jax.Array  # [3, 72, 1, 1]


class Reply(NamedTuple):
    """The two types' choices at l, and what they imply."""

    choice: jax.Array  # [2, 4, 72, nodes, D] type, move
    payoff: jax.Array  # [2, 4, 72, nodes, D]
    implied: jax.Array  # [3, 72, nodes, D] Phi(l)
    belief: jax.Array  # [3, 72, nodes, D] B_a at l
    place: jax.Array  # [3, 72, nodes, D] its interval
    gradient: jax.Array  # [2, 3, 72, nodes, D] slope of precision * payoff in l_a


def ruler_node(prepared: Prepared, army: ArmyPlay) -> RulerNode:
    """Tables of what each move leads to, as lines over the belief intervals."""
    nodes, draws = army.value.shape[-2:]
    hold, crackdown = army.value[0], army.value[1]
    demand = jnp.broadcast_to(
        hold.reshape(4, *SHAPE, nodes, draws)[:, :, :, :, :, 1:], (4, *SHAPE, nodes, draws)
    ).reshape(hold.shape)
    table = jnp.stack([hold, demand, crackdown], 1)
    grid = belief_grid(nodes)
    slope = jnp.diff(table, axis=-2) / np.diff(grid)[:, None]
    start = table[..., :-1, :] - slope * grid[:-1, None]
    _, offer, posture, _, _ = np.unravel_index(np.arange(STATES), SHAPE)
    return RulerNode(
        log_odds=jnp.asarray(belief_log_odds(nodes))[:, None],
        start=start,
        slope=slope,
        cost=prepared.cost_ruler[1:, None, None],
        leave=prepared.leave[:, offer, posture][:, :, None],
        precision=prepared.precision[0],
        can_leave=jnp.asarray(RULER_OPEN[RulerMove.LEAVE])[:, None, None],
        can_stay=jnp.asarray(RULER_OPEN[list(STAYING)])[:, :, None, None],
    )


def _at(table: jax.Array, place: jax.Array) -> jax.Array:
    return jnp.take_along_axis(table, place, axis=-2, mode="promise_in_bounds")


def reply(node: RulerNode, l: jax.Array) -> Reply:  # noqa: E741 - the letter of the specification
    """Choices of both types when the public reads their moves by the log-ratios `l` [3, 72, nodes, D]."""
    nodes = node.slope.shape[-2] + 1
    x = node.log_odds + l
    belief = jax.nn.sigmoid(x)
    place = interval(x, nodes)
    payoffs, gradients = [], []
    spread = jnp.where(node.can_stay, node.precision * belief * (1 - belief), 0.0)
    for type_ in (FLEXIBLE, COMMITTED):
        slope = _at(node.slope[type_], place)
        stay = _at(node.start[type_], place) + slope * belief - node.cost
        leave = jnp.broadcast_to(node.leave[type_], stay.shape[1:])
        payoffs.append(jnp.concatenate([leave[None], stay]))
        gradients.append(slope * spread)
    payoff = jnp.stack(payoffs)
    open_ = jnp.concatenate([node.can_leave[None], node.can_stay])
    best = jnp.where(open_, payoff, -jnp.inf).max(1, keepdims=True)
    weight = jnp.where(open_, jnp.exp(jnp.where(open_, payoff - best, 0.0) * node.precision), 0.0)
    total = weight.sum(1, keepdims=True)
    choice = weight / total
    level = best[:, 0] * node.precision + jnp.log(total[:, 0])
    gain = (payoff[1, 1:] - payoff[0, 1:]) * node.precision
    implied = jnp.where(node.can_stay, gain - (level[1] - level[0]), 0.0)
    return Reply(choice, payoff, implied, belief, place, jnp.stack(gradients))


def adjustment(node: RulerNode, found: Reply, l: jax.Array) -> jax.Array:  # noqa: E741
    """The step s with (I - dPhi/dl) s = Phi(l) - l, by Sherman-Morrison; moves that are not open stay at 0.

    It is Newton's step, except that the diagonal and the determinant are kept above `STEEPEST`: where the public's
    reading feeds on itself the step then still points along dl/dt = Phi(l) - l, the adjustment under which readings
    follow play, so that a search whose solution has vanished flows to the next stable one.
    """
    missing = found.implied - l
    flexible, committed = found.gradient
    diagonal = jnp.maximum(1 - (committed - flexible), STEEPEST)
    common = found.choice[COMMITTED, 1:] * committed - found.choice[FLEXIBLE, 1:] * flexible
    # The system is (diag + 1 common^T) step = missing.
    ratio = jnp.where(node.can_stay, common / diagonal, 0.0)
    det = jnp.maximum(1 + ratio.sum(0), STEEPEST)
    step = (missing - (ratio * missing).sum(0) / det) / diagonal
    return jnp.where(node.can_stay, step, 0.0)


def residual(found: Reply, l: jax.Array) -> jax.Array:  # noqa: E741
    """Largest |l - Phi(l)| over the moves, [72, nodes, D], log-ratio."""
    return jnp.abs(found.implied - l).max(0)


class Search(NamedTuple):
    """Log-ratios [3, 72, nodes, D], their residual [72, nodes, D], and the rounds that the two stages took."""

    l: jax.Array  # noqa: E741
    residual: jax.Array
    rounds: jax.Array
    hard_rounds: jax.Array


def find_log_ratios(node: RulerNode, start: jax.Array, tolerance: jax.Array | float) -> Search:
    """Solve l = Phi(l) at every node from `start` [3, 72, nodes, D].

    A few Newton steps at all nodes at once settle nearly all of them. Those that are left are gathered, `HARD` at a
    time, and go on by `careful` steps. Stops when every residual is at most `tolerance` or the rounds are spent.
    """

    def more(search: Search) -> jax.Array:
        return (search.residual > tolerance).any() & (search.rounds < QUICK_ROUNDS)

    def once(search: Search) -> Search:
        found = reply(node, search.l)
        left = residual(found, search.l)
        step = jnp.clip(adjustment(node, found, search.l), -LONGEST_STEP, LONGEST_STEP)
        l = jnp.where(left > tolerance, search.l + step, search.l)  # noqa: E741
        return search._replace(l=l, residual=left, rounds=search.rounds + 1)

    # A residual is known only one round after its step: the last round of `more` steps nothing that is settled.
    first = Search(
        start, jnp.full(start.shape[1:], jnp.inf), jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32)
    )
    quick = jax.lax.while_loop(more, once, first)

    def unfinished(state: tuple[Search, jax.Array]) -> jax.Array:
        search, batches = state
        return (search.residual > tolerance).any() & (batches < HARD_BATCHES)

    def batch(state: tuple[Search, jax.Array]) -> tuple[Search, jax.Array]:
        search, batches = state
        shape = search.residual.shape
        size = min(HARD, search.residual.size)
        _, rows = jax.lax.top_k(search.residual.reshape(-1), size)
        states, places, draws = jnp.unravel_index(rows, shape)
        some = gathered(node, states, places, draws)
        l, left, rounds = careful(some, search.l[:, states, places, draws][:, None, None], tolerance)  # noqa: E741
        return (
            Search(
                search.l.at[:, states, places, draws].set(l[:, 0, 0]),
                search.residual.at[states, places, draws].set(left[0, 0]),
                search.rounds,
                search.hard_rounds + rounds,
            ),
            batches + 1,
        )

    search, _ = jax.lax.while_loop(unfinished, batch, (quick, jnp.zeros((), jnp.int32)))
    return search


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
        can_leave=node.can_leave[states, 0, 0][None, None],
        can_stay=node.can_stay[:, states, 0, 0][:, None, None],
    )


def careful(
    node: RulerNode, start: jax.Array, tolerance: jax.Array | float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The same search with a cap on every part of a step that halves whenever the part turns back.

    The cap makes the search settle where the value lines have a kink, and keeps it from jumping to and fro between
    two solutions. Returns log-ratios, residuals and the number of rounds.
    """

    def more(state: tuple[jax.Array, ...]) -> jax.Array:
        return (state[1] > tolerance).any() & (state[4] < HARD_ROUNDS)

    def once(state: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        l, _, cap, last, rounds = state  # noqa: E741
        found = reply(node, l)
        left = residual(found, l)
        step = adjustment(node, found, l)
        cap = jnp.where(step * last < 0, 0.5 * cap, jnp.minimum(1.2 * cap, LONGEST_STEP))
        step = jnp.where(left > tolerance, jnp.clip(step, -cap, cap), 0.0)
        return l + step, left, cap, step, rounds + 1

    first = (
        start,
        jnp.full(start.shape[1:], jnp.inf),
        jnp.ones_like(start),
        jnp.zeros_like(start),
        jnp.zeros((), jnp.int32),
    )
    l, left, _, _, rounds = jax.lax.while_loop(more, once, first)  # noqa: E741
    return l, left, rounds


def ruler_values(prepared: Prepared, node: RulerNode, found: Reply) -> jax.Array:
    """Value of the ruler's node to each player, [4, 72, nodes, D].

    Each type weighs its payoffs by its own choice; the others by the public's mix of the two types.
    """
    nodes = node.log_odds.shape[0]
    own = (found.choice * found.payoff).sum(1)
    b = jnp.asarray(belief_grid(nodes))[:, None]
    public = b * found.choice[COMMITTED] + (1 - b) * found.choice[FLEXIBLE]
    others = []
    for player in (COERCER, ARMY):
        stay = _at(node.start[player], found.place) + _at(node.slope[player], found.place) * found.belief
        others.append(public[0] * node.leave[player] + (public[1:] * stay).sum(0))
    return jnp.stack([own[FLEXIBLE], own[COMMITTED], *others])
