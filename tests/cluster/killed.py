"""A run that a test kills: `python killed.py FOLDER [WHERE]`. FOLDER/pids gets the numbers of the worker processes."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cluster import tasks
from offramp import cluster

SCHEMA = {"n": pl.Int64, "square": pl.Int64}


def main(folder: Path, where: str | None) -> None:
    task = partial(tasks.noted_squares, folder=str(folder / "pids"))
    with cluster.open(where) as client:
        for part in cluster.run(client, task, range(300), out=folder / "out", schema=SCHEMA, command="a test",
                                arguments={}, part_size=10):  # fmt: skip
            print(part.number, part.again, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
