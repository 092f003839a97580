"""What the ledger holds, as the API and the pages show it.

Everything is a function of the ledger's head, so an answer's `ETag` is made from it. Figures come from entries as they
were recorded; texts only as far as they were not erased.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, Field

from offramp import __version__
from offramp.codes.states import states
from offramp.forecast import record
from offramp.forecast.brief import Outcomes, Series
from offramp.ledger import entries, judge, texts
from offramp.ledger.entries import Entry
from offramp.ledger.store import Ledger
from offramp.ledger.tables import chain
from offramp.ledger.tables import entries as table
from offramp.watch.step import figures, sentence

PATH = 24
"""Forecasts in a sparkline."""


class CaseRow(BaseModel):
    """One case, as the list of cases shows it."""

    key: str
    name: str
    ruler: str
    country: str
    entry: int = Field(description="number of its newest forecast")
    as_of: dt.date
    recorded: str
    forecasts: int
    out: float = Field(description="chance of being out of office within twelve months")
    negotiated: float = Field(description="chance of a negotiated exit within twelve months")
    leading: str = Field(description="the likeliest way out")
    path: list[float] = Field(description="chance of the leading outcome in past forecasts, newest last")
    change: str = Field(description="what moved last, and why")
    because: str | None = Field(description="title of the report that caused it, if any and not erased")
    outcome: str | None = Field(description="how it ended, if it did")
    ended: dt.date | None
    brier: float | None = Field(description="mean Brier score of the game so far, 0 to 2; null until resolved")


class EntryRow(BaseModel):
    """One entry without its figures by month."""

    n: int
    kind: str
    case: str
    recorded: str
    as_of: dt.date | None
    hash: str
    out: float | None = None
    negotiated: float | None = None
    change: str = ""
    because: str | None = None


class EntryWhole(EntryRow):
    """One entry with all that it holds."""

    previous: str
    content: dict[str, Any]


class ReportText(BaseModel):
    """What was kept of a report that a forecast rests on."""

    report: str = Field(description="SHA-256 of its bytes")
    date: str | None
    erased: bool
    title: str | None = None
    path: str | None = None
    text: str | None = None
    events: list[dict[str, Any]] = []
    offers: list[dict[str, Any]] = []
    demands: list[dict[str, Any]] = []


def head(ledger: Ledger) -> tuple[int, str]:
    """How many entries there are, and the hash of the last."""
    found = ledger.read(lambda c: c.execute(sa.select(chain.c.count, chain.c.head).where(chain.c.id == 1)).one())
    return int(found[0]), str(found[1])


def etag(*parts: object) -> str:
    """A tag of what an answer was made from."""
    return '"' + hashlib.sha256("|".join(map(str, (__version__, *parts))).encode()).hexdigest()[:32] + '"'


def cases(ledger: Ledger) -> list[CaseRow]:
    """Every case that was forecast, by key."""
    scores = {key: mean.brier for key, means in judge.judge(ledger).by_case.items() for mean in means
              if mean.lens == "game"}  # fmt: skip
    return ledger.read(lambda c: [_row(c, key, scores.get(key)) for key in entries.cases(c)])


def case(ledger: Ledger, key: str) -> CaseRow | None:
    """One case, or None."""

    def read(connection: sa.Connection) -> CaseRow | None:
        return _row(connection, key, None) if key in entries.cases(connection) else None

    row = ledger.read(read)
    if row is not None and row.outcome is not None:
        found = judge.judge(ledger, case=key).by_case.get(key, ())
        row.brier = next((mean.brier for mean in found if mean.lens == "game"), None)
    return row


def _row(connection: sa.Connection, key: str, brier: float | None) -> CaseRow:
    path = entries.select(connection, kind="forecast", case=key, newest=PATH)
    last = path[-1]
    count = connection.execute(
        sa.select(sa.func.count()).select_from(table).where(table.c.kind == "forecast", table.c.case_key == key)
    ).scalar_one()
    resolved = entries.select(connection, kind="resolution", case=key, newest=1)
    statement = last.content["statement"]
    leading = _leading(last)
    out, negotiated = figures(last)
    return CaseRow(
        key=key,
        name=statement.get("name") or key,
        ruler=statement["ruler"].get("name") or key,
        country=_country(statement["ruler"]["country"]),
        entry=last.n,
        as_of=record.day(last),
        recorded=last.recorded,
        forecasts=int(count),
        out=out,
        negotiated=negotiated,
        leading=leading,
        path=[_at_twelve(entry, leading) for entry in path],
        change=sentence(path[-2] if len(path) > 1 else None, last),
        because=_cause(connection, last),
        outcome=resolved[0].content["outcome"] if resolved else None,
        ended=dt.date.fromisoformat(resolved[0].content["date"]) if resolved else None,
        brier=brier,
    )


def _country(code: str) -> str:
    return next((state.name for state in states() if state.iso3 == code), code)


def _leading(entry: Entry) -> str:
    """The likeliest way out at twelve months."""
    ways = [name for name in record.means(entry) if name != "in_office"]
    return max(ways, key=lambda name: _at_twelve(entry, name))


def _at_twelve(entry: Entry, outcome: str) -> float:
    months = entry.content["months"]
    place = min(range(len(months)), key=lambda i: abs(months[i] - 12))
    return float(record.means(entry)[outcome][place] or 0.0)


def _cause(connection: sa.Connection, entry: Entry) -> str | None:
    report = (entry.content.get("why") or {}).get("report")
    kept = next((row["kept"] for row in entry.content.get("reports", []) if row["report"] == report), None)
    found = texts.find(connection, kept) if kept else None
    return None if found is None else (found["title"] or found["path"])


def listed(ledger: Ledger, *, case: str | None, kind: str | None, before: int | None, limit: int) -> list[EntryRow]:
    """Entries, newest first, below number `before`."""

    def read(connection: sa.Connection) -> list[EntryRow]:
        query = sa.select(table).order_by(table.c.n.desc()).limit(limit)
        if case is not None:
            query = query.where(table.c.case_key == case)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if before is not None:
            query = query.where(table.c.n < before)
        found = [entries.of_row(row) for row in connection.execute(query).mappings()]
        return [EntryRow(**_told(connection, entry)) for entry in found]

    return ledger.read(read)


def entry(ledger: Ledger, n: int) -> EntryWhole | None:
    """One entry, or None."""
    found = one(ledger, n)
    if found is None:
        return None
    told = ledger.read(lambda c: _told(c, found))
    return EntryWhole(**told, previous=found.previous, content=found.content)


def one(ledger: Ledger, n: int) -> Entry | None:
    """The entry as the ledger has it, or None."""
    row = ledger.read(lambda c: c.execute(sa.select(table).where(table.c.n == n)).mappings().first())
    return None if row is None else entries.of_row(row)


def newest(ledger: Ledger, key: str) -> Entry | None:
    """The newest forecast of a case, or None."""
    found = ledger.read(lambda c: entries.select(c, kind="forecast", case=key, newest=1))
    return found[0] if found else None


def _told(connection: sa.Connection, entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"n": entry.n, "kind": entry.kind, "case": entry.case, "recorded": entry.recorded,
                           "as_of": entry.as_of, "hash": entry.hash}  # fmt: skip
    if entry.kind == "forecast":
        row["out"], row["negotiated"] = figures(entry)
        why = entry.content.get("why") or {}
        earlier = why.get("previous")
        before = None if earlier is None else connection.execute(
            sa.select(table).where(table.c.n == earlier)
        ).mappings().first()  # fmt: skip
        row["change"] = sentence(None if before is None else entries.of_row(before), entry)
        row["because"] = _cause(connection, entry)
    elif entry.kind == "resolution":
        row["change"] = f"{entry.content['outcome'].replace('_', ' ')} on {entry.content['date']}"
    else:
        row["change"] = f"report {str(entry.content.get('report', ''))[:12]} erased"
    return row


def evidence(ledger: Ledger, entry: Entry) -> list[ReportText]:
    """What was kept of the reports that a forecast rests on."""

    def read(connection: sa.Connection) -> list[ReportText]:
        rows = []
        for row in entry.content.get("reports", []):
            kept = texts.find(connection, row["kept"])
            parts = {} if kept is None else {
                name: kept.get(name) for name in ("title", "path", "text", "events", "offers", "demands")
            }  # fmt: skip
            rows.append(ReportText(report=row["report"], date=row["date"], erased=kept is None, **parts))
        return rows

    return ledger.read(read)


def series(entry: Entry, lens: str = "game") -> Outcomes:
    """Recorded figures of a lens."""
    return {name: Series.model_validate(found) for name, found in entry.content["lenses"][lens].items()}
