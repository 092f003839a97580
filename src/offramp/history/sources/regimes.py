"""Files about regimes: REIGN's lists of regimes and elections, Polity5, V-Dem.

Forms: the copies of `raw`; REIGN's own lists; Polity5's `p5v2018` saved as CSV (codes and names as published); V-Dem's
country-year table (thousands of columns: those that are not used are passed over by pattern).
"""

from __future__ import annotations

import polars as pl

from offramp.history.sources.spec import Column, RowRule, Source

REGIME_TYPES = (
    "presidential",
    "parliamentary",
    "personal",
    "party-personal",
    "party-personal-military",
    "party-based",
    "oligarchy",
    "military",
    "military personal",
    "indirect military",
    "party-military",
    "monarchy",
    "provisional",
    "provisional military",
    "foreign-occupied",
    "warlordism",
)
REIGN_REGIMES = Source(
    "reign_regimes",
    "REIGN list of regimes",
    ("reign_regime", "regime_list"),
    (
        Column("cowcode", "whole", filled=True, low=1, high=999, also=("ccode",)),
        Column("gwf_country", filled=True, also=("country",)),
        Column("gwf_startdate", "date", filled=True),
        Column("gwf_enddate", "date"),
        Column(
            "gwf_regimetype",
            filled=True,
            among=REGIME_TYPES,
            recode={
                "presidential democracy": "presidential",
                "parliamentary democracy": "parliamentary",
                "personal dictatorship": "personal",
                "party-personal-military hybrid": "party-personal-military",
                "military-personal": "military personal",
                "party-military hybrid": "party-military",
                "provisional - military": "provisional military",
                "provisional - civilian": "provisional",
                "provisional civilian": "provisional",
            },
        ),
    ),
    "regime, regime_group and regime_age_m (every row would be 'unknown')",
    ("gwf_casename", "gwf_case.*", "gwf_duration", "notes?"),
    ("cowcode", "gwf_startdate"),
    (
        RowRule("gwf_enddate", pl.col("gwf_enddate") >= pl.col("gwf_startdate"), "a day not before gwf_startdate"),
    ),
)  # fmt: skip

VOTES = ("Vote, As Scheduled", "Vote, Early", "Vote, Delayed")
ELECTION_EVENTS = (
    *VOTES,
    "Announced",
    "Announcement Assumed",
    "Deadline Met",
    "Deadline Not Met",
    "Voided by Regime Change",
    "Regime Failure",
    "Delay Announced",
    "Voided",
    "Anulled",
)
REIGN_ELECTIONS = Source(
    "reign_elections",
    "REIGN list of elections",
    ("reign_election", "election_", "elections"),
    (
        Column("ccode", "whole", filled=True, low=1, high=999),
        Column("electionnumber", "whole", filled=True, low=-1),
        Column("country", filled=True),
        Column("elec_year", "whole", filled=True, low=1900, high=2100),
        Column("elec_month", "whole", filled=True, low=1, high=12),
        Column("elec_day", "whole", low=1, high=31),
        Column("sequence", "whole", filled=True, low=1),
        Column("event", filled=True, among=ELECTION_EVENTS, recode={"Annulled": "Anulled"}),
        Column("elecnum", "whole", filled=True),
        Column("type", filled=True, among=("L", "X", "R")),
        Column("direct", among=("Y", "N", "A")),
        Column("regular", among=("Y", "N")),
        Column("victory", among=("Y", "N")),
        Column("change", among=("Y", "N")),
        Column("runoff", among=("N", "1", "2")),
    ),
    "the election clock: m_since_election, m_to_election, election_6m",
    ("notes?", "leader", "leadid"),
    (),
    (
        RowRule(
            "elec_day",
            pl.date(pl.col("elec_year"), pl.col("elec_month"), 1).dt.month_end().dt.day() >= pl.col("elec_day"),
            "a day that the month has",
        ),
    ),
)

_POLITY_MISSING = ("-66", "-77", "-88", "-66.0", "-77.0", "-88.0")
_POLITY_PARTS = ("xrreg", "xrcomp", "xropen", "xconst", "parreg", "parcomp")
POLITY = Source(
    "polity",
    "Polity5 annual series",
    ("polity", "p5v", "p5_", "p4v"),
    (
        Column("ccode", "whole", filled=True, low=1, high=999, also=("polity_annual_ccode",)),
        Column("country", filled=True, also=("polity_annual_country",)),
        Column("year", "whole", filled=True, low=1776, high=2100),
        Column("democ", "whole", low=0, high=10, missing=_POLITY_MISSING),
        Column("autoc", "whole", low=0, high=10, missing=_POLITY_MISSING),
        Column("polity", "whole", low=-10, high=10, missing=_POLITY_MISSING, required=False),
        Column("polity2", "whole", low=-10, high=10, missing=_POLITY_MISSING),
        Column("durable", "whole", low=0, high=300, required=False),
        *(Column(name, "whole", low=0, high=7, missing=_POLITY_MISSING, required=False) for name in _POLITY_PARTS),
    ),
    "polity2_l1",
    (
        "p[45]", "cyear", "scode", "flag", "fragment", "exrec", "exconst", "polcomp", "prior",
        "[be](month|day|year|prec)",
        "interim", "post", "change", "d[45]", "sf", "regtrans", "gwn", "cown", "in_(gw|cow)_system",
    ),
    ("ccode", "year"),
    optional=True,
)  # fmt: skip

VDEM = Source(
    "vdem",
    "V-Dem country-year",
    ("vdem", "v-dem"),
    (
        Column("country_name", filled=True, also=("vdem_country_name",)),
        Column("country_text_id", filled=True),
        Column("year", "whole", filled=True, low=1700, high=2100),
        Column("v2x_polyarchy", "number", low=0, high=1),
        Column("v2x_libdem", "number", low=0, high=1),
        Column("v2x_api", "number", low=0, high=1, required=False),
        Column("v2x_mpi", "number", low=0, high=1, required=False),
    ),
    "polyarchy_l1, libdem_l1",
    (
        "country_id", "historical_date", "project", "historical", "histname", "cod(ing)?(start|end).*",
        "gap(start|end|index).*",
        "cowcode", "gwn", "cown", "in_(gw|cow)_system", "v[23].*", "e_.*",
    ),
    ("country_text_id", "year"),
    optional=True,
)  # fmt: skip
SOURCES = (REIGN_REGIMES, REIGN_ELECTIONS, POLITY, VDEM)
