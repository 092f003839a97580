"""Questions to the record in SQL, answered by DuckDB. Nothing is written and no other file is read.

DuckDB is not among offramp's own requirements: without it the error says what to install.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from offramp.errors import InputError
from offramp.history.records import PANEL, SPELLS


def ask(query: str, folder: Path) -> pl.DataFrame:
    """The answer to one query over the tables `spells` and `panel` of a folder of the record.

    Raises:
        InputError: If DuckDB is not installed, a file is missing, or the query is not one SELECT that can be answered.
    """
    try:
        import duckdb  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise InputError(
            "history sql: needs the package duckdb; install it beside offramp (pip install duckdb)"
        ) from error
    for name in (SPELLS, PANEL):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: no such file; a folder of the record holds {SPELLS} and {PANEL}")
    with duckdb.connect(":memory:") as connection:
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise InputError("query: expected one SELECT over the tables spells and panel")
            for table, name in (("spells", SPELLS), ("panel", PANEL)):
                connection.read_parquet(str(folder / name)).create(table)
            connection.execute("SET enable_external_access = false")
            relation = connection.sql(query)
            names, rows = relation.columns, relation.fetchall()
        except duckdb.Error as error:
            raise InputError(f"query: {error}") from error
    return pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None)
