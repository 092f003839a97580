"""PLOVER: the 16 types of events that reports are coded in, and their crosswalk to CAMEO.

Names, quad classes and modes are those of the PLOVER manual (Open Event Data Alliance) as used for POLECAT
(Halterman, Bagozzi, Beger, Schrodt & Scarborough 2023, "PLOVER and POLECAT: a new political event ontology and
dataset"); REQUEST is the later name of DEMAND and takes appeals in. CAMEO codes are those of the CAMEO manual 1.1b3
(Schrodt 2012). The crosswalk follows the one that PLOVER's authors published in 2021 at the level of three digits;
where it is silent (the statements and appeals of roots 01 and 02, the force of 19 and 20) a comment says what was
chosen.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TypeVar

from offramp.codes.tables import unknown

T = TypeVar("T")


class EventType(StrEnum):
    """The 16 event types, from verbal cooperation to material conflict."""

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"


class Quad(StrEnum):
    """Verbal or material, cooperation or conflict."""

    VERBAL_COOPERATION = "verbal_cooperation"
    MATERIAL_COOPERATION = "material_cooperation"
    VERBAL_CONFLICT = "verbal_conflict"
    MATERIAL_CONFLICT = "material_conflict"


EVENT_TYPES: tuple[EventType, ...] = tuple(EventType)

QUAD: dict[EventType, Quad] = {
    EventType.AGREE: Quad.VERBAL_COOPERATION,
    EventType.CONSULT: Quad.VERBAL_COOPERATION,
    EventType.SUPPORT: Quad.VERBAL_COOPERATION,
    EventType.CONCEDE: Quad.VERBAL_COOPERATION,
    EventType.COOPERATE: Quad.MATERIAL_COOPERATION,
    EventType.AID: Quad.MATERIAL_COOPERATION,
    EventType.RETREAT: Quad.MATERIAL_COOPERATION,
    EventType.REQUEST: Quad.VERBAL_CONFLICT,
    EventType.ACCUSE: Quad.VERBAL_CONFLICT,
    EventType.REJECT: Quad.VERBAL_CONFLICT,
    EventType.THREATEN: Quad.VERBAL_CONFLICT,
    EventType.PROTEST: Quad.MATERIAL_CONFLICT,
    EventType.SANCTION: Quad.MATERIAL_CONFLICT,
    EventType.MOBILIZE: Quad.MATERIAL_CONFLICT,
    EventType.COERCE: Quad.MATERIAL_CONFLICT,
    EventType.ASSAULT: Quad.MATERIAL_CONFLICT,
}

EVENT_DEFINITIONS: dict[EventType, str] = {
    EventType.AGREE: "agrees, promises or offers to do something that the other side wants",
    EventType.CONSULT: "meets, visits, telephones or negotiates",
    EventType.SUPPORT: "praises, endorses, recognises or signs, in words and diplomacy only",
    EventType.CONCEDE: "gives way in words: lifts a restriction, pardons, accedes to a demand, apologises",
    EventType.COOPERATE: "exchanges goods, soldiers, evidence or intelligence to mutual benefit",
    EventType.AID: "gives money, arms, food, protection or asylum",
    EventType.RETREAT: "gives way in deed: resigns, releases, withdraws, disarms, stops firing, lets observers in",
    EventType.REQUEST: "asks, demands or orders that somebody do something",
    EventType.ACCUSE: "criticises, blames, sues or investigates",
    EventType.REJECT: "refuses a request, a demand, an offer or talks",
    EventType.THREATEN: "threatens or gives an ultimatum",
    EventType.PROTEST: "demonstrates, strikes, boycotts, blocks or riots",
    EventType.SANCTION: "cuts or reduces relations, talks or aid, expels or convicts",
    EventType.MOBILIZE: "readies or shows armed force or police",
    EventType.COERCE: "represses or compels short of violence: arrests, bans, seizes, embargoes, blockades",
    EventType.ASSAULT: "uses violence against persons or things, from a beating to war",
}

MODES: dict[EventType, tuple[str, ...]] = {
    EventType.AGREE: (),
    EventType.CONSULT: ("visit", "third-party", "multilateral", "phone"),
    EventType.SUPPORT: (),
    EventType.CONCEDE: (),
    EventType.COOPERATE: (),
    EventType.AID: ("economic", "military", "humanitarian", "asylum"),
    EventType.RETREAT: ("withdraw", "release", "return", "disarm", "ceasefire", "access", "ease", "resign"),
    EventType.REQUEST: ("assist", "change", "yield", "meet"),
    EventType.ACCUSE: ("disapprove", "investigate", "allege"),
    EventType.REJECT: ("assist", "change", "yield", "meet"),
    EventType.THREATEN: ("restrict", "ban", "arrest", "relations", "expel", "territory", "violence"),
    EventType.PROTEST: ("demo", "riot", "strike", "hunger", "boycott", "obstruct"),
    EventType.SANCTION: ("convict", "expel", "withdraw", "discontinue"),
    EventType.MOBILIZE: ("troops", "weapons", "police", "militia"),
    EventType.COERCE: (
        "seize",
        "restrict",
        "ban",
        "censor",
        "curfew",
        "martial-law",
        "arrest",
        "deport",
        "withhold",
        "misinformation",
    ),
    EventType.ASSAULT: (
        "abduct",
        "beat",
        "torture",
        "execute",
        "sexual",
        "assassinate",
        "primitive",
        "firearms",
        "explosives",
        "suicide-attack",
        "heavy-weapons",
        "crowd-control",
        "cleansing",
        "unconventional",
        "destroy",
    ),
}

CONTEXTS: tuple[str, ...] = (
    "military",
    "intelligence",
    "executive",
    "legislative",
    "election",
    "political_institutions",
    "democracy",
    "legal",
    "crime",
    "corruption",
    "human_rights",
    "rights_freedoms",
    "diplomatic",
    "territory",
    "economic",
    "resource",
    "health",
    "disaster",
    "environment",
    "migration",
    "refugee",
    "asylum",
    "humanitarian",
    "peacekeeping",
    "terrorism",
    "cbrn",
    "cyber",
    "misinformation",
    "historical",
    "future",
    "hypothetical",
    "negation",
)

# Root codes of CAMEO. 01 (public statements) has no counterpart in PLOVER. 02 (appeals) is REQUEST in the later PLOVER,
# which does not tell an appeal from a demand. 19 and 20 (fight, mass violence) are ASSAULT since FIGHT was folded in.
CAMEO_ROOT: dict[str, EventType | None] = {
    "01": None,
    "02": EventType.REQUEST,
    "03": EventType.AGREE,
    "04": EventType.CONSULT,
    "05": EventType.SUPPORT,
    "06": EventType.COOPERATE,
    "07": EventType.AID,
    "08": EventType.CONCEDE,
    "09": EventType.ACCUSE,
    "10": EventType.REQUEST,
    "11": EventType.ACCUSE,
    "12": EventType.REJECT,
    "13": EventType.THREATEN,
    "14": EventType.PROTEST,
    "15": EventType.MOBILIZE,
    "16": EventType.SANCTION,
    "17": EventType.COERCE,
    "18": EventType.ASSAULT,
    "19": EventType.ASSAULT,
    "20": EventType.ASSAULT,
}

# How many three-digit codes each root has: XX0 to XX(n-1).
_BRANCHES: dict[str, int] = {
    "01": 10,
    "02": 9,
    "03": 10,
    "04": 7,
    "05": 8,
    "06": 5,
    "07": 6,
    "08": 8,
    "09": 5,
    "10": 9,
    "11": 7,
    "12": 10,
    "13": 10,
    "14": 6,
    "15": 6,
    "16": 7,
    "17": 7,
    "18": 7,
    "19": 7,
    "20": 5,
}

# Three- and four-digit codes whose type differs from their root's.
_MOVED: dict[str, EventType] = {
    "0813": EventType.RETREAT,  # ease a curfew
    "0814": EventType.RETREAT,  # ease a state of emergency
    "084": EventType.RETREAT,  # return, release
    "085": EventType.RETREAT,  # ease economic sanctions
    "086": EventType.RETREAT,  # let observers, inspectors, aid in
    "087": EventType.RETREAT,  # de-escalate militarily
    "163": EventType.COERCE,  # embargo, boycott, sanctions: compels, where SANCTION reduces relations
    "1712": EventType.ASSAULT,  # destroy property
    "175": EventType.ASSAULT,  # violent repression
    "176": EventType.ASSAULT,  # attack by cyber means
    "191": EventType.COERCE,  # blockade
    "192": EventType.COERCE,  # occupy territory
}

_MODE: dict[str, str] = {
    "041": "phone",
    "042": "visit",
    "043": "visit",
    "044": "third-party",
    "071": "economic",
    "072": "military",
    "073": "humanitarian",
    "075": "asylum",
    "0841": "release",
    "0842": "return",
    "085": "ease",
    "0813": "ease",
    "0814": "ease",
    "086": "access",
    "087": "disarm",
    "0871": "ceasefire",
    "0872": "withdraw",
    "09": "investigate",
    "101": "assist",
    "102": "assist",
    "103": "assist",
    "104": "change",
    "105": "yield",
    "106": "meet",
    "107": "meet",
    "108": "meet",
    "11": "disapprove",
    "121": "assist",
    "122": "assist",
    "123": "change",
    "124": "yield",
    "125": "meet",
    "126": "meet",
    "127": "meet",
    "131": "relations",
    "1312": "restrict",
    "132": "ban",
    "1323": "restrict",
    "1324": "restrict",
    "133": "relations",
    "134": "relations",
    "135": "relations",
    "136": "expel",
    "137": "violence",
    "138": "violence",
    "1381": "restrict",
    "1382": "territory",
    "139": "relations",
    "141": "demo",
    "142": "hunger",
    "143": "boycott",
    "144": "obstruct",
    "145": "riot",
    "151": "police",
    "152": "troops",
    "153": "police",
    "154": "troops",
    "161": "withdraw",
    "162": "discontinue",
    "163": "restrict",
    "164": "withdraw",
    "165": "withdraw",
    "166": "expel",
    "171": "seize",
    "1712": "destroy",
    "172": "restrict",
    "1722": "ban",
    "1723": "curfew",
    "1724": "martial-law",
    "173": "arrest",
    "174": "deport",
    "191": "restrict",
    "192": "seize",
    "181": "abduct",
    "182": "beat",
    "1821": "sexual",
    "1822": "torture",
    "183": "explosives",
    "1831": "suicide-attack",
    "185": "assassinate",
    "186": "assassinate",
    "193": "firearms",
    "194": "heavy-weapons",
    "195": "heavy-weapons",
    "203": "cleansing",
    "204": "unconventional",
}


def _longest(table: dict[str, T], code: str) -> T | None:
    """The entry of the longest prefix of a code: 1724 before 172 before 17."""
    return next((table[code[:n]] for n in range(len(code), 1, -1) if code[:n] in table), None)


@cache
def cameo_codes() -> tuple[str, ...]:
    """The 20 root codes and 149 three-digit codes of CAMEO, in order."""
    found = [f"{root}{i}" for root, n in _BRANCHES.items() for i in range(n)]
    return tuple(sorted([*CAMEO_ROOT, *found]))


def from_cameo(code: str) -> tuple[EventType, str | None] | None:
    """The PLOVER type and mode of a CAMEO code of two to four digits; `None` for what PLOVER does not code.

    Raises:
        InputError: If the code's first two, or first three, digits are not CAMEO's.

    >>> from_cameo("1041"), from_cameo("010")
    ((<EventType.REQUEST: 'REQUEST'>, 'change'), None)
    """
    if not (2 <= len(code) <= 4 and code.isdigit() and code[:3] in cameo_codes()):
        raise unknown("CAMEO code", code, cameo_codes())
    kind = _longest(_MOVED, code) or CAMEO_ROOT[code[:2]]
    return None if kind is None else (kind, _longest(_MODE, code))


@cache
def to_cameo(kind: EventType, mode: str | None = None) -> tuple[str, ...]:
    """The three-digit CAMEO codes that fall under a PLOVER type, and, when given, that mode of it.

    The answer is empty for a mode that no three-digit code expresses. ASSAULT by cyber means, for instance, is 176.

    Raises:
        InputError: If the mode is none of the type's.
    """
    if mode is not None and mode not in MODES[kind]:
        raise unknown(f"mode of {kind}", mode, MODES[kind])
    found = []
    for code in cameo_codes():
        here = from_cameo(code) if len(code) == 3 else None
        if here is not None and here[0] is kind and mode in {None, here[1]}:
            found.append(code)
    return tuple(found)


def check_type(code: str) -> EventType:
    """The event type with this name.

    Raises:
        InputError: If there is none, naming the nearest (DEMAND is REQUEST, FIGHT is ASSAULT, ...).
    """
    renamed = {"DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE", "INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT"}
    try:
        return EventType(renamed.get(code, code))
    except ValueError as bad:
        raise unknown("PLOVER event type", code, EVENT_TYPES) from bad
