"""Trees against figures from another program (polished), closed forms, and a plain recursion of our own."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from offramp.games import play
from offramp.games.build import chance, end, move, normal_form, tree
from offramp.games.efg import read_efg
from offramp.games.form import Game

GAMES = [
    "3_player", "bayes2a", "cent3", "el_farol_bar", "holdout7", "myerson1991_fig4_2", "own_crisis_signalling_2x2",
    "own_ultimatum_5x3", "own_ultimatum_7x5", "selten1975_fig1", "stripped_down_poker", "watson2013_exercise29_6",
]  # fmt: skip


@pytest.mark.parametrize("name", GAMES)
def test_agrees_with_reference_at_every_precision(shared: Path, name: str) -> None:
    known = json.loads((shared / "reference/gambit" / f"{name}.json").read_text())
    game = read_efg(shared / "reference/gambit" / f"{name}.efg")
    for case in known["qre"]:
        found = game.solve(case["lam"])
        assert np.abs(found.strategy - case["strategy"]).max() < 1e-8
        assert found.residual < 1e-12
        assert np.allclose(found.payoffs, case["expected_payoffs"], atol=1e-8)


@pytest.mark.parametrize("name", GAMES)
def test_limits_leave_no_gain(shared: Path, name: str) -> None:
    known = json.loads((shared / "reference/gambit" / f"{name}.json").read_text())["limit"]
    game = read_efg(shared / "reference/gambit" / f"{name}.efg")
    limit = game.limit()
    gains = play.regrets(game, limit.strategy, play.action_values(game, limit.strategy, list(limit.beliefs)))
    assert gains.max() <= 1e-8 * game.arrays.scale
    assert limit.regret == pytest.approx(gains.max(), abs=1e-15)
    assert limit.regret <= max(known["max_one_infoset_gain"], 1e-8 * game.arrays.scale)
    for belief in limit.beliefs:
        assert belief.sum() == pytest.approx(1, abs=1e-12)


def test_every_further_game_loads_and_solves(shared: Path) -> None:
    files = sorted((shared / "data/efg").glob("*.efg"))
    assert files
    for file in files:
        game = read_efg(file)
        for precision in (0.5, 5.0):
            assert_is_logit_reply(game, game.solve(precision).strategy, precision)
        assert game.limit().regret <= 1e-8 * game.arrays.scale


def assert_is_logit_reply(game: Game, strategy: np.ndarray, precision: float) -> None:
    """Recomputed by recursion over nodes, with none of the solver's arrays."""
    held = play.beliefs(game, np.log(strategy))
    values = play.action_values(game, strategy, held)
    for start, size in zip(game.arrays.starts, game.arrays.sizes, strict=True):
        weight = np.exp(precision * (values[start : start + size] - values[start : start + size].max()))
        assert np.abs(weight / weight.sum() - strategy[start : start + size]).max() < 1e-9


def test_take_it_or_leave_it_by_hand() -> None:
    game = tree(
        "one offer",
        ["A", "B"],
        move("A", {"fair": end(0.5, 0.5), "greedy": move("B", {"accept": end(0.8, 0.2), "refuse": end(0, 0)})}),
    )
    found = game.solve({"A": 2.0, "B": 3.0})
    accept = 1 / (1 + math.exp(-3 * 0.2))
    greedy = 1 / (1 + math.exp(-2 * (0.8 * accept - 0.5)))
    assert found.probability("B", 1, "accept") == pytest.approx(accept, abs=1e-12)
    assert found.probability("A", 1, "greedy") == pytest.approx(greedy, abs=1e-12)
    assert found.payoffs[1] == pytest.approx((1 - greedy) * 0.5 + greedy * accept * 0.2, abs=1e-12)


def test_bifurcation_of_pure_coordination_is_at_precision_two() -> None:
    # p = L(s (2p - 1)) leaves 1/2 where its slope s / 2 is 1.
    game = normal_form([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])
    branch = game.branch(to=8)
    assert [round(s.parameter, 6) for s in branch.bifurcations] == [2.0]
    assert np.allclose(branch.strategies[-1], 0.5)
    others = branch.others(to=6)
    ends = sorted(other.solution().strategy[0] for other in others)
    assert len(ends) == 2
    for p in ends:
        assert p == pytest.approx(1 / (1 + math.exp(-6 * (2 * p - 1))), abs=1e-9)
    assert ends[0] < 0.1
    assert ends[1] > 0.9
    assert "bifurcation at precision 2" in str(branch)


@pytest.mark.parametrize("tilt", [2e-2, 1e-4, 1e-8])
def test_branch_that_passes_close_by_is_not_jumped_to(tilt: float) -> None:
    # A lopsided coordination game: the branch turns off just before the symmetric game would bifurcate.
    game = normal_form([[[1, 0], [0, 1 + tilt]], [[1, 0], [0, 1]]])
    branch = game.branch(to=20)
    assert not branch.bifurcations
    assert branch.strategies[-1][1] > 0.99
    assert game.solve(20.0).strategy[1] > 0.99


def test_folds_are_found_and_passed() -> None:
    game = normal_form([[[13, 0, 2], [2, 15, 7], [4, 9, 18]], [[16, 5, 6], [8, 18, 9], [8, 4, 10]]])
    branch = game.branch(to=3)
    assert branch.outcome == "solved"
    assert [s.kind for s in branch.trace.specials] == ["fold", "fold"]
    first, second = (s.parameter for s in branch.folds)
    # Three equilibria of the branch share a precision between the folds; none shares one beyond them.
    between, beyond = (first + second) / 2, first + 0.05
    crossings = [int(np.sum(np.diff(np.sign(branch.precision - at)) != 0)) for at in (between, beyond)]
    assert crossings == [3, 1]
    for k in range(len(branch.precision)):
        assert_is_logit_reply(game, branch.solution(k).strategy, float(branch.precision[k]))
    _, jacobian, _ = branch.system.equations(branch.folds[0].point)
    assert np.linalg.cond(jacobian) > 1e4
    # At a precision between the folds the answer is the first crossing: nearest to uniform play along the branch.
    index = int(np.argmax(branch.precision > between))
    assert np.abs(game.solve(between).strategy - branch.strategies[index]).max() < 0.2


def test_beliefs_survive_underflow() -> None:
    # Both nodes are reached with probability about exp(-2000) and exp(-2001): beliefs must still be right.
    game = tree(
        "far off the path",
        ["A", "B"],
        move("A", {
            "stay": end(0, 0),
            "left": move("B", {"x": end(-2, 1), "y": end(-2, 0)}, infoset="B"),
            "right": move("B", {"x": end(-2.001, 0), "y": end(-2.001, 1)}, infoset="B"),
        }),
    )  # fmt: skip
    found = game.solve({"A": 1000.0, "B": 1.0})
    left, right = found.beliefs[1]
    assert left / right == pytest.approx(math.exp(1), rel=1e-6)
    assert found.probability("B", "B", "x") == pytest.approx(1 / (1 + math.exp(right - left)), rel=1e-9)


def test_chance_weights_beliefs() -> None:
    game = tree(
        "type",
        ["B"],
        chance(
            {
                "good": (0.25, move("B", {"x": end(1), "y": end(0)}, infoset="b")),
                "bad": (0.75, move("B", {"x": end(0), "y": end(1)}, infoset="b")),
            }
        ),
    )
    found = game.solve(2.0)
    assert found.beliefs[0] == pytest.approx([0.25, 0.75], abs=1e-15)
    assert found.probability("B", "b", "x") == pytest.approx(1 / (1 + math.exp(1)), abs=1e-12)
