"""Words that tell an actor's part: nouns such as 'troops' and titles such as 'foreign minister'.

Data only; `offramp.reading.actors` reads phrases with it. The nouns stand in `data/roles.csv`.
"""

from __future__ import annotations

import re
from functools import cache

from offramp.codes.roles import Role
from offramp.reading.lexicon import table

LEADER = "leader"  # whoever leads a country; ruler or head of state once the standoff is known
NO_SIDE = {Role.OUTLET, Role.COMPANY, Role.OTHER}
ADJUNCT_ROLES = {
    "opposition": Role.OPPOSITION, "rebel": Role.REBELS, "guerrilla": Role.REBELS, "insurgent": Role.REBELS,
    "army": Role.ARMED_FORCES, "military": Role.ARMED_FORCES, "police": Role.POLICE, "government": Role.GOVERNMENT,
    "security": Role.POLICE,
}  # fmt: skip
LOCAL_ROLES = {Role.ARMED_FORCES, Role.POLICE, Role.PUBLIC, Role.REBELS, Role.OPPOSITION}
BODIES = {"council", "bloc", "union", "league", "organisation", "organization", "commission", "alliance", "community"}
MEN = {"men", "boys", "soldiers", "troops", "forces"}
COURTESY = {
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "sir",
    "lord",
    "lady",
    "president",
    "prime",
    "minister",
    "general",
    "sheikh",
}
BEYOND = re.compile(
    r"\b(club|company|board|university|federation|association|bank|firm|studio|team|league|foundation|museum|festival"
    r"|institute|corporation|group|chamber of commerce|school|college|society)\b"
)
MINISTER = re.compile(
    r"\b(?:(?:defen[cs]e|interior|justice|information|communications?|finance) minister|vice[- ]president|judge"
    r"|prosecutor|governor|speaker)\b"
)
# A title's words, tried in this order; the first that fits decides.
_TITLES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), role)
    for pattern, role in (
        (r"\b(former|ex|ousted|deposed|late|exiled|president-elect|elect)\b", Role.OPPOSITION),
        (r"\b(opposition|candidate|challenger|dissident|activist)\b", Role.OPPOSITION),
        (r"\b(rebel|guerrilla|militia|insurgent|warlord|separatist)\b", Role.REBELS),
        (r"\b(secretary|attorney|director|inspector|governor)[- ]general\b", Role.GOVERNMENT),
        (r"\b(foreign (minister|secretary|affairs)|secretary of state|ambassador|envoy)\b", Role.FOREIGN_MINISTER),
        (r"\b(general|admiral|colonel|commander|marshal|brigadier|captain|lieutenant|major|army|chief of staff)\b",
         Role.ARMED_FORCES),
        (r"\bpolice\b", Role.POLICE),
        (r"\b(vice|deputy|assistant|under)\b", Role.GOVERNMENT),
        (r"\b(prime minister|premier|chancellor)\b", LEADER),
        (r"\b(minister|secretary|spokesman|spokeswoman|spokesperson|senator|governor|mayor|judge|prosecutor|adviser"
         r"|advisor|official|speaker|lawmaker|deputy|attorney|congressman|congresswoman|representative|assembly"
         r"|parliament|senate|court|council|chairman of the)\b", Role.GOVERNMENT),
        (r"\b(president|ruler|strongman|dictator|king|queen|emperor|sultan|emir|leader|monarch|autocrat|tyrant)\b",
         LEADER),
        (r"\b(bishop|cardinal|archbishop|imam|priest|pope|patriarch)\b", Role.ORGANISATION),
    )
)  # fmt: skip


@cache
def role_nouns() -> dict[str, str]:
    """Noun to role, from the table; the first row that holds a noun wins."""
    found: dict[str, str] = {}
    for _, row in table("roles.csv"):
        for word in row["nouns"].split():
            found.setdefault(word.replace("_", " "), row["role"])
    return found


def title_role(words: str) -> str | None:
    """The role that a title or description gives ('opposition leader' is opposition), or None."""
    return next((role for pattern, role in _TITLES if pattern.search(words)), None)
