"""The lens of gradient boosted trees (scikit-learn's histogram boosting): one for each common outcome and horizon.

Rare parts of irregular exits borrow their share of them from the lens of constant rates: sixteen events teach no tree.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from offramp.hazard.ensemble.constant import constant
from offramp.hazard.ensemble.lens import THINNING, Material, empty, sample
from offramp.hazard.ensemble.outcomes import OUTCOMES, coherent, position
from offramp.hazard.features import Array, Index

LEARNT: Final = ("any_exit", "irregular", "natural", "coup_exit", "coup_attempt", "coup_success")
COMMON: Final[dict[str, float]] = {
    "learning_rate": 0.12, "max_iter": 80, "max_leaf_nodes": 20, "min_samples_leaf": 40, "l2_regularization": 5.0,
}  # fmt: skip
RARE: Final[dict[str, float]] = {
    "learning_rate": 0.1, "max_iter": 45, "max_leaf_nodes": 7, "min_samples_leaf": 80, "l2_regularization": 20.0,
}  # fmt: skip
MANY: Final = 800
"""Events from which on an outcome can teach large trees; a window of h months shows an event in h rows."""
SEED: Final = 7


def boosting(given: Material, rows: Index) -> Array:
    """See `lens.Lens`."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    columns = given.columns
    x = np.column_stack([columns.values, columns.regime, columns.region, columns.year]).astype(np.float32)
    chances = empty(rows, given.horizons)
    rates = constant(given, rows)
    for j, horizon in enumerate(given.horizons):
        chosen = sample(given, horizon)
        for k, name in enumerate(OUTCOMES):
            if name not in LEARNT:
                continue
            y = given.seen[chosen.rows, k, j]
            known = ~np.isnan(y)
            train = chosen.rows[known]
            told = ~np.isnan(x[train]).all(axis=0)  # a column nobody had yet cannot be put into bins
            if np.nansum(y) < 10 * (1 if horizon == 1 else horizon / THINNING):
                chances[:, k, j] = rates[:, k, j]
                continue
            options = COMMON if np.nansum(y) >= MANY * (1 if horizon == 1 else horizon / THINNING) else RARE
            model = HistGradientBoostingClassifier(**options, early_stopping=False, random_state=SEED)
            # One thread: on a busy machine OpenMP's threads wait for one another and take ten times as long.
            with threadpool_limits(1, user_api="openmp"):
                model.fit(x[train][:, told], y[known], sample_weight=chosen.weights[known])
                chances[:, k, j] = model.predict_proba(x[rows][:, told])[:, 1]
    irregular = chances[:, position("irregular")]
    for k, name in enumerate(OUTCOMES):
        if name in ("uprising", "rebels", "foreign", "assassination", "irregular_adj"):
            chances[:, k] = np.minimum(rates[:, k] / rates[:, position("irregular")] * irregular, 0.999)
    rest = chances[:, position("any_exit")] - irregular - chances[:, position("natural")]
    chances[:, position("regular")] = np.maximum(rest, 1e-6)
    return coherent(chances)
