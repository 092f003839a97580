"""Base rates that ship with the package: counts of leader-years, exits and fates, ready to be asked.

A leader-year is a leader in office on a 31 December whose next twelve months lie inside the record; its outcome is
the way that leader left within them, if at all. Tenure bands hold 'more than a and at most b years'. Counts come from
`offramp history fit`; nothing here needs the original files, polars or NumPy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from offramp.errors import InputError
from offramp.history.intervals import wilson
from offramp.history.vocabulary import FATES, IN_OFFICE, MODES, REGIME_NAMES, REGIONS

LEVEL = 0.90
TENURE_EDGES = (0, 1, 2, 3, 5, 10, 15, 20)
"""Lower ends of the tenure bands, in years; the last band is open."""
ERA_STARTS = (1949, 1960, 1970, 1980, 1990, 2000)
"""First December of each era; an era runs to the next one."""
FATE_SPLIT = 1990
"""Fates are counted before, and from, the first day of this year."""
TRIGGERS = ("force", "regime_claim", "uprising_nearby", "coup_nearby", "civil_war")
"""What may have happened before: a dispute in which force was used on the state (12 months) or in which the challenger
wanted another regime (120 months), an exit by uprising (24) or a coup attempt (12) in the region, conflict over
government (the year before). A cell's `triggers` adds 1, 2, 4, 8, 16 for them, in this order."""
COLUMNS = ("regime", "tenure", "era", "coup_attempt", "leader_years", *MODES, "region", "triggers")


_REGION = COLUMNS.index("region")


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one outcome followed within a year, with Wilson's 90 % interval."""

    outcome: str
    count: int
    leader_years: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BaseRates:
    """Outcomes within twelve months in one group of leader-years: every mode, and `in_office`, in that order."""

    group: str
    leader_years: int
    rates: tuple[Rate, ...]

    def rate(self, outcome: str) -> float:
        """The share of leader-years with this outcome."""
        return next(rate.rate for rate in self.rates if rate.outcome == outcome)


@dataclass(frozen=True)
class Tables:
    """The shipped counts.

    `cells` rows follow `COLUMNS`. `exits[since][mode]` counts spells that ended in or after the year `since`.
    `fates[era][mode]` counts (safe, exile, jail, death) for eras 'before' and 'since' 1990, known fates only.
    """

    cells: tuple[tuple[int | str, ...], ...]
    exits: Mapping[str, Mapping[str, int]]
    fates: Mapping[str, Mapping[str, tuple[int, ...]]]
    manifest: Mapping[str, object]


@lru_cache(maxsize=1)
def shipped() -> Tables:
    """The counts inside the package."""
    return tables_from_json((files("offramp.history") / "data" / "base_rates.json").read_text(encoding="utf-8"))


def tables_from_json(text: str) -> Tables:
    """Tables from the text of `base_rates.json`. Raises `InputError` when it is not such a file."""
    try:
        raw = json.loads(text)
        if tuple(raw["columns"]) != COLUMNS:
            raise InputError(f"base_rates.json: columns are {raw['columns']}; expected {list(COLUMNS)}")
        return Tables(
            cells=tuple(tuple(row) for row in raw["cells"]),
            exits=raw["exits"],
            fates={era: {m: tuple(n) for m, n in by.items()} for era, by in raw["fates"].items()},
            manifest=raw["manifest"],
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"base_rates.json: not a table of base rates ({error!r}); run `offramp history fit`"
        ) from error


