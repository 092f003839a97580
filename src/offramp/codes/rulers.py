"""Rulers: who ruled which state on which day, so that a name in a report becomes a person with a tenure.

The table is ours (`data/rulers.csv`; who counts as the ruler stands in its header). It holds every current state on
`AS_OF`, other strongmen and heads of state who are in the news (`effective` false), and dated rows for the rulers of
the catalogue and the examples. `data/rulers_past.csv` adds who ruled at some time since 1990, by name and days alone:
what else one would ask of them is unknown. A day before 1990 has a ruler only where we needed one.
Names fold as in `offramp.codes.states`. What we do not know is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from offramp.codes.states import state_by_iso3
from offramp.codes.tables import Row, fold, key, read_table

Regime = Literal["democracy", "personal", "military", "party", "monarchy", "interim", "unknown"]
REGIMES = ("democracy", "personal", "military", "party", "monarchy", "interim", "unknown")
SURENESS = ("high", "medium", "low")
AS_OF = dt.date(2025, 12, 1)
"""The day on which the table was compiled. For a later day the answer is the last known, and may be out of date."""

_TITLES = ("president ", "mr ", "mr. ", "mrs ", "ms ", "general ", "colonel ", "captain ", "prime minister ")


@dataclass(frozen=True, slots=True)
class Ruler:
    """One spell of one person.

    `office` is empty where only the days are known. `effective`: rules, rather than being a head of state or strongman
    beside the ruler. `in_office_since`, `until`: first and last day; `until` is None when in office on `AS_OF`.
    `birth_year`, `military_career`: None if unknown.
    """

    iso3: str
    name: str
    aliases: tuple[str, ...]
    office: str
    effective: bool
    in_office_since: dt.date
    until: dt.date | None
    birth_year: int | None
    military_career: bool | None
    regime: Regime
    sure: str
    source: str
    note: str

    def in_office(self, on: dt.date) -> bool:
        """Whether `on` lies in the spell, both ends included."""
        return self.in_office_since <= on and (self.until is None or on <= self.until)


def _ruler(row: Row) -> Ruler:
    since = row.date("since")
    if since is None:
        raise row.fail("since", "an ISO date")
    return Ruler(
        iso3=row["iso3"],
        name=row["name"],
        aliases=row.many("aliases"),
        office=row["office"],
        effective=row.flag("effective") is True,
        in_office_since=since,
        until=row.date("until"),
        birth_year=row.number("birth_year"),
        military_career=row.flag("military"),
        regime=row.one_of("regime", REGIMES),  # type: ignore[arg-type]  # one_of has checked it
        sure=row.one_of("sure", SURENESS),
        source=row["source"],
        note=row["note"],
    )


def _past(row: Row) -> Ruler:
    since, until = row.date("since"), row.date("until")
    if since is None or until is None:
        raise row.fail("since" if since is None else "until", "an ISO date")
    return Ruler(
        iso3=row["iso3"],
        name=row["name"],
        aliases=row.many("aliases"),
        office="",
        effective=row.flag("effective") is True,
        in_office_since=since,
        until=until,
        birth_year=None,
        military_career=None,
        regime="unknown",
        sure="medium",
        source=row["source"],
        note="",
    )


@cache
def rulers() -> tuple[Ruler, ...]:
    """Every row, in the order of the tables: those of the present and of cases first, then others since 1990."""
    now = (_ruler(row) for row in read_table("rulers.csv"))
    return (*now, *(_past(row) for row in read_table("rulers_past.csv")))


def ruler_of(iso3: str, on: dt.date | None = None) -> Ruler | None:
    """The effective ruler of a state on a day (`AS_OF` without a day), or `None` where the table has none.

    Raises:
        InputError: If no state has the code, naming the nearest known.
    """
    state_by_iso3(iso3)
    day = on or AS_OF
    return next((r for r in rulers() if r.iso3 == iso3 and r.effective and r.in_office(day)), None)


def _names(ruler: Ruler) -> tuple[str, ...]:
    return tuple(dict.fromkeys((ruler.name, *ruler.aliases)))


@cache
def _index() -> dict[str, list[Ruler]]:
    index: dict[str, list[Ruler]] = {}
    for ruler in rulers():
        for phrase in dict.fromkeys(key(name) for name in _names(ruler)):
            index.setdefault(phrase, []).append(ruler)
    return index


def find_ruler(text: str, on: dt.date | None = None) -> list[Ruler]:
    """The people whom a name means, likeliest first; empty when nobody is known by it.

    Full names, surnames and nicknames match whole, without case or accents, with or without a title or possessive.
    With a day, whoever is in office then comes first, then those who left last before it; people who had not yet come
    to office are left out. Without a day, those in office on `AS_OF` come first.
    """
    bare = text.strip().strip('"“”,;:()[]').strip()
    if bare.endswith(("'s", "’s")):
        bare = bare[:-2]
    forms = [bare, *(bare[len(title) :] for title in _TITLES if bare.casefold().startswith(title))]
    day = on or AS_OF
    for form in forms:
        found = _index().get(key(form)) or _index().get(fold(form)) or []
        known = [r for r in found if r.in_office_since <= day]
        if known:
            return sorted(known, key=lambda r: (not r.in_office(day), not r.effective, -(r.until or day).toordinal()))
    return []


@lru_cache(maxsize=32)
def ruler_phrases(on: dt.date | None = None) -> dict[str, tuple[Ruler, ...]]:
    """Every name that a matcher should know: phrase -> the people it may mean, likeliest first.

    Keys are folded, acronyms stand in capitals ('MBS'). With a day, only those in office on it; without one, all rows.
    Match only where the report's word begins with a capital, and let the longest phrase win.
    """
    found: dict[str, tuple[Ruler, ...]] = {}
    for phrase, owners in _index().items():
        alive = [r for r in owners if on is None or r.in_office(on)]
        if alive:
            day = on or AS_OF
            found[phrase] = tuple(
                sorted(alive, key=lambda r: (not r.in_office(day), not r.effective, -(r.until or day).toordinal()))
            )
    return found
