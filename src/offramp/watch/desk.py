"""The desk: takes a report in once, and says what it is: new, repeated, corrected, retracted, unreadable, or no matter.

What a report is, and which cases it bears on, is decided and written in one transaction among all watchers of a ledger,
so that neither stopping nor a second watcher loses or doubles one. Its evidence is read before, since that takes time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from offramp.errors import InputError
from offramp.ledger import texts
from offramp.ledger.entries import now, slug
from offramp.ledger.store import Ledger
from offramp.ledger.tables import bearings, reports, watched
from offramp.reading import ingest
from offramp.reading.evidence import Evidence, Reading
from offramp.watch import likeness
from offramp.watch.sources import Item

What = Literal["new", "duplicate", "correction", "retraction", "unreadable", "erased"]
COUNTS = ("new", "correction")
PARTS = ("events", "offers", "demands", "claims", "statistics", "conditions")
LEAST_TITLE = 20
_MARKS = re.compile(
    r"^\W*(?:(?P<back>retract(?:ion|ed)?|withdrawn|story withdrawn|kill(?:ed)? notice)|"
    r"(?P<right>correct(?:ion|ed)|clarification))\b[\s:—–-]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report.

    Attributes:
        id: Its number at the desk.
        kind: What it is.
        cases: Keys of the cases that it bears on, each to be forecast anew.
        origin: The earlier report that it repeats, corrects or takes back.
        note: What the user should be told, or ''.
    """

    id: int
    kind: What
    cases: tuple[str, ...]
    origin: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A report as it was read, before it is placed among the others."""

    sha256: str
    title: str | None
    day: dt.date
    text: str
    runs: likeness.Sketch
    note: str


class Desk:
    """The desk of one watcher; several may share a ledger."""

    def __init__(self, ledger: Ledger, *, today: dt.date | None = None) -> None:
        """Opens the desk.

        Args:
            ledger: Where everything is kept.
            today: For tests; a report dated later than tomorrow is taken as of today.
        """
        self.ledger = ledger
        self._today = today
        self._index = likeness.Index()
        self._last = 0

    def seen(self, item: Item) -> bool:
        """Whether exactly this was taken in before."""
        query = sa.select(reports.c.id).where(reports.c.key == item.key)
        return self.ledger.read(lambda c: c.execute(query).first()) is not None

    def take(self, item: Item, ready: Evidence | str | None = None) -> Taken | None:
        """Takes a report in; None where it was there already.

        Args:
            item: The report.
            ready: What `evidence_in` gave for it elsewhere; by default it is read here, if it has to be.

        Raises:
            LedgerError: If it could not be written; then nothing of it was.
        """
        if self.seen(item):
            return None
        try:
            read = self._read(item)
        except InputError as error:
            return self._put_aside(item, str(error))
        self.ledger.read(self._refresh)
        evidence = None if self._kind(item, read)[0] in ("duplicate", "retraction") else ready or evidence_in(item)
        if isinstance(evidence, str):
            return self._put_aside(item, evidence)
        return self.ledger.write(lambda connection: self._place(connection, item, read, evidence))

    def _read(self, item: Item) -> _Read:
        """The report's text and day, without analysing it."""
        one = ingest.from_bytes(item.data, Path(item.source).name or "report")
        today = self._today or dt.datetime.now(dt.UTC).date()
        day = item.published or one.report.date or today
        note = ""
        if day > today + dt.timedelta(days=1):
            note, day = f"dated {day}, which is to come; taken as of {today}", today
        runs = likeness.sketch(one.kept)
        return _Read(one.report.sha256, one.report.title, day, one.kept, runs, note)

    def _refresh(self, connection: sa.Connection) -> None:
        """Takes sketches that others put in into the index."""
        query = sa.select(reports.c.id, reports.c.sketch).where(reports.c.id > self._last).order_by(reports.c.id)
        for number, packed in connection.execute(query):
            self._last = number
            if packed:
                self._index.add(number, likeness.unpack(packed))

    def _kind(self, item: Item, read: _Read) -> tuple[What, int | None]:
        """What the report is by its words alone; the final word falls in `_place`."""
        opening = f"{read.title or ''}" or read.text.strip()[:160]
        marked = _MARKS.match(opening) or _MARKS.match(read.text.strip()[:160])
        if item.retracts or (marked and marked["back"]):
            return "retraction", None
        if item.corrects or (marked and marked["right"]):
            return "correction", None
        near = self._index.nearest(read.runs)
        return ("new", None) if near is None else ("duplicate", near[0])

    def _place(self, connection: sa.Connection, item: Item, read: _Read, evidence: Evidence | None) -> Taken | None:
        if connection.execute(sa.select(reports.c.id).where(reports.c.key == item.key)).first() is not None:
            return None  # another watcher was faster
        self._refresh(connection)
        kind, origin = self._kind(item, read)
        note = read.note
        if kind in ("correction", "retraction"):
            origin = self._first(connection, self._meant(connection, item, read))
            if origin is None:
                note = "; ".join(part for part in (note, f"a {kind}, but of nothing that was taken in") if part)
                kind = "retraction" if kind == "retraction" else "new"
        else:
            before = self._first(connection, self._same_guid(connection, item))
            if before is not None:  # the outlet changed its own report: the new words stand for the old
                kind, origin = "correction", before
            else:
                origin = self._first(connection, origin)
        if kind in COUNTS and evidence is None:  # seemed a repetition, and is the outlet's own correction
            found = evidence_in(item)
            if isinstance(found, str):
                kind, note = "unreadable", found
            else:
                evidence = found
        if texts.erased(connection, read.sha256):
            kind, evidence, note = "erased", None, "erased from this ledger before; not kept again"
        return self._insert(connection, item, read, kind, origin, evidence, note)

    def _insert(
        self,
        connection: sa.Connection,
        item: Item,
        read: _Read,
        kind: What,
        origin: int | None,
        evidence: Evidence | None,
        note: str,
    ) -> Taken:
        kept = None
        if evidence is not None and kind in COUNTS:
            kept = texts.keep(connection, read.sha256, _blob(item, read, evidence))
        gone = kind in ("erased", "unreadable")
        row = {
            "key": item.key, "report": read.sha256, "text_hash": kept, "guid": _guid(item.guid), "source": item.source,
            "title": read.title, "published": read.day.isoformat(), "seen": now(), "kind": kind, "origin": origin,
            "replaced_by": None, "sketch": None if gone else likeness.pack(read.runs), "note": note,
        }  # fmt: skip
        made = connection.execute(reports.insert().values(row)).inserted_primary_key
        if made is None:
            raise RuntimeError("the database gave no number for a report")
        number = int(made[0])
        cases = set(self._bears_on(connection, evidence, read.text)) if evidence is not None else set()
        if kind in ("correction", "retraction") and origin is not None:
            connection.execute(reports.update().where(reports.c.id == origin).values(replaced_by=number))
            query = (
                sa.select(bearings.c.case_key)
                .join(watched, watched.c.case_key == bearings.c.case_key)
                .where(bearings.c.report_id == origin, watched.c.active)
            )
            cases |= set(connection.scalars(query))
        for key in sorted(cases):
            connection.execute(bearings.insert().values(case_key=key, report_id=number, entry=None))
        return Taken(number, kind, tuple(sorted(cases)), origin, note)

    def _put_aside(self, item: Item, why: str) -> Taken | None:
        """Notes a report that cannot be read, so that it is said once."""

        def work(connection: sa.Connection) -> Taken | None:
            if connection.execute(sa.select(reports.c.id).where(reports.c.key == item.key)).first() is not None:
                return None
            today = self._today or dt.datetime.now(dt.UTC).date()
            sha = hashlib.sha256(item.data).hexdigest()
            read = _Read(sha, None, today, "", frozenset(), why)
            return self._insert(connection, item, read, "unreadable", None, None, why)

        return self.ledger.write(work)

    @staticmethod
    def _bears_on(connection: sa.Connection, evidence: Evidence, text: str) -> list[str]:
        """Cases whose country the evidence speaks of, or whose ruler the text names."""
        spoken_of, named = countries(evidence), {slug(word) for word in re.findall(r"\w{4,}", text)}
        query = sa.select(watched.c.case_key, watched.c.country).where(watched.c.active)
        return [
            key for key, country in connection.execute(query) if country in spoken_of or key.rpartition("-")[2] in named
        ]

    @staticmethod
    def _same_guid(connection: sa.Connection, item: Item) -> int | None:
        query = (
            sa.select(reports.c.id)
            .where(reports.c.guid == _guid(item.guid), reports.c.replaced_by.is_(None))
            .order_by(reports.c.id.desc())
        )
        found = connection.execute(query).scalar()
        return None if found is None else int(found)

    @staticmethod
    def _first(connection: sa.Connection, number: int | None) -> int | None:
        """The report that a repetition repeats: copies are one source, so whoever takes one back takes back all."""
        while number is not None:
            query = sa.select(reports.c.kind, reports.c.origin).where(reports.c.id == number)
            kind, origin = connection.execute(query).one()
            if kind != "duplicate" or origin is None:
                return number
            number = int(origin)
        return None

    def _meant(self, connection: sa.Connection, item: Item, read: _Read) -> int | None:
        """The report that a correction or retraction is about: named, by its title, or by the words they share."""
        live = reports.c.replaced_by.is_(None) & reports.c.kind.in_([*COUNTS, "duplicate"])
        named = item.corrects or item.retracts
        if named:
            beside = str(Path(item.guid).parent / named)
            wanted = [_guid(named), _guid(beside)]
            for condition in (reports.c.guid.in_(wanted), sa.func.lower(reports.c.title) == named.lower()):
                found = connection.execute(
                    sa.select(reports.c.id).where(condition, live).order_by(reports.c.id.desc())
                ).scalar()
                if found is not None:
                    return int(found)
        told = f"{read.title or ''} {read.text}".casefold()
        query = sa.select(reports.c.id, reports.c.title).where(live, reports.c.title.is_not(None))
        for number, title in connection.execute(query.order_by(reports.c.id.desc())):
            if len(title) >= LEAST_TITLE and title.casefold() in told:
                return int(number)
        near = self._index.nearest(read.runs, likeness.KIN)
        return None if near is None else near[0]


