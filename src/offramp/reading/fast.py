"""The fast path: only sentences that can bear on a standoff are parsed; names and words decide which.

A sentence is looked at when it holds a word of a way out, of pressure or of an answer (`data/terms.csv` and the list
here) and a name of the gazetteer or a word for a ruler, an army or a government; with it the sentence before, which
its pronouns stand for, and the report's opening. Everything else becomes blanks, so offsets stay what they are. What
is lost: events, claims and figures that have nothing to do with rulers leaving, and actors named only elsewhere.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

from offramp.reading.events import known_terms
from offramp.reading.gazetteer import find_names

if TYPE_CHECKING:
    from offramp.reading.names import UserName

OPENING = 2  # sentences at the top that are always looked at: they name the theatre
_SENTENCE = re.compile(r"[^\n]+?(?:(?<=[.!?])[\"'”’)]*(?=\s+[A-Z“\"'(])|$|(?=\n))", re.M)
_LOOSE = frozenset(("elections", "talks", "money", "force"))  # terms whose words stand in any political report
_OWN = re.compile(
    r"\b(?:ultimatum|oust\w*|overthr\w+|topple\w*|coup|junta|dictator\w*|strongman|autocrat\w*|regime|defect\w*|mutin\w+"
    r"|blockade\w*|warships?|envoys?|abdicat\w+|relinquish\w*|cling\w* to power|hand(?:s|ed|ing)? over power|way out"
    r"|loyal(?:ty)?|surrender\w*|extradit\w+|ceasefire)\b",
    re.I,
)
_WHO = re.compile(
    r"\b(?:he|him|his|they|ruler|president|army|military|generals?|government|opposition|junta|regime|leader|forces)\b",
    re.I,
)


@cache
def _words() -> re.Pattern[str]:
    patterns = [pattern.pattern for term, pattern in known_terms() if term not in _LOOSE]
    return re.compile("|".join([*patterns, _OWN.pattern]), re.I)


def skim(kept: str, on: dt.date | None = None, names: tuple[UserName, ...] = ()) -> tuple[str, int, int]:
    """The text with all but the sentences that bear on a standoff blanked, and how many of how many are left."""
    spans = [match.span() for match in _SENTENCE.finditer(kept) if match.group().strip()]
    chosen: set[int] = set(range(min(OPENING, len(spans))))
    words = _words()
    for n, (start, end) in enumerate(spans):
        sentence = kept[start:end]
        if words.search(sentence) and (_WHO.search(sentence) or find_names(sentence, on, names)):
            chosen |= {n, max(0, n - 1)}
    out = [" " if not char.isspace() else char for char in kept]
    for n in chosen:
        start, end = spans[n]
        out[start:end] = kept[start:end]
    return "".join(out), len(chosen), len(spans)
