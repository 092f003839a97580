"""Outcomes, covariates, scores, stacking and single lenses against brute force, finite differences and other code."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import approx_fprime, minimize
from sklearn.metrics import average_precision_score, roc_auc_score

from hazard.ensemble.made_up import panel
from offramp.errors import InputError
from offramp.hazard.ensemble import outcomes as o
from offramp.hazard.ensemble import scores, split_population, stacking
from offramp.hazard.ensemble.boosting import boosting
from offramp.hazard.ensemble.competing import competing, windows
from offramp.hazard.ensemble.constant import constant
from offramp.hazard.ensemble.covariates import columns
from offramp.hazard.ensemble.lens import material, sample
from offramp.hazard.ensemble.logit import fit_logit, logit


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return panel()


@pytest.mark.parametrize("text", ["1949-12", "2009-01", "2031-07"])
def test_months_there_and_back(text: str) -> None:
    assert o.month_name(o.month_number(text)) == text


@pytest.mark.parametrize("text", ["2009", "2009-13", "2009-1", "09-01", "2009-00", ""])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM"):
        o.month_number(text)


def test_outcomes_are_read_off_the_panel(frame: pl.DataFrame) -> None:
    y = o.observed(frame)
    row = frame.with_row_index("i").filter(pl.col("exit_next6") == "coup").row(0, named=True)
    at = {name: y[row["i"], o.position(name), 1] for name in o.OUTCOMES}
    assert (at["any_exit"], at["irregular"], at["coup_exit"]) == (1, 1, 1)
    assert (at["regular"], at["natural"], at["rebels"]) == (0, 0, 0)
    other = frame.with_columns(exit_next6=pl.lit("other_irregular"))
    y = o.observed(other)[0, :, 1]
    assert (y[o.position("irregular")], y[o.position("coup_exit")], y[o.position("any_exit")]) == (1, 0, 1)
    assert np.isnan(o.observed(frame.drop("exit_next6"))[:, o.position("irregular"), 1]).all()


def test_windows_that_run_past_the_fit_are_hidden(frame: pl.DataFrame) -> None:
    y, months = o.observed(frame), o.month_numbers(frame)
    until = o.month_number("1980-06")
    seen = o.visible(y, months, until)
    for j, h in enumerate(o.HORIZONS):
        late = months + h > until
        assert np.isnan(seen[late, :, j]).all()
        np.testing.assert_array_equal(seen[~late, :, j], y[~late, :, j])


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(float, (4, len(o.OUTCOMES), 2), elements=st.floats(1e-7, 1 - 1e-7)))
def test_coherent_chances_fit_together(chances: np.ndarray) -> None:
    p = o.coherent(chances)
    at = {name: p[:, k] for k, name in enumerate(o.OUTCOMES)}
    assert np.all((p > 0) & (p < 1))
    np.testing.assert_allclose(sum(at[n] for n in o.SUBMODES), at["irregular"], rtol=1e-9)
    np.testing.assert_allclose(at["regular"] + at["natural"] + at["irregular"], at["any_exit"], rtol=1e-9)
    assert np.all(at["coup_success"] <= at["coup_attempt"])


def test_no_column_of_a_month_sees_what_comes_later(frame: pl.DataFrame) -> None:
    cut = "1979-05"
    later = pl.col("origin") > cut
    numbers = [n for n, t in frame.schema.items() if t.is_numeric() and n != "gwcode" and "_next" not in n]
    changed = frame.with_columns(
        *[pl.when(later).then(pl.col(n).cast(pl.Float64) * 0 + 1).otherwise(pl.col(n)).alias(n) for n in numbers],
        pl.when(later).then(pl.lit("someone else")).otherwise(pl.col("leader_id")).alias("leader_id"),
        pl.when(later).then(pl.lit("coup")).otherwise(pl.col("exit_next1")).alias("exit_next1"),
    )
    before = (frame["origin"] <= cut).to_numpy()
    first, second, short = columns(frame), columns(changed), columns(frame.filter(~later))
    np.testing.assert_array_equal(first.values[before], second.values[before])
    np.testing.assert_array_equal(first.values[before], short.values)
    assert not np.array_equal(first.values[~before], second.values[~before], equal_nan=True)


def test_succession_by_hand() -> None:
    rows = panel(states=1, years=6).with_columns(
        leader_id=pl.Series(["a"] * 30 + ["b"] * 12 + ["c"] * 30),
        tenure_m=pl.Series([*range(30), *range(12), *range(30)]),
    )
    found = columns(rows)
    assert np.isnan(found["gap_last"][:30]).all()
    assert found["gap_last"][30] == 30  # a stayed 30 months
    assert found["gap_last"][42 + 5] == 12 - 5
    assert found["gap_before"][42 + 5] == 30 - 5
    assert found["same_month"][42] == 0
    assert found["mean_stay"][42] == pytest.approx((np.log(31) + np.log(13)) / 2)
    reached = windows(found, np.arange(3.0))[42 + 10]
    assert reached[:, 0].tolist() == [0, 1, 1]  # gaps of 2, 1 and 0 months


def test_disputes_not_covered_are_taken_at_the_states_own_mean(frame: pl.DataFrame) -> None:
    stale = frame.with_columns(
        mid_data_age_m=pl.when(pl.col("origin") >= "1990-01").then(12).otherwise(0),
        mid_target_24m=pl.when(pl.col("origin") >= "1990-01").then(0.0).otherwise(pl.col("mid_target_24m")),
    )
    found = columns(stale)
    late = found.months >= o.month_number("1990-01")
    ones = found.state % 2 == 1
    assert found["mid_target_24m"][late & ones] == pytest.approx(0.5, abs=0.02)
    assert found["mid_target_24m"][late & ~ones] == pytest.approx(0.0, abs=0.02)


def test_scores_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    p = np.round(rng.uniform(0.01, 0.9, 500), 2)
    y = (rng.random(500) < p).astype(float)
    found = scores.score(p, y)
    assert found.auc == pytest.approx(roc_auc_score(y, p))
    assert found.average_precision == pytest.approx(average_precision_score(y, p))
    assert found.log == pytest.approx(-np.mean([np.log(a if b else 1 - a) for a, b in zip(p, y, strict=True)]))
    assert found.expected_over_observed == pytest.approx(p.sum() / y.sum())
    odds = np.log(p / (1 - p))
    best = minimize(lambda b: np.sum(np.logaddexp(0, b[0] + b[1] * odds) - y * (b[0] + b[1] * odds)), [0, 1]).x
    assert found.slope == pytest.approx(best[1], abs=1e-4)
    assert sum(n for _, _, n in scores.reliability(p, y, 7)) == 500


def test_scores_without_events_are_not_made_up() -> None:
    found = scores.score(np.full(5, 0.1), np.zeros(5))
    assert np.isnan([found.auc, found.slope, found.expected_over_observed]).all()
    assert found.log == pytest.approx(-np.log(0.9))


def test_bootstrap_over_states_covers_and_knows_ties() -> None:
    rng = np.random.default_rng(2)
    state = np.repeat(np.arange(40), 25)
    assert scores.bootstrap(np.ones(1000), np.ones(1000), state) == (0, 0, 0)
    effects = rng.normal(0, 1, 40)
    middle, low, high = scores.bootstrap(effects[state], np.zeros(1000), state, draws=4000)
    assert middle == pytest.approx(effects.mean())
    assert (high - low) / 2 == pytest.approx(1.645 * effects.std() / np.sqrt(40), rel=0.1)


def test_stacking_gradient_and_choice() -> None:
    rng = np.random.default_rng(3)
    good = rng.normal(-2, 1.5, 4000)
    y = (rng.random(4000) < 1 / (1 + np.exp(-good))).astype(float)
    x = np.column_stack([rng.normal(-2, 1.5, 4000), good, 0.2 * good - 2])
    theta, covariance = stacking.fit(x, y, np.ones(4000), np.zeros(5), (1.0, 1.0, 3.0))
    pool = stacking.Pool(theta, covariance)
    assert pool.weights[1] > 0.8
    assert pool.slope * pool.weights[1] + 0.2 * pool.slope * pool.weights[2] == pytest.approx(1, abs=0.1)
    assert np.all(np.linalg.eigvalsh(covariance) > 0)
    combined, sd = pool.combine(x)
    assert scores.calibration_slope(1 / (1 + np.exp(-combined)), y) == pytest.approx(1, abs=0.1)
    assert np.all(sd > 0)
    numeric = approx_fprime(theta, lambda t: float(stacking.Pool(t, covariance).combine(x[:1])[0][0]), 1e-6)
    assert stacking._slopes(theta, x[:1])[0] == pytest.approx(numeric, abs=1e-4)


def test_stacking_without_a_past_is_the_prior() -> None:
    empty = np.zeros((0, 3, len(o.OUTCOMES), 1))
    pools = stacking.learn(empty, np.zeros((0, len(o.OUTCOMES), 1)), np.zeros(0), (1,))
    assert pools[0][0].weights == pytest.approx([1 / 3] * 3)
    assert (pools[0][0].level, pools[0][0].slope) == (0, 1)


def test_split_population_slopes_and_limits() -> None:
    rng = np.random.default_rng(4)
    x, z = (np.column_stack([np.ones(50), rng.normal(size=(50, 2))]) for _ in range(2))
    clock, y, weights = rng.uniform(0.1, 3, 50), (rng.random(50) < 0.2).astype(float), rng.uniform(0.5, 2, 50)
    theta = rng.normal(0, 0.4, 7)
    value, slope = split_population.objective(theta, x, z, clock, y, weights)
    numeric = approx_fprime(theta, lambda t: split_population.objective(t, x, z, clock, y, weights)[0], 1e-7)
    assert slope == pytest.approx(numeric, rel=1e-4, abs=1e-4)
    # the hazard is minus the slope of the log of survival: S(t) = 1 - pi + pi exp(-rate t^k)
    b, g, k = x[0] @ theta[:3], z[0] @ theta[3:6], np.exp(theta[6])
    pi = 1 / (1 + np.exp(-g))

    def log_survival(t: float) -> float:
        return float(np.log(1 - pi + pi * np.exp(-np.exp(b) * t**k)))

    t, step = clock[0], 1e-5
    hazard = -(log_survival(t + step) - log_survival(t - step)) / (2 * step)
    found = np.exp(split_population.log_hazard(theta, x[:1], z[:1], clock[:1])[0][0])
    assert found * split_population.SCALE == pytest.approx(hazard, rel=1e-6)
    assert np.isfinite(value)


def test_logit_agrees_with_a_general_optimiser() -> None:
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 3))])
    y = (rng.random(300) < 1 / (1 + np.exp(1 - x[:, 1]))).astype(float)
    w = rng.uniform(0.5, 2, 300)
    precision = np.array([1e-4, 4, 4, 4])
    best = minimize(
        lambda b: w @ (np.logaddexp(0, x @ b) - y * (x @ b)) + 0.5 * precision @ b**2, np.zeros(4), tol=1e-10
    ).x
    assert fit_logit(x, y, w, 0.5) == pytest.approx(best, abs=1e-4)


def test_thinned_rows_keep_every_total(frame: pl.DataFrame) -> None:
    given_ = material(frame, columns(frame), o.observed(frame), o.month_number("1993-12"), o.HORIZONS)
    chosen = sample(given_, 1, half_life=1e9)
    y = given_.seen[:, o.position("any_exit"), 0]
    assert chosen.weights @ y[chosen.rows] == pytest.approx(np.nansum(y))
    assert chosen.weights.sum() == pytest.approx(np.sum(~np.isnan(y)), rel=0.02)
    far = sample(given_, 12)
    assert len(far.rows) == pytest.approx(len(y) / 4, rel=0.05)
    assert far.weights.min() == pytest.approx(0.5 ** (33 / 20), rel=0.1)


def test_a_panel_without_known_exits_is_refused(frame: pl.DataFrame) -> None:
    with pytest.raises(InputError, match="no exit is known"):
        material(frame, columns(frame), o.observed(frame), o.month_number("1960-01"), o.HORIZONS)


@pytest.mark.parametrize("lens", [constant, logit, split_population.split_population, competing, boosting])
def test_every_lens_gives_sensible_chances(frame: pl.DataFrame, lens) -> None:
    """Chances rise with the horizon, have about the right level (160 events teach no more), and see where coups are."""
    given_ = material(frame, columns(frame), o.observed(frame), o.month_number("1986-12"), o.HORIZONS)
    rows = np.flatnonzero((given_.columns.months >= given_.until) & (given_.columns.months < given_.until + 24))
    p = lens(given_, rows)
    assert np.isfinite(p).all()
    assert np.mean(np.diff(p[:, o.position("any_exit")], axis=1) > 0) > 0.95
    truth = 1 - np.exp(-0.027 - 0.012 * (rows // (34 * 12) % 4 == 2))
    assert p[:, o.position("any_exit"), 0].mean() == pytest.approx(truth.mean(), rel=0.5)
    coup = p[:, o.position("coup_exit"), 2]
    soldiers = (frame["regime"] == "military").to_numpy()[rows]
    assert coup[soldiers].mean() > 1.5 * coup[~soldiers].mean()
    stay = 1 - p[:, [o.position(n) for n in o.JOINT]].sum(axis=1)
    np.testing.assert_allclose(stay, 1 - p[:, o.position("any_exit")], atol=1e-9)
