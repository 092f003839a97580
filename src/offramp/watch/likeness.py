"""The same words in another outlet: reports as sets of five-word runs, and how much of the shorter the longer holds.

An agency's text is cut, headed anew and prefaced, but its runs of words stay. Two reports are one source when at least
`SAME` of the shorter one's runs stand in the longer one; a correction shares less, yet more than two reports of one
event written apart do (`tests/watch/test_likeness.py` has the figures). Hashes are stable from run to run.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

RUN = 5
SAME = 0.6
KIN = 0.25
LEAST_RUNS = 15
"""Reports with fewer runs are the same only if all their runs are."""

Sketch = frozenset[int]


def sketch(text: str) -> Sketch:
    """Hashes of the runs of five words; of all words together where there are fewer."""
    words = re.findall(r"\w+", text.casefold())
    count = max(1, len(words) - RUN + 1)
    return frozenset(_hash(" ".join(words[i : i + RUN])) for i in range(count)) if words else frozenset()


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=6).digest(), "big")


def held(one: Sketch, other: Sketch) -> float:
    """Share of the shorter one's runs that the other holds."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def pack(runs: Sketch) -> str:
    """A sketch as text."""
    return " ".join(f"{run:x}" for run in sorted(runs))


def unpack(text: str) -> Sketch:
    """A sketch from its text."""
    return frozenset(int(run, 16) for run in text.split())


@dataclass
class Index:
    """All sketches seen, by run, so that one report is compared only with those it shares anything with."""

    sketches: dict[int, Sketch] = field(default_factory=dict)
    by_run: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, number: int, runs: Sketch) -> None:
        """Takes a report in under a number."""
        self.sketches[number] = runs
        for run in runs:
            self.by_run[run].append(number)

    def remove(self, number: int) -> None:
        """Forgets a report."""
        for run in self.sketches.pop(number, frozenset()):
            self.by_run[run].remove(number)

    def nearest(self, runs: Sketch, least: float = SAME) -> tuple[int, float] | None:
        """The report that shares most, and the share, if that is at least `least`; the earliest among equals."""
        shared: Counter[int] = Counter()
        for run in runs:
            shared.update(self.by_run.get(run, ()))
        best: tuple[int, float] | None = None
        for number, count in shared.items():
            size = min(len(runs), len(self.sketches[number]))
            share = count / size
            wanted = 1.0 if size < LEAST_RUNS and least == SAME else least
            if share >= wanted and (best is None or (share, -number) > (best[1], -best[0])):
                best = (number, share)
        return best
