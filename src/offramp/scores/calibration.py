"""Calibration by CORP: consistent, optimally binned, reproducible, by pool-adjacent-violators.

The chances are recalibrated by isotonic regression of what happened on what was said; the picture is the recalibrated
chance by the chance said. The mean Brier score then splits exactly into miscalibration, discrimination and uncertainty:
S = MCB - DSC + UNC. Bins follow from the data; nothing is chosen.

Source: Dimitriadis, Gneiting and Jordan (2021), PNAS 118: e2016191118.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
BAND_DRAWS = 400
LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reliability diagram: the chances said from `low` to `high`, and how often it then happened.

    `expected_low` and `expected_high` enclose 90 % of such frequencies where the chances said are right.
    """

    low: float
    high: float
    happened: float
    count: int
    expected_low: float
    expected_high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The diagram and the decomposition of the mean Brier score: `score` = `mcb` - `dsc` + `unc`."""

    count: int
    events: int
    score: float
    mcb: float  #: miscalibration: what recalibrating would gain
    dsc: float  #: discrimination: what the recalibrated chances gain over the base rate
    unc: float  #: uncertainty: the score of the base rate itself
    steps: tuple[Step, ...]


def reliability(chances: Array, happened: Array, *, weights: Array | None = None, seed: int = 0) -> Reliability:
    """CORP reliability of chances of one kind of event.

    Args:
        chances: What was said, `[row]`, each within 0 and 1.
        happened: 0 or 1, `[row]`.
        weights: How much each row counts, positive; all alike by default.
        seed: Of the draws behind the band.

    Raises:
        ValueError: If there is no row, or the lengths differ.
    """
    p, y = np.asarray(chances, float), np.asarray(happened, float)
    if len(p) == 0 or len(p) != len(y):
        raise ValueError(f"{len(p)} chances for {len(y)} outcomes")
    w = np.ones_like(p) if weights is None else np.asarray(weights, float)
    values, group = np.unique(p, return_inverse=True)
    mass = np.bincount(group, w).astype(float)
    again = _isotonic(np.bincount(group, w * y) / mass, mass)
    rate = float(w @ y / w.sum())

    def mean_brier(said: Array) -> float:
        return float(w @ (said - y) ** 2 / w.sum())

    score, best, base = mean_brier(p), mean_brier(again[group]), mean_brier(np.full_like(p, rate))
    return Reliability(
        count=len(p),
        events=int(y.sum()),
        score=score,
        mcb=score - best,
        dsc=base - best,
        unc=base,
        steps=_steps(values, again, group, mass, p, w, seed),
    )


def _isotonic(rates: Array, mass: Array) -> Array:
    from sklearn.isotonic import isotonic_regression

    found: Array = np.asarray(isotonic_regression(rates, sample_weight=mass, y_min=0.0, y_max=1.0), float)
    return found


def _steps(
    values: Array, again: Array, group: npt.NDArray[np.intp], mass: Array, p: Array, w: Array, seed: int
) -> tuple[Step, ...]:
    rng = np.random.default_rng(seed)
    drawn = np.empty((BAND_DRAWS, len(values)))
    for row in range(BAND_DRAWS):
        y = (rng.random(len(p)) < p).astype(float)
        drawn[row] = _isotonic(np.bincount(group, w * y) / mass, mass)
    ends = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    edges = np.flatnonzero(np.diff(again) > 1e-12) + 1
    counts = np.bincount(group)
    return tuple(
        Step(
            low=float(values[part[0]]),
            high=float(values[part[-1]]),
            happened=float(again[part[0]]),
            count=int(counts[part].sum()),
            expected_low=float(np.average(ends[0, part], weights=mass[part])),
            expected_high=float(np.average(ends[1, part], weights=mass[part])),
        )
        for part in np.split(np.arange(len(values)), edges)
    )
