"""Corroboration held to its rules: copies change nothing, independent tellings never widen, contradictions weaken."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.case.corroboration import CEILING, SHARED, raised, tellings
from offramp.case.elicit import elicit
from offramp.case.elicit_table import CUES, INFORMS
from offramp.case.models import ASSESSMENTS
from offramp.reading.evidence import Actor, Condition, Event, Evidence, Grade, Offer, Statistic
from offramp.reading.reader import read_reports

RHO = st.floats(0, CEILING)


def condition(topic, report, grade=Grade.C, text=None, **more):
    words = text if text is not None else f"{topic} in the words of report {report}"
    place = {"start": 10, "end": 30, "country": "VEN", **more}
    return Condition(topic=topic, text=words, report=report, grade=grade, **place)


def protest(report, **more):
    sides = {"source": Actor(name="crowds", country="VEN", role="public"),
             "target": Actor(name="government", country="VEN", role="government")}  # fmt: skip
    place = {"trigger": (0, 5), "start": 0, "end": 20, "date": None, "confidence": 0.8, "text": f"protest {report}"}
    return Event(type="PROTEST", report=report, **(sides | place | more))


def numbers(evidence):
    found = elicit(evidence, country="VEN")
    return {name: (a.low, a.central, a.high) for name in ASSESSMENTS for a in [getattr(found, name)]}


def width(evidence, name):
    """Of the 90 % interval, in log-odds."""
    low, _, high = numbers(evidence)[name]
    return math.log(high / (1 - high)) - math.log(low / (1 - low))


@given(RHO, st.lists(RHO, max_size=4), RHO, RHO)
@settings(max_examples=100, deadline=None)
def test_the_raised_probability_keeps_its_rules(rho, further, one_more, against):
    found = raised(rho, further, against)
    assert 0 <= found <= CEILING
    assert raised(rho, further) >= rho
    assert raised(rho, [*further, one_more], against) >= found
    assert raised(rho, further, against) <= raised(rho, further)
    assert raised(rho, further[::-1], against) == pytest.approx(found)


def test_the_formula_by_hand():
    assert raised(0.65, [0.4]) == pytest.approx(1 - 0.35 * (1 - SHARED * 0.4))
    assert raised(0.95, [0.95, 0.95]) == CEILING
    assert raised(0.65, [], 0.4) == pytest.approx(0.65 * 0.8)


TOPICS = st.sampled_from(["army_wavering", "army_loyal", "split_opinion", "private_talks", "economy_bad"])


@given(TOPICS, st.lists(st.sampled_from(list(Grade)), min_size=1, max_size=4), st.sampled_from(list(Grade)),
       st.sampled_from([None, 5, 30, 95]))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_one_more_independent_report_never_widens(topic, grades, grade, poll):
    told = [condition(topic, n, g) for n, g in enumerate(grades)]
    polls = [] if poll is None else [
        Statistic(value=poll, unit="percent", qualifier=None, about="approve", stated_source="Gallup", source_span=None,
                  year=2025, checkable=True, report=0, start=1, end=2, grade=Grade.B, topic="support")
    ]  # fmt: skip
    before = Evidence(conditions=told, statistics=polls)
    after = Evidence(conditions=[*told, condition(topic, len(told), grade)], statistics=polls)
    for name in ASSESSMENTS:
        assert width(after, name) <= width(before, name) + 2e-4  # shares are rounded to six places


def test_a_fact_told_twice_is_one_fact_that_counts_for_more():
    cue = CUES["army_wavering"]

    def shift(*conditions):
        before, after = numbers(Evidence())["army_loyalty"][1], numbers(Evidence(conditions=list(conditions)))
        odds = after["army_loyalty"][1] / (1 - after["army_loyalty"][1])
        return odds / (before / (1 - before))

    first, second = condition("army_wavering", 0, Grade.C), condition("army_wavering", 1, Grade.D)
    rho = raised(INFORMS[Grade.C], [INFORMS[Grade.D]])
    assert shift(first, second) == pytest.approx(rho * cue.ratio + 1 - rho, rel=1e-4)
    assert shift(first, second) < shift(first)
    assert shift(first, second) > shift(first) * shift(second)  # but is not two facts


@pytest.mark.parametrize("topic", ["army_wavering", "split_opinion"])
def test_a_copy_changes_nothing(topic):
    original = condition(topic, 0, text="The officers were heard to waver.")
    copy = condition(topic, 1, text="The officers were heard to waver.")
    assert numbers(Evidence(conditions=[original, copy])) == numbers(Evidence(conditions=[original]))


def test_protests_and_offers_told_alike_are_one_each():
    one, two = numbers(Evidence(events=[protest(0)])), numbers(Evidence(events=[protest(0), protest(1)]))
    apart = numbers(Evidence(events=[protest(0, date="2025-01-01"), protest(1, date="2025-03-01")]))
    assert one["street"][1] < two["street"][1] < apart["street"][1]

    def offer(report):
        return Offer(by="USA", to="VEN", safe_passage=True, immunity=False, beneficiaries=["ruler", "family"],
                     condition=None, deadline=None, report=report, start=report, end=30)  # fmt: skip

    told = tellings(Evidence(offers=[offer(0), offer(1)]))
    assert told.same["offers[0]"] == told.same["offers[1]"]
    two = numbers(Evidence(offers=[offer(0), offer(1)]))["guarantee"]
    assert two[1] >= numbers(Evidence(offers=[offer(0)]))["guarantee"][1]


def test_a_contradiction_weakens_and_widens():
    loyal, wavering = condition("army_loyal", 0), condition("army_wavering", 1)
    both = Evidence(conditions=[loyal, wavering])
    assert tellings(both).against == {"conditions[0]": {"conditions[1]"}, "conditions[1]": {"conditions[0]"}}
    assert width(both, "army_loyalty") > width(Evidence(conditions=[wavering]), "army_loyalty")
    assert "contradicted elsewhere" in elicit(both, country="VEN").army_loyalty.reason
    one_report = Evidence(conditions=[loyal, condition("army_wavering", 0)])
    assert tellings(one_report).against == {}
    denied = Evidence(events=[protest(0), protest(1, negated=True)])
    assert numbers(denied)["street"][1] < numbers(Evidence(events=[protest(0)]))["street"][1]


def test_polls_that_contradict_widen():
    def poll(value, report):
        return Statistic(value=value, unit="percent", qualifier=None, about="approve of him", topic="support",
                         stated_source=f"Institute {report}", source_span=None, year=2025, checkable=True,
                         report=report, start=1, end=2, grade=Grade.B)  # fmt: skip

    alike, apart = Evidence(statistics=[poll(30, 0), poll(31, 1)]), Evidence(statistics=[poll(30, 0), poll(55, 1)])
    single = Evidence(statistics=[poll(30, 0)])
    assert width(alike, "public_support") < width(single, "public_support") < width(apart, "public_support")


def test_from_reports_to_the_case(tmp_path):
    """Two tellings move the street farther than one; the same agency's text under another name moves nothing."""
    paths = [tmp_path / f"{n}.txt" for n in range(3)]
    filler = "The avenue was closed to cars until the evening, and shops along it kept their shutters down all day."
    told = "Thousands of Venezuelans protested against the Venezuelan government on Saturday."
    first = f"Caracas, 3 May 2025\n\n{told} {filler}"
    paths[0].write_text(first, "utf-8")
    paths[1].write_text(first + " (Agency)", "utf-8")
    paths[2].write_text(
        "Bogota, 3 May 2025\n\nCrowds of Venezuelans marched against the government of Venezuela, neighbours said.",
        "utf-8",
    )
    one, copied = (read_reports(paths[:n]).evidence for n in (1, 2))
    assert numbers(copied) == numbers(one)
    told = read_reports([paths[0], paths[2]])
    assert any(a.kind == "agreement" for a in told.agreement)
    assert numbers(told.evidence)["street"][1] > numbers(one)["street"][1]
    assert "1 more independent report" in elicit(told.evidence, country="VEN").street.reason


def test_what_reports_say_alike_is_read_from_standard_input():
    reading = read_reports(["-"], stdin=io.BytesIO(b"Nigeria threatened Ghana with sanctions."))
    assert tellings(reading.evidence).same == {}
