"""Quotations that syntax left without a speaker: who stands beside the marks says what is between them.

The parser often loses a cue beside a long quotation. Where no attribution covers a double-quoted stretch, its
neighbours are read as newspapers set them: '"…", said X', '"…", X said', 'X went on: "…"', 'X:' before a paragraph
that is a quotation, and a signature ('"…" — X'). What has no such neighbour stays without a speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from offramp.reading import clauses
from offramp.reading.cues import Frame, frame_of, is_speech
from offramp.reading.origins import Origins, lemma

if TYPE_CHECKING:
    from spacy.tokens import Token

REACH = 14  # tokens between a quotation and its verb
_DASHES = frozenset(("—", "–", "―", "--", "-", "—–"))
_STOPS = frozenset((".", "!", "?", ";"))
_NAME_INSIDE = frozenset(("of", "de", "del", "la", "al", "van", "von", "the", "bin"))
_PUTTING = frozenset(("put", "go", "continue", "begin", "conclude", "deliver", "issue", "chant", "read"))


class Orphan(NamedTuple):
    """A quotation with its neighbours, as token indices; `verb` is the cue's main token."""

    source: tuple[int, ...]
    head: int
    cue: tuple[int, ...]
    content: tuple[int, ...]
    verb: int


def find_orphans(origins: Origins, covered: set[int]) -> list[Orphan]:
    """Speakers of the double-quoted stretches of which less than half is in `covered` (content of attributions)."""
    found = []
    for number, quote in enumerate(origins.quotes):
        if quote.single or not quote.closed:
            continue
        first, last = origins.tokens_of(quote)
        words = [i for i in range(first, last) if origins.doc[i].is_alpha]
        if not words or 2 * sum(i in covered for i in words) >= len(words):
            continue
        if not _speaks(origins, number, first, last, words):
            continue
        one = _after(origins, first, last) or _before(origins, first, last)
        if one is not None:
            found.append(one)
    return found


def _speaks(origins: Origins, number: int, first: int, last: int, words: Sequence[int]) -> bool:
    """Whether a quotation is an utterance and not a word set in marks: a comma or stop inside, or a colon before."""
    doc = origins.doc
    closing = [doc[i].text for i in range(max(first, last - 3), last)]
    before = doc[first - 1].text if first > 0 else "\n"
    whole = doc[words[0]].text[:1].isupper() and any(t[-1:] in ",.?!" for t in closing)
    return whole or before in (":", ",") or (before.isspace() and len(words) > 6)


def _is_break(token: Token) -> bool:
    return bool(token.is_space and "\n" in token.text)


def _cue_verb(token: Token) -> bool:
    return (
        token.pos_ in ("VERB", "AUX") and token.tag_ in ("VBD", "VBZ", "VBP", "VBG", "VBN") and is_speech(lemma(token))
    )


def _after(origins: Origins, first: int, last: int) -> Orphan | None:
    """'"…", said X, who …' and '"…", X told Y', or a signature."""
    doc = origins.doc
    index = last
    while index < len(doc) and (doc[index].is_space or doc[index].text == ","):
        index += 1
    if index >= len(doc):
        return None
    if doc[index].text in _DASHES or doc[index].text[:1] in _DASHES:
        return _signature(origins, first, last, index)
    if any(_is_break(doc[i]) for i in range(last, index)):
        return None
    ends = [doc[i].text[-1:] for i in range(max(first, last - 3), last)]
    if not any(e in (",", "?", "!", "…") for e in ends) and doc[index - 1].text != ",":
        return None
    for token in doc[index : index + REACH]:
        if _is_break(token) or token.text in _STOPS or origins.inside[token.i] >= 0:
            return None
        if _cue_verb(token) or (token.tag_ in ("VBD", "VBZ") and _tight(origins, index, token)):
            return _beside(origins, token, first, last, index)
    return None


def _tight(origins: Origins, start: int, verb: Token) -> bool:
    """Whether nothing but a name or pronoun parts a quotation and a verb: '"…," he shot back', '"…!" barked Ruiz'."""
    doc = origins.doc
    lead = doc[start : verb.i]
    if len(lead):
        return len(lead) <= 4 and all(t.pos_ in ("PROPN", "PRON", "DET", "NOUN") for t in lead)
    after = doc[verb.i + 1] if verb.i + 1 < len(doc) else verb
    return after.pos_ == "PROPN" and after.text[:1].isupper()


def _beside(origins: Origins, verb: Token, first: int, last: int, start: int) -> Orphan | None:
    """The speaker of a verb that follows a quotation: what stands between the two, else the phrase after the verb."""
    doc = origins.doc
    lead = [t for t in doc[start : verb.i] if t.pos_ in ("NOUN", "PROPN", "PRON")]
    if lead:
        own = clauses.surface_subjects(verb)
        head = own[0] if own and start <= own[0].i < verb.i else lead[0]
        source = [i for i in range(start, verb.i) if doc[i].pos_ not in ("ADV", "AUX", "PUNCT", "SPACE")]
    else:
        following = next((t for t in doc[verb.i + 1 : verb.i + 8] if t.pos_ in ("NOUN", "PROPN", "PRON")), None)
        if following is None or any(t.text in _STOPS for t in doc[verb.i + 1 : following.i]):
            return None
        head = following
        while head.dep_ in ("compound", "amod", "nmod", "poss") and head.head.i > head.i and head.head.i - head.i < 6:
            head = head.head
        stop = verb.i + 1
        while stop < len(doc) and not (doc[stop].text in (*_STOPS, ",") and stop > head.i) and not doc[stop].is_space:
            if (doc[stop].pos_ == "VERB" and stop > head.i) or origins.inside[stop] >= 0 or stop - verb.i > 25:
                break
            stop += 1
        source = list(range(verb.i + 1, stop))
    return _made(origins, source, head.i, verb, range(first, last))


