"""Formulas, frames, subsets, normal tails, derivatives, optimiser: each against something worked out elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from offramp.compiled import jax, jnp
from offramp.errors import InputError
from offramp.strategic import Egame12, Egame122, Egame123, kernels
from offramp.strategic.design import build
from offramp.strategic.formula import parse, read_part
from offramp.strategic.frames import read_frame
from offramp.strategic.normal import log_phi, mills
from offramp.strategic.optimise import climb
from offramp.strategic.rows import TreeRows
from offramp.strategic.signal_rows import EquilibriumRows, SignalRows, log_joint
from offramp.strategic.subset import rows_of

TAILS = jax.jit(lambda x: (log_phi(x), mills(x), jax.grad(jax.grad(log_phi))(x)))


@given(st.floats(-1e4, 40))
@settings(max_examples=200, deadline=None)
def test_normal_tails(x: float) -> None:
    value, ratio, bend = (float(v) for v in TAILS(x))
    assert value == pytest.approx(float(special.log_ndtr(x)), rel=1e-13, abs=1e-15)
    if x > -30:
        want = np.exp(-0.5 * x * x - 0.5 * np.log(2 * np.pi) - special.log_ndtr(x))
        assert ratio == pytest.approx(want, rel=1e-11, abs=1e-300)
    assert -1 <= bend <= 0
    if x < -100:  # 1 - m (m + x) = 1/x^2 - 6/x^4 ...: the second derivative tends to -1
        assert bend == pytest.approx(-1 + 1 / x**2 - 6 / x**4, abs=1e-9)


@pytest.mark.parametrize(("u", "d"), [(0.0, 0.0), (1.3, -0.7), (-2.0, 1.5), (4.0, -3.0), (-6.0, -8.0), (9.0, 0.5)])
def test_joint_tail_is_an_integral(u: float, d: float) -> None:
    middle = max(u, -d / 2, 0.0)
    parts = [(u, middle), (middle, middle + 3), (middle + 3, middle + 14)]
    want = sum(
        integrate.quad(lambda x: stats.norm.pdf(x) * special.ndtr(x + d), a, b, epsabs=0, epsrel=1e-12)[0]
        for a, b in parts
    )
    found = float(log_joint(jnp.asarray([u]), jnp.asarray([d]))[0])
    assert found == pytest.approx(np.log(want), abs=1e-10)
    h = 1e-5
    for slot in (0, 1):
        ends = [
            float(log_joint(*[jnp.asarray([v + s * h * (slot == i)]) for i, v in enumerate((u, d))])[0])
            for s in (-1, 1)
        ]
        slope = jax.grad(lambda a, b: log_joint(a, b)[0], argnums=slot)(jnp.asarray([u]), jnp.asarray([d]))
        assert float(slope[0]) == pytest.approx((ends[1] - ends[0]) / (2 * h), rel=1e-6, abs=1e-8)


MODELS = [
    Egame12("y ~ 1 | 1 | 1 | 1", link="logit", scale_by_player=True).row_model(),
    Egame12("y ~ 1 | 1 | 1 | 1", error="private", scale="1").row_model(),
    Egame122("y ~ 1 | 1 | 1 | 1 | 1 | 1", error="private").row_model(),
    Egame123("y ~ 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1").row_model(),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{m.outcomes}-{m.indices}-{m.link}-{m.error}")
def test_derivatives_of_rows_against_differences(model: TreeRows) -> None:
    random = np.random.default_rng(4)
    eta, data = random.normal(0, 1, (7, model.indices)), random.integers(0, 3, (7, model.outcomes)).astype(float)
    f, g, h = kernels.newton(model, eta, data)
    chance = kernels.call(model, "predicted", eta, data)
    assert chance.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-14)
    assert f == pytest.approx((data * np.log(chance)).sum(axis=1), abs=1e-11)
    upper, step = np.triu_indices(model.indices), 1e-5
    for k in range(model.indices):
        move = step * np.eye(model.indices)[k]
        low, high = kernels.newton(model, eta - move, data), kernels.newton(model, eta + move, data)
        assert g[k] == pytest.approx((high[0] - low[0]) / (2 * step), abs=1e-7)
        for place, (a, b) in enumerate(zip(*upper, strict=True)):
            if b == k:
                assert h[place] == pytest.approx((high[1][a] - low[1][a]) / (2 * step), abs=1e-6)


def test_private_information_by_simulation() -> None:
    """egame12 with payoffs that only their owner knows: frequencies of two million plays against the formula."""
    random = np.random.default_rng(11)
    u11, u13, u14, u24, n = 0.3, -0.4, 0.8, 0.5, 2_000_000
    e = random.normal(size=(6, n))
    fights = u24 + e[0] > e[1]
    p4 = special.ndtr(u24 / np.sqrt(2))
    moves = (1 - p4) * (u13 + e[2]) + p4 * (u14 + e[3]) > u11 + e[4]
    seen = np.array([(~moves).mean(), (moves & ~fights).mean(), (moves & fights).mean()])
    model = Egame12("y ~ 1 | 1 | 1 | 1", error="private").row_model()
    chance = kernels.call(model, "predicted", np.array([[u11, u13, u14, u24]]), np.zeros((1, 3)))[0]
    assert chance == pytest.approx(seen, abs=2e-3)


def test_private_information_in_egame122_by_simulation() -> None:
    """The structure that R's games 1.1.2 cannot run, from its definition."""
    random = np.random.default_rng(12)
    u = np.array([0.3, -0.4, 0.8, 0.1, 0.5, -0.6])
    n = 2_000_000
    e1, e2 = random.normal(size=(4, n)), random.normal(size=(4, n))
    right_l, right_r = u[4] + e2[1] > e2[0], u[5] + e2[3] > e2[2]
    p2, p4 = special.ndtr(u[4] / np.sqrt(2)), special.ndtr(u[5] / np.sqrt(2))
    left = (1 - p2) * (u[0] + e1[0]) + p2 * (u[1] + e1[1]) > (1 - p4) * (u[2] + e1[2]) + p4 * (u[3] + e1[3])
    seen = [(left & ~right_l).mean(), (left & right_l).mean(), (~left & ~right_r).mean(), (~left & right_r).mean()]
    model = Egame122("y ~ 1 | 1 | 1 | 1 | 1 | 1", error="private").row_model()
    chance = kernels.call(model, "predicted", u[None], np.zeros((1, 4)))[0]
    assert chance == pytest.approx(np.array(seen), abs=2e-3)


