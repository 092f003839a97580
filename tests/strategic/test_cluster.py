"""Replications on a real Dask cluster of two processes: the numbers of one process."""

from __future__ import annotations

import distributed
import numpy as np
import polars as pl
import pytest

from offramp.strategic import Egame12, monte_carlo


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_cluster_gives_what_one_process_gives() -> None:
    random = np.random.default_rng(4)
    data = pl.DataFrame({"x": random.normal(size=200), "z": random.normal(size=200)})
    truth = {"u1(~a):x": 0.6, "u1(a,b):(Intercept)": 0.5, "u2(a,b):(Intercept)": 0.2, "u2(a,b):z": -0.7}
    model = Egame12("a + b ~ x | 0 | 1 | z")
    alone = monte_carlo(model, data, truth, replications=4, seed=3, workers=1)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True
    )
    with cluster, distributed.Client(cluster) as client:
        spread = monte_carlo(model, data, truth, replications=4, seed=3, client=client)
    assert spread.estimates == pytest.approx(alone.estimates, abs=1e-8)
    assert spread.errors == pytest.approx(alone.errors, rel=1e-5)
