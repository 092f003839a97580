"""Logit choice: the reply of a player whose valuation of each move carries an extreme-value error.

Primitives for solvers that work on whole arrays of nodes; the axis of moves is given by the caller. `precision` is
in 1/utils. Source: McKelvey and Palfrey (1998), Experimental Economics 1, 9-41.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp


def logit_reply(values: jax.Array, precision: jax.Array | float, *, axis: int = -1) -> jax.Array:
    """Choice probabilities over `axis`.

    Args:
        values: Payoff of each move, utils; `-inf` marks a move that is not open. At least one move must be open in
            every row: a row without one comes out as NaN.
        precision: At least 0, broadcast against `values`. 0 is uniform play over the open moves.
        axis: The axis of moves.

    Returns:
        Probabilities that sum to 1 over `axis`, exactly 0 where `values` is `-inf`.

    >>> logit_reply(jnp.array([1.0, 1.0, -jnp.inf]), 2.0).tolist()
    [0.5, 0.5, 0.0]
    """
    best = jnp.max(values, axis=axis, keepdims=True)
    open_ = values > -jnp.inf
    weight = jnp.where(open_, jnp.exp(jnp.where(open_, values - best, 0.0) * precision), 0.0)
    return weight / jnp.sum(weight, axis=axis, keepdims=True)


def inclusive_value(values: jax.Array, precision: jax.Array | float, *, axis: int = -1) -> jax.Array:
    """Log of the sum of exp(precision * value) over `axis`: the log-denominator of `logit_reply`, in nats."""
    best = jnp.max(values, axis=axis, keepdims=True)
    open_ = values > -jnp.inf
    weight = jnp.where(open_, jnp.exp(jnp.where(open_, values - best, 0.0) * precision), 0.0)
    return jnp.squeeze(best * precision, axis) + jnp.log(jnp.sum(weight, axis=axis))
