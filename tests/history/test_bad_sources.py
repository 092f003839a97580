"""Source files with faults: every one is refused with file, line, column and what would be right."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from history.made_sources import Rows, make, write
from offramp.errors import InputError
from offramp.history.assemble.write import assemble
from offramp.history.sources.registry import find_files, read_sources
from offramp.history.sources.text import read_text_table

TABLES = make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "raw", TABLES)


def rewritten(folder: Path, stem: str, change: Callable[[Rows], object]) -> str:
    """The error after one table was changed."""
    rows = [dict(row) for row in TABLES[stem]]
    change(rows)
    write(folder, {stem: rows})
    with pytest.raises(InputError) as caught:
        assemble(read_sources(folder))
    return str(caught.value)


def test_the_made_up_files_are_good(folder: Path) -> None:
    sources = read_sources(folder)
    assert len(sources.parsed) == 17
    assert not sources.absent


def test_a_day_that_no_month_has(folder: Path) -> None:
    error = rewritten(folder, "archigos_4.1", lambda rows: rows[3].update(startdate="1950-02-31"))
    assert "archigos_4.1.csv.gz: 1 problem(s)" in error
    assert "line 5, column startdate: is '1950-02-31'; expected a day of the calendar as YYYY-MM-DD" in error


def test_a_day_in_parts_that_no_month_has(folder: Path) -> None:
    error = rewritten(folder, "cline_coups", lambda rows: rows[0].update(month=2, day=31))
    assert "line 2, column day: is 31; expected a day that the month has" in error


def test_an_unknown_state(folder: Path) -> None:
    error = rewritten(folder, "colpus", lambda rows: rows[7].update(ccode=646))
    assert "colpus.csv.gz: 1 unknown state code(s)" in error
    assert "line 9, column ccode: is 646; expected a state code (cow), nearest known: 645" in error


def test_an_unknown_word_and_a_number_out_of_range(folder: Path) -> None:
    def change(rows: Rows) -> None:
        rows[0].update(exit="Vanished")
        rows[1].update(prevtimesinoffice=77, gender="X")

    error = rewritten(folder, "archigos_4.1", change)
    assert "line 2, column exit: is 'Vanished'; expected one of Regular, Irregular" in error
    assert "line 3, column prevtimesinoffice: is 77; expected 0 to 20" in error
    assert "line 3, column gender: is 'X'; expected one of M, F" in error


def test_every_fault_is_counted_and_the_first_are_listed(folder: Path) -> None:
    error = rewritten(folder, "cow_nmc", lambda rows: [row.update(milper="many") for row in rows[:50]])
    assert "cow_nmc.csv.gz: 50 problem(s)" in error
    assert "and 30 more" in error


def test_a_duplicate_row(folder: Path) -> None:
    error = rewritten(folder, "polity5", lambda rows: rows.append(rows[4]))
    line = len(TABLES["polity5"]) + 2
    assert f"line {line}, column ccode, year:" in error
    assert "one row for each ccode, year; an earlier row has the same" in error


def test_an_end_before_the_start(folder: Path) -> None:
    error = rewritten(folder, "archigos_4.1", lambda rows: rows[2].update(enddate="1901-01-01", startdate="1950-01-01"))
    assert "line 4, column enddate: is 1901-01-01; expected a day not before startdate" in error


def test_a_renamed_column(folder: Path) -> None:
    rows = [{("beginning" if k == "startdate" else k): v for k, v in row.items()} for row in TABLES["archigos_4.1"]]
    write(folder, {"archigos_4.1": rows})
    with pytest.raises(InputError, match="line 1: Archigos") as caught:
        read_sources(folder)
    assert "column startdate: missing" in str(caught.value)
    assert "column beginning: unknown" in str(caught.value)


def test_a_column_that_nobody_knows(folder: Path) -> None:
    write(folder, {"ucdp_acd": [row | {"mood": 1} for row in TABLES["ucdp_acd"]]})
    with pytest.raises(InputError, match="column mood: unknown, and nothing that is not understood is passed over"):
        read_sources(folder)


def test_an_empty_file(folder: Path) -> None:
    (folder / "lead.csv.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(InputError, match=r"lead\.csv\.gz: the file is empty"):
        read_sources(folder)


def test_a_header_without_rows(folder: Path) -> None:
    (folder / "lead.csv.gz").write_bytes(gzip.compress(b"obsid,leveledu\n"))
    with pytest.raises(InputError, match="a header but no rows"):
        read_sources(folder)


def test_a_truncated_gzip(folder: Path) -> None:
    path = folder / "cow_nmc.csv.gz"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"cow_nmc.csv.gz: the gzip file is broken or cut off"):
        read_sources(folder)


def test_a_table_cut_in_the_middle_of_a_row(folder: Path) -> None:
    path = folder / "vdem_simple.csv.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-12]))
    with pytest.raises(InputError, match=r"line \d+: \d cell\(s\) where the header has 9"):
        read_sources(folder)


def test_latin_1_is_read_as_such(tmp_path: Path) -> None:
    tables = make()
    tables["archigos_4.1"][0]["leader"] = "José Figueres"
    folder = write(tmp_path, tables, packed=False)
    path = folder / "archigos_4.1.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    parsed = read_sources(folder).parsed["archigos"]
    assert parsed.encoding == "latin-1"
    assert parsed.frame["leader"][0] == "José Figueres"


def test_a_spreadsheet_is_no_text(folder: Path) -> None:
    (folder / "cow_nmc.csv.gz").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00\xff" * 300)
    with pytest.raises(InputError, match="save it as CSV"):
        read_sources(folder)


def test_a_folder_without_a_file_that_is_needed(folder: Path) -> None:
    (folder / "colpus.csv.gz").unlink()
    (folder / "reign_elections.csv.gz").unlink()
    with pytest.raises(InputError, match=r"2 source file\(s\) are not there") as caught:
        read_sources(folder)
    assert "a file named colpus*" in str(caught.value)
    assert "without it these would be missing: the election clock: m_since_election" in str(caught.value)


def test_a_folder_without_a_file_that_can_be_done_without(folder: Path) -> None:
    for stem in ("vdem_simple", "powell_thyne_coups", "ties_sanctions", "lead", "lwuf", "polity5", "tss_rivalries"):
        (folder / f"{stem}.csv.gz").unlink()
    sources = read_sources(folder)
    assembled = assemble(sources)
    assert set(sources.absent) == {"vdem", "powell_thyne", "ties", "lead", "lwuf", "polity", "tss"}
    for column in (
        "polyarchy_l1",
        "pt_att_next12",
        "sanc_threat_prev_decade",
        "rebel_past",
        "polity2_l1",
        "rival_major_l1",
    ):
        assert assembled.panel[column].null_count() == assembled.panel.height


def test_two_files_for_one_source(folder: Path) -> None:
    (folder / "colpus_old.csv.gz").write_bytes((folder / "colpus.csv.gz").read_bytes())
    with pytest.raises(InputError, match="are both Colpus"):
        find_files(folder)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_sources(tmp_path / "nowhere")


def test_lines_are_lines_of_the_file_even_with_breaks_in_cells_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('x,y\n1,"two\nlines"\n\n3,4\n', encoding="utf-8")
    table = read_text_table(path, lambda name: True)
    assert table.lines == [3, 5]
    assert table.columns == {"x": ["1", "3"], "y": ["two\nlines", "4"]}


def test_a_zip_with_one_table_and_one_with_two(tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    with zipfile.ZipFile(one, "w") as archive:
        archive.writestr("table.csv", "x\n1\n")
        archive.writestr("codebook.pdf", "words")
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("b.csv", "x\n1\n")
    assert read_text_table(one, lambda name: True).columns == {"x": ["1"]}
    with pytest.raises(InputError, match="holds 2 tables"):
        read_text_table(two, lambda name: True)


def test_a_cut_that_the_sources_do_not_reach(folder: Path) -> None:
    with pytest.raises(InputError, match=r"--cut 2015-01-01: archigos_4\.1\.csv\.gz ends on 2009-12-31"):
        assemble(read_sources(folder), cut=dt.date(2015, 1, 1))
    with pytest.raises(InputError, match="the panel begins in December 1949"):
        assemble(read_sources(folder), cut=dt.date(1949, 1, 1))
