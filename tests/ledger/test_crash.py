"""kill -9 at random moments during writes by four processes: nothing acknowledged is lost, and the chain verifies."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import crash, sample
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.ledger.verify import verify


def survives(address: str, folder: Path, kills: int, seed: int) -> int:
    Ledger(address).close()
    noted = crash.run(address, folder, kills, seed)
    with Ledger(address) as ledger:
        proof = verify(ledger)
        assert proof.good, proof.faults[:5]
        there = {entry.n: entry.hash for entry in ledger.read(lambda c: entries.select(c))}
        assert {n: there.get(n) for n in noted} == noted
        # What was written but not yet noted when the writer died: at most one entry for each death.
        assert len(there) - len(noted) <= kills + crash.WRITERS
        assert sample.add(ledger).n == len(there) + 1
    return len(noted)


def test_twenty_deaths(address: str, tmp_path: Path):
    assert survives(address, tmp_path / "notes", 20, seed=3) > 20


@pytest.mark.soak
def test_two_hundred_and_fifty_deaths(address: str, tmp_path: Path):
    assert survives(address, tmp_path / "notes", 250, seed=4) > 250


@pytest.mark.soak
def test_a_ledger_that_is_being_made_when_its_writers_die(tmp_path: Path):
    """The very first moments, when tables are made: sixty ledgers, each with four writers and two deaths."""
    for number in range(60):
        address = str(tmp_path / f"l{number}")
        noted = crash.run(address, tmp_path / f"n{number}", 2, seed=number)
        with Ledger(address) as ledger:
            assert verify(ledger).good
            there = {entry.n: entry.hash for entry in ledger.read(lambda c: entries.select(c))}
            assert {n: there.get(n) for n in noted} == noted
