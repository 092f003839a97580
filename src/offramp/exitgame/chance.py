"""The end of a month: pay, the street, accidents, a lapse, and what comes next.

Given the posture that the armed forces took this month, the street ousts the ruler first, accidents strike what is
left, and what survives lapses or goes on. Nothing here depends on the hidden type, so beliefs stay as they are.
"""

from __future__ import annotations

from typing import NamedTuple

from offramp.exitgame._jax import jax, jnp
from offramp.exitgame.prepare import MonthPaths, Prepared
from offramp.exitgame.states import EXOGENOUS, SHAPE, UPRISING
from offramp.games.logit import total


class Hazards(NamedTuple):
    """Chances of the month by posture and street: [2, 2, D]; `accident` has one such array for each mode of
    `states.EXOGENOUS`. All of them and `stays` sum to 1."""

    ouster: jax.Array
    accident: tuple[jax.Array, ...]
    stays: jax.Array


def hazards(paths: MonthPaths) -> Hazards:
    """What can end the ruler's time this month, by posture [2] and street [2]."""
    mobilised = jnp.asarray([0.0, 1.0])[None, :, None]
    ouster = paths.ouster[:, None] * mobilised
    accident = tuple((1 - ouster) * rate for rate in paths.exogenous)
    return Hazards(ouster, accident, 1 - ouster - total(accident))


class Prospects(NamedTuple):
    """Worth of the rest of the game after the armed forces' move, by player.

    Each [2, 4, 3, 3, 2, 2, nodes, D]: crackdown, player, pressure, offer, street, counter-demand. `loyal` is for
    forces that are loyal and stay so, `wavering` for forces that waver and will, `restoring` for wavering forces
    that back the ruler and may be loyal next month.
    """

    loyal: jax.Array
    wavering: jax.Array
    restoring: jax.Array


def prospects(prepared: Prepared, paths: MonthPaths, following: jax.Array) -> Prospects:
    """Worth of what follows the armed forces' move.

    Args:
        prepared: The draws.
        paths: This month's slice of `prepared.paths`.
        following: Values at the start of next month [4, 72, nodes, D], by player (or by payee, see `payees`).
    """
    nodes, draws = following.shape[-2:]
    v = following.reshape(-1, *SHAPE, nodes, draws)
    quiet, loud = v[:, :, :, :, 0], v[:, :, :, :, 1]  # [4, 3, 3, posture, demand, nodes, D]
    chance = prepared.mobilised[:, None, None, None, None, :, None, None]  # crackdown first, street in place 5
    onward = quiet[None, :, :, :, :, None] + chance * (loud - quiet)[None, :, :, :, :, None]
    # [2, 4, 3, 3, posture next month, street now, demand, nodes, D]
    lapse = prepared.lapse
    onward = (1 - lapse) * onward + (lapse * paths.lapsed)[:, None, None, None, None, None, None]

    chances = hazards(paths)
    gone = chances.ouster * prepared.exit[:, :, None, UPRISING] + total(
        [chance * prepared.exit[:, :, None, mode] for chance, mode in zip(chances.accident, EXOGENOUS, strict=True)]
    )  # [4, posture, street, D]
    now = prepared.flow[:, :, None, None, :] + (prepared.discount[:, None, None] * gone)[:, None]
    stays = prepared.discount[:, None, None] * chances.stays  # [4, posture, street, D]

    def worth(posture: int, next_: jax.Array) -> jax.Array:
        paid = now[:, :, posture]  # [4, 3, street, D]
        kept = stays[:, posture]  # [4, street, D]
        whole: jax.Array = paid[:, :, None, :, None, None] + kept[:, None, None, :, None, None] * next_
        return whole

    restored = prepared.restore * onward[:, :, :, :, 0] + (1 - prepared.restore) * onward[:, :, :, :, 1]
    return Prospects(
        loyal=worth(0, onward[:, :, :, :, 0]),
        wavering=worth(1, onward[:, :, :, :, 1]),
        restoring=worth(1, restored),
    )
