"""Quotation marks: which stretches of a text stand between them.

Handles curly and straight double marks, two single marks used as one (`''`), guillemets, and single marks where they
open at a word's beginning and close at its end. A mark that opens and never closes ends with its paragraph, unless the
next paragraph opens with a mark again: then the quotation runs on, as newspapers set speech of several paragraphs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PAIRS = {"“": "”", "«": "»", "„": "“", "‘": "’", "``": "''", '"': '"', "''": "''", "'": "'"}
_MARKS = re.compile(r"``|''|[“”„«»\"‘’']")
# Where a quotation that nothing closes ends all the same: '“There was none, said Ruiz.'
_TOLD = re.compile(
    r"(?<=[,?!]) (?:(?:said|says|added|wrote|replied) (?:[A-Z]|the |he |she |they )|(?:he|she|they) (?:said|added)\b)"
)
_WITHIN = re.compile(r"[\s(“\"][‘'](?=\w)")
_DOUBLE = re.compile(r'[“”"]')
REACH = 600  # characters that are looked at around a mark of the wrong kind
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*|\n")


class Quote(NamedTuple):
    """A quotation: `start` at its opening mark, `end` after its closing one (or where it breaks off)."""

    start: int
    end: int
    single: bool
    closed: bool


def find_quotes(text: str) -> list[Quote]:
    """All quotations of a text, outermost only, in order."""
    found: list[Quote] = []
    carried = False
    for start, end in _paragraphs(text):
        paragraph = _in_paragraph(text, start, end)
        # Speech that runs on: the paragraph before broke off inside a quotation and this one opens with a mark.
        if carried and paragraph and paragraph[0].start == start and found:
            before = found.pop()
            paragraph[0] = Quote(before.start, paragraph[0].end, before.single, paragraph[0].closed)
        found += paragraph
        carried = bool(paragraph) and not paragraph[-1].closed and not paragraph[-1].single
    return found


def _paragraphs(text: str) -> list[tuple[int, int]]:
    spans, last = [], 0
    for match in [*_PARAGRAPH.finditer(text), None]:
        end = len(text) if match is None else match.start()
        lead = len(text[last:end]) - len(text[last:end].lstrip())
        if text[last:end].strip():
            spans.append((last + lead, end))
        last = last if match is None else match.end()
    return spans


def _in_paragraph(text: str, start: int, end: int) -> list[Quote]:
    found: list[Quote] = []
    opened: tuple[int, str] | None = None
    for match in _MARKS.finditer(text, start, end):
        mark = match.group()
        single = mark in "‘’'"
        if opened is None:
            if _opens(text, match.start(), match.end(), mark, start):
                opened = (match.start(), mark)
        elif _wrong_close(text, match.start(), match.end(), mark, opened[1]) or (
            single and opened[1] in '“"' and _odd_close(text, match.start(), match.end(), opened[0], end)
        ):
            found.append(Quote(opened[0], match.end(), False, True))
            opened = None
        elif mark == _PAIRS[opened[1]] and _closes(text, match.start(), match.end(), mark, opened[1]):
            found.append(Quote(opened[0], match.end(), opened[1] in "‘'", True))
            opened = None
        elif opened[1] in "‘'" and not single and _opens(text, match.start(), match.end(), mark, start):
            opened = (match.start(), mark)  # what looked like a single quotation was an apostrophe
    if opened is not None and opened[1] not in "‘'" and end - opened[0] > 2:
        told = _TOLD.search(text, opened[0], end)
        found.append(Quote(opened[0], told.start() if told else len(text[:end].rstrip()), False, told is not None))
    return found


def _odd_close(text: str, start: int, end: int, opened: int, paragraph: int) -> bool:
    """Whether a single mark closes a double one: '“Let us go.’ He …', and none of its own kind does."""
    if text[start - 1] not in ".,?!" or not _ends_word(text, end):
        return False
    if _WITHIN.search(text, max(opened, start - REACH), start):
        return False  # it closes a quotation within the quotation
    later = _DOUBLE.search(text, end, min(paragraph, end + REACH))
    return later.group() == "“" if later is not None else end + REACH >= paragraph


def _wrong_close(text: str, start: int, end: int, mark: str, opening: str) -> bool:
    """Whether a double mark of another kind closes: '“…," he said', '"…” he said' and '“…“' with two opening marks."""
    if (opening, mark) not in (("“", '"'), ('"', "”"), ("“", "“"), ("”", '"'), ("“", "''")):
        return False
    return not text[start - 1].isspace() and _ends_word(text, end) and text[start - 1] not in "([{—–-"


def _opens(text: str, start: int, end: int, mark: str, paragraph: int) -> bool:
    before = text[start - 1] if start > paragraph else " "
    after = text[end] if end < len(text) else " "
    if mark in "”»’":
        return False
    if mark in "“„«``":
        return True
    free = before.isspace() or before in '([{—–-:;,…/"“'
    if mark in ("'", "‘"):
        # 'tis and the '90s are no quotations: a single mark opens one only where a later one closes it.
        closing = re.compile(r"(?<=[\w.,!?…])[’']" if mark == "'" else r"(?<=[\w.,!?…])’")
        shut = next(
            (m for m in closing.finditer(text, end, min(len(text), end + 400)) if _ends_word(text, m.end())), None
        )
        return free and not after.isspace() and not after.isdigit() and shut is not None
    return free and not after.isspace()


def _closes(text: str, start: int, end: int, mark: str, opening: str) -> bool:
    if mark in ("’", "'"):
        return _ends_word(text, end) and not text[start - 1].isspace()
    # A straight mark closes unless it stands free to the left and tight to the right, as an opening one does.
    return mark != opening or not (text[start - 1].isspace() and end < len(text) and text[end].isalnum())


def _ends_word(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isalnum() or text[end] == "_")
