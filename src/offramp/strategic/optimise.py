"""Newton's method in a trust region, from several starts, with the optima told apart.

Steps are exact solutions of the trust-region problem in coefficients scaled by their regressors, through the
eigenvalues of the Hessian, so that saddle points and flat stretches are left behind. The end is judged by the Newton
decrement g' (-H)^-1 g, which is the squared distance to the optimum in standard errors; the last step is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample

Derivatives = Callable[[Floats], tuple[float, Floats, Floats]]
CLOSE = 1e-10  # squared distance, in standard errors, at which the last Newton step is taken
FLAT = 1e-11  # eigenvalues below this share of the largest count as flat
STEPS = 200
EXPLORED = 512  # rows on which starts beyond the first are tried in a large sample
MORE = 6  # further starts when the first ones disagree
LOOKS = 30  # most steps of a climb on that part
SAME = 1e-4  # optima nearer than this, in standard errors, are one


@dataclass(frozen=True)
class Climb:
    """Where one climb ended."""

    beta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    steps: int
    converged: bool
    decrement: float


@dataclass(frozen=True)
class Optimum:
    """One of the optima found, and how many of the starts led there."""

    value: float
    beta: Floats
    starts: int


def climb(
    derivatives: Derivatives,
    start: Floats,
    scale: Floats,
    *,
    steps: int = STEPS,
    close: float = CLOSE,
    near: Callable[[Floats, float], bool] | None = None,
) -> Climb:
    """Maximises from one start.

    Args:
        derivatives: Value, gradient and Hessian at coefficients; -inf where there is no likelihood.
        scale: Natural size of each coefficient's regressor.
        close: Squared distance to the optimum, in standard errors, at which the last Newton step is taken.
        near: Ends the climb early, as converged, where it says that a known optimum is near.
    """
    unit = 1 / scale
    beta = start.astype(float)
    value, gradient, hessian = derivatives(beta)
    if not np.isfinite(value):
        return Climb(beta, -np.inf, gradient, hessian, 0, False, np.inf)
    radius, still = 2.0 * np.sqrt(len(beta)), 0
    decrement = np.inf
    for step in range(steps):
        if near is not None and near(beta, value):
            return Climb(beta, value, gradient, hessian, step, True, decrement)
        g, h = gradient * unit, -hessian * np.outer(unit, unit)
        if not (np.isfinite(g).all() and np.isfinite(h).all()):
            return Climb(beta, value, gradient, hessian, step, False, np.inf)
        eigenvalues, vectors = np.linalg.eigh(h)
        along = vectors.T @ g
        low = FLAT * max(eigenvalues[-1], 1e-300)
        curved = eigenvalues > low
        decrement = float(np.sum(along[curved] ** 2 / eigenvalues[curved]))
        flat_pull = float(np.sum(np.abs(along[~curved])))
        if decrement < close and not (eigenvalues < -low).any() and flat_pull < 1e-7 * (1 + abs(value)):
            move = np.where(curved, along / np.where(curved, eigenvalues, 1.0), 0.0)
            return Climb(
                beta + unit * (vectors @ move), value + decrement / 2, gradient, hessian, step, True, decrement
            )
        move, gain = _step(eigenvalues, along, radius)
        trial = beta + unit * (vectors @ move)
        new = derivatives(trial)
        better = new[0] - value
        noise = 1e-13 * (1 + abs(value))
        ratio = better / gain if gain > noise else (1.0 if better >= -noise else -1.0)
        if not np.isfinite(new[0]) or ratio < 0.05:
            radius = 0.25 * float(np.linalg.norm(move))
        else:
            length = float(np.linalg.norm(move))
            radius = max(radius, 2.5 * length) if ratio > 0.7 else (radius if ratio > 0.25 else 0.5 * length)
        if np.isfinite(new[0]) and better > -noise:
            beta, (value, gradient, hessian) = trial, new
            still = still + 1 if better < 1e-12 * (1 + abs(value)) else 0
        elif radius < 1e-14:
            still = 99
        if still >= 6:  # nothing is gained any more: flat, or as good as arithmetic allows
            return Climb(beta, value, gradient, hessian, step + 1, decrement < 1e-6, decrement)
    return Climb(beta, value, gradient, hessian, steps, False, decrement)


def _step(eigenvalues: Floats, along: Floats, radius: float) -> tuple[Floats, float]:
    """The step of length at most `radius` that gains most by the quadratic model, and that gain."""
    low = eigenvalues[0]
    if low > 0:
        move = along / eigenvalues
        if np.linalg.norm(move) <= radius:
            return move, float(0.5 * along @ move)
    floor = max(0.0, -low)
    tiny = 1e-14 * max(abs(eigenvalues[-1]), 1.0)
    near, far = floor + tiny, floor + max(np.linalg.norm(along) / radius, tiny) * 2 + tiny
    lifted = np.maximum(eigenvalues + near, tiny)
    if np.linalg.norm(along / lifted) < radius:  # the hard case: no pull along the upward direction
        move = along / lifted
        rest = np.sqrt(max(radius**2 - float(move @ move), 0.0))
        move[0] += rest if along[0] >= 0 else -rest
    else:
        for _ in range(200):
            middle = np.sqrt(near * far) if near > 0 else 0.5 * far
            length = np.linalg.norm(along / (eigenvalues + middle))
            near, far = (middle, far) if length > radius else (near, middle)
            if far - near <= 1e-3 * far:
                break
        move = along / (eigenvalues + far)
    return move, float(along @ move - 0.5 * np.sum(eigenvalues * move * move))


def explore(
    sample: Sample,
    start: Callable[[Sample], Floats],
    starts: int,
    seed: int,
    labels: NDArray[np.intp] | None = None,
) -> tuple[Climb, tuple[Optimum, ...]]:
    """The best optimum over several starts, and all optima found.

    The first start is `start`; then 0, and then draws around the first on the scale of the regressors. In a sample of
    more than a few times EXPLORED rows all climb on a stratified part of the rows first, weighted to stand for all, and
    each end that differs from the others, and is not clearly lower, is taken up the full likelihood.
    """
    random = np.random.default_rng(seed)
    part = sample if sample.rows <= 4 * EXPLORED else _part(sample, random, labels)
    scale = part.scale()
    first, *others = _starts(start(part), scale, starts, random)
    ends = _ends(part, part is sample, [first, *others], scale)
    best = _best([end for end, _ in ends])
    if starts > 1 and (not best.converged or sum(end.converged for end, _ in ends) > 1):
        # No optimum yet, or several: look further before saying which is best.
        more = [first + random.normal(0, 1.0, len(first)) / scale for _ in range(MORE)]
        ends = _ends(part, part is sample, more, scale, ends)
        best = _best([end for end, _ in ends])
    if part is sample:
        return best, _apart(ends)
    scale = sample.scale()
    lifted = [
        (climb(sample.derivatives, end.beta, scale), count)
        for place, (end, count) in enumerate(ends)
        if end.value > best.value - 3 or place == 0
    ]
    return _best([c for c, _ in lifted]), _apart(lifted)


def _ends(
    sample: Sample, whole: bool, starts: list[Floats], scale: Floats, known: list[tuple[Climb, int]] | None = None
) -> list[tuple[Climb, int]]:
    """Ends of climbs, the same ones joined, with how many starts led to each; rough ones unless the sample is whole."""
    ends = list(known or [])
    for start in starts:
        if whole:
            end = climb(sample.derivatives, start, scale)
        else:
            near = _near(ends[0][0]) if ends and ends[0][0].converged else None
            end = climb(sample.derivatives, start, scale, steps=LOOKS, close=1e-4, near=near)
        same = [i for i, (other, _) in enumerate(ends) if _same(other, end, loose=not whole)]
        if same:
            ends[same[0]] = (ends[same[0]][0], ends[same[0]][1] + 1)
        else:
            ends.append((end, 1))
    return ends


def _best(found: list[Climb]) -> Climb:
    return max(found, key=lambda c: c.value if np.isfinite(c.value) else -np.inf)


def _starts(first: Floats, scale: Floats, starts: int, random: np.random.Generator) -> list[Floats]:
    out = [first]
    if starts > 1 and first.any():
        out.append(np.zeros(len(first)))
    while len(out) < starts:
        out.append(first + random.normal(0, 0.5, len(first)) / scale)
    return out


def _near(home: Climb) -> Callable[[Floats, float], bool]:
    """Whether a climb has come within two standard errors of an optimum, where the likelihood is as good as concave."""

    def test(beta: Floats, value: float) -> bool:
        gap = beta - home.beta
        return value > home.value - 2 and float(gap @ -home.hessian @ gap) < 4

    return test


def _part(sample: Sample, random: np.random.Generator, labels: NDArray[np.intp] | None) -> Sample:
    groups = np.zeros(sample.rows, dtype=int) if labels is None else np.asarray(labels)
    kinds = np.unique(groups)
    rows, weights = [], []
    for kind in kinds:
        members = np.flatnonzero(groups == kind)
        take = min(len(members), EXPLORED // len(kinds))
        chosen = random.choice(members, take, replace=False)
        rows.append(chosen)
        weights.append(sample.weights[chosen] * (len(members) / take))
    return sample.taken(np.concatenate(rows), np.concatenate(weights))


def _same(one: Climb, other: Climb, *, loose: bool = False) -> bool:
    gap = other.beta - one.beta
    distance = float(gap @ (-one.hessian) @ gap)
    return distance < (4.0 if loose else SAME**2) and abs(other.value - one.value) < (2.0 if loose else 1e-2)


def _apart(climbs: list[tuple[Climb, int]]) -> tuple[Optimum, ...]:
    kinds: list[tuple[Climb, int]] = []
    for end, weight in climbs:
        if not end.converged:
            continue
        for place, (known, count) in enumerate(kinds):
            if _same(known, end):
                kinds[place] = (known, count + weight)
                break
        else:
            kinds.append((end, weight))
    kinds.sort(key=lambda pair: -pair[0].value)
    return tuple(Optimum(end.value, end.beta, count) for end, count in kinds)
