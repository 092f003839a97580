"""Six questions of a report's main event: who, what, when, where, why and how, each with up to three answers.

The headline and the lead say what a news report is about; the first sentences of the body fill in the day, the place
and the reason. Answers are stretches of the text, best first; a question that nothing answers has none. Rules over the
dependencies, like the rest of this room; no answer is made up. `answers_of` takes a report, `main_event` parsed parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from offramp.reading.circumstances import AT, PLACES, how, noun_phrase, when, where, why

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

    from offramp.reading.evidence import Report

ANSWERS = 3
LEADING = 8  # sentences of the body that are looked at
_PRELUDE = re.compile(r"^(?:[A-Z]{2,}[A-Z ,.'-]*?(?:NEWS|ALERT|UPDATE|EXCLUSIVE)|[^:]{2,40}):\s+")
_ASIDE = frozenset(("as", "after", "while", "amid", "before", "because", "following", "hours", "days"))
_NOBODY = frozenset(("it", "there", "that", "this", "i", "you", "we", "me", "us"))
_COUNTS = frozenset(("dozens", "scores", "hundreds", "thousands", "many", "several", "more", "least"))


class Answers(NamedTuple):
    """Up to three answers a question, best first."""

    who: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, list[str]]:
        return {question: list(found) for question, found in self._asdict().items()}


def answers_of(report: Report, doc: Doc) -> Answers:
    """The six answers of a report whose kept text has been parsed to `doc`."""
    from offramp.reading import nlp

    title = " ".join((report.title or "").split())
    none = nlp.parse("")
    return main_event(nlp.parse(title) if title else none, none, doc, report.date.isoformat() if report.date else None)


def main_event(title: Doc, lead: Doc, body: Doc, day: str | None = None) -> Answers:
    """The six answers from a parsed headline, lead (may be empty) and body; `day` is the report's own ISO date."""
    opening = [s for s in [*lead.sents, *_sentences(body)] if _root(s) is not None]
    head = _main(title, _told(opening))
    first = opening[:1]
    roots = [r for r in (head, *(_root(s) for s in first)) if r is not None]
    near: list[Span] = [*title.sents, *opening[: LEADING + 1]]
    return Answers(
        who=_some(_who(roots)),
        what=_some(_what(roots, title)),
        when=_some(when(near, day)),
        where=_some(where(near)),
        why=_some(why(near)),
        how=_some(how(near, roots)),
    )


def _some(found: Iterable[str]) -> tuple[str, ...]:
    """The first few answers that differ, white space in order, marks at the ends gone."""
    kept: list[str] = []
    for text in found:
        clean = " ".join(text.split()).strip(" ,.;:—–-\"“”'’")
        if clean and all(clean.lower() not in k.lower() for k in kept):
            kept.append(clean[:200])
        if len(kept) == ANSWERS:
            break
    return tuple(kept)


def _prelude(title: Doc) -> int:
    """First character after a headline's own heading ('China well rescue: …')."""
    match = _PRELUDE.match(title.text)
    return match.end() if match and len(title.text) - match.end() > 15 else 0


def _sentences(body: Doc) -> Iterator[Span]:
    """The first sentences of a body that are sentences: no share buttons, no captions of three words."""
    found = 0
    for sentence in body.sents:
        words = [t for t in sentence if t.is_alpha]
        if len(words) < 5 or words[0].lower_ in ("click", "share", "image", "photo", "skip", "read"):
            continue
        yield sentence
        found += 1
        if found > LEADING:
            return


def _root(sentence: Span) -> Token | None:
    """The predicate that a sentence turns on: not the saying of it, and not what 'as' or 'after' hangs on it."""
    root: Token | None = sentence.root
    if root is not None and root.lemma_ in ("say", "claim", "report", "reveal") and root.pos_ == "VERB":
        root = next((c for c in root.children if c.dep_ in ("ccomp", "parataxis") and c.i < root.i), root)
    if root is None or root.pos_ not in ("VERB", "AUX"):
        root = next((t for t in sentence if t.pos_ == "VERB" and t.tag_ in ("VBD", "VBZ", "VBP", "VBN")), None)
    if root is None:
        return None
    mark = next((t for t in sentence if t.lower_ in _ASIDE and t.i > sentence.start), None)
    if mark is not None and mark.i < root.i:  # '… named as work starts': the parser takes the last verb
        finite = ("VBD", "VBZ", "VBP", "VBN")
        root = next((t for t in sentence if t.i < mark.i and t.pos_ == "VERB" and t.tag_ in finite), root)
    return root


