"""News: fading factors, what may not move, reading, and the estimate held to simulated and to real panels."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.hazard import news, news_fit, store
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.news import News
from offramp.hazard.panel import model_panel
from offramp.hazard.predict import RulerProfile, monthly_hazards
from offramp.history.records import read_record
from offramp.history.vocabulary import MODES

TODAY = dt.date(2009, 6, 15)


def test_without_news_nothing_moves() -> None:
    assert np.all(news.shifts([], TODAY, 12, 8, 1) == 1.0)


@pytest.mark.parametrize("kind", news.KINDS)
def test_an_effect_fades_and_spares_natural_death(kind: str) -> None:
    factors = news.shifts([News(kind, TODAY)], TODAY, 600, 4000, 1)
    assert np.all(factors[:, :, MODES.index("natural")] == 1.0)
    told = news.shipped()[kind]
    for mode, effect in told.effects.items():
        mean = factors[:, :, MODES.index(mode)].mean(axis=0)
        # The uncertainty of an effect leaves its mean: within four standard errors of the draws.
        left = 2 ** (-0.5 / told.half_life)
        error = np.sqrt(np.expm1((effect.sd * left) ** 2) / 4000) * np.exp(effect.mean * left)
        assert mean[0] == pytest.approx(np.exp(effect.mean * left), abs=4 * error + 1e-9)
        assert abs(np.log(mean[int(told.half_life) * 8 + 1])) < abs(effect.mean) / 100 + 0.02


def test_of_several_of_one_kind_the_latest_counts() -> None:
    old, new = News("plot", dt.date(2009, 1, 1)), News("plot", dt.date(2009, 6, 1))
    both, last = (news.shifts(given, TODAY, 6, 16, 3) for given in ([old, new], [new]))
    assert np.array_equal(both, last)


def test_more_news_leaves_the_draws_of_the_rest() -> None:
    first, second = News("plot", TODAY), News("ultimatum", TODAY)
    alone = news.shifts([first], TODAY, 6, 16, 3) * news.shifts([second], TODAY, 6, 16, 3)
    assert news.shifts([first, second], TODAY, 6, 16, 3) == pytest.approx(alone)


def test_an_ultimatum_raises_removal_by_force_and_sums_stay_one() -> None:
    ruler = RulerProfile(regime="personal", in_office_since=dt.date(1999, 1, 1), birth_year=1950)
    before, after = (monthly_hazards(ruler, TODAY, 12, 64, news=given) for given in ((), [News("ultimatum", TODAY)]))
    chances = cumulative_incidence(after.full)
    assert chances.sum(axis=-1) == pytest.approx(1.0)
    k = MODES.index("foreign")
    assert chances[:, -1, k].mean() > 2 * cumulative_incidence(before.full)[:, -1, k].mean()
    assert np.array_equal(before.structural, after.structural)


def test_counts_of_the_profile_rise_to_what_the_news_says() -> None:
    events = [News("coup_attempt", dt.date(2009, 1, 1)), News("coup_attempt", dt.date(2006, 1, 1))]
    told = news.counted(RulerProfile(coup_attempts_60m=1), events, TODAY)
    assert (told.coup_attempts_60m, told.coup_attempts_12m, told.disputes_24m) == (2, 1, None)
    assert news.counted(RulerProfile(coup_attempts_60m=5), events, TODAY).coup_attempts_60m == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [("uprising=2009-01-01", "no kind 'uprising'"), ("plot=2009-02-31", "not a date"), ("plot", "not a date")],
)
def test_what_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        news.parse(text)


def test_news_from_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="after the date of the forecast"):
        news.latest([news.parse("plot=2009-07-01")], TODAY)
    assert news.parse("plot=2009-07") == News("plot", dt.date(2009, 7, 15))


@given(st.integers(1, 8), st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_months_are_recovered_from_windows(window: int, starts: list[int]) -> None:
    """Whatever every month of the cycle, once free of events, holds."""
    true = np.array(starts)
    for residue in range(min(window, len(true))):
        true[residue + window * (len(true[residue::window]) // 2)] = 0
    sums = np.cumsum(true)
    counts = sums - np.concatenate([np.zeros(window), sums])[: len(sums)].astype(int)
    assert news_fit.starts_from_windows(counts, window).tolist() == true.tolist()


def test_months_since() -> None:
    assert news_fit.months_since(np.array([0, 1, 0, 0, 2])).tolist() == [np.inf, 0, 1, 2, 0]


def test_the_estimate_finds_what_a_panel_was_drawn_from() -> None:
    rng = np.random.default_rng(5)
    rows, modes = 60_000, len(news.MOVED)
    age = rng.integers(0, 60, rows).astype(float)
    truth = np.array([1.0, 1.5, 1.5, 1.5, 1.5, 1.5])
    offset = np.full((rows, modes), np.log(0.01))
    hazard = np.exp(offset + truth * 2.0 ** (-age[:, None] / 6))
    data = news_fit.Data({"plot": age}, offset, np.ones(rows), rng.poisson(hazard).astype(float))
    (kind,) = news_fit.fit_news(data)
    assert kind.half_life == 6.0
    for effect, true in zip(kind.effects.values(), truth, strict=True):
        assert effect.mean == pytest.approx(true, abs=4 * effect.sd)
        assert effect.sd < 0.2


@pytest.mark.shared
def test_what_ships_comes_from_the_record(shared: Path) -> None:
    panel = model_panel(read_record(shared / "data" / "history").panel)
    kinds = [kind for kind in news.shipped().values() if kind.basis == "estimated"]
    data = news_fit.data_of(panel, store.shipped())
    _, effects, variance = news_fit.estimate(data, {kind.name: kind.half_life for kind in kinds})
    for e, kind in enumerate(kinds):
        for k, mode in enumerate(news.MOVED):
            assert kind.effects[mode].mean == pytest.approx(effects[1 + e, k], abs=5e-3)
            assert kind.effects[mode].sd == pytest.approx(np.sqrt(variance[1 + e, k]), abs=5e-3)


@pytest.mark.shared
def test_recovered_months_agree_with_the_one_clock_the_panel_holds(shared: Path) -> None:
    """`m_since_coup_att` counts from any attempt, also one that brought the ruler to power or came before it."""
    panel = model_panel(read_record(shared / "data" / "history").panel)
    age = news_fit.news_ages(panel.frame)["coup_attempt"]
    clock = panel.frame["m_since_coup_att"].to_numpy()
    recent = age < 12
    assert np.all(clock[recent] <= age[recent])
    assert np.mean(clock[recent] == age[recent]) > 0.98
