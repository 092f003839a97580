"""The same on two worker processes: the numbers of one process, workers that die, items that kill."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import dask
import polars as pl
import pytest

from cluster import tasks
from offramp import cluster

SCHEMA = {"n": pl.Int64, "square": pl.Int64, "error": pl.String}
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def go(client: Any, out: Path, task: Any, **changes: Any) -> list[cluster.Part]:
    given: dict[str, Any] = {"schema": SCHEMA, "command": "a test", "arguments": {}, "part_size": 10}
    return list(cluster.run(client, task, range(200), out=out, **{**given, **changes}))


def failed(item: int, why: str) -> dict[str, Any]:
    return {"n": item, "error": why}


def test_the_files_are_those_of_one_process(two: Any, tmp_path: Path) -> None:
    go(two, tmp_path / "two", tasks.squares)
    go(None, tmp_path / "one", tasks.squares)
    for file in sorted((tmp_path / "one").glob("*.parquet")):
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes()
    entries = cluster.manifest(tmp_path / "two")["done"]
    assert len({entry["worker"] for entry in entries}) == 2
    assert all(0 < entry["peak_mib"] < 1024 for entry in entries)


def test_workers_have_one_thread_where_there_are_as_many_as_cores(two: Any) -> None:
    found = [one.value() for one in cluster.spread(two, tasks.threads, range(4))]
    share = str(max(1, cluster.cores() // 2))
    for one in found:
        assert {one[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "NPROC")} == {
            share
        }
        assert set(one["pools"].split(",")) == {share}
        assert one["jax"] == "False"


def test_in_order_or_as_they_are_ready(two: Any) -> None:
    assert [one.number for one in cluster.spread(two, tasks.one, range(20), ordered=True)] == list(range(20))
    found = [one.value() for one in cluster.spread(two, tasks.one, range(20))]
    assert sorted(found) == list(range(1, 21))
    assert found[0] != 1  # item 0 takes longest


def test_few_items_are_with_the_scheduler_at_a_time(two: Any) -> None:
    taken: list[int] = []

    def items() -> Any:
        for number in range(10**9):
            taken.append(number)
            yield number

    found = cluster.spread(two, tasks.one, items())
    for _ in range(50):
        next(found)
    found.close()
    assert len(taken) <= 50 + 2 * 2 + 1


def test_a_worker_that_is_killed_costs_only_what_it_had_in_hand(two: Any, tmp_path: Path) -> None:
    (tmp_path / "pids").mkdir()
    task = partial(tasks.noted_squares, folder=str(tmp_path / "pids"))
    killed: list[int] = []

    def kill() -> None:
        while not killed:
            time.sleep(0.05)
            if (pids := sorted((tmp_path / "pids").iterdir())) and len(list((tmp_path / "out").glob("*.parquet"))) > 3:
                os.kill(int(pids[0].name), signal.SIGKILL)
                killed.append(int(pids[0].name))

    killer = threading.Thread(target=kill)
    killer.start()
    parts = go(two, tmp_path / "out", task)
    killer.join()
    assert sorted(p.number for p in parts) == list(range(20))
    assert not any(p.failed for p in parts)
    found = cluster.table(tmp_path / "out").collect()
    assert found["n"].to_list() == list(range(200))
    assert found["square"].to_list() == [n * n for n in range(200)]


def test_an_item_that_kills_its_workers_gets_a_row_and_costs_no_other_item(two: Any, tmp_path: Path) -> None:
    parts = go(two, tmp_path, tasks.deadly_squares, failed=failed)
    assert [(p.number, p.failed) for p in parts if p.failed] == [(1, 1)]
    found = cluster.table(tmp_path).collect()
    assert found["n"].to_list() == list(range(200))
    assert found["square"].null_count() == 1
    (row,) = found.filter(pl.col("error").is_not_null()).to_dicts()
    assert row["n"] == 13
    assert row["error"].startswith("every worker that took it died: it ran out of memory, or crashed")


def test_without_a_row_for_failures_a_killer_ends_the_run(two: Any, tmp_path: Path) -> None:
    with pytest.raises(cluster.ClusterError, match="part 1, items 10 to 19: every worker that took it died"):
        go(two, tmp_path, tasks.deadly_squares)
    assert not cluster.manifest(tmp_path)["finished"]


def test_a_worker_that_outgrows_its_memory_is_replaced(tmp_path: Path) -> None:
    with cluster.open("local:1", memory="400MiB") as client:
        task = partial(tasks.greedy_squares, mebibytes=600)
        parts = list(cluster.run(client, task, range(12, 15), out=tmp_path, schema=SCHEMA, command="a test",
                                 arguments={}, part_size=1, failed=failed))  # fmt: skip
    assert sum(p.failed for p in parts) == 1
    found = cluster.table(tmp_path).collect()
    assert found["square"].to_list() == [144, None, 196]
    assert "ran out of memory" in found["error"][1]


def test_a_nanny_that_has_given_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offramp.cluster.spreading.LOOK_S", 0.2)
    with cluster.open("local:1") as client, dask.config.set({"distributed.deploy.lost-worker-timeout": "0.3s"}):
        assert client is not None
        results = cluster.spread(client, tasks.nap, range(30))
        next(results)
        client.sync(client.cluster.workers[0].close)
        assert sum(1 for one in results if one.error is None) == 29
