"""Which leader of REIGN's list is which spell of Archigos."""

from __future__ import annotations

import unicodedata

import polars as pl

from offramp.history.assemble.countries import GW

NEAR_DAYS = 31
FAR_DAYS = 366 * 25


def link_reign(spells: pl.DataFrame, reign: pl.DataFrame) -> pl.DataFrame:
    """Adds `reign_leadid` and `reign_start`, null where REIGN has no such leader.

    In turn, each leader once: the same state, first day and name; the same state and name with first days at most
    25 years
    apart and overlapping years (REIGN begins with independence or with 1950 where Archigos goes further back); the
    same state and first day; the same state and first days at most a month apart.
    """
    left = spells.select(
        "leader_id", GW, "start", "end", pl.col("leader").map_elements(_plain, return_dtype=pl.String).alias("name")
    )
    month_end = pl.date("eyear", "emonth", 1).dt.month_end()
    right = reign.select(
        "leadid",
        GW,
        pl.col("start").alias("reign_start"),
        pl.coalesce(month_end, pl.date(9999, 12, 31)).alias("reign_end"),
        pl.col("leader").map_elements(_plain, return_dtype=pl.String).alias("reign_name"),
    ).with_row_index("_reign")
    pairs = left.join(right, on=GW).with_columns(
        (pl.col("reign_start") - pl.col("start")).dt.total_days().abs().alias("apart"),
        (pl.col("name") == pl.col("reign_name")).alias("named"),
        ((pl.col("reign_start") <= pl.col("end")) & (pl.col("reign_end") >= pl.col("start"))).alias("together"),
    )
    rounds = (
        (pl.col("apart") == 0) & pl.col("named"),
        pl.col("named") & pl.col("together") & (pl.col("apart") <= FAR_DAYS),
        pl.col("apart") == 0,
        (pl.col("apart") <= NEAR_DAYS) & pl.col("together"),
    )
    taken: list[pl.DataFrame] = []
    for holds in rounds:
        free = pairs.filter(holds).sort(pl.col("named").not_(), "apart", "_reign")
        free = free.unique("leader_id", keep="first", maintain_order=True).unique(
            "_reign", keep="first", maintain_order=True
        )
        taken.append(free)
        pairs = pairs.join(free, on="leader_id", how="anti").join(free, on="_reign", how="anti")
    found = pl.concat(taken).select("leader_id", pl.col("leadid").alias("reign_leadid"), "reign_start")
    return spells.join(found, on="leader_id", how="left", maintain_order="left")


def _plain(name: str) -> str:
    """Lower case letters only."""
    return "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if c.isalpha())
