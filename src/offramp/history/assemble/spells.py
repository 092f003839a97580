"""Leader spells: Archigos where it covers a state, REIGN's list of leaders for the small states that it leaves out."""

from __future__ import annotations

import datetime as dt

import polars as pl

from offramp.codes.crosswalk import members
from offramp.errors import InputError
from offramp.history.assemble.corrections import correct
from offramp.history.assemble.countries import GW, keep, with_gw
from offramp.history.assemble.exits import (
    WINDOW_REIGN,
    nearest_cline,
    nearest_colpus,
    second_opinion,
)
from offramp.history.assemble.link import link_reign
from offramp.history.assemble.regime import regime_on
from offramp.history.sources.leaders import CROSSES, NATURAL
from offramp.history.sources.registry import Sources
from offramp.history.sources.spec import LINE, Parsed

SINCE = dt.date(1945, 1, 1)
"""Spells that ended before this day are left out."""
IN_OFFICE = "in_office"
CENSORED_FATE = "censored_fate_window"
LONGEST_GAP = 30
"""Days without a leader after which the entry of the next one, in a state that only REIGN has, is unknown."""
IRREGULAR = ("coup", "uprising", "rebels", "foreign", "assassination", "other_irregular")
ENTRY = {
    "Regular": "regular",
    "Irregular": "irregular",
    "Foreign Imposition": "foreign_imposition",
    "Unknown": "unknown",
}
FATE = {
    "OK": "safe",
    "Exile": "exile",
    "Imprisonment": "jail",
    "Death": "death",
    "Suicide": "death",
    NATURAL: "natural_death",
    CROSSES: CENSORED_FATE,
    "Leader Still in Office": IN_OFFICE,
    "Missing: No Information Found": "unknown",
}
COLUMNS = (
    "leader_id", "leader", "country", "gwcode", "cowcode", "iso3", "start", "end", "tenure_years", "entry", "exit_mode",
    "exit_detail", "exit_cat", "exit_src", "exit_flag", "cdp_exit", "exit_cat_adj", "fate", "fate_src",
    "birth_year", "female",
    "prev_times", "military_career", "military_src", "rebel_past", "regime_start", "regime_group_start", "source",
    "reign_leadid",
)  # fmt: skip


