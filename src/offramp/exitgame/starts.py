"""Solved worlds turned round: what every start of a standoff leads to, small enough to keep and to send.

Exit probabilities are linear in where the game starts, and so is the filter over the observed months before it is
normalised. Armed forces and street have two postures each, so what a world says about any start is, for each
pressure, offer and counter-demand, a matrix of four postures by the four under which the belief was learnt. With p the
chances of the postures, q a row of `pairs` and l `likelihood`, an exit's probability is p'qp / p'l: exact for the draws
at hand, whatever the assessments of army and street, and some microseconds of work.

`Solved` makes them: one solution for each set of values that move payoffs. Where a draw has several equilibria, which
one is found depends on where the search starts; `near` starts from the case's own solution, four times as fast, and
follows its branch; without it a world is the one that a forecast of the changed case finds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offramp.case.models import Case
from offramp.codes.exits import OUTCOMES
from offramp.errors import InputError
from offramp.exitgame import anchor_b, api, engine, game, priors, rates
from offramp.exitgame import assessments as mapping
from offramp.exitgame.draws import Array
from offramp.exitgame.priors import Sample
from offramp.exitgame.prospect import prospects, survive
from offramp.exitgame.states import SHAPE, STATES, Demand
from offramp.exitgame.whatif import moved

#: Assessments that place the start and move no payoff.
PLACES_START = ("army_loyalty", "street")
#: Axes of [draw, pressure, offer, army, street, demand] other than pressure, offer and demand.
OTHERS = ((0, 2, 3, 4, 5), (0, 1, 3, 4, 5), (0, 1, 2, 3, 4))
POSTURES = 4
"""Army by street: loyal and quiet, loyal and mobilised, wavering and quiet, wavering and mobilised."""


@dataclass(frozen=True, slots=True)
class Starts:
    """What each start of one world leads to; D draws, M months told."""

    months: tuple[int, ...]
    draws: Sample
    usable: npt.NDArray[np.bool_]  #: [D] whether anchor and solution hold
    pairs: Array  #: [D, pressure 3, offer 3, demand 2, posture 4 x 4 learnt under, M x 8 exits]
    likelihood: Array  #: [D, 4] of the observed months, by posture

    def outcomes(self, case: Case) -> tuple[Array, Array]:
        """Outcome probabilities [D, M, 9] and weights [D] of a case that differs from this world's in its start.

        Raises:
            InputError: If the observed months cannot happen with this start.
        """
        public = mapping.start_mass(case, mapping.judge(case.assessments, self.draws))
        parts = public.reshape(len(public), *SHAPE)
        pressure, offer, demand = (int(parts.sum(axes).argmax()) for axes in OTHERS)
        posture = parts.sum((1, 2, 5)).reshape(len(public), 1, POSTURES)
        outcomes, weights = self.outcomes_of(pressure, offer, demand, posture)
        if not weights.sum() > 0:
            raise InputError("history: what is said of the months before cannot happen in the game with this change.")
        return outcomes[:, 0], weights[:, 0]

    def outcomes_of(self, pressure: int, offer: int, demand: int, posture: Array) -> tuple[Array, Array]:
        """Outcome probabilities [D, S, M, 9] and weights [D, S] of S starts.

        Args:
            pressure: Index of the pressure that stands.
            offer: Index of the offer that stands.
            demand: Whether a counter-demand stands, 0 or 1.
            posture: [D, S, 4] chances of the postures of armed forces and street, sum 1.

        Weights sum to 1 over draws; they are all 0 where the observed months cannot happen.
        """
        d, s, _ = posture.shape
        likelihood = np.einsum("dsp,dp->ds", posture, self.likelihood)
        possible = likelihood > 0
        pairs = (posture[:, :, :, None] * posture[:, :, None, :]).reshape(d, s, POSTURES**2)
        exits = pairs @ self.pairs[:, pressure, offer, demand] / np.where(possible, likelihood, 1.0)[:, :, None]
        exits = exits.reshape(d, s, len(self.months), len(OUTCOMES) - 1)
        weights = np.where(self.usable[:, None], likelihood, 0.0)
        total = weights.sum(0)
        return (
            np.concatenate([exits, 1 - exits.sum(3, keepdims=True)], 3),
            weights / np.where(total > 0, total, 1.0),
        )


def world_key(case: Case) -> str:
    """What of a case needs a solution of its own; two cases with the same key differ in their starts only."""
    told = {
        name: [getattr(case.assessments, name).low, getattr(case.assessments, name).central,
               getattr(case.assessments, name).high]
        for name in mapping.Judged._fields if name not in PLACES_START
    }  # fmt: skip
    return json.dumps([told, mapping.facts(case)._asdict()], sort_keys=True)


class Solved:
    """A case solved once, from which worlds with other payoffs are found."""

    def __init__(
        self, case: Case, *, months: Sequence[int], horizon: int, draws: int, seed: int, nodes: int, near: bool
    ) -> None:
        """Sets the case up and, with `near`, solves it.

        Args:
            case: The standoff.
            months: Months told, each at most `horizon`.
            horizon: Months solved with history's paths.
            draws: Quasi-random draws.
            seed: Fixes the draws.
            nodes: Size of the belief grid.
            near: Whether worlds start their search from the case's own.

        Raises:
            NotConvergedError: If the anchor or the game was not solved.
        """
        self.case, self.months, self.horizon, self.nodes = case, tuple(months), horizon, nodes
        sample = anchor_b.apply(
            priors.sample(draws - draws % api.REPLICATES, seed, replicates=api.REPLICATES, spare=rates.DIMENSIONS)
        )
        self.setting = engine.set_up(case, sample, months=horizon, seed=seed)
        self._near: engine.World | None = None
        self.base: Starts | None = None
        if near:
            self._near = self._worlds([case])[0]
            self.base = self._turned(self._near)

    def starts(self, cases: Sequence[Case]) -> list[Starts]:
        """Worlds of cases that differ from this one in assessments and state, all solved in one call.

        Raises:
            InputError: If a case differs in something else.
            NotConvergedError: If the game was not solved.
        """
        for case in cases:
            _same_but_state(self.case, case)
        return [self._turned(world) for world in self._worlds(cases)]

    def _worlds(self, cases: Sequence[Case]) -> list[engine.World]:
        rows = np.arange(self.setting.draws.draws)
        variants = [
            engine.Variant(f"{n}", rows, case.assessments, case.state.guarantor, self._facts(case))
            for n, case in enumerate(cases)
        ]
        found = engine.solve_variants(self.setting, variants, months=self.horizon, nodes=self.nodes, near=self._near)
        return [found[f"{n}"] for n in range(len(cases))]

    def _facts(self, case: Case) -> mapping.CaseFacts:
        # The guarantee was assessed under the case's own guarantor; a change of guarantor moves g from there.
        return mapping.facts(case)._replace(guarantor=self.setting.known.guarantor)

    def _turned(self, world: engine.World) -> Starts:
        policy = world.solution.policy
        n = world.draws.draws
        learnt = self._learnt(world)
        # [D, M, 8, pressure, offer, army, street, demand, node], one month at a time: all would be large
        pairs = np.stack(
            [
                np.einsum(
                    "dkpoxen,dyn->dpoexyk",
                    prospects(policy, month).outcomes.reshape(n, -1, 3, 3, POSTURES, 2, policy.nodes),
                    learnt,
                    optimize=True,
                )
                for month in self.months
            ],
            6,
        )
        pairs = pairs.reshape(n, 3, 3, 2, POSTURES**2, -1)
        usable = self.setting.usable & world.solution.solved
        return Starts(self.months, world.draws, usable, pairs, learnt.sum(2))

    def _learnt(self, world: engine.World) -> Array:
        """Each posture run through the observed months: belief [D, posture, node], its mass their likelihood."""
        n = world.draws.draws
        found = []
        for army in (0, 1):
            for street in (0, 1):
                public = np.zeros((n, *SHAPE))
                public[:, 0, 0, army, street, int(Demand.NO)] = 1.0
                mass = world.start(public.reshape(n, STATES))
                for seen in game.observed(self.case.history):
                    mass = survive(world.solution.policy, moved(mass, seen.state), seen.masks)
                found.append(mass.sum(1))
        return np.stack(found, 1)


def _same_but_state(base: Case, case: Case) -> None:
    free = ("state", "assessments", "overrides")
    other = [n for n in Case.model_fields if n not in free and getattr(base, n) != getattr(case, n)]
    if other:
        raise InputError(
            f"{', '.join(other)}: only the state and the assessments of a case can be varied without a new forecast."
        )