def _signature(origins: Origins, first: int, last: int, dash: int) -> Orphan | None:
    """'"…" — Ana Ruiz': a name alone on its line after a dash."""
    doc = origins.doc
    index = dash + 1
    while index < len(doc) and doc[index].text in _DASHES:
        index += 1
    name = []
    if len(doc[dash]) > 1 and doc[dash].text[0] in _DASHES and doc[dash].text not in _DASHES:
        name.append(dash)  # '-Ana', as one token
    while index < len(doc) and len(name) < 8 and not _is_break(doc[index]) and doc[index].text not in (",", ".", "("):
        name.append(index)
        index += 1
    words = [doc[i] for i in name if any(c.isalpha() for c in doc[i].text)]
    named = bool(words) and all(t.text.lstrip("-–—―")[:1].isupper() or t.lower_ in _NAME_INSIDE for t in words)
    alone = len(words) == 1 and not any(_is_break(doc[i]) for i in range(last, dash)) and words[0].pos_ != "PROPN"
    if not named or alone or any(_cue_verb(t) for t in words):
        return None
    cue = () if name[0] == dash else (dash,)
    content = origins.trimmed(list(range(first, last)))
    return Orphan(origins.trimmed(name), name[-1], cue or (name[0],), content, dash)


def _before(origins: Origins, first: int, last: int) -> Orphan | None:
    """'X went on: "…"', 'X, telling the crowd, "…"', and 'X:' at the end of the paragraph before."""
    doc = origins.doc
    index = first - 1
    while index >= 0 and doc[index].is_space:
        index -= 1
    if index < 0 or (doc[index].text not in (":", ",") and not _cue_verb(doc[index])):
        return None
    parted = any(_is_break(doc[i]) for i in range(index + 1, first))
    if parted and doc[index].text != ":":
        return None
    reach = doc[max(doc[index].sent.start, index - 2 * REACH) : index + 1]
    for token in reversed(list(reach)):
        if token.text in _STOPS or origins.inside[token.i] >= 0 or _is_break(token):
            break
        told = _cue_verb(token) or (doc[index].text == ":" and lemma(token) in _PUTTING and token.pos_ == "VERB")
        if told and not (frame_of(lemma(token)) & Frame.QUOTE == Frame(0) and lemma(token) not in _PUTTING):
            who = clauses.surface_subjects(token)
            if who and who[0].i < index and origins.inside[who[0].i] < 0:
                source = origins.source_tokens(who[0], token, range(first, last))
                return _made(origins, list(source), who[0].i, token, range(first, last))
    return _colon(origins, first, last, index) if doc[index].text == ":" else None


def _colon(origins: Origins, first: int, last: int, colon: int) -> Orphan | None:
    """'Clinton:' and 'Here is Clinton in December:': the person named before a colon, or the clause's subject."""
    doc = origins.doc
    sentence = doc[colon].sent
    lead = [t for t in doc[sentence.start : colon] if not t.is_space and origins.inside[t.i] < 0]
    persons = [t for t in lead if t.ent_type_ in ("PERSON", "ORG") and t.pos_ == "PROPN"]
    subject = next((t for t in lead if t.dep_ == "nsubj" and t.head.dep_ == "ROOT" and t.pos_ != "DET"), None)
    head = subject if subject is not None and subject.pos_ in ("PROPN", "PRON", "NOUN") else None
    if subject is None and persons:
        head = persons[-1]
    if head is None and len(lead) <= 4 and lead and all(t.text[:1].isupper() for t in lead if t.is_alpha):
        head = lead[-1] if lead[-1].is_alpha else None
    if head is None or head.lower_ in ("it", "this", "that", "these", "those", "there", "here", "what"):
        return None
    source = [head.i]
    while source[0] - 1 >= sentence.start and doc[source[0] - 1].ent_type_ == head.ent_type_ != "":
        source.insert(0, source[0] - 1)
    return Orphan(tuple(source), head.i, (colon,), origins.trimmed(list(range(first, last))), colon)


def _made(origins: Origins, source: list[int], head: int, verb: Token, content: range) -> Orphan | None:
    words = origins.trimmed([i for i in source if i not in content and i != verb.i])
    if not words:
        return None
    cue = sorted({verb.i, *(c.i for c in verb.children if c.dep_ in ("aux", "neg", "prt"))} - set(words) - set(content))
    return Orphan(words, head if head in words else words[-1], tuple(cue), origins.trimmed(list(content)), verb.i)
