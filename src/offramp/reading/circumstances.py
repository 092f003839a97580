"""When, where, why and how of a report's main event: circumstances that its headline and first sentences tell.

Each function gives candidates as stretches of the text, likeliest first; `reading.fivew` chooses among them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from offramp.codes.states import find_state
from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

PLACES = frozenset(("GPE", "LOC", "FAC"))
AT = frozenset(("in", "at", "outside", "near", "inside", "from", "on", "across", "around", "off"))
_NO_DAY = re.compile(
    r"(?i)\b(?:year|years|month|months|week|weeks|decade|century|daily|annual|age|old|first time|days|last|next|\d+-)\b"
)
_DAY = re.compile(
    r"(?i)\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|yesterday|tonight|tomorrow)\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? \d"
)
_CLOCK = re.compile(r"(?i)\b(?:(?:at |around |about )*\d{1,2}[.:]\d\d ?(?:[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)\b")
_WHY = re.compile(
    r"(?i)\b(?:because of|because|due to|owing to|thanks to|in order to|so that"
    r"|in (?:retaliation|response|revenge|return|protest)(?: for| to| against| at)?)\s+"
)
_BLAMING = frozenset(("blame", "accuse", "criticise", "criticize", "praise", "condemn", "fault", "sentence", "arrest"))
_DATELINE = re.compile(
    r"(?:^|\s)([A-Z][A-Z]{3,}(?: [A-Z]{3,})*)(?:, [^—(]{2,24})?\s*(?:\([A-Z]\w+\)\s*)?"
    r"(?:—|–|--|-(?:\s|$))"
)
_COMPASS = re.compile(r"(?i)^(?:(?:north|south|east|west|central)(?:east|west)?(?:ern)?|the)[ -]+")
_TOWN = frozenset(("city", "town", "village", "port", "suburb", "district"))
_LIGHT = frozenset(("be", "have", "do", "say", "get"))


# When and where


def when(near: list[Span], day: str | None) -> Iterator[str]:
    """Days of the first sentences, those inside relative clauses last; then the report's own day; then vaguer times."""
    aside: list[str] = []
    hours: list[str] = []
    vague: list[str] = []
    for sentence in near:
        clock = _CLOCK.search(sentence.text)
        told = clock is None
        for entity in (e for e in sentence.doc.ents if sentence.start <= e.start < sentence.end):
            if entity.label_ not in ("DATE", "TIME") or not any(c.isalpha() for c in entity.text):
                continue
            text = re.sub(r"(?i)^(?:on|the) ", "", entity.text)
            told = told or (clock is not None and clock.group() in text) or _DAY.search(text) is not None
            if not _DAY.search(text) and _CLOCK.search(text):
                hours.append(text)
            elif not _DAY.search(text):
                vague += [] if _NO_DAY.search(text) else [text]
            elif _is_aside(entity.root):
                aside.append(text)
            else:
                if clock is not None and clock.group() not in text:
                    yield f"{clock.group()} on {text}"
                yield text
        if clock is not None and not told and re.search(r"(?i):|m", clock.group()):
            hours.append(clock.group())
    yield from aside
    yield from hours
    if day:
        yield _written(day)
    yield from vague


def _is_aside(token: Token) -> bool:
    for _ in range(clauses.REACH):
        if token.dep_ in ("relcl", "acl") or (token.dep_ == "advcl" and clauses.marker(token) in ("after", "since")):
            return True
        if token.head.i == token.i:
            return False
        token = token.head
    return False


def _written(day: str) -> str:
    try:
        date = dt.date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{date:%B} {date.day}, {date.year}"


def where(near: list[Span]) -> Iterator[str]:
    """Places under a preposition in the first sentences, towns before countries; a dateline; then any place."""
    wide: list[str] = []
    rest: list[str] = []
    for sentence in near:
        for token in sentence:
            if token.ent_type_ not in PLACES or token.pos_ not in ("PROPN", "NOUN"):
                continue
            place, end = _place(token), _hyphened(token)
            if not _locates(end):
                if token.dep_ not in ("compound", "amod", "nmod"):
                    rest.append(place)
            elif find_state(_COMPASS.sub("", place)) is None:
                yield place
            else:
                wide.append(place)
        dateline = _DATELINE.search(sentence.text)
        if dateline:
            yield dateline.group(1).strip()
    yield from wide
    yield from rest


def _locates(token: Token) -> bool:
    """Whether a place stands where something happens: 'in X', 'the city of X'; not 'strikes on X', which aim at it."""
    link = clauses.preposition_of(token)
    if token.dep_ not in ("pobj", "conj"):
        return False
    prep = token.head if token.dep_ == "pobj" else token.head.head
    if link == "of":
        return prep.head.lower_ in _TOWN
    return link in AT and not (link == "on" and prep.head.pos_ in ("NOUN", "PROPN"))


def _hyphened(token: Token) -> Token:
    """The last word of a place's name with hyphens: 'Mazar-i-Sharif' is tagged as a place in part only."""
    doc, last = token.doc, token.i
    while last + 2 < len(doc) and doc[last + 1].text == "-" and doc[last + 1].idx == doc[last].idx + len(doc[last]):
        last += 2
    return doc[last]


