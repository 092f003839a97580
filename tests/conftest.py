"""What every test shares: where the shared data lie, and which skips are forbidden."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _skip_or_fail(what: str, reason: str) -> None:
    if what in os.environ.get("OFFRAMP_NO_SKIP", "").split(","):
        pytest.fail(f"{reason} (OFFRAMP_NO_SKIP forbids this skip)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data and reference values; skips, with the reason, where it cannot be had."""
    folder = Path(os.environ.get("OFFRAMP_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        _skip_or_fail("shared", f"no shared data at {folder}; set OFFRAMP_SHARED")
    return folder


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example reports of this repository."""
    return ROOT / "examples"
