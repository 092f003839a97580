"""How a case ended, appended to the ledger: nothing of its forecasts changes, and a later resolution corrects."""

from __future__ import annotations

import datetime as dt
import difflib

import sqlalchemy as sa

from offramp.codes.exits import OUTCOMES
from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.store import Ledger

NAMES = [str(outcome) for outcome in OUTCOMES]


def resolve(
    ledger: Ledger,
    case: str,
    outcome: str,
    day: dt.date,
    *,
    source: str = "",
    by: str = "",
    replace: bool = False,
    today: dt.date | None = None,
) -> entries.Entry:
    """Appends how a case ended.

    Args:
        ledger: The ledger.
        case: The case, as `entries.find_case` takes it.
        outcome: One of `codes.exits.OUTCOMES`; 'in_office' says that the ruler was still there on `day`.
        day: Of the exit.
        source: Where that can be looked up.
        by: Who says so.
        replace: Whether to correct a resolution that says something else.
        today: The latest day that can have been; by default this one.

    Returns:
        The entry; the one that is there where it says the same already.

    Raises:
        InputError: An unknown outcome, a day to come, or another resolution without `replace`.
        LedgerError: If no case or several fit.
    """
    if outcome not in NAMES:
        near = difflib.get_close_matches(outcome, NAMES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(NAMES)}."
        raise InputError(f"--outcome {outcome!r}: no such outcome. {hint}")
    if day > (today or dt.datetime.now(dt.UTC).date()):
        raise InputError(f"--date {day}: lies in the future; a case is resolved by what has happened.")

    def work(connection: sa.Connection) -> entries.Entry:
        key = entries.find_case(connection, case)
        held = entries.select(connection, kind="resolution", case=key, newest=1)
        first = entries.select(connection, kind="forecast", case=key)[0].as_of
        if first is not None and day < first:
            raise InputError(
                f"--date {day}: lies before the first forecast of {key} ({first}); nothing could be scored."
            )
        content = {"outcome": outcome, "date": day.isoformat(), "source": source, "by": by}
        if held:
            told = held[0].content
            if all(told[name] == content[name] for name in ("outcome", "date")):
                return held[0]
            open_ended = told["outcome"] == "in_office" and told["date"] <= day.isoformat()
            if not replace and not open_ended:
                raise InputError(
                    f"{key} is resolved as {told['outcome']} on {told['date']} (entry {held[0].n}); "
                    "--replace appends a correction."
                )
        return entries.append(connection, "resolution", key, content, as_of=day)

    return ledger.write(work)
