"""Every fixed point of a monotone map of the line, with a proof that none is missing.

For an increasing map T and an interval [a, b], the image lies in [T(a), T(b)]. An interval whose image misses it holds
no fixed point. Where the slope of T can be bounded away from 1, it holds exactly one if T(z) - z changes its sign, and
none otherwise. Intervals that pass neither test are halved. What is left at the end are tangencies, where T touches
the diagonal: they are reported as such. A map that does not increase has exactly one fixed point. Bounds are taken with
room for rounding (1e-12 of the values), so the proof holds up to the accuracy with which T itself is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offramp.errors import NotConvergedError

Floats = NDArray[np.float64]
Map = Callable[[Floats], Floats]
Slopes = Callable[[Floats, Floats], tuple[Floats, Floats]]
ROOM = 1e-12
NARROWEST = 1e-10
TOUCHING = 1e-11
NOISE = 1e-13
MOST_INTERVALS = 200_000


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixed point. `kind`: single (isolated, slope not 1) or tangent (double, or too close to call)."""

    at: float
    kind: str


def fixed_points(image: Map, slopes: Slopes, low: float, high: float, *, increasing: bool) -> list[Fixed]:
    """All fixed points of a monotone map in [low, high], in order.

    Args:
        image: The map, on arrays. Values may be infinite.
        slopes: Lower and upper bounds of |T'| on intervals given by their ends.
        low, high: Where to look; fixed points outside are not found.
        increasing: Whether T increases (weakly); otherwise it must decrease (weakly).

    Raises:
        NotConvergedError: When more intervals remain than can be held, as for a map that follows the diagonal.
    """
    if not increasing:
        ends = image(np.array([low, high])) - np.array([low, high])
        return [Fixed(_bracketed(image, low, high), "single")] if ends[0] >= 0 >= ends[1] else []
    found: list[Fixed] = []
    left = np.linspace(low, high, 257)[:-1]
    right = np.linspace(low, high, 257)[1:]
    unclear: list[tuple[float, float]] = []
    while len(left):
        if len(left) > MOST_INTERVALS:
            raise NotConvergedError(f"{len(left):,} intervals between {low:g} and {high:g} cannot be told apart.")
        below, above = image(left), image(right)
        room = ROOM * (1 + np.maximum(np.abs(left), np.abs(right)))
        keep = (above >= left - room) & (below <= right + room)
        left, right, below, above = left[keep], right[keep], below[keep], above[keep]
        if not len(left):
            break
        slow, fast = slopes(left, right)
        sure = (fast < 1) | (slow > 1)
        changes = (below - left) * (above - right) <= 0
        for a, b in zip(left[sure & changes], right[sure & changes], strict=True):
            found.append(Fixed(_bracketed(image, float(a), float(b)), "single"))
        narrow = ~sure & (right - left < NARROWEST * (1 + np.abs(left)))
        unclear += list(zip(left[narrow].tolist(), right[narrow].tolist(), strict=True))
        wide = ~sure & ~narrow
        left, right = left[wide], right[wide]
        middle = (left + right) / 2
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    found += _touching(image, unclear)
    return _merged(image, sorted(found, key=lambda f: f.at))


def _bracketed(image: Map, a: float, b: float) -> float:
    """The fixed point between two signs of T(z) - z: bisection with false position, to rounding."""
    ends = image(np.array([a, b])) - np.array([a, b])
    fa, fb = float(ends[0]), float(ends[1])
    if fa == 0:
        return a
    if fb == 0:
        return b
    for count in range(200):
        straight = np.isfinite(fa) and np.isfinite(fb) and count % 3
        m = a - fa * (b - a) / (fb - fa) if straight else (a + b) / 2
        m = min(max(m, a + 1e-3 * (b - a)), b - 1e-3 * (b - a))
        fm = float(image(np.array([m]))[0]) - m
        if fm == 0:
            return m
        if (fm > 0) == (fa > 0):
            a, fa = m, fm
        else:
            b, fb = m, fm
        if b - a <= 4e-16 * max(abs(a), abs(b), 1e-3):
            break
    return a if abs(fa) <= abs(fb) else b


def _touching(image: Map, unclear: list[tuple[float, float]]) -> list[Fixed]:
    """Intervals too narrow to halve, joined; each run is a tangency, or two fixed points that cannot be told apart."""
    runs: list[list[float]] = []
    for a, b in sorted(unclear):
        if runs and a <= runs[-1][1] + NARROWEST * (1 + abs(a)):
            runs[-1][1] = max(runs[-1][1], b)
        else:
            runs.append([a, b])
    found = []
    for a, b in runs:
        at = np.linspace(a, b, 65)
        gap = image(at) - at
        best = int(np.argmin(np.abs(gap)))
        if abs(gap[best]) <= TOUCHING * (1 + abs(at[best])):
            found.append(Fixed(float(at[best]), "tangent"))
    return found


def _merged(image: Map, found: list[Fixed]) -> list[Fixed]:
    """Neighbours between which T(z) - z never leaves rounding are one: a tangency, or one point found twice."""
    kept: list[Fixed] = []
    for point in found:
        if kept:
            last = kept[-1]
            same = point.at - last.at <= 1e-13 * (1 + abs(point.at))
            between = np.linspace(last.at, point.at, 9)
            if same or np.all(np.abs(image(between) - between) <= NOISE * (1 + np.abs(between))):
                kind = point.kind if same and point.kind == last.kind else "tangent"
                kept[-1] = Fixed((last.at + point.at) / 2, kind)
                continue
        kept.append(point)
    return kept
