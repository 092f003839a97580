"""From evidence to a case: who stands against whom, where the game stands, and what is judged.

Nothing is guessed in silence. What the gazetteer or the reports do not say stays `null` and is warned of; the
assessments come from `case.elicit`, each with its evidence.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from offramp.case.elicit import elicit
from offramp.case.merge import fingerprints
from offramp.case.models import (
    ArmedForces,
    Case,
    CaseReport,
    Coercer,
    RegionalExit,
    Ruler,
)
from offramp.case.news import draft_news
from offramp.case.standing import draft_history, draft_state
from offramp.case.standoffs import PRESSING, Standoff, actor_country, find_standoffs, is_real, is_state, rivals
from offramp.codes.accusations import accusation
from offramp.codes.organisations import organisation_by_id
from offramp.codes.rulers import ruler_of
from offramp.codes.states import find_state, state_by_iso3, states
from offramp.errors import InputError, NoStandoffError, SeveralStandoffsError
from offramp.reading.evidence import Actor, Evidence, Reading

MAX_OTHER_COERCERS = 4


@dataclass(frozen=True)
class Draft:
    """A case as drafted, and what the reader of it should be warned of."""

    case: Case
    warnings: list[str]


def draft_case(reading: Reading, *, as_of: dt.date | None = None, ruler: str | None = None) -> Draft:
    """The case that reports speak of.

    Args:
        reading: What `reading.reader.read_reports` gave.
        as_of: Date of the case; default the newest report's date.
        ruler: ISO-3 code, country or name of the ruler meant, where reports hold several standoffs.

    Raises:
        NoStandoffError: If no outside power asks a ruler to leave or offers a way out.
        SeveralStandoffsError: If several standoffs are there and `ruler` does not choose one.
        InputError: If no date is given or found.
    """
    day = as_of or _newest_date(reading)
    standoff = _choose(find_standoffs(reading.evidence), reading, ruler, day)
    warnings: list[str] = []
    evidence = reading.evidence
    who = _ruler(standoff.country, evidence, day, warnings)
    coercers = [coercer_of(code, day) for code, _ in standoff.coercers.most_common(MAX_OTHER_COERCERS)]
    state = draft_state(evidence, standoff, day)
    place = state_by_iso3(standoff.country).name
    case = Case(
        name=f"{place}: {who.name} and {coercers[0].name}"[:120],
        as_of=day,
        reports=[CaseReport(path=r.path, sha256=r.sha256, date=r.date, title=r.title) for r in reading.reports],
        ruler=who,
        coercers=coercers,
        armed_forces=ArmedForces(name=f"armed forces of {place}"),
        events=[event for event in evidence.events if _concerns(event.source, event.target, standoff, coercers)],
        offers=[evidence.offers[i] for i in standoff.offers],
        demands=[evidence.demands[i] for i in sorted(set(standoff.demands))],
        state=state,
        history=draft_history(evidence, standoff, state, day),
        regional=_regional(evidence, standoff.country, coercers),
        assessments=elicit(evidence, country=standoff.country, ruler=who, coercers=coercers, as_of=day),
    )
    case.news = draft_news(case)
    case.drafted = fingerprints(case)
    return Draft(case, warnings)


def template(country: str, coercer: str, *, as_of: dt.date | None = None) -> Case:
    """A case to fill in by hand: the ruler from the gazetteer, assessments at their priors, no evidence.

    Raises:
        InputError: If the country or the coercer is unknown, or none is given.
    """
    day = as_of or dt.date.today()
    if not country or not coercer:
        raise InputError(
            "a template needs --country and --coercer, such as: offramp case new --country Venezuela --coercer USA; "
            "or give reports to draft from."
        )
    place = _state(country, day)
    against = Coercer.model_validate(coercer_of(_actor_code(coercer, day), day).model_dump())
    who = _ruler(place, Evidence(), day, [])
    name = state_by_iso3(place).name
    return Case(
        name=f"{name}: {who.name} and {against.name}"[:120],
        as_of=day,
        ruler=who,
        coercers=[against],
        assessments=elicit(Evidence(), country=place, ruler=who, as_of=day),
    )


def coercer_of(code: str, on: dt.date) -> Coercer:
    """A coercer from a country's or organisation's code, its leader looked up for the date."""
    if code.startswith("org:"):
        organisation = organisation_by_id(code)
        return Coercer(id=code, name=organisation.name, kind="organisation")
    if len(code) == 3 and code.isupper():
        leader = ruler_of(code, on)
        return Coercer(
            id=code, name=state_by_iso3(code).name, country=code, kind="state", leader=leader.name if leader else None
        )
    return Coercer(id=code, name=code, kind="coalition")


def describe(standoff: Standoff, on: dt.date) -> str:
    """A standoff in words, as messages name it: 'Venezuela (VEN) and United States (USA)'."""
    return f"{state_by_iso3(standoff.country).name} ({standoff.country}) and {coercer_of(standoff.coercer, on).name}"


def _newest_date(reading: Reading) -> dt.date:
    dates = [report.date for report in reading.reports if report.date]
    if not dates:
        raise InputError("no report states its date; give one with --as-of YYYY-MM-DD.")
    return max(dates)


def _choose(standoffs: Sequence[Standoff], reading: Reading, ruler: str | None, on: dt.date) -> Standoff:
    if not standoffs:
        raise NoStandoffError(
            "no standoff found: nothing in "
            + ", ".join(report.path for report in reading.reports)
            + " says that an outside power asks a ruler to leave or offers a way out."
        )
    if ruler:
        country = _state(ruler, on)
        chosen = next((s for s in standoffs if s.country == country), None)
        if chosen is None:
            raise InputError(
                f"--ruler {ruler!r}: the reports hold no standoff of that ruler; found: "
                + "; ".join(describe(s, on) for s in standoffs)
            )
        return chosen
    near = rivals(list(standoffs))
    if len(near) > 1:
        raise SeveralStandoffsError(
            f"{len(near)} standoffs found: "
            + "; ".join(describe(s, on) for s in near)
            + f". Choose one with --ruler, such as --ruler {near[0].country}."
        )
    return near[0]


def _state(text: str, on: dt.date) -> str:
    """ISO-3 code of a country or ruler as a person would write it."""
    from offramp.codes.rulers import find_ruler

    state = find_state(text, on) or (find_state(text) if len(text) > 3 else None)
    if state is not None:
        return state.iso3
    rulers = find_ruler(text, on)
    if len({r.iso3 for r in rulers}) == 1:
        return rulers[0].iso3
    if len(text) == 3:
        return state_by_iso3(text.upper()).iso3  # raises, naming the nearest known
    names = {s.name.lower(): s.name for s in states()}
    near = difflib.get_close_matches(text.lower(), names, n=1)
    hint = f"Did you mean {names[near[0]]}?" if near else "Give a country's name, its ISO-3 code, or a ruler's name."
    raise InputError(f"no country or ruler called {text!r} is known on {on}. {hint}")


def _actor_code(text: str, on: dt.date) -> str:
    from offramp.codes.organisations import find_organisation

    organisation = find_organisation(text)
    return organisation.id if organisation else _state(text, on)


def _ruler(country: str, evidence: Evidence, on: dt.date, warnings: list[str]) -> Ruler:
    known = ruler_of(country, on)
    place = state_by_iso3(country).name
    if known is None:
        named = _named_ruler(country, evidence)
        warnings.append(
            f"The gazetteer has no ruler of {place} on {on}; "
            + (f"the reports name {named}. " if named else "")
            + "Since when, birth year, career and regime are unknown, which widens the intervals."
        )
        return Ruler(name=named or f"the ruler of {place}", country=country)
    unknown = [
        words
        for words, value in (
            ("start in office", known.in_office_since),
            ("birth year", known.birth_year),
            ("military career", known.military_career),
            ("kind of regime", None if known.regime == "unknown" else known.regime),
        )
        if value is None
    ]
    if unknown:
        warnings.append(f"Unknown of {known.name}: {', '.join(unknown)}; the intervals are wider for it.")
    charge = accusation(country, known.name, on)
    return Ruler(
        name=known.name,
        country=country,
        office=known.office,
        in_office_since=known.in_office_since,
        birth_year=known.birth_year,
        military_career=known.military_career,
        regime=known.regime or "unknown",
        coup_attempts_60m=_coup_attempts(evidence, country),
        culpable=True if charge else None,
        accusation=f"{charge.by}, {charge.document} ({charge.since})" if charge else None,
    )


def _named_ruler(country: str, evidence: Evidence) -> str | None:
    for event in evidence.events:
        for actor in (event.source, event.target):
            if actor and actor.country == country and actor.role == "ruler" and actor.name[:1].isupper():
                return actor.name
    return None


def _coup_attempts(evidence: Evidence, country: str) -> int | None:
    told = [c for c in evidence.conditions if c.topic == "coup_attempt" and c.country in (country, None)]
    return len(told) or None


def _concerns(source: Actor | None, target: Actor | None, standoff: Standoff, coercers: list[Coercer]) -> bool:
    parties = {standoff.country, *(c.id for c in coercers)}
    return any(actor is not None and actor.country in parties for actor in (source, target))


def _regional(evidence: Evidence, country: str, coercers: list[Coercer]) -> list[RegionalExit]:
    """Other rulers who fell or are pressed by the same coercers, one row a country."""
    parties = {country, *(c.id for c in coercers)}
    rows = [(c.country, c.text, c.date) for c in evidence.conditions if c.topic == "regional"]
    rows += [
        (actor_country(e.target), e.text, e.date)
        for e in evidence.events
        if is_real(e) and e.type in PRESSING and actor_country(e.source) in parties - {country}
    ]
    found: dict[str, RegionalExit] = {}
    for place, text, day in rows:
        if place is not None and is_state(place) and place not in parties:
            found.setdefault(place, RegionalExit(country=place, event=" ".join(text.split())[:200], date=day))
    return list(found.values())
