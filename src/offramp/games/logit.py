"""Logit choice: the reply of a player whose valuation of each move carries an extreme-value error.

Primitives for solvers that work on whole arrays of nodes. The axis of moves is short, so maxima and sums over it are
written out move by move: XLA on a CPU is an order of magnitude faster on that than on a reduction. `precision` is in
1/utils. Source: McKelvey and Palfrey (1998), Experimental Economics 1, 9-41.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from jax import Array
from jax import numpy as jnp


def total(parts: Sequence[Array]) -> Array:
    """Sum of a few arrays of one shape."""
    return functools.reduce(jnp.add, parts)


def logit_weights(
    values: Sequence[Array], precision: Array | float, open_: Sequence[Array] | None = None
) -> tuple[list[Array], Array, Array]:
    """Weights exp(precision * (value - best)) of each move, their sum (at least 1), and the best value.

    Args:
        values: Payoff of each move, utils, finite, of shapes that broadcast to one.
        precision: At least 0; 0 gives every open move the weight 1.
        open_: For each move where it is open; all of them everywhere if left out. A move that is not open weighs
            exactly 0 and does not count for the best. At least one must be open everywhere.
    """
    if open_ is None:
        best = functools.reduce(jnp.maximum, values)
        weights = [jnp.exp((value - best) * precision) for value in values]
    else:
        best = functools.reduce(
            jnp.maximum, [jnp.where(can, value, -jnp.inf) for can, value in zip(open_, values, strict=True)]
        )
        weights = [
            jnp.where(can, jnp.exp(jnp.minimum(value - best, 0.0) * precision), 0.0)
            for can, value in zip(open_, values, strict=True)
        ]
    return weights, total(weights), best


def logit_reply(
    values: Sequence[Array], precision: Array | float, open_: Sequence[Array] | None = None
) -> list[Array]:
    """Choice probabilities of a player, one array a move; they sum to 1, and are 0 where a move is not open.

    Arguments as for `logit_weights`.

    >>> [float(p) for p in logit_reply([jnp.array(1.0), jnp.array(1.0)], 2.0)]
    [0.5, 0.5]
    """
    weights, sum_, _ = logit_weights(values, precision, open_)
    return [weight / sum_ for weight in weights]
