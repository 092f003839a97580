"""Claims: what somebody said, or is said to have said, with speaker, kind of source and grade.

Joins `reading.attribution` (syntax), `reading.speakers` (who) and `reading.sourcing` (how well). What the narrator
says without naming a source is no claim of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from offramp.codes.organisations import find_organisation
from offramp.reading.attribution import Attribution, find_attributions, spans_of
from offramp.reading.evidence import Claim, Report
from offramp.reading.sourcing import grade, link_near
from offramp.reading.speakers import Speaker, Speakers

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from offramp.reading.actors import Cast

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def find_claims(
    doc: Doc,
    report_index: int,
    kept_text: str,
    report: Report,
    links: Sequence[tuple[int, int, str]] = (),
    cast: Cast | None = None,
) -> list[Claim]:
    """All claims of a report, in order.

    Args:
        doc: The parse of `kept_text`; its offsets are those of `report.text`.
        report_index: Where the report stands among those read.
        kept_text: The text that was parsed.
        report: The report; contents are cut from its text.
        links: Anchors of the page, as `(start, end, address)`.
        cast: The actors of the report, where they are known: tells whom a pronoun stands for.
    """
    speakers = Speakers(doc, cast)
    claims = []
    for found in find_attributions(doc):
        head = doc[found.head] if found.head is not None else None
        speaker = speakers.of(head, found.source)
        claim = _claim(doc, found, speaker, report_index, report, links)
        chain = _chain(doc, found, claim.speaker, speakers)
        claims.append(claim.model_copy(update={"chain": chain}) if chain else claim)
    return claims


def _claim(
    doc: Doc,
    found: Attribution,
    speaker: Speaker,
    report_index: int,
    report: Report,
    links: Sequence[tuple[int, int, str]],
) -> Claim:
    content_spans = spans_of(doc, found.content)
    source_spans = spans_of(doc, found.source)
    everything = content_spans + source_spans
    first, last = min(a for a, _ in everything), max(b for _, b in everything)
    source_text = " ".join(report.text[a:b] for a, b in source_spans)
    year = _YEAR.search(source_text) or _year_of_saying(doc, found)
    link = link_near(report.text, first, last, links)
    graded = grade(
        speaker.kind,
        name=speaker.name,
        affiliation=speaker.affiliation,
        direct=found.quoted,
        year=int(year.group()) if year else None,
        link=link,
    )
    return Claim(
        speaker=speaker.name or source_text,
        speaker_kind=speaker.kind,
        affiliation=speaker.affiliation,
        source_spans=source_spans,
        cue_spans=spans_of(doc, found.cue),
        content_spans=content_spans,
        content=" … ".join(report.text[a:b] for a, b in content_spans),
        grade=graded.grade,
        report=report_index,
        direct=found.quoted,
        reason=graded.reason,
    )


def _chain(doc: Doc, found: Attribution, speaker: str, speakers: Speakers) -> list[str]:
    """'Sources told the Herald that he had said …': the Herald, sources, he. Empty where nobody passes anything on."""
    told = []
    for child in doc[found.verb].children:
        if child.dep_ in ("dobj", "dative") and doc[found.verb].lemma_ == "tell" and child.i not in found.content:
            name = " ".join(doc[i].text for i in range(child.left_edge.i, child.i + 1)).removeprefix("the ")
            body = find_organisation(name)
            if (body is not None and body.kind in ("outlet", "platform")) or child.ent_type_ == "ORG":
                told = [name]
    cited = []
    inner = found.within
    if inner is not None and inner.head is not None:
        cited = [speakers.peek(doc[inner.head], inner.source).name]
    chain = [*told, speaker, *(name for name in cited if name and name != speaker)]
    return chain if len(chain) > 1 else []


def _year_of_saying(doc: Doc, found: Attribution) -> re.Match[str] | None:
    """The year that stands with the cue ('reported in 2010'), not one within what was said."""
    content = set(found.content)
    for child in doc[found.verb].children:
        if child.dep_ in ("prep", "npadvmod") and child.i not in content:
            match = _YEAR.search(" ".join(t.text for t in child.subtree if t.i not in content))
            if match:
                return match
    return None
