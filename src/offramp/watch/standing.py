"""Where a watched case stands on a day: everything that its reports say, old evidence counting less.

Pressure, offers, replies and months are drawn anew from the union of the evidence. An assessment is elicited from the
union with each report's weight halved every `half_life` days (a power likelihood: what informs with probability rho
informs with rho times what is left); what the case file itself said decays likewise from its own day towards the
prior. What a person wrote into the case file stands, and overrides win over everything. Old reports leave the
assessments once `FORGOTTEN` of them is left, or more than `MOST` newer ones are there.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from offramp.case import overrides
from offramp.case.elicit import elicit
from offramp.case.merge import PARTS, fingerprints
from offramp.case.models import ASSESSMENTS, Assessment, Assessments, Case, ObservedMonth
from offramp.case.news import draft_news
from offramp.case.standing import draft_history, draft_state
from offramp.case.standoffs import PRESSING, actor_country, find_standoffs, is_real
from offramp.reading.evidence import Evidence

HALF_LIFE = 30.0
FORGOTTEN = 1 / 32
MOST = 60
BACKGROUND = dt.timedelta(days=45)
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Told:
    """One report that counts: its day and its evidence, whose `report` fields are 0."""

    day: dt.date
    evidence: Evidence


def stand(base: Case, told: Sequence[Told], day: dt.date, *, half_life: float = HALF_LIFE) -> Case:
    """The case on a day.

    Args:
        base: The case file as it was added.
        told: Independent reports that were neither corrected nor retracted, oldest first.
        day: The date of the case.
        half_life: Days in which evidence loses half its weight.

    Returns:
        The case with overrides applied.
    """
    case = base.model_copy(deep=True)
    case.as_of = max(day, base.as_of)
    union = _union(base, told)
    touched = _edited(base)
    standoff = next((s for s in find_standoffs(union) if s.country == base.ruler.country), None)
    if standoff is not None:
        if "state" not in touched:
            case.state = draft_state(union, standoff, case.as_of)
            _keep_starts(case, base)
        if "history" not in touched:
            seen = {month.month for month in base.history}
            later = draft_history(union, standoff, case.state, case.as_of)
            case.history = sorted(
                [*base.history, *(m for m in later if m.month not in seen)], key=lambda month: month.month
            )
            case.history = _held_out(case.history, union, base.ruler.country)
    elif "state" not in touched and case.state.pressure == "none" and _pressed(base, union):
        case.state.pressure = "sanctions"
    if "news" not in touched:
        case.events = union.events
        case.news = [*base.news, *(news for news in draft_news(case) if news not in base.news)]
    recent = _recent(told, case.as_of, half_life)
    case.assessments = _assessments(base, recent, case, touched, half_life)
    case.events, case.offers, case.demands, case.reports = [], [], [], []
    return overrides.effective(case)


def _pressed(base: Case, union: Evidence) -> bool:
    """Whether the coercers press the ruler's country, short of asking the ruler to leave."""
    outside = {coercer.id for coercer in base.coercers}
    return any(
        is_real(event)
        and event.type in PRESSING
        and actor_country(event.target) == base.ruler.country
        and actor_country(event.source) in outside
        for event in union.events
    )


_ACCEPTS = re.compile(
    r"\baccept|\b(?:agree[ds]?|ready|willing|will|would) to (?:leave|resign|step|go|sign|hand)|"
    r"\b(?:will|would) (?:leave|resign|step down|sign)\b",
    re.IGNORECASE,
)


def _held_out(months: list[ObservedMonth], union: Evidence, country: str) -> list[ObservedMonth]:
    """Months without those since the ruler said yes and did not take it back: they are no months of holding out."""
    said: list[dt.date] = []
    refused = dt.date.min
    for event in union.events:
        if actor_country(event.source) != country or not is_real(event) or event.date is None:
            continue
        if event.source is not None and event.source.role in ("opposition", "public"):
            continue
        if event.type == "REJECT":
            refused = max(refused, event.date)
        elif event.type in ("AGREE", "CONCEDE", "RETREAT") and _ACCEPTS.search(event.text):
            said.append(event.date)
    since = min((day for day in said if day > refused), default=None)
    return months if since is None else [month for month in months if month.month < f"{since:%Y-%m}"]


def weight(day: dt.date, on: dt.date, half_life: float) -> float:
    """What is left of evidence of a day: a half after each half-life."""
    return float(0.5 ** (max(0, (on - day).days) / half_life))


