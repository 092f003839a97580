"""Writing a game down: nested moves, chance and ends become a `form.Game`.

    game = tree("Entry", ["Entrant", "Incumbent"],
        move("Entrant", {
            "out": end(0, 2),
            "in": move("Incumbent", {"fight": end(-1, -1), "share": end(1, 1)}),
        }))

Nodes of one player that carry the same `infoset` name cannot be told apart. Payoffs and chances may be functions of
the parameters: `end(lambda p: 1 - p.offer, lambda p: p.offer)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from offramp.errors import InputError
from offramp.games.form import CHANCE, Amount, Game, Infoset, Node, Outcome


@dataclass(frozen=True, slots=True)
class End:
    """A terminal node."""

    payoffs: tuple[Amount, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A player's node."""

    player: str
    actions: Mapping[str, Branching]
    infoset: str = ""
    payoffs: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True)
class Chance:
    """A chance node."""

    actions: Mapping[str, tuple[Amount, Branching]]
    name: str = ""
    payoffs: tuple[Amount, ...] = ()


Branching = End | Move | Chance


def end(*payoffs: Amount, name: str = "") -> End:
    """An end of the game, with a payoff in utils for each player in order."""
    return End(payoffs, name)


def move(player: str, actions: Mapping[str, Branching], *, infoset: str = "", payoffs: Sequence[Amount] = ()) -> Move:
    """A node at which `player` picks one of `actions` (name to what follows).

    `infoset` names the information set; nodes without a name are told apart from all others. `payoffs` are collected
    on passing the node.
    """
    return Move(player, dict(actions), infoset, tuple(payoffs))


def chance(
    actions: Mapping[str, tuple[Amount, Branching]], *, name: str = "", payoffs: Sequence[Amount] = ()
) -> Chance:
    """A chance move: name to (probability, what follows)."""
    return Chance(dict(actions), name, tuple(payoffs))


@dataclass
class _Draft:
    title: str
    players: tuple[str, ...]
    nodes: list[Node] = field(default_factory=list)
    sets: list[dict[str, Any]] = field(default_factory=list)
    named: dict[tuple[int, str], int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def new_set(self, player: int, name: str, actions: tuple[str, ...], chances: tuple[Amount, ...] = ()) -> int:
        self.counts[player] = self.counts.get(player, 0) + 1
        self.sets.append(
            {"player": player, "number": self.counts[player], "name": name, "actions": actions, "chances": chances,
             "nodes": []}
        )  # fmt: skip
        return len(self.sets) - 1

    def outcome(self, payoffs: tuple[Amount, ...], name: str) -> int:
        if not payoffs:
            return -1
        self.outcomes.append(Outcome(name, payoffs, len(self.outcomes) + 1))
        return len(self.outcomes) - 1

    def move_set(self, node: Move) -> int:
        if node.player not in self.players:
            raise InputError(
                f"{self.title!r}: {node.player!r} moves but is no player; players: "
                f"{', '.join(map(repr, self.players))}."
            )
        player, actions = self.players.index(node.player), tuple(node.actions)
        known = self.named.get((player, node.infoset)) if node.infoset else None
        if known is None:
            known = self.new_set(player, node.infoset, actions)
            if node.infoset:
                self.named[player, node.infoset] = known
        elif self.sets[known]["actions"] != actions:
            raise InputError(
                f"{self.title!r}: information set {node.infoset!r} of {node.player!r} has actions "
                f"{self.sets[known]['actions']} at one node and {actions} at another; they must be the same."
            )
        return known


def tree(
    title: str,
    players: Sequence[str],
    root: Branching,
    *,
    parameters: Mapping[str, float] | None = None,
    comment: str = "",
) -> Game:
    """A game from its root. Raises `InputError` that names the node at fault."""
    draft = _Draft(title, tuple(players))
    stack: list[tuple[Branching, int, int]] = [(root, -1, -1)]
    while stack:
        node, parent, action = stack.pop()
        place = len(draft.nodes)
        followers: list[Branching]
        if isinstance(node, End):
            draft.nodes.append(Node("end", parent, action, -1, draft.outcome(node.payoffs, node.name), node.name))
            continue
        if isinstance(node, Move):
            infoset = draft.move_set(node)
            draft.nodes.append(Node("move", parent, action, infoset, draft.outcome(node.payoffs, "")))
            followers = list(node.actions.values())
        elif isinstance(node, Chance):
            chances = tuple(probability for probability, _ in node.actions.values())
            infoset = draft.new_set(CHANCE, node.name, tuple(node.actions), chances)
            draft.nodes.append(Node("chance", parent, action, infoset, draft.outcome(node.payoffs, "")))
            followers = [below for _, below in node.actions.values()]
        else:
            raise InputError(f"{title!r}: a node is {node!r}; expected move(...), chance(...) or end(...).")
        draft.sets[infoset]["nodes"].append(place)
        stack.extend((below, place, index) for index, below in reversed(list(enumerate(followers))))
    infosets = tuple(Infoset(**{**entry, "nodes": tuple(entry["nodes"])}) for entry in draft.sets)
    return Game(
        title, draft.players, tuple(draft.nodes), infosets, tuple(draft.outcomes), dict(parameters or {}), comment
    )


def normal_form(
    payoffs: ArrayLike,
    *,
    title: str = "Game in normal form",
    players: Sequence[str] | None = None,
    actions: Sequence[Sequence[str]] | None = None,
) -> Game:
    """A game of simultaneous moves from an array `payoffs[p, a1, ..., aP]` in utils.

    Raises `InputError` when the shape does not fit: the first axis counts the players, and each has one more axis.
    """
    table = np.asarray(payoffs)
    count = table.shape[0] if table.ndim else 0
    if count < 1 or table.ndim != count + 1:
        raise InputError(f"payoffs have shape {table.shape}; expected (players, actions of 1, ..., actions of P).")
    names = tuple(players) if players is not None else tuple(f"Player {i + 1}" for i in range(count))
    labels = actions if actions is not None else [[str(k + 1) for k in range(n)] for n in table.shape[1:]]
    if len(names) != count or [len(row) for row in labels] != list(table.shape[1:]):
        raise InputError(f"names of players or actions do not fit payoffs of shape {table.shape}.")
    nodes: list[Node] = []
    outcomes: list[Outcome] = []
    members: list[list[int]] = [[] for _ in range(count)]
    stack: list[tuple[int, int, tuple[int, ...]]] = [(-1, -1, ())]
    while stack:
        parent, action, chosen = stack.pop()
        place, depth = len(nodes), len(chosen)
        if depth == count:
            outcomes.append(Outcome("", tuple(_number(table[(p, *chosen)]) for p in range(count)), len(outcomes) + 1))
            nodes.append(Node("end", parent, action, -1, len(outcomes) - 1))
            continue
        nodes.append(Node("move", parent, action, depth, -1))
        members[depth].append(place)
        stack.extend((place, k, (*chosen, k)) for k in reversed(range(table.shape[1 + depth])))
    infosets = tuple(Infoset(p, 1, "", tuple(labels[p]), tuple(members[p])) for p in range(count))
    return Game(title, names, tuple(nodes), infosets, tuple(outcomes))


def _number(value: Any) -> int | float | Fraction:
    return value if isinstance(value, (int, Fraction)) else float(value)
