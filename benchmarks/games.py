"""Solving games: one at a time, in batches, and Markov games; beside what a user would otherwise pick.

Ratios are taken in one run where the peer can be imported: give --peers PYTHON, an interpreter that has pygambit and
sgamesolver (benchmarks/peers.sh makes one; they compile for minutes). Without it the peer's times are those measured
for OFFRAMP_SHARED/reference/timings.md, on the same kind of machine and with one thread; times here are CPU seconds of
one thread, warm, the median of several runs.

Run: .venv/bin/python benchmarks/games.py [--peers PYTHON] [--long]
"""

# ruff: noqa: E402 - the number of threads must be set before NumPy is imported
from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from offramp.games.build import chance, end, move, tree
from offramp.games.efg import efg_text, read_efg
from offramp.games.form import Game
from offramp.games.markov import MarkovGame, markov_game, write_npz

SHARED = Path(os.environ.get("OFFRAMP_SHARED", Path(__file__).resolve().parents[2] / "shared"))
# Peer seconds at precision 1, 10 and the limit, from reference/timings.md.
GAMBIT = {
    "myerson1991_fig4_2": (0.001, 0.003, 0.015), "stripped_down_poker": (0.002, 0.003, 0.015),
    "selten1975_fig1": (0.002, 0.003, 0.023), "own_crisis_signalling_2x2": (0.007, 0.014, 0.023),
    "3_player": (0.008, 0.013, 0.017), "cent3": (0.031, 0.045, 0.130), "own_ultimatum_5x3": (0.040, 0.079, 0.147),
    "own_ultimatum_7x5": (0.256, 0.511, 0.940), "el_farol_bar": (0.011, 0.025, 0.001),
    "condjury": (0.082, 0.173, 0.261),
}  # fmt: skip
SCALING = {
    (10, 3): (0.194, 0.374, 0.783), (20, 3): (0.990, 1.9, 4.1), (10, 6): (0.865, 1.7, 3.2), (10, 12): (4.2, 7.8, 17.5),
}  # fmt: skip
SGAMES = {
    (5, 2, 2): (0.016, 0.029, 0.025), (5, 2, 4): (0.024, 0.023, 0.101), (10, 2, 3): (0.038, 0.062, 0.073),
    (20, 2, 3): (0.103, 0.181, 1.1), (40, 2, 3): (0.562, 0.954, 1.6), (20, 3, 3): (0.217, 0.898, 1.5),
    (50, 3, 3): (2.4, 5.4, 26.6), (50, 3, 4): (4.3, 25.9, None),
}  # fmt: skip


def seconds(work: Callable[[], object], runs: int = 5, most: float = 3.0) -> float:
    """Median CPU seconds of several runs, fewer when they are long."""
    found: list[float] = []
    while len(found) < runs and sum(found) < most:
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def ratio(ours: float, peer: float | None) -> str:
    return "-" if peer is None else f"{peer / ours:.1f}"


def ultimatum(offers: int, types: int) -> Game:
    """The scaling case of timings.md: an offer out of several, answered by a type of several."""

    def start(t: int) -> object:
        actions = {}
        for k in range(offers):
            share = k / (offers - 1)
            answers = {"accept": end(1 - share, share), "refuse": end(0.1, 0.1 + t / types)}
            actions[f"x{k}"] = move("Ruler", answers, infoset=f"t{t}x{k}")
        return move("Coercer", actions, infoset="offer")

    root = chance({f"t{t}": (1 / types, start(t)) for t in range(types)})
    return tree(f"ultimatum {offers}x{types}", ["Coercer", "Ruler"], root)


def markov(states: int, players: int, actions: int, seed: int = 0) -> MarkovGame:
    """The recipe of timings.md: uniform payoffs, exponential transitions, discount 0.95."""
    rng = np.random.default_rng(seed)
    u = rng.random((states, players) + (actions,) * players)
    phi = rng.exponential(size=(states,) + (actions,) * players + (states,))
    return markov_game(u, phi / phi.sum(-1, keepdims=True), 0.95)


