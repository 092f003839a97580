"""One month of the game, put together: coercer, ruler, armed forces, chance.

`before_ruler` is the part that the ruler's log-ratios do not change, `after_ruler` the part that follows from them.
The solver searches for the log-ratios in between; the forward pass and the reports read the play again, with
`month_play`, from the values and log-ratios that the solver kept.
"""

from __future__ import annotations

from typing import NamedTuple

from offramp.exitgame._jax import jax, stage
from offramp.exitgame.army import ArmyPlay, army_play
from offramp.exitgame.chance import prospects
from offramp.exitgame.coercer import CoercerPlay, coercer_play
from offramp.exitgame.prepare import MonthPaths, Prepared
from offramp.exitgame.ruler import Reply, RulerNode, reply, ruler_node, ruler_values


class MonthPlay(NamedTuple):
    """Everybody's play in a month."""

    army: ArmyPlay
    node: RulerNode
    ruler: Reply
    learnt: jax.Array  # [3, 72, nodes, D] log(sigma_K / sigma_F) of the moves after which the ruler stays
    coercer: CoercerPlay


def before_ruler(
    ready: jax.Array, prepared: Prepared, paths: MonthPaths, following: jax.Array
) -> tuple[ArmyPlay, RulerNode]:
    """The armed forces' play and the tables of the ruler's node, given next month's values [4, 72, nodes, D].

    `ready` is true; see `_jax.stage`.
    """
    ahead = stage(ready, prospects, prepared, paths, following)
    army = stage(ready, army_play, prepared, paths, ahead)
    return army, ruler_node(prepared, army.value)


def after_ruler(ready: jax.Array, prepared: Prepared, node: RulerNode, found: Reply) -> CoercerPlay:
    """The coercer's play and the month's values."""
    value = stage(ready, ruler_values, prepared, node, found)
    return stage(ready, coercer_play, prepared, value)


def month_play(
    ready: jax.Array, prepared: Prepared, paths: MonthPaths, following: jax.Array, log_ratios: jax.Array
) -> MonthPlay:
    """Play of the month at `log_ratios` [3, 72, nodes, D]."""
    army, node = before_ruler(ready, prepared, paths, following)
    found, implied, _ = stage(ready, reply, node, log_ratios)
    return MonthPlay(army, node, found, implied, after_ruler(ready, prepared, node, found))
