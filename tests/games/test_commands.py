"""`offramp solve` and `offramp games`, called in this process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from offramp.cli import games, solve
from offramp.errors import InputError
from offramp.games.efg import write_efg
from offramp.games.markov import MarkovGame, markov_game, write_npz
from offramp.games.standard import CATALOGUE, make

app = typer.Typer(pretty_exceptions_enable=False)
app.command("solve", epilog=solve.EPILOG)(solve.solve)
app.add_typer(games.app, name="games")
run = CliRunner()


def call(*arguments: str) -> str:
    result = run.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def poker(tmp_path: Path) -> str:
    write_efg(make("poker"), tmp_path / "poker.efg")
    return str(tmp_path / "poker.efg")


@pytest.fixture
def markov(tmp_path: Path) -> tuple[str, MarkovGame]:
    rng = np.random.default_rng(0)
    phi = rng.random((2, 2, 2, 2))
    game = markov_game(rng.random((2, 2, 2, 2)), phi / phi.sum(-1, keepdims=True), 0.9)
    write_npz(game, tmp_path / "game.npz")
    return str(tmp_path / "game.npz"), game


def test_json_rows(poker: str) -> None:
    rows = json.loads(call("solve", poker, "--precision", "2", "--json"))
    assert [set(row) for row in rows] == [{"player", "infoset", "action", "probability", "belief", "value"}] * 6
    wanted = make("poker").solve(2.0)
    assert [row["probability"] for row in rows] == pytest.approx(wanted.strategy, abs=1e-12)
    assert [row["infoset"] for row in rows] == [1, 1, 2, 2, 1, 1]
    assert sum(rows[4]["belief"]) == pytest.approx(1)
    limit = json.loads(call("solve", poker, "--limit", "--json"))
    assert [round(row["probability"], 6) for row in limit] == [1, 0, 0.333333, 0.666667, 0.666667, 0.333333]
    branch = json.loads(call("solve", poker, "--branch", "--precision", "3", "--json"))
    assert {"point", "precision", "probability"} <= set(branch[0])
    assert branch[-1]["precision"] == 3.0


def test_tables_and_pictures(poker: str, tmp_path: Path) -> None:
    table = call("solve", poker, "-p", "2")
    assert "agent logit equilibrium at precision 2" in table
    assert "residual" in table
    assert "largest gain from deviating" in call("solve", poker, "--limit")
    assert "principal branch" in call("solve", poker, "--branch", "--plot", str(tmp_path / "b.svg"))
    assert (tmp_path / "b.svg").read_text().startswith("<svg")
    assert "  a  First 1: bet" in call("solve", poker, "--plot")
    assert "1/utils" in call("solve", "--help")


def test_player_precisions_and_catalogue() -> None:
    rows = json.loads(call("solve", "poker", "--set", "bet=2", "--precision", "First=1,Second=3", "--json"))
    wanted = make("poker", bet=2).solve({"First": 1, "Second": 3})
    assert [row["probability"] for row in rows] == pytest.approx(wanted.strategy, abs=1e-12)


def test_every_equilibrium(tmp_path: Path) -> None:
    (tmp_path / "pure.nfg").write_text('NFG 1 R "meet" { "A" "B" } { 2 2 }\n1 1 0 0 0 0 1 1\n')
    assert "Equilibrium 3 of 3, single" in call("solve", str(tmp_path / "pure.nfg"), "--all", "-p", "4")
    rows = json.loads(call("solve", str(tmp_path / "pure.nfg"), "--all", "-p", "4", "--json"))
    assert {row["equilibrium"] for row in rows} == {1, 2, 3}


def test_markov_files(markov: tuple[str, MarkovGame]) -> None:
    path, game = markov
    found = json.loads(call("solve", path, "--precision", "3", "--json"))
    assert np.abs(np.array(found["strategy"]) - game.solve(3.0).strategy).max() < 1e-12
    assert np.array(found["value"]).shape == (2, 2)
    assert "one-shot gain" in call("solve", path, "--limit")
    assert "principal branch" in call("solve", path, "--branch", "--plot")
    stages = json.loads(call("solve", path, "--stages", "4", "--json"))
    assert np.array(stages["strategy"]).shape == (4, 2, 2, 2)
    assert "2 states, 2 players" in call("games", "show", path)


def test_games_list_and_show(tmp_path: Path) -> None:
    listed = json.loads(call("games", "list", "--json"))
    assert [row["name"] for row in listed] == list(CATALOGUE)
    assert all(row["source"] for row in listed)
    assert "centipede" in call("games", "list")
    shown = call("games", "show", "centipede", "--set", "stages=3")
    assert "stage 3" in shown
    assert "Source: Rosenthal" in shown
    assert json.loads(call("games", "show", "coup", "--json"))["players"] == ["Ruler", "Garrison 1", "Garrison 2"]
    (tmp_path / "c.efg").write_text(call("games", "show", "centipede", "--efg"))
    assert "principal" not in call("solve", str(tmp_path / "c.efg"))
    assert call("games", "show", "entry", "--nfg").startswith("NFG 1 R")
    call("games", "show", "entry", "--svg", str(tmp_path / "e.svg"))
    assert "Incumbent" in (tmp_path / "e.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.efg"], "no such file"),
        (["game.txt/x"], r"game files end in \.efg, \.nfg or \.npz"),
        (["pokr"], "Did you mean 'poker'"),
        (["poker", "--precision", "two"], "expected a number of at least 0"),
        (["poker", "--precision", "-1"], "expected a finite number of at least 0"),
        (["poker", "--limit", "--precision", "1"], "choose one of"),
        (["poker", "picture.svg"], "give --plot as well"),
        (["poker", "--set", "bet"], "expected NAME=NUMBER"),
        (["poker", "--set", "raise=1"], "it takes ante, bet"),
        (["poker", "--stages", "3"], "for Markov games"),
        (["poker", "--all"], "at most two of two actions"),
        (["entry", "--all", "--limit"], "--all goes with --precision only"),
    ],
)
def test_bad_calls_say_what_is_wrong(arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run.invoke(app, ["solve", *arguments], catch_exceptions=False)


def test_commands_import_little() -> None:
    heavy = ["jax", "pandas", "polars", "scipy", "numpy", "spacy"]
    code = f"import sys, offramp.cli.solve, offramp.cli.games; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = (
        "import sys; from offramp.games.standard import make; make('poker').solve(2.0); make('poker').limit();"
        "sys.exit(any(m in sys.modules for m in ('jax', 'pandas', 'polars', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
