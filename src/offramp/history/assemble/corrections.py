"""Cells of the sources that are known to be wrong, put right by hand: one table, each with its reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Correction:
    """In `source`, the row whose `key` column is `row` has `was` in `column`, where `right` is right."""

    source: str
    key: str
    row: str
    column: str
    was: dt.date
    right: dt.date
    why: str


CORRECTIONS = (
    Correction(
        "archigos",
        "obsid",
        "HON-1954",
        "startdate",
        dt.date(1954, 1, 15),
        dt.date(1954, 11, 16),
        "Lozano Díaz took office in November 1954 (Gálvez left for Miami on the 16th); January is a slip of the month",
    ),
)


def correct(source: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The frame with its known errors put right, and a line on each that was found (an edition may have mended it)."""
    said = []
    for one in CORRECTIONS:
        if one.source != source:
            continue
        hit = (pl.col(one.key) == one.row) & (pl.col(one.column) == one.was)
        if frame.filter(hit).height:
            frame = frame.with_columns(
                pl.when(hit).then(pl.lit(one.right)).otherwise(pl.col(one.column)).alias(one.column)
            )
            said.append(f"{one.source} {one.row}: {one.column} {one.was} -> {one.right} ({one.why})")
    return frame, said
