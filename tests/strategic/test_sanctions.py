"""Crisis signalling against R's sigInt on the sanctions data (tests need the shared folder)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from offramp.games.crisis import CrisisGame
from offramp.strategic import CrisisSignaling
from offramp.strategic.signal_rows import KEYS


def case(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / f"reference/sigint/{name}.json").read_text())
    return found


@pytest.fixture(scope="module")
def sanctions(shared: Path) -> pl.DataFrame:
    return pl.read_csv(shared / "data/strategic/sanctionsData.csv", infer_schema_length=None, null_values=["", "NA"])


@pytest.mark.parametrize(
    ("name", "columns"), [("help_pl_rf_columns", "PRhat,PFhat"), ("help_pl_npl_columns", "PRnpl,PFnpl")]
)
def test_pseudo_likelihood(shared: Path, sanctions: pl.DataFrame, name: str, columns: str) -> None:
    found = case(shared, name)
    fit = CrisisSignaling(found["formula"], method="pl", first_stage=columns).fit(sanctions)
    assert list(fit.names) == found["coef_names"]
    assert fit.loglik == pytest.approx(found["loglik"], abs=1e-8)
    gap = np.abs(fit.estimates - np.array(found["estimate"])) / fit.standard_errors
    assert gap.max() < 1e-4


@pytest.mark.parametrize("columns", ["PRhat,PFhat", None])
def test_nested_pseudo_likelihood(shared: Path, sanctions: pl.DataFrame, columns: str | None) -> None:
    """From the peer's first stage and from our own forest: the same fixed point, its errors, its equilibria."""
    found = case(shared, "help_npl_rf_columns")
    fit = CrisisSignaling(found["formula"], method="npl", first_stage=columns).fit(sanctions)
    assert fit.loglik == pytest.approx(found["loglik"], abs=1e-6)  # the peer stops at changes of 1e-8 in beliefs
    se = np.array(found["se"])
    assert (np.abs(fit.estimates - np.array(found["estimate"])) / se).max() < 1e-4
    assert np.abs(fit.standard_errors / se - 1).max() < 1e-3
    assert fit.extra["equilibrium_gap"] < 1e-12
    exact = np.array([game[0]["outcomes"] for game in found["equilibria_exact_first20"]])
    assert np.abs(fit.fitted()[:20] - exact).max() < 1e-7


def test_full_likelihood_beats_the_nested_one_at_equilibria(shared: Path, sanctions: pl.DataFrame) -> None:
    found = case(shared, "help_npl_rf_columns")
    fit = CrisisSignaling(found["formula"], method="ml", first_stage="PRhat,PFhat").fit(sanctions)
    assert fit.loglik > found["loglik"] + 4
    sample = fit.prepared.sample
    eta, fitted = sample.eta(fit.beta), fit.fitted()
    for row in range(0, fit.n, 23):  # every 23rd game against the certified enumeration of all equilibria
        game = CrisisGame.from_names(dict(zip(KEYS, eta[row].tolist(), strict=True)))
        equilibria = [e for e in game.equilibria() if not e.degenerate]
        assert fit.extra["equilibria"][row] == len(equilibria)
        values = [float(sample.data[row, :4] @ np.log(np.maximum(e.outcomes, 1e-300))) for e in equilibria]
        best = equilibria[int(np.argmax(values))]
        assert fitted[row] == pytest.approx(np.array(best.outcomes), abs=1e-9)
    moved = [sample.value(fit.beta + s * 1e-3 * np.sqrt(np.diag(fit.vcov))) for s in (-1, 1)]
    assert max(moved) < fit.loglik
