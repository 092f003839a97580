"""The loop of a watcher: read the sources, take reports in, take the steps they ask for, deliver alerts, sleep.

What goes wrong with one source, one report or one case is one line, and the rest goes on; what could not be written is
tried again in the next round. Sleeping goes by a clock that nobody can set. A second Ctrl-C is not needed: whatever is
under way is a transaction that either is there or is not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offramp.errors import InputError, OfframpError
from offramp.ledger.address import LedgerError
from offramp.ledger.store import Ledger
from offramp.watch import cases, outbox, step
from offramp.watch.ahead import ahead
from offramp.watch.desk import Desk, Taken
from offramp.watch.sources import Bad, Item, Source

if TYPE_CHECKING:
    from distributed import Client

    from offramp.reading.evidence import Evidence

POLL_S = 1.0
STOPPED_S = 1.0
"""Seconds for which an interrupted watcher waits for an alert under way; it comes due again if it was not sent."""
Say = Callable[[str], None]


@dataclass
class Counts:
    """What one run has done so far."""

    reports: int = 0
    duplicates: int = 0
    corrections: int = 0
    forecasts: int = 0
    alerts: int = 0
    problems: int = 0


@dataclass
class Watcher:
    """One watcher over one ledger.

    Args:
        ledger: Where everything is kept.
        sources: What is read, in order.
        receivers: Who is told of alerts.
        say: Prints a line of progress.
        warn: Prints a line about something that went wrong.
        play: Makes a forecast; for tests.
        desk: Takes reports in; its own by default.
        client: Of `offramp.cluster.open`; its workers read waiting reports ahead.
    """

    ledger: Ledger
    sources: Sequence[Source]
    receivers: Sequence[outbox.Receiver]
    say: Say
    warn: Say
    play: step.Play = step.forecast
    desk: Desk | None = None
    client: Client | None = None
    counts: Counts = field(default_factory=Counts)
    _told: set[str] = field(default_factory=set)
    _spent: set[int] = field(default_factory=set)

    def run(self, every: float | None = None, *, stop: threading.Event | None = None) -> Counts:
        """Rounds until stopped; without `every`, one.

        Args:
            every: Seconds from the start of a round to the start of the next.
            stop: Ends the loop after the step under way.
        """
        stop = stop or threading.Event()
        courier = threading.Thread(target=self._courier, args=(stop,), daemon=True, name="offramp-courier")
        courier.start()
        patience = STOPPED_S
        try:
            while not stop.is_set():
                start = time.monotonic()
                self.round(stop)
                if every is None or all(source.once for source in self.sources):
                    break
                stop.wait(max(0.0, every - (time.monotonic() - start)))
            patience = 3 * outbox.TIMEOUT_S  # nobody is waiting: let a slow receiver answer
        finally:
            stop.set()
            courier.join(timeout=patience)
        self._send()
        return self.counts

    def round(self, stop: threading.Event | None = None) -> None:
        """Every source once, then the steps that are still to be taken."""
        self._steps(stop)  # what an earlier watcher left
        for place, source in enumerate(self.sources):
            if stop is not None and stop.is_set():
                return
            if place in self._spent:
                continue
            self._source(source, stop)
            if source.once:
                self._spent.add(place)
        self._steps(stop)

    def _source(self, source: Source, stop: threading.Event | None) -> None:
        try:
            self.desk = self.desk or Desk(self.ledger)
            with closing(ahead(self.client, source, self.desk)) as waiting:
                for found, ready in waiting:
                    if stop is not None and stop.is_set():
                        return
                    if isinstance(found, Bad):
                        self._complain(f"{found.source}: {found.why}")
                    elif self._item(source, self.desk, found, ready):
                        self._steps(stop)
        except InputError as error:
            self._complain(str(error))

    def _item(self, source: Source, desk: Desk, item: Item, ready: Evidence | str | None) -> bool:
        """Takes one report in; whether it bears on any case."""
        try:
            taken = desk.take(item, ready)
        except LedgerError as error:
            source.forget(item)
            self._complain(f"{item.source}: not taken in, and tried again later: {error}")
            return False
        if taken is None:
            return False
        self._count(item, taken)
        return bool(taken.cases)

    def _count(self, item: Item, taken: Taken) -> None:
        self.counts.reports += 1
        self.counts.duplicates += taken.kind == "duplicate"
        self.counts.corrections += taken.kind in ("correction", "retraction")
        if taken.note:
            self._complain(f"{item.source}: {taken.note}")
        if taken.kind == "duplicate":
            self.say(f"{item.source}: the same text as report {taken.origin}, counted once")
        elif taken.kind in ("correction", "retraction") and taken.origin is not None:
            self.say(f"{item.source}: {taken.kind} of report {taken.origin}")
        elif taken.kind == "new" and not taken.cases:
            self.say(f"{item.source}: bears on no watched case")

    def _steps(self, stop: threading.Event | None) -> None:
        try:
            todo = step.pending(self.ledger)
        except LedgerError as error:
            self._complain(str(error))
            return
        known: dict[str, cases.Watched] = {}
        for key, number in todo:
            if stop is not None and stop.is_set():
                return
            try:
                if key not in known:
                    known[key] = cases.get(self.ledger, key)
                self._step(known[key], number)
            except OfframpError as error:  # the step stays to be taken
                self._complain(f"{key}, report {number}: {error}")

    def _step(self, case: cases.Watched, number: int) -> None:
        done = step.take(self.ledger, case, number, receivers=self.receivers, play=self.play)
        if done is None:
            self.say(f"{case.key}: no longer watched; report {number} changes nothing")
            return
        self.counts.forecasts += 1
        self.counts.alerts += done.alerted
        self.say(f"{done.entry.content['as_of']} {case.key}: {done.line} [{done.title}]")

    def _complain(self, line: str) -> None:
        """Says what went wrong, once for each new thing."""
        self.counts.problems += 1
        if line not in self._told:
            self._told.add(line)
            self.warn(line)

    def _courier(self, stop: threading.Event) -> None:
        while not stop.wait(POLL_S):
            self._send()

    def _send(self) -> None:
        try:
            for attempt in outbox.deliver(self.ledger, say=self.say):
                if attempt.problem is not None:
                    self.warn(
                        f"{attempt.receiver.shown}: the alert of entry {attempt.entry} is not delivered "
                        f"({attempt.problem}); try {attempt.attempts}, again in {attempt.wait:.0f} s"
                    )
        except LedgerError as error:
            self._complain(str(error))
