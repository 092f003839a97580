"""The pool and its lenses at rolling origins, 1980-2009, refitted each year: the table of docs/history.md.

Prints all scores by outcome and horizon with differences by block bootstrap over states; then 2000-2009 beside the
baselines that the record's folder brings (fitted once to 1999-12; same rows, same outcomes).

    python benchmarks/history_pool.py [FOLDER]    (35 fits of about 40 s; FOLDER keeps them, and a stopped run goes on)
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from offramp.hazard.ensemble import evaluate, rolling
from offramp.hazard.ensemble.outcomes import HORIZONS, month_number, month_numbers, observed
from offramp.hazard.ensemble.panels import read_panel

BASELINES = ("const20", "logit", "mnl", "lgbm", "cox")


def beside_baselines(found: evaluate.Backtest, folder: Path) -> None:
    """Log scores x 1000 of the pool and the baselines, one line an outcome and horizon."""
    scores = json.loads((folder / "validation_2000_2009.json").read_text(encoding="utf-8"))["scores"]
    print("\n| outcome | events | pool | " + " | ".join(BASELINES) + " | AUC | slope | exp/obs |")
    print("|---|---|---|" + "---|" * (len(BASELINES) + 3))
    for row in found.rows:
        name, pool = f"{row.outcome}@{row.horizon}", row.scores[evaluate.POOL]
        others = [f"{1000 * scores[b][name]['log']:.2f}" if name in scores[b] else "-" for b in BASELINES]
        if set(others) == {"-"}:
            continue
        print(
            f"| {row.outcome}, {row.horizon} m | {pool.events} | {1000 * pool.log:.2f} | {' | '.join(others)} | "
            f"{pool.auc:.3f} | {pool.slope:.2f} | {pool.expected_over_observed:.2f} |"
        )
    for horizon in HORIZONS:
        others = [f"{scores[b][f'competing_risks@{horizon}']['log']:.4f}" for b in BASELINES]
        print(f"| joint, {horizon} m | | {found.joint[horizon]['pool']:.4f} | {' | '.join(others)} | | | |")


def main() -> int:
    """Run the benchmark; exit status 0, also when the data are not at hand (said so)."""
    folder = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    if not folder.is_dir():
        print(f"skipped: no record at {folder}; set OFFRAMP_SHARED")
        return 0
    work = Path(sys.argv[1] if len(sys.argv) > 1 else "build/backtest")
    frame = read_panel(folder / "panel.parquet")
    plan = evaluate.Plan("1979-12", "2009-11", 12, 120)
    blocks = evaluate.blocks(plan)
    start = time.perf_counter()
    found = rolling.run(frame, blocks, work, progress=lambda d, n, _: print(f"{d} of {n} fits", file=sys.stderr))
    print(f"{len(blocks)} fits in {time.perf_counter() - start:.0f} s (less where they were at hand)\n")
    _, state = np.unique(frame["gwcode"].to_numpy(), return_inverse=True)
    given = observed(frame), month_numbers(frame), state.astype(np.int64)
    for first in ("1979-12", "1999-12"):
        skip = sum(block.fit < month_number(first) for block in blocks)
        judged = evaluate.judge(found, skip, *given, evaluate.Plan(first, "2009-11", 12, 120), 1000)
        if first == "1979-12":
            print(evaluate.markdown(judged))
        else:
            beside_baselines(judged, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
