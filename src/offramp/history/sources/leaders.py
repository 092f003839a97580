"""Files about leaders: Archigos, REIGN's list of leaders, LEAD, and leader willingness to use force.

Forms: the copies of `raw` (comma, gzip), and the makers' own: Archigos 4.1 as tab-separated text, one row a spell
or one row a spell and year (`arch_annual`), REIGN's monthly `leader_list_M_YY.csv`.
"""

from __future__ import annotations

import polars as pl

from offramp.history.sources.spec import Column, RowRule, Source

ENTRIES = ("Regular", "Irregular", "Foreign Imposition", "Unknown")
EXITS = (
    "Regular",
    "Irregular",
    "Foreign",
    "Natural Death",
    "Retired Due to Ill Health",
    "Suicide",
    "Still in Office",
    "Unknown",
)
_SUPPORTED = ("Removed by Military", "Removed by Other Government Actors", "Removed by Rebels", "Popular Protest")
EXIT_CODES = (
    "Regular",
    "Still in Office",
    *(f"{who}, {how} Foreign Support" for who in _SUPPORTED for how in ("without", "with")),
    "Removed in Military Power Struggle Short of Coup",
    "Removed through Threat of Foreign Force",
    "Assassination by Unsupported Individual",
    "Irregular, Other",
    "Unknown",
)
NATURAL = "Missing: Natural Death within Six Months of Losing Office"
CROSSES = "Missing: fate window crosses the cut"
FATES = (
    "OK",
    "Exile",
    "Imprisonment",
    "Death",
    "Suicide",
    "Leader Still in Office",
    NATURAL,
    "Missing: No Information Found",
    CROSSES,
)


def collapse_years(frame: pl.DataFrame) -> pl.DataFrame:
    """Archigos by year repeats a spell for each year in office: the first row of each stays."""
    return frame.unique("obsid", keep="first", maintain_order=True)


ARCHIGOS_COLUMNS = (
    Column("obsid", filled=True),
    Column("leadid", filled=True),
    Column("ccode", "whole", filled=True, low=1, high=999),
    Column("idacr", required=False),
    Column("leader", filled=True),
    Column("startdate", "date", filled=True),
    Column("enddate", "date", filled=True),
    Column("entry", filled=True, among=ENTRIES, recode={"Foreign": "Foreign Imposition"}),
    Column("exit", filled=True, among=EXITS, recode={"Retired due to ill health": "Retired Due to Ill Health"}),
    Column("exitcode", filled=True, among=EXIT_CODES),
    Column("prevtimesinoffice", "whole", filled=True, low=0, high=20),
    Column("posttenurefate", filled=True, among=FATES),
    Column("gender", filled=True, among=("M", "F")),
    Column("yrborn", "whole", low=1700, high=2030, missing=("-777", "-888", "-999")),
    Column("yrdied", "whole", low=1800, high=2030, missing=("-777", "-888", "-999")),
)
ARCHIGOS_RULES = (
    RowRule("enddate", pl.col("enddate") >= pl.col("startdate"), "a day not before startdate"),
    RowRule(
        "exitcode",
        (pl.col("exit") == "Still in Office") == (pl.col("exitcode") == "Still in Office"),
        "'Still in Office' in exit and exitcode, or in neither",
    ),
    RowRule("yrborn", pl.col("yrborn") <= pl.col("startdate").dt.year(), "a year not after the start"),
)
ARCHIGOS_IGNORED = (
    "e(in|out)date",
    "borndate",
    "deathdate",
    "e(birth|death)date",
    r"dbpedia\.?uri",
    r"num\.?(entry|exit|exitcode|posttenurefate)",
    "fties",
    "ftcur",
)
ARCHIGOS = Source(
    "archigos",
    "Archigos: leaders with first and last day, entry, exit and fate",
    ("archigos", "1march_archigos"),
    ARCHIGOS_COLUMNS,
    "all leader spells of the states that Archigos covers, how they ended and what became of the leaders",
    ARCHIGOS_IGNORED,
    ("obsid",),
    ARCHIGOS_RULES,
)
ARCHIGOS_ANNUAL = Source(
    "archigos",
    "Archigos by leader and year",
    ("arch_annual",),
    ARCHIGOS_COLUMNS,
    ARCHIGOS.feeds,
    ARCHIGOS_IGNORED,
    (),
    (
        *ARCHIGOS_RULES,
        RowRule(
            "obsid",
            pl.struct("startdate", "enddate", "exit", "exitcode", "posttenurefate").n_unique().over("obsid") == 1,
            "the same spell in all rows of one obsid",
        ),
    ),
    reshape=collapse_years,
)

