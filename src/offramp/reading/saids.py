"""Plain sentences of saying that the parser took apart: 'X, who …, said that …', '…, said X', and labels ('X: …').

Looks at the order of words alone, for the verbs that can mean nothing but speech, and only where syntax found no
attribution for them. Labels are the lines of a transcript and headlines such as 'Ruiz: we will not go': a name known
as a person's elsewhere in the text, or set in capitals twice, before a colon at the start of a paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from offramp.reading import clauses
from offramp.reading.marked import Orphan
from offramp.reading.origins import QUOTE_MARKS, Origins, lemma

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_VERBS = frozenset(("say", "add", "argue", "insist", "contend", "claim", "assert", "note", "explain", "warn"))
_TELLING = frozenset(("tell", "inform", "remind", "assure", "notify"))  # somebody, that ...
_FINITE = frozenset(("VBD", "VBZ", "VBP"))
_NOMINAL = frozenset(("NOUN", "PROPN", "PRON", "NUM"))
_LABEL = re.compile(r"(?:^|\n)[ \t“\"']{0,4}((?:[A-Z][\w.’'-]+[ ,]+){0,3}[A-Z][\w.’'-]+):[ \t]+(?=\S)")
_NO_SPEAKERS = re.compile(
    r"(?i)^(?:note|update|correction|photo|image|video|related|more|read|see|watch|source|by|breaking|editor|caption"
    r"|credit|step|day|part|chapter|table|figure|question|answer|q|a)\b"
)
MIN_WORDS = 3


def find_saids(origins: Origins, cues: set[int], covered: set[int]) -> list[Orphan]:
    """Attributions of verbs of saying that no attribution has for its cue and none holds in its content."""
    found = []
    for token in origins.doc:
        if lemma(token) not in _VERBS | _TELLING or token.tag_ not in _FINITE or origins.inside[token.i] >= 0:
            continue
        if token.i in cues or token.i in covered:
            continue
        one = _forward(origins, token, covered) or _inverted(origins, token, covered)
        if one is not None:
            found.append(one)
    return [*found, *_labels(origins, covered)]


def _bounds(origins: Origins, verb: Token) -> tuple[int, int]:
    """First token and the one after the last of a verb's own sentence, paragraphs and quotations closed."""
    sentence = verb.sent
    return sentence.start, sentence.end


def _forward(origins: Origins, verb: Token, covered: set[int]) -> Orphan | None:
    """'X, who …, said [on Monday] [that] Y'."""
    doc = origins.doc
    start, end = _bounds(origins, verb)
    if verb.i + 1 >= end or doc[verb.i + 1].is_punct or verb.i == start:
        return None
    subjects = [s for s in clauses.surface_subjects(verb) if start <= s.i < verb.i and s.pos_ in _NOMINAL]
    before = doc[verb.i - 1]
    head = subjects[0] if subjects else before if before.pos_ in _NOMINAL else None
    if head is None and before.text == ",":
        head = next((t for t in doc[start : verb.i] if t.dep_ in ("nsubj", "ROOT") and t.pos_ in _NOMINAL), None)
    if head is None or head.lower_ in ("it", "that", "this", "which", "there"):
        return None
    content = list(range(verb.i + 1, end))
    told = lemma(verb) in _TELLING
    that = next(
        (i for i in content[: 25 if told else 8] if doc[i].lower_ == "that" and doc[i].tag_ in ("IN", "WDT", "DT")),
        None,
    )
    if that is not None:
        content = list(range(that, end))
    elif told:
        return None
    if verb.dep_ == "relcl":  # 'boats that the ministry says carried drugs, and …'
        stop = next((i for i in content if doc[i].text in (",", ";", "—")), end)
        content = [i for i in content if i < stop]
    return _made(origins, verb, head, content, covered)


def _inverted(origins: Origins, verb: Token, covered: set[int]) -> Orphan | None:
    """'Y, said X, …'."""
    doc = origins.doc
    start, end = _bounds(origins, verb)
    before = doc[verb.i - 1] if verb.i > start else None
    if before is None or (before.text not in (",", "—", "–", "?", "!") and before.text not in QUOTE_MARKS):
        return None
    head = next((t for t in doc[verb.i + 1 : min(end, verb.i + 6)] if t.pos_ in _NOMINAL), None)
    if head is None or any(t.pos_ in ("VERB", "PUNCT", "SCONJ") for t in doc[verb.i + 1 : head.i]):
        return None
    while head.dep_ in ("compound", "amod", "nmod", "poss") and verb.i < head.head.i < end and head.head.i > head.i:
        head = head.head
    return _made(origins, verb, head, list(range(start, verb.i)), covered)


def _made(origins: Origins, verb: Token, head: Token, content: list[int], covered: set[int]) -> Orphan | None:
    doc = origins.doc
    source = _phrase(doc, head, verb)
    tokens = origins.trimmed([i for i in content if i not in source])
    words = [i for i in tokens if doc[i].is_alpha]
    if len(words) < MIN_WORDS or 2 * sum(i in covered for i in words) > len(words):
        return None
    cue = tuple(sorted({verb.i, *(c.i for c in verb.children if c.dep_ in ("aux", "neg"))} - set(tokens)))
    return Orphan(source, head.i, cue, tokens, verb.i)


def _phrase(doc: Doc, head: Token, verb: Token) -> tuple[int, ...]:
    """The unbroken run of words around a head that belongs to it and stands on its side of the verb."""
    below = {t.i for t in head.subtree if not t.is_space}
    run = [head.i]
    for step in (-1, 1):
        index = head.i + step
        while index in below and index != verb.i and doc[index].text != ",":
            run.append(index)
            index += step
    return tuple(sorted(run))


def _labels(origins: Origins, covered: set[int]) -> list[Orphan]:
    text = origins.doc.text
    matches = [m for m in _LABEL.finditer(text) if not _NO_SPEAKERS.match(m.group(1))]
    if not matches:
        return []
    shouted = Counter(m.group(1) for m in matches if m.group(1).isupper())
    people = {w for e in origins.doc.ents if e.label_ == "PERSON" for w in e.text.split() if w[:1].isupper()}
    found = []
    for match in matches:
        name = match.group(1)
        if shouted[name] < 2 and name.split()[-1] not in people:
            continue
        stop = text.find("\n", match.end())
        span = origins.doc.char_span(match.end(), stop if stop > 0 else len(text), alignment_mode="contract")
        who = origins.doc.char_span(match.start(1), match.end(1), alignment_mode="expand")
        if span is None or who is None or len([t for t in span if t.is_alpha]) < MIN_WORDS:
            continue
        colon = origins.doc[who.end] if who.end < len(origins.doc) else who[-1]
        own = range(span.start, span.end)
        if colon.text != ":" or 2 * sum(i in covered for i in own) > len(own):
            continue
        source = tuple(t.i for t in who if t.is_alpha)
        if source:
            found.append(Orphan(source, source[-1], (colon.i,), origins.trimmed(list(own)), colon.i))
    return found
