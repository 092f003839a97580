"""The one place that sets JAX up for this room: float64, and a compile cache on disk.

Every module here that computes with JAX imports it from this one, so that float64 is on before any array exists.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import platformdirs

from offramp import __version__

__all__ = ["enable_compile_cache", "jax", "jnp"]

_set: Callable[[str, object], None] = jax.config.update  # type: ignore[no-untyped-call,unused-ignore]
_set("jax_enable_x64", True)


def enable_compile_cache(folder: Path | None = None) -> Path:
    """Keep compiled likelihoods on disk, so that a second process does not compile again.

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
