"""Who holds which term towards whom: the common ground of offers and demands.

A term of a deal (safe passage, immunity, asylum, more time …) is found in the text and followed up the sentence until a
word says what is done with it: given, received, asked for, refused, merely talked about. What stands under 'if', in
the past of other rulers, under a negation or a mere 'could' is marked as not real. `data/stances.csv` has the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from offramp.reading import clauses
from offramp.reading.events import is_historical, known_terms
from offramp.reading.lexicon import table

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.phrases import Mention

CLIMB = 14
NOMINAL = {
    "compound", "amod", "pobj", "prep", "dobj", "obj", "conj", "appos", "nmod", "attr", "acl", "dative", "nsubj",
    "nsubjpass", "poss", "oprd", "agent", "pcomp", "npadvmod", "dep", "det", "nummod", "acomp", "advmod", "relcl",
}  # fmt: skip
VERBAL = {"xcomp", "ccomp", "conj", "acl", "relcl", "pcomp", "advcl", "parataxis", "prep", "dep", "ROOT"}
_UPWARD = {"xcomp", "ccomp", "conj", "relcl", "acl", "pcomp", "prep", "dobj", "pobj"}
REASONS = {"because", "since", "although", "though", "while", "whereas", "after", "before", "unless"}
EXIT_TERMS = ("safe_passage", "immunity", "amnesty", "asylum", "guarantee")


@dataclass(frozen=True)
class Stance:
    """One term and the word that governs it.

    `kind`: give, receive, ask, refuse, host, carry or modal. `word`: the governing token. `real`: False for what is
    hypothetical, denied, negated or history.
    """

    term: str
    token: Token
    kind: str
    word: Token
    carrier: Token | None
    real: bool
    sentence: Sentence


@cache
def words() -> dict[str, frozenset[str]]:
    """Stance to its words."""
    return {
        row["stance"]: frozenset(w.replace("_", " ") for w in row["words"].split()) for _, row in table("stances.csv")
    }


@cache
def _phrasal() -> frozenset[str]:
    return frozenset(word for known in words().values() for word in known if " " in word)


def _lemma(token: Token) -> str:
    lemma = token.lemma_.lower()
    part = clauses.particle(token) if token.pos_ == "VERB" else ""
    if not part and token.pos_ == "VERB" and token.i + 1 < len(token.doc):
        after = str(token.nbor().lower_)  # the parser takes many a particle for a preposition
        part = after if after in ("out", "down", "off", "in", "up") and f"{lemma} {after}" in _phrasal() else ""
    whole = f"{lemma} {part}" if part else lemma
    if part and any(child.lower_ == "for" and child.dep_ == "prep" for child in token.children):
        longer = f"{whole} for"  # 'hold out asylum' gives, 'hold out for asylum' asks
        return longer if longer in words()["ask"] else whole
    return whole


def stance_of(token: Token) -> str | None:
    """The stance of a governing word, by its part of speech."""
    lemma = _lemma(token)
    known = words()
    if token.pos_ in ("NOUN", "PROPN"):
        return "carry" if lemma in known["carry"] else None
    if token.pos_ == "ADJ":
        return "give" if lemma in ("ready", "willing", "prepared", "free") else None
    if token.pos_ not in ("VERB", "AUX"):
        return None
    for kind in ("ask", "give", "refuse", "deny", "muse", "receive"):
        if lemma in known[kind]:
            return kind
    return None


def find_stances(cast: Cast, sentence: Sentence, terms: tuple[str, ...]) -> Iterator[Stance]:
    """Stances on the given terms in a sentence, in text order."""
    seen: set[tuple[str, int]] = set()
    for term, pattern in known_terms():
        if term not in terms:
            continue
        for match in pattern.finditer(cast.words(sentence)):
            token = _head(cast, sentence, match)
            if token is None:
                continue
            stance = _climb(cast, sentence, term, token)
            if stance is not None and (term, stance.word.i) not in seen:
                seen.add((term, stance.word.i))
                yield stance


def _head(cast: Cast, sentence: Sentence, match: re.Match[str]) -> Token | None:
    """The token of a match that the others hang on."""
    start, end = sentence.start_char + match.start(), sentence.start_char + match.end()
    first = cast.token_at(start)
    if first is None:
        return None
    inside = []
    for i in range(first.i, sentence.end):
        token = cast.doc[i]
        if token.idx >= end:
            break
        if not token.is_space:
            inside.append(token)
    own = {t.i for t in inside}
    return next((t for t in inside if t.head.i not in own or t.head.i == t.i), None)


def _climb(cast: Cast, sentence: Sentence, term: str, token: Token) -> Stance | None:
    """Follow a term upwards to the word that decides what is done with it."""
    here = token
    carrier: Token | None = None
    received: Token | None = None
    for _ in range(CLIMB):
        kind = stance_of(here) if here.i != token.i or here.pos_ == "VERB" else None
        if kind == "carry":
            carrier = carrier or here
        elif kind == "receive":
            received = received or here
        elif kind == "muse":
            return None
        elif kind is not None:
            return _stance(cast, sentence, term, token, kind, here, carrier)
        if here.pos_ in ("VERB", "AUX") and clauses.marker(here) in REASONS | {"if", "whether", "when"}:
            break
        if here.head.i == here.i or here.dep_ not in NOMINAL | VERBAL:
            break
        here = here.head
    if received is not None:
        return _stance(cast, sentence, term, token, "receive", received, carrier)
    if carrier is not None:
        return _stance(cast, sentence, term, token, "carry", carrier, carrier)
    verb = _verb_above(token)
    if verb is not None and clauses.modals(verb) & (clauses.WOULD | clauses.FUTURE):
        return _stance(cast, sentence, term, token, "modal", verb, None)
    return None


def _verb_above(token: Token) -> Token | None:
    for _ in range(CLIMB):
        if token.pos_ in ("VERB", "AUX"):
            return token
        if token.head.i == token.i:
            return None
        token = token.head
    return None


def _stance(
    cast: Cast, sentence: Sentence, term: str, token: Token, kind: str, word: Token, carrier: Token | None
) -> Stance | None:
    if kind == "deny":
        return None
    verb = word if word.pos_ in ("VERB", "AUX") else _verb_above(word)
    real = verb is None or _is_real(cast, verb, sentence, kind)
    if any(
        child.lower_ in ("no", "neither", "nor") and child.dep_ == "det"
        for child in [*token.children, *(carrier or token).children]
    ):
        real = False
    if carrier is None and verb is not None:
        carrier = plan_of(verb)
    return Stance(term, token, kind, word, carrier, real, sentence)


def _is_real(cast: Cast, verb: Token, sentence: Sentence, kind: str) -> bool:
    """Whether a predicate is presented as done or announced, by somebody who can know."""
    if is_historical(cast, verb, sentence) or cast.words(sentence).rstrip().endswith("?"):
        return False
    here = verb
    for _ in range(6):
        if clauses.is_negated(here) and not (kind == "modal" and here.i == verb.i):
            return False
        if clauses.marker(here) in ("if", "whether", "unless"):
            return False
        if here.pos_ in ("VERB", "AUX") and _lemma(here) in words()["deny"] and here.i != verb.i:
            return False
        if (
            here.i != verb.i
            and here.pos_ == "VERB"
            and stance_of(here) == "muse"
            and here.lemma_ not in ("argue", "believe", "warn")
        ):
            return False
        if here.i != verb.i and kind == "give" and stance_of(here) == "refuse":
            return False  # 'ruled out granting asylum'
        if clauses.modals(here) & {"should", "must", "ought"} and kind != "ask":
            return False
        bare = here.dep_ == "advcl" and here.tag_ == "VBG" and not clauses.marker(here)
        if here.head.i == here.i or not (bare or here.dep_ in _UPWARD):
            break
        here = here.head
    marks = clauses.modals(verb)
    if marks & {"could", "might", "may", "would", "'d"} and kind in ("give", "carry"):
        return _is_told(cast, verb) or plan_of(verb) is not None
    if marks & {"could", "might", "may"} and kind == "ask":
        return _is_told(cast, verb)
    return True


def plan_of(verb: Token) -> Token | None:
    """The plan that a predicate stands under: 'under the deal he would be given …'."""
    for prep in verb.children:
        if prep.dep_ == "prep" and prep.lower_ in ("under", "in"):
            for deep in prep.children:
                if deep.dep_ == "pobj" and stance_of(deep) == "carry":
                    return deep
    return None


def _is_told(cast: Cast, verb: Token) -> bool:
    """Whether a 'would' is reported speech of a political actor ('said it would grant') rather than a guess."""
    for _ in range(4):
        if verb.dep_ in ("ccomp", "conj", "xcomp", "relcl", "acl") and verb.head.i != verb.i:
            verb = verb.head
            if verb.pos_ in ("NOUN", "PROPN"):
                return stance_of(verb) == "carry"
            if verb.lemma_ in ("say", "announce", "tell", "declare", "add", "promise", "confirm", "pledge", "inform"):
                return any(cast.is_actor(s) or s.pos_ == "PRON" for s in clauses.surface_subjects(verb))
        else:
            return False
    return False


def parties(cast: Cast, tokens: list[Token]) -> list[Mention]:
    """Political actors among tokens, in order."""
    found = [cast.resolve(token) for token in tokens]
    return [m for m in found if m is not None and m.political]
