"""One month of play, run forwards over a distribution of public states and beliefs.

The transpose of a month of the solver: mass on (state, belief) moves through the coercer's, the ruler's and the armed
forces' choices and through chance. A belief between two nodes is split over them keeping its mean, so the probability
that the ruler is committed is conserved exactly, exits included. Sums over moves and states are written as gathers
and small matrix products, which XLA does well on a CPU.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.belief import belief_grid, interval
from offramp.exitgame.chance import hazards
from offramp.exitgame.month import MonthPlay
from offramp.exitgame.moves import COERCER_MOVES, COERCER_OPEN, COERCER_REACHED, STRIKE, ArmyMove, RulerMove
from offramp.exitgame.prepare import COERCER, COMMITTED, FLEXIBLE, MonthPaths, Prepared
from offramp.exitgame.ruler import STAYING
from offramp.exitgame.states import (
    COUP,
    EXITS,
    EXOGENOUS,
    FOREIGN,
    NEGOTIATED,
    SHAPE,
    STATES,
    UPRISING,
    Demand,
)
from offramp.games.logit import total


class Masks(NamedTuple):
    """What is imposed on a month or known about it; 1 lets through, 0 does not."""

    coercer: Any  # [10] moves of the coercer
    imposed: Any  # [] 1 if the coercer's choice is imposed (choice renormalised), 0 if it is observed
    after: Any  # [72] states after the coercer's move
    ruler: Any  # [4] moves of the ruler
    end: Any  # [72] states at the end of the month


def open_masks() -> Masks:
    """Masks that impose nothing and know nothing."""
    return Masks(np.ones(len(COERCER_MOVES)), np.ones(()), np.ones(STATES), np.ones(len(RulerMove)), np.ones(STATES))


class MonthFlow(NamedTuple):
    """Where the month's mass went. The axis `kind` is (all, committed): mass, and its part of committed rulers."""

    standing: jax.Array  # [72, nodes, D] mass that goes on
    exits: jax.Array  # [8, kind, D]
    lapsed: jax.Array  # [kind, D] mass whose standoff lapsed
    coercer: jax.Array  # [D] the coercer's payoff in the month, exits and lapses included, discounted to its start
    played: jax.Array  # [kind, D] mass that reached the ruler's move
    moves: jax.Array  # [14, D] mass by coercer's move, then by ruler's move


def _incoming() -> npt.NDArray[np.intp]:
    """[72, most] for every state the places (move * 72 + state) that lead there, filled up with the number 9 * 72."""
    rows: list[list[int]] = [[] for _ in range(STATES)]
    for move in range(STRIKE):
        for state in range(STATES):
            if COERCER_OPEN[move, state]:
                rows[COERCER_REACHED[move, state]].append(move * STATES + state)
    most = max(map(len, rows))
    return np.array([row + [STRIKE * STATES] * (most - len(row)) for row in rows])


_INCOMING = _incoming()
_POSTURE = np.unravel_index(np.arange(STATES), SHAPE)[2]