def assemble_spells(
    sources: Sources, cut: dt.date, cline: pl.DataFrame, colpus: pl.DataFrame, regimes: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """All spells that ended since 1945 or were running at the cut, in the columns of the record (plus `gw`).

    Args:
        cline, colpus, regimes: With `gw` and dates, cut already.

    Returns:
        The spells, and a line on each correction made.
    """
    archigos, corrected = _archigos(sources.parsed["archigos"], cut)
    reign = reign_leaders(sources.parsed["reign_leaders"], cut)
    known = second_opinion(archigos, cline, colpus)
    linked = link_reign(known, reign).join(
        reign.select("leadid", "gw", "start", "birthyear", "militarycareer").rename({"start": "reign_start"}),
        left_on=["reign_leadid", "gw", "reign_start"],
        right_on=["leadid", "gw", "reign_start"],
        how="left",
        maintain_order="left",
    )
    only = _reign_only(reign.filter(~pl.col(GW).is_in(archigos[GW].unique().to_list())), cut, cline, colpus)
    _count_unused(sources, linked, reign)
    both = pl.concat([_with_careers(linked, sources), only], how="diagonal_relaxed")
    both = _with_regime(both, regimes)
    return _finish(both), corrected


def _count_unused(sources: Sources, linked: pl.DataFrame, reign: pl.DataFrame) -> None:
    """Rows of the other files about leaders that no spell takes anything from, counted with the reason."""
    covered = reign.filter(pl.col(GW).is_in(linked[GW].unique().to_list()))
    taken = linked.select(GW, pl.col("reign_leadid").alias("leadid"), pl.col("reign_start").alias("start")).drop_nulls()
    spare = covered.join(taken, on=[GW, "leadid", "start"], how="anti").height
    if spare:
        sources.parsed["reign_leaders"].dropped["leader not found in Archigos"] = spare
    for name in ("lead", "lwuf"):
        parsed = sources.parsed.get(name)
        if parsed is not None:
            keep(parsed, parsed.frame, pl.col("obsid").is_in(linked["leader_id"].to_list()), "spell not in use")


def _archigos(parsed: Parsed, cut: dt.date) -> tuple[pl.DataFrame, list[str]]:
    frame, said = correct("archigos", parsed.frame)
    last = frame["enddate"].max()
    assert isinstance(last, dt.date)
    if cut > last:
        raise InputError(f"--cut {cut}: {parsed.path.name} ends on {last}; choose a day that is not later")
    frame = keep(parsed, frame, pl.col("enddate") >= SINCE, f"ended before {SINCE.year}")
    frame = keep(parsed, frame, pl.col("startdate") <= cut, "began after the cut")
    frame = with_gw(parsed, frame, "ccode", "archigos", pl.col("startdate"))
    running = (pl.col("exit") == "Still in Office") | (pl.col("enddate") > cut)
    left_late = ~running & (pl.col("enddate") > _year_before(cut))
    # Fates that are natural deaths are told at once: the date of death lies within six months of the exit.
    fate = pl.col("posttenurefate").replace_strict(FATE)
    return frame.select(
        pl.col("obsid").alias("leader_id"),
        "leader",
        GW,
        pl.col("startdate").alias("start"),
        pl.when(running).then(pl.lit(cut)).otherwise(pl.col("enddate")).alias("end"),
        pl.col("entry").replace_strict(ENTRY),
        pl.when(running).then(pl.lit("")).otherwise(pl.col("exit")).alias("exit_mode"),
        pl.when(running).then(pl.lit("")).otherwise(pl.col("exitcode")).alias("exit_detail"),
        pl.when(running).then(pl.lit(IN_OFFICE)).otherwise(_category()).alias("exit_cat"),
        pl.when(running).then(pl.lit("censored_at_cut")).otherwise(pl.lit("archigos")).alias("exit_src"),
        pl.when(running)
        .then(pl.lit(IN_OFFICE))
        .when(left_late)
        .then(pl.lit(CENSORED_FATE))
        .otherwise(fate)
        .alias("fate"),
        pl.col("yrborn").cast(pl.Float64).alias("birth_year"),
        (pl.col("gender") == "F").cast(pl.Int64).alias("female"),
        pl.col("prevtimesinoffice").cast(pl.Float64).alias("prev_times"),
        pl.lit("archigos").alias("source"),
    ).with_columns(
        pl.when(pl.col("fate").is_in([IN_OFFICE, CENSORED_FATE]))
        .then(pl.lit(""))
        .otherwise(pl.lit("archigos"))
        .alias("fate_src")
    ), said


def _category() -> pl.Expr:
    """Archigos's exit and exitcode -> `exit_cat`; an 'irregular, other' exit that killed is an assassination.

    An exit that Archigos calls unknown counts as regular: the record has no word for it, and most exits are.
    """
    code = pl.col("exitcode")
    other = (
        pl.when(pl.col("posttenurefate").is_in(["Death", "Suicide"]))
        .then(pl.lit("assassination"))
        .otherwise(pl.lit("other_irregular"))
    )
    irregular = (
        pl.when(code.str.starts_with("Removed by Rebels"))
        .then(pl.lit("rebels"))
        .when(code.str.starts_with("Popular Protest"))
        .then(pl.lit("uprising"))
        .when(code.str.starts_with("Assassination"))
        .then(pl.lit("assassination"))
        .when(code == "Removed through Threat of Foreign Force")
        .then(pl.lit("foreign"))
        .when(code.str.starts_with("Removed"))
        .then(pl.lit("coup"))
        .otherwise(other)
    )
    return (
        pl.when(pl.col("exit") == "Regular")
        .then(pl.lit("regular"))
        .when(pl.col("exit") == "Foreign")
        .then(pl.lit("foreign"))
        .when(pl.col("exit") == "Irregular")
        .then(irregular)
        .when(pl.col("exit") == "Unknown")
        .then(pl.lit("regular"))
        .otherwise(pl.lit("natural"))
    )


def reign_leaders(parsed: Parsed, cut: dt.date) -> pl.DataFrame:
    """REIGN's leaders who began by the cut, with `gw` and `start` (the day as REIGN gives it)."""
    frame = parsed.frame.with_columns(pl.date("syear", "smonth", "sdate").alias("start"))
    frame = keep(parsed, frame, pl.col("start") <= cut, "began after the cut")
    return with_gw(parsed, frame, "ccode", "reign", pl.col("start"))


def _reign_only(reign: pl.DataFrame, cut: dt.date, cline: pl.DataFrame, colpus: pl.DataFrame) -> pl.DataFrame:
    """Spells of states that Archigos leaves out: exits are coups where a list has one, else taken for regular."""
    frame = reign.sort(GW, "start", LINE).with_columns(pl.col("start").shift(-1).over(GW).alias("next"))
    month_end = pl.date("eyear", "emonth", 1).dt.month_end()
    same_month = (pl.col("next") > month_end.dt.month_start() - pl.duration(days=1)) & (pl.col("next") <= month_end)
    end = pl.when(same_month).then(pl.col("next")).otherwise(month_end)
    frame = frame.with_columns(
        # The day is capped at 28 in the name only: names stay as they are when a day is mended.
        pl.format(
            "R{}-{}{}",
            pl.col("ccode").cast(pl.String).str.zfill(3),
            pl.col("start").dt.strftime("%Y%m"),
            pl.min_horizontal("sdate", pl.lit(28)).cast(pl.String).str.zfill(2),
        ).alias("leader_id"),
        end.alias("end"),
    )
    running = pl.col("end").is_null() | (pl.col("end") > cut)
    frame = frame.with_columns(
        running.alias("running"), pl.when(running).then(pl.lit(cut)).otherwise(pl.col("end")).alias("end")
    )
    ended = frame.filter(~pl.col("running")).select("leader_id", GW, "start", "end")
    frame = frame.join(
        nearest_cline(ended, cline, WINDOW_REIGN, known=True), on="leader_id", how="left", maintain_order="left"
    ).join(nearest_colpus(ended, colpus, WINDOW_REIGN, known=True), on="leader_id", how="left", maintain_order="left")
    frame = _reign_exits(frame, cut)
    return frame.with_columns(_reign_entry().alias("entry"))


def _reign_exits(frame: pl.DataFrame, cut: dt.date) -> pl.DataFrame:
    cline, colpus = pl.col("cdp_exit").is_not_null(), pl.col("colpus_date").is_not_null()
    running = pl.col("running")
    by_coup = ~running & (cline | colpus)
    coup_day = pl.coalesce("cdp_date", "colpus_date")
    in_month = coup_day.dt.strftime("%Y-%m") == pl.col("end").dt.strftime("%Y-%m")
    category = (
        pl.when(running).then(pl.lit(IN_OFFICE)).when(by_coup).then(pl.col("cdp_exit").fill_null("coup"))
    ).otherwise(pl.lit("regular"))
    source = (
        pl.when(running)
        .then(pl.lit("censored_at_cut"))
        .when(cline & colpus)
        .then(pl.lit("cdp+colpus"))
        .when(cline)
        .then(pl.lit("cdp"))
        .when(colpus)
        .then(pl.lit("colpus"))
        .otherwise(pl.lit("assumed"))
    )
    end = pl.when(by_coup & in_month).then(coup_day).otherwise(pl.col("end"))
    fate = (
        pl.when(running)
        .then(pl.lit(IN_OFFICE))
        .when(end > _year_before(cut))
        .then(pl.lit(CENSORED_FATE))
        .otherwise(pl.col("cdp_fate").fill_null("unknown"))
    )
    told = pl.when(cline & ~running & (end <= _year_before(cut))).then(pl.lit("cdp")).otherwise(pl.lit(""))
    return frame.select(
        "leader_id", "leader", GW, "start", end.alias("end"), pl.lit("").alias("exit_mode"),
        pl.lit("").alias("exit_detail"),
        category.alias("exit_cat"), source.alias("exit_src"), category.alias("exit_cat_adj"), fate.alias("fate"),
        pl.when(source == "assumed").then(pl.lit("regular_or_unknown")).otherwise(pl.lit("")).alias("exit_flag"),
        pl.lit("").alias("cdp_exit"),
        told.alias("fate_src"),
        pl.col("birthyear").cast(pl.Float64).alias("birth_year"),
        (pl.col("gender") == 0).fill_null(False).cast(pl.Int64).alias("female"),
        pl.col("militarycareer").alias("military_career"), pl.lit("reign").alias("military_src"),
        pl.lit("reign").alias("source"), pl.col("leadid").alias("reign_leadid"),
    )  # fmt: skip


def _reign_entry() -> pl.Expr:
    """By how the one before left: unknown for the first of a state and after a gap without anyone."""
    before, left = pl.col("exit_cat").shift(1).over(GW), pl.col("end").shift(1).over(GW)
    gap = (pl.col("start") - left).dt.total_days()
    return (
        pl.when(before.is_null() | (gap > LONGEST_GAP))
        .then(pl.lit("unknown"))
        .when(before.is_in(IRREGULAR))
        .then(pl.lit("irregular"))
        .otherwise(pl.lit("regular"))
    )


def _with_careers(spells: pl.DataFrame, sources: Sources) -> pl.DataFrame:
    """Birth years, careers and rebel pasts from REIGN and LEAD."""
    lead = sources.frame("lead")
    if lead is None:
        spells = spells.with_columns(pl.lit(None, pl.Int64).alias("milservice"), pl.lit(None, pl.Int64).alias("rebel"))
    else:
        spells = spells.join(
            lead.select("obsid", "milservice", "rebel"),
            left_on="leader_id",
            right_on="obsid",
            how="left",
            maintain_order="left",
        )
    by_reign, by_lead = pl.col("militarycareer").is_not_null(), pl.col("milservice").is_not_null()
    return spells.with_columns(
        pl.coalesce("birth_year", pl.col("birthyear").cast(pl.Float64)).alias("birth_year"),
        pl.coalesce("militarycareer", pl.col("milservice").cast(pl.Float64)).alias("military_career"),
        pl.when(by_reign).then(pl.lit("reign")).when(by_lead).then(pl.lit("lead_milservice")).otherwise(pl.lit("")).alias("military_src"),
        pl.col("rebel").cast(pl.Float64).alias("rebel_past"),
    )  # fmt: skip


def _with_regime(spells: pl.DataFrame, regimes: pl.DataFrame) -> pl.DataFrame:
    return regime_on(spells, regimes, "start").select(
        pl.exclude("regime", "regime_group", "regime_since"),
        pl.col("regime").alias("regime_start"),
        pl.when(pl.col("regime") == "").then(pl.lit("")).otherwise(pl.col("regime_group")).alias("regime_group_start"),
    )


def _finish(spells: pl.DataFrame) -> pl.DataFrame:
    known = members()
    facts = pl.DataFrame(
        [(m.gw, m.name, m.cow, m.iso3) for m in known.values()],
        schema={GW: pl.Int64, "country": pl.String, "cowcode": pl.Int64, "iso3": pl.String},
        orient="row",
    )
    # The record counts tenure in years of 365.25 days, to two decimals.
    tenure = (pl.col("end") - pl.col("start")).dt.total_days() / 365.25
    spells = spells.join(facts, on=GW, how="left", maintain_order="left").with_columns(
        pl.col(GW).alias("gwcode"), tenure.round(2).alias("tenure_years")
    )
    return spells.select(*COLUMNS, GW)


def _year_before(cut: dt.date) -> dt.date:
    try:
        return cut.replace(year=cut.year - 1)
    except ValueError:  # 29 February
        return cut.replace(year=cut.year - 1, day=28)
