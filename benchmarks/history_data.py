"""How far the record assembled here agrees with the reference in the shared folder, and how long it takes.

    python benchmarks/history_data.py [FOLDER with raw/, spells.parquet, panel.parquet]

Prints Markdown: seconds by step, and every column that differs, with the share of equal cells.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import polars as pl

from offramp.history.assemble.agree import agreement
from offramp.history.assemble.conflicts import conflicts
from offramp.history.assemble.write import assemble
from offramp.history.sources.registry import read_sources

KEYS = {"spells": ("leader_id",), "panel": ("gwcode", "origin")}


def main(folder: Path) -> None:
    """Assemble, compare, print."""
    began = time.perf_counter()
    sources = read_sources(folder / "raw")
    read = time.perf_counter()
    ours = assemble(sources)
    made = time.perf_counter()
    disagreements = conflicts(read_sources(folder / "raw"))
    compared = time.perf_counter()
    rows = sum(parsed.rows for parsed in sources.parsed.values())
    print(f"{len(sources.parsed)} files, {rows} rows: read and checked in {read - began:.1f} s, ", end="")
    print(f"assembled in {made - read:.1f} s; {disagreements.height} conflicts found in {compared - made:.1f} s")
    for table, keys in KEYS.items():
        theirs = pl.read_parquet(folder / f"{table}.parquet")
        frame = getattr(ours, table)
        found = agreement(frame, theirs, keys)
        whole = found.filter(pl.col("equal") == pl.col("rows")).height
        cells = found["equal"].sum() / found["rows"].sum()
        head = f"{table}: {frame.height} rows ({theirs.height} there), {found.height} columns"
        print(f"\n{head}, {whole} equal in every cell; ", end="")
        print(f"{100 * cells:.3f} % of all cells equal\n")
        print(
            "| column | cells that differ | equal, % | equal where the reference has a value, % | filled by ours only |"
        )
        print("|---|---|---|---|---|")
        for row in found.filter(pl.col("equal") < pl.col("rows")).sort("share").iter_rows(named=True):
            differ = row["rows"] - row["equal"]
            shares = f"{100 * row['share']:.2f} | {100 * row['of_filled']:.2f}"
            print(f"| {row['column']} | {differ} | {shares} | {row['only_ours']} |")


if __name__ == "__main__":
    chosen = (
        sys.argv[1] if len(sys.argv) > 1 else Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    )
    main(Path(chosen))
