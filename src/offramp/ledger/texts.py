"""What came from reports, kept apart by hash: kept, found, erased.

An entry names a report by the hash of its bytes and by the hash of what was kept of it (its text, title, path, and the
events, offers and demands that were read from it, whose sentences are the report's). Erasing removes what was kept and
appends an entry that says so; the chain, which holds hashes only, stands. A report that was erased is not kept again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.address import LedgerError
from offramp.ledger.chain import canonical, digest
from offramp.ledger.store import Ledger
from offramp.ledger.tables import entries as entries_table
from offramp.ledger.tables import reports, texts

ERASED = "erased"
"""What a watch's table says of a report whose words are gone."""


def keep(connection: sa.Connection, report: str, kept: Mapping[str, Any]) -> str:
    """Keeps what came from a report, inside a `Ledger.write`; the hash under which it lies.

    Args:
        connection: Of the transaction under way.
        report: SHA-256 of the report's bytes.
        kept: Text, title, path and evidence, as plain values.
    """
    text = canonical(kept)
    key = digest(text)
    there = connection.execute(sa.select(texts.c.hash).where(texts.c.hash == key)).first()
    if there is None and not erased(connection, report):
        connection.execute(texts.insert().values(hash=key, report=report, content=text))
    return key


def find(connection: sa.Connection, kept: str) -> dict[str, Any] | None:
    """What was kept under a hash; None where it was erased."""
    row = connection.execute(sa.select(texts.c.content).where(texts.c.hash == kept)).scalar()
    found: dict[str, Any] | None = None if row is None else json.loads(row)
    return found


def erased(connection: sa.Connection, report: str) -> bool:
    """Whether a report was erased from this ledger."""
    key = f"erasure:{report}"
    return connection.execute(sa.select(entries_table.c.n).where(entries_table.c.key == key)).first() is not None


def erase(ledger: Ledger, report: str, *, why: str, by: str) -> entries.Entry:
    """Erases what was kept of a report, everywhere in the ledger, and appends an entry that says so.

    Args:
        ledger: The ledger.
        report: SHA-256 of the report's bytes, or its first eight or more digits.
        why: The reason, for the record.
        by: Who erases.

    Raises:
        LedgerError: If no report or several fit.
        InputError: If no reason or name is given.
    """
    if not why.strip() or not by.strip():
        raise InputError("erasing needs a reason and a name for the record: --why and --by.")
    beginning = report.strip().lower()
    if len(beginning) < 8 or set(beginning) - set("0123456789abcdef"):
        raise InputError(f"{report!r}: expected a report's hash, eight hexadecimal digits of it or more.")

    def work(connection: sa.Connection) -> entries.Entry:
        found = set(connection.scalars(sa.select(texts.c.report).where(texts.c.report.startswith(beginning))))
        found |= set(connection.scalars(sa.select(reports.c.report).where(reports.c.report.startswith(beginning))))
        if len(found) != 1:
            what = "no report" if not found else f"{len(found)} reports"
            raise LedgerError(f"{ledger.address}: {what} with the hash {report}; `offramp ledger show N` names them.")
        (whole,) = found
        gone = sorted(connection.scalars(sa.select(texts.c.hash).where(texts.c.report == whole)))
        connection.execute(texts.delete().where(texts.c.report == whole))
        connection.execute(
            reports.update().where(reports.c.report == whole).values(title=None, source=None, sketch=None, note=ERASED)
        )
        content = {"report": whole, "kept": gone, "why": why, "by": by}
        return entries.append(connection, "erasure", "-", content, key=f"erasure:{whole}")

    done = ledger.write(work)
    if ledger.is_sqlite:  # what was erased must not linger in the write-ahead file
        with ledger.engine.connect() as plain:
            driver = plain.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return done
