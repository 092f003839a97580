"""What every lens is: fitted to what was known at the end of a month, asked about rows at that month or later.

A lens returns chances `(row, outcome, horizon)`; all lenses give all outcomes. `Sample` holds the training rows of one
horizon, thinned where rows repeat one another, with weights that keep every total right and favour recent years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from offramp.errors import InputError
from offramp.hazard.ensemble.covariates import Columns
from offramp.hazard.ensemble.outcomes import HORIZONS, OUTCOMES, position, visible
from offramp.hazard.features import Array, Index

HALF_LIFE_YEARS: Final = 20.0
"""A training row counts half after so many years, for lenses without a model of time (a prior, not tuned)."""
THINNING: Final = 4
"""One control in so many is kept at one month ahead, one origin in so many at longer horizons."""


@dataclass(frozen=True)
class Material:
    """Everything a lens may see.

    Attributes:
        frame: Panel rows, for lenses that use columns of their own.
        columns: The same rows as numbers.
        seen: Outcomes `(row, outcome, horizon)` known at the end of month `until`, NaN elsewhere.
        until: Month number of the fit.
        horizons: Months ahead, in the order of the last axis of `seen`.
    """

    frame: pl.DataFrame
    columns: Columns
    seen: Array
    until: int
    horizons: tuple[int, ...] = HORIZONS


@dataclass(frozen=True)
class Sample:
    """Training rows of one horizon: indices into the material's rows, and weights."""

    rows: Index
    weights: Array


Lens = Callable[[Material, Index], Array]
"""`lens(material, rows)`: chances for the rows with these indices, `(row, outcome, horizon)`."""


def material(frame: pl.DataFrame, columns: Columns, outcomes: Array, until: int, horizons: tuple[int, ...]) -> Material:
    """What may be seen at the end of month `until`. `outcomes` are those of the whole panel, as `observed` gives them.

    Raises:
        InputError: If no outcome is known by then.
    """
    seen = visible(outcomes, columns.months, until, horizons)
    found = Material(frame, columns, seen, until, horizons)
    any_exit = seen[:, position("any_exit"), :]
    if not np.nansum(any_exit) > 0:
        raise InputError(
            "panel: no exit is known by the month of the fit; expected rows whose columns exit_next1, … are filled"
        )
    return found


def sample(given: Material, horizon: int, half_life: float = HALF_LIFE_YEARS) -> Sample:
    """Training rows of one horizon.

    One month ahead: all rows with an exit or a coup attempt, and one in `THINNING` of the others at so many times the
    weight, scattered: were controls to come at regular months, trees would learn the calendar of the sampling.
    Further ahead, where neighbouring rows share outcomes: one origin in `THINNING`, staggered by state.
    """
    j = given.horizons.index(horizon)
    outcomes = given.seen[:, [position("any_exit"), position("coup_attempt")], j]
    known = np.flatnonzero(~np.isnan(outcomes).any(axis=1))
    months, state = given.columns.months[known], given.columns.state[known]
    weights = np.ones(len(known))
    if horizon == 1:
        event = (outcomes[known] > 0).any(axis=1)
        keep = event | (scattered(np.array(given.columns.states)[state], months) % THINNING == 0)
        weights[~event] = THINNING
    else:
        keep = (months + state) % THINNING == 0
    rows, weights = known[keep], weights[keep]
    weights = weights * 0.5 ** ((given.until - given.columns.months[rows]) / (12 * half_life))
    return Sample(rows, weights)


def scattered(gwcode: Index, months: Index) -> Index:
    """A number for each row that looks random but depends on state and month alone (the mixer of MurmurHash3)."""
    h = gwcode.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + months.astype(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        h = (h ^ (h >> np.uint64(33))) * np.uint64(factor)
    return ((h ^ (h >> np.uint64(33))) >> np.uint64(8)).astype(np.int64)


def empty(rows: Index, horizons: tuple[int, ...]) -> Array:
    """Room for chances, filled with NaN."""
    return np.full((len(rows), len(OUTCOMES), len(horizons)), np.nan)


def recent(given: Material, years: int) -> Material:
    """The same material without outcomes of origins more than `years` before the fit."""
    old = given.columns.months < given.until - 12 * years
    seen = given.seen.copy()
    seen[old] = np.nan
    return replace(given, seen=seen)
