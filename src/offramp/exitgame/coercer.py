"""The coercer's choice: pressure and offer together, or a strike.

The coercer has no hidden type, so what it does tells the public nothing about the ruler: audience costs tie its
hands, they do not inform. A failed strike leaves the state as it was, and the ruler moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.moves import COERCER_OPEN, COERCER_REACHED, STAY, STRIKE
from offramp.exitgame.prepare import COERCER, Prepared
from offramp.exitgame.states import SHAPE, STATES
from offramp.games.logit import shares, total, weight

#: 1 for the coercer, over players: costs are its own.
_OWN = np.asarray([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1, 1)
_POSTURE = np.unravel_index(np.arange(STATES), SHAPE)[2]


class CoercerPlay(NamedTuple):
    """choice: [10, 72, nodes, D]; value: [4, 72, nodes, D] at the start of the month."""

    choice: jax.Array
    value: jax.Array


def coercer_options(prepared: Prepared, ruler: jax.Array) -> tuple[jax.Array, jax.Array]:
    """What each move leads to before its cost, from what the ruler's node is worth [4, 72, nodes, D], by player.

    Returns:
        After the nine moves without a strike [4, 9, 72, nodes, D], and after a strike [4, 72, nodes, D].
    """
    success = prepared.strike_success
    struck = success * prepared.strike[:, _POSTURE][:, :, None] + (1 - success) * ruler
    return ruler[:, COERCER_REACHED[:STRIKE]], struck


def coercer_play(prepared: Prepared, ruler: jax.Array) -> CoercerPlay:
    """Logit choice given what the ruler's node is worth, [4, 72, nodes, D]."""
    after, struck = coercer_options(prepared, ruler)
    cost = prepared.cost_coercer[:, :, None]
    here = ruler[COERCER]
    gains = [*(after[COERCER] - cost[:STRIKE] - here), struck[COERCER] - cost[STRIKE] - here]
    others = [move for move in range(STRIKE + 1) if move != STAY]
    open_ = COERCER_OPEN[:, :, None, None]
    found = shares([weight(gains[move], prepared.precision[1], open_[move]) for move in others])
    choice = dict(zip((STAY, *others), found, strict=True))
    value = total([choice[move] * after[:, move] for move in range(STRIKE)]) + choice[STRIKE] * struck
    paid = total([choice[move] * cost[move] for move in others])
    return CoercerPlay(jnp.stack([choice[move] for move in range(STRIKE + 1)]), value - _OWN * paid)