def test_equilibrium_likelihood_moves_along_its_branch() -> None:
    random = np.random.default_rng(5)
    eta = random.normal(0, 0.4, (5, 7)) + np.array([0, 0.5, -0.5, -0.5, 0, -0.8, 0])
    counts = random.integers(1, 9, (5, 4)).astype(float)
    model = EquilibriumRows()
    z = kernels.call(model, "settled", eta, np.column_stack([counts, np.zeros(5)]))
    data = np.column_stack([counts, z])
    expected = np.column_stack([counts, special.ndtr(z), np.full(5, 0.5)])
    firm = np.exp(kernels.call(SignalRows(), "log_moves", eta, expected)[:, 4])
    beliefs = np.column_stack([counts, special.ndtr(z), firm])
    back = kernels.call(SignalRows(), "response", eta, beliefs)
    assert back == pytest.approx(beliefs[:, 4:], abs=1e-12)  # what players expect is what they do
    _, g, h = kernels.newton(model, eta, data)
    upper, step = np.triu_indices(7), 1e-5
    for k in range(7):
        move = step * np.eye(7)[k]
        low, high = kernels.newton(model, eta - move, data), kernels.newton(model, eta + move, data)
        assert g[k] == pytest.approx((high[0] - low[0]) / (2 * step), abs=1e-6)
        for place, (a, b) in enumerate(zip(*upper, strict=True)):
            if b == k:
                assert h[place] == pytest.approx((high[1][a] - low[1][a]) / (2 * step), rel=1e-5, abs=1e-4)


