"""Compiled likelihoods are kept on disk between runs of these tests."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def compile_cache() -> None:
    from offramp.compiled import enable_compile_cache

    enable_compile_cache()
