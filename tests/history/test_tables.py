"""The shipped counts: they add up, answer questions about groups, and refuse what they do not know."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from offramp.errors import InputError
from offramp.history import tables
from offramp.history.vocabulary import FATES, IN_OFFICE, MODES, REGIMES, REGIONS


def small() -> tables.Tables:
    cells = [
        # regime, tenure, era, attempt, leader-years, then MODES
        ["personal", 10, 1990, 0, 100, 3, 2, 1, 0, 0, 0, 4],
        ["personal", 0, 1990, 1, 20, 1, 5, 0, 0, 0, 0, 0],
        ["presidential", 0, 2000, 0, 50, 20, 0, 0, 0, 0, 0, 1],
        ["parliamentary", 1, 1949, 0, 30, 10, 0, 0, 0, 0, 0, 0],
    ]
    fates = {mode: [4, 2, 1, 0] for mode in MODES}
    return tables.tables_from_json(
        json.dumps(
            {
                "manifest": {},
                "columns": list(tables.COLUMNS),
                "cells": cells,
                "exits": {"1945": {}, "1990": {}},
                "fates": {"before": fates, "since": fates},
            }
        )
    )


def test_a_group_is_the_sum_of_its_cells() -> None:
    found = tables.base_rates("personal", tables=small())
    assert found.leader_years == 120
    assert {rate.outcome: rate.count for rate in found.rates} == {
        **dict.fromkeys(MODES, 0),
        "regular": 4,
        "coup": 7,
        "uprising": 1,
        "natural": 4,
        IN_OFFICE: 104,
    }
    assert sum(rate.rate for rate in found.rates) == pytest.approx(1)


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ({}, 200),
        ({"regime": "democracy"}, 80),
        ({"tenure": "10+"}, 100),
        ({"tenure": "0-3"}, 100),
        ({"since": 2000}, 50),
        ({"since": 1990, "regime": "personal", "coup_attempt": True}, 20),
        ({"coup_attempt": False}, 180),
    ],
)
def test_questions_choose_cells(question: dict, years: int) -> None:
    assert tables.base_rates(**question, tables=small()).leader_years == years


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"regime": "tyranny"}, "regime: 'tyranny' is unknown; known are .*personal"),
        ({"tenure": "4+"}, "tenure: '4\\+' is no band of years; .*'10\\+'"),
        ({"tenure": "10-3"}, "is no band"),
        ({"tenure": "ten"}, "is no band"),
        ({"since": 1993}, "since: 1993 .*known are 1949"),
        ({"regime": "military"}, "no leader-year .* 'military'"),
    ],
)
def test_unknown_groups_are_named(question: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tables.base_rates(**question, tables=small())


def test_regions_and_triggers_split_all_leader_years() -> None:
    everyone = tables.base_rates().leader_years
    assert sum(tables.base_rates(region=region).leader_years for region in REGIONS) == everyone
    for name in tables.TRIGGERS:
        with_it, without = tables.base_rates(trigger=name), tables.base_rates(trigger=f"no_{name}")
        assert with_it.leader_years + without.leader_years == everyone
        assert with_it.leader_years > 0
    war = tables.base_rates(region="africa", trigger="civil_war")
    assert war.rate("rebels") > 3 * tables.base_rates(region="africa", trigger="no_civil_war").rate("rebels")
    for question, message in (({"region": "moon"}, "region: 'moon'"), ({"trigger": "eclipse"}, "no_ before it")):
        with pytest.raises(InputError, match=message):
            tables.base_rates(**question)


def test_fate_weights_follow_the_specification() -> None:
    # EXITGAME section 7: counts since 1990 + .5 x earlier + .5
    assert tables.fate_weights("coup", small()) == (4 + 2 + 0.5, 2 + 1 + 0.5, 1 + 0.5 + 0.5, 0.5)
    with pytest.raises(InputError, match="mode: 'abdication' is unknown"):
        tables.fate_weights("abdication")


def test_a_damaged_file_is_named() -> None:
    with pytest.raises(InputError, match="not a table of base rates"):
        tables.tables_from_json("{}")
    with pytest.raises(InputError, match="not a table of base rates"):
        tables.tables_from_json("no json")
    with pytest.raises(InputError, match="columns are"):
        tables.tables_from_json('{"columns": ["a"]}')


def test_shipped_counts_are_whole() -> None:
    shipped = tables.shipped()
    assert shipped.manifest["cut"] == "2009-12-31"
    assert {row[0] for row in shipped.cells} == set(REGIMES)
    everyone = tables.base_rates()
    assert everyone.leader_years == sum(int(row[4]) for row in shipped.cells)
    assert sum(rate.count for rate in everyone.rates) == everyone.leader_years
    split = [tables.base_rates(coup_attempt=value) for value in (True, False)]
    assert sum(part.leader_years for part in split) == everyone.leader_years
    for mode in MODES:
        earlier, recent = tables.fate_counts(mode)
        assert len(earlier) == len(recent) == len(FATES)
        assert sum(recent) <= shipped.exits["1990"][mode] <= shipped.exits["1945"][mode]


def test_a_coup_attempt_goes_with_more_coups() -> None:
    with_one, without = (tables.base_rates(coup_attempt=value) for value in (True, False))
    assert next(r for r in with_one.rates if r.outcome == "coup").low > 2 * without.rate("coup")
    assert with_one.rate(IN_OFFICE) < without.rate(IN_OFFICE)


def test_asking_needs_neither_polars_nor_numpy() -> None:
    code = (
        "import sys; from offramp.history.tables import base_rates; base_rates('personal', '10+', 1990); "
        "print([m for m in ('polars', 'numpy', 'jax', 'scipy', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
