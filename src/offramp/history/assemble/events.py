"""Dated events of the sources with the state they happened in, cut at a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from offramp.history.assemble import calendar
from offramp.history.assemble.countries import GW, OUTSIDE, keep, with_all_gw, with_gw
from offramp.history.sources.registry import Sources

LATE = "after the cut"


@dataclass(frozen=True)
class Events:
    """Frames with `gw` and `date`; nothing in them lies after the cut (elections known ahead aside).

    `cline` is the whole list; `plots` and `cline_attempts` parts of it; `powell_thyne` None where it is absent.
    `disputes`
    holds one row a challenger and target at the month of onset, with `gw` of the target. `regimes` are spans.
    """

    colpus: pl.DataFrame
    cline: pl.DataFrame
    powell_thyne: pl.DataFrame | None
    disputes: pl.DataFrame
    regimes: pl.DataFrame
    elections: pl.DataFrame

    @property
    def plots(self) -> pl.DataFrame:
        """Coups that were found out before they began."""
        return self.cline.filter(pl.col("event_type") == "conspiracy")

    @property
    def cline_attempts(self) -> pl.DataFrame:
        """Attempts and coups of the Cline list; self-coups and plots left out."""
        return self.cline.filter(pl.col("event_type") != "conspiracy", pl.col("auto") == 0)


def read_events(sources: Sources, cut: dt.date) -> Events:
    """All events up to the cut. Raises `InputError` for a code of no known state."""
    ymd = pl.date("year", "month", "day").alias("date")
    cline = _dated(sources, "cline", "cowcode", "cline", ymd, cut)
    colpus = _dated(sources, "colpus", "ccode", "cow", pl.col("date"), cut)
    other = _dated(sources, "powell_thyne", "ccode", "cow", ymd, cut) if "powell_thyne" in sources.parsed else None
    parsed = sources.parsed["gml"]
    onset = keep(parsed, parsed.frame, pl.col("midonset") == 1, "later years of a dispute")
    onset = keep(parsed, onset, pl.col("sidea1") == 1, "seen from the target's side")
    onset = onset.with_columns(pl.date("year", "stmon", 1).alias("date"))
    onset = keep(parsed, onset, pl.col("date") <= cut, LATE)
    disputes = keep(parsed, with_gw(parsed, onset, "ccode2", "cow", pl.col("date")), pl.col(GW).is_not_null(), OUTSIDE)
    return Events(colpus, cline, other, disputes, _regimes(sources, cut), calendar.elections(sources, cut))


def _dated(sources: Sources, name: str, code: str, system: str, date: pl.Expr, cut: dt.date) -> pl.DataFrame:
    parsed = sources.parsed[name]
    frame = keep(parsed, parsed.frame.with_columns(date.alias("date")), pl.col("date") <= cut, LATE)
    frame = with_gw(parsed, frame, code, system, pl.col("date"))  # type: ignore[arg-type]
    return keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)


def _regimes(sources: Sources, cut: dt.date) -> pl.DataFrame:
    """Spans of regimes; one that ends after the cut is open, as it was then."""
    parsed = sources.parsed["reign_regimes"]
    frame = keep(parsed, parsed.frame, pl.col("gwf_startdate") <= cut, LATE)
    frame = with_all_gw(parsed, frame, "cowcode", "reign", pl.col("gwf_startdate"))
    end = pl.col("gwf_enddate")
    return frame.with_columns(pl.when(end <= cut).then(end).alias("gwf_enddate"))
