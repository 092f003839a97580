"""Statements about the country: the army, the street, the economy, pressure, the region."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.conditions import find_conditions, grade_at
from offramp.reading.events import find_events
from offramp.reading.evidence import Claim, Condition, Grade, SpeakerKind
from offramp.reading.lexicon import table

PLACE = "NAIROBI, 1 December 2025 — Kenya's president, William Ruto, spoke in Kenya. "


def conditions(text, on=dt.date(2025, 12, 1), claims=()):
    cast = Cast(nlp.parse(text), on)
    return find_conditions(cast, find_events(cast), list(claims), 0)


SENTENCES = [
    ("The Kenyan army remains loyal to Ruto.", {"army_loyal"}),
    ("The armed forces still obey him.", {"army_loyal"}),
    ("The army is no longer loyal to the president.", {"army_wavering"}),
    ("Several officers of the army defected on Sunday.", {"army_wavering"}),
    ("The soldiers refused to shoot.", {"army_wavering"}),
    ("The generals pledged their loyalty to the president.", {"army_loyal"}),
    ("Tens of thousands of Kenyans marched against the government.", {"street_mobilised"}),
    ("The streets of the capital were quiet.", {"street_quiet"}),
    ("Protests have died down.", {"street_quiet"}),
    ("Inflation and shortages of fuel plague the country.", {"economy_bad"}),
    ("The economy is growing again after years of trouble.", {"economy_good"}),
    ("The pressure campaign has lasted six weeks.", {"pressure"}),
    ("Opinion in the country is divided between hope and fear.", {"split_opinion"}),
    ("He consulted his security team behind closed doors.", {"private_talks"}),
    ("A coup attempt failed in the night.", {"coup_attempt"}),
    ("History says that rulers fall when the army leaves them.", set()),
    ("If the army defected, the president would fall.", set()),
    ("The army might turn against him.", set()),
    ("In 1982 the army defected to the rebels.", set()),
    ("The weather was fine and the market was open.", set()),
]


@pytest.mark.parametrize(("text", "topics"), SENTENCES, ids=lambda v: str(v)[:45])
def test_topics(text, topics):
    found = [c for c in conditions(PLACE + text) if c.start >= len(PLACE) - 1]
    assert {c.topic for c in found} == topics
    assert all(c.country in ("KEN", None) for c in found)


def test_pressure_has_a_length():
    assert conditions(PLACE + "The pressure campaign has lasted four months.")[0].duration_months == 4.0
    assert conditions(PLACE + "After a six-week siege the city fell.")[0].duration_months == pytest.approx(1.38)


def test_the_region_is_somebody_else():
    text = PLACE + "Uganda's president fled in October and others may follow."
    assert [(c.topic, c.country) for c in conditions(text)] == [("regional", "UGA")]


def test_spans_point_at_the_text():
    text = PLACE + "The army remains loyal.\n\nFood is scarce in Kenya."
    for found in conditions(text):
        assert text[found.start : found.end] == found.text


def test_a_statement_has_the_grade_of_the_claim_it_stands_in():
    text = PLACE + "The army remains loyal, General Ogolla said."
    start = len(PLACE)
    claim = Claim(
        speaker="General Ogolla", speaker_kind=SpeakerKind.NAMED_PERSON, affiliation=None, source_spans=[],
        cue_spans=[], content_spans=[(start, start + 22)], content="", grade=Grade.C, report=0,
    )  # fmt: skip
    assert conditions(text, claims=[claim])[0].grade is Grade.C
    assert conditions(text)[0].grade is Grade.E
    assert grade_at([claim], 1, start + 3) is Grade.E


def test_the_table_holds_the_closed_list_of_topics():
    assert {row["topic"] for _, row in table("conditions.csv")} == set(
        get_args(Condition.model_fields["topic"].annotation)
    )
    assert {row["opposite"] for _, row in table("conditions.csv")} - {""} <= {
        r["topic"] for _, r in table("conditions.csv")
    }
