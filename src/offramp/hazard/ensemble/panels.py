"""Reading panels for forecasts: the documented columns, any months, with or without outcomes.

A value that this code does not understand is an error that names file, column and rule; columns it does not know are
left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from offramp.errors import InputError
from offramp.hazard.ensemble.covariates import EXTRA
from offramp.hazard.ensemble.outcomes import ANY, HORIZONS, month_name, month_number
from offramp.history.vocabulary import REGIONS, REIGN_TYPES

KEYS: Final = ("gwcode", "leader_id", "origin")
NEEDED: Final = (
    *KEYS, "iso3", "regime", "region", "tenure_m", "age", "military_career", "m_since_election", "m_to_election",
    "coup_fail_12m", "coup_succ_12m", "coup_att_60m", "lpec_pc_l1", "civil_gov_l1", "civil_intensity_l1",
    "mid_target_24m", "mid_regime_claim_120m",
)  # fmt: skip
TEXTS: Final = ("leader_id", "origin", "iso3", "regime", "region")
RANGES: Final = {
    "tenure_m": (0, 1200), "age": (10, 110), "military_career": (0, 1), "m_since_election": (0, 600),
    "m_to_election": (0, 13), "coup_fail_12m": (0, 100), "coup_succ_12m": (0, 100), "coup_att_60m": (0, 200),
    "civil_gov_l1": (0, 1), "civil_intensity_l1": (0, 2), "mid_target_24m": (0, 100), "mid_regime_claim_120m": (0, 100),
    **{f"{name}_next{h}": (0, 1) for name in ("coup_att", "coup_succ", "irreg_adj") for h in HORIZONS},
}  # fmt: skip


def read_panel(path: Path) -> pl.DataFrame:
    """A panel in Parquet or CSV, sorted by state and month.

    Raises:
        InputError: Listing all that is wrong with the file, by column and rule.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a panel as Parquet or CSV")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error}); expected Parquet or CSV") from error
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise InputError(f"{path}: column(s) missing: {', '.join(missing)}; what they mean stands in docs/history.md")
    frame = frame.with_columns(pl.col("regime").cast(pl.String).fill_null(""))
    problems = _problems(frame)
    if problems:
        lines = "\n  ".join(problems)
        raise InputError(f"{path}: {len(problems)} problem(s) ({frame.height} rows read)\n  {lines}")
    return frame.sort("gwcode", "origin")


def combine(training: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Both panels as one; a state's month that both hold is taken from the second, its outcomes from where they are."""
    keys = ["gwcode", "origin"]
    outcomes = [name for name in training.columns if "_next" in name]
    known = training.select(*keys, *outcomes)
    second = later.join(known, on=keys, how="left", suffix="_training")
    for name in outcomes:
        other = f"{name}_training"
        if other in second.columns:
            second = second.with_columns(pl.coalesce(pl.col(name), pl.col(other)).alias(name)).drop(other)
    first = training.join(later.select(keys), on=keys, how="anti")
    return pl.concat([first, second], how="diagonal_relaxed").sort(keys)


def with_extra(frame: pl.DataFrame, path: Path, lag: int = 0) -> pl.DataFrame:
    """A panel with a user's own columns, as `extra_NAME`: lenses use them like any other.

    Args:
        frame: The panel.
        path: Parquet or CSV with `origin` (YYYY-MM), `gwcode` or `iso3`, and columns of numbers; one row a state and
            month. States and months it does not hold stay empty.
        lag: Months after which a value is published: the value of month t is used from t + `lag` on.

    Raises:
        InputError: Naming the file and the column that is missing, not numeric, or has two rows for one key.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected Parquet or CSV")
    if lag < 0:
        raise InputError(f"extra lag: {lag} months would use values before they were known; expected 0 or more")
    try:
        table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error}); expected Parquet or CSV") from error
    state = next((name for name in ("gwcode", "iso3") if name in table.columns), None)
    if state is None or "origin" not in table.columns:
        raise InputError(f"{path}: expected the columns origin and gwcode (or iso3) besides your own")
    names = [name for name in table.columns if name not in (state, "origin", "gwcode", "iso3", "country")]
    wrong = [name for name in names if not (table[name].dtype.is_numeric() or table[name].dtype == pl.Boolean)]
    if wrong or not names:
        raise InputError(f"{path}: column(s) {', '.join(wrong) or '(none)'}: expected numbers")
    twice = table.group_by(state, "origin").len().filter(pl.col("len") > 1)
    if twice.height:
        raise InputError(f"{path}: {twice.height} state-months have more than one row; expected one")
    later = [month_name(month_number(str(origin)) + lag) for origin in table["origin"]]
    own = table.select(
        pl.col(state),
        pl.Series("origin", later, pl.String),
        *[pl.col(name).cast(pl.Float64).alias(f"{EXTRA}{name}") for name in names],
    )
    return frame.join(own, on=[state, "origin"], how="left", maintain_order="left")


def has_outcomes(frame: pl.DataFrame, until: str) -> bool:
    """Whether any exit window that starts by month `until` is known."""
    return "exit_next1" in frame.columns and bool(
        frame.filter(pl.col("origin") < until)["exit_next1"].is_not_null().any()
    )


def _problems(frame: pl.DataFrame) -> list[str]:
    problems = []
    for name in frame.columns:
        text = name in TEXTS or name.startswith("exit_next")
        kind = frame[name].dtype
        if (name in NEEDED or name in RANGES) and kind != pl.Null and (kind == pl.String) != text:
            problems.append(f"column {name}: is {kind}; expected {'text' if text else 'numbers'}")
    if problems:
        return problems
    problems += [
        f"column {name}: {frame[name].null_count()} empty value(s); none are allowed"
        for name in KEYS
        if frame[name].null_count()
    ]
    wrong = frame.filter(~pl.col("origin").str.contains(r"^\d{4}-(0[1-9]|1[0-2])$"))["origin"].unique().sort()
    problems += [f"column origin: {value!r} is no month; expected YYYY-MM" for value in wrong.head(5)]
    for name, allowed in {"regime": set(REIGN_TYPES), "region": set(REGIONS)}.items():
        unknown = sorted(str(v) for v in set(frame[name].to_list()) - allowed)
        if unknown:
            problems.append(f"column {name}: unknown value(s) {unknown}; known are {sorted(allowed)}")
    for name in [f"exit_next{h}" for h in HORIZONS if f"exit_next{h}" in frame.columns]:
        unknown = sorted(set(frame[name].drop_nulls().to_list()) - {*ANY, "none"})
        if unknown:
            problems.append(f"column {name}: unknown value(s) {unknown}; known are {sorted((*ANY, 'none'))}")
    for name, (low, high) in RANGES.items():
        if name in frame.columns and frame[name].dtype != pl.Null:
            outside = frame.with_row_index("row").filter((pl.col(name) < low) | (pl.col(name) > high))
            if outside.height:
                first = outside.row(0, named=True)
                problems.append(
                    f"column {name}: {outside.height} value(s) outside {low} to {high}, the first {first[name]} in row "
                    f"{first['row'] + 1}"
                )
    twice = frame.group_by("gwcode", "origin").len().filter(pl.col("len") > 1).sort("gwcode", "origin")
    problems += [f"columns gwcode, origin: {g} has {n} rows at {o}; expected one" for g, o, n in twice.head(5).rows()]
    return problems