COLD = "import sys; from offramp.games.efg import read_efg; print(read_efg(sys.argv[1]).solve(2.0))"
PEER_TREE = """
import sys, time, json, pygambit
game = pygambit.read_efg(sys.argv[1])
out = []
for level in (1.0, 10.0, None):
    times = []
    while len(times) < 5 and sum(times) < 3:
        start = time.process_time()
        if level is None:
            pygambit.qre.logit_solve_branch(game)
        else:
            pygambit.qre.logit_solve_lambda(game, level)
        times.append(time.process_time() - start)
    out.append(sorted(times)[len(times) // 2])
print(json.dumps(out))
"""
PEER_MARKOV = """
import sys, time, json, numpy as np, sgamesolver
held = np.load(sys.argv[1])
game = sgamesolver.SGame(list(held["payoffs"]), list(held["transitions"]), held["discount"])
out = []
for level in (5.0, 20.0, None):
    homotopy = sgamesolver.homotopy.QRE(game)
    homotopy.solver_setup(target_lambda=level) if level else homotopy.solver_setup()
    start = time.process_time()
    homotopy.solver.verbose = 0
    homotopy.solve()
    out.append(time.process_time() - start)
print(json.dumps(out))
"""


def peer_times(python: str | None, program: str, suffix: str, write: Callable[[Path], object]) -> list[float] | None:
    """The peer on the same game in this run, or None when there is no peer."""
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"game{suffix}"
        write(path)
        done = subprocess.run([python, "-c", program, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  (peer failed: {done.stderr.strip().splitlines()[-1:]})")
        return None
    return list(json.loads(done.stdout.splitlines()[-1]))


def one_game(name: str, game: Game, known: tuple[float | None, ...] | None, peers: str | None) -> None:
    game.arrays  # noqa: B018 - warm: flattened once, as for every later solve
    work = [lambda: game.solve(1.0), lambda: game.solve(10.0), lambda: game.limit(throw=False)]
    ours = [seconds(job) for job in work]
    measured = peer_times(peers, PEER_TREE, ".efg", lambda path: path.write_text(efg_text(game)))
    peer = measured or known or (None, None, None)
    worst = max(game.solve(1.0).residual, game.solve(10.0).residual)
    cells = "  ".join(f"{o * 1e3:8.2f} {ratio(o, p):>7}" for o, p in zip(ours, peer, strict=True))
    print(f"{name:28} {game.arrays.actions:4}  {cells}  {worst:.0e}  {game.limit(throw=False).regret:.0e}")


def trees(peers: str | None) -> None:
    print("\nOne game, warm: milliseconds and times faster than pygambit, at precision 1, 10, and the limit")
    heads = "  ".join(f"{name:>8} {'ratio':>7}" for name in ("p=1 ms", "p=10 ms", "limit"))
    print(f"{'game':28} acts  {heads}  res    gain")
    for name, known in GAMBIT.items():
        folder = "data/efg" if name == "condjury" else "reference/gambit"
        path = SHARED / folder / f"{name}.efg"
        if path.exists():
            one_game(name, read_efg(path), known, peers)
    for (offers, types), scaling in SCALING.items():
        one_game(f"ultimatum {offers}x{types}", ultimatum(offers, types), scaling, peers)
    one_game("ultimatum 20x12", ultimatum(20, 12), None, None)


def cold() -> None:
    path = SHARED / "reference/gambit/own_crisis_signalling_2x2.efg"
    if not path.exists():
        return
    runs = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", COLD, str(path)], check=True, capture_output=True)
        runs.append(time.perf_counter() - start)
    bare = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        bare.append(time.perf_counter() - start)
    print(f"\nCold, a new process that reads, solves and prints: {statistics.median(runs):.2f} s wall ", end="")
    print(f"(of which Python and NumPy {statistics.median(bare):.2f} s)")


def batches(long: bool) -> None:
    from offramp.games.batch import solve_batch

    print("\nBatches of 10,000 variants: microseconds a game (CPU of all threads; wall), times a loop over pygambit")
    for name in ("own_crisis_signalling_2x2", "own_ultimatum_5x3"):
        path = SHARED / "reference/gambit" / f"{name}.efg"
        if not path.exists():
            continue
        game = read_efg(path)
        rng = np.random.default_rng(0)
        payoffs = game.payoffs + rng.normal(size=(10_000, *game.payoffs.shape)) * 0.2
        for level, peer in zip((1.0, 10.0), GAMBIT[name], strict=False):
            solve_batch(game, payoffs=payoffs, precision=level)
            wall, cpu = time.perf_counter(), time.process_time()
            found = solve_batch(game, payoffs=payoffs, precision=level)
            wall, cpu = (time.perf_counter() - wall) / 1e4, (time.process_time() - cpu) / 1e4
            print(
                f"{name:28} p={level:<4g} {cpu * 1e6:7.1f} {wall * 1e6:7.1f}   {peer / cpu:6.0f} times   "
                f"residual {found.residual.max():.0e}, {found.alone} alone"
            )
    if long:
        payoffs = game.payoffs + rng.normal(size=(100_000, *game.payoffs.shape)) * 0.2
        start = time.perf_counter()
        found = solve_batch(game, payoffs=payoffs, precision=10.0, progress=True)
        print(f"100,000 games of {name}: {time.perf_counter() - start:.1f} s wall, residual {found.residual.max():.0e}")


def one_markov(game: MarkovGame, peers: str | None) -> tuple[list[float], float, list[float] | None]:
    """Our seconds at precision 5, 20 and the limit, the limit's gain, and the peer's seconds on the same game."""
    limits = []
    jobs = [lambda: game.solve(5.0), lambda: game.solve(20.0), lambda: limits.append(game.limit(throw=False))]
    ours = [seconds(job, runs=3, most=1.0) for job in jobs]
    return ours, limits[-1].gain, peer_times(peers, PEER_MARKOV, ".npz", lambda path: write_npz(game, path))


def markovs(peers: str | None, long: bool) -> None:
    print("\nMarkov games (states, players, actions): seconds and times faster than sgamesolver, median of 3 seeds")
    print(f"{'size':14}  {'p=5 s':>8} {'ratio':>6}  {'p=20 s':>8} {'ratio':>6}  {'limit s':>8} {'ratio':>6}  gain")
    for size, known in SGAMES.items():
        rows, peer_rows, gains = [], [], []
        for seed in range(3):
            ours, gain, measured = one_markov(markov(*size, seed=seed), peers)
            rows.append(ours)
            gains.append(gain)
            peer_rows += [measured] if measured else []
        ours = [statistics.median(column) for column in zip(*rows, strict=True)]
        peer = [statistics.median(column) for column in zip(*peer_rows, strict=True)] if peer_rows else known
        cells = "  ".join(f"{o:8.3f} {ratio(o, p):>6}" for o, p in zip(ours, peer, strict=True))
        print(f"{size!s:14}  {cells}  {max(gains):.0e}", flush=True)
    print("\nBeyond the peer (its Jacobian is dense): precision 5, CPU seconds, largest memory of the process")
    sizes = [(100, 2, 3), (200, 2, 3), (400, 2, 3), (100, 3, 3), (100, 3, 5)] + (
        [(800, 2, 3), (300, 3, 4)] if long else []
    )
    for size in sizes:
        game = markov(*size)
        start = time.process_time()
        found = game.solve(5.0)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{size!s:14}  {time.process_time() - start:8.2f} s   {used:5.2f} GiB   residual {found.residual:.0e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="interpreter of an environment with pygambit and sgamesolver")
    parser.add_argument("--long", action="store_true", help="add the largest sizes")
    chosen = parser.parse_args()
    source = f"measured in this run ({chosen.peers})" if chosen.peers else "of reference/timings.md"
    print(f"Peers' times: {source}")
    trees(chosen.peers)
    cold()
    batches(chosen.long)
    markovs(chosen.peers, chosen.long)


if __name__ == "__main__":
    main()
