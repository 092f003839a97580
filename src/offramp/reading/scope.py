"""What a figure is of: whom a share is taken among, and the days it speaks of.

`population_of` names the people (or the thing) that a share is a part of, in the report's words. `dated` gives the days
that the words beside a figure allow, finer than a year where they are: 'in October 2025', 'last week' read from the
report's own date. 'Since 2014' and 'until May' bound a figure's time and are no date of it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from offramp.reading.dates import find_dates

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as Stretch

    from offramp.reading.evidence import Span
    from offramp.reading.numbers import Number

WORDS: Final = 8  # of a population at most
_IN_PHRASE: Final = frozenset(("ADJ", "NOUN", "PROPN", "DET", "NUM"))
_NOBODY: Final = frozenset(("them", "us", "you", "it", "this", "that", "those", "these", "which", "whom", "course"))
_SAMPLE: Final = re.compile(
    r"\b(?:surveys?|polls?|sample|interviews?)\b[^.;,\n]{0,30}?\b(?:of|among|with)\s+"
    r"(?:(?:about|some|nearly|over|more than|[\d,.]+)\s+)*"
    r"(?P<who>(?:(?:[a-z][\w-]+|[A-Z]\w+)\s+){0,2}?(?:voters|adults|people|citizens|respondents|households|residents"
    r"|women|men|workers|students|members|[A-Z]\w+(?:ans|ians|is|ese|ish)))\b"
)
_POLLED: Final = re.compile(
    r"(?i)\b(?P<who>respondents|interviewees|(?:those|people|voters|adults) (?:polled|surveyed|interviewed|asked))\b"
)
_BOUND: Final = re.compile(
    r"\b(?:since|until|till|by|from|before|after|to|through)\s+(?:the\s+|early\s+|late\s+)?$", re.I
)


class Dated(NamedTuple):
    """The days that words allow a figure to be of, and where those words stand."""

    first: dt.date
    last: dt.date
    span: Span


def population_of(number: Number, inside: Stretch, source: str) -> str | None:
    """Whom (or what) a share is taken of, in the report's words; None for other figures and where nothing says it.

    Args:
        number: The share.
        inside: Its tokens.
        source: The words that name its source, in which a sample may be described ('a survey of 1,200 voters').
    """
    if number.unit != "percent":
        return None
    within = re.sub(r"(?i)\s*\b(?:in|out of)\b.*$", "", " ".join(inside.text.split()[1:]))
    if " in " in inside.text and within.strip():  # 'four Yemenis in ten'
        return within.strip()
    doc, at = inside.doc, inside.end
    if at < len(doc) and doc[at].lower_ == "of":
        at += 1
    elif at >= len(doc) or doc[at].pos_ not in _IN_PHRASE:
        return _sample(source, inside)
    phrase = _phrase(doc, at)
    return phrase or _sample(source, inside)


def _phrase(doc: Doc, at: int) -> str | None:
    """The noun phrase that begins at a token, without its article, at most `WORDS` words."""
    words: list[Token] = []
    last_noun = -1
    for token in doc[at : at + WORDS + 1]:
        joined = token.lower_ in ("of", "in", "and") and last_noun == len(words) - 1 and last_noun >= 0
        if token.pos_ not in _IN_PHRASE and not joined and token.text not in ("-", "’s", "'s"):
            if token.tag_ in ("VBN", "VBG") and not words:  # 'of registered voters' tagged as a participle
                words.append(token)
                continue
            break
        if joined and token.lower_ == "and":
            break
        if token.pos_ in ("NOUN", "PROPN") or token.tag_ in ("NNS", "NNPS"):
            last_noun = len(words)
        words.append(token)
    words = words[: last_noun + 1]
    while words and words[0].pos_ == "DET":
        words.pop(0)
    if not words or words[0].lower_ in _NOBODY:
        return None
    return str(doc[words[0].i : words[-1].i + 1].text)


def _sample(source: str, inside: Stretch) -> str | None:
    for text in (source, inside.sent.text):
        match = _SAMPLE.search(text) or _POLLED.search(text)
        if match:
            return " ".join(match["who"].split())
    return None


def dated(number: Number, sentence: Stretch, source: Span | None, text: str, on: dt.date | None) -> Dated | None:
    """When a figure is of: the time that stands with its source, else the one nearest to it in its sentence."""
    spans = [source] if source is not None else []
    spans.append((sentence.start_char, sentence.end_char))
    for a, b in spans:
        near: list[tuple[int, Dated]] = []
        for found in find_dates(text[a:b], on):
            start, end = a + found.start, a + found.end
            stated = re.match(r"(?i)(?:in|of|from|since|until)\s", text[start:end])
            if found.kind == "in" or (start < number.end and number.start < end):
                continue
            if _BOUND.search(text[max(0, start - 16) : start]) or (
                found.kind == "year"
                and stated is not None
                and stated.group().lower().strip() in ("since", "until", "from")
            ):
                continue
            near.append((abs(start - number.start), Dated(found.first, found.last, (start, end))))
        if near:
            return min(near)[1]
    return None
