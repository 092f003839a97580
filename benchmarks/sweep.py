"""How fast sweeps are, how they grow, and what two workers are worth; writes benchmarks/sweep.md.

    python benchmarks/sweep.py               # some ten minutes, a million scenarios among them
    python benchmarks/sweep.py --quick       # a tenth of it

A case (the example report's, 64 draws) is swept over offer, pressure, loyalty and street, which read a solved world,
and over the guarantee, each value of which is solved. A game is swept over its payoffs and precision. On a GPU the
same sweep runs there, and its largest difference from the CPU's figures is told (64-bit numbers on both).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks/sweep.md"


def started(folder: Path, source: str, over: str, *more: str, core: int | None = None) -> subprocess.Popen[bytes]:
    """The command, held to one core where one is named: alone, the solver would use every core."""
    command = [sys.executable, "-m", "offramp", "sweep", source, "--over", over, "--out", str(folder), *more]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores if core is None else {sorted(cores)[core]})
    try:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        os.sched_setaffinity(0, cores)


def done(*commands: subprocess.Popen[bytes]) -> None:
    ends = [command.wait() for command in commands]
    if any(ends):
        raise SystemExit("a sweep failed; run it by hand to see why")


def apart(place: Path, source: str, over: str) -> float:
    """Speed of two separate processes at once, each on a core of its own, as a share of one alone."""
    start = time.perf_counter()
    done(started(place / "alone", source, over, core=0))
    alone = time.perf_counter() - start
    done(*(started(place / f"apart-{core}", source, over, core=core) for core in (0, 1)))
    return alone / (time.perf_counter() - start - alone)


def swept(folder: Path, source: str, over: str, *more: str) -> tuple[float, float, int]:
    """Seconds of a whole command, most memory of a process that computed (MiB), scenarios."""
    from offramp import cluster

    start = time.perf_counter()
    done(started(folder, source, over, *more, core=None if "--cluster" in more else 0))
    seconds = time.perf_counter() - start
    from offramp.cluster.folder import manifest

    peak = max(part["peak_mib"] for part in manifest(folder)["done"])
    rows = cluster.table(folder).select(pl.len()).collect().item()
    return seconds, peak, int(rows)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    quick = arguments.parse_args().quick
    scale = 10 if quick else 1
    rows: list[str] = []
    last: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory(prefix="offramp-sweep-") as name:
        place = Path(name)
        subprocess.run(
            [sys.executable, "-m", "offramp", "assess", str(ROOT / "examples/venezuela-2025.md"), "--out",
             str(place / "brief")], check=True, capture_output=True,
        )  # fmt: skip
        case = str(place / "brief/case.yaml")
        wide = f"offer,pressure,army_loyalty=0:1:101,street=0:1:{1100 // scale}"
        few, many = (4, 8) if quick else (8, 32)
        for label, over in (
            ("case, one solved world", "offer,pressure,army_loyalty=0:1:101,street=0:1:11"),
            ("case, one solved world", "offer,pressure,army_loyalty=0:1:101,street=0:1:110"),
            ("case, one solved world", wide),
            (f"case, {few} solved worlds", f"guarantee=0.05:0.95:{few},offer,army_loyalty=0:1:101"),
            (f"case, {many} solved worlds", f"guarantee=0.05:0.95:{many},offer,army_loyalty=0:1:101"),
            ("game of 5 nodes", f"fight=-2:0:100,share=0.1:1.9:{1000 // scale}"),
            ("game of 5 nodes", f"fight=-2:0:1000,share=0.1:1.9:{1000 // scale}"),
        ):
            source = "entry" if label.startswith("game") else case
            figures = {}
            for kind, more in (("serial", ()), ("local:2", ("--cluster", "local:2"))):
                folder = place / f"{len(rows)}-{kind[:5]}"
                figures[kind] = swept(folder, source, over, *more)
                print(label, kind, figures[kind], flush=True)
            (alone, peak, count), (two, each, _) = figures["serial"], figures["local:2"]
            # What a larger sweep takes more: the start, paid once, is not in it.
            kind_ = label.split(",")[-1].strip(" 0123456789")
            before = last.get(kind_)
            beyond = f"{(alone - before[0]) / (two - before[1]) / 2:.2f}" if before else ""
            last[kind_] = (alone, two)
            rows.append(
                f"| {label} | {count:,} | {alone:.1f} | {count / alone:,.0f} | {peak:.0f} | {two:.1f} | "
                f"{alone / two / 2:.2f} | {beyond} | {each:.0f} |"
            )
        share = apart(place, case, f"guarantee=0.05:0.95:{few},offer,army_loyalty=0:1:101")
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    text = "\n".join([
        "# Sweeps", "",
        "Written by `benchmarks/sweep.py`. Seconds are of whole commands, start and chart among them; 64 draws, 90 % "
        "intervals of every figure.", "",
        f"Machine: {cpu}, {os.cpu_count()} cores, Python {platform.python_version()}; load average "
        f"{os.getloadavg()[0]:.1f} at the end.", "",
        "| sweep | scenarios | one core, s | a second | memory, MiB | two workers, s | ratio a core | "
        "beyond the start | memory of each, MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|", *rows, "",
        "The process alone is held to one core; the ratio a core is its seconds over those of two workers, by two. "
        "Beyond the start, the same of what the sweep takes more than the smaller one of its kind above. "
        f"Two separate processes at once, each on a core of its own with {few} worlds to solve, reach {share:.2f} of "
        "the speed of one alone, which is what the machine allows.", "",
    ])  # fmt: skip
    OUT.write_text(text, "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
