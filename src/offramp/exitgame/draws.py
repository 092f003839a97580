"""Quasi-random draws, and the quantile functions that turn them into parameters.

Holds scrambled Sobol points and the three kinds of prior that `exitgame.priors` uses. Written in NumPy alone because
`scipy.stats` costs more to import than a whole forecast costs to solve. Nothing here knows what a parameter means.

Direction numbers: for dimension j the j-th primitive polynomial over GF(2) in order of degree. Initial numbers are the
best of 64 random candidates, dimension by dimension: the one whose pairs with all earlier dimensions leave the fewest
elementary boxes empty at 16 to 256 points. A random linear scramble and a digital shift make every point uniform
whatever those numbers are, so averages are unbiased and replicates differ only by chance.

Sources: Sobol' (1967), USSR Comput. Math. Math. Phys. 7(4), 86-112; Bratley and Fox (1988), ACM TOMS 14, 88-100
(recurrence); Matousek (1998), J. Complexity 14, 527-556 (scramble). `tests/exitgame/test_draws.py` holds the points to
their stratification and the quantiles to SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from offramp.errors import InputError

Array = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]

_BITS = 32
_MOST_POINTS = 1 << 20
_QUANTILE_POINTS = 8193
# fmt: off
#: For each dimension after the first, which candidate won. Dimensions beyond the list take candidate 0.
_CHOSEN = (
    0, 0, 8, 5, 14, 15, 32, 26, 0, 20, 11, 31, 52, 29, 63, 46, 1, 56, 44, 17, 47, 13, 0, 16, 4, 62, 33, 52, 2, 9, 16,
    31, 25, 19, 44, 5, 20, 16, 0, 58, 40, 45, 15, 7, 31, 28, 33, 49, 55, 43, 49, 1, 49, 45, 14, 7, 39, 27, 28, 2, 6,
    11, 21, 5, 41, 29, 31, 0, 11, 1, 42, 58, 61, 11, 15, 62, 44, 1, 54, 30, 49, 61, 34, 0, 31, 30, 36, 29, 63, 19, 7,
    36, 37, 13, 62,
)
# fmt: on


@dataclass(frozen=True, slots=True)
class LogNormal:
    """exp of a normal: median, standard deviation of the log, and where it is cut (if it is)."""

    median: float
    spread: float
    most: float | None = None

    def quantile(self, u: Array) -> Array:
        """Values at the probabilities `u` in (0, 1)."""
        if self.most is not None:
            u = u * NormalDist(np.log(self.median), self.spread).cdf(float(np.log(self.most)))
        return np.asarray(self.median * np.exp(self.spread * normal_quantile(u)))

    def __str__(self) -> str:
        cut = "" if self.most is None else f" cut at {self.most:.4g}"
        return f"LogN(log {self.median:.4g}, {self.spread:.4g}){cut}"


@dataclass(frozen=True, slots=True)
class Beta:
    """A share in (0, 1)."""

    a: float
    b: float

    def quantile(self, u: Array) -> Array:
        """Values at the probabilities `u` in (0, 1), to about 1e-6."""
        x, cumulative = _beta_table(self.a, self.b)
        return np.interp(u, cumulative, x)

    def __str__(self) -> str:
        return f"Beta({self.a:.4g}, {self.b:.4g})"


@dataclass(frozen=True, slots=True)
class Normal:
    """A value on the whole line."""

    mean: float
    spread: float

    def quantile(self, u: Array) -> Array:
        """Values at the probabilities `u` in (0, 1)."""
        return np.asarray(self.mean + self.spread * normal_quantile(u))

    def __str__(self) -> str:
        return f"N({self.mean:.4g}, {self.spread:.4g})"


Distribution = LogNormal | Beta | Normal


def normal_quantile(u: Array) -> Array:
    """Quantiles of the standard normal (Wichura 1988, AS 241, through the standard library)."""
    inverse = NormalDist().inv_cdf
    flat = [inverse(min(max(v, 1e-12), 1 - 1e-12)) for v in np.ravel(u).tolist()]
    return np.asarray(flat).reshape(np.shape(u))


@cache
def _beta_table(a: float, b: float) -> tuple[Array, Array]:
    """Distribution function of Beta(a, b) on points x = sin(angle)^2, which keeps the integrand smooth at the ends."""
    angle = np.linspace(0, np.pi / 2, _QUANTILE_POINTS)
    middle = (angle[1:] + angle[:-1]) / 2
    log_density = (2 * a - 1) * np.log(np.sin(middle)) + (2 * b - 1) * np.log(np.cos(middle))
    mass = np.exp(log_density - log_density.max())
    cumulative = np.concatenate([[0.0], np.cumsum(mass)])
    return np.sin(angle) ** 2, cumulative / cumulative[-1]


def sobol(points: int, dimensions: int, seed: int, replicate: int = 0) -> Array:
    """Scrambled Sobol points, [points, dimensions], strictly inside (0, 1).

    Args:
        points: How many; the stratification is best at powers of two.
        dimensions: How many coordinates.
        seed: The same seed gives the same points on every machine.
        replicate: Independent scrambles under one seed, for Monte Carlo errors.

    Raises:
        InputError: If there are no points, or more than a million.
    """
    if not 1 <= points <= _MOST_POINTS:
        raise InputError(f"{points} quasi-random draws asked for; expected 1 to {_MOST_POINTS}")
    rng = np.random.default_rng([seed, replicate, dimensions])
    columns = _scramble(_directions(dimensions), rng)
    shift = rng.integers(0, 1 << _BITS, size=dimensions, dtype=np.uint64)
    index = np.arange(points, dtype=np.uint64)
    gray = index ^ (index >> np.uint64(1))
    found = np.tile(shift, (points, 1))
    for bit in range(max(1, (points - 1).bit_length())):
        on = (gray >> np.uint64(bit)) & np.uint64(1)
        found ^= on[:, None] * columns[None, :, bit]
    return (found.astype(float) + 0.5) / 2.0**_BITS


def replicated(points: int, dimensions: int, seed: int, replicates: int) -> Array:
    """`replicates` independent scrambles one after another, together `points` points (rounded down to equal parts).

    Averages over the parts differ by chance alone; their spread is the Monte Carlo error.
    """
    if points < replicates or points % replicates:
        raise InputError(
            f"{points} draws cannot be split into {replicates} equal parts; take a multiple of {replicates}"
        )
    return np.concatenate([sobol(points // replicates, dimensions, seed, part) for part in range(replicates)])


def _scramble(columns: Bits, rng: np.random.Generator) -> Bits:
    """Random lower-triangular matrices over GF(2), one a dimension, applied to direction numbers [dim, bit]."""
    dimensions = columns.shape[0]
    rows = rng.integers(0, 1 << _BITS, size=(dimensions, _BITS), dtype=np.uint64)
    out = np.zeros_like(columns)
    for bit in range(_BITS):  # bit 0 is the most significant
        own = np.uint64(1) << np.uint64(_BITS - 1 - bit)
        above = np.uint64((1 << _BITS) - (1 << (_BITS - bit))) & rows[:, bit]
        parity = np.bitwise_count(columns & (above | own)[:, None]).astype(np.uint64) & np.uint64(1)
        out |= parity * own
    return out


@cache
def _directions(dimensions: int) -> Bits:
    """Direction numbers [dimension, bit], most significant bit first; dimension 0 is van der Corput's."""
    table = np.zeros((dimensions, _BITS), dtype=np.uint64)
    table[0] = [1 << (_BITS - 1 - bit) for bit in range(_BITS)]
    for row, polynomial in enumerate(_primitive_polynomials(dimensions - 1), start=1):
        degree = polynomial.bit_length() - 1
        rng = np.random.default_rng([20251201, row, _CHOSEN[row - 1] if row <= len(_CHOSEN) else 0])
        numbers = [int(rng.integers(0, 1 << k)) * 2 + 1 for k in range(degree)]
        for k in range(degree, _BITS):
            new = numbers[k - degree] ^ (numbers[k - degree] << degree)
            for step in range(1, degree):
                if polynomial >> (degree - step) & 1:
                    new ^= numbers[k - step] << step
            numbers.append(new)
        table[row] = [number << (_BITS - 1 - bit) for bit, number in enumerate(numbers[:_BITS])]
    return table


