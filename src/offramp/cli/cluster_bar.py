"""How far a long run is, on standard error: a bar on a terminal, a line every half minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

EVERY_S = 30.0


def told(line: str) -> None:
    """Prints what a cluster says of itself."""
    typer.echo(f"offramp: {line}", err=True)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that takes how many are done and how many there are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(title)
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _lines(title: str) -> Callable[[int, int], None]:
    start = said = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= EVERY_S:
            said = now
            told(f"{title}: {done:,} of {total:,} ({now - start:.0f} s)")

    return say
