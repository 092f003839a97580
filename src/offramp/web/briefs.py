"""Whole briefs of recorded forecasts, made again from what the ledger holds, and reports read on request.

An entry keeps figures and the case, not the brief; the brief is a function of the two, so it is made when somebody
opens it and kept in memory only, under the hashes of the texts that still exist: an erased report leaves no copy here.
Reports are read in a child process with a time limit, so that no text can hold the server up.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import OrderedDict
from pathlib import Path

from offramp.case.models import Case
from offramp.errors import InputError, OfframpError
from offramp.forecast import record
from offramp.forecast.brief import Brief
from offramp.ledger.entries import Entry
from offramp.ledger.store import Ledger
from offramp.reading.evidence import Evidence, Reading
from offramp.web import library, solving
from offramp.web.solving import Solver

MOST_KEPT = 24
READ_SECONDS = 40.0


class Briefs:
    """Briefs by entry, the last ones kept."""

    def __init__(self, ledger: Ledger, solver: Solver) -> None:
        self.ledger, self._solver = ledger, solver
        self._kept: OrderedDict[str, Brief] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, entry: Entry) -> str:
        """What a brief is made from: the entry and the texts that are left of its reports."""
        left = "".join("-" if report.erased else "+" for report in library.evidence(self.ledger, entry))
        return f"{entry.hash}{left}"

    def held(self, key: str) -> Brief | None:
        """The brief, if it was made already."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: str, brief: Brief) -> Brief:
        """Keeps a brief, and lets the oldest go."""
        with self._lock:
            self._kept[key] = brief
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return brief

    def make(self, entry: Entry) -> Brief:
        """The brief of an entry, with the figures that were recorded where the code is the same."""
        key = self.key(entry)
        held = self.held(key)
        if held is not None:
            return held
        case = statement(self.ledger, entry)
        reading, warnings = self._reading(entry, case)
        return self.keep(key, self._solver.call(solving.brief, case, reading, entry.content["run"], warnings))

    def _reading(self, entry: Entry, case: Case) -> tuple[Reading, list[str]]:
        bare = Reading(reports=[], evidence=Evidence(events=case.events, offers=case.offers, demands=case.demands))
        texts = [report for report in library.evidence(self.ledger, entry) if report.text]
        gone = len(entry.content.get("reports", [])) - len(texts)
        told = [f"{gone} of the reports that this forecast rests on are not kept or were erased."] if gone else []
        if not texts:
            return bare, told
        try:
            reading = read([(report.text or "") for report in texts])
        except InputError as error:
            return bare, [*told, f"The reports could not be read again: {error}"]
        if len(reading.reports) != len(texts):
            return reading, told
        named = [
            found.model_copy(update={"path": kept.path or found.path, "title": kept.title or found.title})
            for found, kept in zip(reading.reports, texts, strict=True)
        ]
        return reading.model_copy(update={"reports": named}), told


def statement(ledger: Ledger, entry: Entry) -> Case:
    """The case of a forecast. Raises `InputError` where the entry holds none that can be played."""
    try:
        return record.whole_case(ledger, entry)
    except ValueError as error:
        raise InputError(f"entry {entry.n} holds no case that can be played again ({type(error).__name__}).") from None


def read(texts: list[str | bytes], *, seconds: float = READ_SECONDS) -> Reading:
    """Reads reports in a child process.

    Raises:
        InputError: If they cannot be read, are not English, or reading took longer than `seconds`.
    """
    from offramp.reading import worker

    with tempfile.TemporaryDirectory(prefix="offramp-read-") as folder:
        paths = []
        for number, text in enumerate(texts, 1):
            path = Path(folder) / f"report-{number}.txt"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            if path.read_bytes().lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")):
                path = path.rename(path.with_suffix(".html"))
            paths.append(str(path))
        until = time.monotonic() + seconds
        with worker.start(paths) as job:
            while not job.ready():
                if time.monotonic() > until:
                    raise InputError(f"the report took longer than {seconds:g} seconds to read; hand in a shorter one.")
                time.sleep(0.02)
            try:
                reading = job.result()
            except OfframpError as error:
                raise type(error)(str(error).replace(f"{folder}/", "")) from None
    shown = [report.model_copy(update={"path": Path(report.path).name}) for report in reading.reports]
    return reading.model_copy(update={"reports": shown})
