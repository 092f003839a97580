"""Which sentences are about something else: matches, films, shops and gadgets use the verbs of war and diplomacy too.

A report's share of such words decides how sure a sentence must be of its own politics. The word lists stand in
`data/genres.csv`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from offramp.codes.roles import Role
from offramp.reading.lexicon import table

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence

    from offramp.reading.actors import Cast

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
STRONG_ROLES = {
    Role.ARMED_FORCES,
    Role.REBELS,
    Role.FOREIGN_MINISTER,
    Role.POLICE,
    Role.RULER,
    Role.HEAD_OF_STATE,
    "leader",
}
_POLITICS = re.compile(
    r"\b(president|prime minister|government|army|troops|sanctions?|parliament|diplomats?|diplomatic|ceasefire|treaty"
    r"|soldiers|military|rebels?|regime|opposition|ruler|embassy|minister|ultimatum|coup|asylum|amnesty|police|militants?|protesters)\b",
    re.I,
)
PER_HUNDRED = 2.5  # weighted genre words a hundred words, from which a whole report counts as being of that genre


@cache
def words() -> dict[str, tuple[str, float]]:
    """Word to genre and weight (1 where the word says it alone, less where it takes several)."""
    return {
        word: (row["genre"], float(row["weight"])) for _, row in table("genres.csv") for word in row["words"].split()
    }


def score(text: str) -> float:
    """Weighted count of genre words in a text."""
    known = words()
    total = 0.0
    for word in _WORD.findall(text.lower()):
        entry = known.get(word) or (known.get(word[:-1]) if word.endswith("s") else None)
        if entry is not None:
            total += entry[1]
    return total


@lru_cache(maxsize=8)
def density(text: str) -> float:
    """Weighted genre words a hundred words of a report (short texts count as 60 words)."""
    count = len(_WORD.findall(text.lower()))
    return 100.0 * score(text) / max(count, 60)


def is_elsewhere(cast: Cast, sentence: Sentence) -> bool:
    """Whether a sentence is about sport, shows, shops or gadgets rather than politics."""
    own = score(cast.words(sentence))
    politics = len(_POLITICS.findall(cast.words(sentence)))
    if density(cast.text) >= PER_HUNDRED:
        return own > 0 or not _has_strong(cast, sentence)
    return own >= 1.0 and own > politics


def _has_strong(cast: Cast, sentence: Sentence) -> bool:
    strong = ("ruler", "organisation", "body")
    if any(hit.name.kind in strong for hit in cast.hits_within(sentence.start_char, sentence.end_char)):
        return True
    return len(_POLITICS.findall(cast.words(sentence))) >= 2
