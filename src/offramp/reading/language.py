"""Is it English? A guess from the share of the commonest function words, so that nothing is coded from nonsense.

No model: a dozen or so words of each language make up a fifth to a half of any running text in it. Short texts get no
verdict. Letters outside the Latin alphabet name the script instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from offramp.reading.lexicon import table

MIN_WORDS = 25
_WORD = re.compile(r"[^\W\d_]+")


@cache
def stopwords() -> dict[str, frozenset[str]]:
    """Language to its commonest function words."""
    return {row["language"]: frozenset(row["words"].split()) for _, row in table("stopwords.csv")}


def guess(text: str) -> tuple[str, float]:
    """The likeliest language and the share of the words that are its function words.

    A text with fewer than `MIN_WORDS` words gives ('unknown', 0.0). Text in another alphabet gives the script's name.
    """
    words = [w.lower() for w in _WORD.findall(text[:200_000])]
    if len(words) < MIN_WORDS:
        return "unknown", 0.0
    letters = Counter(_script(c) for c in text[:20_000] if c.isalpha())
    script, count = letters.most_common(1)[0]
    if script != "LATIN" and count > 0.6 * sum(letters.values()):
        return f"a language in {script.title()} script", count / sum(letters.values())
    shares = {name: sum(w in known for w in words) / len(words) for name, known in stopwords().items()}
    best = max(shares, key=lambda name: (shares[name], name == "English"))
    return best, shares[best]


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN LETTER").split()[0]


def is_english(text: str) -> tuple[bool, str]:
    """Whether the text may be read as English, and the language guessed ('unknown' counts as English: it is short)."""
    name, share = guess(text)
    if name in ("English", "unknown"):
        return True, name
    words = [w.lower() for w in _WORD.findall(text[:200_000])]
    english = sum(w in stopwords()["English"] for w in words) / max(len(words), 1)
    return english >= 0.2 and english > 0.7 * share, name
