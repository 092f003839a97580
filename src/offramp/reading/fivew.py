"""Six questions of a report's main event: who, what, when, where, why and how, each with up to three answers.

The headline and the lead say what a news report is about; the first sentences of the body fill in the day, the place
and the reason. Answers are stretches of the text, best first; a question that nothing answers has none. Rules over the
dependencies, like the rest of this room; no answer is made up. `answers_of` takes a report, `main_event` parsed parts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from offramp.codes.states import find_state
from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

    from offramp.reading.evidence import Report

ANSWERS = 3
LEADING = 8  # sentences of the body that are looked at
_PLACES = frozenset(("GPE", "LOC", "FAC"))
_AT = frozenset(("in", "at", "outside", "near", "inside", "from", "on", "across", "around", "off"))
_NO_DAY = re.compile(
    r"(?i)\b(?:year|years|month|months|week|weeks|decade|century|daily|annual|age|old|first time|days|last|next|\d+-)\b"
)
_DAY = re.compile(
    r"(?i)\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|yesterday|tonight|tomorrow)\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.? \d"
)
_CLOCK = re.compile(r"(?i)\b(?:(?:at |around |about )*\d{1,2}[.:]\d\d ?(?:[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)\b")
_WHY = re.compile(
    r"(?i)\b(?:because of|because|due to|owing to|thanks to|in order to|so that"
    r"|in (?:retaliation|response|revenge|return|protest)(?: for| to| against| at)?)\s+"
)
_BLAMING = frozenset(("blame", "accuse", "criticise", "criticize", "praise", "condemn", "fault", "sentence", "arrest"))
_PRELUDE = re.compile(r"^(?:[A-Z]{2,}[A-Z ,.'-]*?(?:NEWS|ALERT|UPDATE|EXCLUSIVE)|[^:]{2,40}):\s+")
_DATELINE = re.compile(r"(?:^|\s)([A-Z][A-Z]{3,}(?: [A-Z]{3,})*)(?:, [^—(]{2,24})?\s*(?:\([A-Z]\w+\)\s*)?(?:—|–|--|- )")
_ASIDE = frozenset(("as", "after", "while", "amid", "before", "because", "following", "hours", "days"))
_LIGHT = frozenset(("be", "have", "do", "say", "get"))


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
        when=_some(_when(near, day)),
        where=_some(_where(near)),
        why=_some(_why(near)),
        how=_some(_how(near, roots)),
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
    for root in roots:
        for subject in _subjects(root)[:1]:
            yield _phrase(subject)
    for root in roots:
        for token in root.doc:
            if token.ent_type_ in ("PERSON", "ORG", "NORP") and token.head.ent_type_ != token.ent_type_:
                yield _phrase(token)


def _subjects(root: Token) -> list[Token]:
    found = [c for c in root.children if c.dep_ in ("nsubj", "nsubjpass") and c.i < root.i]
    if not found:
        lead = [t for t in root.doc[root.sent.start : root.i] if t.pos_ in ("PROPN", "NOUN", "NUM") or t.tag_ == "NNS"]
        found = lead[-1:]
    return [t for t in found if t.pos_ != "PRON" or t.lower_ not in ("it", "there", "that", "this")]


def _phrase(head: Token) -> str:
    """A noun phrase up to its relative clause or first comma, at most a dozen words."""
    left = head.left_edge.i
    stop = head.i + 1
    right = head.right_edge.i
    while (
        stop <= right and stop - head.i < 9 and head.doc[stop].text not in (",", "—", "-", "(", "who", "which", "that")
    ):
        if head.doc[stop].dep_ in ("relcl", "acl"):
            break
        stop += 1
    while left < head.i and (head.doc[left].pos_ == "DET" or head.doc[left].is_punct or head.doc[left].is_space):
        left += 1
    return str(head.doc[max(left, head.i - 9) : stop].text)


def _what(roots: list[Token], title: Doc) -> Iterator[str]:
    for root in roots:
        if root.doc is not title:
            yield _predicate(root)
            continue
        bare = root.tag_ == "VBN" and not any(c.dep_ in ("aux", "auxpass") for c in root.children)
        if bare:  # 'Consulate bombed': a headline's passive is nothing without its subject
            for subject in _subjects(root)[:1]:
                yield f"{_phrase(subject)} {root.text}"
        yield _headline(root)
    yield title.text


def _headline(root: Token) -> str:
    """A headline's predicate by the order of its words: up to 'as', 'after', a mark, or a place."""
    doc, last = root.doc, root.i
    for token in doc[root.i + 1 :]:
        place = token.lower_ in _AT and any(t.ent_type_ in _PLACES for t in doc[token.i + 1 : token.i + 4])
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
    return any(t.ent_type_ in (*_PLACES, "DATE", "TIME") for t in prep.children if t.dep_ == "pobj")


# When and where


def _when(near: list[Span], day: str | None) -> Iterator[str]:
    """Days of the first sentences, those inside relative clauses last; then the report's own day; then vaguer times."""
    aside: list[str] = []
    vague: list[str] = []
    for sentence in near:
        clock = _CLOCK.search(sentence.text)
        for entity in (e for e in sentence.doc.ents if sentence.start <= e.start < sentence.end):
            if entity.label_ not in ("DATE", "TIME") or not any(c.isalpha() for c in entity.text):
                continue
            text = re.sub(r"(?i)^(?:on|the) ", "", entity.text)
            if not _DAY.search(text):
                vague += [] if _NO_DAY.search(text) else [text]
            elif _is_aside(entity.root):
                aside.append(text)
            else:
                if clock is not None and clock.group() not in text:
                    yield f"{clock.group()} on {text}"
                yield text
    yield from aside
    if day:
        yield _written(day)
    yield from vague


