"""The lens of constant rates: how often it happened in the last twenty years, by kind of regime."""

from __future__ import annotations

from typing import Final

import numpy as np

from offramp.hazard.ensemble.lens import Material, empty, recent
from offramp.hazard.ensemble.outcomes import OUTCOMES, coherent
from offramp.hazard.features import Array, Index
from offramp.history.vocabulary import REGIMES

YEARS: Final = 20
STRENGTH: Final = 240.0
"""Leader-months that the world's rate counts for beside a regime's own."""


def constant(given: Material, rows: Index) -> Array:
    """Rates of the last `YEARS` years, each kind of regime's drawn towards the world's. See `lens.Lens`."""
    late = recent(given, YEARS)
    regime = given.columns.regime
    chances = empty(rows, given.horizons)
    for j, horizon in enumerate(given.horizons):
        for k in range(len(OUTCOMES)):
            y = late.seen[:, k, j]
            known = ~np.isnan(y)
            total = np.bincount(regime[known], y[known], len(REGIMES))
            size = np.bincount(regime[known], minlength=len(REGIMES)).astype(float)
            world = (total.sum() + 0.5 * horizon) / (size.sum() + 600.0 * horizon)
            rate = (total + STRENGTH * horizon * world) / (size + STRENGTH * horizon)
            chances[:, k, j] = rate[regime[rows]]
    return coherent(chances)
