"""The path from the base rate to the forecast, one step at a time, in means at one month.

Each step adds one thing to the one before: what history knows, then the game without a coercer, then pressure, the
offer, the ruler's answers, and last what this case's evidence says. The difference between two steps is what that
thing is worth in the model.
"""

from __future__ import annotations

import numpy as np

from offramp.case.models import Case
from offramp.exitgame.draws import Array
from offramp.exitgame.result import NEGOTIATED, StepResult
from offramp.exitgame.whatif import OFFER_WORDS, PRESSURE_WORDS


def path(
    case: Case,
    *,
    full: Array,
    structural: Array,
    passive: Array,
    pressed: Array,
    offered: Array,
    learnt: Array | None,
    forecast: Array,
    belief: tuple[float, float] | None,
) -> tuple[StepResult, ...]:
    """Steps of the path; every array holds means by outcome, [outcome].

    Args:
        case: The case as played.
        full: History with all that is known of the ruler.
        structural: History with the state of the standoff at reference values.
        passive: The game with the coercer's moves removed, anchored to `structural`.
        pressed: The game from the case's pressure, without an offer, assessments at their priors.
        offered: The same with the case's offer.
        learnt: The same after the observed months; None where there are none.
        forecast: The headline.
        belief: Mean P(committed) before and after the observed months.
    """
    ruler, coercer = case.ruler.name, case.coercers[0].name
    steps = [
        StepResult(
            "History, with all that is known",
            f"Rulers like {ruler}: regime, time in office, age, country, era, recent coup attempts and disputes, and "
            "the news.",
            "history",
            _unseen(full),
        ),
        StepResult(
            "Structural history",
            "The same without the state of the standoff, which the game models itself: one channel for each fact.",
            "history",
            _unseen(structural),
        ),
        StepResult(
            "The game without a coercer",
            "Ruler, armed forces and street alone, tuned month by month until the game gives structural history's "
            "rates: the same numbers by construction.",
            "game",
            passive,
        ),
        StepResult(
            f"Pressure: {PRESSURE_WORDS[case.state.pressure]}",
            f"{coercer} enters, with strikes and backing down priced so that past standoffs come out as they did.",
            "game",
            pressed,
        ),
    ]
    if case.state.offer != "none":
        steps.append(
            StepResult(
                f"The offer: {OFFER_WORDS[case.state.offer]}",
                f"Leaving on terms is open to {ruler}; the promise is kept as often as is typical.",
                "game",
                offered,
            )
        )
    if learnt is not None and belief is not None:
        steps.append(
            StepResult(
                "What the observed months teach",
                f"P(committed type) goes from {belief[0]:.2f} to {belief[1]:.2f} on average; draws that make what was "
                "seen likelier count more.",
                "evidence",
                learnt,
            )
        )
    steps.append(
        StepResult(
            "The evidence of this case",
            "Armed forces, street, support, economy, guarantee and resolve as the reports support them.",
            "evidence",
            forecast,
        )
    )
    return tuple(steps)


def _unseen(outcomes: Array) -> Array:
    """History cannot see negotiated exits: they are spread over the recorded modes."""
    shown = outcomes.copy()
    shown[NEGOTIATED] = np.nan
    return shown
