"""Any tree of `offramp.games` with a formula for every payoff.

    game = tree("Sanctions", ["Sender", "Target"],
        move("Sender", {
            "wait": end(0, 0, name="peace"),
            "threaten": move("Target", {"yield": end(0, 0, name="deal"), "resist": end(0, 0, name="sanctions")}),
        }))
    model = StrategicModel(game, outcome="what", utilities={
        ("Sender", "peace"): "trade", ("Sender", "sanctions"): "1", ("Target", "sanctions"): "democracy + trade"})

The tree's own payoffs are not used; utilities stand in their place, 0 where none is given. Outcomes may share a name:
their probabilities add up. Moves of players must be seen by those who move later (one node to an information set), as
backward induction needs; chance moves with fixed probabilities are welcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from offramp.errors import InputError
from offramp.games.form import CHANCE, Game
from offramp.strategic.egames import TreeModel
from offramp.strategic.kernels import RowModel
from offramp.strategic.model import Formula
from offramp.strategic.response import Scheme
from offramp.strategic.rows import Branch, Choice, Leaf, Lottery, TreeRows


class StrategicModel(TreeModel):
    """A tree with a formula for every payoff. Coefficients are named `Player(outcome):regressor`.

    Args:
        game: A tree with perfect information; see `offramp.games.build`.
        utilities: Formulas (or numbers) by (player, outcome).
        outcome: Column of outcomes, whose values are the names of the tree's ends; or as many columns as ends, with
            counts of how often each was reached.
        link, error, scale, scale_by_player, fixed, shared: As for `TreeModel`.
    """

    def __init__(
        self,
        game: Game,
        utilities: Mapping[tuple[str, str], Formula],
        *,
        outcome: str | Sequence[str] = "outcome",
        **options: Any,
    ) -> None:
        self.game = game
        self.what = game.title
        self.labels = _end_names(game)
        self.root = _branch(game, 0, self.labels)
        self.players, self.ends = len(game.players), len(self.labels)
        self.schemes: tuple[Scheme, ...] = ()
        known = {(p, o) for p in game.players for o in self.labels}
        for key in utilities:
            if key not in known:
                raise InputError(
                    f"{game.title!r}: no payoff {key!r}; players: {', '.join(game.players)}; outcomes: "
                    f"{', '.join(self.labels)}."
                )
        order = [(p, o) for p in game.players for o in self.labels if (p, o) in utilities]
        self.payoffs = tuple((f"{p}({o})", game.players.index(p), self.labels.index(o)) for p, o in order)
        given = {f"{p}({o})": utilities[p, o] for p, o in order}
        super().__init__(None, utilities=given, outcome=outcome, outcomes=self.labels, **options)
        if len(self.left) not in (1, self.ends):
            raise InputError(
                f"{game.title!r}: outcome names {len(self.left)} columns; expected one, or one for each of the "
                f"{self.ends} ends."
            )

    def prefix(self, key: str, labels: Sequence[str]) -> str:
        """The key itself: `Player(outcome)`."""
        return key

    def about(self) -> str:
        """Game, link and errors."""
        return f"{self.game.title}, {self.link}, {'agent error' if self.error == 'agent' else 'private information'}"

    def row_model(self) -> RowModel:
        """The tree's likelihood."""
        model = super().row_model()
        assert isinstance(model, TreeRows)
        return model


def _end_names(game: Game) -> tuple[str, ...]:
    """Names of the ends, each once, in the order of the tree; an end without one goes by its moves."""
    names: dict[str, None] = {}
    for leaf in game.leaves:
        names[_end_name(game, leaf)] = None
    return tuple(names)


def _end_name(game: Game, leaf: int) -> str:
    node = game.nodes[leaf]
    if node.outcome >= 0 and game.outcomes[node.outcome].name:
        return game.outcomes[node.outcome].name
    path: list[str] = []
    index = leaf
    while game.nodes[index].parent >= 0:
        above = game.nodes[game.nodes[index].parent]
        path.append(game.infosets[above.infoset].actions[game.nodes[index].action])
        index = game.nodes[index].parent
    return ",".join(reversed(path))


def _branch(game: Game, index: int, labels: tuple[str, ...]) -> Branch:
    node = game.nodes[index]
    if node.kind == "end":
        return Leaf(labels.index(_end_name(game, index)))
    infoset = game.infosets[node.infoset]
    below = tuple(_branch(game, child, labels) for child in game.children[index])
    if infoset.player == CHANCE:
        return Lottery(tuple(float(c) for c in game.chances_of(infoset)), below)
    if len(infoset.nodes) > 1:
        raise InputError(
            f"{game.title!r}: information set {infoset.name or infoset.number!r} of "
            f"{game.players[infoset.player]!r} has {len(infoset.nodes)} nodes; a fit needs a tree in which earlier "
            "moves are seen. For crisis signalling use CrisisSignaling."
        )
    return Choice(infoset.player, below)
