"""Following the solutions of F(x, s) = 0 from s = 0: predictor-corrector on a curve parametrised by its length.

`x` holds the unknowns and, as its last entry, the parameter s (a precision). A `System` knows how to solve its own
bordered linear equations, so that trees (dense) and Markov games (block structure) share this driver. Length is
measured in a scaled metric: log-odds z count by dz / (1 + |z|/Z0), the parameter by ds / (s0 + s), so that the same
steps serve the mixed middle of a branch and its pure end. Folds (where s turns back) and bifurcations (where the
bordered determinant changes its sign) are located and reported; the path goes straight on through a bifurcation.

Source: Allgower and Georg (1990), Numerical Continuation Methods; Turocy (2005), Games and Economic Behavior 51,
243-263.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FULL_SIZE = 8.0  # log-odds beyond this count less and less


class Linear(NamedTuple):
    """The bordered equations at a point, solved."""

    residual: float  # largest entry of F
    step: Floats  # Newton step, (n+1,), orthogonal to the border
    tangent: Floats  # solution of [J; border] t = (0, 1)
    sign: float  # sign of det [J; border]


class System(Protocol):
    """Equations F(x, s) = 0 with n unknowns."""

    size: int
    unit: float  # a natural size of s: payoffs' spread, inverted
    share: float  # what one full-size log-odd weighs in the metric

    def start(self) -> Floats:
        """The solution at s = 0, (n+1,)."""
        ...

    def linear(self, point: Floats, border: Floats, *, sign: bool = False) -> Linear:
        """Solves the bordered equations; raises `numpy.linalg.LinAlgError` when they are singular.

        `sign` asks for the sign of the bordered determinant; without it 0 is given.
        """
        ...

    def weights(self, point: Floats) -> Floats:
        """The metric, (n+1,)."""
        ...

    def noise(self, point: Floats) -> float:
        """How far from 0 rounding alone may leave F."""
        ...


class Settings(NamedTuple):
    """How a branch is followed. Lengths are in the scaled metric."""

    first: float = 0.6
    largest: float = 2.0
    smallest: float = 1e-9
    cross: float = 1e-5  # a determinant that changes its sign over this length does so at a bifurcation
    aim: float = 0.1  # a predictor this far off is just right
    reject: float = 0.3  # further off than this, the step is taken again, shorter
    bend: float = 0.8  # least cosine between successive tangents
    accept: float = 1e-3  # last correction of a point on the way, absolute
    max_steps: int = 20000
    seconds: float | None = None


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Special:
    """A fold or a bifurcation: where on the branch, and the point itself."""

    kind: str
    parameter: float
    point: Floats = field(repr=False)
    tangent: Floats = field(repr=False)


class Place(NamedTuple):
    """A point on the branch with its unit tangent."""

    point: Floats
    tangent: Floats
    sign: float
    length: float


@dataclass(slots=True)
class Trace:
    """What following found. `outcome` is solved, steps_spent, stalled, or out_of_time."""

    places: list[Place]
    specials: list[Special]
    steps: int = 0
    evaluations: int = 0
    outcome: str = "solved"


def unit_tangent(system: System, point: Floats, tangent: Floats) -> Floats:
    """The tangent at unit length in the metric of the point."""
    return np.asarray(tangent / _length(system.weights(point) * tangent))


class Follower:
    """Follows one branch. `places` may be dropped on the way (`keep=False`) where only the end matters."""

    def __init__(self, system: System, settings: Settings = DEFAULT, *, keep: bool = True, locate: bool = True) -> None:
        self.system, self.settings, self.keep, self.locate = system, settings, keep, locate
        self.trace = Trace([], [])
        self.began = time.monotonic()
        self._rise = 1.0 / system.share

    def begin(self, point: Floats | None = None, tangent: Floats | None = None) -> Place:
        """The first place: by default uniform play, heading towards higher precision."""
        system = self.system
        if point is None:
            point = system.start()
        if tangent is None:
            tangent = np.zeros(system.size + 1)
            tangent[-1] = 1.0
        border = system.weights(point) ** 2 * tangent
        linear = system.linear(point, border / np.linalg.norm(border), sign=True)
        self.trace.evaluations += 1
        place = Place(point, unit_tangent(system, point, linear.tangent), linear.sign, 0.0)
        self.trace.places.append(place)
        return place

    def correct(self, guess: Floats, border: Floats, *, tight: bool = False) -> tuple[Place, float, int] | None:
        """Newton's method back to the curve; None when it does not contract. Gives place, first correction, rounds."""
        system, settings = self.system, self.settings
        point, first, last = guess, 0.0, np.inf
        weights = system.weights(guess)
        for rounds in range(1, 10):
            try:
                linear = system.linear(point, border, sign=True)
            except np.linalg.LinAlgError:
                return None
            self.trace.evaluations += 1
            size = float(np.abs(weights * linear.step).max()) * self._rise
            if not np.isfinite(size):
                return None
            if rounds == 1:
                first = size
                if size > settings.reject:
                    return None
            elif size > 0.5 * last and size > 1e-9:
                return None
            point = point + linear.step
            largest = float(np.abs(linear.step[:-1]).max(initial=0.0))
            # Newton's method gains digits at the rate just seen: what the next correction would be decides.
            expected = largest * min(size / last, 1.0) if rounds > 1 else largest
            enough = linear.residual <= system.noise(point) if tight else expected < settings.accept
            if enough or (rounds > 2 and size > 0.5 * last):
                return Place(point, unit_tangent(system, point, linear.tangent), linear.sign, 0.0), first, rounds
            last = size
        return None

    def follow(self, *, until: Callable[[Place], bool], target: float | None = None) -> Iterator[Place]:
        """Walks on, giving every accepted place, until `until` or until the parameter first meets `target`.

        The last place then has exactly the parameter `target`. Look at `trace.outcome` afterwards.
        """
        settings, trace = self.settings, self.trace
        here = trace.places[-1]
        before: Place | None = None
        step = settings.first
        usual = step  # the step before a change of sign was looked into
        while True:
            if trace.steps >= settings.max_steps:
                trace.outcome = "steps_spent"
                return
            if settings.seconds is not None and time.monotonic() - self.began > settings.seconds:
                trace.outcome = "out_of_time"
                return
            step, ends = _cut(here, step, target)
            moved = self._try(here, before, step, target if ends else None)
            if moved is None:
                step *= 0.35
                if step < settings.smallest:
                    trace.outcome = "stalled"
                    return
                continue
            there, first, rounds = moved
            flipped = here.sign * there.sign < 0
            if flipped and step > settings.cross:
                # Either a bifurcation, or a jump onto a branch that passes close by: only a short step can tell.
                usual = max(usual, step)
                step *= 0.25
                continue
            trace.steps += 1
            if ends:
                self._keep(there)
                yield there
                return
            if target is not None and there.point[-1] >= target:  # overshot: shorten so as to land on it
                step = 0.5 * step * (target - here.point[-1]) / (there.point[-1] - here.point[-1])
                if step < settings.smallest:
                    trace.outcome = "stalled"
                    return
                continue
            if self.locate:
                self._look_between(here, there, step)
            before, here = here._replace(length=step), there
            self._keep(there)
            yield there
            if until(there):
                return
            if flipped:
                step, usual, before = usual * 0.5, 0.0, None
                continue
            usual = step
            grow = (settings.aim / max(first, 1e-12)) ** (1 / 3)
            step = min(step * min(max(grow, 0.4), 2.5), settings.largest) if rounds <= 4 else step * 0.5

    def _keep(self, place: Place) -> None:
        if self.keep:
            self.trace.places.append(place)
        else:
            self.trace.places = [place]

    def _try(
        self, here: Place, before: Place | None, step: float, target: float | None
    ) -> tuple[Place, float, int] | None:
        guess = here.point + step * here.tangent
        if before is not None:
            guess = guess + (0.5 * step * step / before.length) * (here.tangent - before.tangent)
        if target is not None:
            guess[-1] = target
            border = np.zeros_like(guess)
            border[-1] = 1.0
        else:
            border = self.system.weights(here.point) ** 2 * here.tangent
        if guess[-1] < 0 and here.point[-1] > 0:
            return None
        moved = self.correct(guess, border)
        if moved is None:
            return None
        there = moved[0]
        weights = self.system.weights(there.point)
        held = weights * here.tangent
        cosine = float(held @ (weights * there.tangent)) / _length(held)
        if target is not None and cosine < 0:
            there = there._replace(tangent=-there.tangent, sign=-there.sign)
            cosine = -cosine
        if cosine < self.settings.bend:
            return None
        return there, moved[1], moved[2]

    # ---- folds and bifurcations ---------------------------------------------------------------------------------
    def _look_between(self, here: Place, there: Place, step: float) -> None:
        """Records a turn of the parameter, or a sign change of the bordered determinant, between two places."""
        if here.tangent[-1] * there.tangent[-1] < 0:
            # The parameter is stationary at a fold: a slope of 1e-5 is within about 1e-10 of it.
            self._bisect("fold", here, step, lambda at: float(at.tangent[-1] * self.system.weights(at.point)[-1]))
        if here.sign * there.sign < 0 and here.sign != 0:
            self._bisect("bifurcation", here, step, lambda place: place.sign)

    def _bisect(self, kind: str, here: Place, step: float, test: Callable[[Place], float]) -> None:
        """Narrows the step at which `test` changes its sign: false position, halving where that drags."""
        low, high = 0.0, step
        left = test(here)
        right, best = -left, here
        for count in range(40):
            share = left / (left - right) if kind == "fold" and count % 3 < 2 else 0.5
            middle = low + (high - low) * min(max(share, 0.01), 0.99)
            moved = self._try(here, None, middle, None)
            if moved is None:
                break
            best, value = moved[0], test(moved[0])
            if value * left > 0:
                low, left = middle, value
            else:
                high, right = middle, value
            if high - low < 1e-9 * max(step, 1e-3) or abs(value) < 1e-5:
                break
        self.trace.specials.append(Special(kind, float(best.point[-1]), best.point, best.tangent))


def _length(vector: Floats) -> float:
    return sqrt(float(vector @ vector))


def _cut(here: Place, step: float, target: float | None) -> tuple[float, bool]:
    """Shortens a step that would pass the target, and says whether it ends there."""
    if target is None or here.tangent[-1] <= 0:
        return step, False
    needed = (target - here.point[-1]) / here.tangent[-1]
    return (float(needed), True) if 0 <= needed <= step else (step, False)


def polish(system: System, point: Floats, rounds: int = 12) -> tuple[Floats, float]:
    """Newton's method at a fixed parameter down to rounding. Gives the point and the size of its last correction."""
    border = np.zeros_like(point)
    border[-1] = 1.0
    best, last = point, np.inf
    for _ in range(rounds):
        linear = system.linear(best, border)
        size = float(np.abs(linear.step[:-1]).max(initial=0.0))
        if not np.isfinite(size) or (size >= 0.5 * last and size < 1e-6):
            break
        best = best + linear.step
        best[-1] = point[-1]
        if size < 1e-15 or size > 1e3 * last:
            last = size
            break
        last = size
    return best, last
