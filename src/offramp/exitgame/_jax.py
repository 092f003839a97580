"""JAX as this room uses it: set up once for all rooms, and stages that XLA does not fuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from offramp.compiled import enable_compile_cache, jax, jnp

__all__ = ["enable_compile_cache", "jax", "jnp", "stage"]

T = TypeVar("T")


def stage(ready: jax.Array, work: Callable[..., T], *inputs: object) -> T:
    """`work(*inputs)` as a stage of its own inside a compiled program.

    XLA fuses a small program into a few large loops and there works an array out anew for every use, which made a
    month of this game three times as slow. It does not fuse across a branch whose condition it cannot know: `ready`
    is an argument of the program that is always true.
    """
    shapes = jax.eval_shape(work, *inputs)

    def nothing(*_: object) -> T:
        empty: T = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
        return empty

    done: T = jax.lax.cond(ready, work, nothing, *inputs)
    return done
