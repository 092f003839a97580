"""Resolved standoffs: load them, count how they ended, and find those that resemble a case.

Rows are ours (`data/standoffs.toml`); the rule by which they were picked, the fields and the disagreements with leader
data are in docs/catalogue.md. What is derived (tenure, months to the exit, the outcome within a horizon) is computed
here from the dates and never typed in. A disputed negotiated exit counts half (EXITGAME section 6).
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from offramp.codes.exits import OUTCOMES, RECORDED_MODES, ExitMode
from offramp.codes.tables import unknown
from offramp.errors import InputError, OfframpError

OfferTerms = Literal["none", "safe_passage", "safe_passage_immunity"]
Army = Literal["loyal", "wavering", "defected"]
Street = Literal["quiet", "mobilised"]
Regime = Literal["democracy", "personal", "military", "party", "monarchy", "interim", "unknown"]
CoercerKind = Literal["state", "organisation", "coalition"]
Mode = Literal["regular", "coup", "uprising", "rebels", "foreign", "assassination", "natural", "in_office"]

AS_OF = dt.date(2025, 12, 1)
"""The day up to which outcomes are known."""
FOLLOWED_YEARS = 5
NEGOTIATED_WEIGHT = {"yes": 1.0, "disputed": 0.5, "no": 0.0}
DAYS_A_MONTH = 365.25 / 12


class Standoff(BaseModel):
    """One ruler, one campaign to make him or her leave. Fields: docs/catalogue.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{3}-[a-z]+-\d{4}$")
    ruler: str
    country: str = Field(pattern=r"^[A-Z]{3}$")
    gw: int
    coercers: tuple[str, ...] = Field(min_length=1)
    in_office_since: dt.date
    demand_date: dt.date
    explicit_ultimatum: bool
    offer: OfferTerms
    offer_date: dt.date | None = None
    offered_by: tuple[str, ...] = ()
    guarantor: Literal["coercer", "third_state", "successor"] | None = None
    reply: Literal["accepted", "refused", "countered", "none"]
    counter_demand: str | None = None
    army: Army
    street: Street
    regime: Regime
    archigos_mode: Mode
    exit_date: dt.date | None = None
    negotiated: Literal["yes", "no", "disputed"]
    fate: Literal["safe", "exile", "jail", "death", "in_office"]
    host: str | None = None
    summary: str
    source: str
    sure: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _consistent(self) -> Standoff:
        gone, offered = self.exit_date, self.offer_date
        left, offers = gone is not None, self.offer != "none"
        faults = {
            "offer needs offer_date and offered_by, no offer needs neither": not (
                offers == (offered is not None) == bool(self.offered_by)
            ),
            "archigos_mode in_office needs no exit_date and fate in_office, any other a date and a fate": not (
                left == (self.archigos_mode != "in_office") == (self.fate != "in_office")
            ),
            "a ruler who did not leave did not leave under terms": not left and self.negotiated != "no",
            "in_office_since must not lie after demand_date": self.in_office_since > self.demand_date,
            "exit_date must not lie before demand_date": gone is not None and gone < self.demand_date,
            "offer_date must not lie after exit_date": (gone is not None and offered is not None and offered > gone),
        }
        wrong = [text for text, bad in faults.items() if bad]
        if wrong:
            raise ValueError(f"{self.id}: {'; '.join(wrong)}")
        return self

    @property
    def tenure_years(self) -> float:
        """Years in office at the demand."""
        return (self.demand_date - self.in_office_since).days / 365.25

    @property
    def months_to_exit(self) -> float | None:
        """Months from the demand to the exit; `None` when there was none within five years (or yet)."""
        return None if self.exit_date is None else (self.exit_date - self.demand_date).days / DAYS_A_MONTH

    @property
    def coercer_kind(self) -> CoercerKind:
        """One state, one or more organisations, or several states with or without organisations."""
        states = [c for c in self.coercers if ":" not in c]
        if not states:
            return "organisation"
        return "state" if len(self.coercers) == 1 else "coalition"

    @property
    def offer_on_table(self) -> dt.date | None:
        """The first day on which demand and offer were both there; `None` without an offer."""
        return None if self.offer_date is None else max(self.demand_date, self.offer_date)

    @property
    def outcome_12m(self) -> dict[ExitMode, float]:
        """How it stood twelve months after the demand: outcome -> weight, summing to 1."""
        return self.outcome(12) or {}

    def outcome(self, months: float, since: dt.date | None = None) -> dict[ExitMode, float] | None:
        """Outcome within some months of a day (the demand, without one): outcome -> weight, summing to 1.

        A disputed negotiated exit is half negotiated, half its recorded mode. `None` when the window has not been
        seen to its end: it runs past `AS_OF`, or past the five years that a row is followed.
        """
        start = since or self.demand_date
        end = start + dt.timedelta(days=months * DAYS_A_MONTH)
        if self.exit_date is not None and self.exit_date <= end:
            share = NEGOTIATED_WEIGHT[self.negotiated]
            parts = {ExitMode.NEGOTIATED: share, ExitMode(self.archigos_mode): 1 - share}
            return {mode: weight for mode, weight in parts.items() if weight}
        followed = self.demand_date + dt.timedelta(days=FOLLOWED_YEARS * 365.25)
        if end > min(AS_OF, followed):
            return None
        return {ExitMode.IN_OFFICE: 1.0}


