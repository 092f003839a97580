"""`offramp history`: what each command prints, as JSON and as a table, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offramp.cli.history import app
from offramp.errors import InputError
from offramp.history.vocabulary import MODES

FORECAST = ["forecast", "--as-of", "2025-12-01", "--country", "VEN", "--regime", "personal", "--since", "2013-04-19"]


def run(*words: str) -> str:
    found = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert found.exit_code == 0
    return found.stdout


def test_base_rates_as_json() -> None:
    found = json.loads(run("base-rates", "--regime", "personal", "--tenure", "10+", "--since", "1990", "--json"))
    assert found["leader_years"] == 363
    assert found["cut"] == "2009-12-31"
    counts = {rate["outcome"]: rate["count"] for rate in found["rates"]}
    assert counts["regular"] == 6
    assert counts["natural"] == 7
    assert all(rate["low"] <= rate["rate"] <= rate["high"] for rate in found["rates"])


def test_base_rates_as_a_table() -> None:
    text = run("base-rates", "--regime", "personal", "--tenure", "10+", "--since", "1990")
    assert "363 leader-years" in text
    assert "1.9 %" in text
    assert "2009-12-31" in text


@pytest.mark.parametrize(("since", "coups"), [("1945", 273), ("1990", 40)])
def test_fates(since: str, coups: int) -> None:
    found = json.loads(run("fates", "--since", since, "--json"))
    assert list(found["modes"]) == list(MODES)
    assert found["modes"]["coup"]["fate_known"] == coups
    assert "assassination" in run("fates", "--since", since)


def test_forecast_as_json() -> None:
    found = json.loads(run(*FORECAST, "--born", "1962", "--draws", "64", "--json"))
    assert sum(value["mean"] for value in found["outcomes"].values()) == pytest.approx(1)
    assert found["path"][0]["source"] == "count"
    assert any("2009-12-31" in warning for warning in found["warnings"])


def test_forecast_as_tables() -> None:
    text = run(*FORECAST, "--military", "--draws", "64")
    assert "All leaders since 1950" in text
    assert "Military career" in text


@pytest.mark.parametrize(
    "words", [["base-rates", "--tenure", "4+"], ["fates", "--since", "1970"], ["check", "--from", "nowhere"]]
)
def test_bad_questions_are_errors_of_ours(words: list[str]) -> None:
    with pytest.raises(InputError):
        CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.shared
def test_check_knows_its_files(shared: Path) -> None:
    text = run("check", "--from", str(shared / "data" / "history"))
    assert "2231 spells" in text
    assert "these very files" in text
