"""Writers that are killed: four processes append without end, each noting in a file of its own what was acknowledged.

A nursery process imports the ledger once and forks writers from it, so that two hundred deaths take seconds of set-up,
not minutes. A writer notes an entry only after `Ledger.write` has come back: those are what must be there.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

WRITERS = 4


def write_forever(address: str, notes: Path, seed: int) -> None:
    """Appends forecasts, resolutions, texts and reports of the desk until killed."""
    from ledger import sample
    from offramp.ledger.store import Ledger

    draw = random.Random(seed)
    with Ledger(address, patience=120) as ledger, notes.open("ab", buffering=0) as out:
        while True:
            body = f"Report {draw.random()} " + "word " * draw.randrange(400)
            entry = sample.add(ledger, f"case-{draw.randrange(5)}", report=body)
            out.write(f"{entry.n} {entry.hash}\n".encode())


def nursery(address: str, folder: Path, kills: int, seed: int) -> None:
    """Forks writers, kills them at random moments, forks new ones; leaves none alive."""
    import offramp.ledger.verify  # noqa: F401
    from ledger import sample  # noqa: F401 - imported before forking

    draw = random.Random(seed)
    alive: list[int] = []
    born = done = 0
    while done < kills:
        while len(alive) < WRITERS:
            born += 1
            child = os.fork()
            if child == 0:
                try:
                    write_forever(address, folder / f"{born}", seed + born)
                finally:
                    os._exit(3)
            alive.append((child, folder / f"{born}"))
        child, notes = alive.pop(draw.randrange(len(alive)))
        # Most die while they write, some while they are still opening the ledger.
        until = time.monotonic() + (5 if draw.random() < 0.8 else 0)
        while time.monotonic() < until and not (notes.exists() and notes.stat().st_size):
            time.sleep(0.002)
        time.sleep(draw.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            raise SystemExit(f"a writer ended by itself with status {status}")
        done += 1
    for child, _ in alive:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def run(address: str, folder: Path, kills: int, seed: int = 1) -> dict[int, str]:
    """Kills so many writers of a ledger; what they had acknowledged, number to hash."""
    folder.mkdir()
    code = (
        "from ledger.crash import nursery; from pathlib import Path; "
        f"nursery({address!r}, Path({str(folder)!r}), {kills}, {seed})"
    )
    here = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(here)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    noted: dict[int, str] = {}
    for path in folder.iterdir():
        lines = path.read_bytes().split(b"\n")[:-1]  # a last line without its end was never noted
        for line in lines:
            n, digest = line.decode().split()
            assert int(n) not in noted, f"entry {n} was acknowledged twice"
            noted[int(n)] = digest
    return noted
