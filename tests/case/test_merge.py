from __future__ import annotations

import datetime as dt
import math

import pytest
from case_sample import assessment, case

from offramp.case.merge import _pooled, fingerprints, merge
from offramp.case.models import CaseReport, Source
from offramp.errors import InputError
from offramp.reading.evidence import Demand, Evidence, Offer, Reading, Report


def reading(*hashes: str) -> Reading:
    rows = [
        Report(
            path=f"{h}.txt", sha256=h, media_type="text/plain", encoding="utf-8", date=dt.date(2026, 1, 20), text="…"
        )
        for h in hashes
    ]
    return Reading(reports=rows, evidence=Evidence())


def drafted(**changes):
    new = case()
    new.as_of = dt.date(2026, 1, 20)
    new.offers = [
        Offer(
            by="USA",
            to="VEN",
            safe_passage=True,
            immunity=True,
            beneficiaries=["ruler"],
            condition=None,
            deadline=None,
            report=0,
            start=0,
            end=1,
        )
    ]
    new.demands = [Demand(by="USA", to="VEN", what="leave_office", counter=False, report=0, start=0, end=1)]
    for name, value in changes.items():
        setattr(new, name, value)
    return new


def machine_made():
    old = case()
    old.reports = [CaseReport(path="a.txt", sha256="a")]
    old.drafted = fingerprints(old)
    return old


def test_what_was_drafted_moves_on():
    after = merge(machine_made(), drafted(), reading("b")).case
    assert after.state.offer == "safe_passage_immunity"
    assert after.state.offer_since == dt.date(2025, 11, 21)  # the earlier date stands
    assert [r.sha256 for r in after.reports] == ["a", "b"]
    assert [o.report for o in after.offers] == [1]
    assert [m.month for m in after.history] == ["2025-11", "2025-12", "2026-01"]
    assert after.as_of == dt.date(2026, 1, 20)


def test_what_was_edited_by_hand_stands():
    edited = machine_made()
    edited.state.offer = "none"
    edited.assessments.street = assessment(0.4, 0.5, 0.6)
    merged = merge(edited, drafted(), reading("b"))
    assert merged.case.state.offer == "none"
    assert merged.case.assessments.street.central == 0.5
    assert any("assessments.street" in text and "state" in text for text in merged.warnings)


def test_a_file_written_by_hand_stands_whole():
    merged = merge(case(), drafted(), reading("b"))
    assert merged.case.assessments == case().assessments
    assert merged.case.state == case().state


def test_a_report_counts_once():
    old = machine_made()
    merged = merge(old, drafted(), reading("a"))
    assert merged.case == old
    assert "counts once" in merged.warnings[0]


def test_another_ruler_is_refused():
    other = drafted()
    other.ruler.country = "CUB"
    with pytest.raises(InputError, match="about VEN and the reports about CUB"):
        merge(machine_made(), other, reading("b"))


def test_pooling_adds_precisions_and_takes_the_prior_off_once():
    def normal(mean, sd):
        z = 1.6448536269514722
        low, central, high = (1 / (1 + math.exp(-x)) for x in (mean - z * sd, mean, mean + z * sd))
        found = assessment(low, central, high)
        found.evidence = [Source(evidence="claims[0]")]
        return found

    both = _pooled(normal(0.0, 1.0), normal(1.0, 1.0), normal(0.5, 2.0))
    precision = 1 + 1 - 0.25
    assert math.log(both.central / (1 - both.central)) == pytest.approx((1 - 0.125) / precision, abs=1e-9)
    low, high = (math.log(p / (1 - p)) for p in (both.low, both.high))
    assert (high - low) / 2 / 1.6448536269514722 == pytest.approx(precision**-0.5, abs=1e-9)
