"""Crisis signalling: every equilibrium against reference values, a dense grid, and the definition by simulation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from offramp.errors import InputError
from offramp.games.crisis import NAMES, CrisisEquilibrium, CrisisGame
from offramp.games.enumerate import fixed_points


def agrees(found: CrisisEquilibrium, known: dict[str, float]) -> bool:
    return (
        abs(found.z - known["z"]) < 1e-9
        and abs(found.resist - known["pR"]) < 1e-10
        and abs(found.log_challenge - known["log_pC"]) < 1e-9
        and abs(found.firm - known["pF"]) < 1e-10
        and np.allclose(found.outcomes, known["outcomes"], atol=1e-10)
        and found.corner == known["corner"]
    )


@pytest.mark.parametrize("name", ["eq_help_constant_path", "eq_help_covariate_path"])
def test_every_equilibrium_and_no_other(shared: Path, name: str) -> None:
    games = json.loads((shared / "reference/sigint" / f"{name}.json").read_text())["games"]
    for known in games[:: 1 if len(games) < 40 else 3]:
        found = CrisisGame.from_names({k: known[k] for k in NAMES}).equilibria()
        assert len(found) == len(known["equilibria_exact"])
        assert all(agrees(a, b) for a, b in zip(found, known["equilibria_exact"], strict=True))
        assert {e.kind for e in found} == {"single"}


@pytest.mark.parametrize("name", ["help_pl_default_forest_boot25", "help_pl_rf_columns", "help_npl_default_forest"])
def test_no_false_equilibrium_where_the_peer_invents_one(shared: Path, name: str) -> None:
    held = json.loads((shared / "reference/sigint" / f"{name}.json").read_text())
    payoffs = held["utilities_first20"]
    for k, known in enumerate(held["equilibria_exact_first20"]):
        at = {n: payoffs[n][k] if isinstance(payoffs[n], list) else payoffs[n] for n in NAMES}
        found = CrisisGame.from_names(at).equilibria()
        assert len(found) == len(known)
        assert all(agrees(a, b) for a, b in zip(found, known, strict=True))


def test_map_against_numerical_integration_and_simulation() -> None:
    game = CrisisGame(0.0, 1.0, 0.0, -1.9, -2.9, -1.2, 1.0)
    for z in (-1.0, 0.3, 1.5):
        c = float(game.cutoff(np.array([z]))[0])
        joint = stats.norm.expect(lambda x: stats.norm.cdf(x + 1.9 - 1.9 + (-1.9 + 1.2)), lb=c + 1.9)
        challenge = 1 - stats.norm.cdf(c + 1.9) * stats.norm.cdf(c + 1.2)
        assert np.exp(game.log_firm(np.array([c]))[0]) == pytest.approx(joint / challenge, rel=1e-7)
        assert np.exp(game.log_challenge(np.array([c]))[0]) == pytest.approx(challenge, rel=1e-12)
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(3, 400_000))
    for e in game.equilibria():
        firm, back = -1.9 + draws[0], -1.2 + draws[1]
        challenge = np.maximum(firm, back) * e.resist + (1 - e.resist) * 1.0 > 0.0
        stand = (firm > back)[challenge].mean()
        resist = (stand * (-2.9 + draws[2]) + (1 - stand) * 1.0 > 0.0).mean()
        assert challenge.mean() == pytest.approx(e.challenge, abs=4e-3)
        assert stand == pytest.approx(e.firm, abs=4e-3)
        assert resist == pytest.approx(e.resist, abs=4e-3)


payoff = st.floats(-3, 3).map(lambda x: round(x, 3))


@settings(max_examples=40, deadline=None)
@given(payoff, payoff, payoff, payoff, payoff, payoff, payoff)
def test_counts_agree_with_a_dense_grid(
    sa: float, va: float, cb: float, wa: float, wb: float, a: float, vb: float
) -> None:
    game = CrisisGame(sa, va, cb, wa, wb, a, vb)
    found = game.equilibria()
    assert [e.z for e in found] == sorted(e.z for e in found)
    # T is monotone, in the direction that the proof says.
    grid = np.linspace(-36.9, 8.9, 4_001)
    image = game.image(grid)
    with np.errstate(invalid="ignore"):
        steps = np.diff(image)
    room = 1e-9 * (1 + np.abs(np.where(np.isfinite(image[1:]), image[1:], 0.0)))
    moves = steps[np.isfinite(steps)] * (1 if game.increasing else -1)
    assert np.all(moves >= -room[np.isfinite(steps)])
    signs = np.sign(image - grid)
    crossings = grid[1:][np.diff(signs) != 0]
    inner = [e for e in found if -36.9 < e.z < 8.9 and e.kind == "single"]
    assert len(inner) >= len(crossings)
    assert all(min(abs(e.z - x) for e in inner) < 0.02 for x in crossings)
    for e in inner:
        # Rounding of T is amplified where the map is steep; the definition must hold to that.
        h = 1e-7
        slope = abs(float(np.diff(game.image(np.array([e.z - h, e.z + h])))[0])) / (2 * h)
        assert abs(float(game.image(np.array([e.z]))[0]) - e.z) < 1e-11 * (1 + slope) * (1 + abs(e.z))
        assert sum(e.outcomes) == pytest.approx(1, abs=1e-12)


def test_degenerate_limit_is_marked() -> None:
    # Not challenging is worth more than winning, and a resisted A backs down: B, expecting that, concedes nothing.
    game = CrisisGame(status_quo=1.0, prize=0.0, concede=1.0, war_a=-2.0, war_b=0.0, back_down=0.0, prize_b=0.0)
    found = game.equilibria()
    assert found[0].degenerate
    assert found[0].corner
    assert found[0].resist == found[0].challenge == 0
    assert not any(e.degenerate for e in found[1:])


def test_tangency_is_reported() -> None:
    def family(shift: float) -> list[str]:
        # z + (z - 1)^2 / 4 - shift touches the diagonal at 1 when shift is 0.
        def image(z: np.ndarray) -> np.ndarray:
            return z + (z - 1) ** 2 / 4 - shift

        def slopes(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return 1 + (a - 1) / 2, 1 + (b - 1) / 2

        return [f.kind for f in fixed_points(image, slopes, -0.9, 3.0, increasing=True)]

    assert family(0.0) == ["tangent"]
    assert family(1e-6) == ["single", "single"]
    assert family(-1e-6) == []


def test_fold_in_a_payoff_is_bracketed() -> None:
    # Between war_b = -2.75 and -2.70 two equilibria of the help page's path meet and vanish.
    def count(war_b: float) -> int:
        return len(CrisisGame(0.0, 1.0, 0.0, -1.9, war_b, -1.2, 1.0).equilibria())

    assert (count(-2.75), count(-2.70)) == (3, 1)
    edge = optimize.bisect(lambda w: count(w) - 2, -2.75, -2.70, xtol=1e-6)
    assert {count(edge - 1e-5), count(edge + 1e-5)} == {1, 3}


def test_bad_payoffs() -> None:
    with pytest.raises(InputError, match="war_a is nan"):
        CrisisGame(0, 1, 0, float("nan"), 0, 0, 1)
    with pytest.raises(InputError, match=r"missing \['VB'\], unknown \['vb'\]"):
        CrisisGame.from_names({"SA": 0, "VA": 1, "CB": 0, "barWA": 0, "barWB": 0, "bara": 0, "vb": 1})


def test_prints_frames_and_map() -> None:
    found = CrisisGame(0.0, 1.0, 0.0, -1.9, -2.9, -1.2, 1.0).equilibria()
    assert "3 equilibria" in str(found)
    assert found.tidy().height == 3
    assert found.game.best_reply_map(51).svg.count("<circle") == 3
