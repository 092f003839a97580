"""What one side wants of the other: that the ruler leave, and what the ruler asks for in return.

Demands to leave office come from events (a request or threat whose act is leaving); everything else that is asked for
(immunity, amnesty, time, talks …) from terms with somebody who asks. `counter` marks what a ruler asks who is himself
asked to leave or offered a way out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T
from offramp.codes.roles import Role
from offramp.reading import clauses, genre, lexicon
from offramp.reading.dates import find_dates
from offramp.reading.evidence import Demand, Modality, Offer
from offramp.reading.offers import find_deadline
from offramp.reading.stances import find_stances, parties

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.events import Placed
    from offramp.reading.phrases import Mention
    from offramp.reading.thread import Thread

ASKED = (
    "immunity", "amnesty", "safe_passage", "asylum", "guarantee", "time", "talks", "elections", "control_of_army",
    "money", "sanctions", "release", "ceasefire", "withdraw_troops",
)  # fmt: skip
NAMES = {"sanctions": "sanctions_relief", "guarantee": "guarantees"}
_OPENERS = {":", "—", "–", '"', "“", "‘"}
_BARE = {"resign", "leave", "quit", "go", "depart", "step", "abdicate", "relinquish", "hand", "cede", "vacate", "stand"}
_DEMANDING = {"ultimatum", "demand", "call", "appeal", "request", "order"}
_GOING = {"go", "leave", "depart", "exit", "quit"}
_LEAVING_NOUNS = {"resignation", "departure", "exit", "removal", "ouster", "abdication", "ousting"}
_INSISTING = {"demand", "insist", "require", "request"}
_REAL = {Modality.HAPPENED, Modality.ANNOUNCED, Modality.PLANNED}
_RULING = {"leader", Role.RULER, Role.HEAD_OF_STATE, Role.GOVERNMENT}


def find_demands(
    cast: Cast, sentences: list[Sentence], placed: list[Placed], offers: list[Offer], thread: Thread, report: int
) -> list[Demand]:
    """Demands of a report: leave-office ones first, then what is asked in return, each in text order."""
    leaving = list(_leave_demands(cast, placed, thread, report, {s.start: n for n, s in enumerate(sentences)}))
    known = {d.start for d in leaving}
    leaving += [d for d in _noun_demands(cast, sentences, thread, report) if d.start not in known]
    pressed = {str(d.to) for d in leaving if d.to} | {o.to for o in offers}
    asked = list(_asked(cast, sentences, thread, report, pressed))
    asked = [
        d if d.to is not None or not d.counter else d.model_copy(update={"to": _asked_of(d, offers, leaving)})
        for d in asked
    ]
    told = {d.start for d in asked}
    other = [d for d in _other_terms(cast, placed, pressed, report) if d.start not in told]
    return [*leaving, *sorted([*asked, *other], key=lambda d: d.start)]


def _asked_of(counter: Demand, offers: list[Offer], leaving: list[Demand]) -> str | None:
    """Of whom a ruler asks who does not say it: who made the last offer before, else who demands that he leave."""
    made = [o.by for o in offers if o.to == counter.by and o.by != counter.by and o.by != "unknown"]
    before = [o.by for o in offers if o.to == counter.by and o.start <= counter.start and o.by in made]
    asking = [d.by for d in leaving if d.to == counter.by and d.by != counter.by]
    return before[-1] if before else next(iter([*asking, *made]), None)


# -- leave office ----------------------------------------------------------------------------------


def leavers(cast: Cast, verb: Token) -> list[Mention]:
    """Who is to leave office in what a predicate governs; empty when nobody is."""
    found: list[Mention] = []
    left, right = clauses.bounded_span(verb)
    if (
        verb.pos_ == "VERB"
        and any(s.lower_ == "you" for s in clauses.surface_subjects(verb))
        and _is_leaving(cast, verb)
    ):
        return [m for m in parties(cast, clauses.surface_subjects(verb)) if m.role in _RULING]
    for token in cast.doc[left : right + 1]:
        if not verb.is_ancestor(token):
            continue
        own = any(child.dep_ in ("nsubj", "nsubjpass") for child in token.children)
        if (token.pos_ == "VERB" or (own and token.dep_ in ("ccomp", "xcomp"))) and _is_leaving(cast, token):
            found += [m for m in parties(cast, clauses.surface_subjects(token)) if m.role in _RULING]
        elif token.lemma_.lower() in _LEAVING_NOUNS and token.pos_ == "NOUN":
            owners = [c for c in token.children if c.dep_ in ("poss", "compound")] + clauses.obliques(
                token, ("of", "by", "from")
            )
            found += [m for m in parties(cast, owners) if m.role in _RULING]
    return found


def _is_leaving(cast: Cast, verb: Token) -> bool:
    if verb.lemma_ in _GOING:
        away = clauses.obliques(verb, ("to", "into", "on", "with"))
        things = clauses.objects(verb)
        return not away and (not things or any("office" in lexicon.classes_of(t) or cast.hit_at(t) for t in things))
    frame = lexicon.match(verb, cast.is_actor)
    return frame is not None and frame.type is T.RETREAT and frame.mode == "resign"


def _leave_demands(
    cast: Cast, placed: list[Placed], thread: Thread, report: int, numbers: dict[int, int]
) -> Iterator[Demand]:
    seen: set[tuple[int, str]] = set()
    for item in placed:
        event, act = item.event, item.act
        if event.type not in (T.REQUEST, T.THREATEN) or event.modality not in _REAL or event.negated:
            continue
        who = leavers(cast, act.verb)
        target = item.target
        if not who and target is not None and target.role in _RULING and _governs_leaving(cast, act.verb):
            who = [target]
        if not who and event.type == T.REQUEST:
            who = _spelled_out(cast, act.verb)
        if not who and target is None and item.source is not None and _wants_departure(act.verb):
            other = thread.counterpart(numbers.get(item.sentence.start, 0), item.source)
            who = [other] if other is not None and other.role in _RULING else []
        if not who or item.source is None or item.source.country is None or item.source.key == who[0].key:
            continue
        mark = (item.sentence.start, item.source.country)
        if mark in seen:
            continue
        seen.add(mark)
        n = numbers.get(item.sentence.start, 0)
        text = cast.words(item.sentence).rstrip()
        yield Demand(
            by=item.source.country,
            what="leave_office",
            counter=False,
            report=report,
            start=item.sentence.start_char,
            end=item.sentence.start_char + len(text),
            to=who[0].country,
            deadline_text=find_deadline(text, cast.on).text,
            date=event.date if event.date is None or cast.on is None or event.date <= cast.on else thread.date(n),
        )


def _noun_demands(cast: Cast, sentences: list[Sentence], thread: Thread, report: int) -> Iterator[Demand]:
    """Demands told as things: 'rejected calls by X to step down', 'the ultimatum from X was clear: he has to go'."""
    for n, sentence in enumerate(sentences):
        if genre.is_elsewhere(cast, sentence):
            continue
        for noun in sentence:
            if noun.pos_ != "NOUN" or noun.lemma_.lower() not in _DEMANDING:
                continue
            owners = [c for c in noun.children if c.dep_ in ("poss", "amod", "compound", "nmod")]
            givers = parties(cast, owners + clauses.obliques(noun, ("by", "from", "of")))
            who = leavers(cast, noun) or (leavers(cast, sentence.root) if noun.lemma_.lower() == "ultimatum" else [])
            if not who or not givers or givers[0].country in (None, who[0].country):
                continue
            text = cast.words(sentence).rstrip()
            yield Demand(
                by=str(givers[0].country),
                what="leave_office",
                counter=False,
                report=report,
                start=sentence.start_char,
                end=sentence.start_char + len(text),
                to=who[0].country,
                deadline_text=find_deadline(text, cast.on).text,
                date=thread.date(n),
            )
            break


def _governs_leaving(cast: Cast, verb: Token) -> bool:
    """Whether an infinitive of leaving follows that says nothing of its own subject ('48 hours to leave')."""
    return any(
        t.tag_ == "VB" and (clauses.has_to(t) or t.nbor(-1).text in _OPENERS) and _is_leaving(cast, t)
        for t in clauses.subtree_verbs(verb)
    )


def _wants_departure(verb: Token) -> bool:
    """'Insisted on an immediate departure': whose, the sentences before say."""
    things = clauses.objects(verb) + clauses.obliques(verb, ("on", "for"))
    return any(t.lemma_.lower() in _LEAVING_NOUNS and not any(c.dep_ == "poss" for c in t.children) for t in things)


def _spelled_out(cast: Cast, verb: Token) -> list[Mention]:
    """'Demanded that the ruler resign': small models misread the bare form, so the words themselves decide."""
    doc = cast.doc
    stop = min(verb.i + 30, verb.sent.end)
    opener = next((i for i in range(verb.i + 1, min(verb.i + 4, stop)) if doc[i].lower_ == "that"), None)
    if opener is None:
        return []
    for i in range(opener + 2, stop):
        if doc[i].lower_ in _BARE:
            near = [
                cast.resolve(doc[j]) for j in range(max(opener, i - 5), i) if doc[j].pos_ in ("PROPN", "NOUN", "PRON")
            ]
            return [m for m in near if m is not None and m.political and m.role in _RULING][-1:]
        if doc[i].text in (",", ";", "."):
            return []
    return []


# -- everything else -------------------------------------------------------------------------------


def _asked(cast: Cast, sentences: list[Sentence], thread: Thread, report: int, pressed: set[str]) -> Iterator[Demand]:
    for n, sentence in enumerate(sentences):
        if genre.is_elsewhere(cast, sentence):
            continue
        seen: set[tuple[str, str]] = set()
        for stance in find_stances(cast, sentence, ASKED):
            if stance.kind != "ask" or not stance.real:
                continue
            asker = _asker(cast, stance.word)
            if (
                asker is None
                or asker.country is None
                or not _for_itself(cast, stance.term, stance.word, asker, pressed)
            ):
                continue
            counter = asker.country in pressed and asker.role in _RULING
            to = _addressee(cast, stance.word, asker) or (None if counter else thread.counterpart(n, asker))
            if not counter and to is None:
                continue
            what = NAMES.get(stance.term, stance.term)
            if (asker.country, what) in seen:
                continue
            seen.add((asker.country, what))
            text = cast.words(sentence).rstrip()
            days = [
                f.day
                for f in find_dates(text, cast.on)
                if f.day and f.kind != "in" and (cast.on is None or f.day <= cast.on)
            ]
            yield Demand(
                by=asker.country,
                what=what,
                counter=counter,
                report=report,
                start=sentence.start_char,
                end=sentence.start_char + len(text),
                to=to.country if to is not None and to.country != asker.country else None,
                deadline_text=None,
                date=days[-1] if days else thread.date(n),
            )


def _other_terms(cast: Cast, placed: list[Placed], pressed: set[str], report: int) -> Iterator[Demand]:
    """What a pressed ruler demands that no listed term covers, in the report's own words."""
    for item in placed:
        event, source = item.event, item.source
        if event.type != T.REQUEST or event.modality not in _REAL or event.negated or source is None:
            continue
        if source.country not in pressed or not source.is_leader or item.act.verb.lemma_ not in _INSISTING:
            continue
        verb = item.act.verb
        _, right = clauses.bounded_span(verb, 25)
        phrase = cast.doc[verb.i + 1 : right + 1].text.split(",")[0].strip(' .;"”')
        phrase = phrase.removeprefix("that ").removeprefix("on ")
        if len(phrase) < 4:
            continue
        yield Demand(
            by=str(source.country),
            what=" ".join(phrase.split())[:100],
            counter=True,
            report=report,
            start=event.start,
            end=event.end,
            to=item.target.country if item.target is not None and item.target.country != source.country else None,
            date=event.date,
        )


def _asker(cast: Cast, word: Token) -> Mention | None:
    if word.pos_ == "NOUN":
        owners = [c for c in word.children if c.dep_ in ("poss", "amod", "compound")] + clauses.obliques(
            word, ("from", "by", "of")
        )
        return next(iter(parties(cast, owners)), None)
    return next((m for m in parties(cast, clauses.subjects(word)) if m.role != Role.OUTLET), None)


def _addressee(cast: Cast, word: Token, asker: Mention) -> Mention | None:
    things = clauses.receivers(word) + clauses.objects(word) + clauses.obliques(word, ("from", "of", "to", "with"))
    return next((m for m in parties(cast, things) if m.country != asker.country), None)


def _for_itself(cast: Cast, term: str, word: Token, asker: Mention, pressed: set[str]) -> bool:
    """An outside power that asks for elections asks somebody; a people that asks for talks is no party to the deal."""
    if asker.role in (Role.PUBLIC, Role.PERSON, Role.REBELS):
        return False
    if asker.country in pressed:
        return asker.role in _RULING
    return term in ("elections", "talks", "release", "ceasefire", "withdraw_troops", "sanctions")
