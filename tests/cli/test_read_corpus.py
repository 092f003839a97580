"""Corpora: folders and Parquet tables, a line a report, and a run that goes on where it was broken off."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from offramp.cli.main import app
from offramp.cli.read_corpus import Corpus, done_in
from offramp.errors import InputError
from offramp.reading.evidence import Reading

TEXT = "Lagos, 3 May 2020\n\nNigeria threatened Ghana with sanctions on Friday, officials in Lagos said."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "news"
    (inside / "more").mkdir(parents=True)
    (inside / ".git").mkdir()
    (inside / ".git" / "x.txt").write_text("no", "utf-8")
    (inside / "a.txt").write_text(TEXT, "utf-8")
    (inside / "b.pdf").write_bytes(b"%PDF-1.7")
    (inside / "more" / "c.txt").write_text(TEXT, "utf-8")
    return inside


def run(*args):
    result = CliRunner().invoke(app, ["read", *map(str, args)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_folders_inside_folders_only_when_asked(folder):
    assert [Path(e.name).name for e in Corpus([str(folder)])] == ["a.txt", "b.pdf"]
    assert [Path(e.name).name for e in Corpus([str(folder)], recursive=True)] == ["a.txt", "b.pdf", "c.txt"]


def test_a_run_goes_on_where_it_stopped(folder, tmp_path):
    out = tmp_path / "all.jsonl"
    first = run(folder, "--jsonl", "--recursive", "--out", out)
    assert "2 read, 1 could not be read, 0 stood there already" in first.stderr
    whole = out.read_text("utf-8")
    out.write_text(whole[: len(whole) - 300], "utf-8")  # as if the machine had stopped while it wrote
    second = run(folder, "--jsonl", "--recursive", "--out", out)
    assert "1 read, 0 could not be read, 2 stood there already" in second.stderr
    assert out.read_text("utf-8") == whole
    third = run(folder, "--jsonl", "--recursive", "--out", out)
    assert "0 read, 0 could not be read, 3 stood there already" in third.stderr
    assert out.read_text("utf-8") == whole


def test_a_file_of_something_else_is_not_appended_to(folder, tmp_path):
    out = tmp_path / "notes.txt"
    out.write_text("dear diary\n", "utf-8")
    with pytest.raises(InputError, match="line 1 is no line of a reading"):
        run(folder, "--jsonl", "--out", out)
    assert out.read_text("utf-8") == "dear diary\n"


def test_an_output_that_does_not_exist_holds_nothing(tmp_path):
    assert done_in(tmp_path / "none.jsonl") == set()


def test_a_parquet_table(tmp_path):
    table = tmp_path / "news.parquet"
    pl.DataFrame(
        {
            "id": ["x", "y", "x", None],
            "text": [TEXT, TEXT.replace("Ghana", "Niger"), "", TEXT],
            "date": ["2021-01-02", "soon", None, None],
            "title": ["Threats", None, None, None],
            "publisher": [None, "The Herald", None, None],
            "views": [1, 2, 3, 4],
        }
    ).write_parquet(table)
    assert len(Corpus([str(table)])) == 4
    out = tmp_path / "out.jsonl"
    run(table, "--jsonl", "--out", out)
    found = lines(out)
    assert [line["path"] for line in found] == [f"{table}#x", f"{table}#y", f"{table}#x~2", f"{table}#4"]
    assert "the text is empty" in found[2]["error"]
    readings = [Reading.model_validate({k: v for k, v in f.items() if k != "path"}) for f in found if "error" not in f]
    assert [str(r.reports[0].date) for r in readings] == ["2021-01-02", "2020-05-03", "2020-05-03"]
    assert readings[0].reports[0].title == "Threats"
    assert readings[1].reports[0].publisher == "The Herald"
    assert any("'soon' in the column 'date' is no date" in w for w in readings[1].warnings)
    assert {e.target.country for r in readings for e in r.evidence.events if e.target} == {"GHA", "NER"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b"no table"), "no Parquet table"),
        (lambda path: pl.DataFrame({"body": ["x"]}).write_parquet(path), "a column 'text' of strings is needed.*body"),
        (lambda path: pl.DataFrame({"text": [1]}).write_parquet(path), "a column 'text' of strings"),
    ],
)
def test_tables_of_the_wrong_kind(tmp_path, make, says):
    path = tmp_path / "x.parquet"
    make(path)
    with pytest.raises(InputError, match=says):
        run(path, "--jsonl")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--out", "x"), "go with --jsonl"),
        (("--recursive",), "go with --jsonl"),
        (("--html", "--json"), "exclude one another"),
        (("--model", "m"), "go together"),
        (("--endpoint", "http://x/v1"), "go together"),
        (("--names", "none.yaml"), "cannot be read"),
    ],
)
def test_options_that_do_not_fit(folder, args, says):
    with pytest.raises(InputError, match=says):
        run(folder / "a.txt", *args)
