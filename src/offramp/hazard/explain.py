"""The path from a base rate to one ruler: what each fact does to the chances of the next twelve months.

The first two steps are counts. From the third on the model speaks: each step learns one more fact about the ruler,
and all that is not yet known is averaged over what is usual among such rulers. Until those two steps the ruler
is looked at as of 2000, the middle of the years since 1990; then the date, and last the state, are put in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from offramp.hazard import store
from offramp.hazard.features import Array
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.news import News, counted, shifts
from offramp.hazard.predict import DIMENSIONS, LogHazards, latin_hypercube, log_hazards, standard_normals
from offramp.hazard.profile import Known, RulerProfile, known
from offramp.hazard.store import Fitted
from offramp.history.tables import BaseRates, base_rates
from offramp.history.vocabulary import IN_OFFICE, MODES

MONTHS = 12
DRAWS = 256
MIDDLE = 2000.0


@dataclass(frozen=True)
class Step:
    """Chances within twelve months after one more fact is known; `outcomes` has every mode and `in_office`."""

    label: str
    outcomes: dict[str, float]
    source: str  # 'count' or 'model'
    note: str
    leader_years: int | None = None


def explain(
    profile: RulerProfile,
    as_of: dt.date,
    *,
    fitted: Fitted | None = None,
    seed: int = 7,
    news: Sequence[News] = (),
) -> list[Step]:
    """Steps from all leaders to this ruler.

    A fact the profile leaves open is skipped. Chances are means over draws; each step's sum to 1. News is the last
    step, where there is any.

    Raises:
        InputError: As `monthly_hazards`.
    """
    model = fitted or store.shipped()
    ruler = known(profile, as_of, model)
    steps = [_counted("All leaders since 1950", base_rates()), _counted("Since 1990", base_rates(since=1990))]
    told = Known(year=MIDDLE)
    facts: list[tuple[str, dict[str, object], str]] = [
        (f"Kind of regime: {profile.regime}", {"regimes": ruler.regimes}, "all else as usual in such regimes"),
        ("Time in office", {"tenure_months": ruler.tenure_months}, _years(ruler.tenure_months, "in office")),
        ("Age", {"age": ruler.age}, _years(ruler.age and ruler.age * 12, "old")),
        ("Military career", {"military": ruler.military}, "yes" if ruler.military else "no"),
        ("Region", {"region": ruler.region}, "the region's level"),
        ("Country", {"country": ruler.country, "energy": ruler.energy}, f"the past and the economy of {profile.iso3}"),
    ]
    for label, change, note in facts:
        if all(value is None for value in change.values()):
            continue
        told = replace(told, **change)  # type: ignore[arg-type]
        steps.append(_modelled(label, note, told, model, seed, full=False))
    told = replace(told, year=ruler.year, civil_war=ruler.civil_war, months_to_election=ruler.months_to_election)
    steps.append(
        _modelled(f"As of {as_of}", "the era, civil war and the election clock", told, model, seed, full=False)
    )
    note = "coup attempts and disputes as they are, instead of the usual"
    steps.append(_modelled("Recent coup attempts and disputes", note, ruler, model, seed, full=True))
    if news:
        ruler = known(counted(profile, news, as_of), as_of, model)
        shifted = shifts(news, as_of, MONTHS, DRAWS, seed)
        steps.append(_modelled("News", "effects that fade", ruler, model, seed, full=True, factors=shifted))
    return steps


def _years(months: float | None, what: str) -> str:
    return "" if months is None else f"{months / 12:.1f} years {what}"


def _counted(label: str, rates: BaseRates) -> Step:
    outcomes = {rate.outcome: rate.rate for rate in rates.rates}
    return Step(label, outcomes, "count", f"{rates.leader_years} leader-years", rates.leader_years)


def _modelled(
    label: str, note: str, facts: Known, model: Fitted, seed: int, full: bool, factors: Array | float = 1.0
) -> Step:
    points = latin_hypercube(DRAWS, DIMENSIONS, seed)
    chosen: LogHazards = log_hazards(facts, MONTHS, points, model)[0 if full else 1]
    hazards = chosen.at(standard_normals(points[:, : len(MODES)])) * factors
    chances = cumulative_incidence(hazards)[:, -1].mean(axis=0)
    return Step(label, dict(zip((*MODES, IN_OFFICE), chances.tolist(), strict=True)), "model", note)
