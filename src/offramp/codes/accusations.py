"""Accusations of grave crimes against rulers in person, dated: they weaken what a promise of safe passage is worth.

The table is ours (`data/accusations.csv`; what counts stands in its header). An accusation is no verdict, and no row
says no more than that the table has none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from offramp.codes.tables import read_table


@dataclass(frozen=True, slots=True)
class Accusation:
    """Who accused which ruler in what document; `since` is the day on which it became public."""

    iso3: str
    ruler: str
    since: dt.date
    by: str
    document: str


@cache
def accusations() -> tuple[Accusation, ...]:
    """Every row, in the order of the table."""
    found = []
    for row in read_table("accusations.csv"):
        since = row.date("since")
        if since is None:
            raise row.fail("since", "an ISO date")
        found.append(Accusation(row["iso3"], row["ruler"], since, row["by"], row["document"]))
    return tuple(found)


def accusation(iso3: str, ruler: str, on: dt.date) -> Accusation | None:
    """The first accusation against a ruler (by the name in `rulers.csv`) that was public on a day, or `None`."""
    known = (row for row in accusations() if (row.iso3, row.ruler) == (iso3, ruler) and row.since <= on)
    return min(known, key=lambda row: row.since, default=None)
