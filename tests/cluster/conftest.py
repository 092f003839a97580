"""Two worker processes for the tests of one file, and folders where tasks leave their process's number."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from offramp import cluster


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    """A client with two worker processes on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # sockets of workers that a test has killed
        with cluster.open("local:2", memory="1GiB") as client:
            yield client
