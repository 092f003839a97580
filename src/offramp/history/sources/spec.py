"""What a source file must look like, and checking that it does.

A `Source` lists its columns; each column has a kind, the words that mean 'missing', and the values it may hold.
From that
two pandera schemas are made: one on the cells as text (is this a date, a number?), one on the values (in range, among
the known, keys unique, columns that fit one another). Every fault found is reported with file, line, column and what
would be right. Columns that are not listed are refused unless a pattern of the source says they may be passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from offramp.errors import InputError
from offramp.history.sources.text import TextTable, read_text_table

Kind = Literal["text", "whole", "number", "date"]
MISSING = ("", "NA", "NaN", "nan", ".", "NULL", "N/A")
LINE = "_line"
SHOWN = 20
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MIDNIGHT = r"[ T]00:00:00(\.0+)?$"
_STATA = r"^(\d{2})([a-z]{3})(\d{4})$"
_DTYPES: dict[str, Any] = {"text": pl.String, "whole": pl.Int64, "number": pl.Float64, "date": pl.Date}
_WORDS = {
    "whole": "a whole number",
    "number": "a number",
    "date": "a day of the calendar as YYYY-MM-DD",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a source.

    Attributes:
        name: Our name for it, in lower case.
        kind: What its cells become.
        required: False where the column itself may be absent; it is then all missing.
        filled: Whether every row must have a value.
        missing: Cells that mean 'missing' besides `MISSING`.
        among: The words or numbers it may hold; empty for any.
        low, high: Bounds, both allowed.
        also: Names that other editions of the file give it.
        recode: Cells of other editions -> ours.
    """

    name: str
    kind: Kind = "text"
    required: bool = True
    filled: bool = False
    missing: tuple[str, ...] = ()
    among: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    also: tuple[str, ...] = ()
    recode: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule on whole rows: `holds` is a boolean expression (null holds); `right` says what would be right."""

    column: str
    holds: pl.Expr
    right: str


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the record, and what depends on it.

    Attributes:
        name: Short name, used in the manifest.
        title: For people.
        stems: Beginnings of file names (lower case) under which it is found.
        columns: Those that are read.
        ignorable: Patterns (whole name) of columns that may be there and are passed over.
        key: Columns that together must not repeat; empty for none.
        rules: Rules on rows.
        feeds: What would be missing without it.
        optional: Whether the record can be assembled without it.
        reshape: From checked values to the rows of our form, for editions that pack several into one.
    """

    name: str
    title: str
    stems: tuple[str, ...]
    columns: tuple[Column, ...]
    feeds: str
    ignorable: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()
    optional: bool = False
    reshape: Callable[[pl.DataFrame], pl.DataFrame] | None = None


@dataclass(frozen=True)
class Parsed:
    """A source as read: `frame` in our form with the line of each row in `_line`; `dropped` counts rows by reason."""

    source: Source
    frame: pl.DataFrame
    path: Path
    sha256: str
    encoding: str
    rows: int
    passed_over: tuple[str, ...]
    dropped: dict[str, int]


def parse(source: Source, path: Path) -> Parsed:
    """Read and check one file of a source.

    Raises:
        InputError: Every fault found (the first `SHOWN` are listed), with file, line, column and what would be right.
    """
    names = {other: column.name for column in source.columns for other in (column.name, *column.also)}
    table = read_text_table(path, lambda name: name in names)
    _check_columns(source, table, names)
    frame = _strings(source, table, names)
    _validate(path, table.lines, _text_schema(source), frame)
    values = frame.with_columns(_convert(column) for column in source.columns)
    _validate(path, table.lines, _value_schema(source), values)
    values = values.with_columns(pl.Series(LINE, table.lines, dtype=pl.Int32))
    rows = values.height
    if source.reshape is not None:
        values = source.reshape(values)
    return Parsed(source, values, path, table.sha256, table.encoding, rows, table.left_out, {})


def _check_columns(source: Source, table: TextTable, names: dict[str, str]) -> None:
    found = [names[name] for name in table.header if name in names]
    twice = sorted({name for name in found if found.count(name) > 1})
    absent = [column for column in source.columns if column.required and column.name not in found]
    strangers = [
        name
        for name in table.left_out
        if name not in names and not any(re.fullmatch(pattern, name) for pattern in source.ignorable)
    ]
    problems = [f"column {name}: stands there under two names; expected one" for name in twice]
    for column in absent:
        others = f" (or {', '.join(column.also)})" if column.also else ""
        problems.append(f"column {column.name}: missing; expected it{others}")
    wanted = f", or rename it if it is one of {', '.join(column.name for column in absent)}" if absent else ""
    problems += [
        f"column {name}: unknown, and nothing that is not understood is passed over; take it out{wanted}"
        for name in strangers
    ]
    if problems:
        listed = "\n  ".join(problems)
        raise InputError(f"{table.path}, line 1: {source.title}: {len(problems)} problem(s)\n  {listed}")


def _strings(source: Source, table: TextTable, names: dict[str, str]) -> pl.DataFrame:
    """Cells as text under our names, missing ones as null, other editions' words as ours."""
    cells = {names[name]: values for name, values in table.columns.items()}
    height = len(table.lines)
    frame = pl.DataFrame(
        {c.name: cells.get(c.name, [None] * height) for c in source.columns},
        schema={c.name: pl.String for c in source.columns},
    )
    out = []
    for column in source.columns:
        cell = pl.col(column.name)
        if column.recode:
            cell = cell.replace(dict(column.recode))
        empty = [*MISSING, *column.missing]
        out.append(pl.when(cell.is_in(empty)).then(None).otherwise(cell).alias(column.name))
    return frame.with_columns(out)


