"""Entries: appended, found again, listed.

An entry's content is one JSON object; `n`, `kind`, `case`, `recorded`, `as_of` and `key` stand in it and, for looking
up, in columns of their own (`verify` compares the two). `key` makes appending safe to repeat: a second entry with a key
that is there is not written, and the first is handed back.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from offramp.ledger.address import LedgerError
from offramp.ledger.chain import canonical, seal
from offramp.ledger.store import Ledger
from offramp.ledger.tables import chain, entries

Kind = Literal["forecast", "resolution", "erasure"]
PAGE = 500


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry as it stands in the ledger."""

    n: int
    kind: str
    case: str
    recorded: str  #: UTC, ISO 8601
    as_of: dt.date | None
    content: dict[str, Any]
    previous: str
    hash: str

    def __repr__(self) -> str:
        return f"<Entry {self.n}: {self.kind} of {self.case}, {self.recorded}>"


def slug(text: str) -> str:
    """A name as a key: letters and digits in lower case, joined by hyphens.

    >>> slug("VEN Nicolás Maduro")
    'ven-nicolas-maduro'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:120].rstrip("-") or "case"


def now() -> str:
    """This moment in UTC, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def append(
    connection: sa.Connection,
    kind: Kind,
    case: str,
    content: Mapping[str, Any],
    *,
    as_of: dt.date | None = None,
    key: str | None = None,
) -> Entry:
    """Appends an entry inside a `Ledger.write`; where `key` is there already, gives the entry that has it.

    Args:
        connection: Of the transaction under way.
        kind: What is recorded.
        case: Key of the case, as `slug` makes it.
        content: What is said; its keys must not be those that every entry has.
        as_of: Day that the entry speaks of.
        key: Makes repeating safe; random by default.
    """
    key = key or secrets.token_hex(16)
    held = connection.execute(sa.select(entries).where(entries.c.key == key)).mappings().first()
    if held is not None:
        return of_row(held)
    count, head = connection.execute(sa.select(chain.c.count, chain.c.head).where(chain.c.id == 1)).one()
    n, recorded = count + 1, now()
    fixed = {"n": n, "kind": kind, "case": case, "recorded": recorded, "key": key,
             "as_of": None if as_of is None else as_of.isoformat()}  # fmt: skip
    clash = fixed.keys() & content.keys()
    if clash:
        raise ValueError(f"content must not hold {', '.join(sorted(clash))}")
    text = canonical({**content, **fixed})
    digest = seal(head, text)
    row = {"n": n, "kind": kind, "case_key": case, "recorded": recorded, "as_of": fixed["as_of"], "key": key,
           "content": text, "previous": head, "hash": digest}  # fmt: skip
    connection.execute(entries.insert().values(row))
    connection.execute(chain.update().where(chain.c.id == 1).values(count=n, head=digest))
    return of_row(row)


def get(ledger: Ledger, n: int) -> Entry:
    """Entry number `n`. Raises `LedgerError` if there is none."""

    def find(connection: sa.Connection) -> Entry:
        row = connection.execute(sa.select(entries).where(entries.c.n == n)).mappings().first()
        if row is None:
            count = connection.execute(sa.select(chain.c.count)).scalar()
            raise LedgerError(f"{ledger.address}: there is no entry {n}; it has {count}, numbered from 1.")
        return of_row(row)

    return ledger.read(find)


def select(
    connection: sa.Connection, *, kind: Kind | None = None, case: str | None = None, newest: int | None = None
) -> list[Entry]:
    """Entries in order, all or of one kind or case; with `newest`, the last so many of them."""
    query = sa.select(entries)
    if kind is not None:
        query = query.where(entries.c.kind == kind)
    if case is not None:
        query = query.where(entries.c.case_key == case)
    query = query.order_by(entries.c.n.desc() if newest is not None else entries.c.n).limit(newest)
    found = [of_row(row) for row in connection.execute(query).mappings()]
    return found[::-1] if newest is not None else found


def each(connection: sa.Connection) -> Iterator[sa.RowMapping]:
    """Every row in order, a page at a time, so that a long ledger need not fit in memory."""
    last = 0
    while True:
        page = connection.execute(
            sa.select(entries).where(entries.c.n > last).order_by(entries.c.n).limit(PAGE)
        ).mappings().all()  # fmt: skip
        if not page:
            return
        yield from page
        last = page[-1]["n"]


def cases(connection: sa.Connection) -> list[str]:
    """Keys of the cases that have a forecast, in order."""
    rows = connection.execute(
        sa.select(entries.c.case_key).where(entries.c.kind == "forecast").distinct().order_by(entries.c.case_key)
    )
    return [str(row[0]) for row in rows]


def find_case(connection: sa.Connection, text: str) -> str:
    """The key of the case that a user means: the key, its beginning, or a part of it that only one case has.

    Raises:
        LedgerError: If no case or several fit.
    """
    wanted, known = slug(text), cases(connection)
    if wanted in known:
        return wanted
    near = [key for key in known if key.startswith(wanted)] or [key for key in known if wanted in key]
    if len(near) == 1:
        return near[0]
    if near:
        raise LedgerError(f"{text!r} could be {', '.join(near[:6])}; name one of them.")
    listed = ", ".join(known[:12]) or "none yet"
    raise LedgerError(f"no case {text!r} in the ledger; cases: {listed}.")


def of_row(row: Mapping[str, Any] | sa.RowMapping) -> Entry:
    """An entry from its row."""
    return Entry(
        n=row["n"],
        kind=row["kind"],
        case=row["case_key"],
        recorded=row["recorded"],
        as_of=dt.date.fromisoformat(row["as_of"]) if row["as_of"] else None,
        content=json.loads(row["content"]),
        previous=row["previous"],
        hash=row["hash"],
    )
