"""Simulate and recover (EXITGAME 10.11): intervals cover what made the evidence about nine times in ten."""

from __future__ import annotations

import numpy as np
import pytest

from offramp.case.elicit import posterior
from offramp.case.elicit_table import ERROR, INFORMS, PRIORS
from offramp.reading.evidence import Grade

CASES = 1500


@pytest.mark.parametrize("name", ["public_support", "army_loyalty"])
@pytest.mark.parametrize("grades", [(Grade.A,), (Grade.C, Grade.E), (Grade.B, Grade.D, Grade.D)])
def test_intervals_cover_what_made_the_evidence(name: str, grades: tuple[Grade, ...]) -> None:
    rng = np.random.default_rng([len(grades), len(name)])
    row = PRIORS[name]
    inside = 0
    for _ in range(CASES):
        truth = rng.normal(row.centre, row.spread)
        items = []
        for grade in grades:
            tau, rho = ERROR[grade], INFORMS[grade]
            informs = rng.random() < rho
            # Noise that knows nothing of this case looks like a report on some other case of the same kind.
            about = truth if informs else rng.normal(row.centre, row.spread)
            items.append((rng.normal(about, tau), tau, rho))
        low, _, high = posterior(row.centre, row.spread, items).quantiles
        inside += low <= truth <= high
    assert 0.87 <= inside / CASES <= 0.93


def test_weights_say_how_often_an_item_informs() -> None:
    rng = np.random.default_rng(5)
    row = PRIORS["public_support"]
    told, informed = [], []
    for _ in range(CASES):
        truth = rng.normal(row.centre, row.spread)
        items, flags = [], []
        for grade in (Grade.C, Grade.D):
            flags.append(rng.random() < INFORMS[grade])
            about = truth if flags[-1] else rng.normal(row.centre, row.spread)
            items.append((rng.normal(about, ERROR[grade]), ERROR[grade], INFORMS[grade]))
        told.append(posterior(row.centre, row.spread, items).weights)
        informed.append(flags)
    weights, flags_ = np.array(told), np.array(informed)
    for k in range(2):
        order = np.argsort(weights[:, k])
        for part in np.array_split(order, 3):
            assert weights[part, k].mean() == pytest.approx(flags_[part, k].mean(), abs=0.07)
