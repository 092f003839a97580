"""The store on SQLite and on PostgreSQL: appending, what is refused, locks, full disks, tables by migration."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import sample
from offramp.ledger import entries
from offramp.ledger.address import LedgerError, shown, url_of
from offramp.ledger.chain import GENESIS, canonical, seal
from offramp.ledger.store import HEAD, Ledger
from offramp.ledger.tables import metadata
from offramp.ledger.verify import verify


def test_entries_are_numbered_and_chained(address: str):
    with Ledger(address) as ledger:
        first, second = sample.add(ledger), sample.add(ledger)
        assert (first.n, first.previous) == (1, GENESIS)
        assert (second.n, second.previous) == (2, first.hash)
        assert second.hash == seal(first.hash, canonical(second.content))
        assert entries.get(ledger, 2) == second
        assert verify(ledger).good


def test_a_key_is_written_once(address: str):
    with Ledger(address) as ledger:
        assert sample.add(ledger, key="k") == sample.add(ledger, key="k", day="2021-01-01")
        assert verify(ledger).count == 1


@pytest.mark.parametrize(
    "line",
    [
        "UPDATE entries SET case_key = 'x'",
        "DELETE FROM entries",
        "UPDATE chain SET count = count - 1",
        "UPDATE chain SET count = count + 2",
        "DELETE FROM chain",
        "UPDATE texts SET content = 'x'",
    ],
)
def test_the_database_itself_refuses_changes(address: str, line: str):
    with Ledger(address) as ledger:
        sample.add(ledger, report="They said so.")
        with pytest.raises(LedgerError, match=r"never|one entry at a time"):
            ledger.write(lambda c: c.execute(sa.text(line)))
        assert verify(ledger).good


def test_postgresql_refuses_to_truncate(postgres: str):
    with Ledger(postgres) as ledger:
        sample.add(ledger)
        for table in ("entries", "chain"):
            with pytest.raises(LedgerError, match="never"):
                ledger.write(lambda c, table=table: c.execute(sa.text(f"TRUNCATE {table}")))


def test_what_fails_half_way_leaves_nothing(address: str):
    with Ledger(address) as ledger:
        sample.add(ledger)

        def work(connection: sa.Connection) -> None:
            entries.append(connection, "resolution", "x", {"outcome": "coup"})
            raise RuntimeError("power cut")

        with pytest.raises(RuntimeError):
            ledger.write(work)
        assert verify(ledger).count == 1


def test_writers_at_once_do_not_fork_the_chain(address: str):
    with Ledger(address) as ledger:

        def write() -> None:
            for _ in range(12):
                sample.add(ledger)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        proof = verify(ledger)
        assert (proof.good, proof.count) == (True, 48)


def test_opened_at_once_it_is_made_once(address: str):
    problems: list[BaseException] = []

    def start() -> None:
        try:
            with Ledger(address) as ledger:
                sample.add(ledger)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Ledger(address) as ledger:
        assert verify(ledger).count == 6


def test_migrations_make_the_tables_that_the_code_knows(address: str):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with Ledger(address) as ledger:
        found = ledger.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
        assert found == []


def test_a_ledger_of_newer_code_is_left_alone(address: str):
    with Ledger(address) as ledger:
        ledger.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(LedgerError, match=f"newer offramp .*9999.*{HEAD}"):
        Ledger(address)


def test_a_locked_ledger_is_waited_for_then_named(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(str(path), patience=0.2) as ledger:
        sample.add(ledger)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"another process has held the ledger for 0.2 seconds; nothing was"):
            sample.add(ledger)
        holder.execute("COMMIT")
        holder.close()
        assert sample.add(ledger).n == 2


def test_a_lock_that_goes_away_is_only_a_wait(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(str(path), patience=20) as ledger:
        sample.add(ledger)
        holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        threading.Timer(2.6, lambda: (holder.execute("COMMIT"), holder.close())).start()  # longer than one busy wait
        assert sample.add(ledger).n == 2


def test_a_full_disk_is_one_line_and_no_loss(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(str(path)) as ledger:
        first = sample.add(ledger)

        def fill(connection: sa.Connection) -> None:
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            for _ in range(50):
                entries.append(connection, "resolution", "x", {"text": "long " * 500})

        with pytest.raises(LedgerError, match=r"disk is full.*nothing was written") as caught:
            ledger.write(fill)
        assert "\n" not in str(caught.value)
        assert verify(ledger).head == first.hash


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "empty"),
        ("mysql://a/b", "expected a file, or postgresql"),
        ("postgresql://u:secret@h:x/d", "not an address"),
    ],
)
def test_bad_addresses(name: str, message: str):
    with pytest.raises(LedgerError, match=message) as caught:
        url_of(name)
    assert "secret" not in str(caught.value)


def test_passwords_are_not_shown():
    assert shown("postgresql://ann:secret@host:5/db") == "postgresql://ann@host:5/db"
    assert shown("/home/x@y/ledger.sqlite") == "/home/x@y/ledger.sqlite"


def test_files_that_are_no_ledger(tmp_path: Path):
    (tmp_path / "text").write_text("not a database, whatever it says " * 50, "utf-8")
    with pytest.raises(LedgerError, match="no ledger, or is damaged"):
        Ledger(str(tmp_path / "text"))
    with pytest.raises(LedgerError, match="folder"):
        Ledger(str(tmp_path))
    with pytest.raises(LedgerError, match="no ledger yet"):
        Ledger(str(tmp_path / "none.sqlite"), create=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["text"]


def test_a_server_that_is_not_there_is_named_without_its_password():
    with pytest.raises(LedgerError, match=r"refused|failed") as caught:
        Ledger("postgresql://ann:secret@127.0.0.1:9/db", patience=0.2)
    assert "secret" not in str(caught.value)
