"""The covariates of the panel, each with its source, publication lag, unit and rule: the one table of them.

The assembly takes lags and windows from here and nowhere else, so that a lag is changed in one place. A lag of months
means: the value of month t uses what happened up to and including month t - lag. A lag of years means: calendar years
up to and including t's year - lag. Columns 'fixed' are known on a leader's first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lag = Literal["fixed", "months", "years", "decades", "calendar"]


@dataclass(frozen=True, slots=True)
class Covariate:
    """One column of the panel.

    Attributes:
        source: Names of the sources it rests on.
        kind: How its lag counts.
        lag: Months, years or decades until it is known.
        window: Months it looks back over, 0 where it does not.
        unit, rule: For people.
    """

    column: str
    source: str
    kind: Lag
    lag: int
    window: int
    unit: str
    rule: str


COVARIATES: tuple[Covariate, ...] = (
    Covariate("tenure_m", "archigos, reign_leaders", "months", 0, 0, "months", "months since taking office"),
    Covariate("age", "archigos, reign_leaders", "fixed", 0, 0, "years", "year of t less year of birth"),
    Covariate("female", "archigos, reign_leaders", "fixed", 0, 0, "0/1", "as coded"),
    Covariate("prev_times", "archigos", "fixed", 0, 0, "count", "earlier times in office"),
    Covariate(
        "military_career", "reign_leaders, lead", "fixed", 0, 0, "0, .5, 1", "REIGN's career, else LEAD's service"
    ),
    Covariate("rebel_past", "lead", "fixed", 0, 0, "0/1", "as coded"),
    Covariate("entry_irregular", "archigos, reign_leaders", "fixed", 0, 0, "0/1", "irregular entry"),
    Covariate("entry_foreign", "archigos", "fixed", 0, 0, "0/1", "imposed by a foreign power"),
    Covariate("regime", "reign_regimes", "months", 0, 0, "type", "REIGN's type on day t"),
    Covariate(
        "regime_age_m", "reign_regimes", "months", 0, 0, "months", "months since that regime began (lag of regime)"
    ),
    Covariate("polyarchy_l1", "vdem", "years", 1, 0, "0..1", "v2x_polyarchy"),
    Covariate("libdem_l1", "vdem", "years", 1, 0, "0..1", "v2x_libdem"),
    Covariate("polity2_l1", "polity", "years", 1, 36, "-10..10", "the newest polity2 of the three years before"),
    Covariate(
        "m_since_election", "reign_elections", "months", 0, 600, "months", "last vote, referendums aside; cap 600"
    ),
    Covariate("m_to_election", "reign_elections", "calendar", 0, 12, "months", "next date on the calendar; 13 is none"),
    Covariate("coup_fail_12m", "colpus", "months", 0, 12, "count", "failed attempts in the state"),
    Covariate("coup_succ_12m", "colpus", "months", 0, 12, "count", "successful attempts in the state"),
    Covariate("coup_att_60m", "colpus", "months", 0, 60, "count", "attempts in the state"),
    Covariate("m_since_coup_att", "colpus", "months", 0, 600, "months", "since the last attempt; cap 600"),
    Covariate("coup_plot_24m", "cline", "months", 0, 24, "count", "plots found out"),
    Covariate("cdp_att_24m", "cline", "months", 0, 24, "count", "attempts of the wider list, self-coups left out"),
    Covariate("coup_att_region_12m", "colpus", "months", 0, 12, "count", "attempts in other states of the region"),
    Covariate("coup_att_world_12m", "colpus", "months", 0, 12, "count", "attempts everywhere"),
    Covariate("irreg_exit_120m", "spells", "months", 0, 120, "count", "irregular exits in the state"),
    Covariate("exits_120m", "spells", "months", 0, 120, "count", "exits in the state"),
    Covariate("uprising_region_24m", "spells", "months", 0, 24, "count", "exits by uprising in the region"),
    Covariate("uprising_world_12m", "spells", "months", 0, 12, "count", "exits by uprising everywhere"),
    Covariate("civil_n_l1", "ucdp", "years", 1, 0, "count", "internal conflicts with the state as government side"),
    Covariate("civil_intensity_l1", "ucdp", "years", 1, 0, "0, 1, 2", "highest intensity of these"),
    Covariate("civil_gov_l1", "ucdp", "years", 1, 0, "0/1", "one of these over government"),
    Covariate("interstate_l1", "ucdp", "years", 1, 0, "0/1", "in a war between states, on side a, with it, or side b"),
    Covariate(
        "mid_major_target_60m", "gml", "months", 0, 60, "count", "disputes begun against the state by a major power"
    ),
    Covariate("mid_target_24m", "gml", "months", 0, 24, "count", "disputes begun against the state"),
    Covariate("mid_force_target_12m", "gml", "months", 0, 12, "count", "of these with force used (hostility 4 or 5)"),
    Covariate(
        "mid_regime_claim_120m", "gml", "months", 0, 120, "count", "of these by a challenger wanting another regime"
    ),
    Covariate(
        "mid_data_age_m", "gml", "calendar", 0, 0, "months", "months by which t lies after the last disputes coded"
    ),
    Covariate("rival_major_l1", "tss", "years", 1, 0, "0/1", "strategic rivalry with a major power"),
    Covariate(
        "sanc_threat_prev_decade", "ties", "decades", 1, 0, "count", "sanction episodes aimed at the state, 1980 on"
    ),
    Covariate("lpop_l1", "nmc", "years", 1, 0, "log thousands", "log of population"),
    Covariate("lpec_pc_l1", "nmc", "years", 1, 0, "log", "log of energy use per head (at least .0001)"),
    Covariate("milper_pc_l1", "nmc", "years", 1, 0, "per 1000", "soldiers per 1000 people"),
    Covariate("lmilex_pc_l1", "nmc", "years", 1, 0, "log", "log of military spending per head (at least .0001)"),
    Covariate("infmort_l1", "wdi", "years", 1, 0, "per 1000 births", "as published, partly imputed"),
    Covariate("election_6m", "reign_elections", "calendar", 0, 6, "0/1", "m_to_election is 6 or less"),
)
BY_COLUMN = {covariate.column: covariate for covariate in COVARIATES}

MAJOR_POWERS: dict[int, tuple[tuple[int, int], ...]] = {
    2: ((1898, 9999),),
    200: ((1816, 9999),),
    220: ((1816, 1940), (1945, 9999)),
    255: ((1925, 1945), (1991, 9999)),
    365: ((1922, 9999),),
    710: ((1950, 9999),),
    740: ((1895, 1945), (1991, 9999)),
}
"""COW's major powers since 1816 that matter here: COW number -> first and last year (State System Membership 2016)."""


def markdown() -> str:
    """The table for docs/history-data.md."""
    heads = ("column", "source", "lag", "looks back, months", "unit", "rule")
    rows = [heads, ("---",) * len(heads)]
    for one in COVARIATES:
        counted = f"{one.lag} {one.kind if one.lag > 1 else one.kind[:-1]}"
        words = {"fixed": "fixed at entry", "calendar": "calendar"}.get(one.kind, "none" if one.lag == 0 else counted)
        rows.append((one.column, one.source, words, str(one.window or "-"), one.unit, one.rule))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
