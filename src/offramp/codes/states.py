"""States: codes (Gleditsch-Ward, COW, ISO-3), names, demonyms and capitals, each with the days on which it existed.

The table is ours (`data/states.csv`, sources in its header). Names meet when case, accents, curly apostrophes and an
article or possessive are taken off; a name in capitals (US, UAE, DRC) is an acronym and keeps its case, so that 'us' is
never a country. Phrases with several meanings stand in `data/ambiguous.csv`, each with its default and a reason.
Rulers live in `offramp.codes.rulers`; nothing here finds names inside a text, `state_phrases` feeds what does.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from offramp.codes.tables import Row, fold, is_acronym, key, read_table, unknown
from offramp.errors import InputError

Kind = Literal["name", "demonym", "capital"]
REGIONS = ("americas", "europe", "africa", "mena", "asia", "oceania")
_NO_PLURAL = ("s", "sh", "ch", "x", "z", "y", "se", "men", "man")


@dataclass(frozen=True, slots=True)
class State:
    """One state during one membership of the system.

    `gw`, `cow`: None where the list has no such state. `start`: first day, None when it was a member on 1945-01-01 or
    is in neither list. `end`: last day, None for today.
    """

    gw: int | None
    cow: int | None
    iso3: str
    name: str
    official_name: str
    aliases: tuple[str, ...]
    demonyms: tuple[str, ...]
    capital: str | None
    capital_aliases: tuple[str, ...]
    start: dt.date | None
    end: dt.date | None
    region: str

    def existed(self, on: dt.date) -> bool:
        """Whether `on` lies between `start` and `end`, both included."""
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    @property
    def current(self) -> bool:
        """Whether the state exists today."""
        return self.end is None


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A phrase with several meanings: `default` (ISO-3 or None) holds between `start` and `end`."""

    phrase: str
    default: str | None
    candidates: tuple[str, ...]
    start: dt.date | None
    end: dt.date | None
    match: bool
    note: str


def _state(row: Row) -> State:
    capitals = row.many("capital")
    return State(
        gw=row.number("gw"),
        cow=row.number("cow"),
        iso3=row["iso3"],
        name=row["name"],
        official_name=row["official_name"],
        aliases=row.many("aliases"),
        demonyms=row.many("demonyms"),
        capital=capitals[0] if capitals else None,
        capital_aliases=capitals[1:],
        start=row.date("start"),
        end=row.date("end"),
        region=row.one_of("region", REGIONS),
    )


@cache
def states() -> tuple[State, ...]:
    """Every state of the system since 1 January 1945, by GW number; states in no list (gw None) come last."""
    return tuple(_state(row) for row in read_table("states.csv"))


@cache
def ambiguities() -> tuple[Ambiguity, ...]:
    """Every phrase that is known to mean more than one thing, with what it is taken for and why."""
    return tuple(
        Ambiguity(
            phrase=fold(row["phrase"]),
            default=row["default"] or None,
            candidates=row.many("candidates"),
            start=row.date("from"),
            end=row.date("until"),
            match=row.flag("match") is True,
            note=row["note"],
        )
        for row in read_table("ambiguous.csv")
    )


def _pick(found: list[State], on: dt.date | None) -> State | None:
    """The one that existed on the day; without a day the one of today, else the last that was."""
    if on is not None:
        found = [state for state in found if state.existed(on)]
    return max(found, key=lambda s: (s.end or dt.date.max, s.start or dt.date.min), default=None)


def _by_code(column: Literal["iso3", "gw", "cow"], code: str | int, on: dt.date | None) -> State:
    found = [state for state in states() if getattr(state, column) == code]
    label = {"iso3": "ISO-3 code", "gw": "Gleditsch-Ward number", "cow": "COW number"}[column]
    if not found:
        known = sorted({getattr(state, column) for state in states()} - {None})
        raise unknown(label, code, known)
    state = _pick(found, on)
    if state is None:
        spans = "; ".join(f"{s.name} {s.start or 'before 1945'} to {s.end or 'today'}" for s in found)
        raise InputError(f"no state had the {label} {code!r} on {on}; it stands for {spans}")
    return state


def state_by_iso3(iso3: str, on: dt.date | None = None) -> State:
    """The state with this ISO-3 code on a day (today, or last seen, without a day).

    Raises:
        InputError: If no state has the code, naming the nearest known, or none had it on that day.
    """
    return _by_code("iso3", iso3, on)


def state_by_gw(gw: int, on: dt.date | None = None) -> State:
    """The state with this Gleditsch-Ward number; days and errors as in `state_by_iso3`."""
    return _by_code("gw", gw, on)


def state_by_cow(cow: int, on: dt.date | None = None) -> State:
    """The state with this COW number; days and errors as in `state_by_iso3`."""
    return _by_code("cow", cow, on)


def _plurals(demonym: str) -> tuple[str, ...]:
    if demonym.casefold().endswith(_NO_PLURAL) or demonym.startswith(("I-", "Ni-")):
        # Germans, Romans: a plain s; but Frenchmen, Dutch, Swiss, Vietnamese take none.
        return (demonym + "s",) if demonym in {"German", "East German", "West German"} else ()
    return (demonym + "s",)


