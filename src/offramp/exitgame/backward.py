"""A month of play turned round: what payoffs after it are worth at its start, from every state and belief.

`flow` runs mass forwards through a month; this runs payoffs backwards through the same play, for several payees at
once: players, or an exit counted as one. It is the solver's own recursion with the choices given, and the exact
transpose of `flow`; `tests/exitgame/test_backward.py` holds it to JAX's transpose of that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp, stage
from offramp.exitgame.army import army_options
from offramp.exitgame.belief import belief_grid
from offramp.exitgame.chance import Prospects, prospects
from offramp.exitgame.coercer import coercer_options
from offramp.exitgame.flow import Masks, beliefs_after, imposed, staying_targets
from offramp.exitgame.month import MonthPlay
from offramp.exitgame.moves import STRIKE, RulerMove
from offramp.exitgame.prepare import COERCER, COMMITTED, FLEXIBLE, MonthPaths, Prepared
from offramp.exitgame.states import COUP, EXITS, FOREIGN, NEGOTIATED, SHAPE, STATES
from offramp.games.logit import total

_STATE = np.unravel_index(np.arange(STATES), SHAPE)


class Payees(NamedTuple):
    """What K payees get out of a month, D draws."""

    flow: Any  # [K, 3, D] a month, by pressure
    discount: Any  # [K, D] on what comes at the end of the month or later
    exit: Any  # [K, 2, 8, D] by posture of the armed forces
    leave: Any  # [K, 3, 2, D] by offer and posture
    strike: Any  # [K, 2, D] by posture
    coup: Any  # [K, D]
    lapsed: Any  # [K, D]
    pays: Any  # [K] 1 for who pays the coercer's costs


def exits_counted(lapsed: Any) -> Payees:
    """Eight payees, of whom each gets 1 at one exit; `lapsed` [8, D] is what a lapsed standoff counts for each."""
    draws = lapsed.shape[-1]
    one = np.broadcast_to(np.eye(len(EXITS))[:, :, None], (len(EXITS), len(EXITS), draws))

    def by(mode: int, *places: int) -> Any:
        return np.broadcast_to(one[:, mode].reshape(len(EXITS), *(1 for _ in places), draws), (8, *places, draws))

    return Payees(
        flow=np.zeros((len(EXITS), 3, draws)),
        discount=np.ones((len(EXITS), draws)),
        exit=np.broadcast_to(one[:, None], (len(EXITS), 2, len(EXITS), draws)),
        leave=by(NEGOTIATED, 3, 2),
        strike=by(FOREIGN, 2),
        coup=by(COUP),
        lapsed=lapsed,
        pays=np.zeros(len(EXITS)),
    )


def coercer_paid(prepared: Prepared, paths: MonthPaths) -> Payees:
    """One payee, the coercer of the game."""
    own = slice(COERCER, COERCER + 1)
    return Payees(
        flow=prepared.flow[own],
        discount=prepared.discount[own],
        exit=prepared.exit[own],
        leave=prepared.leave[own],
        strike=prepared.strike[own],
        coup=prepared.coup[own],
        lapsed=paths.lapsed[own],
        pays=np.ones(1),
    )


def month_worth(
    ready: jax.Array,
    prepared: Prepared,
    paths: MonthPaths,
    play: MonthPlay,
    payees: Payees,
    following: jax.Array,
    masks: Masks,
) -> jax.Array:
    """Worth at the start of the month [K, 72, nodes, D], from that at the start of the next, of the same shape.

    Of `masks` only what is imposed on the coercer counts; what is observed of a month belongs to the filter. `ready`
    is true; see `_jax.stage`.
    """
    own = prepared._replace(
        flow=payees.flow, discount=payees.discount, exit=payees.exit, strike=payees.strike, coup=payees.coup
    )
    ahead = stage(ready, prospects, own, paths._replace(lapsed=payees.lapsed), following)
    army = stage(ready, _army, own, play, ahead)
    ruler = stage(ready, _ruler, play, payees, army)
    return stage(ready, _coercer, own, play, payees, masks, ruler)


def _army(own: Prepared, play: MonthPlay, ahead: Prospects) -> jax.Array:
    """Worth of the armed forces' node, [2, K, 72, nodes, D]."""
    options = army_options(own, ahead)
    nodes, draws = options.waver.shape[-2:]
    shape = (2, 1, *SHAPE, nodes, draws)
    worth = total(
        [
            choice.reshape(shape) * after
            for choice, after in zip(play.army.choice, (options.back, options.waver, options.attempt), strict=True)
        ]
    )
    return worth.reshape(2, -1, STATES, nodes, draws)


def _ruler(play: MonthPlay, payees: Payees, army: jax.Array) -> jax.Array:
    """Worth of the ruler's node [K, 72, nodes, D] from that of the armed forces' [2, K, 72, nodes, D]."""
    payees_, _, nodes, draws = army.shape[1:]
    b = jnp.asarray(belief_grid(nodes))[:, None]
    found = play.ruler
    public = b * found.stay[COMMITTED] + (1 - b) * found.stay[FLEXIBLE]
    leave = b * found.leave[COMMITTED] + (1 - b) * found.leave[FLEXIBLE]
    place, share = beliefs_after(public, play)
    plane, target = staying_targets()
    flat = ((plane * payees_ * STATES + target) * nodes + place) * draws + np.arange(draws)
    each = np.arange(payees_).reshape(-1, 1, 1, 1, 1) * (STATES * nodes * draws)
    worth = army.reshape(-1)
    low = worth.at[flat + each].get(mode="promise_in_bounds")
    high = worth.at[flat + draws + each].get(mode="promise_in_bounds")
    met = payees.leave[:, _STATE[1], _STATE[2]][:, :, None]  # [K, 72, 1, D]
    stays = total([public[a] * (low[:, a] + share[a] * (high[:, a] - low[:, a])) for a in range(len(RulerMove) - 1)])
    whole: jax.Array = leave * met + stays
    return whole


def _coercer(own: Prepared, play: MonthPlay, payees: Payees, masks: Masks, ruler: jax.Array) -> jax.Array:
    """Worth at the start of the month, [K, 72, nodes, D]."""
    after, struck = coercer_options(own, ruler)
    choice = imposed(play.coercer.choice, masks)
    worth = total([choice[move] * after[:, move] for move in range(STRIKE)]) + choice[STRIKE] * struck
    cost = total([choice[move] * own.cost_coercer[move][:, None] for move in range(STRIKE + 1)])
    whole: jax.Array = worth - payees.pays[:, None, None, None] * cost
    return whole
