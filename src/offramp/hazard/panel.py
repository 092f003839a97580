"""The panel as the model sees it: covariates known at a month's end, and how the leader left in the month after.

Needs polars (through the caller's frame). Rows without an outcome (the last month before the cut) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from offramp.hazard.features import Array, Covariates, Index, design
from offramp.hazard.fit import Rows
from offramp.history.vocabulary import EXIT_CATEGORY_TO_MODE, MODES, REGIMES, REGIONS, REIGN_TYPES


@dataclass(frozen=True)
class Panel:
    """Leader-months sorted by country and month. `exit_mode` indexes `MODES`; -1 is none."""

    covariates: Covariates
    country: Index
    countries: tuple[str, ...]
    country_region: Index
    country_energy: Array  # as of the last month of each state
    exit_mode: Index
    frame: pl.DataFrame

    def rows(self) -> Rows:
        """Columns and exposure for the fit: half a month where the leader left."""
        exposure = np.where(self.exit_mode >= 0, 0.5, 1.0)
        return Rows(design(self.covariates), self.country, exposure, len(self.countries))

    def events(self, mode: str) -> Array:
        """1.0 where the leader left by `mode` in the month."""
        events: Array = (self.exit_mode == MODES.index(mode)).astype(float)
        return events


def model_panel(frame: pl.DataFrame, last_origin: str | None = None) -> Panel:
    """Build the model's panel from the record's.

    Args:
        frame: As `history.records.read_panel` gives it.
        last_origin: Leave out rows after this month ('YYYY-MM'), for fits that must not see what came later.
    """
    kept = frame.filter(pl.col("exit_next1").is_not_null())
    if last_origin is not None:
        kept = kept.filter(pl.col("origin") <= last_origin)
    kept = kept.sort("iso3", "origin")
    countries = tuple(kept["iso3"].unique().sort().to_list())
    country = np.searchsorted(np.array(countries), kept["iso3"].to_numpy())
    covariates = panel_covariates(kept)
    last = np.append(np.flatnonzero(np.diff(country)), len(country) - 1)
    mode_of = {category: MODES.index(mode) for category, mode in EXIT_CATEGORY_TO_MODE.items()} | {"none": -1}
    exit_mode = kept["exit_next1"].replace_strict(mode_of, return_dtype=pl.Int64).to_numpy()
    return Panel(
        covariates,
        country.astype(np.int64),
        countries,
        covariates.region[last],
        np.round(covariates.energy[last], 1),
        exit_mode,
        kept,
    )


def panel_covariates(frame: pl.DataFrame) -> Covariates:
    """Covariates of every row, in the order of the frame.

    Energy use per head (log) is measured against the states of the same month: its growth is part of the era.
    A missing career counts as the share known to be military. Civil conflict counts only when it is over government.
    An election is 'now' when one that decides the leader is due within a month or was held in the last three.
    """

    def column(name: str) -> Array:
        return frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()

    origin = frame["origin"].str.split_exact("-", 1)
    year = origin.struct.field("field_0").cast(pl.Float64).to_numpy()
    month = origin.struct.field("field_1").cast(pl.Float64).to_numpy()
    military = column("military_career")
    military[np.isnan(military)] = np.nanmean(military)
    regime = frame["regime"].replace_strict(
        {name: REGIMES.index(group) for name, group in REIGN_TYPES.items()}, return_dtype=pl.Int64
    )
    region = frame["region"].replace_strict({r: i for i, r in enumerate(REGIONS)}, return_dtype=pl.Int64)
    energy = pl.col("lpec_pc_l1").cast(pl.Float64)
    standard = frame.select(((energy - energy.mean().over("origin")) / energy.std().over("origin")).alias("energy"))
    return Covariates(
        year=year + month / 12,
        tenure_months=column("tenure_m"),
        age=column("age"),
        military=military,
        regime=regime.to_numpy().copy(),
        region=region.to_numpy().copy(),
        civil_war=column("civil_gov_l1") * np.maximum(column("civil_intensity_l1"), 1.0),
        energy=standard["energy"].fill_nan(0.0).fill_null(0.0).to_numpy().copy(),
        election=((column("m_to_election") <= 1) | (column("m_since_election") <= 3)).astype(float),
        coup_attempts_60m=column("coup_att_60m"),
        coup_attempts_12m=((column("coup_fail_12m") + column("coup_succ_12m")) > 0).astype(float),
        disputes_24m=column("mid_target_24m"),
        regime_claims=(column("mid_regime_claim_120m") > 0).astype(float),
    )
