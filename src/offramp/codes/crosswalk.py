"""Crosswalk: which state of the Gleditsch-Ward list is meant by a code of another list, and when.

Systems: `gw`, `cow`, `iso3`, and the dialects of single sources (`archigos`, `reign`, `cline`, `polity`, `vdem`,
`ucdp`). A dialect follows its base system except where `data/country_codes.csv` says otherwise. Numbers of Germany,
Yemen, Serbia and others change their meaning with time, so every answer holds between two days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from offramp.codes.states import State, states
from offramp.codes.tables import read_table, unknown

System = Literal["gw", "cow", "iso3", "archigos", "reign", "cline", "polity", "vdem", "ucdp"]
BASE: Final[dict[str, str]] = {
    "gw": "gw",
    "archigos": "gw",
    "ucdp": "gw",
    "cow": "cow",
    "iso3": "iso3",
    "reign": "cow",
    "cline": "cow",
    "polity": "cow",
    "vdem": "iso3",
}
"""The column of states.csv that a system follows. Archigos says COW but writes GW numbers (340, 260, 678)."""


@dataclass(frozen=True, slots=True)
class Span:
    """`code` means the state `gw` (None: no state of the list) from `start` to `end`, both included, None is open."""

    code: str
    start: dt.date | None
    end: dt.date | None
    gw: int | None
    note: str

    def distance(self, day: dt.date) -> int:
        """Days between `day` and the span; 0 inside."""
        if self.start is not None and day < self.start:
            return (self.start - day).days
        if self.end is not None and day > self.end:
            return (day - self.end).days
        return 0


@cache
def spans(system: System) -> dict[str, tuple[Span, ...]]:
    """Every code of a system -> what it means and when, in order of time."""
    base = BASE[system]
    found: dict[str, list[Span]] = {}
    for state in states():
        code = getattr(state, base)
        if code is not None and state.gw is not None:
            found.setdefault(str(code), []).append(Span(str(code), state.start, state.end, state.gw, state.name))
    for owner in dict.fromkeys((base, system)):
        for code, own in _exceptions().get(owner, {}).items():
            found[code] = list(own)
    return {code: tuple(sorted(rows, key=lambda s: s.start or dt.date.min)) for code, rows in found.items()}


@cache
def _exceptions() -> dict[str, dict[str, list[Span]]]:
    found: dict[str, dict[str, list[Span]]] = {}
    for row in read_table("country_codes.csv"):
        if row["system"] == "gw" and row["gw"] == row["code"]:
            continue
        span = Span(row["code"], row.date("from"), row.date("until"), row.number("gw"), row["name"])
        found.setdefault(row["system"], {}).setdefault(row["code"], []).append(span)
    return found


def to_gw(system: System, code: object, day: dt.date) -> int | None:
    """The Gleditsch-Ward number that a code stands for on a day; None where it is known to be no state of the list.

    On a day outside all spans of the code the nearest one counts: yearly files date a change to a whole year.

    Raises:
        InputError: If the code is unknown, naming the nearest known.
    """
    rows = spans(system).get(str(code))
    if rows is None:
        raise unknown(f"state code ({system})", code, spans(system))
    return min(rows, key=lambda span: span.distance(day)).gw


@dataclass(frozen=True, slots=True)
class Member:
    """A state of the Gleditsch-Ward list: its name there, first and last day (None is open), and codes of today."""

    gw: int
    name: str
    start: dt.date | None
    end: dt.date | None
    cow: int | None
    iso3: str
    region: str


@cache
def members() -> dict[int, Member]:
    """Every state of the list by its number, with the COW number and ISO code it had last."""
    listed = {row.number("gw"): row for row in read_table("country_codes.csv") if row["system"] == "gw" and row["gw"]}
    grouped: dict[int, list[State]] = {}
    for state in states():
        if state.gw is not None:
            grouped.setdefault(state.gw, []).append(state)
    found = {}
    for gw, rows in grouped.items():
        last = max(rows, key=lambda s: s.end or dt.date.max)
        own = listed.get(gw)
        start = own.date("from") if own is not None else None
        end = own.date("until") if own is not None else None
        found[gw] = Member(
            gw=gw,
            name=last.name if own is None else own["name"],
            start=start or _first(state.start for state in rows),
            end=end or last.end,
            cow=last.cow,
            iso3=last.iso3,
            region=last.region,
        )
    return found


def _first(days: Iterable[dt.date | None]) -> dt.date | None:
    listed = list(days)
    return None if None in listed else min(day for day in listed if day is not None)
