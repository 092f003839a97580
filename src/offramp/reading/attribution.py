"""Attributions: who, by which words, is said to have said what. Syntax only.

For each cue of `reading.cues` the subject is found through coordination, control, participles and relative clauses, and
the content through the complement, the quotation marks around it, or the clause that the cue interrupts. Quotations
that run over sentences are followed to their closing mark. Who the source is, and what to make of it, is settled in
`reading.speakers`.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offramp.reading.cues import Frame, frame_of, is_speech, prepositions_of, seems
from offramp.reading.quotes import Quote, find_quotes

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_LEMMAS = {"hop": "hope", "retweete": "retweet", "plann": "plan", "wo": "will"}
_SUBJECTS = frozenset(("nsubj", "csubj"))
_QUOTE_MARKS = frozenset(('"', "“", "”", "''", "``", "«", "»", "'", "‘", "’"))
_CLAUSES = frozenset(("ccomp", "xcomp", "advcl", "relcl", "acl", "parataxis", "conj", "ROOT", "pcomp", "csubj"))


@dataclass(frozen=True)
class Attribution:
    """Token indices of one attribution; `source` may be empty. `head` is the source's main word."""

    source: tuple[int, ...]
    head: int | None
    cue: tuple[int, ...]
    content: tuple[int, ...]
    verb: int
    quoted: bool
    frame: str


def find_attributions(doc: Doc) -> list[Attribution]:
    """All attributions of a text, in order of their cues."""
    finder = _Finder(doc)
    found = [finder.of_verb(token) for token in doc if token.pos_ in ("VERB", "AUX")]
    found += [finder.of_according(token) for token in doc if token.lower_ == "according"]
    return _outermost([a for a in found if a is not None and a.content and finder.counts(a)])


def _outermost(found: list[Attribution]) -> list[Attribution]:
    """Without those that stand within what somebody else is said to have said: their word is that somebody's claim."""
    said: dict[int, set[int]] = {}
    for number, attribution in enumerate(found):
        for index in attribution.content:
            said.setdefault(index, set()).add(number)
    kept = [a for number, a in enumerate(found) if not said.get(a.verb, set()) - {number}]
    return sorted(kept, key=lambda a: (min(a.cue), a.content))


def lemma(token: Token) -> str:
    """A verb's lemma, with the small model's slips put right."""
    found: str = token.lemma_.lower()
    return _LEMMAS.get(found, found)


