"""Ways out held out to a ruler: who offers what to whom, on which condition, until when.

An offer is a term of exit (safe passage, asylum, immunity, amnesty) that a political actor gives, promises or is ready
to give to a ruler or a ruler's government. A hypothetical, negated or historical term is none, nor is one that the
ruler asks for himself (that is a demand, `offramp.reading.demands`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offramp.codes.roles import Role
from offramp.reading import clauses, genre
from offramp.reading.dates import find_dates
from offramp.reading.events import find_terms
from offramp.reading.evidence import Offer
from offramp.reading.stances import Stance, find_stances, parties, stance_of, words

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.phrases import Mention
    from offramp.reading.thread import Thread

OFFERED = ("safe_passage", "immunity", "amnesty", "asylum", "guarantee")
_PASSAGE, _IMMUNITY = {"safe_passage", "asylum", "guarantee"}, {"immunity", "amnesty"}
_RECEIVING_ROLES = {"leader", Role.RULER, Role.HEAD_OF_STATE, Role.GOVERNMENT}
_BENEFICIARIES = (
    ("family", r"famil(?:y|ies)|wife|wives|husband|sons?|daughters?|children|relatives|brothers?"),
    (
        "aides",
        r"aides?|allies|inner circle|associates|entourage|loyalists|lieutenants|henchmen|confidants|ministers|deputies",
    ),
    ("officials", r"officials|government members|cabinet"),
    ("officers", r"officers|generals|commanders|soldiers"),
)
_CONDITION = re.compile(
    r"\b(?:only )?(if|provided(?: that)?|on (?:the )?condition(?: that)?|in (?:exchange|return) for"
    r"|as long as|so long as|once|should)\b[^.;!?\"”]*",
    re.I,
)
_SAID = re.compile(r",[^,]{0,60}\b(?:said|says|say|added|according to)\b.*$", re.I)
_TERMS_OF_PLAN = re.compile(r"\bunder which (?:he|she|\w+) (?:would|will|is to)\b[^.;!?\"”]*", re.I)
_AT_ONCE = re.compile(r"\b(at once|immediately|right away|without delay|straight away|forthwith|right now)\b", re.I)
_LIMIT = re.compile(
    r"\b(?:by|until|before|no later than|within|in the next)\s+(?:the\s+)?"
    r"(?:(?:next|end of|coming)\s+)?[^,.;!?\"”]{2,40}",
    re.I,
)
_LEADS_TO_DATE = re.compile(
    r"(?:by|until|before|no later than|within|in the next)\s+"
    r"(?:(?:the|noon|midnight|on|of|end|evening|morning|next|coming)\s+)*",
    re.I,
)
_GUARANTEED = re.compile(r"\bguarante(?:ed|or|ors|es)\b[^.;]{0,40}", re.I)


@dataclass(frozen=True)
class Deadline:
    """A deadline as words and, where it can be told, as a day."""

    text: str | None
    day: dt.date | None


def find_deadline(text: str, on: dt.date | None) -> Deadline:
    """A deadline in a sentence: 'by noon on Friday', 'within 48 hours', 'at once'."""
    for limit in _LIMIT.finditer(text):
        days = find_dates(limit[0], on, future=True)
        if days and days[0].start and not _LEADS_TO_DATE.fullmatch(limit[0][: days[0].start]):
            continue  # 'by telephone in late November'
        if days and days[0].kind != "year" and days[0].day is not None:
            end = max((d.end for d in days if d.start <= days[0].end + 5), default=days[0].end)
            return Deadline(limit[0][:end].strip(), days[0].day)
        clock = re.match(r"(?:by|until|before) (?:noon|midnight)", limit[0], re.I)
        if clock:
            return Deadline(clock[0], None)
    now = _AT_ONCE.search(text)
    return Deadline(now[1] if now else None, None)


def find_offers(cast: Cast, sentences: list[Sentence], thread: Thread, report: int) -> list[Offer]:
    """Offers in a report, in text order; terms of one giver in one sentence are one offer."""
    found: list[Offer] = []
    for n, sentence in enumerate(sentences):
        if genre.is_elsewhere(cast, sentence):
            continue
        here: dict[tuple[str, str], set[str]] = {}
        for term, giver, receiver in _offered(cast, sentence, n, thread):
            here.setdefault((giver, receiver), set()).add(term)
        for (by, to), terms in here.items():
            found.append(_offer(cast, sentence, n, thread, report, by, to, terms))
    return found


def _offered(cast: Cast, sentence: Sentence, n: int, thread: Thread) -> Iterator[tuple[str, str, str]]:
    """(term, giver, receiver) of every real offer in a sentence."""
    leaving = "leave_office" in find_terms(cast.words(sentence)) or re.search(r"\bleaves?\b", cast.words(sentence))
    for stance in find_stances(cast, sentence, OFFERED):
        if not stance.real or stance.kind == "ask":
            continue
        if stance.term == "guarantee" and (stance.kind != "give" or stance.token.i == stance.word.i or not leaving):
            continue  # a guarantee is a way out only where leaving is spoken of
        pair = _sides(cast, stance, n, thread)
        if pair is not None:
            yield stance.term, *pair
    for verb in sentence:
        if verb.pos_ == "VERB":
            pair = _hosting(cast, verb, n, thread)
            if pair is not None:
                yield "asylum", *pair


def _sides(cast: Cast, stance: Stance, n: int, thread: Thread) -> tuple[str, str] | None:
    givers, receivers, told = _candidates(cast, stance)
    receiver = next((r for r in receivers if _may_receive(r)), None)
    giver = next((g for g in givers if _may_give(g) and (receiver is None or g.key != receiver.key)), None)
    if giver is not None and giver.is_leader and receiver is None and stance.kind in ("give", "modal"):
        receiver = thread.counterpart(n, giver)
    if giver is not None and receiver is None:
        receiver = _theatre_leader(cast, stance.word, giver, thread, n)
    if receiver is None or not _may_receive(receiver):
        return None
    if giver is None and told:
        giver = thread.coercer_of(n, receiver.country)
        if giver is None:
            return ("unknown", str(receiver.country))
    if giver is None or giver.country is None or giver.key == receiver.key:
        return None
    return giver.country, str(receiver.country)


def _candidates(cast: Cast, stance: Stance) -> tuple[list[Mention], list[Mention], bool]:
    """Possible givers and receivers, best first, and whether the giver may be told elsewhere in the report."""
    word = stance.word
    carried = parties(cast, _authors(stance.carrier)) if stance.carrier is not None else []
    to_whom = parties(cast, clauses.obliques(stance.carrier, ("to", "for"))) if stance.carrier is not None else []
    of_term = parties(cast, clauses.obliques(stance.token, ("to", "for"))) + parties(cast, _around(stance.token))
    if stance.kind == "give" and word.pos_ in ("VERB", "AUX"):
        if clauses.is_passive(word):
            patients = parties(cast, clauses.surface_subjects(word))
            speaker = parties(cast, clauses.surface_subjects(word.head)) if word.dep_ == "ccomp" else []
            outside = [s for s in speaker if not patients or s.key != patients[0].key]
            agents = parties(cast, clauses.subjects(word))
            return agents + carried + outside, patients + to_whom + of_term, True
        taking = clauses.receivers(word) + clauses.objects(word) + clauses.obliques(word, ("to", "for", "with"))
        for c in clauses.complements(word):
            taking += clauses.surface_subjects(c)[:1] if c.dep_ == "ccomp" else []
            taking += clauses.objects(c) + clauses.obliques(c, ("to", "for"))
        doers = clauses.subjects(word)
        acting = parties(cast, doers)
        for doer in doers:
            if stance_of(doer) == "carry":  # 'a plan that gives him immunity'
                acting += parties(cast, _authors(doer))
        envoys = [m for m in (cast.resolve(d) for d in doers) if m is not None and m.person and m.country is None]
        return acting + carried, parties(cast, taking) + to_whom + of_term, not doers or bool(envoys)
    if stance.kind == "give":  # 'is ready to', 'is free to leave'
        holder = parties(cast, clauses.surface_subjects(word.head))
        if word.lower_ == "free":
            return [], holder, True
        return holder, of_term + parties(cast, [t for c in word.children for t in clauses.objects(c)]), False
    if stance.kind in ("receive", "modal"):
        speaker = parties(cast, clauses.surface_subjects(word.head)) if word.dep_ == "ccomp" else []
        patients = parties(cast, clauses.surface_subjects(word))
        sources = parties(cast, clauses.obliques(word, ("from",))) + carried
        real = bool(clauses.modals(word) & (clauses.WOULD | clauses.FUTURE)) or stance.carrier is not None
        outside = [s for s in speaker if not patients or s.key != patients[0].key]
        return sources + outside, patients, real
    if stance.kind == "refuse":
        holder = parties(cast, clauses.surface_subjects(word))
        return carried + of_term, holder, stance.carrier is not None
    return carried, to_whom + of_term, stance.carrier is not None and bool(carried or to_whom)


def _authors(noun: Token) -> list[Token]:
    """Who made a plan or an offer: whose it is, who proposed it, who brokered it."""
    found = _around(noun)
    if noun.dep_ in ("dobj", "nsubjpass") and noun.head.pos_ == "VERB":
        found += clauses.subjects(noun.head)
    for child in noun.children:
        if child.dep_ in ("relcl", "acl"):
            found += clauses.subjects(child)
    return found


def _around(noun: Token) -> list[Token]:
    """Actors that a noun belongs to: 'Morocco's offer', 'a Gulf plan', 'the plan of the bloc'."""
    near = [child for child in noun.children if child.dep_ in ("poss", "amod", "compound", "nmod")]
    return near + clauses.obliques(noun, ("from", "by", "of", "in"))


