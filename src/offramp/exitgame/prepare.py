"""From a draw's parameters to the arrays that one month of the solver reads.

Everything that does not depend on play is worked out here once, in NumPy: monthly discount factors, what a move
costs, what an exit is worth, what a lapsed standoff is worth, and the values at the far end of time. The axis of draws
comes last, so that the solver runs over contiguous memory. Players are in the order ruler if flexible, ruler if
committed, coercer, armed forces.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from offramp.exitgame.moves import BACKS_DOWN, COERCER_CHANGES, STRIKE
from offramp.exitgame.parameters import Array, GameParameters
from offramp.exitgame.states import COUP, FOREIGN, NEGOTIATED

FLEXIBLE, COMMITTED, COERCER, ARMY = range(4)


class Prepared(NamedTuple):
    """Arrays of D games with the draws last. `any` stands for a NumPy or JAX array."""

    precision: Any  # [3, D] ruler, coercer, armed forces
    discount: Any  # [4, D] a month
    lapse: Any  # [D]
    flow: Any  # [4, 3, D] a month, by pressure
    exit: Any  # [4, 2, 8, D] by posture of the armed forces
    leave: Any  # [4, 3, 2, D] leaving now, by offer and posture; offer 'none' is not read
    cost_ruler: Any  # [4, D] by ruler's move
    cost_coercer: Any  # [10, 72, D]
    strike: Any  # [4, 2, D] worth of a successful strike, by posture
    strike_success: Any  # [D]
    waver: Any  # [2, D] payoff of wavering, without and with a crackdown
    attempt: Any  # [2, D] by posture: grievance less expected purge, plus expected worth of success
    coup: Any  # [4, D] worth of a coup
    coup_success: Any  # [2, D]
    restore: Any  # [D]
    mobilised: Any  # [2, 2, D] chance that the street is mobilised next month, by crackdown and by street now
    terminal: Any  # [4, 3, 2, D] value at the far end, by pressure and posture
    paths: MonthPaths


class MonthPaths(NamedTuple):
    """What changes with the month; a leading axis `month` in `Prepared`, none inside a month."""

    exogenous: Any  # [T, 5, D]
    ouster: Any  # [T, 2, D] chance that a mobilised street ousts the ruler, by posture
    coup_payoff: Any  # [T, D]
    lapsed: Any  # [T, 4, D] worth of a standoff that lapses at the end of the month
    history: Any  # [T, 8, D]


def extend(path: Array, months: int) -> Array:
    """`path` [D, T, ...] cut or held at its last value so that T is `months`."""
    path = np.asarray(path, float)
    if path.shape[1] >= months:
        return path[:, :months]
    last = np.repeat(path[:, -1:], months - path.shape[1], axis=1)
    return np.concatenate([path, last], axis=1)


def sigmoid(x: Array) -> Array:
    """Logistic function without overflow."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))


