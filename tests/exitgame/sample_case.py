"""A case made by hand, like the story of the design's section 2, for tests that must not wait for reading."""

from __future__ import annotations

import datetime as dt

from offramp.case.elicit import elicit
from offramp.case.models import Case, Coercer, ObservedMonth, Ruler, State
from offramp.reading.evidence import Condition, Evidence, Grade, Statistic


def evidence() -> Evidence:
    """Army obeys, economy collapsed, a poll that nobody can trace, split opinion, a consultation."""

    def condition(topic: str, start: int, grade: Grade) -> Condition:
        return Condition(topic=topic, text=topic, report=0, start=start, end=start + 9, grade=grade, country="VEN")

    return Evidence(
        conditions=[
            condition("army_loyal", 0, Grade.C),
            condition("economy_bad", 10, Grade.E),
            condition("split_opinion", 20, Grade.E),
            condition("private_talks", 30, Grade.D),
        ],
        statistics=[
            Statistic(
                value=85,
                unit="percent",
                qualifier=None,
                about="unhappy with the government",
                stated_source="an institute",
                source_span=None,
                year=2025,
                checkable=False,
                report=0,
                start=40,
                end=50,
                grade=Grade.E,
                topic="discontent",
            )
        ],
    )


def story(**changes: object) -> Case:
    """A personalist ruler long in office, loyal army, an ultimatum, safe passage offered and refused."""
    as_of = dt.date(2025, 12, 1)
    ruler = Ruler(
        name="Nicolás Maduro",
        country="VEN",
        office="president",
        in_office_since=dt.date(2013, 3, 5),
        birth_year=1962,
        military_career=False,
        regime="personal",
    )
    coercer = Coercer(id="USA", name="United States", country="USA")
    case = Case(
        name="Venezuela: Nicolás Maduro and United States",
        as_of=as_of,
        ruler=ruler,
        coercers=[coercer],
        state=State(
            pressure="ultimatum",
            offer="safe_passage",
            counter_demand="standing",
            pressure_since=dt.date(2025, 8, 1),
            ultimatum_since=dt.date(2025, 11, 21),
            offer_since=dt.date(2025, 11, 21),
        ),
        history=[ObservedMonth(month="2025-11", pressure="ultimatum", offer="safe_passage", reply="countered")],
        assessments=elicit(evidence(), country="VEN", ruler=ruler, coercers=[coercer], as_of=as_of),
    )
    return case.model_copy(update=changes)
