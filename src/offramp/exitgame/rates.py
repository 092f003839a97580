"""History's hazards for one case, in the shapes of the game.

The hazard room speaks of recorded modes in its own order and of hazards; the game speaks of chances a month in the
order of `states.EXITS`, where 'negotiated' is an exit of its own that history cannot see.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from offramp.case.models import Case
from offramp.catalogue.standoffs import negotiated_given_mode
from offramp.codes.exits import ExitMode
from offramp.exitgame.draws import Array
from offramp.exitgame.news import case_news, told
from offramp.exitgame.states import EXITS, IN_OFFICE, OUTCOMES
from offramp.hazard.predict import DIMENSIONS, monthly_hazards
from offramp.hazard.profile import RulerProfile

__all__ = ["DIMENSIONS", "History", "Rates", "cumulative", "history", "negotiated_share"]


class Rates(NamedTuple):
    """What the game reads of history."""

    structural: Array  #: [draw, month, 8] chance of each exit in the month, given none before
    fates: Array  #: [draw, 8, fate] in the order of `codes.exits.Fate`; 'negotiated' holds zeros


class History(NamedTuple):
    """Both history lenses of one case."""

    full: Array  #: [draw, month, 8] chances a month with all that is known
    rates: Rates  #: structural: the state of the standoff at reference values
    cut: dt.date
    warnings: tuple[str, ...]
    news: tuple[str, ...]  #: what shifted `full`, in words


def profile(case: Case) -> RulerProfile:
    """The ruler of a case as the hazard room knows rulers."""
    ruler = case.ruler
    return RulerProfile(
        regime=None if ruler.regime == "unknown" else ruler.regime,
        in_office_since=ruler.in_office_since,
        birth_year=ruler.birth_year,
        military_career=ruler.military_career,
        iso3=ruler.country,
        coup_attempts_60m=ruler.coup_attempts_60m,
    )


def history(case: Case, months: int, uniforms: Array, seed: int) -> History:
    """Hazards of the case's ruler for `months` months from its date; `uniforms` is [draw, DIMENSIONS]."""
    found = monthly_hazards(profile(case), case.as_of, months, seed=seed, uniforms=uniforms, news=case_news(case))
    order = [found.modes.index(name) if name in found.modes else -1 for name in EXITS]

    def arrange(array: Array) -> Array:
        padded = np.concatenate([array, np.zeros_like(array[..., :1])], axis=-1)
        return np.asarray(padded[..., order])

    def chances(hazards: Array) -> Array:
        total = hazards.sum(-1, keepdims=True)
        return arrange(hazards * (-np.expm1(-total) / np.maximum(total, 1e-300)))

    fates = np.moveaxis(arrange(np.moveaxis(found.fates, 1, 2)), 2, 1)
    rates = Rates(chances(found.structural), fates)
    return History(chances(found.full), rates, found.cut_date, tuple(found.warnings), tuple(told(case)))


def cumulative(chances: Array) -> Array:
    """Outcome probabilities by month, [draw, month + 1, outcome], of exits that only chance decides."""
    stays = 1 - chances.sum(-1)
    before = np.concatenate([np.ones((len(chances), 1)), np.cumprod(stays, axis=1)], axis=1)
    out = np.zeros((len(chances), chances.shape[1] + 1, len(OUTCOMES)))
    out[:, 1:, :IN_OFFICE] = np.cumsum(before[:, :-1, None] * chances, axis=1)
    out[:, :, IN_OFFICE] = before
    return out


#: Negotiated exits among recorded modes in standoffs before any is counted: Beta(1, 3), elicited.
NEGOTIATED_PRIOR = (1.0, 3.0)


def negotiated_share() -> Array:
    """P(negotiated | recorded mode, standoff) by exit of the game, [8]: posterior means over the catalogue.

    In a standoff so many of a mode's recorded exits were agreed beforehand, and the game counts those as negotiated;
    by that share the exits that it takes from history shrink. Deaths are never agreed.
    """
    found = negotiated_given_mode()
    a, b = NEGOTIATED_PRIOR
    share = np.zeros(len(EXITS))
    for exit_, name in enumerate(EXITS):
        if name in ("negotiated", "natural", "assassination"):
            continue
        row = found[ExitMode(name)]
        share[exit_] = (a + row.successes) / (a + b + row.n)
    return share
