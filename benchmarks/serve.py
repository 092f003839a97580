"""Load on a server: users moving sliders, and readers; writes benchmarks/serve.md.

    python benchmarks/serve.py                 # the short form, about two minutes
    python benchmarks/serve.py --minutes 15    # the long one (make soak runs it too)

Twenty users each move one slider every two seconds on a case page (what the page's script asks for: the fragment with
the preview, which must be there within 100 ms for 95 of 100 changes); beside them readers open pages and API answers.
A second run lets every preview settle on the full answer. The server runs in a process of its own over a ledger of one
forecast that is really played; users are threads with kept connections, and time is from asking to the last byte.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks/serve.md"
KEY = "ven-nicolas-maduro"
READS = ["/", f"/cases/{KEY}", "/score", "/games/poker", "/api/v1/cases", "/api/v1/entries/1", "/api/v1/score"]


class Asker:
    """One kept connection."""

    def __init__(self, port: int, user: str = "somebody") -> None:
        self.port, self.user = port, user
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[float, int, bytes]:
        """Seconds, status, body."""
        start = time.perf_counter()
        try:
            self.link.request("GET", path, headers={"HX-Request": "true", "User-Agent": self.user})
            answer = self.link.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self.link.close()
            return time.perf_counter() - start, 0, b""
        return time.perf_counter() - start, answer.status, body


def memory(pid: int) -> float:
    """Resident memory of a process, MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


def solver(pid: int) -> float:
    """Resident memory of the process that solves for it, MB."""
    children = [int(c) for task in Path(f"/proc/{pid}/task").glob("*/children") for c in task.read_text().split()]
    return max((memory(child) for child in children), default=0.0)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def change(rng: random.Random, stand: dict[str, object]) -> str:
    """One slider moved; the query that the page sends."""
    name = rng.choice(["offer", "pressure", "guarantee", "loyalty"])
    stand[name] = {
        "offer": lambda: rng.choice(["none", "safe_passage", "safe_passage_immunity"]),
        "pressure": lambda: rng.choice(["none", "sanctions", "ultimatum"]),
        "guarantee": lambda: round(rng.uniform(0.05, 0.95), 2),
        "loyalty": lambda: round(rng.uniform(0.05, 0.95), 2),
    }[name]()
    return urlencode(stand)


