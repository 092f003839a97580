"""A sweep carried out: cut, spread over a cluster or not, kept as Parquet, gone on with where it was broken off."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offramp import cluster
from offramp.sweep import scenarios, standoff, tree

if TYPE_CHECKING:
    import polars as pl
    from distributed import Client

Plan = standoff.Plan | tree.Plan
COMMAND = "offramp sweep"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep left."""

    plan: Plan
    folder: Path
    again: int  #: units that an earlier run had done
    seconds: float

    def table(self) -> pl.LazyFrame:
        """All rows, scenario by scenario."""
        return cluster.table(self.folder)


def sweep(
    plan: Plan,
    out: Path,
    *,
    client: Client | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """Solves every scenario of a plan.

    Args:
        plan: From `standoff.plan` or `tree.plan`.
        out: Folder of the Parquet parts and their manifest. A second run with the same plan goes on there.
        client: What `offramp.cluster.open` gave; None for this process alone.
        progress: Called with units done and units in all.

    Raises:
        InputError: The folder holds something else.
        NotConvergedError: If a standoff's world was not solved. Finished parts are kept.
        ClusterError: The cluster went away. Finished parts are kept.
    """
    start, again = time.perf_counter(), 0
    work: Any = scenarios.Work(plan) if isinstance(plan, standoff.Plan) else functools.partial(tree.rows, plan)
    parts = cluster.run(
        client, work, range(plan.units), out=out, schema=plan.schema(), command=COMMAND,
        arguments=plan.arguments(), part_size=plan.part_size, progress=progress,
    )  # fmt: skip
    for part in parts:
        again += part.items if part.again else 0
    return Swept(plan, out, again, time.perf_counter() - start)