def _phrases_of(state: State) -> list[tuple[str, Kind]]:
    named: list[tuple[str, Kind]] = [
        (n, "name") for n in dict.fromkeys((state.name, state.official_name, *state.aliases))
    ]
    peoples: list[tuple[str, Kind]] = [(d, "demonym") for d in state.demonyms]
    peoples += [(plural, "demonym") for d in state.demonyms for plural in _plurals(d)]
    cities: list[tuple[str, Kind]] = [(c, "capital") for c in (state.capital, *state.capital_aliases) if c is not None]
    return named + peoples + cities


_RANK: dict[Kind, int] = {"name": 0, "demonym": 1, "capital": 2}


@cache
def _index() -> dict[str, list[tuple[State, Kind]]]:
    """Every phrase of every state: the key (see `tables.key`) to the states that own it."""
    index: dict[str, list[tuple[State, Kind]]] = {}
    for state in states():
        for phrase, kind in _phrases_of(state):
            index.setdefault(key(phrase), []).append((state, kind))
    return index


@cache
def _accented() -> dict[str, list[State]]:
    """Spellings with an accent, which beat an ambiguous plain one (Malé is a city, male is not)."""
    index: dict[str, list[State]] = {}
    for state in states():
        for phrase, _ in _phrases_of(state):
            if not phrase.isascii():
                index.setdefault(unicodedata.normalize("NFC", phrase).casefold(), []).append(state)
    return index


@cache
def _ambiguous() -> dict[str, list[Ambiguity]]:
    index: dict[str, list[Ambiguity]] = {}
    for entry in ambiguities():
        index.setdefault(entry.phrase, []).append(entry)
    return index


def _default(phrase: str, on: dt.date | None) -> Ambiguity | None:
    day = on or dt.date.max
    for entry in _ambiguous().get(phrase, ()):
        if (entry.start is None or entry.start <= day) and (entry.end is None or day <= entry.end):
            return entry
    return None


def _best(owners: list[tuple[State, Kind]], on: dt.date | None) -> tuple[State, Kind] | None:
    """Names before demonyms before capitals; among those the state of that day."""
    alive = [(s, k) for s, k in owners if on is None or s.existed(on)]
    if not alive:
        return None
    rank = min(_RANK[k] for _, k in alive)
    kind: Kind = next(k for _, k in alive if _RANK[k] == rank)
    state = _pick([s for s, k in alive if k == kind], on)
    return None if state is None else (state, kind)


def lookup_key(text: str) -> str:
    """The key of a phrase as it stands in a text: an acronym if the table has it, else folded (CANADA is none)."""
    acronym = key(text)
    return acronym if acronym in _index() else fold(text)


def _bare(text: str) -> str:
    """The phrase without surrounding punctuation, an article in front or a possessive behind."""
    bare = text.strip().strip('"“”,;:()[]').strip()
    for ending in ("'s", "’s"):
        if bare.endswith(ending) and lookup_key(bare) not in _index():
            bare = bare[: -len(ending)]
    if lookup_key(bare) not in _index() and bare[:4].casefold() == "the ":
        bare = bare[4:]
    return bare


def find_state(text: str, on: dt.date | None = None) -> State | None:
    """The state that a phrase names, by its name, an alias, its people or its capital.

    The whole phrase must match; case, accents, 'the' and a possessive do not matter, except that an acronym keeps its
    case. `on` restricts the answer to states of that day; without it today's state wins, then the last that was.
    `None` when nothing matches or the phrase is ambiguous without a default (`ambiguities`).

    >>> find_state("the Ivorian").iso3, find_state("Burma's").iso3, find_state("us")
    ('CIV', 'MMR', None)
    """
    bare = _bare(text)
    accented = _accented().get(unicodedata.normalize("NFC", bare).casefold())
    if accented is not None and fold(bare) in _ambiguous():
        return _pick(accented, on)
    doubt = _default(fold(bare), on)
    if doubt is not None:
        if doubt.default is None:
            return None
        found = [s for s in states() if s.iso3 == doubt.default]
        return _pick(found, on)
    best = _best(_index().get(lookup_key(bare), []), on)
    return None if best is None else best[0]


def ambiguity_of(text: str, on: dt.date | None = None) -> Ambiguity | None:
    """What is known about an ambiguous phrase on a day, or `None` for a phrase that is not listed as one."""
    return _default(fold(_bare(text)), on)


@lru_cache(maxsize=32)
def state_phrases(on: dt.date | None = None) -> dict[str, tuple[str, Kind]]:
    """Every phrase that a matcher should know: phrase -> (ISO-3, name | demonym | capital).

    Keys are folded (`tables.fold`: lower case, no accents), except that acronyms stand in capitals without dots
    ('US', 'UAE') and must be matched with their case. Phrases that would hit common words or other places are left out
    (`ambiguities` with `match` false); match the rest only where the report's word begins with a capital, and let the
    longest phrase win. `on`: only states of that day; without it all, today's winning.
    """
    found: dict[str, tuple[str, Kind]] = {}
    listed = {state.iso3 for state in states() if on is None or state.existed(on)}
    for phrase, owners in _index().items():
        best = _best(owners, on)
        if best is not None and (is_acronym(phrase) or _default(phrase, on) is None):
            found[phrase] = (best[0].iso3, best[1])
    for phrase in _ambiguous():
        doubt = _default(phrase, on)
        if doubt is not None and doubt.match and doubt.default in listed:
            best = _best(_index().get(phrase, []), on)
            found[phrase] = (doubt.default, "name" if best is None else best[1])
    return found
