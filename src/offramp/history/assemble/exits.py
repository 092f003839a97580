"""Coups beside exits: what kind of exit a coup of the Cline list would make, and second opinions on regular exits.

A realized coup belongs to an exit when it lies within `WINDOW` days of it and more than `OWN_ENTRY` days after the
leader's
first day (else it is the one that brought the leader in). Self-coups never end their own leader's time. The nearest
counts. Kind: military, palace or counter-coup -> coup; rebels; popular -> uprising; foreign; anything else -> coup.
"""

from __future__ import annotations

import polars as pl

WINDOW = 31
"""Days between an exit in Archigos and a coup in a list."""
WINDOW_REIGN = 35
"""The same for leaders known from REIGN only, whose last day is known less exactly."""
OWN_ENTRY = 2

KIND = (
    pl.when(pl.col("military") + pl.col("palace") + pl.col("counter") > 0)
    .then(pl.lit("coup"))
    .when(pl.col("rebel") == 1)
    .then(pl.lit("rebels"))
    .when(pl.col("popular") == 1)
    .then(pl.lit("uprising"))
    .when(pl.col("foreign") == 1)
    .then(pl.lit("foreign"))
    .otherwise(pl.lit("coup"))
)
FATE = (
    pl.when(pl.col("killed") == 1)
    .then(pl.lit("death"))
    .when(pl.max_horizontal("jailed", "harrest", "tried") == 1)
    .then(pl.lit("jail"))
    .when(pl.max_horizontal("exile", "fled") == 1)
    .then(pl.lit("exile"))
    .otherwise(pl.lit("safe"))
)


def nearest_cline(spells: pl.DataFrame, cline: pl.DataFrame, window: int, known: bool = False) -> pl.DataFrame:
    """For each spell that ended: the nearest realized coup of the Cline list.

    Args:
        spells: leader_id, gw, start, end; running spells must be left out.
        cline: The list with `gw` and `date`.
        known: Only coups up to the end of the exit's month, so that a month's past never changes afterwards.

    Returns:
        leader_id, cdp_exit, cdp_date, cdp_fate; spells without such a coup are not in it.
    """
    coups = cline.filter(pl.col("realized") == 1, pl.col("auto") == 0).select(
        "gw", pl.col("date").alias("cdp_date"), KIND.alias("cdp_exit"), FATE.alias("cdp_fate")
    )
    return _nearest(spells, coups, "cdp_date", window, known).select("leader_id", "cdp_exit", "cdp_date", "cdp_fate")


def nearest_colpus(spells: pl.DataFrame, colpus: pl.DataFrame, window: int, known: bool = False) -> pl.DataFrame:
    """For each spell that ended: the day of the nearest successful coup in Colpus (leader_id, colpus_date)."""
    coups = colpus.filter(pl.col("success") == 1).select("gw", pl.col("date").alias("colpus_date"))
    return _nearest(spells, coups, "colpus_date", window, known).select("leader_id", "colpus_date")


def _nearest(spells: pl.DataFrame, coups: pl.DataFrame, day: str, window: int, known: bool) -> pl.DataFrame:
    gap = (pl.col(day) - pl.col("end")).dt.total_days().abs().alias("_gap")
    pairs = spells.join(coups, on="gw").with_columns(gap)
    inside = (pl.col("_gap") <= window) & ((pl.col(day) - pl.col("start")).dt.total_days() > OWN_ENTRY)
    if known:
        inside = inside & (pl.col(day) <= pl.col("end").dt.month_end())
    return pairs.filter(inside).sort("_gap", day).unique("leader_id", keep="first", maintain_order=True)


def second_opinion(spells: pl.DataFrame, cline: pl.DataFrame, colpus: pl.DataFrame) -> pl.DataFrame:
    """Adds `cdp_exit`, `exit_flag` and `exit_cat_adj` to spells of Archigos.

    The coup type replaces a regular exit where the leader was exiled, jailed or killed or Colpus has a successful
    coup, too.
    """
    ended = spells.filter(pl.col("exit_cat") != "in_office").select("leader_id", "gw", "start", "end")
    marked = spells.join(nearest_cline(ended, cline, WINDOW), on="leader_id", how="left", maintain_order="left").join(
        nearest_colpus(ended, colpus, WINDOW), on="leader_id", how="left", maintain_order="left"
    )
    flagged = (pl.col("exit_cat") == "regular") & pl.col("cdp_exit").is_not_null()
    agreed = pl.col("fate").is_in(["exile", "jail", "death"]) | pl.col("colpus_date").is_not_null()
    return marked.with_columns(
        pl.col("cdp_exit").fill_null(""),
        pl.when(flagged).then(pl.lit("archigos_regular_but_cdp_coup")).otherwise(pl.lit("")).alias("exit_flag"),
        pl.when(flagged & agreed).then(pl.col("cdp_exit")).otherwise(pl.col("exit_cat")).alias("exit_cat_adj"),
    ).drop("cdp_date", "cdp_fate", "colpus_date")
