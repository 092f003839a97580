"""How each ending looks and reads in the brief: name, phrase, colour, dash and mark.

Colours are those of Okabe and Ito (2008), which stay apart for colour-blind readers; each comes with a dash and a
mark, so that nothing rests on colour alone. A colour is named by the CSS variable that the page's style sheet sets for
light and dark. The endings are those of `offramp.codes.exits`, in its order; a key that is not
listed here is shown by its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offramp.codes.exits import OUTCOME_LABELS, OUTCOMES
from offramp.forecast.brief import Outcomes

IN_OFFICE = "in_office"


@dataclass(frozen=True, slots=True)
class Look:
    """One ending as it is shown."""

    key: str
    label: str  # of a row or a line
    phrase: str  # completes 'The ruler …'
    colour: str  # CSS
    dash: tuple[int, ...]  # of a line, in pixels; () is solid
    mark: str  # id of a symbol in the page's sprite


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


_PHRASES = {
    "negotiated": "leaves under agreed terms",
    "coup": "is removed by the country's own armed forces or government",
    "uprising": "is brought down by popular protest",
    "foreign": "is removed by foreign force or its direct threat",
    "regular": "leaves by the country's own rules",
    "natural": "dies or steps down through illness",
    "assassination": "is assassinated",
    "rebels": "is overthrown by rebels",
    IN_OFFICE: "is still in office",
}
_DRAWN: dict[str, tuple[str, tuple[int, ...], str]] = {
    "negotiated": ("var(--negotiated)", (), "circle"),
    "coup": ("var(--coup)", (2, 2), "triangle"),
    "uprising": ("var(--uprising)", (8, 3, 2, 3), "diamond"),
    "foreign": ("var(--foreign)", (7, 3), "square"),
    IN_OFFICE: ("var(--office)", (), "ring"),
}
_OTHERS = ("var(--other)", (1, 3), "bar")
LOOKS: dict[str, Look] = {
    mode.value: Look(mode.value, _upper(OUTCOME_LABELS[mode]), _PHRASES[mode.value], *_DRAWN.get(mode.value, _OTHERS))
    for mode in OUTCOMES
}
MAIN = tuple(key for key in LOOKS if key in _DRAWN and key != IN_OFFICE)
OTHER = Look("other", "Other exits", "leaves in another way", *_OTHERS)
ANY = Look("any", "Any exit", "is out of office", "var(--any)", (), "circle")


def look(key: str) -> Look:
    """How an ending looks; one that is not in the table is shown by its own name as one of the others."""
    name = key.replace("_", " ")
    return LOOKS.get(key) or Look(key, _upper(name), f"leaves by {name}", *_OTHERS)


def ordered(keys: Iterable[str]) -> list[str]:
    """Endings in the order of the table, unknown ones after, 'in office' last."""
    rank = {key: place for place, key in enumerate(LOOKS)}
    return sorted(keys, key=lambda key: (key == IN_OFFICE, rank.get(key, len(rank)), key))


def others(keys: Iterable[str]) -> list[str]:
    """The exits that charts draw together as 'Other exits'."""
    return [key for key in ordered(keys) if key not in MAIN and key != IN_OFFICE]


def at(outcomes: Outcomes, key: str, place: int) -> tuple[float, float, float] | None:
    """Mean, low and high of one ending at a place of the month list; None where the lens cannot say."""
    series = outcomes.get(key)
    if series is None:
        return None
    mean, low, high = series.mean[place], series.low[place], series.high[place]
    if mean is None:
        return None
    return mean, mean if low is None else low, mean if high is None else high


def any_exit(outcomes: Outcomes, place: int) -> tuple[float, float, float] | None:
    """Mean, low and high of having left in any way: one less those of being in office."""
    stay = at(outcomes, IN_OFFICE, place)
    return None if stay is None else (1 - stay[0], 1 - stay[2], 1 - stay[1])
