"""What `--cluster` names: opened, described, or refused with what is wrong and what would be right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import distributed
import pytest

from cluster import tasks
from offramp import __version__, cluster
from offramp.cluster import connect
from offramp.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@contextmanager
def scheduler(**options: Any) -> Iterator[str]:
    """A scheduler without workers, in this process; or with workers that are threads of it."""
    with distributed.LocalCluster(
        host="127.0.0.1", dashboard_address="127.0.0.1:0", processes=False, protocol="tcp", **options
    ) as made:
        yield str(made.scheduler_address)


def test_without_a_cluster_there_is_no_client_and_nothing_is_imported() -> None:
    check = "import sys; from offramp import cluster\nwith cluster.open(None) as c: assert c is None\n"
    check += "assert not {'distributed', 'dask', 'polars', 'jax', 'pandas'} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", check], check=True)


@pytest.mark.parametrize(
    ("where", "memory", "said"),
    [
        ("local:0", None, "'local:0': expected 1 to 1024 worker processes"),
        ("local:5000", None, "expected 1 to 1024"),
        ("local:2", "much", "memory 'much': expected a size from 256MiB up, as in 2GiB"),
        ("local:2", "1kB", "expected a size from 256MiB up"),
        (None, "1GiB", "is a limit of the workers of a cluster"),
        ("tcp://127.0.0.1:9", "1GiB", "were given their limit when they were started"),
        ("locl:2", None, "no Dask scheduler answers at locl:2"),
        ("tcp://127.0.0.1:9", None, r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 within 1 s .*dask scheduler"),
        ("tcp://no.such.host.invalid:8786", None, "no Dask scheduler answers at tcp://no.such.host.invalid:8786"),
    ],
)
def test_what_makes_no_sense_is_refused(
    where: str | None, memory: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "REACH_S", 1)
    with pytest.raises(InputError, match=said), cluster.open(where, memory=memory):
        pass


def test_ten_seconds_are_what_a_scheduler_has() -> None:
    assert connect.REACH_S == 10


def test_without_the_extra_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install offramp\[scale\]"), cluster.open("local:2"):
        pass


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "WORKERS_S", 1)
    told: list[str] = []
    with (
        scheduler(n_workers=0) as address,
        pytest.raises(InputError, match=r"has no worker after 1 s. Start some with `dask worker tcp://"),
        cluster.open(address, say=told.append),
    ):
        pass
    assert told == [f"waiting up to 1 s for a worker at {address}"]


@pytest.mark.parametrize(
    ("changed", "value", "said"),
    [
        ("__version__", "9.9.9", f"has offramp {re.escape(__version__)}, this process 9.9.9; install one"),
        ("sys", type("Other", (), {"version_info": type("V", (), {"major": 3, "minor": 99})}), "this process 3.99"),
    ],
)
def test_workers_of_another_version_are_refused(
    changed: str, value: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scheduler(n_workers=1, threads_per_worker=1) as address:
        monkeypatch.setattr(connect, changed, value)
        with pytest.raises(InputError, match=said), cluster.open(address):
            pass


def test_workers_without_offramp_are_refused() -> None:
    with pytest.raises(InputError, match=rf"worker w has no offramp; install offramp=={re.escape(__version__)} there"):
        connect.refuse("w", "", "3.11.2")


def test_a_worker_of_another_version_that_comes_later_computes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with scheduler(n_workers=1, threads_per_worker=1) as address, cluster.open(address) as client:
        monkeypatch.setattr(
            "offramp.cluster.spreading._versions", iter([("9.9.9", "3.11"), ("0.1.0", "3.11")]).__next__
        )
        with pytest.raises(cluster.ClusterError, match=r"has offramp 0\.1\.0 .* the main process offramp 9\.9\.9"):
            list(cluster.spread(client, tasks.one, [1]))


def test_a_worker_that_lacks_a_module_ends_the_run_and_spoils_no_row(tmp_path: Path) -> None:
    given: dict[str, Any] = {"schema": {}, "command": "a test", "arguments": {}, "failed": lambda item, why: {}}
    with (
        scheduler(n_workers=1, threads_per_worker=1) as address,
        cluster.open(address) as client,
        pytest.raises(cluster.ClusterError, match="a worker lacks a module: No module named 'missing'"),
    ):
        list(cluster.run(client, tasks.lacking, range(3), out=tmp_path, **given))
    assert cluster.manifest(tmp_path)["done"] == []


def test_one_task_at_a_time_even_where_a_worker_has_threads() -> None:
    with scheduler(n_workers=1, threads_per_worker=4) as address, cluster.open(address) as client:
        found = [one.value() for one in cluster.spread(client, tasks.together, range(12), window=8)]
    assert max(found) == 1


def test_what_is_told_of_a_cluster_and_what_is_left_behind() -> None:
    told: list[str] = []
    before = dict(os.environ)
    with cluster.open("local:1", memory="300MiB", say=told.append) as client:
        assert client is not None
        address = re.escape(client.scheduler.address)
    assert re.fullmatch(
        rf"1 worker, at most 0\.3 GiB each; scheduler {address}; (dashboard http://.*|no dashboard, .*bokeh)", told[0]
    )
    assert dict(os.environ) == before


def test_a_cluster_that_goes_away_ends_the_run_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offramp.cluster.spreading.LOOK_S", 0.2)
    made = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", processes=False,
        protocol="tcp", silence_logs=50,
    )  # fmt: skip
    with cluster.open(made.scheduler_address) as client:
        results = cluster.spread(client, tasks.nap, range(100))
        next(results)
        made.close()
        with pytest.raises(cluster.ClusterError, match="the scheduler went away"):
            list(results)


def test_without_any_worker_the_work_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offramp.cluster.spreading.LOOK_S", 0.2)
    monkeypatch.setattr("offramp.cluster.spreading.ALONE_S", 1.0)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", processes=False,
            protocol="tcp",
        ) as made,
        cluster.open(made.scheduler_address) as client,
    ):  # fmt: skip
        results = cluster.spread(client, tasks.nap, range(100))
        next(results)
        made.scale(0)
        with pytest.raises(cluster.ClusterError, match="no worker is left and none came back in 1 s"):
            list(results)
