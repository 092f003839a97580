"""First-stage probabilities of crisis signalling: how often B resists and A then stands firm, by forests of trees.

A random forest (scikit-learn) regresses the shares seen in each game on all regressors of the model, as Crisman-Cox and
Gibilisco (2021) do; games without the event take part in prediction alone.
"""

from __future__ import annotations

import numpy as np

from offramp.strategic.kernels import Floats

TREES = 200
LEAF = 5  # smallest leaf, as in R's forests for shares
CLIP = 1e-4


def forest_beliefs(counts: Floats, regressors: Floats, games: Floats, seed: int) -> Floats:
    """Pr(B resists) and Pr(A stands firm, given that B resists) in every game of `games`, (k, 2).

    Args:
        counts: Status quo, concession, stand firm, back down in the games to learn from, (n, 4).
        regressors: Of those games, (n, m), without constants.
        games: Regressors of the games to predict, (k, m).
        seed: Of the forest.
    """
    resisted = counts[:, 2] + counts[:, 3]
    challenged = counts[:, 1] + resisted
    return np.column_stack(
        [
            _shares(resisted, challenged, regressors, games, seed),
            _shares(counts[:, 2], resisted, regressors, games, seed + 1),
        ]
    )


def _shares(part: Floats, whole: Floats, regressors: Floats, games: Floats, seed: int) -> Floats:
    from sklearn.ensemble import RandomForestRegressor

    seen = whole > 0
    if seen.sum() < 2 * LEAF or not regressors.shape[1]:
        level = (part.sum() + 0.5) / (whole.sum() + 1)
        return np.full(len(games), np.clip(level, CLIP, 1 - CLIP))
    forest = RandomForestRegressor(
        n_estimators=TREES, min_samples_leaf=LEAF, max_features=1 / 3, random_state=seed, n_jobs=1
    )
    forest.fit(regressors[seen], part[seen] / whole[seen])
    return np.clip(np.asarray(forest.predict(games), dtype=np.float64), CLIP, 1 - CLIP)
