"""Bodies of the API's requests and answers, as OpenAPI describes them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from offramp.codes.exits import OUTCOMES
from offramp.forecast.brief import Outcomes
from offramp.reading.evidence import Reading
from offramp.web.library import CaseRow, EntryRow

Outcome = Literal["negotiated", "coup", "uprising", "foreign", "regular", "natural", "assassination", "rebels",
                  "in_office"]  # fmt: skip
assert set(Outcome.__args__) == {str(name) for name in OUTCOMES}  # type: ignore[attr-defined]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fault(_Part):
    """What was wrong, in a word for programs and a sentence for people."""

    code: str
    message: str


class Problem(_Part):
    """An error."""

    error: Fault


class Pending(_Part):
    """Not there yet: ask again after `Retry-After` seconds."""

    status: Literal["preparing", "waiting"]
    job: str | None = None


class CasePage(_Part):
    """Cases by key."""

    items: list[CaseRow]
    next: str | None


class EntryPage(_Part):
    """Entries, newest first."""

    items: list[EntryRow]
    next: int | None


class WhatIfAsk(_Part):
    """A change of a case."""

    overrides: dict[str, str | float | None] = Field(
        default={},
        max_length=20,
        description="as `--set`: state.offer, state.pressure, guarantee, army_loyalty, … A preview moves these four "
        "(and state.armed_forces) only.",
        examples=[{"state.offer": "safe_passage_immunity", "army_loyalty": 0.6}],
    )
    mode: Literal["preview", "full"] = "preview"


class WhatIfAnswer(_Part):
    """What the model says of the change; the intervals are 90 %."""

    case: str
    entry: int
    mode: Literal["preview", "full"]
    draws: int
    months: list[int]
    outcomes: Outcomes
    recorded: Outcomes = Field(description="the forecast without the change")
    note: str


class ReadAsk(_Part):
    """A report: its text, or an address on the public internet."""

    text: str | None = Field(default=None, min_length=1)
    address: str | None = Field(default=None, min_length=1, max_length=2000)


class ReadAnswer(_Part):
    """What a report says, and the case that it makes, if it holds one."""

    reading: Reading
    case: dict[str, Any] | None
    problem: str | None = Field(description="why there is no case")
    warnings: list[str]


class ForecastAsk(ReadAsk):
    """A report to be read, forecast and recorded."""

    months: int = Field(default=24, ge=1, le=120)
    draws: Literal[16, 32, 64, 128] = 64


class JobAnswer(_Part):
    """How far a forecast is."""

    id: str
    state: Literal["waiting", "done", "failed"]
    entry: int | None = None
    problem: str | None = None


class ResolveAsk(_Part):
    """How a case ended."""

    outcome: Outcome
    date: dt.date
    source: str = Field(default="", max_length=500)
    replace: bool = False


class TokenRow(_Part):
    """A token without its secret."""

    id: str
    name: str
    scope: Literal["read", "write", "admin"]
    made: str
    expires: str
    state: Literal["valid", "expired", "revoked"]


class TokenAsk(_Part):
    """A token to be made."""

    name: str = Field(min_length=1, max_length=80)
    scope: Literal["read", "write", "admin"] = "read"
    days: float = Field(default=90, gt=0, le=366)


class TokenMade(TokenRow):
    """A token with its secret, shown this once."""

    token: str
