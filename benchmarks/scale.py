"""Scale: how much two worker processes do against one process, and a long run of which a worker is killed.

    .venv/bin/python benchmarks/scale.py                 ratio per core of reading and of backtests, memory of a worker
    .venv/bin/python benchmarks/scale.py --long 100000   that many reports to Parquet on two workers, one of them killed

Ratios: the same work by one process and by `local:2`, in turns, so that a busy machine slows both alike; the ratio per
core is (time of one process) / (2 x time of two workers), its median over the turns; and the same by CPU seconds, which
neighbours disturb less. Workers have started, and loaded what they need, before the clock runs; that is told apart.
Backtests need OFFRAMP_SHARED/data/history/panel.parquet and are left out without it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

import corpus
from offramp import cluster
from offramp.cli.corpus_parts import read_parts
from offramp.reading.reader import Options

SHARED = Path(os.environ.get("OFFRAMP_SHARED", Path(__file__).resolve().parents[2] / "shared"))
PANEL = SHARED / "data/history/panel.parquet"
LENSES = ("constant", "logit", "split_population", "competing")  # boosting takes longer than these four together
Work = Callable[[Any, Path, bool], None]  # client, folder, whether this is only to load what is needed


def cpu_of_workers(client: Any) -> float:
    """CPU seconds that the worker processes have used."""
    return sum(client.run(_cpu).values())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def reading(table: Path, first: Path, fast: bool) -> Work:
    def work(client: Any, folder: Path, warm: bool) -> None:
        for _ in read_parts(client, [str(first if warm else table)], Options(fast=fast), folder, part_size=25):
            pass

    return work


def backtesting(blocks: int) -> Work:
    from offramp.hazard.ensemble import rolling
    from offramp.hazard.ensemble.panels import read_panel

    frame = read_panel(PANEL)
    last = rolling.month_number("2008-12")
    planned = rolling.rolling_blocks(last - 12 * blocks + 1, last, 12)
    before = rolling.rolling_blocks(last - 12 * (blocks + 2) + 1, last - 12 * blocks, 12)

    def work(client: Any, folder: Path, warm: bool) -> None:
        rolling.run(frame, before if warm else planned, folder, LENSES, jobs=1, cluster=client)

    return work


def compare(name: str, work: Work, turns: int) -> None:
    """Prints the ratio per core of two workers against one process."""
    rows = []
    with tempfile.TemporaryDirectory() as place, cluster.open("local:2") as client:
        assert client is not None
        begun = time.perf_counter()
        work(client, Path(place) / "warm-2", True)
        warm = time.perf_counter() - begun
        work(None, Path(place) / "warm-1", True)
        for turn in range(turns):
            wall, cpu = time.perf_counter(), _cpu()
            work(None, Path(place) / f"one-{turn}", False)
            one, one_cpu = time.perf_counter() - wall, _cpu() - cpu
            wall, cpu = time.perf_counter(), cpu_of_workers(client)
            work(client, Path(place) / f"two-{turn}", False)
            two, two_cpu = time.perf_counter() - wall, cpu_of_workers(client) - cpu
            load = os.getloadavg()[0]
            rows.append((one, two, one / (2 * two), one_cpu / two_cpu, load))
            print(f"  {name}, turn {turn + 1}: one {one:.1f} s, two {two:.1f} s, load {load:.1f}; "
                  f"CPU {one_cpu:.1f} and {two_cpu:.1f} s", file=sys.stderr)  # fmt: skip
        resident = max(client.run(_resident).values())
    one, two, ratio, by_cpu, load = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"| {name} | {one:.1f} | {two:.1f} | {ratio:.2f} | {by_cpu:.2f} | {resident:.0f} | {load:.1f} |", flush=True)
    print(f"  (first on two workers, which load what they need: {warm:.1f} s)", file=sys.stderr)


def long(reports: int, folder: Path, fast: bool) -> None:
    """Reads a corpus on two workers, kills one of them in the middle, and scores what came out."""
    folder.mkdir(parents=True, exist_ok=True)
    table, out = folder / "news.parquet", folder / "parts"
    if not table.exists():  # one written anew is another corpus, and the run would not go on
        corpus.write(table, reports)
    start, done, killed = time.perf_counter(), 0, 0
    with cluster.open("local:2", memory="2GiB", say=print) as client:
        assert client is not None
        for part in read_parts(client, [str(table)], Options(fast=fast), out):
            done += part.items
            if done % 10_000 < part.items:
                print(
                    f"{done:,} reports, {time.perf_counter() - start:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True
                )
            if not killed and done > 0.4 * reports:
                killed = next(iter(client.run(os.getpid).values()))
                os.kill(killed, signal.SIGKILL)
                print(f"worker process {killed} killed after {done:,} reports", flush=True)
    seconds = time.perf_counter() - start
    entries = cluster.manifest(out)["done"]
    print(f"{reports:,} reports in {seconds:.0f} s: {reports / seconds:.1f} a second; {len(entries)} parts")
    print(f"busy: {sum(entry['seconds'] for entry in entries):.0f} s; workers: {len({e['worker'] for e in entries})}")
    print(f"most memory of a worker: {max(entry['peak_mib'] for entry in entries)} MiB")
    print(json.dumps(corpus.score(table, out), indent=1))
    sample(table, out, folder, fast)


def sample(table: Path, out: Path, folder: Path, fast: bool, every: int = 50) -> None:
    """Every 50th part once more, in this process: are the rows the same?"""
    from offramp.cli.corpus_parts import SCHEMA, Pieces, rows_of
    from offramp.cli.read_corpus import Corpus

    pieces, same = Pieces(Corpus([str(table)])), 0
    entries = cluster.manifest(out)["done"][::every]
    for entry in entries:
        part = pieces[entry["first"] : entry["first"] + entry["items"]]
        rows = rows_of(part, options=Options(fast=fast))
        again = pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)
        same += again.equals(pl.read_parquet(out / entry["file"]))
    print(f"read again by one process: {same} of {len(entries)} parts the same, row for row")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", type=int, metavar="REPORTS")
    parser.add_argument("--folder", type=Path, help="where --long keeps its table and its parts (and goes on)")
    parser.add_argument("--fast", action="store_true", help="the fast path of reading")
    parser.add_argument("--reports", type=int, default=400)
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    if given.long:
        folder = given.folder or Path(tempfile.mkdtemp(prefix="offramp-scale-"))
        long(given.long, folder, given.fast)
        if given.folder is None:
            shutil.rmtree(folder)
        return
    print("| work | one process, s | local:2, s | ratio per core | by CPU seconds | worker, MiB | load |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "news.parquet"
        corpus.write(table, given.reports)
        corpus.write(Path(place) / "first.parquet", 50)
        compare(f"{given.reports} reports read", reading(table, Path(place) / "first.parquet", given.fast), given.turns)
        if PANEL.is_file():
            compare(f"{given.blocks} fits of a backtest", backtesting(given.blocks), given.turns)


if __name__ == "__main__":
    main()