def _primitive_polynomials(count: int) -> list[int]:
    """The first `count` primitive polynomials over GF(2), as bit patterns, by degree."""
    found: list[int] = []
    degree = 1
    while len(found) < count:
        found.extend(p for p in range((1 << degree) | 1, 1 << (degree + 1), 2) if _is_primitive(p))
        degree += 1
    return found[:count]


def _is_primitive(polynomial: int) -> bool:
    """Whether x generates the whole multiplicative group modulo `polynomial`."""
    order = (1 << (polynomial.bit_length() - 1)) - 1
    proper = [order // prime for prime in _prime_factors(order)]
    return _power_of_x(order, polynomial) == 1 and all(_power_of_x(power, polynomial) != 1 for power in proper)


def _prime_factors(number: int) -> list[int]:
    factors, divisor = [], 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            factors.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor += 1
    return factors + ([number] if number > 1 else [])


def _power_of_x(exponent: int, polynomial: int) -> int:
    """x ** exponent modulo `polynomial` over GF(2)."""
    top = 1 << (polynomial.bit_length() - 1)

    def times(a: int, b: int) -> int:
        out = 0
        while b:
            if b & 1:
                out ^= a
            a <<= 1
            if a & top:
                a ^= polynomial
            b >>= 1
        return out

    result, base = 1, 2 if top > 2 else 2 ^ polynomial
    while exponent:
        if exponent & 1:
            result = times(result, base)
        base = times(base, base)
        exponent >>= 1
    return result
