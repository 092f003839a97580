"""What a case tells history as news: dated events that shift hazards and fade (`hazard.news`).

Only history's own lens uses them. The exit game carries pressure, replies and its region itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offramp.hazard.news import News, latest, shipped

if TYPE_CHECKING:
    from offramp.case.models import Case


def case_news(case: Case) -> list[News]:
    """News of a case by date: what it lists, and what its state says. None of it lies after the case's date."""
    found = {News(item.kind, item.date) for item in case.news}
    state = case.state
    if state.pressure == "ultimatum":
        found.add(News("ultimatum", state.ultimatum_since or state.pressure_since or case.as_of))
    if state.pressure == "sanctions":
        found.add(News("sanctions", state.pressure_since or case.as_of))
    if state.street == "mobilised":
        found.add(News("mass_protest", case.as_of))
    return sorted((item for item in found if item.date <= case.as_of), key=lambda item: (item.date, item.kind))


def told(case: Case) -> list[str]:
    """The latest news of each kind in words, with what its effect rests on."""
    news = case_news(case)
    dates = {item.kind: item.date for item in news}  # in order of date: the latest stays
    kinds = shipped()
    return [f"the {kind.replace('_', ' ')} of {dates[kind]} ({kinds[kind].basis})" for kind in latest(news, case.as_of)]