def _main(title: Doc, told: frozenset[str]) -> Token | None:
    """The headline's predicate: of its own heading ('Cubs win: “…”'), where that has one, else of what follows.

    Headlines leave out articles and auxiliaries, so the parser takes 'stages protest' for a noun: the first word that
    can be a verb counts, and what the opening sentences use as a verb (`told`, lemmas) can be one.
    """
    at = _prelude(title)
    parts = [title.char_span(0, at, alignment_mode="contract")] if at else []
    parts += [title.char_span(at, len(title.text), alignment_mode="contract")]
    for part in parts:
        if part is None:
            continue
        for token in part:
            if token.lower_ in _ASIDE and token.i > part.start:
                break
            finite = token.pos_ == "VERB" and token.tag_ in ("VBZ", "VBD", "VBP", "VBN") and token.dep_ != "amod"
            plural = token.lower_.endswith("s") and {token.lower_[:-1], token.lower_[:-2]} & told
            if token.i > part.start and (finite or plural) and token.dep_ != "relcl":
                return token
    return _root(next(iter(title.sents))) if len(title) else None


def _told(opening: list[Span]) -> frozenset[str]:
    return frozenset(t.lemma_.lower() for s in opening[:3] for t in s if t.pos_ == "VERB")


# Who and what


def _who(roots: list[Token]) -> Iterator[str]:
    """Subjects of the predicates; bare counts ('At least four', 'Dozens more') only after names."""
    counts: list[str] = []
    for root in roots:
        for subject in _subjects(root)[:1]:
            if subject.pos_ == "NUM" or subject.lower_ in _COUNTS:
                counts.append(noun_phrase(subject))
            else:
                yield noun_phrase(subject)
    for root in roots:
        for token in root.doc:
            if token.ent_type_ in ("PERSON", "ORG", "NORP") and token.head.ent_type_ != token.ent_type_:
                yield noun_phrase(token)
    yield from counts


def _subjects(root: Token) -> list[Token]:
    found = [c for c in root.children if c.dep_ in ("nsubj", "nsubjpass") and c.i < root.i]
    if not found:
        lead = [t for t in root.doc[root.sent.start : root.i] if t.pos_ in ("PROPN", "NOUN", "NUM") or t.tag_ == "NNS"]
        found = lead[-1:]
    return [t for t in found if t.pos_ != "PRON" or t.lower_ not in _NOBODY]


def _what(roots: list[Token], title: Doc) -> Iterator[str]:
    for root in roots:
        if root.doc is not title:
            yield _predicate(root)
            continue
        bare = root.tag_ == "VBN" and not any(c.dep_ in ("aux", "auxpass") for c in root.children)
        if bare:  # 'Consulate bombed': a headline's passive is nothing without its subject
            for subject in _subjects(root)[:1]:
                yield f"{noun_phrase(subject)} {root.text}"
        yield _headline(root)
    yield title.text


def _headline(root: Token) -> str:
    """A headline's predicate by the order of its words: up to 'as', 'after', a mark, or a place."""
    doc, last = root.doc, root.i
    bare = not any(c.dep_ == "dobj" for c in root.children)
    for token in doc[root.i + 1 :]:
        if bare and token.lower_ == "for" and token.i > root.i + 1:
            break
        place = token.lower_ in AT and any(t.ent_type_ in PLACES for t in doc[token.i + 1 : token.i + 4])
        if token.lower_ in _ASIDE or (token.is_punct and token.text not in ("-", "'", "‘", "’", '"', "“", "”")):
            break
        if place and token.i > root.i + 1:
            break
        last = token.i
    return str(doc[root.i : last + 1].text)


def _predicate(root: Token) -> str:
    """A predicate with what completes it, without when, where, why and clauses beside it."""
    doc, last, first = root.doc, root.i, root.i
    for child in root.children:
        if child.dep_ in ("aux", "auxpass", "neg") and child.i < root.i and child.lemma_ in ("be", "not", "to", "have"):
            first = min(first, child.i)
        if child.i < root.i:
            continue
        if child.dep_ == "ccomp" and root.lemma_ in ("say", "declare", "announce", "claim", "insist"):
            last = child.right_edge.i
        if child.dep_ in ("advcl", "punct", "cc", "conj", "npadvmod", "ccomp", "mark", "parataxis"):
            break
        if child.dep_ == "prep" and (_of_place_or_time(child) or child.lower_ in (*_ASIDE, "during", "over")):
            break
        last = max(last, min(child.right_edge.i, root.i + 14))
    for token in doc[root.i + 1 : last + 1]:
        if token.dep_ in ("relcl", "advcl"):
            last = max(root.i, token.left_edge.i - 1)
            break
        if token.lower_ in (*_ASIDE, "who", "which"):
            last = token.i - 1
            break
    return str(doc[first : last + 1].text)


def _of_place_or_time(prep: Token) -> bool:
    return any(t.ent_type_ in (*PLACES, "DATE", "TIME") for t in prep.children if t.dep_ == "pobj")
