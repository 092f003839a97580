"""Resolved standoffs of the catalogue that resemble a case, with what became of them.

Only standoffs whose outcome was known on the case's date are shown: nothing from the future, and never the case itself.
"""

from __future__ import annotations

import datetime as dt

from offramp.case.models import Case
from offramp.catalogue.standoffs import Features, Standoff, load, similar
from offramp.codes.exits import OUTCOME_LABELS, ExitMode
from offramp.codes.states import state_by_iso3
from offramp.forecast.brief import Comparable

HOW_MANY = 5
WINDOW = dt.timedelta(days=365)


def comparables(case: Case, n: int = HOW_MANY) -> list[Comparable]:
    """The `n` nearest resolved standoffs; empty where none was resolved by the case's date."""
    known = [row for row in load() if _known_on(row, case.as_of)]
    if not known:
        return []
    found = similar(features_of_case(case), n, rows=known)
    return [
        Comparable(
            id=row.id,
            ruler=row.ruler,
            country=state_by_iso3(row.country).name,
            year=row.demand_date.year,
            alike=why.alike,
            different=why.different,
            outcome=_outcome(row),
            months_to_exit=row.months_to_exit,
            fate=row.fate if row.exit_date else None,
            summary=row.summary,
            source=row.source,
            distance=distance,
        )
        for row, distance, why in found
    ]


def features_of_case(case: Case) -> Features:
    """What the catalogue compares, of a case; the armed forces and the street by their likelier state."""
    state, judged = case.state, case.assessments
    since = case.ruler.in_office_since
    army = state.armed_forces or ("loyal" if judged.army_loyalty.central >= 0.5 else "wavering")
    street = state.street or ("mobilised" if judged.street.central >= 0.5 else "quiet")
    kind = case.coercers[0].kind if len(case.coercers) == 1 else "coalition"
    return Features(
        regime=case.ruler.regime,
        tenure_years=(case.as_of - since).days / 365.25 if since else None,
        army=army,
        street=street,
        offer=state.offer,
        coercer_kind=kind,
        ultimatum=state.pressure == "ultimatum",
    )


def _known_on(row: Standoff, day: dt.date) -> bool:
    if row.exit_date is not None and row.exit_date < day:
        return True
    return row.demand_date + WINDOW < day


def _outcome(row: Standoff) -> str:
    if row.exit_date is None:
        return OUTCOME_LABELS[ExitMode.IN_OFFICE]
    mode = OUTCOME_LABELS[ExitMode(row.archigos_mode)]
    words = {"yes": "negotiated exit", "disputed": f"{mode}, disputed whether negotiated", "no": mode}
    return f"{words[row.negotiated]}, {row.exit_date}"
