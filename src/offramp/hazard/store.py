"""The fitted numbers that ship: coefficients, their uncertainty, the population, and where all of it came from.

Two files under `hazard/data/`: `hazards.npz` (arrays) and `manifest.json` (names, sources, counts). They are written by
`offramp history fit` and read with NumPy alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from offramp.errors import InputError
from offramp.hazard.features import COUNTRY, POOLED, Array, column_names
from offramp.hazard.population import Population
from offramp.history.vocabulary import MODES

ARRAYS = "hazards.npz"
MANIFEST = "manifest.json"
ARRAY_NAMES = (
    "mean", "factor", "country_mean", "slopes", "country_variance", "scales", "state_offset", "state_mean",
)  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """Posterior of every mode, modes first. See `fit.ModeFit` for the conditional form of the country effects."""

    mean: Array  # (mode, column)
    factor: Array  # (mode, column, column): lower Cholesky factor of the covariance
    country_mean: Array  # (mode, country)
    slopes: Array  # (mode, country, column)
    country_variance: Array  # (mode, country), given the columns' coefficients
    scales: Array  # (mode, group): of POOLED, then of the countries
    state_offset: Array  # (mode, regime): log of the mean factor of the 'state' columns, regimes as KNOWN_REGIMES
    state_mean: Array  # (mode, regime, state column): their means, weighted by that factor
    countries: tuple[str, ...]  # ISO-3
    regions: tuple[str, ...]  # of the countries
    energy: tuple[float, ...]  # of the countries at the cut: see features.Covariates
    population: Population
    manifest: Mapping[str, Any]

    def scale(self, group: str) -> Array:
        """Estimated scale of a pooled group, per mode."""
        names = [pooled.name for pooled in (*POOLED, COUNTRY)]
        scale: Array = self.scales[:, names.index(group)]
        return scale

    @property
    def cut_year(self) -> float:
        """End of the fitted record in decimal years: the month after the last origin."""
        year, month = (int(part) for part in str(self.manifest["origins"][1]).split("-"))
        return year + (month + 1) / 12

    def country_index(self, iso3: str | None) -> int | None:
        """Where a state stands among `countries`; None when the record does not know it."""
        return self.countries.index(iso3) if iso3 in self.countries else None


@lru_cache(maxsize=1)
def shipped() -> Fitted:
    """The numbers inside the package."""
    return load(files("offramp.hazard") / "data")


def load(folder: Traversable | Path) -> Fitted:
    """Read fitted numbers.

    Raises:
        InputError: If the files are missing, damaged, or were made for other columns than this code's.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        with np.load(io.BytesIO((folder / ARRAYS).read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name].astype(np.float64) for name in stored.files}
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: no fitted hazards ({error}); make them with `offramp history fit`") from error
    if manifest["columns"] != list(column_names()) or manifest["modes"] != list(MODES):
        raise InputError(f"{folder}: fitted for other columns than this version's; run `offramp history fit` again")
    return Fitted(
        **arrays,
        countries=tuple(manifest["countries"]),
        regions=tuple(region for region, _ in manifest["countries"].values()),
        energy=tuple(energy for _, energy in manifest["countries"].values()),
        population=Population.from_json(manifest["population"]),
        manifest=manifest,
    )


def save(fitted: Fitted, folder: Path) -> None:
    """Write both files; arrays in single precision, which is far finer than the estimates' errors."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / ARRAYS, **{n: getattr(fitted, n).astype(np.float32) for n in ARRAY_NAMES})
    text = json.dumps(dict(fitted.manifest), indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def make_manifest(
    countries: Mapping[str, tuple[str, float]], population: Population, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What `manifest.json` holds: `facts` first, then the names that give the arrays their meaning.

    `countries` maps ISO-3 codes to the region and to the energy use per head at the cut.
    """
    return {
        **facts,
        "modes": list(MODES),
        "columns": list(column_names()),
        "groups": [pooled.name for pooled in (*POOLED, COUNTRY)],
        "countries": {iso3: list(values) for iso3, values in countries.items()},
        "population": population.to_json(),
    }
