"""The solver, the anchor, the filter and the forward pass, in the shapes that results are made of.

A thin layer, so that `engine`, `run` and `compare` speak of worlds and masses and not of groups and policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offramp.case.models import ObservedMonth as CaseMonth
from offramp.errors import InputError, NotConvergedError
from offramp.exitgame import solver
from offramp.exitgame.anchor import RATE_ERROR, Anchored, anchor_a
from offramp.exitgame.belief import belief_grid, split
from offramp.exitgame.draws import Array
from offramp.exitgame.flow import Masks, open_masks
from offramp.exitgame.moves import COERCER_MOVES, OfferMove, PressureMove, RulerMove
from offramp.exitgame.parameters import GameParameters
from offramp.exitgame.prospect import first_month, outcomes_by_month, survive
from offramp.exitgame.solver import GROUP, Policy
from offramp.exitgame.states import ALL, Demand, Offer, Pressure
from offramp.exitgame.whatif import OFFERS, moved

__all__ = ["RATE_ERROR", "Anchored", "anchor_a"]


Rows = npt.NDArray[np.int64]
#: Share of draws that may stay unsolved and be left out.
MOST_UNSOLVED = 0.1
#: Residual of the tail's last month, log-ratio, from which a draw's tail counts as rough, and the share that is told.
ROUGH_TAIL = 0.5
ROUGH_SHARE = 0.05


@dataclass(frozen=True)
class Solution:
    """A solved game, or part of one: `policy` holds exactly this world's draws."""

    policy: Policy

    @property
    def nodes(self) -> int:
        """Size of the belief grid."""
        return self.policy.nodes

    @property
    def tail(self) -> int:
        """Months solved beyond the forecast."""
        return self.policy.horizon - self.policy.months

    @property
    def solved(self) -> npt.NDArray[np.bool_]:
        """[draw] whether the residual is within `solver.RESIDUAL` at every node of every forecast month."""
        return np.asarray(self.policy.residual.max(0) <= solver.RESIDUAL)

    @property
    def max_residual(self) -> float:
        """Largest residual at any node of a forecast month over the solved draws, log-ratio."""
        return float(self.policy.residual[:, self.solved].max())

    def first(self, draws: int) -> Policy:
        """The policy of the first draws: whole groups of them, or all."""
        groups = -(-draws // GROUP)
        return self.policy._replace(
            groups=self.policy.groups[:groups],
            draws=draws,
            residual=self.policy.residual[:, :draws],
            tail_residual=self.policy.tail_residual[:draws],
            disagreement=self.policy.disagreement[:draws],
        )

    @property
    def second_start_agrees(self) -> bool:
        """Whether the second search found the same equilibrium wherever it was tried."""
        return bool((self.policy.disagreement <= solver.SAME).all())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be told: draws left out, and draws with more than one equilibrium."""
        told = []
        lost, several = int((~self.solved).sum()), int((self.policy.disagreement > solver.SAME).sum())
        if lost:
            told.append(
                f"In {lost} of {self.policy.draws} draws the ruler's fixed point was not found at every node (residual "
                f"above {solver.RESIDUAL:g}); they are left out."
            )
        if several:
            told.append(
                f"In {several} of {self.policy.draws} draws two searches ended at different equilibria of the ruler's "
                "node; the one that continues from precision 0 is used."
            )
        rough = int((self.policy.tail_residual > ROUGH_TAIL).sum())
        if rough > ROUGH_SHARE * self.policy.draws:
            told.append(
                f"In {rough} of {self.policy.draws} draws play beyond the forecast was still off its fixed point (by "
                f"more than {ROUGH_TAIL:g} in log-ratios) when it was taken over as what the last month looks ahead to."
            )
        return tuple(told)


def solve_parts(
    parts: Sequence[GameParameters], *, months: int, nodes: int, near: tuple[Solution, Sequence[Rows]] | None = None
) -> list[Solution]:
    """Several sets of draws in one call of the solver, each padded to whole groups by copies of its last draw.

    `near` is a solution of nearly the same games, and for each part the draws there that its own draws are near to.

    A draw that does not converge is not used by anybody (`Solution.solved`); too many of them are an error.

    Raises:
        NotConvergedError: If more than `MOST_UNSOLVED` of all draws kept a residual above tolerance.
    """
    padded = [_padded(part) for part in parts]
    stacked = GameParameters(*(np.concatenate(columns) for columns in zip(*padded, strict=True)))
    close = None
    if near is not None:
        rows = [part_rows[_filled(len(part_rows))] for part_rows in near[1]]
        close = solver.Near(near[0].policy, np.concatenate(rows))
    policy = solver.solve(stacked, months=months, nodes=nodes, near=close, throw=False)
    unsolved = ~(policy.residual.max(0) <= solver.RESIDUAL)
    if unsolved.mean() > MOST_UNSOLVED:
        raise NotConvergedError(policy.warnings[0] if policy.warnings else "the game was not solved")
    found, group = [], 0
    for part, full in zip(parts, padded, strict=True):
        first, count = group * GROUP, full.draws // GROUP
        own = slice(first, first + part.draws)
        found.append(
            Solution(
                policy._replace(
                    groups=policy.groups[group : group + count],
                    draws=part.draws,
                    residual=policy.residual[:, own],
                    tail_residual=policy.tail_residual[own],
                    disagreement=policy.disagreement[own],
                )
            )
        )
        group += count
    return found


def _padded(params: GameParameters) -> GameParameters:
    rows = _filled(params.draws)
    return GameParameters(*(np.asarray(value)[rows] for value in params))


def _filled(draws: int) -> Rows:
    """Numbers of the draws, the last one repeated until whole groups are full."""
    return np.minimum(np.arange(-(-draws // GROUP) * GROUP), draws - 1)


def at_belief(public: Array, belief: Array, solution: Solution) -> Array:
    """Mass [draw, 72, node] from mass over public states [draw, 72] and one belief a draw."""
    return np.asarray(public[:, :, None] * split(belief, solution.nodes)[:, None, :])


def mean_belief(mass: Array, solution: Solution) -> Array:
    """Mean P(committed) of a mass, [draw]."""
    return np.asarray(mass.sum(1) @ belief_grid(solution.nodes))


def outcomes(solution: Solution, mass: Array) -> Array:
    """Outcome probabilities by month, [draw, month + 1, outcome], from mass [draw, 72, node]."""
    return outcomes_by_month(solution.policy, mass)


class Learnt(NamedTuple):
    """What observed months leave: mass [draw, 72, node], and the log-likelihood of the path, [draw]."""

    mass: Array
    log_likelihood: Array


def learn(solution: Solution, mass: Array, history: Sequence[CaseMonth]) -> Learnt:
    """Run a case's observed months through the equilibrium.

    The pressure and the offer of each month are taken as given (a standoff is a case because it escalated, and anchor
    B is conditioned on that too); that the coercer then kept to them, and what the ruler did, is learnt from. A
    counter-demand that stands cannot be made again, so repeating it counts as holding.
    """
    total = np.zeros(len(mass))
    mass = moved(mass, {"demand": int(Demand.NO)})  # whatever stands today was asked for in these months
    for seen in observed(history):
        after = survive(solution.policy, moved(mass, seen.state), seen.masks)
        likelihood = after.sum((1, 2))
        if not (likelihood > 0).any():
            raise InputError(f"history: what is said of {seen.month} cannot happen in the game; check its reply")
        # A draw in which the month cannot happen keeps its distribution and loses its weight.
        possible = likelihood > 0
        mass = np.where(possible[:, None, None], after / np.where(possible, likelihood, 1.0)[:, None, None], mass)
        total = total + np.log(np.where(possible, likelihood, 1e-300))
    return Learnt(mass, total)


class Seen(NamedTuple):
    """One observed month as the game takes it."""

    month: str
    state: dict[str, int]  #: parts of the public state that the coercer's move set
    masks: Masks  #: what of the month's play agrees with the reports


def observed(history: Sequence[CaseMonth]) -> Iterator[Seen]:
    """A case's observed months, each with the state it sets and the moves it leaves possible."""
    demanded = False
    before: CaseMonth | None = None
    for month in history:
        pressure, offer = Pressure[month.pressure.upper()], OFFERS[month.offer]
        changed = before is not None and before.offer != month.offer
        demanded = demanded and not changed
        state = {"pressure": int(pressure), "offer": int(offer)} | ({"demand": int(Demand.NO)} if changed else {})
        moves = _observed_moves(month, pressure, offer, demanded=demanded)
        yield Seen(month.month, state, _masks(pressure, offer, moves))
        demanded = demanded or moves == frozenset({RulerMove.DEMAND})
        before = month


def _masks(pressure: Pressure, offer: Offer, moves: frozenset[RulerMove]) -> Masks:
    """Pressure and offer as seen after the coercer's move, no strike, one of the ruler's moves; the rest unknown."""
    masks = open_masks()
    return masks._replace(
        coercer=np.array([move.pressure is not PressureMove.STRIKE for move in COERCER_MOVES], float),
        imposed=np.zeros(()),
        after=np.array([state.pressure is pressure and state.offer is offer for state in ALL], float),
        ruler=np.array([move in moves for move in RulerMove], float),
    )


_STAYED = frozenset({RulerMove.HOLD, RulerMove.DEMAND, RulerMove.CRACKDOWN})


def _observed_moves(month: CaseMonth, pressure: Pressure, offer: Offer, *, demanded: bool) -> frozenset[RulerMove]:
    """Moves that a reply leaves possible; a reply that the state does not allow says only that the ruler stayed."""
    if month.reply == "held":
        return frozenset({RulerMove.HOLD})
    if month.reply == "cracked_down":
        return frozenset({RulerMove.CRACKDOWN})
    if month.reply == "countered":
        if demanded:
            return frozenset({RulerMove.HOLD})
        if offer is not Offer.IMMUNITY and (pressure is not Pressure.NONE or offer is not Offer.NONE):
            return frozenset({RulerMove.DEMAND})
    return _STAYED


class NextMoves(NamedTuple):
    """Chances of next month's moves by name, [draw] each; a player's chances sum to 1."""

    coercer: dict[str, Array]
    ruler: dict[str, Array]
    army: dict[str, Array]


def _coercer_name(number: int) -> str:
    pressure, offer = COERCER_MOVES[number]
    if pressure is PressureMove.HOLD:
        return {OfferMove.WITHDRAW: "withdraw_offer", OfferMove.KEEP: "hold", OfferMove.IMPROVE: "improve_offer"}[offer]
    return pressure.name.lower()


_RULER_NAMES = ("leave", "stay", "counter_demand", "crack_down")


_ARMY_NAMES = ("back", "waver", "attempt")


def next_moves(solution: Solution, mass: Array) -> NextMoves:
    """Who would do what in the first month from `mass`."""
    found = first_month(solution.policy, mass)
    coercer: dict[str, Array] = {}
    for number in range(len(COERCER_MOVES)):
        name = _coercer_name(number)
        coercer[name] = coercer.get(name, np.zeros(len(mass))) + found.coercer[:, number]
    return NextMoves(
        coercer,
        dict(zip(_RULER_NAMES, found.ruler.T, strict=True)),
        dict(zip(_ARMY_NAMES, found.army.T, strict=True)),
    )
