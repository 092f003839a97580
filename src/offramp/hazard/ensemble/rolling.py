"""Rolling origins: lenses refitted as time goes on, each asked only about months it has not seen.

A block is one fit and the origins it is asked about. Blocks are independent of one another, so they run one by one, on
local processes, or on a Dask cluster; each leaves a file in the work folder, and a run that was stopped goes on from
there. The pool of a block is learnt on the blocks before it, from outcomes known when the block is fitted.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from offramp import cluster as cluster_room
from offramp.errors import InputError
from offramp.hazard.ensemble import stacking
from offramp.hazard.ensemble.boosting import boosting
from offramp.hazard.ensemble.competing import competing
from offramp.hazard.ensemble.constant import constant
from offramp.hazard.ensemble.covariates import columns
from offramp.hazard.ensemble.lens import Lens, material
from offramp.hazard.ensemble.logit import logit
from offramp.hazard.ensemble.outcomes import (
    HORIZONS,
    coherent,
    month_name,
    month_number,
    month_numbers,
    observed,
)
from offramp.hazard.ensemble.split_population import split_population
from offramp.hazard.features import Array, Index

if TYPE_CHECKING:
    from distributed import Client

LENSES: Final[dict[str, Lens]] = {
    "constant": constant,
    "logit": logit,
    "split_population": split_population,
    "competing": competing,
    "boosting": boosting,
}
RECIPE: Final = 1
"""Raise when a lens changes, so that files of older runs are not taken up again."""
Progress = Callable[[int, int, str], None]
_Known = tuple[pl.DataFrame, Any, Array]


@dataclass(frozen=True, order=True)
class Block:
    """Fitted to what was known at the end of month `fit`, asked at origins `first` to `last` (month numbers)."""

    fit: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if not self.fit <= self.first <= self.last:
            raise InputError(
                f"origins {month_name(self.first)}:{month_name(self.last)} must not lie before the month of the fit, "
                f"{month_name(self.fit)}"
            )


def rolling_blocks(first_fit: int, last_origin: int, step: int) -> list[Block]:
    """Fits every `step` months from `first_fit` on, each asked about the origins up to the next fit."""
    if step < 1:
        raise InputError(f"step: {step} is no number of months between fits; expected 1 or more")
    return [Block(fit, fit, min(fit + step - 1, last_origin)) for fit in range(first_fit, last_origin + 1, step)]


@dataclass(frozen=True)
class BlockForecast:
    """Chances of every lens for the rows of one block."""

    block: Block
    rows: Index  # into the panel
    chances: Array  # (lens, row, outcome, horizon)


def run_block(path: str, block: Block, lenses: Sequence[str], horizons: tuple[int, ...], out: str) -> str:
    """Fit the lenses of one block and write its file: the unit of work of a local process."""
    _keep(Path(out), _fit(_panel(path), block, lenses, horizons))
    return out


@dataclass(frozen=True)
class _OfPanel:
    """The unit of work of a cluster's worker: the panel travels with it, and the content of a block's file comes back,
    so that machines need no folder in common."""

    panel: bytes  # Parquet
    lenses: tuple[str, ...]
    horizons: tuple[int, ...]

    def __call__(self, block: Block) -> bytes:
        return _fit(_panel(self.panel), block, self.lenses, self.horizons)


def _fit(known: _Known, block: Block, lenses: Sequence[str], horizons: tuple[int, ...]) -> bytes:
    """The content of a block's file."""
    frame, given, outcomes = known
    seen = material(frame, given, outcomes, block.fit, horizons)
    rows = np.flatnonzero((given.months >= block.first) & (given.months <= block.last))
    # One thread: blocks run beside one another, and on a busy machine threads of one task wait for each other.
    with threadpool_limits(1):
        chances = np.stack([LENSES[name](seen, rows) for name in lenses])
    content = io.BytesIO()
    np.savez_compressed(content, rows=rows, chances=chances.astype(np.float32))
    return content.getvalue()