@cache
def _rows() -> tuple[Standoff, ...]:
    text = files("offramp.catalogue").joinpath("data", "standoffs.toml").read_text(encoding="utf-8")
    try:
        rows = tuple(Standoff.model_validate(row) for row in tomllib.loads(text)["standoff"])
    except ValidationError as bad:
        raise OfframpError(f"standoffs.toml: {bad}") from bad
    ids = [row.id for row in rows]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise OfframpError(f"standoffs.toml: ids used twice: {', '.join(doubled)}")
    return rows


def load() -> list[Standoff]:
    """Every row, oldest demand first.

    Raises:
        OfframpError: If the table breaks a rule of `Standoff` (file and field are named).
    """
    return sorted(_rows(), key=lambda row: row.demand_date)


class Features(NamedTuple):
    """What `similar` compares. `None` is unknown and drops out of the distance."""

    regime: Regime | None = None
    tenure_years: float | None = None
    army: Army | None = None
    street: Street | None = None
    offer: OfferTerms | None = None
    coercer_kind: CoercerKind | None = None
    ultimatum: bool | None = None


class Why(NamedTuple):
    """What is alike and what is different, in words."""

    alike: str
    different: str

    def __str__(self) -> str:
        return f"alike: {self.alike or 'nothing compared'}; different: {self.different or 'nothing compared'}"


# Weights: how much each feature should count, a judgement. The army first, since rulers fall when it turns; then what
# the standoff is (ultimatum, offer) and who the ruler is (regime, tenure); then street and coercer.
WEIGHTS: dict[str, float] = {
    "army": 3.0,
    "ultimatum": 2.0,
    "offer": 2.0,
    "regime": 2.0,
    "tenure_years": 2.0,
    "street": 1.5,
    "coercer_kind": 1.0,
}
_OFFER_STEP = {"none": 0.0, "safe_passage": 0.7, "safe_passage_immunity": 1.0}
_ARMY_STEP = {"loyal": 0.0, "wavering": 0.6, "defected": 1.0}
_NEAR_REGIMES = {
    frozenset(pair)
    for pair in (("personal", "military"), ("personal", "party"), ("military", "interim"), ("personal", "monarchy"))
}
_STREETS = ("quiet", "mobilised")
_REGIMES = ("democracy", "personal", "military", "party", "monarchy", "interim")
_FULL_TENURE_RATIO = 10.0
ALIKE_BELOW = 0.34


def features_of(row: Standoff) -> Features:
    """The features of a row, as `similar` compares them."""
    return Features(
        row.regime, row.tenure_years, row.army, row.street, row.offer, row.coercer_kind, row.explicit_ultimatum
    )


