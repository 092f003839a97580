"""How well the hazards forecast leaders they have not seen: fitted to 1999-12, scored on 2000-2009.

Prints, for 1, 6 and 12 months and every event, our scores beside those of the baselines that the record's folder
brings (validation_2000_2009.json: trailing rate, logit, multinomial logit, boosting, Cox; same rows, same outcomes).
Then: the joint log score, and whether the shipped fit gives personalist rulers of over ten years what was counted.

    python benchmarks/history.py            (needs the folder OFFRAMP_SHARED; about two minutes)
    python benchmarks/history.py FOLDER     (scores numbers fitted to 1999-12 before, instead of fitting them)
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from offramp.hazard import store
from offramp.hazard.features import Covariates, design
from offramp.hazard.incidence import cumulative_incidence
from offramp.hazard.panel import panel_covariates
from offramp.hazard.predict import latin_hypercube, posterior, standard_normals
from offramp.hazard.profile import Drawn, run_on
from offramp.hazard.store import Fitted
from offramp.hazard.train import train
from offramp.history.records import read_record
from offramp.history.vocabulary import EXIT_CATEGORY_TO_MODE, MODES

HORIZONS = (1, 6, 12)
DRAWS = 64
IRREGULAR = ("coup", "uprising", "rebels", "foreign", "assassination")
EVENTS = {"any_exit": MODES, "irregular": IRREGULAR, "coup_exit": ("coup",)} | {
    m: (m,) for m in ("uprising", "rebels", "foreign", "natural")
}
BASELINES = ("const20", "logit", "mnl", "lgbm", "cox")


def chances(frame: pl.DataFrame, fitted: Fitted, months: int = 12) -> np.ndarray:
    """Mean chances (row, month + 1, mode + 1) for rows of the panel, with what was known at their month's end."""
    covariates = panel_covariates(frame)
    since = frame["m_since_election"].to_numpy().astype(float)
    to = frame["m_to_election"].to_numpy().astype(float)
    iso3 = frame["iso3"].to_numpy()
    normals = standard_normals(np.clip(latin_hypercube(DRAWS, len(MODES), 1), 1e-9, 1 - 1e-9))
    result = np.zeros((frame.height, months + 1, len(MODES) + 1))
    for name in np.unique(iso3):
        rows = np.flatnonzero(iso3 == name)
        now = Covariates(**{k: v[rows] for k, v in vars(covariates).items()})
        ahead = np.arange(months)
        left = to[rows, None] - ahead
        known = to[rows, None] <= 12
        election = (known & (left > -4) & (left <= 1)) | (since[rows, None] + ahead <= 3)
        drawn = Drawn(run_on(now, months), election.astype(float), now.regime)
        hazards = posterior(design(drawn.covariates, fitted.cut_year), drawn, fitted.country_index(name), fitted)
        for row, mean, sd in zip(rows, hazards.mean, hazards.sd, strict=True):
            worlds = np.exp(mean + sd * normals[:, None, :])
            result[row] = cumulative_incidence(worlds).mean(axis=0)
    return result


def calibration(p: np.ndarray, y: np.ndarray) -> float:
    """Slope of a logistic regression of the outcome on the log-odds of the forecast; 1 is right."""
    x = np.stack([np.ones_like(p), np.log(p / (1 - p))], axis=1)
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        q = 1 / (1 + np.exp(-x @ beta))
        step = np.linalg.solve((x * (q * (1 - q))[:, None]).T @ x + 1e-9 * np.eye(2), x.T @ (y - q))
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[1])


