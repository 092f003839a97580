"""Speed of the hazard fit: the whole panel, ten times the rows, and lifelines' Cox and LightGBM beside it.

Run: python benchmarks/hazards.py [--peers] [--nuts MODE]. `--peers` needs `make oracles` first; `--nuts` samples one
mode by NUTS (minutes). All times are of one run; ratios are to our fit of the panel.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from offramp.hazard.features import FIXED
from offramp.hazard.fit import Rows, fit_mode
from offramp.hazard.panel import Panel, model_panel
from offramp.hazard.sample import sample_mode
from offramp.history.records import read_record
from offramp.history.vocabulary import MODES

ROOT = Path(__file__).parents[1]
TIMES = 10


def ours(rows: Rows, panel: Panel, copies: int) -> float:
    """Seconds for all modes, as `offramp history fit` does it."""
    events = [np.tile(panel.events(mode), copies) for mode in MODES]
    begun = time.perf_counter()
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda y: fit_mode(rows, y), events))
    return time.perf_counter() - begun


def repeated(rows: Rows, copies: int) -> Rows:
    """The rows again and again, each time with countries of their own."""
    country = np.concatenate([rows.country + c * rows.countries for c in range(copies)])
    return Rows(np.tile(rows.columns, (copies, 1)), country, np.tile(rows.exposure, copies), rows.countries * copies)


def peers(rows: Rows, panel: Panel) -> dict[str, float]:
    """Seconds of lifelines' Cox and of LightGBM on the same rows."""
    python = ROOT / "build" / "oracles" / "bin" / "python"
    if not python.exists():
        raise SystemExit("benchmarks/hazards.py --peers: run `make oracles` first")
    ruler = np.unique(panel.frame["leader_id"].to_numpy(), return_inverse=True)[1]
    # A ruler who came back starts a new spell.
    tenure = panel.covariates.tenure_months
    order = np.lexsort((np.arange(len(ruler)), ruler))
    spell = np.empty(len(ruler), dtype=int)
    spell[order] = np.cumsum(np.append(True, np.diff(ruler[order]) | (np.diff(tenure[order]) < 0)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(
            path, columns=rows.columns, plain=rows.columns[:, 1 : len(FIXED)], ruler=spell, start=tenure,
            mode=panel.exit_mode,
        )  # fmt: skip
        script = ROOT / "tools" / "oracles" / "hazards.py"
        done = subprocess.run([python, script, path], check=True, capture_output=True, text=True)
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="lifelines and LightGBM too")
    parser.add_argument("--nuts", metavar="MODE", choices=MODES, help="sample this mode")
    parser.add_argument("--draws", type=int, default=700, help="draws a chain for --nuts")
    options = parser.parse_args()
    shared = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    panel = model_panel(read_record(shared).panel)
    rows = panel.rows()
    once = ours(rows, panel, 1)
    print(f"{len(rows.country):,} leader-months, {len(MODES)} modes, MAP, scales and Laplace: {once:.1f} s")
    if options.peers:
        for name, seconds in peers(rows, panel).items():
            print(f"{name}: {seconds:.1f} s, {seconds / once:.1f} times ours")
    many = ours(repeated(rows, TIMES), panel, TIMES)
    print(f"{TIMES} times the rows: {many:.1f} s, {many / once:.1f} times the time")
    if options.nuts:
        events = panel.events(options.nuts)
        fit = fit_mode(rows, events)
        begun = time.perf_counter()
        found = sample_mode(options.nuts, rows, events, fit, panel.countries, draws=options.draws, warmup=400)
        worst, fewest = found.worst()
        seconds = time.perf_counter() - begun
        cost = f"{seconds:.0f} s for 4 chains of {options.draws}, {found.leapfrogs:.0f} gradients a draw"
        print(f"NUTS, {options.nuts}: {cost}")
        print(f"R-hat at most {worst:.4f}, effective draws at least {fewest:.0f}, {found.diverging.sum()} divergences")


if __name__ == "__main__":
    main()
