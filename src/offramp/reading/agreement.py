"""Several reports: what they tell alike, and where they contradict one another.

Copies of one agency's text count as one report before this (see `reading.reader`), so two reports here are two
tellings. A finding points at its items by index. Two tellings of an event meet when type, source and target agree in
role and country and their days, where both are known, lie at most `NEAR` days apart; states of a country meet by topic,
offers by giver, ruler and terms. Figures meet when topic, unit and
year agree, what they are about shares most words, and neither population nor days are known to differ; they contradict
when what their words allow ('at least 200' has no ceiling) lies more than a tenth apart. So do the numbers of people
that different reports give for one act.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from offramp.codes.plover import EventType as T
from offramp.codes.roles import Role
from offramp.reading.evidence import (
    Agreement,
    Condition,
    Event,
    Evidence,
    Headcount,
    Modality,
    Offer,
    Report,
    Statistic,
)

NEAR = 3  # days
TENTH = 0.1
PAIRED = 40  # numbers of people of one act that are compared
MOST = 400  # items of a kind that are compared: the pairs of more would take long and mean little
_REAL = {Modality.HAPPENED, Modality.ANNOUNCED}
_RULING = {Role.RULER, Role.HEAD_OF_STATE, Role.GOVERNMENT}
_YES, _NO = {T.AGREE, T.CONCEDE}, {T.REJECT}
# States that cannot both hold; each pair once.
OPPOSITES = {"army_loyal": "army_wavering", "street_mobilised": "street_quiet", "economy_bad": "economy_good"}
_ACCEPTS = re.compile(r"\baccept|\bagreed? to (?:leave|resign|step|go)", re.I)
_WORD = re.compile(r"[^\W\d_]{4,}")


_Told = Event | Statistic | Condition | Offer


class _Answer(NamedTuple):
    country: str
    said: str
    item: int


def find_agreement(evidence: Evidence) -> list[Agreement]:
    """What several reports tell alike or against one another: events, states of the country, offers, figures."""
    told = evidence.events
    return [
        *_events(told), *_tolls(told), *_answers(told), *_conditions(evidence.conditions), *_offers(evidence.offers),
        *_figures(evidence.statistics),
    ]  # fmt: skip


def warnings_of(found: Sequence[Agreement], reports: Sequence[Report]) -> list[str]:
    """One line a contradiction, with the reports that stand against each other."""
    lines = []
    for one in found:
        if one.kind != "contradiction":
            continue
        paths = [reports[n].path for n in one.reports]
        where = f"in {paths[0]}" if len(set(paths)) == 1 else " against ".join(dict.fromkeys(paths))
        lines.append(f"reports contradict each other on {one.what} ({where}).")
    return lines


def _side(event: Event, side: str) -> str | None:
    actor = event.source if side == "source" else event.target
    if actor is None:
        return None
    leads = actor.role in _RULING
    return f"{actor.country or actor.name.casefold()}/{'lead' if leads else actor.role}"


def _apart(a: dt.date | None, b: dt.date | None) -> bool:
    return a is not None and b is not None and abs((a - b).days) > NEAR


def _events(events: Sequence[Event]) -> Iterator[Agreement]:
    """The same act told by several reports; the same act told and denied."""
    for near in _tellings(events):
        first = events[near[0]]
        kind = first.type
        told = [i for i in near if not _denied(events[i])]
        against = [i for i in near if _denied(events[i])]
        what = f"{_name(first, 'source')} {kind.lower()} {_name(first, 'target')}"
        if len({events[i].report for i in told}) > 1:
            yield _made("agreement", what, "event", told, events)
        if told and against and {events[i].report for i in told} != {events[i].report for i in against}:
            yield _made("contradiction", f"whether {what}", "event", [*told, *against], events)


def _tellings(events: Sequence[Event]) -> Iterator[list[int]]:
    """Events that tell of one act: same type, sides and, as far as they are known, days."""
    groups: dict[tuple[str, str | None, str | None], list[int]] = {}
    for i, event in enumerate(events):
        placed = event.source is not None and event.source.country and event.target is not None and event.target.country
        if placed and (event.modality in _REAL or event.modality is Modality.DENIED):
            groups.setdefault((event.type, _side(event, "source"), _side(event, "target")), []).append(i)
    for members in groups.values():
        first = events[members[0]]
        yield [i for i in members[:MOST] if not _apart(events[i].date, first.date)]


def _tolls(events: Sequence[Event]) -> Iterator[Agreement]:
    """Numbers of people of one act that cannot both hold, told by different reports."""
    for near in _tellings(events):
        counted = [(i, c) for i in near for c in events[i].people]
        for (i, a), (j, b) in combinations(counted[:PAIRED], 2):
            apart = events[i].report != events[j].report and events[i].date == events[j].date
            if apart and a.what == b.what != "other" and _disjoint(_bounds(a), _bounds(b)):
                what = f"{_name(events[i], 'source')} {events[i].type.lower()} {_name(events[i], 'target')}"
                told = f"how many were {a.what.replace('_', ' ')}: {what} ({_words(a)} or {_words(b)} people)"
                yield _made("contradiction", told, "event", [i, j], events)


def _denied(event: Event) -> bool:
    return event.negated or event.modality is Modality.DENIED


def _name(event: Event, side: str) -> str:
    actor = event.source if side == "source" else event.target
    return actor.name if actor is not None else "nobody"


def _answers(events: Sequence[Event]) -> Iterator[Agreement]:
    """Opposite answers of one country's ruler: accepted or left, and refused."""
    said: list[_Answer] = []
    for i, event in enumerate(events):
        actor = event.source
        if actor is None or actor.country is None or event.modality not in _REAL or event.negated:
            continue
        if actor.role not in _RULING or event.confidence < 0.5:
            continue
        leaves = event.type == T.RETREAT and event.mode == "resign" and actor.role != Role.GOVERNMENT
        if leaves or (event.type in _YES and _ACCEPTS.search(event.text)):
            said.append(_Answer(actor.country, "accepted", i))
        elif event.type in _NO:
            said.append(_Answer(actor.country, "refused", i))
    for country in sorted({a.country for a in said}):
        yes = [a.item for a in said if (a.country, a.said) == (country, "accepted")]
        no = [a.item for a in said if (a.country, a.said) == (country, "refused")]
        if yes and no and {events[i].report for i in yes} != {events[i].report for i in no}:
            yield _made("contradiction", f"{country}: accepted or left, or refused", "event", [*yes, *no], events)


