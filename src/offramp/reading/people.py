"""Numbers of people in events: how many were killed, wounded, detained, freed, displaced, sent, or took part.

A number counts people when it modifies a word for people ('forty protesters', 'hundreds of Syrians') or stands for one
beside a word of harm ('12 dead', 'injuring 40'). It belongs to the event whose predicate governs it, else to the one
that its clause hangs on ('opened fire, killing 12'). Bounds are what the qualifier says, no more: 'at least 12' has no
ceiling, 'about 12' has neither floor nor ceiling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from offramp.codes.roles import Role
from offramp.reading import clauses, titles
from offramp.reading.evidence import Headcount
from offramp.reading.numbers import Number, find_numbers

if TYPE_CHECKING:
    from spacy.tokens import Span as Sentence
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.composing import Act

REACH = 10
MOST = 60  # numbers of a sentence that are looked at
_PEOPLE_ROLES = {Role.PUBLIC, Role.ARMED_FORCES, Role.POLICE, Role.REBELS, Role.OPPOSITION}
_PEOPLE = frozenset(
    ("people", "person", "man", "woman", "child", "girl", "boy", "victim", "passenger", "hostage", "member", "guard",
     "official", "supporter", "worker", "other", "mercenary", "recruit", "reservist", "fighter", "deserter", "defector",
     "casualty", "arrest", "death", "injury", "detention", "mourner")
)  # fmt: skip
# Words of roles.csv that stand for things or bodies rather than for people one by one.
_NO_PEOPLE = frozenset(
    ("army", "military", "navy", "force", "warplane", "warship", "jet", "helicopter", "gunboat", "bomber", "tank",
     "aircraft", "barracks", "air_force", "infantry", "artillery", "plane", "battalion", "brigade", "garrison",
     "police", "intelligence", "security", "opposition", "population", "community", "street", "mob", "public", "crowd",
     "militia", "union", "patrol", "minority")
)  # fmt: skip
_HARM = {
    "dead": "killed", "killed": "killed", "killing": "killed", "wounded": "wounded", "injured": "wounded",
    "hurt": "wounded", "arrested": "detained", "detained": "detained", "jailed": "detained", "missing": "other",
    "deaths": "killed", "arrests": "detained", "injuries": "wounded", "detentions": "detained",
    "homeless": "displaced", "displaced": "displaced",
}  # fmt: skip
_WHAT = {
    "kill": "killed", "die": "killed", "murder": "killed", "execute": "killed", "shoot": "killed", "massacre": "killed",
    "slaughter": "killed", "assassinate": "killed", "drown": "killed", "perish": "killed", "behead": "killed",
    "wound": "wounded", "injure": "wounded", "hurt": "wounded", "maim": "wounded",
    "arrest": "detained", "detain": "detained", "jail": "detained", "imprison": "detained", "seize": "detained",
    "capture": "detained", "abduct": "detained", "kidnap": "detained", "hold": "detained", "sentence": "detained",
    "release": "released", "free": "released", "pardon": "released", "amnesty": "released", "liberate": "released",
    "flee": "displaced", "displace": "displaced", "evacuate": "displaced", "expel": "displaced", "deport": "displaced",
    "uproot": "displaced", "emigrate": "displaced",
    "deploy": "deployed", "send": "deployed", "dispatch": "deployed", "mobilise": "deployed", "mobilize": "deployed",
    "station": "deployed", "airlift": "deployed", "move": "deployed", "order": "deployed",
    "march": "took_part", "rally": "took_part", "protest": "took_part", "demonstrate": "took_part",
    "gather": "took_part", "join": "took_part", "strike": "took_part", "assemble": "took_part", "attend": "took_part",
    "turn": "took_part", "pour": "took_part", "fill": "took_part", "take": "took_part", "riot": "took_part",
}  # fmt: skip
_DEEDS = {
    "arrest": "detained", "detention": "detained", "abduction": "detained", "capture": "detained",
    "release": "released", "killing": "killed", "murder": "killed", "execution": "killed", "death": "killed",
    "deployment": "deployed",
    "expulsion": "displaced", "evacuation": "displaced", "displacement": "displaced",
}  # fmt: skip
_UNDERGONE = frozenset(("killed", "wounded", "detained", "released", "displaced", "deployed"))
_ALONE = frozenset(("die", "drown", "perish", "flee", "emigrate"))  # these befall their own subject


class Counted(NamedTuple):
    """A number of people, the word for them, the predicate that governs it, and what became of them."""

    number: Number
    unit: str
    governor: Token
    what: str


def headcounts(cast: Cast, sentence: Sentence, acts: Sequence[Act]) -> dict[int, list[Headcount]]:
    """Numbers of people of a sentence by the predicate (token index of `Act.verb`) whose event they belong to."""
    found: dict[int, list[Headcount]] = {}
    if not acts:
        return found
    start, end = sentence.start_char, sentence.end_char
    for number in find_numbers(cast.text, start, end, small=True)[:MOST]:
        counted = _counted(cast, number, sentence) if number.unit == "count" else None
        verb = _owner(counted, acts) if counted is not None else None
        if counted is not None and verb is not None:
            found.setdefault(verb, []).append(_made(counted))
    return found


def _made(counted: Counted) -> Headcount:
    number = counted.number
    return Headcount.model_validate(
        {
            "what": counted.what, "value": number.value, "low": number.low, "high": number.high,
            "unit": counted.unit, "qualifier": number.qualifier, "span": (number.start, number.end),
        }
    )  # fmt: skip


def _counted(cast: Cast, number: Number, sentence: Sentence) -> Counted | None:
    inside = cast.doc.char_span(number.start, number.end, alignment_mode="expand")
    if inside is None or inside.start < sentence.start or inside.end > sentence.end:
        return None
    token = inside.root
    after = cast.doc[inside.end] if inside.end < sentence.end else None
    harm = _HARM.get(after.lower_) if after is not None and token.dep_ != "nummod" else None
    if after is not None and after.lower_ in _HARM and token.dep_ == "nummod" and token.head.i == after.i:
        harm = _HARM[after.lower_]
    noun = _noun(cast, token)
    phrase = noun if noun is not None and token.dep_ == "nummod" else token
    if noun is None and harm is None and not _stands_alone(token):
        return None
    governor, acted = _governor(phrase)
    what = harm or _what(governor, acted)
    if noun is None and harm is None and what not in _UNDERGONE:
        return None  # a bare number counts people only beside a word of harm
    unit = noun.text.lower() if noun is not None and noun.lower_ not in (*_HARM, "other", "others") else "people"
    if noun is not None and noun.pos_ == "PROPN":
        unit = noun.text
    return Counted(number, unit, governor, what)


def _noun(cast: Cast, token: Token) -> Token | None:
    """The word for people that a number modifies, directly or through 'of'."""
    if token.dep_ in ("nummod", "amod", "compound") and token.head.i > token.i:
        return token.head if _is_people(cast, token.head) else None
    for deep in clauses.obliques(token, ("of",))[:1]:
        return deep if _is_people(cast, deep) else None
    return None


def _is_people(cast: Cast, noun: Token) -> bool:
    hit = cast.hit_at(noun)
    if hit is not None:
        return hit.name.kind == "people" or noun.tag_ == "NNPS"
    word = noun.lower_
    if noun.lemma_.lower() in _PEOPLE or word in _HARM:
        return True
    role = titles.role_nouns().get(word) or titles.role_nouns().get(noun.lemma_.lower())
    return role in _PEOPLE_ROLES and word not in _NO_PEOPLE and noun.lemma_.lower() not in _NO_PEOPLE - {"guard"}


def _stands_alone(token: Token) -> bool:
    """Whether a number is itself a subject or object: 'injuring 40', 'twelve were killed'."""
    return token.pos_ == "NUM" and token.dep_ in ("nsubj", "nsubjpass", "dobj")


def _governor(token: Token) -> tuple[Token, bool]:
    """The predicate or noun that governs a phrase, and whether the phrase is what it acts on."""
    phrase = token
    for _ in range(REACH):
        head = token.head
        if head.i == token.i or token.pos_ in ("VERB", "AUX"):
            break
        if token.i != phrase.i and token.pos_ == "NOUN" and token.lemma_.lower() in _DEEDS:
            return token, True
        if token.dep_ == "prep" and token.lower_ not in ("of", "between", "by", "from"):
            return head, False  # 'an attack on twelve soldiers' says what was done by its own noun only
        token = head
    if clauses.is_passive(token) if token.pos_ == "VERB" else False:
        return token, phrase.i < token.i or token.dep_ == "acl"
    return token, phrase.i > token.i


def _what(governor: Token, acted: bool) -> str:
    lemma = governor.lemma_.lower()
    if governor.pos_ not in ("VERB", "AUX"):
        return _DEEDS.get(lemma, "other")
    what = _WHAT.get(lemma, "other")
    if lemma in _ALONE or what == "took_part":
        return what
    return what if acted else "took_part"  # 'twelve gunmen killed the guard'


def _owner(counted: Counted, acts: Sequence[Act]) -> int | None:
    """The predicate of the act that a number belongs to: its governor's own, else the nearest one above."""
    by_token = {t.i: act.verb.i for act in reversed(acts) for t in (act.verb, *act.trigger)}
    token = counted.governor
    for _ in range(REACH):
        if token.i in by_token:
            return by_token[token.i]
        if counted.what == "other" or token.head.i == token.i:
            break
        token = token.head
    if counted.what == "other":
        return None
    # 'Troops opened fire; 12 people died': a clause beside the only act of its sentence tells what came of it.
    verbs = {act.verb.i for act in acts}
    return next(iter(verbs)) if len(verbs) == 1 else None
