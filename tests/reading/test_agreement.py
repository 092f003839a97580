"""Several reports: told alike, contradicted, and copies that count once."""

from __future__ import annotations

import io

import pytest

from offramp.reading.agreement import find_agreement
from offramp.reading.evidence import Actor, Event, Evidence, Statistic
from offramp.reading.reader import read_reports

FRANCE, MALI = ("Paris", "FRA", "government"), ("Bamako", "MLI", "government")


def event(report, kind="THREATEN", source=FRANCE, target=MALI, **more):
    sides = {
        name: Actor(name=side[0], country=side[1], role=side[2]) if side else None
        for name, side in (("source", source), ("target", target))
    }
    more = {"date": None, "text": "…", "start": 0, "end": 1, "confidence": 0.9, "trigger": (0, 1), **more}
    return Event(type=kind, report=report, **sides, **more)


def figure(report, value, about="people killed in the protests", **more):
    more = {"unit": "count", "qualifier": None, "year": None, "topic": "casualties", **more}
    return Statistic(value=value, about=about, stated_source=None, source_span=None, checkable=False, report=report,
                     start=0, end=1, **more)  # fmt: skip


def found(events=(), statistics=()):
    evidence = Evidence(events=list(events), statistics=list(statistics))
    return [(a.kind, a.item, a.items, a.reports) for a in find_agreement(evidence)]


def test_two_tellings_agree():
    assert found([event(0), event(1), event(1)]) == [("agreement", "event", [0, 1, 2], [0, 1])]


@pytest.mark.parametrize(
    "other",
    [
        {"report": 0},
        {"report": 1, "target": ("Rabat", "MAR", "government")},
        {"report": 1, "source": ("crowds", "FRA", "public")},
        {"report": 1, "kind": "AID"},
        {"report": 1, "modality": "hypothetical"},
        {"report": 1, "target": None},
    ],
)
def test_what_does_not_meet_does_not_agree(other):
    assert found([event(0), event(**other)]) == []


def test_days_far_apart_do_not_meet():
    days = [event(0, date="2020-01-01"), event(1, date="2020-01-04"), event(2, date="2020-01-05")]
    assert found(days) == [("agreement", "event", [0, 1], [0, 1])]


def test_told_and_denied():
    assert found([event(0), event(1, negated=True)]) == [("contradiction", "event", [0, 1], [0, 1])]
    assert found([event(0), event(1, modality="denied")]) == [("contradiction", "event", [0, 1], [0, 1])]


def test_figures_that_contradict_stand_even_in_one_report():
    assert found(statistics=[figure(0, 40), figure(0, 90)]) == [("contradiction", "statistic", [0, 1], [0])]
    assert found(statistics=[figure(0, 40), figure(1, 41)]) == [("agreement", "statistic", [0, 1], [0, 1])]


@pytest.mark.parametrize(
    "more",
    [{"qualifier": "at least"}, {"year": 1999}, {"unit": "percent"}, {"topic": "detention"}, {"about": "oil exports"}],
)
def test_figures_of_different_things_do_not_meet(more):
    first = figure(0, 40, year=2001)
    assert found(statistics=[first, figure(1, 90, **more)]) == []


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ({"value": 100, "qualifier": "at least", "low": 100}, {"value": 40}, ["contradiction"]),
        ({"value": 100, "qualifier": "at least", "low": 100}, {"value": 400}, []),
        ({"value": 100, "qualifier": "at least", "low": 100}, {"value": 30, "qualifier": "up to", "high": 30},
         ["contradiction"]),
        ({"value": 45, "low": 40, "high": 50}, {"value": 48}, ["agreement"]),
        ({"value": 45, "low": 40, "high": 50}, {"value": 90}, ["contradiction"]),
        ({"value": 40, "population": "Venezuelans"}, {"value": 90, "population": "Colombians"}, []),
        ({"value": 40, "population": "registered voters"}, {"value": 90, "population": "voters"}, ["contradiction"]),
        ({"value": 40, "first_day": "2020-01-01", "last_day": "2020-01-31"},
         {"value": 90, "first_day": "2020-03-01", "last_day": "2020-03-31"}, []),
    ],
)  # fmt: skip
def test_figures_contradict_where_their_words_cannot_both_hold(first, second, kinds):
    for one, other in ((first, second), (second, first)):
        assert [kind for kind, *_ in found(statistics=[figure(0, **one), figure(1, **other)])] == kinds


def test_tolls_of_one_act_that_cannot_both_hold():
    def toll(value, **more):
        bounds = {"low": value, "high": value, "qualifier": None, **more}
        return [{"what": "killed", "value": value, "unit": "people", "span": (0, 1), **bounds}]

    def kinds(*events):
        return [kind for kind, *_ in found(events)]

    raid = {"kind": "ASSAULT"}
    assert kinds(event(0, people=toll(12), **raid), event(1, people=toll(40), **raid)) == ["agreement", "contradiction"]
    assert kinds(event(0, people=toll(12), **raid), event(1, people=toll(12), **raid)) == ["agreement"]
    assert kinds(event(0, people=toll(12), **raid), event(0, people=toll(40), **raid)) == []
    floor = toll(10, high=None, qualifier="at least")
    assert kinds(event(0, people=floor, **raid), event(1, people=toll(40), **raid)) == ["agreement"]


def test_contradicting_numbers_are_found_and_shown(tmp_path):
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("3 May 2020\n\nPolice killed 12 protesters in Togo, the ministry of Togo said on Friday.", "utf-8")
    b.write_text("3 May 2020\n\nA doctor counted the dead: police killed 60 protesters in Togo, she told us.", "utf-8")
    reading = read_reports([a, b])
    assert any(one.kind == "contradiction" and "12 or 60" in one.what for one in reading.agreement)
    assert any("contradict each other" in line and "12 or 60" in line for line in reading.warnings)


def test_reports_are_told_and_shown(tmp_path):
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"
    a.write_text("Lagos, 3 May 2020\n\nNigeria threatened Ghana with sanctions on Friday, its ministry said.", "utf-8")
    b.write_text("Accra, 4 May 2020\n\nNigeria has threatened Ghana with a trade embargo, diplomats told us.", "utf-8")
    reading = read_reports([a, b])
    (agreed,) = [one for one in reading.agreement if one.kind == "agreement"]
    assert agreed.reports == [0, 1]
    assert {reading.evidence.events[i].type for i in agreed.items} == {"THREATEN"}


def test_one_report_agrees_with_nobody():
    reading = read_reports(["-"], stdin=io.BytesIO(b"Nigeria threatened Ghana. Nigeria threatened Ghana."))
    assert reading.agreement == []
