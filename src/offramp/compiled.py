"""The one place that sets JAX up: float64, and a cache of compiled programs on disk.

Rooms that compute with JAX import `jax` and `jnp` from here (the exit game through its `_jax`, which adds to it), so
that float64 is on before any array exists.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import platformdirs

from offramp import __version__

__all__ = ["enable_compile_cache", "jax", "jnp", "set_option"]

set_option = jax.config.update
set_option("jax_enable_x64", True)  # type: ignore[no-untyped-call,unused-ignore]


def enable_compile_cache(folder: Path | None = None) -> Path | None:
    """Keep compiled programs on disk, so that a second process does not compile again.

    JAX's cache holds nothing by default, because programs that compile within a second are left out; both limits are
    lifted here. Programs are keyed by their content, by JAX's version and by the machine's features.

    Args:
        folder: Where to keep them; by default a folder of this version under the user's cache directory, or the
            folder that the environment variable `OFFRAMP_JAX_CACHE` names.

    Returns:
        The folder in use, created if it was missing; None where it cannot be made, and then every process compiles
        for itself and nothing else changes.
    """
    chosen = os.environ.get("OFFRAMP_JAX_CACHE")
    if folder is None:
        folder = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("offramp")) / "jax"
        folder = folder / f"{__version__}-jax{jax.__version__}-py{sys.version_info.major}{sys.version_info.minor}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    for name, value in (
        ("jax_compilation_cache_dir", str(folder)),
        ("jax_persistent_cache_min_compile_time_secs", 0.0),
        ("jax_persistent_cache_min_entry_size_bytes", -1),
    ):
        set_option(name, value)  # type: ignore[no-untyped-call,unused-ignore]
    return folder
