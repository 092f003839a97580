"""The solver's process: answers, passes errors on, yields to those who answer, and is replaced where it is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offramp.errors import InputError
from offramp.web import solving
from offramp.web.solving import Solver, SolverLostError


def where() -> tuple[int, int]:
    """Process and how far it yields."""
    return os.getpid(), os.nice(0)


def refuse(told: str) -> None:
    raise InputError(told)


def linger(seconds: float) -> None:
    time.sleep(seconds)


@pytest.fixture
def solver() -> Iterator[Solver]:
    made = Solver()
    yield made
    made.close()


def test_a_process_of_its_own_that_yields_and_is_replaced_when_lost(solver: Solver):
    process, nice = solver.call(where)
    assert process == solver.pid != os.getpid()
    assert nice == os.nice(0) + solving.NICE
    with pytest.raises(InputError, match="no such thing"):
        solver.call(refuse, "no such thing")
    assert solver.call(where)[0] == process

    assert solver.pid is not None
    killer = threading.Timer(0.3, os.kill, (solver.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(SolverLostError, match="ended before it answered"):
        solver.call(linger, 60)
    assert solver.call(where)[0] != process

    threading.Timer(0.3, solver.close).start()  # a server that ends does not wait for what is being solved
    began = time.monotonic()
    with pytest.raises(SolverLostError):
        solver.call(linger, 60)
    assert time.monotonic() - began < 30
    assert not Path(f"/proc/{solver.pid}").exists()
