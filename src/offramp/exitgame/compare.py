"""What results are made of once the worlds are solved: moves, what-if rows, offers, sensitivities and steps.

Changes of the public state run over the forecast's own solution; changes of guarantee, guarantor and evidence over
solutions of their own, on a paired part of the draws. Every change starts from the beliefs that the observed months
have taught, and differences are taken draw by draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offramp import words
from offramp.case.models import Case, Guarantor, OfferState
from offramp.exitgame import assessments as mapping
from offramp.exitgame import game, offers, priors, sensitivity, steps, whatif
from offramp.exitgame.draws import Array
from offramp.exitgame.engine import Rows, World
from offramp.exitgame.labels import LABELS
from offramp.exitgame.parameters import take
from offramp.exitgame.prospect import Prospects, prospects, worth_kept
from offramp.exitgame.result import (
    IN_OFFICE,
    NEGOTIATED,
    MoveChance,
    OfferResult,
    Player,
    SensitivityResult,
    StepResult,
    WhatIfResult,
)
from offramp.exitgame.run import Run, learn
from offramp.exitgame.states import Demand, Offer, Pressure

#: Slopes of a regression over draws are shown from this many standard errors on.
SHOWN_FROM = 2.0
#: Months for which an offer is held when the coercer's wish to keep it is asked.
HELD_MONTHS = 6
#: Rows that move the headline most; their part of the variance is taken out before another's slope is judged.
STRONGEST = ("leave_cost", "cost_strike", "guarantee", "committed", "score_coercer_resolve", "precision_ruler")
#: Major parameters shown beside the seven assessments, at most.
MOST_PARAMETERS = 5


@dataclass(frozen=True)
class Compared:
    """Everything that needs more than the forecast's own pass."""

    what_if: tuple[WhatIfResult, ...] = ()
    offers: tuple[OfferResult, ...] = ()
    best: OfferResult | None = None
    sensitivity: tuple[SensitivityResult, ...] = ()
    steps: tuple[StepResult, ...] = ()


def everything(run: Run, worlds: dict[str, World], paired: int, history: Array, structural: Array) -> Compared:
    """What-if rows, offers, sensitivities and steps.

    Args:
        run: The forecast.
        worlds: Solutions of the variants by name, on the first `paired` draws.
        paired: How many draws those are.
        history: [draw, month + 1, outcome], full.
        structural: The same, structural.
    """
    rows = np.arange(paired)
    solved = {"base": run.base} | worlds
    reach = {name: prospects(world.solution.policy, run.at) for name, world in solved.items()}
    played = _what_if(run, worlds, reach, rows)
    rows_of_offers, best = _offers(run, worlds, reach, rows)
    return Compared(
        tuple(played.values()),
        rows_of_offers,
        best,
        _sensitivity(run, reach["base"], played),
        _steps(run, worlds["typical"], reach["typical"], rows, history, structural),
    )


def _what_if(run: Run, worlds: dict[str, World], reach: dict[str, Prospects], rows: Rows) -> dict[str, WhatIfResult]:
    at = run.at
    results = {}
    for change in whatif.changes(run.case):
        mass, weights, baseline = whatif.moved(run.mass, change.state), run.weights, run.outcomes[:, at]
        if change.solution != "base":
            weights, baseline = run.part(rows, worlds[change.solution]), run.outcomes[rows, at]
            mass = mass[rows]
        after = reach[change.solution].at(mass)
        words = whatif.wording(change.clause, at, baseline, after, weights)
        results[change.label] = WhatIfResult(
            change.label, change.kind, change.change, words, at, weights, baseline, after
        )
    return results


@dataclass(frozen=True)
class _Played:
    """One offer played in one world, on the paired draws."""

    offer: OfferState
    guarantor: Guarantor
    outcomes: Array  # [draw, outcome] at the headline month
    gain: Array  # [draw] E[V_C | kept] - E[V_C | withdrawn]
    guarantee: Array
    threshold: Array | None


