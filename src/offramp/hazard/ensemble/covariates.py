"""Panel rows as columns of numbers for the lenses that learn each horizon directly. Nothing looks ahead.

Besides the panel's own columns: forms that a linear model needs (logs, a curve in tenure, indicators), and what the
succession of leaders itself tells. Terms repeat: how long the last two leaders stayed, and how long after the vote the
last one left, are read off the earlier rows of the same state, so they are known at the origin and need no outcome.

Disputes end before the panel may: where `mid_data_age_m` says that the last months of a window are not covered, the
missing part is taken at the state's own mean over the months that were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from offramp.hazard.ensemble.outcomes import month_numbers
from offramp.hazard.features import Array, Index
from offramp.history.vocabulary import REGIMES, REGIONS, REIGN_TYPES

DISPUTE_WINDOWS: Final = {
    "mid_target_24m": 24,
    "mid_force_target_12m": 12,
    "mid_major_target_60m": 60,
    "mid_regime_claim_120m": 120,
}
PLAIN: Final = (
    "tenure_m", "age", "female", "prev_times", "military_career", "rebel_past", "entry_irregular", "entry_foreign",
    "regime_age_m", "polyarchy_l1", "libdem_l1", "polity2_l1", "m_since_election", "m_to_election", "election_6m",
    "coup_fail_12m", "coup_succ_12m", "coup_att_60m", "m_since_coup_att", "coup_plot_24m", "cdp_att_24m",
    "coup_att_region_12m", "coup_att_world_12m", "irreg_exit_120m", "exits_120m", "uprising_region_24m",
    "uprising_world_12m", "civil_n_l1", "civil_intensity_l1", "civil_gov_l1", "interstate_l1", *DISPUTE_WINDOWS,
    "rival_major_l1", "sanc_threat_prev_decade", "lpop_l1", "lpec_pc_l1", "milper_pc_l1", "lmilex_pc_l1", "infmort_l1",
)  # fmt: skip
EXTRA: Final = "extra_"
"""How the names of the user's own columns begin."""
SUCCESSION: Final = ("gap_last", "gap_before", "vote_lag_gap", "mean_stay", "same_month")
LOGGED: Final = frozenset(
    ("tenure_m", "regime_age_m", "m_since_election", "m_since_coup_att", "coup_fail_12m", "coup_succ_12m",
     "coup_att_60m",
     "coup_plot_24m", "cdp_att_24m", "irreg_exit_120m", "exits_120m", "civil_n_l1", "milper_pc_l1", "infmort_l1",
     "sanc_threat_prev_decade", *DISPUTE_WINDOWS)
)  # fmt: skip
"""Columns that a linear model takes as log(1 + x)."""


@dataclass(frozen=True)
class Columns:
    """Numbers of every row, with what identifies it. `values` has NaN where something is not known."""

    names: tuple[str, ...]
    values: Array  # (row, column)
    months: Index  # month number of the origin
    state: Index  # place among `states`
    states: tuple[int, ...]  # gwcodes
    regime: Index
    region: Index
    year: Array  # decimal years

    def __getitem__(self, name: str) -> Array:
        column: Array = self.values[:, self.names.index(name)]
        return column

    def take(self, rows: Index) -> Columns:
        """Some rows, in the order given."""
        return Columns(
            self.names, self.values[rows], self.months[rows], self.state[rows], self.states,
            self.regime[rows], self.region[rows], self.year[rows],
        )  # fmt: skip


def columns(frame: pl.DataFrame) -> Columns:
    """Columns of every row of a panel, in the order of the frame."""
    months = month_numbers(frame)
    gwcode = frame["gwcode"].cast(pl.Int64).to_numpy()
    states, state = np.unique(gwcode, return_inverse=True)
    own = [name for name in frame.columns if name.startswith(EXTRA)]
    parts = {name: _number(frame, name) for name in (*PLAIN, *own)}
    stale = np.nan_to_num(_number(frame, "mid_data_age_m"))
    for name, window in DISPUTE_WINDOWS.items():
        parts[name] = _fill_window(parts[name], np.clip(stale / window, 0, 1), state, months)
    parts |= _succession(frame, months, state, parts["tenure_m"], parts["m_since_election"])
    regime = frame["regime"].replace_strict(
        {k: REGIMES.index(v) for k, v in REIGN_TYPES.items()}, return_dtype=pl.Int64
    )
    region = frame["region"].replace_strict({name: i for i, name in enumerate(REGIONS)}, return_dtype=pl.Int64)
    return Columns(
        tuple(parts),
        np.stack(list(parts.values()), axis=1),
        months,
        state.astype(np.int64),
        tuple(int(code) for code in states),
        regime.to_numpy().copy(),
        region.to_numpy().copy(),
        (months + 1) / 12,
    )


def _number(frame: pl.DataFrame, name: str) -> Array:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    values: Array = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    return values


def _fill_window(values: Array, missing: Array, state: Index, months: Index) -> Array:
    """Add, for the share of a window that the source does not cover, the state's mean before any gap."""
    if not missing.any():
        return values
    covered = (months < months[missing > 0].min()) & ~np.isnan(values)
    if not covered.any():
        return values
    total = np.bincount(state[covered], values[covered], state.max() + 1)
    mean = (total + np.mean(values[covered]) * 12) / (np.bincount(state[covered], minlength=len(total)) + 12)
    filled: Array = np.where(missing > 0, np.nan_to_num(values) + missing * mean[state], values)
    return filled


def _succession(frame: pl.DataFrame, months: Index, state: Index, tenure: Array, since_vote: Array) -> dict[str, Array]:
    """Months until the present leader has been in office as long as the last one (the one before) when he left, until
    as long after the vote as the last change, log mean stay of earlier leaders, and whether the month is the one in
    which the last change came."""
    order = np.lexsort((months, state))
    leader = frame["leader_id"].to_numpy()
    result = {name: np.full(frame.height, np.nan) for name in SUCCESSION}
    stays: list[float] = []
    vote_lag = change_month = np.nan
    last_row = -1
    for row in order:
        if last_row < 0 or state[row] != state[last_row]:
            stays, vote_lag, change_month = [], np.nan, np.nan
        elif leader[row] != leader[last_row]:
            stays.append(tenure[last_row] + 1)
            vote_lag = since_vote[last_row]
            change_month = months[row] % 12
        last_row = row
        if stays:
            result["gap_last"][row] = np.clip(stays[-1] - tenure[row], -36, 96)
            result["mean_stay"][row] = np.mean(np.log1p(stays[-6:]))
            result["same_month"][row] = (change_month - months[row]) % 12
            if len(stays) > 1:
                result["gap_before"][row] = np.clip(stays[-2] - tenure[row], -36, 96)
            if since_vote[row] <= 18 and vote_lag <= 18:
                result["vote_lag_gap"][row] = vote_lag - since_vote[row]
    return result
