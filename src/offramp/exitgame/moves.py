"""The moves of the three players, which of them are open in a state, and where the coercer's lead.

The coercer moves first in a month, then the ruler, then the armed forces. A move that changes nothing is 'hold',
'keep' or 'back'; it costs nothing. Arrays here are plain NumPy, indexed by the order of the enumerations.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from offramp.exitgame.states import ALL, STATES, Demand, Offer, Pressure


class PressureMove(IntEnum):
    """What the coercer does about pressure. Strike is open from an ultimatum only."""

    EASE = 0
    HOLD = 1
    RAISE = 2
    STRIKE = 3


class OfferMove(IntEnum):
    """What the coercer does about the offer: withdraw it whole, keep it, or improve it by one step."""

    WITHDRAW = 0
    KEEP = 1
    IMPROVE = 2


class CoercerMove(NamedTuple):
    """A move of the coercer: both parts at once; a strike keeps the offer."""

    pressure: PressureMove
    offer: OfferMove

    @property
    def name(self) -> str:
        """Such as 'raise+keep'."""
        return f"{self.pressure.name.lower()}+{self.offer.name.lower()}"


#: The coercer's ten moves, in the order of every axis named `coercer_move`.
COERCER_MOVES: Final = (
    *(
        CoercerMove(pressure, offer)
        for pressure in (PressureMove.EASE, PressureMove.HOLD, PressureMove.RAISE)
        for offer in OfferMove
    ),
    CoercerMove(PressureMove.STRIKE, OfferMove.KEEP),
)
STRIKE: Final = len(COERCER_MOVES) - 1
#: Pressure held and the offer kept: open everywhere, and free.
STAY: Final = COERCER_MOVES.index(CoercerMove(PressureMove.HOLD, OfferMove.KEEP))


class RulerMove(IntEnum):
    """Leave on the offer, hold, make a counter-demand, crack down; the order of every axis named `ruler_move`."""

    LEAVE = 0
    HOLD = 1
    DEMAND = 2
    CRACKDOWN = 3


class ArmyMove(IntEnum):
    """Back the ruler, waver, or move against him; the order of every axis named `army_move`."""

    BACK = 0
    WAVER = 1
    ATTEMPT = 2


#: Share of a switching cost that a concession pays when it was asked for. Free concessions would be granted by logit
#: noise alone, half of them within a month, and the cost of that noise would make offers look like a burden; elicited
#: near 1, so that a concession follows from what it gains.
CONCESSION: Final = 0.85


def _coercer_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    open_ = np.zeros((len(COERCER_MOVES), STATES), bool)
    reached = np.tile(np.arange(STATES), (len(COERCER_MOVES), 1))
    changes = np.zeros((len(COERCER_MOVES), STATES))
    for number, (pressure, offer) in enumerate(COERCER_MOVES):
        for state in ALL:
            here = state.number
            if pressure is PressureMove.STRIKE:
                open_[number, here] = state.pressure is Pressure.ULTIMATUM
                continue
            level = state.pressure + int(pressure) - int(PressureMove.HOLD)
            step = (-int(state.offer), 0, 1)[offer]
            if not Pressure.NONE <= level <= Pressure.ULTIMATUM:
                continue
            if offer is not OfferMove.KEEP and (step == 0 or state.offer + step > Offer.IMMUNITY):
                continue
            met = offer is not OfferMove.KEEP
            after = state._replace(
                pressure=Pressure(level),
                offer=Offer(state.offer + step),
                demand=Demand.NO if met else state.demand,
            )
            open_[number, here] = True
            reached[number, here] = after.number
            asked = offer is OfferMove.IMPROVE and state.demand is Demand.STANDING
            remade = 0.0 if offer is OfferMove.KEEP else CONCESSION if asked else 1.0
            changes[number, here] = int(pressure is not PressureMove.HOLD) + remade
    return open_, reached, changes


#: [coercer_move, state]: whether the move is open; the state after it (a strike: the state if it fails);
#: how many switching costs it pays (improving an offer that a standing demand asked for pays `CONCESSION`).
COERCER_OPEN, COERCER_REACHED, COERCER_CHANGES = _coercer_tables()
#: [coercer_move, state]: the coercer takes back an ultimatum, which costs its audience's trust.
BACKS_DOWN: Final = np.array(
    [
        [move.pressure is PressureMove.EASE and state.pressure is Pressure.ULTIMATUM for state in ALL]
        for move in COERCER_MOVES
    ]
)


def _ruler_open() -> np.ndarray:
    open_ = np.ones((len(RulerMove), STATES), bool)
    for state in ALL:
        open_[RulerMove.LEAVE, state.number] = state.offer is not Offer.NONE
        addressed = state.pressure is not Pressure.NONE or state.offer is not Offer.NONE
        open_[RulerMove.DEMAND, state.number] = (
            addressed and state.demand is Demand.NO and state.offer is not Offer.IMMUNITY
        )
    return open_


#: [ruler_move, state]: leaving needs an offer; a counter-demand needs somebody to address it to, and more to ask for.
RULER_OPEN: Final = _ruler_open()
