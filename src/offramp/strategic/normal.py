"""Normal and logistic tails in logarithms, with derivatives that stay accurate far out.

`log_phi(x)` is log of the normal distribution function, `mills(x)` the ratio m = phi / Phi. Both come from one
function, e(t) = exp(t^2) erfc(t) for t >= 0, as a Chebyshev series of (1 + 2 t) e(t) in (t - K) / (t + K): the form of
Shepherd and Laframboise (1981), Math. Comp. 36, 249-253, with coefficients worked out here from SciPy's `erfcx`. No
branch, one exponential, relative accuracy 1e-15. Derivatives: (log Phi)' = m and m' = -m (m + x).
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy import special

from offramp.compiled import jax, jnp

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
ROOT2 = math.sqrt(2.0)
ROOT_2_PI = math.sqrt(2 / math.pi)
FAR = -14.0  # below this m + x comes from the asymptotic series
TERMS = range(23, 1, -2)
K, DEGREE = 3.75, 22


def _coefficients() -> list[float]:
    angle = np.pi * (np.arange(1024) + 0.5) / 1024
    t = K / np.tan(angle / 2) ** 2
    value = np.where(t > 1e7, (2 + 1 / t) / math.sqrt(math.pi), (1 + 2 * t) * special.erfcx(np.minimum(t, 1e7)))
    found = [2 / 1024 * float(np.sum(value * np.cos(k * angle))) for k in range(DEGREE + 1)]
    return [found[0] / 2, *found[1:]]


SERIES = _coefficients()


@partial(jax.jit, inline=True)  # traced once for each shape: a hundred operations, used everywhere
def scaled_tail(x: jax.Array) -> jax.Array:
    """exp(x^2 / 2) Phi(-|x|): the normal tail without its exponential."""
    t = jnp.abs(x) / ROOT2
    twice = 2 * (t - K) / (t + K)
    one = two = jnp.zeros_like(t)
    for coefficient in SERIES[:0:-1]:
        one, two = twice * one - two + coefficient, one
    return 0.5 * (0.5 * twice * one - two + SERIES[0]) / (1 + 2 * t)


@jax.custom_jvp
def log_phi(x: jax.Array) -> jax.Array:
    """log Phi(x) for any x; absolute accuracy 1e-15, or relative where it is large."""
    tail, square = scaled_tail(x), 0.5 * x * x
    return jnp.where(x < 0, jnp.log(tail) - square, jnp.log1p(-tail * jnp.exp(-square)))


@jax.custom_jvp
def mills(x: jax.Array) -> jax.Array:
    """phi(x) / Phi(x)."""
    tail, small = scaled_tail(x), jnp.exp(-0.5 * x * x)
    return 0.5 * ROOT_2_PI * jnp.where(x < 0, 1 / tail, small / (1 - tail * small))


@partial(jax.jit, inline=True)
def _gap(x: jax.Array, m: jax.Array) -> jax.Array:
    """m + x, which far out is about -1 / x."""
    t = jnp.where(x < FAR, -x, -FAR)
    square = 1 / (t * t)
    inner = jnp.ones_like(t)
    for k in TERMS:
        inner = 1 - k * square * inner
    return jnp.where(x < FAR, inner / (t * (1 - square * inner)), m + x)


@log_phi.defjvp
def _log_phi_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    return log_phi(x), mills(x) * dx


@mills.defjvp
def _mills_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    (x,), (dx,) = primals, tangents
    m = mills(x)
    return m, -m * _gap(x, m) * dx


def log_density(x: jax.Array) -> jax.Array:
    """log phi(x)."""
    return -0.5 * x * x - HALF_LOG_2PI


def log_logistic(x: jax.Array) -> jax.Array:
    """log of the logistic distribution function."""
    return jax.nn.log_sigmoid(x)


def log_cdf(link: str, x: jax.Array) -> jax.Array:
    """log of the link's distribution function: `probit` or `logit`."""
    return log_phi(x) if link == "probit" else log_logistic(x)