def _features(given: Mapping[str, Any]) -> Features:
    """Features from a mapping, checked."""
    strange = sorted(set(given) - set(Features._fields))
    if strange:
        raise unknown("feature", strange[0], Features._fields)
    return Features(**given)


def _check(known: Mapping[str, Any]) -> None:
    """Every value is one that a row can have."""
    for name, values in {"offer": _OFFER_STEP, "army": _ARMY_STEP, "street": _STREETS, "regime": _REGIMES}.items():
        if name in known and known[name] not in values:
            raise unknown(name, known[name], values)


def _gap(name: str, a: object, b: object) -> float:
    """Distance between two values of one feature, 0 to 1."""
    if name == "tenure_years":
        ratio = abs(math.log((float(str(a)) + 0.5) / (float(str(b)) + 0.5)))
        return min(1.0, ratio / math.log(_FULL_TENURE_RATIO))
    if name == "offer":
        return abs(_OFFER_STEP[str(a)] - _OFFER_STEP[str(b)])
    if name == "army":
        return abs(_ARMY_STEP[str(a)] - _ARMY_STEP[str(b)])
    if a == b:
        return 0.0
    return 0.5 if name == "regime" and frozenset((str(a), str(b))) in _NEAR_REGIMES else 1.0


def _words(name: str, value: object) -> str:
    if name == "tenure_years":
        years = float(str(value))
        return f"{years:.0f} years in office" if years >= 1.5 else f"{max(years * 12, 0):.0f} months in office"
    if name == "ultimatum":
        return "explicit ultimatum" if value else "no explicit ultimatum"
    if name == "regime":
        return {
            "democracy": "a democracy",
            "personal": "personal rule",
            "military": "military rule",
            "party": "party rule",
            "monarchy": "a monarchy",
            "interim": "an interim government",
        }.get(str(value), "regime unknown")
    words = {
        "army": {"loyal": "army loyal", "wavering": "army wavering", "defected": "army defected"},
        "street": {"quiet": "quiet street", "mobilised": "street mobilised"},
        "offer": {
            "none": "no offer",
            "safe_passage": "safe passage offered",
            "safe_passage_immunity": "safe passage and immunity offered",
        },
        "coercer_kind": {
            "state": "pressed by one state",
            "organisation": "pressed by an organisation",
            "coalition": "pressed by a coalition",
        },
    }
    return words[name][str(value)]


def similar(
    features: Features | Mapping[str, Any],
    n: int = 5,
    *,
    rows: Sequence[Standoff] | None = None,
    leave_out: str | None = None,
) -> list[tuple[Standoff, float, Why]]:
    """The rows that resemble a case most, with their distance and why.

    The distance is Gower's (1971, Biometrics 27: 857-871): the mean over known features of a gap from 0 to 1, weighted
    by `WEIGHTS`. Tenure is compared as a ratio (a factor of ten is a gap of 1, half a year added to both), the army and
    the offer as ordered steps, kindred regimes at half a gap.

    Args:
        features: Of the case, as `Features` or a mapping with its keys; unknown ones (None, 'unknown') drop out.
        n: How many rows at most.
        rows: Where to look; all rows without it.
        leave_out: Id of a row not to be shown, for scoring a row against the others.

    Raises:
        InputError: If no feature is known, or a key or value is none of `Features`.
    """
    features = features if isinstance(features, Features) else _features(features)
    known = {k: v for k, v in features._asdict().items() if v is not None and v != "unknown"}
    if not known:
        raise InputError("no feature of the case is known, so no standoff can be called similar; give at least one")
    _check(known)
    found = []
    for row in rows if rows is not None else load():
        if row.id == leave_out:
            continue
        theirs = features_of(row)._asdict()
        gaps = {name: _gap(name, value, theirs[name]) for name, value in known.items() if theirs[name] != "unknown"}
        total = sum(WEIGHTS[name] for name in gaps)
        distance = sum(WEIGHTS[name] * gap for name, gap in gaps.items()) / total if total else 1.0
        order = [name for name in WEIGHTS if name in gaps]
        alike = [_words(name, theirs[name]) for name in order if gaps[name] < ALIKE_BELOW]
        apart = [
            f"{_words(name, theirs[name])} (here: {_words(name, known[name])})"
            for name in order
            if gaps[name] >= ALIKE_BELOW
        ]
        found.append((row, distance, Why(", ".join(alike), ", ".join(apart))))
    return sorted(found, key=lambda item: (item[1], item[0].id))[:n]


