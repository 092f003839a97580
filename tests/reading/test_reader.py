"""The way in: repetitions, contradictions, languages, several reports, hostile text, and time."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.reading import language, nlp
from offramp.reading.evidence import Reading
from offramp.reading.reader import read_reports

EXAMPLES = Path(__file__).parents[2] / "examples"
ENGLISH = (
    "Caracas, 1 December 2025\n\nThe United States told President Nicolás Maduro of Venezuela to resign, and it "
    "offered him safe passage if he left at once. The talks were held by telephone, and nobody knows what else was "
    "said in them. "
)


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_reports_are_numbered_in_the_order_given(tmp_path):
    a = write(tmp_path, "a.txt", ENGLISH + "Maduro refused to resign.")
    b = write(
        tmp_path, "b.txt", "Banjul, 19 January 2017\n\nNigeria offered Yahya Jammeh of Gambia asylum, officials said."
    )
    reading = read_reports([a, b])
    assert [r.path for r in reading.reports] == [a, b]
    assert {o.report for o in reading.evidence.offers} == {0, 1}
    for part in ("events", "offers", "demands", "claims", "statistics", "conditions", "dropped"):
        for item in getattr(reading.evidence, part):
            text = reading.reports[item.report].text
            start = item.start if hasattr(item, "start") else item.content_spans[0][0]
            assert 0 <= start < len(text)
    for event in reading.evidence.events:
        assert reading.reports[event.report].text[event.start : event.end] == event.text
        if event.claim is not None:
            assert reading.evidence.claims[event.claim].report == event.report


def test_a_repeated_report_counts_once(tmp_path):
    a = write(tmp_path, "a.txt", ENGLISH)
    b = write(tmp_path, "b.txt", ENGLISH)
    c = write(tmp_path, "c.txt", ENGLISH.replace("nobody knows", "nobody really knows"))
    alone = read_reports([a])
    reading = read_reports([a, b, c])
    assert [r.path for r in reading.reports] == [a]
    assert reading.evidence == alone.evidence
    assert [w for w in reading.warnings if "counted once" in w] == [
        f"{b} repeats {a}: counted once.",
        f"{c} repeats {a}: counted once.",
    ]


def test_contradictory_reports_are_noticed(tmp_path):
    a = write(tmp_path, "a.txt", ENGLISH + "Maduro refused to resign.")
    b = write(
        tmp_path,
        "b.txt",
        "Caracas, 1 December 2025\n\nPresident Nicolás Maduro of Venezuela has accepted the offer of the United "
        "States, and on Sunday night he resigned. He was expected to fly to Havana with his family on Monday.",
    )
    warnings = read_reports([a, b]).warnings
    assert any("contradict" in w and a in w and b in w and "VEN" in w for w in warnings)
    assert not any("contradict" in w for w in read_reports([a]).warnings)


SPANISH = (
    "El presidente de los Estados Unidos pidió al presidente de Venezuela que se fuera del país con su familia, "
    "pero este no aceptó la oferta y pidió más tiempo para negociar una salida de la crisis que vive el país hace años."
)


def test_a_report_in_another_language_is_named(tmp_path):
    a = write(tmp_path, "a.txt", SPANISH)
    with pytest.raises(InputError, match=r"a\.txt: the report seems to be in Spanish; offramp reads English"):
        read_reports([a])
    b = write(tmp_path, "b.txt", ENGLISH)
    reading = read_reports([a, b])
    assert [r.path for r in reading.reports] == [b]
    assert any("Spanish" in w and "left out" in w for w in reading.warnings)
    with pytest.raises(InputError, match="none of the reports is in English"):
        read_reports([a, write(tmp_path, "c.txt", FRENCH)])


FRENCH = (
    "Le président a refusé de quitter le pouvoir et il a demandé plus de temps pour négocier avec les chefs d'État "
    "de la région, qui sont arrivés dans la capitale pour une dernière tentative."
)
GERMAN = (
    "Der Präsident hat es abgelehnt, das Land zu verlassen, und die Armee steht nach wie vor auf seiner Seite, wie ein "
    "Sprecher der Regierung am Montag in der Hauptstadt mit großer Bestimmtheit erklärte."
)
RUSSIAN = (
    "Президент отказался покинуть страну и потребовал гарантий безопасности для себя и своей семьи, сообщили в "
    "понедельник источники в столице, которые знакомы с ходом переговоров о будущем правительства."
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (SPANISH, "Spanish"),
        (FRENCH, "French"),
        (GERMAN, "German"),
        (RUSSIAN, "Cyrillic"),
    ],
)
def test_languages(text, name):
    english, guessed = language.is_english(text)
    assert not english
    assert name in guessed


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda p: p.name)
def test_the_examples_are_english(path):
    assert language.is_english(path.read_text(encoding="utf-8"))[0]


def test_short_texts_get_no_verdict():
    assert language.is_english("Maduro se va.") == (True, "unknown")


def test_standard_input_and_progress():
    told = []
    reading = read_reports(["-"], stdin=io.BytesIO(ENGLISH.encode()), progress=told.append)
    assert reading.reports[0].path == "-"
    assert told == ["reading -", "analysing -"]


def test_bad_input(tmp_path):
    with pytest.raises(InputError, match="no report was given"):
        read_reports([])
    with pytest.raises(InputError):
        read_reports([str(tmp_path / "missing.txt")])
    with pytest.raises(InputError):
        read_reports(["-"], stdin=io.BytesIO(b""))


def test_the_reading_survives_json():
    reading = read_reports([str(EXAMPLES / "gambia-2017.txt")])
    assert Reading.model_validate_json(reading.model_dump_json()) == reading


@given(st.text(min_size=1, max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_text_is_read_or_refused(text):
    try:
        reading = read_reports(["-"], stdin=io.BytesIO(text.encode("utf-8", "surrogatepass")))
    except InputError:
        return
    assert len(reading.reports) == 1


HEAP = (
    "“ ” \" ' ’ ‘ « . ? … ( — Maduro Trump said he they offered immunity demanded must leave army 85 percent مادورو"
    " غادر א on Friday if not refused safe passage ECOWAS who which"
)
NASTY = st.sampled_from([*HEAP.split(" "), "\u202e", "\u200f", "\x00", "\x1b", "\u2028", "\n\n", "\t"])


@given(st.lists(NASTY, min_size=1, max_size=80), st.sampled_from([" ", "", "\n"]))
@example(["immunity", "”", "«", "not", "«", "?", "”", "said", "\u202e", "“", "Maduro"], "")
@settings(max_examples=60, deadline=None)
def test_odd_quotes_directions_and_control_characters(words, joint):
    try:
        reading = read_reports(["-"], stdin=io.BytesIO(joint.join(words).encode()))
    except InputError:
        return
    text = reading.reports[0].text
    for event in reading.evidence.events:
        assert text[event.start : event.end] == event.text


@pytest.mark.parametrize(
    "text",
    [
        "the ruler said that he would leave and " * 2_500,
        "Maduro, who refused, who asked, who offered Trump immunity, " * 600,
        "(" * 4_000 + "Maduro refused to leave" + ")" * 4_000,
        "if " * 4_000,
        "\n".join(["Maduro refused."] * 1_000),
    ],
    ids=["and", "who", "brackets", "if", "lines"],
)
def test_endless_sentences_take_bounded_time(text):
    nlp.load()
    start = time.perf_counter()
    read_reports(["-"], stdin=io.BytesIO(text.encode()))
    assert time.perf_counter() - start < 60  # at most 8 s on two idle cores; 20,000 words are the first case


def test_an_example_is_read_in_a_moment():
    nlp.load()
    path = str(EXAMPLES / "venezuela-2025.md")
    read_reports([path])  # gazetteers and tables are read once a process
    times = []
    for _ in range(3):
        start = time.perf_counter()
        read_reports([path])
        times.append(time.perf_counter() - start)
    assert min(times) < 1.5  # 0.2 s on an idle core; the bound leaves room for a busy machine
