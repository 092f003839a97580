"""The store: one database, opened, brought to the newest tables, and written to by one writer at a time.

SQLite runs in write-ahead mode with every commit on disk before it is acknowledged; writers queue by `BEGIN IMMEDIATE`.
On PostgreSQL they queue by a lock on the one row of `chain`. So the chain cannot fork. What passes (a lock, a lost
connection) is tried again with growing, random waits until `patience` seconds are over; what does not is one clear
error. Nothing is half-written: each piece of work is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import tenacity
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from offramp.ledger.address import LedgerError, default_address, shown, url_of

HEAD = "0001"
PATIENCE = 60.0
BUSY_S = 2.0
_LOCK = 0x0FF4A39  # of PostgreSQL's advisory lock while tables are made
_PASSING = ("locked", "busy", "could not serialize", "deadlock", "connection", "terminating", "shutting down")

T = TypeVar("T")


class Ledger:
    """An open ledger. `read` and `write` run work inside a transaction; `close` lets the database go."""

    def __init__(self, address: str | None = None, *, patience: float = PATIENCE, create: bool = True) -> None:
        """Opens a ledger, making it where there is none.

        Args:
            address: A file or an address (`offramp.ledger.address`); by default the user's own ledger.
            patience: Seconds for which a lock or a lost connection is waited out.
            create: Whether to make a ledger that is not there.

        Raises:
            LedgerError: If it cannot be opened, or newer code wrote it.
        """
        text = address or default_address()
        self.address = shown(text)
        self.patience = patience
        url = url_of(text)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.path = Path(str(url.database)) if self.is_sqlite else None
        if self.path is not None:
            self._check_file(self.path, create)
            busy = min(BUSY_S, patience)
            self.engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": busy})
            event.listen(self.engine, "connect", _settle)
            event.listen(self.engine, "begin", _begin)
        else:
            self.engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        try:
            self._bring_up(create)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets every connection go."""
        self.engine.dispose()

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` in one transaction, alone among writers; tried again as a whole where it may help.

        `work` must do nothing that cannot be done twice.

        Raises:
            LedgerError: If the ledger stayed locked, the disk is full, or the database refused.
        """
        return self._run(work, writing=True)

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs `work` on one unchanging view of the ledger. Raises `LedgerError` as `write` does."""
        return self._run(work, writing=False)

    def _run(self, work: Callable[[sa.Connection], T], *, writing: bool) -> T:
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_passes),
            stop=tenacity.stop_after_delay(self.patience),
            wait=tenacity.wait_random_exponential(multiplier=0.02, max=1.0),
            reraise=True,
        )
        try:
            done: T = tries(self._once, work, writing)
            return done
        except sa.exc.DBAPIError as error:
            raise self._explained(error) from error

    def _once(self, work: Callable[[sa.Connection], T], writing: bool) -> T:
        with self._connection(writing) as connection, connection.begin():
            if writing and not self.is_sqlite:
                connection.execute(sa.text("SELECT id FROM chain WHERE id = 1 FOR UPDATE"))
            return work(connection)

    @contextmanager
    def _connection(self, writing: bool) -> Iterator[sa.Connection]:
        with self.engine.connect() as plain:
            options: dict[str, Any] = {"offramp_writing": writing}
            if not self.is_sqlite and not writing:
                options["isolation_level"] = "REPEATABLE READ"
            yield plain.execution_options(**options)

    def _check_file(self, path: Path, create: bool) -> None:
        if path.is_dir():
            raise LedgerError(f"{path}: this is a folder; a ledger is a file, such as {path / 'ledger.sqlite'}.")
        if not path.exists():
            if not create:
                raise LedgerError(f"{path}: there is no ledger yet; `offramp assess … --ledger {path}` starts one.")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerError(f"{path}: cannot make the folder ({error.strerror or error}).") from None

    def _bring_up(self, create: bool) -> None:
        try:
            version = self._run(_version, writing=False)
            if version == HEAD:
                return
            if version is None and not create:
                raise LedgerError(f"{self.address}: holds no ledger.")
            if version is not None and version > HEAD:
                raise LedgerError(
                    f"{self.address}: written by a newer offramp (tables {version}, this one knows {HEAD}); upgrade."
                )
            self._run(self._migrate, writing=True) if self.is_sqlite else self._migrate_postgresql()
        except LedgerError:
            raise
        except sa.exc.DBAPIError as error:
            raise self._explained(error) from error

    def _migrate_postgresql(self) -> None:
        with self.engine.connect() as connection, connection.begin():
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            self._migrate(connection)

    @staticmethod
    def _migrate(connection: sa.Connection) -> None:
        """To the newest tables, inside the transaction that is open."""
        if _version(connection) == HEAD:  # somebody was faster
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "offramp.ledger:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    def _explained(self, error: sa.exc.DBAPIError) -> LedgerError:
        told = " ".join(str(error.orig).split())[:300]
        low = told.lower()
        if "disk is full" in low or "no space" in low or "disk i/o" in low:
            why = "the disk is full or failing; nothing was written. Make room and run again"
        elif "locked" in low or "busy" in low:
            why = f"another process has held the ledger for {self.patience:g} seconds; nothing was written"
        elif "readonly" in low or "read-only" in low:
            why = "may be read but not written to; nothing was written"
        elif "unable to open" in low:
            why = "cannot be opened; check the folder and its permissions"
        elif "not a database" in low or "malformed" in low:
            why = f"is no ledger, or is damaged ({told}); `offramp ledger restore` brings a backup back"
        elif isinstance(error.orig, sqlite3.Error) or "never" in low or "grows" in low:
            why = told
        else:
            why = f"the database says: {told}"
        return LedgerError(f"{self.address}: {why}.")


def _settle(connection: Any, _: object) -> None:
    """What every connection to SQLite is told. Our own BEGIN follows, so the driver is to send none."""
    connection.isolation_level = None
    cursor = connection.cursor()
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("offramp_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _passes(error: BaseException) -> bool:
    """Whether trying again may help."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    told = str(error.orig).lower()
    return isinstance(error, sa.exc.OperationalError) and any(word in told for word in _PASSING)
