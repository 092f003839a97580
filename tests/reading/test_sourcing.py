"""Grades: every rung of the ladder, and the addresses that lift a source to the top."""

import pytest

from offramp.reading.evidence import Grade
from offramp.reading.evidence import SpeakerKind as Kind
from offramp.reading.sourcing import grade, known_source_in, link_near


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (Kind.DOCUMENT_OR_POLL, {"name": "a report", "link": "https://x.example/r.pdf"}, "A"),
        (Kind.DOCUMENT_OR_POLL, {"name": "a Gallup poll", "year": 2023}, "A"),
        (Kind.DOCUMENT_OR_POLL, {"name": "a Gallup poll"}, "B"),
        (Kind.DOCUMENT_OR_POLL, {"name": "a survey by the Institute for Hemispheric Opinion", "year": 2023}, "C"),
        (Kind.DOCUMENT_OR_POLL, {"name": "a survey"}, "E"),
        (Kind.NAMED_ORGANISATION, {"name": "the World Bank", "year": 2024}, "A"),
        (Kind.NAMED_ORGANISATION, {"name": "the World Bank"}, "C"),
        (Kind.NAMED_ORGANISATION, {"name": "the foreign ministry", "direct": True}, "B"),
        (Kind.NAMED_ORGANISATION, {"name": "the ministry", "direct": True, "link": "https://m.example/"}, "A"),
        (Kind.NAMED_PERSON, {"name": "Ana Ruiz", "affiliation": "foreign minister", "direct": True}, "B"),
        (Kind.NAMED_PERSON, {"name": "Ana Ruiz", "affiliation": "foreign minister"}, "C"),
        (Kind.NAMED_PERSON, {"name": "Ana Ruiz", "direct": True}, "C"),
        (Kind.UNNAMED_ROLE, {"name": "a spokesman", "direct": True}, "C"),
        (Kind.ANONYMOUS, {"name": "a source", "direct": True, "link": "https://x.example"}, "D"),
        (Kind.VAGUE, {"name": "experts", "direct": True}, "E"),
        (Kind.VAGUE, {"name": ""}, "E"),
        (Kind.NARRATOR, {"name": ""}, "E"),
    ],
)
def test_every_rung(kind, options, expected):
    got = grade(kind, **options)
    assert got.grade is Grade(expected)
    assert 10 < len(got.reason) < 120
    assert "\n" not in got.reason


def test_more_to_go_by_never_lowers_a_grade():
    """A link, a year, an affiliation or direct speech can only lift."""
    for kind in Kind:
        for name in ("", "a survey", "a Gallup poll", "the World Bank", "Ana Ruiz"):
            plain = grade(kind, name=name).grade
            for more in ({"link": "https://x.example"}, {"year": 2020}, {"affiliation": "minister"}, {"direct": True}):
                assert grade(kind, name=name, **more).grade <= plain


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a 2023 survey by Gallup", True),
        ("the United Nations refugee agency", True),
        ("figures of the World Bank", True),
        ("the Institute for Hemispheric Opinion", False),
        ("a survey", False),
        ("who", False),
        ("the bank of the river", False),
    ],
)
def test_known_sources(name, known):
    assert (known_source_in(name) is not None) is known


def test_links_count_only_in_their_sentence():
    text = (
        "He said no (https://a.example/x). Four in five agree. See https://b.example/photo.jpg and https://c.example/y."
    )
    first, second, third = text.index("He"), text.index("Four"), text.index("See")
    assert link_near(text, first, first + 10) == "https://a.example/x"
    assert link_near(text, second, second + 12) is None
    assert link_near(text, third, third + 3) == "https://c.example/y"


def test_anchors_of_a_page():
    text = "The ministry said so in a statement. Others disagreed."
    start = text.index("statement")
    anchors = [(start, start + 9, "https://m.example/s")]
    assert link_near(text, 0, 12, anchors) == "https://m.example/s"
    assert link_near(text, text.index("Others"), len(text), anchors) is None
    assert link_near(text, 0, 12, [(start, start + 9, "https://m.example/s.png")]) is None
