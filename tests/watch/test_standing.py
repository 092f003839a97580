"""Where a case stands on a day: old evidence counts less, repeated cues little, what a person wrote stands."""

from __future__ import annotations

import datetime as dt
import io
import math

import pytest

from offramp.case.draft import draft_case
from offramp.case.elicit import elicit
from offramp.case.models import ASSESSMENTS, Case, Override
from offramp.reading.evidence import Condition, Evidence, Grade
from offramp.reading.reader import read_reports
from offramp.watch.standing import FORGOTTEN, Told, stand, weight
from watch import fake

DAY = dt.date.fromisoformat
START = DAY("2025-09-01")


def cue(topic: str, text: str = "so it is said", grade: Grade = Grade.B) -> Evidence:
    row = Condition(topic=topic, text=text, report=0, start=0, end=5, grade=grade, country="VEN")  # type: ignore[arg-type]
    return Evidence(conditions=[row])


def read(text: str) -> Evidence:
    return read_reports(["-"], stdin=io.BytesIO(text.encode())).evidence


def odds(case: Case, name: str = "army_loyalty") -> float:
    p = getattr(case.assessments, name).central
    return math.log(p / (1 - p))


@pytest.fixture(scope="module")
def base() -> Case:
    return fake.case("2025-09-01")


def test_without_reports_the_case_stands_as_it_was(base: Case):
    found = stand(base, [], START)
    assert found.assessments == base.assessments
    assert found.state == base.state


def test_evidence_loses_half_its_weight_each_half_life(base: Case):
    prior = odds(stand(base, [], START))
    told = [Told(START, cue("army_wavering"))]
    for days in (0, 30, 60, 90):
        left = weight(START, START + dt.timedelta(days), 30)
        assert left == 0.5 ** (days / 30)
        moved = odds(stand(base, told, START + dt.timedelta(days), half_life=30)) - prior
        rho = 0.85 * left  # grade B
        assert moved == pytest.approx(math.log(rho / 6 + 1 - rho), abs=1e-4)
    assert odds(stand(base, told, START + dt.timedelta(365), half_life=30)) == pytest.approx(prior, abs=1e-9)


def test_a_poll_loses_its_hold_too(base: Case):
    poll = read(
        fake.report(
            "A survey", "2025-09-01", "A Gallup poll of 2025 found that 9 percent of Venezuelans support Maduro."
        )
    )
    assert poll.statistics
    shares = [
        stand(base, [Told(START, poll)], START + dt.timedelta(days)).assessments.public_support.central
        for days in (0, 60, 150, 400)
    ]
    prior = base.assessments.public_support.central
    assert shares == sorted(shares)
    assert shares[0] < 0.75 * prior
    assert shares[-1] == pytest.approx(prior, abs=1e-3)


def test_the_same_said_every_day_does_not_add_up_without_end(base: Case):
    one = stand(base, [Told(START, cue("army_wavering", "day 0"))], START)
    many = [Told(START, cue("army_wavering", f"day {i}")) for i in range(40)]
    prior = odds(stand(base, [], START))
    assert odds(one) > odds(stand(base, many[:2], START)) > odds(stand(base, many, START))
    assert odds(stand(base, many, START)) - prior > 2.2 * (odds(one) - prior)


def test_news_outweighs_old_news(base: Case):
    old, new = Told(START, cue("army_wavering")), Told(START + dt.timedelta(80), cue("army_loyal", "another"))
    assert odds(stand(base, [old, new], START + dt.timedelta(80))) > odds(stand(base, [], START))
    back = [Told(START, cue("army_loyal", "another")), Told(START + dt.timedelta(80), cue("army_wavering"))]
    assert odds(stand(base, back, START + dt.timedelta(80))) < odds(stand(base, [], START))


def test_an_ultimatum_an_offer_and_a_refusal_become_the_state_and_the_months(base: Case):
    found = stand(base, [Told(DAY("2025-11-21"), read(fake.ULTIMATUM))], DAY("2026-01-20"))
    assert (found.state.pressure, found.state.offer) == ("ultimatum", "safe_passage")
    assert found.state.counter_demand == "standing"
    assert found.state.ultimatum_since == DAY("2025-11-21")
    assert (found.history[0].month, found.history[0].reply) == ("2025-11", "countered")
    assert len(found.history) == 3