def base_rates(
    regime: str | None = None,
    tenure: str | None = None,
    since: int | None = None,
    coup_attempt: bool | None = None,
    tables: Tables | None = None,
    region: str | None = None,
    trigger: str | None = None,
) -> BaseRates:
    """Outcomes within a year among leader-years of a group.

    Args:
        regime: A member of `REGIMES`, or 'democracy'; None for all.
        tenure: Years in office as 'a-b' or 'a+', a and b among `TENURE_EDGES`: more than a, at most b years.
        since: First December to count: an era's first year (see `ERA_STARTS`); None for all.
        coup_attempt: Whether the state saw a coup attempt in the twelve months before; None for either.
        tables: Other counts than the shipped ones.
        region: One of `REGIONS`; None for all.
        trigger: One of `TRIGGERS`, for leader-years that it preceded; with 'no_' before it, for all others.

    Raises:
        InputError: For a regime, band or year that the counts do not know, or a group without a single leader-year.
    """
    members = _regimes(regime)
    low, high = _tenure_band(tenure)
    if since is not None and since not in ERA_STARTS:
        raise InputError(f"since: {since} is not counted separately; known are {_join(ERA_STARTS)}")
    if region is not None and region not in REGIONS:
        raise InputError(f"region: {region!r} is unknown; known are {_join(REGIONS)}")
    bit, wanted = _trigger(trigger)
    chosen = [
        row
        for row in (tables or shipped()).cells
        if row[0] in members
        and low <= int(row[1]) < high
        and (since is None or int(row[2]) >= since)
        and (coup_attempt is None or bool(row[3]) == coup_attempt)
        and (region is None or row[_REGION] == region)
        and (trigger is None or bool(int(row[_REGION + 1]) & bit) == wanted)
    ]
    years = sum(int(row[4]) for row in chosen)
    group = _group_name(regime, tenure, since, coup_attempt, region, trigger)
    if years == 0:
        raise InputError(f"no leader-year in the record belongs to the group '{group}'; widen it")
    counts = {mode: sum(int(row[5 + i]) for row in chosen) for i, mode in enumerate(MODES)}
    counts[IN_OFFICE] = years - sum(counts.values())
    rates = tuple(Rate(name, n, years, n / years, *wilson(n, years, LEVEL)) for name, n in counts.items())
    return BaseRates(group, years, rates)


def fate_counts(mode: str, tables: Tables | None = None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Known fates in the year after exits by a mode, in the order of `FATES`: (1945-1989, since 1990)."""
    fates = (tables or shipped()).fates
    if mode not in MODES:
        raise InputError(f"mode: {mode!r} is unknown; known are {_join(MODES)}")
    return fates["before"][mode], fates["since"][mode]


def fate_weights(mode: str, tables: Tables | None = None) -> tuple[float, ...]:
    """Dirichlet weights over `FATES` after an exit by `mode`: counts since 1990 + .5 x earlier + .5."""
    earlier, recent = fate_counts(mode, tables)
    return tuple(new + 0.5 * old + 0.5 for old, new in zip(earlier, recent, strict=True))


def _regimes(regime: str | None) -> tuple[str, ...]:
    if regime is None:
        return tuple(name for members in REGIME_NAMES.values() for name in members)
    if regime not in REGIME_NAMES:
        raise InputError(f"regime: {regime!r} is unknown; known are {_join(sorted(REGIME_NAMES))}")
    return REGIME_NAMES[regime]


def _tenure_band(tenure: str | None) -> tuple[int, int]:
    if tenure is None:
        return 0, 10_000
    match = re.fullmatch(r"\s*(\d+)\s*(?:\+|-\s*(\d+))\s*", tenure)
    bounds = [int(part) for part in match.groups() if part is not None] if match else []
    if not bounds or any(bound not in TENURE_EDGES for bound in bounds) or sorted(set(bounds)) != bounds:
        raise InputError(
            f"tenure: {tenure!r} is no band of years; write 'a-b' or 'a+' with a and b among {_join(TENURE_EDGES)}, "
            "for instance '10+' or '3-10'"
        )
    return bounds[0], bounds[1] if len(bounds) > 1 else 10_000


def _trigger(name: str | None) -> tuple[int, bool]:
    if name is None:
        return 0, True
    plain = name.removeprefix("no_")
    if plain not in TRIGGERS:
        raise InputError(f"trigger: {name!r} is unknown; known are {_join(TRIGGERS)}, each also with no_ before it")
    return 1 << TRIGGERS.index(plain), plain == name


def _group_name(
    regime: str | None,
    tenure: str | None,
    since: int | None,
    coup_attempt: bool | None,
    region: str | None,
    trigger: str | None,
) -> str:
    parts = [regime or "all rulers"]
    if region:
        parts.append(region)
    if trigger:
        parts.append(trigger.replace("_", " "))
    if tenure:
        parts.append(f"{tenure.strip()} years in office")
    if since:
        parts.append(f"since {since}")
    if coup_attempt is not None:
        parts.append(("a" if coup_attempt else "no") + " coup attempt in the last 12 months")
    return ", ".join(parts)


def _join(values: tuple[object, ...] | list[str]) -> str:
    return ", ".join(str(value) for value in values)


__all__ = [
    "COLUMNS",
    "ERA_STARTS",
    "FATES",
    "LEVEL",
    "TENURE_EDGES",
    "TRIGGERS",
    "BaseRates",
    "Rate",
    "Tables",
    "base_rates",
    "fate_counts",
    "fate_weights",
    "shipped",
    "tables_from_json",
]
