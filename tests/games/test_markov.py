"""Markov games against another program's polished figures, closed forms, and a plain loop of our own."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.games.build import normal_form
from offramp.games.markov import MarkovGame, markov_game, read_npz, tabulate, write_npz
from offramp.games.markov_system import MarkovSystem

CASES = ["ragged_s8_p2_seed201", "s20_p2_a2_seed105", "s20_p3_a3_seed107", "s5_p2_a2_seed101", "s5_p2_a4_seed103"]


def draw(states: int, players: int, actions: int, seed: int, discount: float = 0.95) -> MarkovGame:
    rng = np.random.default_rng(seed)
    u = rng.random((states, players) + (actions,) * players)
    phi = rng.exponential(size=(states,) + (actions,) * players + (states,))
    return markov_game(u, phi / phi.sum(-1, keepdims=True), discount)


def load(shared: Path, name: str) -> tuple[MarkovGame, dict[str, Any]]:
    known = json.loads((shared / "reference/sgames" / f"{name}.json").read_text())
    return read_npz(shared / "reference/sgames" / f"{name}.npz"), known


def plain_reply(game: MarkovGame, play: np.ndarray, precision: float) -> np.ndarray:
    """Logit reply to stationary play by loops over profiles, with none of the solver's arrays."""
    states, players, _ = game.shape
    value = np.zeros((states, players))
    menus = [[range(n) for n in game.num_actions[s]] for s in range(states)]
    chance = [{prof: np.prod([play[s, p, a] for p, a in enumerate(prof)]) for prof in itertools.product(*menus[s])}
              for s in range(states)]  # fmt: skip
    for p in range(players):
        gain = np.array([sum(w * game.payoffs[(s, p, *prof)] for prof, w in chance[s].items()) for s in range(states)])
        move = np.array([sum(w * game.transitions[(s, *prof)] for prof, w in chance[s].items()) for s in range(states)])
        value[:, p] = np.linalg.solve(np.eye(states) - game.discount[p] * move, gain)
    reply = np.zeros_like(play)
    for s, p in itertools.product(range(states), range(players)):
        q = np.zeros(game.num_actions[s, p])
        for prof in chance[s]:
            weight = np.prod([play[s, o, a] for o, a in enumerate(prof) if o != p])
            ahead = game.payoffs[(s, p, *prof)] + game.discount[p] * game.transitions[(s, *prof)] @ value[:, p]
            q[prof[p]] += weight * ahead
        share = np.exp(precision * (q - q.max()))
        reply[s, p, : len(q)] = share / share.sum()
    return reply


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_reference(shared: Path, name: str) -> None:
    game, known = load(shared, name)
    for case in known["qre"]:
        found = game.solve(case["lam"])
        assert np.abs(found.strategy - case["strategy"]).max() < 1e-8
        assert np.abs(found.value - case["value"]).max() < 1e-8
        assert found.residual < 1e-11
    assert found.as_json()["strategy"] == found.strategy.tolist()


@pytest.mark.parametrize("name", ["ragged_s8_p2_seed201", "s20_p2_a2_seed105", "s5_p2_a2_seed101", "s5_p2_a4_seed103"])
def test_limits_leave_no_gain_and_lie_where_the_reference_heads(shared: Path, name: str) -> None:
    game, known = load(shared, name)
    limit = game.limit()
    assert limit.gain <= 1e-9
    assert limit.gain < known["limit"]["max_one_shot_gain"]
    assert np.abs(limit.strategy - known["limit"]["strategy"]).max() < 0.01


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10_000), st.floats(0, 8))
def test_solution_is_its_own_logit_reply(states: int, players: int, seed: int, precision: float) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, size=(states, players))
    full = draw(states, players, 3, seed, 0.8)
    game = markov_game(full.payoffs, full.transitions, [0.8] * players, counts)
    found = game.solve(precision)
    assert np.abs(plain_reply(game, found.strategy, precision) - found.strategy).max() < 1e-9
    assert np.all(found.strategy[~game.open] == 0)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 5), st.floats(-20, 20), st.floats(0.2, 5))