def _convert(column: Column) -> pl.Expr:
    cell = pl.col(column.name)
    if column.kind == "whole":
        return cell.cast(pl.Float64).cast(pl.Int64)
    if column.kind == "number":
        return cell.cast(pl.Float64)
    if column.kind == "date":
        return _day(cell)
    return cell


def _day(cell: pl.Expr) -> pl.Expr:
    """ISO days, with midnight behind them or not, and days as Stata writes them (04mar1933)."""
    iso = cell.str.replace(_MIDNIGHT, "").str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(iso, cell.str.to_date("%d%b%Y", strict=False))


def _readable(kind: str) -> Callable[[Any], Any]:
    def check(data: Any) -> Any:
        cell = pl.col(data.key)
        if kind == "date":
            shaped = cell.str.replace(_MIDNIGHT, "").str.contains(_DATE) | cell.str.contains(_STATA)
            holds = shaped & _day(cell).is_not_null()
        elif kind == "whole":
            number = cell.cast(pl.Float64, strict=False)
            holds = cell.str.contains(_NUMBER) & (number == number.round(0)) & (number.abs() <= 2.0**53)
        else:
            holds = cell.str.contains(_NUMBER) & cell.cast(pl.Float64, strict=False).is_finite()
        return data.lazyframe.select(cell.is_null() | holds)

    return check


def _clean(data: Any) -> Any:
    """No control characters or replacement marks: signs of a wrong encoding."""
    return data.lazyframe.select(
        ~pl.col(data.key).str.contains(r"[\x00-\x1f\x7f\x{80}-\x{9f}\x{fffd}]").fill_null(False)
    )


def _text_schema(source: Source) -> pa.DataFrameSchema:
    columns = {}
    for column in source.columns:
        if column.kind == "text":
            check = pa.Check(_clean, error="text without control characters (is the encoding UTF-8 or Latin-1?)")
        else:
            check = pa.Check(_readable(column.kind), error=_WORDS[column.kind])
        columns[column.name] = pa.Column(pl.String, [check], nullable=True)
    return pa.DataFrameSchema(columns)


def _value_schema(source: Source) -> pa.DataFrameSchema:
    columns = {c.name: pa.Column(_DTYPES[c.kind], _value_checks(c), nullable=True) for c in source.columns}
    checks = [pa.Check(_row_check(rule.holds), error=f"{rule.column}|{rule.right}") for rule in source.rules]
    if source.key:
        unique = pl.struct(source.key).is_first_distinct()
        words = f"one row for each {', '.join(source.key)}; an earlier row has the same"
        checks.append(pa.Check(_row_check(unique), error=f"{', '.join(source.key)}|{words}"))
    return pa.DataFrameSchema(columns, checks=checks)


def _value_checks(column: Column) -> list[pa.Check]:
    cell = pl.col(column.name)
    checks = []
    if column.filled:
        checks.append(pa.Check(_row_check(cell.is_not_null()), error="a value"))
    if column.among:
        known = ", ".join(str(value) for value in column.among)
        checks.append(pa.Check(_row_check(cell.is_in(list(column.among)).fill_null(True)), error=f"one of {known}"))
    if column.low is not None or column.high is not None:
        low, high = column.low, column.high
        inside = pl.lit(True)
        if low is not None:
            inside = inside & (cell >= low)
        if high is not None:
            inside = inside & (cell <= high)
        words = f"{low:g} to {high:g}" if low is not None and high is not None else (
            f"at least {low:g}" if low is not None else f"at most {high:g}"
        )  # fmt: skip
        checks.append(pa.Check(_row_check(inside.fill_null(True)), error=words))
    return checks


def _row_check(holds: pl.Expr) -> Callable[[Any], Any]:
    return lambda data: data.lazyframe.select(holds.fill_null(True).alias("holds"))


def _validate(path: Path, lines: list[int], schema: pa.DataFrameSchema, frame: pl.DataFrame) -> None:
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        raise InputError(_report(path, lines, frame, error.failure_cases)) from None


def _report(path: Path, lines: list[int], frame: pl.DataFrame, cases: pl.DataFrame) -> str:
    listed = []
    for column, rule, index in sorted(
        {(c, r, i) for c, r, i in cases.select("column", "check", "index").rows()},
        key=lambda case: (case[2] or 0, str(case)),
    ):
        name, right = rule.split("|", 1) if column is None and "|" in rule else (column, rule)
        if index is None:
            listed.append(f"column {name}: expected {right}")
            continue
        value = ", ".join(_shown(frame[index, part]) for part in name.split(", "))
        listed.append(f"line {lines[index]}, column {name}: {value}; expected {right}")
    more = f"\n  and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return f"{path}: {len(listed)} problem(s)\n  " + "\n  ".join(listed[:SHOWN]) + more


def _shown(value: object) -> str:
    if value is None:
        return "is empty"
    return f"is {value}" if isinstance(value, (int, float, dt.date)) else f"is {str(value)[:60]!r}"
