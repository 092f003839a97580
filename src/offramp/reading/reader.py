"""The way in: from files, addresses or standard input to one `Reading` of all reports together.

`read_reports` ingests, parses once, and runs every reader over the parsed text: actors, events, offers, demands,
claims, statistics, conditions. Reports that repeat one another count once; reports that contradict one another, and
reports that are not in English, are said in `warnings` (or raise, when nothing else was handed in).
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from offramp.codes.plover import EventType as T
from offramp.codes.roles import Role
from offramp.errors import InputError
from offramp.reading import fast, ingest, language
from offramp.reading.agreement import find_agreement, warnings_of
from offramp.reading.evidence import Actor, Claim, Demand, Dropped, Event, Evidence, Offer, Reading, Report

if TYPE_CHECKING:
    from offramp.reading.actors import Cast
    from offramp.reading.events import Placed
    from offramp.reading.ingest import Fetcher, Ingested
    from offramp.reading.model import Proposer
    from offramp.reading.names import UserName
    from offramp.reading.phrases import Mention
    from offramp.reading.thread import Thread

NEAR_IDENTICAL = 0.8  # share of five-word runs in common from which one report repeats another
FILLED = 0.75  # confidence that is left when a missing side was filled from the sentences before
_FILL = {T.REJECT, T.REQUEST, T.THREATEN, T.AGREE, T.CONCEDE}
_PRESSING = {T.REQUEST, T.THREATEN}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to read: names of the user's own, reasons for every event, the fast path, and a model that may propose."""

    names: tuple[UserName, ...] = ()
    explain: bool = False
    fast: bool = False
    proposer: Proposer | None = None


def read_reports(
    sources: Sequence[str | Path],
    *,
    stdin: BinaryIO | None = None,
    fetcher: Fetcher | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
) -> Reading:
    """Read reports into evidence.

    Args:
        sources: Files, `-` for standard input, or http(s) addresses.
        stdin: What `-` stands for; the process's standard input by default.
        fetcher: Gives the bytes of an address; `offramp.fetch.get` by default.
        progress: Called with a short line before each step that may take a while.
        options: How to read; by default everything on, nothing explained, no names of one's own, no model.

    Returns:
        Reports in the order given, without repetitions, and everything they say; `report` fields count in that order.

    Raises:
        InputError: If a report cannot be read, none is left, or the only ones are not in English.
    """
    if not sources:
        raise InputError(
            "no report was given; name a text, Markdown or HTML file, an address, or - for standard input."
        )
    say = progress or (lambda _: None)

    def ingested() -> Iterator[Ingested]:
        for source in sources:
            say(f"reading {source}")
            yield ingest.load(source, stdin=stdin, fetcher=fetcher)

    return read_ingested(ingested(), progress=progress, options=options)


def read_ingested(
    ingested: Iterable[Ingested], *, progress: Progress | None = None, options: Options | None = None
) -> Reading:
    """Read reports that have been ingested; arguments, answer and errors are those of `read_reports`."""
    say = progress or (lambda _: None)
    chosen = options or Options()
    taken: list[Ingested] = []
    warnings: list[str] = []
    for one in ingested:
        repeated = next((other for other in taken if _repeats(one, other)), None)
        if repeated is not None:
            warnings.append(f"{one.report.path} repeats {repeated.report.path}: counted once.")
            continue
        warnings.extend(one.warnings)
        taken.append(one)
    taken = _english(taken, warnings)
    evidence = Evidence()
    reports = []
    for index, one in enumerate(taken):
        say(f"analysing {one.report.path}")
        reports.append(_read_one(one, index, evidence, chosen, warnings))
    found = find_agreement(evidence)
    warnings.extend(warnings_of(found, reports))
    return Reading(reports=reports, evidence=evidence, warnings=list(dict.fromkeys(warnings)), agreement=found)


def _read_one(one: Ingested, index: int, evidence: Evidence, options: Options, warnings: list[str]) -> Report:
    """Everything one report says, appended to `evidence`; gives the report with the answers to six questions."""
    from offramp.reading import fivew, nlp
    from offramp.reading.actors import Cast
    from offramp.reading.claims import find_claims
    from offramp.reading.statistics import find_statistics

    kept = one.kept
    if options.fast:
        kept, looked, of = fast.skim(one.kept, one.report.date, options.names)
        warnings.append(f"{one.report.path}: fast path, {looked} of {of} sentences were looked at.")
    evidence.dropped.extend(item.model_copy(update={"report": index}) for item in one.dropped)
    end = nlp.bounded(kept)
    if kept[end:].strip():
        warnings.append(
            f"{one.report.path}: only the first {end:,} of {len(kept):,} characters were read, "
            f"{nlp.MAX_TOKENS:,} words or {nlp.MAX_PIECES:,} paragraphs at most; split the report to read the rest."
        )
        evidence.dropped.append(Dropped(report=index, start=end, end=len(kept), reason="beyond what is read"))
        kept = kept[:end]
    doc = nlp.parse(kept)
    cast = Cast(doc, one.report.date, options.names)
    claims = find_claims(doc, index, kept, one.report, one.links, cast)
    _read_acts(cast, one.report, index, claims, evidence, explained=options.explain)
    evidence.statistics.extend(find_statistics(doc, claims, index, one.report, one.links))
    if options.proposer is not None:
        warnings.extend(options.proposer.propose(one.report, kept, index, evidence))
    if options.fast:  # the opening sentences alone are too little to say what a report is about
        return one.report
    return one.report.model_copy(update={"answers": fivew.answers_of(one.report, doc).as_dict()})


