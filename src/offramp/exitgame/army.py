"""The armed forces' choice: back the ruler, waver, or move against him.

They see the ruler's move and the belief that follows from it, and choose by logit. A successful attempt ends the
game as a coup; after a failed one the plotters are purged and the forces are loyal again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.chance import Prospects
from offramp.exitgame.prepare import ARMY, MonthPaths, Prepared
from offramp.exitgame.states import STATES
from offramp.games.logit import shares, total, weight

#: 1 for the armed forces, over players: what a move costs is their own.
_OWN = np.asarray([0.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1, 1, 1, 1, 1, 1)


class ArmyPlay(NamedTuple):
    """What the armed forces do, and what that is worth to each player.

    choice: by move, each [2, 72, nodes, D] crackdown, state; value: [2, 4, 72, nodes, D]
    crackdown, player, state.
    """

    choice: tuple[jax.Array, ...]
    value: jax.Array


class ArmyOptions(NamedTuple):
    """What each move leads to, by player, before what it costs the armed forces.

    Each broadcasts to [2, 4, 3, 3, posture, street, demand, nodes, D]; `fail` is the part of `attempt` that comes from
    attempts that fail.
    """

    back: jax.Array
    waver: jax.Array
    attempt: jax.Array
    fail: jax.Array


def army_options(prepared: Prepared, ahead: Prospects) -> ArmyOptions:
    """Backing, wavering and an attempt, from what follows them."""
    success = prepared.coup_success
    fail = (1 - success)[:, None, None, None] * ahead.loyal[:, :, :, :, None]
    return ArmyOptions(
        back=jnp.stack([ahead.loyal, ahead.restoring], 4),
        waver=ahead.wavering[:, :, :, :, None],
        attempt=(success * prepared.coup[:, None])[:, None, None, :, None, None, None] + fail,
        fail=fail,
    )


def army_play(prepared: Prepared, paths: MonthPaths, ahead: Prospects) -> ArmyPlay:
    """Logit choice at every state and node, after each kind of ruler's move (without and with a crackdown)."""
    back, waver, attempt, fail = army_options(prepared, ahead)
    payoff = [
        back[:, ARMY],
        waver[:, ARMY] + prepared.waver[:, None, None, None, None, None, None],
        fail[:, ARMY] + (prepared.attempt + paths.coup_payoff)[:, None, None, None],
    ]
    precision = prepared.precision[2]
    choice = shares([weight(better - payoff[0], precision) for better in payoff[1:]])
    value = total([p[:, None] * v for p, v in zip(choice, (back, waver, attempt), strict=True)])
    costs = total([p * (v - w[:, ARMY]) for p, v, w in zip(choice, payoff, (back, waver, attempt), strict=True)])
    value = value + _OWN * costs[:, None]
    flat = (STATES, *value.shape[-2:])
    return ArmyPlay(
        tuple(jnp.broadcast_to(p, value[:, 0].shape).reshape(2, *flat) for p in choice),
        value.reshape(2, 4, *flat),
    )
