"""From priors, assessments and hazards to the parameters of the game and the state it starts from.

Every way in which a case moves the game is a row of `MAPPINGS`, and nothing else does. Parameters come in two steps:
`base_parameters` is the world that history anchors (state covariates at reference values), `with_case` adds what this
case's assessments say, after the anchor has been met, so that they move the forecast instead of being absorbed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from offramp.case.elicit_table import PRIORS
from offramp.case.models import Assessment, Assessments, Case, Guarantor
from offramp.codes.exits import Fate
from offramp.exitgame.draws import Array, normal_quantile
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.priors import NAMES, Sample
from offramp.exitgame.rates import Rates
from offramp.exitgame.states import (
    ASSASSINATION,
    COUP,
    EXITS,
    EXOGENOUS,
    FOREIGN,
    NATURAL,
    NEGOTIATED,
    REBELS,
    REGULAR,
    SHAPE,
    STATES,
    UPRISING,
    Demand,
    Offer,
    Pressure,
)

NORMAL_95 = 1.6448536269514722
MONTH_DAYS = 365.25 / 12


class Mapping(NamedTuple):
    """One way in which a case moves the game. `strength` is on the scale that `form` names."""

    name: str
    moves: str
    form: str
    strength: float
    reason: str


MAPPINGS: dict[str, Mapping] = {
    row.name: row
    for row in (
        Mapping(
            "army_loyalty",
            "start: mass on loyal and on wavering forces",
            "share, draw by draw",
            1.0,
            "the assessment is that probability; a state given in the case replaces it",
        ),
        Mapping("street", "start: mass on a quiet and on a mobilised street", "share, draw by draw", 1.0, "the same"),
        Mapping(
            "guarantee",
            "g of safe passage under the case's guarantor",
            "probability, draw by draw",
            1.0,
            "g is reported; the guarantor's reputation is its inverse, logit g - enforcement + gain",
        ),
        Mapping(
            "guarantor",
            "g",
            "logit g plus the guarantor's row among the priors, less that of the case's guarantor",
            1.0,
            "changing the guarantor changes g and nothing else",
        ),
        Mapping(
            "coercer_resolve",
            "cost of taking back an ultimatum",
            "times odds(resolve) to this power",
            0.5,
            "resolve is how dearly the coercer pays for backing down",
        ),
        Mapping(
            "coercer_resolve_pressure",
            "yearly cost of pressure",
            "times odds(resolve) to this power",
            -0.25,
            "in units of the value of removal, costs of one who wants it more are smaller; weaker than for backing "
            "down, because what a month of pressure costs depends on the means more than on the will",
        ),
        Mapping(
            "coercer_resolve_strike",
            "cost of a strike",
            "times odds(resolve) to this power",
            -0.1,
            "the same; weaker still, because anchor B has already met the typical coercer",
        ),
        Mapping("ruler_resolve", "b0", "probability, draw by draw", 1.0, "before any refusal is counted"),
        Mapping(
            "economy_street",
            "odds that a quiet street mobilises",
            "plus strength x logit(economy), on the log odds",
            0.5,
            "hardship brings crowds; elicited, no estimate for rulers under threat is known to us",
        ),
        Mapping(
            "economy_rents",
            "rents of the armed forces",
            "times 1 - strength x (economy - 0.5)",
            0.3,
            "a collapsing state pays its officers less",
        ),
        Mapping(
            "support_street",
            "odds that a quiet street mobilises",
            "plus strength x (logit(support) - prior mean), on the log odds",
            -0.4,
            "fewer supporters, more people who might come out",
        ),
        Mapping(
            "support_ouster",
            "logit that a mobilised street ousts the ruler",
            "plus strength x (logit(support) - prior mean)",
            -0.3,
            "orders against crowds are obeyed less where few support the ruler",
        ),
        Mapping(
            "regional_street",
            "odds that a quiet street mobilises; logit of ouster by it",
            "plus strength x sum of exp(-months since / 6), fading on inside the horizon",
            0.3,
            "the fall or pressing of rulers nearby shows what is possible; cut at three such events",
        ),
        Mapping(
            "regional_army",
            "payoff of an attempt to the armed forces, times their precision",
            "the same",
            0.2,
            "the same, for officers",
        ),
        Mapping(
            "campaign",
            "what pressure takes from office and rents",
            "times 1 - strength x exp(-months of pressure / 6)",
            0.5,
            "sanctions bite with delay; six months where the start is unknown",
        ),
    )
}

#: Months after which the memory of an exit in the region has faded to 1/e.
REGIONAL_FADE = 6.0


class Judged(NamedTuple):
    """The seven assessments, draw by draw: probabilities, [draw] each."""

    army_loyalty: Array
    street: Array
    public_support: Array
    guarantee: Array
    coercer_resolve: Array
    ruler_resolve: Array
    economy: Array


#: Row of the priors whose coordinate places a draw within an assessment.
_COORDINATE = {
    "army_loyalty": "score_army_loyalty",
    "street": "score_street",
    "public_support": "score_public_support",
    "guarantee": "guarantee",
    "coercer_resolve": "score_coercer_resolve",
    "ruler_resolve": "committed",
    "economy": "score_economy",
}


def judge(assessments: Assessments, draws: Sample) -> Judged:
    """Assessments at the draws: two half-normals on the logit scale that meet at the central value."""
    return Judged(
        **{
            name: _at(getattr(assessments, name), draws.uniform[:, NAMES.index(_COORDINATE[name])])
            for name in Judged._fields
        }
    )


def _at(assessment: Assessment, u: Array) -> Array:
    score = normal_quantile(u)
    middle = _logit(assessment.central)
    below = (middle - _logit(assessment.low)) / NORMAL_95
    above = (_logit(assessment.high) - middle) / NORMAL_95
    return logistic(middle + score * np.where(score < 0, below, above))


class CaseFacts(NamedTuple):
    """What a case says besides its assessments, as far as the game reads it."""

    pressure_months: float  #: how long pressure has lasted
    regional: float  #: sum of exp(-months since / 6) over exits and pressings nearby, at most 3
    guarantor: Guarantor


def facts(case: Case) -> CaseFacts:
    """The facts of a case that move parameters."""
    since = case.state.pressure_since
    months = REGIONAL_FADE if since is None else (case.as_of - since).days / MONTH_DAYS
    nearby = 0.0
    for row in case.regional:
        # An event without a date is as old as the reports that tell of it.
        age = 0.0 if row.date is None else max(0.0, (case.as_of - row.date).days / MONTH_DAYS)
        nearby += math.exp(-age / REGIONAL_FADE)
    return CaseFacts(months, min(nearby, 3.0), case.state.guarantor)


def guarantee(draws: Sample, judged: Judged, case_guarantor: Guarantor, guarantor: Guarantor) -> Array:
    """g by offer (safe passage; with immunity), [draw, 2], if `guarantor` stood behind the case's offer."""
    logit = _logit(judged.guarantee) + _standing(draws, guarantor) - _standing(draws, case_guarantor)
    safe = logistic(logit)
    return np.stack([safe, safe + (1 - safe) * draws.value["immunity_uplift"]], axis=1)


