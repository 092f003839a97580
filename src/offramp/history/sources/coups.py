"""Lists of coups: the Cline Center's, Colpus, Powell and Thyne.

Forms: the copies of `raw`; the Cline Center's own csv (the same columns, later editions with cowcode as number or
text);
Powell and Thyne's tab-separated `powell_thyne_coups_final.txt`, whose last column is `ccode_gw` in some editions.
"""

from __future__ import annotations

import polars as pl

from offramp.history.sources.spec import Column, RowRule, Source

_REAL_DAY = RowRule(
    "day",
    pl.date(pl.col("year"), pl.col("month"), 1).dt.month_end().dt.day() >= pl.col("day"),
    "a day that the month has",
)
_YMD = (
    Column("year", "whole", filled=True, low=1900, high=2100),
    Column("month", "whole", filled=True, low=1, high=12),
    Column("day", "whole", filled=True, low=1, high=31),
)
CLINE_TYPES = ("military", "dissident", "rebel", "palace", "foreign", "auto", "resign", "popular", "counter", "other")
CLINE_FATES = ("noharm", "injured", "killed", "harrest", "jailed", "tried", "fled", "exile")
_STAGES = ("unrealized", "realized", "conspiracy", "attempt")

CLINE = Source(
    "cline",
    "Cline Center Coup d'État Project",
    ("cline", "coup data", "coup_data", "coup-data"),
    (
        Column("coup_id", filled=True),
        Column("cowcode", "whole", filled=True, low=1, high=999),
        Column("country", filled=True),
        *_YMD,
        Column(
            "event_type",
            filled=True,
            among=("coup", "attempted", "conspiracy"),
            recode={"attempted coup": "attempted", "attempt": "attempted", "conspiracy coup": "conspiracy"},
        ),
        *(Column(name, "whole", filled=True, among=(0, 1)) for name in (*_STAGES, *CLINE_TYPES, *CLINE_FATES)),
    ),
    "coup plots and attempts of the wider list, and second opinions on exits that Archigos calls regular",
    (),
    ("coup_id",),
    (
        _REAL_DAY,
        RowRule(
            "event_type",
            (pl.col("realized") == 1) == (pl.col("event_type") == "coup"),
            "'coup' exactly where realized is 1",
        ),
        RowRule("unrealized", pl.col("unrealized") + pl.col("realized") == 1, "0 where realized is 1, else 1"),
        RowRule(
            "conspiracy",
            pl.col("conspiracy") == (pl.col("event_type") == "conspiracy").cast(pl.Int64),
            "1 exactly where event_type is 'conspiracy'",
        ),
    ),
)

COLPUS = Source(
    "colpus",
    "Colpus: types and characteristics of coups",
    ("colpus",),
    (
        Column("id", filled=True, also=("coup_id", "colpus_id")),
        Column("ccode", "whole", filled=True, low=1, high=999, also=("cowcode",)),
        Column("date", "date", filled=True),
        Column("statenme", required=False, also=("country",)),
        Column("year", "whole", filled=True, low=1900, high=2100),
        Column("coup", required=False),
        Column("milcoup", required=False),
        Column("nonmilcoup", "whole", required=False, among=(0, 1)),
        Column("success", "whole", filled=True, among=(1, 2)),
        Column("type", among=("CH", "SH", "AD", "NM", "PR", "WR")),
        Column("cwc_coding", required=False),
        Column("type2", required=False, among=("CH", "SH")),
        Column("cwc_coding2", required=False),
        *(
            Column(name, "number", required=False, among=(0.0, 1.0))
            for name in (
                "srofficial",
                "jrofficer",
                "sameeth",
                "anyethclaim",
                "relative",
                "anyoutsidesupport",
                "ambiguous",
            )
        ),
        Column("staged", "number", required=False, among=(0.0, 1.0)),
    ),
    "all coup attempts of the panel, as covariates and as outcomes",
    ("coupleadereth", "relationship", "outsidesupporters", "month", "day", "notes?"),
    ("id",),
    (RowRule("date", pl.col("date").dt.year() == pl.col("year"), "a day in the year of the column year"),),
)

POWELL_THYNE = Source(
    "powell_thyne",
    "Powell and Thyne: coup attempts",
    ("powell_thyne", "powell-thyne"),
    (
        Column("country", filled=True),
        Column("ccode", "whole", filled=True, low=1, high=999),
        *_YMD,
        Column("coup", "whole", filled=True, among=(1, 2)),
        Column("version", required=False),
    ),
    "the outcome pt_att_next*, a second opinion on coup attempts",
    ("ccode_gw", "ccode_polity"),
    ("ccode", "year", "month", "day", "coup"),
    (_REAL_DAY,),
    optional=True,
)
SOURCES = (CLINE, COLPUS, POWELL_THYNE)
