"""What the months that were observed say: about the ruler, about the state, and about each draw.

A standoff is filtered from the first ultimatum on, at the belief b0: mass over (state, belief) runs through the
equilibrium month by month, and what contradicts the reports is dropped. Moves and states that nobody reported are
summed out. What is left of the mass is the likelihood of the observed path, by which draws are reweighted; its
distribution is where the forecast starts. Every month of not leaving on a standing offer is a refusal.

The observed months are played by the strategies of the policy's first month: hazards change little from one month to
the next, and strategies still less (docs/exitgame.md has the figures).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from offramp.errors import InputError
from offramp.exitgame._jax import jax
from offramp.exitgame.belief import belief_grid
from offramp.exitgame.flow import Masks, month_flow
from offramp.exitgame.forward import Start, plays
from offramp.exitgame.moves import COERCER_MOVES, RulerMove
from offramp.exitgame.parameters import Array
from offramp.exitgame.solver import GROUP, Group, Policy, in_groups
from offramp.exitgame.states import ALL, STATES, Army, Demand, Offer, Pressure, Street


class ObservedMonth(NamedTuple):
    """What is known of a month in which the ruler stayed; `None` is unknown."""

    pressure: Pressure | None = None  #: after the coercer's move
    offer: Offer | None = None  #: after the coercer's move
    struck: bool = False  #: whether the coercer struck (and failed)
    ruler: frozenset[RulerMove] | None = None  #: moves that the ruler may have made
    army: Army | None = None  #: at the end of the month
    street: Street | None = None  #: at the end of the month
    demand: Demand | None = None  #: at the end of the month


class FilterResult(NamedTuple):
    """What D draws make of the observed months."""

    log_likelihood: Array  #: [D] log of the path's probability, nats; -inf where it cannot happen
    weights: Array  #: [D] proportional to prior weight times likelihood, sum 1
    ess: float  #: effective sample size of the weights, draws
    belief: Array  #: [D] P(committed | path)
    start: Start  #: distribution over states and beliefs after the path
    path: Array  #: [D, M + 1] P(committed) before the first month and after each


def filter_months(
    policy: Policy, start: Start, observed: Sequence[ObservedMonth], *, weights: Array | None = None
) -> FilterResult:
    """Run the observed months through the equilibrium.

    Args:
        policy: The solution.
        start: Where the first observed month begins (`forward.start_at`, usually at b0).
        observed: The months in order; none at all gives back the start.
        weights: Prior weights of the draws; equal if left out.

    Raises:
        InputError: The path has probability 0 in every draw, or a start of the wrong shape.
    """
    if start.mass.shape != (policy.draws, STATES, policy.nodes):
        raise InputError(
            f"a start's mass has shape {start.mass.shape}; this policy needs {(policy.draws, STATES, policy.nodes)}"
        )
    prior = np.full(policy.draws, 1 / policy.draws) if weights is None else np.asarray(weights, float)
    grid = belief_grid(policy.nodes)
    mass, log_likelihood = start.mass, np.zeros(policy.draws)
    path = [(mass * grid).sum((1, 2))]
    preview = policy.variant == "preview"
    for month in observed:
        masks = _masks(month)

        def one(rows: np.ndarray, mass: Array = mass, masks: Masks = masks) -> Array:
            group = policy.groups[int(rows[0]) // GROUP]
            return np.asarray(
                _filter_group(np.asarray(True), group, np.moveaxis(mass[rows], 0, -1), masks, preview=preview)
            )

        after = np.moveaxis(np.concatenate(in_groups(one, policy.draws), -1)[..., : policy.draws], -1, 0)
        likelihood = after.sum((1, 2))
        possible = likelihood > 0
        log_likelihood = log_likelihood + np.log(np.where(possible, likelihood, 1.0))
        log_likelihood[~possible] = -np.inf
        # A draw in which the path cannot happen keeps its distribution and loses its weight.
        mass = np.where(possible[:, None, None], after / np.where(possible, likelihood, 1.0)[:, None, None], mass)
        path.append((mass * grid).sum((1, 2)))
    if not np.isfinite(log_likelihood).any():
        raise InputError(
            "the observed months cannot happen in the game in any draw: check that each month's pressure and offer "
            "follow from the month before by one step, and that a strike follows an ultimatum"
        )
    posterior = prior * np.exp(log_likelihood - log_likelihood.max())
    posterior /= posterior.sum()
    return FilterResult(
        log_likelihood=log_likelihood,
        weights=posterior,
        ess=float(1 / (posterior**2).sum()),
        belief=path[-1],
        start=Start(mass),
        path=np.stack(path, 1),
    )


def _masks(month: ObservedMonth) -> Masks:
    coercer = np.array([(move.pressure.name == "STRIKE") == month.struck for move in COERCER_MOVES], float)
    after = np.array([_fits(state.pressure, month.pressure) and _fits(state.offer, month.offer) for state in ALL])
    end = np.array(
        [
            _fits(state.army, month.army) and _fits(state.street, month.street) and _fits(state.demand, month.demand)
            for state in ALL
        ]
    )
    ruler = np.array([float(month.ruler is None or move in month.ruler) for move in RulerMove])
    return Masks(coercer, np.zeros(()), after.astype(float), ruler, end.astype(float))


def _fits(value: object, known: object | None) -> bool:
    return known is None or value == known


@functools.partial(jax.jit, static_argnames=("preview",))
def _filter_group(ready: jax.Array, group: Group, mass: jax.Array, masks: Masks, *, preview: bool) -> jax.Array:
    paths = jax.tree.map(lambda path: path[0], group.prepared.paths)
    play = plays(ready, group.prepared, group.values[1], group.log_ratios[0], 0, preview)
    # What stands at the end has survived; that the standoff did not lapse is known too.
    return month_flow(group.prepared, paths, play, mass, masks).standing
