"""The catalogue: against the shared spells, against our own tables, and against arithmetic done by hand."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from offramp.catalogue.standoffs import (
    AS_OF,
    FOLLOWED_YEARS,
    WEIGHTS,
    Features,
    Standoff,
    counts,
    features_of,
    load,
    negotiated_given_mode,
    select,
    settled,
    similar,
)
from offramp.codes.exits import OUTCOMES, ExitMode
from offramp.codes.organisations import organisation_by_id
from offramp.codes.rulers import ruler_of
from offramp.codes.states import state_by_gw, state_by_iso3
from offramp.errors import InputError

ROWS = load()
DOCS = Path(__file__).resolve().parents[2] / "docs/catalogue.md"


def row(**change: object) -> Standoff:
    """A row made up for the arithmetic."""
    plain: dict[str, object] = {
        "id": "xxx-nobody-2000",
        "ruler": "Nobody",
        "country": "VEN",
        "gw": 101,
        "coercers": ("USA",),
        "in_office_since": dt.date(1990, 1, 1),
        "demand_date": dt.date(2000, 1, 1),
        "explicit_ultimatum": True,
        "offer": "safe_passage",
        "offer_date": dt.date(2000, 2, 1),
        "offered_by": ("USA",),
        "guarantor": "coercer",
        "reply": "refused",
        "counter_demand": None,
        "army": "loyal",
        "street": "quiet",
        "regime": "personal",
        "archigos_mode": "rebels",
        "exit_date": dt.date(2000, 12, 1),
        "negotiated": "no",
        "fate": "exile",
        "host": "FRA",
        "summary": "",
        "source": "",
        "sure": "high",
    }
    return Standoff.model_validate(plain | change)


def test_there_are_enough_rows_and_every_one_is_sourced() -> None:
    assert len(ROWS) >= 62
    for r in ROWS:
        assert len(r.source) > 10
        assert 40 < len(r.summary) < 260, r.id
        assert r.summary.endswith(".")
        assert re.search(r"\d{4}", r.source), r.id


def test_rows_fall_in_the_population_of_the_rule() -> None:
    for r in ROWS:
        assert dt.date(1979, 1, 1) <= r.demand_date <= dt.date(2024, 11, 30)
        assert r.explicit_ultimatum or r.offer != "none" or r.reply != "accepted" or r.negotiated == "disputed"
        assert r.id == f"{r.country.lower()}-{r.id.split('-')[1]}-{r.demand_date.year}"
        if r.offer_date is not None:
            assert abs((r.offer_date - r.demand_date).days) <= 366, r.id


def test_windows_of_one_ruler_do_not_overlap() -> None:
    for a in ROWS:
        for b in ROWS:
            if a.ruler == b.ruler and a.demand_date < b.demand_date:
                assert (b.demand_date - a.demand_date).days >= 365, (a.id, b.id)


def test_codes_and_rulers_are_those_of_our_tables() -> None:
    for r in ROWS:
        state = state_by_iso3(r.country, r.demand_date)
        assert state.gw == r.gw
        assert state_by_gw(r.gw, r.demand_date).iso3 == r.country
        for actor in (*r.coercers, *r.offered_by):
            if ":" in actor:
                assert organisation_by_id(actor).id == actor
            else:
                state_by_iso3(actor, r.demand_date)
        if r.host:
            state_by_iso3(r.host, r.exit_date)
        known = ruler_of(r.country, r.demand_date)
        assert known is not None, r.id
        assert known.name == r.ruler
        assert abs((known.in_office_since - r.in_office_since).days) <= 1 or known.note, r.id
        if r.exit_date is not None and r.exit_date < dt.date(2025, 1, 1):
            assert known.until is not None
            assert abs((known.until - r.exit_date).days) <= 3, r.id


def test_exits_before_2010_agree_with_the_shared_spells(shared: Path) -> None:
    """Date within 31 days and the same recorded mode; what differs must be explained in the docs."""
    with (shared / "data/history/spells.csv").open(encoding="utf-8") as file:
        spells = [s for s in csv.DictReader(file) if s["exit_cat"] != "in_office"]
    explained = _section("Disagreements with the leader data")
    compared = 0
    for r in ROWS:
        if r.exit_date is None or r.exit_date >= dt.date(2010, 1, 1):
            continue
        ends = [s for s in spells if s["iso3"] == r.country and dt.date.fromisoformat(s["start"]) <= r.demand_date]
        spell = min(ends, key=lambda s: abs((dt.date.fromisoformat(s["end"]) - r.exit_date).days))
        agrees = (
            abs((dt.date.fromisoformat(spell["end"]) - r.exit_date).days) <= 31 and spell["exit_cat"] == r.archigos_mode
        )
        if not agrees:
            assert f"`{r.id}`" in explained, (r.id, spell["leader"], spell["end"], spell["exit_cat"])
        compared += 1
    assert compared >= 31


def test_fates_before_2010_agree_or_are_explained(shared: Path) -> None:
    with (shared / "data/history/spells.csv").open(encoding="utf-8") as file:
        spells = list(csv.DictReader(file))
    explained = _section("Disagreements with the leader data")
    for r in ROWS:
        if r.exit_date is None or r.exit_date >= dt.date(2009, 1, 1):
            continue
        spell = min(
            (s for s in spells if s["iso3"] == r.country),
            key=lambda s: abs((dt.date.fromisoformat(s["end"]) - r.exit_date).days),
        )
        if spell["fate"] != r.fate:
            assert f"`{r.id}`" in explained, (r.id, spell["leader"], spell["fate"], r.fate)


def test_modes_that_hide_a_negotiated_exit_are_those_the_specification_names() -> None:
    """EXITGAME section 6: Cedras foreign, Taylor regular, Duvalier coup, Marcos uprising, Aristide rebels."""
    known = {r.id: (r.archigos_mode, r.negotiated) for r in ROWS}
    assert known["hti-cedras-1994"] == ("foreign", "yes")
    assert known["lbr-taylor-2003"] == ("regular", "yes")
    assert known["hti-duvalier-1986"] == ("coup", "yes")
    assert known["phl-marcos-1986"] == ("uprising", "yes")
    assert known["hti-aristide-2004"] == ("rebels", "disputed")


def test_outcome_by_hand() -> None:
    gone = row()
    assert gone.months_to_exit == pytest.approx(335 / 30.4375)
    assert gone.tenure_years == pytest.approx(10.0, abs=0.01)
    assert gone.outcome(12) == {ExitMode.REBELS: 1.0}
    assert gone.outcome(6) == {ExitMode.IN_OFFICE: 1.0}
    assert gone.outcome(6, dt.date(2000, 7, 1)) == {ExitMode.REBELS: 1.0}
    assert row(negotiated="disputed").outcome(12) == {ExitMode.NEGOTIATED: 0.5, ExitMode.REBELS: 0.5}
    assert row(negotiated="yes").outcome_12m == {ExitMode.NEGOTIATED: 1.0}


def test_windows_not_seen_to_their_end_are_censored() -> None:
    stayed: dict[str, object] = {"archigos_mode": "in_office", "exit_date": None, "fate": "in_office", "host": None}
    late = row(**stayed, demand_date=dt.date(2024, 12, 31), offer_date=dt.date(2025, 1, 31))
    assert late.outcome(11) == {ExitMode.IN_OFFICE: 1.0}
    assert late.outcome(12) is None  # runs past AS_OF
    found = counts([late])
    assert (found["n"], found["censored"]) == (0, 1)
    early = row(**stayed)
    assert early.outcome(12 * FOLLOWED_YEARS - 1) == {ExitMode.IN_OFFICE: 1.0}
    assert early.outcome(12 * FOLLOWED_YEARS + 1) is None
    assert dt.date(2025, 12, 1) == AS_OF


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"offer": "none"}, "offer needs offer_date and offered_by"),
        ({"offered_by": ()}, "offer needs offer_date and offered_by"),
        ({"archigos_mode": "in_office"}, "archigos_mode in_office needs no exit_date"),
        ({"fate": "in_office"}, "archigos_mode in_office needs no exit_date"),
        ({"exit_date": dt.date(1999, 1, 1)}, "exit_date must not lie before demand_date"),
        ({"offer_date": dt.date(2001, 1, 1)}, "offer_date must not lie after exit_date"),
        ({"in_office_since": dt.date(2000, 1, 2)}, "in_office_since must not lie after demand_date"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_impossible_rows_are_refused(change: dict[str, object], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        row(**change)


def test_counts_by_hand() -> None:
    rows = [
        row(id="aaa-one-2000", negotiated="yes"),
        row(id="aaa-two-2000", negotiated="disputed", archigos_mode="foreign"),
        row(id="aaa-three-2000", archigos_mode="coup"),
        row(id="aaa-four-2000", exit_date=dt.date(2001, 3, 1)),  # 13 months after the offer
        row(id="aaa-five-2000", explicit_ultimatum=False),
        row(id="aaa-six-2000", offer="none", offer_date=None, offered_by=()),
    ]
    found = counts(rows)
    assert (found["negotiated"], found["foreign"], found["others"], found["in_office"]) == (1.5, 0.5, 1.0, 1.0)
    assert found["n"] == 4
    assert counts(rows, leave_out="aaa-one-2000")["negotiated"] == 0.5
    assert counts(rows, months=14)["in_office"] == 0.0
    assert counts(rows, months=14)["others"] == 2.0


def test_beta_of_counts() -> None:
    found = counts([row(id="aaa-one-2000", negotiated="yes"), row(id="aaa-two-2000", negotiated="disputed")])
    assert found.negotiated_beta == (2.0, 1.0)  # 1.5 of 2, and Jeffreys's half on each side
    assert found.foreign_beta == (0.5, 2.5)
    assert found.beta("others", prior=(5, 18)) == (5.5, 19.5)
    assert found.rows == found["n"] == 2


@given(st.sampled_from([1, 3, 6, 12, 24, 36]), st.sampled_from([None, *(r.id for r in ROWS)]))
def test_counts_are_a_partition(months: int, leave_out: str | None) -> None:
    found = counts(months=months, leave_out=leave_out)
    assert found["negotiated"] + found["foreign"] + found["others"] + found["in_office"] == pytest.approx(found["n"])
    assert len(found["ids"]) == found["n"]
    assert leave_out not in found["ids"]
    in_population = len(select(ultimatum=True, offer=True, leave_out=leave_out))
    assert found["n"] + found["censored"] == in_population


def test_counts_grow_with_the_window() -> None:
    seen = [counts(months=m) for m in (1, 3, 6, 12)]
    assert all(
        a["negotiated"] <= b["negotiated"] and a["in_office"] >= b["in_office"] for a, b in itertools.pairwise(seen)
    )
    assert seen[-1]["n"] >= 15


def test_negotiated_given_mode_counts_an_exit_once() -> None:
    shares = negotiated_given_mode()
    exits = {(r.country, r.exit_date) for r in ROWS if r.exit_date}
    assert sum(share.n for share in shares.values()) == len(exits)
    assert len(exits) < sum(
        r.exit_date is not None for r in ROWS
    )  # Noriega, Cédras, Mobutu and Milošević have two rows
    assert all(0 <= share.successes <= share.n for share in shares.values())
    by_hand = [row(id="aaa-one-2000", negotiated="disputed"), row(id="aaa-two-2000", country="PER", negotiated="no")]
    assert negotiated_given_mode(by_hand)[ExitMode.REBELS] == (0.5, 2)
    assert negotiated_given_mode(by_hand)[ExitMode.COUP] == (0.0, 0)


def test_select() -> None:
    assert {r.army for r in select(army=["loyal"])} == {"loyal"}
    assert min(r.tenure_years for r in select(min_tenure_years=1)) >= 1
    assert select(ultimatum=False, offer=False) + select(ultimatum=False, offer=True) != []
    assert len(select(ultimatum=True)) + len(select(ultimatum=False)) == len(ROWS)


@given(st.sampled_from(ROWS))
def test_a_row_resembles_itself_most(one: Standoff) -> None:
    found = similar(features_of(one), n=len(ROWS))
    assert found[0][1] == 0.0
    assert one.id in {r.id for r, distance, _ in found if distance == 0.0}
    assert [d for _, d, _ in found] == sorted(d for _, d, _ in found)
    assert all(0 <= d <= 1 for _, d, _ in found)
    assert one.id not in {r.id for r, _, _ in similar(features_of(one), leave_out=one.id)}


@given(st.sampled_from(ROWS), st.sampled_from(ROWS))
def test_distance_is_symmetric(a: Standoff, b: Standoff) -> None:
    there = similar(features_of(a), rows=[b])[0][1]
    back = similar(features_of(b), rows=[a])[0][1]
    assert there == pytest.approx(back, abs=1e-12)


def test_distance_by_hand_and_in_words() -> None:
    here = Features(regime="military", army="loyal", offer="none", ultimatum=True)
    _, distance, why = similar(here, rows=[row()])[0]
    total = WEIGHTS["regime"] + WEIGHTS["army"] + WEIGHTS["offer"] + WEIGHTS["ultimatum"]
    assert distance == pytest.approx((0.5 * WEIGHTS["regime"] + 0.7 * WEIGHTS["offer"]) / total)
    assert why.alike == "army loyal, explicit ultimatum"
    assert why.different == "safe passage offered (here: no offer), personal rule (here: military rule)"


def test_unknown_features_drop_out_and_all_unknown_is_an_error() -> None:
    assert similar(Features(army="loyal"), rows=[row()])[0][1] == 0.0
    assert similar(Features(regime="unknown", army="loyal"), rows=[row()])[0][1] == 0.0
    with pytest.raises(InputError, match="no feature of the case is known"):
        similar(Features())


def test_features_may_be_a_mapping_and_are_checked() -> None:
    assert similar({"army": "loyal"}, n=1) == similar(Features(army="loyal"), n=1)
    with pytest.raises(InputError, match="unknown feature 'armee'; nearest known: army"):
        similar({"armee": "loyal"})
    with pytest.raises(InputError, match="unknown army 'loyalty'; nearest known: loyal"):
        similar({"army": "loyalty"})


def test_the_example_finds_rulers_who_stayed_and_rulers_who_went() -> None:
    venezuela = Features("personal", 12.7, "loyal", "quiet", "safe_passage", "state", True)
    nearest = {r.id for r, _, _ in similar(venezuela, n=8)}
    assert {"irq-hussein-2003", "gmb-jammeh-2016", "ven-maduro-2020"} <= nearest


def _section(title: str) -> str:
    text = DOCS.read_text(encoding="utf-8")
    assert f"## {title}" in text
    return text.split(f"## {title}")[1].split("\n## ")[0]


def test_docs_name_every_field_and_figures_match_the_code() -> None:
    fields = _section("Fields")
    assert [name for name in Standoff.model_fields if f"`{name}`" not in fields] == []
    found = _section("What it says")
    for c in (counts(), counts(settled()), counts(select(army=["loyal"])), counts(select(min_tenure_years=1))):
        assert f"| {c['n']} | {c['negotiated']:g} | {c['foreign']:g} | {c['others']:g} | {c['in_office']:g} |" in found
    for mode, share in negotiated_given_mode().items():
        assert share.n == 0 or f"| {mode} | {share.n} | {share.successes:g} |" in found
    stayed = sum(r.exit_date is None for r in ROWS)
    exits = len({(r.country, r.exit_date) for r in ROWS if r.exit_date})
    assert len(ROWS) - stayed - exits == 4
    assert f"{len(ROWS)} rows: {exits} exits (four rulers have two rows for one exit) and {stayed} campaigns" in found
    how_sure = _section("How sure")
    for words, level in (("rows are high", "high"), ("are medium", "medium")):
        assert f"{sum(r.sure == level for r in ROWS)} {words}" in how_sure
    assert {r.id for r in ROWS if r.sure == "low"} == set(re.findall(r"`([a-z]{3}-[a-z]+-\d{4})`", how_sure))
    disputed = _section("Disagreements with the leader data").split("Whether an exit was negotiated")[1]
    assert {r.id for r in ROWS if r.negotiated == "disputed"} == set(re.findall(r"`([a-z]{3}-[a-z]+-\d{4})`", disputed))


def test_outcomes_use_the_common_list() -> None:
    assert {mode for r in ROWS for mode in r.outcome_12m} <= set(OUTCOMES)


def test_the_room_is_light_until_asked() -> None:
    script = (
        "import sys, offramp.catalogue; assert 'pydantic' not in sys.modules;"
        "import offramp.catalogue.standoffs as s, time; b = time.process_time(); s.load();"
        "print(time.process_time() - b); assert not {'numpy', 'polars', 'jax', 'ruamel'} & set(sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert float(out) < 0.1
