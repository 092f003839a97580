"""One month of the game, put together: coercer, ruler, armed forces, chance.

`month_play` gives everybody's play once the log-ratios are known; the solver finds them, the forward pass and the
reports read the play again from the values and log-ratios that the solver kept.
"""

from __future__ import annotations

from typing import NamedTuple

from offramp.exitgame._jax import jax
from offramp.exitgame.army import ArmyPlay, army_play
from offramp.exitgame.chance import prospects
from offramp.exitgame.coercer import CoercerPlay, coercer_play
from offramp.exitgame.prepare import MonthPaths, Prepared
from offramp.exitgame.ruler import Reply, RulerNode, reply, ruler_node, ruler_values


class MonthPlay(NamedTuple):
    """Everybody's play in a month."""

    army: ArmyPlay
    ruler: Reply
    ruler_value: jax.Array  # [4, 72, nodes, D]
    coercer: CoercerPlay


def before_ruler(
    prepared: Prepared, paths: MonthPaths, following: jax.Array
) -> tuple[ArmyPlay, RulerNode]:
    """The part of a month that the log-ratios do not change."""
    army = army_play(prepared, paths, prospects(prepared, paths, following))
    return army, ruler_node(prepared, army)


def month_play(
    prepared: Prepared, army: ArmyPlay, node: RulerNode, log_ratios: jax.Array
) -> MonthPlay:
    """Play of the month at `log_ratios` [3, 72, nodes, D]."""
    found = reply(node, log_ratios)
    value = ruler_values(prepared, node, found)
    return MonthPlay(army, found, value, coercer_play(prepared, value))
