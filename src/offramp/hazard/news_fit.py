"""What news does, estimated from the panel: effects that fade, beside the counts that the hazards hold already.

The panel tells windows ('disputes in the last 24 months'), not months; `starts_from_windows` recovers the months. Log
hazards of the fit are held fixed as an offset, a level a mode is free, and the effect of each kind on each mode has a
normal prior whose mean the irregular modes share: rare modes lean on the common ones. Half-lives are chosen from a few
by the marginal likelihood (Laplace). Needs polars.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from offramp.errors import NotConvergedError
from offramp.hazard.features import Array, Index
from offramp.hazard.news import MOVED, Effect, Kind
from offramp.hazard.panel import Panel
from offramp.hazard.store import Fitted
from offramp.history.vocabulary import MODES


class Source(NamedTuple):
    """Column of the panel that counts a kind of news in the last `window` months; `own` if it aims at the ruler."""

    column: str
    window: int
    own: bool


SOURCES: Final = {
    "coup_attempt": Source("coup_fail_12m", 12, True),
    "coup_next_door": Source("coup_att_region_12m", 12, False),
    "uprising_next_door": Source("uprising_region_24m", 24, False),
    "dispute_force": Source("mid_force_target_12m", 12, True),
    "dispute_major_power": Source("mid_major_target_60m", 60, True),
    "regime_claim": Source("mid_regime_claim_120m", 120, True),
    "plot": Source("coup_plot_24m", 24, True),
}
HALF_LIVES: Final = (2.0, 6.0, 18.0, 48.0)
SWEEPS: Final = 2
LEVEL_SD: Final = 0.2
SHARED_SD: Final = 0.7
OWN_SD: Final = 0.4
NEWTON_STEPS: Final = 40
TOLERANCE: Final = 1e-8
LONG_AGO: Final = np.inf


@dataclass(frozen=True)
class Data:
    """Rows of the panel: months since the latest news of each kind, log hazards, exposure, exits."""

    ages: dict[str, Array]
    offset: Array  # (row, moved mode)
    exposure: Array
    events: Array  # (row, moved mode)


def starts_from_windows(counts: Index, window: int) -> Index:
    """How many events fell into each month, from a count over the last `window` months, month by month.

    From c[t] - c[t-1] = s[t] - s[t-window] every month follows from those of the first window, which are taken as
    low as they can be without a later month going below zero: right wherever each month of the window's cycle has
    been free of events once.

    Args:
        counts: `(month,)`, of consecutive months.
        window: Months counted, the present one included.
    """
    change = np.diff(counts, prepend=counts[:1])
    starts = np.zeros(len(counts), dtype=np.int64)
    for t in range(window, len(counts)):
        starts[t] = starts[t - window] + change[t]
    # Within the first window only differences from an unknown start are known.
    for residue in range(min(window, len(counts))):
        where = np.arange(residue, len(counts), window)
        starts[where] -= starts[where].min()
    return starts


def months_since(starts: Index) -> Array:
    """Months since the latest event, 0 in its month; infinite before the first."""
    where = np.where(starts > 0, np.arange(len(starts)), -1)
    last = np.maximum.accumulate(where)
    age: Array = np.where(last >= 0, np.arange(len(starts)) - last, LONG_AGO).astype(np.float64)
    return age


def news_ages(frame: pl.DataFrame) -> dict[str, Array]:
    """Months since the latest news of each kind of `SOURCES`, for the rows of a panel sorted by state and month.

    Where the news aims at a ruler, what happened before the present one took office is left out.
    """
    month = frame["origin"].str.slice(0, 4).cast(pl.Int64) * 12 + frame["origin"].str.slice(5, 2).cast(pl.Int64)
    state = frame["gwcode"].to_numpy()
    breaks = (np.diff(month.to_numpy()) != 1) | (np.diff(state) != 0)
    bounds = [0, *(np.flatnonzero(breaks) + 1).tolist(), frame.height]
    tenure = frame["tenure_m"].cast(pl.Float64).to_numpy()
    ages = {}
    for kind, source in SOURCES.items():
        counts = frame[source.column].cast(pl.Int64).fill_null(0).to_numpy()
        age = np.full(frame.height, LONG_AGO)
        for a, b in pairwise(bounds):
            age[a:b] = months_since(starts_from_windows(counts[a:b], source.window))
        if source.own:
            age[age > tenure] = LONG_AGO
        ages[kind] = age
    return ages


def data_of(panel: Panel, fitted: Fitted) -> Data:
    """The panel as the estimate sees it, with the mean log hazards of a fit on the same panel as offset."""
    rows = panel.rows()
    chosen = [MODES.index(mode) for mode in MOVED]
    offset = rows.columns @ fitted.mean[chosen].T + fitted.country_mean[chosen].T[rows.country]
    events = np.stack([panel.events(mode) for mode in MOVED], axis=1)
    return Data(news_ages(panel.frame), offset, rows.exposure, events)


def fit_news(data: Data) -> list[Kind]:
    """Estimate every kind of `SOURCES`.

    Raises:
        NotConvergedError: If Newton's method does not settle.
    """
    chosen = dict.fromkeys(data.ages, 6.0)
    best, effects, variance = estimate(data, chosen)
    for _, kind in product(range(SWEEPS), data.ages):
        for half_life in HALF_LIVES:
            trial = chosen | {kind: half_life}
            evidence, mean, spread = estimate(data, trial)
            if evidence > best + 1e-9:
                best, effects, variance, chosen = evidence, mean, spread, trial
    kinds = []
    for e, (kind, half_life) in enumerate(chosen.items()):
        sd = np.sqrt(variance[1 + e])
        seen = int(np.sum(data.ages[kind] <= 12))
        exits = int(data.events[data.ages[kind] <= 12].sum())
        kinds.append(
            Kind(
                kind,
                half_life,
                {mode: Effect(float(effects[1 + e, k]), float(sd[k])) for k, mode in enumerate(MOVED)},
                "estimated",
                f"{seen} leader-months within a year of one, {exits} of them with an exit",
            )
        )
    return kinds


def estimate(data: Data, half_lives: dict[str, float]) -> tuple[float, Array, Array]:
    """Log marginal likelihood, effects and their variances, `(1 + kind, moved mode)`; the first row is the level.

    Raises:
        NotConvergedError: If Newton's method does not settle.
    """
    x = np.column_stack([np.ones(len(data.exposure)), *(2.0 ** (-data.ages[k] / h) for k, h in half_lives.items())])
    size, modes = x.shape[1], data.offset.shape[1]
    precision = _precision(size, modes)
    beta = np.zeros((size, modes))
    for _ in range(NEWTON_STEPS):
        expected = data.exposure[:, None] * np.exp(data.offset + x @ beta)
        gradient = x.T @ (data.events - expected) - (precision @ beta.T.ravel()).reshape(modes, size).T
        hessian = precision.copy()
        for k in range(modes):
            block = slice(k * size, (k + 1) * size)
            hessian[block, block] += x.T @ (x * expected[:, k, None])
        step = np.linalg.solve(hessian, gradient.T.ravel())
        beta = beta + step.reshape(modes, size).T
        if float(gradient.T.ravel() @ step) < TOLERANCE:
            break
    else:
        raise NotConvergedError(f"effects of news did not settle in {NEWTON_STEPS} Newton steps")
    eta = data.offset + x @ beta
    flat = beta.T.ravel()
    likelihood = float(np.sum(data.events * eta) - np.sum(data.exposure[:, None] * np.exp(eta)))
    _, log_hessian = np.linalg.slogdet(hessian)
    _, log_prior = np.linalg.slogdet(precision)
    evidence = likelihood - 0.5 * float(flat @ precision @ flat) + 0.5 * float(log_prior - log_hessian)
    variance: Array = np.diag(np.linalg.inv(hessian)).reshape(modes, size).T
    return evidence, beta, variance


def _precision(size: int, modes: int) -> Array:
    """Prior precision of all effects, mode by mode: a level each, and kinds whose mean irregular modes share."""
    irregular = np.array([mode != "regular" for mode in MOVED])
    shared = np.outer(irregular, irregular) | np.eye(modes, dtype=bool)
    kind = np.linalg.inv(SHARED_SD**2 * shared + OWN_SD**2 * np.eye(modes))
    whole = np.zeros((modes, size, modes, size))
    whole[range(modes), 0, range(modes), 0] = LEVEL_SD**-2
    for e in range(1, size):
        whole[:, e, :, e] = kind
    return whole.reshape(modes * size, modes * size)
