"""Profile likelihood: intervals that follow the likelihood's own shape.

The interval of a coefficient holds the values at which the likelihood, maximised over all others, stays within half a
chi-squared quantile of its maximum. A value beyond which it never falls that far makes the interval open there. A
profile that climbs above the fit has found a better optimum, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from offramp.errors import InputError, NotConvergedError
from offramp.strategic.kernels import Floats
from offramp.strategic.optimise import climb

if TYPE_CHECKING:
    from offramp.games.picture import Picture
    from offramp.strategic.fit import Fit

FURTHEST = 60.0  # standard errors


@dataclass(frozen=True, eq=False)
class Profile:
    """Profile of one coefficient: interval (infinite where open), and the points worked out, in order."""

    name: str
    estimate: float
    low: float
    high: float
    level: float
    values: Floats
    logliks: Floats

    def __str__(self) -> str:
        return f"{self.name}: {self.estimate:.4f}, {self.level:.0%} profile interval {self.low:.4f} to {self.high:.4f}"

    def plot(self) -> Picture:
        """The profile as a line chart."""
        from offramp.games.picture import Axis, Line, line_chart

        rings = [Line("estimate", [self.estimate], [float(self.logliks.max())])]
        axes = Axis(self.name), Axis("log-likelihood")
        lines = [Line("profile", self.values.tolist(), self.logliks.tolist())]
        return line_chart(f"Profile of {self.name}", *axes, lines, description=str(self), marks=rings)


def run_profile(fit: Fit, name: str, *, level: float = 0.95, points: int = 0) -> Profile:
    """Profile likelihood of a free coefficient.

    Args:
        level: Of the interval, between 0 and 1.
        points: Further points between the ends, for a picture.

    Raises:
        InputError: For a name that is not that of a free coefficient.
        NotConvergedError: When the profile rises above the fit, which is then no maximum.
    """
    names = fit.prepared.free_names
    if name not in names:
        raise InputError(f"profile: {name!r} is no free coefficient; they are {', '.join(names)}.")
    if not 0 < level < 1:
        raise InputError(f"profile: level {level:g}; expected a number between 0 and 1.")
    index = names.index(name)
    sample, scale = fit.prepared.sample, fit.prepared.sample.scale()
    others = np.array([i for i in range(fit.free) if i != index])
    drop = float(special.chdtri(1, 1 - level)) / 2
    se = float(np.sqrt(np.linalg.pinv(-fit.hessian)[index, index]))
    seen: list[tuple[float, float]] = [(float(fit.beta[index]), fit.loglik)]
    warm = {float(fit.beta[index]): fit.beta}

    def at(value: float) -> float:
        """Maximum of the log-likelihood with the coefficient held."""
        near = min(warm, key=lambda v: abs(v - value))
        start = warm[near].copy()
        start[index] = value
        if not len(others):
            best, beta = sample.value(start), start
        else:

            def derivatives(rest: Floats) -> tuple[float, Floats, Floats]:
                full = start.copy()
                full[others] = rest
                f, g, h = sample.derivatives(full)
                return f, g[others], h[np.ix_(others, others)]

            end = climb(derivatives, start[others], scale[others])
            best, beta = end.value, start.copy()
            beta[others] = end.beta
        if best > fit.loglik + 1e-6:
            raise NotConvergedError(
                f"profile of {name}: at {value:.6g} the log-likelihood is {best:.6f}, above the fit's "
                f"{fit.loglik:.6f}; "
                "fit again from there, with start= or more starts."
            )
        warm[value] = beta
        seen.append((value, best))
        return best

    ends = [_end(at, float(fit.beta[index]), fit.loglik, drop, way * se) for way in (-1, 1)]
    low, high = ends
    if points:
        a, b = (
            float(e) if np.isfinite(e) else float(fit.beta[index] + w * 4 * se)
            for e, w in zip(ends, (-1, 1), strict=True)
        )
        for value in np.linspace(a, b, points):
            at(float(value))
    order = sorted(seen)
    return Profile(
        name, float(fit.beta[index]), low, high, level, np.array([v for v, _ in order]), np.array([v for _, v in order])
    )


def _end(at: Callable[[float], float], centre: float, top: float, drop: float, step: float) -> float:
    """Where the profile has fallen by `drop`, going by `step`; infinite if it never does."""
    inside, outside, fall_inside = 0.0, float(np.sqrt(2 * drop)), -drop
    while (fall_outside := top - at(centre + outside * step) - drop) <= 0:
        inside, fall_inside, outside = outside, fall_outside, 1.5 * outside
        if outside > FURTHEST:
            return float(np.copysign(np.inf, step))
    for count in range(60):
        # Secant on the square root of the fall, which is nearly straight; bisection every third time.
        a, b = np.sqrt(max(fall_inside + drop, 0)), np.sqrt(fall_outside + drop)
        share = (np.sqrt(drop) - a) / (b - a) if b > a and count % 3 != 2 else 0.5
        middle = inside + (outside - inside) * float(np.clip(share, 0.02, 0.98))
        fall = top - at(centre + middle * step) - drop
        if abs(fall) < 1e-8 or abs(outside - inside) < 1e-9:
            return centre + middle * step
        if fall > 0:
            outside, fall_outside = middle, fall
        else:
            inside, fall_inside = middle, fall
    return centre + 0.5 * (inside + outside) * step
