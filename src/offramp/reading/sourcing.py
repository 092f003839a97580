"""Sourcing grades: how far a reader can get behind a claim or a figure.

A: a primary source that can be checked. B: a named person or organisation with an affiliation, directly quoted.
C: named but relayed, or an office without a name. D: anonymous. E: vague, or no source. `docs/reading.md` says more.
The grade speaks of the sourcing, never of the truth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from offramp.codes.organisations import find_organisation
from offramp.reading.evidence import Grade
from offramp.reading.evidence import SpeakerKind as Kind

_URL = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif|bmp|ico)(?:[?#]|$)", re.IGNORECASE)


class Graded(NamedTuple):
    """A grade and, in words, why."""

    grade: Grade
    reason: str


def grade(
    kind: Kind,
    *,
    name: str,
    affiliation: str | None = None,
    direct: bool = False,
    year: int | None = None,
    link: str | None = None,
) -> Graded:
    """Grade a source.

    Args:
        kind: What kind of source it is.
        name: Its name in the text.
        affiliation: The body or office that stands with it.
        direct: Whether it is quoted word for word.
        year: The year that goes with a document or poll.
        link: An address given beside the claim.
    """
    organisation = find_organisation(name) if name else None
    known = organisation is not None and organisation.checkable
    if kind is Kind.DOCUMENT_OR_POLL:
        known = known or known_source_in(name) is not None
        if link:
            return Graded(Grade.A, f"a document with an address ({_host(link)})")
        if known and year:
            return Graded(Grade.A, f"a source whose publications can be looked up, dated {year}")
        if known:
            return Graded(Grade.B, "a source whose publications can be looked up, without a date")
        if re.search(r"[A-Z][a-z]+\s+[A-Z]|[a-z]\s+[A-Z]", name):
            return Graded(Grade.C, "a document or poll with a maker, but nothing that lets a reader find it")
        return Graded(Grade.E, "a document or poll that is not named")
    if kind in (Kind.NAMED_PERSON, Kind.NAMED_ORGANISATION):
        if link and direct:
            return Graded(Grade.A, f"a statement on record with an address ({_host(link)})")
        if known and year and kind is Kind.NAMED_ORGANISATION:
            return Graded(Grade.A, f"a source whose publications can be looked up, dated {year}")
        if direct and (affiliation or kind is Kind.NAMED_ORGANISATION):
            return Graded(Grade.B, f"named{f', with {affiliation}' if affiliation else ''}, and directly quoted")
        if direct:
            return Graded(Grade.C, "named and directly quoted, but without an affiliation")
        return Graded(Grade.C, "named, but relayed in the report's words")
    if kind is Kind.UNNAMED_ROLE:
        return Graded(Grade.C, "an office without a name")
    if kind is Kind.ANONYMOUS:
        return Graded(Grade.D, "a source that is not named")
    if kind is Kind.NARRATOR:
        return Graded(Grade.E, "the report's own word, without a source")
    return Graded(Grade.E, "vague: nobody in particular" if name else "no source given")


def known_source_in(name: str) -> str | None:
    """A pollster, maker of statistics, court or organisation of states that a phrase names ('a Gallup poll')."""
    words = re.findall(r"[\w.’'&-]+", name)
    for size in range(min(7, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if not phrase[:1].isupper():
                continue
            organisation = find_organisation(phrase)
            if organisation is not None and organisation.checkable:
                return organisation.id
    return None


def link_near(text: str, start: int, end: int, links: Sequence[tuple[int, int, str]] = ()) -> str | None:
    """An address given with a stretch of text: an anchor of the page inside its sentence, or one written in the text.

    Args:
        links: Anchors as `(start, end, address)`.
    """
    first = max(text.rfind("\n", 0, start), _sentence_start(text, start)) + 1
    last = _sentence_end(text, end)
    for a, b, address in links:
        if a < last and b > first and not _IMAGE.search(address):
            return address
    for match in _URL.finditer(text, first, min(len(text), last + 200)):
        if match.start() <= last and not _IMAGE.search(match.group()):
            return match.group().rstrip(".,;")
    return None


def _sentence_start(text: str, at: int) -> int:
    found = -1
    for match in re.finditer(r"[.!?][\"”’)]*\s+(?=[A-Z“\"])", text[max(0, at - 600) : at + 1]):
        found = max(0, at - 600) + match.end() - 1
    return found


def _sentence_end(text: str, at: int) -> int:
    match = re.search(r"[.!?][\"”’)]*(?:\s+(?=[A-Z“\"(\[])|\n|$)|\n", text[at : at + 600])
    return at + match.end() if match else min(len(text), at + 600)


def _host(address: str) -> str:
    return re.sub(r"^https?://(?:www\.)?([^/:?#]+).*$", r"\1", address)[:80]
