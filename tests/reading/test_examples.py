"""What each example report must give: ruler, country, coercer, offer, refusal, counter-demand, or nothing at all."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import pytest

from offramp.reading.evidence import Modality, Reading
from offramp.reading.reader import read_reports

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(p.name for p in EXAMPLES.glob("*.*") if p.suffix in (".md", ".txt", ".html"))


@cache
def read(name: str) -> Reading:
    return read_reports([EXAMPLES / name])


def refusals(reading, country):
    return [
        e
        for e in reading.evidence.events
        if e.type == "REJECT" and e.source and e.source.country == country and e.modality is Modality.HAPPENED
    ]


def topics(reading, country=None):
    return {c.topic for c in reading.evidence.conditions if country is None or c.country == country}


def test_there_are_the_five_examples():
    assert {"venezuela-2025.md", "gambia-2017.txt", "yemen-2011.html", "football.txt", "two-standoffs.txt"} <= set(
        NAMES
    )


@pytest.mark.parametrize("name", NAMES)
def test_spans_point_at_the_text(name):
    reading = read(name)
    text = reading.reports[0].text
    evidence = reading.evidence
    for item in [*evidence.events, *evidence.conditions]:
        assert text[item.start : item.end] == item.text
    for event in evidence.events:
        assert event.start <= event.trigger[0] < event.trigger[1] <= event.end
        for actor in (event.source, event.target):
            if actor is not None and actor.span is not None:
                assert 0 <= actor.span[0] < actor.span[1] <= len(text)
    for item in [*evidence.offers, *evidence.demands, *evidence.statistics]:
        assert text[item.start : item.end].strip()
    dropped = [(d.start, d.end) for d in evidence.dropped]
    for item in [*evidence.events, *evidence.offers, *evidence.demands]:
        assert not any(a <= item.start < b for a, b in dropped)


@pytest.mark.parametrize("name", NAMES)
def test_300_to_600_words_and_a_date(name):
    words = (EXAMPLES / name).read_text(encoding="utf-8").split()
    assert 300 <= len(words) <= 600
    assert read(name).reports[0].date is not None


def test_venezuela():
    reading = read("venezuela-2025.md")
    evidence = reading.evidence
    assert reading.reports[0].date == dt.date(2025, 12, 1)
    (offer,) = evidence.offers
    assert (offer.by, offer.to, offer.safe_passage, offer.immunity) == ("USA", "VEN", True, False)
    assert offer.beneficiaries == ["ruler", "family"]
    assert offer.condition is not None
    assert "resigned at once" in offer.condition
    assert offer.date is not None
    assert (offer.date.year, offer.date.month) == (2025, 11)
    leave = [d for d in evidence.demands if d.what == "leave_office"]
    assert [(d.by, d.to, d.counter) for d in leave] == [("USA", "VEN", False)]
    counters = {d.what for d in evidence.demands if d.counter}
    assert counters == {"immunity", "control_of_army"}
    assert all(d.by == "VEN" and d.to == "USA" for d in evidence.demands if d.counter)
    refused = refusals(reading, "VEN")
    assert refused[0].source is not None
    assert refused[0].target is not None
    assert (refused[0].source.role, refused[0].target.country) == ("ruler", "USA")
    assert {"pressure", "economy_bad", "army_loyal", "private_talks", "regional", "split_opinion"} <= topics(reading)
    assert not topics(reading) & {"army_wavering", "coup_attempt", "economy_good"}
    assert {c.duration_months for c in evidence.conditions if c.topic == "pressure"} == {4.0}
    told = next(e for e in evidence.events if e.type == "REQUEST" and "leave_office" in e.terms)
    assert told.source is not None
    assert told.target is not None
    assert (told.source.country, told.source.role) == ("USA", "head_of_state")
    assert (told.target.country, told.target.role) == ("VEN", "ruler")


def test_gambia():
    reading = read("gambia-2017.txt")
    evidence = reading.evidence
    assert {(o.by, o.to, o.safe_passage, o.guarantor) for o in evidence.offers} == {
        ("NGA", "GMB", True, "NGA"),
        ("MAR", "GMB", True, "MAR"),
    }
    assert {(d.by, d.to) for d in evidence.demands if d.what == "leave_office"} == {("org:ECOWAS", "GMB")}
    assert any(d.deadline_text == "until noon on Friday" for d in evidence.demands)
    assert {d.what for d in evidence.demands if d.counter and d.by == "GMB"} == {"time", "amnesty"}
    assert refusals(reading, "GMB")
    assert "army_wavering" in topics(reading, "GMB")
    assert "army_loyal" not in topics(reading)
    assert "street_quiet" in topics(reading, "GMB")


def test_yemen():
    reading = read("yemen-2011.html")
    evidence = reading.evidence
    assert {(o.by, o.to, o.immunity) for o in evidence.offers} == {("org:GCC", "YEM", True)}
    assert any({"family", "aides"} <= set(o.beneficiaries) for o in evidence.offers)
    assert refusals(reading, "YEM")
    assert [d for d in evidence.demands if d.counter and d.by == "YEM"]
    assert "street_mobilised" in topics(reading, "YEM")
    assert "army_wavering" in topics(reading, "YEM")
    assert all("tracker" not in e.text and "champions" not in e.text for e in evidence.events)


def test_football_is_no_standoff():
    evidence = read("football.txt").evidence
    assert evidence.offers == []
    assert evidence.demands == []
    assert evidence.conditions == []
    for event in evidence.events:
        sides = [a.country for a in (event.source, event.target) if a is not None and a.country]
        assert len(set(sides)) < 2


def test_two_standoffs_stay_two():
    reading = read("two-standoffs.txt")
    leave = {(d.by, d.to) for d in reading.evidence.demands if d.what == "leave_office"}
    assert ("org:ECOWAS", "GMB") in leave
    assert any(to == "COD" for _, to in leave)
    assert {to for _, to in leave} == {"GMB", "COD"}
    assert reading.evidence.offers == []
    assert refusals(reading, "GMB")
    assert refusals(reading, "COD")
    assert {c.country for c in reading.evidence.conditions if c.topic.startswith("army")} == {"GMB"}
