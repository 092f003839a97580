"""What the public can see of a standoff: the 72 states, and the ways in which a ruler's time in office ends.

A state is (pressure, offer, army, street, counter-demand). The hidden type of the ruler is no part of it; it enters
through the public belief (see `offramp.exitgame.belief`). Only names and numbering live here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple


class Pressure(IntEnum):
    """What the coercer does to the ruler."""

    NONE = 0
    SANCTIONS = 1
    ULTIMATUM = 2


class Offer(IntEnum):
    """The way out that stands."""

    NONE = 0
    SAFE_PASSAGE = 1
    IMMUNITY = 2  # safe passage and immunity


class Army(IntEnum):
    """Posture of the armed forces."""

    LOYAL = 0
    WAVERING = 1


class Street(IntEnum):
    """Whether crowds are in the street."""

    QUIET = 0
    MOBILISED = 1


class Demand(IntEnum):
    """Whether a counter-demand of the ruler stands."""

    NO = 0
    STANDING = 1


#: Sizes of the five parts, in the order of the index.
SHAPE: Final = (len(Pressure), len(Offer), len(Army), len(Street), len(Demand))
STATES: Final = 72

#: Ways out, then what is left at the horizon; the order of every axis named `outcome`.
EXITS: Final = (
    "negotiated",
    "coup",
    "uprising",
    "foreign",
    "regular",
    "natural",
    "assassination",
    "rebels",
)
OUTCOMES: Final = (*EXITS, "in_office")
NEGOTIATED, COUP, UPRISING, FOREIGN, REGULAR, NATURAL, ASSASSINATION, REBELS, IN_OFFICE = range(9)
#: Exits whose monthly chance the game takes as given; `FOREIGN` here is force by others than the coercer.
EXOGENOUS: Final = (FOREIGN, REGULAR, NATURAL, ASSASSINATION, REBELS)


class State(NamedTuple):
    """One public state.

    >>> State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE).number
    56
    >>> State.of(56).offer
    <Offer.SAFE_PASSAGE: 1>
    """

    pressure: Pressure = Pressure.NONE
    offer: Offer = Offer.NONE
    army: Army = Army.LOYAL
    street: Street = Street.QUIET
    demand: Demand = Demand.NO

    @property
    def number(self) -> int:
        """Place on every axis named `state`, 0 to 71."""
        number = 0
        for part, size in zip(self, SHAPE, strict=True):
            number = number * size + int(part)
        return number

    @classmethod
    def of(cls, number: int) -> State:
        """The state with this number; `ValueError` outside 0 to 71."""
        if not 0 <= number < STATES:
            raise ValueError(f"state number {number} is outside 0 to {STATES - 1}")
        parts = []
        for size in reversed(SHAPE):
            number, part = divmod(number, size)
            parts.append(part)
        demand, street, army, offer, pressure = parts
        return cls(Pressure(pressure), Offer(offer), Army(army), Street(street), Demand(demand))


#: All states in the order of their index.
ALL: Final = tuple(State.of(number) for number in range(STATES))
