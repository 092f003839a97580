"""Words in marks whose cue is a noun: 'Ruiz's “not one metre” remark', 'used the phrase “…”', 'their slogan is “…”'.

Such stretches are no utterances with a verb of saying beside them (those are `reading.orphans`), yet somebody's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Token

    from offramp.reading.origins import Origins

# Nouns that say that the words in marks before them, or the words they are equated with, were somebody's.
_UTTERED = frozenset(
    ("comment", "remark", "line", "quip", "slogan", "promise", "pledge", "tweet", "claim", "quote", "jibe", "gibe",
     "chant", "motto", "statement", "mantra", "refrain", "taunt", "message", "argument", "warning", "threat", "retort")
)  # fmt: skip
_TERMS = frozenset(("phrase", "term", "word", "expression", "slogan", "nickname", "hashtag", "words"))
_NOMINAL = frozenset(("NOUN", "PROPN", "PRON"))


class Orphan(NamedTuple):
    """A quotation with its neighbours, as token indices; `verb` is the cue's main token."""

    source: tuple[int, ...]
    head: int
    cue: tuple[int, ...]
    content: tuple[int, ...]
    verb: int


def by_noun(origins: Origins, first: int, last: int) -> Orphan | None:
    """Whose words stand between the marks at tokens `first` to `last` (exclusive), where a noun beside them tells."""
    return _remark(origins, first, last) or _term(origins, first, last) or _motto(origins, first, last)


def _remark(origins: Origins, first: int, last: int) -> Orphan | None:
    """'Ruiz's “not one metre” remark'; 'the “not one metre” remark' is nobody's in particular."""
    doc = origins.doc
    if last >= len(doc) or doc[last].lemma_.lower() not in _UTTERED or doc[last].pos_ != "NOUN":
        return None
    before = [t for t in doc[max(0, first - 3) : first] if t.lower_ not in ("own", "now-famous", "famous")]
    if not before or not (before[-1].tag_ == "POS" or before[-1].dep_ in ("poss", "det")):
        return None
    owner = before[-1].head if before[-1].tag_ == "POS" else before[-1]
    owned = owner.i < first and (before[-1].tag_ == "POS" or owner.tag_ == "PRP$")
    source = _phrase(origins, owner, first) if owned else ()
    return Orphan(source, owner.i if source else last, (last,), _content(origins, first, last), last)


def _term(origins: Origins, first: int, last: int) -> Orphan | None:
    """'Ruiz used the phrase “…”'."""
    doc = origins.doc
    noun = doc[first - 1] if first else None
    if noun is None or noun.lower_ not in _TERMS or noun.dep_ not in ("dobj", "pobj") or origins.inside[noun.i] >= 0:
        return None
    verb: Token = noun.head.head if noun.dep_ == "pobj" else noun.head
    who = clauses.surface_subjects(verb)[:1] if verb.pos_ == "VERB" else []
    if not who or who[0].i > first or who[0].pos_ not in _NOMINAL:
        return None
    cue = tuple(sorted({verb.i, *range(noun.left_edge.i, noun.i + 1)}))
    return Orphan(_phrase(origins, who[0], first), who[0].i, cue, _content(origins, first, last), verb.i)


def _motto(origins: Origins, first: int, last: int) -> Orphan | None:
    """'The movement's slogan is “…”'."""
    doc = origins.doc
    verb = doc[first - 1] if first else None
    if verb is None or verb.lemma_ != "be":
        return None
    noun = next((t for t in verb.children if t.dep_ == "nsubj" and t.i < verb.i), None)
    if noun is None or noun.lemma_.lower() not in _UTTERED | {"answer", "reply", "response", "advice"}:
        return None
    owner = next((t for t in noun.children if t.dep_ == "poss"), None)
    if owner is None:
        return None
    return Orphan(_phrase(origins, owner, noun.i), owner.i, (noun.i, verb.i), _content(origins, first, last), verb.i)


def _phrase(origins: Origins, head: Token, stop: int) -> tuple[int, ...]:
    return origins.trimmed([t.i for t in head.subtree if t.i < stop and t.tag_ != "POS" and origins.inside[t.i] < 0])


def _content(origins: Origins, first: int, last: int) -> tuple[int, ...]:
    return origins.trimmed(list(range(first, last)))
