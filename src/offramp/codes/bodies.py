"""Bodies inside states, by the names that reports use: armed forces, secret services, parties and movements, dated.

The tables are ours (`data/forces.csv`, `data/parties.csv`, sources in their headers). A party is government on the days
on which it led one, opposition on others, so what its name stands for depends on the day. Names fold as in
`offramp.codes.states`; 'the Venezuelan army' needs no row, since demonym and noun say it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, lru_cache

from offramp.codes.roles import Role
from offramp.codes.tables import Row, key, read_table

_FORCES = (Role.ARMED_FORCES, Role.POLICE, Role.REBELS)


@dataclass(frozen=True, slots=True)
class Body:
    """A body: the days of its names (None is open), and for a party those on which it led the government.

    `country` is ISO-3, or the id of an organisation. `role` is what it is on days outside `governed`.
    """

    names: tuple[str, ...]
    country: str
    role: Role
    start: dt.date | None
    end: dt.date | None
    governed: tuple[tuple[dt.date, dt.date | None], ...] = ()

    def existed(self, on: dt.date) -> bool:
        """Whether it bore its names on a day, both ends included."""
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def role_on(self, on: dt.date | None) -> Role:
        """What it is on a day; without one, today."""
        day = on or dt.date.max
        governs = any(a <= day and (b is None or day <= b) for a, b in self.governed)
        return Role.GOVERNMENT if governs else self.role


def _force(row: Row) -> Body:
    role = Role(row.one_of("role", [str(r) for r in _FORCES]))
    return Body(row.many("names"), row["iso3"], role, row.date("from"), row.date("until"))


def _day(row: Row, text: str, *, last: bool) -> dt.date:
    try:
        if len(text) == 4:
            return dt.date(int(text), 12, 31) if last else dt.date(int(text), 1, 1)
        return dt.date.fromisoformat(text)
    except ValueError as bad:
        raise row.fail("governed", "spans 'from/until' of years or ISO dates") from bad


def _party(row: Row) -> Body:
    spans = []
    for span in row.many("governed"):
        start, slash, end = span.partition("/")
        if not slash:
            raise row.fail("governed", "spans 'from/until' of years or ISO dates")
        spans.append((_day(row, start, last=False), _day(row, end, last=True) if end else None))
    return Body(row.many("names"), row["iso3"], Role.OPPOSITION, None, None, tuple(spans))


@cache
def bodies() -> tuple[Body, ...]:
    """Every body: armed forces and services first, then parties."""
    forces = tuple(_force(row) for row in read_table("forces.csv"))
    return (*forces, *(_party(row) for row in read_table("parties.csv")))


@lru_cache(maxsize=32)
def body_phrases(on: dt.date | None = None) -> dict[str, tuple[str, Role]]:
    """Every name that a matcher should know on a day (every name, without one): phrase -> (country, role then).

    Keys are folded, acronyms stand in capitals, as for states. Match only where the word begins with a capital.
    """
    found: dict[str, tuple[str, Role]] = {}
    for body in bodies():
        if on is None or body.existed(on):
            for name in body.names:
                found.setdefault(key(name), (body.country, body.role_on(on)))
    return found
