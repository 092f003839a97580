"""Which standoffs the evidence speaks of: an outside power, a ruler's country, and what supports the pair.

A standoff needs a core: a demand from outside that the ruler leave, or a way out held out from outside. Pressure,
refusals and counter-demands add weight to a pair and never make one. What a report calls hypothetical, denied or past
history does not count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from offramp.reading.evidence import Actor, Event, Evidence, Modality

CORE, COUNTER, PRESSURE, REPLY = 3.0, 2.0, 0.5, 1.0
REAL = {Modality.HAPPENED, Modality.ANNOUNCED, Modality.PLANNED}
PRESSING = {"THREATEN", "SANCTION", "COERCE", "MOBILIZE", "ASSAULT", "REQUEST"}
# A second ruler is a second standoff only from this share of the first one's weight on; below, it is the region.
RIVAL_SHARE = 0.4


@dataclass
class Standoff:
    """A pair of an outside power and a ruler's country, with the indices of the evidence for it."""

    country: str
    asked: Counter[str] = field(default_factory=Counter)
    offered: Counter[str] = field(default_factory=Counter)
    weight: float = 0.0
    core: int = 0
    offers: list[int] = field(default_factory=list)
    demands: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @property
    def coercers(self) -> Counter[str]:
        """Who presses: those who ask the ruler to leave, or where nobody does, those who offer a way out. A state
        that only offers asylum beside somebody's demand is a host, not a coercer."""
        return self.asked or self.offered

    @property
    def coercer(self) -> str:
        """The outside actor with most of the core evidence."""
        return self.coercers.most_common(1)[0][0]


def find_standoffs(evidence: Evidence) -> list[Standoff]:
    """Standoffs in the evidence, weightiest first; empty where no outside power asks or offers anything."""
    found: dict[str, Standoff] = {}

    def at(country: str) -> Standoff:
        return found.setdefault(country, Standoff(country))

    for index, offer in enumerate(evidence.offers):
        if is_state(offer.to) and offer.by != offer.to:
            _core(at(offer.to), at(offer.to).offered, offer.by)
            at(offer.to).offers.append(index)
    for index, demand in enumerate(evidence.demands):
        if not demand.counter and demand.what == "leave_office" and is_state(demand.to) and demand.by != demand.to:
            _core(at(str(demand.to)), at(str(demand.to)).asked, demand.by)
            at(str(demand.to)).demands.append(index)
    for event in evidence.events:
        if _demands_leaving(event):
            pressed = at(str(actor_country(event.target)))
            _core(pressed, pressed.asked, str(actor_country(event.source)))
    for index, event in enumerate(evidence.events):
        _add_event(found, index, event)
    for index, demand in enumerate(evidence.demands):
        if demand.counter and demand.by in found:
            found[demand.by].weight += COUNTER
            found[demand.by].demands.append(index)
    return sorted((s for s in found.values() if s.core and s.coercers), key=lambda s: -s.weight)


def is_real(event: Event) -> bool:
    """Whether an event is presented as done, announced or planned, and not denied."""
    return not event.negated and event.modality in REAL


def _demands_leaving(event: Event) -> bool:
    source, target = actor_country(event.source), actor_country(event.target)
    return (
        is_real(event)
        and event.type in PRESSING
        and "leave_office" in event.terms
        and source is not None
        and source != target
        and is_state(target)
    )


def _add_event(found: dict[str, Standoff], index: int, event: Event) -> None:
    source, target = actor_country(event.source), actor_country(event.target)
    if not is_real(event) or source is None or source == target:
        return
    if target in found and event.type in PRESSING:
        found[str(target)].weight += PRESSURE
        found[str(target)].events.append(index)
    elif event.type == "REJECT" and source in found:
        found[source].weight += REPLY
        found[source].events.append(index)


def _core(standoff: Standoff, count: Counter[str], by: str) -> None:
    standoff.weight += CORE
    standoff.core += 1
    if by and by != "unknown":
        count[by] += 1


def rivals(standoffs: list[Standoff]) -> list[Standoff]:
    """Standoffs that a reader could mean: the weightiest and those that come near it."""
    if not standoffs:
        return []
    return [s for s in standoffs if s.weight >= RIVAL_SHARE * standoffs[0].weight]


def actor_country(actor: Actor | None) -> str | None:
    """Code of an actor's country or organisation, None where there is no actor or it is unknown."""
    return actor.country if actor else None


def is_state(code: str | None) -> bool:
    """Whether a code is an ISO-3 code rather than an organisation's or an actor's id."""
    return bool(code) and len(str(code)) == 3 and str(code).isupper()
