"""What a reading shows, as tables of plain strings: the terminal and the page draw the same rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from offramp.reading.evidence import Actor, Claim, Event, Reading, Statistic

GRADES = (
    "A: a primary source that can be checked. B: named, with an affiliation, directly quoted. C: named but relayed, or "
    "an office without a name. D: anonymous. E: vague, or no source."
)


class Rows(NamedTuple):
    """One table; `prefix` names its items in the page ('claim' gives claim-1), `numbers` their places in evidence."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    prefix: str = ""
    numbers: tuple[int, ...] = ()


def clean(text: str) -> str:
    """On one line and without control characters: a report must not steer the reader's terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def head(reading: Reading, number: int) -> tuple[str, str, str]:
    """Title, provenance and sourcing of a report, in words."""
    report = reading.reports[number]
    about = [report.path, report.publisher, report.date.isoformat() if report.date else "no date stated"]
    evidence = reading.evidence
    graded = Counter(str(c.grade) for c in evidence.claims if c.report == number)
    graded += Counter(str(s.grade) for s in evidence.statistics if s.report == number)
    counts = ", ".join(f"{grade} {graded[grade]}" for grade in "ABCDE") if graded else "nothing to grade"
    return clean(report.title or report.path), clean(" · ".join(p for p in about if p)), f"Sourcing: {counts}"


def dropped(reading: Reading, number: int) -> str:
    """What was dropped from a report, by reason, or ''."""
    counts = Counter(item.reason for item in reading.evidence.dropped if item.report == number)
    return "Dropped: " + ", ".join(f"{reason} ({n})" for reason, n in sorted(counts.items())) if counts else ""


def tables(reading: Reading, number: int, *, explain: bool = False) -> list[Rows]:
    """The tables of one report, empty ones left out. With `explain`, the reasons of every event have their own."""
    evidence, text = reading.evidence, reading.reports[number].text

    def mine(items: list[Any]) -> list[tuple[int, Any]]:
        return [(i, item) for i, item in enumerate(items) if item.report == number]

    answers = [[q, "; ".join(clean(a) for a in found)] for q, found in reading.reports[number].answers.items() if found]
    found = [
        Rows("Main event", ["question", "answers, best first"], answers),
        _made("Claims", ["grade", "speaker", "kind", "what is said"], "claim", [
            (i, [str(c.grade), clean(" < ".join(c.chain) or c.speaker) or "nobody",
                 str(c.speaker_kind).replace("_", " "), _said(c, text)])
            for i, c in mine(evidence.claims)]),
        _made("Statistics", ["grade", "figure", "of whom", "when", "about", "source", "checkable"], "statistic", [
            (i, [str(s.grade), figure(s.value, s.unit, s.qualifier), clean(s.population or ""), _when(s),
                 clean(s.about), clean(s.stated_source or "no source"), _findable(s)])
            for i, s in mine(evidence.statistics)]),
        _made("Events", ["type", "who", "to whom", "people", "date", "text"], "event", [
            (i, [_type(e), _who(e.source), _who(e.target), _people(e), e.date.isoformat() if e.date else "",
                 clean(e.text)])
            for i, e in mine(evidence.events)]),
        _made("Offers", ["by", "to", "terms", "condition", "deadline"], "offer", [
            (i, [o.by, o.to, ", ".join(_terms(o)), clean(o.condition or ""),
                 o.deadline.isoformat() if o.deadline else clean(o.deadline_text or "")])
            for i, o in mine(evidence.offers)]),
        _made("Demands", ["by", "to", "what", "counter"], "demand", [
            (i, [d.by, d.to or "", clean(d.what).replace("_", " "), "yes" if d.counter else "no"])
            for i, d in mine(evidence.demands)]),
        _made("Proposed by a model, in no number", ["type", "who", "to whom", "text", "model"], "proposal", [
            (i, [p.type.lower(), *(clean(text[s[0] : s[1]]) if s else "" for s in (p.source, p.target)),
                 clean(p.text), clean(p.proposed_by)])
            for i, p in mine(evidence.proposed)]),
    ]  # fmt: skip
    if explain:
        found += [
            Rows(f"Why event {i + 1}: {clean(e.text)[:100]}", ["reason"], [[clean(line)] for line in evidence.why[i]])
            for i, e in mine(evidence.events)
            if i < len(evidence.why)
        ]
    return [table for table in found if table.rows]


def agreement(reading: Reading) -> Rows:
    """What several reports tell alike or against one another."""
    rows = [
        [one.kind, clean(one.what), ", ".join(clean(reading.reports[n].path) for n in one.reports)]
        for one in reading.agreement
    ]
    return Rows("Told alike, or against one another", ["", "what", "reports"], rows)


def _made(title: str, columns: list[str], prefix: str, rows: list[tuple[int, list[str]]]) -> Rows:
    return Rows(title, columns, [row for _, row in rows], prefix, tuple(i for i, _ in rows))


def _said(claim: Claim, text: str) -> str:
    return clean(" ".join(text[a:b] for a, b in claim.cue_spans) + ": " + claim.content)


def _type(event: Event) -> str:
    """Type with what keeps an event from being a fact: 'threaten (conditional)', 'not reject'."""
    name = event.type.lower().replace("_", " ")
    mood = "" if event.modality == "happened" else f" ({event.modality})"
    return f"{'not ' if event.negated else ''}{name}{mood}"


def _who(actor: Actor | None) -> str:
    return clean(actor.name) if actor is not None else ""


def _when(one: Statistic) -> str:
    """The days that a figure may be of: '2025-10', '2025-10-03', '2025-10-03 to 2025-10-09', or its year."""
    if one.first_day is None or one.last_day is None:
        return str(one.year or "")
    first, last = one.first_day, one.last_day
    if first == last:
        return first.isoformat()
    whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
    if whole and (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    if whole and first.year == last.year and first.month == 1 and last.month == 12:
        return str(first.year)
    return f"{first.isoformat()} to {last.isoformat()}"


def _findable(one: Statistic) -> str:
    """Whether a reader can find the figure, and by what: an address, or a known publisher with a year."""
    if not one.checkable:
        return "no"
    return clean(f"yes: {one.link or f'{one.publisher}, {one.year}'}")


def _people(event: Event) -> str:
    """'killed at least 12 people; wounded 40 soldiers'."""
    counts = [f"{c.what.replace('_', ' ')} {figure(c.value, c.unit, c.qualifier)}" for c in event.people]
    return clean("; ".join(dict.fromkeys(counts)))


def _terms(offer: Any) -> list[str]:
    terms = [word for word, there in (("safe passage", offer.safe_passage), ("immunity", offer.immunity)) if there]
    return [*terms, *(["for " + " and ".join(offer.beneficiaries)] if offer.beneficiaries else [])]


def figure(value: float, unit: str, qualifier: str | None) -> str:
    """'at least 85 %': a figure with unit and qualifier."""
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
    return " ".join(part for part in (qualifier, number, "%" if unit == "percent" else unit) if part)
