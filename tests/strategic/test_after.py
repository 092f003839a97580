"""What comes after a fit: errors, intervals, posteriors, tests, predictions, studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import optimize, special

from offramp.errors import InputError
from offramp.strategic import (
    CrisisSignaling,
    Egame12,
    RowLikelihood,
    Ultimatum,
    clarke,
    goodness,
    likelihood_ratio,
    monte_carlo,
    outcome_likelihood,
    side_by_side,
    vuong,
    wald,
)

WAR = "esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + regime2"


@pytest.fixture(scope="module")
def war(shared: Path) -> pl.DataFrame:
    return pl.read_csv(shared / "data/strategic/war1800.csv", infer_schema_length=None, null_values=["", "NA"])


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    """A sample of 500 drawn from egame12."""
    random = np.random.default_rng(6)
    columns = {
        "x": random.normal(size=500),
        "z": random.normal(size=500),
        "g": random.integers(0, 25, 500).astype(float),
    }
    truth = {"u1(~a):x": 0.6, "u1(a,b):(Intercept)": 0.5, "u2(a,b):(Intercept)": 0.2, "u2(a,b):z": -0.7}
    return {**columns, **Egame12("a + b ~ x | 0 | 1 | z").simulate(columns, truth, seed=3)}


@pytest.fixture(scope="module")
def fit(small: dict[str, Any]) -> Any:
    return Egame12("a + b ~ x | 0 | 1 | z").fit(small)


def glm_logit(y: Any, X: Any) -> RowLikelihood:
    """Logit by Newton's method: the models that R's tests compare with."""
    beta = np.zeros(X.shape[1])
    for _ in range(50):
        p = special.expit(X @ beta)
        beta += np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (y - p))
    return RowLikelihood(y * special.log_expit(X @ beta) + (1 - y) * special.log_expit(-X @ beta), X.shape[1])


LEBLANG = (
    "outcome ~ capcont + lreserves + overval + creditgrow + USinterest + service + contagion + prioratt - 1 | 1 | 1 | "
    "unifgov + lexports + preelec + postelec + rightgov + realinterest + capcont + lreserves"
)
ORDER = "no attack,devaluation,defense"


def test_nonnested_tests_of_the_peer(shared: Path) -> None:
    known = json.loads((shared / "reference/games/nonnested_tests.json").read_text())["tests"]
    data = pl.read_csv(shared / "data/strategic/leblang2003.csv", infer_schema_length=None)
    private, agent = (Egame12(LEBLANG, error=e, outcomes=ORDER).fit(data) for e in ("private", "agent"))
    against = next(t for t in known if "private vs agent" in t["comparison"] and t["test"] == "vuong")
    found = vuong(private, agent)
    assert found.statistic == pytest.approx(against["statistic"], abs=2e-3)  # the peer's fits are not polished
    assert found.p_value == pytest.approx(against["p_value"], abs=2e-3)
    signs = next(t for t in known if "private vs agent" in t["comparison"] and t["test"] == "clarke")
    assert abs(clarke(private, agent).statistic - signs["statistic"]) < 10  # rows that are as good as tied
    names = ("lreserves", "overval", "creditgrow", "contagion", "prioratt", "rightgov", "realinterest")
    X = np.column_stack([np.ones(len(data)), *(data[n] for n in names)]).astype(float)
    quiet = (data["outcome"] == "no attack").to_numpy().astype(float)
    logit = glm_logit(quiet, X)
    third = next(t for t in known if "outcome 1 (no attack)" in t["comparison"] and t["test"] == "vuong")
    single = outcome_likelihood(private, "no attack")
    assert single.values.sum() == pytest.approx(third["loglik1"], abs=2e-2)
    assert logit.values.sum() == pytest.approx(third["loglik2"], abs=1e-6)
    assert vuong(single, logit).statistic == pytest.approx(third["statistic"], rel=2e-3)


def test_a_model_without_a_finite_maximum_says_so(war: pl.DataFrame) -> None:
    """R stops on this ridge at -291.06 (a comparison model of its article); the likelihood grows past -288 for ever."""
    rows = war.filter(pl.col("regime1").is_not_null() & pl.col("regime2").is_not_null())
    fitted = Egame12("esc + war ~ balanc + s_wt_re1 | 0 | balanc | balanc + s_wt_re1").fit(rows, starts=1)
    assert fitted.loglik > -288
    assert "no finite maximum" in fitted.problems[0]
    assert "u1(esc,war):(Intercept)" in fitted.problems[0]
    # With the logit link R's other comparison model is not identified at all: its tables factor.
    with pytest.raises(InputError, match="not identified"):
        Egame12("esc + war ~ regime1 | 0 | regime1 + regime2 | regime1 + regime2", link="logit").fit(rows)


def test_profiles_of_the_peer(shared: Path, war: pl.DataFrame) -> None:
    known = json.loads((shared / "reference/games/predprobs_profiles.json").read_text())
    fitted = Egame12(WAR).fit(war)
    for name in ("war1800_s_wt_re1_n5", "war1800_regime1"):
        rows = known[name]
        profile = {c: [r[c] for r in rows] for c in ("s_wt_re1", "revis1", "regime1", "balanc", "regime2")}
        found = fitted.predict(profile)
        want = np.array([[r[f"Pr({o})"] for o in fitted.outcomes] for r in rows])
        assert found.estimate == pytest.approx(want, abs=1e-4)
        bands = np.array([[r["Pr(~esc):low"], r["Pr(~esc):high"]] for r in rows])
        assert np.abs(np.column_stack([found.low[:, 0], found.high[:, 0]]) - bands).max() < 0.05  # theirs are draws
    typical, peer = fitted.typical(regime1=["autoc"]), known["war1800_regime1"][0]
    for name in ("s_wt_re1", "revis1", "balanc"):
        assert typical[name][0] == pytest.approx(peer[name], rel=1e-9)
    assert typical["regime2"][0] == peer["regime2"]


def test_unfloored_ultimatum_of_the_students(shared: Path) -> None:
    """The peer stops on its floor of 2.2e-16; the likelihood has one maximum, as a simplex search confirms."""
    data = pl.read_csv(shared / "data/strategic/student_offers.csv")
    fitted = Ultimatum("offer + accept ~ gender1 | gender2", max_offer=100, s2=1).fit(data)
    assert len(fitted.optima) == 1
    offer, accept, g1, g2 = (data[c].to_numpy().astype(float) for c in ("offer", "accept", "gender1", "gender2"))

    def loss(b: Any) -> float:
        r1, r2, s1 = b[0] + b[1] * g1, b[2] + b[3] * g2, np.exp(b[4])
        z = (100 - offer - r1 - (1 + np.exp(offer - r2))) / s1
        inside = special.log_expit(z) + special.log_expit(-z) - b[4] + np.logaddexp(0, offer - r2)
        low = special.log_expit(-((100 - r1 - (1 + np.exp(-r2))) / s1))
        answer = special.log_expit(np.where(accept > 0, offer - r2, r2 - offer))
        return -float((np.where(offer == 0, low, inside) + answer).sum())

    start = fitted.beta * 1.05 + 0.1
    simplex = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"maxiter": 8000, "xatol": 1e-7, "fatol": 1e-9}
    )
    assert fitted.loglik == pytest.approx(-simplex.fun, abs=1e-5)
    assert fitted.loglik == pytest.approx(-loss(fitted.beta), abs=1e-9)


def test_sandwich_and_cluster_by_hand(small: dict[str, Any], fit: Any) -> None:
    scores = fit.prepared.sample.scores(fit.beta)
    bread = np.linalg.inv(-fit.hessian)
    assert fit.with_errors("sandwich").vcov == pytest.approx(bread @ scores.T @ scores @ bread, rel=1e-9)
    grouped = Egame12("a + b ~ x | 0 | 1 | z").fit(small, cluster="g")
    sums = np.array([scores[small["g"] == k].sum(axis=0) for k in np.unique(small["g"])])
    want = bread @ (sums.T @ sums * len(sums) / (len(sums) - 1)) @ bread
    assert grouped.vcov == pytest.approx(want, rel=1e-7)
    assert "clustered by g" in str(grouped)


def test_weights_are_copies(small: dict[str, Any]) -> None:
    model = Egame12("a + b ~ x | 0 | 1 | z")
    counts = np.random.default_rng(1).integers(0, 4, 500)
    twice = {k: np.repeat(v, counts) for k, v in small.items()}
    weighted, copied = model.fit(small, weights=counts.astype(float)), model.fit(twice)
    assert weighted.loglik == pytest.approx(copied.loglik, abs=1e-9)
    assert weighted.estimates == pytest.approx(copied.estimates, abs=1e-9)


def test_bootstrap_resumes_to_the_same_numbers(fit: Any, tmp_path: Path) -> None:
    whole = fit.bootstrap(60, seed=4, workers=1)
    path = tmp_path / "boot.npz"
    fit.bootstrap(20, seed=4, path=path)
    calls: list[tuple[int, int]] = []
    again = fit.bootstrap(60, seed=4, path=path, workers=2, progress=lambda d, n: calls.append((d, n)))
    assert calls[0] == (21, 60)
    assert again.draws.tolist() == whole.draws.tolist()
    ratio = np.sqrt(np.diag(whole.covariance)) / np.sqrt(np.diag(fit.vcov))
    assert (np.abs(ratio - 1) < 0.45).all()
    assert fit.with_bootstrap(whole).errors == "bootstrap"
    with pytest.raises(InputError, match="another fit or seed"):
        fit.bootstrap(10, seed=5, path=path)


def test_profile_interval_is_where_the_likelihood_has_fallen(fit: Any) -> None:
    name = "u2(a,b):z"
    found = fit.profile(name)
    index = fit.prepared.free_names.index(name)
    others = [i for i in range(fit.free) if i != index]

    def best(value: float) -> float:
        def loss(rest: Any) -> float:
            beta = fit.beta.copy()
            beta[index], beta[others] = value, rest
            return -fit.prepared.sample.value(beta)

        return -optimize.minimize(loss, fit.beta[others], method="BFGS", options={"gtol": 1e-6}).fun

    for end in (found.low, found.high):
        assert fit.loglik - best(end) == pytest.approx(special.chdtri(1, 0.05) / 2, abs=1e-4)


def test_posterior_agrees_with_likelihood_in_a_large_sample(small: dict[str, Any], fit: Any) -> None:
    pytest.importorskip("numpyro")
    posterior = Egame12("a + b ~ x | 0 | 1 | z").bayes(small, draws=250, warmup=200, chains=2, seed=2)
    rows = posterior.rows()
    for row, estimate, se in zip(rows, fit.beta, np.sqrt(np.diag(fit.vcov)), strict=True):
        assert abs(row["mean"] - estimate) < 0.5 * se
        assert 0.6 < row["sd"] / se < 1.4
        assert row["r_hat"] < 1.1
    tree = posterior.to_arviz()
    assert tree["posterior"]["u2(a,b):z"].shape == (2, 250)


def test_delta_method_against_simulation(fit: Any) -> None:
    profile = fit.typical(x=[-1.0, 0.0, 1.0])
    delta, drawn = fit.predict(profile), fit.predict(profile, method="simulate", draws=4000)
    assert np.abs(delta.low - drawn.low).max() < 0.02
    assert delta.estimate.sum(axis=1) == pytest.approx(np.ones(3))
    moves = fit.predict(profile, what="moves", method="none")
    assert moves.estimate[:, 1] * moves.estimate[:, 3] == pytest.approx(delta.estimate[:, 2])


def test_effects_are_differences_of_predictions(small: dict[str, Any], fit: Any) -> None:
    jump = fit.effect("x", change=(-1, 1))
    low, high = (fit.predict({**small, "x": np.full(500, v)}, method="none").estimate for v in (-1.0, 1.0))
    assert jump.estimate[0] == pytest.approx((high - low).mean(axis=0), abs=1e-12)
    slope = fit.effect("x", at=fit.typical())
    h = 1e-4
    ends = [fit.predict(fit.typical(x=[fit.typical()["x"][0] + s * h]), method="none").estimate[0] for s in (-1, 1)]
    assert slope.estimate[0] == pytest.approx((ends[1] - ends[0]) / (2 * h), abs=1e-6)


def test_nested_tests_agree_in_a_large_sample(small: dict[str, Any], fit: Any) -> None:
    restricted = Egame12("a + b ~ 1 | 0 | 1 | z").fit(small)
    ratio, square = likelihood_ratio(restricted, fit), wald(fit, ["u1(~a):x"])
    assert ratio.degrees == square.degrees == 1
    assert ratio.statistic == pytest.approx(square.statistic, rel=0.2)
    assert square.statistic == pytest.approx((fit.coefficients["u1(~a):x"] / fit.se["u1(~a):x"]) ** 2)
    with pytest.raises(InputError, match="fewer coefficients"):
        likelihood_ratio(fit, restricted)


def test_goodness_by_hand(fit: Any) -> None:
    found, chance, counts = goodness(fit), fit.fitted(), fit.prepared.counts
    shares = counts.mean(axis=0)
    assert found.baseline == pytest.approx(float((counts.sum(axis=0) * np.log(shares)).sum()))
    assert found.right == pytest.approx((chance.argmax(axis=1) == counts.argmax(axis=1)).mean())
    assert found.brier == pytest.approx(((chance - counts) ** 2).sum(axis=1).mean())


def test_tables(fit: Any) -> None:
    text = str(fit)
    assert "u2(a,b):z" in text
    assert "log-likelihood" in text
    assert "<table>" in fit._repr_html_()
    both = side_by_side([fit, fit], ["one", "two"])
    assert both.to_latex("Two").count(r"\\") == len(both.rows) + 1


def test_study_covers(small: dict[str, Any]) -> None:
    truth = {"u1(~a):x": 0.6, "u1(a,b):(Intercept)": 0.5, "u2(a,b):(Intercept)": 0.2, "u2(a,b):z": -0.7}
    study = monte_carlo(Egame12("a + b ~ x | 0 | 1 | z"), small, truth, replications=150, seed=8)
    assert study.failed == 0
    for row in study.rows():
        assert abs(float(str(row["bias"]))) < 0.3 * float(str(row["spread"]))
        assert float(str(row["coverage"])) > 0.88  # 150 draws: 0.95 less four standard errors


def test_crisis_signalling_recovers_what_it_drew() -> None:
    random = np.random.default_rng(4)
    n = 300
    columns = {"x": random.normal(size=n), "w": random.normal(size=n)}
    columns |= {"sq": np.full(n, 200.0), **{k: np.zeros(n) for k in ("cd", "sf", "bd")}}
    formula = "sq + cd + sf + bd ~ x - 1 | 1 | 0 | 1 | w | 1 | 0"
    truth = {"SA:x": 0.3, "VA:(Intercept)": 0.8, "barWA:(Intercept)": -1.5, "barWB:(Intercept)": -0.6}
    truth |= {"barWB:w": 0.4, "bara:(Intercept)": -1.9}
    model = CrisisSignaling(formula, method="ml")
    drawn = model.simulate(columns, truth, seed=5)
    fitted = model.fit(drawn, starts=1)
    gap = np.array([(fitted.coefficients[k] - v) / fitted.se[k] for k, v in truth.items()])
    assert np.abs(gap).max() < 4
    nested = CrisisSignaling(formula).fit(drawn, starts=1)
    assert nested.loglik <= fitted.loglik + 1e-9


@pytest.mark.soak
def test_intervals_cover_in_the_stated_design() -> None:
    """500 plays of egame12, 1,000 replications: 95 % intervals cover 93 to 97 %."""
    random = np.random.default_rng(6)
    columns = {"x": random.normal(size=500), "z": random.normal(size=500)}
    truth = {"u1(~a):x": 0.6, "u1(a,b):(Intercept)": 0.5, "u2(a,b):(Intercept)": 0.2, "u2(a,b):z": -0.7}
    study = monte_carlo(Egame12("a + b ~ x | 0 | 1 | z"), columns, truth, 1000, seed=8)
    assert study.failed == 0
    for row in study.rows():
        assert 0.93 <= float(str(row["coverage"])) <= 0.97
        assert abs(float(str(row["bias"]))) < 0.15 * float(str(row["spread"]))
