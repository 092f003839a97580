"""A ledger, the application over it, and a real server with a browser for those tests that need one."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

with warnings.catch_warnings():  # it asks for another HTTP library, which is not among our dependencies
    warnings.simplefilter("ignore")
    import starlette.testclient  # noqa: F401

import world  # type: ignore[import-not-found]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Any]:
    """A ledger's file, the key of its hostile case, and that case's brief."""
    path = tmp_path_factory.mktemp("web") / "ledger.sqlite"
    key, brief = world.fill(path)
    return path, key, brief


@pytest.fixture(scope="session")
def solver() -> Iterator[Any]:
    """One process that solves for all servers of a session."""
    from offramp.web.solving import Solver

    made = Solver(nice=0)  # other tests run beside it, and none of them is more urgent
    yield made
    made.close()


@pytest.fixture
def make_client(filled: Any, tmp_path: Path, solver: Any) -> Iterator[Callable[..., Any]]:
    """Makes a client over a copy of the ledger; keyword arguments are settings, `resolver` and `client` excepted."""
    from starlette.testclient import TestClient

    from offramp.ledger.store import Ledger
    from offramp.web.app import create_app
    from offramp.web.settings import Settings

    opened = []

    def start(*, resolver: Any = None, client: str = "127.0.0.1", base: str = "http://127.0.0.1", **values: Any) -> Any:
        path = tmp_path / f"ledger-{len(opened)}.sqlite"
        for ending in ("", "-wal", "-shm"):
            if (filled[0].with_name(filled[0].name + ending)).exists():
                shutil.copy(filled[0].with_name(filled[0].name + ending), path.with_name(path.name + ending))
        usual = {"tokens": str(tmp_path / "tokens.json"), "audit": str(tmp_path / "audit.jsonl"), "log": "none",
                 "ledger": str(path), "per_minute": 100_000}  # fmt: skip
        store = Ledger(str(path))
        app = create_app(Settings(**(usual | values)), ledger=store, resolver=resolver, warm=False, solver=solver)
        made = TestClient(app, base_url=base, client=(client, 50000), raise_server_exceptions=False)
        made.__enter__()
        opened.append((made, store))
        return made

    yield start
    for made, store in opened:
        made.__exit__(None, None, None)
        store.close()


@pytest.fixture
def tokens(tmp_path: Path) -> dict[str, str]:
    """A token in clear for each scope, in the file that `make_client` uses."""
    from offramp.web.tokens import SCOPES, Tokens

    held = Tokens(tmp_path / "tokens.json")
    return {scope: held.new(scope, scope)[1] for scope in SCOPES}


class Served:
    """A server in a thread, on a free port."""

    def __init__(self, path: Path, folder: Path, solver: Any = None, **values: Any) -> None:
        from offramp.web.app import create_app
        from offramp.web.run import listening, server
        from offramp.web.settings import Settings

        usual = {"tokens": str(folder / "tokens.json"), "audit": str(folder / "audit.jsonl"), "log": "none",
                 "ledger": str(path), "port": 0, "per_minute": 100_000}  # fmt: skip
        settings = Settings(**(usual | values))
        self.server = server(create_app(settings, warm=False, solver=solver), settings)
        self.server.config.log_level = "error"
        bound = listening(settings)
        self.port = bound.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [bound]}, daemon=True)
        self.thread.start()
        until = time.monotonic() + 30
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.02)

    def connect(self) -> socket.socket:
        """A plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def close(self) -> None:
        """Ends it."""
        self.server.should_exit = True
        self.thread.join(20)


@pytest.fixture
def served(filled: Any, tmp_path: Path, solver: Any) -> Iterator[Callable[..., Served]]:
    """Starts servers over the ledger."""
    opened: list[Served] = []

    def start(**values: Any) -> Served:
        opened.append(Served(filled[0], tmp_path, solver, **values))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def site(filled: Any, solver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all browser tests."""
    one = Served(filled[0], tmp_path_factory.mktemp("site"), solver)
    yield one
    one.close()
