"""Similar leader-months on a made-up panel: distances by hand, what happened next, and nothing from the future."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from hazard.ensemble.made_up import panel
from offramp.errors import InputError
from offramp.hazard.ensemble.outcomes import month_number
from offramp.hazard.neighbours import NUMBERS, facts_of, nearest


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    made = panel(states=8, years=20)
    return made.with_columns(leader=pl.col("leader_id"), polyarchy_l1=pl.lit(None, pl.Float64))


def test_a_month_resembles_itself_most_unless_left_out(frame: pl.DataFrame) -> None:
    facts, leader = facts_of(frame, "S02", "1970-06")
    first = nearest(frame, facts, 3)[0]
    known = sum(NUMBERS[n] for n in facts if n in NUMBERS) + 4
    assert (first.leader, first.origin) == (leader, "1970-06")
    assert first.distance == pytest.approx(0, abs=1e-9), known
    assert leader not in {near.leader for near in nearest(frame, facts, 5, leave_out=leader)}


def test_what_happened_next_is_read_off_the_spell(frame: pl.DataFrame) -> None:
    row = frame.filter(pl.col("exit_next1") == "coup").row(0, named=True)
    at = month_number(row["origin"])
    facts, leader = facts_of(frame, row["iso3"], row["origin"])
    found = nearest(frame, facts, 1)[0]
    assert (found.leader, found.mode) == (leader, "coup")
    assert found.months == at + 1 - month_number(found.origin)
    then = nearest(frame, facts, 1, before=at + 1)
    assert then[0].mode == "coup"
    earlier = nearest(frame, facts, 1, before=at)[0]  # the month before the exit: it has not happened yet
    assert (earlier.leader, earlier.mode) == (leader, "in_office")


def test_distance_by_hand(frame: pl.DataFrame) -> None:
    found = {near.leader: near for near in nearest(frame, {"regime": "personal", "region": "asia"}, 500)}
    soldiers = next(near for name, near in found.items() if name.startswith("S02"))  # military, asia
    assert soldiers.distance == pytest.approx((3 / 4) ** 0.5)
    mine = next(near for name, near in found.items() if name.startswith("S01"))  # personal, africa
    assert mine.distance == pytest.approx((1 / 4) ** 0.5)
    assert len(found) == frame["leader_id"].n_unique()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "no feature"),
        ({"colour": 1.0}, "unknown"),
        ({"regime": "juntas"}, "regime"),
        ({"region": "moon"}, "region"),
    ],
)
def test_questions_without_sense(frame: pl.DataFrame, facts: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        nearest(frame, facts)
    with pytest.raises(InputError, match="ISO3:YYYY-MM"):
        facts_of(frame, "XXX", "1970-01")


def test_the_command(frame: pl.DataFrame, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from offramp.cli.history import app

    frame.write_parquet(tmp_path / "p.parquet")
    words = ["similar", "s02:1970-06", "--panel", str(tmp_path / "p.parquet"), "-n", "4"]
    found = json.loads(CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    assert len(found["leader_months"]) == 4
    assert all(one["origin"] < "1970-06" for one in found["leader_months"])
    text = CliRunner().invoke(app, words, catch_exceptions=False).stdout
    assert "months on" in text
    with pytest.raises(InputError, match="YYYY-MM"):
        CliRunner().invoke(app, ["similar", "S02", "--panel", str(tmp_path / "p.parquet")], catch_exceptions=False)


def test_the_command_on_a_case_file(shared: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from offramp.case import draft, files
    from offramp.cli.history import app

    (tmp_path / "c.yaml").write_text(files.dump(draft.template("VEN", "USA", as_of=dt.date(2025, 12, 1))))
    panel_file = shared / "data" / "history" / "panel.parquet"
    words = ["similar", str(tmp_path / "c.yaml"), "--panel", str(panel_file), "--json", "-n", "5"]
    found = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    assert len(found["leader_months"]) == len(found["standoffs"]) == 5
    assert found["facts"]["region"] == "americas"
