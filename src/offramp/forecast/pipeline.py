"""The main job: from reports or a case file to a `Brief`.

Reading runs in a process of its own while this one loads the solver. The forecast is a function of the case, the seed
and the options alone: a case file written by one run and read by another gives the same numbers.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from offramp.case import files, overrides
from offramp.case.draft import Draft, draft_case
from offramp.case.merge import merge
from offramp.case.models import Case
from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.forecast.compose import compose
from offramp.reading.evidence import Evidence, Reading

MAX_STDIN = 5_000_000


@dataclass(frozen=True)
class Options:
    """What a user asks of one forecast. `sources` are paths, addresses, or '-' for `stdin`."""

    sources: tuple[str, ...] = ()
    case_file: Path | None = None
    as_of: dt.date | None = None
    months: int = 24
    draws: int = 64
    seed: int = 0
    settings: tuple[str, ...] = ()
    ruler: str | None = None
    stdin: BinaryIO | None = None


@dataclass(frozen=True)
class Result:
    """The brief, and the case as its file should hold it (overrides kept apart, comments kept)."""

    brief: Brief
    case_text: str


def _silent(_: str) -> None:
    return None


def assess_standoff(options: Options, *, progress: Callable[[str], None] = _silent) -> Result:
    """Reads, states the case, plays the game, and composes the brief.

    Raises:
        InputError: If there is nothing to read, or what was handed in cannot be used.
        NoStandoffError: If the reports hold no standoff.
        SeveralStandoffsError: If they hold several and `options.ruler` does not choose.
        NotConvergedError: If the game's residual stayed above tolerance.
    """
    if not options.sources and options.case_file is None:
        raise InputError(
            "nothing to read: give a report (a file, an address, or - for standard input) or a case file with --case."
        )
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name] = round(time.perf_counter() - clock, 3)
        clock = time.perf_counter()

    settings = [overrides.parse_setting(text) for text in options.settings]
    given = files.load(options.case_file) if options.case_file else None
    reading = _read(options, progress) if options.sources else None
    lap("reading and imports")
    case, warnings = _case(given, reading, options)
    case.overrides.update(settings)
    effective = overrides.effective(case)
    text = files.dump(case, like=options.case_file.read_text("utf-8-sig") if options.case_file else None)
    lap("case")

    _load_solver()
    from offramp.exitgame.api import play

    progress("Solving the game")
    game = play(effective, months=options.months, draws=options.draws, seed=options.seed, progress=progress)
    lap("game")
    progress("Composing the brief")
    brief = compose(
        effective,
        game,
        reading or Reading(reports=[], evidence=_evidence_of(effective)),
        options.seed,
        warnings,
        seconds,
    )
    return Result(brief, text)


def _read(options: Options, progress: Callable[[str], None]) -> Reading:
    """Reads in a child process while this one imports what the game needs."""
    from offramp.reading import worker

    raw = options.stdin.read(MAX_STDIN + 1) if options.stdin is not None else None
    if sys.stdin is not None and "-" in options.sources and raw is None:
        raise InputError("'-' stands for standard input, which is not there.")
    progress("Reading the reports")
    with worker.start(options.sources, raw) as job:
        _load_solver()
        from offramp.exitgame.api import make_ready

        make_ready(months=options.months, draws=options.draws, until=job.ready)
        return job.result()


def _load_solver() -> None:
    """Imports the game and lets JAX keep compiled programs on disk, so that only the first run pays for compiling."""
    import offramp.exitgame.api  # noqa: F401 - imported for its time, while the child reads
    from offramp.compiled import enable_compile_cache

    enable_compile_cache()


def _case(given: Case | None, reading: Reading | None, options: Options) -> tuple[Case, list[str]]:
    if reading is None:
        if given is None:
            raise InputError("no case")
        return (given if options.as_of is None else _dated(given, options.as_of)), []
    drafted: Draft = draft_case(
        reading,
        as_of=options.as_of,
        ruler=options.ruler or (given.ruler.country if given else None),
    )
    if given is None:
        return drafted.case, [*reading.warnings, *drafted.warnings]
    merged = merge(given, drafted.case, reading)
    return merged.case, [*reading.warnings, *drafted.warnings, *merged.warnings]


def _dated(case: Case, day: dt.date) -> Case:
    """The case at another date. Raises `InputError` if its own dates forbid it."""
    try:
        return Case.model_validate(case.model_dump(by_alias=True) | {"as_of": day})
    except ValidationError as error:
        raise InputError(f"--as-of {day}: {error.errors()[0]['msg'].removeprefix('Value error, ')}.") from error


def _evidence_of(case: Case) -> Evidence:
    """What a case file alone still holds of its evidence."""
    return Evidence(events=case.events, offers=case.offers, demands=case.demands)
