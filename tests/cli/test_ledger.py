"""The ledger as a user runs it: a process, an address, an exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import sample
from offramp.ledger.store import Ledger


def offramp(*args: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "offramp", *map(str, args)],
        cwd=cwd, capture_output=True, timeout=200, text=True, env=os.environ | (env or {}),
    )  # fmt: skip


def test_assess_appends_and_the_ledger_verifies_and_lists(examples: Path, tmp_path: Path):
    report = examples / "gambia-2017.txt"
    done = offramp("assess", report, "--draws", "16", "--months", "3", "--out", "b", "--ledger", "l.db", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Recorded as entry 1" in done.stdout
    where = {"OFFRAMP_LEDGER": str(tmp_path / "l.db")}
    listed = json.loads(offramp("ledger", "list", "--json", cwd=tmp_path, env=where).stdout)
    assert [(row["n"], row["case"]) for row in listed] == [(1, "gmb-yahya-jammeh")]
    proof = json.loads(offramp("ledger", "verify", "--json", cwd=tmp_path, env=where).stdout)
    assert (proof["good"], proof["count"], proof["head"]) == (True, 1, listed[0]["hash"])
    shown = offramp("ledger", "show", "1", "--case-file", cwd=tmp_path, env=where)
    (tmp_path / "again.yaml").write_text(shown.stdout, "utf-8")
    assert offramp("case", "validate", "again.yaml", cwd=tmp_path).returncode == 0


def test_a_ledger_that_cannot_be_opened_is_found_before_the_long_part(examples: Path, tmp_path: Path):
    (tmp_path / "l.db").write_text("no database at all " * 99, "utf-8")
    done = offramp("assess", examples / "gambia-2017.txt", "--ledger", "l.db", cwd=tmp_path)
    assert done.returncode == 2
    assert "no ledger, or is damaged" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["l.db"]


def test_an_altered_ledger_ends_with_status_2_and_names_the_entry(tmp_path: Path):
    with Ledger(str(tmp_path / "l.db")) as ledger:
        for _ in range(3):
            sample.add(ledger)
        ledger.write(lambda c: c.execute(sa.text("DROP TRIGGER entries_stand")))
        ledger.write(lambda c: c.execute(sa.text("UPDATE entries SET content = replace(content, '0.4', '0.1')")))
    done = offramp("ledger", "verify", "--ledger", "l.db", cwd=tmp_path)
    assert done.returncode == 2
    assert "entry 1: its content does not fit its hash" in done.stderr
    assert "NOT as written" in done.stdout


def test_backup_restore_export_erase(tmp_path: Path):
    with Ledger(str(tmp_path / "l.db")) as ledger:
        sample.add(ledger, report="Words.")
    for args, told in (
        (("backup", "b.gz", "--ledger", "l.db"), "1 entries, head"),
        (("restore", "b.gz", "--ledger", "m.db"), "1 entries restored and verified"),
        (("export", "t.parquet", "--ledger", "m.db"), "90 rows"),
        (
            ("erase", sample.report_of("Words.")[:8], "--why", "asked", "--by", "ann", "--ledger", "m.db"),
            "1 texts erased",
        ),
        (("verify", "--ledger", "m.db"), "verified 2 entries, 0 texts (1 reports erased)"),
        (("show", "2", "--ledger", "m.db"), '"why": "asked"'),
    ):
        done = offramp("ledger", *args, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert told in done.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["verify"], "no ledger yet"),
        (["show", "9", "--ledger", "l.db"], "there is no entry 9; it has 1"),
        (["export", "t.xlsx", "--ledger", "l.db"], "csv, .parquet or .json"),
        (["list", "--case", "nowhere", "--ledger", "l.db"], "no case 'nowhere'"),
        (["restore", "none.gz", "--ledger", "new.db"], "no such file"),
    ],
)
def test_wrong_use_is_one_clear_error(tmp_path: Path, args: list[str], message: str):
    with Ledger(str(tmp_path / "l.db")) as ledger:
        sample.add(ledger)
    before = sorted(p.name for p in tmp_path.iterdir())
    done = offramp("ledger", *args, cwd=tmp_path, env={"OFFRAMP_LEDGER": str(tmp_path / "none.db")})
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == before
