"""A report's text cut into pieces, so that every item of evidence can be seen where it stands.

Items overlap (a claim holds an event, an event an offer), so the text is cut at every edge and each piece knows all
the items that cover it. Nothing here makes markup; the template does, and escapes. Characters that could change how
neighbouring text is shown (controls, overrides of writing direction) are left out of what is shown; offsets are cut
before that, so spans stay right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from offramp.reading.evidence import Evidence, Grade, Span

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ud800-\udfff]")
_GAPS = re.compile(r"\s*\n\s*\n\s*\n\s*")
KINDS = {
    "event": "ev", "offer": "of", "demand": "de", "claim": "cl", "statistic": "st", "condition": "co", "dropped": "dr",
}  # fmt: skip
_NESTING = ("claim", "source", "offer", "demand", "condition", "statistic", "event", "dropped")
POINTER = re.compile(r"\b(events|offers|demands|claims|statistics|conditions|dropped)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of evidence and where it stands. `visible` spans are drawn; the rest shows when the item is sought."""

    kind: str
    number: int  # from 1, within its kind
    report: int
    visible: tuple[Span, ...]
    hidden: tuple[Span, ...] = ()
    sources: tuple[Span, ...] = ()
    grade: Grade | None = None

    @property
    def ident(self) -> str:
        """Its id in the page: 'claim-3'."""
        return f"{self.kind}-{self.number}"

    @property
    def short(self) -> str:
        """Its mark in the text: 'cl3'."""
        return f"{KINDS[self.kind]}{self.number}"

    @property
    def name(self) -> str:
        """Its name in words: 'claim 3, grade D'."""
        noun = "dropped passage" if self.kind == "dropped" else self.kind
        return f"{noun} {self.number}" + (f", grade {self.grade}" if self.grade else "")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same items. `kinds` are drawn from the outside in; `opens` begin here."""

    text: str
    kinds: tuple[str, ...]
    idents: tuple[str, ...]
    opens: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A pointer such as 'claims[4]', in words, with the id of its row where there is one."""

    words: str
    ident: str | None


def items(evidence: Evidence) -> list[Item]:
    """Every item of the evidence, in the order of its lists."""
    found: list[Item] = []
    for i, e in enumerate(evidence.events, 1):
        found.append(Item("event", i, e.report, (e.trigger,), ((e.start, e.end),)))
    found += [Item("offer", i, row.report, ((row.start, row.end),)) for i, row in enumerate(evidence.offers, 1)]
    found += [Item("demand", i, row.report, ((row.start, row.end),)) for i, row in enumerate(evidence.demands, 1)]
    found += [Item("dropped", i, row.report, ((row.start, row.end),)) for i, row in enumerate(evidence.dropped, 1)]
    for i, c in enumerate(evidence.claims, 1):
        found.append(
            Item("claim", i, c.report, tuple(c.content_spans), tuple(c.cue_spans), tuple(c.source_spans), c.grade)
        )
    for i, s in enumerate(evidence.statistics, 1):
        found.append(Item("statistic", i, s.report, ((s.start, s.end),), grade=s.grade))
    for i, k in enumerate(evidence.conditions, 1):
        found.append(Item("condition", i, k.report, ((k.start, k.end),), grade=k.grade))
    return found


def reference(pointer: str, known: Iterable[str]) -> Reference:
    """A pointer into the evidence in words; `known` are the ids that the page has."""
    match = POINTER.fullmatch(pointer.strip())
    if match is None:
        return Reference(pointer, None)
    plural, index = match[1], int(match[2]) + 1
    kind = plural if plural == "dropped" else plural.removesuffix("s")
    ident = f"{kind}-{index}"
    noun = "dropped passage" if kind == "dropped" else kind
    return Reference(f"{noun} {index}", ident if ident in set(known) else None)


def shown(text: str) -> str:
    """`text` without the characters that could change how other text is shown."""
    return _UNSHOWN.sub("", text)


def pieces(text: str, report: int, found: Iterable[Item]) -> list[Piece]:
    """The text of one report, cut at every edge of its items. The pieces' texts join to the text as shown.

    Args:
        text: The report's text, which spans count in.
        report: Its place among the reports.
        found: All items; those of other reports are passed over, spans are clipped to the text.
    """
    size = len(text)
    spans: list[tuple[int, int, str, Item]] = []
    opens: dict[int, list[Item]] = {}
    for item in found:
        if item.report != report:
            continue
        parts = [(item.kind, item.visible), ("source", item.sources), ("", item.hidden)]
        mine = [
            (max(0, a), min(size, b), kind, item)
            for kind, places in parts
            for a, b in places
            if max(0, a) < min(size, b)
        ]
        if mine:
            spans += mine
            drawn = [start for start, _, kind, _ in mine if kind == item.kind]
            opens.setdefault(min(drawn or [start for start, *_ in mine]), []).append(item)
    edges = sorted({0, size, *(a for a, *_ in spans), *(b for _, b, *_ in spans)})
    begin: dict[int, list[int]] = {}
    end: dict[int, list[int]] = {}
    for i, (a, b, _, _) in enumerate(spans):
        begin.setdefault(a, []).append(i)
        end.setdefault(b, []).append(i)
    active: set[int] = set()
    cut: list[Piece] = []
    for start, stop in pairwise(edges):
        active.difference_update(end.get(start, ()))
        active.update(begin.get(start, ()))
        over = [spans[i] for i in sorted(active)]
        kinds = {kind for _, _, kind, _ in over if kind}
        cut.append(
            Piece(
                _GAPS.sub("\n\n", shown(text[start:stop])),
                tuple(kind for kind in _NESTING if kind in kinds),
                tuple(dict.fromkeys(item.ident for *_, item in over)),
                tuple(opens.get(start, ())),
            )
        )
    return cut
