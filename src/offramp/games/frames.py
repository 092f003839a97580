"""Rows as data frames of the caller's choice; neither library is imported until asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offramp.errors import InputError


def frame(rows: Sequence[dict[str, object]], kind: str = "polars") -> Any:
    """A polars or pandas data frame, or with `kind="rows"` the rows themselves. Raises `InputError` for other kinds."""
    if kind == "rows":
        return list(rows)
    if kind == "polars":
        import polars

        return polars.DataFrame(list(rows), infer_schema_length=None)
    if kind == "pandas":
        try:
            import pandas  # type: ignore[import-untyped, import-not-found, unused-ignore]
        except ImportError as error:
            raise InputError("pandas is not installed; ask for kind='polars', or install pandas.") from error
        return pandas.DataFrame(list(rows))
    raise InputError(f"no data frames of kind {kind!r}; known: polars, pandas, rows.")
