"""A small valid case, made by hand for tests."""

from __future__ import annotations

import datetime as dt

from offramp.case.models import Assessment, Assessments, Case, Coercer, ObservedMonth, Ruler, State


def assessment(low: float, central: float, high: float) -> Assessment:
    return Assessment(low=low, central=central, high=high, reason="made for a test")


def case() -> Case:
    return Case(
        name="Venezuela: Nicolás Maduro and United States",
        as_of=dt.date(2025, 12, 1),
        ruler=Ruler(
            name="Nicolás Maduro",
            country="VEN",
            office="president",
            in_office_since=dt.date(2013, 3, 5),
            birth_year=1962,
            military_career=False,
            regime="personal",
        ),
        coercers=[Coercer(id="USA", name="United States", country="USA", kind="state", leader="Donald Trump")],
        state=State(
            pressure="ultimatum",
            offer="safe_passage",
            counter_demand="standing",
            pressure_since=dt.date(2025, 8, 1),
            ultimatum_since=dt.date(2025, 11, 21),
            offer_since=dt.date(2025, 11, 21),
        ),
        history=[ObservedMonth(month="2025-11", pressure="ultimatum", offer="safe_passage", reply="countered")],
        assessments=Assessments(
            army_loyalty=assessment(0.7, 0.88, 0.95),
            street=assessment(0.05, 0.12, 0.3),
            public_support=assessment(0.1, 0.22, 0.4),
            guarantee=assessment(0.2, 0.5, 0.8),
            coercer_resolve=assessment(0.2, 0.5, 0.8),
            ruler_resolve=assessment(0.2, 0.43, 0.7),
            economy=assessment(0.4, 0.7, 0.9),
        ),
    )
