"""Scenarios of a standoff are what the game says of the changed case."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.case.models import ObservedMonth
from offramp.errors import InputError
from offramp.exitgame.anchor_b_build import typical
from offramp.exitgame.api import play
from offramp.forecast.summarise import outcome_series
from offramp.forecast.summarise import quantiles as one_by_one
from offramp.sweep import scenarios, standoff

DRAWS = 16


@pytest.fixture(scope="module")
def case() -> Any:
    made = typical().model_copy(deep=True)
    made.history = [ObservedMonth(month="2014-11", pressure="ultimatum", offer="safe_passage", reply="countered")]
    return made


@pytest.fixture(scope="module")
def table(case: Any) -> pl.DataFrame:
    plan = standoff.plan(case, ["offer,army_loyalty=0|0.4|1", "pressure=ultimatum|none"], draws=DRAWS, months=(3, 12))
    assert plan.units == 1
    return scenarios.rows(plan, range(plan.units))


@pytest.mark.parametrize(
    ("offer", "loyal", "pressure"), [("safe_passage_immunity", 0.4, "none"), ("none", 1.0, "ultimatum")]
)
def test_a_scenario_is_what_a_forecast_of_the_changed_case_says(
    case: Any, table: pl.DataFrame, offer: str, loyal: float, pressure: str
):
    changed = scenarios.changed(case, {"offer": offer, "army_loyalty": loyal, "pressure": pressure})
    game = play(changed, months=24, draws=DRAWS, what_if=False)
    told = outcome_series(game.outcomes, game.weights, [3, 12])
    here = table.filter(
        (pl.col("offer") == offer) & (pl.col("army_loyalty") == loyal) & (pl.col("pressure") == pressure)
    )
    assert here["month"].to_list() == [3, 12]
    for name, series in told.items():
        for column, wanted in ((name, series.mean), (f"{name}_low", series.low), (f"{name}_high", series.high)):
            assert np.abs(here[column].to_numpy() - np.array(wanted)).max() < 1e-10


def test_probabilities_sum_to_one_and_scenarios_are_numbered(table: pl.DataFrame):
    outcomes = [name for name in table.columns if f"{name}_low" in table.columns and name != "any_exit"]
    assert np.allclose(table.select(pl.sum_horizontal(outcomes)).to_series(), 1)
    assert np.allclose(table["any_exit"], 1 - table["in_office"])
    assert table["scenario"].unique(maintain_order=True).to_list() == list(range(18))
    assert table["problem"].null_count() == table.height


def test_worlds_are_solved_and_a_better_guarantee_never_lowers_acceptance(case: Any):
    plan = standoff.plan(case, ["guarantee=0.2|0.5|0.8", "army_loyalty=0.5|0.9"], draws=DRAWS)
    assert (plan.units, plan.part_size) == (3, 16)
    together = scenarios.rows(plan, range(3))
    for loyal in (0.5, 0.9):
        means = together.filter(pl.col("army_loyalty") == loyal)["negotiated"].to_list()
        assert means == sorted(means)
    apart = scenarios.rows(plan, [2])  # another call of the solver gives the same figures
    assert np.allclose(apart["negotiated"], together.filter(pl.col("guarantee") == 0.8)["negotiated"], atol=1e-9)


def test_a_large_world_is_cut_and_pieces_are_the_whole(case: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(standoff, "ROWS_SENT", 40)
    monkeypatch.setattr(scenarios, "CHUNK", 16)
    plan = standoff.plan(case, ["army_loyalty=0:1:11,street=0:1:10"], draws=DRAWS, intervals=False)
    assert (plan.scenarios, plan.units) == (110, 3)
    pieces = [scenarios.rows(plan, [unit]) for unit in range(3)]
    assert pl.concat(pieces)["scenario"].to_list() == list(range(110))
    assert pieces[0].height == 40
    assert "negotiated_low" not in pieces[0].columns


@given(st.integers(2, 20), st.integers(0, 1000))
@settings(max_examples=50)
def test_quantiles_are_those_of_the_brief(draws: int, seed: int):
    rng = np.random.default_rng(seed)
    values, weights = rng.random((draws, 3, 1, 4)), rng.random((draws, 3))
    weights /= weights.sum(0)
    found = scenarios.quantiles(values, weights)
    for s in range(3):
        wanted = one_by_one(values[:, s, 0], weights[:, s], (0.05, 0.95))
        assert np.allclose(found[:, s, 0], wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("ofer", "Did you mean offer"),
        ("guarantee=0:1:3", "above 0 and below 1"),
        ("army_loyalty=2", "0 to 1"),
        ("pressure=war", "none of none, sanctions, ultimatum"),
        ("army_loyalty=0:1:100001,street=0:1:100001", "at most"),
    ],
)
def test_what_cannot_be_varied_is_refused(case: Any, over: str, told: str):
    with pytest.raises(InputError, match=told):
        standoff.plan(case, [over])


def test_a_month_beyond_the_horizon_is_refused(case: Any):
    with pytest.raises(InputError, match="1 to the horizon, 24"):
        standoff.plan(case, ["offer"], months=(36,))
