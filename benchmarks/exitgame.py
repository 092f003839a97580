"""The exit game by itself: milliseconds a draw for the solver, the forward pass, the filter and anchor A.

Each line is the best of several runs in one process, after a first run that compiles; the first run stands beside it,
once with an empty compile cache and once from the cache of an earlier process. Run: .venv/bin/python
benchmarks/exitgame.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

DRAWS, MONTHS, RUNS = 64, 24, 4
KNOWN = 2048


def best(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the first call and of the best later one."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times[0], min(times[1:])


def measure(cache: str) -> dict[str, tuple[float, float]]:
    start = time.perf_counter()
    from offramp.exitgame import engine, priors
    from offramp.exitgame._jax import enable_compile_cache
    from offramp.exitgame.anchor_b_build import typical
    from offramp.exitgame.filter import ObservedMonth, filter_months
    from offramp.exitgame.forward import forward, start_at
    from offramp.exitgame.rates import DIMENSIONS
    from offramp.exitgame.solver import Near, solve
    from offramp.exitgame.states import Offer, Pressure, State

    enable_compile_cache(Path(cache))
    found = {"imports": (time.perf_counter() - start, 0.0)}
    case, draws = typical(), priors.sample(DRAWS, 3, spare=DIMENSIONS)
    found["anchor A and set-up"] = best(lambda: engine.set_up(case, draws, months=MONTHS, seed=3))
    setting = engine.set_up(case, draws, months=MONTHS, seed=3)
    whole = engine.Variant("base", np.arange(DRAWS), case.assessments, case.state.guarantor, setting.known)
    params = engine.solve_variants(setting, [whole], months=1, nodes=5)["base"].params
    where = State(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)
    for nodes in (21, 41):
        policy = solve(params, months=MONTHS, nodes=nodes, throw=False)
        start_ = start_at(params, nodes, where)
        near = Near(policy, np.arange(DRAWS))
        found[f"solve, {nodes} nodes"] = best(lambda n=nodes: solve(params, months=MONTHS, nodes=n, throw=False))
        found[f"solve near a solution, {nodes} nodes"] = best(
            lambda n=nodes, k=near: solve(params, months=MONTHS, nodes=n, near=k, throw=False)
        )
        found[f"forward, {nodes} nodes"] = best(lambda p=policy, s=start_: forward(p, s))
        if nodes == 21:
            months = [ObservedMonth(Pressure.ULTIMATUM, Offer.SAFE_PASSAGE)] * 3
            found["filter, 3 months"] = best(lambda p=policy, s=start_, m=months: filter_months(p, s, m))
            residual = policy.residual.max(0)
            print(
                f"21 nodes: largest residual {residual.max():.1e}, {int((residual > 1e-9).sum())} of {DRAWS} draws "
                f"above 1e-9; two searches disagree in {int((policy.disagreement > 1e-6).sum())}",
                file=sys.stderr,
            )
    found.update(known_types(params))
    return found


def known_types(params: object) -> dict[str, tuple[float, float]]:
    """The game without the belief grid: many draws, 24 months, all three players, both types known in turn."""
    from offramp.exitgame.known import solve_known
    from offramp.exitgame.parameters import take

    many = take(params, np.tile(np.arange(DRAWS), KNOWN // DRAWS))
    first, warm = best(lambda: solve_known(many, months=MONTHS, tail=0))
    print(
        f"type known, {MONTHS} months, no beliefs: {2 * KNOWN / warm:,.0f} solves a second (float64, {KNOWN} draws "
        "of two types)",
        file=sys.stderr,
    )
    return {f"type known, no beliefs ({KNOWN} draws)": (first, warm)}


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
        return
    with tempfile.TemporaryDirectory() as cache:
        runs = []
        for _ in range(2):
            done = subprocess.run([sys.executable, __file__, cache], capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout))
            notes = [line for line in done.stderr.splitlines() if line.strip()]
        print("\n".join(notes))
        print(f"{DRAWS} draws, {MONTHS} months{'':<22} first (empty cache)  first (cached)   warm     warm ms a draw")
        for name, (first, _) in runs[0].items():
            second, warm = runs[1][name]
            each = KNOWN if name.startswith("type known") else DRAWS
            print(f"{name:<40} {first:14.2f} s {second:15.2f} s {warm:9.3f} s {1e3 * warm / each:12.2f}")


if __name__ == "__main__":
    main()
