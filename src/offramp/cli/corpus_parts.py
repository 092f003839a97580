"""`offramp read --parquet`: a corpus read into a folder of Parquet parts, here or on a cluster, one row a report.

What travels to a worker is where a report lies (a file's name, or a table and a row), never its text: the workers of a
cluster must see the same files. Rows are those of `SCHEMA`; `json` is the line that `--jsonl` would print.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import polars as pl

from offramp.cli.read_corpus import ROWS, Corpus, Entry, entry_of, line_of, names_in, rows
from offramp.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

    from offramp.cluster import Part
    from offramp.cluster.engine import Progress
    from offramp.reading.ingest import Ingested
    from offramp.reading.reader import Options

COUNTED = ("events", "offers", "demands", "claims", "statistics", "conditions")
DAYS = 64  # days whose names are remembered from part to part
SCHEMA: dict[str, Any] = {
    "path": pl.String,
    "sha256": pl.String,  # of the report's bytes
    "date": pl.Date,
    "language": pl.String,  # by its commonest words; 'unknown' for a short text
    "error": pl.String,  # why it could not be read, or null
    "warnings": pl.Int32,
    **dict.fromkeys(COUNTED, pl.Int32),
    "json": pl.String,
}


class Piece(NamedTuple):
    """Where one report lies: a file or an address, or a row of a Parquet table; and its name within the run."""

    source: str
    row: int | None
    name: str


class Pieces(Sequence[Piece]):
    """The reports of a corpus, by number; what they say is not read."""

    def __init__(self, corpus: Corpus) -> None:
        self._sources: list[tuple[str, list[str] | None]] = []
        self._starts: list[int] = []
        size = 0
        for source, table in corpus.parts():
            if source == "-":
                raise InputError("-: standard input cannot be read into parts; name files, folders or Parquet tables.")
            names = names_in(source) if table else None
            self._sources.append((source, names))
            self._starts.append(size)
            size += 1 if names is None else len(names)
        self._size = size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Piece: ...
    @overload
    def __getitem__(self, place: slice) -> list[Piece]: ...
    def __getitem__(self, place: int | slice) -> Piece | list[Piece]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(self._size))]
        from bisect import bisect_right

        if not 0 <= place < self._size:
            raise IndexError(place)
        which = bisect_right(self._starts, place) - 1
        source, names = self._sources[which]
        row = place - self._starts[which]
        return Piece(source, None, source) if names is None else Piece(source, row, names[row])

    def digest(self) -> str:
        """Changes when a report is added, taken away or written anew: by names, sizes and times of change."""
        found = hashlib.sha256()
        for source, names in self._sources:
            state = Path(source).stat() if "://" not in source and Path(source).exists() else None
            about = (source, len(names or ()), state and state.st_size, state and state.st_mtime_ns)
            found.update(repr(about).encode())
        return found.hexdigest()[:16]


def read_parts(
    client: Client | None, sources: list[str], options: Options, out: Path, *, recursive: bool = False,
    part_size: int | None = None, progress: Progress | None = None,
) -> Iterator[Part]:  # fmt: skip
    """Reads a corpus into a folder of parts; a run that was broken off goes on.

    Args:
        client: Of `offramp.cluster.open`; None reads in this process.
        sources: Files, addresses, folders and Parquet tables, as for `Corpus`.
        options: How to read. A model's endpoint is refused: its key would travel with every task.
        out: The folder.
        recursive: Whether folders inside folders are gone through too.
        part_size: Reports a part; by default 100, and fewer where the corpus is small.
        progress: Called with reports done and reports in all.

    Raises:
        InputError: There is nothing to read, or the folder holds something else.
    """
    from offramp import cluster

    if options.proposer is not None:
        raise InputError("--endpoint does not go with --parquet or --cluster: its key would travel to every worker.")
    pieces = Pieces(Corpus(sources, recursive=recursive))
    known = json.dumps([name.model_dump(mode="json") for name in options.names], sort_keys=True)
    arguments = {
        "sources": sources, "reports": pieces.digest(), "fast": options.fast, "explain": options.explain,
        "names": hashlib.sha256(known.encode()).hexdigest()[:16] if options.names else None,
    }  # fmt: skip
    yield from cluster.run(
        client, partial(rows_of, options=options), pieces, out=out, schema=SCHEMA, command="offramp read",
        arguments=arguments, part_size=part_size or min(100, max(1, -(-len(pieces) // 20))), failed=failed,
        progress=progress,
    )  # fmt: skip


def command(
    sources: list[str], options: Options, out: Path, where: str | None, memory: str | None, *, recursive: bool
) -> None:
    """`offramp read --parquet`: reads, shows how far it is, and says what came of it."""
    from offramp import cluster
    from offramp.cli.cluster_bar import bar, told

    read = bad = before = 0
    try:
        with cluster.open(where, memory=memory, say=told) as client, bar("Reading") as progress:
            for part in read_parts(client, sources, options, out, recursive=recursive, progress=progress):
                before += part.items if part.again else 0
                read += 0 if part.again else part.items
                bad += pl.read_parquet(part.file, columns=["error"])["error"].count()
    except KeyboardInterrupt:
        told(f"{out}: {read:,} reports more are safe; the same command goes on from there.")
        raise
    told(f"{out}: {read + before:,} reports, {bad:,} of which could not be read; {before:,} stood there already")
    if bad and bad == read + before:
        raise InputError(f"none of {bad:,} reports could be read; the column 'error' says why.")


def rows_of(pieces: Sequence[Piece], *, options: Options) -> list[dict[str, Any]]:
    """The rows of some reports: the task of a worker."""
    _forget()
    return [_row(entry, options) for entry in _entries(pieces)]


def _forget() -> None:
    """Bounds what the reader remembers: the names known on a day, half a MiB for each day that a report is of."""
    from offramp.reading import gazetteer

    for remembered in (gazetteer.lookup, gazetteer._openings):
        if remembered.cache_info().currsize > DAYS:
            remembered.cache_clear()


def failed(piece: Piece, why: str) -> dict[str, Any]:
    """The row of a report that took its worker down, or broke the reader."""
    line = {"path": piece.name, "error": why}
    return {**line, "json": json.dumps(line, ensure_ascii=False)}


def _entries(pieces: Sequence[Piece]) -> Iterator[Entry]:
    for source, run in groupby(pieces, key=lambda piece: piece.source):
        together = list(run)
        for start in range(0, len(together), ROWS):
            some = together[start : start + ROWS]
            if some[0].row is None:
                yield from (entry_of(piece.name) for piece in some)
            else:
                yield from (entry_of(piece.name, row) for piece, row in zip(some, _rows(source, some), strict=True))


def _rows(source: str, some: Sequence[Piece]) -> list[dict[str, Any]]:
    """Rows of a table that follow one another."""
    return rows(source, some[0].row or 0, len(some))


class _Kept:
    """Loads a report once, and remembers it for the columns that stand beside its reading."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self.one: Ingested | None = None

    def __call__(self) -> Ingested:
        self.one = self._entry.load()
        return self.one


def _row(entry: Entry, options: Options) -> dict[str, Any]:
    from offramp.reading import language

    kept = _Kept(entry)
    line = line_of(Entry(entry.name, kept), options)
    row: dict[str, Any] = {"path": entry.name, "error": line.get("error")}
    if kept.one is not None:
        report = kept.one.report
        row |= {"sha256": report.sha256, "date": report.date, "language": language.guess(kept.one.kept)[0]}
    if "evidence" in line:
        row |= {part: len(line["evidence"][part]) for part in COUNTED}
        row["warnings"] = len(line["warnings"])
    # A lone surrogate, which no UTF-8 has, stands as its escape.
    text = json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return {name: _sound(value) for name, value in (row | {"json": text}).items()}


def _sound(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
