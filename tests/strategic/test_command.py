"""`offramp fit`: its JSON, its table, its errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from offramp.cli.main import app
from offramp.errors import InputError

RUN = CliRunner()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("data") / "plays.csv"
    y = random.choice(["sq", "cap", "war"], 150)
    x = [None if v > 2 else v for v in random.normal(size=150).tolist()]
    pl.DataFrame({"y": y, "x": x, "z": random.normal(size=150), "year": np.arange(150)}).write_csv(path)
    return path


def test_json_has_what_was_promised(file: Path) -> None:
    arguments = ["fit", "egame12", str(file), "--formula", "y ~ x | 0 | 1 | z", "--outcomes", "sq,cap,war"]
    done = RUN.invoke(app, [*arguments, "--subset", "year >= 10", "--fix", "u2(war):z=0.5", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert set(found) >= {"coefficients", "se", "loglik", "n", "dropped", "outcomes", "predicted"}
    names = ["u1(sq):(Intercept)", "u1(sq):x", "u1(war):(Intercept)", "u2(war):(Intercept)", "u2(war):z"]
    assert list(found["coefficients"]) == list(found["se"]) == names
    assert found["coefficients"]["u2(war):z"] == 0.5
    assert found["se"]["u2(war):z"] is None
    assert found["outcomes"] == ["sq", "cap", "war"]
    assert np.array(found["predicted"]).shape == (20, 3)
    assert np.array(found["predicted"]).sum(axis=1) == pytest.approx(np.ones(20))
    data = pl.read_csv(file)
    assert found["dropped"] == data.filter(pl.col("year") >= 10)["x"].null_count()
    assert found["n"] == 140 - found["dropped"]


def test_table(file: Path) -> None:
    done = RUN.invoke(app, ["fit", "egame12", str(file), "--formula", "y ~ x | 0 | 1 | z", "--outcomes", "sq,cap,war"])
    assert done.exit_code == 0
    assert "u1(war):(Intercept)" in done.output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--formula", "y ~ x | 0 | 1 | z"], "--outcomes"),
        (["--formula", "y ~ x | 0 | 1 | z", "--max-offer", "3"], "--max-offer does not belong to egame12"),
        (["--formula", "y ~ x | 0 | 1 | z", "--fix", "a"], "expected NAME=VALUE"),
        (["--formula", "y ~ xx | 0 | 1 | z", "--outcomes", "sq,cap,war"], "no column 'xx'; near: x"),
    ],
)
def test_errors_are_sentences(file: Path, more: list[str], words: str) -> None:
    done = RUN.invoke(app, ["fit", "egame12", str(file), *more])
    assert isinstance(done.exception, InputError)
    assert words in str(done.exception)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name, words in (("none.csv", "no such file"), ("a.xlsx", "is not read")):
        if "xlsx" in name:
            (tmp_path / name).write_text("x")
        done = RUN.invoke(app, ["fit", "egame12", str(tmp_path / name), "--formula", "y ~ 1 | 0 | 1 | 1"])
        assert isinstance(done.exception, InputError)
        assert words in str(done.exception)
