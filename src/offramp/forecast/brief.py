"""`Brief`: everything a forecast says, as `brief.json` carries it and `offramp.report` shows it.

Types only; the HTML brief and the terminal summary are functions of this object and of nothing else. Probabilities
are unrounded here (a reader of the file rounds), intervals are 90 %, months count from `as_of`. Other programs read
this file: keys are added, never renamed, within a schema number (docs/versioning.md).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from offramp.case.models import Case, OfferState
from offramp.reading.evidence import Evidence, Report


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Number(_Part):
    """A mean with a 90 % interval."""

    mean: float
    low: float
    high: float


class Series(_Part):
    """Means with 90 % intervals, one entry a month of `months`. A lens that cannot say holds nulls."""

    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]


Outcomes = dict[str, Series]  # keys: offramp.codes.exits.OUTCOMES
OutcomeNumbers = dict[str, Number]


class Forecast(_Part):
    """Outcome probabilities at chosen months. Means sum to 1 over outcomes at each month."""

    months: list[int]
    outcomes: Outcomes


class Lens(_Part):
    """One way of looking: history alone, structural history, or the anchored game."""

    outcomes: Outcomes
    note: str = ""
    news: list[str] = Field(default=[], description="what shifted its hazards and fades, and on what that rests")


class Monthly(_Part):
    """The same as `Forecast` for every month 0 to the horizon, for charts."""

    months: list[int]
    game: Outcomes
    history: Outcomes


class WhatIf(_Part):
    """One change to the standoff, in the wording of EXITGAME section 9."""

    label: str
    change: dict[str, Any]
    months: int
    outcomes: OutcomeNumbers
    difference: OutcomeNumbers
    kind: Literal["offer", "guarantee", "guarantor", "pressure", "loyalty", "street", "other"] = "other"
    wording: str = ""
    probability_best: float | None = Field(default=None, description="share of draws in which this offer is best")


class OfferTerms(_Part):
    """An offer that the coercer could make."""

    offer: OfferState
    guarantor: str
    guarantee: float = Field(description="mean probability that the promise is kept")
    label: str


class BestOffer(_Part):
    """The feasible offer under which a negotiated exit within 12 months is likeliest."""

    offer: OfferTerms
    negotiated_within_12_months: Number
    probability_best: float
    coercer_prefers_to_keep: float = Field(description="share of draws in which the coercer gains by keeping it")
    leave_threshold_per_year: Number | None = Field(
        default=None,
        description="h*: yearly hazard of bad exits above which a flexible ruler leaves, the median "
        "over draws in place of a mean; cut at 12",
    )
    wording: str = ""


class Move(_Part):
    """One possible move of one player next month."""

    player: Literal["coercer", "ruler", "armed_forces"]
    move: str
    probability: Number
    words: str = ""


class Step(_Part):
    """One step of the path from the base rate to the forecast."""

    label: str
    explanation: str
    outcomes: dict[str, float | None] = Field(description="12-month (or horizon) probabilities after this step")
    basis: Literal["history", "game", "evidence"] = "history"


class Sensitivity(_Part):
    """How far the forecast moves when one assessment goes from low to high."""

    parameter: str
    label: str
    outcome: str
    at_low: float
    at_high: float
    low_value: float | None = None
    high_value: float | None = None
    from_prior_alone: bool = False


class Comparable(_Part):
    """A resolved standoff that resembles this one."""

    id: str
    ruler: str
    country: str
    year: int
    alike: str
    different: str
    outcome: str
    months_to_exit: float | None
    fate: str | None
    summary: str
    source: str
    distance: float


class FactCheck(_Part):
    """One element of the story and what it did to the forecast (the table of DESIGN section 2)."""

    element: str
    found: str
    effect: str
    evidence: list[str] = []


class Diagnostics(_Part):
    """How the numbers were computed, and how good the computation is."""

    draws: int
    nodes: int
    horizon_months: int
    tail_months: int
    max_residual: float
    monte_carlo_error: dict[str, float] = Field(description="standard error of the headline means at 12 months")
    effective_sample_size: float | None = None
    second_start_agrees: bool | None = None
    prior_only: list[str] = Field(default=[], description="parameters known from priors alone")
    seconds: dict[str, float] = {}
    history_cut: dt.date | None = None
    extra: dict[str, Any] = {}


class Band(_Part):
    """A sanity band of EXITGAME section 8 that the forecast falls outside of, and why."""

    outcome: str
    month: int
    low: float
    high: float
    value: float
    why: str


class Brief(_Part):
    """The whole brief."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    offramp: str
    seed: int
    as_of: dt.date
    case: Case
    reports: list[Report]
    evidence: Evidence
    forecast: Forecast
    lenses: dict[str, Lens]
    what_if: list[WhatIf]
    best_offer: BestOffer | None
    warnings: list[str]
    headline: str = Field(default="", description="the answer in one or two sentences")
    monthly: Monthly | None = None
    moves: list[Move] = []
    path: list[Step] = []
    sensitivity: list[Sensitivity] = []
    comparables: list[Comparable] = []
    story: list[FactCheck] = []
    fates: dict[str, dict[str, Number]] = Field(default={}, description="exit mode -> fate -> probability")
    bands: list[Band] = []
    diagnostics: Diagnostics | None = None
