"""Derivatives row by row: functions of (K, n) arrays whose rows do not touch one another.

As every output of row i depends on row i alone, the gradient of the sum over rows holds all gradients, and one pass
for each of K directions holds all Hessians. Rows stay the last axis throughout.
"""

from __future__ import annotations

from collections.abc import Callable

from offramp.compiled import jax, jnp

Rowwise = Callable[[jax.Array], jax.Array]


def _directions(x: jax.Array) -> jax.Array:
    return jnp.broadcast_to(jnp.eye(x.shape[0], dtype=x.dtype)[:, :, None], (x.shape[0], *x.shape))


def second(function: Rowwise, x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Value (n,), gradient (K, n) and Hessian (K, K, n) of a function from (K, n) to (n,)."""

    def slope(at: jax.Array) -> tuple[jax.Array, jax.Array]:
        def total(y: jax.Array) -> tuple[jax.Array, jax.Array]:
            value = function(y)
            return jnp.sum(value), value

        gradient, value = jax.grad(total, has_aux=True)(at)
        return gradient, value

    gradient, linear, value = jax.linearize(slope, x, has_aux=True)
    return value, gradient, jax.vmap(linear)(_directions(x))


def first(function: Rowwise, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Value (n,) and gradient (K, n)."""
    value, back = jax.vjp(function, x)
    return value, back(jnp.ones_like(value))[0]


def jacobian(function: Rowwise, x: jax.Array) -> jax.Array:
    """Derivatives (O, K, n) of a function from (K, n) to (O, n)."""
    value, back = jax.vjp(function, x)
    wanted = _directions(value)
    out: jax.Array = jax.vmap(lambda w: back(w)[0])(wanted)
    return out
