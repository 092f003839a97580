"""`offramp read` as a user runs it, in one process: options, output, statuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from offramp.cli import main
from offramp.reading.evidence import Reading

REPORT = (
    "CARACAS, 1 December 2025 — The president told the ruler to leave at once.\n\n"
    "“We reject the offer,” Foreign Minister Ana Ruiz said. Critics say that 85 percent of people are unhappy.\n\n"
    "Share this article\n"
)


@pytest.fixture
def offramp(monkeypatch, capsys):
    def run(*args, stdin: bytes = b""):
        class Input:
            buffer = io.BytesIO(stdin)

        monkeypatch.setattr(sys, "argv", ["offramp", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", Input())
        try:
            main.main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        out = capsys.readouterr()
        return status, out.out, out.err

    return run


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text(REPORT, "utf-8")
    return path


def test_json_is_the_reading(offramp, report):
    status, out, err = offramp("read", report, "--json")
    assert (status, err) == (0, "")
    data = json.loads(out)
    assert list(data) == ["reports", "evidence", "warnings", "agreement"]
    reading = Reading.model_validate(data)
    text = reading.reports[0].text
    assert text == REPORT
    quoted = next(claim for claim in reading.evidence.claims if claim.direct)
    assert (quoted.speaker, quoted.grade.value) == ("Ana Ruiz", "B")
    assert [text[a:b] for a, b in quoted.content_spans] == ["“We reject the offer,”"]
    assert [(s.value, s.grade.value) for s in reading.evidence.statistics] == [(85, "E")]
    assert [text[d.start : d.end] for d in reading.evidence.dropped] == ["Share this article"]


def test_tables_are_the_default_and_show_grades(offramp, report):
    status, out, _ = offramp("read", report)
    assert status == 0
    assert offramp("read", report, "--table")[1] == out
    for word in ("Claims", "Ana Ruiz", "85 %", "Dropped: share buttons (1)", "Sourcing:", "2025-12-01"):
        assert word in out


def test_standard_input(offramp):
    status, out, _ = offramp("read", "-", "--json", stdin=REPORT.encode())
    assert status == 0
    assert json.loads(out)["reports"][0]["path"] == "-"


def test_a_folder_gives_a_line_a_file(offramp, report, tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 \xe2\xe3")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "inner").mkdir()
    status, out, err = offramp("read", tmp_path, "--jsonl")
    assert (status, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [Path(line["path"]).name for line in lines] == ["empty.txt", "report.md", "scan.pdf"]
    assert "is empty" in lines[0]["error"]
    assert "a PDF" in lines[2]["error"]
    Reading.model_validate({key: value for key, value in lines[1].items() if key != "path"})
    assert set(lines[0]) == {"path", "error"}


def test_files_side_by_side_stand_by_themselves(offramp, report, tmp_path):
    (tmp_path / "other.txt").write_text(REPORT.replace("Ana Ruiz", "Bea Lopez"), "utf-8")
    status, out, _ = offramp("read", report, tmp_path / "other.txt", "--jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [line["evidence"]["claims"][0]["report"] for line in lines] == [0, 0]


def test_a_report_cannot_steer_the_terminal(offramp, tmp_path):
    (tmp_path / "r.txt").write_text(REPORT.replace("Critics", "Critics \x1b[31m\x1b]0;x\x07 [bold]red[/bold]"), "utf-8")
    _, out, _ = offramp("read", tmp_path / "r.txt")
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nothing.txt",), "nothing.txt: there is no such file"),
        (("nothing.txt", "--jsonl"), "none of 1 reports could be read"),
        (("x", "--json", "--jsonl"), "exclude one another"),
        (("-", "-"), "only once"),
        (("http://127.0.0.1:9/", "--json"), "not on the public internet"),
        (("ftp://x.example/a",), "only http and https"),
    ],
)
def test_bad_input_is_one_clear_error(offramp, tmp_path, monkeypatch, args, says):
    monkeypatch.chdir(tmp_path)
    status, _, err = offramp("read", *args)
    assert status == 2
    assert says in err
    assert "Traceback" not in err


def test_an_empty_folder(offramp, tmp_path):
    (tmp_path / "none").mkdir()
    status, out, err = offramp("read", tmp_path / "none", "--jsonl")
    assert (status, out) == (2, "")
    assert "no file to read" in err
    status, _, err = offramp("read", tmp_path / "none")
    assert status == 2
    assert "this is a folder" in err
