"""Columns of the model: names, forms and channels."""

from __future__ import annotations

import numpy as np
import pytest

from offramp.hazard import features
from offramp.hazard.features import Covariates, column_names, design
from offramp.history.vocabulary import REGIMES, REGIONS


def covariates(**change: object) -> Covariates:
    values = {
        "year": 1995.0, "tenure_months": 30.0, "age": 55.0, "military": 0.0, "regime": REGIMES.index("personal"),
        "region": REGIONS.index("mena"), "civil_war": 1.0, "energy": 0.5, "election": 1.0, "coup_attempts_60m": 2.0,
        "coup_attempts_12m": 1.0, "disputes_24m": 3.0, "regime_claims": 0.0,
    }  # fmt: skip
    return Covariates(**{k: np.atleast_1d(np.asarray(v)) for k, v in (values | change).items()})


def named(row: np.ndarray) -> dict[str, float]:
    return dict(zip(column_names(), row.tolist(), strict=True))


def test_one_row_by_hand() -> None:
    row = named(design(covariates())[0])
    assert len(row) == len(column_names()), "names must be unique"
    assert row["intercept"] == 1
    assert row["log tenure"] == pytest.approx(np.log(31 / 49))
    assert row["age, decades from 60"] == -0.5
    assert row["age squared"] == 0.25
    assert row["civil conflict over government"] == 1
    assert row["civil war over government"] == 0
    assert row["trend per decade"] == 1.5
    assert row["coup attempts in 60 months, log(1+n)"] == pytest.approx(np.log(3))
    assert row["disputes in 24 months, log(1+n)"] == pytest.approx(np.log(4))
    ones = {name for name, value in row.items() if ": " in name and value == 1}
    steps = {f"period step: {y}-{y + 4}" for y in range(1950, 1995, 5)}
    assert ones == steps | {
        "regime: personal",
        "regime x election: personal",
        "region: mena",
        "region x decade: mena 1990s",
    }
    assert row["regime x log tenure: personal"] == row["log tenure"]
    assert row["regime x log tenure: party"] == 0


def test_unknown_age_has_its_own_column() -> None:
    row = named(design(covariates(age=np.nan))[0])
    assert (row["age unknown"], row["age, decades from 60"], row["age squared"]) == (1, 0, 0)


def test_only_the_state_channel_moves_with_attempts_and_disputes() -> None:
    quiet = design(covariates(coup_attempts_60m=0.0, coup_attempts_12m=0.0, disputes_24m=0.0))[0]
    loud = design(covariates(regime_claims=1.0))[0]
    assert set(np.flatnonzero(quiet != loud)) == set(features.state_columns())


def test_after_the_cut_no_decade_and_a_trend_that_slows_to_a_stop() -> None:
    later = named(design(covariates(year=2025.0))[0])
    assert not any(value for name, value in later.items() if name.startswith("region x decade"))
    assert all(value == 1 for name, value in later.items() if name.startswith("period step"))
    years = np.array([2009.9, 2010.0, 2010.1, 2020.0, 2030.0, 2500.0])
    trend = features.era_trend(years)
    assert trend[2] - trend[1] == pytest.approx(0.01, rel=0.02), "no jump at the cut"
    assert (trend[4] - trend[3]) / (trend[3] - trend[1]) == pytest.approx(0.5), "half-life of ten years"
    assert trend[5] == pytest.approx(3 + 1 / np.log(2)), "stops"


def test_tenure_curve_is_a_natural_spline() -> None:
    knots = np.log1p(np.array(features.TENURE_KNOTS_MONTHS))
    beyond = features.tenure_curve(np.linspace(knots[-1], knots[-1] + 2, 9))
    assert np.diff(beyond, n=2, axis=0) == pytest.approx(0, abs=1e-9), "linear after the last knot"
    assert features.tenure_curve(np.array([0.0])) == pytest.approx(0)
    fine = np.linspace(0.1, knots[-1], 20_001)
    third = np.diff(features.tenure_curve(fine), n=2, axis=0) / (fine[1] - fine[0]) ** 2
    assert np.abs(np.diff(third, axis=0)).max() < 0.01, "second derivative without jumps"


def test_fields_must_agree_in_shape() -> None:
    with pytest.raises(ValueError, match="share one shape"):
        covariates(age=np.zeros(3))
