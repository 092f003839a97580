"""Forecasts of one ruler from the shipped numbers: what must hold for any ruler, and what must hold for each fact."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.hazard import predict, store
from offramp.hazard.features import column_names, design
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.predict import DIMENSIONS, RulerProfile, monthly_hazards
from offramp.hazard.profile import draw, known, run_on
from offramp.history.tables import fate_weights
from offramp.history.vocabulary import MODES, REGIMES, REGIONS, REIGN_TYPES

AS_OF = dt.date(2009, 6, 1)
RULER = RulerProfile(
    regime="personal",
    in_office_since=dt.date(1997, 6, 1),
    birth_year=1948,
    military_career=True,
    iso3="TCD",
    coup_attempts_60m=1,
    coup_attempts_12m=0,
    disputes_24m=1,
    regime_claims_120m=0,
    civil_war=0,
    next_election=dt.date(2011, 5, 1),
)


def year(profile: RulerProfile, as_of: dt.date = AS_OF, draws: int = 512, full: bool = True) -> dict[str, float]:
    """Mean chances within twelve months."""
    hazards = monthly_hazards(profile, as_of, 12, draws)
    chances = cumulative_incidence(hazards.full if full else hazards.structural)[:, -1].mean(axis=0)
    return dict(zip((*MODES, "in_office"), chances.tolist(), strict=True))


def width(profile: RulerProfile, mode: str, as_of: dt.date = AS_OF) -> float:
    """Width of the 90 % interval of the log hazard of the first month."""
    hazards = monthly_hazards(profile, as_of, 1, 1024).full[:, 0, MODES.index(mode)]
    low, high = np.quantile(np.log(hazards), [0.05, 0.95])
    return float(high - low)


maybe = st.one_of(st.none(), st.integers(0, 6))
profiles = st.builds(
    RulerProfile,
    regime=st.one_of(st.none(), st.sampled_from(sorted({*REGIMES, *REIGN_TYPES, "democracy"} - {""}))),
    in_office_since=st.one_of(st.none(), st.dates(dt.date(1960, 1, 1), dt.date(2009, 1, 1))),
    birth_year=st.one_of(st.none(), st.integers(1915, 1980)),
    military_career=st.one_of(st.none(), st.booleans()),
    region=st.one_of(st.none(), st.sampled_from(REGIONS)),
    iso3=st.sampled_from([None, "VEN", "SYR", "SSD"]),
    coup_attempts_60m=maybe,
    disputes_24m=maybe,
    regime_claims_120m=maybe,
    civil_war=st.one_of(st.none(), st.integers(0, 2)),
    next_election=st.one_of(st.none(), st.dates(dt.date(2024, 1, 1), dt.date(2027, 1, 1))),
)


@settings(max_examples=40, deadline=None)
@given(profiles, st.dates(dt.date(2009, 6, 1), dt.date(2024, 1, 1)), st.integers(1, 30), st.integers(0, 99))
def test_any_ruler_has_proper_chances(profile: RulerProfile, as_of: dt.date, months: int, seed: int) -> None:
    hazards = monthly_hazards(profile, as_of, months, 16, seed)
    for values in (hazards.full, hazards.structural):
        assert values.shape == (16, months, len(MODES))
        np.testing.assert_allclose(cumulative_incidence(values).sum(axis=2), 1, atol=1e-12)
    np.testing.assert_allclose(hazards.fates.sum(axis=2), 1, atol=1e-12)
    again = monthly_hazards(profile, as_of, months, 16, seed)
    assert np.array_equal(hazards.full, again.full)
    assert np.array_equal(hazards.fates, again.fates)


@pytest.mark.parametrize("attempts", [0, 1, 3])
def test_more_coup_attempts_more_coups(attempts: int) -> None:
    fewer, more = (replace(RULER, coup_attempts_60m=n, coup_attempts_12m=0) for n in (attempts, attempts + 1))
    assert year(more)["coup"] > year(fewer)["coup"]
    recent = replace(more, coup_attempts_12m=1)
    assert year(recent)["coup"] > year(more)["coup"]


def test_age_raises_natural_exits_and_civil_war_raises_rebels() -> None:
    ages = [year(replace(RULER, birth_year=born))["natural"] for born in (1969, 1959, 1949, 1939, 1929)]
    assert ages == sorted(ages)
    assert ages[-1] > 3 * ages[0]
    wars = [year(replace(RULER, civil_war=level))["rebels"] for level in (0, 1, 2)]
    assert wars == sorted(wars)
    assert wars[2] > 3 * wars[0]


def test_clocks_run_on_inside_the_horizon() -> None:
    late = replace(RULER, birth_year=1930)
    natural = monthly_hazards(late, AS_OF, 60, 256).full[:, :, MODES.index("natural")].mean(axis=0)
    assert natural[48] > 1.15 * natural[0], "four years of age"
    vote = replace(RULER, regime="presidential", next_election=dt.date(2010, 6, 1))
    regular = monthly_hazards(vote, AS_OF, 24, 256).full[:, :, MODES.index("regular")].mean(axis=0)
    assert regular[11:16].min() > 2 * max(regular[:10].max(), regular[17:].max()), "votes are when presidents leave"


def test_windows_empty_as_months_pass() -> None:
    model = store.shipped()
    facts = known(replace(RULER, coup_attempts_12m=1), AS_OF, model)
    ahead = draw(facts, 61, np.full((1, 4), 0.5), model.population).covariates
    assert ahead.coup_attempts_60m[0, [0, 30, 60]] == pytest.approx([1, 0.5, 0])
    assert ahead.coup_attempts_12m[0, [0, 6, 12, 60]] == pytest.approx([1, 0.5, 0, 0])
    assert np.diff(ahead.tenure_months[0]) == pytest.approx(1)
    assert ahead.age[0, 60] - ahead.age[0, 0] == pytest.approx(5)


def test_structural_hazards_ignore_the_state_channel_and_full_ones_do_not() -> None:
    other = replace(RULER, coup_attempts_60m=4, coup_attempts_12m=2, disputes_24m=5, regime_claims_120m=2)
    one, two = monthly_hazards(RULER, AS_OF, 6, 32), monthly_hazards(other, AS_OF, 6, 32)
    assert np.array_equal(one.structural, two.structural)
    assert not np.allclose(one.full, two.full)
    # everything else moves both
    older = monthly_hazards(replace(RULER, birth_year=1935), AS_OF, 6, 32)
    assert not np.allclose(one.structural, older.structural)


UNKNOWN = {
    "regime": ("regular", None),
    "in_office_since": ("regular", None),
    "birth_year": ("natural", None),
    "coup_attempts_60m": ("coup", None),
    "disputes_24m": ("foreign", None),
    "civil_war": ("rebels", None),
    "iso3": ("coup", None),
}


@pytest.mark.parametrize("field", sorted(UNKNOWN))
def test_the_unknown_widens_and_is_said(field: str) -> None:
    mode = UNKNOWN[field][0]
    change: dict[str, object] = {field: None}
    if field == "coup_attempts_60m":
        change["coup_attempts_12m"] = None
    if field == "iso3":
        change["region"] = "africa"
    blank = replace(RULER, **change)
    assert width(blank, mode) > width(RULER, mode)
    assert not any("Not known" in w for w in monthly_hazards(RULER, AS_OF, 1, 8).warnings)
    assert any("Not known" in w for w in monthly_hazards(blank, AS_OF, 1, 8).warnings)


def test_knowing_less_averages_over_what_is_usual() -> None:
    # A group that two regimes make up lies between them.
    values = {
        r: year(replace(RULER, regime=r), draws=2048)["regular"] for r in ("presidential", "parliamentary", "democracy")
    }
    assert min(values["presidential"], values["parliamentary"]) < values["democracy"]
    assert values["democracy"] < max(values["presidential"], values["parliamentary"])


def test_beyond_the_record_intervals_widen_year_by_year_but_the_spread_adds_nothing_to_the_mean() -> None:
    def at(as_of: dt.date) -> RulerProfile:
        months = (as_of - dt.date(2009, 6, 1)).days
        shift = dt.timedelta(days=months)
        return replace(
            RULER,
            in_office_since=RULER.in_office_since + shift,
            birth_year=RULER.birth_year + as_of.year - 2009,
            next_election=RULER.next_election + shift,
        )

    dates = [dt.date(y, 6, 1) for y in (2009, 2015, 2025)]
    for mode in MODES:
        widths = [width(at(day), mode, day) for day in dates]
        assert widths == sorted(widths), mode
    model = store.shipped()
    facts = known(at(dates[2]), dates[2], model)
    points = np.full((1, DIMENSIONS), 0.5)
    later = predict.log_hazards(facts, 1, points, model)[0]
    new = predict._new_variance(np.array([[facts.year]]), model)
    drawn = draw(facts, 1, points[:, len(MODES) :], model.population)
    plain = design(drawn.covariates, model.cut_year) @ model.mean.T + model.country_mean[:, facts.country]
    assert later.mean + new / 2 == pytest.approx(plain), (
        "no election near: the mean is the coefficients' but for half the new variance"
    )


def test_the_cut_is_named_on_both_sides() -> None:
    late = monthly_hazards(replace(RULER, next_election=None), dt.date(2025, 12, 1), 1, 4).warnings
    assert any("2009-12-31" in w and "15.9 years" in w and "2025-12-01" in w for w in late)
    early = monthly_hazards(RULER, dt.date(2005, 1, 1), 1, 4).warnings
    assert any("has seen what came later" in w for w in early)
    new = monthly_hazards(replace(RULER, iso3="SSD"), AS_OF, 1, 4).warnings
    assert any("does not know the state SSD" in w for w in new)


def test_level_uncertainty_is_that_of_the_coefficients() -> None:
    """Draw all coefficients from their joint posterior and compare log hazards: no projection involved."""
    model = store.shipped()
    facts = known(RULER, AS_OF, model)
    found = predict.log_hazards(facts, 24, np.full((1, DIMENSIONS), 0.5), model)[0]
    drawn = draw(facts, 24, np.full((1, 4), 0.5), model.population)
    columns = design(replace(drawn.covariates, election=drawn.election), model.cut_year)[0]
    rng = np.random.default_rng(0)
    for k in range(len(MODES)):
        noise = model.factor[k] @ rng.normal(size=(len(column_names()), 20_000))
        country = model.slopes[k, facts.country] @ noise + np.sqrt(
            model.country_variance[k, facts.country]
        ) * rng.normal(size=20_000)
        log = columns @ (model.mean[k][:, None] + noise) + model.country_mean[k, facts.country] + country
        inside = np.arange(24) < 7  # before 2010 nothing is added
        assert found.mean[0, inside, k] == pytest.approx(log.mean(axis=1)[inside], abs=0.05)
        assert found.sd[0, inside, k] == pytest.approx(log.std(axis=1)[inside], rel=0.04)


def test_interpolated_deviations_are_close_to_those_of_every_month() -> None:
    model = store.shipped()
    for as_of in (dt.date(2000, 1, 1), AS_OF, dt.date(2025, 1, 1)):
        facts = known(replace(RULER, next_election=as_of + dt.timedelta(days=500)), as_of, model)
        points = np.full((1, DIMENSIONS), 0.5)
        whole = predict.log_hazards(facts, 48, points, model)[0].sd[0]
        singles = []
        drawn = draw(facts, 48, points[:, len(MODES) :], model.population)
        for month in range(48):
            one = replace(drawn, covariates=replace_month(drawn.covariates, month), election=drawn.election[:, [month]])
            columns = design(one.covariates, model.cut_year)
            singles.append(predict.posterior(columns, one, facts.country, model).sd[0, 0])
        assert np.abs(whole / np.array(singles) - 1).max() < 0.03


def replace_month(covariates, month: int):
    return type(covariates)(**{name: value[:, [month]] for name, value in vars(covariates).items()})


def test_shared_uniforms_drive_the_draws() -> None:
    points = np.full((3, DIMENSIONS), 0.5)
    points[1, 1], points[2, 1] = 0.9, 0.99
    hazards = monthly_hazards(RULER, AS_OF, 2, uniforms=points).full[:, 0]
    coup = MODES.index("coup")
    assert hazards[0, coup] < hazards[1, coup] < hazards[2, coup]
    assert np.array_equal(np.delete(hazards, coup, axis=1)[0], np.delete(hazards, coup, axis=1)[2])
    assert np.isfinite(
        monthly_hazards(RULER, AS_OF, 2, uniforms=np.array([[0.0] * DIMENSIONS, [1.0] * DIMENSIONS])).full
    ).all()


def test_more_draws_converge() -> None:
    means = [monthly_hazards(RULER, AS_OF, 12, n).full.mean(axis=(0, 1)) for n in (1024, 8192)]
    assert means[0] == pytest.approx(means[1], rel=0.05)


def test_fates_follow_their_weights() -> None:
    fates = predict.fate_draws(20_000, 3)
    for i, mode in enumerate(MODES):
        weights = np.array(fate_weights(mode))
        share = weights / weights.sum()
        assert fates[:, i].mean(axis=0) == pytest.approx(share, abs=0.01)
        spread = np.sqrt(share * (1 - share) / (weights.sum() + 1))
        assert fates[:, i].std(axis=0) == pytest.approx(spread, abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regime": "hive"}, "regime: 'hive' is unknown; known are .*personal"),
        ({"region": "moon"}, "region: 'moon' is unknown"),
        ({"in_office_since": dt.date(2020, 1, 1)}, "in_office_since: 2020-01-01 lies after"),
        ({"birth_year": 2005}, "birth_year: 2005 makes the ruler 4 years old"),
        ({"next_election": dt.date(2001, 1, 1)}, "next_election: 2001-01-01 lies more than a year before"),
        ({"disputes_24m": -1}, "disputes_24m: -1 is no count"),
        ({"civil_war": 3}, "civil_war: 3 is unknown"),
        ({"coup_attempts_12m": 3}, "coup_attempts_12m: 3 in 12 months cannot exceed 1 in 60"),
    ],
)
def test_impossible_rulers_are_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        monthly_hazards(replace(RULER, **change), AS_OF, 12)


def test_impossible_requests_are_refused() -> None:
    for months in (0, 601):
        with pytest.raises(InputError, match=r"months: .* expected 1 to 600"):
            monthly_hazards(RULER, AS_OF, months)
    with pytest.raises(InputError, match="draws: 0"):
        monthly_hazards(RULER, AS_OF, 12, 0)
    with pytest.raises(InputError, match=r"uniforms: shape \(4, 3\)"):
        monthly_hazards(RULER, AS_OF, 12, uniforms=np.zeros((4, 3)))
    with pytest.raises(InputError, match="uniforms: values must lie in"):
        monthly_hazards(RULER, AS_OF, 12, uniforms=np.full((4, DIMENSIONS), 1.5))


def test_predicting_needs_numpy_alone_and_little_time() -> None:
    code = (
        "import sys, time, datetime as dt, numpy\n"
        "from offramp.hazard.predict import RulerProfile, monthly_hazards\n"
        "start = time.perf_counter()\n"
        "monthly_hazards(RulerProfile(regime='personal', iso3='VEN'), dt.date(2025, 12, 1), 24)\n"
        "taken = time.perf_counter() - start\n"
        "print(taken, [m for m in ('polars', 'jax', 'scipy', 'pydantic', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    taken, _, heavy = done.stdout.strip().partition(" ")
    assert heavy == "[]"
    assert float(taken) < 0.5, "about 20 ms on an idle machine; the limit leaves room for a busy one"


def test_run_on_leaves_the_present_as_it_is() -> None:
    model = store.shipped()
    now = draw(known(RULER, AS_OF, model), 1, np.full((1, 4), 0.5), model.population).covariates
    first = type(now)(**{name: value[:, 0] for name, value in vars(now).items()})
    again = run_on(first, 5)
    for name, value in vars(again).items():
        assert value[:, 0] == pytest.approx(vars(first)[name]), name