def test_labels_constants_and_units_do_not_matter(seed: int, precision: float, constant: float, scale: float) -> None:
    game = draw(3, 2, 2, seed, 0.7)
    found = game.solve(precision).strategy
    order = [2, 0, 1]
    swapped = markov_game(
        np.swapaxes(game.payoffs[order][:, ::-1], 2, 3),
        np.swapaxes(game.transitions[order][..., order], 1, 2),
        0.7,
    )
    assert np.abs(swapped.solve(precision).strategy - found[order][:, ::-1]).max() < 1e-9
    flipped = markov_game(game.payoffs[:, :, ::-1], game.transitions[:, ::-1], 0.7)
    assert np.abs(flipped.solve(precision).strategy[:, 0] - found[:, 0, ::-1]).max() < 1e-9
    lifted = game.payoffs.copy()
    lifted[:, 1] += constant
    assert np.abs(markov_game(lifted, game.transitions, 0.7).solve(precision).strategy - found).max() < 1e-9
    scaled = markov_game(game.payoffs * scale, game.transitions, 0.7).solve(precision / scale).strategy
    assert np.abs(scaled - found).max() < 1e-9


def test_one_state_without_a_future_is_the_normal_form() -> None:
    table = np.random.default_rng(3).random((3, 2, 3, 2))
    game = markov_game(table[None], np.ones((1, 2, 3, 2, 1)), 0.0)
    tree = normal_form(table).solve(4.0)
    found = game.solve(4.0).strategy[0]
    flat = np.concatenate([found[0, :2], found[1, :3], found[2, :2]])
    assert np.abs(flat - tree.strategy).max() < 1e-10


def test_jacobian_against_differences() -> None:
    game = draw(3, 3, 3, 5, 0.9)
    system = MarkovSystem(game, np.array([1.0, 0.5, 2.0]))
    rng = np.random.default_rng(1)
    point = np.append(rng.normal(size=system.size), 2.0)
    border = rng.normal(size=system.size + 1)
    linear = system.linear(point, border)

    def residuals(x: np.ndarray) -> np.ndarray:
        z, v, lam = system.split(x)
        at = system.stage(np.exp(system.logs(x)), v * game.spread)
        gain = (at.q[:, :, 1:] - at.q[:, :, :1]) * system.players_ratio[:, None]
        return np.concatenate([(z - lam * gain).ravel(), (v - (at.play * at.q).sum(axis=2) / game.spread).ravel()])

    for vector, wanted, side in ((linear.step, -residuals(point), 0.0), (linear.tangent, 0 * residuals(point), 1.0)):
        h = 1e-6
        slope = (residuals(point + h * vector) - residuals(point - h * vector)) / (2 * h)
        assert np.abs(slope - wanted).max() < 1e-6
        assert border @ vector == pytest.approx(side, abs=1e-9)


def test_finite_horizon_by_hand_and_towards_for_ever() -> None:
    game = draw(2, 2, 2, 8, 0.6)
    last = game.solve_finite(1, 3.0)
    for s in range(2):
        alone = normal_form(game.payoffs[s]).solve(3.0)
        assert np.abs(last.strategy[0, s].ravel() - alone.strategy).max() < 1e-10
    two = game.solve_finite(2, 3.0)
    assert np.abs(two.strategy[1] - last.strategy[0]).max() < 1e-12
    for s in range(2):
        ahead = game.payoffs[s] + 0.6 * np.einsum("abt,tp->pab", game.transitions[s], last.value[0])
        assert np.abs(two.strategy[0, s].ravel() - normal_form(ahead).solve(3.0).strategy).max() < 1e-10
    long = game.solve_finite(60, 3.0)
    forever = game.solve(3.0)
    assert np.abs(long.strategy[0] - forever.strategy).max() < 1e-9
    assert np.abs(long.value[0] - forever.value).max() < 1e-9


