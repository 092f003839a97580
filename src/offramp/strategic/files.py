"""Reading a data file for estimation: CSV, TSV or Parquet, by polars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from offramp.errors import InputError

MISSING = ["", "NA", "NaN", "nan", "."]


def read_data(path: Path) -> Any:
    """A polars frame. Empty cells, `NA` and `NaN` are missing. Raises `InputError` for files that cannot be read."""
    import polars

    if not path.is_file():
        raise InputError(f"{path}: no such file." if not path.exists() else f"{path}: not a file.")
    kind = path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
    try:
        if kind in ("parquet", "pq"):
            return polars.read_parquet(path)
        if kind in ("csv", "tsv", "txt"):
            return polars.read_csv(
                path, separator="\t" if kind == "tsv" else ",", null_values=MISSING, infer_schema_length=None
            )
    except (polars.exceptions.PolarsError, OSError) as error:
        first = str(error).strip().splitlines()
        raise InputError(f"{path}: cannot be read as {kind}: {first[0] if first else type(error).__name__}") from error
    raise InputError(f"{path}: a file of kind {kind!r} is not read; give .csv, .tsv (also .gz) or .parquet.")
