"""What the sentences before have established: who deals with whom, and when.

A report names the two sides once and goes on with 'he refused', 'the offer'. `Thread` remembers, sentence by
sentence, the last pairs of actors of different countries and the last date, so that a missing side or day can be
filled from at most a few sentences back. What is filled in lowers the confidence of what it is filled into.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T

if TYPE_CHECKING:
    from offramp.reading.events import Placed
    from offramp.reading.phrases import Mention

PAIR_BACK = 6
DATE_BACK = 2
_DEALING = {T.REQUEST, T.THREATEN, T.REJECT, T.AGREE, T.CONSULT, T.SANCTION, T.MOBILIZE, T.ASSAULT, T.COERCE, T.ACCUSE}


@dataclass(frozen=True)
class Pair:
    """Two sides that dealt with each other in sentence `n`."""

    n: int
    source: Mention
    target: Mention


class Thread:
    """The running memory of one report."""

    def __init__(self) -> None:
        self._pairs: list[Pair] = []
        self._dates: list[tuple[int, dt.date]] = []

    def note_pair(self, n: int, source: Mention | None, target: Mention | None) -> None:
        """Remember that two actors of different countries dealt with each other."""
        if source is None or target is None or source.country is None or target.country is None:
            return
        if source.country != target.country:
            self._pairs.append(Pair(n, source, target))

    def note_event(self, n: int, placed: Placed) -> None:
        """Remember an event's pair and date."""
        if placed.event.type in _DEALING and not placed.event.negated:
            self.note_pair(n, placed.source, placed.target)
        if placed.event.date is not None:
            self._dates.append((n, placed.event.date))

    def counterpart(self, n: int, mention: Mention) -> Mention | None:
        """With whom this actor's country dealt last, at most `PAIR_BACK` sentences back."""
        for pair in reversed(self._pairs):
            if n - pair.n > PAIR_BACK or pair.n > n:
                continue
            if pair.source.country == mention.country:
                return pair.target
            if pair.target.country == mention.country:
                return pair.source
        return None

    def coercer_of(self, n: int, country: str | None) -> Mention | None:
        """Who pressed or approached a country last, up to sentence `n`; else who ever did."""
        before = [p for p in self._pairs if p.target.country == country and p.n <= n]
        after = [p for p in self._pairs if p.target.country == country and p.n > n]
        return before[-1].source if before else after[0].source if after else None

    def date(self, n: int) -> dt.date | None:
        """The last date told, at most `DATE_BACK` sentences back."""
        fitting = [day for m, day in self._dates if 0 <= n - m <= DATE_BACK]
        return fitting[-1] if fitting else None
