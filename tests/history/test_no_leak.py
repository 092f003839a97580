"""No feature of a month knows what came after it: everything later is altered, in every source, and nothing moves."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from history.made_sources import make, write
from offramp.history.assemble.lags import COVARIATES
from offramp.history.assemble.panel import COLUMNS
from offramp.history.assemble.write import Assembled, assemble
from offramp.history.sources.registry import Sources, read_sources

FEATURES = [column for column in COLUMNS if column not in ("gwcode", "origin")]
NONSENSE = 0.987


def months_after(t: dt.date, year: str, month: str) -> pl.Expr:
    return (pl.col(year) * 12 + pl.col(month)) > t.year * 12 + t.month


def alter(sources: Sources, t: dt.date) -> Sources:
    """Every row of every source that tells of a time after t is changed, dropped or joined by invented ones."""
    rng = random.Random(1)
    month = months_after

    def archigos(frame: pl.DataFrame) -> pl.DataFrame:
        later = pl.col("enddate") > t
        return frame.filter(pl.col("startdate") <= t).with_columns(
            pl.when(later).then(pl.date(2009, 12, 31)).otherwise("enddate").alias("enddate"),
            pl.when(later).then(pl.lit("Irregular")).otherwise("exit").alias("exit"),
            pl.when(later)
            .then(pl.lit("Removed by Rebels, with Foreign Support"))
            .otherwise("exitcode")
            .alias("exitcode"),
            pl.when(later).then(pl.lit("Death")).otherwise("posttenurefate").alias("posttenurefate"),
        )

    def reign(frame: pl.DataFrame) -> pl.DataFrame:
        later = month(t, "eyear", "emonth").fill_null(True)
        # A leader whom REIGN lets begin up to a month after Archigos does is the same one, with the same career.
        begun = pl.date("syear", "smonth", "sdate") <= t + dt.timedelta(days=31)
        return frame.filter(begun).with_columns(
            pl.when(later).then(pl.lit(2009)).otherwise("eyear").alias("eyear"),
            pl.when(later).then(pl.lit(11)).otherwise("emonth").alias("emonth"),
        )

    def invented(frame: pl.DataFrame, known: pl.Expr, **columns: pl.Expr) -> pl.DataFrame:
        """What was known, and rows of the past over again in the year after t."""
        past = frame.filter(known)
        return pl.concat([past, past.sample(min(past.height, 200), seed=1).with_columns(**columns)])

    later_year = {"year": pl.lit(t.year + 1, pl.Int64), "month": pl.lit(1, pl.Int64), "day": pl.lit(9, pl.Int64)}
    coups = lambda frame: invented(frame, ~month(t, "year", "month"), **later_year)  # noqa: E731

    def elections(frame: pl.DataFrame) -> pl.DataFrame:
        later = month(t, "elec_year", "elec_month")
        swap = {"Vote, As Scheduled": "Voided by Regime Change"}
        announced = frame.filter(pl.col("event").str.starts_with("Announce"), ~later)["elecnum"].to_list()
        held = later & (pl.col("event") == "Vote, As Scheduled")
        # Dates on the calendar stay known; how they went, and whatever nobody had announced yet, is altered.
        keep = (
            ~later
            | held
            | pl.col("elecnum").is_in(announced)
            | pl.col("event").is_in(["Voided by Regime Change", "Deadline Not Met"])
        )
        return frame.filter(keep).with_columns(
            pl.when(held).then(pl.col("event").replace(swap)).otherwise("event").alias("event"),
            pl.when(later).then(pl.lit("Y")).otherwise("change").alias("change"),
            pl.when(later).then(pl.lit("N")).otherwise("victory").alias("victory"),
        )

    def yearly(*columns: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
        later = pl.col("year") >= t.year
        return lambda frame: frame.with_columns(
            pl.when(later).then(pl.lit(rng.random())).otherwise(pl.col(c)).alias(c) for c in columns
        )

    def ucdp(frame: pl.DataFrame) -> pl.DataFrame:
        later = pl.col("year") >= t.year
        other = (
            pl.when(pl.col("type_of_conflict") == "interstate")
            .then(pl.lit("intrastate"))
            .otherwise(pl.lit("interstate"))
        )
        return frame.with_columns(
            pl.when(later).then(pl.lit(2)).otherwise("intensity_level").alias("intensity_level"),
            pl.when(later).then(pl.lit("both")).otherwise("incompatibility").alias("incompatibility"),
            pl.when(later).then(other).otherwise("type_of_conflict").alias("type_of_conflict"),
        )

    def gml(frame: pl.DataFrame) -> pl.DataFrame:
        later = month(t, "year", "stmon")
        return frame.with_columns(
            pl.when(later).then("sidea2").otherwise("sidea1").alias("sidea1"),
            pl.when(later).then(pl.lit(1)).otherwise("midonset").alias("midonset"),
            pl.when(later).then(pl.lit(5)).otherwise("hostlev1").alias("hostlev1"),
            pl.when(later).then(pl.lit(1)).otherwise("revtype11").alias("revtype11"),
        )

    alterations: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "archigos": archigos,
        "reign_leaders": reign,
        "lead": lambda frame: frame,
        "lwuf": lambda frame: frame.with_columns(pl.lit(NONSENSE).alias("theta1_mean")),
        "cline": coups,
        "powell_thyne": coups,
        "colpus": lambda frame: invented(
            frame, pl.col("date") <= t, date=pl.lit(dt.date(t.year + 1, 1, 9)), year=pl.lit(t.year + 1, pl.Int64)
        ),
        "reign_regimes": lambda frame: frame.filter(pl.col("gwf_startdate") <= t).with_columns(
            pl.when(pl.col("gwf_enddate") > t)
            .then(pl.date(t.year + 3, 1, 1)).otherwise("gwf_enddate").alias("gwf_enddate")
        ),
        "reign_elections": elections,
        "polity": yearly("polity2"),
        "vdem": yearly("v2x_polyarchy", "v2x_libdem"),
        "nmc": yearly("milex", "milper", "pec", "tpop"),
        "wdi": yearly("infmort"),
        "ucdp": ucdp,
        "gml": gml,
        "ties": lambda frame: frame.with_columns(
            pl.when(pl.col("tenyear") >= t.year // 10 * 10).then(pl.lit(55)).otherwise("cd").alias("cd")
        ),
        "tss": lambda frame: frame.filter(pl.col("start") < t.year).with_columns(
            pl.when(pl.col("end") >= t.year).then(None).otherwise("end").alias("end")
        ),
    }  # fmt: skip
    altered = {}
    for name, parsed in sources.parsed.items():
        altered[name] = replace(parsed, frame=alterations[name](parsed.frame), dropped={})
    return replace(sources, parsed=altered)


def features(assembled: Assembled, t: dt.date) -> pl.DataFrame:
    return (
        assembled.panel.filter(pl.col("origin") <= f"{t:%Y-%m}")
        .sort("gwcode", "origin")
        .select("gwcode", "origin", *FEATURES)
    )


def assert_same(before: pl.DataFrame, after: pl.DataFrame) -> None:
    assert before.height == after.height > 100
    moved = {c: int((~before[c].eq_missing(after[c])).sum()) for c in before.columns}
    assert {c: n for c, n in moved.items() if n} == {}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return read_sources(write(tmp_path_factory.mktemp("made"), make()))


@pytest.mark.parametrize("t", [dt.date(1966, 9, 30), dt.date(1991, 12, 31)])
def test_what_comes_after_moves_no_feature(made: Sources, t: dt.date) -> None:
    assert_same(features(assemble(made), t), features(assemble(alter(made, t)), t))


def test_the_alterations_alter(made: Sources) -> None:
    """The test above cannot pass for want of anything to see: after t, most features do move."""
    t = dt.date(1966, 9, 30)
    before, after = assemble(made).panel, assemble(alter(made, t)).panel
    both = before.join(after, on=["gwcode", "origin"], suffix="_after").filter(pl.col("origin") > f"{t:%Y-%m}")
    names = [c.column for c in COVARIATES if c.kind not in ("fixed", "calendar")]
    moved = [c for c in names if not both[c].equals(both[f"{c}_after"])]
    assert set(names) - set(moved) <= {"rival_major_l1", "sanc_threat_prev_decade"}


@pytest.mark.parametrize("t", [dt.date(1966, 9, 30), dt.date(1991, 12, 31)])
def test_an_earlier_cut_gives_the_same_features(made: Sources, t: dt.date) -> None:
    whole, early = assemble(made), assemble(made, cut=t)
    # Early votes announced by t but not yet held stay on the calendar of both.
    assert_same(features(whole, t), features(early, t))
    assert early.panel["origin"].max() == f"{t:%Y-%m}"


@pytest.mark.shared
def test_what_comes_after_moves_no_feature_of_the_real_record(shared: Path) -> None:
    sources = read_sources(shared / "data" / "history" / "raw")
    t = dt.date(1985, 6, 30)
    assert_same(features(assemble(sources), t), features(assemble(alter(sources, t)), t))
