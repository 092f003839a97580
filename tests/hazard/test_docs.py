"""docs/history.md against the code: its tables are those of the shipped fit, and every column and constant is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from offramp.hazard import describe, features, news, store
from offramp.hazard.population import SINCE
from offramp.history.tables import ERA_STARTS, TENURE_EDGES

PAGE = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [describe.coefficients, describe.scales])
def test_tables_are_those_of_the_shipped_fit(make) -> None:
    assert describe.markdown(make(store.shipped())) in PAGE


def test_the_table_of_news_is_what_ships() -> None:
    assert describe.markdown(describe.news(news.shipped())) in PAGE


def test_constants_are_stated() -> None:
    assert f"half-life of {features.TREND_HALF_LIFE:g} years" in PAGE
    assert f"standard deviation {features.LOG_SCALE_SD:g}" in PAGE
    assert f"since {SINCE:g}" in PAGE
    assert ", ".join(f"{k:g}" for k in features.TENURE_KNOTS_MONTHS) in PAGE
    assert ", ".join(str(edge) for edge in TENURE_EDGES) in PAGE
    assert ", ".join(str(era) for era in ERA_STARTS) in PAGE
    assert store.shipped().manifest["cut"] in PAGE
