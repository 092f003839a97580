"""The shipped counts against the record they come from, and against the base rates counted there by other code."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from offramp.history.tables import base_rates, fate_counts, shipped
from offramp.history.vocabulary import FATES, MODES

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "history"


@pytest.fixture(scope="module")
def published(folder: Path) -> dict:
    return json.loads((folder / "base_rates.json").read_text())


def test_counting_again_gives_the_shipped_file(folder: Path) -> None:
    from offramp.history.build import count_tables
    from offramp.history.records import read_record

    text = (files("offramp.history") / "data" / "base_rates.json").read_text()
    again, here = json.loads(count_tables(read_record(folder))), json.loads(text)
    assert again == here | {"manifest": here["manifest"] | {"offramp": again["manifest"]["offramp"]}}


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("yearly_all", {}),
        ("yearly_all_since_1990", {"since": 1990}),
        ("yearly_personalist_over_10y", {"regime": "personal", "tenure": "10+"}),
        ("yearly_personalist_over_10y_since_1990", {"regime": "personal", "tenure": "10+", "since": 1990}),
        ("yearly_military", {"regime": "military"}),
        ("yearly_party", {"regime": "party"}),
        ("yearly_monarchy", {"regime": "monarchy"}),
        ("yearly_democracy", {"regime": "democracy"}),
        ("yearly_interim", {"regime": "interim"}),
        ("yearly_coup_attempt_last_12m", {"coup_attempt": True}),
    ],
)
def test_counts_agree_with_the_published_base_rates(published: dict, name: str, question: dict) -> None:
    found = base_rates(**question)
    expected = published[name]
    assert found.leader_years == expected["leader_years"]
    for rate in found.rates:
        outcome = "none" if rate.outcome == "in_office" else rate.outcome
        count = expected[outcome]["k"] if outcome in expected else 0
        if outcome == "coup":
            count += expected.get("other_irregular", {"k": 0})["k"]
        assert rate.count == count, outcome


@pytest.mark.parametrize("since", [1945, 1990])
def test_exits_and_fates_agree_with_the_published_counts(published: dict, since: int) -> None:
    exits, fates = published[f"exit_modes_since_{since}"], published[f"fate_by_mode_since_{since}"]
    for mode in MODES:
        parts = [mode, "other_irregular"] if mode == "coup" else [mode]
        assert shipped().exits[str(since)][mode] == sum(exits[p]["k"] for p in parts if p in exits)
        earlier, recent = fate_counts(mode)
        counted = recent if since == 1990 else tuple(a + b for a, b in zip(earlier, recent, strict=True))
        assert counted == tuple(sum(fates[p][f]["k"] for p in parts if p in fates) for f in FATES)