def _may_receive(mention: Mention) -> bool:
    return mention.role in _RECEIVING_ROLES and mention.country is not None and ":" not in mention.country


def _may_give(mention: Mention) -> bool:
    return mention.country is not None and mention.role not in (Role.PUBLIC, Role.OUTLET, Role.COMPANY, Role.REBELS)


def _theatre_leader(cast: Cast, word: Token, giver: Mention, thread: Thread, n: int) -> Mention | None:
    """The ruler meant by an offer that names no receiver: the giver's counterpart, when it is a ruler or government."""
    other = thread.counterpart(n, giver)
    if other is not None and _may_receive(other):
        return other
    leader = cast.antecedents.leader(word)
    return leader if leader is not None and leader.country != giver.country else None


def _hosting(cast: Cast, verb: Token, n: int, thread: Thread) -> tuple[str, str] | None:
    """'Morocco has proposed to receive the ruler', 'Qatar would take him in': an offer without its noun."""
    lemma = f"{verb.lemma_} {clauses.particle(verb)}".strip()
    if lemma not in words()["host"] and verb.lemma_ not in words()["host"]:
        return None
    guests = [m for m in parties(cast, clauses.objects(verb)) if m.is_leader]
    if not guests or clauses.is_negated(verb) or clauses.is_conditional(verb):
        return None
    governor = verb.head
    willing = verb.dep_ in ("xcomp", "ccomp") and (
        governor.lemma_
        in ("propose", "offer", "agree", "promise", "volunteer", "pledge", "ready", "willing", "prepared")
        and not clauses.is_negated(governor)
    )
    told = verb.dep_ == "ccomp" and bool(clauses.modals(verb) & (clauses.FUTURE | {"would"}))
    if not (willing or told or (clauses.is_future(verb) and verb.dep_ == "ROOT")):
        return None
    hosts = [
        m for m in parties(cast, clauses.surface_subjects(verb)) if _may_give(m) and m.country != guests[0].country
    ]
    if not hosts or hosts[0].country is None:
        return None
    return hosts[0].country, str(guests[0].country)


