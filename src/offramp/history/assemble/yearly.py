"""Yearly sources: a value for each state and year, brought to the panel's rows with its lag."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from offramp.history.assemble.countries import FIRST_YEAR, GW, OUTSIDE, keep, with_all_gw, with_gw
from offramp.history.assemble.grid import Ints
from offramp.history.assemble.lags import BY_COLUMN, MAJOR_POWERS
from offramp.history.sources.registry import Sources

FLOOR = 1e-4
"""Least value per head before the logarithm: zeros (no army, no energy) stay finite."""
DECIMALS = 4
EARLY = f"before {FIRST_YEAR}"
LATE = "after the cut"
Series = dict[str, tuple[str, pl.DataFrame]]


def yearly_values(sources: Sources, cut: dt.date) -> Series:
    """Column of the panel -> (filling, frame of gw, year, value): 'zero' fills gaps with 0, 'gap' leaves them."""
    return {
        **_vdem(sources, cut),
        **_polity(sources, cut),
        **_capabilities(sources, cut),
        **_mortality(sources, cut),
        **_conflict(sources, cut),
        **_rivalry(sources, cut),
    }


def lagged(rows: pl.DataFrame, column: str, kind: str, values: pl.DataFrame) -> pl.Series:
    """The value of a column for each row of the panel (gw, year): the newest known at its lag, within its window.

    A window of w months lets a gap be filled from up to w / 12 years: the lag year, or the ones before.
    """
    rule = BY_COLUMN[column]
    years = max(rule.window // 12, 1)
    lookup = (
        values.drop_nulls("value").unique([GW, "year"], keep="last", maintain_order=True).select(GW, "year", "value")
    )
    frame = rows.select(GW, "year")
    for back in range(years):
        name = f"v{back}"
        shifted = lookup.with_columns(pl.col("year") + rule.lag + back).rename({"value": name})
        frame = frame.join(shifted, on=[GW, "year"], how="left", maintain_order="left")
    found = pl.coalesce([pl.col(f"v{back}") for back in range(years)])
    if kind == "zero":
        found = found.fill_null(0.0)
    return frame.select(found.alias(column))[column]


def _year_end() -> pl.Expr:
    return pl.date(pl.col("year"), 12, 31)


def _within(sources: Sources, name: str, cut: dt.date) -> pl.DataFrame | None:
    parsed = sources.parsed.get(name)
    if parsed is None:
        return None
    frame = keep(parsed, parsed.frame, pl.col("year") >= FIRST_YEAR, EARLY)
    return keep(parsed, frame, pl.col("year") <= cut.year, LATE)


def _absent(*columns: str) -> Series:
    empty = pl.DataFrame(schema={GW: pl.Int64, "year": pl.Int64, "value": pl.Float64})
    return dict.fromkeys(columns, ("gap", empty))


def _vdem(sources: Sources, cut: dt.date) -> Series:
    frame = _within(sources, "vdem", cut)
    if frame is None:
        return _absent("polyarchy_l1", "libdem_l1")
    frame = with_all_gw(sources.parsed["vdem"], frame, "country_text_id", "vdem", _year_end())
    return {
        f"{name}_l1": ("gap", frame.select(GW, "year", pl.col(f"v2x_{name}").alias("value")))
        for name in ("polyarchy", "libdem")
    }


def _polity(sources: Sources, cut: dt.date) -> Series:
    frame = _within(sources, "polity", cut)
    if frame is None:
        return _absent("polity2_l1")
    parsed = sources.parsed["polity"]
    frame = with_gw(parsed, frame, "ccode", "polity", _year_end())
    frame = keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)
    # A state that changed its code has two rows that year: the mean of both, as neither half of the year is preferred.
    value = frame.group_by(GW, "year").agg(pl.col("polity2").cast(pl.Float64).mean().alias("value"))
    return {"polity2_l1": ("gap", value)}


def _capabilities(sources: Sources, cut: dt.date) -> Series:
    parsed = sources.parsed["nmc"]
    frame = _within(sources, "nmc", cut)
    assert frame is not None
    frame = with_gw(parsed, frame, "ccode", "cow", _year_end())
    frame = keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)
    heads = pl.when(pl.col("tpop") > 0).then(pl.col("tpop"))
    rules = {
        "lpop_l1": heads.log(),
        "lpec_pc_l1": pl.max_horizontal(pl.col("pec") / heads, pl.lit(FLOOR)).log(),
        "milper_pc_l1": pl.col("milper") / heads * 1000,
        "lmilex_pc_l1": pl.max_horizontal(pl.col("milex") / heads, pl.lit(FLOOR)).log(),
    }
    needs = {"lpop_l1": "tpop", "lpec_pc_l1": "pec", "milper_pc_l1": "milper", "lmilex_pc_l1": "milex"}
    out: Series = {}
    for column, rule in rules.items():
        known = pl.col(needs[column]).is_not_null() & heads.is_not_null()
        out[column] = ("gap", frame.select(GW, "year", pl.when(known).then(rule).round(DECIMALS).alias("value")))
    return out


def _mortality(sources: Sources, cut: dt.date) -> Series:
    frame = _within(sources, "wdi", cut)
    if frame is None:
        return _absent("infmort_l1")
    parsed = sources.parsed["wdi"]
    frame = with_gw(parsed, frame, "gwcode", "gw", _year_end())
    frame = keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)
    return {"infmort_l1": ("gap", frame.select(GW, "year", pl.col("infmort").alias("value")))}


def _conflict(sources: Sources, cut: dt.date) -> Series:
    parsed = sources.parsed["ucdp"]
    frame = _within(sources, "ucdp", cut)
    assert frame is not None
    sides = {}
    for column in ("gwno_a", "gwno_a_2nd", "gwno_b"):
        own = with_gw(parsed, frame.drop_nulls(column), column, "ucdp", _year_end())
        # A side that is no member of the system (Hyderabad) has no panel rows; its opponent keeps the conflict.
        sides[column] = own.drop_nulls(GW)
        outside = own.height - sides[column].height
        if outside:
            parsed.dropped[f"{column} {OUTSIDE}"] = outside
    civil = sides["gwno_a"].filter(pl.col("type_of_conflict").is_in(["intrastate", "II"]))
    by = civil.group_by(GW, "year").agg(
        pl.col("conflict_id").n_unique().cast(pl.Float64).alias("n"),
        pl.col("intensity_level").max().cast(pl.Float64).alias("intensity"),
        pl.col("incompatibility").is_in(["government", "both"]).any().cast(pl.Float64).alias("gov"),
    )
    wars = pl.concat(
        [side.filter(pl.col("type_of_conflict") == "interstate").select(GW, "year") for side in sides.values()]
    )
    at_war = wars.unique().with_columns(pl.lit(1.0).alias("value"))
    columns = {"civil_n_l1": "n", "civil_intensity_l1": "intensity", "civil_gov_l1": "gov"}
    out: Series = {
        column: ("zero", by.select(GW, "year", pl.col(own).alias("value"))) for column, own in columns.items()
    }
    return {**out, "interstate_l1": ("zero", at_war)}


def _rivalry(sources: Sources, cut: dt.date) -> Series:
    parsed = sources.parsed.get("tss")
    if parsed is None:
        return _absent("rival_major_l1")
    last = pl.min_horizontal(pl.coalesce("end", pl.lit(cut.year)), pl.lit(cut.year))
    frame = keep(parsed, parsed.frame, pl.coalesce("end", pl.lit(cut.year)) >= FIRST_YEAR, EARLY)
    frame = keep(parsed, frame, pl.col("start") <= cut.year, LATE)
    both = pl.concat(
        [
            frame.select(pl.col(a).alias("ccode"), pl.col(b).alias("rival"), "start", last.alias("last"), "_line")
            for a, b in (("ccode1", "ccode2"), ("ccode2", "ccode1"))
        ]
    )
    first = pl.max_horizontal(pl.col("start"), pl.lit(FIRST_YEAR))
    years = both.with_columns(pl.int_ranges(first, pl.col("last") + 1).alias("year")).explode("year").drop_nulls("year")
    years = with_gw(parsed, years.filter(by_major_power("rival")), "ccode", "cow", _year_end()).drop_nulls(GW)
    return {"rival_major_l1": ("zero", years.select(GW, "year").unique().with_columns(pl.lit(1.0).alias("value")))}


def by_major_power(code: str) -> pl.Expr:
    """Whether the COW number in a column is a major power's in the row's `year`."""
    found = pl.lit(False)
    for power, spans in MAJOR_POWERS.items():
        for begin, end in spans:
            found = found | ((pl.col(code) == power) & pl.col("year").is_between(begin, end))
    return found


def sanctions(sources: Sources, rows: pl.DataFrame) -> pl.Series:
    """`sanc_threat_prev_decade`: episodes aimed at the state in the decade before t's; null before the source."""
    name = "sanc_threat_prev_decade"
    parsed = sources.parsed.get("ties")
    if parsed is None:
        return pl.Series(name, [None] * rows.height, dtype=pl.Float64)
    mid = pl.date(pl.col("tenyear") + 5, 1, 1)
    frame = with_gw(parsed, parsed.frame, "ccode2", "cow", mid)
    frame = keep(parsed, frame, pl.col(GW).is_not_null(), OUTSIDE)
    first = frame["tenyear"].min()
    assert isinstance(first, int)
    lag = 10 * BY_COLUMN[name].lag
    counts = frame.group_by(GW, pl.col("tenyear") + lag).agg(
        (pl.col("cd") + pl.col("sf") + pl.col("bd")).sum().alias("value")
    )
    decade = rows.select(GW, (pl.col("year") // 10 * 10).alias("tenyear"))
    found = decade.join(counts, on=[GW, "tenyear"], how="left", maintain_order="left")
    covered = pl.col("tenyear") >= first + lag
    return found.select(pl.when(covered).then(pl.col("value").fill_null(0)).cast(pl.Float64).alias(name))[name]


def data_age(sources: Sources, months: Ints, first_year: int) -> Ints:
    """`mid_data_age_m`: months by which each month lies after the last December that the disputes are coded for."""
    last = sources.parsed["gml"].frame["year"].max()
    assert isinstance(last, int)
    return np.asarray(np.maximum(months - ((last - first_year) * 12 + 11), 0), dtype=np.int64)
