"""Logit choice: the reply of a player whose valuation of each move carries an extreme-value error.

Primitives for solvers that work on whole arrays of nodes. There is a move that is open everywhere (do as before), and
every other move is weighed against it. The axis of moves is short, so sums over it are written out move by move: XLA
on a CPU is an order of magnitude faster on that than on a reduction. `precision` is in 1/utils.

Source: McKelvey and Palfrey (1998), Experimental Economics 1, 9-41.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from jax import Array
from jax import numpy as jnp
from jax.typing import ArrayLike

#: Largest log-weight of a move against the reference; a move this much better is played with certainty anyway.
CAP: Final = 500.0


def total(parts: Sequence[Array]) -> Array:
    """Sum of a few arrays whose shapes broadcast to one."""
    return functools.reduce(jnp.add, parts)


def weight(gain: Array, precision: ArrayLike, open_: ArrayLike | None = None) -> Array:
    """Weight of a move against the reference move, whose weight is 1.

    Args:
        gain: Payoff of the move less that of the reference, utils, finite.
        precision: At least 0; 0 gives every open move the weight 1.
        open_: Where the move is open, everywhere if left out; elsewhere it weighs exactly 0.

    Returns:
        exp(precision * gain), capped at e^500. Two moves that are both more than 500/precision better than the
        reference are weighed alike; nothing else is lost.
    """
    value = jnp.exp(jnp.minimum(gain * precision, CAP))
    return value if open_ is None else jnp.where(open_, value, 0.0)


def shares(weights: Sequence[Array]) -> list[Array]:
    """Choice probabilities [reference, *others] from the others' weights; they sum to 1.

    >>> [float(p) for p in shares([weight(jnp.array(0.0), 2.0)])]
    [0.5, 0.5]
    """
    reference = 1.0 / (1.0 + total(weights))
    return [reference, *(w * reference for w in weights)]
