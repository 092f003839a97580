"""Reading the small tables that ship beside this package, and folding names so that spellings meet.

A table is a CSV file in `offramp/codes/data` whose first lines, beginning with '#', say what it holds and where it
comes from. Faults in a table are faults of ours, so they raise `OfframpError` with file and line.
"""

from __future__ import annotations

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator
from importlib.resources import files

from offramp.errors import InputError, OfframpError

_APOSTROPHES = {"’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "‐": "-", "‑": "-", "–": "-"}
# Letters that Unicode does not take apart into a plain one and a mark, as reports without them write them.
_SMALL = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
_LETTERS = {**_SMALL, **{letter.upper(): plain.upper() for letter, plain in _SMALL.items()}, "ı": "i"}
PLAIN = {**_APOSTROPHES, **_LETTERS}
"""Signs and letters that `fold` writes plainly."""
_PLAIN = str.maketrans(PLAIN)


class Row:
    """One line of a table: `row['name']` is a cell, and the methods turn cells into values or say what is wrong."""

    __slots__ = ("_cells", "where")

    def __init__(self, cells: dict[str, str], where: str) -> None:
        self._cells = cells
        self.where = where

    def __getitem__(self, column: str) -> str:
        return self._cells[column]

    def fail(self, column: str, expected: str) -> OfframpError:
        return OfframpError(f"{self.where}: {column} is {self._cells[column]!r}; expected {expected}")

    def many(self, column: str) -> tuple[str, ...]:
        """The parts of a cell between ';', without empty ones."""
        return tuple(part.strip() for part in self._cells[column].split(";") if part.strip())

    def number(self, column: str) -> int | None:
        """A whole number, or `None` for an empty cell."""
        cell = self._cells[column]
        if not cell:
            return None
        try:
            return int(cell)
        except ValueError as bad:
            raise self.fail(column, "a whole number or nothing") from bad

    def date(self, column: str) -> dt.date | None:
        """An ISO date, or `None` for an empty cell."""
        cell = self._cells[column]
        if not cell:
            return None
        try:
            return dt.date.fromisoformat(cell)
        except ValueError as bad:
            raise self.fail(column, "an ISO date or nothing") from bad

    def flag(self, column: str) -> bool | None:
        """yes, no, or `None` for an empty cell."""
        cell = self._cells[column]
        if cell not in {"", "yes", "no"}:
            raise self.fail(column, "yes, no or nothing")
        return None if not cell else cell == "yes"

    def one_of(self, column: str, known: Iterable[str]) -> str:
        """A cell that must be one of `known`."""
        cell = self._cells[column]
        if cell not in known:
            raise self.fail(column, f"one of {', '.join(known)}")
        return cell


def read_table(name: str) -> Iterator[Row]:
    """The rows of `offramp/codes/data/<name>`.

    Raises:
        OfframpError: If a line has more or fewer cells than the header.
    """
    text = files("offramp.codes").joinpath("data", name).read_text(encoding="utf-8")
    # A cell never holds a line break, so physical lines are records and can be numbered.
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    cells = csv.reader(line for _, line in numbered)
    header = next(cells)
    for (n, _), row in zip(numbered[1:], cells, strict=True):
        if len(row) != len(header):
            raise OfframpError(f"{name}:{n}: {len(row)} cells where the header has {len(header)}")
        yield Row(dict(zip(header, row, strict=True)), f"{name}:{n}")


def fold(text: str) -> str:
    """Lower case without accents, with plain apostrophes and hyphens and single spaces.

    >>> fold("  Côte  d’Ivoire ")
    "cote d'ivoire"
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


def is_acronym(name: str) -> bool:
    """Whether a name is all capitals (dots aside), such as UN or U.S.: such names are matched with their case."""
    letters = name.replace(".", "").replace("-", "")
    return 2 <= len(letters) <= 8 and letters.isalpha() and letters.isupper() and " " not in name


def key(name: str) -> str:
    """The form under which a phrase is listed: acronyms as they stand without dots, everything else folded."""
    return name.replace(".", "") if is_acronym(name) else fold(name)


def unknown(kind: str, code: object, known: Iterable[object]) -> InputError:
    """The error for a code that is in no table, naming the nearest known ones."""
    import difflib  # needed only on the way to an error

    words = [str(k) for k in known]
    if isinstance(code, int):
        near = [str(n) for n in sorted((int(w) for w in words), key=lambda w: (abs(w - code), w))[:3]]
    else:
        near = difflib.get_close_matches(str(code), words, n=3, cutoff=0.5)
    hint = f"; nearest known: {', '.join(near)}" if near else ""
    return InputError(f"unknown {kind} {str(code)!r}{hint}")
