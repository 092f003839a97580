"""What reading gives: reports, and evidence whose every item points at characters of a report.

Types only. Spans are `(start, end)` in characters of `Report.text`, end exclusive; for HTML that text is all visible
text in document order before the main content is chosen, and what the choice removed is listed under `dropped`.
These are the `evidence` and `reports` parts of `brief.json`: other programs read the keys, so keys are added, not
renamed (docs/versioning.md).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Span = tuple[int, int]
Iso3OrId = str  # ISO-3 code of a state, else an actor id such as 'org:UN' or 'ruler'


class Grade(StrEnum):
    """How well an item is sourced.

    A: a primary source that can be checked. B: a named person or organisation with an affiliation, directly quoted.
    C: named but relayed, or an office without a name. D: anonymous. E: vague, or no source.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class SpeakerKind(StrEnum):
    """The kind of source behind a claim. A pronoun takes the kind of the speaker it stands for."""

    NAMED_PERSON = "named_person"
    NAMED_ORGANISATION = "named_organisation"
    DOCUMENT_OR_POLL = "document_or_poll"
    UNNAMED_ROLE = "unnamed_role"
    ANONYMOUS = "anonymous"
    VAGUE = "vague"
    NARRATOR = "narrator"


class Modality(StrEnum):
    """How the report presents an event: as a fact, a plan, a condition, a denial, or as past history."""

    HAPPENED = "happened"
    ANNOUNCED = "announced"
    PLANNED = "planned"
    CONDITIONAL = "conditional"
    DENIED = "denied"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Report(_Item):
    """One report as it was read."""

    path: str
    sha256: str = Field(description="of the bytes as handed in")
    media_type: str
    encoding: str = Field(description="used to decode: declared, else detected")
    date: dt.date | None = Field(description="date of the report itself, when it states one")
    text: str
    title: str | None = None
    publisher: str | None = None
    answers: dict[str, list[str]] = Field(
        default={}, description="who, what, when, where, why, how of its main event, best first, in the report's words"
    )


class Actor(_Item):
    """An actor as a report names it. An unknown actor keeps its phrase, with `country` null and role `other`."""

    name: str
    country: Iso3OrId | None
    role: str = Field(description="one of offramp.codes.roles")
    span: Span | None = None


class Headcount(_Item):
    """How many people an event took in, and what became of them."""

    what: Literal["killed", "wounded", "detained", "released", "displaced", "deployed", "took_part", "other"]
    value: float = Field(ge=0, description="the figure itself; the middle of a range; a round floor for 'hundreds'")
    low: float | None = Field(
        description="the least that the words allow; null where they set no floor ('up to', 'about')"
    )
    high: float | None = Field(description="the most that the words allow; null where they set no ceiling ('at least')")
    unit: str = Field(description="who is counted, in the report's word: people, soldiers, protesters, ...")
    qualifier: str | None
    span: Span


class Event(_Item):
    """Who did what to whom, in PLOVER's terms."""

    type: str = Field(description="one of offramp.codes.plover EVENT_TYPES")
    mode: str | None = None
    trigger: Span
    source: Actor | None
    target: Actor | None
    date: dt.date | None
    text: str = Field(description="the sentence or clause, as it stands in the report")
    report: int
    start: int
    end: int
    confidence: float = Field(ge=0, le=1)
    modality: Modality = Modality.HAPPENED
    negated: bool = False
    terms: list[str] = Field(default=[], description="e.g. leave_office, immunity, safe_passage, deadline")
    claim: int | None = Field(default=None, description="index into claims, when the event is reported speech")
    people: list[Headcount] = Field(default=[], description="numbers of people that the sentence gives for this event")


class Offer(_Item):
    """A way out held out to the ruler."""

    by: Iso3OrId
    to: Iso3OrId
    safe_passage: bool
    immunity: bool
    beneficiaries: list[str]
    condition: str | None
    deadline: dt.date | None
    report: int
    start: int
    end: int
    guarantor: Iso3OrId | None = None
    deadline_text: str | None = Field(default=None, description="a deadline that is no date, such as 'immediately'")
    date: dt.date | None = None


