"""The way in: from files, addresses or standard input to one `Reading` of all reports together.

`read_reports` ingests, parses once, and runs every reader over the parsed text: actors, events, offers, demands,
claims, statistics, conditions. Reports that repeat one another count once; reports that contradict one another, and
reports that are not in English, are said in `warnings` (or raise, when nothing else was handed in).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from offramp.codes.plover import EventType as T
from offramp.codes.roles import Role
from offramp.errors import InputError
from offramp.reading import ingest, language
from offramp.reading.evidence import Actor, Claim, Demand, Event, Evidence, Modality, Offer, Reading, Report

if TYPE_CHECKING:
    from offramp.reading.actors import Mention
    from offramp.reading.events import Placed
    from offramp.reading.ingest import Fetcher, Ingested
    from offramp.reading.thread import Thread

NEAR_IDENTICAL = 0.8  # share of five-word runs in common from which one report repeats another
FILLED = 0.75  # confidence that is left when a missing side was filled from the sentences before
_FILL = {T.REJECT, T.REQUEST, T.THREATEN, T.AGREE, T.CONCEDE}
_PRESSING = {T.REQUEST, T.THREATEN}
_REAL = {Modality.HAPPENED, Modality.ANNOUNCED}
Progress = Callable[[str], None]


def read_reports(
    sources: Sequence[str | Path],
    *,
    stdin: BinaryIO | None = None,
    fetcher: Fetcher | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read reports into evidence.

    Args:
        sources: Files, `-` for standard input, or http(s) addresses.
        stdin: What `-` stands for; the process's standard input by default.
        fetcher: Gives the bytes of an address; `offramp.fetch.get` by default.
        progress: Called with a short line before each step that may take a while.

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
    taken: list[Ingested] = []
    warnings: list[str] = []
    for source in sources:
        say(f"reading {source}")
        one = ingest.load(source, stdin=stdin, fetcher=fetcher)
        repeated = next((other for other in taken if _repeats(one, other)), None)
        if repeated is not None:
            warnings.append(f"{one.report.path} repeats {repeated.report.path}: counted once.")
            continue
        warnings.extend(one.warnings)
        taken.append(one)
    taken = _english(taken, warnings)
    evidence = Evidence()
    for index, one in enumerate(taken):
        say(f"analysing {one.report.path}")
        _read_one(one, index, evidence)
    warnings.extend(_contradictions(evidence, [one.report for one in taken]))
    return Reading(reports=[one.report for one in taken], evidence=evidence, warnings=list(dict.fromkeys(warnings)))


def _read_one(one: Ingested, index: int, evidence: Evidence) -> None:
    """Everything one report says, appended to `evidence`."""
    from offramp.reading import nlp
    from offramp.reading.actors import Cast
    from offramp.reading.claims import find_claims
    from offramp.reading.conditions import find_conditions
    from offramp.reading.demands import find_demands
    from offramp.reading.events import find_events
    from offramp.reading.offers import find_offers
    from offramp.reading.statistics import find_statistics
    from offramp.reading.thread import Thread

    doc = nlp.parse(one.kept)
    evidence.dropped.extend(item.model_copy(update={"report": index}) for item in one.dropped)
    first_claim = len(evidence.claims)
    cast = Cast(doc, one.report.date)
    claims: list[Claim] = find_claims(doc, index, one.kept, one.report, one.links, cast)
    evidence.claims.extend(claims)
    evidence.statistics.extend(find_statistics(doc, claims, index, one.report, one.links))

    sentences = list(doc.sents)
    number = {sentence.start: n for n, sentence in enumerate(sentences)}
    thread = Thread()
    placed = find_events(cast, index)
    for item in placed:
        thread.note_event(number[item.sentence.start], item)
    offers = find_offers(cast, sentences, thread, index)
    demands = find_demands(cast, sentences, placed, offers, thread, index)
    pressed = _pressed(offers, demands)
    evidence.offers.extend(offers)
    evidence.demands.extend(demands)
    outside = {o.by for o in offers} | {d.by for d in demands if d.what == "leave_office"}
    asked = {(d.start, d.by) for d in demands if d.what == "leave_office"}
    for item in placed:
        event = _filled(item, thread, number[item.sentence.start], pressed)
        if event.type in _PRESSING and event.source and (event.start, event.source.country) in asked:
            event = event.model_copy(update={"terms": sorted({*event.terms, "leave_office"})})
        event = _finished(event, item, pressed, claims, first_claim)
        # What was parsed has blanks where debris was dropped; what is told is the report's own text.
        evidence.events.append(event.model_copy(update={"text": one.report.text[event.start : event.end]}))
    evidence.conditions.extend(
        condition.model_copy(update={"text": one.report.text[condition.start : condition.end]})
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


def _finished(event: Event, item: Placed, pressed: set[str], claims: list[Claim], first: int) -> Event:
    """The event with the ruler called ruler, and the claim it stands in."""
    updates: dict[str, object] = {}
    for side in ("source", "target"):
        actor: Actor | None = getattr(event, side)
        mention = item.source if side == "source" else item.target
        leads = mention.is_leader if mention is not None else actor is not None and actor.role == Role.HEAD_OF_STATE
        if actor is not None and leads and actor.country in pressed:
            updates[side] = actor.model_copy(update={"role": str(Role.RULER)})
    covering = [
        (a - b, i)
        for i, c in enumerate(claims)
        for b, a in c.content_spans
        if b <= event.trigger[0] and event.trigger[1] <= a
    ]
    if covering:
        updates["claim"] = first + min(covering)[1]
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


def _contradictions(evidence: Evidence, reports: list[Report]) -> list[str]:
    """Reports that tell of opposite answers of one country's ruler."""
    said: dict[tuple[str, str], set[int]] = {}
    for event in evidence.events:
        actor = event.source
        if actor is None or actor.country is None or event.modality not in _REAL or event.negated:
            continue
        if actor.role not in (Role.RULER, Role.HEAD_OF_STATE, Role.GOVERNMENT) or event.confidence < 0.5:
            continue
        leaving = event.type == T.RETREAT and event.mode == "resign" and actor.role in (Role.RULER, Role.HEAD_OF_STATE)
        accepting = event.type in (T.AGREE, T.CONCEDE) and re.search(
            r"\baccept|\bagreed? to (?:leave|resign|step|go)", event.text, re.I
        )
        if leaving or accepting:
            said.setdefault((actor.country, "accepted"), set()).add(event.report)
        elif event.type == T.REJECT:
            said.setdefault((actor.country, "refused"), set()).add(event.report)
    found = []
    for country in sorted({c for c, _ in said}):
        yes, no = said.get((country, "accepted"), set()), said.get((country, "refused"), set())
        if yes and no and yes != no:
            a, b = reports[min(yes - no or yes)].path, reports[min(no - yes or no)].path
            found.append(
                f"reports contradict each other on {country}: accepted or left according to {a}, "
                f"refused according to {b}."
            )
    return found
