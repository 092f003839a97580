"""What is new in the ledger, for many listeners at the price of one: a single watcher asks, everybody hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from offramp.errors import OfframpError
from offramp.ledger.store import Ledger
from offramp.web import library
from offramp.web.guards import Lines
from offramp.web.library import EntryRow

EVERY = 0.5
MOST_STREAMS = 100
PAGE = 100


class News:
    """Watches the ledger's head while the server runs."""

    def __init__(self, ledger: Ledger, log: Lines, every: float = EVERY) -> None:
        self.ledger, self.log, self.every = ledger, log, every
        self.count = 0
        self._streams = 0
        self._changed = asyncio.Condition()

    def take(self) -> bool:
        """Takes a place among the listeners; False where none is left."""
        if self._streams >= MOST_STREAMS:
            return False
        self._streams += 1
        return True

    def give(self) -> None:
        """Gives a place back."""
        self._streams -= 1

    async def watch(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                count = (await asyncio.to_thread(library.head, self.ledger))[0]
            except OfframpError as error:
                self.log.write(event="ledger", problem=str(error))
                count = self.count
            if count != self.count:
                async with self._changed:
                    self.count = count
                    self._changed.notify_all()
            await asyncio.sleep(self.every)

    async def after(self, n: int) -> AsyncIterator[EntryRow]:
        """Entries above a number; waits until there is one."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.count > n)
        rows = await asyncio.to_thread(
            library.listed, self.ledger, case=None, kind=None, before=min(self.count, n + PAGE) + 1, limit=PAGE
        )
        for row in sorted((row for row in rows if row.n > n), key=lambda row: row.n):
            yield row
