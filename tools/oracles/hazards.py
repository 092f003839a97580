"""Times cause-specific Cox (lifelines) and LightGBM on leader-months that `benchmarks/hazards.py` hands over.

Run by that benchmark in the environment of `make oracles`: `python hazards.py ROWS.npz`. Prints one JSON object of
seconds. Cox gets the columns with priors of known width (it has no equivalent of pooled groups), LightGBM all.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import lifelines
import lightgbm
import numpy as np
import pandas as pd


def cox(data: dict[str, np.ndarray]) -> float:
    """One Cox model with covariates that change over time for each way of leaving."""
    names = [f"x{i}" for i in range(data["plain"].shape[1])]
    frame = pd.DataFrame(data["plain"], columns=names)
    frame = frame.assign(ruler=data["ruler"], start=data["start"], stop=data["start"] + 1.0)
    begun = time.perf_counter()
    for mode in range(int(data["mode"].max()) + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = lifelines.CoxTimeVaryingFitter(penalizer=0.01)
            model.fit(
                frame.assign(left=data["mode"] == mode), "left", start_col="start", stop_col="stop", id_col="ruler"
            )
    return time.perf_counter() - begun


def boosting(data: dict[str, np.ndarray]) -> float:
    """One booster for all ways of leaving at once."""
    begun = time.perf_counter()
    model = lightgbm.LGBMClassifier(n_estimators=200, learning_rate=0.05, num_leaves=15, n_jobs=2, verbose=-1)
    model.fit(data["columns"], data["mode"])
    return time.perf_counter() - begun


if __name__ == "__main__":
    with np.load(sys.argv[1]) as stored:
        rows = dict(stored)
    print(json.dumps({"cox": cox(rows), "boosting": boosting(rows)}))