def _standing(draws: Sample, guarantor: Guarantor) -> Array:
    """Enforcement less gain from breaking the word, on the logit scale; 0 for the coercer."""
    return np.zeros(draws.draws) if guarantor == "coercer" else draws.value[guarantor]


def reputation(draws: Sample, judged: Judged, guarantor: Guarantor) -> Array:
    """What the guarantor's reputation must be worth for its g to be as assessed, logit units, [draw]."""
    return _logit(judged.guarantee) - _standing(draws, guarantor)


#: A street must mobilise this many times as often as history's uprisings happen.
LEAST_MOBILISED = 2.0


def feasible(draws: Sample, rates: Rates) -> Sample:
    """The draws with the street's chance to mobilise raised to where it can give history's uprisings.

    A street that mobilises more seldom than it ousts rulers contradicts the hazard of its own draw; the prior is
    conditioned on what is possible rather than the forecast refused.
    """
    least = np.minimum(LEAST_MOBILISED * rates.structural[:, :, UPRISING].max(1), 0.9)
    return draws._replace(value=draws.value | {"mobilise": np.maximum(draws.value["mobilise"], least)})


def base_parameters(draws: Sample, judged: Judged, rates: Rates, g: Array) -> GameParameters:
    """Parameters of the world that history anchors, before anchor A sets what it solves for.

    Args:
        draws: Priors, anchor B already applied.
        judged: Only the channels that do not touch the anchored world are read: b0 and the coercer's resolve.
        rates: History's structural hazards and fates.
        g: Guarantee by offer, [draw, 2].
    """
    v = draws.value
    n = draws.draws
    zero, one = np.zeros(n), np.ones(n)
    worth = exit_worth(draws, rates.fates)
    army_exit, waver, grievance = _army(draws)
    odds = judged.coercer_resolve / (1 - judged.coercer_resolve)
    pressure_cost = odds ** MAPPINGS["coercer_resolve_pressure"].strength
    months = rates.structural.shape[1]
    return GameParameters(
        precision_ruler=v["precision_ruler"],
        precision_coercer=v["precision_coercer"],
        precision_army=v["precision_army"],
        discount_ruler=v["discount_ruler"],
        discount_coercer=v["discount_coercer"],
        discount_army=v["discount_army"],
        lapse=v["lapse"],
        committed=judged.ruler_resolve,
        leave_cost=np.stack([v["leave_cost"], v["leave_cost"] + v["committed_gap"]], 1),
        flow_ruler=np.stack([one, 1 - v["sanctions_loss"], 1 - v["ultimatum_loss"]], 1),
        flow_coercer=-np.stack(
            [zero, pressure_cost * v["cost_sanctions"], pressure_cost * (v["cost_sanctions"] + v["cost_ultimatum"])], 1
        ),
        flow_army=1 - v["army_shares_loss"][:, None] * np.stack([zero, v["sanctions_loss"], v["ultimatum_loss"]], 1),
        exit_ruler=worth,
        exit_coercer=np.ones((n, len(EXITS))),
        exit_army=army_exit,
        kept=-np.stack([v["exile"], v["exile"] * (1 - v["immunity_spares"])], 1),
        broken=-v["jail"],
        guarantee=g,
        immunity_cost=v["cost_immunity"],
        cost_demand=v["cost_demand"],
        cost_crackdown=v["cost_crackdown"] / v["precision_ruler"],
        cost_switch=v["cost_switch"] / v["precision_coercer"],
        cost_audience=v["cost_audience"] * odds ** MAPPINGS["coercer_resolve"].strength,
        cost_strike=v["cost_strike"] * odds ** MAPPINGS["coercer_resolve_strike"].strength,
        strike_success=v["strike_success"],
        waver=waver,
        strain=v["strain"],
        grievance=grievance,
        purge=v["purge"],
        restore=v["restore"],
        coup_success=np.stack([v["coup_success_loyal"], v["coup_success_wavering"]], 1),
        mobilise=v["mobilise"],
        persist=v["persist"],
        relief=v["relief"],
        street_ratio=v["street_ratio"],
        exogenous=rates.structural[:, :, list(EXOGENOUS)],
        history=rates.structural,
        coup_payoff=np.zeros((n, months)),
        ouster_logit=np.full((n, months), -4.0),
    )


