"""From the record to fitted numbers: all modes, the population and the manifest. The recipe behind `hazard/data/`.

Needs polars. The result depends on the record alone: no random numbers are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from offramp import __version__
from offramp.hazard.features import Array, design, state_columns
from offramp.hazard.fit import ModeFit, fit_mode
from offramp.hazard.news import to_json
from offramp.hazard.news_fit import data_of, fit_news
from offramp.hazard.panel import Panel, model_panel
from offramp.hazard.population import KNOWN_REGIMES, SINCE, count_population
from offramp.hazard.store import Fitted, make_manifest
from offramp.history.vocabulary import CUT, MODES, REGIMES, REGIONS


def train(
    frame: pl.DataFrame,
    sha256: dict[str, str],
    last_origin: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Fitted:
    """Fit every mode.

    Args:
        frame: The record's panel.
        sha256: Checksums of the record's files, for the manifest.
        last_origin: Use leader-months up to this one only ('YYYY-MM').
        progress: Called with the name of each mode before it is fitted.

    Raises:
        NotConvergedError: If a mode's fit does not settle.
    """
    panel = model_panel(frame, last_origin)
    rows = panel.rows()

    def fit(mode: str) -> ModeFit:
        if progress is not None:
            progress(mode)
        return fit_mode(rows, panel.events(mode))

    # A mode on each core: its matrices are too small to gain from two.
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        return assemble(panel, list(pool.map(fit, MODES)), sha256)


def estimate_news(frame: pl.DataFrame, fitted: Fitted, sha256: dict[str, str]) -> str:
    """The text of `news.json`: effects of what the record's panel holds, beside `fitted`, which was fitted to it.

    Raises:
        NotConvergedError: If the estimate does not settle.
    """
    kinds = fit_news(data_of(model_panel(frame), fitted))
    facts = {
        "what": "log hazard ratios of news and their standard deviations, by mode; see docs/history.md",
        "recipe": "offramp history fit --from FOLDER",
        "offramp": __version__,
        "cut": CUT.isoformat(),
        "sha256": sha256,
    }
    return to_json(kinds, facts)


def assemble(panel: Panel, fits: list[ModeFit], sha256: dict[str, str]) -> Fitted:
    """Put the modes' fits together with the population and the manifest."""
    population = count_population(panel.covariates)
    origins = panel.frame["origin"]
    facts = {
        "what": "competing risks by leader-month: posterior of log hazards; see docs/history.md",
        "recipe": "offramp history fit --from FOLDER",
        "offramp": __version__,
        "cut": CUT.isoformat(),
        "origins": [origins.min(), origins.max()],
        "rows": panel.frame.height,
        "events": {mode: fit.events for mode, fit in zip(MODES, fits, strict=True)},
        "sha256": sha256,
    }
    regions = tuple(REGIONS[region] for region in panel.country_region)
    countries = dict(zip(panel.countries, zip(regions, panel.country_energy.tolist(), strict=True), strict=True))
    mean = np.stack([fit.mean for fit in fits])
    offset, weighted = state_reference(panel, mean)
    return Fitted(
        mean=mean,
        factor=np.stack([np.linalg.cholesky(fit.covariance) for fit in fits]),
        country_mean=np.stack([fit.country_mean for fit in fits]),
        slopes=np.stack([fit.slopes for fit in fits]),
        country_variance=np.stack([fit.country_variance for fit in fits]),
        scales=np.stack([fit.scales for fit in fits]),
        countries=panel.countries,
        state_offset=offset,
        state_mean=weighted,
        regions=regions,
        energy=tuple(panel.country_energy.tolist()),
        population=population,
        manifest=make_manifest(countries, population, facts),
    )


def state_reference(panel: Panel, mean: Array) -> tuple[Array, Array]:
    """What the 'state' channel does on average since 1990, by kind of regime.

    With f = exp(coefficients x 'state' columns) in each leader-month, the offset is log mean f: a hazard without its
    state times exp(offset) is the mean hazard of such rulers. The second result, mean(f x columns) / mean f, is the
    offset's derivative by the coefficients.

    Args:
        panel: The leader-months of the fit.
        mean: Coefficients `(mode, column)`.

    Returns:
        `(mode, regime)` and `(mode, regime, state column)`, regimes in the order of `KNOWN_REGIMES`.
    """
    where = list(state_columns())
    columns = design(panel.covariates)[:, where]
    offset = np.zeros((len(mean), len(KNOWN_REGIMES)))
    weighted = np.zeros((*offset.shape, len(where)))
    for r, name in enumerate(KNOWN_REGIMES):
        rows = (panel.covariates.year >= SINCE) & (panel.covariates.regime == REGIMES.index(name))
        factor = np.exp(columns[rows] @ mean[:, where].T)
        offset[:, r] = np.log(factor.mean(axis=0))
        weighted[:, r] = (factor.T @ columns[rows]) / factor.sum(axis=0)[:, None]
    return offset, weighted