def month_flow(prepared: Prepared, paths: MonthPaths, play: MonthPlay, mass: jax.Array, masks: Masks) -> MonthFlow:
    """Run `mass` [72, nodes, D] through one month."""
    nodes = mass.shape[-2]
    grid = belief_grid(nodes)
    kinds = jnp.asarray(np.stack([np.ones(nodes), grid]))  # [kind, nodes]

    def by_kind(x: jax.Array) -> jax.Array:
        return jnp.einsum("kn,...nd->...kd", kinds, x)

    after, struck, moved, paid = _coercer(prepared, play, mass, masks)
    success = prepared.strike_success
    foreign = by_kind(struck * success)  # [72, kind, D]
    after = (after + struck * (1 - success)) * masks.after[:, None, None]

    b = jnp.asarray(grid)[:, None]
    choice = play.ruler
    public = b * choice.stay[COMMITTED] + (1 - b) * choice.stay[FLEXIBLE]
    leave = jnp.stack([b * choice.leave[COMMITTED] + (1 - b) * choice.leave[FLEXIBLE], b * choice.leave[COMMITTED]])
    left = masks.ruler[RulerMove.LEAVE] * jnp.einsum("ksnd,snd->skd", leave, after)
    stays = after * public * masks.ruler[1:, None, None, None]
    quiet, cracked = _learn(stays, public, play)

    army = jnp.stack([quiet, cracked])  # [crackdown, 72, nodes, D]
    chosen = [army * p for p in play.army.choice]
    attempts = by_kind(chosen[ArmyMove.ATTEMPT])  # [crackdown, 72, kind, D]
    won_chance = prepared.coup_success[_POSTURE]  # [72, D]
    coups = total(list((attempts * won_chance[:, None]).sum(0)))  # [kind, D]
    failed = chosen[ArmyMove.ATTEMPT] * (1 - won_chance)[:, None]
    shape = (2, *SHAPE, nodes, mass.shape[-1])
    back, waver, failed = (x.reshape(shape) for x in (chosen[ArmyMove.BACK], chosen[ArmyMove.WAVER], failed))
    loyal = back[:, :, :, 0] + failed[:, :, :, 0] + failed[:, :, :, 1]
    wavering = waver[:, :, :, 0] + waver[:, :, :, 1]
    restoring = back[:, :, :, 1]

    chances = hazards(paths)
    # [posture this month, street, kind, D]; the axes of crackdown, pressure, offer and demand are added up.
    posture = jnp.stack([by_kind(loyal), by_kind(wavering + restoring)])
    by_street = posture.sum((1, 2, 3, 5))
    uprising = (chances.ouster[:, :, None] * by_street).sum((0, 1))
    accidents = [(chance[:, :, None] * by_street).sum((0, 1)) for chance in chances.accident]
    lapses = ((chances.stays * prepared.lapse)[:, :, None] * by_street).sum((0, 1))

    next_ = _next_state(prepared, chances.stays, loyal, wavering, restoring)
    exits = {NEGOTIATED: left.sum(0), COUP: coups, UPRISING: uprising}
    exits.update(dict(zip(EXOGENOUS, accidents, strict=True)))
    strikes = foreign.sum(0)
    stacked = jnp.stack([exits[mode] + (strikes if mode == FOREIGN else 0.0) for mode in range(len(EXITS))])

    worth = _coercer_payoff(
        prepared, paths, left[:, 0], strikes[0], coups[0], exits, lapses[0], posture[:, :, :, :, :, :, 0]
    )
    ruled = jnp.stack([left.sum(0)[0], *(x.sum((0, 1)) for x in stays)])
    return MonthFlow(
        standing=next_ * masks.end[:, None, None],
        exits=stacked,
        lapsed=lapses,
        coercer=worth - paid,
        played=by_kind(after).sum(0),
        moves=jnp.concatenate([moved, ruled]),
    )


def imposed(choice: jax.Array, masks: Masks) -> jax.Array:
    """The coercer's choice [10, 72, nodes, D] under what is imposed or observed."""
    let = choice * masks.coercer[:, None, None, None]
    sum_ = total(list(let))
    # An imposed set of moves may be closed in some state; there the coercer plays as it would.
    bound = (masks.imposed > 0) & (sum_ > 0)
    let = jnp.where(bound, let / jnp.where(sum_ > 0, sum_, 1.0), let)
    return jnp.where((masks.imposed > 0) & (sum_ <= 0), choice, let)


