"""The panel: one row a state and month end for the leader in office, with what was known then and what came next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import polars as pl

from offramp.codes.crosswalk import members
from offramp.history.assemble import calendar, yearly
from offramp.history.assemble.countries import GW
from offramp.history.assemble.events import Events
from offramp.history.assemble.grid import FIRST, Floats, Rows, back_grid, month_number
from offramp.history.assemble.lags import BY_COLUMN
from offramp.history.assemble.outcomes import HORIZONS, outcomes
from offramp.history.assemble.regime import regime_on
from offramp.history.assemble.spells import IN_OFFICE, IRREGULAR
from offramp.history.sources.registry import Sources

FIRST_ORIGIN = dt.date(1949, 12, 31)
COLD_WAR_ENDS = 1992
_WHOLE = (
    "female", "entry_irregular", "entry_foreign", "election_6m", "civil_n_l1", "civil_gov_l1", "interstate_l1",
    "rival_major_l1",
    "cold_war",
)  # fmt: skip
_INT32 = ("tenure_m", "mid_data_age_m")
_TEXT = (
    "gwcode",
    "cowcode",
    "iso3",
    "country",
    "leader_id",
    "leader",
    "origin",
    "source",
    "regime",
    "regime_group",
    "region",
)
_BEFORE_OUTCOMES = (
    "tenure_m", "age", "female", "prev_times", "military_career", "rebel_past", "entry_irregular", "entry_foreign",
    "regime",
    "regime_group", "regime_age_m", "region", "polyarchy_l1", "libdem_l1", "polity2_l1", "m_since_election",
    "m_to_election",
    "election_6m", "coup_fail_12m", "coup_succ_12m", "coup_att_60m", "m_since_coup_att", "coup_plot_24m", "cdp_att_24m",
    "coup_att_region_12m", "coup_att_world_12m", "irreg_exit_120m", "exits_120m", "uprising_region_24m",
    "uprising_world_12m",
    "civil_n_l1", "civil_intensity_l1", "civil_gov_l1", "interstate_l1", "mid_major_target_60m", "mid_target_24m",
    "mid_force_target_12m", "mid_regime_claim_120m", "mid_data_age_m", "rival_major_l1", "sanc_threat_prev_decade",
    "lpop_l1",
    "lpec_pc_l1", "milper_pc_l1", "lmilex_pc_l1", "infmort_l1", "cold_war",
)  # fmt: skip
COLUMNS = ("gwcode", "cowcode", "iso3", "country", "leader_id", "leader", "origin", "source", *_BEFORE_OUTCOMES)


def assemble_panel(
    sources: Sources,
    spells: pl.DataFrame,
    events: Events,
    cut: dt.date,
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The panel up to the last month end not after `cut`, and how many leader-months were left out, by reason."""
    progress("Leaders at month ends")
    frame, left_out = skeleton(spells, cut)
    rows = place(frame, cut)
    progress("Regimes and leaders")
    lag = BY_COLUMN["regime"].lag
    dated = frame.with_columns(pl.col("t").dt.offset_by(f"-{lag}mo").dt.month_end().alias("_known"))
    frame = _leader_columns(regime_on(dated, events.regimes, "_known"))
    progress("Events")
    columns: dict[str, Floats | pl.Series] = dict(_event_columns(rows, events, spells))
    progress("Elections")
    columns["m_since_election"] = calendar.months_since(rows, events.elections, cut)
    ahead = calendar.months_to(rows, events.elections)
    columns["m_to_election"] = ahead
    columns["election_6m"] = (ahead <= BY_COLUMN["election_6m"].window).astype(np.float64)
    progress("Yearly sources")
    years = frame.select(GW, pl.col("t").dt.year().cast(pl.Int64).alias("year"))
    for column, (kind, values) in yearly.yearly_values(sources, cut).items():
        columns[column] = yearly.lagged(years, column, kind, values)
    columns["sanc_threat_prev_decade"] = yearly.sanctions(sources, years)
    columns["mid_data_age_m"] = yearly.data_age(sources, rows.month, FIRST).astype(np.float64)
    frame = frame.with_columns([pl.Series(name, values) for name, values in columns.items()])
    progress("Outcomes")
    frame = outcomes(frame, rows, events, spells, cut)
    return _typed(frame), left_out


def skeleton(spells: pl.DataFrame, cut: dt.date) -> tuple[pl.DataFrame, dict[str, int]]:
    """State, month end `t` and spell of whoever was in office, for months in which the state was a member of the
    system.

    Where two leaders overlap the later start wins. States that only REIGN has are in from their first leader on.
    """
    last = cut if (cut + dt.timedelta(days=1)).day == 1 else cut.replace(day=1) - dt.timedelta(days=1)
    ends = pl.date_range(FIRST_ORIGIN.replace(day=1), last, "1mo", eager=True).dt.month_end()
    # A running spell reaches the cut itself, so its last month end counts.
    stop = pl.when(pl.col("exit_cat") == IN_OFFICE).then(pl.col("end") + pl.duration(days=1)).otherwise(pl.col("end"))
    dated = spells.with_columns(stop.alias("_stop"))
    months = dated.join(pl.DataFrame({"t": ends}), how="cross")
    frame = months.filter(pl.col("start") <= pl.col("t"), pl.col("_stop") > pl.col("t")).drop("_stop")
    total = frame.height
    frame = frame.sort(GW, "t", "start").unique([GW, "t"], keep="last", maintain_order=True)
    left_out = {"another leader of the state began later": total - frame.height}
    listed = members()
    days = pl.DataFrame(
        [(m.gw, m.start, m.end) for m in listed.values()],
        schema={GW: pl.Int64, "_from": pl.Date, "_until": pl.Date},
        orient="row",
    )
    frame = frame.join(days, on=GW, how="left", maintain_order="left")
    member = (pl.col("_from").is_null() | (pl.col("_from") <= pl.col("t"))) & (
        pl.col("_until").is_null() | (pl.col("_until") >= pl.col("t"))
    )
    kept = frame.filter(member | (pl.col("source") == "reign")).drop("_from", "_until")
    left_out["the state was no member of the system"] = frame.height - kept.height
    return kept, {reason: count for reason, count in left_out.items() if count}


