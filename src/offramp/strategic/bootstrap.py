"""Bootstrap of a fit: rows (or clusters) drawn again, the model fitted to each draw.

Replication i depends on the seed and i alone, so that a run can be stopped, taken up again from its file, widened, and
spread over threads or a cluster without changing a number. Every climb begins at the fit; its first step uses the
derivatives of all rows at the fit, which are the same in every replication.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from offramp.errors import InputError
from offramp.strategic import kernels
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample
from offramp.strategic.optimise import climb

if TYPE_CHECKING:
    from distributed import Client

    from offramp.strategic.fit import Fit
    from offramp.strategic.model import Prepared

CLOSE = 1e-3  # the last Newton step is taken: what is left is far below the resampling's own noise
SAVE_EVERY = 50
PART = 10  # replications that a worker of a cluster makes at a time


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """Estimates of the free coefficients in every replication, (replications, free); NaN where a climb failed."""

    names: tuple[str, ...]
    draws: Floats
    seed: int

    @property
    def kept(self) -> Floats:
        """Replications that converged."""
        return self.draws[np.isfinite(self.draws).all(axis=1)]

    @property
    def failed(self) -> int:
        """How many did not."""
        return len(self.draws) - len(self.kept)

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates over replications."""
        return np.atleast_2d(np.cov(self.kept, rowvar=False))

    def intervals(self, level: float = 0.95) -> Floats:
        """Percentile intervals, (free, 2)."""
        tail = (1 - level) / 2
        return np.quantile(self.kept, [tail, 1 - tail], axis=0).T

    def __repr__(self) -> str:
        return f"<Bootstrap: {len(self.kept)} replications, {self.failed} failed>"


def run_bootstrap(
    fit: Fit, replications: int, *, seed: int = 1, path: str | Path | None = None, workers: int | None = None,
    client: Client | None = None, progress: Callable[[int, int], None] | None = None,
) -> Bootstrap:  # fmt: skip
    """Bootstrap replications of a fit.

    Args:
        replications: How many in all, those in the file among them.
        path: A .npz file that is kept up to date; a run that finds it goes on from there.
        workers: Threads; by default one for every core. On one machine they are faster than processes.
        client: Of `offramp.cluster.open`, to spread the replications over a cluster instead.
        progress: Called with done and total.

    Raises:
        InputError: When the file belongs to another fit or seed, or fewer than 2 replications are asked for.
    """
    if replications < 2:
        raise InputError(f"bootstrap: {replications} replications; expected 2 or more.")
    mark = _fingerprint(fit, seed)
    draws = np.full((replications, fit.free), np.nan)
    done = np.zeros(replications, dtype=bool)
    file = None if path is None else Path(path)
    if file is not None and file.exists():
        _resume(file, mark, draws, done)
    todo = np.flatnonzero(~done).tolist()
    work = _Replications(fit, seed)
    saved = int(done.sum())
    try:
        with closing(_threaded(work, todo, workers) if client is None else _spread(client, work, todo)) as results:
            for numbers, found in results:
                draws[numbers], done[numbers] = found, True
                if progress is not None:
                    progress(int(done.sum()), replications)
                if file is not None and done.sum() - saved >= SAVE_EVERY:
                    _save(file, mark, draws, done)
                    saved = int(done.sum())
    finally:
        if file is not None:
            _save(file, mark, draws, done)
    return Bootstrap(fit.prepared.free_names, draws, seed)


class _Replications:
    """Replications of a fit by their numbers: what a thread or a cluster's worker does."""

    def __init__(self, fit: Fit, seed: int) -> None:
        self._fit = fit
        self._seed = seed

    def __getstate__(self) -> dict[str, object]:
        return {"_fit": self._fit, "_seed": self._seed}

    @cached_property
    def _refit(self) -> Callable[[Floats, int], Floats | None]:
        return _refitter(self._fit)

    def __call__(self, numbers: Sequence[int]) -> Floats:
        """Estimates, (numbers, free); NaN where a climb failed."""
        out = np.full((len(numbers), self._fit.free), np.nan)
        for place, number in enumerate(numbers):
            random = np.random.default_rng([self._seed, number])
            found = self._refit(_weights(self._fit.prepared, random), number)
            if found is not None:
                out[place] = found
        return out


def _threaded(work: _Replications, todo: list[int], workers: int | None) -> Generator[tuple[list[int], Floats]]:
    work._refit  # noqa: B018  once, before the threads
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count() or 1) as pool:
        futures = {pool.submit(work, [number]): [number] for number in todo}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()


def _spread(client: Client, work: _Replications, todo: list[int]) -> Generator[tuple[list[int], Floats]]:
    from offramp import cluster

    parts = [todo[first : first + PART] for first in range(0, len(todo), PART)]
    for one in cluster.spread(client, work, parts):
        yield one.item, one.value()


def _weights(prepared: Prepared, random: np.random.Generator) -> Floats:
    """Weights of a draw: how often each row came, times its own weight. Whole clusters come together."""
    own = prepared.sample.weights
    if prepared.clusters is None:
        counts = np.bincount(random.integers(0, len(own), len(own)), minlength=len(own))
        return own * counts
    groups = int(prepared.clusters.max()) + 1
    counts = np.bincount(random.integers(0, groups, groups), minlength=groups)
    return own * counts[prepared.clusters]


def _refitter(fit: Fit) -> Callable[[Floats, int], Floats | None]:
    own = fit.model.refit(fit)
    if own is not None:
        return own
    sample = fit.prepared.sample
    rows = kernels.newton(sample.model, sample.eta(fit.beta), sample.data)

    def refit(weights: Floats, number: int) -> Floats | None:
        drawn: Sample = sample.weighted(weights)
        first = replace(sample, weights=weights).gathered(*rows)

        def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
            return first if np.array_equal(beta, fit.beta) else drawn.derivatives(beta)

        end = climb(derivatives, fit.beta, drawn.scale(), close=CLOSE)
        return end.beta if end.converged else None

    return refit


def _fingerprint(fit: Fit, seed: int) -> str:
    parts = [repr(fit.prepared.free_names), repr(seed), fit.model.about(), repr(fit.n)]
    digest = hashlib.sha256("|".join(parts).encode())
    digest.update(np.round(fit.beta, 6).tobytes())
    return digest.hexdigest()


def _resume(file: Path, mark: str, draws: Floats, done: np.ndarray) -> None:
    try:
        with np.load(file, allow_pickle=False) as kept:
            if str(kept["mark"]) != mark:
                raise InputError(f"{file}: replications of another fit or seed; choose another file or delete it.")
            count = min(len(draws), len(kept["draws"]))
            draws[:count], done[:count] = kept["draws"][:count], kept["done"][:count]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file}: not a file of bootstrap replications ({error}).") from error


def _save(file: Path, mark: str, draws: Floats, done: np.ndarray) -> None:
    """Writes whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".npz")
    with os.fdopen(handle, "wb") as stream:
        np.savez(stream, mark=np.array(mark), draws=draws, done=done)
    Path(temporary).replace(file)
