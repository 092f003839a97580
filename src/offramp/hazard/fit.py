"""Estimation of one exit mode: penalised Poisson likelihood, maximum a posteriori, Laplace approximation.

The hazard of mode k in a leader-month is exp(eta), eta = x'beta + u[country]. Leaving is competing risks with constant
hazards inside the month, so the likelihood is Poisson in each mode, with the time at risk as exposure: one month, and
half a month in the month of an exit by any mode (the actuarial convention; its error is of third order in the monthly
hazard). The modes therefore separate.

Priors: normal on every coefficient; the common scale of each pooled group has a log-normal prior and is set at its
marginal posterior mode under the Laplace approximation (empirical Bayes; `update_scales`). Countries never meet in one
row, so their block of the Hessian is diagonal and is eliminated (Schur complement).

The posterior of a log hazard with few events is skewed: for k events and a flat prior its mean lies 1/(2k) below its
mode. The first-order correction of the mean (the third-derivative term of Tierney and Kadane 1986, J. Amer. Statist.
Assoc. 81) is applied to the whole vector, so that the expected hazard is not inflated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from offramp.errors import NotConvergedError
from offramp.hazard.features import COUNTRY, FIXED, LOG_SCALE_SD, POOLED, Array, Index, pooled_slices

Bools = NDArray[np.bool_]

NEWTON_TOLERANCE = 1e-8
NEWTON_STEPS = 60
ROUGH_TOLERANCE = 1e-2
NEAR = 2e-3
"""While scales still move by more than this, their next step needs no finer maximum."""
SCALE_TOLERANCE = 1e-4
SCALE_STEPS = 200
MEMORY = 5
"""Past steps that the extrapolation of the scales looks back on."""
FURTHEST = 20.0
"""How many times the last moves an extrapolation may go."""
BLOCK = 2048
"""Rows whose products are taken at once."""


@dataclass(frozen=True)
class Rows:
    """Leader-months, sorted by country: columns `(row, column)`, country index, months at risk."""

    columns: Array
    country: Index
    exposure: Array
    countries: int

    def __post_init__(self) -> None:
        if np.any(np.diff(self.country) < 0):
            raise ValueError("rows must be sorted by country")

    @cached_property
    def spans(self) -> list[tuple[int, slice]]:
        """Index of each country that has rows, and where its rows stand."""
        present, starts = np.unique(self.country, return_index=True)
        ends = [*starts[1:].tolist(), len(self.country)]
        return [(int(c), slice(a, b)) for c, a, b in zip(present, starts.tolist(), ends, strict=True)]

    @property
    def blocks(self) -> list[slice]:
        """All rows in runs of `BLOCK`."""
        return [slice(a, a + BLOCK) for a in range(0, len(self.country), BLOCK)]

    def by_country(self, values: Array) -> Array:
        """Sums over the rows of each country: `(row, ...)` -> `(country, ...)`."""
        total = np.zeros((self.countries, *values.shape[1:]))
        present, starts = np.unique(self.country, return_index=True)
        total[present] = np.add.reduceat(values, starts, axis=0)
        return total


@dataclass(frozen=True)
class Prior:
    """Normal priors: means and standard deviations of the columns, and the scale of the country effects."""

    mean: Array
    sd: Array
    country_sd: float


@dataclass(frozen=True)
class Curvature:
    """Hessian of the negative log posterior in blocks: `shared` (p, p), `cross` (country, p), `country` (country,)."""

    shared: Array
    cross: Array
    country: Array

    @property
    def slopes(self) -> Array:
        """How the conditional mode of each country effect moves with the columns' coefficients: (country, p)."""
        slopes: Array = -self.cross / self.country[:, None]
        return slopes

    @property
    def shared_precision(self) -> Array:
        """Precision of the columns' coefficients with the countries integrated out: (p, p)."""
        return self.shared + self.cross.T @ self.slopes

    def under(self, old: Prior, new: Prior) -> Curvature:
        """The same with another prior."""
        shared = self.shared + np.diag(new.sd**-2 - old.sd**-2)
        return Curvature(shared, self.cross, self.country + new.country_sd**-2 - old.country_sd**-2)


@dataclass(frozen=True)
class ModeFit:
    """Posterior of one mode: normal, in conditional form.

    beta ~ N(mean, covariance); u[c] | beta ~ N(country_mean[c] + slopes[c] @ (beta - mean), country_variance[c]).
    `mode` and `country_mode` are the maximum; the means carry the skewness correction.
    """

    mode: Array
    country_mode: Array
    mean: Array
    country_mean: Array
    covariance: Array
    slopes: Array
    country_variance: Array
    scales: Array  # of POOLED, then COUNTRY
    events: int
    log_posterior: float