def place(frame: pl.DataFrame, cut: dt.date) -> Rows:
    """Where the rows lie in grids of states by months; grids reach two years past the cut, for dates known ahead."""
    listed = members()
    gws = tuple(sorted(listed))
    index = {gw: i for i, gw in enumerate(gws)}
    return Rows(
        gws,
        tuple(listed[gw].region for gw in gws),
        np.array([index[gw] for gw in frame[GW]], dtype=np.int64),
        frame.select(month_number("t"))["t"].to_numpy().astype(np.int64),
        (cut.year + 3 - FIRST) * 12,
    )


def _leader_columns(frame: pl.DataFrame) -> pl.DataFrame:
    listed = members()
    region = pl.DataFrame(
        [(m.gw, m.region) for m in listed.values()], schema={GW: pl.Int64, "region": pl.String}, orient="row"
    )
    frame = frame.join(region, on=GW, how="left", maintain_order="left")
    return frame.with_columns(
        pl.col("t").dt.strftime("%Y-%m").alias("origin"),
        (month_number("t") - month_number("start")).alias("tenure_m"),
        (pl.col("t").dt.year() - pl.col("birth_year")).alias("age"),
        (pl.col("entry") == "irregular").cast(pl.Int64).alias("entry_irregular"),
        (pl.col("entry") == "foreign_imposition").cast(pl.Int64).alias("entry_foreign"),
        (month_number("t") - month_number("regime_since")).alias("regime_age_m"),
        (pl.col("t").dt.year() < COLD_WAR_ENDS).cast(pl.Int64).alias("cold_war"),
    )


def _event_columns(rows: Rows, events: Events, spells: pl.DataFrame) -> dict[str, Floats]:
    """Counts over windows that end at t, each with the window and the lag of the table."""

    def back(column: str, counts: Floats) -> Floats:
        rule = BY_COLUMN[column]
        return rows.back(counts, rule.window, rule.lag)

    def spread(column: str, counts: Floats) -> Floats:
        rule = BY_COLUMN[column]
        return back_grid(counts, rule.window, rule.lag)

    attempts = rows.counts(events.colpus, "date")
    successes = rows.counts(events.colpus.filter(pl.col("success") == 1), "date")
    exits = spells.filter(pl.col("exit_cat") != IN_OFFICE)
    left = rows.counts(exits, "end")
    irregular = rows.counts(exits.filter(pl.col("exit_cat").is_in(IRREGULAR)), "end")
    uprisings = rows.counts(exits.filter(pl.col("exit_cat") == "uprising"), "end")
    since = BY_COLUMN["m_since_coup_att"]
    region = "coup_att_region_12m"
    disputes = events.disputes
    claims = (pl.col("revtype11") == 3) | (pl.col("revtype12") == 3)
    return {
        "coup_fail_12m": back("coup_fail_12m", attempts - successes),
        "coup_succ_12m": back("coup_succ_12m", successes),
        "coup_att_60m": back("coup_att_60m", attempts),
        "m_since_coup_att": rows.since(attempts, since.window, since.lag),
        "coup_plot_24m": back("coup_plot_24m", rows.counts(events.plots, "date")),
        "cdp_att_24m": back("cdp_att_24m", rows.counts(events.cline_attempts, "date")),
        region: rows.of_region(spread(region, attempts)) - back(region, attempts),
        "coup_att_world_12m": rows.of_world(spread("coup_att_world_12m", attempts)),
        "irreg_exit_120m": back("irreg_exit_120m", irregular),
        "exits_120m": back("exits_120m", left),
        "uprising_region_24m": rows.of_region(spread("uprising_region_24m", uprisings)),
        "uprising_world_12m": rows.of_world(spread("uprising_world_12m", uprisings)),
        "mid_target_24m": back("mid_target_24m", rows.counts(disputes, "date")),
        "mid_force_target_12m": back(
            "mid_force_target_12m", rows.counts(disputes.filter(pl.col("hostlev1") >= 4), "date")
        ),
        "mid_major_target_60m": back(
            "mid_major_target_60m", rows.counts(disputes.filter(yearly.by_major_power("ccode1")), "date")
        ),
        "mid_regime_claim_120m": back("mid_regime_claim_120m", rows.counts(disputes.filter(claims), "date")),
    }


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns in the order and types of the record: identifiers, covariates, outcomes; NaN as null."""
    numbers = [c for c in _BEFORE_OUTCOMES if c not in (*_WHOLE, *_INT32, *_TEXT)]
    after = [
        f"{name}_next{horizon}"
        for horizon in HORIZONS
        for name in ("exit", "irreg_adj", "coup_att", "coup_succ", "cdp_att", "pt_att")
    ]
    return frame.with_columns(
        *(pl.col(c).cast(pl.Float32).fill_nan(None) for c in numbers),
        *(pl.col(c).cast(pl.Int64) for c in _WHOLE),
        *(pl.col(c).cast(pl.Int32) for c in _INT32),
    ).select(*COLUMNS, *after)
