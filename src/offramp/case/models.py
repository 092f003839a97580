"""The case: the validated statement of one standoff, in the words of the case file.

Types only. `case.files` reads and writes them as YAML; `case.draft` makes a case from evidence; `case.elicit` turns
evidence into assessments. Every assessment is a share or probability on (0, 1) with a central value and a 90 %
interval, and names the evidence it rests on.

`Case` is the public format: keys are added, never renamed, within a schema number (docs/versioning.md).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from offramp.codes.news import KINDS
from offramp.reading.evidence import Demand, Event, Grade, Iso3OrId, Offer

SCHEMA = 1

Pressure = Literal["none", "sanctions", "ultimatum"]
OfferState = Literal["none", "safe_passage", "safe_passage_immunity"]
ArmyState = Literal["loyal", "wavering"]
StreetState = Literal["quiet", "mobilised"]
CounterDemand = Literal["none", "standing"]
Regime = Literal["democracy", "personal", "military", "party", "monarchy", "interim", "unknown"]
CoercerKind = Literal["state", "organisation", "coalition"]
Guarantor = Literal["coercer", "third_state", "successor"]
Probability = Annotated[float, Field(gt=0, lt=1)]

ASSESSMENTS: dict[str, str] = {
    "army_loyalty": "probability that the armed forces are loyal, not wavering, now",
    "street": "probability that the street is mobilised now",
    "public_support": "share of the public that supports the ruler",
    "guarantee": "probability that a promise of safe passage is kept after the ruler leaves",
    "coercer_resolve": "resolve of the coercer: how dearly it would pay for backing down, 0.5 the typical ultimatum",
    "ruler_resolve": "probability, before any refusal is counted, that the ruler is of the committed type",
    "economy": "how bad conditions in the country are, 0.5 the typical country under pressure",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class CaseReport(_Part):
    """A report that the case rests on; its text is kept apart from the case."""

    path: str
    sha256: str
    date: dt.date | None = None
    title: str | None = None


class Ruler(_Part):
    """The ruler who is asked to leave. `null` is unknown: it widens intervals and gives a warning."""

    name: str
    country: str = Field(description="ISO-3")
    office: str | None = None
    in_office_since: dt.date | None = None
    birth_year: int | None = Field(default=None, ge=1850, le=2100)
    military_career: bool | None = None
    regime: Regime = "unknown"
    coup_attempts_60m: int | None = Field(default=None, ge=0)
    culpable: bool | None = Field(
        default=None,
        description="credibly accused of grave crimes: weakens guarantees since 1998 (Krcmaric 2018)",
    )
    accusation: str | None = Field(default=None, description="who accuses the ruler of grave crimes, and where")


class Coercer(_Part):
    """An outside power that presses the ruler."""

    id: Iso3OrId
    name: str
    country: str | None = Field(default=None, description="ISO-3 when it is a state")
    kind: CoercerKind = "state"
    leader: str | None = None


class ArmedForces(_Part):
    """What is known of the armed forces as an actor."""

    name: str | None = None
    commander: str | None = None
    note: str | None = None


class State(_Part):
    """Where the game stands at the case's date."""

    pressure: Pressure = "none"
    offer: OfferState = "none"
    armed_forces: ArmyState | None = Field(
        default=None, description="null: uncertain, as assessments.army_loyalty says"
    )
    street: StreetState | None = Field(default=None, description="null: uncertain, as assessments.street says")
    counter_demand: CounterDemand = "none"
    guarantor: Guarantor = "coercer"
    pressure_since: dt.date | None = None
    ultimatum_since: dt.date | None = None
    offer_since: dt.date | None = None
    offer_condition: str | None = None
    deadline: dt.date | None = None


class Source(_Part):
    """What one piece of evidence contributed to an assessment."""

    evidence: str = Field(description="such as conditions[0], statistics[1], claims[4], 'prior' or 'analyst'")
    grade: Grade | None = None
    value: float | None = Field(default=None, description="what it says, on the assessment's own scale")
    weight: float | None = Field(default=None, description="posterior probability that it informs, 0 to 1")


class Assessment(_Part):
    """A judgement with a 90 % interval and what it rests on."""

    low: Probability
    central: Probability
    high: Probability
    evidence: list[Source] = []
    reason: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Assessment:
        if not self.low <= self.central <= self.high:
            raise ValueError(f"low {self.low}, central {self.central}, high {self.high} must not fall")
        return self


class Assessments(_Part):
    """The seven judgements of a case; `ASSESSMENTS` says what each means."""

    army_loyalty: Assessment
    street: Assessment
    public_support: Assessment
    guarantee: Assessment
    coercer_resolve: Assessment
    ruler_resolve: Assessment
    economy: Assessment


class Override(_Part):
    """A value set by a person, with who and why. It wins over what was read."""

    value: Any
    by: str = ""
    why: str = ""


class ObservedMonth(_Part):
    """What was seen in one month since the first ultimatum or offer. `null` was not seen and is summed out."""

    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    pressure: Pressure
    offer: OfferState
    reply: Literal["held", "countered", "cracked_down"] | None = Field(
        default=None, description="what the ruler did, still being in office at the month's end"
    )


class RegionalExit(_Part):
    """A ruler elsewhere in the region who fell or was pressed; its effect decays with time."""

    country: str
    event: str
    date: dt.date | None = None


class CaseNews(_Part):
    """Something that happened and shifts history's hazards for a while."""

    kind: str = Field(description="one of offramp.codes.news KINDS, such as refusal, sanctions, coup_attempt")
    date: dt.date

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"unknown kind of news {kind!r}; expected one of {', '.join(KINDS)}")
        return kind


class Case(_Part):
    """One standoff, as the case file states it."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    name: str = Field(min_length=1, max_length=120)
    as_of: dt.date
    reports: list[CaseReport] = []
    ruler: Ruler
    coercers: list[Coercer] = Field(min_length=1)
    armed_forces: ArmedForces = ArmedForces()
    events: list[Event] = []
    offers: list[Offer] = []
    demands: list[Demand] = []
    state: State = State()
    history: list[ObservedMonth] = []
    regional: list[RegionalExit] = []
    news: list[CaseNews] = []
    assessments: Assessments
    overrides: dict[str, Override] = {}
    drafted: dict[str, str] = Field(
        default={}, description="fingerprint of each part as it was drafted; a part that no longer fits was edited"
    )

    model_config = ConfigDict(extra="forbid", validate_assignment=True, populate_by_name=True)

    @model_validator(mode="after")
    def _dates_possible(self) -> Case:
        since = self.ruler.in_office_since
        if since is not None and since > self.as_of:
            raise ValueError(f"ruler.in_office_since {since} lies after as_of {self.as_of}")
        if self.ruler.birth_year is not None and self.ruler.birth_year > self.as_of.year - 10:
            raise ValueError(f"ruler.birth_year {self.ruler.birth_year} is impossible for a ruler on {self.as_of}")
        for name in ("pressure_since", "ultimatum_since", "offer_since"):
            day = getattr(self.state, name)
            if day is not None and day > self.as_of:
                raise ValueError(f"state.{name} {day} lies after as_of {self.as_of}")
        return self
