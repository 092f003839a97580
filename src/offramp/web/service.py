"""The server's hands: boards of live cases, briefs, readings, forecasts to be recorded; each bounded.

One process solves and one reads, each for a thread with a queue (`jobs`). Answers that need no solving are given at
once by whoever asks.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from offramp.case.models import Case
from offramp.errors import InputError, NotConvergedError
from offramp.exitgame.starts import Starts
from offramp.fetch import Fetched
from offramp.fetch import get as fetch
from offramp.fetch.client import Resolver
from offramp.forecast import record
from offramp.forecast.brief import Brief
from offramp.ledger.entries import Entry
from offramp.ledger.store import Ledger
from offramp.reading.evidence import Reading
from offramp.web import briefs, library, solving
from offramp.web.jobs import Jobs
from offramp.web.live import LIVE, Answer, Live
from offramp.web.settings import Settings
from offramp.web.solving import Run, Solver, with_changes

MOST_JOBS = 200
PREVIEW_MISSES = (InputError, NotConvergedError)


@dataclass(slots=True)
class Work:
    """A forecast that is being made."""

    id: str
    future: Future[Entry]

    @property
    def state(self) -> str:
        """'waiting', 'done' or 'failed'."""
        if not self.future.done():
            return "waiting"
        return "failed" if self.future.cancelled() or self.future.exception() else "done"


class Service:
    """What the routes call. Methods that may take seconds hand back futures."""

    def __init__(
        self, ledger: Ledger, settings: Settings, *, resolver: Resolver | None = None, solver: Solver | None = None
    ) -> None:
        """Opens the hands of a server.

        Args:
            ledger: What is shown.
            settings: Bounds.
            resolver: Looks host names up when an address is fetched; for tests.
            solver: A solver that others use too; by default the server has one of its own and ends it.
        """
        self._solver, self._shared = solver or Solver(), solver is not None
        self.ledger, self.settings, self._resolver = ledger, settings, resolver
        self.solver, self.reader = Jobs(1), Jobs(1, "offramp-reader")
        self.briefs = briefs.Briefs(ledger, self._solver)
        self._boards: OrderedDict[str, Live] = OrderedDict()
        self._failed: dict[str, str] = {}
        self._work: OrderedDict[str, Work] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Drops what waits."""
        self.solver.close()
        self.reader.close()
        if not self._shared:
            self._solver.close()

    # ---- live answers -----------------------------------------------------------------------------------------
    def board(self, entry: Entry) -> Live | None:
        """The solved case of an entry; None while it is being solved. Raises `InputError` where it cannot be."""
        with self._lock:
            board = self._boards.get(entry.hash)
            if board is not None:
                self._boards.move_to_end(entry.hash)
                return board
            if entry.hash in self._failed:
                raise InputError(self._failed[entry.hash])
        self.solver.put(f"board:{entry.hash}", lambda: self._build(entry))
        return None

    def _build(self, entry: Entry) -> Live | None:
        try:
            case, run = _playable(entry)
            board = Live(case, run, draws=self.settings.draws, nodes=self.settings.nodes, solve=self._worlds)
            board.recorded(library.series(entry))
        except PREVIEW_MISSES as error:
            with self._lock:
                self._failed[entry.hash] = str(error)
            return None
        with self._lock:
            self._boards[entry.hash] = board
            while len(self._boards) > self.settings.boards:
                self._boards.popitem(last=False)
        # What a slider settles on is solved next, unless others wait.
        self.solver.put(f"full:{entry.hash}:[]", lambda: board.full({}))
        return board

    def _worlds(self, case: Case, run: Run, guarantees: Sequence[float], *, near: bool) -> list[Starts]:
        found: list[Starts] = self._solver.call(solving.worlds, case, run, list(guarantees), near=near)
        return found

    def _played(self, case: Case, run: Run) -> Answer:
        months, outcomes = self._solver.call(solving.played, case, run)
        return Answer(months, outcomes, run.draws, preview=False)

    def warm(self) -> None:
        """Queues the newest cases to be solved before anybody asks."""
        rows = sorted((row for row in library.cases(self.ledger) if row.outcome is None), key=lambda row: row.recorded)
        for row in rows[-self.settings.boards :]:
            entry = library.newest(self.ledger, row.key)
            if entry is not None:
                try:
                    self.board(entry)
                except InputError:
                    continue

    def full(self, entry: Entry, changes: Mapping[str, Any], user: str) -> Future[Answer]:
        """The answer with the recorded forecast's draws; a newer request of the same user replaces it.

        Raises:
            BusyError: If too much waits.
            InputError: A change that cannot be.
        """
        case, run = _playable(entry)
        with_changes(case, changes)
        key = f"full:{entry.hash}:{sorted(changes.items())!r}"
        board = self._boards.get(entry.hash)
        if set(changes) <= LIVE and board is not None:
            if board.ready(changes):
                done: Future[Answer] = Future()
                done.set_result(board.full(changes))
                return done
            return self.solver.put(key, lambda: board.full(changes), user=user)
        return self.solver.put(key, lambda: self._played(with_changes(case, changes), run), user=user)

    # ---- briefs -----------------------------------------------------------------------------------------------
    def brief(self, entry: Entry) -> Brief | Future[Brief]:
        """The brief of an entry, or the future that makes it."""
        held = self.briefs.held(self.briefs.key(entry))
        if held is not None:
            return held
        return self.solver.put(f"brief:{self.briefs.key(entry)}", lambda: self.briefs.make(entry))

    # ---- reports ----------------------------------------------------------------------------------------------
    def fetch(self, address: str) -> Fetched:
        """The bytes of an address on the public internet. Raises `FetchError`."""
        return fetch(address, resolver=self._resolver, max_bytes=self.settings.max_bytes, timeout=15)

    def reading(self, data: bytes | str, user: str) -> Future[Reading]:
        """A report read. Raises `BusyError` if too much waits."""
        return self.reader.put(f"read:{secrets.token_hex(8)}", lambda: briefs.read([data]), user=user)

    def forecast(self, data: bytes | str, *, months: int, draws: int, by: str) -> Work:
        """A report read, forecast and recorded, as work that goes on by itself."""

        def work() -> Entry:
            reading = briefs.read([data])
            return self._record(reading, months, draws, by)

        return self._remember(self.solver.put(f"forecast:{secrets.token_hex(8)}", work))

    def _record(self, reading: Reading, months: int, draws: int, by: str) -> Entry:
        brief: Brief = self._solver.call(solving.forecast, reading, months, draws)
        entry = record.append_brief(self.ledger, brief, why={"by": by})
        self.briefs.keep(self.briefs.key(entry), brief)
        return entry

    def _remember(self, future: Future[Entry]) -> Work:
        work = Work(secrets.token_hex(8), future)
        with self._lock:
            self._work[work.id] = work
            while len(self._work) > MOST_JOBS:
                self._work.popitem(last=False)
        return work

    def work(self, ident: str) -> Work | None:
        """Work by its id; None where there is none (any more)."""
        return self._work.get(ident)


def _playable(entry: Entry) -> tuple[Case, Run]:
    try:
        case = Case.model_validate(entry.content["statement"])
        return case, Run(**entry.content["run"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"entry {entry.n} holds no case that can be played ({type(error).__name__}).") from None
