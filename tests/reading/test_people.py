"""Numbers of people in events: sentences of our own, bounds against what the qualifiers mean, and shown everywhere."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.cli.read_page import render
from offramp.cli.read_rows import tables
from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.events import find_events
from offramp.reading.numbers import find_numbers
from offramp.reading.reader import Options, read_reports


def counts(text):
    return [
        (p.event.type, [(c.what, c.value, c.unit) for c in p.event.people])
        for p in find_events(Cast(nlp.parse(text), None))
    ]


@pytest.mark.parametrize(
    ("text", "type_", "people"),
    [
        ("Police in Caracas arrested at least 40 protesters on Monday.", "COERCE", [("detained", 40, "protesters")]),
        ("Thousands of Venezuelans marched in Caracas against the government.", "PROTEST",
         [("took_part", 2000, "Venezuelans")]),
        ("Russia sent 2,000 soldiers to Kazakhstan.", "MOBILIZE", [("deployed", 2000, "soldiers")]),
        ("The Sudanese army attacked the town, leaving two dead and 15 injured.", "ASSAULT",
         [("killed", 2, "people"), ("wounded", 15, "people")]),
        ("French forces freed 12 hostages in Mali.", "RETREAT", [("released", 12, "hostages")]),
        ("Twenty rebels attacked the army base in Chad.", "ASSAULT", [("took_part", 20, "rebels")]),
        ("Taliban gunmen killed two soldiers and one policeman in Kandahar.", "ASSAULT",
         [("killed", 2, "soldiers"), ("killed", 1, "policeman")]),
        ("Twelve guards were killed by 30 rebels in Mali.", "ASSAULT",
         [("killed", 12, "guards"), ("took_part", 30, "rebels")]),
        ("Egyptian police shot dead six protesters.", "ASSAULT", [("killed", 6, "protesters")]),
    ],
)  # fmt: skip
def test_how_many_and_what_became_of_them(text, type_, people):
    assert (type_, people) in counts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Israel bombed Gaza 12 times.",
        "Turkey deployed 300 tanks on the border with Syria.",
        "Russia cut gas to Ukraine by 40 percent.",
        "Turkey attacked 12 villages in Syria in 2019.",
        "Iran gave Iraq three weeks to withdraw its troops.",
        "China lent Kenya $40 million.",
    ],
)
def test_things_times_shares_and_money_are_no_people(text):
    assert all(people == [] for _, people in counts(text))


def test_each_act_has_its_own_number():
    found = counts("Syrian troops opened fire on the crowd in Homs, killing 12 people and wounding more than 30.")
    assert [people for _, people in found if people] == [[("killed", 12, "people")], [("wounded", 30, "people")]]


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [("40", 40, 40), ("exactly 40", 40, 40), ("at least 40", 40, None), ("more than 40", 40, None),
     ("up to 40", None, 40), ("nearly 40", None, 40), ("about 40", None, None), ("between 40 and 50", 40, 50),
     ("40 to 50", 40, 50), ("hundreds of", 200, None)],
)  # fmt: skip
def test_bounds_are_what_the_words_allow(words, low, high):
    number = find_numbers(f"killed {words} people")[0]
    assert (number.low, number.high) == (low, high)


@given(st.sampled_from(["", "at least ", "up to ", "about ", "over "]), st.integers(3, 10**6), st.integers(1, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_figure_lies_between_its_bounds(qualifier, first, more):
    for number in find_numbers(f"killed {qualifier}{first:,} people and {first}-{first + more} others", small=True):
        assert number.low is None or number.low <= number.value
        assert number.high is None or number.value <= number.high


def test_shown_in_json_tables_page_and_reasons():
    text = b"Police in Caracas arrested at least 40 protesters on Monday."
    reading = read_reports(["-"], stdin=io.BytesIO(text), options=Options(explain=True))
    event = reading.evidence.events[0]
    span = event.people[0].span
    assert reading.reports[0].text[span[0] : span[1]] == "40"
    assert event.model_dump(mode="json")["people"][0]["low"] == 40
    shown = next(t for t in tables(reading, 0) if t.title == "Events")
    assert dict(zip(shown.columns, shown.rows[0], strict=True))["people"] == "detained at least 40 protesters"
    assert "detained at least 40 protesters" in render(reading)
    assert any("40 protesters detained" in line and "at most not said" in line for line in reading.evidence.why[0])
