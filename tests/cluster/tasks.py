"""Tasks that worker processes can find by name: some harmless, some that raise, crash, or fill the memory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def squares(items: Sequence[int]) -> list[dict[str, Any]]:
    return [{"n": n, "square": n * n} for n in items]


def slow_squares(items: Sequence[int], *, seconds: float = 0.02) -> list[dict[str, Any]]:
    time.sleep(seconds * len(items))
    return squares(items)


def noted_squares(items: Sequence[int], *, folder: str) -> list[dict[str, Any]]:
    """Leaves the number of its process in a folder, so that a test knows which one to kill."""
    (Path(folder) / str(os.getpid())).touch()
    return slow_squares(items)


def unlucky_squares(items: Sequence[int]) -> list[dict[str, Any]]:
    if 13 in items:
        raise ValueError("thirteen")
    return squares(items)


def deadly_squares(items: Sequence[int]) -> list[dict[str, Any]]:
    if 13 in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return slow_squares(items)


def one(item: int) -> int:
    time.sleep(0.05 if item == 0 else 0.0)
    return item + 1


def threads(_: int) -> dict[str, str]:
    import sys

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "NPROC")
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    pools = ",".join(str(pool["num_threads"]) for pool in threadpool_info())
    return {name: os.environ.get(name, "") for name in names} | {"pools": pools, "jax": str("jax" in sys.modules)}


def greedy_squares(items: Sequence[int], *, mebibytes: int) -> list[dict[str, Any]]:
    """Takes memory until somebody ends the process; gives up after a while."""
    if 13 in items:
        held = []
        for _ in range(mebibytes // 10):
            held.append(b"x" * (10 * 2**20))
            time.sleep(0.005)
        time.sleep(10)
    return squares(items)


_running: set[int] = set()


def together(item: int) -> int:
    """How many of these run at once in this process."""
    _running.add(item)
    time.sleep(0.02)
    found = len(_running)
    _running.discard(item)
    return found


def nap(item: int) -> int:
    time.sleep(0.1)
    return item


def lacking(items: Sequence[int]) -> list[dict[str, Any]]:
    raise ModuleNotFoundError("No module named 'missing'")