class _Finder:
    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.quotes = [quote for quote in find_quotes(doc.text) if not (quote.single and quote.end - quote.start < 12)]
        self._starts = [token.idx for token in doc]
        self._inside = self._quote_of_tokens()

    def _quote_of_tokens(self) -> list[int]:
        inside = [-1] * len(self.doc)
        for number, quote in enumerate(self.quotes):
            first, last = self.tokens_of(quote)
            for index in range(first, last):
                inside[index] = number
        return inside

    def tokens_of(self, quote: Quote) -> tuple[int, int]:
        """First token and the one after the last of a quotation, its marks included."""
        return bisect.bisect_left(self._starts, quote.start), bisect.bisect_left(self._starts, quote.end)

    # Sources

    def source_of(self, verb: Token, hops: int = 0) -> Token | None:
        """The word that heads the one who says, thinks or shows; None where nobody is named."""
        children = list(verb.children)
        if any(child.dep_ == "nsubjpass" for child in children):
            by = next((c for c in children if c.dep_ == "agent" or (c.dep_ == "prep" and c.lower_ == "by")), None)
            return next((c for c in by.children if c.dep_ == "pobj"), None) if by is not None else None
        subject = next((child for child in children if child.dep_ in _SUBJECTS), None)
        if subject is not None:
            return subject
        if hops > 4:
            return None
        head = verb.head
        if verb.dep_ == "conj" and head.pos_ in ("VERB", "AUX"):
            return self.source_of(head, hops + 1)
        if verb.dep_ == "xcomp":
            thing = next((c for c in head.children if c.dep_ == "dobj" and c.i < verb.i), None)
            return thing or self.source_of(head, hops + 1)
        if verb.dep_ in ("advcl", "dep") and verb.tag_ in ("VBG", "VBN", "VB") and head.pos_ in ("VERB", "AUX"):
            return self.source_of(head, hops + 1)
        if (
            verb.dep_ in ("acl", "relcl")
            and head.pos_ in ("NOUN", "PROPN", "PRON")
            and verb.tag_ in ("VBG", "VBD", "VBP")
        ):
            return head
        if verb.dep_ == "acl" and head.pos_ in ("NOUN", "PROPN", "PRON") and verb.tag_ == "VB":
            owner = next((c for c in head.children if c.dep_ == "poss"), None)
            return owner or (self.source_of(head.head, hops + 1) if head.head.pos_ in ("VERB", "AUX") else None)
        if verb.dep_ == "pcomp" and head.head.pos_ in ("VERB", "AUX"):
            return self.source_of(head.head, hops + 1)
        return None

    def source_tokens(self, head: Token | None, verb: Token, content: Iterable[int]) -> tuple[int, ...]:
        if head is None:
            return ()
        taken = set(content) | {verb.i}
        if head.i in taken:
            return ()
        below = {token.i for token in head.subtree if token.dep_ != "punct" or token.i > head.left_edge.i}
        if verb.is_ancestor(head) is False and head.is_ancestor(verb):
            cut = verb.left_edge.i
            below = {index for index in below if index < cut}
        run = {head.i}
        for step in (-1, 1):
            index = head.i + step
            while index in below and index not in taken:
                run.add(index)
                index += step
        return self.trimmed(sorted(run))

    def counts(self, found: Attribution) -> bool:
        """Whether this reports speech: not a cue inside a quotation, which is part of what is quoted."""
        return self._inside[found.verb] < 0

    # Contents

    def of_verb(self, verb: Token) -> Attribution | None:
        frames = frame_of(lemma(verb))
        if not frames:
            return None
        source = self.source_of(verb)
        content, extra, frame = self._content(verb, frames, source)
        if not content:
            return None
        tokens = self.trimmed(sorted(content))
        return self._made(verb, source, tokens, extra, frame)

    def _made(
        self, verb: Token, source: Token | None, content: tuple[int, ...], extra: list[int], frame: str
    ) -> Attribution:
        origin = self.source_tokens(source, verb, content)
        cue = [c.i for c in verb.children if c.dep_ in ("aux", "auxpass", "neg", "prt") and c.i not in content]
        cue += [
            c.i
            for c in verb.children
            if c.dep_ == "advmod" and abs(c.i - verb.i) == 1 and c.tag_ == "RB" and c.i < verb.i
        ]
        cue = sorted({*cue, verb.i, *extra} - set(content) - set(origin))
        words = [index for index in content if not self.doc[index].is_punct]
        quoted = bool(words) and all(self._inside[index] >= 0 for index in words) and self._inside[verb.i] < 0
        return Attribution(origin, source.i if source is not None else None, tuple(cue), content, verb.i, quoted, frame)

    def _content(self, verb: Token, frames: Frame, source: Token | None) -> tuple[set[int], list[int], str]:
        children = [child for child in verb.children if child is not source]
        if frames & (Frame.QUOTE | Frame.CLAUSE):
            clause = next(
                (c for c in children if c.dep_ == "ccomp" and (source is None or not c.is_ancestor(source))), None
            )
            if clause is not None:
                return self._from_clause(verb, clause, source), [], "clause"
            if is_speech(lemma(verb)):
                near = self._from_quotes(verb, source)
                if near:
                    return near, [], "quote"
            host = self._interrupted(verb)
            if host:
                return host, [], "host"
        if Frame.PREPOSITION in frames:
            for child in children:
                if child.dep_ in ("prep", "prt") and child.lower_ in prepositions_of(lemma(verb)):
                    below = [c for c in child.children if c.dep_ in ("pobj", "pcomp")]
                    below += [
                        c
                        for c in children
                        if below and c.i > child.i and c.dep_ in ("xcomp", "advcl") and c.tag_ == "VB"
                    ]
                    if below:
                        return {t.i for c in below for t in c.subtree}, [child.i], "prep"
        thing = next((c for c in children if c.dep_ in ("dobj", "oprd") and c.i > verb.i), None)
        if Frame.NAMING in frames and thing is not None:
            named = [c for c in children if c.i > verb.i and (c.dep_ in ("dobj", "oprd") or c.lower_ == "as")]
            if len(named) > 1 or any(self._inside[t.i] >= 0 for c in named for t in c.subtree):
                return {t.i for c in named for t in c.subtree}, [], "naming"
        if Frame.INFINITIVE in frames:
            aim = next((c for c in children if c.dep_ == "xcomp" and c.i > verb.i), None)
            if aim is not None:
                whom = [c for c in children if c.dep_ == "dobj" and verb.i < c.i < aim.i]
                return {t.i for c in [*whom, aim] for t in c.subtree}, [], "infinitive"
        if Frame.OBJECT in frames and thing is not None:
            rest = [
                c for c in children if c.i > thing.i and c.dep_ == "prep" and c.lower_ in ("as", "for", "of", "about")
            ]
            return {t.i for c in [thing, *rest] for t in c.subtree}, [], "object"
        if Frame.IMPERSONAL in frames:
            content, extra = self._impersonal(verb, children)
            return content, extra, "impersonal"
        return set(), [], ""

    def _impersonal(self, verb: Token, children: list[Token]) -> tuple[set[int], list[int]]:
        passive = next((c for c in verb.children if c.dep_ == "nsubjpass"), None)
        subject = passive or (
            next((c for c in verb.children if c.dep_ == "nsubj"), None) if seems(lemma(verb)) else None
        )
        aim = next((c for c in verb.children if c.dep_ in ("xcomp", "oprd", "acomp") and c.i > verb.i), None)
        if subject is None or aim is None:
            return set(), []
        return {t.i for c in (subject, aim) for t in c.subtree}, []

    def _from_clause(self, verb: Token, clause: Token, source: Token | None) -> set[int]:
        own = {token.i for token in clause.subtree}
        own -= self._cue_group(verb, clause, source)
        if clause.i < verb.i:
            # '"X," said Y': all the sentence up to the cue and its subject belongs to the content.
            first = min(own)
            edge = min([verb.i, *self.source_tokens(source, verb, own)]) if source is not None else verb.i
            own |= set(range(first, edge))
            own |= self._quotes_after(verb, source) | self._quote_before(edge)
        return self._with_quotes(own, verb, source)

    def _cue_group(self, verb: Token, clause: Token, source: Token | None) -> set[int]:
        group = {verb.i}
        if source is not None and not source.is_ancestor(verb) and clause not in source.subtree:
            group |= {token.i for token in source.subtree}
        return group

    def _with_quotes(self, content: set[int], verb: Token, source: Token | None) -> set[int]:
        """Complete quotations of which the content holds the beginning or most."""
        taken = {verb.i} | ({token.i for token in source.subtree} if source is not None else set())
        for number in {self._inside[index] for index in content} - {-1, self._inside[verb.i]}:
            first, last = self.tokens_of(self.quotes[number])
            span = set(range(first, last))
            words = [index for index in span if not self.doc[index].is_punct]
            held = sum(index in content for index in words)
            if words and (held >= 0.5 * len(words) or any(index in content for index in words[:2])):
                content |= span - taken
        return content

    def _quotes_after(self, verb: Token, source: Token | None) -> set[int]:
        """The quotation that goes on after an interrupting '..., he said. "...'."""
        index = (
            max(
                [verb.i, *(t.i for t in source.subtree if t.i > verb.i and not t.is_ancestor(verb))]
                if source is not None
                else [verb.i]
            )
            + 1
        )
        limit = min(len(self.doc), index + 25)
        while index < limit and self._inside[index] < 0:
            token = self.doc[index]
            if token.is_space and "\n" in token.text:
                return set()
            if token.is_sent_start and token.i > verb.i + 1 and not token.is_punct and token.text not in _QUOTE_MARKS:
                return set()
            if token.pos_ in ("VERB",) and frame_of(lemma(token)):
                return set()
            index += 1
        if index >= limit or self._inside[index] < 0:
            return set()
        first, last = self.tokens_of(self.quotes[self._inside[index]])
        return set(range(first, last)) if first == index else set()

    def _from_quotes(self, verb: Token, source: Token | None) -> set[int]:
        """A quotation right before or right after the cue and its source."""
        if self._inside[verb.i] >= 0:
            return set()
        group = {verb.i, *(self.source_tokens(source, verb, ()) if source is not None else ())}
        after = self._quotes_after(verb, source)
        before = self._quote_before(min(group))
        return before | after

    def _quote_before(self, index: int) -> set[int]:
        index -= 1
        steps = 0
        while index >= 0 and self._inside[index] < 0 and steps < 4 and (self.doc[index].is_punct or steps == 0):
            if self.doc[index].is_space and "\n" in self.doc[index].text:
                return set()
            index -= 1
            steps += 1
        if index < 0 or self._inside[index] < 0:
            return set()
        first, last = self.tokens_of(self.quotes[self._inside[index]])
        return set(range(first, last)) if last == index + 1 else set()

    def _interrupted(self, verb: Token) -> set[int]:
        """'X, he said, Y': the clause that a parenthetical cue stands in."""
        head = verb.head
        if verb.dep_ not in ("parataxis", "advcl", "ccomp") or head.i == verb.i or head.pos_ not in ("VERB", "AUX"):
            return set()
        if verb.dep_ != "parataxis" and not any(c.dep_ == "mark" and c.lower_ == "as" for c in verb.children):
            return set()
        below = {token.i for token in verb.subtree}
        return {token.i for token in head.subtree if token.i not in below}

    def of_according(self, token: Token) -> Attribution | None:
        """'According to X, Y'."""
        following = next((c for c in token.children if c.dep_ == "prep" and c.lower_ == "to"), None)
        if following is None and token.i + 1 < len(self.doc) and self.doc[token.i + 1].lower_ == "to":
            following = self.doc[token.i + 1]
        if following is None:
            return None
        source = next((c for c in following.children if c.dep_ == "pobj"), None)
        if source is None:
            return None
        phrase = {t.i for t in token.subtree} | {token.i, following.i} | {t.i for t in source.subtree}
        host = token.head
        if host.i == token.i:
            return None
        content = {t.i for t in (host.subtree if host.pos_ in ("VERB", "AUX") else token.sent)} - phrase
        origin = self.trimmed(sorted(t.i for t in source.subtree))
        content = self._with_quotes(content, token, source)
        tokens = self.trimmed(sorted(content - phrase))
        return Attribution(origin, source.i, (token.i, following.i), tokens, token.i, False, "according")

    def trimmed(self, tokens: list[int]) -> tuple[int, ...]:
        """Without white space, and without commas and the like at either end."""
        kept = [index for index in tokens if not self.doc[index].is_space]
        while (
            kept and self.doc[kept[-1]].is_punct and self.doc[kept[-1]].text not in _QUOTE_MARKS | {")", "]", "?", "!"}
        ):
            kept.pop()
        while kept and self.doc[kept[0]].is_punct and self.doc[kept[0]].text not in _QUOTE_MARKS | {"(", "["}:
            kept.pop(0)
        return tuple(kept)


def spans_of(doc: Doc, tokens: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of neighbouring tokens as character spans; white space tokens do not break a run."""
    spans: list[tuple[int, int]] = []
    last = -2
    for index in tokens:
        token = doc[index]
        if spans and all(doc[i].is_space for i in range(last + 1, index)):
            spans[-1] = (spans[-1][0], token.idx + len(token))
        else:
            spans.append((token.idx, token.idx + len(token)))
        last = index
    return spans
