"""The reader's own dictionary: which verbs and nouns say which event, read from `data/verbs.csv` and `data/nouns.csv`.

`Frames.match` picks the most specific pattern that a predicate fits: its particle, its preposition, and the class of
its object's head noun. The tables' first lines explain their columns; a fault in a table names its line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from offramp.codes.plover import MODES, EventType
from offramp.errors import OfframpError
from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Token

KINDS = {
    "event",
    "light",
    "report",
    "threat",
    "promise",
    "plan",
    "refuse",
    "request",
    "aspect",
    "stop",
    "allow",
    "fail",
}
_PATTERN = re.compile(r"^(?P<lemma>[a-z-]+)(?P<particle>_[a-z_]+)?(?:@(?P<prep>[a-z]+))?(?:/(?P<classes>[a-z_|]+))?$")


@dataclass(frozen=True, slots=True)
class Frame:
    """One pattern of a verb and what it says. `type` is None where the inner act or the object decides."""

    lemma: str
    particle: str
    preposition: str
    classes: frozenset[str]
    kind: str
    type: EventType | None
    mode: str | None
    line: int

    @property
    def weight(self) -> int:
        """How much of the sentence the pattern pins down."""
        return 4 * bool(self.particle) + 3 * bool(self.preposition) + 2 * bool(self.classes)


@dataclass(frozen=True, slots=True)
class Noun:
    """What a noun says by itself."""

    classes: frozenset[str]
    type: EventType | None
    mode: str | None


def table(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of `reading/data/<name>` with the place of each ('verbs.csv:12')."""
    text = files("offramp.reading").joinpath("data", name).read_text(encoding="utf-8")
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    cells = csv.reader(line for _, line in numbered)
    header = next(cells)
    for (n, _), row in zip(numbered[1:], cells, strict=True):
        if len(row) != len(header):
            raise OfframpError(f"{name}:{n}: {len(row)} cells where the header has {len(header)}")
        yield f"{name}:{n}", dict(zip(header, row, strict=True))


def _event(where: str, row: dict[str, str]) -> tuple[EventType | None, str | None]:
    if not row["type"]:
        return None, None
    if row["type"] not in EventType.__members__:
        raise OfframpError(f"{where}: type {row['type']!r} is none of {', '.join(EventType)}")
    kind = EventType(row["type"])
    if row["mode"] and row["mode"] not in MODES[kind]:
        raise OfframpError(
            f"{where}: mode {row['mode']!r} is none of {kind}'s: {', '.join(MODES[kind]) or 'it has none'}"
        )
    return kind, row["mode"] or None


@cache
def frames() -> dict[str, tuple[Frame, ...]]:
    """All patterns by lemma, in the order of the table."""
    found: dict[str, list[Frame]] = {}
    for line, (where, row) in enumerate(table("verbs.csv")):
        if row["kind"] not in KINDS:
            raise OfframpError(f"{where}: kind {row['kind']!r} is none of {', '.join(sorted(KINDS))}")
        type_, mode = _event(where, row)
        for pattern in row["patterns"].split():
            parts = _PATTERN.match(pattern)
            if parts is None:
                raise OfframpError(f"{where}: {pattern!r} is no pattern such as lemma_particle@preposition/class|class")
            frame = Frame(
                lemma=parts["lemma"],
                particle=(parts["particle"] or "")[1:].replace("_", " "),
                preposition=parts["prep"] or "",
                classes=frozenset((parts["classes"] or "").split("|")) - {""},
                kind=row["kind"],
                type=type_,
                mode=mode,
                line=line,
            )
            found.setdefault(frame.lemma, []).append(frame)
    return {lemma: tuple(rows) for lemma, rows in found.items()}


@cache
def nouns() -> dict[str, Noun]:
    """Every listed noun; one that stands in several rows has all their classes and the first row's event."""
    found: dict[str, Noun] = {}
    for where, row in table("nouns.csv"):
        type_, mode = _event(where, row)
        for word in row["nouns"].split():
            before = found.get(word)
            if before is None:
                found[word] = Noun(frozenset({row["class"]}), type_, mode)
            else:
                kept = (before.type, before.mode) if before.type else (type_, mode)
                found[word] = Noun(before.classes | {row["class"]}, *kept)
    return found


def noun(token: Token) -> Noun | None:
    """What the table knows of a noun, by lemma and then by form."""
    known = nouns()
    return known.get(token.lemma_.lower()) or known.get(token.lower_)


def nouns_in(token: Token) -> list[Noun]:
    """The entries of a noun and of the nouns before it ('food supplies')."""
    found = [noun(token), *(noun(c) for c in token.children if c.dep_ in ("compound", "nmod"))]
    return [entry for entry in found if entry is not None]


def classes_of(token: Token) -> frozenset[str]:
    """Classes of a noun, looking through 'a series of bombs' and 'two tons of grain' when it has none itself."""
    entry = noun(token)
    if entry is None or "effort" in entry.classes:  # 'food supplies', 'mediation efforts', 'an aid program'
        for child in token.children:
            inner = noun(child) if child.dep_ in ("compound", "amod", "nmod") else None
            if inner is not None:
                return inner.classes
    if entry is not None:
        return entry.classes
    for child in token.children:
        if child.dep_ == "prep" and child.lower_ == "of":
            for deep in child.children:
                if deep.dep_ == "pobj" and deep.i > token.i:
                    return classes_of(deep)
    return frozenset()


def _fits(frame: Frame, verb: Token, things: list[Token], is_actor: Callable[[Token], bool]) -> bool:
    if frame.particle:
        words = frame.particle.split()
        after = [verb.doc[i].lower_ for i in range(verb.i + 1, min(verb.i + 1 + len(words), len(verb.doc)))]
        marks = {c.lower_ for c in verb.children if c.dep_ in ("prt", "advmod", "prep", "acomp", "oprd", "advcl")}
        if after != words and not (len(words) == 1 and words[0] in marks):
            return False
    if frame.preposition and not any(
        child.lower_ == frame.preposition and child.dep_ in ("prep", "dative", "prt", "agent", "mark", "aux")
        for child in verb.children
    ):
        return False
    if not frame.classes:
        return True
    if frame.classes == {"none"}:
        return not things
    for thing in things:
        if classes_of(thing) & frame.classes:
            return True
        if "actor" in frame.classes and is_actor(thing):
            return True
        if frame.preposition:  # 'submit@to/…': the class speaks of what follows the preposition
            continue
    if frame.preposition:
        return any(classes_of(t) & frame.classes for t in clauses.obliques(verb, (frame.preposition,)))
    return False


def match(verb: Token, is_actor: Callable[[Token], bool]) -> Frame | None:
    """The most specific pattern that the predicate fits, the table's order deciding between equals."""
    lemma = verb.lemma_.lower()
    known = frames().get(lemma) or frames().get(lemma + "e")  # the lemmatizer makes 'stag' of 'staged'
    if known is None:
        return None
    things = clauses.objects(verb) + clauses.receivers(verb)
    fitting = [frame for frame in known if _fits(frame, verb, things, is_actor)]
    return max(fitting, key=lambda frame: (frame.weight, -frame.line), default=None)