def _read_acts(
    cast: Cast, report: Report, index: int, claims: list[Claim], evidence: Evidence, *, explained: bool
) -> None:
    """Events, offers, demands and conditions of a report, after the claims they may stand in."""
    from offramp.reading.conditions import find_conditions
    from offramp.reading.demands import find_demands
    from offramp.reading.events import find_events
    from offramp.reading.explain import explain
    from offramp.reading.offers import find_offers
    from offramp.reading.thread import Thread

    first_claim = len(evidence.claims)
    evidence.claims.extend(claims)
    sentences = list(cast.doc.sents)
    number = {sentence.start: n for n, sentence in enumerate(sentences)}
    thread = Thread()
    placed = find_events(cast, index)
    for item in placed:
        thread.note_event(number[item.sentence.start], item)
    offers = find_offers(cast, sentences, thread, index)
    demands = find_demands(cast, sentences, placed, offers, thread, index)
    pressed, said = _pressed(offers, demands), _Said(claims)
    evidence.offers.extend(offers)
    evidence.demands.extend(demands)
    outside = {o.by for o in offers} | {d.by for d in demands if d.what == "leave_office"}
    asked = {(d.start, d.by) for d in demands if d.what == "leave_office"}
    for item in placed:
        event = _filled(item, thread, number[item.sentence.start], pressed)
        if event.type in _PRESSING and event.source and (event.start, event.source.country) in asked:
            event = event.model_copy(update={"terms": sorted({*event.terms, "leave_office"})})
        event = _finished(event, item, pressed, said, first_claim)
        # What was parsed has blanks where debris was dropped; what is told is the report's own text.
        evidence.events.append(event.model_copy(update={"text": report.text[event.start : event.end]}))
        if explained:
            filled = ["target: taken from the sentences before"] if event.target and not item.event.target else []
            evidence.why.append([*explain(cast, item), *filled])
    evidence.conditions.extend(
        condition.model_copy(update={"text": report.text[condition.start : condition.end]})
        for condition in find_conditions(cast, placed, claims, index, outside)
    )


def _pressed(offers: list[Offer], demands: list[Demand]) -> set[str]:
    """Countries whose rulers are asked to leave or offered a way out."""
    return {o.to for o in offers} | {d.to for d in demands if d.what == "leave_office" and d.to and d.to != d.by}


def _filled(item: Placed, thread: Thread, n: int, pressed: set[str]) -> Event:
    """The event with its missing target taken from what went before, where that is clear."""
    event = item.event
    if event.target is not None or event.type not in _FILL or item.source is None or item.source.country is None:
        return event
    other = thread.counterpart(n, item.source)
    if other is None and event.type == T.REJECT and item.source.country in pressed:
        other = thread.coercer_of(n, item.source.country)
    if other is None:
        return event
    return event.model_copy(update={"target": _actor_of(other), "confidence": round(event.confidence * FILLED, 2)})


def _actor_of(mention: Mention) -> Actor:
    role = Role.HEAD_OF_STATE if mention.is_leader else mention.role
    return Actor(name=mention.name, country=mention.country, role=str(role), span=None)


class _Said:
    """Where claims have their content."""

    NEAR = 24  # spans before a place that are looked at: contents are seldom within one another

    def __init__(self, claims: list[Claim]) -> None:
        self._spans = sorted((a, b, i) for i, claim in enumerate(claims) for a, b in claim.content_spans)

    def around(self, start: int, end: int) -> int | None:
        """The claim with the shortest content around a stretch; None where nobody says it."""
        at = bisect.bisect_right(self._spans, (start, math.inf, 0))
        near = [(b - a, i) for a, b, i in self._spans[max(0, at - self.NEAR) : at] if end <= b]
        return min(near)[1] if near else None


def _finished(event: Event, item: Placed, pressed: set[str], said: _Said, first: int) -> Event:
    """The event with the ruler called ruler, and the claim it stands in."""
    updates: dict[str, object] = {}
    for side in ("source", "target"):
        actor: Actor | None = getattr(event, side)
        mention = item.source if side == "source" else item.target
        leads = mention.is_leader if mention is not None else actor is not None and actor.role == Role.HEAD_OF_STATE
        if actor is not None and leads and actor.country in pressed:
            updates[side] = actor.model_copy(update={"role": str(Role.RULER)})
    inside = said.around(*event.trigger)
    if inside is not None:
        updates["claim"] = first + inside
    return event.model_copy(update=updates) if updates else event


# -- several reports -------------------------------------------------------------------------------


def _runs(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    return {hash(tuple(words[i : i + 5])) for i in range(max(1, len(words) - 4))}


def _repeats(one: Ingested, other: Ingested) -> bool:
    if one.report.sha256 == other.report.sha256:
        return True
    a, b = _runs(one.kept), _runs(other.kept)
    return len(a & b) >= NEAR_IDENTICAL * min(len(a), len(b)) and min(len(a), len(b)) > 20


def _english(taken: list[Ingested], warnings: list[str]) -> list[Ingested]:
    """Reports in English; the others are warned of, and raise when none is left."""
    kept = []
    for one in taken:
        english, name = language.is_english(one.kept)
        if english:
            kept.append(one)
            continue
        message = f"{one.report.path}: the report seems to be in {name}; offramp reads English. Translate it first."
        if len(taken) == 1:
            raise InputError(message)
        warnings.append(message + " It was left out.")
    if not kept:
        raise InputError("none of the reports is in English: " + ", ".join(one.report.path for one in taken) + ".")
    return kept
