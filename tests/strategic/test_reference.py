"""Against estimates that the R package `games` made and Newton's method polished (tests need the shared folder).

`peer_polished` of ../shared/reference/games: log-likelihood to 1e-8, coefficients to 1e-4 of a standard error, standard
errors to 1e-3 (where the peer used numeric derivatives it is off by up to 1e-6 itself). Predicted probabilities belong
to the peer's default fit, which is up to 0.02 standard errors away.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from offramp.strategic import Egame12, Egame122, Egame123, Ultimatum

TREES = {"egame12": Egame12, "egame122": Egame122, "egame123": Egame123}
ORDER = {"leblang2003.csv": "no attack,devaluation,defense", "data_122.csv": "LL,LR,RL,RR"}
EGAMES = [
    "egame122_data122_logit_agent", "egame122_data122_probit_agent", "egame123_data123_logit_agent",
    "egame123_data123_probit_agent", "egame123_data123_probit_private", "egame12_leblang_fixedutils",
    "egame12_leblang_logit_agent", "egame12_leblang_probit_agent", "egame12_leblang_probit_private",
    "egame12_leblang_sdformula", "egame12_war1800_fixedutils", "egame12_war1800_fixedutils_sdbyplayer",
    "egame12_war1800_from1850", "egame12_war1800_logit_agent", "egame12_war1800_probit_agent",
    "egame12_war1800_probit_private", "egame12_war1800_sdformula",
]  # fmt: skip
ULTIMATA = [
    "ultimatum_2010_s2_3",
    "ultimatum_datault_both",
    "ultimatum_datault_fixed_scales",
    "ultimatum_datault_offer",
]


def load(shared: Path, case: str) -> tuple[dict[str, Any], pl.DataFrame]:
    found = json.loads((shared / "reference/games" / f"{case}.json").read_text())
    path = shared / "data/strategic" / found["data_file"]
    return found, pl.read_csv(path, infer_schema_length=None, null_values=["", "NA"])


def tree_model(found: dict[str, Any]) -> Any:
    options, formula = found["options"], found["formula"]
    extra: dict[str, Any] = {"outcomes": ORDER.get(found["data_file"])}
    if "fixedUtils" in options:
        formula = formula.split("~")[0] + "~" + "|".join(str(float(v)) for v in options["fixedUtils"])
        extra |= {"scale": "1", "scale_by_player": bool(options.get("sdByPlayer"))}
    if "sdformula" in options:
        extra["scale"] = options["sdformula"]
    return TREES[found["model"]](formula, link=options["link"], error=options["type"], **extra)


def compare(fit: Any, found: dict[str, Any]) -> None:
    names, peer = found["peer_default"]["coef_names"], found["peer_polished"]
    estimate = np.array(peer["estimate"])
    se = np.array([np.nan if s is None else s for s in peer["se"]])
    shown = [n for n, e in zip(names, estimate, strict=True) if n in fit.coefficients or e != 0]
    assert list(fit.names) == shown
    assert fit.n == found["n"]
    assert fit.loglik == pytest.approx(peer["loglik"], abs=1e-8)
    mine = np.array([fit.coefficients.get(n, 0.0) for n in names])
    assert np.nanmax(np.abs(mine - estimate) / se) < 1e-4
    errors = np.array([fit.se.get(n, np.nan) for n in names])
    assert (np.isnan(errors) == np.isnan(se)).all()
    assert np.nanmax(np.abs(errors / se - 1)) < 1e-3
    assert np.abs(fit.fitted()[:20] - np.array(found["predicted_first20"]["values"])).max() < 5e-3


@pytest.mark.parametrize("case", EGAMES)
def test_trees_agree_with_the_polished_peer(shared: Path, case: str) -> None:
    found, data = load(shared, case)
    fit = tree_model(found).fit(data, subset=found["subset"])
    compare(fit, found)
    assert list(fit.outcomes) == found["outcome_levels"]
    assert not fit.problems


@pytest.mark.parametrize("case", ULTIMATA)
def test_ultimata_agree_with_the_polished_peer(shared: Path, case: str) -> None:
    found, data = load(shared, case)
    options = found["options"]
    model = Ultimatum(found["formula"], max_offer=options["maxOffer"], s1=options.get("s1"), s2=options.get("s2"))
    compare(model.fit(data), found)
