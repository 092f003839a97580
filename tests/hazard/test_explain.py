"""The path from a base rate to one ruler."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from offramp.hazard.explain import explain
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.predict import RulerProfile, monthly_hazards
from offramp.history.tables import base_rates
from offramp.history.vocabulary import MODES

AS_OF = dt.date(2025, 12, 1)
RULER = RulerProfile(
    regime="personal", in_office_since=dt.date(2013, 4, 19), birth_year=1962, iso3="VEN", coup_attempts_60m=0
)


def test_starts_at_the_counts_and_ends_at_the_forecast() -> None:
    steps = explain(RULER, AS_OF)
    assert steps[0].outcomes == {rate.outcome: rate.rate for rate in base_rates().rates}
    assert steps[1].outcomes["coup"] == base_rates(since=1990).rate("coup")
    assert [step.source for step in steps] == ["count", "count"] + ["model"] * (len(steps) - 2)
    for step in steps:
        assert sum(step.outcomes.values()) == pytest.approx(1, abs=1e-9)
        assert set(step.outcomes) == {*MODES, "in_office"}
    hazards = monthly_hazards(RULER, AS_OF, 12, 256, 7)
    final = cumulative_incidence(hazards.full)[:, -1].mean(axis=0)
    assert list(steps[-1].outcomes.values()) == pytest.approx(final.tolist(), rel=1e-12)
    structural = cumulative_incidence(hazards.structural)[:, -1].mean(axis=0)
    assert list(steps[-2].outcomes.values()) == pytest.approx(structural.tolist(), rel=0.05)


def test_a_fact_that_is_not_known_makes_no_step() -> None:
    labels = [step.label for step in explain(RULER, AS_OF)]
    assert "Kind of regime: personal" in labels
    assert "Military career" not in labels
    blank = [step.label for step in explain(RulerProfile(), AS_OF)]
    assert len(blank) == 4


def test_the_state_step_shows_what_the_state_does() -> None:
    quiet, loud = (explain(replace(RULER, coup_attempts_60m=n, coup_attempts_12m=n), AS_OF)[-2:] for n in (0, 3))
    assert quiet[0].outcomes == pytest.approx(loud[0].outcomes, rel=1e-9), "until then the state is not told"
    assert loud[1].outcomes["coup"] > 2 * quiet[1].outcomes["coup"]


def test_the_model_agrees_with_the_counts_about_kinds_of_regime() -> None:
    # Military rulers are left out: 121 leader-years since 1990, few of them near the year 2000 of this step.
    for regime in ("personal", "party", "monarchy"):
        counted = base_rates(regime, since=1990)
        step = next(s for s in explain(RulerProfile(regime=regime), AS_OF) if s.label.startswith("Kind"))
        left = 1 - step.outcomes["in_office"]
        rate = next(r for r in counted.rates if r.outcome == "in_office")
        assert 0.6 * (1 - rate.rate) < left < 1.6 * (1 - rate.rate), regime
