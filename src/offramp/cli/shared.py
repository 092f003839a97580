"""What several commands share: dates, progress, files written whole or not at all."""

from __future__ import annotations

import datetime as dt
import gc
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.reading.evidence import Reading


def parse_date(text: str, option: str) -> dt.date | None:
    """A date given to an option, or None when it was not given. Raises `InputError` naming the option."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option} {text!r}: expected a date as YYYY-MM-DD, such as 2025-12-01 ({error}).") from error


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's collector of cycles switched off for one short job, whose many small objects live to its end anyway."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_sources(sources: Sequence[str]) -> Reading:
    """Reads reports in this process, with a spinner on a terminal."""
    from rich.console import Console

    with Console(stderr=True).status("Reading the reports"):
        from offramp.reading.reader import read_reports

        return read_reports(sources)


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Writes a file whole or not at all. Raises `InputError` if it exists and `force` is not given."""
    if path.exists() and not force:
        raise InputError(f"{path} exists already; choose another name or give --force.")
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot write: {error.strerror}.") from error