def exit_worth(draws: Sample, fates: Array) -> Array:
    """v(k) of each exit to the ruler, [draw, 8], in years in office.

    The fates that followed such exits, weighed by exile, jail and death; of those safe or exiled after a year, a share
    is prosecuted later. A natural death is nobody's doing and counts 0. 'negotiated' is not read by the game: the
    guarantee says what leaving on an offer is worth.
    """
    v = draws.value
    jail = -v["jail"]
    later = v["later_prosecution"]
    by_fate = {
        Fate.SAFE: later * jail,
        Fate.EXILE: (1 - later) * -v["exile"] + later * jail,
        Fate.JAIL: jail,
        Fate.DEATH: -v["death"],
    }
    worth = np.asarray(sum(fates[:, :, i] * by_fate[fate][:, None] for i, fate in enumerate(Fate)))
    worth[:, NATURAL] = 0.0
    worth[:, NEGOTIATED] = 0.0
    worth[:, ASSASSINATION] = -v["death"]
    return worth


def _army(draws: Sample) -> tuple[Array, Array, Array]:
    """Worth of exits to the armed forces [draw, 2, 8], payoff of wavering [draw], grievance [draw].

    Wavering is priced so that, where nothing is at stake, forces waver in the prior's share of months; grievance so
    that attempts by wavering forces are likelier by the prior's ratio: anchor A starts from both. Exits are priced
    against the status quo, whose worth holds the cost of the forces' own noise: an exit that leaves rents whole is
    worth as much as no exit.
    """
    v = draws.value
    share, precision = v["share_wavering"], v["precision_army"]
    odds = v["restore"] * share / (1 - share)
    waver = np.log(odds) / precision
    discount = v["discount_army"] ** (1 / 12)
    rents = 1 / 12 / (1 - discount)
    status_quo = (1 / 12 + odds / (1 + odds) * waver) / (1 - discount)
    kept = np.ones((draws.draws, 2, len(EXITS)))
    for exit_, name in (
        (FOREIGN, "rents_after_foreign"),
        (UPRISING, "rents_after_uprising"),
        (REBELS, "rents_after_foreign"),
        (NEGOTIATED, "rents_after_terms"),
        (REGULAR, "rents_after_terms"),
        (NATURAL, "rents_after_terms"),
        (ASSASSINATION, "rents_after_terms"),
    ):
        # Forces that waver have half made their peace with what comes after.
        kept[:, 0, exit_] = v[name]
        kept[:, 1, exit_] = (1 + v[name]) / 2
    worth = status_quo[:, None, None] - (1 - kept) * rents[:, None, None]
    success = v["coup_success_wavering"] - v["coup_success_loyal"]
    grievance = np.log(v["attempt_ratio"]) / precision - success * (worth[:, 1, COUP] + v["purge"] - status_quo)
    return worth, waver, grievance


