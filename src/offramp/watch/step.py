"""One step: a report bears on a case, the case is stated anew, played, and recorded with the reason it moved.

A step is a function of the case file and of the reports up to its own, so that it comes out the same however often it
is begun. The entry, the mark that the step is done, the new baseline and the alerts are one transaction; an entry's key
names case and report, so that a second watcher's step is the first one's.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from offramp import words
from offramp.case.models import ASSESSMENTS, Case
from offramp.codes.exits import OUTCOME_LABELS, OUTCOMES
from offramp.errors import NotConvergedError
from offramp.forecast import record
from offramp.forecast.brief import Brief
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.ledger.tables import bearings, reports, watched
from offramp.ledger.texts import ERASED
from offramp.reading.evidence import Evidence, Reading
from offramp.watch import outbox
from offramp.watch.cases import Settings, Watched
from offramp.watch.desk import COUNTS, evidence_of
from offramp.watch.standing import Told, stand

if TYPE_CHECKING:
    from offramp.exitgame.result import GameResult

HEADLINE = 12
SHOWN_FROM = 0.01
"""Changes of an assessment smaller than this are not named."""
MORE = 4
FINER = 41
Play = Callable[[Case, Settings], Brief]


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was taken, in the words of one line."""

    entry: entries.Entry
    title: str
    line: str
    alerted: bool


def forecast(case: Case, settings: Settings) -> Brief:
    """The case played with few draws and without what-ifs.

    A draw in so many has no fixed point at some node, and the game refuses when too large a share has none: of few
    draws two are enough for that. Then the same draws are played on a finer grid of beliefs, so that the forecast can
    be compared with the one before, and at last `MORE` times as many. What was played stands in the entry, for replay.

    Raises:
        NotConvergedError: If none of these helped.
    """
    from offramp.compiled import enable_compile_cache
    from offramp.exitgame.api import NODES, play

    enable_compile_cache()
    played = partial(play, case, months=settings.months, seed=settings.seed, what_if=False)
    tries = ((settings.draws, NODES), (settings.draws, FINER), (MORE * settings.draws, NODES))
    for draws, nodes in tries[:-1]:
        with contextlib.suppress(NotConvergedError):
            return _composed(case, played(draws=draws, nodes=nodes), settings)
    draws, nodes = tries[-1]
    return _composed(case, played(draws=draws, nodes=nodes), settings)


def _composed(case: Case, game: GameResult, settings: Settings) -> Brief:
    from offramp.forecast.compose import compose

    return compose(case, game, Reading(reports=[], evidence=Evidence()), settings.seed, [], {})


def pending(ledger: Ledger) -> list[tuple[str, int]]:
    """Steps that are to be taken: case and report, in the order in which the reports came in."""
    query = (
        sa.select(bearings.c.case_key, bearings.c.report_id)
        .where(bearings.c.entry.is_(None))
        .order_by(bearings.c.report_id, bearings.c.case_key)
    )
    return [(str(key), int(number)) for key, number in ledger.read(lambda c: c.execute(query).all())]


def first(ledger: Ledger, case: Watched, *, play: Play = forecast) -> entries.Entry:
    """The forecast with which a watch begins: the case file alone."""
    from offramp.case import overrides

    brief = play(overrides.effective(case.case), case.settings)

    def work(connection: sa.Connection) -> entries.Entry:
        key = f"watch:{case.key}:{case.added}:0"
        entry = record.add(connection, brief, why={"added": True}, key=key, case=case.key)
        _set_baseline(connection, case, entry.n)
        return entry

    return ledger.write(work)


