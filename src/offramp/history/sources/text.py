"""Text tables: any of the plain forms in which the makers publish, as columns of strings with line numbers.

Comma, tab or semicolon; plain, gzip or a zip archive with one table; UTF-8 (with or without mark) or Latin-1. A
row with too few or too many cells is an error: a table that is cut off is never read as a shorter one.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from offramp.errors import InputError

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".tab", ".tab.gz", ".csv.zip", ".zip")
DELIMITERS = (",", "\t", ";")
MAX_FAULTS = 10
LIMIT = 3_000_000_000
"""Bytes a file may unpack to; V-Dem's full table has some 400 million."""
_NAMES = {"utf-8-sig": "utf-8", "cp1252": "latin-1"}


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of strings.

    `columns[name][i]` is row i's cell with outer blanks taken off; `lines[i]` the line of the file on which row i ends
    (1 is the header); `left_out` the names of columns that were not kept.
    """

    path: Path
    header: tuple[str, ...]
    columns: dict[str, list[str]]
    lines: list[int]
    left_out: tuple[str, ...]
    sha256: str
    encoding: str


def read_text_table(path: Path, keep: Callable[[str], bool]) -> TextTable:
    """Read a table and keep the columns whose name (lower case) `keep` wants; the others are named, not held.

    Raises:
        InputError: The file is missing, empty, broken off, of no known form, or a row does not fit the header. The
            message names the file and the line.
    """
    data = _bytes(path)
    unpacked = _unpack(path, data)
    if not unpacked or unpacked.isspace():
        raise InputError(f"{path}: the file is empty; expected a header and at least one row")
    encoding = _encoding(path, unpacked)
    rows = _rows(path, unpacked, encoding)
    header = tuple(name.strip().strip('"').lower() for name in next(rows)[1])
    twice = sorted({name for name in header if header.count(name) > 1 and keep(name)})
    if twice:
        raise InputError(f"{path}, line 1: column(s) {', '.join(twice)} stand twice; expected each once")
    wanted = [(i, name) for i, name in enumerate(header) if name and keep(name)]
    columns: dict[str, list[str]] = {name: [] for _, name in wanted}
    lines: list[int] = []
    faults: list[str] = []
    for line, cells in rows:
        if len(cells) != len(header):
            faults.append(f"line {line}: {len(cells)} cell(s) where the header has {len(header)}")
            if len(faults) >= MAX_FAULTS:
                break
            continue
        lines.append(line)
        for i, name in wanted:
            columns[name].append(cells[i].strip())
    if faults:
        listed = "\n  ".join(faults)
        raise InputError(
            f"{path}: rows that do not fit the header; the file may be cut off or edited by hand\n  {listed}"
        )
    if not lines:
        raise InputError(f"{path}: a header but no rows; expected at least one row")
    left_out = tuple(name for name in header if name and not keep(name))
    return TextTable(path, header, columns, lines, left_out, hashlib.sha256(data).hexdigest(), _NAMES[encoding])


def _bytes(path: Path) -> bytes:
    """The file as it lies on disk."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _encoding(path: Path, unpacked: bytes) -> str:
    try:
        unpacked.decode("utf-8")
    except UnicodeDecodeError:
        if b"\x00" in unpacked:
            raise InputError(
                f"{path}: is no text table (it holds zero bytes, as Excel, Stata and SPSS files do); save it as CSV"
            ) from None
        # Windows' form of Latin-1; its five unused bytes become replacement marks, which no rule lets through.
        return "cp1252"
    return "utf-8-sig"


def _unpack(path: Path, data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                unpacked = packed.read(LIMIT + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(f"{path}: the gzip file is broken or cut off ({error}); fetch or copy it again") from error
        if len(unpacked) > LIMIT:
            raise InputError(f"{path}: unpacks to more than {LIMIT:,} bytes; expected a table of the record")
        return unpacked
    if data[:4] == b"PK\x03\x04":
        return _unzip(path, data)
    return data


def _unzip(path: Path, data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [
                name
                for name in archive.namelist()
                if name.lower().endswith((".csv", ".txt", ".tab", ".tsv")) and "codebook" not in name.lower()
            ]
            if len(names) != 1:
                raise InputError(
                    f"{path}: the archive holds {len(names)} tables ({', '.join(names[:5])}); unpack the right one"
                )
            if archive.getinfo(names[0]).file_size > LIMIT:
                raise InputError(f"{path}: unpacks to more than {LIMIT:,} bytes; expected a table of the record")
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(f"{path}: the zip archive is broken ({error}); fetch or copy it again") from error


def _rows(path: Path, unpacked: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells, without blank lines; the delimiter is the one the header has most of."""
    first = unpacked.lstrip(b"\r\n").split(b"\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda mark: first.count(mark.encode()))
    # Read piece by piece: a text in memory takes four times the room of the bytes.
    text = io.TextIOWrapper(io.BytesIO(unpacked), encoding=encoding, errors="replace", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(
            f"{path}, line {reader.line_num}: {error}; expected text in straight quotes or none"
        ) from error
