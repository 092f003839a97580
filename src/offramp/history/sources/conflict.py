"""Files about conflict: UCDP-PRIO armed conflicts, GML militarized disputes, TIES sanctions, strategic rivalries.

Forms: the copies of `raw`; UCDP's own csv, with codes for words and several states in one cell ('200, 2'), which become
one row for each combination, as in the copies; GML's directed dyad-disputes; the rivalries' own csv.
"""

from __future__ import annotations

import polars as pl

from offramp.history.sources.spec import Column, RowRule, Source

_STATES = ("gwno_a", "gwno_a_2nd", "gwno_b", "gwno_b_2nd")
_KINDS = ("extrasystemic", "interstate", "intrastate", "II")


def one_row_a_state(frame: pl.DataFrame) -> pl.DataFrame:
    """UCDP's cells with several states ('651, 652') -> one row for each combination; states become numbers."""
    for column in _STATES:
        parts = pl.col(column).str.split(",").list.eval(pl.element().str.strip_chars())
        frame = frame.with_columns(parts).explode(column)
        frame = frame.with_columns(pl.col(column).cast(pl.Float64).cast(pl.Int64))
    return frame


def _states_listed(column: str) -> RowRule:
    return RowRule(
        column,
        pl.col(column).str.contains(r"^\d{1,3}(\.0)?(, ?\d{1,3})*$"),
        "Gleditsch-Ward numbers, several with commas between them",
    )


UCDP = Source(
    "ucdp",
    "UCDP-PRIO Armed Conflict Dataset",
    ("ucdp",),
    (
        Column("conflict_id", "whole", filled=True),
        Column("year", "whole", filled=True, low=1945, high=2100),
        Column("gwno_a", filled=True),
        Column("gwno_a_2nd"),
        Column("gwno_b"),
        Column("gwno_b_2nd"),
        Column(
            "incompatibility",
            filled=True,
            among=("territory", "government", "both"),
            recode={"1": "territory", "2": "government", "3": "both"},
        ),
        Column("intensity_level", "whole", filled=True, among=(1, 2)),
        Column(
            "type_of_conflict",
            filled=True,
            among=_KINDS,
            recode={str(i): kind for i, kind in enumerate(_KINDS, 1)},
        ),
        Column("start_date", "date", required=False),
        Column("start_prec", "whole", required=False, low=1, high=7),
        Column("start_date2", "date", required=False),
        Column("start_prec2", "whole", required=False, low=1, high=7),
    ),
    "civil_n_l1, civil_intensity_l1, civil_gov_l1, interstate_l1",
    (
        "location", "side_[ab](_2nd|_id)?", "territory_name", "cumulative_intensity", "ep_end(_date|_prec)?",
        "gwno_loc", "region",
        "version",
    ),
    (),
    tuple(_states_listed(column) for column in _STATES),
    reshape=one_row_a_state,
)  # fmt: skip

_UNKNOWN = ("-9", "-9.0")
_REVISION = (Column(f"revtype{i}{side}", "whole", low=0, high=4, missing=_UNKNOWN) for i in (1, 2) for side in (1, 2))
GML = Source(
    "gml",
    "GML militarized interstate disputes, directed dyads by year",
    ("gml",),
    (
        Column("dispnum", "whole", filled=True, low=0),
        Column("ccode1", "whole", filled=True, low=1, high=999),
        Column("ccode2", "whole", filled=True, low=1, high=999),
        Column("year", "whole", filled=True, low=1816, high=2100),
        Column("midongoing", "whole", required=False, among=(0, 1)),
        Column("midonset", "whole", filled=True, among=(0, 1)),
        Column("sidea1", "whole", filled=True, among=(0, 1)),
        Column("sidea2", "whole", filled=True, among=(0, 1)),
        Column("revstate1", "whole", among=(0, 1), missing=_UNKNOWN),
        Column("revstate2", "whole", among=(0, 1), missing=_UNKNOWN),
        *_REVISION,
        Column("hiact1", "whole", low=0, high=22, missing=_UNKNOWN),
        Column("hiact2", "whole", low=0, high=22, missing=_UNKNOWN),
        Column("hostlev1", "whole", low=1, high=5, missing=_UNKNOWN),
        Column("hostlev2", "whole", low=1, high=5, missing=_UNKNOWN),
        Column("orig1", "whole", among=(0, 1)),
        Column("orig2", "whole", among=(0, 1)),
        Column("hostlev", "whole", required=False, low=1, high=5, missing=_UNKNOWN),
        Column("stmon", "whole", filled=True, low=1, high=12),
    ),
    "mid_target_24m, mid_force_target_12m, mid_major_target_60m, mid_regime_claim_120m",
    (
        "dyad", "dyadindex", "disno", "strtyr", "endyear", "stday", "endday", "fatality[12]?", "fatalpre[12]?",
        "hiact", "mindur",
        "maxdur", "outcome", "settle", "endmon", "recip", "num[ab]", "version", "role[12]", "rolea", "roleb",
    ),
    ("dispnum", "ccode1", "ccode2", "year"),
    (
        RowRule("ccode2", pl.col("ccode1") != pl.col("ccode2"), "another state than ccode1"),
        RowRule("sidea2", pl.col("sidea1") + pl.col("sidea2") == 1, "0 where sidea1 is 1, else 1"),
    ),
)  # fmt: skip

TIES = Source(
    "ties",
    "TIES sanctions by dyad and decade",
    ("ties",),
    (
        Column("gameid", filled=True),
        Column("tenyear", "whole", filled=True, low=1900, high=2100),
        Column("ccode1", "whole", filled=True, low=1, high=999),
        Column("ccode2", "whole", filled=True, low=1, high=999),
        *(Column(name, "whole", filled=True, low=0, high=120) for name in ("sq", "cd", "sf", "bd")),
    ),
    "sanc_threat_prev_decade",
    (
        "senderecondep", "senderdemocracy", "contig", "ally", "anticipatedsendercosts", "anticipatedtargetcosts",
        "targetecondep",
        "lncaprat", "targetdemocracy",
    ),
    ("ccode1", "ccode2", "tenyear"),
    (
        RowRule("tenyear", pl.col("tenyear") % 10 == 0, "the first year of a decade"),
        RowRule("ccode2", pl.col("ccode1") != pl.col("ccode2"), "another state than ccode1"),
    ),
    optional=True,
)  # fmt: skip

_FLAGS = ("positional", "spatial", "ideological", "interventionary", "principal", "aprin")
TSS = Source(
    "tss",
    "Strategic rivalries (Thompson, Sakuwa and Suhas)",
    ("tss", "strategic_rivalries"),
    (
        Column("tssr_id", "whole", filled=True, also=("rivalryno",)),
        Column("rivalry", filled=True, also=("rivalryname",)),
        Column("ccode1", "whole", filled=True, low=1, high=999),
        Column("ccode2", "whole", filled=True, low=1, high=999),
        Column("start", "whole", filled=True, low=1400, high=2100),
        Column("end", "whole", low=1400, high=2100),
        *(Column(name, "whole", required=False, among=(0, 1)) for name in _FLAGS),
    ),
    "rival_major_l1",
    ("sideanm", "sidebnm", "type[123]", "region"),
    ("tssr_id",),
    (RowRule("end", pl.col("end") >= pl.col("start"), "a year not before start"),),
    optional=True,
)
SOURCES = (UCDP, GML, TIES, TSS)
