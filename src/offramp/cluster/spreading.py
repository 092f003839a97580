"""A task done for many items: in this process, or on the workers of a cluster, with few of them under way at a time.

Only a window of items is with the scheduler, so that a million of them weigh nothing. An item whose worker dies goes to
another worker. One that has taken several workers down is set aside and tried again at the end, alone: beside others
one cannot tell who was to blame, since Dask suspects every task that a dead worker had in hand.
"""

from __future__ import annotations

import hashlib
import os
import queue
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from offramp import __version__
from offramp.cluster.connect import ClusterError
from offramp.errors import OfframpError

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")

LOOK_S: Final = 5.0
"""Seconds between looks at how many workers there are."""
ALONE_S: Final = 120.0
"""Seconds without any worker after which the work is given up. Where a nanny is at hand, a new one takes some two."""
_ONE = threading.Lock()  # one task at a time in each worker process, however many threads Dask gave it
_tasks: dict[str, Callable[[Any], Any]] = {}


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """What became of one item.

    Attributes:
        number: Its place among the items.
        item: The item.
        result: What the task gave; None where it failed.
        error: What the task raised, or a `ClusterError` if the item took its workers down; None where all is well.
        worker: Where it ran: a worker's address, or '' for this process.
        seconds: How long it ran.
        peak: Most memory that the worker's process has ever held, in MiB.
    """

    number: int
    item: T
    result: R | None
    error: Exception | None = None
    worker: str = ""
    seconds: float = 0.0
    peak: float = 0.0

    def value(self) -> R:
        """The result. Raises what the task raised; an error that is not of offramp is wrapped in `ClusterError`."""
        if self.error is None:
            return self.result  # type: ignore[return-value]
        if isinstance(self.error, OfframpError):
            raise self.error
        raise ClusterError(f"item {self.number}: {type(self.error).__name__}: {self.error}") from self.error


def spread(
    client: Client | None,
    task: Callable[[T], R],
    items: Iterable[T],
    *,
    ordered: bool = False,
    window: int | None = None,
    confirm: bool = True,
) -> Iterator[Done[T, R]]:
    """Does a task for every item.

    Args:
        client: What `open` gave; None works through the items one by one in this process.
        task: Called with one item; see the rules for tasks in `offramp.cluster`.
        items: Taken up as they are needed; may be without end.
        ordered: Whether results come in the order of the items, rather than as they are ready.
        window: Items with the scheduler at a time; by default twice the number of workers, and one.
        confirm: Whether an item that several dying workers had in hand is tried again alone before it is blamed. With a
            window of 1 there is nobody else to blame.

    Yields:
        Every item once. A task that raises ends only its own item.

    Raises:
        ClusterError: The scheduler went away; every worker did, and none came back within two minutes; or a worker has
            other software than this process.
    """
    if client is None:
        yield from _serial(task, items)
        return
    spreading: _Spreading[T, R] = _Spreading(client, task, window, confirm and window != 1)
    found = spreading.results(iter(items))
    try:
        yield from _in_order(found) if ordered else found
    finally:
        spreading.close()


def _serial(task: Callable[[T], R], items: Iterable[T]) -> Iterator[Done[T, R]]:
    for number, item in enumerate(items):
        start = time.perf_counter()
        try:
            result, error = task(item), None
        except Exception as raised:  # noqa: BLE001  handed to the caller with its item
            result, error = None, raised
        yield Done(number, item, result, error, "", time.perf_counter() - start, _peak())


def _in_order(found: Iterator[Done[T, R]]) -> Iterator[Done[T, R]]:
    early: dict[int, Done[T, R]] = {}
    due = 0
    for one in found:
        early[one.number] = one
        while due in early:
            yield early.pop(due)
            due += 1