def prepare(params: GameParameters, months: int, length: int | None = None) -> Prepared:
    """Arrays for `months` months of play, from the start of the game to the far end.

    Paths are made `length` long where that is more, at their last value, for a program that wants one length.
    """
    p = GameParameters(*(np.asarray(value, float) for value in params))
    draws = p.draws
    discount = np.stack([p.discount_ruler, p.discount_ruler, p.discount_coercer, p.discount_army]) ** (1 / 12)
    flow = np.stack([p.flow_ruler, p.flow_ruler, p.flow_coercer, p.flow_army]).transpose(0, 2, 1) / 12
    either = [np.stack([value, value], 1) for value in (p.exit_ruler, p.exit_ruler, p.exit_coercer)]
    worth = np.stack([*either, p.exit_army]).transpose(0, 2, 3, 1)

    leave = np.zeros((4, 3, 2, draws))
    for offer in (1, 2):
        g = p.guarantee[:, offer - 1]
        expected = g * p.kept[:, offer - 1] + (1 - g) * p.broken
        leave[FLEXIBLE, offer] = expected - p.leave_cost[:, 0]
        leave[COMMITTED, offer] = expected - p.leave_cost[:, 1]
        leave[COERCER, offer] = p.exit_coercer[:, NEGOTIATED] - (p.immunity_cost if offer == 2 else 0.0)
        leave[ARMY, offer] = p.exit_army[:, :, NEGOTIATED].T

    cost_coercer = COERCER_CHANGES[:, :, None] * p.cost_switch + BACKS_DOWN[:, :, None] * p.cost_audience
    cost_coercer[STRIKE] += p.cost_strike
    zero = np.zeros(draws)
    grievance = np.stack([zero, p.grievance])
    success = p.coup_success.T

    history = extend(p.history, months)
    posture_odds = np.stack([np.zeros(draws), np.log(p.street_ratio)])
    ouster = sigmoid(extend(p.ouster_logit, months).T[:, None] + posture_odds)
    mobilised = np.stack([np.stack([p.mobilise, p.persist]) * (1 - relief) for relief in (zero, p.relief)])
    lapsed, terminal = _far_values(discount, flow, worth, history, p.lapse)
    return Prepared(
        precision=np.stack([p.precision_ruler, p.precision_coercer, p.precision_army]),
        discount=discount,
        lapse=p.lapse,
        flow=flow,
        exit=worth,
        leave=leave,
        cost_ruler=np.stack([zero, zero, p.cost_demand, p.cost_crackdown]),
        cost_coercer=cost_coercer,
        strike=worth[:, :, FOREIGN],
        strike_success=p.strike_success,
        waver=np.stack([p.waver, p.waver + p.strain]),
        attempt=grievance + success * worth[ARMY, 1, COUP] - (1 - success) * p.purge,
        coup=worth[:, 1, COUP],
        coup_success=success,
        restore=p.restore,
        mobilised=mobilised,
        terminal=terminal,
        paths=MonthPaths(
            *(
                np.concatenate([path, np.repeat(path[-1:], (length or months) - months, axis=0)])
                for path in (
                    extend(p.exogenous, months).transpose(1, 2, 0),
                    ouster,
                    extend(p.coup_payoff, months).T,
                    lapsed,
                    history.transpose(1, 2, 0),
                )
            )
        ),
    )


def _far_values(discount: Array, flow: Array, worth: Array, history: Array, lapse: Array) -> tuple[Array, Array]:
    """Worth of a lapsed standoff [T, 4, D], and the values at the far end [4, 3, 2, D].

    A lapsed ruler lives under no pressure, with loyal forces, at history's hazards: an annuity beyond the far end,
    and its recursion before it. The value at the far end is the annuity of a standoff in which pressure stays as it
    is, history's hazards apply, and which may lapse: V = (f + d (sum h v + (1 - sum h) nu L)) / (1 - d (1 - sum h)
    (1 - nu)), the formula of the annuity with the lapse taken in.
    """
    months = history.shape[1]
    leaving = np.einsum("dtk,ipkd->ptid", history, worth)  # [2, T, 4, D]
    stays = 1 - history.sum(-1).T  # [T, D]
    lapsed = np.empty((months, *discount.shape))
    beyond = (flow[:, 0] + discount * leaving[0, -1]) / (1 - discount * stays[-1])
    for month in range(months - 1, -1, -1):
        # A standoff that lapses at the end of `month` is worth what history gives from the next month on.
        lapsed[month] = beyond
        beyond = flow[:, 0] + discount * (leaving[0, month] + stays[month] * beyond)
    numerator = flow[:, :, None] + discount[:, None, None] * (
        leaving[:, -1].transpose(1, 0, 2)[:, None] + (stays[-1] * lapse * lapsed[-1])[:, None, None]
    )
    return lapsed, numerator / (1 - discount * stays[-1] * (1 - lapse))[:, None, None]
