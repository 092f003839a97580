"""`offramp --help` beside a bare Typer program: median wall time of several runs in turn, and their ratio.

Promise: at most three times a bare Typer program. Run: .venv/bin/python benchmarks/cli_start.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BARE = """
import sys, typer
app = typer.Typer()
@app.command()
def hello(name: str = "you") -> None:
    print(name)
@app.command()
def bye() -> None:
    print("bye")
sys.argv = ["bare", "--help"]
app()
"""
RUNS = 11


def once(args: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *args], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    ours, bare = ["-m", "offramp", "--help"], ["-c", BARE]
    once(ours), once(bare)
    pairs = [(once(ours), once(bare)) for _ in range(RUNS)]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    print(f"offramp --help {a:.2f} s, bare Typer --help {b:.2f} s, ratio {ratio:.2f} (promise: at most 3)")


if __name__ == "__main__":
    main()
