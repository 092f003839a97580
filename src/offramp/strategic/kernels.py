"""Likelihoods of rows compiled once per shape: values, gradients and Hessians with respect to the indices.

A row model (`rows.TreeRows`, `ultimatum.OfferRows`, `crisis.SignalRows`) knows nothing of coefficients. Its compiled
kernel works on blocks of rows padded to few sizes, so that formulas, coefficients and small
changes of n share one program. Derivatives come from automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from offramp.compiled import jax
from offramp.strategic.derive import first, jacobian, second

Floats = NDArray[np.float64]
LARGEST = 16384  # rows of one call
SMALLEST = 32


class RowModel(Protocol):
    """One row's likelihood; hashable, so that its compiled kernels are shared.

    A model with `settles` carries in the last number of its data a state that `settled` brings to an equilibrium at the
    indices; this is done before every other call. A model with `newton` gives its own value, gradient and Hessian.
    """

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
    """The size of block that holds `rows` rows: a power of two up to 1,024, then at most an eighth larger."""
    if rows <= 1024:
        return max(SMALLEST, 1 << (rows - 1).bit_length())
    step = max(1 << (rows - 1).bit_length() - 4, 1)
    return -(-rows // step) * step


@lru_cache(maxsize=256)
def _program(model: RowModel, what: str) -> Callable[..., Any]:
    """The compiled function of (eta (K, n), data (D, n)); outputs have rows last."""

    def value(eta: jax.Array, row: jax.Array) -> jax.Array:
        return model.log_lik(eta, row)

    if what == "value":
        return jax.jit(value)
    if what == "newton":
        upper = np.triu_indices(model.indices)
        own: Callable[..., tuple[jax.Array, jax.Array, jax.Array]] | None = getattr(model, "newton", None)

        def both(eta: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            f, g, h = own(eta, row) if own is not None else second(lambda e: value(e, row), eta)
            return f, g, h[upper]

        return jax.jit(both)
    if what == "score":
        return jax.jit(lambda eta, row: first(lambda e: value(e, row), eta))
    function: Callable[..., jax.Array] = getattr(model, what.removesuffix("'"))
    if what.endswith("'"):
        return jax.jit(lambda eta, row: (function(eta, row), jacobian(lambda e: function(e, row), eta)))
    return jax.jit(function)


def blocks(rows: int) -> Iterator[tuple[slice, int]]:
    """Slices of at most LARGEST rows, all padded to one size."""
    count = max(-(-rows // LARGEST), 1)
    length = max(-(-rows // count), 1)
    for start in range(0, rows, length):
        yield slice(start, min(start + length, rows)), padded(length)


def _fill(array: Floats, part: slice, size: int) -> Floats:
    """Rows of a block, last, padded by copies of a valid row, so that no padding can turn into NaN."""
    block = array[part].T
    if block.shape[1] == size:
        return np.ascontiguousarray(block)
    out = np.empty((array.shape[1], size))
    out[:, : block.shape[1]] = block
    out[:, block.shape[1] :] = block[:, :1]
    return out


def value(model: RowModel, eta: Floats, data: Floats) -> Floats:
    """Log-likelihood of every row, shape (n,)."""
    return _by_block(model, "value", eta, data)[0]


def newton(model: RowModel, eta: Floats, data: Floats, *, settled: bool = False) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (n,), gradient (K, n) and upper triangle of the Hessian (K (K + 1) / 2, n) of every row.

    `settled`: the data are at equilibrium already, for models that need it.
    """
    f, g, h = _by_block(model, "newton", eta, data, settled=settled)
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


def _by_block(model: RowModel, what: str, eta: Floats, data: Floats, *, settled: bool = False) -> list[Floats]:
    if getattr(model, "settles", False) and not settled and what not in ("settled", "gaps"):
        data = np.column_stack([data[:, :-1], call(model, "settled", eta, data)])
    program = _program(model, what)
    running = [(part, program(_fill(eta, part, size), _fill(data, part, size))) for part, size in blocks(len(eta))]
    parts = [
        tuple(np.asarray(o)[..., : part.stop - part.start] for o in (out if isinstance(out, tuple) else (out,)))
        for part, out in running
    ]
    joined = parts[0] if len(parts) == 1 else [np.concatenate(p, axis=-1) for p in zip(*parts, strict=True)]
    if what in ("newton", "score"):
        return list(joined)
    return [np.moveaxis(o, -1, 0) for o in joined]
