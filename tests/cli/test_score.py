"""`offramp resolve` and `offramp score` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import sample
from offramp.ledger.store import Ledger


def offramp(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "offramp", *args], cwd=cwd, capture_output=True, timeout=200, text=True
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Ledger(str(tmp_path / "l.db")) as ledger:
        sample.add(ledger, "gmb-yahya-jammeh", day="2016-12-20")
    return tmp_path


def test_resolved_scored_and_shown(folder: Path):
    waiting = offramp("score", "--ledger", "l.db", cwd=folder)
    assert "Nothing can be scored yet" in waiting.stdout
    assert "gmb-yahya-jammeh" in waiting.stdout
    done = offramp(
        *("resolve", "jammeh", "--outcome", "negotiated", "--date", "2017-01-21"),
        *("--ledger", "l.db"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert "gmb-yahya-jammeh negotiated on 2017-01-21" in done.stdout
    told = offramp("score", "--html", "s.html", "--ledger", "l.db", cwd=folder)
    assert told.returncode == 0, told.stderr
    assert "No pool yet: 1 of the 10 resolved cases" in told.stdout
    assert "1 forecast of 1 resolved case" in told.stdout.replace("\xa0", " ")
    assert "How the forecasts did" in (folder / "s.html").read_text("utf-8")
    plain = json.loads(offramp("score", "--json", "--ledger", "l.db", cwd=folder).stdout)
    assert plain["cases"] == {"gmb-yahya-jammeh": {"outcome": "negotiated", "date": "2017-01-21"}}
    assert {row["lens"] for row in plain["overall"]} == {"game", "history"}
    again = offramp("score", "--html", "s.html", "--ledger", "l.db", cwd=folder)
    assert (again.returncode, "--force" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["resolve", "jammeh", "--outcome", "exile", "--date", "2017-01-21"], "no such outcome"),
        (["resolve", "jammeh", "--outcome", "coup", "--date", "21 January"], "expected a date"),
        (["resolve", "nobody", "--outcome", "coup", "--date", "2017-01-21"], "no case 'nobody'"),
        (["score", "--case", "nobody"], "no case 'nobody'"),
    ],
)
def test_wrong_use_is_one_clear_error(folder: Path, args: list[str], message: str):
    done = offramp(*args, "--ledger", "l.db", cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