def _recent(told: Sequence[Told], on: dt.date, half_life: float) -> list[Told]:
    alive = [one for one in told if weight(one.day, on, half_life) >= FORGOTTEN]
    return sorted(alive, key=lambda one: one.day)[-MOST:]


def _union(base: Case, told: Sequence[Told]) -> Evidence:
    """Events, offers, demands and conditions of all reports, those without a date given their report's."""
    union = Evidence(events=list(base.events), offers=list(base.offers), demands=list(base.demands))
    for number, one in enumerate(told, start=len(base.reports)):
        for part in ("events", "offers", "demands", "conditions"):
            rows = getattr(one.evidence, part)
            getattr(union, part).extend(
                row.model_copy(update={"report": number, "date": _dated(row.date, one.day)}) for row in rows
            )
    return union


def _dated(found: dt.date | None, day: dt.date) -> dt.date:
    """A date that a report gives, where it is one of its own time; else the report's: months are read without years."""
    return found if found is not None and day - BACKGROUND <= found <= day else day


def _edited(base: Case) -> set[str]:
    """Parts that a person wrote: those whose mark no longer fits. A file without marks has only its facts by hand."""
    if not base.drafted:
        return {"ruler", "coercers", "armed_forces"}
    now = fingerprints(base)
    return {
        part for part in [*PARTS, *(f"assessments.{n}" for n in ASSESSMENTS)] if base.drafted.get(part) != now[part]
    }


def _keep_starts(case: Case, base: Case) -> None:
    """A start that the case file knew is not moved by reports that came later."""
    for name in ("pressure_since", "ultimatum_since", "offer_since"):
        known = [d for d in (getattr(base.state, name), getattr(case.state, name)) if d is not None]
        if getattr(case.state, name) is not None:
            setattr(case.state, name, min(known))


def _assessments(base: Case, recent: Sequence[Told], case: Case, touched: set[str], half_life: float) -> Assessments:
    union = Evidence()
    claims = 0
    for number, one in enumerate(recent):
        for part in ("events", "offers", "demands", "claims", "statistics", "conditions"):
            for row in getattr(one.evidence, part):
                update: dict[str, object] = {"report": number}
                if part == "events" and row.claim is not None:
                    update["claim"] = row.claim + claims
                getattr(union, part).append(row.model_copy(update=update))
        claims += len(one.evidence.claims)
    left = {number: weight(one.day, case.as_of, half_life) for number, one in enumerate(recent)}
    about = {"country": base.ruler.country, "ruler": base.ruler, "as_of": case.as_of}
    now = elicit(union, coercers=base.coercers, left=left, **about)  # type: ignore[arg-type]
    prior = elicit(Evidence(), **about)  # type: ignore[arg-type]
    remains = weight(base.as_of, case.as_of, half_life)
    return Assessments(
        **{
            name: getattr(base.assessments, name)
            if f"assessments.{name}" in touched
            else _with_file(getattr(now, name), getattr(base.assessments, name), getattr(prior, name), remains)
            for name in ASSESSMENTS
        }
    )


def _with_file(now: Assessment, file: Assessment, prior: Assessment, remains: float) -> Assessment:
    """What the reports say, with what the case file said beyond the prior added, in natural parameters.

    On the logit scale a normal has precision L and shift L m; the file's own share of both, less the prior's, is what
    its evidence said, and `remains` of it is added.
    """
    (m, s), (mf, sf), (mp, sp) = _normal(now), _normal(file), _normal(prior)
    if remains < FORGOTTEN or abs(mf - mp) + abs(sf - sp) < 1e-6:
        return now
    precision = max(1 / s**2 + remains * (1 / sf**2 - 1 / sp**2), 0.25 / sp**2)
    mean = (m / s**2 + remains * (mf / sf**2 - mp / sp**2)) / precision
    mean = min(max(mean, min(m, mf) - s), max(m, mf) + s)
    half = Z90 / math.sqrt(precision)
    low, central, high = (round(1 / (1 + math.exp(-x)), 6) for x in (mean - half, mean, mean + half))
    reason = f"{now.reason} The case file's own evidence counts {remains:.0%}."
    return Assessment(low=low, central=central, high=high, evidence=now.evidence, reason=reason)


def _normal(a: Assessment) -> tuple[float, float]:
    low, central, high = (math.log(p / (1 - p)) for p in (a.low, a.central, a.high))
    return central, max((high - low) / (2 * Z90), 1e-3)
