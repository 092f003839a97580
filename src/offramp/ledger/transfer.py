"""Copies of a ledger: backups that can be restored into either database, and flat exports for other programs.

A backup is one compressed file of JSON lines, taken from one unchanging view of the ledger while others go on writing:
a header, then every row of every table. It is written beside its name and takes it only once complete. Restoring fills
an empty ledger in one transaction and verifies the chain before it is kept.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import sqlalchemy as sa

from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.address import LedgerError
from offramp.ledger.store import HEAD, Ledger
from offramp.ledger.tables import chain, metadata
from offramp.ledger.verify import walk

FORMAT = "offramp ledger backup"
BATCH = 200
Shape = Literal["csv", "parquet", "json"]


def backup(ledger: Ledger, target: Path, *, force: bool = False) -> tuple[int, str]:
    """Writes a backup; number of entries and the head, as the file's header has them.

    Raises:
        InputError: If the file is there and `force` is not given, or cannot be written.
    """

    def work(connection: sa.Connection) -> tuple[int, str]:
        count, head = connection.execute(sa.select(chain.c.count, chain.c.head)).one()
        with _fresh(target, force) as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed:
            _line(packed, {"format": FORMAT, "tables": HEAD, "count": count, "head": head})
            for table in metadata.sorted_tables:
                if table is chain:
                    continue
                result = connection.execution_options(yield_per=BATCH).execute(
                    sa.select(table).order_by(*table.primary_key.columns)
                )
                for row in result.mappings():
                    _line(packed, {"table": table.name, "row": dict(row)})
        return count, head

    return ledger.read(work)


def restore(source: Path, ledger: Ledger) -> tuple[int, str]:
    """Fills an empty ledger from a backup; number of entries and the head.

    Raises:
        InputError: If the file is no whole backup, or its chain does not verify.
        LedgerError: If the ledger holds anything already.
    """

    def work(connection: sa.Connection) -> tuple[int, str]:
        if connection.execute(sa.select(chain.c.count)).scalar() != 0:
            raise LedgerError(f"{ledger.address}: holds entries already; restore into a ledger that is empty or new.")
        rows = _rows(source)
        header = next(rows, {})
        if header.get("format") != FORMAT:
            raise InputError(f"{source}: no backup of a ledger; `offramp ledger backup FILE` makes one.")
        if header["tables"] > HEAD:
            raise InputError(f"{source}: written by a newer offramp; upgrade to restore it.")
        _fill(connection, rows)
        _renumber(connection, ledger.is_sqlite)
        _count(connection)
        proof = walk(connection, None)
        if not proof.good or (proof.count, proof.head) != (header["count"], header["head"]):
            why = "; ".join(str(fault) for fault in proof.faults[:3]) or "entries are missing at its end"
            raise InputError(f"{source}: does not verify: {why}. Nothing was restored.")
        return proof.count, proof.head

    return ledger.write(work)


def _fill(connection: sa.Connection, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    name = ""
    for row in rows:
        if row["table"] != name or len(batch) >= BATCH:
            _insert(connection, name, batch)
            batch, name = [], row["table"]
        batch.append(row["row"])
    _insert(connection, name, batch)


def _insert(connection: sa.Connection, name: str, batch: list[dict[str, Any]]) -> None:
    if batch:
        if name not in metadata.tables:
            raise InputError(f"the backup has a table {name!r} that this offramp does not know.")
        connection.execute(metadata.tables[name].insert(), batch)


def _renumber(connection: sa.Connection, is_sqlite: bool) -> None:
    """Counters of PostgreSQL set behind the rows that were put in with numbers of their own."""
    if is_sqlite:
        return
    for name in ("reports", "outbox"):
        connection.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
                f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {name}), false)"
            )
        )


def _count(connection: sa.Connection) -> None:
    """The count and head brought up to the rows one at a time, as the guard asks; a gap ends it, and is found after."""
    table = metadata.tables["entries"]
    rows = connection.execute(sa.select(table.c.n, table.c.hash).order_by(table.c.n)).all()
    for place, (n, head) in enumerate(rows, start=1):
        if n != place:
            return
        connection.execute(chain.update().where(chain.c.id == 1).values(count=n, head=head))


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(source, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except FileNotFoundError:
        raise InputError(f"{source}: there is no such file.") from None
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{source}: no whole backup of a ledger ({error}).") from None


def _line(stream: gzip.GzipFile, row: dict[str, Any]) -> None:
    stream.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")


@contextmanager
def _fresh(target: Path, force: bool) -> Iterator[IO[bytes]]:
    """A file that takes its name only once it is whole and on disk."""
    if target.exists() and not force:
        raise InputError(f"{target} exists already; choose another name or give --force.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def export(ledger: Ledger, target: Path, shape: Shape, *, force: bool = False) -> int:
    """Writes what the ledger says: one row an entry, lens, outcome and month, or for JSON every entry as it stands.

    Columns of CSV and Parquet: entry, recorded, case, as_of, lens, month, outcome, mean, low, high, resolved (the
    outcome that the case came to), resolved_on, hash. Means are empty where a lens cannot speak of an outcome.

    Returns:
        Number of rows (entries for JSON).
    """
    found = ledger.read(lambda connection: entries.select(connection))
    if shape == "json":
        whole = [{**entry.content, "previous": entry.previous, "hash": entry.hash} for entry in found]
        with _fresh(target, force) as stream:
            stream.write(json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n")
        return len(whole)
    rows = list(_flat(found))
    _write_frame(rows, target, shape, force)
    return len(rows)


_SCHEMA = ("entry", "recorded", "case", "as_of", "lens", "month", "outcome", "mean", "low", "high", "resolved",
           "resolved_on", "hash")  # fmt: skip


def _flat(found: list[entries.Entry]) -> Iterator[dict[str, Any]]:
    resolved = {entry.case: entry.content for entry in found if entry.kind == "resolution"}
    for entry in found:
        if entry.kind != "forecast":
            continue
        known = resolved.get(entry.case, {})
        for lens, outcomes in entry.content["lenses"].items():
            for outcome, series in outcomes.items():
                for place, month in enumerate(entry.content["months"]):
                    figures = (series[part][place] for part in ("mean", "low", "high"))
                    values = (entry.n, entry.recorded, entry.case, entry.content["as_of"], lens, month, outcome,
                              *figures, known.get("outcome"), known.get("date"), entry.hash)  # fmt: skip
                    yield dict(zip(_SCHEMA, values, strict=True))


def _write_frame(rows: list[dict[str, Any]], target: Path, shape: Shape, force: bool) -> None:
    import polars as pl

    kinds = {"entry": pl.Int64, "month": pl.Int64, "mean": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    frame = pl.DataFrame(rows, schema={name: kinds.get(name, pl.String) for name in _SCHEMA})
    write: dict[str, Callable[[IO[bytes]], object]] = {"csv": frame.write_csv, "parquet": frame.write_parquet}
    with _fresh(target, force) as stream:
        write[shape](stream)
