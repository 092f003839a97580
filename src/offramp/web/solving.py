"""What the server solves, and the process of its own in which it does so.

A solver uses every core for seconds. In a child process of lower priority it takes nothing from those who answer
requests, and what it needs of memory goes with it when it is let go. `Solver.call` runs a function of this module
there; the functions know nothing of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from offramp.case import overrides
from offramp.case.models import Case, Override
from offramp.errors import OfframpError
from offramp.exitgame.starts import Solved, Starts
from offramp.forecast.brief import Brief, Outcomes
from offramp.forecast.summarise import marks, outcome_series
from offramp.reading.evidence import Reading

NODES = 21
NICE = 10
"""How much less urgent solving is than answering."""
MOST_SOLVED = 4
"""Cases kept set up, those asked for last."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a forecast was made."""

    months: int
    draws: int
    seed: int
    nodes: int = NODES


def with_changes(case: Case, changes: Mapping[str, Any]) -> Case:
    """A case with overrides applied. Raises `InputError` as `case.overrides.effective` does."""
    told = {path: Override(value=value, by="what-if") for path, value in changes.items()}
    return overrides.effective(case.model_copy(update={"overrides": told}))


_kept: OrderedDict[tuple[str, Run, bool], Solved] = OrderedDict()


def worlds(case: Case, run: Run, guarantees: Sequence[float], *, near: bool) -> list[Starts]:
    """A case solved with other central values of its guarantee.

    Args:
        case: The case as recorded.
        run: Months, draws, seed, belief grid.
        guarantees: Central values, in (0, 1).
        near: Whether to start from the case's own solution; else worlds are what a forecast would find.

    Raises:
        NotConvergedError: If the game was not solved.
    """
    key = (case.model_dump_json(), run, near)
    solved = _kept.get(key)
    if solved is None:
        solved = Solved(case, months=marks(run.months), horizon=run.months, draws=run.draws, seed=run.seed,
                        nodes=run.nodes, near=near)  # fmt: skip
        _kept[key] = solved
        while len(_kept) > MOST_SOLVED:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    own = case.assessments.guarantee.central
    return solved.starts([case if g == own else with_changes(case, {"guarantee": g}) for g in guarantees])


def played(case: Case, run: Run) -> tuple[list[int], Outcomes]:
    """A change that only the whole game can answer: months told and what they hold."""
    from offramp.exitgame.api import play

    game = play(case, months=run.months, draws=run.draws, seed=run.seed, nodes=run.nodes, what_if=False)
    told = marks(run.months)
    return told, outcome_series(game.outcomes, game.weights, told)


def brief(case: Case, reading: Reading, run: dict[str, Any], warnings: list[str]) -> Brief:
    """The whole brief of a case; `run` holds the options of `exitgame.api.play`."""
    from offramp.exitgame.api import play
    from offramp.forecast.compose import compose

    return compose(case, play(case, **run), reading, int(run.get("seed", 0)), warnings, {})


def forecast(reading: Reading, months: int, draws: int) -> Brief:
    """A reading's first forecast."""
    from offramp.case.draft import draft_case

    drafted = draft_case(reading)
    options = {"months": months, "draws": draws}
    return brief(drafted.case, reading, options, [*reading.warnings, *drafted.warnings])


class SolverLostError(OfframpError):
    """The solver's process ended before it answered."""


class Solver:
    """One child process that solves, started when first needed and again where it was lost."""

    def __init__(self, nice: int = NICE) -> None:
        """`nice` is how much less urgent than its parent the process is; 0 where nobody else waits."""
        self._nice = nice
        self._turn = threading.Lock()  # one question at a time
        self._child: tuple[multiprocessing.process.BaseProcess, Connection] | None = None
        self._closed = False

    def call(self, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """What `work` gives there; its errors are raised here.

        Raises:
            SolverLostError: If the process ended before it answered, or `close` was called.
        """
        with self._turn:
            child = self._child
            if self._closed:
                raise SolverLostError("the server is ending; nothing more is solved.")
            if child is None or not child[0].is_alive():
                child = self._child = _started(self._nice)
            try:
                child[1].send((work, args, options))
                error, found = child[1].recv()
            except (EOFError, OSError):
                child[0].kill()
                self._child = None
                raise SolverLostError("the solver ended before it answered; try again.") from None
        if error is not None:
            raise error
        return found

    @property
    def pid(self) -> int | None:
        """The process; None before the first question."""
        return None if self._child is None else self._child[0].pid

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._closed = True
        child = self._child
        if child is not None:
            child[0].kill()
            child[0].join()
            child[1].close()


def _started(nice: int) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")  # JAX does not survive a fork
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, nice), name="offramp-solver", daemon=True)
    process.start()
    there.close()
    return process, here


def _serve(link: Connection, nice: int) -> None:
    """The child: answers until the other end is closed."""
    from offramp.compiled import enable_compile_cache

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    with suppress(OSError):
        os.nice(nice)
    enable_compile_cache()
    while True:
        try:
            work, args, options = link.recv()
        except (EOFError, OSError):
            return
        answer: tuple[OfframpError | None, Any]
        try:
            answer = (None, work(*args, **options))
        except OfframpError as error:  # told to whoever asked; anything else ends the process, with its traceback
            answer = (error, None)
        with suppress(BrokenPipeError):
            link.send(answer)
