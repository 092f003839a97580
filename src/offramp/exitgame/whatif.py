"""What-if: the changes to a standoff that a brief compares, and the words that keep them honest.

A change sets parts of the public state once, now, or who guarantees the offer and how credible that is; equilibrium
play follows. Every variant uses the same draws as the forecast, so differences are paired. Nothing here says what an
offer would do in the world: it says what happens in the model, and prints the assumptions with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from offramp import words
from offramp.case.models import Case, Guarantor, OfferState
from offramp.exitgame.draws import Array
from offramp.exitgame.result import NEGOTIATED, Kind
from offramp.exitgame.states import SHAPE, STATES, Army, Demand, Offer, Pressure, Street

OFFERS: dict[OfferState, Offer] = {
    "none": Offer.NONE,
    "safe_passage": Offer.SAFE_PASSAGE,
    "safe_passage_immunity": Offer.IMMUNITY,
}
OFFER_WORDS: dict[OfferState, str] = {
    "none": "no offer",
    "safe_passage": "safe passage",
    "safe_passage_immunity": "safe passage with immunity",
}
PRESSURE_WORDS = {"none": "no pressure", "sanctions": "sanctions", "ultimatum": "an ultimatum"}
GUARANTORS: tuple[Guarantor, ...] = ("coercer", "third_state", "successor")

CAVEATS: tuple[str, ...] = (
    "Statements about a change hold in the model, with everybody's play in equilibrium.",
    "The coercer has no private information in the model, so an offer or a pause does not signal weakness.",
    "Payoffs do not change with the offer; the promise is kept with the probability shown.",
    "A change is imposed once, now, and equilibrium play follows; nobody is held to it.",
    "All other reports and assessments stay as they are.",
    "The levels rest on rulers who were threatened (anchor B), and on priors where nothing else is known.",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `state` sets parts of the public state; `solution` names the policy that plays it."""

    label: str
    kind: Kind
    clause: str  #: completes 'if ...', in the past subjunctive
    change: dict[str, Any]
    state: dict[str, int] = field(default_factory=dict)
    solution: str = "base"


def changes(case: Case) -> list[Change]:
    """The changes worth comparing for this case, without those that change nothing."""
    return [*_offers(case), *_guarantees(case), *_pressures(case), *_postures()]


def guarantor_words(guarantor: Guarantor, case: Case) -> str:
    """Who stands behind the promise, in words."""
    return {
        "coercer": case.coercers[0].name,
        "third_state": "a third state",
        "successor": "the successor government",
    }[guarantor]


def offer_label(case: Case, offer: OfferState, guarantor: Guarantor) -> str:
    """An offer as what-if rows and the comparison of offers both name it."""
    words = OFFER_WORDS[offer]
    backed = f", guaranteed by {guarantor_words(guarantor, case)}" if offer != "none" else ""
    return words[0].upper() + words[1:] + backed


def _offers(case: Case) -> list[Change]:
    found = []
    for offer, index in OFFERS.items():
        for guarantor in GUARANTORS if index else (case.state.guarantor,):
            if offer == case.state.offer and (guarantor == case.state.guarantor or not index):
                continue
            same = guarantor == case.state.guarantor
            label = offer_label(case, offer, guarantor)
            clause = f"{label[0].lower() + label[1:]}, were offered" if index else "the offer were withdrawn"
            change: dict[str, Any] = {"state.offer": offer}
            if index and not same:
                change["state.guarantor"] = guarantor
            state = {"offer": int(index)}
            if offer != case.state.offer:
                state["demand"] = int(Demand.NO)  # an offer made or withdrawn answers the demand that stood
            kind: Kind = "offer" if offer != case.state.offer else "guarantor"
            found.append(Change(label, kind, clause, change, state, "base" if same else guarantor))
    return found


def _guarantees(case: Case) -> list[Change]:
    if case.state.offer == "none":
        return []
    a = case.assessments.guarantee
    return [
        Change(
            f"Guarantee {name} ({value:.2f})",
            "guarantee",
            f"the promise of safe passage were {words} (kept with probability {value:.2f})",
            {"assessments.guarantee": value},
            {},
            f"guarantee_{name}",
        )
        for name, words, value in (("low", "less credible", a.low), ("high", "more credible", a.high))
    ]


def _pressures(case: Case) -> list[Change]:
    now = Pressure[case.state.pressure.upper()]
    found = []
    for level in Pressure:
        if level is now:
            continue
        verb = "eased" if level < now else "raised"
        words = PRESSURE_WORDS[level.name.lower()]
        found.append(
            Change(
                f"Pressure {verb} to {words}",
                "pressure",
                f"pressure were {verb} to {words}",
                {"state.pressure": level.name.lower()},
                {"pressure": int(level)},
            )
        )
    return found


def _postures() -> list[Change]:
    return [
        Change(
            f"Armed forces {posture.name.lower()}",
            "loyalty",
            f"the armed forces were {'certainly loyal' if posture is Army.LOYAL else 'wavering'} today",
            {"state.armed_forces": posture.name.lower()},
            {"army": int(posture)},
        )
        for posture in Army
    ] + [
        Change(
            f"Street {mood.name.lower()}",
            "street",
            f"the street were {mood.name.lower()} today",
            {"state.street": mood.name.lower()},
            {"street": int(mood)},
        )
        for mood in Street
    ]


def moved(mass: Array, state: dict[str, int]) -> Array:
    """Mass [..., 72, node] or [..., 72] moved to states whose parts are as `state` says; totals stay.

    The last-but-one axis holds states when `mass` has a belief axis behind it: pass [..., 72, node]; for a plain
    [..., 72] add that axis first.
    """
    lead, nodes = mass.shape[:-2], mass.shape[-1]
    assert mass.shape[-2] == STATES
    parts = mass.reshape(*lead, *SHAPE, nodes)
    for place, name in enumerate(("pressure", "offer", "army", "street", "demand")):
        if name not in state:
            continue
        axis = len(lead) + place
        total = parts.sum(axis=axis, keepdims=True)
        parts = np.zeros_like(parts)
        index: list[Any] = [slice(None)] * parts.ndim
        index[axis] = slice(state[name], state[name] + 1)
        parts[tuple(index)] = total
    return parts.reshape(*lead, STATES, nodes)


def wording(clause: str, months: int, baseline: Array, outcomes: Array, weights: Array) -> str:
    """The sentence of a what-if, with the numbers that it rests on.

    Args:
        clause: Completes 'if ...'.
        months: Horizon of both arrays.
        baseline: [draw, outcome] without the change.
        outcomes: [draw, outcome] with it.
        weights: [draw], summing to 1.
    """
    before, after = (float(weights @ array[:, NEGOTIATED]) for array in (baseline, outcomes))
    apart = outcomes[:, NEGOTIATED] - baseline[:, NEGOTIATED]
    low, high = weighted_quantiles(apart, weights, (0.05, 0.95))
    return (
        f"In the model, if {clause} for reasons unrelated to what we cannot see, then the probability of a negotiated "
        f"exit within {months} months would be {words.percent(after)} rather than {words.percent(before)} (a "
        f"difference of {words.points(after - before, low, high)}, 90 % interval {words.points_interval(low, high)})."
    )


def weighted_quantiles(values: Array, weights: Array, at: tuple[float, ...]) -> Array:
    """Quantiles of weighted draws, midpoint rule, linear in between: [len(at)]."""
    order = np.argsort(values, kind="stable")
    mass = weights[order]
    middle = np.cumsum(mass) - mass / 2
    return np.interp(at, middle / mass.sum(), values[order])
