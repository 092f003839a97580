"""States by months as arrays: counts of events and sums over windows that end (or begin) at a month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FIRST = 1900
"""Year of the first month of every grid; earlier events are not counted."""


def month_number(column: str) -> pl.Expr:
    """Months since January 1900 of a date column, as whole numbers."""
    day = pl.col(column).dt
    return (day.year().cast(pl.Int64) - FIRST) * 12 + day.month().cast(pl.Int64) - 1


@dataclass(frozen=True)
class Rows:
    """The panel's rows as places in a grid.

    `state[i]` and `month[i]` are row i's place; `regions[s]` names the region of state s; `months` is the grid's width.
    """

    gws: tuple[int, ...]
    regions: tuple[str, ...]
    state: Ints
    month: Ints
    months: int

    def counts(self, events: pl.DataFrame, day: str, gw: str = "gw") -> Floats:
        """Events per state and month, shape (states, months); those outside the grid do not count."""
        place = {number: i for i, number in enumerate(self.gws)}
        out = np.zeros((len(self.gws), self.months))
        kept = events.filter(pl.col(gw).is_in(list(self.gws))).select(pl.col(gw), month_number(day).alias("month"))
        kept = kept.filter(pl.col("month") >= 0, pl.col("month") < self.months)
        states = np.array([place[number] for number in kept[gw]], dtype=np.int64)
        np.add.at(out, (states, kept["month"].to_numpy()), 1)
        return out

    def back(self, counts: Floats, window: int, lag: int = 0) -> Floats:
        """Sums over the `window` months that end at t - lag, for every row of the panel."""
        return back_grid(counts, window, lag)[self.state, self.month]

    def ahead(self, counts: Floats, horizon: int) -> Floats:
        """Sums over the months t + 1 to t + horizon, for every row."""
        sums = _cumulative(counts)
        upto = np.minimum(self.month + horizon + 1, self.months)
        return sums[self.state, upto] - sums[self.state, self.month + 1]

    def of_region(self, grid: Floats) -> Floats:
        """A grid summed over the states of each row's region."""
        names = np.array(self.regions)
        sums = {name: grid[names == name].sum(axis=0) for name in set(self.regions)}
        table = np.stack([sums[name] for name in self.regions])
        return table[self.state, self.month]

    def of_world(self, grid: Floats) -> Floats:
        """A grid summed over all states."""
        return np.asarray(grid.sum(axis=0)[self.month])

    def since(self, counts: Floats, cap: int, lag: int = 0) -> Floats:
        """Months since the last event known at t, at most `cap`."""
        columns = np.arange(counts.shape[1])
        last = np.maximum.accumulate(np.where(counts > 0, columns, -(10**6)), axis=1)
        known = last[self.state, np.maximum(self.month - lag, 0)]
        return np.minimum(self.month - known, cap).astype(np.float64)


def back_grid(counts: Floats, window: int, lag: int = 0) -> Floats:
    """Sums over the `window` months that end at each month less `lag`, shape as `counts`."""
    sums = _cumulative(counts)
    columns = np.arange(counts.shape[1]) - lag
    return sums[:, np.maximum(columns + 1, 0)] - sums[:, np.maximum(columns + 1 - window, 0)]


def _cumulative(counts: Floats) -> Floats:
    return np.concatenate([np.zeros((counts.shape[0], 1)), counts.cumsum(axis=1)], axis=1)
