"""What a profile of play means node by node: reach, beliefs, values. Plain recursions over the tree.

Independent of the sums over leaves that the solver uses (`arrays`), so each checks the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from offramp.games.form import Game

Floats = NDArray[np.float64]


def node_reach(game: Game, logs: Floats) -> Floats:
    """(nodes,) log-probability of reaching each node under log-probabilities of actions (A,)."""
    first = {id(i): int(s) for i, s in zip(game.decisions, game.arrays.starts, strict=True)}
    with np.errstate(divide="ignore"):
        chances = {k: np.log(game.chances_of(i)) for k, i in enumerate(game.infosets) if i.player < 0}
    reach = np.zeros(len(game.nodes))
    for index, node in enumerate(game.nodes):
        if node.parent < 0:
            continue
        parent = game.nodes[node.parent]
        if parent.kind == "chance":
            step = chances[parent.infoset][node.action]
        else:
            step = logs[first[id(game.infosets[parent.infoset])] + node.action]
        reach[index] = reach[node.parent] + step
    return reach


def beliefs(game: Game, logs: Floats) -> list[Floats]:
    """For each information set the probabilities of its nodes, given that it is reached."""
    reach = node_reach(game, logs)
    found = []
    for infoset in game.decisions:
        weight = reach[list(infoset.nodes)]
        weight = np.exp(weight - weight.max())
        found.append(weight / weight.sum())
    return found


def node_values(game: Game, strategy: Floats) -> Floats:
    """(nodes, players) expected payoff from each node on, payoffs met on the way to it left out, utils."""
    table = game.outcome_table(game.parameters)
    first = {id(i): int(s) for i, s in zip(game.decisions, game.arrays.starts, strict=True)}
    chances = {k: game.chances_of(i) for k, i in enumerate(game.infosets) if i.player < 0}
    worth = np.zeros((len(game.nodes), len(game.players)))
    for index in range(len(game.nodes) - 1, -1, -1):
        node = game.nodes[index]
        if node.outcome >= 0:
            worth[index] += table[node.outcome]
        if node.parent < 0:
            continue
        parent = game.nodes[node.parent]
        if parent.kind == "chance":
            share = chances[parent.infoset][node.action]
        else:
            share = strategy[first[id(game.infosets[parent.infoset])] + node.action]
        if share > 0:
            worth[node.parent] += share * worth[index]
    return worth


def action_values(game: Game, strategy: Floats, held: list[Floats]) -> Floats:
    """(A,) value of each action from the information set on, at the beliefs `held`, utils."""
    worth = node_values(game, strategy)
    values = np.zeros(game.arrays.actions)
    for infoset, start, belief in zip(game.decisions, game.arrays.starts, held, strict=True):
        for node, weight in zip(infoset.nodes, belief, strict=True):
            for action, child in enumerate(game.children[node]):
                values[start + action] += weight * worth[child, infoset.player]
    return values


def regrets(game: Game, strategy: Floats, values: Floats) -> Floats:
    """(H,) what each information set's player would gain by its best action there, utils."""
    arrays = game.arrays
    if not len(arrays.starts):
        return np.zeros(0)
    best = np.maximum.reduceat(values, arrays.starts)
    return np.asarray(np.maximum(best - np.add.reduceat(strategy * values, arrays.starts), 0.0))
