"""Words for how a ruler leaves and what happens then.

The order of `MODES` and `FATES` is the order of every array axis of that name in `history`, `hazard` and above.
Archigos's single `other_irregular` exit counts as a coup.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

MODES: Final = ("regular", "coup", "uprising", "rebels", "foreign", "assassination", "natural")
FATES: Final = ("safe", "exile", "jail", "death")

IN_OFFICE: Final = "in_office"
"""Name of the outcome 'still in office'; last on axes that hold it."""

EXIT_CATEGORY_TO_MODE: Final = {**{mode: mode for mode in MODES}, "other_irregular": "coup"}
"""`exit_cat` of the spells and `exit_next*` of the panel -> mode. Categories that are no exit are left out."""

REGIMES: Final = (
    "presidential",
    "parliamentary",
    "personal",
    "party",
    "military",
    "monarchy",
    "interim",
    "unknown",
)
"""Kinds of regime told apart here: the panel's groups, with democracies split in two. `unknown` is uncoded."""

REGIONS: Final = ("americas", "europe", "africa", "mena", "asia", "oceania")

REIGN_TYPES: Final = {
    "presidential": "presidential",
    "parliamentary": "parliamentary",
    "personal": "personal",
    "party-personal": "personal",
    "party-personal-military": "personal",
    "party-based": "party",
    "oligarchy": "party",
    "military": "military",
    "military personal": "military",
    "indirect military": "military",
    "party-military": "military",
    "monarchy": "monarchy",
    "provisional": "interim",
    "provisional military": "interim",
    "foreign-occupied": "interim",
    "warlordism": "interim",
    "": "unknown",
}
"""Regime type as REIGN names it -> one of `REGIMES`."""

REGIME_NAMES: Final = {**{name: (name,) for name in REGIMES}, "democracy": ("presidential", "parliamentary")}
"""What a user may write for a regime -> the members of `REGIMES` it stands for."""

CUT: Final = dt.date(2009, 12, 31)
"""Nothing after this day is in the record."""
