"""What a play of the exit game gives back: draws, weights, and everything that a brief says about them.

Types and small reductions only; `exitgame.api.play` fills them. Arrays are NumPy, probabilities unrounded. The axis
`outcome` has the order of `codes.exits.OUTCOMES`. The axis `draw` of a what-if or an offer belongs to that row's own
`weights`, every other one to `GameResult.weights`; weights sum to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from offramp.case.models import Guarantor, OfferState
from offramp.codes.exits import OUTCOMES, ExitMode

Array = npt.NDArray[np.float64]
Player = Literal["coercer", "ruler", "armed_forces"]
Kind = Literal["offer", "guarantee", "guarantor", "pressure", "loyalty", "street", "other"]

NEGOTIATED = OUTCOMES.index(ExitMode.NEGOTIATED)
IN_OFFICE = OUTCOMES.index(ExitMode.IN_OFFICE)


@dataclass(frozen=True, slots=True)
class MoveChance:
    """How likely one move of one player is next month, averaged over start states and the ruler's types."""

    player: Player
    move: str
    words: str
    probability: Array  #: [draw]


@dataclass(frozen=True, slots=True)
class WhatIfResult:
    """One change to the standoff, against the same draws without it."""

    label: str
    kind: Kind
    change: dict[str, Any]
    wording: str
    months: int  #: at which `baseline` and `outcomes` are read
    weights: Array  #: [draw], summing to 1; a change that needs a new solution is solved for a part of the draws
    baseline: Array  #: [draw, outcome]
    outcomes: Array  #: [draw, outcome]


@dataclass(frozen=True, slots=True)
class OfferResult:
    """One offer that the coercer could make from now on, under one guarantor."""

    offer: OfferState
    guarantor: Guarantor
    label: str
    weights: Array  #: [draw], summing to 1: all offers are compared on the same part of the draws
    guarantee: Array  #: [draw] probability that the promise is kept; 0 for no offer
    negotiated: Array  #: [draw] negotiated exit within 12 months (or the horizon)
    outcomes: Array  #: [draw, outcome] at the same month
    probability_best: float  #: weighted share of draws in which no other offer gives a likelier negotiated exit
    coercer_prefers_to_keep: float  #: weighted share of draws with E[V_C | kept] >= E[V_C | withdrawn]
    leave_threshold: Array | None  #: [draw] h*, yearly hazard of bad exits above which a flexible ruler leaves
    feasible: bool  #: the coercer prefers to keep it in at least 80 % of draws
    wording: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of the path from the base rate to the forecast; NaN where a lens cannot say."""

    label: str
    explanation: str
    basis: Literal["history", "game", "evidence"]
    outcomes: Array  #: [outcome] means at 12 months (or the horizon)


@dataclass(frozen=True, slots=True)
class SensitivityResult:
    """How far the forecast moves when one number goes from low to high."""

    parameter: str
    label: str
    outcome: str
    at_low: float
    at_high: float
    low_value: float | None
    high_value: float | None
    from_prior_alone: bool
    method: Literal["forward pass", "new solution", "regression over draws"]


@dataclass(frozen=True, slots=True)
class BandResult:
    """A sanity band of EXITGAME section 8 that a mean falls outside of, and why."""

    outcome: str
    month: int
    low: float
    high: float
    value: float
    why: str


@dataclass(frozen=True, slots=True)
class GameDiagnostics:
    """How the numbers were computed, and how good the computation is."""

    draws: int
    nodes: int
    horizon_months: int
    tail_months: int
    max_residual: float  #: log-ratio, largest over every solved node
    second_start_agrees: bool
    monte_carlo_error: dict[str, float]  #: standard error of the 12-month means, by outcome
    effective_sample_size: float  #: of the filter's weights
    prior_only: tuple[str, ...]  #: parameters known from priors alone
    seconds: dict[str, float]
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class GameResult:
    """One standoff, played."""

    months: int
    headline_month: int  #: 12, or the horizon where that is shorter
    weights: Array  #: [draw], summing to 1
    outcomes: Array  #: [draw, month 0..months, outcome]
    history_full: Array  #: [draw, month 0..months, outcome]; negotiated is identically 0: history cannot say
    history_structural: Array  #: the same with the state of the standoff at reference values
    history_news: tuple[str, ...]  #: what shifted `history_full`, in words
    moves: tuple[MoveChance, ...]
    what_if: tuple[WhatIfResult, ...]
    offers: tuple[OfferResult, ...]
    best_offer: OfferResult | None  #: None below 12 months, or without `what_if`
    sensitivity: tuple[SensitivityResult, ...]
    steps: tuple[StepResult, ...]
    fates: dict[str, Array]  #: exit mode -> [draw, fate] in the order of `codes.exits.Fate`
    learnt: tuple[float, float] | None  #: mean P(committed) before and after the observed months
    band_rows: tuple[BandResult, ...]
    caveats: tuple[str, ...]  #: printed with every what-if
    warnings: tuple[str, ...]
    diagnostics: GameDiagnostics

    def mean(self, outcome: str, month: int | None = None) -> float:
        """Weighted mean probability of one outcome at one month (default: `headline_month`)."""
        at = self.headline_month if month is None else month
        return float(self.weights @ self.outcomes[:, at, OUTCOMES.index(ExitMode(outcome))])

    def bands(self) -> tuple[BandResult, ...]:
        """Sanity bands that the means fall outside of, each with the reason as far as it can be told."""
        return self.band_rows

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {self.mean(name):.3f}" for name in ("negotiated", "foreign", "in_office"))
        return f"<GameResult: {len(self.weights)} draws, month {self.headline_month}: {shown}>"
