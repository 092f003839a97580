"""Newton's method in a trust region, from several starts, with the optima told apart.

Steps are exact solutions of the trust-region problem in coefficients scaled by their regressors, through the
eigenvalues of the Hessian, so that saddle points and flat stretches are left behind. The end is judged by the Newton
decrement g' (-H)^-1 g, which is the squared distance to the optimum in standard errors; the last step is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample

Derivatives = Callable[[Floats], tuple[float, Floats, Floats]]
CLOSE = 1e-14  # squared distance, in standard errors, at which the last Newton step is taken
FLAT = 1e-11  # eigenvalues below this share of the largest count as flat
STEPS = 200
EXPLORED = 512  # rows on which starts beyond the first are tried in a large sample
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


def climb(derivatives: Derivatives, start: Floats, scale: Floats, *, steps: int = STEPS, close: float = CLOSE) -> Climb:
    """Maximises from one start. `scale`: natural size of each coefficient's regressor."""
    unit = 1 / scale
    beta = start.astype(float)
    value, gradient, hessian = derivatives(beta)
    if not np.isfinite(value):
        return Climb(beta, -np.inf, gradient, hessian, 0, False, np.inf)
    radius, still = 2.0 * np.sqrt(len(beta)), 0
    for step in range(steps):
        g, h = gradient * unit, -hessian * np.outer(unit, unit)
        if not (np.isfinite(g).all() and np.isfinite(h).all()):
            return Climb(beta, value, gradient, hessian, step, False, np.inf)
        eigenvalues, vectors = linalg.eigh(h, check_finite=False)
        along = vectors.T @ g
        low = FLAT * max(eigenvalues[-1], 1e-300)
        curved = eigenvalues > low
        decrement = float(np.sum(along[curved] ** 2 / eigenvalues[curved]))
        flat_pull = float(np.sum(np.abs(along[~curved])))
        if decrement < close and not (eigenvalues < -low).any() and flat_pull < 1e-7 * (1 + abs(value)):
            move = np.where(curved, along / np.where(curved, eigenvalues, 1.0), 0.0)
            return Climb(beta + unit * (vectors @ move), value, gradient, hessian, step, True, decrement)
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
    if np.linalg.norm(along / (eigenvalues + near)) < radius:  # the hard case: no pull along the upward direction
        move = along / (eigenvalues + near)
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
    sample: Sample, start: Floats, starts: int, seed: int, labels: np.ndarray | None = None
) -> tuple[Climb, tuple[Optimum, ...]]:
    """The best optimum over several starts, and all optima found.

    The first start is `start`; the others are drawn around it on the scale of the regressors. In a sample of more than
    a few times EXPLORED rows the drawn starts climb on a stratified part of the rows, weighted to stand for all, and
    only those that end elsewhere than the first are then taken up the full likelihood.
    """
    scale = sample.scale()
    best = climb(sample.derivatives, start, scale)
    found = [best]
    random = np.random.default_rng(seed)
    draws = [np.zeros(sample.size)] if starts > 1 and start.any() else []
    draws += [start + random.normal(0, 0.5, sample.size) / scale for _ in range(starts - 1 - len(draws))]
    if draws and sample.rows > 4 * EXPLORED:
        part = _part(sample, random, labels)
        home = climb(part.derivatives, best.beta, scale, steps=60, close=1e-6)
        counts = 1
        for draw in draws:
            end = climb(part.derivatives, draw, scale, steps=60, close=1e-6)
            if _same(home, end, loose=True):
                counts += 1
            elif end.value > home.value - 20:
                found.append(climb(sample.derivatives, end.beta, scale))
        optima = _apart(found, extra=counts - 1)
    else:
        found += [climb(sample.derivatives, draw, scale) for draw in draws]
        optima = _apart(found)
    best = max(found, key=lambda c: c.value if np.isfinite(c.value) else -np.inf)
    return best, optima


def _part(sample: Sample, random: np.random.Generator, labels: np.ndarray | None) -> Sample:
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
    return distance < (1e-2 if loose else SAME**2) and abs(other.value - one.value) < 1e-2


def _apart(climbs: list[Climb], extra: int = 0) -> tuple[Optimum, ...]:
    kinds: list[tuple[Climb, int]] = []
    for number, end in enumerate(climbs):
        weight = 1 + (extra if number == 0 else 0)
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
