"""`offramp history sql`: answers where DuckDB is installed, refusals always."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import polars as pl
import pytest

from offramp.errors import InputError
from offramp.history.query import ask

with_duckdb = pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pl.DataFrame({"leader": ["a", "b", "c"], "years": [1, 2, 4]}).write_parquet(tmp_path / "spells.parquet")
    pl.DataFrame({"leader": ["a", "a"], "origin": ["1990-01", "1990-02"]}).write_parquet(tmp_path / "panel.parquet")
    return tmp_path


@with_duckdb
def test_answers(folder: Path) -> None:
    found = ask("SELECT sum(years) AS total, count(*) AS n FROM spells", folder)
    assert found.to_dicts() == [{"total": 7, "n": 3}]
    joined = ask("SELECT s.leader, count(p.origin) n FROM spells s LEFT JOIN panel p USING (leader) GROUP BY 1", folder)
    assert dict(joined.rows()) == {"a": 2, "b": 0, "c": 0}


@with_duckdb
@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE spells",
        "SELECT 1; SELECT 2",
        "SELEC 1",
        "SELECT nothing FROM spells",
        "SELECT * FROM read_csv('/etc/hostname')",
        "COPY spells TO 'out.csv'",
        "",
    ],
)
def test_what_is_no_question(folder: Path, query: str) -> None:
    with pytest.raises(InputError, match="query"):
        ask(query, folder)


@with_duckdb
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"spells\.parquet: no such file"):
        ask("SELECT 1", tmp_path)


def test_without_duckdb_the_error_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match="pip install duckdb"):
        ask("SELECT 1", folder)
