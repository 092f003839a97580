"""A case file met by new reports: what was edited by hand stands, what was drafted moves on.

`drafted` in a case file holds a fingerprint of each part as it was drafted. A part whose fingerprint still fits was
not edited, and new evidence may move it: the state and the months are drawn anew from the union of the evidence, an
assessment takes the file's value as the prior for what the new reports say. A part without a fitting fingerprint was
written or edited by a person, and stands. Reports that the file already holds (by checksum) count once.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, TypeVar

from offramp.case.elicit import elicit
from offramp.case.models import ASSESSMENTS, Assessment, Assessments, Case, CaseReport, Ruler
from offramp.case.standing import draft_history, draft_state
from offramp.case.standoffs import find_standoffs
from offramp.errors import InputError
from offramp.reading.evidence import Demand, Event, Evidence, Offer, Reading

PARTS = ("ruler", "coercers", "armed_forces", "state", "history", "regional", "news")
Z90 = 1.6448536269514722  # half-width of a 90 % interval in standard deviations

Located = TypeVar("Located", Event, Offer, Demand)


@dataclass(frozen=True)
class Merged:
    """The case after new reports, and what its reader should be warned of."""

    case: Case
    warnings: list[str]


def fingerprints(case: Case) -> dict[str, str]:
    """Fingerprint of every part of a case that a draft can move: the seven parts and each assessment."""
    data = case.model_dump(mode="json")
    found = {part: _fingerprint(data[part]) for part in PARTS}
    return found | {f"assessments.{name}": _fingerprint(data["assessments"][name]) for name in ASSESSMENTS}


def merge(given: Case, drafted: Case, reading: Reading) -> Merged:
    """The case file `given` after the reports from which `drafted` was drafted.

    Raises:
        InputError: If the reports are about another ruler's country than the case file.
    """
    if given.ruler.country != drafted.ruler.country:
        raise InputError(
            f"the case file is about {given.ruler.country} and the reports about {drafted.ruler.country}; "
            "start a new case for them, without --case."
        )
    known = {report.sha256 for report in given.reports}
    fresh = [i for i, report in enumerate(reading.reports) if report.sha256 not in known]
    warnings = [
        f"{report.path} is in the case file already and counts once."
        for report in reading.reports
        if report.sha256 in known
    ]
    case = given.model_copy(deep=True)
    if not fresh:
        return Merged(case, warnings)
    now = fingerprints(given)
    untouched = {part for part, mark in given.drafted.items() if now.get(part) == mark}
    place = {old: len(given.reports) + new for new, old in enumerate(fresh)}
    case.as_of = max(given.as_of, drafted.as_of)
    case.reports = given.reports + [
        CaseReport(path=r.path, sha256=r.sha256, date=r.date, title=r.title)
        for r in (reading.reports[i] for i in fresh)
    ]
    case.events = given.events + _moved(drafted.events, place)
    case.offers = given.offers + _moved(drafted.offers, place)
    case.demands = given.demands + _moved(drafted.demands, place)
    _move_parts(case, given, drafted, reading, untouched)
    case.assessments = _assessments(given, drafted, untouched)
    case.drafted = {part: mark for part, mark in fingerprints(case).items() if part in untouched}
    edited = sorted(set(now) - untouched)
    if edited:
        warnings.append("Kept as the case file has them, whatever the reports say: " + ", ".join(edited) + ".")
    return Merged(case, warnings)


def _move_parts(case: Case, given: Case, drafted: Case, reading: Reading, untouched: set[str]) -> None:
    if "ruler" in untouched:
        case.ruler = drafted.ruler
    else:
        filled = {k: v for k, v in drafted.ruler.model_dump().items() if getattr(given.ruler, k) is None}
        case.ruler = Ruler.model_validate(given.ruler.model_dump() | filled)
    if "regional" in untouched:
        case.regional = given.regional + [r for r in drafted.regional if r not in given.regional]
    if "news" in untouched:
        every = {(item.date, item.kind): item for item in [*given.news, *drafted.news]}
        case.news = [every[key] for key in sorted(every)]
    evidence = Evidence(
        events=case.events, offers=case.offers, demands=case.demands, conditions=reading.evidence.conditions
    )
    standoff = next((s for s in find_standoffs(evidence) if s.country == case.ruler.country), None)
    if standoff is None:
        return
    if "state" in untouched:
        case.state = draft_state(evidence, standoff, case.as_of)
        before = [day for day in (given.state.pressure_since, case.state.pressure_since) if day]
        case.state.pressure_since = min(before, default=None)
        for name in ("ultimatum_since", "offer_since"):
            if getattr(given.state, name) is not None:
                setattr(case.state, name, getattr(given.state, name))
    if "history" in untouched:
        seen = {month.month for month in given.history}
        later = draft_history(evidence, standoff, case.state, case.as_of)
        case.history = given.history + [month for month in later if month.month not in seen]


def _assessments(given: Case, drafted: Case, untouched: set[str]) -> Assessments:
    prior = elicit(Evidence(), country=drafted.ruler.country, ruler=drafted.ruler, as_of=drafted.as_of)
    return Assessments(
        **{
            name: _pooled(getattr(given.assessments, name), getattr(drafted.assessments, name), getattr(prior, name))
            if f"assessments.{name}" in untouched
            else getattr(given.assessments, name)
            for name in ASSESSMENTS
        }
    )


def _pooled(old: Assessment, new: Assessment, prior: Assessment) -> Assessment:
    """Two posteriors with one prior: precisions add on the logit scale, the prior's is taken off once."""
    if not any(source.evidence != "prior" for source in new.evidence):
        return old
    (m0, s0), (m1, s1), (mp, sp) = _normal(old), _normal(new), _normal(prior)
    total, floor = 1 / s0**2 + 1 / s1**2 - 1 / sp**2, 1 / max(s0, s1, sp) ** 2
    precision = max(total, floor)
    mean = (m0 / s0**2 + m1 / s1**2 - mp / sp**2) / total if total > floor else (m0 + m1) / 2
    mean = min(max(mean, min(m0, m1)), max(m0, m1))
    half = Z90 / math.sqrt(precision)
    low, central, high = (1 / (1 + math.exp(-x)) for x in (mean - half, mean, mean + half))
    return Assessment(
        low=low,
        central=central,
        high=high,
        evidence=old.evidence + new.evidence,
        reason=f"{old.reason} Then the new reports: {new.reason}".strip(),
    )


def _normal(a: Assessment) -> tuple[float, float]:
    low, central, high = (math.log(p / (1 - p)) for p in (a.low, a.central, a.high))
    return central, max((high - low) / (2 * Z90), 1e-3)


def _moved(items: list[Located], place: dict[int, int]) -> list[Located]:
    """Items of fresh reports, their report numbers shifted to the case's list."""
    return [item.model_copy(update={"report": place[item.report]}) for item in items if item.report in place]


def _fingerprint(part: Any) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:12]
