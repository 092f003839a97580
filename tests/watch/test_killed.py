"""A watcher killed with SIGKILL again and again ends where an undisturbed one does; two together double nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.ledger.tables import reports
from offramp.ledger.verify import verify
from offramp.watch import step
from watch import fake, killed

STREAM = Path(__file__).parents[2] / "examples/streams/venezuela-2025"


def kill(address: str, folder: Path, kills: int, at_once: int, seed: int) -> None:
    code = (
        "from watch.killed import nursery; from pathlib import Path; "
        f"nursery({address!r}, Path({str(folder)!r}), {kills}, {at_once}, {seed})"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    killed.watch_once(address, folder)


def told(address: str) -> list[dict]:
    """Every forecast without the moment and the key, which differ from run to run."""
    with Ledger(address) as ledger:
        assert verify(ledger).good
        assert step.pending(ledger) == []
        found = ledger.read(lambda c: entries.select(c, kind="forecast"))
    return [{k: v for k, v in e.content.items() if k not in ("recorded", "key")} for e in found]


def undisturbed(tmp_path: Path, folder: Path) -> list[dict]:
    fake.watching(tmp_path / "whole")[0].close()
    killed.watch_once(str(tmp_path / "whole"), folder)
    return told(str(tmp_path / "whole"))


def test_killed_ten_times_it_ends_the_same(address: str, tmp_path: Path):
    folder = tmp_path / "reports"
    folder.mkdir()
    for path in sorted(STREAM.glob("*.md"))[10:20]:
        shutil.copy(path, folder)
    wanted = undisturbed(tmp_path, folder)
    assert len(wanted) > 8
    fake.watching(address)[0].close()
    kill(address, folder, 10, 1, seed=2)
    assert told(address) == wanted


@pytest.mark.soak
def test_two_watchers_killed_a_hundred_times_double_nothing(address: str, tmp_path: Path):
    wanted = undisturbed(tmp_path, STREAM)
    fake.watching(address)[0].close()
    kill(address, STREAM, 100, 2, seed=3)
    found = told(address)
    assert len(found) == len(wanted)
    caused = [content["why"].get("desk") for content in found]
    assert len(caused) == len(set(caused))
    with Ledger(address) as ledger:
        count = ledger.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(reports)).scalar())
        assert count == len(list(STREAM.glob("*.md")))
    # The last forecast rests on every report, whoever took it in and when.
    assert sorted(r["report"] for r in found[-1]["reports"]) == sorted(r["report"] for r in wanted[-1]["reports"])