def _offers(
    run: Run, worlds: dict[str, World], reach: dict[str, Prospects], rows: Rows
) -> tuple[tuple[OfferResult, ...], OfferResult | None]:
    """Every offer under every guarantor, on the paired draws, the standing one included."""
    case = run.case
    others = [name for name in whatif.GUARANTORS if name != case.state.guarantor]
    weights = run.part(rows, *(worlds[name] for name in others))
    found = _in_world(run, run.base, reach["base"], rows, case.state.guarantor)
    for name in others:
        found += _in_world(run, worlds[name], reach[name], rows, name)
    found.sort(key=lambda row: (list(whatif.OFFERS).index(row.offer), whatif.GUARANTORS.index(row.guarantor)))
    share = offers.probability_best(np.stack([row.outcomes[:, NEGOTIATED] for row in found]), weights)
    results = [_offer_row(run, row, weights, float(best)) for row, best in zip(found, share, strict=True)]
    able = [row for row in results if row.feasible]
    best_row = max(able, key=lambda row: (row.probability_best, float(weights @ row.negotiated)), default=None)
    return tuple(results), best_row


def _in_world(run: Run, world: World, reach: Prospects, rows: Rows, guarantor: Guarantor) -> list[_Played]:
    """The offers of one world on the paired draws; the base world has 'no offer' too."""
    case, held = run.case, min(HELD_MONTHS, run.at)
    policy = world.solution.first(len(rows))
    names = [offer for offer in whatif.OFFERS if offer != "none" or world is run.base]
    there = []
    for offer in names:
        answered = {"demand": int(Demand.NO)} if offer != case.state.offer else {}
        there.append(whatif.moved(run.mass[rows], {"offer": int(whatif.OFFERS[offer])} | answered))
    # Without an offer, and none made as long as the other is held. The cost of changing course is not charged: it is
    # there to keep logit noise rare, and would make every offer that stands look worth keeping.
    gone = whatif.moved(run.mass[rows], {"offer": int(Offer.NONE), "demand": int(Demand.NO)})
    *kept, withdrawn = worth_kept(policy, [*there, gone], held)
    outcomes = [Prospects(reach.outcomes[: len(rows)]).at(mass) for mass in there]
    params = take(world.params, rows)
    found = []
    for offer, after, worth in zip(names, outcomes, kept, strict=True):
        index = int(whatif.OFFERS[offer])
        limit = offers.leave_threshold(params, index, after) if index else None
        g = params.guarantee[:, index - 1] if index else np.zeros(len(rows))
        found.append(_Played(offer, guarantor, after, worth - withdrawn, g, limit))
    return found


def _offer_row(run: Run, row: _Played, weights: Array, best: float) -> OfferResult:
    keeps = offers.prefers_to_keep(row.gain, np.zeros_like(row.gain), weights)
    label = whatif.offer_label(run.case, row.offer, row.guarantor)
    negotiated = row.outcomes[:, NEGOTIATED]
    return OfferResult(
        offer=row.offer,
        guarantor=row.guarantor,
        label=label,
        weights=weights,
        guarantee=row.guarantee,
        negotiated=negotiated,
        outcomes=row.outcomes,
        probability_best=best,
        coercer_prefers_to_keep=keeps,
        leave_threshold=row.threshold,
        feasible=row.offer != "none" and keeps >= offers.KEEP_SHARE,
        wording=_offer_words(label, negotiated, weights, best, keeps, run.at),
    )


def _offer_words(label: str, negotiated: Array, weights: Array, best: float, keeps: float, months: int) -> str:
    low, high = whatif.weighted_quantiles(negotiated, weights, (0.05, 0.95))
    return (
        f"In the model, if the offer were '{label}' for reasons unrelated to what we cannot see, then a negotiated "
        f"exit within {months} months would have a probability of "
        f"{words.percent(float(weights @ negotiated), low, high)} (90 % interval {words.interval(low, high)}). It is "
        f"the best of the offers compared in {words.percent(best)} of draws, and the coercer is no worse off keeping "
        f"it than withdrawing it in {words.percent(keeps)}."
    )


