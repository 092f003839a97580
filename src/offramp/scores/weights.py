"""Weights of a linear pool, learnt by log score with a prior that a few cases cannot outvote.

The pooled chance is sum_l w_l p_l. The weights maximise the weighted mean log chance of what happened plus that of
`PRIOR` imagined cases for each lens (the mode under a Dirichlet prior with 1 + `PRIOR` for each), by expectation and
maximisation, which climbs in every step and here to the one top there is: the log of a linear pool is concave in w.

Source: Genest and Zidek (1986), Statistical Science 1: 114-135; Dempster, Laird and Rubin (1977), JRSS B 39: 1-38.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offramp.scores.proper import FLOOR

Array = npt.NDArray[np.float64]
PRIOR = 1.0
STEPS = 10_000


def learn(chances: Array, counts: Array, *, prior: float = PRIOR) -> Array:
    """Weights of the lenses, summing to 1.

    Args:
        chances: Given by each lens to what happened, `[row, lens]`.
        counts: How much each row counts, `[row]`; the rows of one case should sum to 1.
        prior: Imagined cases for each lens.

    Raises:
        ValueError: If there is no lens.
    """
    p = np.maximum(np.asarray(chances, float), FLOOR)
    lenses = p.shape[1]
    if lenses == 0:
        raise ValueError("no lens to weigh")
    w = np.full(lenses, 1 / lenses)
    for _ in range(STEPS):
        parts = p * w
        share = counts @ (parts / parts.sum(1, keepdims=True)) + prior
        new = share / share.sum()
        if np.abs(new - w).max() < 1e-12:
            return np.asarray(new)
        w = new
    return np.asarray(w)
