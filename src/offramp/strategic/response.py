"""Outcomes: which terminal node each row reached, or how often each was reached.

A column of labels needs the order of terminal nodes (`outcomes`), which no data file can tell; numbers are taken in
ascending order; a declared order of categories is taken as it is. Several indicator columns (`esc + war`) say the moves
one by one, and name the outcomes themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.strategic.frames import Column, Table

MISSING = -1


@dataclass(frozen=True)
class Scheme:
    """How columns of moves add up to outcomes.

    Attributes:
        columns: How many indicator columns.
        labels: Names of the outcomes, with {0}, {1}, ... for the columns.
        rule: For every outcome the values that the columns must have; None where a column does not matter.
    """

    columns: int
    labels: tuple[str, ...]
    rule: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, eq=False)
class Response:
    """Outcome of every row as a position (MISSING where unknown), and the names of the outcomes."""

    codes: NDArray[np.intp]
    labels: tuple[str, ...]


def read_response(
    table: Table, left: Sequence[str], count: int, schemes: Sequence[Scheme], given: Sequence[str] | None
) -> Response:
    """The outcome of every row.

    Raises:
        InputError: For labels whose order is not given, values that are not outcomes, indicators that are not 0 or 1.
    """
    if not left:
        raise InputError("the formula has no left side; name the outcome, as in outcome ~ x | 0 | 1 | z.")
    if len(left) == 1:
        return _labels(table.column(left[0]), left[0], count, given)
    for scheme in schemes:
        if scheme.columns == len(left):
            found = _indicators(table, left, scheme)
            if given is not None:
                if len(given) != count:
                    raise InputError(f"--outcomes names {len(given)} outcomes; this game has {count}.")
                return Response(found.codes, tuple(given))
            return found
    known = " or ".join(str(n) for n in sorted({1, *(s.columns for s in schemes)}))
    raise InputError(f"the left side has {len(left)} columns ({' + '.join(left)}); this game takes {known}.")


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _labels(column: Column, name: str, count: int, given: Sequence[str] | None) -> Response:
    missing = column.missing()
    kept = column.values[~missing]
    if column.numeric:
        kinds, where = np.unique(kept, return_inverse=True)
        seen = [_text(v) for v in kinds]
    else:
        seen = sorted({str(v) for v in kept})
        order = {text: i for i, text in enumerate(seen)}
        where = np.fromiter((order[str(v)] for v in kept), dtype=np.intp, count=len(kept))
    if given is None:
        if not column.numeric and not (column.ordered and column.levels and len(column.levels) == count):
            raise InputError(
                f"outcome {name!r} holds labels ({', '.join(repr(s) for s in seen[:12])}), and which one is which "
                f"terminal node cannot be guessed. Give all {count} in the order of the game's ends, as in "
                f'--outcomes "{",".join("ABCDEFGHIJ"[:count])}", or moves as indicators on the left side.'
            )
        given = seen if column.numeric else list(column.levels or ())
        if len(given) != count:
            raise InputError(
                f"outcome {name!r} holds {len(given)} values ({', '.join(seen[:12])}); this game has {count} ends. "
                "Name them in order with --outcomes if one was never seen."
            )
    labels = tuple(str(g) for g in given)
    if len(labels) != count or len(set(labels)) != count:
        raise InputError(f"--outcomes names {len(set(labels))} different outcomes; this game has {count}.")
    stray = [s for s in seen if s not in labels]
    if stray:
        raise InputError(
            f"outcome {name!r} holds {', '.join(repr(s) for s in stray)}, which is not one of the game's outcomes "
            f"({', '.join(labels)})."
        )
    place = np.array([labels.index(s) for s in seen], dtype=np.intp)
    codes = np.full(len(missing), MISSING, dtype=np.intp)
    codes[~missing] = place[where]
    return Response(codes, labels)


def _indicators(table: Table, left: Sequence[str], scheme: Scheme) -> Response:
    values = np.empty((table.rows, len(left)))
    for i, name in enumerate(left):
        column = table.column(name)
        if column.numeric:
            values[:, i] = column.values
        elif all(v is None or isinstance(v, bool) for v in column.values):
            values[:, i] = [np.nan if v is None else float(v) for v in column.values]
        else:
            raise InputError(f"outcome column {name!r} holds text; an indicator of a move holds 0 and 1.")
        wrong = ~(np.isnan(values[:, i]) | (values[:, i] == 0) | (values[:, i] == 1))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"outcome column {name!r} holds {values[row, i]:g} in row {row + 1}; an indicator of a move holds 0 "
                "and 1."
            )
    codes = np.full(table.rows, MISSING, dtype=np.intp)
    for outcome, rule in enumerate(scheme.rule):
        fits = np.ones(table.rows, dtype=bool)
        for i, wanted in enumerate(rule):
            if wanted is not None:
                fits &= values[:, i] == wanted
        codes[fits] = outcome
    return Response(codes, tuple(label.format(*left) for label in scheme.labels))


def check_seen(counts: NDArray[np.float64], labels: Sequence[str]) -> None:
    """Raises `InputError` when an outcome was never seen: its utilities would run off to infinity."""
    never = [label for label, total in zip(labels, counts, strict=True) if total == 0]
    if never:
        raise InputError(
            f"outcome{'s' if len(never) > 1 else ''} {', '.join(repr(n) for n in never)} never seen in the rows used; "
            "nothing can be estimated about utilities there."
        )


def read_counts(table: Table, left: Sequence[str], what: str) -> NDArray[np.float64]:
    """Columns of counts, (n, outcomes), NaN where missing. Raises `InputError` for text and for negative counts."""
    counts = np.empty((table.rows, len(left)))
    for k, name in enumerate(left):
        column = table.column(name)
        if not column.numeric:
            raise InputError(f"{what}: column {name!r} holds text; expected counts.")
        counts[:, k] = column.values
        if (column.values < 0).any():
            row = int(np.flatnonzero(column.values < 0)[0])
            raise InputError(f"{what}: {name!r} is {column.values[row]:g} in row {row + 1}; counts are 0 or more.")
    return counts
