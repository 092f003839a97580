"""Which part of a page is the article: trafilatura chooses, our code finds its choice again in the visible text.

trafilatura hands back text, not places. Its words are aligned with those of `html.Page` by anchors (runs of words that
occur once on both sides, in the same order), which are then grown in both directions; what lies between two anchors is
matched by the standard library where it is short. A block of the page is kept when most of its words were chosen.
"""

from __future__ import annotations

import bisect
import difflib
import logging
import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from offramp.reading.html import Page

MAX_CHOOSER_TAGS: Final = 20_000  # trafilatura's time grows faster than the page; beyond this the whole text is kept
_RUN: Final = 4  # words of an anchor
_GAP: Final = 160_000  # product of two stretches' lengths up to which they are compared word by word
_WORDS = re.compile(r"[\w\u0300-\u036f]+")  # with combining marks: the library composes letters, the page may not

# It logs what it discards; a library of ours says such things in warnings instead.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())


class Choice(NamedTuple):
    """Stretches of the visible text that belong to the article; all of it, with `found` False, where none was found."""

    kept: list[tuple[int, int]]
    found: bool


def choose(tree: HtmlElement, page: Page, name: str, warnings: list[str]) -> Choice:
    """Choose the article of a page. The tree is not changed."""
    everything = Choice([(0, len(page.text))] if page.text else [], False)
    if sum(1 for _ in tree.iter()) > MAX_CHOOSER_TAGS:
        warnings.append(
            f"{name}: more than {MAX_CHOOSER_TAGS:,} elements; the article was not looked for, all is kept."
        )
        return everything
    chosen = _extract(tree)
    if not chosen:
        warnings.append(f"{name}: no article was found on the page; all its text is kept.")
        return everything
    words = [(m.start(), m.end(), _fold(m.group())) for m in _WORDS.finditer(page.text)]
    wanted = [_fold(m.group()) for m in _WORDS.finditer(chosen)]
    matched = align([word for _, _, word in words], wanted)
    if len(matched) < 0.5 * len(wanted):
        warnings.append(f"{name}: the article that was found does not stand in the visible text; all of it is kept.")
        return everything
    return Choice(_blocks(page, words, matched), True)


def _extract(tree: HtmlElement) -> str:
    from copy import deepcopy

    from lxml import etree
    from trafilatura import extract

    try:
        return extract(deepcopy(tree), include_comments=False, include_tables=True, deduplicate=False) or ""
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError, etree.LxmlError):
        # What a broken page may set off inside the library. `choose` then says that no article was found.
        return ""


def _fold(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower()


def align(words: list[str], wanted: list[str]) -> set[int]:
    """Indices of `words` that a monotone alignment pairs with `wanted`.

    >>> sorted(align("menu home the ruler left menu".split(), "the ruler left".split()))
    [2, 3, 4]
    """
    pairs: list[tuple[int, int]] = []
    last_a = last_b = 0
    for a, b in [*_anchors(words, wanted), (len(words), len(wanted))]:
        if a < last_a or b < last_b:
            continue  # an earlier anchor grew over this one
        start_a, start_b = a, b
        while start_a > last_a and start_b > last_b and words[start_a - 1] == wanted[start_b - 1]:
            start_a, start_b = start_a - 1, start_b - 1
        pairs += _between(words, wanted, (last_a, start_a), (last_b, start_b))
        while a < len(words) and b < len(wanted) and words[a] == wanted[b]:
            a, b = a + 1, b + 1
        pairs += zip(range(start_a, a), range(start_b, b), strict=True)
        last_a, last_b = a, b
    return {a for a, _ in pairs}


def _anchors(words: list[str], wanted: list[str]) -> list[tuple[int, int]]:
    """Places of runs that occur once on each side, thinned to the longest rising sequence (patience sorting)."""
    left, right = _unique_runs(words), _unique_runs(wanted)
    places = sorted((left[run], right[run]) for run in left.keys() & right.keys())
    tails: list[int] = []
    tail_at: list[int] = []
    before: list[int] = []
    for index, (_, b) in enumerate(places):
        at = bisect.bisect_left(tails, b)
        before.append(tail_at[at - 1] if at else -1)
        if at == len(tails):
            tails.append(b)
            tail_at.append(index)
        else:
            tails[at], tail_at[at] = b, index
    chain: list[tuple[int, int]] = []
    index = tail_at[-1] if tail_at else -1
    while index >= 0:
        chain.append(places[index])
        index = before[index]
    return chain[::-1]


def _unique_runs(words: list[str]) -> dict[tuple[str, ...], int]:
    seen: dict[tuple[str, ...], int] = {}
    for start in range(len(words) - _RUN + 1):
        run = tuple(words[start : start + _RUN])
        seen[run] = -1 if run in seen else start
    return {run: start for run, start in seen.items() if start >= 0}


def _between(
    words: list[str], wanted: list[str], in_words: tuple[int, int], in_wanted: tuple[int, int]
) -> list[tuple[int, int]]:
    """Pairs of what lies between two anchors: runs of at least two words, or of the whole wanted stretch."""
    a, b = words[slice(*in_words)], wanted[slice(*in_wanted)]
    if not a or not b or len(a) * len(b) > _GAP:
        return []
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return [
        (in_words[0] + block.a + i, in_wanted[0] + block.b + i)
        for block in matcher.get_matching_blocks()
        if block.size >= min(2, len(b))
        for i in range(block.size)
    ]


def _blocks(page: Page, words: list[tuple[int, int, str]], matched: set[int]) -> list[tuple[int, int]]:
    """Turn chosen words into stretches: whole blocks where most or few words were chosen, runs of words elsewhere."""
    starts = [start for start, _, _ in words]
    kept: list[tuple[int, int]] = []
    for block in re.finditer(r"[^\n]+(?:\n[^\n]+)*", page.text):
        first, last = bisect.bisect_left(starts, block.start()), bisect.bisect_left(starts, block.end())
        chosen = [index for index in range(first, last) if index in matched]
        if (
            (block.start(), block.end()) in page.headings[:1]
            and last > first
            and _before_article(block.end(), words, matched)
        ):
            kept.append(block.span())
        elif not chosen or len(chosen) < 0.25 * (last - first):
            continue
        elif len(chosen) >= 0.75 * (last - first):
            kept.append(block.span())
        else:
            kept += _runs(block.span(), words, chosen, (first, last))
    return _joined(kept, page.text)


def _before_article(end: int, words: list[tuple[int, int, str]], matched: set[int]) -> bool:
    """The page's own headline stands above the article's first word: it belongs to the article."""
    return bool(matched) and words[min(matched)][0] >= end


def _runs(
    block: tuple[int, int], words: list[tuple[int, int, str]], chosen: list[int], span: tuple[int, int]
) -> list[tuple[int, int]]:
    runs: list[list[int]] = []
    for index in chosen:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [
        (
            block[0] if run[0] == span[0] else words[run[0]][0],
            block[1] if run[-1] == span[1] - 1 else words[run[-1] + 1][0],
        )
        for run in runs
    ]


def _joined(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