def auc(p: np.ndarray, y: np.ndarray) -> float:
    """Chance that a row with the event was given more than one without; ties count half."""
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n = y.sum()
    return float((ranks[y].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def score(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Scores under the names of validation_2000_2009.json."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return {
        "auc": auc(p, y),
        "brier": float(np.mean((p - y) ** 2)),
        "log": float(-np.mean(np.where(y, np.log(p), np.log1p(-p)))),
        "cal_slope": calibration(p, y.astype(float)),
        "expected_over_observed": float(p.sum() / y.sum()),
        "n": len(y),
        "events": int(y.sum()),
    }


def modes_of(frame: pl.DataFrame, horizon: int) -> np.ndarray:
    """Index into MODES of each row's outcome, -1 for none."""
    table = {category: MODES.index(mode) for category, mode in EXIT_CATEGORY_TO_MODE.items()} | {"none": -1}
    return frame[f"exit_next{horizon}"].replace_strict(table, return_dtype=pl.Int64).to_numpy()


def report(frame: pl.DataFrame, found: np.ndarray, baselines: dict[str, dict[str, dict[str, float]]]) -> None:
    """Print one table a horizon."""
    for horizon in HORIZONS:
        rows = np.flatnonzero(frame[f"exit_next{horizon}"].is_not_null().to_numpy())
        outcome = modes_of(frame[rows.tolist()], horizon)
        p = found[rows, horizon]
        print(f"\n{horizon} month(s), {len(rows)} leader-months\n")
        print(
            f"{'event':10s} {'n':>5s}  {'model':8s} {'AUC':>6s} {'Brier':>9s} {'log':>9s} {'slope':>6s} {'exp/obs':>8s}"
        )
        for event, members in EVENTS.items():
            columns = [MODES.index(m) for m in members]
            ours = score(p[:, columns].sum(axis=1), np.isin(outcome, columns))
            for name, s in [("ours", ours), *((b, baselines[b].get(f"{event}@{horizon}")) for b in BASELINES)]:
                if s is None:
                    continue
                first = f"{event:10s} {ours['events']:5d}" if name == "ours" else " " * 16
                print(
                    f"{first}  {name:8s} {s['auc']:6.3f} {1000 * s['brier']:9.3f} {1000 * s['log']:9.3f} "
                    f"{s['cal_slope']:6.2f} {s['expected_over_observed']:8.2f}"
                )
        joint = -np.mean(np.log(p[np.arange(len(rows)), outcome]))
        others = {b: baselines[b][f"competing_risks@{horizon}"]["log"] for b in BASELINES}
        print("joint log score  " + "  ".join(f"{b} {v:.5f}" for b, v in {"ours": joint, **others}.items()))


def against_counts(frame: pl.DataFrame, fitted: Fitted) -> None:
    """Mean fitted chances of leader-years of personalist rulers of over ten years, beside what was counted."""
    group = frame.filter(
        pl.col("origin").str.ends_with("-12"),
        pl.col("origin") >= "1990",
        pl.col("exit_next12").is_not_null(),
        pl.col("regime_group") == "personal",
        pl.col("tenure_m") > 120,
    )
    fit = chances(group, fitted)[:, 12].mean(axis=0)
    outcome = modes_of(group, 12)
    print(f"\nPersonalist rulers of over ten years since 1990, {group.height} leader-years, per cent within 12 months")
    print(f"{'':10s}" + "".join(f"{m:>14s}" for m in (*MODES, "leaves")))
    counted = [100 * np.mean(outcome == k) for k in range(len(MODES))]
    print(f"{'counted':10s}" + "".join(f"{v:14.2f}" for v in (*counted, sum(counted))))
    fitted_row = [*(100 * fit[:-1]), 100 * (1 - fit[-1])]
    print(f"{'fitted':10s}" + "".join(f"{v:14.2f}" for v in fitted_row))


def main() -> int:
    """Run the benchmark; exit status 0, also when the data are not at hand (said so)."""
    folder = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    if not folder.is_dir():
        print(f"skipped: no record at {folder}; set OFFRAMP_SHARED")
        return 0
    record = read_record(folder)
    scores = json.loads((folder / "validation_2000_2009.json").read_text(encoding="utf-8"))["scores"]
    start = time.perf_counter()
    fitted = store.load(Path(sys.argv[1])) if len(sys.argv) > 1 else train(record.panel, record.sha256, "1999-11")
    print(f"fitted to 1999-12 in {time.perf_counter() - start:.0f} s: {dict(fitted.manifest['events'])}")
    test = record.panel.filter(pl.col("origin") >= "1999-12", pl.col("origin") <= "2009-11")
    report(test, chances(test, fitted), scores)
    against_counts(record.panel, store.shipped())
    return 0


if __name__ == "__main__":
    sys.exit(main())
