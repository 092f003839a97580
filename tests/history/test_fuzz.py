"""Any damage to a source file ends in an error of ours or in the same rows: never in a traceback or a shorter table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from history.made_sources import make
from offramp.errors import InputError
from offramp.history.sources.registry import SOURCES
from offramp.history.sources.spec import Source, parse

STEMS = {"archigos": "archigos_4.1", "cline": "cline_coups", "reign_elections": "reign_elections", "ucdp": "ucdp_acd"}
TABLES = make()
ROWS = 6


def text_of(source: Source) -> tuple[list[str], list[list[str]]]:
    rows = TABLES[STEMS[source.name]][:ROWS]
    return list(rows[0]), [[str(value) for value in row.values()] for row in rows]


def rows_or_error(source: Source, path: Path) -> int | str:
    try:
        return parse(source, path).rows
    except InputError as error:
        return str(error)


CHOSEN = [source for source in SOURCES if source.name in STEMS and source.stems[0] != "arch_annual"]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "NA",
            "-1",
            "1e400",
            "nan",
            "inf",
            "2001-02-29",
            "9999-12-31",
            "0",
            "1.5",
            " ",
            '"',
            "\x00",
            "é",
            "-99",
            "651, 2",
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(CHOSEN), row=st.integers(0, ROWS - 1), column=st.integers(0, 40), cell=CELLS)
def test_a_changed_cell(tmp_path: Path, source: Source, row: int, column: int, cell: str) -> None:
    header, rows = text_of(source)
    rows[row][column % len(header)] = cell
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    path = tmp_path / f"{source.stems[0]}.csv"
    path.write_bytes(out.getvalue().encode("utf-8", errors="replace"))
    read = rows_or_error(source, path)
    assert read == ROWS or str(path) in str(read)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(CHOSEN), data=st.data())
def test_damaged_bytes(tmp_path: Path, source: Source, data: st.DataObject) -> None:
    header, rows = text_of(source)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    whole = out.getvalue().encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    put = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 6))
    path = tmp_path / f"{source.stems[0]}.csv"
    path.write_bytes(whole[:at] + put + whole[at + cut :])
    read = rows_or_error(source, path)
    # Only damage to a line break itself can make two rows of one or one of two, and then cells are missing.
    assert read == ROWS or str(path) in str(read)


@pytest.mark.parametrize("source", CHOSEN, ids=lambda source: source.name)
def test_cut_off_anywhere_inside_a_row(tmp_path: Path, source: Source) -> None:
    header, rows = text_of(source)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    whole = out.getvalue().encode()
    last = whole.rstrip(b"\r\n").rfind(b"\n")
    path = tmp_path / f"{source.stems[0]}.csv"
    for end in range(last + 1, last + 12):
        path.write_bytes(whole[:end])
        if end == last + 1:
            assert parse(source, path).rows == ROWS - 1  # a whole table less a row is a table: only a checksum can tell
            continue
        with pytest.raises(InputError):
            parse(source, path)
