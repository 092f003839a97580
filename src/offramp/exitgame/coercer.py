"""The coercer's choice: pressure and offer together, or a strike.

The coercer has no hidden type, so what it does tells the public nothing about the ruler: audience costs tie its
hands, they do not inform. A failed strike leaves the state as it was, and the ruler moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.moves import COERCER_OPEN, COERCER_REACHED, STRIKE
from offramp.exitgame.prepare import COERCER, Prepared
from offramp.exitgame.states import SHAPE, STATES
from offramp.games.logit import logit_reply


class CoercerPlay(NamedTuple):
    """choice: [10, 72, nodes, D]; value: [4, 72, nodes, D] at the start of the month."""

    choice: jax.Array
    value: jax.Array


def coercer_play(prepared: Prepared, ruler: jax.Array) -> CoercerPlay:
    """Logit choice given what the ruler's node is worth, [4, 72, nodes, D]."""
    success = prepared.strike_success
    posture = np.unravel_index(np.arange(STATES), SHAPE)[2]
    struck = success * prepared.strike[:, posture][:, :, None] + (1 - success) * ruler
    after = jnp.stack([ruler[:, COERCER_REACHED[move]] for move in range(STRIKE)] + [struck])
    payoff = jnp.where(
        COERCER_OPEN[:, :, None, None],
        after[:, COERCER] - prepared.cost_coercer[:, :, None],
        -jnp.inf,
    )
    choice = logit_reply(payoff, prepared.precision[1], axis=0)
    value = (choice[:, None] * after).sum(0)
    cost = (choice * prepared.cost_coercer[:, :, None]).sum(0)
    return CoercerPlay(choice, value.at[COERCER].add(-cost))