def _conditions(conditions: Sequence[Condition]) -> Iterator[Agreement]:
    """A state of one country that several reports tell of; opposite states that different reports tell of."""
    told: dict[tuple[str | None, str], list[int]] = {}
    for i, one in enumerate(conditions[:MOST]):
        told.setdefault((one.country, one.topic), []).append(i)
    for (country, topic), items in told.items():
        place = f" in {country}" if country else ""
        near = [i for i in items if not _apart(conditions[i].date, conditions[items[0]].date)]
        if len({conditions[i].report for i in near}) > 1:
            yield _made("agreement", f"{topic.replace('_', ' ')}{place}", "condition", near, conditions)
        other = told.get((country, OPPOSITES.get(topic, "")), [])
        if other and {conditions[i].report for i in items} != {conditions[i].report for i in other}:
            what = f"whether {topic.replace('_', ' ')} or {OPPOSITES[topic].replace('_', ' ')}{place}"
            yield _made("contradiction", what, "condition", [*items, *other], conditions)


def _offers(offers: Sequence[Offer]) -> Iterator[Agreement]:
    """One way out that several reports tell of: the same giver, ruler and terms."""
    told: dict[tuple[str, str, bool, bool], list[int]] = {}
    for i, one in enumerate(offers[:MOST]):
        told.setdefault((one.by, one.to, one.safe_passage, one.immunity), []).append(i)
    for (by, to, passage, immunity), items in told.items():
        if len({offers[i].report for i in items}) > 1:
            terms = " and ".join([*(["safe passage"] if passage else []), *(["immunity"] if immunity else [])])
            yield _made("agreement", f"{by} offers {to} {terms or 'a way out'}", "offer", items, offers)


def _figures(figures: Sequence[Statistic]) -> Iterator[Agreement]:
    """Figures of one thing that agree across reports, or contradict each other in one or in several."""
    kept = [i for i, s in enumerate(figures) if s.topic is not None][:MOST]
    for i, j in combinations(kept, 2):
        a, b = figures[i], figures[j]
        if (a.topic, a.unit) != (b.topic, b.unit) or (a.year and b.year and a.year != b.year):
            continue
        if not _alike(a.about, b.about) or _elsewhere(a, b):
            continue
        same = abs(a.value - b.value) <= TENTH * max(abs(a.value), abs(b.value))
        what = f"{a.topic}: {a.about}"[:160]
        if same and a.report != b.report:
            yield _made("agreement", what, "statistic", [i, j], figures)
        elif not same and _disjoint(_bounds(a), _bounds(b)):
            unit = "%" if a.unit == "percent" else a.unit
            told = f"{what} ({_words(a)} or {_words(b)} {unit})"
            yield _made("contradiction", told, "statistic", [i, j], figures)


def _words(one: Statistic | Headcount) -> str:
    return f"{one.qualifier or ''} {one.value:g}".strip()


def _bounds(one: Statistic | Headcount) -> tuple[float, float]:
    """What the words allow a figure to be; a bare figure is itself."""
    if one.qualifier is None and one.low is None and one.high is None:
        return one.value, one.value
    return (-math.inf if one.low is None else one.low), (math.inf if one.high is None else one.high)


def _disjoint(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two figures cannot both hold, with a tenth of the larger for rounding."""
    first, second = sorted((a, b))
    return second[0] - first[1] > TENTH * second[0]


def _elsewhere(a: Statistic, b: Statistic) -> bool:
    """Whether two figures are of other people or of other days, as far as both say so."""
    if a.population and b.population and not _alike(a.population, b.population):
        return True
    if not (a.first_day and a.last_day and b.first_day and b.last_day):
        return False
    late, early = max(a.first_day, b.first_day), min(a.last_day, b.last_day)
    return (late - early).days > NEAR


def _alike(a: str, b: str) -> bool:
    """Whether two descriptions are of one thing: most content words of the shorter stand in the longer."""
    first, second = ({w.lower()[:6] for w in _WORD.findall(x)} for x in (a, b))
    return bool(first and second) and len(first & second) > 0.6 * min(len(first), len(second))


def _made(kind: str, what: str, item: str, members: Sequence[int], items: Sequence[_Told]) -> Agreement:
    reports = list(dict.fromkeys(items[i].report for i in members))
    return Agreement.model_validate({"kind": kind, "what": what, "item": item, "items": members, "reports": reports})
