"""Fates given the mode of exit: scored against the table of counts, without looking ahead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from offramp.errors import InputError
from offramp.hazard.fates import Exits, exits_of, predict, score
from offramp.history.vocabulary import FATES, MODES


@pytest.fixture(scope="module")
def exits(shared: Path) -> Exits:
    return exits_of(pl.read_parquet(shared / "data" / "history" / "spells.parquet"))


def test_better_than_the_table_of_base_rates(exits: Exits) -> None:
    found = score(exits, 1990, 2008)
    assert found.model < found.table
    assert found.exits == sum(n for n, _, _ in found.by_mode.values())
    assert found.model == pytest.approx(sum(n * m for n, m, _ in found.by_mode.values()) / found.exits)


def test_chances_add_up_and_do_not_look_ahead(exits: Exits) -> None:
    train, asked = exits.year <= 1988, exits.year == 1990
    first = predict(exits, train, asked, 1990)
    assert first.sum(axis=1) == pytest.approx(1)
    changed = exits.fate.copy()
    changed[exits.year > 1988] = 0
    again = predict(replace(exits, fate=changed), train, asked, 1990)
    np.testing.assert_array_equal(first, again)


def test_the_table_by_hand() -> None:
    n = 40
    fate = np.array([0, 3] * (n // 2))
    made = Exits(np.zeros(n, int), fate, np.repeat([1980, 1990], n // 2), np.zeros((n, 1)), np.ones(n))
    found = score(made, 1990, 1990)
    assert found.table == pytest.approx(-np.log(10.5 / (20 + 0.5 * len(FATES))))
    assert set(found.by_mode) == {MODES[0]}
    with pytest.raises(InputError, match="no exit"):
        score(made, 2000, 2001)
    with pytest.raises(InputError, match="column"):
        exits_of(pl.DataFrame({"fate": []}))
