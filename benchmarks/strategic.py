"""Strategic estimation: fits, bootstraps and nested estimators beside R's `games` and `sigInt`; growth with rows.

Where Rscript with the packages `games` and `sigInt` is at hand, the same work runs there in the same run and the ratio
is measured; elsewhere R's times are those of OFFRAMP_SHARED/reference/timings.md (CPU seconds of one thread on the same
kind of machine). Warm times here are wall seconds of the whole call, from data frame to standard errors, median of
several runs. A cold time is that of a new process with compiled likelihoods already on disk.

Run: .venv/bin/python benchmarks/strategic.py [--long]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from offramp.compiled import enable_compile_cache, jax
from offramp.strategic import CrisisSignaling, Egame12, Egame122, Egame123, Ultimatum

SHARED = Path(os.environ.get("OFFRAMP_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DATA = SHARED / "data/strategic"
LEBLANG = (
    "outcome ~ capcont + lreserves + overval + creditgrow + USinterest + service + contagion + prioratt - 1 | 1 | 1 | "
    "unifgov + lexports + preelec + postelec + rightgov + realinterest + capcont + lreserves"
)
WAR = "esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + regime2"
SANCTIONS = (
    "sq + cd + sf + bd ~ sqrt(senderecondep) + senderdemocracy + contig + ally - 1 | anticipatedsendercosts | "
    "sqrt(targetecondep) + anticipatedtargetcosts + contig + ally | sqrt(senderecondep) + senderdemocracy + lncaprat | "
    "targetdemocracy + lncaprat | senderdemocracy | -1"
)
FORMULA_122 = "y ~ x1 + x2 | x3 + f1 | 0 | x4 + x5 | z1 + z2 | z3 + f2"
FORMULA_123 = "y ~ x1 + x2 | 0 | x3 | x4 + x5 | 0 | x6 | x7 | x8"
FORMULA_ULT = "offer + accept ~ x1 + x2 + x3 + x4 + w1 + w2 | z1 + z2 + z3 + z4 + w1 + w2"
# What R does, as a line of R after its data are read, and its seconds from timings.md.
PEERS = {
    "war1800, probit agent": (f'egame12({WAR}, data=d, link="probit")', "war1800.csv", 0.024),
    "leblang2003, private, one start": (f'egame12({LEBLANG}, data=d, link="probit", type="private")',
                                        "leblang2003.csv", 0.72),
    "data_122, probit agent": (f"egame122({FORMULA_122}, data=d)", "data_122.csv", 0.13),
    "data_123, probit private": (f'egame123({FORMULA_123}, data=d, type="private")', "data_123.csv", 0.12),
    "data_ult, both scales": (f"ultimatum({FORMULA_ULT}, data=d, maxOffer=15)", "data_ult.csv", 0.18),
    "leblang2003, 100 bootstrap replications": (
        f'egame12({LEBLANG}, data=d, link="probit", type="private", boot=100, bootreport=FALSE)',
        "leblang2003.csv", 66.0),
    "sanctions, pseudo-likelihood": (
        f'sigint({SANCTIONS}, data=d, method="pl", phat=list(PRhat=d$PRhat, PFhat=d$PFhat))',
        "sanctionsData.csv", 0.97),
    "sanctions, nested, with errors": (
        f'sigint({SANCTIONS}, data=d, method="npl", phat=list(PRhat=d$PRhat, PFhat=d$PFhat))',
        "sanctionsData.csv", 8.8),
}  # fmt: skip


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(DATA / name, infer_schema_length=None, null_values=["", "NA"])


def seconds(work: Callable[[], object], runs: int = 7, most: float = 8.0) -> float:
    """Median wall seconds, after one run to warm up."""
    work()
    found: list[float] = []
    while len(found) < runs and sum(found) < most:
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def r_seconds(line: str, data: str) -> float | None:
    """CPU seconds of a line of R, or None where R or a package is missing."""
    if shutil.which("Rscript") is None:
        return None
    code = (
        "suppressMessages({library(games); library(sigInt)}); "
        f'd <- read.csv("{DATA / data}", stringsAsFactors=TRUE); '
        'if ("outcome" %in% names(d)) d$outcome <- factor(d$outcome, c("no attack", "devaluation", "defense")); '
        f"cat(sum(system.time(suppressWarnings({line}))[1:2]))"
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False, timeout=600)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None


def warm() -> dict[str, float]:
    leblang, war, sanctions = read("leblang2003.csv"), read("war1800.csv"), read("sanctionsData.csv")
    private = Egame12(LEBLANG, error="private", outcomes="no attack,devaluation,defense")
    fitted = private.fit(leblang)
    beliefs = {"first_stage": "PRhat,PFhat"}
    work: dict[str, Callable[[], Any]] = {
        "war1800, probit agent": lambda: Egame12(WAR).fit(war),
        "leblang2003, private, one start": lambda: private.fit(leblang, starts=1),
        "leblang2003, private, three starts": lambda: private.fit(leblang),
        "data_122, probit agent": lambda: Egame122(FORMULA_122, outcomes="LL,LR,RL,RR").fit(d122),
        "data_123, probit private": lambda: Egame123(FORMULA_123, error="private").fit(d123),
        "data_ult, both scales": lambda: Ultimatum(FORMULA_ULT, max_offer=15).fit(ult),
        "leblang2003, 100 bootstrap replications": lambda: fitted.bootstrap(100),
        "sanctions, pseudo-likelihood": lambda: CrisisSignaling(SANCTIONS, method="pl", **beliefs).fit(
            sanctions, starts=1
        ),
        "sanctions, nested, with errors": lambda: CrisisSignaling(SANCTIONS, **beliefs).fit(sanctions),
        "sanctions, full likelihood": lambda: CrisisSignaling(SANCTIONS, method="ml", **beliefs).fit(sanctions),
    }
    d122, d123, ult = read("data_122.csv"), read("data_123.csv"), read("data_ult.csv")
    return {name: seconds(run) for name, run in work.items()}


def cold() -> float:
    """A new process: imports, compiled likelihoods from disk, one fit."""
    command = [sys.executable, "-m", "offramp", "fit", "egame12", str(DATA / "war1800.csv"), "--formula", WAR, "--json"]
    subprocess.run(command, capture_output=True, check=True)
    found = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def growth(largest: int) -> list[tuple[int, int, float]]:
    """Rows, regressors, seconds of a fit with standard errors."""
    out = []
    random = np.random.default_rng(1)
    for rows, count in [(10**k, 3) for k in range(2, largest + 1)] + [(10_000, m) for m in (6, 12, 24)]:
        columns = {f"x{i}": random.normal(size=rows) for i in range(count)}
        third = max(count // 3, 1)
        groups = [" + ".join(f"x{i}" for i in range(g * third, (g + 1) * third)) for g in range(3)]
        model = Egame12(f"y ~ {groups[0]} | 0 | {groups[1]} | {groups[2]}")
        truth = {f"u1(1):x{i}": 0.4 for i in range(third)} | {f"u2(3):x{i}": 0.5 for i in range(2 * third, 3 * third)}
        data = pl.DataFrame(model.simulate(columns, truth))
        out.append((rows, count, seconds(lambda m=model, d=data: m.fit(d), runs=3)))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="up to a million rows")
    long = parser.parse_args().long
    if not DATA.is_dir():
        print(f"no data at {DATA}; set OFFRAMP_SHARED")
        return
    enable_compile_cache()
    found = warm()
    print(f"{'warm: data frame to standard errors':42} {'here s':>9} {'R s':>9} {'ratio':>8}  R from")
    for name, mine in found.items():
        line, data, known = PEERS.get(name, ("", "", None))
        measured = r_seconds(line, data) if line else None
        peer = measured if measured is not None else known
        source = "this run" if measured is not None else "timings.md"
        tail = f"{peer:9.3f} {peer / mine:7.1f}x  {source}" if peer is not None else f"{'-':>9} {'-':>8}"
        print(f"{name:42} {mine:9.4f} {tail}")
    print(f"\ncold process with caches, war1800 by offramp fit: {cold():.2f} s (R, loaded: 0.024 s).")
    print("Bound by imports (jax, polars, formulaic with pandas) and by tracing; compiled code comes from disk.\n")
    print(f"{'rows':>9} {'regressors':>11} {'fit s':>9} {'us a row':>9}")
    for rows, count, spent in growth(6 if long else 5):
        print(f"{rows:9,} {count:11} {spent:9.4f} {1e6 * spent / rows:9.2f}")
    print(json.dumps({"device": jax.default_backend(), "threads": os.cpu_count()}))


if __name__ == "__main__":
    main()
