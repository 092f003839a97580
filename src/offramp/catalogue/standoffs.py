"""Resolved standoffs: how they ended, counted, and the way in to the room.

`rows` holds the table, `similarity` compares; both are handed on here, so that users need one import. The counts are
the evidence behind anchor B of the exit game and behind the share of recorded exits that were in truth negotiated
(EXITGAME sections 4 and 6); docs/catalogue.md says what may be read into them and what may not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from offramp.catalogue.rows import AS_OF, FOLLOWED_YEARS, NEGOTIATED_WEIGHT, Army, Standoff, load
from offramp.catalogue.similarity import WEIGHTS, Features, Why, features_of, similar
from offramp.codes.exits import OUTCOMES, RECORDED_MODES, ExitMode

__all__ = [
    "AS_OF",
    "FOLLOWED_YEARS",
    "NEGOTIATED_WEIGHT",
    "WEIGHTS",
    "Counts",
    "Features",
    "Share",
    "Standoff",
    "Why",
    "counts",
    "features_of",
    "load",
    "negotiated_given_mode",
    "select",
    "settled",
    "similar",
]


@dataclass(frozen=True, slots=True)
class Counts:
    """Weighted numbers of outcomes in a window, summing to `n`; `censored` rows were not seen to its end.

    Fields are read as attributes or as keys.
    """

    negotiated: float
    foreign: float
    others: float
    in_office: float
    n: int
    censored: int
    ids: tuple[str, ...]

    def __getitem__(self, field: str) -> Any:
        return asdict(self)[field]

    @property
    def rows(self) -> int:
        """The same as `n`."""
        return self.n

    def beta(self, outcome: str, prior: tuple[float, float] = (0.5, 0.5)) -> tuple[float, float]:
        """Beta distribution of the chance of an outcome ('negotiated', 'foreign', 'others', 'in_office').

        `prior` is added to the weighted successes and failures; without one it is Jeffreys's.
        """
        successes = float(self[outcome])
        return prior[0] + successes, prior[1] + self.n - successes

    @property
    def negotiated_beta(self) -> tuple[float, float]:
        """`beta('negotiated')`."""
        return self.beta("negotiated")

    @property
    def foreign_beta(self) -> tuple[float, float]:
        """`beta('foreign')`."""
        return self.beta("foreign")


def select(
    rows: Iterable[Standoff] | None = None,
    *,
    ultimatum: bool | None = None,
    offer: bool | None = None,
    army: Sequence[Army] | None = None,
    min_tenure_years: float = 0.0,
    leave_out: str | None = None,
) -> list[Standoff]:
    """Rows that meet every condition given. `min_tenure_years=1` leaves out juntas of the first days."""
    return [
        row
        for row in (rows if rows is not None else load())
        if (ultimatum is None or row.explicit_ultimatum is ultimatum)
        and (offer is None or (row.offer != "none") is offer)
        and (army is None or row.army in army)
        and row.tenure_years >= min_tenure_years
        and row.id != leave_out
    ]


def settled(rows: Iterable[Standoff] | None = None) -> list[Standoff]:
    """Rulers a year or more in office whose army was loyal at the demand.

    The population for a ruler in possession of the state: it leaves out juntas of the first weeks, which go easily, and
    rulers whom the army had left before the offer came.
    """
    return select(rows, army=["loyal"], min_tenure_years=1)


def counts(rows: Iterable[Standoff] | None = None, *, months: float = 12, leave_out: str | None = None) -> Counts:
    """How standoffs with an explicit ultimatum and an offer ended within some months of both being on the table.

    This is the evidence behind anchor B of the exit game. Rows without an ultimatum or an offer are passed over, so
    `rows` may be any selection (`select`). Disputed negotiated exits count half as negotiated and half as recorded.

    Args:
        rows: Where to count; all rows without it.
        months: Length of the window, from the later of demand and first offer.
        leave_out: Id of a row not to count, for scoring it against the others.
    """
    weights = dict.fromkeys(OUTCOMES, 0.0)
    counted: list[str] = []
    censored = 0
    for row in select(rows, ultimatum=True, offer=True, leave_out=leave_out):
        outcome = row.outcome(months, row.offer_on_table)
        if outcome is None:
            censored += 1
            continue
        counted.append(row.id)
        for mode, weight in outcome.items():
            weights[mode] += weight
    others = sum(
        weights[m] for m in RECORDED_MODES if m is not ExitMode.FOREIGN
    )  # negotiated and in_office are not recorded modes of exit
    return Counts(
        negotiated=weights[ExitMode.NEGOTIATED],
        foreign=weights[ExitMode.FOREIGN],
        others=others,
        in_office=weights[ExitMode.IN_OFFICE],
        n=len(counted),
        censored=censored,
        ids=tuple(counted),
    )


class Share(NamedTuple):
    """Negotiated exits (disputed ones half) out of `n` exits of a recorded mode."""

    successes: float
    n: int


def negotiated_given_mode(
    rows: Iterable[Standoff] | None = None, *, leave_out: str | None = None
) -> dict[ExitMode, Share]:
    """For each recorded mode: how many of the catalogue's exits were in truth negotiated.

    An exit that two rows of one ruler share counts once. A mode without an exit has n = 0: give it a Beta prior.
    """
    exits: dict[tuple[str, dt.date], Standoff] = {}
    for row in select(rows, leave_out=leave_out):
        if row.exit_date is not None:
            exits[(row.country, row.exit_date)] = row
    shares = {}
    for mode in RECORDED_MODES:
        of_mode = [row for row in exits.values() if row.archigos_mode == mode.value]
        shares[mode] = Share(sum(NEGOTIATED_WEIGHT[row.negotiated] for row in of_mode), len(of_mode))
    return shares