def _place(token: Token) -> str:
    left = token.i
    while left - 1 > token.sent.start and token.doc[left - 1].text == "-" and not token.doc[left - 2].whitespace_:
        left -= 2
    while left > token.left_edge.i and token.doc[left - 1].pos_ in ("PROPN", "NOUN", "ADJ", "PUNCT") and (
        token.doc[left - 1].text == "-" or token.doc[left - 1].is_alpha
    ):  # fmt: skip
        left -= 1
    right = _hyphened(token).i + 1
    doc = token.doc
    if right + 1 < len(doc) and doc[right].text == "," and doc[right + 1].ent_type_ in PLACES:
        right += 2  # 'Cleveland, Ohio'
    return str(doc[left:right].text)


# Why and how


def why(near: list[Span]) -> Iterator[str]:
    """Reasons stated with a reason's word, sentence by sentence; what comes after or is aimed at only then."""
    weaker: list[str] = []
    for number, sentence in enumerate(near):
        if number == 1:  # what a headline puts after 'after' or 'to' goes before what the text puts after 'because'
            yield from weaker
            weaker = []
        match = _WHY.search(sentence.text)
        if match:
            yield _until_break(sentence.text[match.end() :])
        for token in sentence:
            if token.lemma_ in _BLAMING and token.pos_ in ("VERB", "NOUN"):
                links = [c for c in token.subtree if c.dep_ == "prep" and c.lower_ in ("for", "of") and c.i > token.i]
                if token.lemma_ == "blame":
                    yield from _blamed(token)
                for prep in links[:1]:
                    yield _until_break(sentence.doc[prep.i + 1 : min(prep.right_edge.i, prep.i + 14) + 1].text)
            elif token.dep_ == "prep" and token.lower_ == "over" and token.head.pos_ in ("ADJ", "NOUN", "VERB"):
                yield _until_break(sentence.doc[token.i + 1 : token.right_edge.i + 1].text)
            elif token.lower_ in ("after", "since") and token.dep_ in ("mark", "prep"):
                end = token.head.right_edge.i if token.dep_ == "mark" else token.right_edge.i
                weaker.append(_until_break(sentence.doc[token.i + 1 : end + 1].text))
            elif _aims(token, in_headline=number == 0):
                weaker.append(_until_break(sentence.doc[token.i : token.right_edge.i + 1].text))
    yield from weaker


def _blamed(verb: Token) -> Iterator[str]:
    """The cause that somebody names: Y in 'blames Y for X' and in 'blames X on Y'."""
    towards = any(c.lower_ == "for" for c in verb.subtree if c.dep_ == "prep")
    for child in verb.children:
        cause = child if child.dep_ == "dobj" and towards else None
        link = child
        if child.dep_ == "dobj":  # 'blames the flood on the dam': the parser may hang 'on' on the flood
            link = next((c for c in child.children if c.lower_ == "on"), child)
        if link.dep_ == "prep" and link.lower_ == "on":
            cause = next((c for c in link.children if c.dep_ == "pobj"), None)
        if cause is not None and cause.ent_type_ != "PERSON":
            yield noun_phrase(cause).split(" for ")[0]


def _aims(token: Token, *, in_headline: bool) -> bool:
    """Whether a word opens a purpose: 'to end the war', and in a headline 'for talks'."""
    if token.tag_ == "VB":
        return token.dep_ == "advcl" and clauses.has_to(token)
    return in_headline and token.lower_ == "for" and token.dep_ == "prep" and token.head.lemma_ not in _BLAMING


def how(near: list[Span], roots: list[Token]) -> Iterator[str]:
    """'By doing …' first, then what happened as, when or after the event came about, then the act itself, in short."""
    late: list[str] = []
    for number, sentence in enumerate(near):
        for token in sentence:
            if (
                token.lower_ in ("by", "despite")
                and token.dep_ == "prep"
                and any(c.tag_ == "VBG" for c in token.children)
            ):
                yield _until_break(sentence.doc[token.i + 1 : token.right_edge.i + 1].text)
            elif (
                number < 2  # the headline and the lead: what comes later is told of something else
                and token.dep_ == "advcl"
                and clauses.marker(token) in ("when", "as", "after")
                and token.lemma_ not in _LIGHT
            ):
                late.append(_short(token, subject=True))
    yield from late
    for root in roots[::-1]:
        yield _short(root, subject=False)


def _short(verb: Token, *, subject: bool) -> str:
    """A predicate in a few words: its subject's noun where asked for, its own words up to the object's noun."""
    words = [c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass") and c.pos_ != "PRON"][:1] if subject else []
    thing = next((c for c in verb.children if c.dep_ in ("dobj", "prt") and c.i > verb.i), None)
    end = thing.i if thing is not None and thing.i - verb.i < 4 else verb.i
    return " ".join([*(w.text for w in words), verb.doc[verb.i : end + 1].text])


def _until_break(text: str) -> str:
    """Up to the first comma, dash or stop, at most fifteen words."""
    cut = re.split(r"(?:[,;:—–]|\.\s|\s-\s)", text.strip(), maxsplit=1)[0]
    return " ".join(cut.split()[:15])


def noun_phrase(head: Token) -> str:
    """A noun phrase up to its relative clause or first comma, at most a dozen words."""
    left = head.left_edge.i
    stop = head.i + 1
    right = head.right_edge.i
    while (
        stop <= right and stop - head.i < 9 and head.doc[stop].text not in (",", "—", "-", "(", "who", "which", "that")
    ):
        if head.doc[stop].dep_ in ("relcl", "acl"):
            break
        stop += 1
    while left < head.i and (head.doc[left].pos_ == "DET" or head.doc[left].is_punct or head.doc[left].is_space):
        left += 1
    return str(head.doc[max(left, head.i - 9) : stop].text)