def test_functions_arrays_and_files_agree(tmp_path: Path) -> None:
    def actions(state: str, player: str) -> list[str]:
        return ["hold", "quit"] if state == "fight" else ["wait"]

    def stage(state: str, chosen: Any) -> tuple[list[float], dict[str, float]]:
        if state == "over":
            return [0.0, 0.0], {"over": 1.0}
        a, b = (chosen[p] == "hold" for p in ("A", "B"))
        if a and b:
            return [-0.2, -0.2], {"fight": 1.0}
        return [1.0 if a else 0.0, 1.0 if b else 0.0], {"over": 1.0}

    game = tabulate(["fight", "over"], ["A", "B"], actions, stage, 0.9, title="War of attrition")
    write_npz(game, tmp_path / "war.npz")
    again = read_npz(tmp_path / "war.npz")
    found = game.solve(4.0)
    assert found.strategy.tolist() == again.solve(4.0).strategy.tolist()
    hold = found.strategy[0, 0, 0]
    # Both hold alike; V = h (h (-0.2 + 0.9 V) + (1 - h)) and the odds of holding are 4 times its advantage.
    value = found.value[0, 0]
    advantage = hold * (-0.2 + 0.9 * value) + (1 - hold)
    assert hold == pytest.approx(1 / (1 + np.exp(-4 * advantage)), abs=1e-10)
    assert value == pytest.approx(hold * advantage, abs=1e-10)
    assert "War of attrition" in str(game)
    assert "fight" in str(found)


BAD = [
    (lambda a: a.update(payoffs=a["payoffs"][0]), "payoffs have shape"),
    (lambda a: a.update(transitions=a["transitions"][:, :1]), "transitions have shape"),
    (lambda a: a.update(discount=1.0), "discount factors"),
    (lambda a: a.update(discount=np.nan), "discount factors"),
    (lambda a: a["payoffs"].__setitem__((1, 0, 1, 0), np.nan), r"payoffs\[1, 0, \[1, 0\]\] is nan"),
    (lambda a: a["transitions"].__setitem__((0, 1, 1), [0.5, 0.6]), r"transitions\[0, \[1, 1\], :\] sum to 1.1"),
    (lambda a: a["transitions"].__setitem__((0, 0, 1), [-0.1, 1.1]), "is -0.1; expected at least 0"),
    (lambda a: a.update(num_actions=np.array([[2, 2], [3, 1]])), r"num_actions\[1, 0\] is 3"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD)
def test_bad_arrays_are_named(spoil: Any, message: str) -> None:
    good = draw(2, 2, 2, 0)
    arrays: dict[str, Any] = {
        "payoffs": good.payoffs.copy(), "transitions": good.transitions.copy(), "discount": 0.9, "num_actions": None,
    }  # fmt: skip
    spoil(arrays)
    with pytest.raises(InputError, match=message):
        markov_game(**arrays)


def test_padding_is_never_read() -> None:
    game = draw(2, 2, 2, 0)
    u, phi = game.payoffs.copy(), game.transitions.copy()
    u[0, :, 1], phi[0, 1] = np.nan, np.nan
    found = markov_game(u, phi, 0.9, [[1, 2], [2, 2]]).solve(2.0)
    assert np.isfinite(found.value).all()
    assert found.strategy[0, 0].tolist() == [1.0, 0.0]


def test_missing_files_arrays_and_sizes(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", payoffs=np.zeros((1, 1, 2)))
    with pytest.raises(InputError, match="no array 'transitions'"):
        read_npz(tmp_path / "half.npz")
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(InputError, match=r"not an \.npz file"):
        read_npz(tmp_path / "text.npz")
    huge = np.broadcast_to(0.0, (2000, 3, 10, 10, 10))
    with pytest.raises(InputError, match=r"too large.*GiB"):
        markov_game(huge, np.broadcast_to(0.0, (2000, 10, 10, 10, 2000)), 0.9)
    with pytest.raises(InputError, match="expected a finite number of at least 0"):
        draw(2, 2, 2, 0).solve(-1.0)