class Load:
    """Users and readers for some seconds."""

    def __init__(self, port: int, seconds: float, users: int, readers: int, settle: bool) -> None:
        self.previews: list[float] = []
        self.reads: list[float] = []
        self.settled: list[float] = []
        self.wrong: list[str] = []
        self.not_previews = 0
        self._under_way: list[threading.Thread] = []
        end = time.monotonic() + seconds
        jobs = [threading.Thread(target=self._user, args=(port, end, k, settle)) for k in range(users)]
        jobs += [threading.Thread(target=self._reader, args=(port, end, k)) for k in range(readers)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        for job in self._under_way:
            job.join()

    def _user(self, port: int, end: float, number: int, settle: bool) -> None:
        rng, asker = random.Random(number), Asker(port, f"user {number}")
        stand: dict[str, object] = {}
        due = time.monotonic() + 2 * rng.random()
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            query = change(rng, stand)
            seconds, status, body = asker.get(f"/cases/{KEY}/what-if?{query}")
            self.previews.append(seconds)
            if status != 200 or b"being solved" in body:
                self.wrong.append(f"preview: {status}")
            self.not_previews += b"Preview" not in body
            if settle:
                self._under_way.append(threading.Thread(target=self._settle, args=(port, query, asker.user)))
                self._under_way[-1].start()
            due += 2.0

    def _settle(self, port: int, query: str, user: str) -> None:
        asker = Asker(port, user)
        seconds, status, _ = asker.get(f"/cases/{KEY}/what-if?settle=true&{query}")
        if status == 200:
            self.settled.append(seconds)
        elif status != 204:
            self.wrong.append(f"full: {status}")

    def _reader(self, port: int, end: float, number: int) -> None:
        rng, asker = random.Random(1000 + number), Asker(port)
        while time.monotonic() < end:
            seconds, status, _ = asker.get(rng.choice(READS))
            self.reads.append(seconds)
            if status != 200:
                self.wrong.append(f"read: {status}")
            time.sleep(1.0)


def start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A server over a ledger of one forecast; its process and port."""
    ledger = folder / "ledger.sqlite"
    base = [sys.executable, "-m", "offramp"]
    report = str(ROOT / "examples/venezuela-2025.md")
    subprocess.run([*base, "assess", report, "--out", str(folder / "b"), "--ledger", str(ledger)], check=True,
                   capture_output=True)  # fmt: skip
    settings = {"OFFRAMP_SERVE_TOKENS": str(folder / "t.json"), "OFFRAMP_SERVE_AUDIT": str(folder / "a.jsonl"),
                "OFFRAMP_SERVE_PER_MINUTE": "1000000", "OFFRAMP_SERVE_CONNECTIONS": "1000"}  # fmt: skip
    process = subprocess.Popen(
        [*base, "serve", "--ledger", str(ledger), "--port", "0", "--log", "none"],
        env=os.environ | settings, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    found = re.search(r":(\d+)/", line)
    if found is None:
        raise SystemExit(f"the server did not start: {line}")
    port = int(found[1])
    asker, until = Asker(port), time.monotonic() + 180
    while time.monotonic() < until:
        body = asker.get(f"/cases/{KEY}/what-if?loyalty=0.31")[2]
        if b"Preview" in body and asker.get(f"/cases/{KEY}/what-if?settle=true&loyalty=0.32")[1] == 200:
            return process, port
        time.sleep(1)
    raise SystemExit("the case was not ready within three minutes")


def run(minutes: float, users: int = 20, readers: int = 4) -> dict[str, object]:
    """Both runs; figures by name."""
    with tempfile.TemporaryDirectory(prefix="offramp-load-") as name:
        process, port = start(Path(name))
        try:
            Load(port, 10, users, readers, settle=False)  # what is loaded once, is
            before = memory(process.pid)
            live = Load(port, 60 * minutes, users, readers, settle=False)
            middle = memory(process.pid)
            mixed = Load(port, 60 * minutes / 2, users, readers, settle=True)
            after, solving = memory(process.pid), solver(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
    return {"live": live, "mixed": mixed, "before": before, "middle": middle, "after": after, "solving": solving}


def table(found: dict[str, object], minutes: float, users: int, readers: int) -> str:
    """What is written to serve.md."""
    live, mixed = found["live"], found["mixed"]
    assert isinstance(live, Load)
    assert isinstance(mixed, Load)
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    load = os.getloadavg()[0]
    rows = [
        f"| {name} | {len(values)} | {percentile(values, 0.5):.0f} | {percentile(values, 0.95):.0f} | "
        f"{percentile(values, 0.99):.0f} | {1000 * max(values, default=float('nan')):.0f} |"
        for name, values in (
            ("slider to preview, nothing settles", live.previews), ("pages and API beside it", live.reads),
            ("slider to preview, all settle", mixed.previews), ("pages and API beside it", mixed.reads),
            ("slider to full answer (those not overtaken)", mixed.settled),
        )
    ]  # fmt: skip
    errors = len(live.wrong) + len(mixed.wrong)
    return "\n".join([
        "# Serving under load", "",
        f"Written by `benchmarks/serve.py`. {users} users, one slider change per user every two seconds, "
        f"{readers} readers with one request a second each; {minutes:g} minutes without and {minutes / 2:g} with "
        "settling on the full answer (64 draws). Server and users on the same machine.", "",
        f"Machine: {cpu}, {os.cpu_count()} cores, Python {platform.python_version()}; load average {load:.1f} at the "
        "end (other work ran beside it where that is above the run's own).", "",
        "| what | requests | median, ms | p95, ms | p99, ms | longest, ms |", "|---|---:|---:|---:|---:|---:|", *rows,
        "",
        f"Errors: {errors}. Answers that were not marked as previews (the change led back to the record): "
        f"{live.not_previews + mixed.not_previews}. Resident memory of the server: {found['before']:.0f} MB at first, "
        f"{found['middle']:.0f} MB after the first run, {found['after']:.0f} MB after the second; of the process that "
        f"solves for it: {found['solving']:.0f} MB.", "",
    ])  # fmt: skip


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=1.0)
    minutes = arguments.parse_args().minutes
    found = run(minutes)
    text = table(found, minutes, 20, 4)
    OUT.write_text(text, "utf-8")
    print(text)
    live, mixed = found["live"], found["mixed"]
    assert isinstance(live, Load)
    assert isinstance(mixed, Load)
    for line in sorted(set(live.wrong + mixed.wrong)):
        print(line, file=sys.stderr)
    return 1 if live.wrong or mixed.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
