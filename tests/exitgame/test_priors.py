"""The priors and mappings: sampled as documented, ordered where they must be, and each mapping doing what it says."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from offramp.case.elicit import elicit
from offramp.case.models import Assessment, Case, Coercer, RegionalExit, Ruler, State
from offramp.exitgame import assessments as a
from offramp.exitgame import priors
from offramp.exitgame.draws import Beta, LogNormal, Normal, normal_quantile
from offramp.exitgame.offers import leave_threshold
from offramp.exitgame.parameters import check
from offramp.exitgame.rates import Rates, cumulative
from offramp.exitgame.states import EXITS, FOREIGN, NATURAL, Army, Street
from offramp.exitgame.states import State as PublicState
from offramp.reading.evidence import Evidence

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 256


@pytest.fixture(scope="module")
def draws() -> priors.Sample:
    return priors.sample(DRAWS, seed=4)


@pytest.fixture(scope="module")
def rates() -> Rates:
    chances = np.zeros((DRAWS, 24, len(EXITS)))
    chances[:, :, 1:] = [0.0008, 0.0005, 0.0004, 0.0015, 0.0015, 0.0001, 0.0005]
    fates = np.zeros((DRAWS, len(EXITS), 4))
    fates[:, 1:] = [0.4, 0.3, 0.2, 0.1]
    return Rates(chances, fates)


@pytest.fixture(scope="module")
def judged(draws: priors.Sample) -> a.Judged:
    return a.judge(elicit(Evidence(), country="VEN"), draws)


def case(**more: object) -> Case:
    fields: dict[str, object] = {
        "name": "a standoff",
        "as_of": dt.date(2025, 12, 1),
        "ruler": Ruler(name="A Ruler", country="VEN"),
        "coercers": [Coercer(id="USA", name="United States", country="USA")],
        "assessments": elicit(Evidence(), country="VEN"),
    }
    return Case(**(fields | more))


def test_every_row_is_documented_and_sampled_as_it_says(draws: priors.Sample) -> None:
    assert len(set(priors.NAMES)) == len(priors.NAMES)
    for row in priors.TABLE:
        assert row.reason
        assert row.source
        assert row.unit
        assert row.identified in ("prior", "anchor B", "assessment")
        if row.name in ("exile", "jail", "death", "ultimatum_loss"):
            continue
        d = row.distribution
        if isinstance(d, Beta):
            exact = stats.beta(d.a, d.b)
        elif isinstance(d, Normal):
            exact = stats.norm(d.mean, d.spread)
        else:
            exact = stats.lognorm(d.spread, scale=d.median)
        values = draws.value[row.name]
        top = exact.cdf(d.most) if isinstance(d, LogNormal) and d.most else 1.0
        for q in (0.1, 0.5, 0.9):
            assert np.mean(values <= exact.ppf(q * top)) == pytest.approx(q, abs=2 / DRAWS), row.name


def test_orders_hold_in_every_draw(draws: priors.Sample) -> None:
    v = draws.value
    assert (v["exile"] < v["jail"]).all()
    assert (v["jail"] < v["death"]).all()
    assert (v["ultimatum_loss"] >= v["sanctions_loss"]).all()
    assert v["precision_ruler"].max() < 4


def test_the_page_is_what_the_tables_say() -> None:
    spec = importlib.util.spec_from_file_location("priors_page", ROOT / "tools" / "priors_page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert (ROOT / "docs" / "priors.md").read_text("utf-8") == page.page(), "run python tools/priors_page.py"


def test_assessments_are_met_at_their_quantiles(draws: priors.Sample) -> None:
    told = elicit(Evidence(), country="VEN").model_copy(
        update={
            "economy": Assessment(low=0.3, central=0.7, high=0.8),
            "guarantee": Assessment(low=0.1, central=0.2, high=0.6),
        }
    )
    found = a.judge(told, draws)
    for values, expected in ((found.economy, (0.3, 0.7, 0.8)), (found.guarantee, (0.1, 0.2, 0.6))):
        for q, value in zip((0.05, 0.5, 0.95), expected, strict=True):
            assert np.mean(values <= value) == pytest.approx(q, abs=2 / DRAWS)


def test_parameters_are_complete_and_in_range(draws: priors.Sample, rates: Rates, judged: a.Judged) -> None:
    g = a.guarantee(draws, judged, "coercer", "coercer")
    params = a.base_parameters(draws, judged, rates, g)
    check(params)
    check(a.with_case(params, draws, judged, a.facts(case())))
    assert g[:, 0] == pytest.approx(judged.guarantee)
    assert (g[:, 1] > g[:, 0]).all()
    assert (params.exit_ruler[:, NATURAL] == 0).all()
    assert (params.exit_ruler <= 0).all()
    assert (params.leave_cost[:, 1] > params.leave_cost[:, 0]).all()
    assert (params.exogenous[:, 0, 0] == rates.structural[:, 0, FOREIGN]).all()


def test_wavering_and_attempts_are_priced_as_the_prior_says(draws: priors.Sample) -> None:
    exits, waver, grievance = a._army(draws)
    v = draws.value
    chance = 1 / (1 + np.exp(-v["precision_army"] * waver))
    share = chance / (chance + (1 - chance) * v["restore"])
    assert share == pytest.approx(v["share_wavering"], abs=1e-9)
    # What an exit takes is counted from the status quo, so an exit that takes nothing is worth the status quo.
    assert (exits[:, 1] >= exits[:, 0]).all()
    assert grievance.shape == (DRAWS,)


def test_changing_the_guarantor_changes_g_alone(draws: priors.Sample, rates: Rates, judged: a.Judged) -> None:
    own = a.base_parameters(draws, judged, rates, a.guarantee(draws, judged, "coercer", "coercer"))
    third = a.base_parameters(draws, judged, rates, a.guarantee(draws, judged, "coercer", "third_state"))
    changed = [name for name in own._fields if not np.array_equal(getattr(own, name), getattr(third, name))]
    assert changed == ["guarantee"]
    back = a.guarantee(draws, judged, "third_state", "third_state")
    assert back[:, 0] == pytest.approx(judged.guarantee)
    assert a.reputation(draws, judged, "successor") == pytest.approx(
        np.log(judged.guarantee / (1 - judged.guarantee)) - draws.value["successor"]
    )


@pytest.mark.parametrize(
    ("name", "field", "sign"),
    [
        ("economy", "mobilise", 1),
        ("economy", "flow_army", -1),
        ("public_support", "mobilise", -1),
        ("public_support", "ouster_logit", -1),
        ("coercer_resolve", "cost_audience", 1),
        ("coercer_resolve", "flow_coercer", 1),
        ("coercer_resolve", "cost_strike", -1),
        ("ruler_resolve", "committed", 1),
        ("guarantee", "guarantee", 1),
    ],
)
def test_each_assessment_moves_what_its_row_says(
    draws: priors.Sample, rates: Rates, judged: a.Judged, name: str, field: str, sign: int
) -> None:
    def parameters(value: float) -> object:
        j = judged._replace(**{name: np.full(DRAWS, value)})
        params = a.base_parameters(draws, j, rates, a.guarantee(draws, j, "coercer", "coercer"))
        return a.with_case(params, draws, j, a.facts(case()))

    low, high = parameters(0.3), parameters(0.7)
    gap = np.asarray(getattr(high, field)) - np.asarray(getattr(low, field))
    assert (sign * gap >= 0).all()
    assert (sign * gap > 0).any()


def test_army_and_street_move_the_start_alone(draws: priors.Sample, judged: a.Judged) -> None:
    told = case(state=State(pressure="ultimatum", offer="safe_passage"))
    mass = a.start_mass(told, judged)
    assert mass.sum(1) == pytest.approx(np.ones(DRAWS))
    loyal = sum(mass[:, i] for i in range(72) if PublicState.of(i).army is Army.LOYAL)
    loud = sum(mass[:, i] for i in range(72) if PublicState.of(i).street is Street.MOBILISED)
    assert loyal == pytest.approx(judged.army_loyalty)
    assert loud == pytest.approx(judged.street)
    stated = a.start_mass(case(state=State(armed_forces="wavering", street="mobilised")), judged)
    assert stated[:, PublicState(army=Army.WAVERING, street=Street.MOBILISED).number] == pytest.approx(np.ones(DRAWS))


def test_events_nearby_fade_with_time(draws: priors.Sample, rates: Rates, judged: a.Judged) -> None:
    def street(when: dt.date | None) -> np.ndarray:
        regional = [] if when is None else [RegionalExit(country="HND", event="fell", date=when)]
        params = a.base_parameters(draws, judged, rates, a.guarantee(draws, judged, "coercer", "coercer"))
        return a.with_case(params, draws, judged, a.facts(case(regional=regional))).ouster_logit

    none, old, new = street(None), street(dt.date(2024, 12, 1)), street(dt.date(2025, 11, 15))
    assert (none < old).all()
    assert (old < new).all()
    assert (np.diff(new, axis=1) < 0).all()


def test_a_longer_campaign_takes_more(draws: priors.Sample, rates: Rates, judged: a.Judged) -> None:
    def flow(since: dt.date) -> np.ndarray:
        told = case(state=State(pressure="sanctions", pressure_since=since))
        params = a.base_parameters(draws, judged, rates, a.guarantee(draws, judged, "coercer", "coercer"))
        return a.with_case(params, draws, judged, a.facts(told)).flow_ruler

    new, old = flow(dt.date(2025, 11, 20)), flow(dt.date(2025, 1, 1))
    assert (old[:, 1:] < new[:, 1:]).all()
    assert (old[:, 0] == new[:, 0]).all()


def test_history_alone_sums_to_one(rates: Rates) -> None:
    found = cumulative(rates.structural)
    assert found.sum(-1) == pytest.approx(np.ones((DRAWS, 25)))
    yearly = 1 - (1 - 0.0008 - 0.0005 - 0.0004 - 0.0015 - 0.0015 - 0.0001 - 0.0005) ** 12
    assert 1 - found[0, 12, -1] == pytest.approx(yearly)


def test_threshold_falls_with_the_guarantee(draws: priors.Sample, rates: Rates, judged: a.Judged) -> None:
    params = a.base_parameters(draws, judged, rates, a.guarantee(draws, judged, "coercer", "coercer"))
    better = params._replace(guarantee=params.guarantee + 0.5 * (1 - params.guarantee))
    exits = np.full((DRAWS, 9), 0.05)
    assert (leave_threshold(better, 1, exits) <= leave_threshold(params, 1, exits)).all()


def test_scores_are_standard_normal(draws: priors.Sample) -> None:
    score = draws.value["score_economy"]
    assert score == pytest.approx(normal_quantile(draws.uniform[:, priors.NAMES.index("score_economy")]))
