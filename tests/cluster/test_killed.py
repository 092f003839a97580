"""The main process killed or interrupted in the middle: its workers end with it, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offramp import cluster

SCRIPT = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("killed.py"))]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("where", "how"), [("local:2", signal.SIGKILL), ("local:2", signal.SIGINT), (None, signal.SIGKILL)]
)
def test_the_next_run_goes_on(tmp_path: Path, where: str | None, how: signal.Signals) -> None:
    (tmp_path / "pids").mkdir()
    command = [*SCRIPT, str(tmp_path), *([where] if where else [])]
    first = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert first.stdout is not None
    for _ in range(8):
        first.stdout.readline()
    time.sleep(
        1.1 if how == signal.SIGKILL else 0
    )  # a manifest that was written within the last second is the older one
    if how == signal.SIGINT:
        os.killpg(first.pid, how)  # as a terminal does: to every process
    else:
        first.send_signal(how)
    first.stdout.close()
    assert first.wait(timeout=30) != 0
    pids = [int(p.name) for p in (tmp_path / "pids").iterdir()]
    assert len(pids) == (2 if where else 1)
    until = time.monotonic() + 15
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, pids))
    kept = {entry["part"] for entry in cluster.manifest(tmp_path / "out")["done"]}
    assert 8 <= len(kept) < 30
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    told = {int(number): word == "True" for number, word in (line.split() for line in again.stdout.splitlines())}
    assert {number for number, before in told.items() if before} == kept
    assert set(told) == set(range(30))
    found = cluster.table(tmp_path / "out").collect()
    assert found["n"].to_list() == list(range(300))
    assert found["square"].to_list() == [n * n for n in range(300)]
