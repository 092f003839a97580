"""The armed forces' choice: back the ruler, waver, or move against him.

They see the ruler's move and the belief that follows from it, and choose by logit. A successful attempt ends the
game as a coup; after a failed one the plotters are purged and the forces are loyal again.
"""

from __future__ import annotations

from typing import NamedTuple

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.chance import Prospects
from offramp.exitgame.prepare import ARMY, MonthPaths, Prepared
from offramp.exitgame.states import STATES
from offramp.games.logit import logit_reply


class ArmyPlay(NamedTuple):
    """What the armed forces do, and what that is worth to each player.

    choice: [2, 3, 72, nodes, D] crackdown, move, state; value: [2, 4, 72, nodes, D] crackdown, player, state.
    """

    choice: jax.Array
    value: jax.Array


def army_play(prepared: Prepared, paths: MonthPaths, ahead: Prospects) -> ArmyPlay:
    """Logit choice at every state and node, after each kind of ruler's move (without and with a crackdown)."""
    success = prepared.coup_success
    draws = success.shape[-1]
    back = jnp.stack([ahead.loyal, ahead.restoring], 4)  # [2, 4, 3, 3, posture, street, demand, nodes, D]
    waver = jnp.broadcast_to(ahead.wavering[:, :, :, :, None], back.shape)
    fail = (1 - success)[:, None, None, None] * ahead.loyal[:, :, :, :, None]
    won = (success * prepared.coup[:, None])[:, None, None, :, None, None, None]
    attempt = won + fail

    payoff = jnp.stack(
        [
            back[:, ARMY],
            waver[:, ARMY] + prepared.waver[:, None, None, None, None, None, None],
            fail[:, ARMY] + (prepared.attempt + paths.coup_payoff)[:, None, None, None],
        ],
        1,
    )  # [2, 3, ...]
    choice = logit_reply(payoff, prepared.precision[2], axis=1)
    value = (
        choice[:, 0, None] * back + choice[:, 1, None] * waver + choice[:, 2, None] * attempt
    )
    own = (choice * payoff).sum(1)
    value = value.at[:, ARMY].set(own)
    nodes = value.shape[-2]
    return ArmyPlay(
        choice.reshape(2, 3, STATES, nodes, draws),
        value.reshape(2, 4, STATES, nodes, draws),
    )