def _keep(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.part")
    temporary.write_bytes(content)
    temporary.replace(file)


@lru_cache(maxsize=1)
def _panel(source: str | bytes) -> _Known:
    frame = pl.read_parquet(source)
    horizons = tuple(int(name.removeprefix("exit_next")) for name in frame.columns if name.startswith("exit_next"))
    return frame, columns(frame), observed(frame, horizons)


def run(
    frame: pl.DataFrame,
    blocks: Sequence[Block],
    work: Path,
    lenses: Sequence[str] = tuple(LENSES),
    horizons: tuple[int, ...] = HORIZONS,
    jobs: int = 1,
    cluster: Client | str | None = None,
    progress: Progress | None = None,
) -> list[BlockForecast]:
    """Forecasts of all lenses for all blocks, in order. Blocks whose file lies in `work` are read, not run.

    Args:
        frame: The panel; outcomes beyond a block's fit are hidden from its lenses.
        blocks: What to fit and ask.
        work: Folder for one file a block; made if missing.
        lenses: Names among `LENSES`.
        horizons: Months ahead.
        jobs: Local processes.
        cluster: A client, or what `offramp.cluster.open` takes, as the address of a Dask scheduler or `local:2`;
            `jobs` is then not used.
        progress: Called with blocks done, blocks in all, and the month of the fit.

    Raises:
        InputError: For an unknown lens, a panel without what a block needs, or a cluster that cannot be reached.
    """
    unknown = set(lenses) - set(LENSES)
    if unknown:
        raise InputError(f"lens: {', '.join(sorted(unknown))} is unknown; known are {', '.join(LENSES)}")
    work.mkdir(parents=True, exist_ok=True)
    kept = _with_windows(frame, horizons)
    key = _key(kept, lenses, horizons)
    path = work / f"panel-{key}.parquet"
    if not path.is_file():
        kept.write_parquet(path)
    files = [work / f"block-{month_name(b.fit)}-{month_name(b.last)}-{key}.npz" for b in blocks]
    waiting = [(b, f) for b, f in zip(blocks, files, strict=True) if not f.is_file()]
    tasks = [(str(path), block, tuple(lenses), horizons, str(file)) for block, file in waiting]
    done = len(blocks) - len(waiting)
    if progress is not None:
        progress(done, len(blocks), "")
    for task in _finished(tasks, jobs, cluster):
        done += 1
        if progress is not None:
            progress(done, len(blocks), month_name(task[1].fit))
    return [_read(block, file) for block, file in zip(blocks, files, strict=True)]


def _finished(tasks: list[tuple[Any, ...]], jobs: int, cluster: Client | str | None) -> Iterator[tuple[Any, ...]]:
    if cluster is not None:
        if tasks:
            yield from _on_cluster(tasks, cluster)
    elif jobs > 1 and len(tasks) > 1:
        with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
            waiting = {pool.submit(run_block, *task): task for task in tasks}
            for future in as_completed(waiting):
                future.result()
                yield waiting[future]
    else:
        for task in tasks:
            run_block(*task)
            yield task


def _on_cluster(tasks: list[tuple[Any, ...]], where: Client | str) -> Iterator[tuple[Any, ...]]:
    path, _, lenses, horizons, _ = tasks[0]
    work = _OfPanel(Path(path).read_bytes(), lenses, horizons)
    with cluster_room.open(where) if isinstance(where, str) else nullcontext(where) as client:
        for done in cluster_room.spread(client, work, [task[1] for task in tasks]):
            task = tasks[done.number]
            _keep(Path(task[4]), done.value())
            yield task


def _with_windows(frame: pl.DataFrame, horizons: tuple[int, ...]) -> pl.DataFrame:
    """The panel with an `exit_next` column for just these horizons, in this order, empty where it had none."""
    others = [c for c in frame.columns if not c.startswith("exit_next")]
    exits = [
        pl.col(f"exit_next{h}") if f"exit_next{h}" in frame.columns else pl.lit(None, pl.String).alias(f"exit_next{h}")
        for h in horizons
    ]
    return frame.select(*others, *exits)


def _key(frame: pl.DataFrame, lenses: Sequence[str], horizons: tuple[int, ...]) -> str:
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    what = f"{RECIPE} {','.join(lenses)} {horizons}".encode()
    return hashlib.sha256(what + buffer.getbuffer()).hexdigest()[:16]


def _read(block: Block, file: Path) -> BlockForecast:
    with np.load(file, allow_pickle=False) as stored:
        return BlockForecast(block, stored["rows"], stored["chances"].astype(np.float64))


@dataclass(frozen=True)
class Pooled:
    """Pooled forecasts of some rows, with the bounds of 90 % intervals and the pools that made them."""

    rows: Index
    chances: Array  # (row, outcome, horizon)
    low: Array
    high: Array
    pools: list[list[stacking.Pool]]


def pool(
    past: Sequence[BlockForecast], now: BlockForecast, outcomes: Array, months: Index, horizons: tuple[int, ...]
) -> Pooled:
    """Learn on past blocks what was known when `now` was fitted, and combine the lenses of `now`.

    Args:
        past: Blocks of other fits; those not before `now` are left out.
        now: The block to combine.
        outcomes: Of the whole panel, `(row, outcome, horizon)`.
        months: Month numbers of the whole panel.
        horizons: Months ahead.
    """
    until = now.block.fit
    earlier = [b for b in past if b.block.fit < until]
    lenses = now.chances.shape[0]
    if earlier:
        rows = np.concatenate([b.rows for b in earlier])
        given = np.concatenate([b.chances for b in earlier], axis=1).swapaxes(0, 1)
        known = outcomes[rows].copy()
        for j, horizon in enumerate(horizons):
            known[months[rows] + horizon > until, :, j] = np.nan
        age = (until - months[rows]) / 12
    else:
        given, known = np.zeros((0, lenses, *now.chances.shape[2:])), np.zeros((0, *now.chances.shape[2:]))
        age = np.zeros(0)
    pools = stacking.learn(stacking.log_odds(given), known, age, horizons)
    log_odds = stacking.log_odds(now.chances).swapaxes(0, 1)
    mean = np.zeros(log_odds.shape[0:1] + log_odds.shape[2:])
    spread = np.zeros_like(mean)
    for k, row in enumerate(pools):
        for j, one in enumerate(row):
            mean[:, k, j], spread[:, k, j] = one.combine(log_odds[:, :, k, j])
    chances = coherent(1 / (1 + np.exp(-mean)))
    centre = stacking.log_odds(chances)
    low, high = (1 / (1 + np.exp(-(centre + sign * stacking.LEVEL * spread))) for sign in (-1, 1))
    return Pooled(now.rows, chances, low, high, pools)


__all__ = [
    "LENSES",
    "Block",
    "BlockForecast",
    "Pooled",
    "month_number",
    "month_numbers",
    "pool",
    "rolling_blocks",
    "run",
]
