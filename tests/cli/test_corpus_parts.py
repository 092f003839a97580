"""`offramp read --parquet` in one process: rows, going on, and reports that cannot be read. Clusters: tests/cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from offramp import cluster
from offramp.cli import corpus_parts
from offramp.cli.main import app
from offramp.cli.read_corpus import Corpus
from offramp.errors import InputError
from offramp.reading.evidence import Reading

TEXT = "Lagos, 3 May 2020\n\nNigeria threatened Ghana with sanctions on Friday, officials in Lagos said."


def run(*args: object) -> Any:
    return CliRunner().invoke(app, ["read", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "news"
    (inside / "more").mkdir(parents=True)
    (inside / "a.txt").write_text(TEXT, "utf-8")
    (inside / "b.pdf").write_bytes(b"%PDF-1.7")
    (inside / "more" / "c.txt").write_text(TEXT.replace("Ghana", "Niger"), "utf-8")
    pl.DataFrame({"id": ["x", "x", "y"], "text": [TEXT, "", TEXT], "date": ["2021-01-02", None, None]}).write_parquet(
        inside / "table.parquet"
    )
    return inside


def test_one_row_a_report_with_what_jsonl_prints(folder: Path, tmp_path: Path) -> None:
    told = run(folder, "--parquet", "--recursive", "--out", tmp_path / "parts")
    assert "6 reports, 2 of which could not be read; 0 stood there already" in told.stderr
    run(folder, "--jsonl", "--recursive", "--out", tmp_path / "lines.jsonl")
    found = cluster.table(tmp_path / "parts").collect()
    assert found.schema == corpus_parts.SCHEMA
    lines = [json.loads(line) for line in (tmp_path / "lines.jsonl").read_text("utf-8").splitlines()]
    assert [json.loads(text) for text in found["json"]] == lines
    assert found["path"].to_list() == [line["path"] for line in lines]
    assert found["error"].to_list() == [line.get("error") for line in lines]
    for row, line in zip(found.to_dicts(), lines, strict=True):
        if row["error"] is not None:
            assert row["events"] is None
            continue
        reading = Reading.model_validate({key: value for key, value in line.items() if key != "path"})
        assert row["events"] == len(reading.evidence.events) == 1
        assert (row["date"], row["sha256"]) == (reading.reports[0].date, reading.reports[0].sha256)
        assert (row["language"], row["warnings"]) == ("unknown", len(reading.warnings))  # too short for a verdict


def test_going_on_and_a_corpus_that_has_changed(folder: Path, tmp_path: Path) -> None:
    run(folder, "--parquet", "--out", tmp_path / "parts")
    before = {p.name: p.read_bytes() for p in (tmp_path / "parts").glob("*.parquet")}
    (tmp_path / "parts" / "part-000002.parquet").unlink()
    told = run(folder, "--parquet", "--out", tmp_path / "parts")
    assert "5 reports, 2 of which could not be read; 4 stood there already" in told.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "parts").glob("*.parquet")} == before
    with pytest.raises(InputError, match="fast: then false, now true"):
        run(folder, "--parquet", "--fast", "--out", tmp_path / "parts")
    (folder / "a.txt").write_text(TEXT + " It rained.", "utf-8")
    with pytest.raises(InputError, match="holds the results of another run; reports: then"):
        run(folder, "--parquet", "--out", tmp_path / "parts")


def test_a_report_that_breaks_the_reader_costs_only_itself(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = corpus_parts.line_of

    def breaking(entry: Any, options: Any) -> dict[str, Any]:
        if entry.name.endswith("#y"):
            raise RecursionError("too deep")
        return whole(entry, options)

    monkeypatch.setattr(corpus_parts, "line_of", breaking)
    list(corpus_parts.read_parts(None, [str(folder)], corpus_parts_options(), tmp_path / "parts", part_size=3))
    found = cluster.table(tmp_path / "parts").collect()
    assert found["path"].str.split("/").list.last().to_list() == [
        "a.txt", "b.pdf", "table.parquet#x", "table.parquet#x~2", "table.parquet#y",
    ]  # fmt: skip
    assert found["error"].is_null().to_list() == [True, False, True, False, False]
    assert found["error"][4] == "RecursionError: too deep"
    assert json.loads(found["json"][4]) == {"path": found["path"][4], "error": "RecursionError: too deep"}


def corpus_parts_options() -> Any:
    from offramp.reading.reader import Options

    return Options()


def test_pieces_are_numbered_as_the_corpus_runs(folder: Path) -> None:
    corpus = Corpus([str(folder)], recursive=True)
    pieces = corpus_parts.Pieces(corpus)
    assert [piece.name for piece in pieces] == [entry.name for entry in corpus]
    assert len(pieces) == len(corpus) == 6
    assert pieces[2:5] == [pieces[2], pieces[3], pieces[4]]
    with pytest.raises(IndexError):
        pieces[6]


def test_what_is_remembered_of_days_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from offramp.reading import gazetteer

    monkeypatch.setattr(corpus_parts, "DAYS", 2)
    import datetime as dt

    for day in range(4):
        gazetteer.lookup(dt.date(2001, 1, 1 + day))
    assert gazetteer.lookup.cache_info().currsize > 2
    corpus_parts.rows_of([], options=corpus_parts_options())
    assert gazetteer.lookup.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--parquet",), "write a folder of parts; name it with --out"),
        (("--cluster", "local:2"), "write a folder of parts; name it with --out"),
        (("--parquet", "--jsonl", "--out", "x"), "exclude one another"),
        (("--cluster", "local:2", "--json", "--out", "x"), "exclude one another"),
        (("--parquet", "--memory", "2GiB", "--out", "x"), "is a limit of the workers of a cluster"),
        (("--cluster", "local:0", "--out", "x"), "expected 1 to 1024 worker processes"),
        (("--parquet", "--endpoint", "http://localhost:9/v1", "--model", "m", "--out", "x"), "its key would travel"),
        (("-", "--parquet", "--out", "x"), "standard input cannot be read into parts"),
    ],
)
def test_options_that_do_not_fit(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        run(folder / "a.txt", *args)
