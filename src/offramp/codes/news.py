"""Kinds of news that shift a ruler's hazards (`offramp.hazard.news` holds by how much)."""

from __future__ import annotations

from typing import Final

KINDS: Final = {
    "coup_attempt": "failed attempt at a coup in the state",
    "coup_next_door": "attempt at a coup elsewhere in the region",
    "uprising_next_door": "ruler of the region driven out by protest",
    "dispute_force": "another state uses force against the state",
    "dispute_major_power": "a major power begins a dispute with the state",
    "regime_claim": "another state begins a dispute and wants another regime",
    "plot": "plot for a coup found out",
    "ultimatum": "outside power tells the ruler to leave",
    "refusal": "ruler refuses in public to leave",
    "sanctions_threat": "sanctions threatened",
    "sanctions": "sanctions imposed",
    "mass_protest": "mass protest against the ruler",
    "defection": "units or commanders of the armed forces defect",
}
