"""One standoff, solved: draws, anchored parameters, solution, and the passes over it that results are made of.

Joins the priors, the assessments and history's hazards to the solver. `exitgame.api` decides which worlds to build
and what to read from them. Masses have the axes [draw, state, belief node] and sum to 1 in each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offramp.case.models import Assessments, Case, Guarantor
from offramp.errors import NotConvergedError
from offramp.exitgame import assessments as mapping
from offramp.exitgame import game
from offramp.exitgame.assessments import CaseFacts, Judged
from offramp.exitgame.draws import Array
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.priors import Sample
from offramp.exitgame.rates import History, history, negotiated_share

Rows = game.Rows
#: Anchor A must meet history's rates in this share of draws.
LEAST_USABLE = 0.9
#: Parameters that anchor A sets.
ANCHORED = ("coup_payoff", "ouster_logit", "waver", "grievance", "exogenous", "history")


@dataclass(frozen=True)
class Setting:
    """What all variants of a case share: draws, history's hazards, and the anchored paths."""

    case: Case
    draws: Sample
    history: History
    known: CaseFacts
    anchored: game.Anchored
    usable: npt.NDArray[np.bool_]  #: [draw] whether anchor A met history's rates; the others get no weight

    @property
    def anchor_error(self) -> float:
        """Largest error of a monthly rate of coup or uprising in the passive world, over usable draws."""
        return float(self.anchored.error[self.usable].max())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the set-up must tell."""
        lost = int((~self.usable).sum())
        return (
            ()
            if not lost
            else (
                f"In {lost} of {len(self.usable)} draws the passive world did not settle at history's rates; they are "
                "left out.",
            )
        )


def set_up(case: Case, draws: Sample, *, months: int, seed: int) -> Setting:
    """Hazards and anchor A for a case.

    Anchor A depends on the draws and on history alone: with the coercer's moves and the offer removed, neither the
    guarantee nor resolve nor the ruler's type is played, so its paths serve every variant.
    """
    found = history(case, months, draws.spare, seed)
    draws = mapping.feasible(draws, found.rates)
    judged = mapping.judge(case.assessments, draws)
    g = mapping.guarantee(draws, judged, case.state.guarantor, case.state.guarantor)
    anchored = game.anchor_a(
        mapping.base_parameters(draws, judged, found.rates, g),
        found.rates.structural,
        months=months,
        share_wavering=draws.value["share_wavering"],
        attempt_ratio=draws.value["attempt_ratio"],
        negotiated_share=negotiated_share(),
        foreign_share=1 - draws.value["coercer_share"],
        throw=False,
    )
    usable = np.asarray(anchored.error <= game.RATE_ERROR)
    if usable.mean() < LEAST_USABLE:
        raise NotConvergedError(
            f"anchor A missed history's rates in {int((~usable).sum())} of {len(usable)} draws; the hazards of this "
            "case lie outside of what the priors can give"
        )
    # Left-out draws carry a usable draw's paths, so that the solver meets finite numbers; their weight is 0.
    rows = np.where(usable, np.arange(len(usable)), np.flatnonzero(usable)[0])
    params = anchored.params._replace(**{name: np.asarray(getattr(anchored.params, name))[rows] for name in ANCHORED})
    return Setting(case, draws, found, mapping.facts(case), anchored._replace(params=params), usable)


@dataclass(frozen=True)
class Variant:
    """One world to solve: which draws, whose judgement, and who guarantees the offer."""

    name: str
    rows: Rows  #: draws of the setting
    assessments: Assessments
    guarantor: Guarantor
    known: CaseFacts


@dataclass(frozen=True)
class World:
    """A solved variant."""

    draws: Sample
    judged: Judged
    params: GameParameters
    solution: game.Solution

    def start(self, public: Array) -> Array:
        """Mass [draw, 72, node] from mass [draw, 72], at the belief with which the game starts, b0."""
        return game.at_belief(public, self.params.committed, self.solution)

    def outcomes(self, mass: Array) -> Array:
        """Outcome probabilities [draw, month + 1, outcome] from `mass` [draw, 72, node]."""
        return game.outcomes(self.solution, mass)


def solve_variants(
    setting: Setting, variants: Sequence[Variant], *, months: int, nodes: int, near: World | None = None
) -> dict[str, World]:
    """Worlds by name, all solved in one call; `near` is the world of all draws that they differ little from."""
    parts = [parameters(setting, variant) for variant in variants]
    close = None if near is None else (near.solution, [variant.rows for variant in variants])
    solutions = game.solve_parts([params for _, _, params in parts], months=months, nodes=nodes, near=close)
    return {
        variant.name: World(draws, judged, params, solution)
        for variant, (draws, judged, params), solution in zip(variants, parts, solutions, strict=True)
    }


def chosen(draws: Sample, rows: Rows) -> Sample:
    """Some of the draws."""
    return Sample(draws.uniform[rows], {name: value[rows] for name, value in draws.value.items()}, draws.spare[rows])


def parameters(setting: Setting, variant: Variant) -> tuple[Sample, Judged, GameParameters]:
    """Draws, judgement and the solver's parameters of a variant."""
    rows = variant.rows
    draws = chosen(setting.draws, rows)
    judged = mapping.judge(variant.assessments, draws)
    rates = setting.history.rates
    rates = rates._replace(structural=rates.structural[rows], fates=rates.fates[rows])
    g = mapping.guarantee(draws, judged, setting.known.guarantor, variant.guarantor)
    params = mapping.base_parameters(draws, judged, rates, g)
    met = setting.anchored.params
    params = params._replace(**{name: np.asarray(getattr(met, name))[rows] for name in ANCHORED})
    return draws, judged, mapping.with_case(params, draws, judged, variant.known)
