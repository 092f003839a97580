"""Files about means: COW National Material Capabilities, and infant mortality from World Development Indicators.

Forms: the copies of `raw`; COW's own `NMC-60-abridged.csv` (-9 is missing).
"""

from __future__ import annotations

from offramp.history.sources.spec import Column, Source

_UNKNOWN = ("-9", "-9.0")
NMC = Source(
    "nmc",
    "COW National Material Capabilities",
    ("cow_nmc", "nmc"),
    (
        Column("ccode", "whole", filled=True, low=1, high=999),
        Column("year", "whole", filled=True, low=1816, high=2100),
        *(
            Column(name, "number", low=0, missing=_UNKNOWN)
            for name in ("milex", "milper", "irst", "pec", "tpop", "upop")
        ),
        Column("cinc", "number", low=0, high=1, missing=_UNKNOWN),
    ),
    "lpop_l1, lpec_pc_l1, milper_pc_l1, lmilex_pc_l1",
    ("stateabb", "statenme", "version", "upopgrowth"),
    ("ccode", "year"),
)
WDI = Source(
    "wdi",
    "Infant mortality (World Development Indicators)",
    ("wdi",),
    (
        Column("gwcode", "whole", filled=True, low=1, high=999),
        Column("year", "whole", filled=True, low=1900, high=2100),
        Column("infmort", "number", low=0, high=1000),
        Column(
            "infmort_imputed",
            filled=True,
            among=("true", "false"),
            recode={"TRUE": "true", "FALSE": "false", "True": "true", "False": "false", "1": "true", "0": "false"},
        ),
    ),
    "infmort_l1",
    (),
    ("gwcode", "year"),
    optional=True,
)
SOURCES = (NMC, WDI)
