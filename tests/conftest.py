"""What every test shares: where the shared data lie, and which skips are forbidden."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A machine that is busy elsewhere is no fault of the code under test.
settings.register_profile("offramp", deadline=None)
settings.load_profile("offramp")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
]


def _skip_or_fail(what: str, reason: str) -> None:
    if what in os.environ.get("OFFRAMP_NO_SKIP", "").split(","):
        pytest.fail(f"{reason} (OFFRAMP_NO_SKIP forbids this skip)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data and reference values; skips, with the reason, where it cannot be had."""
    folder = Path(os.environ.get("OFFRAMP_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        _skip_or_fail("shared", f"no shared data at {folder}; set OFFRAMP_SHARED")
    return folder


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example reports of this repository."""
    return ROOT / "examples"


def _postgres_programs() -> Path | None:
    """The folder with PostgreSQL's server programs; Debian keeps them out of the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    return next((f for f in [*folders, *([Path(found).parent] if found else [])] if (f / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback, run by its system user; its address without a database."""
    programs = _postgres_programs()
    if programs is None:
        _skip_or_fail("postgres", "no PostgreSQL server; `make system` installs Debian's")
    assert programs is not None
    user = "postgres" if os.getuid() == 0 else None
    if user is not None and user not in {entry.pw_name for entry in pwd.getpwall()}:
        _skip_or_fail("postgres", "PostgreSQL does not run as root, and there is no user 'postgres' to run it")
    folder = Path(tempfile.mkdtemp(prefix="offramp-postgres-"))
    if user is not None:  # the server refuses to run as root
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    options = {"user": user, "cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
    make = [programs / "initdb", "-D", data, "-U", "offramp", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, **options)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    run = [programs / "postgres", "-D", data, *(f"--{key}={value}" for key, value in settings.items())]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(run, stdout=log, stderr=log, **options)
    try:
        _wait_for_port(port, server)
        yield f"postgresql://offramp@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            import psycopg

            psycopg.connect(f"host=127.0.0.1 port={port} user=offramp dbname=postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail("PostgreSQL did not start")


@pytest.fixture
def postgres(postgres_server: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    import psycopg

    name = f"t{abs(hash((request.node.nodeid, time.monotonic_ns()))) % 10**12}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres_server}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new ledger, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    return str(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, one for all rooms: a process can hold only one driver at a time."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        _skip_or_fail("browser", "no Chromium on this machine (make system installs it)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=CHROMIUM)
        yield chromium
        chromium.close()
