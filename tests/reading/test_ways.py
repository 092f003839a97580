"""Ways of reading: the fast path keeps offsets and what bears on a standoff; reasons stand beside every event."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.reading.fast import OPENING, skim
from offramp.reading.reader import Options, read_reports

EXAMPLES = Path(__file__).parents[2] / "examples"


@given(st.text(max_size=600))
@settings(max_examples=150, deadline=None)
def test_what_is_left_stands_where_it_stood(text):
    left, looked, of = skim(text)
    assert len(left) == len(text)
    assert looked <= of
    assert all(a == b or (a == " " and not b.isspace()) for a, b in zip(left, text, strict=True))


def test_only_what_bears_on_a_standoff_is_left():
    filler = "The harvest was good this year. Prices of maize fell. " * 20
    text = f"Banjul, 19 January 2017\n\nRain fell all day. {filler}\n\nSenegal offered Jammeh asylum. {filler}"
    left, looked, of = skim(text)
    assert "Senegal offered Jammeh asylum." in left
    assert looked < OPENING + 4 < of


@pytest.mark.parametrize("name", ["venezuela-2025.md", "gambia-2017.txt"])
def test_offers_and_demands_survive_the_fast_path(name):
    path = str(EXAMPLES / name)
    whole, fast = read_reports([path]), read_reports([path], options=Options(fast=True))
    assert {(o.by, o.to, o.start) for o in fast.evidence.offers} == {
        (o.by, o.to, o.start) for o in whole.evidence.offers
    }
    lost = {(d.by, d.what) for d in whole.evidence.demands} - {(d.by, d.what) for d in fast.evidence.demands}
    assert len(lost) <= 1
    assert any("fast path" in w for w in fast.warnings)
    assert {(c.report, c.content_spans[0]) for c in fast.evidence.claims} <= {
        (c.report, span) for c in whole.evidence.claims for span in c.content_spans
    }


def test_a_fast_page_of_another_matter_gives_little():
    text = "The cook opened a second restaurant. " * 200
    fast = read_reports(["-"], stdin=io.BytesIO(text.encode()), options=Options(fast=True))
    assert fast.evidence.events == []


def test_every_event_has_its_reasons():
    text = (
        "Lagos, 3 May 2020\n\nNigeria threatened Ghana with sanctions. It refused to meet the envoys of Ghana. "
        "If Ghana pays, Nigeria will lift the embargo."
    )
    reading = read_reports(["-"], stdin=io.BytesIO(text.encode()), options=Options(explain=True))
    evidence = reading.evidence
    assert len(evidence.why) == len(evidence.events) > 1
    first = evidence.why[0]
    assert any("trigger 'threatened" in line and "verbs.csv, line" in line for line in first)
    assert any(line.startswith("source: 'Nigeria' is") and "NGA" in line for line in first)
    pronoun = next(i for i, e in enumerate(evidence.events) if e.type == "REJECT")
    assert any("'It' stands for" in line for line in evidence.why[pronoun])
    assert read_reports(["-"], stdin=io.BytesIO(text.encode())).evidence.why == []
