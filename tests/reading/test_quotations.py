"""Quotations without syntax, plain sayings, labels, and marks that do not match; claims on sentences of our own."""

from __future__ import annotations

import pytest

from offramp.reading import nlp
from offramp.reading.attribution import find_attributions, spans_of
from offramp.reading.quotes import find_quotes


def said(text):
    doc = nlp.parse(text)

    def words(tokens):
        return " … ".join(text[a:b] for a, b in spans_of(doc, tokens))

    return [(words(a.source), words(a.cue), words(a.content)) for a in find_attributions(doc)]


@pytest.mark.parametrize(
    ("text", "source", "content"),
    [
        ("“We will stay until the last of them has gone.”\n\n— Ana Ruiz", "Ana Ruiz",
         "“We will stay until the last of them has gone.”"),
        ("The governor went on:\n\n“There is no plan. There never was one.”", "The governor",
         "“There is no plan. There never was one.”"),
        ("Here is Marta Solano in May:\n\n“The road ahead is long and nobody has a map of it.”", "Marta Solano",
         "“The road ahead is long and nobody has a map of it.”"),
        ("“Get out of my harbour!” barked Solano.", "Solano", "“Get out of my harbour!”"),
        ("“You will see what comes of it,” Solano shot back.", "Solano", "“You will see what comes of it,”"),
    ],
)  # fmt: skip
def test_a_quotation_finds_who_stands_beside_it(text, source, content):
    assert (source, content) in [(s, c) for s, _, c in said(text)]


def test_a_word_in_marks_is_no_utterance():
    assert said("The so-called “people's bank” opened on Monday.") == []


def test_a_transcript_gives_its_speakers():
    lines = ["RUIZ: The money went to the harbour.", "SOLANO: It went to your house."] * 2
    labelled = [(s, c) for s, cue, c in said("\n\n".join(lines)) if cue == ":"]
    assert labelled == [("RUIZ", "The money went to the harbour"), ("SOLANO", "It went to your house")] * 2


@pytest.mark.parametrize("text", ["Note: the office is closed on Monday.", "Photo: A crowd waits outside the hall."])
def test_a_label_that_names_nobody_speaks_not(text):
    assert not any(cue == ":" for _, cue, _ in said(text))


def test_a_poll_shows_what_is_no_clause():
    found = said("A new poll shows the president with a narrow lead over his rival.")
    assert found == [("A new poll", "shows", "the president with a narrow lead over his rival")]


def test_what_is_said_in_a_relative_clause_ends_with_it():
    found = said("It hit boats that the ministry says carried weapons, and forty men have died.")
    assert not any("forty men" in content for _, _, content in found)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("“We are done,\" she said.", "“We are done,\""),
        ("\"We are done,” she said.", "\"We are done,”"),
        ("“We are done,“ she said.", "“We are done,“"),
    ],
)  # fmt: skip
def test_marks_of_another_kind_close(text, quoted):
    (quote,) = find_quotes(text)
    assert text[quote.start : quote.end] == quoted
    assert quote.closed


def test_an_opening_mark_inside_does_not_close():
    (quote,) = find_quotes("“He called it “ a shame and left.”")
    assert quote.end == len("“He called it “ a shame and left.”")
