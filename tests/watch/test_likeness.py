"""The same words in other outlets, against plain set arithmetic, and where the limits lie."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from offramp.watch import likeness

WORDS = [f"word{i}" for i in range(4000)]


def text(seed: int, length: int) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def test_an_agency_text_cut_and_prefaced_is_the_same():
    agency = text(1, 300)
    outlet = [*text(2, 40), *agency[:220]]
    index = likeness.Index()
    index.add(7, likeness.sketch(" ".join(agency)))
    found = index.nearest(likeness.sketch(" ".join(outlet)))
    assert found is not None
    assert found[0] == 7
    assert found[1] > 0.8


def test_two_reports_that_quote_one_statement_are_two():
    statement = text(1, 60)
    one, other = [*text(2, 120), *statement, *text(3, 100)], [*text(4, 150), *statement, *text(5, 60)]
    index = likeness.Index()
    index.add(1, likeness.sketch(" ".join(one)))
    assert index.nearest(likeness.sketch(" ".join(other))) is None


def test_a_correction_of_a_third_of_the_words_is_kin_and_not_the_same():
    first = text(1, 200)
    right = [w if i % 12 else "changed" for i, w in enumerate(first)]
    index = likeness.Index()
    index.add(1, likeness.sketch(" ".join(first)))
    runs = likeness.sketch(" ".join(right))
    assert likeness.KIN < likeness.held(runs, index.sketches[1]) < 1
    assert index.nearest(runs, likeness.KIN) is not None


def test_short_notices_are_the_same_only_word_for_word():
    index = likeness.Index()
    index.add(1, likeness.sketch("The president has left the capital by air this morning"))
    assert index.nearest(likeness.sketch("The president has left the capital by road this morning")) is None
    assert index.nearest(likeness.sketch("THE PRESIDENT has left the capital, by air, this morning!")) == (1, 1.0)


def test_twelve_outlets_have_one_origin_the_first():
    agency = text(9, 200)
    index = likeness.Index()
    index.add(1, likeness.sketch(" ".join(agency)))
    for number in range(2, 13):
        copy = [*text(number, 10), *agency[: 200 - 5 * number]]
        found = index.nearest(likeness.sketch(" ".join(copy)))
        assert found is not None
        index.add(number, likeness.sketch(" ".join(copy)))


@given(st.text())
def test_a_sketch_survives_packing(words: str):
    runs = likeness.sketch(words)
    assert likeness.unpack(likeness.pack(runs)) == runs


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=1, max_size=6), st.lists(st.integers(0, 9), max_size=30)
)
def test_the_index_finds_what_comparing_all_finds(held, new):
    index = likeness.Index()
    sketches = [likeness.sketch(" ".join(map(str, words))) for words in held]
    for number, runs in enumerate(sketches):
        index.add(number, runs)
    runs = likeness.sketch(" ".join(map(str, new)))
    found = index.nearest(runs, 0.3)
    best = max((likeness.held(runs, other) for other in sketches), default=0.0)
    assert (found is None) == (best < 0.3)
    if found is not None:
        assert found[1] == best
        assert likeness.held(runs, sketches[found[0]]) == best
        assert all(likeness.held(runs, other) < best for other in sketches[: found[0]])
