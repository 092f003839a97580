"""Progress on standard error: one live line on a terminal, plain lines elsewhere once a job takes two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_S = 2.0


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Gives a function that announces the step now under way."""
    start = time.monotonic()
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("Starting") as status:
            yield lambda text: status.update(f"{text} [dim]({time.monotonic() - start:.0f} s)[/dim]")
        return

    def announce(text: str) -> None:
        if time.monotonic() - start > PATIENCE_S:
            print(f"offramp: {text} ({time.monotonic() - start:.0f} s)", file=sys.stderr)  # noqa: T201

    yield announce
