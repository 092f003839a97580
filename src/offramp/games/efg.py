"""Gambit's .efg files: extensive-form games, read and written.

A file is a header and the nodes in preorder: `c` chance, `p` a player's move, `t` terminal. Details of an information
set or an outcome are given the first time and may be left out afterwards; when they are repeated they must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

from offramp.errors import InputError
from offramp.games.form import CHANCE, Amount, Game, Infoset, Kind, Node, Outcome, amount
from offramp.games.lexer import Words, quoted, read_text, written


def read_efg(path: str | Path) -> Game:
    """Reads a file. Raises `lexer.GameFileError` that names line and column."""
    return parse_efg(read_text(Path(path)), str(path))


@dataclass
class _Set:
    player: int
    number: int
    name: str
    actions: tuple[str, ...]
    chances: tuple[Amount, ...]
    nodes: list[int] = field(default_factory=list)
    place: int = -1


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.words = Words(text, source)
        self.sets: dict[tuple[int, int], _Set] = {}
        self.order: list[_Set] = []
        self.outcomes: dict[int, int] = {}
        self.table: list[Outcome] = []
        self.nodes: list[Node] = []
        self.players: tuple[str, ...] = ()

    def read(self) -> Game:
        words = self.words
        title, comment = self._header()
        open_nodes: list[list[int]] = []  # node, its number of actions, how many children are there
        while True:
            parent, action = (open_nodes[-1][0], open_nodes[-1][2]) if open_nodes else (-1, -1)
            if not open_nodes and self.nodes:
                break
            actions = self._node(parent, action, open_nodes)
            if open_nodes:
                open_nodes[-1][2] += 1
            if actions:
                open_nodes.append([len(self.nodes) - 1, actions, 0])
            while open_nodes and open_nodes[-1][1] == open_nodes[-1][2]:
                open_nodes.pop()
        if words.peek().kind != "end":
            raise words.error(f"the tree is complete, but {words.take().value!r} follows")
        infosets = tuple(Infoset(s.player, s.number, s.name, s.actions, tuple(s.nodes), s.chances) for s in self.order)
        return Game(title, self.players, tuple(self.nodes), infosets, tuple(self.table), {}, comment, words.source)

    def _header(self) -> tuple[str, str]:
        words = self.words
        if (first := words.take()).value != "EFG":
            raise words.error(f"expected EFG at the start of an .efg file, found {first.value!r}")
        if words.integer("the version of the format") != 2:
            raise words.error("only version 2 of the .efg format can be read")
        if (kind := words.take()).value not in ("R", "D"):
            raise words.error(f"expected R or D, found {kind.value!r}")
        title = words.string("the title")
        self.players = words.strings("names of players")
        if not self.players:
            raise words.error("no players are named")
        return title, words.take().value if words.peek().kind == "text" else ""

    def _node(self, parent: int, action: int, open_nodes: list[list[int]]) -> int:
        """Reads one node; returns its number of actions."""
        words = self.words
        start = words.take()
        kinds: dict[str, Kind] = {"c": "chance", "p": "move", "t": "end"}
        if start.kind != "word" or start.value not in kinds:
            missing = f" ({len(open_nodes)} nodes still lack children)" if start.kind == "end" else ""
            raise words.error(f"expected a node (c, p or t), found {start.value!r}{missing}", start.at)
        kind = kinds[start.value]
        name = words.string("the name of a node")
        place, entry = -1, None
        if kind != "end":
            entry = self._infoset(kind, start.at)
            if not entry.nodes:
                entry.place = len(self.order)
                self.order.append(entry)
            place = entry.place
            entry.nodes.append(len(self.nodes))
        outcome = self._outcome()
        self.nodes.append(Node(kind, parent, action, place, outcome, name))
        return len(entry.actions) if entry is not None else 0

    def _infoset(self, kind: Kind, at: int) -> _Set:
        words, player = self.words, CHANCE
        if kind == "move":
            player = words.integer("the player's number", 1) - 1
            if player >= len(self.players):
                raise words.error(f"there is no player {player + 1}; the header names {len(self.players)}")
        number = words.integer("the number of the information set", 1)
        known = self.sets.get((player, number))
        name = words.string("a name") if words.peek().kind == "text" else None
        actions, chances = self._actions(kind) if words.at_brace("{") else (None, ())
        if known is None:
            if actions is None:
                raise words.error(f"information set {number} occurs for the first time and its actions are missing", at)
            known = self.sets[player, number] = _Set(player, number, name or "", actions, chances)
        elif actions is not None and (actions, chances) != (known.actions, known.chances):
            raise words.error(f"information set {number} had actions {known.actions} before and {actions} here", at)
        return known

    def _actions(self, kind: Kind) -> tuple[tuple[str, ...], tuple[Amount, ...]]:
        words = self.words
        if kind == "move":
            actions = words.strings("names of actions")
            if not actions:
                raise words.error("an information set has no actions")
            return actions, ()
        words.brace("{", "before the actions of chance")
        names: list[str] = []
        chances: list[Amount] = []
        total = Fraction(0)
        opened = words.words[words.next - 1].at
        while not words.at_brace("}"):
            names.append(words.string("the name of a chance action"))
            chance = words.number("a probability")
            if not 0 <= chance <= 1:
                raise words.error(f"the probability of {names[-1]!r} is {chance}; expected a number from 0 to 1")
            chances.append(chance)
            total += chance
        words.take()
        if not names:
            raise words.error("a chance move has no actions")
        if abs(total - 1) > 1e-9:
            raise words.error(f"the probabilities of this chance move sum to {float(total):.10g}; expected 1", opened)
        return tuple(names), tuple(chances)

    def _outcome(self) -> int:
        words = self.words
        number = words.integer("the number of an outcome")
        at = words.words[words.next - 1].at
        name = words.string("a name") if words.peek().kind == "text" else None
        payoffs: list[Amount] | None = None
        if words.at_brace("{"):
            words.take()
            payoffs = []
            while not words.at_brace("}"):
                payoffs.append(words.number("a payoff"))
            words.take()
            if len(payoffs) != len(self.players):
                raise words.error(f"outcome {number} has {len(payoffs)} payoffs; expected {len(self.players)}", at)
        if number == 0:
            if payoffs and any(payoffs):
                raise words.error("outcome 0 means no outcome and cannot have payoffs", at)
            return -1
        if number not in self.outcomes:
            if payoffs is None:
                raise words.error(f"outcome {number} occurs for the first time and its payoffs are missing", at)
            self.outcomes[number] = len(self.table)
            self.table.append(Outcome(name or "", tuple(payoffs), number))
        elif payoffs is not None and tuple(payoffs) != self.table[self.outcomes[number]].payoffs:
            raise words.error(f"outcome {number} has other payoffs here than before", at)
        return self.outcomes[number]


def parse_efg(text: str, source: str = "game") -> Game:
    """Reads the text of a file; `source` is how errors name it."""
    return _Reader(text, source).read()


def efg_text(game: Game) -> str:
    """The game as the text of an .efg file, payoffs and chances evaluated at its parameters. It reads back the same."""
    values = SimpleNamespace(**game.parameters)

    def numbers(amounts: tuple[Amount, ...]) -> list[str]:
        return [written(amount(x, values) if callable(x) else x) for x in amounts]

    lines = [f"EFG 2 R {quoted(game.title)} {{ {' '.join(map(quoted, game.players))} }}", quoted(game.comment), ""]
    for node in game.nodes:
        tail = "0"
        if node.outcome >= 0:
            outcome = game.outcomes[node.outcome]
            tail = f"{node.outcome + 1} {quoted(outcome.name)}"
            tail += f" {{ {', '.join(numbers(outcome.payoffs))} }}"
        if node.kind == "end":
            lines.append(f"t {quoted(node.name)} {tail}")
            continue
        infoset = game.infosets[node.infoset]
        head = f"c {quoted(node.name)}" if node.kind == "chance" else f"p {quoted(node.name)} {infoset.player + 1}"
        labels = [quoted(action) for action in infoset.actions]
        if node.kind == "chance":
            labels = [f"{a} {x}" for a, x in zip(labels, numbers(infoset.chances), strict=True)]
        lines.append(f"{head} {infoset.number} {quoted(infoset.name)} {{ {' '.join(labels)} }} {tail}")
    return "\n".join(lines) + "\n"


def write_efg(game: Game, path: str | Path) -> None:
    """Writes an .efg file. Raises `InputError` when the place cannot be written."""
    try:
        Path(path).write_text(efg_text(game), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot write: {error.strerror}.") from error