REIGN_LEADERS = Source(
    "reign_leaders",
    "REIGN list of leaders",
    ("reign_leader", "leader_list"),
    (
        Column("stateabb", filled=True),
        Column("ccode", "whole", filled=True, low=1, high=999),
        Column("leadid", filled=True),
        Column("leader", filled=True),
        Column("sdate", "whole", filled=True, low=1, high=31),
        Column("smonth", "whole", filled=True, low=1, high=12),
        Column("syear", "whole", filled=True, low=1800, high=2100),
        Column("emonth", "whole", low=1, high=12),
        Column("eyear", "whole", low=1800, high=2100),
        Column("birthyear", "whole", low=1700, high=2030, missing=("-99", "-99.0")),
        Column("gender", "whole", among=(0, 1), missing=("-99", "-99.0")),
        Column("militarycareer", "number", among=(0.0, 0.5, 1.0), missing=("-99", "-99.0")),
        Column("l_month", "whole", required=False, low=1, high=12),
        Column("l_year", "whole", required=False, low=1800, high=2100),
    ),
    "leaders of states that Archigos leaves out, military careers, missing birth years",
    ("edate", "yearsinoffice", "tenure_months", "lastelection", "elected", "political_violence", "victory", "defeat"),
    ("ccode", "leadid", "syear", "smonth", "sdate", "leader"),
    (
        RowRule("emonth", pl.col("emonth").is_null() == pl.col("eyear").is_null(), "month and year, or neither"),
        RowRule(
            "eyear",
            pl.col("eyear") * 12 + pl.col("emonth") >= pl.col("syear") * 12 + pl.col("smonth"),
            "a month not before the start",
        ),
        RowRule(
            "sdate",
            pl.date(pl.col("syear"), pl.col("smonth"), 1).dt.month_end().dt.day() >= pl.col("sdate"),
            "a day that the month of smonth and syear has",
        ),
    ),
)

_LEAD_FLAGS = (
    "milservice",
    "combat",
    "rebel",
    "warwin",
    "warloss",
    "rebelwin",
    "rebelloss",
    "physhealth",
    "mentalhealth",
)
LEAD = Source(
    "lead",
    "LEAD: careers of leaders before office",
    ("lead.", "lead_", "lead-"),
    (
        Column("obsid", filled=True),
        Column("leveledu", "whole", low=0, high=3),
        *(Column(name, "whole", among=(0, 1)) for name in _LEAD_FLAGS),
    ),
    "rebel_past, and military service where REIGN has no career",
    (),
    ("obsid",),
    optional=True,
)

_THETAS = tuple(f"theta{i}_{part}" for i in range(1, 5) for part in ("mean", "sd"))
LWUF = Source(
    "lwuf",
    "Leader willingness to use force",
    ("lwuf", "wuf"),
    (
        Column("obsid", filled=True),
        *(Column(name, "number", low=-10 if name.endswith("mean") else 0, high=10) for name in _THETAS),
    ),
    "nothing in the panel yet; it is checked for conflicts only",
    (),
    ("obsid",),
    optional=True,
)
SOURCES = (ARCHIGOS, ARCHIGOS_ANNUAL, REIGN_LEADERS, LEAD, LWUF)
