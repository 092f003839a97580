"""The proof that nothing was altered or lost.

Every entry is read again: its number, its columns against its content, its hash, the hash before it, the count and head
that the ledger keeps, and every text that an entry names, which must be there with its hash or have been erased in so
many words. What the proof cannot see by itself is a ledger replaced as a whole, or cut off with its count: keep the
head that it prints elsewhere and hand it in as `expect`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from offramp.ledger.chain import GENESIS, canonical, digest, seal
from offramp.ledger.entries import each
from offramp.ledger.store import Ledger
from offramp.ledger.tables import chain, texts

COLUMNS = {"n": "n", "kind": "kind", "case": "case_key", "recorded": "recorded", "as_of": "as_of", "key": "key"}
MOST = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written; `n` is None where no entry is meant."""

    n: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.n is None else f"entry {self.n}: {self.what}"


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """What verifying found."""

    count: int
    head: str
    texts: int
    erased: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether everything is as it was written."""
        return not self.faults

    def __repr__(self) -> str:
        return f"<Proof: {self.count} entries, head {self.head[:12]}, {len(self.faults)} faults>"


@dataclass
class _Walk:
    """What is known so far of a ledger that is being read from the first entry on."""

    expect: str | None
    count: int = 0
    head: str = GENESIS
    recorded: str = ""
    met: bool = False
    faults: list[Fault] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def fault(self, n: int | None, what: str) -> None:
        self.faults.append(Fault(n, what))

    def entry(self, row: sa.RowMapping) -> None:
        n = row["n"]
        if n != self.count + 1:
            missing = f"{self.count + 1}" if n == self.count + 2 else f"{self.count + 1} to {n - 1}"
            self.fault(None, f"missing: {missing}")
        if row["previous"] != self.head:
            self.fault(n, "does not follow from the entry before it")
        if seal(row["previous"], row["content"]) != row["hash"]:
            self.fault(n, "its content does not fit its hash: it was altered")
        self.count, self.head = n, row["hash"]
        self.met |= row["hash"] == self.expect
        try:
            content = json.loads(row["content"])
        except ValueError:
            self.fault(n, "its content is not JSON")
            return
        if canonical(content) != row["content"]:
            self.fault(n, "its content is not in canonical form")
        self._columns(row, content)
        if content.get("kind") == "forecast":
            self.named.update({report["kept"]: n for report in content.get("reports", [])})
        elif content.get("kind") == "erasure":
            self.erased.update(content.get("kept", []))
            self.erased.add(f"report {content.get('report')}")
        if row["recorded"] < self.recorded and len(self.notes) < MOST:
            self.notes.append(f"entry {n}: the clock stood before that of the entry before it ({row['recorded']})")
        self.recorded = row["recorded"]

    def _columns(self, row: sa.RowMapping, content: dict[str, Any]) -> None:
        apart = [name for name, column in COLUMNS.items() if content.get(name) != row[column]]
        if apart:
            self.fault(row["n"], f"column and content differ in {', '.join(apart)}")


def verify(ledger: Ledger, *, expect: str | None = None) -> Proof:
    """Reads everything again.

    Args:
        ledger: The ledger.
        expect: Hash of an entry that must be in it, kept from an earlier proof or receipt.

    Returns:
        The proof; `good` is False where anything was altered or lost.
    """
    return ledger.read(lambda connection: walk(connection, expect))


def walk(connection: sa.Connection, expect: str | None) -> Proof:
    """The proof inside a transaction that is under way."""
    found = _Walk(expect)
    for row in each(connection):
        found.entry(row)
    kept = connection.execute(sa.select(chain.c.count, chain.c.head).where(chain.c.id == 1)).first()
    if kept is None:
        found.fault(None, "the ledger's own count is gone")
    elif tuple(kept) != (found.count, found.head):
        found.fault(
            None, f"the ledger counts {kept[0]} entries up to {kept[1][:12]}; found {found.count}, {found.head[:12]}"
        )
    if expect is not None and not found.met:
        found.fault(None, f"no entry has the hash {expect}: what stood after it was cut off, or this is another ledger")
    held = 0
    there: set[str] = set()
    for key, report, content in connection.execute(sa.select(texts.c.hash, texts.c.report, texts.c.content)):
        held += 1
        there.add(key)
        if digest(content) != key:
            found.fault(None, f"the text {key[:12]} of report {report[:12]} was altered")
    gone = _erased_later(connection, found)
    for key, n in found.named.items():
        if key not in there and key not in found.erased and key not in gone:
            found.fault(n, f"the text {key[:12]} that it rests on is lost")
    erased = len([key for key in found.erased if key.startswith("report ")])
    return Proof(found.count, found.head, held, erased, tuple(found.faults), tuple(found.notes))


def _erased_later(connection: sa.Connection, found: _Walk) -> set[str]:
    """Texts of entries written after their report had been erased: never kept, and not lost."""
    if not found.erased:
        return set()
    kept: set[str] = set()
    for row in each(connection):
        if row["kind"] == "forecast":
            for report in json.loads(row["content"]).get("reports", []):
                if f"report {report['report']}" in found.erased:
                    kept.add(report["kept"])
    return kept
