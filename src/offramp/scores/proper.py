"""Proper scores: Brier, log, ranked probability. Lower is better; all by the library `scoringrules`.

A forecast of several outcomes that exclude one another is scored as a whole (`brier`, `log`); one of ordered classes,
such as when something ends, by the ranked probability score, which gives credit for being near.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scoringrules

Array = npt.NDArray[np.float64]
FLOOR = 1e-6
"""A chance below it counts as this much in the log score: one forecast of nought must not be all that is heard."""


def brier(chances: Array, happened: int) -> float:
    """Brier score of outcomes that exclude one another: the sum of squared errors, 0 to 2 (Brier 1950).

    Args:
        chances: Probabilities, summing to 1.
        happened: Index of the outcome that came.
    """
    return float(np.sum(scoringrules.brier_score(_one_hot(len(chances), happened), _checked(chances))))


def brier_of_event(chance: float, happened: bool) -> float:
    """Brier score of one event: the squared error, 0 to 1."""
    return float(scoringrules.brier_score(float(happened), float(_checked(np.array([chance]))[0])))


def log(chances: Array, happened: int) -> float:
    """Minus the natural logarithm of the chance given to what came, at least `FLOOR` (Good 1952)."""
    chance = max(float(_checked(chances)[happened]), FLOOR)
    return float(scoringrules.log_score(1.0, min(chance, 1.0)))


def ranked(chances: Array, happened: int) -> float:
    """Ranked probability score of ordered classes: squared errors of the cumulated chances, summed (Epstein 1969).

    Args:
        chances: Probabilities of the classes in order, summing to 1.
        happened: Index of the class that came.
    """
    return float(scoringrules.rps_score(_one_hot(len(chances), happened), _checked(chances), onehot=True))


def _one_hot(count: int, place: int) -> Array:
    if not 0 <= place < count:
        raise ValueError(f"outcome {place} of {count}")
    found = np.zeros(count)
    found[place] = 1.0
    return found


def _checked(chances: Array) -> Array:
    """Floating-point dust at the edges is taken off; anything more is an error."""
    found = np.asarray(chances, float)
    if not np.all((found >= -1e-9) & (found <= 1 + 1e-9)):
        raise ValueError(f"probabilities lie between 0 and 1; found {found.min():g} to {found.max():g}")
    return np.asarray(np.clip(found, 0.0, 1.0))
