"""The one place that sets JAX up for this room: float64, and a compile cache on disk.

Every module here that computes imports `jax` and `jnp` from this one, so that float64 is on before any array exists.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import jax
import jax.numpy as jnp
import platformdirs

from offramp import __version__

__all__ = ["enable_compile_cache", "jax", "jnp", "stage"]

T = TypeVar("T")

_set: Callable[[str, object], None] = jax.config.update  # type: ignore[no-untyped-call,unused-ignore]
_set("jax_enable_x64", True)


def enable_compile_cache(folder: Path | None = None) -> Path:
    """Keep compiled programs on disk, so that a second process does not compile again.

    JAX's cache holds nothing by default, because programs that compile within a second are left out; both limits are
    lifted here. Programs are keyed by their content, by JAX's version and by the machine's features.

    Args:
        folder: Where to keep them; by default a folder of this version under the user's cache directory, or the
            folder that the environment variable `OFFRAMP_JAX_CACHE` names.

    Returns:
        The folder in use. It is created if it is missing (`OSError` if that cannot be done).
    """
    chosen = os.environ.get("OFFRAMP_JAX_CACHE")
    if folder is None:
        folder = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("offramp")) / "jax"
        folder = folder / f"{__version__}-jax{jax.__version__}-py{sys.version_info.major}{sys.version_info.minor}"
    folder.mkdir(parents=True, exist_ok=True)
    _set("jax_compilation_cache_dir", str(folder))
    _set("jax_persistent_cache_min_compile_time_secs", 0.0)
    _set("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


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
