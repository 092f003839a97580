"""What a sweep varies: parsing, errors that say what would be right, numbering."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.sweep.axes import Axis, at, count, numbers, parse, words


def test_the_issue_s_own_line_is_understood():
    assert parse(["offer,guarantee,army_loyalty=0:1:101"]) == {
        "offer": "",
        "guarantee": "",
        "army_loyalty": "0:1:101",
    }
    values = numbers("army_loyalty", "0:1:101")
    assert len(values) == 101
    assert values[:3] == (0.0, 0.01, 0.02)
    assert numbers("g", "0.2|0.5") == (0.2, 0.5)
    assert words("offer", "", ("a", "b")) == ("a", "b")


@pytest.mark.parametrize(
    ("texts", "told"),
    [(["a,"], "expected NAME"), (["a="], "expected NAME"), (["a", "a=1"], "given twice"), ([], "at least one thing")],
)
def test_what_names_nothing_is_refused(texts: list[str], told: str):
    with pytest.raises(InputError, match=told):
        parse(texts)


@pytest.mark.parametrize("text", ["", "0:1", "0:1:x", "0:1:0", "nan", "1|two", "0:inf:3", "0.5|0.5"])
def test_values_that_are_no_numbers_are_refused(text: str):
    with pytest.raises(InputError, match="--over g"):
        numbers("g", text)


def test_an_unknown_word_is_told_its_nearest():
    with pytest.raises(InputError, match="Did you mean ultimatum"):
        words("pressure", "ultimatun", ("none", "ultimatum"))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_every_scenario_has_one_number(sizes: list[int]):
    axes = [Axis(f"a{k}", tuple(map(float, range(size)))) for k, size in enumerate(sizes)]
    total = count(axes)
    places = at(axes, np.arange(total))
    table = np.stack([places[axis.name] for axis in axes], 1)
    assert len(np.unique(table, axis=0)) == total
    assert (np.diff(table[:, -1])[: sizes[-1] - 1] == 1).all()