class _Spreading(Generic[T, R]):
    """Items under way on a cluster."""

    def __init__(self, client: Client, task: Callable[[T], R], window: int | None, confirm: bool) -> None:
        from distributed.protocol.pickle import dumps

        self._client = client
        self._task: bytes = dumps(task)
        self._key = hashlib.sha256(self._task).hexdigest()[:16]
        self._window = window
        self._confirm = confirm
        self._wide = 1
        self._looked = self._peopled = -1e9
        self._done: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._going: dict[str, tuple[Future[Any], int, T]] = {}

    def results(self, items: Iterator[T]) -> Iterator[Done[T, R]]:
        suspects: list[tuple[int, T]] = []
        yield from self._all(enumerate(items), suspects)
        for suspect in suspects:
            again = [] if self._confirm else [suspect]
            if self._confirm:
                yield from self._all(iter([suspect]), again)
            for number, item in again:
                what = "every worker that took it died: it ran out of memory, or crashed the process"
                yield Done(number, item, None, ClusterError(f"item {number}: {what}"))

    def close(self) -> None:
        """Takes back what is still under way."""
        left = [future for future, _, _ in self._going.values()]
        self._going.clear()
        if left and self._client.status == "running":
            self._client.cancel(left, force=True)

    def _all(self, items: Iterator[tuple[int, T]], suspects: list[tuple[int, T]]) -> Iterator[Done[T, R]]:
        from distributed.scheduler import KilledWorker

        more = True
        while more or self._going:
            while more and len(self._going) < self._room():
                following = next(items, None)
                if following is None:
                    more = False
                else:
                    self._submit(*following)
            if not self._going:
                break
            future = self._next()
            number, item = self._going.pop(str(future.key))[1:]
            try:
                told = self._told(future)
            except KilledWorker:
                suspects.append((number, item))
            except ClusterError:
                raise
            except ImportError as error:  # what ails a worker is no fault of the item
                raise ClusterError(f"a worker lacks a module: {error}. Install the same on all machines.") from error
            except Exception as error:  # noqa: BLE001  handed to the caller with its item
                yield Done(number, item, None, error)
            else:
                if told is None:
                    self._await(future, number, item)
                else:
                    worker, seconds, peak, result = told
                    yield Done(number, item, result, None, worker, seconds, peak)

    def _told(self, future: Future[Any]) -> tuple[str, float, float, R] | None:
        """What a task gave; None if its worker died before that was fetched, so that it is under way again."""
        if future.status == "error":
            error = future.exception()
            raise error if isinstance(error, Exception) else ClusterError(repr(error))
        if future.status == "finished":
            try:
                found: tuple[str, float, float, R] = future.result(timeout=LOOK_S)
            except (TimeoutError, CancelledError):
                return None
            return found
        if future.status in ("lost", "pending"):
            return None
        raise ClusterError("the scheduler went away; run again to go on from here.")

    def _await(self, future: Future[Any], number: int, item: T) -> None:
        """Waits for a result that was lost with its worker."""
        self._going[str(future.key)] = (future, number, item)
        self._look()
        if future.status == "finished":  # as far as is known here
            self._done.put(future)
        else:
            future.add_done_callback(self._done.put)

    def _submit(self, number: int, item: T) -> None:
        future: Future[Any] = self._client.submit(
            _compute,
            _versions(),
            self._key,
            self._task,
            item,
            pure=False,
            key=f"offramp-{self._key}-{number}-{os.urandom(4).hex()}",
        )
        self._going[str(future.key)] = (future, number, item)
        future.add_done_callback(self._done.put)

    def _next(self) -> Future[Any]:
        while True:
            try:
                future = self._done.get(timeout=LOOK_S)
            except queue.Empty:
                self._look()
                continue
            if future.key in self._going:
                return future

    def _look(self) -> None:
        """Gives up if there has been no worker for long."""
        self._room()
        if time.monotonic() - self._peopled > ALONE_S:
            raise ClusterError(
                f"no worker is left and none came back in {ALONE_S:.0f} s; start some and run again to go on."
            )

    def _room(self) -> int:
        """How many items may be under way, by the number of workers that there are now."""
        if time.monotonic() - self._looked > LOOK_S:
            if self._client.status != "running":
                raise ClusterError("the scheduler went away; run again to go on from here.")
            workers = len(self._client.nthreads())
            self._heal(workers)
            self._looked = time.monotonic()
            if workers or self._peopled < 0:
                self._peopled = self._looked
            self._wide = self._window or 2 * max(1, workers) + 1
        return self._wide

    def _heal(self, workers: int) -> None:
        """Asks for workers of this machine that are missing: a nanny gives up if its worker dies while it starts."""
        made = self._client.cluster
        wanted = len(getattr(made, "worker_spec", ()))
        if made is not None and workers < wanted:
            made.scale(wanted)


def _compute(versions: tuple[str, str], key: str, task: bytes, item: Any) -> tuple[str, float, float, Any]:
    """One item, on a worker: where it ran, its seconds, the process's peak memory in MiB, the result."""
    from distributed import get_worker
    from distributed.protocol.pickle import loads

    worker = str(get_worker().address)
    found = _versions()
    if versions != found:  # a worker that came later than the look at the others
        raise ClusterError(
            f"worker {worker} has offramp {found[0]} on Python {found[1]}, the main process offramp {versions[0]} on "
            f"Python {versions[1]}; install the same on both."
        )
    with _ONE:
        if key not in _tasks:
            _tasks.clear()
            _tasks[key] = loads(task)
        start = time.perf_counter()
        result = _tasks[key](item)
        return worker, time.perf_counter() - start, _peak(), result


def _versions() -> tuple[str, str]:
    return __version__, f"{sys.version_info.major}.{sys.version_info.minor}"


def _peak() -> float:
    """Most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, the usage of a spawned process begins at its parent's
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
