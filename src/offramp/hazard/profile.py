"""What is known of a ruler, checked, and drawn from what is usual where it is not known.

`RulerProfile` is what callers fill in. `known` turns it, with a date, into clocks in months and years; `draw` gives
covariates for every draw and month ahead: tenure, age, era and the election clock run on, and what happened within a
window of past months leaves it evenly as the months pass (dates within the window are not known).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from offramp.errors import InputError
from offramp.hazard.features import Array, Covariates, Index
from offramp.hazard.population import KNOWN_REGIMES, MOST_ATTEMPTS, Population, at_quantile, pick, tenure_band
from offramp.hazard.store import Fitted
from offramp.history.vocabulary import REGIME_NAMES, REGIMES, REGIONS, REIGN_TYPES

DAYS_IN_MONTH = 30.4375
OLDEST = 95.0
"""No drawn age goes beyond this."""


@dataclass(frozen=True)
class RulerProfile:
    """A ruler as far as known; None is unknown and is averaged over, with a warning.

    Attributes:
        regime: One of `REGIMES`, a type as REIGN names it, or 'democracy'; 'unknown' is the same as None.
        in_office_since: First day of the present spell.
        birth_year: Calendar year.
        military_career: Whether the main career was in the armed forces.
        region: One of `REGIONS`; follows from `iso3` when left out and the record knows the state.
        iso3: ISO-3 code of the state.
        coup_attempts_60m: Coup attempts in the state in the last 60 months, successful ones included.
        coup_attempts_12m: The same for 12 months.
        disputes_24m: Militarised disputes begun against the state in the last 24 months.
        regime_claims_120m: Disputes of the last 120 months whose challenger wanted another regime in the state.
        civil_war: Armed conflict over government: 0 none, 1 below 1000 deaths a year, 2 above.
        next_election: Next vote that decides the leader.
    """

    regime: str | None = None
    in_office_since: dt.date | None = None
    birth_year: int | None = None
    military_career: bool | None = None
    region: str | None = None
    iso3: str | None = None
    coup_attempts_60m: int | None = None
    coup_attempts_12m: int | None = None
    disputes_24m: int | None = None
    regime_claims_120m: int | None = None
    civil_war: int | None = None
    next_election: dt.date | None = None


@dataclass(frozen=True)
class Known:
    """A profile at a date, as numbers; None is unknown. Indices follow `REGIMES`, `REGIONS`."""

    year: float
    regimes: tuple[int, ...] | None = None
    region: int | None = None
    country: int | None = None
    tenure_months: float | None = None
    age: float | None = None
    military: float | None = None
    energy: float | None = None
    coup_attempts_60m: float | None = None
    coup_attempts_12m: float | None = None
    disputes_24m: float | None = None
    regime_claims: float | None = None
    civil_war: float | None = None
    months_to_election: float | None = None


@dataclass(frozen=True)
class Drawn:
    """Covariates `(batch, month)` with no election, the chance of an election window, and the regimes drawn.

    The batch is 1 when nothing about the ruler is drawn (the election aside, which is averaged over).
    """

    covariates: Covariates
    election: Array  # (batch, month): 0..1
    regime: Index  # (batch,)


def decimal_year(date: dt.date) -> float:
    """2010-01-01 is 2010.0."""
    start = dt.date(date.year, 1, 1)
    return date.year + (date - start).days / (366 if _leap(date.year) else 365)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def known(profile: RulerProfile, as_of: dt.date, model: Fitted) -> Known:
    """Check a profile and turn it into numbers at a date.

    Args:
        profile: The ruler.
        as_of: The day the forecast is made.
        model: Whose states give the region and the economy, where the profile names one of them.

    Raises:
        InputError: Naming the field, for a value that cannot be, such as a start in office after `as_of`.
    """
    _check(profile, as_of)
    country = model.country_index(profile.iso3)
    region = profile.region
    if region is None and country is not None:
        region = model.regions[country]
    tenure = None
    if profile.in_office_since is not None:
        tenure = (as_of - profile.in_office_since).days / DAYS_IN_MONTH
    election = None
    if profile.next_election is not None:
        election = (profile.next_election - as_of).days / DAYS_IN_MONTH
    claims = profile.regime_claims_120m
    recent = profile.coup_attempts_12m
    if recent is None and profile.coup_attempts_60m == 0:
        recent = 0
    return Known(
        year=decimal_year(as_of),
        regimes=_regimes(profile.regime),
        region=None if region is None else REGIONS.index(region),
        country=country,
        tenure_months=tenure,
        age=None if profile.birth_year is None else float(as_of.year - profile.birth_year),
        energy=None if country is None else model.energy[country],
        military=None if profile.military_career is None else float(profile.military_career),
        coup_attempts_60m=_float(profile.coup_attempts_60m),
        coup_attempts_12m=None if recent is None else float(recent > 0),
        disputes_24m=_float(profile.disputes_24m),
        regime_claims=None if claims is None else float(claims > 0),
        civil_war=_float(profile.civil_war),
        months_to_election=election,
    )


def unknown_fields(profile: RulerProfile, facts: Known) -> list[str]:
    """Fields that will be averaged over, in words for a warning."""
    names = {
        "kind of regime": facts.regimes,
        "region": facts.region,
        "time in office": facts.tenure_months,
        "age": facts.age,
        "military career": facts.military,
        "economy": facts.energy,
        "coup attempts in the last 60 months": facts.coup_attempts_60m,
        "coup attempts in the last 12 months": facts.coup_attempts_12m,
        "disputes with other states in the last 24 months": facts.disputes_24m,
        "demands for another regime in the last 120 months": facts.regime_claims,
        "civil war": facts.civil_war,
        "next election": facts.months_to_election,
    }
    missing = [name for name, value in names.items() if value is None]
    return [*missing, "country"] if profile.iso3 is None else missing


def draw(facts: Known, months: int, uniforms: Array, population: Population) -> Drawn:
    """Covariates for every draw and month ahead.

    Args:
        facts: The ruler at the date of the forecast.
        months: Months ahead, at least 1; month m is seen from its start.
        uniforms: `(draw, 4)` in (0, 1): who the ruler is (region, regime, career, economy), time in office, age at
            entry, and the state (conflict, attempts, disputes). The first and last serve several facts, see
            `population.pick`.
        population: Where unknown facts are drawn from.
    """
    certain = {**facts.__dict__, "country": 0, "months_to_election": 0.0}
    whole = all(value is not None for value in certain.values()) and len(facts.regimes or ()) == 1
    u = uniforms[:1] if whole else uniforms
    size = len(u)
    who, state = u[:, 0], u[:, 3]

    def table(rows: tuple[tuple[float, ...], ...]) -> Array:
        return np.array(rows)[row]

    region, row, who = _who(facts, who, population)
    regime = np.array([REGIMES.index(name) for name in KNOWN_REGIMES], dtype=np.int64)[row]
    if facts.tenure_months is not None:
        tenure = np.full(size, facts.tenure_months)
    else:
        tenure = at_quantile(table(population.tenure_months), u[:, 1])
    if facts.age is not None:
        age = np.full(size, facts.age)
    else:
        entry = np.array(population.entry_age)[row, tenure_band(tenure)]
        age = np.minimum(at_quantile(entry, u[:, 2]) + tenure / 12, OLDEST)
    military, who = _flag(facts.military, np.array(population.military)[row], who)
    if facts.energy is not None:
        energy = np.full(size, facts.energy)
    else:
        energy = at_quantile(np.array(population.energy)[region], who)
    if facts.civil_war is not None:
        war = np.full(size, facts.civil_war)
    else:
        level, state = pick(np.array(population.civil_war)[region], state)
        war = level.astype(float)
    shares = table(population.coup_attempts_60m)
    if facts.coup_attempts_12m:  # an attempt in 12 months is one in 60
        shares[:, 0] = 0.0
    attempts, state = _count(facts.coup_attempts_60m, shares, state)
    given = np.array(population.coup_attempt_12m)[np.minimum(attempts, MOST_ATTEMPTS).astype(int)]
    recent, state = _flag(facts.coup_attempts_12m, given, state)
    disputes, state = _count(facts.disputes_24m, table(population.disputes_24m), state)
    claims, _ = _flag(facts.regime_claims, np.array(population.regime_claims)[row], state)

    now = Covariates(
        year=np.full(size, facts.year),
        tenure_months=tenure,
        age=age,
        military=military,
        regime=regime,
        region=region,
        civil_war=war,
        energy=energy,
        election=np.zeros(size),
        coup_attempts_60m=attempts,
        coup_attempts_12m=recent,
        disputes_24m=disputes,
        regime_claims=claims,
    )
    if facts.months_to_election is None:
        election = np.broadcast_to(np.array(population.election)[row][:, None], (size, months))
    else:
        left = facts.months_to_election - np.arange(months)
        election = np.broadcast_to(((left > -4) & (left <= 1)).astype(float), (size, months))
    return Drawn(run_on(now, months), election, regime)


def run_on(now: Covariates, months: int) -> Covariates:
    """Covariates `(batch,)` at a date -> `(batch, month)` at the start of each month ahead, with no election.

    Date, time in office and age run on; attempts, disputes and claims leave their windows evenly.
    """
    ahead = np.arange(months, dtype=float)
    shape = (*now.shape, months)

    def fades(values: Array, window: float) -> Array:
        left: Array = values[:, None] * np.maximum(1 - ahead / window, 0)
        return left

    return Covariates(
        year=now.year[:, None] + ahead / 12,
        tenure_months=now.tenure_months[:, None] + ahead,
        age=now.age[:, None] + ahead / 12,
        military=np.broadcast_to(now.military[:, None], shape),
        regime=np.broadcast_to(now.regime[:, None], shape),
        region=np.broadcast_to(now.region[:, None], shape),
        civil_war=np.broadcast_to(now.civil_war[:, None], shape),
        energy=np.broadcast_to(now.energy[:, None], shape),
        election=np.zeros(shape),
        coup_attempts_60m=fades(now.coup_attempts_60m, 60),
        coup_attempts_12m=fades(now.coup_attempts_12m, 12),
        disputes_24m=fades(now.disputes_24m, 24),
        regime_claims=fades(now.regime_claims, 120),
    )


def _who(facts: Known, uniform: Array, population: Population) -> tuple[Index, Index, Array]:
    """Region, row of the regime among `KNOWN_REGIMES`, and the rest of the uniform numbers."""
    joint = np.array(population.regime_by_region)
    if facts.regimes is not None:
        allowed = [KNOWN_REGIMES.index(REGIMES[i]) for i in facts.regimes]
        joint = joint * np.isin(np.arange(len(KNOWN_REGIMES)), allowed)[:, None]
        if len(allowed) == 1:  # a kind of regime may never have been seen in a region
            joint[allowed[0]] = np.maximum(joint[allowed[0]], 1e-9)
    if facts.region is not None:
        region: Index = np.full(len(uniform), facts.region, dtype=np.int64)
    else:
        region, uniform = pick(joint.sum(axis=0), uniform)
    row, uniform = pick(joint.T[region], uniform)
    return region, row, uniform


def _flag(value: float | None, share: Array, uniform: Array) -> tuple[Array, Array]:
    if value is not None:
        return np.full(len(uniform), value), uniform
    chosen, uniform = pick(np.stack([1 - share, share], axis=1), uniform)
    return chosen.astype(float), uniform


def _count(value: float | None, shares: Array, uniform: Array) -> tuple[Array, Array]:
    if value is not None:
        return np.full(len(uniform), value), uniform
    chosen, uniform = pick(shares, uniform)
    return chosen.astype(float), uniform


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)


def _regimes(name: str | None) -> tuple[int, ...] | None:
    if name is None or name == "unknown":
        return None
    return tuple(REGIMES.index(member) for member in REGIME_NAMES.get(name, (REIGN_TYPES.get(name, ""),)))


def _check(profile: RulerProfile, as_of: dt.date) -> None:
    p = profile
    if p.regime is not None and p.regime not in REGIME_NAMES and not REIGN_TYPES.get(p.regime):
        raise InputError(
            f"regime: {p.regime!r} is unknown; known are {', '.join(sorted({*REGIME_NAMES, *REIGN_TYPES} - {''}))}"
        )
    if p.region is not None and p.region not in REGIONS:
        raise InputError(f"region: {p.region!r} is unknown; known are {', '.join(REGIONS)}")
    if p.in_office_since is not None and p.in_office_since > as_of:
        raise InputError(f"in_office_since: {p.in_office_since} lies after the date of the forecast, {as_of}")
    if p.birth_year is not None and not 10 <= as_of.year - p.birth_year <= 110:
        raise InputError(f"birth_year: {p.birth_year} makes the ruler {as_of.year - p.birth_year} years old on {as_of}")
    if p.next_election is not None and (p.next_election - as_of).days < -366:
        raise InputError(f"next_election: {p.next_election} lies more than a year before the forecast, {as_of}")
    for name in ("coup_attempts_60m", "coup_attempts_12m", "disputes_24m", "regime_claims_120m"):
        count = getattr(p, name)
        if count is not None and not 0 <= count <= 50:
            raise InputError(f"{name}: {count} is no count of events; expected 0 to 50")
    if p.civil_war is not None and p.civil_war not in (0, 1, 2):
        raise InputError(f"civil_war: {p.civil_war} is unknown; expected 0 (none), 1 (below 1000 deaths a year) or 2")
    if (p.coup_attempts_12m or 0) > (50 if p.coup_attempts_60m is None else p.coup_attempts_60m):
        raise InputError(
            f"coup_attempts_12m: {p.coup_attempts_12m} in 12 months cannot exceed {p.coup_attempts_60m} in 60 months"
        )
