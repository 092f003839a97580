"""What a case tells history as news: dated events that shift hazards and fade (`hazard.news`).

Only history's own lens uses them. The exit game carries pressure, replies and its region itself.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from offramp.codes.plover import EventType
from offramp.hazard.news import News, latest, shipped
from offramp.reading.evidence import Modality

if TYPE_CHECKING:
    from offramp.case.models import Case
    from offramp.reading.evidence import Event

MAJOR_POWERS: Final = frozenset({"USA", "GBR", "FRA", "DEU", "RUS", "CHN", "JPN"})
"""Since 1991, by the Correlates of War project's list of major powers (version 2016)."""
_NEXT_DOOR: Final = (
    ("coup_next_door", re.compile(r"\b(coup|putsch)\b", re.IGNORECASE)),
    ("uprising_next_door", re.compile(r"\b(uprising|protests?|protesters|revolution|revolt)\b", re.IGNORECASE)),
)
_THREATENED: Final = frozenset({Modality.ANNOUNCED, Modality.PLANNED, Modality.CONDITIONAL})


def case_news(case: Case) -> list[News]:
    """News in a case, by date. An event without a date counts at its report's date, else at the case's."""
    found = [News(kind, _date(case, event)) for event in case.events for kind in _kinds(case, event)]
    state = case.state
    if state.pressure == "ultimatum":
        found.append(News("ultimatum", state.ultimatum_since or state.pressure_since or case.as_of))
    if state.pressure == "sanctions":
        found.append(News("sanctions", state.pressure_since or case.as_of))
    if state.street == "mobilised":
        found.append(News("mass_protest", case.as_of))
    for exit_ in case.regional:
        found += [News(kind, exit_.date or case.as_of) for kind, words in _NEXT_DOOR if words.search(exit_.event)]
    return sorted({item for item in found if item.date <= case.as_of}, key=lambda item: (item.date, item.kind))


def told(case: Case) -> list[str]:
    """The latest news of each kind in words, with what its effect rests on."""
    news = case_news(case)
    dates = {item.kind: item.date for item in news}  # in order of date: the latest stays
    kinds = shipped()
    return [f"the {kind.replace('_', ' ')} of {dates[kind]} ({kinds[kind].basis})" for kind in latest(news, case.as_of)]


def _kinds(case: Case, event: Event) -> list[str]:
    ruler, coercers = case.ruler.country, {coercer.country or coercer.id for coercer in case.coercers}
    source = event.source.country if event.source else None
    target = event.target.country if event.target else None
    if event.negated:
        return []
    if event.type == EventType.SANCTION and source in coercers and target == ruler:
        if event.modality is Modality.HAPPENED:
            return ["sanctions"]
        return ["sanctions_threat"] if event.modality in _THREATENED else []
    if event.modality is not Modality.HAPPENED:
        return []
    if event.type == EventType.REJECT and source == ruler and event.source and event.source.role == "ruler":
        return ["refusal"]
    kinds = []
    if source in coercers and target == ruler and event.type in (EventType.ASSAULT, EventType.MOBILIZE):
        if event.type == EventType.ASSAULT:
            kinds.append("dispute_force")
        if source in MAJOR_POWERS:
            kinds.append("dispute_major_power")
    return kinds


def _date(case: Case, event: Event) -> dt.date:
    if event.date is not None:
        return event.date
    report = case.reports[event.report].date if event.report < len(case.reports) else None
    return report or case.as_of
