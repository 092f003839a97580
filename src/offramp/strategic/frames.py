"""Data frames at the border: pandas, polars and whatever else narwhals takes, as plain columns.

Inside this room a column is a NumPy array: floats with NaN for missing, or objects with None for missing text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError


@dataclass(frozen=True, eq=False)
class Column:
    """One column. `levels`: the order of categories, where the frame has one; `ordered`: whether it was declared."""

    values: NDArray[Any]
    levels: tuple[str, ...] | None = None
    ordered: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return bool(self.values.dtype.kind == "f")

    def missing(self) -> NDArray[np.bool_]:
        """Which values are missing."""
        if self.numeric:
            return np.asarray(np.isnan(self.values), dtype=bool)
        return np.fromiter((v is None for v in self.values), dtype=bool, count=len(self.values))


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, all of one length."""

    columns: Mapping[str, Column]
    rows: int

    def column(self, name: str) -> Column:
        """A column. Raises `InputError` that lists the near names."""
        found = self.columns.get(name)
        if found is None:
            raise InputError(missing_column(name, self.columns))
        return found

    def taken(self, rows: NDArray[Any], names: Iterable[str]) -> Table:
        """Some rows and columns."""
        kept = {n: replace(self.columns[n], values=self.columns[n].values[rows]) for n in names}
        count = int(rows.sum()) if rows.dtype == bool else len(rows)
        return Table(kept, count)


def missing_column(name: str, known: Iterable[str]) -> str:
    """The message for a column that does not exist."""
    names = list(known)
    lower = {n.lower(): n for n in names}
    near = [lower[n] for n in difflib.get_close_matches(name.lower(), list(lower), n=3, cutoff=0.6)]
    hint = f"near: {', '.join(near)}" if near else f"columns: {', '.join(names[:30])}"
    return f"the data have no column {name!r}; {hint}."


def read_frame(data: Any, names: Iterable[str] | None = None) -> Table:
    """The columns `names` (all, if None) of a data frame, a `Table`, or a mapping of names to sequences.

    Raises:
        InputError: For a name that is not there, with the near ones; for data that are no frame.
    """
    if isinstance(data, Table):
        return Table({n: data.column(n) for n in names} if names is not None else data.columns, data.rows)
    if isinstance(data, Mapping):
        known = {str(n): _from_array(np.asarray(v)) for n, v in data.items()}
        lengths = {len(c.values) for c in known.values()}
        if len(lengths) > 1:
            raise InputError(f"the columns of the data have different lengths: {sorted(lengths)}.")
        table = Table(known, lengths.pop() if lengths else 0)
        return read_frame(table, names)
    import narwhals as nw

    try:
        frame: Any = nw.from_native(data)
    except TypeError as error:
        raise InputError(
            f"data of type {type(data).__name__} are no data frame; give one of pandas or polars, or a dict of columns."
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    have = list(frame.columns)
    wanted = have if names is None else list(names)
    for name in wanted:
        if name not in have:
            raise InputError(missing_column(name, have))
    return Table({name: _from_series(frame[name]) for name in wanted}, len(frame))


def _from_series(series: Any) -> Column:
    import narwhals as nw

    kind = series.dtype
    if kind.is_numeric():
        values = series.to_numpy()
        if values.dtype.kind in "iub":
            return Column(values.astype(np.float64))
        if values.dtype.kind == "f":
            return Column(values.astype(np.float64, copy=False))
        return Column(np.array([np.nan if v is None else float(v) for v in series.to_list()]))
    if isinstance(kind, nw.Boolean):
        return Column(np.array([None if v is None else bool(v) for v in series.to_list()], dtype=object))
    if isinstance(kind, nw.Categorical | nw.Enum):
        native, levels, ordered = (
            series.to_native(),
            tuple(str(c) for c in series.cat.get_categories().to_list()),
            False,
        )
        ordered = isinstance(kind, nw.Enum) or bool(getattr(getattr(native, "cat", None), "ordered", False))
        values = series.cast(nw.String).to_list()
        return Column(_objects(values), levels, ordered)
    values = series.to_list()
    if isinstance(kind, nw.String):
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return Column(out)
    return Column(_objects(values))


def _from_array(values: NDArray[Any]) -> Column:
    if values.ndim != 1:
        raise InputError(f"a column of the data has shape {values.shape}; expected one dimension.")
    if values.dtype.kind in "iuf":
        return Column(values.astype(np.float64))
    if values.dtype.kind == "b":
        return Column(values.astype(object))
    return Column(_objects(values.tolist()))


def _objects(values: Iterable[Any]) -> NDArray[Any]:
    listed = [None if v is None or (isinstance(v, float) and v != v) else v for v in values]
    out = np.empty(len(listed), dtype=object)
    out[:] = [v if v is None or isinstance(v, bool) else str(v) for v in listed]
    return out