class Demand(_Item):
    """Something one side wants of the other. `counter` marks the ruler's answer to an offer or demand."""

    by: Iso3OrId
    what: str = Field(description="immunity, leave_office, amnesty, time, talks, ... or the phrase itself")
    counter: bool
    report: int
    start: int
    end: int
    to: Iso3OrId | None = None
    deadline_text: str | None = None
    date: dt.date | None = None


class Claim(_Item):
    """Something somebody said, or is said to have said."""

    speaker: str
    speaker_kind: SpeakerKind
    affiliation: str | None
    source_spans: list[Span]
    cue_spans: list[Span]
    content_spans: list[Span]
    content: str
    grade: Grade
    report: int
    direct: bool = False
    reason: str = Field(default="", description="why this grade, in words")
    chain: list[str] = Field(
        default=[], description="who passed it on, nearest to the reader first: outlet, speaker, whom the speaker cites"
    )


class Statistic(_Item):
    """A figure with what it is about and where it is said to come from."""

    value: float
    unit: str
    qualifier: str | None
    about: str
    stated_source: str | None
    source_span: Span | None
    year: int | None
    checkable: bool = Field(description="whether anything in the report lets a reader find the source")
    report: int
    start: int
    end: int
    grade: Grade = Grade.E
    topic: str | None = Field(
        default=None, description="discontent, support, economy, casualties, ... when it was recognised"
    )
    low: float | None = Field(default=None, description="the least that the words allow; null where they set no floor")
    high: float | None = Field(
        default=None, description="the most that the words allow; null where they set no ceiling"
    )
    population: str | None = Field(default=None, description="whom or what a share is taken of, in the report's words")
    first_day: dt.date | None = Field(
        default=None, description="first day that the figure may be of, where words say it"
    )
    last_day: dt.date | None = None
    link: str | None = Field(default=None, description="an address given beside the figure")
    publisher: str | None = Field(
        default=None,
        description="id of the pollster, agency or organisation behind it, when it is one that can be looked up",
    )


class Condition(_Item):
    """A statement about the country or its armed forces that moves the game's state."""

    topic: Literal[
        "army_loyal",
        "army_wavering",
        "street_mobilised",
        "street_quiet",
        "economy_bad",
        "economy_good",
        "pressure",
        "regional",
        "private_talks",
        "split_opinion",
        "coup_attempt",
    ]
    text: str
    report: int
    start: int
    end: int
    grade: Grade
    country: Iso3OrId | None = None
    duration_months: float | None = None
    date: dt.date | None = None


class Dropped(_Item):
    """Text that is no part of the report: navigation, image addresses, share buttons, related links."""

    report: int
    start: int
    end: int
    reason: str


class Proposal(_Item):
    """An event that a model of the user's own proposed: anchored in the text, and part of no number."""

    type: str = Field(description="one of offramp.codes.plover EVENT_TYPES")
    trigger: Span
    source: Span | None
    target: Span | None
    text: str
    report: int
    start: int
    end: int
    proposed_by: str


class Evidence(_Item):
    """Everything the reports say, item by item."""

    events: list[Event] = []
    offers: list[Offer] = []
    demands: list[Demand] = []
    claims: list[Claim] = []
    statistics: list[Statistic] = []
    dropped: list[Dropped] = []
    conditions: list[Condition] = []
    why: list[list[str]] = Field(default=[], description="reasons for each of `events`, where they were asked for")
    proposed: list[Proposal] = Field(default=[], description="by a model of the user's; nothing is computed from them")


class Agreement(_Item):
    """What several reports tell alike, or against one another; `items` are indices into what `item` names."""

    kind: Literal["agreement", "contradiction"]
    what: str
    item: Literal["event", "statistic", "condition", "offer"]
    items: list[int]
    reports: list[int]


class Reading(_Item):
    """What `offramp read` prints: reports, evidence, what the reports say alike or not, and warnings."""

    reports: list[Report]
    evidence: Evidence
    warnings: list[str] = []
    agreement: list[Agreement] = []