def take(
    ledger: Ledger,
    case: Watched,
    number: int,
    *,
    receivers: Sequence[outbox.Receiver] = (),
    play: Play = forecast,
) -> Done | None:
    """Takes the step of report `number` for a case; None where the case is no longer watched.

    Raises:
        NotConvergedError: If the game did not converge; the step stays to be taken.
        LedgerError: If it could not be written; the step stays to be taken.
    """
    told, refs, cause = ledger.read(lambda c: _told(c, case.key, number))
    before = ledger.read(lambda c: entries.select(c, kind="forecast", case=case.key, newest=1))
    previous = before[0] if before else None
    day = max([one.day for one in told] + [dt.date.fromisoformat(cause["published"])])
    if previous is not None and previous.as_of is not None:
        day = max(day, previous.as_of)
    statement = stand(case.case, told, day, half_life=case.settings.half_life)
    brief = play(statement, case.settings)

    def work(connection: sa.Connection) -> Done | None:
        row = connection.execute(sa.select(watched).where(watched.c.case_key == case.key)).mappings().first()
        if row is None or not row["active"] or row["added"] != case.added:
            connection.execute(bearings.delete().where(bearings.c.case_key == case.key, bearings.c.report_id == number))
            return None
        return _record(connection, case, number, brief, refs, cause, previous, receivers, json.loads(row["settings"]))

    return ledger.write(work)


def _record(
    connection: sa.Connection,
    case: Watched,
    number: int,
    brief: Brief,
    refs: list[dict[str, Any]],
    cause: Mapping[str, Any],
    previous: entries.Entry | None,
    receivers: Sequence[outbox.Receiver],
    settings: Mapping[str, Any],
) -> Done:
    key = f"watch:{case.key}:{case.added}:{number}"
    there = connection.execute(
        sa.select(bearings.c.entry).where(bearings.c.case_key == case.key, bearings.c.report_id == number)
    ).scalar()
    base = _baseline(connection, settings.get("baseline"))
    change = _largest(base, brief)
    alerts = change is not None and abs(change[1]) >= case.settings.threshold
    why = {
        "report": cause["report"], "desk": number, "kind": cause["kind"], "origin": cause["origin"],
        "moved": [] if previous is None else moved(previous.content["statement"], record.skeleton(brief.case)),
        "previous": None if previous is None else previous.n, "alert": alerts,
    }  # fmt: skip
    entry = record.add(connection, brief, why=why, key=key, case=case.key, kept=refs)
    line = sentence(previous, entry)
    title = str(cause["title"] or cause["source"] or "a report")
    if there is None:
        connection.execute(
            bearings.update()
            .where(bearings.c.case_key == case.key, bearings.c.report_id == number)
            .values(entry=entry.n)
        )
        if alerts and change is not None:
            _set_baseline(connection, case, entry.n)
            for receiver in receivers:
                outbox.put(connection, entry, receiver, _payload(entry, title, line, base, change))
    return Done(entry, title, line, alerts)


def _told(connection: sa.Connection, key: str, number: int) -> tuple[list[Told], list[dict[str, Any]], dict[str, Any]]:
    """Reports that count for a case as of one of them: evidence, what the ledger names them by, and the one itself."""
    query = (
        sa.select(reports)
        .join(bearings, bearings.c.report_id == reports.c.id)
        .where(bearings.c.case_key == key, reports.c.id <= number)
        .order_by(reports.c.id)
    )
    told, refs = [], []
    cause: dict[str, Any] = {}
    for row in connection.execute(query).mappings():
        if row["id"] == number:
            cause = dict(row)
        replaced = row["replaced_by"] is not None and row["replaced_by"] <= number
        if row["kind"] not in COUNTS or replaced or row["text_hash"] is None or row["note"] == ERASED:
            _read.pop(str(row["text_hash"]), None)
            continue
        evidence = _cached(row["text_hash"]) or _store(row["text_hash"], evidence_of(connection, row["text_hash"]))
        if evidence is not None:
            told.append(Told(dt.date.fromisoformat(row["published"]), evidence))
            refs.append({"report": row["report"], "kept": row["text_hash"], "date": row["published"]})
    return sorted(told, key=lambda one: one.day), refs, cause


_read: dict[str, Evidence] = {}
MOST_CACHED = 2000


def _cached(kept: str) -> Evidence | None:
    return _read.get(kept)


def _store(kept: str, evidence: Evidence | None) -> Evidence | None:
    if evidence is not None:
        while len(_read) >= MOST_CACHED:
            _read.pop(next(iter(_read)))
        _read[kept] = evidence
    return evidence


def _set_baseline(connection: sa.Connection, case: Watched, n: int) -> None:
    new = json.dumps(asdict(replace(case.settings, baseline=n)))
    connection.execute(
        watched.update().where(watched.c.case_key == case.key, watched.c.added == case.added).values(settings=new)
    )


