"""The regime of a state on a day, from REIGN's list."""

from __future__ import annotations

import polars as pl

from offramp.history.assemble.countries import GW
from offramp.history.vocabulary import REIGN_TYPES

GROUP = {
    name: {"presidential": "democracy", "parliamentary": "democracy"}.get(kind, kind)
    for name, kind in REIGN_TYPES.items()
}
"""REIGN's type -> the panel's group."""


def regime_on(frame: pl.DataFrame, regimes: pl.DataFrame, day: str) -> pl.DataFrame:
    """Adds `regime`, `regime_group` and `regime_since` on the day in a column; '' and 'unknown' where REIGN has none.

    Where two regimes meet on the day the later one counts. `regimes`: gw, gwf_startdate, gwf_enddate, gwf_regimetype.
    """
    spans = regimes.select(
        GW,
        pl.col("gwf_startdate").alias("regime_since"),
        pl.col("gwf_enddate").alias("_until"),
        pl.col("gwf_regimetype").alias("regime"),
    ).sort("regime_since")
    numbered = frame.with_row_index("_row").with_columns(pl.col(day).alias("_on"))
    # The latest regime that had begun, then whether it still stood.
    found = (
        numbered.select("_row", GW, "_on")
        .sort("_on")
        .join_asof(spans, left_on="_on", right_on="regime_since", by=GW, strategy="backward", check_sortedness=False)
    )
    stands = pl.col("_until").is_null() | (pl.col("_until") >= pl.col("_on"))
    found = found.select(
        "_row",
        pl.when(stands).then(pl.col("regime")).alias("regime"),
        pl.when(stands).then(pl.col("regime_since")).alias("regime_since"),
    ).with_columns(pl.col("regime").fill_null(""))
    found = found.with_columns(pl.col("regime").replace_strict(GROUP).alias("regime_group"))
    return numbered.join(found, on="_row", how="left", maintain_order="left").drop("_row", "_on")