def with_case(params: GameParameters, draws: Sample, judged: Judged, known: CaseFacts) -> GameParameters:
    """What a case says of economy, support, region and the length of the campaign, added to anchored parameters."""
    m = {name: row.strength for name, row in MAPPINGS.items()}
    economy = _logit(judged.economy)
    support = _logit(judged.public_support) - PRIORS["public_support"].centre
    months = params.coup_payoff.shape[1]
    fading = known.regional * np.exp(-np.arange(months) / REGIONAL_FADE)
    year = fading[: min(12, months)].mean()
    street = m["economy_street"] * economy + m["support_street"] * support + m["regional_street"] * year
    rents = 1 - m["economy_rents"] * (judged.economy - 0.5)
    bite = 1 - m["campaign"] * math.exp(-known.pressure_months / REGIONAL_FADE)
    ruler = 1 - bite * (1 - params.flow_ruler)
    army = 1 - bite * (1 - params.flow_army)
    return params._replace(
        flow_ruler=ruler,
        flow_army=army * rents[:, None],
        mobilise=logistic(_logit(params.mobilise) + street),
        ouster_logit=params.ouster_logit + (m["support_ouster"] * support)[:, None] + m["regional_street"] * fading,
        coup_payoff=params.coup_payoff + m["regional_army"] * fading / draws.value["precision_army"][:, None],
    )


def start_mass(case: Case, judged: Judged) -> Array:
    """Where the game stands, [draw, 72]: pressure, offer and counter-demand as stated, army and street as assessed."""
    state = case.state
    loyal = _share(state.armed_forces, "loyal", judged.army_loyalty)
    quiet = 1 - _share(state.street, "mobilised", judged.street)
    return place(
        Pressure[state.pressure.upper()],
        {"none": Offer.NONE, "safe_passage": Offer.SAFE_PASSAGE, "safe_passage_immunity": Offer.IMMUNITY}[state.offer],
        loyal,
        quiet,
        Demand.STANDING if state.counter_demand == "standing" else Demand.NO,
    )


def place(pressure: Pressure, offer: Offer, loyal: Array, quiet: Array, demand: Demand) -> Array:
    """Mass on the 72 states, [draw, 72], army and street independent."""
    mass = np.zeros((len(loyal), *SHAPE))
    for army, a in enumerate((loyal, 1 - loyal)):
        for street, u in enumerate((quiet, 1 - quiet)):
            mass[:, int(pressure), int(offer), army, street, int(demand)] = a * u
    return mass.reshape(len(loyal), STATES)


def _share(stated: str | None, value: str, assessed: Array) -> Array:
    return assessed if stated is None else np.full(len(assessed), float(stated == value))


def _logit(p: Array | float) -> Array:
    return np.asarray(np.log(p) - np.log1p(-np.asarray(p)))


def logistic(x: Array) -> Array:
    """1 / (1 + exp(-x)), kept strictly inside (0, 1)."""
    return np.clip(1 / (1 + np.exp(-np.clip(x, -40, 40))), 1e-9, 1 - 1e-9)
