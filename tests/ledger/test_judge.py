"""What resolved cases say of forecasts: windows, means by case, history's share, pool, page."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from lxml import html as lxml_html

from ledger import sample
from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.address import LedgerError
from offramp.ledger.judge import LEAST_CASES, NAMES, Resolution, judge, lenses, to_plain
from offramp.ledger.resolve import resolve
from offramp.ledger.store import Ledger
from offramp.report.scores import render

DAY = dt.date.fromisoformat


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger(str(tmp_path / "l")) as store:
        yield store


def test_the_state_on_a_day():
    left = Resolution("coup", DAY("2020-03-10"))
    assert [left.by(DAY(d)) for d in ("2020-03-09", "2020-03-10", "2025-01-01")] == ["in_office", "coup", "coup"]
    stayed = Resolution("in_office", DAY("2020-03-10"))
    assert [stayed.by(DAY(d)) for d in ("2020-03-10", "2020-03-11")] == ["in_office", None]


def test_scores_by_hand(ledger: Ledger):
    sample.add(ledger, "gmb-x", day="2020-01-01")
    resolve(ledger, "gmb-x", "coup", DAY("2020-04-20"))
    found = judge(ledger)
    game = {row.month: row for row in found.rows if row.lens == "game"}
    assert [game[m].outcome for m in (1, 3, 6, 12, 24)] == ["in_office", "in_office", "coup", "coup", "coup"]
    # out by 6 months 0.3, half of it negotiated, half by coup
    assert game[6].brier == pytest.approx(0.15**2 + 0.85**2 + 0.7**2)
    assert game[6].log == pytest.approx(-math.log(0.15))
    assert game[6].exit_brier == pytest.approx(0.49)
    (mean,) = (m for m in found.overall if m.lens == "game")
    assert mean.exit_brier == pytest.approx(np.mean([0.01, 0.04, 0.49, 0.36, 0.25]))
    # spans 0.1 0.1 0.1 0.1 0.1 0.5; it fell in the third: cumulated against 0 0 1 1 1 1
    assert mean.rps == pytest.approx(0.1**2 + 0.2**2 + 0.7**2 + 0.6**2 + 0.5**2)


def test_unknown_ends_are_not_scored(ledger: Ledger):
    sample.add(ledger, "gmb-x", day="2020-01-01")
    resolve(ledger, "gmb-x", "in_office", DAY("2020-05-01"))
    found = judge(ledger)
    assert sorted({row.month for row in found.rows}) == [1, 3]
    assert {row.outcome for row in found.rows} == {"in_office"}
    resolve(ledger, "gmb-x", "coup", DAY("2020-06-01"))  # still there in May, gone in June: no correction, so no flag
    assert sorted({row.month for row in judge(ledger).rows}) == [1, 3, 6, 12, 24]


def test_forecasts_after_the_end_are_left_out(ledger: Ledger):
    sample.add(ledger, "gmb-x", day="2020-01-01")
    sample.add(ledger, "gmb-x", day="2020-04-20")
    sample.add(ledger, "gmb-x", day="2021-01-01")
    resolve(ledger, "gmb-x", "coup", DAY("2020-04-20"))
    assert judge(ledger).forecasts == 1


def test_a_case_with_many_forecasts_counts_as_one(ledger: Ledger):
    for day in range(1, 9):
        sample.add(ledger, "gmb-x", day=f"2020-01-0{day}", out_by=[0.9] * 5)
    sample.add(ledger, "yem-y", day="2020-01-01", out_by=[0.1] * 5)
    for case in ("gmb-x", "yem-y"):
        resolve(ledger, case, "in_office", DAY("2023-01-01"))
    (mean,) = (m for m in judge(ledger).overall if m.lens == "game")
    assert mean.exit_brier == pytest.approx((0.81 + 0.01) / 2)
    assert (mean.cases, mean.forecasts) == (2, 9)


def test_histories_exits_are_spread_without_losing_any(ledger: Ledger):
    entry = sample.add(ledger, "gmb-x")
    table = lenses(entry)["history"]
    assert table.sum(1) == pytest.approx(np.ones(5))
    agreed, coup = (table[3, NAMES.index(name)] for name in ("negotiated", "coup"))
    assert agreed + coup == pytest.approx(0.15)
    assert agreed > 0
    assert coup > 0


def test_the_country_that_is_scored_has_no_say_in_its_own_share(ledger: Ledger):
    from offramp.catalogue.standoffs import load, negotiated_given_mode
    from offramp.codes.exits import ExitMode

    entry = sample.add(ledger, "hti-x")  # Haiti's exits are in the catalogue
    share = negotiated_given_mode([r for r in load() if r.country != "HTI"])[ExitMode.COUP]
    expected = (share.successes + 0.5) / (share.n + 1) * 0.15
    assert lenses(entry)["history"][3, NAMES.index("negotiated")] == pytest.approx(expected)


def many(ledger: Ledger, count: int) -> None:
    """Cases of which the game knew more than history did."""
    for k in range(count):
        leaves = k % 2 == 0
        game = [0.3, 0.6, 0.8, 0.9, 0.95] if leaves else [0.01, 0.02, 0.03, 0.05, 0.08]
        sample.add(ledger, f"aa{chr(97 + k)}-x", day="2020-01-01", out_by=game, negotiated=0.9)
        outcome = ("negotiated", "2020-02-15") if leaves else ("in_office", "2023-01-01")
        resolve(ledger, f"aa{chr(97 + k)}-x", outcome[0], DAY(outcome[1]))


def test_the_pool_waits_for_enough_cases_and_then_learns(ledger: Ledger):
    many(ledger, LEAST_CASES - 1)
    waiting = judge(ledger)
    assert (waiting.pool.weights, waiting.pool.resolved) == (None, LEAST_CASES - 1)
    many(ledger, LEAST_CASES)
    found = judge(ledger)
    assert found.pool.weights is not None
    assert sum(found.pool.weights.values()) == pytest.approx(1)
    assert found.pool.weights["game"] > 0.75
    assert found.pool.left_out is not None
    assert found.pool.left_out.cases == LEAST_CASES


def test_against_history_with_an_interval_once_cases_allow(ledger: Ledger):
    many(ledger, 4)
    assert all(row.low is None for row in judge(ledger).against)
    many(ledger, 8)
    rows = {row.measure: row for row in judge(ledger).against}
    assert set(rows) == {"brier", "log", "exit_brier", "rps"}
    for row in rows.values():
        assert row.low < row.difference < row.high < 0
        assert 0 < row.skill < 1


def test_the_page_says_it_all_and_stands_alone(ledger: Ledger):
    many(ledger, LEAST_CASES)
    sample.add(ledger, "open-<script>", day="2020-01-01")
    page = render(judge(ledger), "l")
    tree = lxml_html.document_fromstring(page)
    assert tree.xpath("//script | //link | //img") == []
    assert "http" not in page.split("</head>")[1]
    text = " ".join(tree.text_content().split())
    assert "10 forecasts of 10 resolved cases are scored" in text.replace("\xa0", " ")
    assert "better than history alone" in text
    assert "Weights learnt on 10 resolved cases" in text.replace("\xa0", " ")
    assert [len(tree.xpath(f"//*[@id='{i}']")) for i in ("horizons", "cases", "calibration", "pool")] == [1] * 4
    assert len(tree.xpath("//svg[@role='img']")) == 4
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_an_empty_ledger_has_a_page_too(ledger: Ledger):
    assert "nothing can be scored" in render(judge(ledger), "l")
    assert to_plain(judge(ledger))["forecasts"] == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("gmb-x", "coop", "2020-05-01"), "Did you mean 'coup'"),
        (("gmb-x", "coup", "2999-05-01"), "future"),
        (("gmb-x", "coup", "2019-05-01"), "before the first forecast"),
        (("nowhere", "coup", "2020-05-01"), "no case 'nowhere'.*gmb-x"),
        (("x", "coup", "2020-05-01"), "could be gmb-x, yem-x"),
    ],
)
def test_wrong_resolutions_are_one_clear_error(ledger: Ledger, args, message: str):
    sample.add(ledger, "gmb-x")
    sample.add(ledger, "yem-x")
    with pytest.raises((InputError, LedgerError), match=message):
        resolve(ledger, args[0], args[1], DAY(args[2]))


def test_a_resolution_is_corrected_by_another_never_changed(ledger: Ledger):
    sample.add(ledger, "gmb-x")
    first = resolve(ledger, "gmb", "coup", DAY("2020-05-01"))
    assert resolve(ledger, "gmb", "coup", DAY("2020-05-01")) == first
    with pytest.raises(InputError, match="--replace appends a correction"):
        resolve(ledger, "gmb", "regular", DAY("2020-05-01"))
    second = resolve(ledger, "gmb", "regular", DAY("2020-05-01"), replace=True)
    assert second.n == first.n + 1
    assert judge(ledger).cases["gmb-x"].outcome == "regular"
    assert entries.get(ledger, first.n) == first
