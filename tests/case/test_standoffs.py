from __future__ import annotations

import datetime as dt

from offramp.case.standing import draft_history, draft_state
from offramp.case.standoffs import find_standoffs, rivals
from offramp.reading.evidence import Actor, Condition, Demand, Event, Evidence, Grade, Modality, Offer

DAY = dt.date(2017, 1, 18)


def event(kind, source, target, **more):
    def actor(code):
        return Actor(name=code, country=code, role="government") if code else None

    fields = {"mode": None, "trigger": (0, 1), "date": None, "text": "…", "report": 0, "start": 0, "end": 1}
    return Event(type=kind, source=actor(source), target=actor(target), confidence=0.8, **(fields | more))


def offer(by="org:ECOWAS", to="GMB", **more):
    fields = {"safe_passage": True, "immunity": False, "beneficiaries": ["ruler"], "condition": None, "deadline": None}
    return Offer(by=by, to=to, report=0, start=0, end=1, **(fields | more))


def demand(by, to, what="leave_office", counter=False, **more):
    return Demand(by=by, to=to, what=what, counter=counter, report=0, start=0, end=1, **more)


def test_pressure_alone_is_no_standoff():
    evidence = Evidence(events=[event("SANCTION", "USA", "CUB"), event("THREATEN", "USA", "CUB")])
    assert find_standoffs(evidence) == []


def test_a_demand_from_inside_is_no_standoff():
    assert find_standoffs(Evidence(demands=[demand("GMB", "GMB")])) == []


def test_what_is_hypothetical_denied_or_past_does_not_count():
    terms = {"terms": ["leave_office"]}
    rows = [
        event("REQUEST", "USA", "VEN", modality=Modality.HYPOTHETICAL, **terms),
        event("REQUEST", "USA", "VEN", modality=Modality.HISTORICAL, **terms),
        event("REQUEST", "USA", "VEN", negated=True, **terms),
    ]
    assert find_standoffs(Evidence(events=rows)) == []
    assert [s.country for s in find_standoffs(Evidence(events=[event("REQUEST", "USA", "VEN", **terms)]))] == ["VEN"]


def test_two_rulers_are_two_standoffs_and_a_mention_is_none():
    gambia = [demand("org:ECOWAS", "GMB"), demand("GMB", None, "amnesty", counter=True)]
    two = find_standoffs(Evidence(demands=[*gambia, demand("org:EU", "COD")], offers=[offer()]))
    assert [(s.country, s.coercer) for s in two] == [("GMB", "org:ECOWAS"), ("COD", "org:EU")]
    assert len(rivals(two)) == 1  # the second has 3 of 8: the region, not a rival
    equal = find_standoffs(Evidence(demands=[*gambia, demand("org:EU", "COD"), demand("USA", "COD")], offers=[offer()]))
    assert len(rivals(equal)) == 2


def test_the_coercer_is_who_asked_most():
    rows = [demand("USA", "VEN"), demand("USA", "VEN"), demand("COL", "VEN")]
    assert find_standoffs(Evidence(demands=rows))[0].coercer == "USA"


def test_state_and_months_follow_from_the_evidence():
    evidence = Evidence(
        demands=[
            demand("org:ECOWAS", "GMB", date=dt.date(2016, 12, 14)),
            demand("GMB", "org:ECOWAS", "amnesty", counter=True, date=dt.date(2017, 1, 17)),
        ],
        offers=[offer(by="MAR", immunity=True, date=dt.date(2017, 1, 10))],
        events=[event("REJECT", "GMB", "org:ECOWAS", date=dt.date(2016, 12, 20))],
        conditions=[Condition(topic="pressure", text="…", report=0, start=0, end=1, grade=Grade.B, duration_months=2)],
    )
    standoff = next(s for s in find_standoffs(evidence) if s.country == "GMB")
    state = draft_state(evidence, standoff, DAY)
    assert state.pressure == "ultimatum"
    assert state.offer == "safe_passage_immunity"
    assert state.counter_demand == "standing"
    assert state.ultimatum_since == dt.date(2016, 12, 14)
    assert state.offer_since == dt.date(2017, 1, 10)
    assert state.pressure_since == dt.date(2016, 11, 19)
    months = draft_history(evidence, standoff, state, DAY)
    assert [(m.month, m.pressure, m.offer, m.reply) for m in months] == [
        ("2016-12", "ultimatum", "none", "held"),
        ("2017-01", "ultimatum", "safe_passage_immunity", "countered"),
    ]


def test_a_month_that_has_hardly_begun_does_not_count():
    evidence = Evidence(demands=[demand("USA", "VEN", date=dt.date(2025, 11, 21)), demand("VEN", "USA", counter=True)])
    standoff = find_standoffs(evidence)[0]
    day = dt.date(2025, 12, 1)
    months = draft_history(evidence, standoff, draft_state(evidence, standoff, day), day)
    assert [(m.month, m.reply) for m in months] == [("2025-11", "countered")]


def test_no_date_after_the_case_enters_it():
    late = Evidence(demands=[demand("USA", "VEN", date=dt.date(2030, 1, 1))])
    standoff = find_standoffs(late)[0]
    assert draft_state(late, standoff, DAY).ultimatum_since == DAY
