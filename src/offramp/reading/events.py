"""Events of a report: acts with their actors, dates, terms and how the report presents them.

`find_events` gives `evidence.Event`s sentence by sentence; inside a sentence the main clause's act comes first. An act
with several actors on a side gives one event a pair, as PLOVER has it, at most `PAIRS`. An event needs a political
actor on one side at least: reports of matches, films and products have verbs enough and none of those.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T
from offramp.codes.roles import Role
from offramp.reading import clauses, genre
from offramp.reading.acts import Acts
from offramp.reading.composing import Act
from offramp.reading.dates import Found, find_dates
from offramp.reading.evidence import Actor, Event, Headcount, Modality
from offramp.reading.lexicon import table
from offramp.reading.people import headcounts

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.phrases import Mention

PAIRS = 8
_OUTWARD = {T.MOBILIZE, T.AID, T.THREATEN, T.SANCTION, T.ASSAULT}
SYMMETRIC = {T.AGREE, T.CONSULT, T.SUPPORT, T.COOPERATE}
_REACHING = {T.THREATEN, T.PROTEST, T.REQUEST, T.REJECT, T.MOBILIZE, T.ACCUSE, T.SANCTION}
_DOMESTIC = {T.CONCEDE, T.COERCE, T.PROTEST, T.ASSAULT}
_SIDES = {Role.OUTLET, Role.COMPANY}
_LIMIT = re.compile(
    r"\b(?:by|until|till|before|within|no later than)\s+"
    r"(?:(?:the|noon|midnight|on|of|end|evening|morning|next|coming)\s+)*$",
    re.I,
)
_DENYING = {"deny", "refute", "dismiss", "reject"}


_OLDEN = re.compile(
    r"\s*(in the (19|20)?\d0s|in the (nineteen)?(fifties|sixties|seventies|eighties|nineties)|decades ago|centuries ago"
    r"|history (says|shows|knows))\b",
    re.I,
)


@dataclass(frozen=True)
class Placed:
    """An event with the act it came from, for those who read further (offers, demands)."""

    event: Event
    act: Act
    sentence: Sentence
    source: Mention | None
    target: Mention | None


@cache
def known_terms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every term of a deal with its pattern, in the order of `data/terms.csv`."""
    return tuple((row["term"], re.compile(rf"\b(?:{row['pattern']})\b", re.I)) for _, row in table("terms.csv"))


def find_terms(text: str) -> list[str]:
    """The terms of a deal that a stretch of text speaks of (`data/terms.csv`), in the table's order."""
    return [term for term, pattern in known_terms() if pattern.search(text)]


def find_events(cast: Cast, report: int = 0) -> list[Placed]:
    """Events of a parsed report."""
    acts = Acts(cast)
    found: list[Placed] = []
    for sentence in cast.doc.sents:
        if genre.is_elsewhere(cast, sentence):
            continue
        seen: set[tuple[str, int]] = set()
        told = acts.of_sentence(sentence)
        people = headcounts(cast, sentence, told)
        for act in told:
            for placed in _place(cast, act, sentence, report, people.get(act.verb.i, [])):
                mark = (placed.event.type, placed.event.trigger[0])
                if mark in seen and placed.act is not act:
                    continue
                seen.add(mark)
                found.append(placed)
    return found


# -- actors of an act ------------------------------------------------------------------------------


def _mentions(cast: Cast, tokens: tuple[Token, ...]) -> list[Mention]:
    found: dict[tuple[str | None, str, str], Mention] = {}
    for token in tokens:
        mention = cast.resolve(token)
        if mention is not None:
            found.setdefault((*mention.key, "" if mention.country else mention.name), mention)
    return list(found.values())


def _side(cast: Cast, tokens: tuple[Token, ...]) -> list[Mention]:
    """Political actors among candidates, the first with those joined to it; else the first named one."""
    for token in tokens:
        mention = cast.resolve(token)
        if mention is None or not mention.political:
            continue
        joined = [t for t in clauses.coordinated(token) if t.i in {x.i for x in tokens}]
        return [m for m in _spread(cast, _mentions(cast, tuple(joined or [token]))) if m.political]
    return [m for m in _mentions(cast, tokens) if m.named][:1]


def _spread(cast: Cast, mentions: list[Mention]) -> list[Mention]:
    """'The envoys of Chad, Niger and Mali' are three: a group with several owners is one actor an owner."""
    found: list[Mention] = []
    for mention in mentions:
        head = cast.doc[mention.head]
        owners: list[Mention] = []
        if mention.plural and head.tag_ in ("NNS", "NNPS"):
            named = [cast.resolve(t) for t in clauses.obliques(head, ("of", "from", "in", "for"))]
            owners = [m for m in named if m is not None and m.political and m.named and m.country != mention.country]
        found.append(mention)
        found += [replace(mention, name=f"{head.text} of {m.name}", country=m.country, start=m.start, end=m.end,
                          head=m.head) for m in owners if ":" not in str(m.country)]  # fmt: skip
    return found


