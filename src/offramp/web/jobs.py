"""Work that takes seconds, done by few threads: bounded, and the newest request of each user wins.

The machine has few cores and a solver uses all of them, so work is queued rather than run side by side. A request that
replaces an earlier one of the same user drops it from the queue; what runs already is finished, since its result is
kept for whoever asks next. Two requests for the same thing share one piece of work.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from offramp.errors import OfframpError

MOST_WAITING = 64


class BusyError(OfframpError):
    """The queue is full."""


class Jobs:
    """A queue with few workers."""

    def __init__(self, workers: int = 1, name: str = "offramp-solver") -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._lock = threading.RLock()  # a callback may run where its work is cancelled
        self._shared: OrderedDict[str, Future[Any]] = OrderedDict()
        self._of_user: dict[str, tuple[str, Future[Any]]] = {}
        self._wanted: dict[str, int] = {}

    def put(self, key: str, work: Callable[[], Any], *, user: str | None = None) -> Future[Any]:
        """Queues `work`, or joins the same work that is under way.

        Args:
            key: What the work gives; two with the same key are the same.
            work: What to do.
            user: Whose earlier work, if it still waits and nobody else wants it, is dropped for this.

        Raises:
            BusyError: If too much waits.
        """
        with self._lock:
            if user is not None:
                self._drop(user, key)
            future = self._shared.get(key)
            if future is None:
                if sum(not one.running() for one in self._shared.values()) >= MOST_WAITING:
                    raise BusyError("the server has too much to do; try again in a while.")
                future = self._pool.submit(work)
                self._shared[key] = future
                self._wanted[key] = 0
                future.add_done_callback(lambda _: self._forget(key))
            if user is not None and self._of_user.get(user, ("", None))[0] != key:
                self._wanted[key] = self._wanted.get(key, 0) + 1
                self._of_user[user] = (key, future)
            elif user is None:
                self._wanted[key] = self._wanted.get(key, 0) + 1
            return future

    def _drop(self, user: str, key: str) -> None:
        old = self._of_user.get(user)
        if old is None or old[0] == key:
            return
        del self._of_user[user]
        left = self._wanted.get(old[0], 1) - 1
        self._wanted[old[0]] = left
        if left <= 0:
            old[1].cancel()

    def _forget(self, key: str) -> None:
        with self._lock:
            self._shared.pop(key, None)
            self._wanted.pop(key, None)
            for user in [user for user, (held, _) in self._of_user.items() if held == key]:
                del self._of_user[user]

    def close(self) -> None:
        """Drops what waits; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
