"""How the watched cases stand: their last forecast, how it moved, what came in, as rows for a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.ledger.tables import bearings, outbox, reports
from offramp.watch import cases
from offramp.watch.step import figures

BARS = "▁▂▃▄▅▆▇█"
SHOWN = 24


@dataclass(frozen=True, slots=True)
class Standing:
    """One watched case."""

    key: str
    as_of: str
    forecasts: int
    reports: int
    repeats: int
    pending: int
    out: float
    negotiated: float
    out_path: tuple[float, ...]
    negotiated_path: tuple[float, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class Status:
    """All watched cases, and the alerts that wait."""

    cases: tuple[Standing, ...]
    waiting: int
    problem: str | None


def status(ledger: Ledger) -> Status:
    """Reads how everything stands."""
    watched = cases.listed(ledger)

    def read(connection: sa.Connection) -> Status:
        rows = tuple(found for one in watched if (found := _standing(connection, one)) is not None)
        late = outbox.c.delivered.is_(None)
        count = connection.execute(sa.select(sa.func.count()).where(late)).scalar() or 0
        problem = connection.execute(
            sa.select(outbox.c.problem).where(late, outbox.c.problem.is_not(None)).order_by(outbox.c.id.desc())
        ).scalar()
        return Status(rows, int(count), problem)

    return ledger.read(read)


def _standing(connection: sa.Connection, one: cases.Watched) -> Standing | None:
    path = entries.select(connection, kind="forecast", case=one.key, newest=SHOWN)
    mine = sa.select(sa.func.count()).select_from(bearings).where(bearings.c.case_key == one.key)
    came = connection.execute(mine).scalar() or 0
    pending = connection.execute(mine.where(bearings.c.entry.is_(None))).scalar() or 0
    origins = sa.select(bearings.c.report_id).where(bearings.c.case_key == one.key)
    repeats = connection.execute(
        sa.select(sa.func.count()).where(reports.c.kind == "duplicate", reports.c.origin.in_(origins))
    ).scalar()
    total = connection.execute(
        sa.text("SELECT count(*) FROM entries WHERE kind = 'forecast' AND case_key = :key"), {"key": one.key}
    ).scalar()
    if not path:
        return Standing(one.key, "", 0, int(came), int(repeats or 0), int(pending), 0.0, 0.0, (), (),
                        one.settings.threshold)  # fmt: skip
    told = [figures(entry) for entry in path]
    return Standing(
        key=one.key,
        as_of=str(path[-1].content["as_of"]),
        forecasts=int(total or 0),
        reports=int(came),
        repeats=int(repeats or 0),
        pending=int(pending),
        out=told[-1][0],
        negotiated=told[-1][1],
        out_path=tuple(out for out, _ in told),
        negotiated_path=tuple(agreed for _, agreed in told),
        threshold=one.settings.threshold,
    )


def sparkline(values: Sequence[float]) -> str:
    """Chances as a row of bars between 0 and the highest of them, at least 20 %.

    >>> sparkline([0.0, 0.1, 0.2])
    '▁▅█'
    """
    top = max([0.2, *values])
    return "".join(BARS[min(len(BARS) - 1, int(len(BARS) * value / top + 0.5 * (value / top < 1)))] for value in values)
