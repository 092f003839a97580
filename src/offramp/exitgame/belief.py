"""The public belief that the ruler is committed, on a grid that is even in log-odds.

0 and 1 are nodes of their own (beliefs that no move can change); the inner nodes are even in log-odds between -5 and
5. Values are linear in the belief between nodes, and mass off the grid is split over its two neighbours so that its
mean stays: the two are each other's transpose, so a value computed backwards equals the payoff gathered forwards.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError
from offramp.exitgame._jax import jax, jnp

#: Log-odds of the outermost inner nodes.
EDGE: Final = 5.0


def belief_log_odds(nodes: int) -> npt.NDArray[np.float64]:
    """Log-odds of the nodes, `-inf` and `inf` at the ends; at least 5 nodes, or the 2 ends alone."""
    if nodes == 2:
        return np.array([-np.inf, np.inf])
    if nodes < 5:
        raise InputError(f"a belief grid of {nodes} nodes is too coarse; use 21 or 41")
    return np.concatenate([[-np.inf], np.linspace(-EDGE, EDGE, nodes - 2), [np.inf]])


def belief_grid(nodes: int) -> npt.NDArray[np.float64]:
    """The nodes as probabilities, 0 first and 1 last."""
    return np.asarray(1 / (1 + np.exp(-belief_log_odds(nodes))))


def interval(log_odds: jax.Array, nodes: int) -> jax.Array:
    """Number of the grid interval that holds each belief given by its log-odds, 0 to nodes - 2."""
    if nodes == 2:
        return jnp.zeros(log_odds.shape, jnp.int32)
    step = 2 * EDGE / (nodes - 3)
    place = jnp.floor((log_odds + EDGE) / step) + 1.0
    return jnp.clip(place, 0, nodes - 2).astype(jnp.int32)


def split(belief: npt.NDArray[np.float64], nodes: int) -> npt.NDArray[np.float64]:
    """Weights over the nodes with the mean of each belief: [...] to [..., nodes]."""
    grid = belief_grid(nodes)
    belief = np.asarray(belief, float)
    low = np.clip(np.searchsorted(grid, belief, side="right") - 1, 0, nodes - 2)
    share = (belief - grid[low]) / (grid[low + 1] - grid[low])
    weights = np.zeros((*belief.shape, nodes))
    np.put_along_axis(weights, low[..., None], (1 - share)[..., None], -1)
    np.put_along_axis(weights, low[..., None] + 1, share[..., None], -1)
    return weights
