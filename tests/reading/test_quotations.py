"""Quotations without syntax, plain sayings, labels, and marks that do not match; claims on sentences of our own."""

from __future__ import annotations

import time

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
        ("As Solano put it, “Nobody sold the harbour.”", "Solano", "“Nobody sold the harbour.”"),
        ("The port was lost, in Solano's words, “for a bag of rice.”", "Solano", "“for a bag of rice.”"),
        ("Solano issued a statement, “We will pay for every stone.”", "Solano", "“We will pay for every stone.”"),
        ("The minister slowed down, telling the crowd, “Go home while you can.”", "The minister",
         "“Go home while you can.”"),
        ("Ruiz opposes “a blanket freeze on all wages.”", "Ruiz", "“a blanket freeze on all wages.”"),
        ("“The ministry has lost the count of its own ships.” [Harbour Gazette]", "Harbour Gazette",
         "“The ministry has lost the count of its own ships.”"),
        ("The chairman spoke for an hour. Solano cut in. “Who paid for the lights?”", "Solano",
         "“Who paid for the lights?”"),
        ("They held a banner reading “Bread before bronze” at the gate.", "banner", "“Bread before bronze”"),
    ],
)  # fmt: skip
def test_a_quotation_finds_who_stands_beside_it(text, source, content):
    assert (source, content) in [(s, c) for s, _, c in said(text)]


@pytest.mark.parametrize(
    ("text", "source", "cue", "content"),
    [
        ("Ruiz's “not one metre” remark was on every wall.", "Ruiz", "remark", "“not one metre”"),
        ("The movement's slogan is “Bread before bronze.”", "The movement", "slogan is", "“Bread before bronze.”"),
        ("Ruiz used the phrase “managed peace” in May.", "Ruiz", "used the phrase", "“managed peace”"),
    ],
)
def test_a_noun_tells_whose_words_stand_in_marks(text, source, cue, content):
    assert (source, cue.split(), content) in [(s, c.replace(" … ", " ").split(), x) for s, c, x in said(text)]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Solano said, “We shall see,” when she was asked about the port.", "“We shall see,”"),
        ("He had complained of thieves: “They took the very lamps,” he told the court.", "“They took the very lamps,”"),
        ("She stated, “The dam holds,” adding, “The bridge does not.”", "“The dam holds,”"),
    ],
)
def test_a_whole_utterance_ends_with_its_mark(text, content):
    assert content in [c for _, _, c in said(text)]


def test_an_interrupting_sentence_takes_the_next_quotation():
    found = said("“Tell them I was there,” Solano said, and her brother cut in. “Tell them about the lamp.”")
    assert ("Solano", "“Tell them I was there,”") in [(s, c) for s, _, c in found]


def test_a_quotation_is_whole_wherever_it_stands_in_a_text():
    # The first words of a quotation were once taken in the order of a set of indices, which wraps at powers of two.
    quote = "“There is a hole in the sea wall. The mayor has known it for a year. He signed the order himself.”"
    for filler in (60, 61, 62, 63, 124, 125, 126, 127):
        text = "Stone. " * filler + f"\n\nAccording to Solano, {quote}"
        assert quote in [c for _, _, c in said(text)], filler


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


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Ruiz wrote: “Let us go.’ He was in the hall. She saw “The Lamp” twice.", ["“Let us go.’", "“The Lamp”"]),
        ("“It is ‘their own affair.’ We stay.” He left.", ["“It is ‘their own affair.’ We stay.”"]),
        ("“There was no paper to keep, said Ruiz, whose office closed in May.", ["“There was no paper to keep,"]),
    ],
)
def test_marks_that_do_not_match_end_where_the_speech_ends(text, quoted):
    assert [text[q.start : q.end] for q in find_quotes(text)] == quoted


def test_marks_of_the_wrong_kind_take_bounded_time():
    start = time.process_time()
    find_quotes("“" + "so it is.’ it is " * 30_000 + "”")
    find_quotes("“ ‘" + "so it is.’ it is " * 30_000 + "”")
    assert time.process_time() - start < 3
