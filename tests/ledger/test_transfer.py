"""Backups go from either database into either; exports say what the entries say."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from ledger import sample
from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.address import LedgerError
from offramp.ledger.store import Ledger
from offramp.ledger.tables import outbox, reports
from offramp.ledger.texts import erase
from offramp.ledger.transfer import backup, export, restore
from offramp.ledger.verify import verify


def fill(address: str) -> Ledger:
    ledger = Ledger(address)
    for number in range(3):
        sample.add(ledger, report=f"Report {number}, with “quotes” and ü.", day=f"2020-01-0{number + 1}")
    ledger.write(lambda c: entries.append(c, "resolution", "aaa-ruler", {"outcome": "coup", "date": "2020-05-01"}))
    erase(ledger, sample.report_of("Report 1, with “quotes” and ü."), why="asked", by="ann")
    return ledger


def test_a_backup_restores_into_either_database(address: str, tmp_path: Path, postgres_server: str, request):
    target = tmp_path / "copy.jsonl.gz"
    with fill(address) as ledger:
        before = verify(ledger)
        assert backup(ledger, target) == (5, before.head)
        whole = ledger.read(lambda c: entries.select(c))
    other = request.getfixturevalue("postgres") if "sqlite" in address else str(tmp_path / "other.sqlite")
    with Ledger(other) as ledger:
        assert restore(target, ledger) == (5, before.head)
        assert verify(ledger) == before
        assert ledger.read(lambda c: entries.select(c)) == whole
        assert sample.add(ledger).n == 6  # and it can be gone on with
        row = {"key": "k", "report": "r", "guid": "g", "published": "2020-01-01", "seen": "", "kind": "new", "note": ""}
        ledger.write(lambda c: c.execute(reports.insert().values(row)))


def test_restoring_keeps_what_a_watcher_had_still_to_send(address: str, tmp_path: Path):
    row = {"key": "a", "entry": 1, "channel": "webhook", "target": "t", "payload": "{}", "attempts": 3, "next_try": 0.5}
    with fill(address) as ledger:
        ledger.write(lambda c: c.execute(outbox.insert().values(row)))
        backup(ledger, tmp_path / "b")
    with Ledger(str(tmp_path / "new.sqlite")) as ledger:
        restore(tmp_path / "b", ledger)
        found = ledger.read(lambda c: c.execute(outbox.select()).mappings().one())
        assert {key: found[key] for key in row} == row


def test_restoring_into_a_ledger_in_use_is_refused(tmp_path: Path):
    with fill(str(tmp_path / "l")) as ledger:
        backup(ledger, tmp_path / "b")
        with pytest.raises(LedgerError, match="holds entries already"):
            restore(tmp_path / "b", ledger)


def _rewritten(tmp_path: Path, change) -> Path:
    with fill(str(tmp_path / "l")) as ledger:
        backup(ledger, tmp_path / "b")
    lines = gzip.decompress((tmp_path / "b").read_bytes()).decode().splitlines()
    (tmp_path / "changed").write_bytes(gzip.compress("\n".join(change(lines)).encode()))
    return tmp_path / "changed"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [line.replace("0.4", "0.5") for line in lines], "altered"),
        (lambda lines: [line for line in lines if '"n":2' not in line], "missing: 2"),
        (lambda lines: [line for line in lines if '"n":5' not in line], "is lost"),
        (lambda lines: [lines[0].replace('"count":5', '"count":6'), *lines[1:]], "missing at its end"),
        (lambda lines: lines[1:], "no backup of a ledger"),
        (lambda lines: [*lines[:-1], lines[-1][:20]], "no whole backup"),
    ],
)
def test_a_damaged_backup_restores_nothing(tmp_path: Path, change, message: str):
    damaged = _rewritten(tmp_path, change)
    with Ledger(str(tmp_path / "new")) as ledger:
        with pytest.raises(InputError, match=message):
            restore(damaged, ledger)
        assert verify(ledger).count == 0
        assert ledger.read(lambda c: entries.select(c)) == []


def test_half_a_file_and_no_file(tmp_path: Path):
    with fill(str(tmp_path / "l")) as ledger:
        backup(ledger, tmp_path / "b")
        with pytest.raises(InputError, match="exists already"):
            backup(ledger, tmp_path / "b")
        backup(ledger, tmp_path / "b", force=True)
    (tmp_path / "half").write_bytes((tmp_path / "b").read_bytes()[:-40])
    with Ledger(str(tmp_path / "new")) as ledger:
        for name in ("half", "none"):
            with pytest.raises(InputError, match=r"no whole backup|no such file"):
                restore(tmp_path / name, ledger)
    assert not list(tmp_path.glob(".*part"))


def test_the_same_table_in_csv_and_parquet(address: str, tmp_path: Path):
    with fill(address) as ledger:
        rows = export(ledger, tmp_path / "t.csv", "csv")
        assert export(ledger, tmp_path / "t.parquet", "parquet") == rows == 3 * 2 * 9 * 5
        first = entries.get(ledger, 1)
    with (tmp_path / "t.csv").open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    frame = pl.read_parquet(tmp_path / "t.parquet")
    assert frame.height == len(table) == rows
    for text, row in zip(table, frame.to_dicts(), strict=True):
        assert text == {key: "" if value is None else str(value) for key, value in row.items()}
    found = frame.filter(entry=1, lens="game", outcome="coup", month=12).row(0, named=True)
    series = first.content["lenses"]["game"]["coup"]
    assert (found["mean"], found["low"], found["high"]) == tuple(series[k][3] for k in ("mean", "low", "high"))
    assert (found["resolved"], found["resolved_on"], found["hash"]) == ("coup", "2020-05-01", first.hash)
    assert frame.filter(lens="history", outcome="negotiated")["mean"].null_count() == 15


def test_json_holds_the_entries_whole(tmp_path: Path):
    with fill(str(tmp_path / "l")) as ledger:
        assert export(ledger, tmp_path / "t.json", "json") == 5
        whole = json.loads((tmp_path / "t.json").read_text("utf-8"))
        assert whole[3]["outcome"] == "coup"
        assert whole[0] == {**entries.get(ledger, 1).content, "previous": "0" * 64, "hash": entries.get(ledger, 1).hash}
        with pytest.raises(InputError, match="exists already"):
            export(ledger, tmp_path / "t.json", "json")