def _baseline(connection: sa.Connection, n: int | None) -> entries.Entry | None:
    if n is None:
        return None
    from offramp.ledger.tables import entries as table

    row = connection.execute(sa.select(table).where(table.c.n == n)).mappings().first()
    return None if row is None else entries.of_row(row)


def place_of(months: Sequence[int]) -> int:
    """Where twelve months stand among the months of an entry, or the month nearest to it."""
    return min(range(len(months)), key=lambda i: abs(months[i] - HEADLINE))


def _largest(base: entries.Entry | None, brief: Brief) -> tuple[str, float] | None:
    """The outcome whose chance changed most since the baseline, and by how much."""
    if base is None:
        return None
    a, b = place_of(base.content["months"]), place_of(brief.forecast.months)
    then = record.means(base)
    changes = {
        name: float(series.mean[b] or 0.0) - float(then[name][a] or 0.0)
        for name, series in brief.forecast.outcomes.items()
    }
    name = max(changes, key=lambda key: abs(changes[key]))
    return name, changes[name]


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parts of a case that changed between two statements, assessments by size last."""
    found: list[dict[str, Any]] = []
    for name, value in after["state"].items():
        if name != "offer_condition" and not name.endswith("_since") and value != before["state"].get(name):
            found.append({"part": f"state.{name}", "before": before["state"].get(name), "after": value})
    replies = {row["month"]: row["reply"] for row in before["history"]}
    for row in after["history"]:
        if row["reply"] is not None and replies.get(row["month"]) != row["reply"]:
            part = f"ruler in {row['month']}"
            found.append({"part": part, "before": replies.get(row["month"]), "after": row["reply"]})
    changed = [
        {"part": name, "before": round(a, 3), "after": round(b, 3)}
        for name in ASSESSMENTS
        for a, b in [(before["assessments"][name]["central"], after["assessments"][name]["central"])]
        if abs(a - b) >= SHOWN_FROM
    ]
    return found + sorted(changed, key=lambda row: -abs(row["after"] - row["before"]))


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    return {str(key): OUTCOME_LABELS[key] for key in OUTCOMES}


def figures(entry: entries.Entry) -> tuple[float, float]:
    """Chances within twelve months: out of office, and under agreed terms."""
    place = place_of(entry.content["months"])
    told = record.means(entry)
    return 1 - float(told["in_office"][place] or 0.0), float(told["negotiated"][place] or 0.0)


def sentence(previous: entries.Entry | None, entry: entries.Entry) -> str:
    """What moved and why, without a word of the report."""
    out, agreed = figures(entry)
    if previous is None:
        return f"out {words.cell(out)}, negotiated {words.cell(agreed)}"
    out_then, agreed_then = figures(previous)
    reasons = [_reason(row) for row in entry.content.get("why", {}).get("moved", [])[:4]]
    days = (record.day(entry) - record.day(previous)).days
    if not reasons:
        reasons = [f"{words.plural(days, 'day')} passed" if days else "nothing that the model reads has changed"]
    return (
        f"out {words.cell(out_then)} → {words.cell(out)}, negotiated {words.cell(agreed_then)} → {words.cell(agreed)}: "
        + "; ".join(reasons)
    )


def _reason(row: Mapping[str, Any]) -> str:
    part = str(row["part"]).removeprefix("state.").replace("_", " ")
    before, after = (
        f"{v:.2f}" if isinstance(v, float) else str(v if v is not None else "not seen").replace("_", " ")
        for v in (row["before"], row["after"])
    )
    return f"{part} {before} → {after}"


def _payload(
    entry: entries.Entry, title: str, line: str, base: entries.Entry | None, change: tuple[str, float]
) -> dict[str, Any]:
    place = place_of(entry.content["months"])
    name, size = change
    return {
        "case": entry.case,
        "as_of": entry.content["as_of"],
        "entry": entry.n,
        "hash": entry.hash,
        "since_entry": None if base is None else base.n,
        "because": title,
        "text": f"{entry.case}: {_labels()[name]} within {entry.content['months'][place]} months "
        f"{words.points(size)} since entry {base.n if base else 0}. {line}",
        "changed": {"outcome": name, "by": size},
        "chances": {key: row[place] for key, row in record.means(entry).items()},
    }
