"""Cutting a report at the edges of overlapping items."""

from __future__ import annotations

import sample
from hypothesis import given
from hypothesis import strategies as st

from offramp.reading.evidence import Grade
from offramp.report import highlight
from offramp.report.highlight import Item, pieces

SAFE = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=60)


def spans(size):
    return st.tuples(st.integers(-3, size + 3), st.integers(-3, size + 3)).map(lambda pair: tuple(sorted(pair)))


@given(SAFE.flatmap(lambda text: st.tuples(st.just(text), st.lists(spans(len(text)), max_size=8))))
def test_pieces_join_to_the_text_and_know_what_covers_them(case):
    text, places = case
    found = [Item("claim", i, 0, (place,)) for i, place in enumerate(places, 1)]
    cut = pieces(text, 0, found)
    assert "".join(piece.text for piece in cut) == text
    at = 0
    for piece in cut:
        for offset in range(at, at + len(piece.text)):
            expected = [item.ident for item in found if item.visible[0][0] <= offset < item.visible[0][1]]
            assert list(piece.idents) == expected
        at += len(piece.text)
    opened = [item.ident for piece in cut for item in piece.opens]
    assert sorted(opened) == sorted(i.ident for i in found if max(0, i.visible[0][0]) < min(len(text), i.visible[0][1]))


def test_overlapping_kinds_are_nested_and_each_item_opens_once():
    found = [
        Item("claim", 1, 0, ((0, 8),), grade=Grade.B),
        Item("event", 1, 0, ((2, 4), (6, 7)), hidden=((0, 9),)),
        Item("offer", 1, 1, ((0, 3),)),
    ]
    cut = pieces("abcdefghij", 0, found)
    assert [(p.text, p.kinds) for p in cut] == [
        ("ab", ("claim",)), ("cd", ("claim", "event")), ("ef", ("claim",)), ("g", ("claim", "event")),
        ("h", ("claim",)), ("i", ()), ("j", ()),
    ]  # fmt: skip
    assert [[item.short for item in p.opens] for p in cut] == [["cl1"], ["ev1"], [], [], [], [], []]
    assert cut[5].idents == ("event-1",)


def test_direction_overrides_and_controls_are_not_shown():
    assert highlight.shown("a\u202eb\x00c\x1b[31m\nd\te\u2066") == "abc[31m\nd\te"
    assert "".join(p.text for p in pieces("ab\u202ecd", 0, [Item("offer", 1, 0, ((2, 4),))])) == "abcd"


def test_pointers_become_links_only_where_the_row_exists():
    known = {"claim-3", "dropped-1"}
    assert highlight.reference("claims[2]", known) == highlight.Reference("claim 3", "claim-3")
    assert highlight.reference("dropped[0]", known) == highlight.Reference("dropped passage 1", "dropped-1")
    assert highlight.reference("claims[9]", known).ident is None
    assert highlight.reference("prior", known) == highlight.Reference("prior", None)
    assert highlight.reference("claims[2] <b>", known).ident is None


def test_names_carry_the_grade():
    found = {item.ident: item for item in highlight.items(sample.make().evidence)}
    assert found["claim-1"].name == "claim 1, grade D"
    assert found["event-2"].name == "event 2"
