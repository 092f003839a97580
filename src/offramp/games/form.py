"""Extensive-form games as data: nodes, information sets, outcomes, parameters, and the checks that every game passes.

A game is written with `build.move`, `build.chance` and `build.end`, read from a file (`efg`, `nfg`), or taken from the
catalogue (`standard`). Nothing here solves; see `solve`. Nodes stand in preorder (a parent before its children), as in
Gambit's files. Payoffs and chances are numbers or functions of the game's parameters; payoffs of inner nodes add up
along the path.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.games.arrays import TreeArrays
    from offramp.games.branch import Branch
    from offramp.games.derivatives import Derivative
    from offramp.games.picture import Picture
    from offramp.games.results import Limit, Solution
    from offramp.games.sweeps import Sweep

Number = int | float | Fraction
Amount = Number | Callable[[Any], Any]
Kind = Literal["chance", "move", "end"]
CHANCE = -1
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What players get at a node. One payoff for each player, utils."""

    name: str
    payoffs: tuple[Amount, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Infoset:
    """Nodes that one player (or chance, player -1) cannot tell apart.

    `number` is the player's own count of information sets, from 1, as in an .efg file. `chances` holds the
    probabilities of a chance move and is empty otherwise.
    """

    player: int
    number: int
    name: str
    actions: tuple[str, ...]
    nodes: tuple[int, ...]
    chances: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A node: `parent` is -1 at the root, `action` the parent's action that leads here, `outcome` -1 for none."""

    kind: Kind
    parent: int
    action: int
    infoset: int
    outcome: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class Game:
    """An extensive-form game.

    `infosets` holds those of players and of chance; `nodes` refer to both by position. Raises `InputError` when made
    from something that is no game: chances that do not sum to 1, payoffs that are not finite, absent-mindedness.
    """

    title: str
    players: tuple[str, ...]
    nodes: tuple[Node, ...]
    infosets: tuple[Infoset, ...]
    outcomes: tuple[Outcome, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)
    comment: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        from offramp.games.checks import check_game

        check_game(self)

    # ---- what the game is -------------------------------------------------------------------------------------
    @cached_property
    def decisions(self) -> tuple[Infoset, ...]:
        """Information sets of players, by player and then by first appearance in the tree: the order of results."""
        return tuple(sorted((i for i in self.infosets if i.player != CHANCE), key=lambda i: (i.player, i.nodes[0])))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """For every node its children, in the order of actions."""
        lists: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes):
            if node.parent >= 0:
                lists[node.parent].append(index)
        return tuple(tuple(row) for row in lists)

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Terminal nodes, in preorder: the rows of `payoffs`."""
        return tuple(index for index, node in enumerate(self.nodes) if node.kind == "end")

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Payoffs in utils, shape (leaves, players), those of inner nodes on the way included."""
        return self.payoffs_at(self.parameters)

    def payoffs_at(self, parameters: Mapping[str, Any]) -> NDArray[np.float64]:
        """`payoffs` at other parameter values."""
        table = self.outcome_table(parameters)
        total = np.zeros((len(self.nodes), len(self.players)))
        for index, node in enumerate(self.nodes):
            if node.parent >= 0:
                total[index] = total[node.parent]
            if node.outcome >= 0:
                total[index] += table[node.outcome]
        return total[list(self.leaves)]

    def outcome_table(self, parameters: Mapping[str, Any]) -> NDArray[np.float64]:
        """Payoffs of outcomes, shape (outcomes, players)."""
        values = SimpleNamespace(**parameters)
        rows = [[amount(payoff, values) for payoff in outcome.payoffs] for outcome in self.outcomes]
        return np.array(rows, dtype=np.float64).reshape(len(self.outcomes), len(self.players))

    def chances_of(self, infoset: Infoset, parameters: Mapping[str, Any] | None = None) -> list[float]:
        """Probabilities of a chance move at the parameters."""
        values = SimpleNamespace(**(self.parameters if parameters is None else parameters))
        return [amount(chance, values) for chance in infoset.chances]

    @cached_property
    def arrays(self) -> TreeArrays:
        """The tree as flat arrays, as solvers want it; made once."""
        from offramp.games.arrays import TreeArrays

        return TreeArrays.of(self)

    def with_arrays(self, arrays: TreeArrays) -> Game:
        """This game, with arrays that are known already (parameters change payoffs, not the tree)."""
        self.__dict__["arrays"] = arrays
        return self

    def infoset(self, player: str | int, which: str | int) -> Infoset:
        """An information set by player (name or position) and its name or number. Raises `InputError`."""
        position = self.player_index(player)
        for infoset in self.decisions:
            if infoset.player == position and which in (infoset.name, infoset.number):
                return infoset
        known = ", ".join(f"{i.number} {i.name!r}" for i in self.decisions if i.player == position)
        raise InputError(
            f"{self.title!r}: {self.players[position]!r} has no information set {which!r}; known: {known}."
        )

    def player_index(self, player: str | int) -> int:
        """Position of a player given by name or position. Raises `InputError` with the known names."""
        if isinstance(player, int) and 0 <= player < len(self.players):
            return player
        if player in self.players:
            return self.players.index(str(player))
        raise InputError(f"{self.title!r} has no player {player!r}; players: {', '.join(map(repr, self.players))}.")

    # ---- other games from this one ----------------------------------------------------------------------------
    def at(self, **parameters: float) -> Game:
        """The same tree at other parameter values. Raises `InputError` for a name that the game does not have."""
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise InputError(f"{self.title!r} has no parameter {name!r}; parameters: {known}.")
        return replace(self, parameters={**self.parameters, **parameters})

    def with_payoffs(self, payoffs: NDArray[np.float64]) -> Game:
        """The same tree with payoffs from an array of shape (leaves, players), utils."""
        payoffs = np.asarray(payoffs, dtype=np.float64)
        if payoffs.shape != (len(self.leaves), len(self.players)):
            raise InputError(
                f"payoffs have shape {payoffs.shape}; {self.title!r} needs (leaves, players) = "
                f"({len(self.leaves)}, {len(self.players)})."
            )
        outcomes = tuple(
            Outcome(self.outcomes[self.nodes[leaf].outcome].name if self.nodes[leaf].outcome >= 0 else "",
                    tuple(float(x) for x in row), number + 1)
            for number, (leaf, row) in enumerate(zip(self.leaves, payoffs, strict=True))
        )  # fmt: skip
        place = {leaf: number for number, leaf in enumerate(self.leaves)}
        nodes = tuple(replace(node, outcome=place.get(index, -1)) for index, node in enumerate(self.nodes))
        return replace(self, nodes=nodes, outcomes=outcomes)

    # ---- what one does with it --------------------------------------------------------------------------------
    def solve(self, precision: float | Mapping[str, float] | Sequence[float], **options: Any) -> Solution:
        """Agent logit equilibrium at a precision (1/utils), on the principal branch. See `solve.solve_logit`."""
        from offramp.games.solve import solve_logit

        return solve_logit(self, precision, **options)

    def branch(self, **options: Any) -> Branch:
        """The principal branch from uniform play towards the limit. See `solve.trace_branch`."""
        from offramp.games.solve import trace_branch

        return trace_branch(self, **options)

    def limit(self, **options: Any) -> Limit:
        """End of the principal branch: a sequential equilibrium with beliefs. See `solve.solve_limit`."""
        from offramp.games.solve import solve_limit

        return solve_limit(self, **options)

    def sweep(self, *, precision: float | Mapping[str, float] = 1.0, **ranges: Iterable[float]) -> Sweep:
        """Equilibria over values of one or more parameters: `game.sweep(offer=np.linspace(0, 1, 21))`."""
        from offramp.games.sweeps import sweep

        return sweep(self, ranges, precision=precision)

    def derivative(self, parameter: str, *, precision: float | Mapping[str, float] = 1.0) -> Derivative:
        """How strategies and values move with a parameter (implicit function theorem)."""
        return self.solve(precision).derivative(parameter)

    def draw(self) -> Picture:
        """The tree as a picture (SVG; shows itself in a notebook, `.save` writes SVG or PNG)."""
        from offramp.games.draw import draw_tree

        return draw_tree(self)

    def text(self) -> str:
        """The tree as text, one line a node."""
        from offramp.games.text import tree_text

        return tree_text(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return (
            f"<Game {self.title!r}: {len(self.players)} players, {len(self.nodes)} nodes, "
            f"{len(self.decisions)} information sets, {sum(len(i.actions) for i in self.decisions)} actions>"
        )

    def _repr_html_(self) -> str:
        return self.draw().svg


def amount(value: Amount, parameters: Any) -> Any:
    """A payoff or chance at parameters: numbers as floats, functions called."""
    return value(parameters) if callable(value) else float(value)


def finite(value: Any) -> bool:
    """Whether a number is finite; fractions of any size are judged as floats."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
