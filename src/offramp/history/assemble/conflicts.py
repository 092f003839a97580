"""Where the sources contradict one another: a tidy table, one row a contradiction.

Nothing here changes the record. Each kind has its rule in `KINDS`; dates may differ by a few days before two lists are
said to disagree on a coup, because one dates the start and another the announcement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl

from offramp.codes.crosswalk import members
from offramp.history.assemble.countries import GW
from offramp.history.assemble.events import Events, read_events
from offramp.history.assemble.exits import WINDOW, nearest_cline, nearest_colpus
from offramp.history.assemble.link import link_reign
from offramp.history.assemble.regime import regime_on
from offramp.history.assemble.spells import IN_OFFICE, assemble_spells, reign_leaders
from offramp.history.assemble.yearly import yearly_values
from offramp.history.sources.leaders import NATURAL
from offramp.history.sources.regimes import VOTES
from offramp.history.sources.registry import Sources
from offramp.history.vocabulary import CUT

SAME_COUP = 10
"""Days within which two lists mean the same coup."""
OVERLAP = 2
"""Days for which two leaders may overlap at a handover."""
REIGN_FROM = dt.date(1950, 1, 1)
SHORT = 31
COLUMNS = ("kind", "gw", "country", "date", "who", "source_a", "value_a", "source_b", "value_b", "days")
_SCHEMA = {
    "kind": pl.String,
    GW: pl.Int64,
    "date": pl.Date,
    **dict.fromkeys(("who", "source_a", "value_a", "source_b", "value_b"), pl.String),
    "days": pl.Int64,
}
KINDS = {
    "leader_start": "a leader that Archigos and REIGN share begins on different days",
    "leader_end": "a leader that Archigos and REIGN share ends in different months",
    "leader_only_archigos": "a leader of a month or more after 1950 that REIGN lacks",
    "leader_only_reign": "a leader of REIGN, in a state that Archigos covers, that Archigos lacks",
    "birth_year": "birth years differ",
    "gender": "genders differ",
    "overlap": "two leaders of Archigos hold one state at once",
    "regular_exit_cline": "Archigos calls an exit regular within a month of a realized coup of the Cline list",
    "regular_exit_colpus": "Archigos calls an exit regular within a month of a successful coup of Colpus",
    "coup_exit_no_list": "Archigos calls an exit a removal by the military but neither list has a coup within a month",
    "coup_only": "a coup of one list that another, which covers the year, has not within ten days, not even as failed",
    "coup_success": "two lists have the same attempt, one as success, the other as failure",
    "election_change": "REIGN has a vote with a change of leader, but the same leader is in office a year later",
    "fate_and_mode": "Archigos's fate does not fit its exit",
    "entry_and_exit": "Archigos calls an entry irregular though the one before left regularly, or regular after rebels",
    "regime_and_polity": "REIGN says democracy where Polity has -6 or less, or autocracy where it has 6 or more",
}


def conflicts(sources: Sources, progress: Callable[[str], None] = lambda step: None) -> pl.DataFrame:
    """All contradictions, with `COLUMNS`, ordered by kind, state and date. Raises `InputError` as `read_events`."""
    last = sources.parsed["archigos"].frame["enddate"].max()
    assert isinstance(last, dt.date)
    cut = min(last, CUT)
    progress("Leader spells")
    events = read_events(sources, cut)
    spells, _ = assemble_spells(sources, cut, events.cline, events.colpus, events.regimes)
    archigos = spells.filter(pl.col("source") == "archigos")
    raw = sources.parsed["archigos"].frame
    progress("Leaders")
    parts = [*_leaders(sources, archigos, cut), _overlaps(archigos)]
    progress("Coups")
    parts += [*_exits(archigos, events), *_coups(events)]
    progress("Elections, fates and regimes")
    parts += [_elections(archigos, events), _fates(archigos, raw), _entries(archigos), _regimes(sources, events, cut)]
    found = pl.concat([pl.DataFrame(schema=_SCHEMA), *(part for part in parts if part.height)], how="vertical")
    names = pl.DataFrame(
        [(m.gw, m.name) for m in members().values()], schema={GW: pl.Int64, "country": pl.String}, orient="row"
    )
    order = {kind: i for i, kind in enumerate(KINDS)}
    return (
        found.join(names, on=GW, how="left", maintain_order="left")
        .select(COLUMNS)
        .sort(pl.col("kind").replace_strict(order), GW, "date", "who", "source_a", "source_b")
    )


def _row(
    kind: str,
    source_a: str,
    value_a: pl.Expr,
    source_b: str,
    value_b: pl.Expr,
    date: str,
    who: str | pl.Expr,
    days: pl.Expr | None = None,
) -> list[pl.Expr]:
    name = pl.col(who) if isinstance(who, str) else who
    return [
        pl.lit(kind).alias("kind"),
        pl.col(GW).alias("gw"),
        pl.col(date).cast(pl.Date).alias("date"),
        name.cast(pl.String).alias("who"),
        pl.lit(source_a).alias("source_a"),
        value_a.cast(pl.String).alias("value_a"),
        pl.lit(source_b).alias("source_b"),
        value_b.cast(pl.String).alias("value_b"),
        (pl.lit(None) if days is None else days).cast(pl.Int64).alias("days"),
    ]


def _leaders(sources: Sources, archigos: pl.DataFrame, cut: dt.date) -> list[pl.DataFrame]:
    reign = reign_leaders(sources.parsed["reign_leaders"], cut)
    bare = archigos.drop("reign_leadid")
    linked = link_reign(bare, reign)
    other = reign.select(
        GW, pl.col("leadid").alias("reign_leadid"), pl.col("start").alias("reign_start"), "birthyear",
        pl.col("gender").alias("reign_gender"), pl.date("eyear", "emonth", 1).alias("reign_end"),
    )  # fmt: skip
    both = linked.join(other, on=[GW, "reign_leadid", "reign_start"], how="inner").with_columns(
        (pl.col("reign_gender") == 0).cast(pl.Int64).alias("reign_female")
    )
    raw_birth = sources.parsed["archigos"].frame.select(pl.col("obsid").alias("leader_id"), "yrborn")
    both = both.join(raw_birth, on="leader_id", how="left")
    starts = both.filter(pl.col("start") != pl.col("reign_start"), pl.col("reign_start") >= REIGN_FROM)
    month = pl.col("end").dt.strftime("%Y-%m")
    ends = both.filter((pl.col("exit_cat") != IN_OFFICE) & (month != pl.col("reign_end").dt.strftime("%Y-%m")))
    births = both.filter(pl.col("yrborn") != pl.col("birthyear"))
    sexes = both.filter(pl.col("female") != pl.col("reign_female"))
    late = (pl.col("end") >= REIGN_FROM) & ((pl.col("end") - pl.col("start")).dt.total_days() >= SHORT)
    lacking = linked.filter(pl.col("reign_leadid").is_null() & late)
    taken = linked.select(GW, "reign_leadid", "reign_start").drop_nulls()
    spare = (
        reign.filter(pl.col(GW).is_in(archigos[GW].unique().to_list()))
        .with_columns(pl.col("start").alias("reign_start"), pl.col("leadid").alias("reign_leadid"))
        .join(taken, on=[GW, "reign_leadid", "reign_start"], how="anti")
    )
    days = (pl.col("reign_start") - pl.col("start")).dt.total_days()
    a, r = "archigos", "reign"
    return [
        starts.select(_row("leader_start", a, pl.col("start"), r, pl.col("reign_start"), "start", "leader", days)),
        ends.select(_row("leader_end", a, month, r, pl.col("reign_end").dt.strftime("%Y-%m"), "end", "leader")),
        lacking.select(_row("leader_only_archigos", a, pl.col("start"), r, pl.lit("none"), "start", "leader")),
        spare.select(_row("leader_only_reign", a, pl.lit("none"), r, pl.col("start"), "start", "leader")),
        births.select(_row("birth_year", a, pl.col("yrborn"), r, pl.col("birthyear"), "start", "leader")),
        sexes.select(_row("gender", a, pl.col("female"), r, pl.col("reign_female"), "start", "leader")),
    ]


def _overlaps(archigos: pl.DataFrame) -> pl.DataFrame:
    ordered = archigos.sort(GW, "start", "end").with_columns(
        pl.col("end").shift(1).over(GW).alias("before"), pl.col("leader").shift(1).over(GW).alias("other")
    )
    days = (pl.col("before") - pl.col("start")).dt.total_days()
    who = pl.format("{} / {}", pl.col("other"), pl.col("leader"))
    return ordered.filter(days > OVERLAP).select(
        _row("overlap", "archigos", pl.col("before"), "archigos", pl.col("start"), "start", who, days)
    )


def _exits(archigos: pl.DataFrame, events: Events) -> list[pl.DataFrame]:
    ended = archigos.filter(pl.col("exit_cat") != IN_OFFICE)
    keys = ended.select("leader_id", GW, "start", "end")
    cline, colpus = nearest_cline(keys, events.cline, WINDOW), nearest_colpus(keys, events.colpus, WINDOW)
    regular = ended.filter(pl.col("exit_cat") == "regular")
    by_cline = regular.drop("cdp_exit").join(cline, on="leader_id")
    by_colpus = regular.join(colpus, on="leader_id")
    military = ended.filter(pl.col("exit_detail").str.starts_with("Removed by Military"))
    none = military.join(cline, on="leader_id", how="anti").join(colpus, on="leader_id", how="anti")
    to_cline = (pl.col("cdp_date") - pl.col("end")).dt.total_days()
    to_colpus = (pl.col("colpus_date") - pl.col("end")).dt.total_days()
    kind = pl.format("{} {}", pl.col("cdp_exit"), pl.col("cdp_date"))
    return [
        by_cline.select(
            _row("regular_exit_cline", "archigos", pl.lit("regular"), "cline", kind, "end", "leader", to_cline)
        ),
        by_colpus.select(
            _row(
                "regular_exit_colpus",
                "archigos",
                pl.lit("regular"),
                "colpus",
                pl.col("colpus_date"),
                "end",
                "leader",
                to_colpus,
            )
        ),
        none.select(
            _row(
                "coup_exit_no_list", "archigos", pl.col("exit_detail"), "cline, colpus", pl.lit("none"), "end", "leader"
            )
        ),
    ]


def _coups(events: Events) -> list[pl.DataFrame]:
    lists = {
        "cline": events.cline_attempts.select(GW, "date", (pl.col("realized") == 1).alias("done")),
        "colpus": events.colpus.select(GW, "date", (pl.col("success") == 1).alias("done")),
    }
    if events.powell_thyne is not None:
        lists["powell_thyne"] = events.powell_thyne.select(GW, "date", (pl.col("coup") == 2).alias("done"))
    parts = []
    for first, one in lists.items():
        for second, two in lists.items():
            if first == second or two.is_empty():
                continue
            low, high = two["date"].min(), two["date"].max()
            assert isinstance(low, dt.date)
            assert isinstance(high, dt.date)
            inside = one.with_row_index("_i").filter(pl.col("date").dt.year().is_between(low.year, high.year))
            pairs = inside.join(two.rename({"date": "other", "done": "other_done"}), on=GW)
            gap = (pl.col("other") - pl.col("date")).dt.total_days()
            near = pairs.filter(gap.abs() <= SAME_COUP).sort(gap.abs()).unique("_i", keep="first", maintain_order=True)
            alone = inside.filter(pl.col("done")).join(near, on="_i", how="anti")
            nobody = pl.lit("")
            parts.append(
                alone.select(_row("coup_only", first, pl.lit("success"), second, pl.lit("none"), "date", nobody))
            )
            if list(lists).index(first) < list(lists).index(second):
                word = [
                    pl.when(pl.col(c)).then(pl.lit("success")).otherwise(pl.lit("failure"))
                    for c in ("done", "other_done")
                ]
                differ = near.filter(pl.col("done") != pl.col("other_done"))
                parts.append(differ.select(_row("coup_success", first, word[0], second, word[1], "date", nobody, gap)))
    return parts


def _elections(archigos: pl.DataFrame, events: Events) -> pl.DataFrame:
    votes = events.elections.filter(pl.col("event").is_in(VOTES), pl.col("change") == "Y").select(GW, "date")
    year_on = pl.col("date").dt.offset_by("12mo")
    held = votes.join(archigos, on=GW).filter(pl.col("start") < pl.col("date"), pl.col("end") > year_on)
    return held.select(
        _row(
            "election_change", "reign_elections", pl.lit("change"), "archigos", pl.lit("same leader"), "date", "leader"
        )
    )


def _fates(archigos: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    told = archigos.join(
        raw.select(pl.col("obsid").alias("leader_id"), "exit", "exitcode", "posttenurefate", "yrdied"), on="leader_id"
    )
    told = told.filter(pl.col("exit_cat") != IN_OFFICE, ~pl.col("fate").is_in(["censored_fate_window", IN_OFFICE]))
    dead = pl.col("posttenurefate").is_in(["Death", "Suicide", NATURAL])
    wrong = (
        ((pl.col("exit") == "Natural Death") & (pl.col("posttenurefate") != NATURAL))
        | (pl.col("exitcode").str.starts_with("Assassination") & (pl.col("posttenurefate") != "Death"))
        | ((pl.col("exit") == "Suicide") & ~dead)
        | ((pl.col("yrdied") < pl.col("end").dt.year()).fill_null(False))
        | (dead & (pl.col("yrdied") > pl.col("end").dt.year() + 1)).fill_null(False)
    )
    died = pl.format("{}, died {}", pl.col("posttenurefate"), pl.col("yrdied").cast(pl.String).fill_null("?"))
    return told.filter(wrong).select(
        _row("fate_and_mode", "archigos exit", pl.col("exit"), "archigos fate", died, "end", "leader")
    )


def _entries(archigos: pl.DataFrame) -> pl.DataFrame:
    ordered = archigos.sort(GW, "start", "end").with_columns(
        pl.col("exit_cat").shift(1).over(GW).alias("left"), pl.col("end").shift(1).over(GW).alias("when")
    )
    close = (pl.col("start") - pl.col("when")).dt.total_days().abs() <= SHORT
    odd = ((pl.col("entry") == "irregular") & (pl.col("left") == "regular")) | (
        (pl.col("entry") == "regular") & (pl.col("left") == "rebels")
    )
    return ordered.filter(close & odd).select(
        _row(
            "entry_and_exit",
            "archigos entry",
            pl.col("entry"),
            "archigos exit before",
            pl.col("left"),
            "start",
            "leader",
        )
    )


def _regimes(sources: Sources, events: Events, cut: dt.date) -> pl.DataFrame:
    if "polity" not in sources.parsed:
        return pl.DataFrame()
    values = yearly_values(sources, cut)["polity2_l1"][1].filter(pl.col("year") >= REIGN_FROM.year)
    dated = values.drop_nulls("value").with_columns(pl.date(pl.col("year"), 12, 31).alias("date"))
    told = regime_on(dated, events.regimes, "date")
    free = pl.col("regime_group") == "democracy"
    bound = pl.col("regime_group").is_in(["personal", "party", "military", "monarchy"])
    odd = (free & (pl.col("value") <= -6)) | (bound & (pl.col("value") >= 6))
    return told.filter(odd).select(
        _row(
            "regime_and_polity",
            "reign_regimes",
            pl.col("regime"),
            "polity",
            pl.col("value").cast(pl.Int64),
            "date",
            pl.lit(""),
        )
    )
