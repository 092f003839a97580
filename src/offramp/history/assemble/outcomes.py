"""What came next: exits and coups in the 1, 6 and 12 months after t; empty where the window runs past the cut."""

from __future__ import annotations

import datetime as dt

import polars as pl

from offramp.history.assemble.events import Events
from offramp.history.assemble.grid import Floats, Rows
from offramp.history.assemble.spells import IN_OFFICE, IRREGULAR

HORIZONS = (1, 6, 12)
NONE = "none"


def outcomes(frame: pl.DataFrame, rows: Rows, events: Events, spells: pl.DataFrame, cut: dt.date) -> pl.DataFrame:
    """Adds the outcome columns. `frame` has `t`, and of the leader in office `end`, `exit_cat` and `exit_cat_adj`."""
    attempts = rows.counts(events.colpus, "date")
    successes = rows.counts(events.colpus.filter(pl.col("success") == 1), "date")
    wider = rows.counts(events.cline_attempts, "date")
    third = None if events.powell_thyne is None else rows.counts(events.powell_thyne, "date")
    for months in HORIZONS:
        until = pl.col("t").dt.offset_by(f"{months}mo").dt.month_end()
        whole = until <= cut
        leaves = (pl.col("exit_cat") != IN_OFFICE) & (pl.col("end") <= until)
        irregular = leaves & pl.col("exit_cat_adj").is_in(IRREGULAR)
        counted = [
            pl.when(whole)
            .then(pl.Series((rows.ahead(counts, months) > 0).astype("float32")))
            .alias(f"{name}_next{months}")
            for name, counts in _named(attempts, successes, wider, third)
        ]
        empty = [] if third is not None else [pl.lit(None, pl.Float32).alias(f"pt_att_next{months}")]
        frame = frame.with_columns(
            pl.when(whole)
            .then(pl.when(leaves).then(pl.col("exit_cat")).otherwise(pl.lit(NONE)))
            .alias(f"exit_next{months}"),
            pl.when(whole).then(irregular.cast(pl.Float32)).alias(f"irreg_adj_next{months}"),
            *counted,
            *empty,
        )
    return frame


def _named(attempts: Floats, successes: Floats, wider: Floats, third: Floats | None) -> list[tuple[str, Floats]]:
    named = [("coup_att", attempts), ("coup_succ", successes), ("cdp_att", wider)]
    return named if third is None else [*named, ("pt_att", third)]
