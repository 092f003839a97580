"""`offramp watch` as a user runs it: processes, with the real game in few draws."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offramp.case.files import dump
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from watch import fake


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-m", "offramp", *map(str, args)]


def offramp(*args: str | Path, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"OFFRAMP_LEDGER": str(cwd / "l.db")}
    return subprocess.run(command(*args), cwd=cwd, capture_output=True, timeout=250, text=True, input=stdin, env=env)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("watch")
    (place / "case.yaml").write_text(dump(fake.case("2025-11-01")), "utf-8")
    done = offramp("watch", "add", "case.yaml", "--draws", "8", "--months", "12", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "ven-nicolas-maduro: watched, entry 1" in done.stdout
    return place


def test_json_lines_give_forecasts_an_alert_and_a_status(folder: Path):
    rows = [
        {"text": fake.ULTIMATUM, "id": "1"},
        {"text": fake.ULTIMATUM.replace("told", "told\u001b[31m"), "id": "2"},
        {"text": fake.WAVERING, "id": "3"},
    ]
    done = offramp("watch", "run", "-", cwd=folder, stdin="\n".join(map(json.dumps, rows)))
    assert done.returncode == 0, done.stderr
    assert "3 reports taken in (1 repeats, 0 corrections or retractions), 2 forecasts" in done.stdout
    assert "ALERT ven-nicolas-maduro" in done.stdout
    assert "pressure none → ultimatum" in done.stdout
    assert "\x1b" not in done.stdout
    told = json.loads(offramp("watch", "status", "--json", cwd=folder).stdout)
    (row,) = told["cases"]
    assert (row["forecasts"], row["reports"], row["repeats"]) == (3, 2, 1)
    assert row["out_path"][1] > row["out_path"][0] + 0.05
    shown = offramp("watch", "status", cwd=folder).stdout
    assert any(bar in shown for bar in "▂▃▄▅▆▇█")
    replayed = offramp("ledger", "replay", "3", "--json", cwd=folder)
    assert json.loads(replayed.stdout)["same"] is True


def test_interrupted_it_says_so_and_loses_nothing(folder: Path):
    reports = folder / "more"
    reports.mkdir()
    for number in range(30):
        words = " ".join(f"On day {number} of the talks the envoy {verb} again." for verb in ("spoke", "wrote", "left"))
        text = f"The United States threatened Venezuela in its note number {number}. {words}"
        (reports / f"{number:02d}.md").write_text(fake.report(f"Note {number}", "2025-12-01", text), "utf-8")
    env = os.environ | {"OFFRAMP_LEDGER": str(folder / "l.db")}
    process = subprocess.Popen(
        command("watch", "run", "more"), cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # the first forecast is there
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "nothing is lost" in err
    assert "Traceback" not in err
    assert time.monotonic() - start < 20
    proof = json.loads(offramp("ledger", "verify", "--json", cwd=folder).stdout)
    assert proof["good"]
    with Ledger(str(folder / "l.db")) as ledger:
        caused = [e.content["why"].get("desk") for e in ledger.read(lambda c: entries.select(c, kind="forecast"))]
        assert len(caused) == len(set(caused))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["watch", "add", "none.yaml"], "none.yaml"),
        (["watch", "add", "case.yaml"], "is watched already"),
        (["watch", "add", "case.yaml", "--threshold", "5"], "--threshold 5"),
        (["watch", "run", "nowhere"], "no such folder or file"),
        (["watch", "run", ".", "--every", "soon"], "--every 'soon'"),
        (["watch", "run", ".", "--webhook", "mailto:x"], "--webhook"),
        (["watch", "run", ".", "--email", "a@b.org"], "needs --smtp"),
        (["watch", "remove", "nobody"], "watched: ven-nicolas-maduro"),
    ],
)
def test_wrong_use_is_one_clear_error(folder: Path, args: list[str], message: str):
    done = offramp(*args, cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
