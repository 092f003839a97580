"""The rows of the catalogue: what one resolved standoff is, checked, and the table of all of them.

Rows are ours (`data/standoffs.toml`); the rule by which they were picked, the fields and the disagreements with leader
data are in docs/catalogue.md. What is derived (tenure, months to the exit, the outcome within a horizon) is computed
here from the dates and never typed in. A disputed negotiated exit counts half (EXITGAME section 6).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from offramp.codes.exits import ExitMode
from offramp.errors import OfframpError

OfferTerms = Literal["none", "safe_passage", "safe_passage_immunity"]
Army = Literal["loyal", "wavering", "defected"]
Street = Literal["quiet", "mobilised"]
Regime = Literal["democracy", "personal", "military", "party", "monarchy", "interim", "unknown"]
CoercerKind = Literal["state", "organisation", "coalition"]
Mode = Literal["regular", "coup", "uprising", "rebels", "foreign", "assassination", "natural", "in_office"]

AS_OF = dt.date(2025, 12, 1)
"""The day up to which outcomes are known."""
FOLLOWED_YEARS = 5
NEGOTIATED_WEIGHT = {"yes": 1.0, "disputed": 0.5, "no": 0.0}
DAYS_A_MONTH = 365.25 / 12


class Standoff(BaseModel):
    """One ruler, one campaign to make him or her leave. Fields: docs/catalogue.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{3}-[a-z]+-\d{4}$")
    ruler: str
    country: str = Field(pattern=r"^[A-Z]{3}$")
    gw: int
    coercers: tuple[str, ...] = Field(min_length=1)
    in_office_since: dt.date
    demand_date: dt.date
    explicit_ultimatum: bool
    offer: OfferTerms
    offer_date: dt.date | None = None
    offered_by: tuple[str, ...] = ()
    guarantor: Literal["coercer", "third_state", "successor"] | None = None
    reply: Literal["accepted", "refused", "countered", "none"]
    counter_demand: str | None = None
    army: Army
    street: Street
    regime: Regime
    archigos_mode: Mode
    exit_date: dt.date | None = None
    negotiated: Literal["yes", "no", "disputed"]
    fate: Literal["safe", "exile", "jail", "death", "in_office"]
    host: str | None = None
    summary: str
    source: str
    sure: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _consistent(self) -> Standoff:
        gone, offered = self.exit_date, self.offer_date
        left, offers = gone is not None, self.offer != "none"
        faults = {
            "offer needs offer_date and offered_by, no offer needs neither": not (
                offers == (offered is not None) == bool(self.offered_by)
            ),
            "archigos_mode in_office needs no exit_date and fate in_office, any other a date and a fate": not (
                left == (self.archigos_mode != "in_office") == (self.fate != "in_office")
            ),
            "a ruler who did not leave did not leave under terms": not left and self.negotiated != "no",
            "in_office_since must not lie after demand_date": self.in_office_since > self.demand_date,
            "exit_date must not lie before demand_date": gone is not None and gone < self.demand_date,
            "offer_date must not lie after exit_date": (gone is not None and offered is not None and offered > gone),
        }
        wrong = [text for text, bad in faults.items() if bad]
        if wrong:
            raise ValueError(f"{self.id}: {'; '.join(wrong)}")
        return self

    @property
    def tenure_years(self) -> float:
        """Years in office at the demand."""
        return (self.demand_date - self.in_office_since).days / 365.25

    @property
    def months_to_exit(self) -> float | None:
        """Months from the demand to the exit; `None` when there was none within five years (or yet)."""
        return None if self.exit_date is None else (self.exit_date - self.demand_date).days / DAYS_A_MONTH

    @property
    def coercer_kind(self) -> CoercerKind:
        """One state, one or more organisations, or several states with or without organisations."""
        states = [c for c in self.coercers if ":" not in c]
        if not states:
            return "organisation"
        return "state" if len(self.coercers) == 1 else "coalition"

    @property
    def offer_on_table(self) -> dt.date | None:
        """The first day on which demand and offer were both there; `None` without an offer."""
        return None if self.offer_date is None else max(self.demand_date, self.offer_date)

    @property
    def outcome_12m(self) -> dict[ExitMode, float]:
        """How it stood twelve months after the demand: outcome -> weight, summing to 1."""
        return self.outcome(12) or {}

    def outcome(self, months: float, since: dt.date | None = None) -> dict[ExitMode, float] | None:
        """Outcome within some months of a day (the demand, without one): outcome -> weight, summing to 1.

        A disputed negotiated exit is half negotiated, half its recorded mode. `None` when the window has not been
        seen to its end: it runs past `AS_OF`, or past the five years that a row is followed.
        """
        start = since or self.demand_date
        end = start + dt.timedelta(days=months * DAYS_A_MONTH)
        if self.exit_date is not None and self.exit_date <= end:
            share = NEGOTIATED_WEIGHT[self.negotiated]
            parts = {ExitMode.NEGOTIATED: share, ExitMode(self.archigos_mode): 1 - share}
            return {mode: weight for mode, weight in parts.items() if weight}
        followed = self.demand_date + dt.timedelta(days=FOLLOWED_YEARS * 365.25)
        if end > min(AS_OF, followed):
            return None
        return {ExitMode.IN_OFFICE: 1.0}


@cache
def _rows() -> tuple[Standoff, ...]:
    text = files("offramp.catalogue").joinpath("data", "standoffs.toml").read_text(encoding="utf-8")
    try:
        rows = tuple(Standoff.model_validate(row) for row in tomllib.loads(text)["standoff"])
    except ValidationError as bad:
        raise OfframpError(f"standoffs.toml: {bad}") from bad
    ids = [row.id for row in rows]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise OfframpError(f"standoffs.toml: ids used twice: {', '.join(doubled)}")
    return rows


def load() -> list[Standoff]:
    """Every row, oldest demand first.

    Raises:
        OfframpError: If the table breaks a rule of `Standoff` (file and field are named).
    """
    return sorted(_rows(), key=lambda row: row.demand_date)
