"""Who wants what of whom, and what counts as a counter-demand."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.demands import find_demands
from offramp.reading.events import find_events
from offramp.reading.offers import find_offers
from offramp.reading.thread import Thread

ON = dt.date(2025, 12, 1)
LEAD = "The United States ordered Maduro on Friday to leave office. "


def demands(text, on=ON):
    cast = Cast(nlp.parse(text), on)
    sentences, thread, placed = list(cast.doc.sents), Thread(), find_events(cast)
    number = {s.start: n for n, s in enumerate(sentences)}
    for item in placed:
        thread.note_event(number[item.sentence.start], item)
    offers = find_offers(cast, sentences, thread, 0)
    return find_demands(cast, sentences, placed, offers, thread, 0)


def test_a_demand_to_leave():
    (found,) = demands(LEAD)
    assert (found.by, found.to, found.what, found.counter) == ("USA", "VEN", "leave_office", False)
    assert found.date == dt.date(2025, 11, 28)
    assert LEAD[found.start : found.end] == LEAD.strip()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Maduro asked for more time.", "time"),
        ("Maduro asked for an amnesty.", "amnesty"),
        ("He insists on immunity for his sons.", "immunity"),
        ("The Venezuelan leader wants talks with Washington.", "talks"),
        ("Caracas demanded guarantees.", "guarantees"),
        ("Maduro demanded that Washington lift its sanctions.", "sanctions_relief"),
        ("Maduro seeks safe passage to Cuba.", "safe_passage"),
        ("Maduro demanded new elections in the spring.", "elections"),
        ("He wanted the army to stay under his command.", "control_of_army"),
    ],
)
def test_counter_demands(text, what):
    found = [d for d in demands(LEAD + text) if d.what != "leave_office"]
    assert [(d.by, d.what, d.counter, d.to) for d in found] == [("VEN", what, True, "USA")]


def test_what_no_term_covers_keeps_its_words():
    found = demands(LEAD + "Maduro demanded that the Pope come to Caracas.")[-1]
    assert (found.counter, found.what) == (True, "the Pope come to Caracas")


@pytest.mark.parametrize(
    "text",
    [
        "Maduro did not ask for immunity.",
        "Protesters demanded an amnesty for the prisoners.",
        "Experts say that Maduro could ask for immunity.",
        "Whether Maduro asked for immunity is not known.",
        "In 2002 Hugo Chávez asked for safe passage.",
    ],
)
def test_no_counter_demand(text):
    assert [d for d in demands(LEAD + text) if d.counter] == []


def test_nobody_is_pressed_who_is_not_asked_to_leave():
    assert [d for d in demands("Maduro asked for talks with Colombia.") if d.counter] == []


def test_a_people_that_demands_is_no_outside_power():
    (found,) = demands("Tens of thousands of Venezuelans demanded that Maduro resign.")
    assert (found.by, found.to) == ("VEN", "VEN")
