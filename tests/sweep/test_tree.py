"""Scenarios of a game are what solving it one by one gives."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from offramp.errors import InputError
from offramp.games.efg import write_efg
from offramp.games.play import node_values
from offramp.games.standard import make
from offramp.sweep import tree


def test_rows_are_single_solves_and_their_payoffs():
    plan = tree.plan(tree.source("deterrence", {"prize": 1.5}), ["war=0.1:0.9:3", "precision=0.5|2", "tough=0.2|0.6"])
    again = pickle.loads(pickle.dumps(plan))
    table = tree.rows(again, range(plan.units))
    assert table.height == plan.scenarios == 12
    for row in table.iter_rows(named=True):
        game = make("deterrence", prize=1.5, war=row["war"], tough=row["tough"])
        solution = game.solve(row["precision"])
        assert np.allclose([row[name] for name in plan.actions()], solution.strategy, atol=1e-9)
        values = [row[name] for name in plan.payoffs()]
        assert np.allclose(values, node_values(game, solution.strategy)[0], atol=1e-9)
        assert row["problem"] is None


def test_precision_of_one_player_and_a_file(tmp_path: Path):
    path = tmp_path / "entry.efg"
    write_efg(make("entry"), path)
    game = make("entry")
    first, second = game.players
    plan = tree.plan(tree.source(str(path), {}), [f"precision.{first}=0|3"], precision=2.0)
    table = tree.rows(plan, range(plan.units))
    for row, level in zip(table.iter_rows(named=True), (0.0, 3.0), strict=True):
        wanted = game.solve({first: level, second: 2.0}).strategy
        assert np.allclose([row[name] for name in plan.actions()], wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "over", "told"),
    [
        ("entry", "figt=0:1:3", "Did you mean fight"),
        ("entry", "fight", "need values"),
        ("entry", "precision=-1:1:3", "at least 0"),
        ("entri", "fight=0:1:3", "Did you mean 'entry'"),
        ("nowhere.efg", "precision=1", "cannot be read"),
    ],
)
def test_what_cannot_be_varied_is_refused(name: str, over: str, told: str):
    with pytest.raises(InputError, match=told):
        tree.plan(tree.source(name, {}), [over])
