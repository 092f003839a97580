"""A watcher that is killed at random moments and started again, with a forecast that needs no game."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path


def watch_once(address: str, folder: Path) -> None:
    """One run to the end."""
    from offramp.ledger.store import Ledger
    from offramp.watch.runner import Watcher
    from offramp.watch.sources import Source
    from watch import fake

    with Ledger(address, patience=120) as ledger:
        Watcher(ledger, [Source(str(folder))], [], lambda _: None, lambda _: None, play=fake.play).run()


def nursery(address: str, folder: Path, kills: int, at_once: int, seed: int) -> None:
    """Starts so many watchers at once, kills each at a random moment, and starts it again."""
    import offramp.watch.runner  # noqa: F401
    from offramp.reading import nlp
    from watch import fake  # noqa: F401 - imported before forking

    if "postgresql" in address:
        import psycopg  # noqa: F401
    nlp.parse("The language model is loaded once.")
    draw = random.Random(seed)
    alive: list[int] = []
    done = 0
    while done < kills:
        while len(alive) < at_once:
            child = os.fork()
            if child == 0:
                try:
                    watch_once(address, folder)
                finally:
                    os._exit(0)
            alive.append(child)
        time.sleep(draw.uniform(0.02, 0.4))
        child = alive.pop(draw.randrange(len(alive)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done += 1
    for child in alive:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