def _coercer(
    prepared: Prepared, play: MonthPlay, mass: jax.Array, masks: Masks
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Mass after the coercer's move, mass that strikes, mass by move [10, D], costs paid [D]."""
    flows = imposed(play.coercer.choice, masks) * mass
    nodes, draws = mass.shape[-2:]
    sources = jnp.concatenate([flows[:STRIKE].reshape(-1, nodes, draws), jnp.zeros((1, nodes, draws))])
    after = total([sources[_INCOMING[:, place]] for place in range(_INCOMING.shape[1])])
    by_state = jnp.einsum("ksnd->ksd", flows)
    paid = jnp.einsum("ksd,ksd->d", by_state, prepared.cost_coercer)
    return after, flows[STRIKE], by_state.sum(1), paid


def staying_targets() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where the moves of STAYING lead: plane of the armed forces' node (crackdown) and state, [3, 72, 1, 1] each."""
    moves, states = np.arange(len(STAYING))[:, None, None, None], np.arange(STATES)[None, :, None, None]
    target = np.where(moves == STAYING.index(RulerMove.DEMAND), states | int(Demand.STANDING), states)
    plane = np.where(moves == STAYING.index(RulerMove.CRACKDOWN), 1, 0) + np.zeros_like(states)
    return plane, target


def beliefs_after(public: jax.Array, play: MonthPlay) -> tuple[jax.Array, jax.Array]:
    """Where the belief goes after each move of STAYING, given the public's chances of them, all [3, 72, nodes, D].

    Returns the grid interval and how far into it the belief lies, 0 to 1.
    """
    nodes = public.shape[-2]
    grid = jnp.asarray(belief_grid(nodes))
    place = interval(play.node.log_odds + play.learnt, nodes)
    belief = grid[:, None] * play.ruler.stay[COMMITTED] / jnp.where(public > 0, public, 1.0)
    return place, (belief - grid[place]) / (grid[place + 1] - grid[place])


def _learn(stays: jax.Array, public: jax.Array, play: MonthPlay) -> tuple[jax.Array, jax.Array]:
    """Mass after the ruler's move and the public's learning: without and with a crackdown, each [72, nodes, D].

    The belief after a move is Bayes' rule on the play itself, not the log-ratio that the search ended at: the two
    differ by the residual, and only the first conserves P(committed) to rounding.
    """
    nodes, draws = stays.shape[-2:]
    place, share = beliefs_after(public, play)
    plane, target = staying_targets()
    flat = ((plane * STATES + target) * nodes + place) * draws + np.arange(draws)
    landed = jnp.zeros(2 * STATES * nodes * draws)
    landed = landed.at[flat.reshape(-1)].add((stays * (1 - share)).reshape(-1), mode="promise_in_bounds")
    landed = landed.at[(flat + draws).reshape(-1)].add((stays * share).reshape(-1), mode="promise_in_bounds")
    quiet, cracked = landed.reshape(2, STATES, nodes, draws)
    return quiet, cracked


def _next_state(
    prepared: Prepared, stays: jax.Array, loyal: jax.Array, wavering: jax.Array, restoring: jax.Array
) -> jax.Array:
    """Mass by state at the start of next month, [72, nodes, D]; inputs [2, 3, 3, street, demand, nodes, D]."""
    goes_on = stays * (1 - prepared.lapse)  # [posture, street, D]

    def onward(x: jax.Array, posture: int) -> jax.Array:
        x = x * goes_on[posture][:, None, None]
        loud = x * prepared.mobilised[:, None, None, :, None, None]
        quiet_next = (x - loud).sum((0, 3))
        loud_next = loud.sum((0, 3))
        return jnp.stack([quiet_next, loud_next], 2)  # [3, 3, street next, demand, nodes, D]

    restored = onward(restoring, 1)
    loyal_next = onward(loyal, 0) + prepared.restore * restored
    wavering_next = onward(wavering, 1) + (1 - prepared.restore) * restored
    next_ = jnp.stack([loyal_next, wavering_next], 2)
    return next_.reshape(STATES, *next_.shape[-2:])


def _coercer_payoff(
    prepared: Prepared,
    paths: MonthPaths,
    left: jax.Array,
    strikes: jax.Array,
    coups: jax.Array,
    exits: dict[int, jax.Array],
    lapses: jax.Array,
    posture: jax.Array,
) -> jax.Array:
    """What the month is worth to the coercer before its own costs, [D]; `posture` [2, 2, 3, 3, street, demand, D]."""
    _, offer, army, _, _ = np.unravel_index(np.arange(STATES), SHAPE)
    worth = jnp.einsum("sd,sd->d", left, prepared.leave[COERCER][offer, army])
    worth += strikes * prepared.strike[COERCER, 0] + coups * prepared.coup[COERCER]
    later = total([exits[mode][0] * prepared.exit[COERCER, 0, mode] for mode in (UPRISING, *EXOGENOUS)])
    later += lapses * paths.lapsed[COERCER]
    paid = jnp.einsum("pd,pd->d", posture.sum((0, 1, 3, 4, 5)), prepared.flow[COERCER])
    whole: jax.Array = worth + paid + prepared.discount[COERCER] * later
    return whole
