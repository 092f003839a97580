"""Elicitation held to closed forms, and its channels to removal, duplication and grading (EXITGAME 5 and 10.10)."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.case.elicit import elicit, posterior
from offramp.case.elicit_table import CUES, ERROR, HOUSE_BIAS_UNTRACEABLE, INFORMS, PRIORS
from offramp.case.models import ASSESSMENTS, Coercer, Ruler
from offramp.reading.evidence import (
    Actor,
    Claim,
    Condition,
    Demand,
    Event,
    Evidence,
    Grade,
    Modality,
    Offer,
    SpeakerKind,
    Statistic,
)

NORMAL = NormalDist()


def condition(topic: str, start: int, grade: Grade = Grade.C, **more: object) -> Condition:
    return Condition(
        topic=topic, text=f"{topic} at {start}", report=0, start=start, end=start + 10, grade=grade, **more
    )


def poll(grade: Grade = Grade.E, **more: object) -> Statistic:
    fields = {
        "value": 85,
        "unit": "percent",
        "qualifier": "over",
        "about": "are unhappy",
        "stated_source": "An Institute",
    }
    fields |= {"source_span": None, "year": 2025, "checkable": False, "report": 0, "start": 200, "end": 210}
    return Statistic(**(fields | {"grade": grade, "topic": "discontent"} | more))


def claim(content: str, speaker: str, start: int, kind: SpeakerKind = SpeakerKind.NAMED_PERSON) -> Claim:
    return Claim(
        speaker=speaker,
        speaker_kind=kind,
        affiliation=None,
        source_spans=[],
        cue_spans=[],
        content_spans=[(start, start + len(content))],
        content=content,
        grade=Grade.C,
        report=0,
    )


def event(type_: str, country: str, role: str, start: int, **more: object) -> Event:
    return Event(
        type=type_,
        trigger=(start, start + 5),
        source=Actor(name=role, country=country, role=role),
        target=None,
        date=None,
        text=f"{type_} {start}",
        report=0,
        start=start,
        end=start + 20,
        confidence=0.8,
        **more,
    )


STORY = Evidence(
    conditions=[
        condition("army_loyal", 0),
        condition("economy_bad", 20, Grade.E),
        condition("split_opinion", 40, Grade.E),
        condition("private_talks", 60, Grade.D),
        condition("street_quiet", 80, Grade.D),
    ],
    statistics=[poll()],
    offers=[
        Offer(
            by="USA",
            to="VEN",
            safe_passage=True,
            immunity=False,
            beneficiaries=["ruler", "family"],
            condition="if he resigns at once",
            deadline=None,
            deadline_text="immediately",
            report=0,
            start=300,
            end=340,
        )
    ],
    demands=[Demand(by="VEN", what="immunity", counter=True, report=0, start=350, end=360)],
    events=[event("MOBILIZE", "USA", "armed_forces", 400), event("REJECT", "VEN", "ruler", 440)],
    claims=[claim("offering an exit gives rulers an incentive to step down", "Ana Lopez", 500)],
)


def centre(assessment: object) -> float:
    return float(getattr(assessment, "central"))  # noqa: B009


def width(found: object) -> float:
    return float(getattr(found, "high") - getattr(found, "low"))  # noqa: B009


def numbers(evidence: Evidence) -> dict[str, tuple[float, float, float]]:
    found = elicit(evidence, country="VEN")
    return {name: (a.low, a.central, a.high) for name in ASSESSMENTS for a in [getattr(found, name)]}


@given(y=st.floats(-3, 3), tau=st.floats(0.2, 2), rho=st.floats(0.05, 0.99), m=st.floats(-2, 2), s=st.floats(0.3, 1.5))
@settings(max_examples=60, deadline=None)
def test_one_item_is_the_closed_mixture_of_update_and_prior(
    y: float, tau: float, rho: float, m: float, s: float
) -> None:
    found = posterior(m, s, [(y, tau, rho)])
    gain = s**2 / (s**2 + tau**2)
    update, prior = NormalDist(m + gain * (y - m), s * math.sqrt(1 - gain)), NormalDist(m, s)
    for share, z in zip((0.05, 0.5, 0.95), found.quantiles, strict=True):
        assert rho * update.cdf(z) + (1 - rho) * prior.cdf(z) == pytest.approx(share, abs=2e-4)
    assert found.weights == (pytest.approx(rho, abs=1e-6),)


def test_two_items_agree_with_exact_enumeration_of_which_inform() -> None:
    m, s, items = 0.2, 0.8, [(1.5, 0.6, 0.65), (-1.0, 0.9, 0.4)]

    def density(y: np.ndarray, mean: float, var: float) -> float:
        return float(np.exp(-0.5 * (y - mean) ** 2 / var) / math.sqrt(var))

    parts = []
    for first in (True, False):
        for second in (True, False):
            mean, var, weight = m, s**2, 1.0
            for on, (y, tau, rho) in zip((first, second), items, strict=True):
                if on:
                    weight *= rho * density(np.float64(y), mean, var + tau**2)
                    gain = var / (var + tau**2)
                    mean, var = mean + gain * (y - mean), var * (1 - gain)
                else:
                    weight *= (1 - rho) * density(np.float64(y), m, s**2 + tau**2)
            parts.append((weight, NormalDist(mean, math.sqrt(var)), first, second))
    total = sum(weight for weight, *_ in parts)
    found = posterior(m, s, items)
    for share, z in zip((0.05, 0.5, 0.95), found.quantiles, strict=True):
        assert sum(w * d.cdf(z) for w, d, *_ in parts) / total == pytest.approx(share, abs=2e-4)
    assert found.weights[0] == pytest.approx(sum(w for w, _, on, _ in parts if on) / total, abs=1e-4)
    # The two contradict each other, so each is believed less than it would be alone.
    assert found.weights[0] < 0.65
    assert found.weights[1] < 0.4


def test_a_cue_multiplies_the_odds_by_the_discounted_ratio() -> None:
    without, with_cue = numbers(Evidence()), numbers(Evidence(conditions=[condition("army_loyal", 0, Grade.C)]))
    factor = INFORMS[Grade.C] * CUES["army_loyal"].ratio + 1 - INFORMS[Grade.C]
    for before, after in zip(without["army_loyalty"], with_cue["army_loyalty"], strict=True):
        assert after / (1 - after) == pytest.approx(factor * before / (1 - before), rel=1e-4)


def test_no_evidence_gives_the_priors() -> None:
    for name, (low, central, high) in numbers(Evidence()).items():
        row = PRIORS[name]
        expected = [1 / (1 + math.exp(-(row.centre + NORMAL.inv_cdf(q) * row.spread))) for q in (0.05, 0.5, 0.95)]
        assert (low, central, high) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("assessment", "make"),
    [
        ("public_support", lambda g: Evidence(statistics=[poll(g)])),
        ("public_support", lambda g: Evidence(statistics=[poll(g, checkable=True, value=75)])),
        ("army_loyalty", lambda g: Evidence(conditions=[condition("army_loyal", 0, g)])),
    ],
)
def test_weaker_grades_move_centre_and_width_back_to_the_prior(assessment: str, make: object) -> None:
    prior = getattr(elicit(Evidence(), country="VEN"), assessment)
    found = [getattr(elicit(make(grade), country="VEN"), assessment) for grade in Grade]  # type: ignore[operator]
    away = [abs(centre(a) - centre(prior)) for a in found]
    widths = [width(a) for a in found]
    assert all(x > y for x, y in itertools.pairwise(away))
    assert all(x < y for x, y in itertools.pairwise(widths))
    assert widths[-1] < width(prior)
    assert away[-1] < 0.35 * away[0]


def drop(evidence: Evidence, field: str, index: int) -> Evidence:
    rows = list(getattr(evidence, field))
    del rows[index]
    return evidence.model_copy(update={field: rows})


PIECES = [
    (field, i) for field in ("conditions", "statistics", "events", "claims") for i in range(len(getattr(STORY, field)))
]


@pytest.mark.parametrize(("field", "index"), PIECES)
def test_removing_a_piece_changes_one_assessment_at_most(field: str, index: int) -> None:
    before, after = numbers(STORY), numbers(drop(STORY, field, index))
    changed = [name for name in ASSESSMENTS if before[name] != after[name]]
    refusal = field == "events" and STORY.events[index].type == "REJECT"
    assert len(changed) == (0 if refusal else 1)


@pytest.mark.parametrize(("field", "index"), PIECES)
def test_the_same_piece_twice_changes_nothing(field: str, index: int) -> None:
    row = getattr(STORY, field)[index]
    doubled = STORY.model_copy(update={field: [*getattr(STORY, field), row]})
    assert numbers(doubled) == numbers(STORY)


def test_a_second_report_with_the_same_words_changes_nothing() -> None:
    copies = [c.model_copy(update={"report": 1}) for c in STORY.conditions]
    assert numbers(STORY.model_copy(update={"conditions": [*STORY.conditions, *copies]})) == numbers(STORY)


def test_one_speaker_counts_once_and_two_speakers_twice() -> None:
    first = claim("he would accept terms", "Ana Lopez", 0)
    same = claim("he may step down", "Ana  LOPEZ", 100)
    other = claim("he may step down soon", "Juan Perez", 200)
    one = numbers(Evidence(claims=[first]))["ruler_resolve"]
    assert numbers(Evidence(claims=[first, same]))["ruler_resolve"] == one
    assert numbers(Evidence(claims=[first, other]))["ruler_resolve"][1] < one[1]


def test_of_one_origin_the_strongest_piece_counts() -> None:
    weak, strong = condition("army_loyal", 0, Grade.E), condition("army_wavering", 30, Grade.B)
    assert numbers(Evidence(conditions=[weak, strong])) == numbers(Evidence(conditions=[strong]))


def test_an_origin_that_says_both_sides_counts_by_what_it_says_more_often() -> None:
    loyal, wavering = condition("army_loyal", 0, Grade.E), condition("army_wavering", 30, Grade.E)
    again = condition("army_wavering", 60, Grade.E)
    assert numbers(Evidence(conditions=[loyal, wavering])) == numbers(Evidence())
    assert numbers(Evidence(conditions=[loyal, wavering, again])) == numbers(Evidence(conditions=[wavering]))


def test_refusals_never_raise_resolve() -> None:
    refusal = event("REJECT", "VEN", "ruler", 505)
    told = claim("he will never leave", "A Minister", 500)
    assert numbers(Evidence(claims=[told]))["ruler_resolve"] > numbers(Evidence())["ruler_resolve"]
    assert (
        numbers(Evidence(claims=[told], events=[refusal])) == numbers(Evidence(events=[refusal])) == numbers(Evidence())
    )


def test_untraceable_polls_move_less() -> None:
    traced, lost = numbers(Evidence(statistics=[poll(checkable=True)])), numbers(Evidence(statistics=[poll()]))
    assert traced["public_support"][1] < lost["public_support"][1] < numbers(Evidence())["public_support"][1]
    assert ERROR[Grade.B] < HOUSE_BIAS_UNTRACEABLE


def test_old_polls_move_less() -> None:
    old = elicit(Evidence(statistics=[poll(Grade.A, year=2015)]), country="VEN", as_of=dt.date(2025, 12, 1))
    new = elicit(Evidence(statistics=[poll(Grade.A, year=2025)]), country="VEN", as_of=dt.date(2025, 12, 1))
    assert new.public_support.central < old.public_support.central


def test_consultation_widens_without_taking_a_side() -> None:
    prior, found = numbers(Evidence())["coercer_resolve"], numbers(Evidence(conditions=[condition("private_talks", 0)]))
    low, central, high = found["coercer_resolve"]
    assert low < prior[0]
    assert high > prior[2]
    assert central == pytest.approx(prior[1])


def test_the_rulers_record_moves_priors() -> None:
    plain = Ruler(name="X", country="VEN")
    culpable = plain.model_copy(update={"culpable": True})
    asked = dt.date(2025, 12, 1)
    assert (
        elicit(Evidence(), ruler=culpable, as_of=asked).guarantee.central
        < elicit(Evidence(), ruler=plain, as_of=asked).guarantee.central
    )
    early = elicit(Evidence(), ruler=culpable, as_of=dt.date(1990, 1, 1))
    assert early.guarantee.central == elicit(Evidence(), ruler=plain).guarantee.central
    attempted = plain.model_copy(update={"coup_attempts_60m": 1})
    told = Evidence(conditions=[condition("coup_attempt", 0)])
    assert elicit(Evidence(), ruler=attempted).army_loyalty.central < numbers(Evidence())["army_loyalty"][1]
    # The attempt on record and the attempt reported are one attempt.
    assert elicit(told, ruler=attempted).army_loyalty == elicit(told, ruler=plain).army_loyalty


def test_other_countries_and_unreal_events_do_not_count() -> None:
    elsewhere = Evidence(conditions=[condition("army_wavering", 0, country="COL")])
    assert numbers(elsewhere) == numbers(Evidence())
    denied = Evidence(events=[event("MOBILIZE", "USA", "armed_forces", 0, modality=Modality.DENIED)])
    assert numbers(denied) == numbers(Evidence())
    bystander = Evidence(events=[event("MOBILIZE", "BRA", "armed_forces", 0)])
    usa = Coercer(id="USA", name="United States", country="USA")
    assert elicit(bystander, country="VEN", coercers=[usa]).coercer_resolve.central == pytest.approx(0.5)
    assert elicit(bystander, country="VEN").coercer_resolve.central > 0.5


def test_every_assessment_names_its_evidence_and_reason() -> None:
    found = elicit(STORY, country="VEN")
    for name in ASSESSMENTS:
        a = getattr(found, name)
        assert a.evidence[0].evidence == "prior"
        assert a.reason.startswith("Prior: ")
    assert [s.evidence for s in found.army_loyalty.evidence] == ["prior", "conditions[0]"]
    assert "statistics[0]" in found.public_support.reason
    assert found.public_support.evidence[-1].grade is Grade.E
