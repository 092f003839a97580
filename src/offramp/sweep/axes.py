"""What a sweep varies: names and their values, as `--over offer,guarantee,army_loyalty=0:1:101` says them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError

MOST = 100_000_000
"""Most scenarios of a sweep."""

Value = float | str
T = TypeVar("T", bound=Value)


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that is varied, and its values in order."""

    name: str
    values: tuple[Value, ...]

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return not isinstance(self.values[0], str)


def parse(texts: Iterable[str]) -> dict[str, str]:
    """Names and the text of their values, '' where none is given, in the order given.

    Raises:
        InputError: An empty name, or one that is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        for part in text.split(","):
            name, equals, values = part.partition("=")
            name = name.strip()
            if not name or (equals and not values.strip()):
                raise InputError(f"--over {text!r}: expected NAME or NAME=VALUES, such as offer,army_loyalty=0:1:101.")
            if name in found:
                raise InputError(f"--over {text!r}: {name} is given twice.")
            found[name] = values.strip()
    if not found:
        raise InputError("--over: name at least one thing to vary, such as offer,army_loyalty=0:1:101.")
    return found


def numbers(name: str, text: str) -> tuple[float, ...]:
    """Numbers from `FIRST:LAST:COUNT` (evenly spaced), or `A|B|C`.

    Raises:
        InputError: For anything else, numbers that are not finite, or one that is there twice.
    """
    try:
        if ":" in text:
            first, last, many = text.split(":")
            ends = [float(first), float(last)]
        else:
            ends = [float(part) for part in text.split("|")]
        if not np.isfinite(ends).all():
            raise ValueError(text)
        values = np.linspace(ends[0], ends[1], int(many)) if ":" in text else np.array(ends)
        if not len(values):
            raise ValueError(text)
    except ValueError:
        raise InputError(
            f"--over {name}={text}: expected FIRST:LAST:COUNT or numbers between bars, such as {name}=0:1:101 or "
            f"{name}=0.2|0.5|0.8."
        ) from None
    found = tuple(round(float(value), 12) for value in values)
    return _once(name, found)


def words(name: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Words between bars, all of `known` where there is no text. Raises `InputError` for an unknown one."""
    if not text:
        return tuple(known)
    found = tuple(part.strip() for part in text.split("|"))
    for word in found:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InputError(f"--over {name}={text}: {word!r} is none of {', '.join(known)}.{hint}")
    return _once(name, found)


def unknown(name: str, known: Sequence[str], of: str) -> InputError:
    """The error for a name that cannot be varied."""
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return InputError(f"--over: {name!r} cannot be varied in {of}; known: {', '.join(known)}.{hint}")


def count(axes: Iterable[Axis]) -> int:
    """How many scenarios axes make. Raises `InputError` beyond `MOST`."""
    found = math.prod(len(axis.values) for axis in axes)
    if found > MOST:
        raise InputError(f"--over: {found:,} scenarios; expected at most {MOST:,}. Take fewer values.")
    return found


def at(axes: Sequence[Axis], rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    """Places along each axis, [rows], of numbered scenarios; the last axis varies fastest."""
    shape = tuple(len(axis.values) for axis in axes)
    if not shape:
        return {}
    places = np.unravel_index(rows, shape)
    return {axis.name: np.asarray(place) for axis, place in zip(axes, places, strict=True)}


def told(axes: Iterable[Axis]) -> Mapping[str, list[Value]]:
    """Axes as plain values, for a manifest."""
    return {axis.name: list(axis.values) for axis in axes}


def _once(name: str, values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise InputError(f"--over {name}: a value is there twice.")
    return values
