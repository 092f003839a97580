"""The table of lags rules: a longer lag there gives the older value here, and the page prints the table as it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
import pytest

from history.made_sources import make, write
from offramp.history.assemble import lags
from offramp.history.assemble.lags import BY_COLUMN, COVARIATES
from offramp.history.assemble.panel import COLUMNS
from offramp.history.assemble.write import Assembled, assemble
from offramp.history.sources.registry import NAMES, Sources, read_sources

STATE = 100
UNIT = {"months": 1, "years": 12, "decades": 120}
LAGGED = [c for c in COVARIATES if c.kind in UNIT and c.column not in ("tenure_m", "regime_age_m")]
CLOCKS = {"m_since_election": 600, "m_since_coup_att": 600}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "history-data.md"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return read_sources(write(tmp_path_factory.mktemp("made"), make()))


@pytest.fixture(scope="module")
def before(sources: Sources) -> Assembled:
    return assemble(sources)


def column(made: Assembled, name: str) -> list[object]:
    return made.panel.filter(pl.col("gwcode") == STATE).sort("origin")[name].to_list()


def test_a_longer_lag_gives_the_older_value(
    sources: Sources, before: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    for covariate in LAGGED:
        monkeypatch.setitem(BY_COLUMN, covariate.column, dataclasses.replace(covariate, lag=covariate.lag + 1))
    after = assemble(sources)
    for covariate in LAGGED:
        shift, name = UNIT[covariate.kind], covariate.column
        old, new = column(before, name)[:-shift], column(after, name)[shift:]
        if name in CLOCKS:
            old = [min(float(str(value)) + shift, CLOCKS[name]) for value in old]
        if name == "sanc_threat_prev_decade":  # nothing is known before the source begins, a decade later now
            old, new = old[-120:], new[-120:]
        assert new == old, name


def test_every_covariate_has_one_row_and_every_source_is_one(before: Assembled) -> None:
    names = [covariate.column for covariate in COVARIATES]
    assert len(set(names)) == len(names)
    derived = {"regime_group", "region", "cold_war"}
    identifiers = set(COLUMNS[:8])
    assert set(names) == set(COLUMNS) - derived - identifiers
    for covariate in COVARIATES:
        assert set(covariate.source.split(", ")) <= {*NAMES, "spells"}


def test_the_page_prints_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [row for row in lags.markdown().splitlines() if row not in text] == []
