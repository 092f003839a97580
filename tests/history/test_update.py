"""`history update` and `history check`: what is written, the cut, interruptions, and the commands themselves."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from history.made_sources import make, write
from offramp.cli.main import app
from offramp.errors import InputError
from offramp.history.assemble import write as writing
from offramp.history.assemble.lags import COVARIATES
from offramp.history.assemble.write import MANIFEST, update
from offramp.history.build import count_tables
from offramp.history.records import file_sha256, read_record
from offramp.history.vocabulary import CUT

HORIZONS = (1, 6, 12)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sources") / "raw", make())


@pytest.fixture(scope="module")
def record(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("record") / "out"
    update(raw, out)
    return out


def months_later(t: dt.date, months: int) -> dt.date:
    number = t.year * 12 + t.month + months
    return dt.date(number // 12, number % 12 + 1, 1) - dt.timedelta(days=1)


def test_what_is_written_is_a_record(record: Path) -> None:
    read = read_record(record)
    assert read.panel.height > 5000
    assert read.panel["origin"].max() == "2009-12"
    assert json.loads(count_tables(read))["manifest"]["rows"]["panel"] == read.panel.height


def test_the_manifest_tells_what_it_rests_on(raw: Path, record: Path) -> None:
    manifest = json.loads((record / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["cut"] == CUT.isoformat()
    for name in ("spells.parquet", "panel.parquet"):
        assert manifest["sha256"][name] == file_sha256(record / name)
    told = manifest["sources"]["archigos"]
    assert told["sha256"] == file_sha256(raw / told["file"])
    assert told["version"] == "4.1"
    assert "Goemans" in told["citation"]
    assert manifest["sources"]["cline"]["version"] == "not stated"  # the file's name does not say
    vdem = manifest["sources"]["vdem"]
    assert vdem["dropped"] == {"of no state of the Gleditsch-Ward list": 6}  # Hong Kong
    assert manifest["sources"]["tss"]["dropped"] == {"before 1944": 1}
    assert [row["column"] for row in manifest["covariates"]] == [c.column for c in COVARIATES]


def test_every_row_is_either_used_or_counted(raw: Path) -> None:
    """Yearly sources: what is not dropped with a reason is a row of the years in use."""
    from offramp.history.assemble.write import assemble
    from offramp.history.sources.registry import read_sources

    tables = make()
    tables["polity5"].append(tables["polity5"][0] | {"year": 1901})
    folder = write(raw.parent / "early", tables)
    sources = read_sources(folder)
    assemble(sources, cut=dt.date(1980, 12, 31))
    late = sum(1 for row in tables["polity5"] if int(str(row["year"])) > 1980)
    assert sources.parsed["polity"].dropped == {"before 1944": 1, "after the cut": late}


@pytest.mark.parametrize("cut", [dt.date(1980, 12, 31), dt.date(1983, 5, 17)])
def test_the_cut_cuts_everything(raw: Path, tmp_path: Path, record: Path, cut: dt.date) -> None:
    update(raw, tmp_path / "early", cut)
    early, whole = read_record(tmp_path / "early"), read_record(record)
    last = cut if cut.month != (cut + dt.timedelta(days=1)).month else cut.replace(day=1) - dt.timedelta(days=1)
    assert early.panel["origin"].max() == f"{last:%Y-%m}"
    assert early.spells["end"].max() == cut
    assert early.spells["start"].max() <= cut
    running = early.spells.filter(pl.col("exit_cat") == "in_office")
    assert running.height > 5
    assert set(running["end"]) == {cut}
    assert set(running["fate"]) == {"in_office"}
    recent = early.spells.filter(pl.col("exit_cat") != "in_office", pl.col("end") > cut.replace(year=cut.year - 1))
    assert set(recent["fate"]) <= {"censored_fate_window"}
    for months in HORIZONS:
        column = f"exit_next{months}"
        for origin, empty in early.panel.select("origin", pl.col(column).is_null()).unique().rows():
            t = months_later(dt.date(int(origin[:4]), int(origin[5:]), 1), 0)
            assert empty == (months_later(t, months) > cut), (origin, months)
    # Windows that closed by the cut are told as they are told with all that came later.
    outcomes = ("exit_next12", "coup_att_next12")
    closed = early.panel.filter(pl.col("exit_next12").is_not_null()).select("gwcode", "origin", *outcomes)
    both = closed.join(whole.panel, on=["gwcode", "origin"], suffix="_whole")
    assert both.height == closed.height
    for column in outcomes:
        assert both[column].to_list() == both[f"{column}_whole"].to_list()


def test_an_interruption_leaves_what_was_there(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    update(raw, out, dt.date(1990, 12, 31))
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "read_record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        update(raw, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with pytest.raises(KeyboardInterrupt):
        update(raw, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_same_files_give_the_same_bytes(raw: Path, tmp_path: Path, record: Path) -> None:
    update(raw, tmp_path / "again")
    for name in ("spells.parquet", "panel.parquet", MANIFEST):
        assert (tmp_path / "again" / name).read_bytes() == (record / name).read_bytes()


def test_a_record_that_was_not_made_here_is_not_written_over(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "theirs"
    out.mkdir()
    (out / "spells.parquet").write_bytes(b"theirs")
    with pytest.raises(InputError, match="was not made here"):
        update(raw, out)
    update(raw, out, force=True)
    assert read_record(out).panel.height > 5000


def test_a_place_that_cannot_be_written(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        update(raw, tmp_path / "file" / "out")


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["history", *words])
    if isinstance(result.exception, InputError):
        return 2, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_update_command(raw: Path, tmp_path: Path) -> None:
    status, said = run("update", "--from", str(raw), "--out", str(tmp_path / "r"), "--cut", "1999-12-31")
    assert status == 0
    assert "cut at 1999-12-31" in said
    assert "Rows left out, with reasons in manifest.json" in said
    status, said = run("update", "--from", str(raw), "--out", str(tmp_path / "r"), "--json")
    assert json.loads(said[said.index("{") :])["cut"] == "2009-12-31"
    assert run("update", "--from", str(raw), "--cut", "soon")[1].startswith("--cut 'soon': expected a date")
    assert "leave --sources and --cache out" in run("update", "--from", str(raw), "--cache", str(tmp_path))[1]


def test_the_check_command_on_sources(raw: Path, tmp_path: Path) -> None:
    csv = tmp_path / "conflicts.csv"
    status, said = run("check", "--from", str(raw), "--csv", str(csv))
    assert status == 0
    assert "17 source files" in said
    listed = pl.read_csv(csv)
    assert f"Wrote {listed.height} conflicts to" in said
    status, told = run("check", "--from", str(raw), "--json")
    parsed = json.loads(told[told.index("{") :])
    assert sum(parsed["counts"].values()) == listed.height == len(parsed["conflicts"])


def test_the_check_command_on_a_record(record: Path) -> None:
    status, said = run("check", "--from", str(record))
    assert status == 0
    assert "leader-months, no problem found" in said
    assert "made from other files" in said
    assert json.loads(run("check", "--from", str(record), "--json")[1])["shipped_numbers_made_from_it"] is False
    assert "assembled record" in run("check", "--from", str(record), "--csv", "x.csv")[1]


@pytest.mark.parametrize("delay_s", [0.8, 1.6])
def test_ctrl_c_leaves_nothing_half_written(raw: Path, tmp_path: Path, delay_s: float) -> None:
    words = [sys.executable, "-m", "offramp", "history", "update", "--from", str(raw), "--out", str(tmp_path / "out")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        time.sleep(delay_s)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    left = [path.name for path in tmp_path.iterdir()]
    if running.returncode == 0:  # it was faster than the key
        assert left == ["out"]
    else:
        assert running.returncode in (130, -signal.SIGINT)
        assert "Traceback" not in said or delay_s < 1
        assert left == []