def test_months_since_the_ruler_said_yes_are_no_months_of_holding_out(base: Case):
    yes = fake.report("Maduro accepts", "2026-01-10", "Maduro accepted the offer of the United States and will leave.")
    no = fake.report("Maduro refuses", "2026-02-10", "Maduro rejected the offer of the United States on Tuesday.")
    told = [Told(DAY("2025-11-21"), read(fake.ULTIMATUM)), Told(DAY("2026-01-10"), read(yes))]
    held = [m.month for m in stand(base, told[:1], DAY("2026-03-20")).history]
    assert held == ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]
    assert [m.month for m in stand(base, told, DAY("2026-03-20")).history] == ["2025-11", "2025-12"]
    told.append(Told(DAY("2026-02-10"), read(no)))
    assert [m.month for m in stand(base, told, DAY("2026-03-20")).history] == held


def test_pressure_short_of_a_demand_is_sanctions(base: Case):
    text = fake.report(
        "Fleet", "2025-09-02", "The United States attacked a boat of Venezuela and threatened Venezuela."
    )
    assert stand(base, [Told(START, read(text))], START).state.pressure == "sanctions"


def test_news_in_the_reports_reaches_history(base: Case):
    text = fake.report("Sanctions", "2025-09-20", "The United States imposed sanctions on Venezuela on Saturday.")
    found = stand(base, [Told(DAY("2025-09-20"), read(text))], DAY("2025-10-20"))
    assert [(news.kind, news.date) for news in found.news] == [("sanctions", DAY("2025-09-20"))]
    assert stand(base, [], DAY("2025-10-20")).news == []


def test_what_a_person_wrote_stands(base: Case):
    drafted = draft_case(read_reports(["-"], stdin=io.BytesIO(fake.ULTIMATUM.encode()))).case
    edited = drafted.model_copy(deep=True)
    sure = edited.assessments.army_loyalty.model_copy(update={"low": 0.9, "central": 0.95, "high": 0.99})
    edited.assessments.army_loyalty = sure
    told = [Told(DAY("2025-11-25"), read(fake.WAVERING))]
    assert stand(edited, told, DAY("2025-11-25")).assessments.army_loyalty == sure
    moved = stand(drafted, told, DAY("2025-11-25")).assessments.army_loyalty.central
    assert moved < drafted.assessments.army_loyalty.central
    overridden = drafted.model_copy(deep=True)
    overridden.overrides = {"army_loyalty": Override(value=0.5, by="ann", why="knows")}
    assert stand(overridden, told, DAY("2025-11-25")).assessments.army_loyalty.central == 0.5


def test_what_the_case_file_knew_fades_towards_the_prior():
    reading = read_reports(["-"], stdin=io.BytesIO(fake.WAVERING.encode()))
    drafted = fake.case("2025-11-25")
    drafted.assessments = elicit(reading.evidence, country="VEN", ruler=drafted.ruler, as_of=drafted.as_of)
    prior = odds(fake.case("2025-11-25"))
    apart = [
        abs(odds(stand(drafted, [], drafted.as_of + dt.timedelta(days), half_life=30)) - prior)
        for days in (0, 30, 60, 400)
    ]
    assert apart[0] > apart[1] > apart[2] > 0
    assert apart[1] == pytest.approx(apart[0] / 2, rel=0.15)
    assert apart[3] == pytest.approx(0, abs=1e-6)


def test_the_order_in_which_reports_come_in_does_not_matter(base: Case):
    texts = (fake.ULTIMATUM, fake.WAVERING, fake.LOYAL)
    told = [Told(DAY(f"2025-11-2{i}"), read(text)) for i, text in enumerate(texts, start=1)]
    there = stand(base, told, DAY("2025-12-01"))
    back = stand(base, told[::-1], DAY("2025-12-01"))
    for name in ASSESSMENTS:
        assert getattr(there.assessments, name).central == pytest.approx(
            getattr(back.assessments, name).central, abs=1e-9
        )
    assert there.state == back.state


def test_the_limits_make_sense():
    assert weight(START, START + dt.timedelta(150), 30) == pytest.approx(FORGOTTEN)
    assert weight(START + dt.timedelta(5), START, 30) == 1.0  # a report from after the day is not stronger than news
