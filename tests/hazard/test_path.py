"""A stated path of covariates, against the forecast of a ruler whose clocks run on by themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from offramp.errors import InputError
from offramp.hazard import store
from offramp.hazard.features import Covariates
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.path import hazards_on_path
from offramp.hazard.predict import monthly_hazards
from offramp.hazard.profile import DAYS_IN_MONTH, RulerProfile
from offramp.history.vocabulary import MODES, REGIMES, REGIONS

AS_OF, MONTHS = dt.date(2008, 7, 1), 12
RULER = RulerProfile(
    regime="personal", in_office_since=dt.date(1998, 7, 1), birth_year=1948, military_career=True, iso3="TCD",
    coup_attempts_60m=0, coup_attempts_12m=0, disputes_24m=0, regime_claims_120m=0, civil_war=0,
    next_election=dt.date(2011, 4, 1),
)  # fmt: skip


def path() -> Covariates:
    months, none = np.arange(MONTHS), np.zeros(MONTHS)
    model = store.shipped()
    return Covariates(
        year=2008.5 + months / 12, tenure_months=(AS_OF - RULER.in_office_since).days / DAYS_IN_MONTH + months,
        age=np.full(MONTHS, 60.0), military=none + 1, regime=np.full(MONTHS, REGIMES.index("personal")),
        region=np.full(MONTHS, REGIONS.index("africa")), civil_war=none,
        energy=np.full(MONTHS, model.energy[model.country_index("TCD")]), election=none, coup_attempts_60m=none,
        coup_attempts_12m=none, disputes_24m=none, regime_claims=none,
    )  # fmt: skip


def test_a_path_that_only_runs_on_gives_the_forecast() -> None:
    stated = np.log(hazards_on_path(path(), iso3="TCD", draws=8000))
    ours = np.log(monthly_hazards(RULER, AS_OF, MONTHS, 4096).full)
    sd = ours[:, 0].std(axis=0)
    # A month's age and year differ by a fraction; draws differ by their error.
    assert stated[:, 0].mean(axis=0) == pytest.approx(ours[:, 0].mean(axis=0), abs=0.05)
    assert stated[:, 0].std(axis=0) == pytest.approx(sd, rel=0.08)


def test_a_war_that_begins_in_month_six_moves_only_what_follows() -> None:
    calm = path()
    war = replace(calm, civil_war=np.where(np.arange(MONTHS) >= 6, 2.0, 0.0))
    before, after = (cumulative_incidence(hazards_on_path(p, iso3="TCD", draws=64)) for p in (calm, war))
    assert np.array_equal(before[:, :7], after[:, :7])
    rebels = MODES.index("rebels")
    assert after[:, -1, rebels].mean() > 2 * before[:, -1, rebels].mean()
    assert after.sum(axis=-1) == pytest.approx(1.0)


def test_what_cannot_be_a_path() -> None:
    with pytest.raises(InputError, match="does not know the state 'XXX'"):
        hazards_on_path(path(), iso3="XXX")
    flat = {name: np.asarray(value)[None] for name, value in vars(path()).items()}
    with pytest.raises(InputError, match=r"shape \(1, 12\)"):
        hazards_on_path(Covariates(**flat))
