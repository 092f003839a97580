"""Where the game stands: the public state at the case's date, and the months since the ultimatum.

Refusals, counter-demands and crackdowns are the ruler's observed moves: they enter the forecast through the filter
over `history`, never through an assessment (one channel per fact, EXITGAME section 4).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from offramp.case.models import Guarantor, ObservedMonth, OfferState, Pressure, State
from offramp.case.standoffs import PRESSING, Standoff, actor_country, is_real
from offramp.reading.evidence import Event, Evidence, Offer

MONTH = dt.timedelta(days=30.44)
MID_MONTH = 15


def draft_state(evidence: Evidence, standoff: Standoff, on: dt.date) -> State:
    """The public state (pressure, offer, counter-demand, guarantor and since when) on a date."""
    offers = [evidence.offers[i] for i in standoff.offers]
    demands = [evidence.demands[i] for i in standoff.demands]
    pressing = [e for e in evidence.events if _presses(e, standoff)]
    leave = [d for d in demands if not d.counter]
    ultimata = [e for e in pressing if "leave_office" in e.terms]
    pressure: Pressure = "ultimatum" if leave or ultimata else "sanctions" if pressing or offers else "none"
    durations = [
        c.duration_months for c in evidence.conditions if c.topic == "pressure" and c.duration_months is not None
    ]
    offer = _best(offers)
    ultimatum_since = (
        _since([d.date for d in leave] + [e.date for e in ultimata], on) if pressure == "ultimatum" else None
    )
    offer_since = _since([o.date for o in offers], on) if offers else None
    if offer_since is not None and ultimatum_since is not None and all(o.date is None for o in offers):
        offer_since = ultimatum_since
    pressure_since = on - max(durations) * MONTH if durations else ultimatum_since
    return State(
        pressure=pressure,
        offer=_offer_state(offer),
        counter_demand="standing" if any(d.counter for d in demands) else "none",
        guarantor=_guarantor(offers, standoff),
        pressure_since=pressure_since if pressure != "none" else None,
        ultimatum_since=ultimatum_since,
        offer_since=offer_since,
        offer_condition=offer.condition if offer else None,
        deadline=max((o.deadline for o in offers if o.deadline), default=None),
    )


def draft_history(evidence: Evidence, standoff: Standoff, state: State, on: dt.date) -> list[ObservedMonth]:
    """The months from the first ultimatum or offer to the date, with what the ruler did in each.

    The month of the date itself counts once half of it has passed, or when a reply is dated in it, or when it is the
    month of the ultimatum. Undated replies belong to the last month that counts.
    """
    starts = [day for day in (state.ultimatum_since, state.offer_since) if day]
    if not starts:
        return []
    first = min(starts)
    months = _months(first, on)
    replies = _replies(evidence, standoff, months)
    if len(months) > 1 and on.day < MID_MONTH and not any(dated and m == months[-1] for m, _, dated in replies):
        months = months[:-1]
    said: dict[str, Reply] = {}
    for month, reply, _ in replies:
        said.setdefault(month if month in months else months[-1], reply)
    return [
        ObservedMonth(
            month=month,
            pressure=state.pressure if _reached(state.ultimatum_since, month) else "sanctions",
            offer=state.offer if _reached(state.offer_since, month) else "none",
            reply=said.get(month),
        )
        for month in months
    ]


Reply = Literal["held", "countered", "cracked_down"]


def _replies(evidence: Evidence, standoff: Standoff, months: list[str]) -> list[tuple[str, Reply, bool]]:
    """What the ruler did: month, reply, whether it was dated. A counter-demand says more than a refusal, and comes
    first; a crackdown less than either, and comes last."""
    demands = [evidence.demands[i] for i in standoff.demands]
    events = [evidence.events[i] for i in standoff.events]
    found: list[tuple[dt.date | None, Reply]] = [(d.date, "countered") for d in demands if d.counter]
    found += [(e.date, "held") for e in events if e.type == "REJECT" and actor_country(e.source) == standoff.country]
    found += [(e.date, "cracked_down") for e in evidence.events if _cracks_down(e, standoff.country)]
    rows = [(f"{day:%Y-%m}" if day else months[-1], reply, day is not None) for day, reply in found]
    return [
        row if row[0] in months else (months[0] if row[0] < months[0] else months[-1], row[1], False) for row in rows
    ]


def _cracks_down(event: Event, country: str) -> bool:
    source, target = event.source, event.target
    return (
        is_real(event)
        and event.type in ("COERCE", "ASSAULT")
        and source is not None
        and target is not None
        and source.country == country == target.country
        and source.role in ("ruler", "government", "armed_forces", "police")
        and target.role in ("opposition", "public")
    )


def _presses(event: Event, standoff: Standoff) -> bool:
    return (
        is_real(event)
        and event.type in PRESSING
        and actor_country(event.target) == standoff.country
        and actor_country(event.source) not in (None, standoff.country)
    )


def _best(offers: list[Offer]) -> Offer | None:
    """The most generous offer; among equals the latest in the reports."""
    return max(
        enumerate(offers), key=lambda pair: (pair[1].immunity, pair[1].safe_passage, pair[0]), default=(0, None)
    )[1]


def _offer_state(offer: Offer | None) -> OfferState:
    if offer is None:
        return "none"
    return "safe_passage_immunity" if offer.immunity else "safe_passage"


def _guarantor(offers: list[Offer], standoff: Standoff) -> Guarantor:
    """A third state guarantees when every offer names a guarantor, or comes from somebody, other than the coercer."""
    by = {offer.guarantor or offer.by for offer in offers}
    return "third_state" if by and standoff.coercer not in by and standoff.country not in by else "coercer"


def _since(days: list[dt.date | None], on: dt.date) -> dt.date:
    known = [day for day in days if day is not None and day <= on]
    return min(known) if known else on


def _months(first: dt.date, last: dt.date) -> list[str]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [
        f"{first.year + (first.month - 1 + k) // 12:04d}-{(first.month - 1 + k) % 12 + 1:02d}" for k in range(count + 1)
    ]


def _reached(since: dt.date | None, month: str) -> bool:
    return since is not None and f"{since:%Y-%m}" <= month
