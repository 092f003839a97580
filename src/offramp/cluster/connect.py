"""A client for `--cluster`: worker processes of this machine, or a scheduler that runs elsewhere.

Workers of this machine are spawned, never forked (JAX does not survive a fork), take one task at a time, and share the
cores: the thread pools of BLAS, OpenMP, Polars and XLA are set, before any of them is imported, to cores / workers.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from offramp import __version__
from offramp.errors import InputError, OfframpError

if TYPE_CHECKING:
    from distributed import Client

REACH_S: Final = 10
"""Seconds in which a scheduler must answer."""
WORKERS_S: Final = 60
"""Seconds in which a scheduler that answers must have a worker; a queue of jobs may take its time."""
ALLOWED_FAILURES: Final = 1
"""Workers that a task may take down before it is suspected; it is then tried again alone, as often."""
LEAST: Final = 256 * 2**20
"""Bytes that a worker must be allowed; one that has only started holds some 100 MiB."""
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
                  "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS", "NPROC")  # fmt: skip
"""Variables that size thread pools; NPROC is XLA's, whose flags would part the workers from programs kept on disk."""

KEPT: Final = {"MALLOC_TRIM_THRESHOLD_": str(64 * 2**20), "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20)}
"""What glibc keeps for the next array. Dask has memory given back at every turn, which doubles the cost of arrays."""


class ClusterError(OfframpError):
    """Work spread over a cluster could not be finished. What was finished before is kept, where it was to be kept."""


def cores() -> int:
    """Cores that this process may use, by its affinity and its control group."""
    from dask.system import cpu_count

    return int(cpu_count())


@contextmanager
def open(
    where: str | None, *, memory: str | None = None, say: Callable[[str], None] | None = None
) -> Iterator[Client | None]:
    """Opens what `--cluster` names, and closes it at the end.

    Args:
        where: None for serial work; `local` or `local:N` for N worker processes on this machine (one a core by
            default); or the address of a Dask scheduler, as `tcp://host:8786`, with workers that have this version of
            offramp and of Python.
        memory: Limit of each local worker, as `2GiB`; by default the machine's memory, shared out evenly. A worker
            that passes 95 % of it is ended and started again, and its task runs again.
        say: Called with lines for the user: what was opened, and where its dashboard is.

    Yields:
        A `distributed.Client`, or None for serial work.

    Raises:
        InputError: `where` or `memory` makes no sense, the extra is not installed, nobody answers at the address
            within 10 s, it has no worker within 60 s, or its workers run another version of offramp or Python.
    """
    tell = say or (lambda _: None)
    if where is None:
        if memory is not None:
            raise InputError(f"memory {memory!r}: is a limit of the workers of a cluster; name one, as local:2.")
        yield None
        return
    if find_spec("distributed") is None:
        raise InputError("cluster: needs the package distributed: pip install offramp[scale]")
    local = re.fullmatch(r"local(?::(\d+))?", where.strip())
    with ExitStack() as stack:
        if local:
            count = int(local[1]) if local[1] else cores()
            client = stack.enter_context(_local(count, _limit(memory, count)))
        else:
            if memory is not None:
                raise InputError("memory: the workers at an address were given their limit when they were started.")
            client = stack.enter_context(_remote(where.strip(), tell))
        tell(describe(client))
        yield client


def describe(client: Client) -> str:
    """One line on a cluster: workers, their memory, the scheduler's address and the dashboard's."""
    info = client.scheduler_info(n_workers=-1)
    workers = list(info["workers"].values())
    limits = sorted({int(worker["memory_limit"] or 0) for worker in workers})
    shown = " to ".join(f"{limit / 2**30:.1f}" for limit in dict.fromkeys((*limits[:1], *limits[-1:])))
    bound = "without a limit of memory" if not limits or limits[0] == 0 else f"at most {shown} GiB each"

    def drawn() -> bool:
        from importlib.util import find_spec

        return find_spec("bokeh") is not None

    board = "no dashboard, for which the scheduler needs the package bokeh"
    if "dashboard" in info.get("services", {}) and client.run_on_scheduler(drawn):
        board = f"dashboard {client.dashboard_link}"
    number = f"{len(workers)} worker{'s' if len(workers) != 1 else ''}"
    return f"{number}, {bound}; scheduler {info['address']}; {board}"


def environment(workers: int) -> dict[str, str]:
    """Variables with which each of `workers` processes on this machine uses its share of the cores and no more.

    Where this process keeps compiled JAX programs on disk, the workers do so too, in the same folder.
    """
    share = max(1, cores() // workers)
    found = dict.fromkeys(THREADS, str(share))
    jax = sys.modules.get("jax")
    if jax is not None and (folder := jax.config.jax_compilation_cache_dir):
        found |= {
            "JAX_COMPILATION_CACHE_DIR": str(folder),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": str(jax.config.jax_persistent_cache_min_compile_time_secs),
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": str(jax.config.jax_persistent_cache_min_entry_size_bytes),
        }
    return {**found, **KEPT}


def _limit(memory: str | None, workers: int) -> int:
    from dask.utils import parse_bytes
    from distributed.system import MEMORY_LIMIT

    if not 1 <= workers <= 1024:
        raise InputError(f"cluster 'local:{workers}': expected 1 to 1024 worker processes.")
    if memory is None:
        return int(MEMORY_LIMIT // workers)
    try:
        size = int(parse_bytes(memory))
    except ValueError:
        size = -1
    if size < LEAST:
        raise InputError(f"memory {memory!r}: expected a size from 256MiB up, as in 2GiB.")
    return size


@contextmanager
def _local(workers: int, limit: int) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster, WorkerPlugin

    class Deaf(WorkerPlugin):
        """Ctrl-C reaches every process of a terminal; what becomes of the workers is for the main one to say."""

        def setup(self, worker: Any) -> None:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    settings: dict[str, Any] = {
        "distributed.nanny.pre-spawn-environ": environment(workers),
        "distributed.worker.multiprocessing-method": "spawn",
        # A worker over its limit is ended. To pause it, as Dask would before, is to wait for memory that nobody frees.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 0.95,
        "distributed.comm.timeouts.connect": "30s",
        "distributed.admin.large-graph-warning-threshold": "1GiB",
    }
    left_behind = (*settings["distributed.nanny.pre-spawn-environ"], "PYTHONHASHSEED", "__DASK_PARENT_PID")
    before = {name: os.environ.get(name) for name in left_behind}
    try:
        with (
            dask.config.set(settings),
            LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", memory_limit=limit,
                dashboard_address="127.0.0.1:0", silence_logs=50,
                scheduler_kwargs={"allowed_failures": ALLOWED_FAILURES},
            ) as cluster,
            Client(cluster) as client,
        ):  # fmt: skip
            client.register_plugin(Deaf())
            yield client
    finally:  # Dask sets the workers' variables in this process, too, and leaves them there
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _remote(address: str, tell: Callable[[str], None]) -> Iterator[Client]:
    import dask
    from distributed import Client

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):
        try:
            client = Client(address, timeout=f"{REACH_S}s")
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"cluster: no Dask scheduler answers at {address} within {REACH_S} s "
                f"({' '.join(str(error).split())[:160]}). Start one with `dask scheduler`, or use local:N."
            ) from None
        with client:
            _workers(client, address, tell)
            yield client


def _workers(client: Client, address: str, tell: Callable[[str], None]) -> None:
    """Waits for the first worker, and refuses workers that would compute something else."""
    if not client.nthreads():
        tell(f"waiting up to {WORKERS_S} s for a worker at {address}")
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError:
        raise InputError(
            f"cluster: the scheduler at {address} has no worker after {WORKERS_S} s. Start some with "
            f"`dask worker {address} --nthreads 1`."
        ) from None

    def found() -> tuple[str, str]:
        import platform

        try:
            from offramp import __version__ as version
        except ImportError:
            version = ""
        return version, platform.python_version()

    for worker, (offramp, python) in client.run(found).items():
        refuse(worker, offramp, python)


def refuse(worker: str, offramp: str, python: str) -> None:
    """Raises `InputError` for a worker with another offramp, or another minor version of Python, than this process."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not offramp:
        raise InputError(f"cluster: worker {worker} has no offramp; install offramp=={__version__} there.")
    if offramp != __version__:
        raise InputError(f"cluster: worker {worker} has offramp {offramp}, this process {__version__}; install one.")
    if python.split(".")[:2] != here.split("."):
        raise InputError(f"cluster: worker {worker} runs Python {python}, this process {here}; results may differ.")