def _pairs(cast: Cast, act: Act) -> list[tuple[Mention | None, Mention | None]]:
    sources: list[Mention | None] = [*_side(cast, act.sources)]
    heads = {m.head for m in sources if m is not None}
    keys = {m.key for m in sources if m is not None and m.role != Role.PUBLIC}
    if act.type in _OUTWARD:  # a state moves or lends its own troops, it does not do so to them
        keys |= {(m.country, role) for m in sources if m is not None for role in (Role.ARMED_FORCES, Role.POLICE)}
    others = tuple(t for t in act.targets if t.i not in heads)
    found = _side(cast, tuple(t for t in others if not _same(cast, t, keys)))
    if not any(m.political for m in found):
        found = _further(cast, act, heads, keys) or found
    if not found and act.type in _DOMESTIC:  # 'lifted the curfew in its own province'
        found = _side(cast, tuple(t for t in others if clauses.preposition_of(t) == "in"))
    targets: list[Mention | None] = [*found]
    if len(sources) > 1 and act.type in SYMMETRIC and not any(m and _beside(cast, act, m) for m in targets):
        return [(sources[0], other) for other in sources[1:]][:PAIRS]
    pairs = [(s, t) for s in (sources or [None]) for t in (targets or [None])]
    return pairs[:PAIRS]


def _beside(cast: Cast, act: Act, mention: Mention) -> bool:
    """Whether a target stands beside the predicate itself ('agreed with X', 'met X'), not inside what was agreed."""
    head = cast.doc[mention.head]
    for _ in range(clauses.REACH):
        if head.i in {t.i for t in act.trigger} or head.i == act.verb.i:
            return True
        if head.pos_ in ("VERB", "AUX") or head.head.i == head.i:
            return False
        head = head.head
    return False


def _further(cast: Cast, act: Act, heads: set[int], keys: set[tuple[str | None, str]]) -> list[Mention]:
    """A political actor further down in the predicate's own clause, when no argument names one."""
    if act.type not in _REACHING or act.kind == "noun":
        return []
    own = {country for country, _ in keys}
    _, right = clauses.bounded_span(act.verb, 30)
    for token in act.verb.doc[act.verb.i + 1 : right + 1]:
        if (
            token.dep_ in ("conj", "advcl", "relcl")
            and token.pos_ == "VERB"
            and clauses.marker(token) not in ("", "to")
        ):
            break
        if token.pos_ not in ("NOUN", "PROPN", "ADJ") or token.i in heads or not act.verb.is_ancestor(token):
            continue
        mention = cast.resolve(token)
        if mention is None or not mention.political or not mention.named or mention.key in keys:
            continue
        hit = cast.hit_at(token)
        if (hit is not None and hit.name.kind == "place") or mention.role == Role.OUTLET:
            continue
        if (mention.country not in own or act.type is T.PROTEST) and token.head.lemma_ not in (
            "say",
            "report",
            "accord",
        ):
            return [mention]
    return []


def _same(cast: Cast, token: Token, keys: set[tuple[str | None, str]]) -> bool:
    mention = cast.resolve(token)
    return mention is not None and mention.key in keys


def _worth(act: Act, source: Mention | None, target: Mention | None) -> bool:
    """Whether an act is an event of politics at all."""
    sides = [m for m in (source, target) if m is not None]
    if not any(m.political and m.role not in _SIDES for m in sides):
        named = source is not None and target is not None and source.named and target.named
        return named and act.kind != "noun" and not any(m.role == Role.OUTLET for m in sides)
    if target is None and source is not None and not source.political:
        return False
    if source is None and target is not None and not target.political:
        return False
    if source is None and act.kind in ("report", "promise", "plan", "allow"):
        return False
    lone = target is None and act.type in (T.CONSULT, T.COOPERATE, T.SUPPORT, T.AID, T.ACCUSE) and act.kind != "event"
    return not lone


def _actor(mention: Mention | None) -> Actor | None:
    if mention is None:
        return None
    role = Role.HEAD_OF_STATE if mention.is_leader else mention.role
    country = mention.country
    return Actor(
        name=" ".join(mention.name.split())[:120], country=country, role=str(role), span=(mention.start, mention.end)
    )


# -- the event -------------------------------------------------------------------------------------


def _place(cast: Cast, act: Act, sentence: Sentence, report: int, people: list[Headcount]) -> list[Placed]:
    found = []
    for source, target in _pairs(cast, act):
        act = _in_words_only(act, source)
        if not _worth(act, source, target):
            continue
        start, end = sentence.start_char, sentence.start_char + len(cast.words(sentence).rstrip())
        modality = _modality(cast, act, sentence)
        event = Event(
            type=act.type,
            mode=act.mode,
            trigger=_trigger(act),
            source=_actor(source),
            target=_actor(target),
            date=_date(cast, act, sentence),
            text=cast.text[start:end],
            report=report,
            start=start,
            end=end,
            confidence=_confidence(act, source, target, modality),
            modality=modality,
            negated=act.negated and act.type is not T.REJECT,
            terms=find_terms(_scope(act)),
            people=people,
        )
        found.append(Placed(event, act, sentence, source, target))
    return found


