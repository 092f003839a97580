"""Phrases of a report: its tokens, its gazetteer names by place, the titles around a name, and mentions made of them.

`Phrases` knows where things stand and how far a phrase reaches; who is meant by one is settled in `reading.actors`.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offramp.reading import clauses, titles
from offramp.reading.gazetteer import Hit, find_names
from offramp.reading.names import UserName

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_YEAR = re.compile(r"\b(?:1[89]\d\d|20\d\d)\b")


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that names an actor. `head` is its head token's index; `start`, `end` are characters of the text."""

    name: str
    country: str | None
    role: str
    start: int
    end: int
    head: int
    political: bool
    person: bool = False
    plural: bool = False
    named: bool = False

    @property
    def is_leader(self) -> bool:
        return self.role == titles.LEADER

    @property
    def key(self) -> tuple[str | None, str]:
        """What two mentions of one actor share; where the country is unknown, the name stands for it."""
        return (self.country or self.name.casefold(), self.role)


class Phrases:
    """The phrases of one report.

    Args:
        doc: The parsed text.
        on: The report's date; it dates rulers and states. None takes every day's.
        names: Actors of the user's own, before the shipped ones.
    """

    def __init__(self, doc: Doc, on: dt.date | None, names: tuple[UserName, ...] = ()) -> None:
        self.doc = doc
        self.text: str = doc.text  # spaCy builds it anew at every asking
        self.on = on
        found = find_names(self.text, on, names)
        self._offsets = [token.idx for token in doc]
        self._token_at = {offset: i for i, offset in enumerate(self._offsets)}
        self.hits = [hit for hit in found if not self._is_namesake(hit)]
        self._starts = [hit.start for hit in self.hits]
        self._years: dict[int, list[Token]] = {}

    def _is_namesake(self, hit: Hit) -> bool:
        """Whether a ruler's bare surname belongs to somebody else here: 'Melania Trump', 'a brown coat'."""
        if hit.name.kind != "ruler" or hit.end - hit.start > len(hit.name.label.split()[-1]) + 4:
            return False
        i = self._token_at.get(hit.start)
        if i is None or self.doc[i].pos_ not in ("PROPN", "NOUN", "X", "ADJ"):
            return True
        if i == 0 or " " in self.text[hit.start : hit.end]:
            return False
        before = self.doc[i - 1]
        known = before.lower_.rstrip(".") in titles.COURTESY or before.lower_ in titles.role_nouns()
        return before.pos_ == "PROPN" and before.is_title and not known and before.ent_type_ == "PERSON"

    def hit_at(self, token: Token) -> Hit | None:
        """The gazetteer's name that covers a token, if any."""
        i = bisect.bisect_right(self._starts, token.idx) - 1
        if i >= 0 and self.hits[i].start <= token.idx < self.hits[i].end:
            return self.hits[i]
        return None

    def token_at(self, at: int) -> Token | None:
        """The token that covers a character, or the one that ends before it."""
        i = bisect.bisect_right(self._offsets, at) - 1
        return self.doc[i] if i >= 0 else None

    def words(self, sentence: Span) -> str:
        """The characters of a sentence; a slice, where spaCy would put the tokens together again."""
        return self.text[sentence.start_char : sentence.end_char]

    def years_in(self, sentence: Span) -> list[Token]:
        """Tokens of a sentence that are years since 1800, found once a sentence."""
        found = self._years.get(sentence.start)
        if found is None:
            found = []
            if _YEAR.search(self.words(sentence)):
                found = [t for t in sentence if len(t) == 4 and _YEAR.fullmatch(t.text)]
            self._years[sentence.start] = found
        return found

    def hits_within(self, start: int, end: int) -> list[Hit]:
        """The gazetteer's names that begin between two characters of the text."""
        return self.hits[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def _describing(self, head: Token) -> str:
        """Titles around a name: what stands before it, and its apposition, in lower case."""
        words = [t.lower_ for t in self.doc[head.left_edge.i : head.i]][-10:]
        for child in head.children:
            if child.dep_ == "appos" and child.pos_ != "PROPN":
                left, right = clauses.bounded_span(child, 8)
                words += [t.lower_ for t in self.doc[left : right + 1]]
        if head.dep_ == "appos" and head.head.pos_ == "NOUN":  # 'the army chief, General X'; 'ruler, X'
            words += [t.lower_ for t in self.doc[head.head.left_edge.i : head.head.i + 1]]
        return " ".join(words)

    def _name_start(self, token: Token) -> int:
        """First character of the phrase without its article, at most ten tokens before the head."""
        left = max(token.left_edge.i, token.i - 10)
        while left < token.i and (
            self.doc[left].pos_ in ("DET", "PUNCT", "ADP", "CCONJ", "ADV", "NUM", "SPACE", "SCONJ")
            or self.doc[left].tag_ in ("PRP$", "VBG", "VBN", "VBD", "RB", "JJS")
        ):
            left += 1
        return self.doc[left].idx

    def _mention(
        self, token: Token, country: str | None, role: str, *, political: bool, person: bool = False,
        plural: bool = False, named: bool = False,
    ) -> Mention:  # fmt: skip
        start, end = self._name_start(token), token.idx + len(token)
        links = ("of", "from", "in") if country is not None else ("of",)
        nearby = [c for c in token.children if c.dep_ == "prep" and c.lower_ in links and c.i == token.i + 1]
        if not named and nearby:
            deep = [d for d in nearby[0].children if d.dep_ == "pobj"]
            if deep and deep[0].i - token.i <= 6 and (nearby[0].lower_ == "of" or self.hit_at(deep[0]) is not None):
                end = deep[0].idx + len(deep[0])
        return Mention(self.text[start:end], country, role, start, end, token.i, political, person, plural, named)
