"""The trees of the field: egame12, egame122 and egame123 (Signorino 1999; Kenkel and Signorino 2014).

    egame12         egame122            egame123
       1               1                   1
      / \\           /   \\                / \\
    u11   2         2     2             u11   2
         / \\       / \\   / \\                / \\
       u13 u14   u11 u12 u13 u14          u13   3
        0  u24    0  u22  0  u24          u23  / \\
                                             u15 u16
                                             u25 u26
                                              0  u36
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from offramp.errors import InputError
from offramp.strategic import kernels
from offramp.strategic.formula import Part, read_part, split
from offramp.strategic.frames import Table
from offramp.strategic.induction import induced
from offramp.strategic.kernels import Floats, RowModel
from offramp.strategic.model import Formula, Model, Observed, Prepared
from offramp.strategic.objective import Sample
from offramp.strategic.response import MISSING, Scheme, check_seen, read_counts, read_response
from offramp.strategic.rows import Branch, Choice, Leaf, TreeRows

LINKS = ("probit", "logit")
ERRORS = ("agent", "private")


class TreeModel(Model):
    """A tree whose moves all are seen, with agent or private errors.

    Args:
        formula, utilities, outcome, fixed, shared: See `Model`.
        link: `probit` (errors normal, standard deviation 1) or `logit` (scale 1).
        error: `agent` (an error at every action) or `private` (payoffs known to their owner alone; probit only).
        outcomes: Names of the outcomes in the order of the tree's ends, needed when the data hold labels.
        scale: Formula of the logarithm of the errors' scale, such as `x - 1`; `1` estimates one number. By default the
            scale is 1. Several formulas, one for each player, with `scale_by_player`.
        scale_by_player: A scale for every player.
    """

    root: Branch
    players: int
    ends: int
    payoffs: tuple[tuple[str, int, int], ...]  # key, player, outcome
    schemes: tuple[Scheme, ...] = ()

    def __init__(
        self,
        formula: str | None = None,
        *,
        link: str = "probit",
        error: str = "agent",
        outcomes: Sequence[str] | str | None = None,
        scale: str | Sequence[str] | None = None,
        scale_by_player: bool = False,
        **common: Any,
    ) -> None:
        if link not in LINKS:
            raise InputError(f"link {link!r}: known are probit and logit.")
        if error not in ERRORS:
            raise InputError(f"error {error!r}: known are agent and private.")
        self.link, self.error = link, error
        self.outcomes = tuple(split(outcomes, ",")) if isinstance(outcomes, str) else outcomes and tuple(outcomes)
        super().__init__(formula, **common)
        self._scales = self._read_scales(scale, scale_by_player)
        self.row_model()  # refuses impossible combinations at once

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the utilities."""
        return tuple(key for key, _, _ in self.payoffs)

    def prefix(self, key: str, labels: Sequence[str]) -> str:
        """`u1(outcome)`."""
        for known, player, outcome in self.payoffs:
            if known == key:
                return f"u{player + 1}({labels[outcome]})"
        raise KeyError(key)

    @property
    def scale_parts(self) -> tuple[tuple[str, Part], ...]:
        """Formulas of the scales."""
        return self._scales

    def row_model(self) -> RowModel:
        """The tree's likelihood."""
        count = len(self.payoffs)
        if not self._scales_known or not self._scales:
            scales = (-1,) * self.players
        elif len(self._scales) == 1:
            scales = (count,) * self.players
        else:
            scales = tuple(range(count, count + self.players))
        return TreeRows(
            self.root,
            tuple((outcome, player, index) for index, (_, player, outcome) in enumerate(self.payoffs)),
            self.players,
            self.ends,
            count + len(self._scales if self._scales_known else ()),
            self.link,
            self.error,
            scales,
        )

    @property
    def _scales_known(self) -> bool:
        return hasattr(self, "_scales")

    def _read_scales(self, scale: str | Sequence[str] | None, by_player: bool) -> tuple[tuple[str, Part], ...]:
        if scale is None and not by_player:
            return ()
        name = "log(sigma" if self.link == "probit" else "log(lambda"
        texts = ["1"] * (self.players if by_player else 1) if scale is None else scale
        texts = split(texts.strip().removeprefix("~"), "|") if isinstance(texts, str) else list(texts)
        wanted = self.players if by_player or len(texts) > 1 else 1
        if by_player and len(texts) == 1:
            texts = texts * wanted
        if len(texts) != wanted:
            raise InputError(f"scale has {len(texts)} formulas; this game has {self.players} players.")
        numbers = [""] if wanted == 1 else [str(i + 1) for i in range(wanted)]
        return tuple((f"{name}{number})", read_part(text)) for number, text in zip(numbers, texts, strict=True))

    def observe(self, table: Table) -> Observed:
        """One outcome a row, as counts of 0 and 1."""
        if len(self.left) == self.ends and not any(s.columns == self.ends for s in self.schemes):
            return self._counted(table)
        response = read_response(table, self.left, self.ends, self.schemes, self.outcomes)
        missing = response.codes == MISSING
        counts = np.zeros((table.rows, self.ends))
        seen = np.flatnonzero(~missing)
        counts[seen, response.codes[seen]] = 1.0
        return Observed(counts, response.labels, missing, counts)

    def about(self) -> str:
        """Game, link and errors."""
        return f"{self.what}, {self.link}, {'agent error' if self.error == 'agent' else 'private information'}"

    def _counted(self, table: Table) -> Observed:
        """Counts of outcomes, a column for each."""
        counts = read_counts(table, self.left, self.what)
        missing = np.asarray(np.isnan(counts).any(axis=1))
        counts = np.where(missing[:, None], 0.0, counts)
        return Observed(counts, tuple(self.outcomes or self.left), missing, counts)

    def start(self, sample: Sample) -> Floats:
        """Statistical backward induction."""
        model = self.row_model()
        assert isinstance(model, TreeRows)
        return induced(sample, model)

    def move_names(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Actions by the outcomes that they lead to: `a or b | reached`, reached being the outcomes still open."""
        names: list[str] = []

        def visit(node: Branch) -> list[str]:
            if isinstance(node, Leaf):
                return [labels[node.outcome]]
            place = len(names)
            if isinstance(node, Choice):
                names.extend([""] * len(node.branches))
            below = [visit(branch) for branch in node.branches]
            whole = [label for part in below for label in part]
            if isinstance(node, Choice):
                given = "" if len(whole) == len(labels) else f" | {' or '.join(whole)}"
                names[place : place + len(below)] = [" or ".join(part) + given for part in below]
            return whole

        visit(self.root)
        return tuple(names)

    def default_labels(self) -> tuple[str, ...]:
        """The outcomes given, or those that the left side names, or numbers."""
        if self.outcomes:
            return tuple(self.outcomes)
        for scheme in self.schemes:
            if scheme.columns == len(self.left):
                return tuple(label.format(*self.left) for label in scheme.labels)
        return tuple(str(i + 1) for i in range(self.ends))

    def kept_columns(self, data: Any) -> tuple[str, ...]:
        """Columns of counts, whose sums say how often each row is played."""
        counted = len(self.left) == self.ends and not any(s.columns == self.ends for s in self.schemes)
        return self.left if counted else ()

    def drawn(self, sample: Sample, eta: Floats, table: Table, random: np.random.Generator) -> dict[str, Any]:
        """Outcomes drawn row by row, as labels or as the indicators of the left side."""
        chance = kernels.call(sample.model, "predicted", eta, sample.data).cumsum(axis=1)
        codes = (random.uniform(size=(table.rows, 1)) > chance[:, :-1]).sum(axis=1)
        labels = self.default_labels()
        if len(self.left) <= 1:
            name = self.left[0] if self.left else "outcome"
            if self.outcomes:
                return {name: np.array([labels[c] for c in codes], dtype=object)}
            return {name: codes.astype(np.float64) + 1}
        scheme = next((s for s in self.schemes if s.columns == len(self.left)), None)
        if scheme is None:  # counts, each row as often as in the data
            plays = np.sum([table.column(n).values for n in self.left], axis=0).astype(int)
            steps = np.diff(chance, axis=1, prepend=0.0)
            counts = random.multinomial(plays, steps / steps.sum(axis=1, keepdims=True))
            return {name: counts[:, i].astype(np.float64) for i, name in enumerate(self.left)}
        values = np.array([[0.0 if v is None else float(v) for v in rule] for rule in scheme.rule])
        return {name: values[codes, i] for i, name in enumerate(self.left)}

    def check(self, prepared: Prepared) -> None:
        """Every outcome seen; identified."""
        check_seen(prepared.sample.weights @ prepared.counts, prepared.labels)
        super().check(prepared)


class Egame12(TreeModel):
    """Player 1 stays (outcome 1) or moves; player 2 then answers (outcomes 2 and 3). Utilities u11, u13, u14, u24."""

    what = "egame12"
    players, ends = 2, 3
    root = Choice(0, (Leaf(0), Choice(1, (Leaf(1), Leaf(2)))))
    payoffs = (("u11", 0, 0), ("u13", 0, 1), ("u14", 0, 2), ("u24", 1, 2))
    schemes = (Scheme(2, ("~{0}", "{0},~{1}", "{0},{1}"), ((0, None), (1, 0), (1, 1))),)


class Egame122(TreeModel):
    """Two moves of player 1, each answered by player 2. Utilities u11, u12, u13, u14, u22, u24."""

    what = "egame122"
    players, ends = 2, 4
    root = Choice(0, (Choice(1, (Leaf(0), Leaf(1))), Choice(1, (Leaf(2), Leaf(3)))))
    payoffs = (("u11", 0, 0), ("u12", 0, 1), ("u13", 0, 2), ("u14", 0, 3), ("u22", 1, 1), ("u24", 1, 3))
    schemes = (
        Scheme(2, ("~{0},~{1}", "~{0},{1}", "{0},~{1}", "{0},{1}"), ((0, 0), (0, 1), (1, 0), (1, 1))),
        Scheme(3, ("~{1}", "{1}", "~{2}", "{2}"), ((0, 0, None), (0, 1, None), (1, None, 0), (1, None, 1))),
    )


class Egame123(TreeModel):
    """Players 1, 2, 3 move in turn until one stops. Utilities u11, u13, u15, u16, u23, u25, u26, u36."""

    what = "egame123"
    players, ends = 3, 4
    root = Choice(0, (Leaf(0), Choice(1, (Leaf(1), Choice(2, (Leaf(2), Leaf(3)))))))
    payoffs = (
        ("u11", 0, 0), ("u13", 0, 1), ("u15", 0, 2), ("u16", 0, 3), ("u23", 1, 1), ("u25", 1, 2), ("u26", 1, 3),
        ("u36", 2, 3),
    )  # fmt: skip
    schemes = (
        Scheme(
            3,
            ("~{0}", "{0},~{1}", "{0},{1},~{2}", "{0},{1},{2}"),
            ((0, None, None), (1, 0, None), (1, 1, 0), (1, 1, 1)),
        ),
    )


def egame12(formula: str | None = None, **options: Any) -> Egame12:
    """The R package's name for `Egame12`."""
    return Egame12(formula, **options)


def egame122(formula: str | None = None, **options: Any) -> Egame122:
    """The R package's name for `Egame122`."""
    return Egame122(formula, **options)


def egame123(formula: str | None = None, **options: Any) -> Egame123:
    """The R package's name for `Egame123`."""
    return Egame123(formula, **options)


Deterrence = Egame12
Utilities = Mapping[str, Formula]
