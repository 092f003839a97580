"""The numbers that one draw of the game needs, and nothing about where they come from.

Priors, assessments and anchors fill them; the solver reads them. Every array has a leading axis `draw` (length D);
time paths have an axis `month` after it and are held at their last value beyond their end. Payoff units: ruler one
year in office, armed forces one year of status-quo rents, coercer the value of removal; players are never compared.
Zero for the ruler is out of office and safe.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError
from offramp.exitgame.states import EXITS, EXOGENOUS

Array = npt.NDArray[np.float64]


class GameParameters(NamedTuple):
    """Parameters of D games. Shapes stand before each meaning; axes in the order of `states` and `moves`."""

    # Precision of choice, per unit of the player's own payoff.
    precision_ruler: Array  #: [D] per year in office
    precision_coercer: Array  #: [D] per value of removal
    precision_army: Array  #: [D] per year of rents
    # Discount factors for a year, in (0, 1).
    discount_ruler: Array  #: [D]
    discount_coercer: Array  #: [D]
    discount_army: Array  #: [D]
    lapse: Array  #: [D] chance a month that the standoff lapses and history's hazards take over
    committed: Array  #: [D] b0, probability that the ruler is of the committed type when the game starts
    leave_cost: Array  #: [D, 2] k_F and k_K: what leaving on the offer costs the flexible and the committed type
    # Flows a year by pressure (none, sanctions, ultimatum).
    flow_ruler: Array  #: [D, 3] worth of a year in office, 1 less what pressure takes
    flow_coercer: Array  #: [D, 3] minus the cost of keeping pressure up
    flow_army: Array  #: [D, 3] rents, 1 less what pressure takes
    # Worth of an exit (order of `states.EXITS`) at the moment it happens.
    exit_ruler: Array  #: [D, 8]; its 'negotiated' entry is not read (see kept, broken, guarantee)
    exit_coercer: Array  #: [D, 8]
    exit_army: Array  #: [D, 2, 8] by posture (loyal, wavering) at the exit; a coup reads 'wavering'
    kept: Array  #: [D, 2] worth to the ruler of safe passage, of safe passage with immunity, if the word is kept
    broken: Array  #: [D] worth to the ruler of an exit whose guarantee is broken
    guarantee: Array  #: [D, 2] g, probability that the guarantor keeps its word, by offer
    immunity_cost: Array  #: [D] what an exit with immunity costs the coercer
    # Costs of changing course; doing what one did before is free.
    cost_demand: Array  #: [D] ruler: making a counter-demand
    cost_crackdown: Array  #: [D] ruler: cracking down for a month
    cost_switch: Array  #: [D] coercer: each change of pressure or offer
    cost_audience: Array  #: [D] coercer: taking back an ultimatum
    cost_strike: Array  #: [D] coercer: a strike
    strike_success: Array  #: [D] probability that a strike removes the ruler
    # Armed forces.
    waver: Array  #: [D] payoff of wavering for a month (usually below 0)
    strain: Array  #: [D] what a crackdown adds to the payoff of wavering
    grievance: Array  #: [D] what wavering adds to the payoff of an attempt
    purge: Array  #: [D] cost to the armed forces of an attempt that fails
    restore: Array  #: [D] chance a month that wavering forces which back the ruler are loyal again
    coup_success: Array  #: [D, 2] success of an attempt by posture
    # Street.
    mobilise: Array  #: [D] chance a month that a quiet street mobilises
    persist: Array  #: [D] chance a month that a mobilised street stays so
    relief: Array  #: [D] share by which a crackdown lowers both chances in its month
    street_ratio: Array  #: [D] ratio of the odds that the street ousts the ruler, wavering against loyal forces
    # Time paths, one value a month from the start of the game.
    exogenous: Array  #: [D, T, 5] chance a month of the exits in `states.EXOGENOUS`, given that none came before
    history: Array  #: [D, T, 8] history's chance a month of each exit, for lapsed standoffs and the far future
    coup_payoff: Array  #: [D, T] kappa, payoff of an attempt before its prospects (anchor A sets it)
    ouster_logit: Array  #: [D, T] logit of the chance that a mobilised street ousts the ruler (anchor A sets it)

    @property
    def draws(self) -> int:
        """D."""
        return int(np.shape(self.precision_ruler)[0])


_TRAILING: dict[str, tuple[int, ...]] = {
    "leave_cost": (2,),
    "flow_ruler": (3,),
    "flow_coercer": (3,),
    "flow_army": (3,),
    "exit_ruler": (len(EXITS),),
    "exit_coercer": (len(EXITS),),
    "exit_army": (2, len(EXITS)),
    "kept": (2,),
    "guarantee": (2,),
    "coup_success": (2,),
}
_PATHS: dict[str, tuple[int, ...]] = {
    "exogenous": (len(EXOGENOUS),),
    "history": (len(EXITS),),
    "coup_payoff": (),
    "ouster_logit": (),
}
_PROBABILITIES = (
    "lapse",
    "committed",
    "guarantee",
    "strike_success",
    "restore",
    "coup_success",
    "mobilise",
    "persist",
    "relief",
    "exogenous",
    "history",
)


def check(params: GameParameters) -> None:
    """Raise `InputError` naming the first field whose shape or range is wrong; return nothing otherwise."""
    draws = params.draws
    for name, value in params._asdict().items():
        array = np.asarray(value)
        if name in _PATHS:
            good = (
                array.ndim >= 2 and array.shape[0] == draws and array.shape[1] >= 1 and array.shape[2:] == _PATHS[name]
            )
            expected = f"({draws}, months, ...{_PATHS[name]})"
        else:
            shape = (draws, *_TRAILING.get(name, ()))
            good, expected = array.shape == shape, str(shape)
        if not good:
            raise InputError(f"game parameter '{name}' has shape {array.shape}; expected {expected}")
        if not np.isfinite(array).all():
            raise InputError(f"game parameter '{name}' has a value that is not a finite number")
        if name in _PROBABILITIES and (array.min() < 0 or array.max() > 1):
            raise InputError(f"game parameter '{name}' runs from {array.min():g} to {array.max():g}; expected 0 to 1")
        if name.startswith("precision") and array.min() < 0:
            raise InputError(f"game parameter '{name}' has {array.min():g}; a precision is at least 0")
        if name.startswith("discount") and not (array.min() > 0 and array.max() < 1):
            raise InputError(f"game parameter '{name}' must lie strictly between 0 and 1, for a year")
    for name in ("exogenous", "history"):
        total = np.asarray(getattr(params, name)).sum(-1).max()
        if total >= 1:
            raise InputError(f"game parameter '{name}' adds up to {total:g} in some month; it must stay below 1")


def repeat(params: GameParameters, times: int) -> GameParameters:
    """Every draw `times` times in a row: D becomes D * times."""
    return GameParameters(*(np.repeat(np.asarray(value), times, axis=0) for value in params))


def take(params: GameParameters, rows: npt.NDArray[np.intp] | slice) -> GameParameters:
    """The draws at `rows`."""
    return GameParameters(*(np.asarray(value)[rows] for value in params))
