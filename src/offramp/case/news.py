"""From the evidence of a case to dated news, which history's hazards hear (`offramp.hazard.news`)."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from offramp.case.models import CaseNews
from offramp.codes.plover import EventType
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


def draft_news(case: Case) -> list[CaseNews]:
    """News in a case's events and region, by date; what its `state` tells (the ultimatum, say) is not repeated here.

    An event without a date counts at its report's date, else at the case's; what lies after the case's date is left
    out.
    """
    found = {(_date(case, event), kind) for event in case.events for kind in _kinds(case, event)}
    for exit_ in case.regional:
        found |= {(exit_.date or case.as_of, kind) for kind, words in _NEXT_DOOR if words.search(exit_.event)}
    return [CaseNews(kind=kind, date=day) for day, kind in sorted(found) if day <= case.as_of]


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