def _in_words_only(act: Act, source: Mention | None) -> Act:
    """A government or an organisation that protests does so in words: that is an accusation, no demonstration."""
    verbal = source is not None and source.role in (Role.ORGANISATION, Role.GOVERNMENT, Role.FOREIGN_MINISTER, "leader")
    if act.type is T.PROTEST and verbal and act.verb.lemma_ in ("protest", "lodge", "boycott"):
        return replace(act, type=T.ACCUSE, mode="disapprove")
    return act


def _trigger(act: Act) -> tuple[int, int]:
    """Characters of the trigger: the verb, with its particle or light noun where they stand close by."""
    first, last = act.verb, act.verb
    for token in act.trigger:
        if 0 < token.i - first.i <= 4:
            last = token if token.i > last.i else last
    return first.idx, last.idx + len(last)


def _scope(act: Act) -> str:
    """The words that belong to an act: the predicate's own part of the sentence."""
    left, right = clauses.bounded_span(act.verb)
    return str(act.verb.doc[left : right + 1].text)


def _confidence(act: Act, source: Mention | None, target: Mention | None, modality: Modality) -> float:
    value = act.weight
    value *= 1.0 if source is not None and source.political else 0.75
    value *= 1.0 if target is not None and target.political else 0.85
    if modality in (Modality.HYPOTHETICAL, Modality.CONDITIONAL):
        value *= 0.7
    if act.negated:
        value *= 0.8
    return round(min(value, 0.95), 2)


def _date(cast: Cast, act: Act, sentence: Sentence) -> dt.date | None:
    """The time expression nearest to the trigger in its sentence, when it says a day or a month."""
    near: tuple[int, dt.date] | None = None
    place = act.verb.idx - sentence.start_char
    for found in find_dates(cast.words(sentence), cast.on, future=act.future and act.type is not T.REJECT):
        if found.day is None or found.kind == "in" or not _dates_act(cast, act, sentence, found):
            continue
        distance = abs(found.start - place)
        if near is None or distance < near[0]:
            near = (distance, found.day)
    return near[1] if near else None


def _dates_act(cast: Cast, act: Act, sentence: Sentence, found: Found) -> bool:
    """Whether a time expression can tell when an act took place: no deadline, dateline, or date of something else."""
    if _LIMIT.search(cast.words(sentence)[: found.start]):
        return False
    if cast.on is not None and found.first > cast.on and not act.future:
        return False
    if "—" in cast.words(sentence)[found.end : found.end + 3] and found.start < 40:
        return False
    token = cast.token_at(sentence.start_char + found.start)
    if token is None:
        return True
    low, high = sorted((token.i, act.verb.i))
    parted = any(t.text == "," for t in sentence.doc[low:high])
    return not (parted and _hangs_on_noun(token))


def _hangs_on_noun(token: Token) -> bool:
    """Whether a date stands inside a noun phrase ('the election in December')."""
    for _ in range(4):
        if token.dep_ == "prep":
            return bool(token.head.pos_ in ("NOUN", "PROPN"))
        token = token.head
    return False


def _modality(cast: Cast, act: Act, sentence: Sentence) -> Modality:
    verb = act.verb
    if clauses.is_conditional(verb):
        return Modality.CONDITIONAL
    head = verb.head
    if verb.dep_ in ("ccomp", "xcomp", "pcomp") and (
        head.lemma_ in _DENYING or (head.pos_ == "ADP" and head.head.lemma_ in _DENYING)
    ):
        return Modality.DENIED
    if (
        verb.dep_ in ("ccomp", "xcomp")
        and clauses.is_negated(head)
        and head.lemma_ in ("say", "think", "believe", "confirm")
    ):
        return Modality.DENIED
    if is_historical(cast, verb, sentence):
        return Modality.HISTORICAL
    if clauses.modals(verb) & clauses.MUST and act.type is not T.REQUEST:
        return Modality.HYPOTHETICAL
    if clauses.modals(verb) & {"could", "might", "may", "would", "'d"} and not act.future and act.type is not T.REJECT:
        return Modality.HYPOTHETICAL
    if act.plan:
        return Modality.PLANNED
    return Modality.ANNOUNCED if act.future else Modality.HAPPENED


def is_historical(cast: Cast, verb: Token, sentence: Sentence) -> bool:
    """Whether a predicate tells of years before the report: a year two or more back in its own clause, in the past."""
    if _OLDEN.match(cast.words(sentence)):
        return True
    if verb.tag_ not in ("VBD", "VBN", "VB", "VBG"):
        return False
    limit = cast.on.year - 1 if cast.on is not None else 2000
    for token in cast.years_in(sentence):
        if int(token.text) >= limit:
            continue
        if token.head.lower_ in ("since", "until", "by") or (
            token.head.dep_ == "prep" and token.head.lower_ == "since"
        ):
            continue
        if _own_verb(token).i == verb.i or _own_verb(token).is_ancestor(verb):
            return True
    return False


def _own_verb(token: Token) -> Token:
    """The predicate whose clause a word stands in."""
    for _ in range(clauses.REACH):
        if token.pos_ in ("VERB", "AUX") or token.head.i == token.i:
            return token
        token = token.head
    return token