def _sensitivity(run: Run, reach: Prospects, played: dict[str, WhatIfResult]) -> tuple[SensitivityResult, ...]:
    """The seven assessments, then the parameters with the clearest slopes."""
    found: list[SensitivityResult] = []
    told = run.case.assessments
    moved = _from_elsewhere(run, reach)
    ends = [played.get(f"Guarantee {end} ({getattr(told.guarantee, end):.2f})") for end in ("low", "high")]
    for outcome, k in (("negotiated", NEGOTIATED), ("in_office", IN_OFFICE)):
        p = run.outcomes[:, run.at, k]
        for name, (low, high) in moved.items():
            found.append(_row(run, name, outcome, float(low[k]), float(high[k]), "forward pass"))
        if ends[0] is not None and ends[1] is not None:
            low_, high_ = (_carried(run, end, k) for end in ends if end is not None)
            found.append(_row(run, "guarantee", outcome, low_, high_, "new solution"))
        for name in ("public_support", "coercer_resolve", "economy"):
            slope = _slope(run, f"score_{name}", p)
            found.append(_row(run, name, outcome, slope.at_low, slope.at_high, "regression over draws"))
        slopes = [(row, _slope(run, row.name, p)) for row in priors.TABLE if row.identified != "assessment"]
        clear = sorted((s for s in slopes if abs(s[1].t) >= SHOWN_FROM), key=lambda s: -abs(s[1].at_high - s[1].at_low))
        found += [_parameter(run, row, slope, outcome) for row, slope in clear[:MOST_PARAMETERS]]
    return tuple(found)


def _parameter(run: Run, row: priors.Row, slope: sensitivity.Slope, outcome: str) -> SensitivityResult:
    low, high = np.quantile(run.base.draws.value[row.name], [0.05, 0.95])
    return SensitivityResult(
        row.name,
        LABELS[row.name],
        outcome,
        slope.at_low,
        slope.at_high,
        round(float(low), 4),
        round(float(high), 4),
        row.identified == "prior",
        "regression over draws",
    )


def _slope(run: Run, name: str, p: Array) -> sensitivity.Slope:
    others = [priors.NAMES.index(other) for other in STRONGEST if other != name]
    uniform = run.base.draws.uniform
    return sensitivity.regress(p, uniform[:, priors.NAMES.index(name)], run.weights, uniform[:, others])


def _carried(run: Run, row: WhatIfResult, k: int) -> float:
    """Level of a paired variant carried over to all draws: the forecast's mean plus the paired difference."""
    apart = float(row.weights @ (row.outcomes[:, k] - row.baseline[:, k]))
    return float(np.clip(run.weights @ run.outcomes[:, run.at, k] + apart, 0.0, 1.0))


def _from_elsewhere(run: Run, reach: Prospects) -> dict[str, tuple[Array, Array]]:
    """Mean outcomes [outcome] with one assessment at its low and at its high end, over the same solution."""
    masses, weights = [], []
    for name in ("army_loyalty", "street", "ruler_resolve"):
        told = getattr(run.case.assessments, name)
        for end in (told.low, told.high):
            value = np.full(len(run.weights), float(end))
            judged = run.base.judged._replace(**{name: value})
            if name == "ruler_resolve":
                public = mapping.start_mass(run.case, judged)
                mass, weight, _ = learn(run.case, run.base, game.at_belief(public, value, run.base.solution))
                weight = np.where(run.usable, weight, 0.0)
                weight /= weight.sum()
            else:
                # A stated posture is set aside here: the question is what the assessment is worth.
                public = mapping.start_mass(_unstated(run.case), judged)
                mass, weight = public[:, :, None] * run.mass.sum(1)[:, None, :], run.weights
            masses.append(mass)
            weights.append(weight)
    means = [w @ reach.at(mass) for w, mass in zip(weights, masses, strict=True)]
    return {
        name: (means[2 * i], means[2 * i + 1]) for i, name in enumerate(("army_loyalty", "street", "ruler_resolve"))
    }


