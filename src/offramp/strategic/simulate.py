"""Data drawn from a model, and studies of a planned sample: bias, spread and coverage."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from offramp.errors import InputError, OfframpError
from offramp.strategic.kernels import Floats

if TYPE_CHECKING:
    from distributed import Client

    from offramp.strategic.model import Model


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Estimates and standard errors of every replication, (replications, coefficients); NaN where a fit failed."""

    names: tuple[str, ...]
    truth: Floats
    estimates: Floats
    errors: Floats
    level: float

    @property
    def failed(self) -> int:
        """Replications without an estimate."""
        return int((~np.isfinite(self.estimates).all(axis=1)).sum())

    def rows(self) -> list[dict[str, object]]:
        """One row a coefficient: truth, bias, RMSE, mean standard error, coverage, power against 0."""
        ok = np.isfinite(self.estimates).all(axis=1) & np.isfinite(self.errors).all(axis=1)
        if not ok.any():
            raise InputError("the study has no replication that worked.")
        gap = self.estimates[ok] - self.truth
        reach = float(ndtri(0.5 + self.level / 2))
        covered = (np.abs(gap) <= reach * self.errors[ok]).mean(axis=0)
        found = (np.abs(self.estimates[ok]) > reach * self.errors[ok]).mean(axis=0)
        columns = ("truth", "bias", "rmse", "spread", "mean_se", "coverage", "power")
        values = (self.truth, gap.mean(axis=0), np.sqrt((gap**2).mean(axis=0)), self.estimates[ok].std(axis=0),
                  self.errors[ok].mean(axis=0), covered, found)  # fmt: skip
        return [
            {"coefficient": name, **{c: float(v[i]) for c, v in zip(columns, values, strict=True)}}
            for i, name in enumerate(self.names)
        ]

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a data frame of polars or pandas."""
        from offramp.games.frames import frame

        return frame(self.rows(), kind)

    def __str__(self) -> str:
        from offramp.strategic.tables import Table, number

        rows = self.rows()
        columns = tuple(rows[0])
        cells = tuple((str(r["coefficient"]), *(number(float(str(r[c]))) for c in columns[1:])) for r in rows)
        title = f"{len(self.estimates)} replications, {self.failed} failed; {self.level:.0%} intervals"
        return str(Table(title, columns, cells))


def monte_carlo(
    model: Model, data: Any, coefficients: Mapping[str, float], replications: int = 200, *, seed: int = 1,
    level: float = 0.95, workers: int | None = None, client: Client | None = None,
    progress: Callable[[int, int], None] | None = None, **fit_options: Any,
) -> Study:  # fmt: skip
    """Draws outcomes at known coefficients again and again, and fits each draw.

    Args:
        data: Regressors of the planned sample (and counts per game, for crisis signalling).
        coefficients: The truth, by name; what is not named is 0.
        workers: Threads; by default one for every core.
        client: Of `offramp.cluster.open`, to spread replications over a cluster instead.
        progress: Called with done and total.
        fit_options: Passed to `model.fit`.

    Raises:
        InputError: For coefficients that the model does not have.
    """
    first = model.simulate(data, coefficients, seed=seed)
    prepared = model.prepare(first, check=False)
    names = prepared.free_names
    truth = np.array([float(coefficients.get(name, 0.0)) for name in names])

    one = partial(replication, model, data, dict(coefficients), seed, options=fit_options)
    if client is not None:
        from offramp import cluster

        found = (done.value() for done in cluster.spread(client, one, range(replications), ordered=True))
        results = _told(found, replications, progress)
    else:
        with ThreadPoolExecutor(max_workers=workers or os.cpu_count() or 1) as pool:
            results = _told(pool.map(one, range(replications)), replications, progress)
    blank = np.full(len(names), np.nan)
    estimates = np.array([r[0] if len(r[0]) else blank for r in results])
    errors = np.array([r[1] if len(r[1]) else blank for r in results])
    return Study(names, truth, estimates, errors, level)


def _told(
    found: Iterable[tuple[Floats, Floats]], total: int, progress: Callable[[int, int], None] | None
) -> list[tuple[Floats, Floats]]:
    results = []
    for done, result in enumerate(found, start=1):
        results.append(result)
        if progress is not None:
            progress(done, total)
    return results


def replication(
    model: Model,
    data: Any,
    coefficients: dict[str, float],
    seed: int,
    number: int,
    options: dict[str, Any],
) -> tuple[Floats, Floats]:
    """Estimates and standard errors of one replication; empty where the draw cannot be fitted."""
    drawn = model.simulate(data, coefficients, seed=[seed, number])
    try:
        fit = model.fit(drawn, **options)
    except OfframpError:  # an outcome never drawn, separation without an end: the study counts it as failed
        return np.zeros(0), np.zeros(0)
    with np.errstate(invalid="ignore"):
        return fit.beta, np.sqrt(np.diag(fit.vcov))
