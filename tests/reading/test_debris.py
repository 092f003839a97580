"""Debris found, and prose that only looks like it left alone."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.reading import debris

PROSE = "The ruler refused to leave the palace on Monday, and the army obeyed him."


def reasons(text):
    return {text[found.start : found.end]: found.reason for found in debris.find(text)}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("https://cdn.example.org/a/b/photo-1600x900.jpg?w=800&fit=crop", "image"),
        ("![A boat](https://x.example/boat.png)", "image"),
        ("IMG_20251201.jpeg", "image"),
        ("Share on Facebook | Share on X | Copy link", "share buttons"),
        ("Share this article", "share buttons"),
        ("Facebook Twitter WhatsApp Email", "share buttons"),
        ("Follow us on Telegram", "share buttons"),
        ("Sign up for our newsletter and never miss a story.", "newsletter prompt"),
        ("Subscribe now", "newsletter prompt"),
        ("Get the latest in your inbox every morning", "newsletter prompt"),
        ("Enter your email address", "newsletter prompt"),
        ("We use cookies to improve your experience.", "cookie notice"),
        ("By continuing to use this site you agree to our cookie policy.", "cookie notice"),
        ("Accept all cookies", "cookie notice"),
        ("Read more: Ten islands for the autumn", "related links"),
        ("You may also like", "related links"),
        ("Related stories", "related links"),
        ("FILE PHOTO: Soldiers stand at the gate of the palace", "caption"),
        ("Photo: Ana Ruiz", "caption"),
        ("Soldiers stand at the gate of the palace (AP Photo/Ana Ruiz)", "caption"),
        ("Soldiers at the gate [File: Ana Ruiz/Reuters]", "caption"),
        ("© 2025 The Example Courier. All rights reserved.", "copyright notice"),
        ("This material may not be published, broadcast or rewritten.", "copyright notice"),
        ("Terms of use | Privacy", "copyright notice"),
        ("ADVERTISEMENT", "advertisement"),
        ("Story continues below advertisement", "advertisement"),
        ("Skip to content", "navigation"),
        ("Home | World | Politics | Sport", "navigation"),
        ("3 min read", "navigation"),
        ("https://example.org/some/page", "web address"),
    ],
)
def test_debris_lines(line, reason):
    text = f"{PROSE}\n\n{line}\n\n{PROSE}"
    assert reasons(text) == {line: reason}


@pytest.mark.parametrize(
    "line",
    [
        "The newsletter of the party said that readers should subscribe to the new plan and share the burden.",
        "Cookies and bread were scarce in the capital, residents said.",
        "By using force, the president set the terms of the debate.",
        "Copyright law was changed by decree on Monday.",
        "Terms and conditions were set by Washington, which wants the ruler to go.",
        "Read aloud on state television, the letter promised safe passage.",
        "Watch towers were built along the border.",
        "Share prices fell by a tenth after the call.",
        "Home affairs ministers met in the capital.",
        "Photographs of the palace showed smoke, according to Ana Ruiz of Reuters.",
        '"We will share power or lose it," the general said, citing a photo by Reuters',
        "Print journalists were expelled, and radio stations were closed.",
        "Follow-up talks are planned for Friday.",
        "Source: https://example.org/report",
        "# Share of the vote by region in the last election, as counted",
    ],
)
def test_prose_is_left_alone(line):
    assert reasons(f"{PROSE}\n\n{line}\n\n{PROSE}") == {}


def test_an_address_given_as_a_source_stays():
    text = f"{PROSE}\n\nSource of the survey:\nhttps://institute.example/survey-2025\n"
    assert reasons(text) == {}


def test_links_of_markdown_lose_their_address_and_keep_their_words():
    text = "He [refused](https://x.example/a) to go ![map](m.png) at once."
    found = debris.find(text)
    assert [text[f.start : f.end] for f in found] == ["[", "](https://x.example/a)", "![map](m.png)"]
    assert debris.blank(text, [(f.start, f.end) for f in found]).split() == ["He", "refused", "to", "go", "at", "once."]


def test_prompts_glued_to_a_sentence():
    text = "The army obeys him still.Read more: Ten islands for the autumn"
    assert reasons(text) == {"Read more: Ten islands for the autumn": "related links"}
    text = "The army obeys him.https://cdn.example/holiday.jpg"
    assert reasons(text) == {"https://cdn.example/holiday.jpg": "image"}


def test_links_under_a_heading_go_with_it_until_prose_begins():
    text = f"{PROSE}\n\nRelated stories\nTen islands for the autumn\nLate winner sends champions through\n\n{PROSE}"
    assert list(reasons(text).values()) == ["related links"] * 3


def test_headlines_of_other_pages_at_the_end():
    tail = "Share this article\n\nTen Beaches To Visit Before The Summer Ends"
    assert reasons(f"{PROSE}\n\n{PROSE}\n\n{tail}")["Ten Beaches To Visit Before The Summer Ends"].startswith(
        "headline"
    )
    # Alone at the top it is the report's own.
    assert reasons(f"Ruler Refuses To Leave The Palace On Monday\n\n{PROSE}\n\nShare this article") == {
        "Share this article": "share buttons"
    }


def test_blanking_keeps_length_and_newlines():
    text = "ab\ncd\x07\xa0e\u200bf\n"
    assert debris.blank(text, [(1, 4)]) == "a \n d  e f\n"


@given(st.text(alphabet=st.sampled_from('ab .\n|#*-[]()!:/@©%"“”{}<>=_ShareRead more:http://x.jpg'), max_size=300))
@settings(max_examples=200, deadline=2000)
def test_any_text_gives_stretches_in_order(text):
    last = 0
    for found in debris.find(text):
        assert last <= found.start < found.end <= len(text)
        last = found.end
    assert len(debris.blank(text, [(f.start, f.end) for f in debris.find(text)])) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "share " * 100_000,
        "x" * 1_000_000,
        "[" * 200_000,
        "![" * 100_000,
        "](" * 100_000,
        "Facebook " * 66 + "\n",
        ("Facebook" + " " * 40) * 12 + "z",
        "http://" * 80_000,
        ("a" * 30 + " | ") * 20_000,
        "\n".join(["Related stories", "Ten islands"] * 50_000),
        "//" * 200_000,
    ],
)
def test_no_pattern_can_be_made_to_run_long(text):
    start = time.process_time()
    debris.find(text)
    assert time.process_time() - start < 3
