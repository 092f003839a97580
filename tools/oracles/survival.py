"""Figures of lifelines, scikit-survival and R's survival on a small made-up case, for `tests/known/survival.json`.

Run by `make oracles` in its own environment; needs Rscript with the package survival. The case is drawn here from a
fixed seed and kept beside the figures, so that tests need neither.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator

KNOWN = Path(__file__).parents[2] / "tests" / "known"
BREAKS = [12.5, 36.5]
"""Months at which the level of the hazard may change; none falls on a month of leaving."""

R_SCRIPT = """
suppressPackageStartupMessages(library(survival))
d <- read.csv(commandArgs(TRUE)[1])
d$state <- factor(d$mode, 0:2, c("in", "first", "second"))
show <- function(name, x) cat(name, paste(format(x, digits = 17), collapse = " "), "\\n")
f <- survfit(Surv(months, state) ~ 1, data = d)
show("cif_time", f$time)
show("cif_in", f$pstate[, 1]); show("cif_first", f$pstate[, 2]); show("cif_second", f$pstate[, 3])
for (k in 1:2) {
  e <- survreg(Surv(months, mode == k) ~ x + z, data = d, dist = "exponential")
  show(paste0("exponential_", k), c(-coef(e)))
  show(paste0("exponential_se_", k), sqrt(diag(vcov(e))))
  show(paste0("exponential_loglik_", k), e$loglik[2])
  s <- survSplit(Surv(months, mode == k) ~ x + z, data = d, cut = c(12.5, 36.5), episode = "band", event = "left")
  g <- glm(left ~ 0 + factor(band) + x + z + offset(log(months - tstart)), family = poisson, data = s,
           control = glm.control(epsilon = 1e-14))
  show(paste0("bands_", k), coef(g)); show(paste0("bands_se_", k), sqrt(diag(vcov(g))))
}
show("version", paste0(R.version$major, ".", R.version$minor))
show("survival", as.character(packageVersion("survival")))
"""


def draw(rulers: int = 160, seed: int = 11) -> pd.DataFrame:
    """Whole months in office, how it ended (0 still in office, 1 and 2 modes), and two covariates."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=rulers).round(2), rng.integers(0, 2, rulers)
    rates = np.stack([0.02 * np.exp(0.6 * x), 0.01 * np.exp(-0.4 * x + 0.8 * z)], axis=1)
    rates[rng.random(rulers) < 0.35, 0] = 1e-9  # some never leave by the first mode
    first = rng.exponential(1 / rates)
    months = np.ceil(first.min(axis=1)).astype(int)
    mode = 1 + first.argmin(axis=1)
    censored = months > 72
    return pd.DataFrame({"months": np.where(censored, 72, months), "mode": np.where(censored, 0, mode), "x": x, "z": z})


def by_r(case: Path) -> dict[str, list[float] | str]:
    """Named rows of numbers that the script above prints."""
    done = subprocess.run(["Rscript", "-e", R_SCRIPT, str(case)], check=True, capture_output=True, text=True)
    found: dict[str, list[float] | str] = {}
    for line in done.stdout.splitlines():
        name, *values = line.split()
        found[name] = " ".join(values) if name in ("version", "survival") else [float(value) for value in values]
    return found


def by_lifelines(d: pd.DataFrame) -> dict[str, object]:
    """Kaplan-Meier, and piecewise exponential regression of the first mode."""
    survival = lifelines.KaplanMeierFitter().fit(d["months"], d["mode"] > 0).survival_function_
    frame = d[["months", "x", "z"]].assign(left=(d["mode"] == 1).astype(int))
    model = lifelines.PiecewiseExponentialRegressionFitter(BREAKS, penalizer=0.0)
    model.fit(frame, "months", "left", fit_options={"ftol": 1e-14, "gtol": 1e-10})
    cure = lifelines.MixtureCureFitter(base_fitter=lifelines.WeibullFitter())
    times = np.array([3.0, 12.0, 30.0, 60.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a convergence plot that nobody asked for
        cure.fit(d["months"], d["mode"] == 1)
    names = ("cured_fraction_", "lambda_", "rho_")
    return {
        "mixture_cure": [float(getattr(cure, name)) for name in names],
        "mixture_cure_time": times.tolist(),
        "mixture_cure_cumulative_hazard": cure.cumulative_hazard_at_times(times).tolist(),
        "kaplan_meier_time": survival.index.tolist(),
        "kaplan_meier": survival.iloc[:, 0].tolist(),
        "piecewise_loglik_1": float(model.log_likelihood_),
    }


def by_sksurv(d: pd.DataFrame) -> dict[str, list[float]]:
    """Kaplan-Meier and cumulative incidences."""
    time, survival = kaplan_meier_estimator((d["mode"] > 0).to_numpy(), d["months"].to_numpy(float))
    when, incidence = cumulative_incidence_competing_risks(d["mode"].to_numpy(), d["months"].to_numpy(float))
    return {
        "kaplan_meier_time": time.tolist(),
        "kaplan_meier": survival.tolist(),
        "cif_time": when.tolist(),
        "cif_first": incidence[1].tolist(),
        "cif_second": incidence[2].tolist(),
    }


def main() -> None:
    """Draw the case, ask all three, write both files."""
    KNOWN.mkdir(parents=True, exist_ok=True)
    case = KNOWN / "survival_case.csv"
    d = draw()
    d.to_csv(case, index=False)
    found = {"R survival": by_r(case), "lifelines": by_lifelines(d), "scikit-survival": by_sksurv(d)}
    made = {"by": "make oracles", "python": sys.version.split()[0]}
    made |= {name: version(name) for name in ("lifelines", "scikit-survival")}
    (KNOWN / "survival.json").write_text(json.dumps({"made": made, **found}, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {case.name} and survival.json to {KNOWN}")


if __name__ == "__main__":
    main()