def _offer(
    cast: Cast, sentence: Sentence, n: int, thread: Thread, report: int, by: str, to: str, terms: set[str]
) -> Offer:
    text = cast.words(sentence).rstrip()
    condition = _CONDITION.search(text) or _TERMS_OF_PLAN.search(text)
    deadline = find_deadline(text, cast.on)
    days = [f.day for f in find_dates(text, cast.on) if f.day is not None and f.kind != "in"]
    past = [day for day in days if cast.on is None or day <= cast.on]
    benefit = ["ruler", *(name for name, pattern in _BENEFICIARIES if _benefits(text, pattern))]
    guarantor = by if "asylum" in terms and ":" not in by and by != "unknown" else None
    pledge = _GUARANTEED.search(text)
    if pledge is not None:
        base = sentence.start_char
        named = [h.name.country for h in cast.hits_within(base + pledge.start(), base + pledge.end())]
        guarantor = next((c for c in named if c and c != to), guarantor)
    return Offer(
        by=by,
        to=to,
        safe_passage=bool(terms & _PASSAGE),
        immunity=bool(terms & _IMMUNITY),
        beneficiaries=benefit,
        condition=_SAID.sub("", " ".join(condition[0].split())) if condition else None,
        deadline=deadline.day if deadline.day is not None and (cast.on is None or deadline.day >= cast.on) else None,
        report=report,
        start=sentence.start_char,
        end=sentence.start_char + len(text),
        guarantor=guarantor,
        deadline_text=deadline.text,
        date=past[-1] if past else thread.date(n),
    )


def _benefits(text: str, pattern: str) -> bool:
    return re.search(rf"\b(?:{pattern})\b", text, re.I) is not None
