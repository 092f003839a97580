"""Attributions: who, by which words, is said to have said what. Syntax only.

For each cue of `reading.cues`, by the frames it takes, the source comes from `reading.origins` and the content from
`reading.contents`. Who the source is, and what to make of it, is settled in `reading.speakers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offramp.reading import clauses, voices
from offramp.reading.contents import Contents
from offramp.reading.cues import (
    Frame,
    frame_of,
    is_adjective_cue,
    is_light,
    is_noun_cue,
    is_speech,
    prepositions_of,
    seems,
    shows,
)
from offramp.reading.origins import lemma, quotes_somebody
from offramp.reading.orphans import find_orphans
from offramp.reading.saids import find_saids

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_NOUN_LINKS = frozenset(("of", "for", "on", "about", "against", "to", "that", "toward", "towards", "over"))
_HEARSAY = frozenset(("reportedly", "allegedly", "supposedly", "purportedly"))
_OBJECT_TAILS = frozenset(("as", "for", "of", "about"))


@dataclass(frozen=True)
class Attribution:
    """Token indices of one attribution; `source` may be empty. `head` is the source's main word.

    `within` is the saying that what was said passes on ('X said that Y had told Z …'), if any.
    """

    source: tuple[int, ...]
    head: int | None
    cue: tuple[int, ...]
    content: tuple[int, ...]
    verb: int
    quoted: bool
    frame: str
    within: Attribution | None = None


def find_attributions(doc: Doc) -> list[Attribution]:
    """All attributions of a text, in order of their cues."""
    finder = _Finder(doc)
    found = [finder.of_verb(token) for token in doc if token.pos_ in ("VERB", "AUX")]
    found += [finder.of_noun(token) for token in doc if token.pos_ == "NOUN"]
    found += [finder.of_adjective(token) for token in doc if token.pos_ == "ADJ"]
    found += [finder.of_adverb(token) for token in doc if token.lower_ in _HEARSAY]
    found += [finder.of_according(token) for token in doc if token.lower_ == "according"]
    kept = _outermost([a for a in found if a is not None and a.content and finder.counts(a)])
    return _with_orphans(finder, kept)


def _with_orphans(finder: _Finder, found: list[Attribution]) -> list[Attribution]:
    """Those found, and what the order of words shows where syntax found nothing.

    A speaker beside a quotation goes before a cue's other content; a sentence of saying fills a gap only.
    """
    orphans = find_orphans(finder, {i for a in found for i in a.content})
    taken = {o.verb for o in orphans}
    kept = [a for a in found if a.verb not in taken]
    kept += [Attribution(o.source, o.head, o.cue, o.content, o.verb, True, "quote") for o in orphans]
    cues = {i for a in kept for i in a.cue}
    for o in find_saids(finder, cues, {i for a in kept for i in a.content}):
        quoted = all(finder.inside[i] >= 0 for i in o.content if not finder.doc[i].is_punct)
        kept.append(Attribution(o.source, o.head, o.cue, o.content, o.verb, quoted, "said"))
    return sorted(kept, key=lambda a: (min(a.cue), a.content))


def _outermost(found: list[Attribution]) -> list[Attribution]:
    """Without those that stand within what somebody else is said to have said: their word is that somebody's claim."""
    said: dict[int, set[int]] = {}
    for number, attribution in enumerate(found):
        for index in attribution.content:
            said.setdefault(index, set()).add(number)
    kept = [a for number, a in enumerate(found) if not said.get(a.verb, set()) - {number}]
    inner = [a for number, a in enumerate(found) if a.source and said.get(a.verb, set()) - {number}]
    by_verb = {a.verb: a for a in inner}
    passed = [
        replace(a, within=next((by_verb[i] for i in a.content if i in by_verb and i != a.verb), None)) if inner else a
        for a in kept
    ]
    return sorted(passed, key=lambda a: (min(a.cue), a.content))


