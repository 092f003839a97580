"""Reading and checking the record: leader spells and the leader-month panel.

A folder of the record holds `spells.parquet` and `panel.parquet`; what their columns mean stands in docs/history.md.
Every check runs, and one error lists all that was found wrong in a file. Needs polars; counting and fitting live in
`build` and `offramp.hazard`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from offramp.errors import InputError
from offramp.history.vocabulary import CUT, EXIT_CATEGORY_TO_MODE, FATES, REGIONS, REIGN_TYPES

SPELLS = "spells.parquet"
PANEL = "panel.parquet"

NOT_EXITS = {"in_office", "none"}
OTHER_FATES = {"unknown", "in_office", "natural_death", "censored_fate_window"}

_NUMBER = "number"
_TEXT = "text"
_DATE = "date"

SPELL_COLUMNS = {
    "leader_id": _TEXT,
    "leader": _TEXT,
    "iso3": _TEXT,
    "start": _DATE,
    "end": _DATE,
    "exit_cat": _TEXT,
    "fate": _TEXT,
}

PANEL_COLUMNS = {
    "iso3": _TEXT,
    "leader_id": _TEXT,
    "origin": _TEXT,
    "regime": _TEXT,
    "region": _TEXT,
    "exit_next1": _TEXT,
    "exit_next12": _TEXT,
    **dict.fromkeys(
        (
            "tenure_m",
            "age",
            "military_career",
            "m_since_election",
            "m_to_election",
            "coup_fail_12m",
            "coup_succ_12m",
            "coup_att_60m",
            "lpec_pc_l1",
            "civil_gov_l1",
            "civil_intensity_l1",
            "mid_target_24m",
            "mid_regime_claim_120m",
            "mid_force_target_12m",
            "uprising_region_24m",
            "coup_att_region_12m",
        ),
        _NUMBER,
    ),
}


@dataclass(frozen=True)
class Record:
    """The two tables as they were read, with what identifies the files."""

    spells: pl.DataFrame
    panel: pl.DataFrame
    folder: Path
    sha256: dict[str, str]


def read_record(folder: Path) -> Record:
    """Read both tables of a folder of the record.

    Raises:
        InputError: If a file is missing or unreadable, or a column is missing, of the wrong kind or out of range. The
            message names the file, the column, what is wrong and what would be right.
    """
    spells = read_spells(folder / SPELLS)
    panel = read_panel(folder / PANEL)
    return Record(spells, panel, folder, {name: file_sha256(folder / name) for name in (SPELLS, PANEL)})


def read_spells(path: Path) -> pl.DataFrame:
    """Leader spells, one row a spell; `start` and `end` become dates. Raises `InputError` as `read_record`."""
    frame = _read(path, SPELL_COLUMNS)
    frame = frame.with_columns(pl.col("start").cast(pl.Date), pl.col("end").cast(pl.Date))
    _check(path, frame, _SPELL_CHECKS)
    return frame


def read_panel(path: Path) -> pl.DataFrame:
    """Leader-months, one row per state and month end `origin` ('YYYY-MM'). Raises `InputError` as `read_record`."""
    frame = _read(path, PANEL_COLUMNS)
    _check(path, frame, _PANEL_CHECKS)
    return frame


def file_sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(path: Path, columns: dict[str, str]) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(
            f"{path}: no such file; a folder of the record holds {SPELLS} and {PANEL}. Give the folder with --from."
        )
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({error}); expected a Parquet table") from error
    problems = []
    for name, kind in columns.items():
        if name not in frame.columns:
            problems.append(f"column {name}: missing; expected a {kind} column")
        elif not _is_kind(frame[name].dtype, kind):
            problems.append(f"column {name}: is {frame[name].dtype}; expected a {kind} column")
    _raise(path, frame, problems)
    return frame


def _is_kind(dtype: pl.DataType, kind: str) -> bool:
    if kind == _NUMBER:
        return dtype.is_numeric()
    if kind == _DATE:
        return dtype.is_temporal()
    return dtype == pl.String


def _check(path: Path, frame: pl.DataFrame, checks: list[Callable[[pl.DataFrame], list[str]]]) -> None:
    _raise(path, frame, [problem for check in checks for problem in check(frame)])


def _raise(path: Path, frame: pl.DataFrame, problems: list[str]) -> None:
    if problems:
        lines = "\n  ".join(problems)
        raise InputError(f"{path}: {len(problems)} problem(s) ({frame.height} rows read)\n  {lines}")


def _among(name: str, allowed: set[str]) -> Callable[[pl.DataFrame], list[str]]:
    def check(frame: pl.DataFrame) -> list[str]:
        found = set(frame[name].drop_nulls().unique().to_list()) - allowed
        if not found:
            return []
        return [f"column {name}: unknown value(s) {sorted(found)}; known are {sorted(allowed)}"]

    return check


def _within(name: str, low: float, high: float, nulls: bool = False) -> Callable[[pl.DataFrame], list[str]]:
    def check(frame: pl.DataFrame) -> list[str]:
        column = frame[name]
        problems = []
        outside = int(((column < low) | (column > high)).sum())
        if outside:
            problems.append(f"column {name}: {outside} value(s) outside {low:g} to {high:g}")
        if not nulls and column.null_count():
            problems.append(f"column {name}: {column.null_count()} empty value(s); none are allowed")
        return problems

    return check


def _spells_in_order(frame: pl.DataFrame) -> list[str]:
    wrong = frame.filter(pl.col("end") < pl.col("start"))
    return [
        f"columns start, end: {row['leader']} ({row['leader_id']}) ends {row['end']}, before it starts {row['start']}"
        for row in wrong.head(5).iter_rows(named=True)
    ]


def _nothing_after_the_cut(frame: pl.DataFrame) -> list[str]:
    late = frame.filter(pl.col("end") > CUT)
    if late.is_empty():
        return []
    return [f"column end: {late.height} spell(s) end after the cut {CUT}; they must be censored at the cut"]


def _one_row_a_state_and_month(frame: pl.DataFrame) -> list[str]:
    twice = frame.group_by("iso3", "origin").len().filter(pl.col("len") > 1)
    return [
        f"columns iso3, origin: {row['iso3']} has {row['len']} rows at {row['origin']}; expected one"
        for row in twice.sort("iso3", "origin").head(5).iter_rows(named=True)
    ]


def _origins_are_months(frame: pl.DataFrame) -> list[str]:
    wrong = frame.filter(~pl.col("origin").str.contains(r"^\d{4}-(0[1-9]|1[0-2])$"))["origin"].unique()
    late = frame.filter(pl.col("origin") > f"{CUT:%Y-%m}")["origin"].unique()
    problems = [f"column origin: {value!r} is no month; expected YYYY-MM" for value in wrong.sort().head(5)]
    return problems + [f"column origin: {value} lies after the cut {CUT}" for value in late.sort().head(5)]


_SPELL_CHECKS = [
    _among("exit_cat", set(EXIT_CATEGORY_TO_MODE) | NOT_EXITS),
    _among("fate", set(FATES) | OTHER_FATES),
    _spells_in_order,
    _nothing_after_the_cut,
]

_PANEL_CHECKS = [
    _origins_are_months,
    _one_row_a_state_and_month,
    _among("exit_next1", set(EXIT_CATEGORY_TO_MODE) | NOT_EXITS),
    _among("exit_next12", set(EXIT_CATEGORY_TO_MODE) | NOT_EXITS),
    _among("regime", set(REIGN_TYPES)),
    _among("region", set(REGIONS)),
    _within("tenure_m", 0, 1200),
    _within("age", 0, 110, nulls=True),
    _within("military_career", 0, 1, nulls=True),
    _within("m_to_election", 0, 13),
    _within("m_since_election", 0, 600),
    _within("coup_att_60m", 0, 100),
    _within("coup_fail_12m", 0, 100),
    _within("coup_succ_12m", 0, 100),
    _within("mid_target_24m", 0, 100),
    _within("mid_regime_claim_120m", 0, 100),
    _within("civil_gov_l1", 0, 1),
    _within("civil_intensity_l1", 0, 2),
]
