"""The main job as a user runs it: a process, files in, files out, an exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DRAWS = "16"  # enough to run every step; the numbers themselves are tested in their rooms


def offramp(*args: str | Path, cwd: Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "offramp", *map(str, args)], cwd=cwd, input=stdin, capture_output=True, timeout=200
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def venezuela(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assess")
    done = offramp(
        "assess", examples / "venezuela-2025.md", "--out", "brief", "--draws", DRAWS, "--seed", "7", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    (folder / "summary.txt").write_text(done.stdout, "utf-8")
    return folder


@pytest.fixture(scope="module")
def brief(venezuela: Path) -> dict:
    return json.loads((venezuela / "brief/brief.json").read_text("utf-8"))


def test_three_files_and_a_short_summary(venezuela: Path):
    assert sorted(p.name for p in (venezuela / "brief").iterdir()) == ["brief.html", "brief.json", "case.yaml"]
    summary = (venezuela / "summary.txt").read_text("utf-8")
    assert 5 < len(summary.splitlines()) <= 40
    assert "brief.html" in summary


def test_the_keys_that_other_programs_read(brief: dict):
    assert set(brief) >= {
        *("schema", "offramp", "seed", "as_of", "case", "reports", "evidence", "forecast", "lenses", "what_if"),
        *("best_offer", "warnings"),
    }
    assert (brief["schema"], brief["seed"], brief["as_of"]) == (1, 7, "2025-12-01")
    assert set(brief["evidence"]) >= {"events", "offers", "demands", "claims", "statistics", "dropped"}
    assert set(brief["lenses"]) >= {"history", "game"}
    assert brief["forecast"]["months"] == [1, 3, 6, 12, 24]
    assert set(brief["best_offer"]) >= {"offer", "negotiated_within_12_months"}
    for row in brief["what_if"]:
        assert set(row) >= {"label", "change", "months", "outcomes", "difference"}


def test_probabilities_sum_to_one_and_grow(brief: dict):
    outcomes = brief["forecast"]["outcomes"]
    assert list(outcomes) == [
        *("negotiated", "coup", "uprising", "foreign", "regular", "natural", "assassination", "rebels", "in_office")
    ]
    for month in range(5):
        assert sum(row["mean"][month] for row in outcomes.values()) == pytest.approx(1, abs=1e-9)
    for name, row in outcomes.items():
        assert all(low <= high for low, high in zip(row["low"], row["high"], strict=True))
        growing = row["mean"] if name != "in_office" else [-x for x in row["mean"]]
        assert growing == sorted(growing)
    for row in brief["what_if"]:
        assert sum(number["mean"] for number in row["outcomes"].values()) == pytest.approx(1, abs=1e-9)
        assert sum(number["mean"] for number in row["difference"].values()) == pytest.approx(0, abs=1e-9)


def test_history_does_not_speak_of_negotiated_exits(brief: dict):
    assert brief["lenses"]["history"]["outcomes"]["negotiated"]["mean"] == [None] * 5


def test_the_right_standoff_was_read(brief: dict):
    case = brief["case"]
    assert case["ruler"]["country"] == "VEN"
    assert "Maduro" in case["ruler"]["name"]
    assert case["coercers"][0]["id"] == "USA"
    assert case["state"]["pressure"] == "ultimatum"
    assert case["state"]["offer"] == "safe_passage"
    assert case["state"]["counter_demand"] == "standing"
    assert any(d["counter"] and d["what"] == "immunity" and d["by"] == "VEN" for d in brief["evidence"]["demands"])


def test_spans_point_at_the_text(brief: dict):
    texts = [report["text"] for report in brief["reports"]]
    for kind in ("events", "offers", "demands", "statistics", "dropped"):
        for item in brief["evidence"][kind]:
            assert 0 <= item["start"] < item["end"] <= len(texts[item["report"]])
    for claim in brief["evidence"]["claims"]:
        for start, end in claim["content_spans"]:
            assert 0 <= start < end <= len(texts[claim["report"]])
    assert any("lighthouse" in texts[d["report"]][d["start"] : d["end"]] for d in brief["evidence"]["dropped"])


def test_every_row_of_the_story_has_an_effect(brief: dict):
    rows = {row["element"]: row for row in brief["story"]}
    assert len(rows) >= 12
    for row in rows.values():
        assert row["effect"]
    found = [row for row in rows.values() if row["found"] not in ("not in the reports", "none")]
    assert len(found) >= 11, [r for r in rows.values() if r not in found]


def test_the_case_file_gives_the_identical_forecast(venezuela: Path, brief: dict):
    done = offramp(
        "assess",
        "--case",
        "brief/case.yaml",
        "--out",
        "again",
        "--draws",
        DRAWS,
        "--seed",
        "7",
        "--json",
        cwd=venezuela,
    )
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    for key in ("forecast", "lenses", "what_if", "best_offer", "monthly", "path", "sensitivity"):
        assert again[key] == brief[key], key


def test_same_input_same_seed_same_output_and_another_seed_another(venezuela: Path, brief: dict):
    done = offramp(
        "assess",
        "--case",
        "brief/case.yaml",
        "--out",
        "other",
        "--draws",
        DRAWS,
        "--seed",
        "8",
        "--json",
        cwd=venezuela,
    )
    assert json.loads(done.stdout)["forecast"] != brief["forecast"]


def test_an_existing_folder_is_not_overwritten(venezuela: Path):
    before = (venezuela / "brief/brief.json").read_bytes()
    done = offramp("assess", "--case", "brief/case.yaml", "--out", "brief", "--draws", DRAWS, cwd=venezuela)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (venezuela / "brief/brief.json").read_bytes() == before


def test_a_setting_moves_the_forecast_and_is_kept_in_the_case_file(venezuela: Path, brief: dict):
    done = offramp(
        *("assess", "--case", "brief/case.yaml", "--set", "army_loyalty=0.2", "--out", "set", "--draws", DRAWS),
        *("--seed", "7", "--months", "6", "--json"),
        cwd=venezuela,
    )
    changed = json.loads(done.stdout)
    assert changed["forecast"]["months"] == [1, 3, 6]
    assert changed["best_offer"] is None
    assert changed["forecast"]["outcomes"]["coup"]["mean"][2] > brief["forecast"]["outcomes"]["coup"]["mean"][2]
    assert "army_loyalty:" in (venezuela / "set/case.yaml").read_text("utf-8")


def test_standard_input_is_a_report(examples: Path, tmp_path: Path):
    text = (examples / "gambia-2017.txt").read_bytes()
    done = offramp("assess", "-", "--draws", DRAWS, "--months", "3", cwd=tmp_path, stdin=text)
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.iterdir()  # named after the case
    assert "gambia" in folder.name.lower()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty|blank|no text"),
        ("binary.txt", bytes(range(256)) * 8, "binary|text"),
        ("paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        ("huge.txt", b"word " * 1_100_000, "5"),
        (
            "recipe.txt",
            b"Date: 2025-12-01\n\nBeat two eggs, add flour and milk, and bake for an hour.",
            "no standoff found",
        ),
    ],
)
def test_bad_reports_are_one_clear_error(tmp_path: Path, name: str, data: bytes, message: str):
    (tmp_path / name).write_bytes(data)
    done = offramp("assess", name, "--out", "brief", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert re.search(message, done.stderr), done.stderr


def test_football_is_no_standoff(examples: Path, tmp_path: Path):
    done = offramp("assess", examples / "football.txt", cwd=tmp_path)
    assert done.returncode == 2
    assert "no standoff found" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_standoffs_are_both_named_and_one_can_be_chosen(examples: Path, tmp_path: Path):
    report = examples / "two-standoffs.txt"
    done = offramp("assess", report, cwd=tmp_path)
    assert done.returncode == 2
    assert "GMB" in done.stderr
    assert "COD" in done.stderr
    chosen = offramp("assess", report, "--ruler", "Kabila", "--draws", DRAWS, "--months", "3", "--json", cwd=tmp_path)
    assert chosen.returncode == 0, chosen.stderr
    assert json.loads(chosen.stdout)["case"]["ruler"]["country"] == "COD"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["assess"], "nothing to read"),
        (["assess", "none.txt"], "none.txt"),
        (["assess", "http://127.0.0.1:9/x"], "127.0.0.1"),
        (["assess", "--case", "none.yaml"], "none.yaml"),
        (["assess", "x.txt", "--as-of", "2025-02-30"], "--as-of"),
        (["assess", "x.txt", "--months", "0"], "months"),
        (["assess", "x.txt", "--sett", "a=1"], "No such option"),
        (["case", "validate", "none.yaml"], "none.yaml"),
        (["case", "new", "--country", "Atlantis", "--coercer", "USA"], "Atlantis|ATLANTIS"),
    ],
)
def test_wrong_use_is_one_clear_error(tmp_path: Path, args: list[str], message: str):
    done = offramp(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing_behind(examples: Path, tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "offramp", "assess", str(examples / "venezuela-2025.md"), "--out", "brief"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert b"offramp:" in process.stderr.readline()  # the first step that takes long has been announced
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err.decode()
    assert "interrupted" in err.decode()
    assert "Traceback" not in err.decode()
    assert list(tmp_path.iterdir()) == []