def countries(evidence: Evidence) -> set[str]:
    """Codes of every country that events, offers, demands or conditions are about."""
    found = {code for o in evidence.offers for code in (o.by, o.to)}
    found |= {str(code) for d in evidence.demands for code in (d.by, d.to)}
    found |= {str(a.country) for e in evidence.events for a in (e.source, e.target) if a is not None}
    return found | {str(c.country) for c in evidence.conditions}


def evidence_in(item: Item) -> Evidence | str:
    """What the report says; or why it cannot be read, in one line."""
    from offramp.reading.reader import read_reports

    try:
        reading: Reading = read_reports(["-"], stdin=io.BytesIO(item.data))
    except InputError as error:
        name = Path(item.source).name or "the report"
        return str(error).replace("-:", f"{name}:", 1) if str(error).startswith("-:") else str(error)
    return reading.evidence


def _blob(item: Item, read: _Read, evidence: Evidence) -> dict[str, Any]:
    """What is kept of a report, in the shape that `offramp.forecast.record` keeps too."""
    parts = {part: [row.model_dump(mode="json") for row in getattr(evidence, part)] for part in PARTS}
    return {"path": item.source, "title": read.title, "text": read.text, **parts}


def evidence_of(connection: sa.Connection, kept: str) -> Evidence | None:
    """Evidence of a report that was kept; None where it was erased."""
    blob = texts.find(connection, kept)
    return None if blob is None else Evidence.model_validate({part: blob[part] for part in PARTS})


def _guid(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


def plain(row: sa.RowMapping) -> dict[str, Any]:
    """A report's row without its sketch, for JSON."""
    return {key: value for key, value in json.loads(json.dumps(dict(row))).items() if key != "sketch"}
