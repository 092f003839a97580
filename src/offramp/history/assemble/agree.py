"""How far two records agree, column by column: ours against one that other code made from the same sources."""

from __future__ import annotations

import polars as pl

TOLERANCE = 1.1e-4
"""Numbers are stored to four decimals; one unit in the last place may differ by rounding."""


def agreement(ours: pl.DataFrame, theirs: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Share of equal cells for each column of `theirs`, over the rows of `theirs`.

    A row that ours lacks differs in every column. Two empty cells are equal.

    Returns:
        column, rows, equal, share, of_filled (share among cells that theirs fills), only_ours (cells that only
        ours fills).
    """
    joined = theirs.join(
        ours.with_columns(pl.lit(True).alias("_here")), on=list(keys), how="left", suffix="_ours", maintain_order="left"
    )
    here = pl.col("_here").fill_null(False)
    rows = []
    for column in theirs.columns:
        if column in keys:
            equal, only, filled, right = here, pl.lit(False), pl.lit(True), here
        else:
            name = f"{column}_ours"
            right = (_equal(joined, column, name) & here).fill_null(False)
            filled = pl.col(column).is_not_null()
            only = here & pl.col(column).is_null() & pl.col(name).is_not_null()
            equal = right
        values = joined.select(
            equal.sum().alias("equal"),
            only.sum().alias("only"),
            filled.sum().alias("filled"),
            (right & filled).sum().alias("ok"),
        ).row(0, named=True)
        rows.append(
            {
                "column": column,
                "rows": joined.height,
                "equal": int(values["equal"]),
                "share": values["equal"] / joined.height,
                "of_filled": values["ok"] / values["filled"] if values["filled"] else 1.0,
                "only_ours": int(values["only"]),
            }
        )
    return pl.DataFrame(rows)


def _equal(frame: pl.DataFrame, left: str, right: str) -> pl.Expr:
    both_empty = pl.col(left).is_null() & pl.col(right).is_null()
    if frame[left].dtype.is_numeric():
        near = (pl.col(left).cast(pl.Float64) - pl.col(right).cast(pl.Float64)).abs() <= TOLERANCE
        return both_empty | near.fill_null(False)
    if frame[left].dtype.is_temporal():
        return pl.col(left).cast(pl.Date).eq_missing(pl.col(right).cast(pl.Date))
    return pl.col(left).eq_missing(pl.col(right))