def log_posterior(beta: Array, country: Array, rows: Rows, events: Array, prior: Prior) -> float:
    """Log likelihood plus log prior, constants of the likelihood left out. `events` is 0/1 per row."""
    eta = rows.columns @ beta + country[rows.country]
    likelihood = events @ eta - rows.exposure @ np.exp(eta)
    penalty = np.sum(((beta - prior.mean) / prior.sd) ** 2) + np.sum((country / prior.country_sd) ** 2)
    return float(likelihood - 0.5 * penalty)


def gradient(beta: Array, country: Array, rows: Rows, events: Array, prior: Prior) -> tuple[Array, Array]:
    """Derivatives of `log_posterior` by the columns' coefficients and by the country effects."""
    residual = events - rows.exposure * np.exp(rows.columns @ beta + country[rows.country])
    by_beta = rows.columns.T @ residual - (beta - prior.mean) / prior.sd**2
    return by_beta, rows.by_country(residual) - country / prior.country_sd**2


def curvature(beta: Array, country: Array, rows: Rows, prior: Prior) -> Curvature:
    """Minus the second derivatives of `log_posterior`."""
    expected = rows.exposure * np.exp(rows.columns @ beta + country[rows.country])
    root = np.sqrt(expected)[:, None]
    shared = np.diag(prior.sd**-2)
    cross = np.zeros((rows.countries, len(beta)))
    for block in rows.blocks:  # small enough for the processor's cache
        half = rows.columns[block] * root[block]
        shared += half.T @ half  # a matrix by itself: NumPy then takes the symmetric product, at half the price
    for index, own in rows.spans:
        cross[index] = expected[own] @ rows.columns[own]
    return Curvature(shared=shared, cross=cross, country=rows.by_country(expected) + prior.country_sd**-2)


def solve(blocks: Curvature, by_beta: Array, by_country: Array) -> tuple[Array, Array]:
    """Solve the block system for one right-hand side."""
    reduced = by_beta + blocks.slopes.T @ by_country
    beta = np.linalg.solve(blocks.shared_precision, reduced).astype(np.float64)
    return beta, by_country / blocks.country + blocks.slopes @ beta


def maximise(
    rows: Rows,
    events: Array,
    prior: Prior,
    start: tuple[Array, Array] | None = None,
    tolerance: float = NEWTON_TOLERANCE,
    near: Curvature | None = None,
) -> tuple[Array, Array, Curvature]:
    """Newton's method with step halving on a concave objective.

    `near` is the curvature at a point near the start, under `prior`: the first step makes do with it.

    Raises:
        NotConvergedError: If the Newton decrement stays above `tolerance`.
    """
    beta, country = start or (prior.mean.copy(), np.zeros(rows.countries))
    value = log_posterior(beta, country, rows, events, prior)
    decrement = np.inf
    for _ in range(NEWTON_STEPS):
        by_beta, by_country = gradient(beta, country, rows, events, prior)
        blocks = near or curvature(beta, country, rows, prior)
        step, country_step = solve(blocks, by_beta, by_country)
        decrement = float(by_beta @ step + by_country @ country_step)
        if decrement < tolerance and near is None:  # the last step squares what error is left
            return beta + step, country + country_step, blocks
        size = 1.0
        while size > 1e-6:
            trial = beta + size * step, country + size * country_step
            with np.errstate(over="ignore"):
                new = log_posterior(*trial, rows, events, prior)
            if new >= value + 1e-4 * size * decrement or decrement < 1e-6:
                break
            size /= 2
        beta, country, value = *trial, new
        near = None
    raise NotConvergedError(
        f"the fit did not converge in {NEWTON_STEPS} Newton steps (decrement {decrement:.2g}, wanted "
        f"{tolerance:g}); check the panel for covariates of extreme size"
    )


def prior_from_scales(scales: Array) -> Prior:
    """Priors of all columns, given the scales of `POOLED` and, last, of the countries."""
    mean = np.concatenate([[f.mean for f in FIXED], np.zeros(sum(len(g.members) for g in POOLED))])
    sd = np.concatenate(
        [[f.sd for f in FIXED], *(np.full(len(g.members), s) for g, s in zip(POOLED, scales, strict=False))]
    )
    return Prior(mean, sd, float(scales[-1]))


def starting_scales() -> Array:
    """Prior medians of the scales."""
    return np.array([*(group.median for group in POOLED), COUNTRY.median])


def update_scales(scales: Array, beta: Array, country: Array, covariance: Array, country_variance: Array) -> Array:
    """One step towards the scales, in the order of `POOLED`, then the countries.

    At the answer the derivative of the log marginal posterior by a log scale l vanishes: with n members, v = exp(2 l),
    Q = sum of squared modes and T = sum of posterior variances, (Q + T) / v - n - (l - log median) / LOG_SCALE_SD^2
    = 0. The step holds Q and the effective number of parameters, n - T / v, at their present values and solves
    the rest, which falls in l: one root. Expectation-maximisation has the same answer and is far slower where a
    group tells little (MacKay 1992, Neural Computation 4, 415-447).
    """
    variances = np.diag(covariance)
    groups = [(beta[where] @ beta[where], variances[where].sum()) for where in pooled_slices()]
    groups.append((country @ country, country_variance.sum()))
    sizes = [*(len(group.members) for group in POOLED), len(country)]
    new = []
    for scale, median, size, (squares, spread) in zip(scales, starting_scales(), sizes, groups, strict=True):
        effective = max(size - spread / scale**2, 0.0)
        new.append(_scale_root(float(squares), float(effective), float(np.log(median))))
    return np.array(new)


