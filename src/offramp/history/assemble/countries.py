"""Every source's codes brought to the Gleditsch-Ward list, row by row on its own day."""

from __future__ import annotations

import polars as pl

from offramp.codes.crosswalk import System, spans, to_gw
from offramp.errors import InputError
from offramp.history.sources.spec import LINE, Parsed

GW = "gw"
FIRST_YEAR = 1944
"""Rows of earlier years are left out: the panel begins in 1949 and looks back five years at most by year."""
OUTSIDE = "of no state of the Gleditsch-Ward list"


def with_gw(
    parsed: Parsed, frame: pl.DataFrame, column: str, system: System, day: pl.Expr, into: str = GW
) -> pl.DataFrame:
    """Adds the Gleditsch-Ward number (null where the code is known to be no state of the list, or empty).

    `day` dates each row: codes change their meaning. Raises `InputError` with file, line and code if one is unknown.
    """
    keyed = frame.select(pl.col(column).alias("code"), day.alias("day"), LINE)
    pairs = keyed.unique(["code", "day"], keep="first").drop_nulls("code")
    known = spans(system)
    strangers = pairs.filter(~pl.col("code").cast(pl.String).is_in(list(known))).unique("code").sort(LINE)
    if strangers.height:
        listed = []
        for code, line in strangers.select("code", LINE).rows()[:10]:
            near = ", ".join(sorted(known, key=lambda k: (_apart(k, code), k))[:3])
            listed.append(
                f"line {line}, column {column}: is {code}; expected a state code ({system}), nearest known: {near}"
            )
        raise InputError(f"{parsed.path}: {strangers.height} unknown state code(s)\n  " + "\n  ".join(listed))
    table = pairs.select(
        "code",
        "day",
        pl.Series(
            into, [to_gw(system, code, when) for code, when in pairs.select("code", "day").rows()], dtype=pl.Int64
        ),
    )
    return frame.with_columns(day.alias("_day")).join(
        table, left_on=[column, "_day"], right_on=["code", "day"], how="left", maintain_order="left"
    ).drop("_day")  # fmt: skip


def states_of(system: System) -> pl.DataFrame:
    """Every state that a code of the system ever stands for: code (text) and gw, one row each.

    For files that follow a unit through its changes (V-Dem's Czech series is Czechoslovakia before 1993; REIGN's
    Serbian regime begins in Yugoslavia): the row then counts for all of them, and the day decides which is meant.
    """
    pairs = {(span.code, span.gw) for rows in spans(system).values() for span in rows if span.gw is not None}
    return pl.DataFrame(sorted(pairs), schema={"code": pl.String, GW: pl.Int64}, orient="row")


def with_all_gw(parsed: Parsed, frame: pl.DataFrame, column: str, system: System, day: pl.Expr) -> pl.DataFrame:
    """As `with_gw`, but a row for every state that its code ever stands for; codes of none are dropped and counted."""
    dated = with_gw(parsed, frame, column, system, day)
    dated = keep(parsed, dated, pl.col(GW).is_not_null(), OUTSIDE).drop(GW)
    return dated.with_columns(pl.col(column).cast(pl.String).alias("_code")).join(
        states_of(system), left_on="_code", right_on="code", how="inner", maintain_order="left"
    ).drop("_code")  # fmt: skip


def _apart(known: str, code: object) -> float:
    if isinstance(code, int) and known.isdigit():
        return abs(int(known) - code)
    return 0 if str(code)[:2] == known[:2] else 1


def keep(parsed: Parsed, frame: pl.DataFrame, holds: pl.Expr, reason: str) -> pl.DataFrame:
    """The rows for which `holds` is true; the others are counted in `parsed.dropped` under `reason`."""
    kept = frame.filter(holds.fill_null(False))
    if kept.height < frame.height:
        parsed.dropped[reason] = parsed.dropped.get(reason, 0) + frame.height - kept.height
    return kept
