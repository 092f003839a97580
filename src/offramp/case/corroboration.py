"""What several independent reports of one thing are worth: one fact, better sourced, and less where others deny it.

`find_agreement` says which items tell of one act, state or offer. Such items are one fact: the best sourced counts, and
each further telling that is independent (another report, another origin, other words) raises the probability that it
informs,

    rho' = min(CEILING, 1 - (1 - rho) * prod(1 - SHARED * rho_j))

where SHARED is below one because tellings of one act share sources that nobody names. Where other reports tell the
opposite, rho' is multiplied by 1 - SHARED * rho_k of the best of them. Different polls that agree are different
measurements and stay items of their own; a copy of a text is no telling.

A contested yes-or-no fact also widens its assessment's prior by CONTESTED: it is an open question now.

The numbers are judgements. `tests/case/test_corroboration.py` holds them to three rules: a copy changes nothing; one
more independent telling that nothing contradicts never widens an interval (on the log-odds scale); a contradiction
never makes an item count for more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from offramp.reading.agreement import OPPOSITES, find_agreement
from offramp.reading.evidence import Event, Evidence, Grade, Modality

SHARED = 0.5
"""Share of a further telling's rho that counts."""

CEILING = 0.95
"""No number of reports makes a thing surer than a primary source that can be checked (grade A)."""

CONTESTED = 1.15
"""Factor on the spread of an assessment of which a yes-or-no fact is told and denied."""

_PARTS = {"event": "events", "condition": "conditions", "offer": "offers", "statistic": "statistics"}
_OPPOSED = {**OPPOSITES, **{b: a for a, b in OPPOSITES.items()}}


class Tellings(NamedTuple):
    """`same`: item name -> number of its fact. `against`: item name -> names of the items that tell the opposite."""

    same: Mapping[str, int]
    against: Mapping[str, frozenset[str]]


def raised(rho: float, further: Sequence[float], against: float = 0.0) -> float:
    """The probability that a fact informs.

    Args:
        rho: That of its best telling, within [0, 1].
        further: Those of the independent tellings beside it.
        against: That of the best telling of the opposite; 0 where nobody tells it.
    """
    silent = 1 - rho
    for other in further:
        silent *= 1 - SHARED * other
    found = max(rho, min(CEILING, 1 - silent)) if further else rho
    return found * (1 - SHARED * against)


def tellings(evidence: Evidence) -> Tellings:
    """Which items of the evidence are one fact, and which deny one another, by their names (`events[3]`)."""
    same: dict[str, int] = {}
    against: dict[str, set[str]] = {}
    for number, one in enumerate(find_agreement(evidence)):
        part = _PARTS[one.item]
        names = [f"{part}[{i}]" for i in one.items]
        if one.kind == "agreement":
            if one.item != "statistic":
                same.update({name: number for name in names if name not in same})
            continue
        sides = [_stand(evidence, one.item, i, k) for k, i in enumerate(one.items)]
        for name, side in zip(names, sides, strict=True):
            opposite = {n for n, s in zip(names, sides, strict=True) if side and s and s != side}
            against.setdefault(name, set()).update(opposite)
    return Tellings(same, {name: frozenset(others) for name, others in against.items() if others})


def _stand(evidence: Evidence, item: str, index: int, place: int) -> str:
    """Which side of a contradiction an item takes; '' where it takes none."""
    if item == "statistic":
        return str(place)
    if item == "condition":
        topic = evidence.conditions[index].topic
        return topic if topic in _OPPOSED else ""
    return _of_event(evidence.events[index])


def rho_of(evidence: Evidence, name: str, informs: Mapping[Grade, float]) -> float:
    """The probability that an item informs by its own sourcing; of an offer, which has no grade, that of grade C."""
    kind, _, number = name.rstrip("]").partition("[")
    row = getattr(evidence, kind)[int(number)]
    if isinstance(row, Event):
        return informs[evidence.claims[row.claim].grade if row.claim is not None else Grade.C]
    return informs[getattr(row, "grade", Grade.C)]


def _of_event(event: Event) -> str:
    return "denied" if event.negated or event.modality is Modality.DENIED else "told"
