"""Counting the record into the tables that ship: the recipe behind `history/data/base_rates.json`.

Only sums over many leaders leave this module; no row of the record does. Needs polars.
"""

from __future__ import annotations

import json

import polars as pl

from offramp import __version__
from offramp.history.records import Record
from offramp.history.tables import COLUMNS, ERA_STARTS, FATE_SPLIT, TENURE_EDGES
from offramp.history.vocabulary import CUT, EXIT_CATEGORY_TO_MODE, FATES, MODES, REGIMES, REIGN_TYPES

SOURCES = (
    "mid_force_target_12m",
    "mid_regime_claim_120m",
    "uprising_region_24m",
    "coup_att_region_12m",
    "civil_gov_l1",
)
"""Columns of the panel behind `tables.TRIGGERS`, in the same order: above 0 means that it happened."""


def count_tables(record: Record) -> str:
    """The text of `base_rates.json`: leader-years by group and outcome, exits by mode, fates by mode."""
    cells = count_leader_years(record.panel)
    document: dict[str, object] = {
        "manifest": {
            "what": "counts of leader-years (December origins), exits and fates; see docs/history.md",
            "recipe": "offramp history fit --from FOLDER",
            "offramp": __version__,
            "cut": CUT.isoformat(),
            "sha256": record.sha256,
            "rows": {"spells": record.spells.height, "panel": record.panel.height},
        },
        "columns": list(COLUMNS),
        "cells": cells,
        "exits": {str(since): count_exits(record.spells, since) for since in (1945, FATE_SPLIT)},
        "fates": {
            "before": count_fates(record.spells, 1945, FATE_SPLIT),
            "since": count_fates(record.spells, FATE_SPLIT, CUT.year + 1),
        },
    }
    return _one_cell_a_line(document)


def count_leader_years(panel: pl.DataFrame) -> list[list[int | str]]:
    """Rows of `COLUMNS`: December origins whose next twelve months are inside the record, by group and outcome."""
    years = panel.filter(pl.col("origin").str.ends_with("-12") & pl.col("exit_next12").is_not_null())
    origin = pl.col("origin").str.slice(0, 4).cast(pl.Int32)
    keyed = years.select(
        pl.col("regime").replace_strict(REIGN_TYPES).alias("regime"),
        _floor_to_edge(pl.col("tenure_m") / 12, TENURE_EDGES, open_left=True).alias("tenure"),
        _floor_to_edge(origin, ERA_STARTS, open_left=False).alias("era"),
        ((pl.col("coup_fail_12m") + pl.col("coup_succ_12m")) > 0).cast(pl.Int8).alias("coup_attempt"),
        pl.col("exit_next12").replace(EXIT_CATEGORY_TO_MODE).alias("outcome"),
        pl.col("region"),
        pl.sum_horizontal((pl.col(c) > 0).cast(pl.Int64).fill_null(0) * 2**i for i, c in enumerate(SOURCES)).alias(
            "triggers"
        ),
    )
    keys = [*COLUMNS[:4], "region", "triggers"]
    counted = keyed.group_by(keys).agg(
        pl.len().alias("leader_years"), *[(pl.col("outcome") == mode).sum().alias(mode) for mode in MODES]
    )
    order = {name: i for i, name in enumerate(REGIMES)}
    told = counted.select(COLUMNS).rows()
    rows = [[value if isinstance(value, str) else int(value) for value in row] for row in told]
    return sorted(rows, key=lambda row: (order[str(row[0])], row[1:4], row[-2:]))


def count_exits(spells: pl.DataFrame, since: int) -> dict[str, int]:
    """Spells that ended in or after the year `since`, by mode."""
    modes = _ended(spells, since, CUT.year + 1)["mode"].to_list()
    return {mode: modes.count(mode) for mode in MODES}


def count_fates(spells: pl.DataFrame, start: int, stop: int) -> dict[str, list[int]]:
    """Known fates, in the order of `FATES`, after exits in the years `start` to `stop` - 1, by mode."""
    pairs = _ended(spells, start, stop).select("mode", "fate").rows()
    return {mode: [pairs.count((mode, fate)) for fate in FATES] for mode in MODES}


def _ended(spells: pl.DataFrame, start: int, stop: int) -> pl.DataFrame:
    return spells.filter(
        pl.col("exit_cat").is_in(list(EXIT_CATEGORY_TO_MODE)),
        pl.col("end").dt.year() >= start,
        pl.col("end").dt.year() < stop,
    ).with_columns(pl.col("exit_cat").replace(EXIT_CATEGORY_TO_MODE).alias("mode"))


def _floor_to_edge(value: pl.Expr, edges: tuple[int, ...], open_left: bool) -> pl.Expr:
    band = pl.lit(edges[0])
    for edge in edges[1:]:
        inside = value > edge if open_left else value >= edge
        band = pl.when(inside).then(pl.lit(edge)).otherwise(band)
    return band


def _one_cell_a_line(document: dict[str, object]) -> str:
    cells = document.pop("cells")
    assert isinstance(cells, list)
    text = json.dumps({**document, "cells": "CELLS"}, indent=1)
    lines = ",\n  ".join(json.dumps(row) for row in cells)
    return text.replace('"CELLS"', f"[\n  {lines}\n ]") + "\n"