def _row(run: Run, name: str, outcome: str, low: float, high: float, method: sensitivity.Method) -> SensitivityResult:
    told = getattr(run.case.assessments, name)
    return SensitivityResult(
        name, LABELS[name], outcome, low, high, told.low, told.high, len(told.evidence) <= 1, method
    )


def _steps(
    run: Run, typical: World, reach: Prospects, rows: Rows, history: Array, structural: Array
) -> tuple[StepResult, ...]:
    """Means of each step at the headline month. Steps before the evidence are played with typical assessments."""
    case, at = run.case, run.at
    plain = _unstated(case)
    public = mapping.start_mass(plain, typical.judged)
    unanswered = whatif.moved(public[:, :, None], {"demand": int(Demand.NO)})
    alone = whatif.moved(unanswered, {"offer": int(Offer.NONE)})
    masses = [typical.start(alone[:, :, 0]), typical.start(unanswered[:, :, 0])]
    solved = typical.solution.solved & run.usable[rows]
    even = solved / solved.sum()
    weights = [even, even]
    if case.history:
        mass, learnt, _ = learn(plain, typical, typical.start(public))
        learnt = np.where(solved, learnt, 0.0)
        masses.append(mass)
        weights.append(learnt / learnt.sum())
    # The steps are played on a part of the draws: what they lack against the forecast on the same draws is taken off
    # the forecast's own mean, so that the path ends exactly at the headline.
    headline = run.weights @ run.outcomes[:, at]
    here = run.part(rows, typical) @ run.outcomes[rows, at]
    means = []
    for w, mass in zip(weights, masses, strict=True):
        level = np.clip(headline + (w @ reach.at(mass) - here), 0.0, None)
        means.append(level / level.sum())
    return steps.path(
        case,
        full=history[:, at].mean(0),
        structural=structural[:, at].mean(0),
        passive=structural[:, at].mean(0),
        pressed=means[0],
        offered=means[1],
        learnt=means[2] if case.history else None,
        forecast=headline,
        belief=run.learnt,
    )


def _unstated(case: Case) -> Case:
    """The case with armed forces and street left to the assessments."""
    state = case.state.model_copy(update={"armed_forces": None, "street": None})
    return case.model_copy(update={"state": state})


def moves(run: Run) -> tuple[MoveChance, ...]:
    """Who would do what next month, averaged over where the game may stand and over the ruler's types."""
    chances = game.next_moves(run.base.solution, run.mass)
    players: tuple[tuple[Player, dict[str, Array]], ...] = (
        ("coercer", chances.coercer),
        ("ruler", chances.ruler),
        ("armed_forces", chances.army),
    )
    return tuple(
        MoveChance(player, move, MOVE_WORDS[move], p)
        for player, by_move in players
        for move, p in by_move.items()
        if p.max() > 0
    )


#: Moves of the three players in words, each a complete description of the player's month.
MOVE_WORDS: dict[str, str] = {
    "hold": "keeps pressure and offer as they are",
    "improve_offer": "keeps the pressure and improves the offer",
    "withdraw_offer": "keeps the pressure and withdraws the offer",
    "raise": "raises the pressure",
    "ease": "eases the pressure",
    "strike": "strikes",
    "leave": "leaves on the offer",
    "stay": "holds on and answers nothing new",
    "counter_demand": "makes a counter-demand",
    "crack_down": "cracks down",
    "back": "back the ruler",
    "waver": "waver",
    "attempt": "move against the ruler",
}


def reference_rates(run: Run) -> tuple[float, float]:
    """Acceptance and strike a month under an ultimatum with safe passage, forces loyal, street quiet, no demand, b0."""
    n = len(run.weights)
    public = mapping.place(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE, np.ones(n), np.ones(n), Demand.NO)
    found = game.next_moves(run.base.solution, run.base.start(public))
    return float(run.weights @ found.ruler["leave"]), float(run.weights @ found.coercer["strike"])
