"""From a played case to a `Brief`: draws become means and intervals, results become the brief's parts.

Nothing is computed here that moves a forecast; what the game, history and the catalogue said is put into one object.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from offramp import __version__
from offramp.codes.exits import OUTCOMES, ExitMode, Fate
from offramp.exitgame.labels import LABELS
from offramp.forecast.brief import (
    Band,
    BestOffer,
    Brief,
    Diagnostics,
    Forecast,
    Lens,
    Monthly,
    Move,
    Number,
    OfferTerms,
    Sensitivity,
    Step,
    WhatIf,
)
from offramp.forecast.comparables import comparables
from offramp.forecast.headline import HEADLINE_MONTH, headline
from offramp.forecast.story import story
from offramp.forecast.summarise import marks, median, number, outcome_numbers, outcome_series

if TYPE_CHECKING:
    from offramp.case.models import Case
    from offramp.exitgame.result import GameResult, OfferResult, SensitivityResult, StepResult, WhatIfResult
    from offramp.reading.evidence import Reading

HISTORY_NOTE = (
    "Leader data record the mode of an exit, not whether terms were agreed: exits under agreed terms are spread over "
    "the recorded modes, so history alone cannot speak of 'negotiated'."
)
NOT_KEPT = (
    "In the model the coercer would rather withdraw each of the offers compared than keep it in more than a fifth "
    "of draws; the best of them is shown all the same."
)
GAME_NOTE = (
    "The headline: the exit game anchored to history (without pressure and offer it gives history's rates) and to the "
    "catalogue of resolved standoffs. Lenses are shown beside one another, not pooled, until enough cases are resolved."
)


def compose(
    case: Case,
    game: GameResult,
    reading: Reading,
    seed: int,
    warnings: list[str],
    seconds: dict[str, float],
    *,
    history_cut: dt.date | None = None,
) -> Brief:
    """The brief of a case.

    Args:
        case: The case as played, overrides applied.
        game: What `exitgame.api.play` gave.
        reading: Reports and evidence; from a case file alone, what it still holds.
        seed: The seed that was used.
        warnings: What reading and drafting warned of.
        seconds: Time per phase so far.
        history_cut: Last day of the record that history's hazards were fitted to.
    """
    at = marks(game.months)
    every = list(range(game.months + 1))
    missing = [str(ExitMode.NEGOTIATED)]
    brief = Brief(
        offramp=__version__,
        seed=seed,
        as_of=case.as_of,
        case=case,
        reports=reading.reports,
        evidence=reading.evidence,
        forecast=Forecast(months=at, outcomes=outcome_series(game.outcomes, game.weights, at)),
        lenses={
            "history": Lens(
                outcomes=outcome_series(game.history_full, game.weights, at, missing=missing),
                note=HISTORY_NOTE,
                news=list(game.history_news),
            ),
            "structural": Lens(
                outcomes=outcome_series(game.history_structural, game.weights, at, missing=missing),
                note="History with disputes and coup attempts at reference values: what the game starts from.",
            ),
            "game": Lens(outcomes=outcome_series(game.outcomes, game.weights, at), note=GAME_NOTE),
        },
        what_if=[_what_if(row, game) for row in game.what_if],
        best_offer=_best(game),
        warnings=list(dict.fromkeys([*warnings, *game.warnings, *_doubts(game)])),
        monthly=Monthly(
            months=every,
            game=outcome_series(game.outcomes, game.weights, every),
            history=outcome_series(game.history_full, game.weights, every, missing=missing),
        ),
        moves=[
            Move(player=m.player, move=m.move, probability=number(m.probability, game.weights), words=m.words)
            for m in game.moves
        ],
        path=[_step(row) for row in game.steps],
        sensitivity=[_sensitivity(row) for row in game.sensitivity],
        comparables=comparables(case),
        story=story(case, reading.evidence, game.learnt),
        fates=_fates(game),
        bands=[
            Band(outcome=b.outcome, month=b.month, low=b.low, high=b.high, value=b.value, why=b.why)
            for b in game.bands()
        ],
        diagnostics=_diagnostics(game, seconds, history_cut),
    )
    brief.headline = headline(brief)
    return brief


def _what_if(row: WhatIfResult, game: GameResult) -> WhatIf:
    best = next((o.probability_best for o in game.offers if o.label == row.label), None)
    return WhatIf(
        label=row.label,
        kind=row.kind,
        change=row.change,
        months=row.months,
        wording=row.wording,
        outcomes=outcome_numbers(row.outcomes, row.weights),
        difference=outcome_numbers(row.outcomes - row.baseline, row.weights),
        probability_best=best,
    )


def _best(game: GameResult) -> BestOffer | None:
    row = game.best_offer or _likeliest(game)
    if row is None:
        return None
    return BestOffer(
        offer=_terms(row),
        negotiated_within_12_months=number(row.negotiated, row.weights),
        probability_best=row.probability_best,
        coercer_prefers_to_keep=row.coercer_prefers_to_keep,
        leave_threshold_per_year=None if row.leave_threshold is None else median(row.leave_threshold, row.weights),
        wording=row.wording,
    )


def _doubts(game: GameResult) -> list[str]:
    return [NOT_KEPT] if game.best_offer is None and _likeliest(game) is not None else []


def _likeliest(game: GameResult) -> OfferResult | None:
    """Where the coercer would keep no offer in enough draws, still the offer that is best most often; the brief shows
    how often the coercer would keep it."""
    made = [row for row in game.offers if row.offer != "none"]
    if game.months < HEADLINE_MONTH or not made:
        return None
    return max(made, key=lambda row: (row.probability_best, float(row.weights @ row.negotiated)))


def _terms(row: OfferResult) -> OfferTerms:
    return OfferTerms(
        offer=row.offer, guarantor=row.guarantor, guarantee=float(row.weights @ row.guarantee), label=row.label
    )


def _step(row: StepResult) -> Step:
    values = {
        str(name): None if np.isnan(row.outcomes[k]) else float(row.outcomes[k]) for k, name in enumerate(OUTCOMES)
    }
    return Step(label=row.label, explanation=row.explanation, outcomes=values, basis=row.basis)


def _sensitivity(row: SensitivityResult) -> Sensitivity:
    return Sensitivity(
        parameter=row.parameter,
        label=row.label,
        outcome=row.outcome,
        at_low=row.at_low,
        at_high=row.at_high,
        low_value=row.low_value,
        high_value=row.high_value,
        from_prior_alone=row.from_prior_alone,
    )


def _fates(game: GameResult) -> dict[str, dict[str, Number]]:
    return {
        mode: {str(fate): number(draws[:, k], game.weights) for k, fate in enumerate(Fate)}
        for mode, draws in game.fates.items()
    }


def _diagnostics(game: GameResult, seconds: dict[str, float], cut: dt.date | None) -> Diagnostics:
    d = game.diagnostics
    return Diagnostics(
        draws=d.draws,
        nodes=d.nodes,
        horizon_months=d.horizon_months,
        tail_months=d.tail_months,
        max_residual=d.max_residual,
        monte_carlo_error=d.monte_carlo_error,
        effective_sample_size=d.effective_sample_size,
        second_start_agrees=d.second_start_agrees,
        prior_only=[LABELS[name] for name in d.prior_only],
        seconds=seconds | {f"game: {name}": value for name, value in d.seconds.items()},
        history_cut=cut,
        extra=d.extra,
    )