class Counts(TypedDict):
    """Weighted numbers of outcomes in a window, summing to `n`; `censored` rows were not seen to its end."""

    negotiated: float
    foreign: float
    others: float
    in_office: float
    n: int
    censored: int
    ids: tuple[str, ...]


def select(
    rows: Iterable[Standoff] | None = None,
    *,
    ultimatum: bool | None = None,
    offer: bool | None = None,
    army: Sequence[Army] | None = None,
    min_tenure_years: float = 0.0,
    leave_out: str | None = None,
) -> list[Standoff]:
    """Rows that meet every condition given. `min_tenure_years=1` leaves out juntas of the first days."""
    return [
        row
        for row in (rows if rows is not None else load())
        if (ultimatum is None or row.explicit_ultimatum is ultimatum)
        and (offer is None or (row.offer != "none") is offer)
        and (army is None or row.army in army)
        and row.tenure_years >= min_tenure_years
        and row.id != leave_out
    ]


def counts(rows: Iterable[Standoff] | None = None, *, months: float = 12, leave_out: str | None = None) -> Counts:
    """How standoffs with an explicit ultimatum and an offer ended within some months of both being on the table.

    This is the evidence behind anchor B of the exit game. Rows without an ultimatum or an offer are passed over, so
    `rows` may be any selection (`select`). Disputed negotiated exits count half as negotiated and half as recorded.

    Args:
        rows: Where to count; all rows without it.
        months: Length of the window, from the later of demand and first offer.
        leave_out: Id of a row not to count, for scoring it against the others.
    """
    weights = dict.fromkeys(OUTCOMES, 0.0)
    counted: list[str] = []
    censored = 0
    for row in select(rows, ultimatum=True, offer=True, leave_out=leave_out):
        outcome = row.outcome(months, row.offer_on_table)
        if outcome is None:
            censored += 1
            continue
        counted.append(row.id)
        for mode, weight in outcome.items():
            weights[mode] += weight
    others = sum(
        weights[m] for m in RECORDED_MODES if m is not ExitMode.FOREIGN
    )  # negotiated and in_office are not recorded modes of exit
    return Counts(
        negotiated=weights[ExitMode.NEGOTIATED],
        foreign=weights[ExitMode.FOREIGN],
        others=others,
        in_office=weights[ExitMode.IN_OFFICE],
        n=len(counted),
        censored=censored,
        ids=tuple(counted),
    )


class Share(NamedTuple):
    """Negotiated exits (disputed ones half) out of `n` exits of a recorded mode."""

    successes: float
    n: int


def negotiated_given_mode(
    rows: Iterable[Standoff] | None = None, *, leave_out: str | None = None
) -> dict[ExitMode, Share]:
    """For each recorded mode: how many of the catalogue's exits were in truth negotiated.

    An exit that two rows of one ruler share counts once. A mode without an exit has n = 0: give it a Beta prior.
    """
    exits: dict[tuple[str, dt.date], Standoff] = {}
    for row in select(rows, leave_out=leave_out):
        if row.exit_date is not None:
            exits[(row.country, row.exit_date)] = row
    shares = {}
    for mode in RECORDED_MODES:
        of_mode = [row for row in exits.values() if row.archigos_mode == mode.value]
        shares[mode] = Share(sum(NEGOTIATED_WEIGHT[row.negotiated] for row in of_mode), len(of_mode))
    return shares
