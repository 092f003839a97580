"""From the record to fitted numbers: all modes, the population and the manifest. The recipe behind `hazard/data/`.

Needs polars. The result depends on the record alone: no random numbers are drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from offramp import __version__
from offramp.hazard.fit import ModeFit, fit_mode
from offramp.hazard.panel import Panel, model_panel
from offramp.hazard.population import count_population
from offramp.hazard.store import Fitted, make_manifest
from offramp.history.vocabulary import CUT, MODES


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
    fits = []
    for mode in MODES:
        if progress is not None:
            progress(mode)
        fits.append(fit_mode(rows, panel.events(mode)))
    return assemble(panel, fits, sha256)


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
    return Fitted(
        mean=np.stack([fit.mean for fit in fits]),
        factor=np.stack([np.linalg.cholesky(fit.covariance) for fit in fits]),
        country_mean=np.stack([fit.country_mean for fit in fits]),
        slopes=np.stack([fit.slopes for fit in fits]),
        country_variance=np.stack([fit.country_variance for fit in fits]),
        scales=np.stack([fit.scales for fit in fits]),
        countries=panel.countries,
        regions=tuple(
            make_manifest(panel.countries, panel.country_region.tolist(), population, {})["countries"].values()
        ),
        population=population,
        manifest=make_manifest(panel.countries, panel.country_region.tolist(), population, facts),
    )
