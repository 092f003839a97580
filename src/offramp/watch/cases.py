"""Cases that are watched: added from a case file, with how to forecast them; taken off again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa

from offramp.case import files
from offramp.case.models import Case
from offramp.errors import InputError
from offramp.forecast.record import case_key
from offramp.ledger import entries
from offramp.ledger.address import LedgerError
from offramp.ledger.entries import now
from offramp.ledger.store import Ledger
from offramp.ledger.tables import bearings, watched
from offramp.watch.standing import HALF_LIFE


@dataclass(frozen=True, slots=True)
class Settings:
    """How a watched case is forecast, and when it raises an alert.

    Attributes:
        months: Horizon.
        draws: Draws of each forecast; few, so that a watcher keeps up.
        seed: Of the draws: one seed, so that a forecast moves by evidence and not by chance.
        threshold: Change of any outcome's chance within twelve months that raises an alert.
        half_life: Days in which evidence loses half its weight.
        baseline: Entry against which the next alert is measured.
    """

    months: int = 24
    draws: int = 16
    seed: int = 0
    threshold: float = 0.05
    half_life: float = HALF_LIFE
    baseline: int | None = None

    def check(self) -> None:
        """Raises `InputError` where a setting cannot be."""
        if not 1 <= self.months <= 120:
            raise InputError(f"--months {self.months}: expected 1 to 120.")
        if not 8 <= self.draws <= 4096:
            raise InputError(f"--draws {self.draws}: expected 8 to 4096.")
        if not 0 < self.threshold < 1:
            raise InputError(f"--threshold {self.threshold:g}: expected a share between 0 and 1, such as 0.05.")
        if not 1 <= self.half_life <= 3650:
            raise InputError(f"--half-life {self.half_life:g}: expected 1 to 3650 days.")


@dataclass(frozen=True, slots=True)
class Watched:
    """One case that is watched."""

    key: str
    text: str
    added: str
    settings: Settings
    case: Case = field(repr=False)


def add(ledger: Ledger, case: Case, settings: Settings, *, text: str | None = None) -> Watched:
    """Puts a case on the watch, or one that was taken off on it again.

    Raises:
        InputError: If a setting cannot be, or the case is watched already.
    """
    settings.check()
    key = case_key(case)

    def work(connection: sa.Connection) -> None:
        held = connection.execute(sa.select(watched.c.active).where(watched.c.case_key == key)).scalar()
        if held:
            raise InputError(f"{key} is watched already; `offramp watch remove {key}` takes it off.")
        row = {"case_text": text or files.dump(case), "country": case.ruler.country, "added": now(), "active": True,
               "settings": json.dumps(asdict(settings)), "version": 0}  # fmt: skip
        if held is None:
            connection.execute(watched.insert().values(case_key=key, **row))
        else:
            connection.execute(bearings.delete().where(bearings.c.case_key == key))
            connection.execute(watched.update().where(watched.c.case_key == key).values(**row))

    ledger.write(work)
    return get(ledger, key)


def remove(ledger: Ledger, text: str) -> str:
    """Takes a case off the watch; its forecasts stay. The key. Raises `LedgerError` if none or several fit."""

    def work(connection: sa.Connection) -> str:
        known = list(connection.scalars(sa.select(watched.c.case_key).where(watched.c.active)))
        wanted = entries.slug(text)
        near = [key for key in known if key == wanted] or [key for key in known if wanted in key]
        if len(near) != 1:
            raise LedgerError(f"no watched case {text!r}; watched: {', '.join(sorted(known)) or 'none'}.")
        connection.execute(watched.update().where(watched.c.case_key == near[0]).values(active=False))
        return str(near[0])

    return ledger.write(work)


def get(ledger: Ledger, key: str) -> Watched:
    """A case by its key. Raises `LedgerError` if it is not there."""
    row = ledger.read(lambda c: c.execute(sa.select(watched).where(watched.c.case_key == key)).mappings().first())
    if row is None:
        raise LedgerError(f"{key} is not watched.")
    return _of(row)


def listed(ledger: Ledger, *, active: bool = True) -> list[Watched]:
    """Cases on the watch, by key."""
    query = sa.select(watched).order_by(watched.c.case_key)
    rows = ledger.read(lambda c: c.execute(query).mappings().all())
    return [_of(row) for row in rows if row["active"] or not active]


def _of(row: sa.RowMapping) -> Watched:
    case = files.loads(row["case_text"], name=f"the case file of {row['case_key']} as it was added")
    return Watched(row["case_key"], row["case_text"], row["added"], Settings(**json.loads(row["settings"])), case)
