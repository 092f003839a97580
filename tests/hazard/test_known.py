"""Our survival figures against lifelines, scikit-survival and R's survival (`make oracles` made `tests/known`)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from offramp.hazard import fit
from offramp.hazard.ensemble import split_population
from offramp.hazard.incidence import cumulative_incidence

KNOWN = Path(__file__).parents[1] / "known"
BREAKS = (12.5, 36.5)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return json.loads((KNOWN / "survival.json").read_text())


@pytest.fixture(scope="module")
def case() -> dict[str, np.ndarray]:
    with (KNOWN / "survival_case.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def incidence(case: dict[str, np.ndarray]) -> np.ndarray:
    """Cumulative incidence with each month's hazards as observed: -log(1 - left / at risk), shared by the modes."""
    months = np.arange(1, 73)
    at_risk = np.array([(case["months"] >= m).sum() for m in months])
    left = np.array([[((case["months"] == m) & (case["mode"] == k)).sum() for k in (1, 2)] for m in months])
    total = left.sum(axis=1)
    shares = left / np.maximum(total, 1)[:, None]
    return cumulative_incidence((-np.log1p(-total / at_risk)[:, None] * shares)[None])[0]


def at(times: list[float], values: np.ndarray) -> np.ndarray:
    return values[np.array(times, dtype=int)]


@pytest.mark.parametrize("peer", ["R survival", "scikit-survival"])
def test_cumulative_incidence(known: dict[str, Any], incidence: np.ndarray, peer: str) -> None:
    theirs = known[peer]
    for k, name in enumerate(("cif_first", "cif_second")):
        assert at(theirs["cif_time"], incidence[:, k]) == pytest.approx(np.array(theirs[name]), abs=1e-12)


@pytest.mark.parametrize("peer", ["lifelines", "scikit-survival"])
def test_survival(known: dict[str, Any], incidence: np.ndarray, peer: str) -> None:
    theirs = known[peer]
    found = at(theirs["kaplan_meier_time"], incidence[:, -1])
    assert found == pytest.approx(np.array(theirs["kaplan_meier"]), abs=1e-12)


def flat(columns: int) -> fit.Prior:
    """As good as none."""
    return fit.Prior(np.zeros(columns), np.full(columns, 1e4), 1e-7)


@pytest.mark.parametrize("mode", [1, 2])
def test_constant_hazards(known: dict[str, Any], case: dict[str, np.ndarray], mode: int) -> None:
    """Coefficients, errors and likelihood of an exponential model in R."""
    size = len(case["months"])
    columns = np.column_stack([np.ones(size), case["x"], case["z"]])
    rows = fit.Rows(columns, np.zeros(size, dtype=int), case["months"], 1)
    events = (case["mode"] == mode).astype(float)
    beta, country, blocks = fit.maximise(rows, events, flat(3))
    theirs = known["R survival"]
    assert beta == pytest.approx(np.array(theirs[f"exponential_{mode}"]), abs=1e-6)
    errors = np.sqrt(np.diag(np.linalg.inv(blocks.shared_precision)))
    assert errors == pytest.approx(np.array(theirs[f"exponential_se_{mode}"]), rel=1e-4)
    value = fit.log_posterior(beta, country, rows, events, flat(3))
    assert value == pytest.approx(theirs[f"exponential_loglik_{mode}"][0], abs=1e-5)


@pytest.mark.parametrize("mode", [1, 2])
def test_hazards_by_band_of_tenure(known: dict[str, Any], case: dict[str, np.ndarray], mode: int) -> None:
    """Rulers split at the breaks: R's split and Poisson regression, and lifelines' piecewise model."""
    edges = np.array([0.0, *BREAKS, np.inf])
    spans = np.clip(case["months"][:, None], edges[:-1], edges[1:]) - edges[:-1]
    ruler, band = np.nonzero(spans)
    columns = np.column_stack([np.eye(3)[band], case["x"][ruler], case["z"][ruler]])
    last = np.append(np.diff(ruler) > 0, True)
    events = (last & (case["mode"][ruler] == mode)).astype(float)
    rows = fit.Rows(columns, np.zeros(len(ruler), dtype=int), spans[ruler, band], 1)
    beta, country, blocks = fit.maximise(rows, events, flat(5))
    theirs = known["R survival"]
    assert beta == pytest.approx(np.array(theirs[f"bands_{mode}"]), abs=1e-6)
    errors = np.sqrt(np.diag(np.linalg.inv(blocks.shared_precision)))
    assert errors == pytest.approx(np.array(theirs[f"bands_se_{mode}"]), rel=1e-4)
    if mode == 1:
        # lifelines lets the covariates act anew in every band.
        free = np.concatenate([np.eye(3)[band, k, None] * columns[:, [k, 3, 4]] for k in range(3)], axis=1)
        anew = fit.Rows(free, rows.country, rows.exposure, 1)
        beta, country, _ = fit.maximise(anew, events, flat(9))
        value = fit.log_posterior(beta, country, anew, events, flat(9))
        assert value == pytest.approx(known["lifelines"]["piecewise_loglik_1"], abs=1e-4)


def test_split_population_is_a_mixture_cure_model(known: dict[str, Any]) -> None:
    """Our hazard, summed over short steps, against lifelines' cumulative hazard at its own estimate."""
    theirs = known["lifelines"]
    cured, scale, shape = theirs["mixture_cure"]
    rate = -shape * np.log(scale / split_population.SCALE)
    theta = np.array([rate, np.log((1 - cured) / cured), np.log(shape)])
    for time, total in zip(theirs["mixture_cure_time"], theirs["mixture_cure_cumulative_hazard"], strict=True):
        # The midpoint rule on a grid that is finer near 0, where the hazard bends most.
        edges = np.linspace(0, 1, 20_001) ** 3 * time
        middle = (edges[1:] + edges[:-1]) / 2
        one = np.ones((len(middle), 1))
        log_hazard, _, _ = split_population.log_hazard(theta, one, one, middle / split_population.SCALE)
        assert np.exp(log_hazard) @ np.diff(edges) == pytest.approx(total, rel=1e-6)
