"""All sources: finding their files in a folder and reading them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from offramp.errors import InputError
from offramp.history.sources import conflict, coups, leaders, regimes, wealth
from offramp.history.sources.spec import Parsed, Source, parse
from offramp.history.sources.text import SUFFIXES

SOURCES: tuple[Source, ...] = (
    *leaders.SOURCES,
    *coups.SOURCES,
    *regimes.SOURCES,
    *conflict.SOURCES,
    *wealth.SOURCES,
)
NAMES = tuple(dict.fromkeys(source.name for source in SOURCES))


@dataclass(frozen=True)
class Sources:
    """What was read: one `Parsed` for each source by name; `absent` names the optional ones that were not there."""

    folder: Path
    parsed: dict[str, Parsed]
    absent: tuple[str, ...]

    def frame(self, name: str) -> pl.DataFrame | None:
        """The rows of a source, or None where it is absent."""
        found = self.parsed.get(name)
        return None if found is None else found.frame


def find_files(folder: Path) -> dict[str, tuple[Source, Path]]:
    """The file of each source in a folder, by the beginning of its name.

    Raises:
        InputError: The folder is missing, a file that is needed is not there (the message says what would be missing),
            or two files fit one source.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the one with the source files, plain or .gz")
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name.lower().endswith(SUFFIXES))
    found: dict[str, tuple[Source, Path]] = {}
    for source in SOURCES:
        for path in files:
            if not path.name.lower().startswith(source.stems):
                continue
            if source.name in found and found[source.name][1] != path:
                raise InputError(
                    f"{folder}: {found[source.name][1].name} and {path.name} are both {source.title}; keep one of them"
                )
            found[source.name] = (source, path)
    missing = [source for source in SOURCES if not source.optional and source.name not in found]
    missing = list({source.name: source for source in reversed(missing)}.values())
    if missing:
        listed = "\n  ".join(
            f"{source.title} (a file named {source.stems[0]}*): without it these would be missing: {source.feeds}"
            for source in missing
        )
        raise InputError(f"{folder}: {len(missing)} source file(s) are not there\n  {listed}")
    return found


def read_sources(folder: Path, progress: Callable[[str], None] = lambda step: None) -> Sources:
    """Read every source of a folder. `progress` is told each step. Raises `InputError` as `find_files` and `parse`."""
    parsed = {}
    for name, (source, path) in find_files(folder).items():
        progress(f"Reading {path.name}")
        parsed[name] = parse(source, path)
    absent = tuple(name for name in NAMES if name not in parsed)
    return Sources(folder, parsed, absent)
