"""The calendar of elections: how long since the last vote, and how long to the next date that was known.

A date is known a year ahead when it was scheduled: votes on time, and votes and deadlines that were later missed or
voided count alike, so that nothing of how it went is told. Whatever had to be announced (early votes, and deadlines and
voided votes of an election that has an announcement) is known from the month of its announcement. Referendums are left
out. Early votes that no list saw announced are never known ahead.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from offramp.history.assemble.countries import GW, OUTSIDE, keep, with_gw
from offramp.history.assemble.grid import Floats, Rows
from offramp.history.assemble.lags import BY_COLUMN
from offramp.history.sources.regimes import VOTES
from offramp.history.sources.registry import Sources

ANNOUNCED = ("Announced", "Announcement Assumed")
SCHEDULED = "Vote, As Scheduled"
DATES = (*VOTES, "Deadline Met", "Deadline Not Met", "Voided by Regime Change", "Voided")
NONE = 13
"""`m_to_election` where no date within a year is known."""


def elections(sources: Sources, cut: dt.date) -> pl.DataFrame:
    """National elections with `gw`, `date` (a month's first) and `known` (month announced; null: long before)."""
    parsed = sources.parsed["reign_elections"]
    frame = parsed.frame.with_columns(pl.date("elec_year", "elec_month", 1).alias("date"))
    frame = keep(parsed, frame, pl.col("type") != "R", "referendums")
    # Dates up to a year after the cut may stay: those that were known by then are on the calendar.
    horizon = cut.replace(day=1).replace(year=cut.year + 1)
    frame = keep(parsed, frame, pl.col("date") <= horizon, "more than a year after the cut")
    frame = with_gw(parsed, frame, "ccode", "reign", pl.col("date"))
    frame = keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)
    announced = frame.filter(pl.col("event").is_in(ANNOUNCED)).select(GW, "elecnum", pl.col("date").alias("announced"))
    dates = frame.filter(pl.col("event").is_in(DATES)).with_row_index("_date")
    known = (
        dates.join(announced, on=[GW, "elecnum"])
        .filter(pl.col("announced") <= pl.col("date"))
        .group_by("_date")
        .agg(pl.col("announced").min().alias("known"))
    )
    dates = dates.join(known, on="_date", how="left", maintain_order="left").drop("_date")
    scheduled = pl.col("event") == SCHEDULED
    return dates.with_columns(
        pl.when(scheduled).then(None).otherwise(pl.col("known")).alias("known"),
        (pl.col("event").str.starts_with("Vote, Early") & pl.col("known").is_null()).alias("unforeseen"),
    )


def months_since(rows: Rows, dates: pl.DataFrame, cut: dt.date) -> Floats:
    """Months since the last vote up to t."""
    rule = BY_COLUMN["m_since_election"]
    held = dates.filter(pl.col("event").is_in(VOTES), pl.col("date") <= cut)
    return rows.since(rows.counts(held, "date"), rule.window, rule.lag)


def months_to(rows: Rows, dates: pl.DataFrame) -> Floats:
    """Months to the next known date, 1 to 12, else `NONE`; a date in t's own month is not ahead."""
    window = BY_COLUMN["m_to_election"].window
    found = np.full(rows.state.shape, float(NONE))
    ahead = dates.filter(~pl.col("unforeseen"))
    for months in range(window, 0, -1):
        # What lies `months` ahead and was announced by t: announced at least `months` before the date.
        notice = (pl.col("date").dt.year() - pl.col("known").dt.year()) * 12 + (
            pl.col("date").dt.month().cast(pl.Int32) - pl.col("known").dt.month().cast(pl.Int32)
        )
        visible = ahead.filter(pl.col("known").is_null() | (notice >= months))
        counts = rows.counts(visible, "date")
        there = rows.month + months
        inside = there < rows.months
        hit = np.zeros(found.shape, dtype=bool)
        hit[inside] = counts[rows.state[inside], there[inside]] > 0
        found[hit] = months
    return found
