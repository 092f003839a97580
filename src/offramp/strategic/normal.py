"""Normal and logistic tails in logarithms, with derivatives that stay accurate far out.

`log_phi(x)` is log of the normal distribution function, `mills(x)` the ratio m = phi / Phi. Automatic differentiation
uses (log Phi)' = m and m' = -m (m + x); below -14 both come from the asymptotic series, where m + x would cancel.
"""

from __future__ import annotations

import math

from offramp.strategic._jax import jax, jnp

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
ROOT2 = math.sqrt(2.0)
FAR = -14.0
TERMS = range(23, 1, -2)  # the series of Mills' ratio to 1e-16 at FAR


def _series(x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """t = -x, s with Phi(x) = phi(x) s / t, and (1 - s) t^2, all for x below FAR."""
    t = jnp.where(x < FAR, -x, -FAR)
    square = 1 / (t * t)
    inner = jnp.ones_like(t)
    for k in TERMS:
        inner = 1 - k * square * inner
    return t, 1 - square * inner, inner


@jax.custom_jvp
def log_phi(x: jax.Array) -> jax.Array:
    """log Phi(x), relative accuracy about 1e-14 for any x."""
    t, s, _ = _series(x)
    far = -0.5 * t * t - jnp.log(t) - HALF_LOG_2PI + jnp.log(s)
    near = jnp.maximum(x, FAR)
    tail = 0.5 * jax.lax.erfc(jnp.abs(near) / ROOT2)
    body = jnp.where(near > 0, jnp.log1p(-tail), jnp.log(tail))
    return jnp.where(x < FAR, far, body)


@jax.custom_jvp
def mills(x: jax.Array) -> jax.Array:
    """phi(x) / Phi(x)."""
    t, s, _ = _series(x)
    near = jnp.maximum(x, FAR)
    return jnp.where(x < FAR, t / s, jnp.exp(-0.5 * near * near - HALF_LOG_2PI - log_phi(near)))


def _gap(x: jax.Array, m: jax.Array) -> jax.Array:
    t, s, inner = _series(x)
    return jnp.where(x < FAR, inner / (t * s), m + x)


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