def _is_aside(token: Token) -> bool:
    for _ in range(clauses.REACH):
        if token.dep_ in ("relcl", "acl") or (token.dep_ == "advcl" and clauses.marker(token) in ("after", "since")):
            return True
        if token.head.i == token.i:
            return False
        token = token.head
    return False


def _written(day: str) -> str:
    try:
        date = dt.date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{date:%B} {date.day}, {date.year}"


def _where(near: list[Span]) -> Iterator[str]:
    """Places under a preposition in the first sentences, towns before countries; a dateline; then any place."""
    wide: list[str] = []
    rest: list[str] = []
    for sentence in near:
        for token in sentence:
            if token.ent_type_ not in _PLACES or token.pos_ not in ("PROPN", "NOUN"):
                continue
            place = _place(token)
            if clauses.preposition_of(token) not in _AT or token.dep_ not in ("pobj", "conj"):
                if token.dep_ not in ("compound", "amod", "nmod"):
                    rest.append(place)
            elif find_state(place) is None:
                yield place
            else:
                wide.append(place)
        dateline = _DATELINE.search(sentence.text)
        if dateline:
            yield dateline.group(1).strip()
    yield from wide
    yield from rest


def _place(token: Token) -> str:
    left = token.i
    while left > token.left_edge.i and token.doc[left - 1].pos_ in ("PROPN", "NOUN", "ADJ", "PUNCT") and (
        token.doc[left - 1].text == "-" or token.doc[left - 1].is_alpha
    ):  # fmt: skip
        left -= 1
    right = token.i + 1
    doc = token.doc
    if right + 1 < len(doc) and doc[right].text == "," and doc[right + 1].ent_type_ in _PLACES:
        right += 2  # 'Cleveland, Ohio'
    return str(doc[left:right].text)


# Why and how


def _why(near: list[Span]) -> Iterator[str]:
    """Reasons stated with a reason's word, sentence by sentence; what comes after or is aimed at only then."""
    weaker: list[str] = []
    for number, sentence in enumerate(near):
        if number == 1:  # what a headline puts after 'after' or 'to' goes before what the text puts after 'because'
            yield from weaker
            weaker = []
        match = _WHY.search(sentence.text)
        if match:
            yield _until_break(sentence.text[match.end() :])
        for token in sentence:
            if token.lemma_ in _BLAMING and token.pos_ in ("VERB", "NOUN"):
                links = [c for c in token.subtree if c.dep_ == "prep" and c.lower_ in ("for", "of") and c.i > token.i]
                for prep in links[:1]:
                    yield _until_break(sentence.doc[prep.i + 1 : min(prep.right_edge.i, prep.i + 14) + 1].text)
            elif token.dep_ == "prep" and token.lower_ == "over" and token.head.pos_ in ("ADJ", "NOUN", "VERB"):
                yield _until_break(sentence.doc[token.i + 1 : token.right_edge.i + 1].text)
            elif token.lower_ in ("after", "since") and token.dep_ in ("mark", "prep"):
                end = token.head.right_edge.i if token.dep_ == "mark" else token.right_edge.i
                weaker.append(_until_break(sentence.doc[token.i + 1 : end + 1].text))
            elif _aims(token, in_headline=number == 0):
                weaker.append(_until_break(sentence.doc[token.i : token.right_edge.i + 1].text))
    yield from weaker


def _aims(token: Token, *, in_headline: bool) -> bool:
    """Whether a word opens a purpose: 'to end the war', and in a headline 'for talks'."""
    if token.tag_ == "VB":
        return token.dep_ == "advcl" and clauses.has_to(token)
    return in_headline and token.lower_ == "for" and token.dep_ == "prep" and token.head.pos_ == "VERB"


def _how(near: list[Span], roots: list[Token]) -> Iterator[str]:
    """'By doing …' first, then what happened as, when or after the event came about, then the act itself, in short."""
    late: list[str] = []
    for sentence in near:
        for token in sentence:
            if (
                token.lower_ in ("by", "despite")
                and token.dep_ == "prep"
                and any(c.tag_ == "VBG" for c in token.children)
            ):
                yield _until_break(sentence.doc[token.i + 1 : token.right_edge.i + 1].text)
            elif (
                token.dep_ == "advcl"
                and clauses.marker(token) in ("when", "as", "after")
                and token.lemma_ not in _LIGHT
            ):
                late.append(_short(token, subject=True))
    yield from late
    for root in roots[::-1]:
        yield _short(root, subject=False)


def _short(verb: Token, *, subject: bool) -> str:
    """A predicate in a few words: its subject's noun where asked for, its own words up to the object's noun."""
    words = [c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass") and c.pos_ != "PRON"][:1] if subject else []
    thing = next((c for c in verb.children if c.dep_ in ("dobj", "prt") and c.i > verb.i), None)
    end = thing.i if thing is not None and thing.i - verb.i < 4 else verb.i
    return " ".join([*(w.text for w in words), verb.doc[verb.i : end + 1].text])


def _until_break(text: str) -> str:
    """Up to the first comma, dash or stop, at most fifteen words."""
    cut = re.split(r"(?:[,;:—–]|\.\s|\s-\s)", text.strip(), maxsplit=1)[0]
    return " ".join(cut.split()[:15])
