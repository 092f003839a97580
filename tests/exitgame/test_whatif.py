"""What-if: the changes, the words, and the arithmetic of offers, held to hand-worked figures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import offramp.exitgame
from offramp.case.elicit import elicit
from offramp.case.models import Case, Coercer, Ruler, State
from offramp.exitgame import whatif
from offramp.exitgame.offers import prefers_to_keep, probability_best, threshold
from offramp.exitgame.states import Army, Demand, Offer, Pressure, Street
from offramp.exitgame.states import State as PublicState
from offramp.reading.evidence import Evidence
from offramp.words import NBSP


def make(**state: object) -> Case:
    return Case(
        name="a standoff",
        as_of=dt.date(2025, 12, 1),
        ruler=Ruler(name="A Ruler", country="VEN"),
        coercers=[Coercer(id="USA", name="United States", country="USA")],
        state=State(pressure="ultimatum", **state),
        assessments=elicit(Evidence(), country="VEN"),
    )


def test_threshold_meets_the_worked_figures() -> None:
    flow, rate, bad = np.ones(2), np.full(2, 0.1), np.full(2, -4.0)
    found = threshold(flow, rate, np.array([-1.4, -3.0]), bad)
    assert found == pytest.approx([1.14 / 2.6, 1.3])
    assert found.round(2).tolist() == [0.44, 1.3]
    # Leaving that is no better than a bad exit is never worth it; leaving better than office for ever always is.
    assert threshold(flow, rate, np.array([-4.0, 11.0]), bad).tolist() == [np.inf, 0.0]


def test_threshold_is_where_staying_and_leaving_are_worth_the_same() -> None:
    rng = np.random.default_rng(3)
    flow, rate, bad = rng.uniform(0.5, 1, 50), rng.uniform(0.05, 0.2, 50), -rng.uniform(3, 9, 50)
    leaving = bad + rng.uniform(0.1, 5, 50)
    h = threshold(flow, rate, leaving, bad)
    inside = h > 0
    staying = (flow + h * bad) / (rate + h)
    assert staying[inside] == pytest.approx(leaving[inside])


def test_best_offer_is_a_share_of_weighted_draws() -> None:
    negotiated = np.array([[0.1, 0.3, 0.2], [0.2, 0.1, 0.2], [0.0, 0.0, 0.2]])
    weights = np.array([0.5, 0.2, 0.3])
    assert probability_best(negotiated, weights) == pytest.approx([0.2 + 0.1, 0.5 + 0.1, 0.1])
    assert prefers_to_keep(np.array([1.0, 0.5, 0.2]), np.array([0.9, 0.6, 0.24]), weights) == pytest.approx(0.8)


def test_moving_mass_keeps_totals_and_what_is_not_named() -> None:
    rng = np.random.default_rng(0)
    mass = rng.dirichlet(np.ones(72 * 5), size=3).reshape(3, 72, 5)
    moved = whatif.moved(mass, {"offer": int(Offer.IMMUNITY), "demand": int(Demand.NO)})
    assert moved.sum((1, 2)) == pytest.approx(np.ones(3))
    for index in range(72):
        state = PublicState.of(index)
        if state.offer is not Offer.IMMUNITY or state.demand is not Demand.NO:
            assert (moved[:, index] == 0).all()
    loyal_before = sum(mass[:, i] for i in range(72) if PublicState.of(i).army is Army.LOYAL)
    loyal_after = sum(moved[:, i] for i in range(72) if PublicState.of(i).army is Army.LOYAL)
    assert loyal_after == pytest.approx(loyal_before)
    assert (whatif.moved(mass, {}) == mass).all()


def test_offers_cross_guarantors_without_the_one_that_stands() -> None:
    found = [c for c in whatif.changes(make(offer="safe_passage")) if c.kind in ("offer", "guarantor")]
    keys = {(c.change["state.offer"], c.change.get("state.guarantor", "coercer")) for c in found}
    assert keys == {
        ("none", "coercer"),
        ("safe_passage", "third_state"),
        ("safe_passage", "successor"),
        ("safe_passage_immunity", "coercer"),
        ("safe_passage_immunity", "third_state"),
        ("safe_passage_immunity", "successor"),
    }
    assert {c.kind for c in found if c.change["state.offer"] == "safe_passage"} == {"guarantor"}
    assert len({c.label for c in found}) == len(found)


def test_a_change_of_guarantor_leaves_the_public_state_alone() -> None:
    third = next(
        c for c in whatif.changes(make(offer="safe_passage")) if c.solution == "third_state" and c.kind == "guarantor"
    )
    assert third.state == {"offer": int(Offer.SAFE_PASSAGE)}


def test_pressure_loyalty_and_street_are_compared() -> None:
    found = whatif.changes(make(offer="safe_passage"))
    assert {c.change["state.pressure"] for c in found if c.kind == "pressure"} == {"none", "sanctions"}
    assert {c.state["army"] for c in found if c.kind == "loyalty"} == {int(Army.LOYAL), int(Army.WAVERING)}
    assert {c.state["street"] for c in found if c.kind == "street"} == {int(Street.QUIET), int(Street.MOBILISED)}
    assert {c.solution for c in found if c.kind == "guarantee"} == {"guarantee_low", "guarantee_high"}
    assert not [c for c in whatif.changes(make()) if c.kind == "guarantee"]
    assert Pressure.ULTIMATUM == 2


def test_wording_follows_the_rule() -> None:
    n = 4
    before, after = np.zeros((n, 9)), np.zeros((n, 9))
    before[:, 0], after[:, 0] = 0.10, [0.16, 0.18, 0.20, 0.22]
    weights = np.full(n, 0.25)
    for change in whatif.changes(make(offer="safe_passage")):
        text = whatif.wording(change.clause, 12, before, after, weights).replace(NBSP, " ")
        assert text.startswith("In the model, if ")
        assert "for reasons unrelated to what we cannot see, then" in text
        assert "19 % rather than 10 % (a difference of +9 points, 90 % interval" in text
        assert "would cause" not in text


def test_no_file_of_the_room_speaks_of_causes() -> None:
    folder = Path(offramp.exitgame.__file__).parent
    for path in folder.rglob("*.py"):
        assert "would cause" not in path.read_text("utf-8"), path.name
