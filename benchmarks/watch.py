"""`offramp watch` on one core: how many reports an hour it takes in, each with a forecast of its own.

The process is bound to one core before anything heavy is loaded. All reports are new, read in full, and bear on one of
three watched cases: repeats and reports on other matters would only be quicker. Promise: 1,000 reports an hour.
Beside it, the parts of a step. Run: .venv/bin/python benchmarks/watch.py [--reports 60]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

PROMISE = 1000.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=60)
    wanted = parser.parse_args().reports
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    from offramp.ledger.store import Ledger
    from offramp.watch import cases, step
    from offramp.watch.cases import Settings
    from offramp.watch.desk import Desk
    from offramp.watch.sources import Source
    from streams import streams

    with tempfile.TemporaryDirectory() as place, Ledger(str(Path(place) / "ledger.sqlite")) as ledger:
        chosen = streams()
        for stream in chosen:
            step.first(ledger, cases.add(ledger, stream.case, Settings()))  # compiles, and is not counted
        desk = Desk(ledger)
        files = [path for row in zip(*(s.reports for s in chosen), strict=False) for path in row][:wanted]
        desk.take(next(iter(Source(str(files.pop(0))).items())))  # loads the language model
        for key, number in step.pending(ledger):
            step.take(ledger, cases.get(ledger, key), number)
        reading = playing = 0.0
        forecasts = 0
        start, busy = time.perf_counter(), time.process_time()
        for path in files:
            clock = time.perf_counter()
            for item in Source(str(path)).items():
                desk.take(item)
            reading += time.perf_counter() - clock
            clock = time.perf_counter()
            for key, number in step.pending(ledger):
                step.take(ledger, cases.get(ledger, key), number)
                forecasts += 1
            playing += time.perf_counter() - clock
        seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    count = len(files)
    print(f"{count} reports, {forecasts} forecasts of {Settings().draws} draws in {seconds:.1f} s on one core")
    print(f"  reading {reading / count:.2f} s a report, forecast {playing / max(forecasts, 1):.2f} s each")
    print(f"  {3600 * count / seconds:,.0f} reports an hour by the clock (promise {PROMISE:,.0f})")
    print(f"  {3600 * count / cpu:,.0f} reports an hour of processor time: what an idle core would do")


if __name__ == "__main__":
    main()
