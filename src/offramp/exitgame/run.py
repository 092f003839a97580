"""One case played once: the filter over the observed months, then the forward pass from where the case stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offramp.case.models import Case
from offramp.exitgame import assessments as mapping
from offramp.exitgame import game
from offramp.exitgame.draws import Array
from offramp.exitgame.engine import Rows, Setting, World

HEADLINE = 12


@dataclass(frozen=True)
class Run:
    """The base world, from where the case stands. Masses are [draw, 72, belief node]."""

    case: Case
    setting: Setting
    base: World
    months: int
    before: Array  #: mass before the observed months are learnt from
    mass: Array  #: mass after them
    weights: Array  #: [draw], summing to 1
    outcomes: Array  #: [draw, month + 1, outcome]
    log_likelihood: Array | None  #: [draw] of the observed months; None where there are none

    @property
    def at(self) -> int:
        """Month of the headline."""
        return min(HEADLINE, self.months)

    @classmethod
    def start(cls, case: Case, setting: Setting, base: World, months: int) -> Run:
        """Filter, then forward pass."""
        before = base.start(mapping.start_mass(case, base.judged))
        mass, weights, likelihood = learn(case, base, before)
        weights = np.where(setting.usable & base.solution.solved, weights, 0.0)
        weights /= weights.sum()
        return cls(case, setting, base, months, before, mass, weights, base.outcomes(mass), likelihood)

    @property
    def learnt(self) -> tuple[float, float] | None:
        """Mean P(committed) before and after the observed months."""
        if self.log_likelihood is None:
            return None
        first, last = (game.mean_belief(mass, self.base.solution) for mass in (self.before, self.mass))
        return float(first.mean()), float(self.weights @ last)

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """[draw] whether anchor A and the solver did their work."""
        return self.setting.usable & self.base.solution.solved

    def part(self, rows: Rows, *worlds: World) -> Array:
        """Weights of some of the draws, summing to 1, without those that are unsolved in any of `worlds`."""
        solved = np.all([np.ones(len(rows), bool), *(world.solution.solved for world in worlds)], axis=0)
        chosen = np.where(solved, self.weights[rows], 0.0)
        return np.asarray(chosen / chosen.sum())


def learn(case: Case, world: World, before: Array) -> tuple[Array, Array, Array | None]:
    """Mass now, weights and log-likelihoods after the case's observed months (EXITGAME section 4, filter).

    The months are run through the equilibrium from the belief in `before`, unobserved moves summed out. What they
    teach is kept: the belief, and how likely each draw made them. Armed forces and street stand where the case says
    they stand today, so their posture is not carried over from the months before.
    """
    n = len(before)
    if not case.history:
        return before, np.full(n, 1 / n), None
    found = game.learn(world.solution, before, case.history)
    weights = np.exp(found.log_likelihood - found.log_likelihood.max())
    public = before.sum(2)
    belief = found.mass.sum(1)
    belief = belief / belief.sum(1, keepdims=True)
    return public[:, :, None] * belief[:, None, :], weights / weights.sum(), found.log_likelihood