def _scale_root(squares: float, effective: float, centre: float) -> float:
    low, high = -12.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        falls = squares * np.exp(-2 * middle) - effective - (middle - centre) / LOG_SCALE_SD**2
        low, high = (middle, high) if falls > 0 else (low, middle)
    return float(np.exp((low + high) / 2))


def extrapolate(points: list[Array], moves: list[Array]) -> Array:
    """Next point of a fixed-point iteration, from past points and their moves, each `(n,)`, the latest last.

    Anderson's extrapolation (Walker and Ni 2011, SIAM J. Numer. Anal. 49, 1715-1735, the unconstrained form of their
    algorithm). One that goes far beyond the last moves is shortened.
    """
    plain = moves[-1]
    if len(points) < 2:
        return points[-1] + plain
    steps, bends = np.diff(points, axis=0), np.diff(moves, axis=0)
    weights = np.linalg.lstsq(bends.T, plain, rcond=1e-8)[0]
    change: Array = plain - weights @ (steps + bends)
    longest = float(np.max(np.abs(change)))
    return points[-1] + change * min(1.0, FURTHEST * float(np.max(np.abs(moves[-2:]))) / longest)


def fit_mode(rows: Rows, events: Array, scales: Array | None = None, adapt: bool = True) -> ModeFit:
    """Fit one mode.

    Args:
        rows: Leader-months.
        events: 1.0 where the leader left by this mode in the month, else 0.0.
        scales: Where the scales start, or stay when `adapt` is false; prior medians by default.
        adapt: Whether to estimate the scales.

    Raises:
        NotConvergedError: If Newton or the scales do not settle.
    """
    current = starting_scales() if scales is None else scales
    start: tuple[Array, Array] | None = None
    blocks: Curvature | None = None
    before = prior_from_scales(current)
    moved = np.inf
    points: list[Array] = []
    moves: list[Array] = []
    for _ in range(SCALE_STEPS):
        tolerance = ROUGH_TOLERANCE if adapt and moved > NEAR else NEWTON_TOLERANCE
        prior = prior_from_scales(current)
        near = None if blocks is None else blocks.under(before, prior)
        beta, country, blocks = maximise(rows, events, prior, start, tolerance, near)
        covariance = np.linalg.inv(blocks.shared_precision).astype(np.float64)
        country_variance = _country_variance(blocks, covariance)
        if not adapt:
            break
        proposal = update_scales(current, beta, country, covariance, country_variance)
        points.append(np.log(current))
        moves.append(np.log(proposal / current))
        moved = float(np.max(np.abs(moves[-1])))
        if moved < SCALE_TOLERANCE and tolerance == NEWTON_TOLERANCE:
            break
        current = np.exp(extrapolate(points[-MEMORY:], moves[-MEMORY:]))
        start, before = (beta, country), prior
    else:
        raise NotConvergedError(f"the pooling scales did not settle in {SCALE_STEPS} steps (last move {moved:.2g})")
    shift, country_shift = skewness_shift(beta, country, rows, blocks, covariance)
    return ModeFit(
        mode=beta,
        country_mode=country,
        mean=beta + shift,
        country_mean=country + country_shift,
        covariance=covariance,
        slopes=blocks.slopes,
        country_variance=1 / blocks.country,
        scales=current,
        events=int(events.sum()),
        log_posterior=log_posterior(beta, country, rows, events, prior_from_scales(current)),
    )


def _country_variance(blocks: Curvature, covariance: Array) -> Array:
    slopes = blocks.slopes
    variance: Array = 1 / blocks.country + np.sum((slopes @ covariance) * slopes, axis=1)
    return variance


def skewness_shift(
    beta: Array, country: Array, rows: Rows, blocks: Curvature, covariance: Array
) -> tuple[Array, Array]:
    """First-order distance from posterior mode to posterior mean, (columns, countries).

    Minus half the inverse Hessian applied to sum_i mu_i var(eta_i) d eta_i, because the third derivative of a Poisson
    log likelihood is minus its expected count.
    """
    expected = rows.exposure * np.exp(rows.columns @ beta + country[rows.country])
    variance = 1 / blocks.country[rows.country]
    for block in rows.blocks:
        directions = rows.columns[block] + blocks.slopes[rows.country[block]]
        variance[block] += np.einsum("ip,ip->i", directions @ covariance, directions)
    push = expected * variance
    shift, country_shift = solve(blocks, rows.columns.T @ push, rows.by_country(push))
    return -0.5 * shift, -0.5 * country_shift
