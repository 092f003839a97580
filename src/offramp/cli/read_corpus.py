"""A corpus read report by report: files, folders and Parquet tables in, one JSON line each out, with resume.

A Parquet table has a column `text` and may have `id`, `date`, `title` and `publisher`; it is read some rows at a time,
so a table larger than memory is no matter. With a file for output, a run that was broken off goes on where it
stopped: reports whose lines stand there already are passed over, and a last line that was cut is taken away first.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from offramp.errors import InputError, OfframpError

if TYPE_CHECKING:
    from offramp.reading.ingest import Ingested
    from offramp.reading.reader import Options

ROWS = 200  # rows of a Parquet table that are held at a time
_COLUMNS = ("id", "date", "title", "publisher")


class Entry(NamedTuple):
    """One report of a corpus: its name, unique within the run, and what gives it, read only when asked for."""

    name: str
    load: Callable[[], Ingested]


class Corpus:
    """What the user named, spread out to single reports.

    Args:
        sources: Files, addresses, `-`, folders, Parquet files.
        recursive: Whether folders inside folders are gone through too.
    """

    def __init__(self, sources: list[str], *, recursive: bool = False) -> None:
        self._parts = [part for source in sources for part in _spread(source, recursive)]
        if not self._parts:
            raise InputError(f"{', '.join(sources)}: there is no file to read there.")

    def __len__(self) -> int:
        return sum(_rows(part) if _is_parquet(part) else 1 for part in self._parts)

    def __iter__(self) -> Iterator[Entry]:
        for part in self._parts:
            if _is_parquet(part):
                yield from _table(part)
            else:
                yield entry_of(part)

    def parts(self) -> Iterator[tuple[str, bool]]:
        """Every file and address, and whether it is a Parquet table."""
        return ((part, _is_parquet(part)) for part in self._parts)


def entry_of(name: str, row: dict[str, Any] | None = None) -> Entry:
    """One report: a file or an address, or a row of a table with the name that it has in the run."""
    return Entry(name, (lambda: _file(name)) if row is None else (lambda: _of_row(name, row)))


def names_in(source: str) -> list[str]:
    """Names of the reports of a Parquet table, in order: its `id`s, or the numbers of the rows; told apart if equal."""
    import polars as pl

    height, columns = _scan(source)
    idents = pl.scan_parquet(source).select("id").collect()["id"] if "id" in columns else [None] * height
    again: dict[str, int] = {}
    names = []
    for number, given in enumerate(idents, 1):
        ident = str(number if given is None else given)
        again[ident] = again.get(ident, 0) + 1
        names.append(f"{source}#{ident}" + (f"~{again[ident]}" if again[ident] > 1 else ""))
    return names


def rows(source: str, first: int, count: int) -> list[dict[str, Any]]:
    """Some rows of a Parquet table that follow one another, with the columns that are of use."""
    import polars as pl

    columns = _scan(source)[1]
    return pl.scan_parquet(source).select(columns).slice(first, count).collect().to_dicts()


def line_of(entry: Entry, options: Options) -> dict[str, Any]:
    """The line of one report: its reading, or why it could not be read."""
    from offramp.reading.reader import read_ingested

    try:
        reading = read_ingested([entry.load()], options=options)
    except OfframpError as error:
        return {"path": entry.name, "error": str(error)}
    return {"path": entry.name, **reading.model_dump(mode="json")}


def done_in(path: Path) -> set[str]:
    """Names of the reports whose lines stand in an output file; a cut last line is taken off the file.

    Raises:
        InputError: The file holds something else than lines of a reading.
    """
    if not path.exists():
        return set()
    done: set[str] = set()
    good = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                name = None
                with suppress(ValueError, RecursionError):
                    name = json.loads(line).get("path") if line.startswith(b"{") else None
                if not isinstance(name, str):
                    raise InputError(f"{path}: line {number} is no line of a reading; choose another file.")
                done.add(name)
                good += len(line)
        if good < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(good)
    except OSError as error:
        raise InputError(f"{path}: cannot be read or written ({error.strerror or error}).") from None
    return done


def _spread(source: str, recursive: bool) -> Iterator[str]:
    path = Path(source)
    if source == "-" or "://" in source or not path.is_dir():
        yield source
        return
    try:
        found = path.rglob("*") if recursive else path.iterdir()
        inside = sorted(
            p for p in found if p.is_file() and not any(x.startswith(".") for x in p.relative_to(path).parts)
        )
    except OSError as error:
        raise InputError(f"{source}: the folder cannot be read ({error.strerror or error}).") from None
    yield from map(str, inside)


def _is_parquet(source: str) -> bool:
    return source.lower().endswith((".parquet", ".pq")) and "://" not in source


def _file(source: str) -> Ingested:
    from offramp.reading import ingest

    return ingest.load(source)


def _rows(source: str) -> int:
    return int(_scan(source)[0])


def _scan(source: str) -> tuple[int, list[str]]:
    """Rows and columns of a table that are of use. Raises `InputError` for what is no such table."""
    import polars as pl
    from polars.exceptions import PolarsError

    try:
        frame = pl.scan_parquet(source)
        columns = frame.collect_schema()
        height = frame.select(pl.len()).collect().item()
    except (PolarsError, OSError) as error:
        raise InputError(f"{source}: no Parquet table ({' '.join(str(error).split())[:160]}).") from None
    if columns.get("text") != pl.String:
        raise InputError(f"{source}: a column 'text' of strings is needed; there are: {', '.join(columns)}.")
    return int(height), ["text", *(c for c in _COLUMNS if c in columns)]


def _table(source: str) -> Iterator[Entry]:
    names = names_in(source)
    for start in range(0, len(names), ROWS):
        for name, row in zip(names[start : start + ROWS], rows(source, start, ROWS), strict=True):
            yield entry_of(name, row)


def _of_row(name: str, row: dict[str, Any]) -> Ingested:
    """A row as a report; what its columns say about it goes before what its text says."""
    from dataclasses import replace

    from offramp.reading import ingest

    if not row["text"]:
        raise InputError(f"{name}: the text is empty.")
    one = ingest.from_bytes(str(row["text"]).encode("utf-8", "replace"), name)
    told: dict[str, Any] = {k: str(row[k]) for k in ("title", "publisher") if row.get(k)}
    day = _day(row.get("date"))
    if row.get("date") is not None and day is None:
        one.warnings.append(
            f"{name}: {str(row['date'])[:40]!r} in the column 'date' is no date; the text's own counts."
        )
    elif day is not None:
        told["date"] = day
    return replace(one, report=one.report.model_copy(update=told))


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