def test_climb_leaves_saddles_and_finds_curved_valleys() -> None:
    def banana(b: Any) -> Any:  # minus Rosenbrock's function
        x, y = b
        g = np.array([400 * x * (y - x * x) + 2 * (1 - x), -200 * (y - x * x)])
        h = np.array([[400 * (y - 3 * x * x) - 2, 400 * x], [400 * x, -200.0]])
        return -100 * (y - x * x) ** 2 - (1 - x) ** 2, g, h

    end = climb(banana, np.array([-1.2, 1.0]), np.ones(2))
    assert end.converged
    assert end.beta == pytest.approx([1, 1], abs=1e-7)

    def saddle(b: Any) -> Any:  # from the saddle at 0 to a maximum at x = 1 or -1
        x, y = b
        return x * x / 2 - x**4 / 4 - y * y, np.array([x - x**3, -2 * y]), np.diag([1 - 3 * x * x, -2.0])

    end = climb(saddle, np.zeros(2), np.ones(2))
    assert abs(end.beta[0]) == pytest.approx(1, abs=1e-7)


def test_formula_parts() -> None:
    left, parts = parse("a + b ~ x + log(z) | 0 | -1 | 2.5", ("p", "q", "r", "s"), "a game")
    assert left == ("a", "b")
    assert [p.fixed for p in parts] == [None, 0.0, 0.0, 2.5]
    with pytest.raises(InputError, match="not closed"):
        parse("y ~ log(x | 1", ("p", "q"), "a game")


def test_columns_have_the_names_and_contrasts_of_r() -> None:
    data = {"f": ["c", "a", "b", "a"], "x": [1.0, 2.0, 3.0, 4.0]}
    names = {
        "f + x": ("(Intercept)", "fb", "fc", "x"),
        "f - 1": ("fa", "fb", "fc"),
        "f:x": ("(Intercept)", "fa:x", "fb:x", "fc:x"),
        "I(x^2) + sqrt(x)": ("(Intercept)", "I(x^2)", "sqrt(x)"),
        "factor(x)": ("(Intercept)", "factor(x)2", "factor(x)3", "factor(x)4"),
    }
    for text, wanted in names.items():
        found = build(
            read_part(text),
            read_frame({k: np.array(v, dtype=object if k == "f" else float) for k, v in data.items()}),
            "u",
        )
        assert tuple(n.replace(".0", "") for n in found.names) == wanted, text
    squares = build(read_part("I(x^2) - 1"), read_frame({"x": np.array(data["x"])}), "u").values[:, 0]
    assert squares.tolist() == [1, 4, 9, 16]


def test_pandas_and_polars_and_dicts_agree() -> None:
    random = np.random.default_rng(3)
    raw = {"esc": random.integers(0, 2, 200), "war": random.integers(0, 2, 200), "x": random.normal(size=200)}
    raw |= {"g": random.choice(["p", "q", "r"], 200)}
    model = Egame12("esc + war ~ x | 0 | g | x")
    fits = [model.fit(d) for d in (pl.DataFrame(raw), pd.DataFrame(raw), raw)]
    assert fits[0].coefficients == fits[1].coefficients == fits[2].coefficients


def test_subset_has_three_values() -> None:
    table = read_frame({"year": [1849.0, 1850.0, np.nan], "r": np.array(["a", None, "b"], dtype=object)})
    assert rows_of("year >= 1850 & year < 1900", table).tolist() == [False, True, False]
    assert rows_of("!(year >= 1850)", table).tolist() == [True, False, False]
    assert rows_of('r %in% c("a", "b") | year == 1850', table).tolist() == [True, True, True]
    assert rows_of("is.na(year) or r == 'a'", table).tolist() == [True, False, True]


def test_shared_and_fixed_coefficients() -> None:
    random = np.random.default_rng(9)
    raw = {"esc": random.integers(0, 2, 400), "war": random.integers(0, 2, 400), "x": random.normal(size=400)}
    formula = "esc + war ~ x | 0 | x | x"
    names = ("u1(~esc):x", "u2(esc,war):x")
    tied = Egame12(formula, shared=[names]).fit(raw)
    assert tied.coefficients[names[0]] == tied.coefficients[names[1]]
    free = Egame12(formula).fit(raw)
    assert tied.free == free.free - 1
    assert tied.loglik < free.loglik
    held = Egame12(formula, fixed={names[0]: tied.coefficients[names[0]], names[1]: tied.coefficients[names[1]]}).fit(
        raw
    )
    assert held.loglik == pytest.approx(tied.loglik, abs=1e-9)
    assert np.isnan(held.se[names[0]])
