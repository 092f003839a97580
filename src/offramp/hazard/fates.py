"""What becomes of rulers in the year after they leave, given how: a penalised multinomial logit, and its scores.

Columns: mode of exit, kind of regime and way of entry at the start of the spell, region, log years in office, years
before the forecast; modes times regime, time in office and years. One prior shrinks all (scikit-learn's logistic
regression), so rare combinations lean on their mode. Exits count half after `HALF_LIFE_YEARS`. Needs polars. The exit
game does not read this: it draws fates from `history.tables.fate_weights`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.hazard.features import Array, Index
from offramp.history.vocabulary import EXIT_CATEGORY_TO_MODE, FATES, MODES

Bools = NDArray[np.bool_]

HALF_LIFE_YEARS: Final = 25.0
SHRINK: Final = 0.3
REGION_EDGES: Final = (200, 400, 600, 700, 900)
"""First Gleditsch-Ward numbers of the regions after the Americas."""
SEEN_AFTER_YEARS: Final = 2
"""Exits of the year before are not learnt from: their year of fate is not over."""


@dataclass(frozen=True)
class FateScores:
    """Mean log scores over exits, of the model and of the table of counts; `by_mode` has (exits, model, table)."""

    exits: int
    model: float
    table: float
    by_mode: dict[str, tuple[int, float, float]]


@dataclass(frozen=True)
class Exits:
    """Exits with a known fate: indices into `MODES` and `FATES`, calendar years, and columns without time."""

    mode: Index
    fate: Index
    year: Index
    fixed: Array
    tenure: Array

    def columns(self, now: int) -> Array:
        """Columns as seen in the year `now`."""
        modes = (self.mode[:, None] == np.arange(len(MODES))).astype(float)
        ago = ((self.year - now) / 20)[:, None]
        long = np.log1p(self.tenure)[:, None] / 1.5
        return np.hstack([2 * modes, self.fixed, long, ago, modes * long, modes * ago])


def exits_of(spells: pl.DataFrame) -> Exits:
    """Exits of the record's spells whose fate is known.

    Raises:
        InputError: If the spells lack the columns `regime_group_start`, `entry`, `gwcode` or `tenure_years`.
    """
    missing = {"regime_group_start", "entry", "gwcode", "tenure_years"} - set(spells.columns)
    if missing:
        raise InputError(f"spells: column(s) missing: {', '.join(sorted(missing))}")
    kept = spells.filter(pl.col("fate").is_in(list(FATES)), pl.col("exit_cat").is_in(list(EXIT_CATEGORY_TO_MODE)))
    mode = np.array([MODES.index(EXIT_CATEGORY_TO_MODE[name]) for name in kept["exit_cat"]])
    modes = (mode[:, None] == np.arange(len(MODES))).astype(float)
    regime = _indicators(kept["regime_group_start"].fill_null("unknown").to_numpy())
    entry = _indicators(kept["entry"].to_numpy())
    region = _indicators(np.digitize(kept["gwcode"].to_numpy(), REGION_EDGES))
    both = (modes[:, :, None] * regime[:, None, :]).reshape(len(mode), -1)
    return Exits(
        mode,
        np.array([FATES.index(name) for name in kept["fate"]]),
        kept["end"].dt.year().to_numpy().astype(np.int64),
        0.7 * np.hstack([regime, entry, region, both]),
        kept["tenure_years"].cast(pl.Float64).to_numpy(),
    )


def predict(exits: Exits, train: Bools, asked: Bools, now: int) -> Array:
    """Chances of `FATES` for the exits `asked`, learnt from `train` (booleans), as of a year: `(exit, fate)`."""
    from sklearn.linear_model import LogisticRegression

    x = exits.columns(now)
    weights = 0.5 ** ((now - exits.year[train]) / HALF_LIFE_YEARS)
    model = LogisticRegression(C=SHRINK, max_iter=1000).fit(x[train], exits.fate[train], sample_weight=weights)
    chances = np.full((int(asked.sum()), len(FATES)), 1e-6)
    chances[:, model.classes_] += model.predict_proba(x[asked])
    result: Array = chances / chances.sum(axis=1, keepdims=True)
    return result


def score(exits: Exits, first: int, last: int) -> FateScores:
    """Log scores of exits in the years `first` to `last`, each forecast from those whose fates were known before.

    The table gives each mode's earlier counts, half a case added to every fate.
    """
    model, table, mode = [], [], []
    for now in range(first, last + 1):
        asked, train = exits.year == now, exits.year <= now - SEEN_AFTER_YEARS
        if not asked.any():
            continue
        if len(np.unique(exits.fate[train])) < 2:
            raise InputError(f"spells: fewer than two kinds of fate are known before {now}; start later")
        rows = np.arange(asked.sum())
        counts = np.array(
            [np.bincount(exits.fate[train & (exits.mode == k)], minlength=len(FATES)) + 0.5 for k in exits.mode[asked]]
        )
        fate = exits.fate[asked]
        model.append(-np.log(predict(exits, train, asked, now)[rows, fate]))
        table.append(-np.log(counts[rows, fate] / counts.sum(axis=1)))
        mode.append(exits.mode[asked])
    if not model:
        raise InputError(f"spells: no exit with a known fate in {first} to {last}")
    ours, theirs, which = np.concatenate(model), np.concatenate(table), np.concatenate(mode)
    by_mode = {
        name: (int((which == k).sum()), float(ours[which == k].mean()), float(theirs[which == k].mean()))
        for k, name in enumerate(MODES)
        if (which == k).any()
    }
    return FateScores(len(ours), float(ours.mean()), float(theirs.mean()), by_mode)


def _indicators(values: np.ndarray) -> Array:
    result: Array = (values[:, None] == np.unique(values)).astype(float)
    return result
