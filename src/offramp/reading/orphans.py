"""Quotations that syntax left without a speaker: who stands beside the marks says what is between them.

The parser often loses a cue beside a long quotation. Where no attribution covers a double-quoted stretch, its
neighbours are read as newspapers set them: '"…", said X', '"…", X said', 'X went on: "…"', 'X:' before a paragraph
that is a quotation, and a signature ('"…" — X'). What has no such neighbour stays without a speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from offramp.reading import clauses
from offramp.reading.cues import Frame, frame_of, is_speech
from offramp.reading.marked import Orphan, by_noun
from offramp.reading.origins import Origins, lemma

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

REACH = 14  # tokens between a quotation and its verb
_DASHES = frozenset(("—", "–", "―", "--", "-", "—–"))
_STOPS = frozenset((".", "!", "?", ";"))
_NAME_INSIDE = frozenset(("of", "de", "del", "la", "al", "van", "von", "the", "bin"))
_NOMINAL = frozenset(("NOUN", "PROPN", "PRON"))
_POSSESSIVE = frozenset(("'", "’", "'s", "’s"))
_FINITE = frozenset(("VBD", "VBZ", "VBP"))
_AIMED = frozenset(("attack", "promote", "target", "type", "scrawl", "spray"))  # of words in marks only
_ISSUED = frozenset(("statement", "message", "letter", "communique", "release", "declaration", "note", "text"))
_PUTTING = frozenset(("put", "go", "continue", "begin", "conclude", "deliver", "issue", "chant", "read"))


def find_orphans(origins: Origins, covered: set[int]) -> list[Orphan]:
    """Speakers of the double-quoted stretches of which less than half is in `covered` (content of attributions)."""
    found = []
    for number, quote in enumerate(origins.quotes):
        if quote.single:
            continue
        first, last = origins.tokens_of(quote)
        if not quote.closed and (first == 0 or origins.doc[first - 1].text != ":"):
            continue
        words = [i for i in range(first, last) if origins.doc[i].is_alpha]
        if not words or 2 * sum(i in covered for i in words) >= len(words):
            continue
        one = by_noun(origins, first, last)
        if one is None and _speaks(origins, number, first, last, words):
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
    judged = first > 0 and _judges(doc[first - 1])
    judged = judged or (first > 1 and doc[first - 1].lower_ == "reading" and doc[first - 2].pos_ in _NOMINAL)
    return whole or judged or before in (":", ",") or (before.isspace() and len(words) > 6)


def _is_break(token: Token) -> bool:
    return bool(token.is_space and "\n" in token.text)


def _cue_verb(token: Token) -> bool:
    return (
        token.pos_ in ("VERB", "AUX") and token.tag_ in ("VBD", "VBZ", "VBP", "VBG", "VBN") and is_speech(lemma(token))
    )


def _judges(token: Token) -> bool:
    """Whether a verb right before a quotation makes it its object: 'welcomed “the recognition that …”'."""
    frames = frame_of(lemma(token)) & (Frame.OBJECT | Frame.NAMING)
    return token.pos_ == "VERB" and token.tag_ in _FINITE and (bool(frames) or lemma(token) in _AIMED)


def _read_out(token: Token) -> bool:
    """'the editorial read.': the parser takes what ends a sentence so for a noun."""
    return token.lower_ in ("read", "reads") and token.i + 1 < len(token.doc) and token.nbor().text in (",", ".", ":")


def _after(origins: Origins, first: int, last: int) -> Orphan | None:
    """'"…", said X, who …' and '"…", X told Y', or a signature."""
    doc = origins.doc
    index = last
    while index < len(doc) and (doc[index].is_space or doc[index].text == ","):
        index += 1
    if index >= len(doc):
        return None
    if doc[index].text == "[" and index == last:
        return _credit(origins, first, last)
    if doc[last - 1].text[-1:] in _DASHES and len(doc[last - 1]) > 1:
        return _signature(origins, first, last, last - 1)  # '”―' as one token
    if doc[index].text in _DASHES or doc[index].text[:1] in _DASHES:
        return _signature(origins, first, last, index)
    if any(_is_break(doc[i]) for i in range(last, index)):
        return None
    ends = [doc[i].text[-1:] for i in range(max(first, last - 3), last)]
    if not any(e in (",", "?", "!", "…") for e in ends) and doc[index - 1].text != ",":
        return None
    described = doc[index].pos_ == "PROPN" and index + 1 < len(doc) and doc[index + 1].text == ","
    for token in doc[index : index + (3 * REACH if described else REACH)]:
        if _is_break(token) or token.text in _STOPS or origins.inside[token.i] >= 0:
            return None
        told = (_cue_verb(token) or _read_out(token)) and not (described and token.tag_ in ("VBG", "VBN"))
        if told or (token.tag_ in ("VBD", "VBZ") and _tight(origins, index, token)):
            return _beside(origins, token, first, last, index)
    return None


def _tight(origins: Origins, start: int, verb: Token) -> bool:
    """Whether nothing but a name or pronoun parts a quotation and a verb: '"…," he shot back', '"…!" barked Ruiz'."""
    doc = origins.doc
    lead = doc[start : verb.i]
    if len(lead):
        return len(lead) <= 4 and all(t.pos_ in ("PROPN", "PRON", "DET", "NOUN") or t.text[:1].isupper() for t in lead)
    after = doc[verb.i + 1] if verb.i + 1 < len(doc) else verb
    return after.pos_ == "PROPN" and after.text[:1].isupper()


def _beside(origins: Origins, verb: Token, first: int, last: int, start: int) -> Orphan | None:
    """The speaker of a verb that follows a quotation: what stands between the two, else the phrase after the verb."""
    doc = origins.doc
    lead = [t for t in doc[start : verb.i] if t.pos_ in ("NOUN", "PROPN", "PRON") or t.is_title]
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


def _credit(origins: Origins, first: int, last: int) -> Orphan | None:
    """'“…” [Reuters]': a quotation credited in brackets, as digests do."""
    doc = origins.doc
    shut = next((i for i in range(last + 1, min(last + 8, len(doc))) if doc[i].text == "]"), None)
    name = [doc[i] for i in range(last + 1, shut or last) if not doc[i].is_punct]
    if not name or not all(t.text[:1].isupper() or t.lower_ in _NAME_INSIDE for t in name):
        return None
    source = tuple(t.i for t in name)
    return Orphan(source, source[-1], (last,), origins.trimmed(list(range(first, last))), last)


def _before(origins: Origins, first: int, last: int) -> Orphan | None:
    """'X went on: "…"', 'X, telling the crowd, "…"', and 'X:' at the end of the paragraph before."""
    doc = origins.doc
    index = first - 1
    while index >= 0 and doc[index].is_space:
        index -= 1
    if index < 0:
        return None
    judging = _judges(doc[index])
    sign = doc[index - 1] if doc[index].text == "," and index else doc[index]
    if sign.lower_ == "reading" and sign.i > 0 and doc[sign.i - 1].pos_ in _NOMINAL:  # 'a banner reading “…”'
        return Orphan((sign.i - 1,), sign.i - 1, (sign.i,), origins.trimmed(list(range(first, last))), sign.i)
    if doc[index].text in (".", "?") and not any(_is_break(doc[i]) for i in range(index, first)):
        return _breaks_in(origins, first, last, index)
    if doc[index].text not in (":", ",") and not judging and not _cue_verb(doc[index]):
        return None
    parted = any(_is_break(doc[i]) for i in range(index + 1, first))
    if parted and doc[index].text != ":":
        return None
    reach = doc[max(doc[index].sent.start, index - 2 * REACH) : index + 1]
    for token in reversed(list(reach)):
        if token.text in _STOPS or origins.inside[token.i] >= 0 or _is_break(token):
            break
        if (judging and token.i == index) or _introduces(doc, token, index):
            own = [s for s in clauses.surface_subjects(token)[:1] if s.i < index and origins.inside[s.i] < 0]
            who = own or _nearest_subject(origins, token)
            if who and who[0].i < index and origins.inside[who[0].i] < 0:
                source = origins.source_tokens(who[0], token, range(first, last))
                return _made(origins, list(source), who[0].i, token, range(first, last))
    if doc[index].text == "," and doc[index - 1].lower_ == "words":
        return _in_words(origins, first, last, index - 1)
    return _colon(origins, first, last, index) if doc[index].text == ":" else None


def _breaks_in(origins: Origins, first: int, last: int, stop: int) -> Orphan | None:
    """'Ruiz cut in. “…”': a short sentence about somebody, and words in marks that nothing else accounts for."""
    doc = origins.doc
    sentence = doc[stop].sent
    closing = [doc[i].text[-1:] for i in range(max(first, last - 3), last)]
    if len(sentence) > REACH or not any(c in ".?!" for c in closing) or origins.inside[sentence.root.i] >= 0:
        return None
    who = clauses.surface_subjects(sentence.root)[:1]
    if not who or sentence.root.pos_ != "VERB" or who[0].lower_ in ("it", "that", "this", "which"):
        return None
    source = origins.source_tokens(who[0], sentence.root, range(first, last))
    return _made(origins, list(source), who[0].i, sentence.root, range(first, last))


def _introduces(doc: Doc, token: Token, index: int) -> bool:
    """Whether a verb before the mark at `index` (colon, comma, or the verb itself) introduces what is quoted."""
    verb = lemma(token)
    if token.pos_ == "VERB" and verb in _PUTTING and doc[index].text == ":":
        return True
    if token.pos_ == "VERB" and doc[index].text == ",":
        put = verb == "put" and token.i + 1 < index and doc[token.i + 1].lower_ == "it"
        issued = verb in ("issue", "release", "send", "publish", "post") and doc[index - 1].lemma_.lower() in _ISSUED
        if put or issued:
            return True
    return _cue_verb(token) and (bool(frame_of(verb) & Frame.QUOTE) or verb in _PUTTING)


def _nearest_subject(origins: Origins, verb: Token) -> list[Token]:
    """The subject of the clause that a participle hangs on, or that stands last before a verb the parser misplaced."""
    source = origins.source_of(verb)
    if source is not None and source.i < verb.i:
        return [source]
    before = reversed(list(verb.doc[verb.sent.start : verb.i]))
    return [t for t in before if t.dep_ == "nsubj" and t.pos_ in _NOMINAL and origins.inside[t.i] < 0][:1]


def _in_words(origins: Origins, first: int, last: int, words: int) -> Orphan | None:
    """'in Ruiz's words, “…”'."""
    doc = origins.doc
    index = words - 1
    while index > 0 and doc[index].text in _POSSESSIVE:
        index -= 1
    head = index
    while index > 0 and doc[index].lower_ != "in" and words - index < 8:
        index -= 1
    source = tuple(range(index + 1, head + 1))
    if doc[index].lower_ != "in" or not source or doc[head].pos_ not in _NOMINAL:
        return None
    return Orphan(source, head, (index, words), origins.trimmed(list(range(first, last))), words)


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