class _Finder(Contents):
    """Attributions of one document, cue by cue."""

    def counts(self, found: Attribution) -> bool:
        """Whether this reports speech: not a cue inside a quotation, which is part of what is quoted."""
        return self.inside[found.verb] < 0

    def of_verb(self, verb: Token) -> Attribution | None:
        frames = frame_of(lemma(verb))
        if not frames or quotes_somebody(verb):
            return None
        source = self.source_of(verb)
        content, extra, frame = self._content(verb, frames, source)
        if not content:
            return None
        tokens = self.trimmed(self.settled(self.balanced(sorted(content), verb), verb))
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
        quoted = bool(words) and all(self.inside[index] >= 0 for index in words) and self.inside[verb.i] < 0
        return Attribution(origin, source.i if source is not None else None, tuple(cue), content, verb.i, quoted, frame)

    def _content(self, verb: Token, frames: Frame, source: Token | None) -> tuple[set[int], list[int], str]:
        children = [child for child in verb.children if child is not source]
        if frames & (Frame.QUOTE | Frame.CLAUSE):
            clause = next(
                (c for c in children if c.dep_ == "ccomp" and (source is None or not c.is_ancestor(source))), None
            )
            apart = clause is not None and clause.left_edge.i > verb.i + 1 and clause.left_edge.dep_ != "mark"
            if clause is not None and apart and is_speech(lemma(verb)):
                near = self.from_quotes(verb, source, before_only=True)
                if near:
                    return near, [], "quote"
            if clause is not None:
                return self.from_clause(verb, clause, source), [], "clause"
            if is_speech(lemma(verb)):
                near = self.from_quotes(verb, source)
                if near:
                    return near, [], "quote"
            host = self.interrupted(verb)
            if host:
                return host, [], "host"
            thing_named = any(c.dep_ == "dobj" and c.i > verb.i for c in children) and Frame.OBJECT in frames
            if is_speech(lemma(verb)) and not thing_named:
                rest = self.around(verb, source)
                if rest:
                    return rest, [], "around"
            if shows(lemma(verb)) and source is not None and source.lemma_.lower() in voices.DOCUMENTS:
                shown = self._shown(verb)
                if shown:
                    return shown, [], "shown"
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
            if len(named) > 1 or any(self.inside[t.i] >= 0 for c in named for t in c.subtree):
                return self.with_quotes({t.i for c in named for t in c.subtree}, verb, source), [], "naming"
        if Frame.INFINITIVE in frames:
            aim = next((c for c in children if c.dep_ == "xcomp" and c.i > verb.i), None)
            if aim is not None:
                parts = [*(c for c in children if c.dep_ == "dobj" and verb.i < c.i < aim.i), aim]
                return {t.i for part in parts for t in part.subtree}, [], "infinitive"
        if Frame.OBJECT in frames and thing is not None:
            parts = [c for c in children if c.i > thing.i and c.dep_ == "prep" and c.lower_ in _OBJECT_TAILS]
            return self.with_quotes({t.i for part in [thing, *parts] for t in part.subtree}, verb, source), [], "object"
        if frames & (Frame.IMPERSONAL | Frame.OBJECT | Frame.NAMING):
            content, extra = self._impersonal(verb, children)
            return content, extra, "impersonal"
        return set(), [], ""

    def _shown(self, verb: Token) -> set[int]:
        """What a poll or paper shows, where that is no clause: the rest of the verb's own clause."""
        if not any(c.dep_ in ("dobj", "dative") and c.i > verb.i for c in verb.children):
            return set()
        rest = {t.i for c in verb.children if c.i > verb.i and c.dep_ != "conj" for t in c.subtree}
        return {i for i in rest if self.doc[i].dep_ != "cc" or self.doc[i].head.i != verb.i}

    def _impersonal(self, verb: Token, children: list[Token]) -> tuple[set[int], list[int]]:
        """'X is expected to go', 'X has been blamed for Y', 'X seems weak': X is part of what is said."""
        passive = next((c for c in verb.children if c.dep_ == "nsubjpass"), None)
        active = next((c for c in verb.children if c.dep_ == "nsubj"), None) if seems(lemma(verb)) else None
        subject = passive or active
        if subject is None:
            return set(), []
        tails = [c for c in verb.children if c.dep_ in ("xcomp", "oprd", "acomp") and c.i > verb.i]
        if passive is not None and not tails:
            tails = [c for c in verb.children if c.dep_ == "prep" and c.lower_ in _OBJECT_TAILS and c.i > verb.i]
            if not tails and Frame.OBJECT not in frame_of(lemma(verb)):
                return set(), []
        elif not tails:
            return set(), []
        return {t.i for c in (subject, *tails) for t in c.subtree}, []

    def of_noun(self, noun: Token) -> Attribution | None:
        """'X's call for talks', 'X made the case that ...'."""
        if not is_noun_cue(noun.lemma_.lower()):
            return None
        content = [
            c for c in noun.children if c.i > noun.i and (c.dep_ == "acl" and c.tag_ in ("VB", "VBZ", "VBD", "VBP"))
        ]
        link: Token | None = None
        if not content:
            link = next((c for c in noun.children if c.dep_ == "prep" and c.lower_ in _NOUN_LINKS), None)
            content = [c for c in link.children if c.dep_ in ("pobj", "pcomp")] if link is not None else []
        if not content:
            return None
        owner = next((c for c in noun.children if c.dep_ == "poss"), None)
        verb = noun.head
        extra = [link.i] if link is not None else []
        if owner is None and noun.dep_ == "dobj" and verb.pos_ == "VERB" and is_light(lemma(verb)):
            owner = self.source_of(verb)
            extra += [verb.i, *(c.i for c in verb.children if c.dep_ in ("aux", "neg"))]
            extra += [c.i for c in noun.children if c.dep_ in ("det", "amod", "compound")]
        if owner is None:
            return None
        tokens = self.trimmed(sorted({t.i for c in content for t in c.subtree} - set(extra)))
        origin = self.source_tokens(owner, noun, tokens)
        cue = tuple(sorted({noun.i, *extra} - set(tokens) - set(origin)))
        return Attribution(origin, owner.i, cue, tokens, noun.i, False, "noun")

    def of_adjective(self, word: Token) -> Attribution | None:
        """'X was critical of the plan', 'they are confident that ...'."""
        verb = word.head
        if (
            not is_adjective_cue(word.lemma_.lower())
            or word.dep_ not in ("acomp", "attr")
            or verb.pos_ not in ("AUX", "VERB")
        ):
            return None
        source = self.source_of(verb)
        if source is None or source.lower_ in ("it", "that", "this", "there"):
            return None
        content = [c for c in (*word.children, *verb.children) if c.dep_ in ("ccomp", "xcomp") and c.i > word.i]
        link: Token | None = None
        if not content:
            link = next((c for c in word.children if c.dep_ == "prep" and c.i > word.i), None)
            content = [c for c in link.children if c.dep_ in ("pobj", "pcomp")] if link is not None else []
        if not content:
            return None
        tokens = self.trimmed(sorted({t.i for c in content for t in c.subtree}))
        origin = self.source_tokens(source, verb, tokens)
        cue = {verb.i, word.i, *([link.i] if link is not None else [])}
        cue |= {c.i for c in verb.children if c.dep_ in ("aux", "neg")} | {
            c.i for c in word.children if c.dep_ == "advmod"
        }
        return Attribution(
            origin, source.i, tuple(sorted(cue - set(tokens) - set(origin))), tokens, word.i, False, "adjective"
        )

    def of_adverb(self, word: Token) -> Attribution | None:
        """'The general reportedly met the envoy': said by nobody in particular."""
        host = word.head
        if host.pos_ not in ("VERB", "AUX"):
            return None
        tokens = self.trimmed([t.i for t in host.subtree if t.i != word.i])
        return Attribution((), None, (word.i,), tokens, word.i, False, "adverb")

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
        if host.i < token.i and host.pos_ == "VERB":  # 'X is led by Y and includes Z, according to W': all of it
            host = clauses.first_conjunct(host)
        content = {t.i for t in (host.subtree if host.pos_ in ("VERB", "AUX") else token.sent)} - phrase
        origin = self.trimmed(sorted(t.i for t in source.subtree))
        content = self.with_quotes(content, token, source)
        kept = sorted(content - phrase)
        while kept and (self.doc[kept[0]].pos_ == "CCONJ" or self.doc[kept[0]].is_punct) and self.inside[kept[0]] < 0:
            kept.pop(0)
        tokens = self.trimmed(self.balanced(kept, token))
        return Attribution(origin, source.i, (token.i, following.i), tokens, token.i, False, "according")


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
