"""Row likelihoods compiled once per shape: values, gradients and Hessians with respect to the indices.

A row model (`rows.TreeRows`, `ultimatum.OfferRows`, `crisis.SignalRows`) knows nothing of coefficients. Its compiled
kernel works on blocks of rows padded to one of eight sizes per power of two, so that formulas, coefficients and small
changes of n share one program. Derivatives come from automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from offramp.strategic._jax import jax, jnp

Floats = NDArray[np.float64]
LARGEST = 32768  # rows of one call
SMALLEST = 32


class RowModel(Protocol):
    """One row's likelihood; hashable, so that its compiled kernels are shared."""

    @property
    def indices(self) -> int:
        """How many linear indices enter."""
        ...

    @property
    def width(self) -> int:
        """How many numbers a row of data has."""
        ...

    def log_lik(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-likelihood of one row."""
        ...

    def __hash__(self) -> int: ...


def padded(rows: int) -> int:
    """The size of block that holds `rows` rows: at most an eighth larger."""
    if rows <= SMALLEST:
        return SMALLEST
    step = max(1 << (rows - 1).bit_length() - 4, 1)
    return -(-rows // step) * step


@lru_cache(maxsize=256)
def _program(model: RowModel, what: str) -> Callable[[jax.Array, jax.Array], Any]:
    """The compiled function of (eta (n, K), data (n, D)); outputs have rows last."""

    def value(eta: jax.Array, row: jax.Array) -> jax.Array:
        return model.log_lik(eta, row)

    if what == "value":
        return jax.jit(jax.vmap(value))
    if what == "newton":
        upper = np.triu_indices(model.indices)

        def both(eta: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            def first(e: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
                f, g = jax.value_and_grad(value)(e, row)
                return g, (f, g)

            second, (f, g) = jax.jacfwd(first, has_aux=True)(eta)
            return f, g, second[upper]

        return jax.jit(jax.vmap(both, out_axes=(0, 1, 1)))
    if what == "score":
        return jax.jit(jax.vmap(jax.value_and_grad(value), out_axes=(0, 1)))
    function: Callable[..., jax.Array] = getattr(model, what.removesuffix("'"))
    if what.endswith("'"):
        return jax.jit(jax.vmap(lambda e, r: (function(e, r), jax.jacrev(function)(e, r))))
    return jax.jit(jax.vmap(function))


def blocks(rows: int) -> Iterator[tuple[slice, int]]:
    """Slices of at most LARGEST rows with the padded size of each."""
    for start in range(0, rows, LARGEST):
        stop = min(start + LARGEST, rows)
        yield slice(start, stop), padded(stop - start)


def _fill(array: Floats, part: slice, size: int) -> Floats:
    block = array[part]
    if len(block) == size:
        return block
    out = np.empty((size, array.shape[1]))
    out[: len(block)] = block
    out[len(block) :] = block[:1]  # a valid row, so that no padding can turn into NaN
    return out


def value(model: RowModel, eta: Floats, data: Floats) -> Floats:
    """Log-likelihood of every row, shape (n,)."""
    return _by_block(model, "value", eta, data)[0]


def newton(model: RowModel, eta: Floats, data: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (n,), gradient (K, n) and upper triangle of the Hessian (K (K + 1) / 2, n) of every row."""
    f, g, h = _by_block(model, "newton", eta, data)
    return f, g, h


def score(model: RowModel, eta: Floats, data: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood (n,) and gradient (K, n) of every row."""
    f, g = _by_block(model, "score", eta, data)
    return f, g


def call(model: RowModel, what: str, eta: Floats, data: Floats) -> Floats:
    """Another function of a row by name, such as `log_outcomes`; shape (n, ...)."""
    return _by_block(model, what, eta, data)[0]


def with_jacobian(model: RowModel, what: str, eta: Floats, data: Floats) -> tuple[Floats, Floats]:
    """A function of a row by name, and its derivative in the indices: shapes (n, O) and (n, O, K)."""
    f, j = _by_block(model, what + "'", eta, data)
    return f, j


def _by_block(model: RowModel, what: str, eta: Floats, data: Floats) -> list[Floats]:
    program = _program(model, what)
    parts: list[tuple[Any, ...]] = []
    for part, size in blocks(len(eta)):
        out = program(jnp.asarray(_fill(eta, part, size)), jnp.asarray(_fill(data, part, size)))
        out = out if isinstance(out, tuple) else (out,)
        count = part.stop - part.start
        last = what in ("newton", "score")
        parts.append(tuple(np.asarray(o)[..., :count] if last else np.asarray(o)[:count] for o in out))
    if len(parts) == 1:
        return list(parts[0])
    axis = -1 if what in ("newton", "score") else 0
    return [np.concatenate(pieces, axis=axis) for pieces in zip(*parts, strict=True)]
