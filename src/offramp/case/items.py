"""Items: which pieces of the evidence bear on which assessment, each with its cue, grade and origin.

`find_items` reads conditions, statistics, events, offers and claims against the cues of `case.elicit_table`. What an
item does to an assessment is settled in `case.elicit`, what several tellings of it are worth in `case.corroboration`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from offramp.case.corroboration import raised
from offramp.case.elicit_table import CUES, DRIFT_PER_YEAR, ERROR, HOUSE_BIAS, HOUSE_BIAS_UNTRACEABLE, INFORMS, Cue
from offramp.reading.evidence import Claim, Event, Evidence, Grade, Modality, SpeakerKind, Statistic

_REAL = {Modality.HAPPENED, Modality.ANNOUNCED}
_STREET = {"public", "opposition"}
_CLAIM_CUES = ("promise_doubted", "promise_backed", "exit_tempts", "never_leaves")


class Item(NamedTuple):
    """One piece of evidence as it bears on one assessment."""

    name: str
    cue: Cue
    grade: Grade
    origin: str
    text: str
    share: float | None = None
    error: float = 0.0
    left: float = 1.0  # of its weight, where old evidence counts less
    report: int = -1
    further: tuple[float, ...] = ()  # what each independent telling beside it would inform with
    beside: tuple[str, ...] = ()  # names of the same origin's other items, which count through this one
    against: float = 0.0  # the same of the best telling of the opposite

    @property
    def informs(self) -> float:
        """Probability that the item informs, its age, its other tellings and what is told against it taken in."""
        return raised(INFORMS[self.grade] * self.left, self.further, self.against)

    @property
    def weight(self) -> float:
        """How much the item can move its assessment: only for choosing one item of a cluster."""
        rho = self.informs
        if self.cue.kind == "likelihood":
            return abs(math.log(rho * self.cue.ratio + 1 - rho))
        if self.cue.kind == "spread":
            return rho * (self.cue.ratio - 1)
        return rho / self.error**2


def find_items(
    evidence: Evidence, country: str | None, outside: frozenset[str], as_of: dt.date | None
) -> Iterator[Item]:
    """Every piece of evidence that bears on an assessment, named by its place (`events[3]`).

    Args:
        country: ISO-3 of the ruler's country; items about other countries are passed over.
        outside: Ids and countries of the coercers; any outside state counts when empty.
        as_of: The case's date; a poll of an earlier year is given room to have drifted.
    """
    origin = _origins(evidence)
    yield from _from_conditions(evidence, country, origin)
    yield from _from_statistics(evidence, as_of)
    yield from _from_events(evidence, country, outside, origin)
    yield from _from_offers(evidence, origin)
    yield from _from_claims(evidence)


def _origins(evidence: Evidence) -> Callable[[int, int, int], str]:
    """Who is behind the characters `start` to `end` of a report: the speaker whose words they are, else the report."""

    def find(report: int, start: int, end: int) -> str:
        for claim in evidence.claims:
            if claim.report == report and any(a < end and start < b for a, b in claim.content_spans):
                return _speaker(claim)
        return f"report {report}"

    return find


def _speaker(claim: Claim) -> str:
    if claim.speaker_kind in (SpeakerKind.VAGUE, SpeakerKind.ANONYMOUS, SpeakerKind.NARRATOR):
        return f"{claim.speaker_kind} of report {claim.report}"
    return f"speaker {' '.join(claim.speaker.casefold().split())}"


def _from_conditions(evidence: Evidence, country: str | None, origin: Callable[[int, int, int], str]) -> Iterator[Item]:
    for i, row in enumerate(evidence.conditions):
        cue = CUES.get(row.topic)
        elsewhere = row.country is not None and country is not None and row.country != country
        # Private talks are the coercer's as often as the ruler's; the rest describes the ruler's own country.
        if cue is None or (elsewhere and row.topic != "private_talks"):
            continue
        share, error = (None, 0.0) if cue.kind != "value" else (0.5, math.hypot(ERROR[row.grade], cue.extra))
        yield Item(f"conditions[{i}]", cue, row.grade, origin(row.report, row.start, row.end), row.text, share, error)


def _from_statistics(evidence: Evidence, as_of: dt.date | None) -> Iterator[Item]:
    for i, row in enumerate(evidence.statistics):
        who = row.stated_source or f"report {row.report}"
        told = f"{row.about} {row.value:g} {row.stated_source}"  # two polls may ask alike and are two
        item = Item(f"statistics[{i}]", CUES["support_share"], row.grade, f"source {who.casefold()}", told)
        share = _share(row)
        if row.topic in ("support", "discontent") and share is not None:
            name = f"{row.topic}_share"
            share = share if row.topic == "support" else 1 - share
            house = HOUSE_BIAS if row.checkable else HOUSE_BIAS_UNTRACEABLE
            age = max(0, as_of.year - row.year) if as_of and row.year else 0
            error = math.sqrt(
                ERROR[row.grade] ** 2 + house**2 + CUES[name].extra ** 2 + (age**0.5 * DRIFT_PER_YEAR) ** 2
            )
            yield item._replace(cue=CUES[name], share=round(share, 6), error=error)
        elif row.topic == "economy" and re.search(CUES["economy_figure"].pattern, row.about, re.IGNORECASE):
            yield item._replace(cue=CUES["economy_figure"])


def _share(row: Statistic) -> float | None:
    """The figure as a share within (0.01, 0.99), or None when it is no share."""
    unit = row.unit.casefold()
    if unit in ("percent", "%", "per cent", "percentage"):
        share = row.value / 100
    elif unit in ("share", "fraction", "probability"):
        share = row.value
    else:
        return None
    return min(0.99, max(0.01, share)) if 0 <= share <= 1 else None


def _from_events(
    evidence: Evidence, country: str | None, outside: frozenset[str], origin: Callable[[int, int, int], str]
) -> Iterator[Item]:
    for i, row in enumerate(evidence.events):
        if row.negated or row.modality not in _REAL or row.source is None:
            continue
        name = _event_cue(row, country, outside)
        if name is not None:
            grade = evidence.claims[row.claim].grade if row.claim is not None else Grade.C
            yield Item(f"events[{i}]", CUES[name], grade, origin(row.report, row.start, row.end), row.text)


def _event_cue(row: Event, country: str | None, outside: frozenset[str]) -> str | None:
    assert row.source is not None  # the caller has looked
    home = country is None or row.source.country in (country, None)
    if row.type == "PROTEST" and home and row.source.role in _STREET:
        return "protest_event"
    abroad = row.source.country in outside if outside else row.source.country not in (country, None)
    if not abroad:
        return None
    return {
        "MOBILIZE": "deployment",
        "ASSAULT": "force_used",
        "COERCE": "force_used",
        "RETREAT": "stepping_back",
    }.get(row.type)


def _from_offers(evidence: Evidence, origin: Callable[[int, int, int], str]) -> Iterator[Item]:
    for i, row in enumerate(evidence.offers):
        name = f"offers[{i}]"
        who = origin(row.report, row.start, row.end)
        text = f"{row.by} {row.to} {row.condition} {row.deadline_text}"
        if any(person != "ruler" for person in row.beneficiaries):
            yield Item(name, CUES["family_included"], Grade.C, f"{who} beneficiaries", text)
        if row.condition:
            yield Item(name, CUES["conditional_terms"], Grade.C, f"{who} conditions", text)
        if row.deadline or row.deadline_text:
            yield Item(name, CUES["deadline"], Grade.C, who, text)


def _from_claims(evidence: Evidence) -> Iterator[Item]:
    refusals = [e for e in evidence.events if e.type == "REJECT"]
    for i, row in enumerate(evidence.claims):
        told = any(
            e.report == row.report and any(a < e.trigger[1] and e.trigger[0] < b for a, b in row.content_spans)
            for e in refusals
        )
        # A refusal is learnt from in the game; what is said of it must not raise the ruler's resolve a second time.
        if told or row.speaker.casefold() in ("ruler", "narrator"):
            continue
        for name in _CLAIM_CUES:
            if re.search(CUES[name].pattern, row.content, re.IGNORECASE):
                yield Item(f"claims[{i}]", CUES[name], row.grade, _speaker(row), row.content)
