"""Replications on worker processes: the numbers of one process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from offramp import cluster
from offramp.cli.main import app
from offramp.compiled import enable_compile_cache
from offramp.errors import InputError
from offramp.strategic import Egame12, monte_carlo

TRUTH = {"u1(~a):x": 0.6, "u1(a,b):(Intercept)": 0.5, "u2(a,b):(Intercept)": 0.2, "u2(a,b):z": -0.7}
FORMULA = "a + b ~ x | 0 | 1 | z"
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def two(data: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    enable_compile_cache(tmp_path_factory.mktemp("jax"))  # what this process has compiled, the workers need not
    monte_carlo(Egame12(FORMULA), data, TRUTH, replications=1, seed=3, workers=1)
    with cluster.open("local:2") as client:
        yield client


@pytest.fixture(scope="module")
def data() -> pl.DataFrame:
    random = np.random.default_rng(4)
    return pl.DataFrame({"x": random.normal(size=200), "z": random.normal(size=200)})


def test_monte_carlo(two: Any, data: pl.DataFrame) -> None:
    told: list[tuple[int, int]] = []
    model = Egame12(FORMULA)
    alone = monte_carlo(model, data, TRUTH, replications=4, seed=3, workers=1)
    spread = monte_carlo(
        model, data, TRUTH, replications=4, seed=3, client=two, progress=lambda d, n: told.append((d, n))
    )
    assert spread.estimates == pytest.approx(alone.estimates, abs=1e-8)
    assert spread.errors == pytest.approx(alone.errors, rel=1e-5)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_bootstrap_goes_on_from_its_file(two: Any, data: pl.DataFrame, tmp_path: Path) -> None:
    model = Egame12(FORMULA)
    fit = model.fit(model.simulate(data, TRUTH, seed=1))
    alone = fit.bootstrap(25, seed=2, workers=1)
    fit.bootstrap(12, seed=2, path=tmp_path / "draws.npz", workers=1)
    told: list[int] = []
    spread = fit.bootstrap(
        25, seed=2, path=tmp_path / "draws.npz", client=two, progress=lambda done, _: told.append(done)
    )
    assert spread.draws == pytest.approx(alone.draws, abs=1e-8)
    assert sorted(told) == told
    assert (min(told), max(told), len(told)) == (15, 25, 2) or (min(told), max(told), len(told)) == (22, 25, 2)


def test_the_command(two: Any, data: pl.DataFrame, tmp_path: Path) -> None:
    model = Egame12(FORMULA)
    pl.DataFrame(model.simulate(data, TRUTH, seed=1)).write_csv(tmp_path / "data.csv")
    run = ["fit", "egame12", str(tmp_path / "data.csv"), "--formula", FORMULA, "--json"]
    run += ["--bootstrap", "20", "--monte-carlo", "3"]
    here = CliRunner().invoke(app, run, catch_exceptions=False)
    there = CliRunner().invoke(app, [*run, "--workers", two.scheduler.address], catch_exceptions=False)
    assert here.exit_code == there.exit_code == 0
    assert f"scheduler {two.scheduler.address}" in there.stderr
    one, two_of_them = json.loads(here.stdout), json.loads(there.stdout)
    for row, other in zip(one.pop("monte_carlo"), two_of_them.pop("monte_carlo"), strict=True):
        name = row.pop("coefficient")
        assert other.pop("coefficient") == name
        assert other == pytest.approx(row, rel=1e-5)
        assert row["truth"] == one["coefficients"][name]
    assert one == two_of_them
    assert '"bootstrap"' in here.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "local:2"], "--workers with it or with --monte-carlo"),
        (["--bootstrap-file", "x.npz"], "--bootstrap-file goes with --bootstrap"),
        (["--bootstrap", "9", "--errors", "opg"], "both say where standard errors come from"),
        (["--monte-carlo", "2", "--subset", "x > 0"], "does not go with --subset"),
        (["--bootstrap", "1"], "expected 2 or more"),
    ],
)
def test_options_that_do_not_fit(data: pl.DataFrame, tmp_path: Path, options: list[str], said: str) -> None:
    model = Egame12(FORMULA)
    pl.DataFrame(model.simulate(data, TRUTH, seed=1)).write_csv(tmp_path / "data.csv")
    with pytest.raises(InputError, match=said):
        CliRunner().invoke(
            app, ["fit", "egame12", str(tmp_path / "data.csv"), "--formula", FORMULA, *options], catch_exceptions=False
        )
