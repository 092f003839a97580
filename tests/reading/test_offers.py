"""What an offer holds: terms, beneficiaries, condition, deadline, guarantor; and what is none."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.events import find_events
from offramp.reading.offers import find_deadline, find_offers
from offramp.reading.thread import Thread

ON = dt.date(2025, 12, 1)  # a Monday


def offers(text, on=ON):
    cast = Cast(nlp.parse(text), on)
    sentences, thread = list(cast.doc.sents), Thread()
    number = {s.start: n for n, s in enumerate(sentences)}
    for item in find_events(cast):
        thread.note_event(number[item.sentence.start], item)
    return find_offers(cast, sentences, thread, 3)


def test_everything_an_offer_holds():
    text = (
        "On Saturday the United States offered President Nicolás Maduro, his wife and his closest allies safe passage "
        "and immunity from prosecution if he resigned by 5 December."
    )
    (found,) = offers(text)
    assert (found.by, found.to, found.safe_passage, found.immunity) == ("USA", "VEN", True, True)
    assert found.beneficiaries == ["ruler", "family", "aides"]
    assert found.condition == "if he resigned by 5 December"
    assert found.deadline == dt.date(2025, 12, 5)
    assert found.date == dt.date(2025, 11, 29)
    assert found.report == 3
    assert text[found.start : found.end] == text


def test_a_host_guarantees():
    (found,) = offers("Qatar offered Maduro asylum.")
    assert found.guarantor == "QAT"
    assert offers("The United States offered Maduro safe passage, guaranteed by Norway.")[0].guarantor == "NOR"
    assert offers("The United States offered Maduro safe passage.")[0].guarantor is None


def test_a_date_from_the_sentence_before():
    text = "On 21 November Trump told Maduro to resign. The ruler would receive safe passage, officials said."
    (found,) = offers(text)
    assert (found.by, found.to, found.date) == ("USA", "VEN", dt.date(2025, 11, 21))


@pytest.mark.parametrize(
    ("text", "words", "day"),
    [
        ("He must go by Friday.", "by Friday", dt.date(2025, 12, 5)),
        ("He must go until noon on Friday.", "until noon on Friday", dt.date(2025, 12, 5)),
        ("He has to decide within 48 hours.", "within 48 hours", dt.date(2025, 12, 3)),
        ("He must go at once.", "at once", None),
        ("He must go before midnight.", "before midnight", None),
        ("He was told by telephone in late November.", None, None),
        ("He must go.", None, None),
    ],
)
def test_deadlines(text, words, day):
    found = find_deadline(text, ON)
    assert (found.text, found.day) == (words, day)


@pytest.mark.parametrize(
    "text",
    [
        "The United States has never offered Maduro immunity.",
        "Analysts think that Washington could offer Maduro immunity.",
        "Washington should offer Maduro an amnesty, the professor wrote.",
        "Whether the United States offered Maduro asylum is not known.",
        "In 2003 Nigeria offered Charles Taylor asylum.",
        "Amnesty International criticised Venezuela.",
        "The club offered the president of the federation immunity from relegation.",
        "Colombia offered asylum to 4,000 Venezuelans.",
        "Maduro demanded immunity.",
    ],
)
def test_no_offer(text):
    assert offers(text) == []
