"""Compiled programs are kept between test runs, as they are between runs of the program."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _compile_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    from offramp.exitgame._jax import enable_compile_cache

    enable_compile_cache()
