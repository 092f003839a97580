"""The shipped hazards against the record they come from; and that the panel's covariates do not look ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from offramp.hazard import fit, store, train
from offramp.hazard.panel import Panel, model_panel, panel_covariates
from offramp.hazard.population import KNOWN_REGIMES, SINCE, count_population
from offramp.history.records import Record, read_record
from offramp.history.vocabulary import MODES, REGIMES

pytestmark = pytest.mark.shared

PRINTED = 3e-3
"""Coefficients are read to two decimals; scales settle to 1e-4 on the logarithm, arrays ship in single precision."""


@pytest.fixture(scope="module")
def record(shared: Path) -> Record:
    return read_record(shared / "data" / "history")


@pytest.fixture(scope="module")
def panel(record: Record) -> Panel:
    return model_panel(record.panel)


@pytest.fixture(scope="module")
def rows(panel: Panel) -> fit.Rows:
    return panel.rows()


def test_the_manifest_names_these_files(record: Record, panel: Panel) -> None:
    manifest = store.shipped().manifest
    assert manifest["sha256"] == record.sha256
    assert manifest["cut"] == "2009-12-31"
    assert manifest["rows"] == panel.frame.height
    assert manifest["events"] == {mode: int(panel.events(mode).sum()) for mode in MODES}
    assert list(manifest["countries"]) == list(panel.countries)


@pytest.mark.parametrize("mode", MODES)
def test_fitting_again_from_the_shipped_scales_gives_the_shipped_numbers(
    panel: Panel, rows: fit.Rows, mode: str
) -> None:
    """One mode at the scales that ship: coefficients agree, and the scales have nowhere to go."""
    shipped, k = store.shipped(), MODES.index(mode)
    again = fit.fit_mode(rows, panel.events(mode), scales=shipped.scales[k], adapt=False)
    sd = np.sqrt(np.diag(again.covariance))
    assert shipped.mean[k] == pytest.approx(again.mean, abs=PRINTED)
    assert np.sqrt(np.sum(shipped.factor[k] ** 2, axis=1)) == pytest.approx(sd, abs=PRINTED)
    assert shipped.country_mean[k] == pytest.approx(again.country_mean, abs=PRINTED)
    spread = again.country_variance + np.sum((again.slopes @ again.covariance) * again.slopes, axis=1)
    moved = fit.update_scales(again.scales, again.mode, again.country_mode, again.covariance, spread)
    assert np.log(moved / again.scales) == pytest.approx(0, abs=2e-3)


def test_population_and_reference_are_counted_from_the_panel(panel: Panel) -> None:
    shipped = store.shipped()
    assert count_population(panel.covariates) == shipped.population
    offset, weighted = train.state_reference(panel, shipped.mean)
    assert shipped.state_offset == pytest.approx(offset, abs=1e-4)
    assert shipped.state_mean == pytest.approx(weighted, abs=1e-4)
    # a mean over regimes and months by hand, for one regime and mode
    c = panel.covariates
    chosen = (c.year >= SINCE) & (c.regime == REGIMES.index("military"))
    names, k = shipped.manifest["columns"], MODES.index("coup")
    beta = {n: shipped.mean[k, names.index(n)] for n in names if "coup attempt" in n or "disputes" in n or "claim" in n}
    log = (
        beta["coup attempts in 60 months, log(1+n)"] * np.log(1 + c.coup_attempts_60m[chosen])
        + beta["coup attempt in 12 months"] * c.coup_attempts_12m[chosen]
        + beta["disputes in 24 months, log(1+n)"] * np.log(1 + c.disputes_24m[chosen])
        + beta["regime-change claim in 120 months"] * c.regime_claims[chosen]
    )
    assert shipped.state_offset[k, KNOWN_REGIMES.index("military")] == pytest.approx(
        np.log(np.mean(np.exp(log))), abs=1e-5
    )


@pytest.mark.parametrize("mode", MODES)
def test_expected_exits_add_up_to_those_that_happened(panel: Panel, rows: fit.Rows, mode: str) -> None:
    """The skewness correction at work: without it rare modes would be expected 1.5 to 1.9 times as often."""
    shipped, k = store.shipped(), MODES.index(mode)
    direction = rows.columns + shipped.slopes[k][rows.country]
    variance = np.sum((direction @ shipped.factor[k]) ** 2, axis=1) + shipped.country_variance[k][rows.country]
    log = rows.columns @ shipped.mean[k] + shipped.country_mean[k][rows.country]
    expected = float(rows.exposure @ np.exp(log + variance / 2))
    assert expected == pytest.approx(panel.events(mode).sum(), rel=0.05)


def test_covariates_of_a_month_do_not_look_ahead(record: Record) -> None:
    cut = "1985-06"
    frame = record.panel
    later = pl.col("origin") > cut
    scrambled = frame.with_columns(
        pl.when(later).then(pl.col(name) * 0 + value).otherwise(pl.col(name)).alias(name)
        for name, value in {"tenure_m": 7, "coup_att_60m": 3, "mid_target_24m": 2, "lpec_pc_l1": 1, "age": 40}.items()
    ).with_columns(pl.when(later).then(pl.lit("none")).otherwise(pl.col("exit_next1")).alias("exit_next1"))
    rows = frame["origin"].to_numpy() <= cut
    before, after = panel_covariates(frame), panel_covariates(scrambled)
    for name, value in vars(before).items():
        np.testing.assert_array_equal(value[rows], getattr(after, name)[rows], err_msg=name)
        shorter = getattr(panel_covariates(frame.filter(~later)), name)
        if name != "military":  # a missing career takes the share over all rows, which is fixed at entry
            np.testing.assert_array_equal(value[rows], shorter, err_msg=name)
    assert not np.array_equal(before.tenure_months, after.tenure_months)


def test_a_fit_that_must_not_see_later_months_does_not(record: Record) -> None:
    early = model_panel(record.panel, "1969-12")
    assert early.frame["origin"].max() == "1969-12"
    changed = record.panel.with_columns(
        pl.when(pl.col("origin") > "1969-12").then(pl.lit("coup")).otherwise(pl.col("exit_next1")).alias("exit_next1")
    )
    again = model_panel(changed, "1969-12")
    assert np.array_equal(early.exit_mode, again.exit_mode)
    first, second = (fit.fit_mode(p.rows(), p.events("coup"), adapt=False) for p in (early, again))
    assert np.array_equal(first.mean, second.mean)


@pytest.mark.soak
def test_the_whole_recipe_gives_the_shipped_files(record: Record, tmp_path: Path) -> None:
    store.save(train.train(record.panel, record.sha256), tmp_path)
    again, shipped = store.load(tmp_path), store.shipped()
    for name in store.ARRAY_NAMES:
        assert getattr(again, name) == pytest.approx(getattr(shipped, name), abs=PRINTED), name
    assert again.population == shipped.population
    version = {"offramp": again.manifest["offramp"]}
    assert again.manifest == {**shipped.manifest, **version}
