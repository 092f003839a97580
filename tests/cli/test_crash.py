"""Killed at any moment, `assess` leaves the old brief or the new one, and never half of either."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

NAMES = ["brief.html", "brief.json", "case.yaml"]


def whole(folder: Path) -> bool:
    if sorted(path.name for path in folder.iterdir()) != NAMES:
        return False
    json.loads((folder / "brief.json").read_text("utf-8"))
    return (folder / "brief.html").read_text("utf-8").rstrip().endswith("</html>")


def kill_writers(tmp_path: Path, times: int, seed: int) -> None:
    """A process that writes the same brief over and over, killed at random moments."""
    program = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parents[1] / "report")]!r}
from pathlib import Path
from sample import make
from offramp.case.files import dump
from offramp.report import files
brief, target = make(), Path({str(tmp_path / "brief")!r})
text = dump(brief.case)
while True:
    files.write(brief, target, force=True, case_text=text)
    print("written", flush=True)
"""
    rng = random.Random(seed)
    for _ in range(times):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0, 0.4))
            process.kill()
        assert whole(tmp_path / "brief") or not (tmp_path / "brief").exists()


def test_a_killed_writer_leaves_a_whole_brief(tmp_path: Path):
    kill_writers(tmp_path, 3, seed=1)


@pytest.mark.soak
def test_two_hundred_killed_writers(tmp_path: Path):
    kill_writers(tmp_path, 200, seed=2)
