"""Offers compared: what each does to a negotiated exit, whether the coercer would keep it, what the ruler fears.

'Best' is a statement about probabilities: the share of draws in which no other offer makes a negotiated exit likelier.
An offer is feasible when the coercer, in at least `KEEP_SHARE` of draws, is no worse off with the offer kept than with
it withdrawn.
"""

from __future__ import annotations

import numpy as np

from offramp.exitgame.draws import Array
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.states import COUP, FOREIGN, REBELS, UPRISING

#: Share of draws in which the coercer must prefer to keep an offer before it counts as feasible.
KEEP_SHARE = 0.8
#: Values of removal by which the coercer may be worse off with an offer and still count as keeping it: what the logit
#: noise of one more open move costs over a standoff, which is no preference.
KEEP_SLACK = 0.05

#: A yearly hazard so high that it stands for 'no hazard is high enough': a bad exit within a month.
NEVER = 12.0

_BAD = (COUP, UPRISING, FOREIGN, REBELS)


def probability_best(negotiated: Array, weights: Array) -> Array:
    """Share of draws in which each offer is the best, ties split evenly.

    Args:
        negotiated: [offer, draw] probability of a negotiated exit.
        weights: [draw], summing to 1.

    Returns:
        [offer], summing to 1.
    """
    top = negotiated >= negotiated.max(axis=0, keepdims=True) - 1e-12
    return np.asarray((top / top.sum(axis=0, keepdims=True)) @ weights)


def prefers_to_keep(kept: Array, withdrawn: Array, weights: Array) -> float:
    """Weighted share of draws in which the coercer's value with the offer is at least that without, but for slack."""
    return float(weights @ (kept >= withdrawn - KEEP_SLACK))


def leave_threshold(params: GameParameters, offer: int, exits: Array) -> Array:
    """h*: the yearly hazard of bad exits above which a flexible ruler of high precision leaves on the offer.

    With a constant hazard h of exits worth v_bad and discount rate r, staying is worth (f + h v_bad) / (r + h) and
    leaving V_L; leaving is better when h > (f - r V_L) / (V_L - v_bad). `NEVER` where leaving is no better than a bad
    exit, or where only a hazard above it would do; 0 where leaving is better than office for ever.

    Args:
        params: The draws.
        offer: 1 safe passage, 2 with immunity.
        exits: [draw, 8] probabilities of exits within the horizon, which weigh v_bad over coup, uprising, foreign
            force and rebels.

    Returns:
        [draw], a year. With f = 1, r = .1, v_bad = -4: V_L = -1.4 gives .44 and V_L = -3 gives 1.3.
    """
    g = params.guarantee[:, offer - 1]
    leaving = g * params.kept[:, offer - 1] + (1 - g) * params.broken - params.leave_cost[:, 0]
    weight = exits[:, list(_BAD)] + 1e-12
    bad = (weight * params.exit_ruler[:, list(_BAD)]).sum(1) / weight.sum(1)
    rate = -np.log(params.discount_ruler)
    return np.minimum(threshold(params.flow_ruler[:, 2], rate, leaving, bad), NEVER)


def threshold(flow: Array, rate: Array, leaving: Array, bad: Array) -> Array:
    """(flow - rate leaving) / (leaving - bad), 0 where its numerator is negative, infinite where leaving <= bad."""
    gain = leaving - bad
    need = np.maximum(flow - rate * leaving, 0.0)
    return np.where(gain > 0, need / np.where(gain > 0, gain, 1.0), np.inf)
