"""What makes a tree a game: the checks that `form.Game` runs when it is made, each with one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.games.form import Game, Infoset

SUM_TOLERANCE = 1e-9


def check_game(game: Game) -> None:
    """Raises `InputError` for the first thing that is wrong."""
    where = f"{game.source or 'game'} {game.title!r}"
    if not game.players:
        raise InputError(f"{where}: no players; name at least one.")
    if len(set(game.players)) < len(game.players):
        raise InputError(f"{where}: players must have different names; got {', '.join(map(repr, game.players))}.")
    if not game.nodes:
        raise InputError(f"{where}: no nodes.")
    _check_numbers(game, where)
    _check_children(game, where)
    _check_absent_minded(game, where)


def label(game: Game, infoset: Infoset) -> str:
    """How messages and tables name an information set."""
    name = f" {infoset.name!r}" if infoset.name else ""
    who = "chance" if infoset.player < 0 else f"{game.players[infoset.player]!r}"
    return f"information set {infoset.number}{name} of {who}"


def _check_numbers(game: Game, where: str) -> None:
    for outcome in game.outcomes:
        if len(outcome.payoffs) != len(game.players):
            raise InputError(
                f"{where}: outcome {outcome.number} {outcome.name!r} has {len(outcome.payoffs)} payoffs; "
                f"expected {len(game.players)}, one for each player."
            )
    try:
        table = game.outcome_table(game.parameters)
    except (AttributeError, TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise InputError(
            f"{where}: a payoff cannot be computed at parameters {dict(game.parameters)}: {error}."
        ) from error
    for row, outcome in zip(table, game.outcomes, strict=True):
        for player, value in zip(game.players, row, strict=True):
            if not np.isfinite(value):
                raise InputError(
                    f"{where}: payoff of {player!r} at outcome {outcome.number} {outcome.name!r} is {value}; "
                    f"expected a finite number in utils."
                )
    for infoset in game.infosets:
        if infoset.player >= 0:
            continue
        chances = game.chances_of(infoset)
        what = f"{where}: {label(game, infoset)}"
        if len(chances) != len(infoset.actions):
            raise InputError(f"{what} has {len(chances)} probabilities for {len(infoset.actions)} actions.")
        for action, chance in zip(infoset.actions, chances, strict=True):
            if not 0 <= chance <= 1:
                raise InputError(f"{what}: probability of {action!r} is {chance}; expected a number in [0, 1].")
        if abs(sum(chances) - 1) > SUM_TOLERANCE:
            raise InputError(f"{what}: probabilities sum to {sum(chances):.10g}; expected 1.")


def _check_children(game: Game, where: str) -> None:
    for index, (node, children) in enumerate(zip(game.nodes, game.children, strict=True)):
        wanted = 0 if node.kind == "end" else len(game.infosets[node.infoset].actions)
        if node.kind != "end" and wanted == 0:
            raise InputError(f"{where}: {label(game, game.infosets[node.infoset])} has no actions; give at least one.")
        if len(children) != wanted:
            raise InputError(f"{where}: node {index + 1} has {len(children)} children; expected {wanted}.")


def _check_absent_minded(game: Game, where: str) -> None:
    """A path that meets one information set twice: the player would not know having moved."""
    above: list[frozenset[int]] = []
    for index, node in enumerate(game.nodes):
        held: frozenset[int] = above[node.parent] if node.parent >= 0 else frozenset()
        if node.kind == "move":
            if node.infoset in held:
                raise InputError(
                    f"{where}: node {index + 1} lies below another node of {label(game, game.infosets[node.infoset])}: "
                    "the player would forget having moved there (absent-mindedness). Give the two nodes different "
                    "information sets."
                )
            held = held | {node.infoset}
        above.append(held)


def forgotten(game: Game) -> list[str]:
    """Information sets at which a player has forgotten an own earlier move or what it knew then, as messages.

    Perfect recall holds when all nodes of an information set share the player's own history of moves.
    """
    own: list[dict[int, tuple[tuple[int, int], ...]]] = []
    for node in game.nodes:
        if node.parent < 0:
            own.append({})
            continue
        parent = game.nodes[node.parent]
        history = own[node.parent]
        if parent.kind == "move":
            player = game.infosets[parent.infoset].player
            history = {**history, player: (*history.get(player, ()), (parent.infoset, node.action))}
        own.append(history)
    return [
        f"imperfect recall: {game.players[infoset.player]!r} has forgotten an own move at {label(game, infoset)}; "
        "its agents are treated as separate players"
        for infoset in game.decisions
        if len({own[node].get(infoset.player, ()) for node in infoset.nodes}) > 1
    ]
