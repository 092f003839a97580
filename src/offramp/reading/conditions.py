"""What a report says of the country itself: the army's loyalty, the street, the economy, pressure, the region.

Each statement is one `Condition` with its topic from the closed list of `evidence.Condition`, the country it speaks
of, and the grade of the claim it stands in (a statement of the report's own voice has no source). General truths,
conditional and historical sentences are passed over. `data/conditions.csv` has the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType
from offramp.codes.roles import Role
from offramp.reading import clauses, genre
from offramp.reading.dates import find_dates, months_in
from offramp.reading.events import is_historical
from offramp.reading.evidence import Claim, Condition, Grade, Modality
from offramp.reading.lexicon import table

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.events import Placed

ARMED = {Role.ARMED_FORCES, Role.POLICE}
_GENERAL = re.compile(
    r"\bhistory (?:says|shows|teaches|suggests)"
    r"|\b(?:rulers|leaders|dictators|autocrats) (?:fall|leave|go|survive|lose)\b",
    re.I,
)
_NOT = re.compile(r"\b(?:not|never|n[’']t|no longer|hardly|without|neither|nor)\b(?:\s+\w+){0,3}\s*$", re.I)
_UNSURE = re.compile(r"\b(?:if|unless|whether|should|could|might|may|would)\b(?:\s+[\w’']+){0,6}\s*$", re.I)
# Asked by topic: in a report these belong to the theatre, whoever else the sentence names.
_LOCAL = {
    "street_quiet",
    "street_mobilised",
    "economy_bad",
    "economy_good",
    "coup_attempt",
    "split_opinion",
    "pressure",
}


@dataclass(frozen=True)
class _Rule:
    topic: str
    actor: str
    opposite: str
    pattern: re.Pattern[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(row["topic"], row["actor"], row["opposite"], re.compile(rf"\b(?:{row['pattern']})\b", re.I))
        for _, row in table("conditions.csv")
    )


def find_conditions(
    cast: Cast, placed: list[Placed], claims: list[Claim], report: int, outside: set[str] | None = None
) -> list[Condition]:
    """Conditions of a report in text order, at most one a topic and sentence.

    `placed` are the report's events: a protest of people in their own country says that the street is mobilised.
    `outside` are the powers that press: pressure in the region is pressure on somebody else.
    """
    found: list[Condition] = []
    marching = {
        item.sentence.start: item.source.country
        for item in placed
        if item.event.type == EventType.PROTEST
        and item.event.modality in (Modality.HAPPENED, Modality.ANNOUNCED)
        and not item.event.negated
        and item.source is not None
        and item.source.role in (Role.PUBLIC, Role.OPPOSITION)
    }
    for sentence in cast.doc.sents:
        if len(sentence) < 4 or _GENERAL.search(cast.words(sentence)) or genre.is_elsewhere(cast, sentence):
            continue
        seen: set[str] = set()
        for topic, match in _topics(cast, sentence):
            if topic in seen or (topic == "army_loyal" and "army_wavering" in seen):
                continue
            seen.add(topic)
            condition = _condition(cast, sentence, topic, match, claims, report, outside or set())
            if condition is not None:
                found.append(condition)
        street = marching.get(sentence.start)
        if street is not None and not seen & {"street_mobilised", "street_quiet"}:
            found.append(_of_street(cast, sentence, street, claims, report))
    return found


def _of_street(cast: Cast, sentence: Sentence, country: str, claims: list[Claim], report: int) -> Condition:
    text = cast.words(sentence).rstrip()
    start, end = sentence.start_char, sentence.start_char + len(text)
    days = [f.day for f in find_dates(text, cast.on) if f.day is not None and (cast.on is None or f.day <= cast.on)]
    return Condition(
        topic="street_mobilised",
        text=cast.text[start:end],
        report=report,
        start=start,
        end=end,
        grade=grade_at(claims, report, start + len(text) // 2),
        country=country,
        date=days[0] if days else None,
    )


def _topics(cast: Cast, sentence: Sentence) -> Iterator[tuple[str, re.Match[str]]]:
    text = cast.words(sentence)
    for rule in _rules():
        for match in rule.pattern.finditer(text):
            before = text[: match.start()]
            if _UNSURE.search(before) and not re.match(r"(?:would|will)\b", match[0], re.I):
                continue
            if rule.actor == "army" and _army(cast, sentence, match) is None:
                continue
            if _NOT.search(before) and not re.match(r"(?:not|no)\b", match[0], re.I):
                if rule.opposite:
                    yield rule.opposite, match
                continue
            yield rule.topic, match
            break


def _army(cast: Cast, sentence: Sentence, match: re.Match[str]) -> Token | None:
    """The armed forces that a match speaks of: as its subject, or the nearest named before it."""
    best: Token | None = None
    for token in sentence:
        mention = cast.resolve(token) if token.pos_ in ("NOUN", "PROPN") else None
        if mention is None or mention.role not in ARMED or token.dep_ in ("compound", "amod"):
            continue
        if best is None or token.idx - sentence.start_char <= match.end():
            best = token
    return best


def _condition(
    cast: Cast,
    sentence: Sentence,
    topic: str,
    match: re.Match[str],
    claims: list[Claim],
    report: int,
    outside: set[str],
) -> Condition | None:
    text = cast.words(sentence).rstrip()
    root = sentence.root
    if is_historical(cast, root, sentence) or clauses.is_conditional(root):
        return None
    start, end = sentence.start_char, sentence.start_char + len(text)
    country = _country(cast, sentence, topic, match, outside)
    if country is None and topic not in ("regional", "private_talks"):
        return None
    at = start + match.start()
    around = text[max(0, match.start() - 40) : match.end() + 40]
    days = [f.day for f in find_dates(text, cast.on) if f.day is not None and f.kind != "in"]
    return Condition(
        topic=topic,
        text=cast.text[start:end],
        report=report,
        start=start,
        end=end,
        grade=grade_at(claims, report, at),
        country=country,
        duration_months=months_in(around) if topic == "pressure" else None,
        date=next((d for d in days if cast.on is None or d <= cast.on), None),
    )


def _country(cast: Cast, sentence: Sentence, topic: str, match: re.Match[str], outside: set[str]) -> str | None:
    if topic in ("army_loyal", "army_wavering"):
        token = _army(cast, sentence, match)
        mention = cast.resolve(token) if token is not None else None
        if mention is not None and mention.country is not None:
            return mention.country
    place = cast.antecedents.theatre(sentence.root)
    if topic in _LOCAL:
        return place
    if topic == "regional":
        here = [h.name.country for h in cast.hits_within(sentence.start_char, sentence.end_char)]
        return next((c for c in here if c and ":" not in c and c != place and c not in outside), None)
    return None if topic == "private_talks" else place


def grade_at(claims: list[Claim], report: int, at: int) -> Grade:
    """The grade of the claim whose content covers a character; a statement of the report itself has no source."""
    covering = [c for c in claims if c.report == report and any(a <= at < b for a, b in c.content_spans)]
    return min((c.grade for c in covering), default=Grade.E)
