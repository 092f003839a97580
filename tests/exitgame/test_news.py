"""What a case tells history as news."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from offramp.case.draft import draft_case
from offramp.case.models import Case, CaseNews, RegionalExit
from offramp.case.news import draft_news
from offramp.catalogue.standoffs import load
from offramp.exitgame.news import case_news, told
from offramp.forecast.record import skeleton
from offramp.hazard.news import News, shipped
from offramp.history.tables import base_rates
from offramp.reading.evidence import Actor, Event, Modality
from offramp.reading.reader import read_reports

DAY = dt.date(2025, 12, 1)


@pytest.fixture(scope="module")
def drafted() -> Case:
    return draft_case(
        read_reports([str(Path(__file__).parents[2] / "examples" / "venezuela-2025.md")]), as_of=None, ruler=None
    ).case


@pytest.fixture(scope="module")
def case(drafted: Case) -> Case:
    return drafted.model_copy(update={"events": [], "regional": [], "news": []})


def event(kind: str, source: str, target: str, role: str = "head_of_state", **more: object) -> Event:
    def actor(country: str, role: str) -> Actor:
        return Actor(name=country, country=country, role=role, span=None)

    given: dict[str, object] = {
        "type": kind, "trigger": (0, 1), "source": actor(source, role), "target": actor(target, "ruler"),
        "date": None, "text": "", "report": 0, "start": 0, "end": 1, "confidence": 0.9,
    }  # fmt: skip
    return Event.model_validate(given | more)


def kinds(case: Case, *events: Event) -> list[str]:
    return [item.kind for item in draft_news(case.model_copy(update={"events": list(events)}))]


def test_the_ultimatum_of_the_state(case: Case) -> None:
    assert case_news(case) == [News("ultimatum", case.state.ultimatum_since)]
    assert told(case) == [f"the ultimatum of {case.state.ultimatum_since} (prior)"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (event("SANCTION", "USA", "VEN"), "sanctions"),
        (event("SANCTION", "USA", "VEN", modality=Modality.ANNOUNCED), "sanctions_threat"),
        (event("ASSAULT", "USA", "VEN"), "dispute_force"),
        (event("MOBILIZE", "USA", "VEN"), "dispute_major_power"),
        (event("REJECT", "VEN", "USA", role="ruler"), "refusal"),
    ],
)
def test_events_that_are_news(case: Case, given: Event, kind: str) -> None:
    assert kind in kinds(case, given)


@pytest.mark.parametrize(
    "given",
    [
        event("SANCTION", "USA", "CUB"),
        event("SANCTION", "BRA", "VEN"),
        event("SANCTION", "USA", "VEN", negated=True),
        event("SANCTION", "USA", "VEN", modality=Modality.DENIED),
        event("ASSAULT", "USA", "VEN", modality=Modality.PLANNED),
        event("REJECT", "VEN", "USA", role="opposition"),
        event("SANCTION", "USA", "VEN", date=DAY + dt.timedelta(days=400)),
    ],
)
def test_events_that_are_not(case: Case, given: Event) -> None:
    assert kinds(case, given) == []


def test_the_prior_on_ultimatums_is_half_of_what_the_catalogue_shows() -> None:
    rows = [row for row in load() if row.explicit_ultimatum]
    left = [row for row in rows if row.exit_date and row.months_to_exit is not None and row.months_to_exit <= 12]
    kind = shipped()["ultimatum"]
    assert f"{len(rows)} rulers under an explicit ultimatum {len(left)} left within a year" in kind.why
    for mode in ("regular", "coup", "uprising", "rebels", "foreign"):
        cumulative = -math.log(1 - len(left) / len(rows)) * sum(row.archigos_mode == mode for row in left) / len(left)
        usual = []
        for row in rows:
            rates = base_rates(regime=None if row.regime == "unknown" else row.regime, since=1980).rates
            usual += [rate.rate for rate in rates if rate.outcome == mode]
        log_ratio = math.log(cumulative * len(usual) / sum(usual))
        assert kind.effects[mode].mean == pytest.approx(log_ratio / 2, abs=0.06)
        assert kind.effects[mode].sd == pytest.approx(log_ratio / 4, abs=0.06)


def test_what_happened_next_door(case: Case) -> None:
    exits = [
        RegionalExit(country="BOL", event="President Morales left after a coup", date=dt.date(2019, 11, 10)),
        RegionalExit(country="HTI", event="a change of government", date=None),
    ]
    found = draft_news(case.model_copy(update={"regional": exits}))
    assert found == [CaseNews(kind="coup_next_door", date=dt.date(2019, 11, 10))]
    assert case_news(case.model_copy(update={"news": found}))[0] == News("coup_next_door", dt.date(2019, 11, 10))


def test_a_draft_lists_its_news_and_an_unknown_kind_is_refused(drafted: Case) -> None:
    assert [item.kind for item in drafted.news] == ["refusal"]
    with pytest.raises(ValidationError, match="unknown kind of news 'abdication'; expected one of"):
        CaseNews(kind="abdication", date=DAY)


def test_what_is_recorded_without_the_reports_words_hears_the_same(drafted: Case) -> None:
    bare = Case.model_validate(skeleton(drafted))
    assert bare.events == []
    assert case_news(bare) == case_news(drafted)
