"""Who is meant: every noun phrase of a report resolved to a country or organisation and a role.

`Cast` reads one parsed report. Names come from the gazetteers (dated by the report), roles from nouns and titles
(`data/roles.csv`), and what a phrase leaves unsaid ('the army', 'he') from `offramp.reading.coref`. An actor that
stays unknown keeps its phrase, with no country and the role 'other'.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from offramp.codes.roles import Role
from offramp.reading import clauses
from offramp.reading.coref import Antecedents
from offramp.reading.gazetteer import Hit, find_names
from offramp.reading.lexicon import table

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

LEADER = "leader"  # whoever leads a country; ruler or head of state once the standoff is known
_LOCAL_ROLES = {Role.ARMED_FORCES, Role.POLICE, Role.PUBLIC, Role.REBELS, Role.OPPOSITION}
_BODIES = {"council", "bloc", "union", "league", "organisation", "organization", "commission", "alliance", "community"}
_MEN = {"men", "boys", "soldiers", "troops", "forces"}
_COURTESY = {
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "sir",
    "lord",
    "lady",
    "president",
    "prime",
    "minister",
    "general",
    "sheikh",
}
_BEYOND = re.compile(
    r"\b(club|company|board|university|federation|association|bank|firm|studio|team|league|foundation|museum|festival"
    r"|institute|corporation|group|chamber of commerce|school|college|society)\b"
)
_MINISTER = re.compile(r"\b(?:defen[cs]e|interior|justice|information|communications?|finance) minister\b")
# A title's words, tried in this order; the first that fits decides.
_TITLES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), role)
    for pattern, role in (
        (r"\b(former|ex|ousted|deposed|late|exiled|president-elect|elect)\b", Role.OPPOSITION),
        (r"\b(opposition|candidate|challenger|dissident|activist)\b", Role.OPPOSITION),
        (r"\b(rebel|guerrilla|militia|insurgent|warlord|separatist)\b", Role.REBELS),
        (r"\b(secretary|attorney|director|inspector|governor)[- ]general\b", Role.GOVERNMENT),
        (r"\b(foreign (minister|secretary|affairs)|secretary of state|ambassador|envoy)\b", Role.FOREIGN_MINISTER),
        (r"\b(general|admiral|colonel|commander|marshal|brigadier|captain|lieutenant|major|army|chief of staff)\b",
         Role.ARMED_FORCES),
        (r"\bpolice\b", Role.POLICE),
        (r"\b(vice|deputy|assistant|under)\b", Role.GOVERNMENT),
        (r"\b(prime minister|premier|chancellor)\b", LEADER),
        (r"\b(minister|secretary|spokesman|spokeswoman|spokesperson|senator|governor|mayor|judge|prosecutor|adviser"
         r"|advisor|official|speaker|lawmaker|deputy|attorney|congressman|congresswoman|representative|assembly"
         r"|parliament|senate|court|council|chairman of the)\b", Role.GOVERNMENT),
        (r"\b(president|ruler|strongman|dictator|king|queen|emperor|sultan|emir|leader|monarch|autocrat|tyrant)\b",
         LEADER),
        (r"\b(bishop|cardinal|archbishop|imam|priest|pope|patriarch)\b", Role.ORGANISATION),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that names an actor. `head` is its head token's index; `start`, `end` are characters of the text."""

    name: str
    country: str | None
    role: str
    start: int
    end: int
    head: int
    political: bool
    person: bool = False
    plural: bool = False
    named: bool = False

    @property
    def is_leader(self) -> bool:
        return self.role == LEADER

    @property
    def key(self) -> tuple[str | None, str]:
        """What two mentions of one actor share."""
        return (self.country, self.role)


@cache
def role_nouns() -> dict[str, str]:
    """Noun to role, from the table; the first row that holds a noun wins."""
    found: dict[str, str] = {}
    for _, row in table("roles.csv"):
        for word in row["nouns"].split():
            found.setdefault(word.replace("_", " "), row["role"])
    return found


def title_role(words: str) -> str | None:
    """The role that a title or description gives ('opposition leader' is opposition), or None."""
    return next((role for pattern, role in _TITLES if pattern.search(words)), None)


class Cast:
    """The actors of one report.

    Args:
        doc: The parsed text.
        on: The report's date; it dates rulers and states. None takes every day's.
        skip: Character ranges that are no part of the report (dropped debris).
    """

    def __init__(self, doc: Doc, on: dt.date | None, skip: list[tuple[int, int]] | None = None) -> None:
        self.doc = doc
        self.on = on
        ranges = skip or []
        found = [h for h in find_names(doc.text, on) if not any(a <= h.start < b for a, b in ranges)]
        self._token_at = {token.idx: token.i for token in doc}
        self.hits = [hit for hit in found if not self._is_namesake(hit)]
        self._starts = [hit.start for hit in self.hits]
        self._cache: dict[int, Mention | None] = {}
        self._people: dict[str, Mention] = {}
        self._learn_people()
        self.antecedents = Antecedents(self)

    # -- names -------------------------------------------------------------------------------------

    def _is_namesake(self, hit: Hit) -> bool:
        """Whether a ruler's bare surname belongs to somebody else here: 'Melania Trump', 'a brown coat'."""
        if hit.name.kind != "ruler" or hit.end - hit.start > len(hit.name.label.split()[-1]) + 4:
            return False
        i = self._token_at.get(hit.start)
        if i is None or self.doc[i].pos_ not in ("PROPN", "NOUN", "X", "ADJ"):
            return True
        if i == 0 or " " in self.doc.text[hit.start : hit.end]:
            return False
        before = self.doc[i - 1]
        known = before.lower_.rstrip(".") in _COURTESY or before.lower_ in role_nouns()
        return before.pos_ == "PROPN" and before.is_title and not known and before.ent_type_ == "PERSON"

    def hit_at(self, token: Token) -> Hit | None:
        """The gazetteer's name that covers a token, if any."""
        i = bisect.bisect_right(self._starts, token.idx) - 1
        if i >= 0 and self.hits[i].start <= token.idx < self.hits[i].end:
            return self.hits[i]
        return None

    def _learn_people(self) -> None:
        """First pass: persons introduced with a title or an apposition lend their part to later bare surnames."""
        for hit in self.hits:
            if hit.name.kind == "ruler":
                surname = hit.name.label.split()[-1].casefold()
                self._people.setdefault(surname, self._ruler(hit, hit.start, hit.end, 0))
        for entity in self.doc.ents:
            if entity.label_ in ("PERSON", "ORG", "GPE", "NORP", "FAC") and len(entity) <= 6:
                self._learn(entity.root)
        for token in self.doc:
            if token.pos_ == "PROPN" and token.dep_ in ("nsubj", "nsubjpass", "dobj", "pobj", "poss", "appos"):
                self._learn(token)

    def _learn(self, head: Token) -> None:
        if head.pos_ != "PROPN" or self.hit_at(head) is not None:
            return
        words = self._describing(head)
        role = title_role(words)
        if role is None or _BEYOND.search(words):
            return
        country, body = self._country_in(head)
        if country is None and role == LEADER:
            return
        surname = head.text.casefold()
        if surname not in self._people and len(surname) > 2:
            if body or (country or "").startswith("org:"):
                role = Role.ORGANISATION
            self._people[surname] = self._mention(head, country, role, political=True, person=True, named=True)

    def _describing(self, head: Token) -> str:
        """Titles around a name: what stands before it, and its apposition, in lower case."""
        words = [t.lower_ for t in self.doc[head.left_edge.i : head.i]][-10:]
        for child in head.children:
            if child.dep_ == "appos" and child.pos_ != "PROPN":
                left, right = clauses.bounded_span(child, 8)
                words += [t.lower_ for t in self.doc[left : right + 1]]
        if head.dep_ == "appos" and head.head.pos_ == "NOUN":  # 'the army chief, General X'; 'ruler, X'
            words += [t.lower_ for t in self.doc[head.head.left_edge.i : head.head.i + 1]]
        return " ".join(words)

    # -- countries inside a phrase -----------------------------------------------------------------

    def _country_in(self, head: Token) -> tuple[str | None, bool]:
        """Country or organisation that a phrase names around its head, and whether it is an organisation or outlet."""
        order: list[Token] = []
        for child in head.children:
            if child.dep_ in ("poss", "amod", "compound", "nmod", "det", "nummod"):
                order.extend(list(child.subtree)[-12:])
        for child in head.children:
            if child.dep_ == "appos":
                order.extend(list(child.subtree)[:12])
        for preposition in ("of", "for", "from", "in", "at", "near"):
            for deep in clauses.obliques(head, (preposition,)):
                order.extend([deep, *list(deep.lefts)[-3:]])
        if head.dep_ == "appos":
            order.extend(list(head.head.lefts)[-4:])
            for deep in clauses.obliques(head.head, ("of", "for")):
                order.extend([deep, *list(deep.lefts)[-3:]])
        place: str | None = None
        for token in order:
            hit = self.hit_at(token)
            if hit is None or hit.name.role == Role.OUTLET:
                owner = self._owner(token)
                if owner is not None:
                    return owner.country, owner.role == Role.ORGANISATION
                continue
            if hit.name.kind == "place":
                place = place or hit.name.country
            elif hit.name.country is not None:
                return hit.name.country, hit.name.role == Role.ORGANISATION
        return place, False

    def _owner(self, token: Token) -> Mention | None:
        """Whose it is: 'its troops', 'Jammeh's army' (known persons only)."""
        if token.dep_ != "poss":
            return None
        if token.lower_ in ("his", "her", "its", "their", "our", "my"):
            return self.antecedents.of(token) if hasattr(self, "antecedents") else None
        return self._people.get(token.text.casefold())

    # -- resolution --------------------------------------------------------------------------------

    def resolve(self, token: Token) -> Mention | None:
        """The actor that the phrase headed by `token` names, or None for what is no actor at all."""
        if token.i not in self._cache:
            self._cache[token.i] = None  # cuts circles through possessives
            self._cache[token.i] = self._resolve(token)
        return self._cache[token.i]

    def is_actor(self, token: Token) -> bool:
        """Whether a phrase names a political actor."""
        mention = self.resolve(token)
        return mention is not None and mention.political

    def _resolve(self, token: Token) -> Mention | None:
        if token.ent_type_ in ("DATE", "TIME", "MONEY", "PERCENT") and self.hit_at(token) is None:
            return None
        if token.pos_ == "PRON" or token.tag_ in ("PRP", "PRP$"):
            return self.antecedents.of(token)
        hit = self.hit_at(token)
        if hit is not None:
            return self._named(token, hit)
        word = token.lower_
        known = role_nouns().get(word) or role_nouns().get(token.lemma_.lower())
        if token.pos_ == "PROPN" or (token.ent_type_ == "PERSON" and known is None):
            person = self._people.get(word)
            if person is not None:
                left = self._name_start(token)
                return replace(person, name=self.doc.text[left : token.idx + len(token)], start=left,
                               end=token.idx + len(token), head=token.i)  # fmt: skip
            if known is None or token.ent_type_ == "PERSON":
                return self._unknown_name(token)
        if known is not None:
            return self._common(token, known)
        if token.pos_ in ("NOUN", "ADJ", "NUM"):
            for deep in clauses.obliques(token, ("of",))[:1]:  # 'thousands of Venezuelans', 'a group of officers'
                inner = self.resolve(deep)
                if inner is not None and inner.political and inner.plural:
                    return self._mention(token, inner.country, inner.role, political=True, plural=True)
        return None

    def _named(self, token: Token, hit: Hit) -> Mention:
        name = hit.name
        left = min(hit.start, self._name_start(token))
        if name.kind == "ruler":
            return self._ruler(hit, left, hit.end, token.i)
        if name.kind == "people":
            return Mention(self.doc.text[left : hit.end], name.country, Role.PUBLIC, left, hit.end, token.i,
                           political=True, plural=True, named=True)  # fmt: skip
        political = name.role not in (Role.OUTLET, Role.COMPANY, Role.OTHER)
        if name.country is not None and name.country.startswith("source:"):
            political = False
        role = name.role
        return Mention(self.doc.text[left : hit.end], name.country, role, left, hit.end, token.i,
                       political=political, named=True)  # fmt: skip

    def _ruler(self, hit: Hit, start: int, end: int, head: int) -> Mention:
        text = self.doc.text[start:end]
        return Mention(text, hit.name.country, hit.name.role, start, end, head, political=True, person=True, named=True)

    def _unknown_name(self, token: Token) -> Mention | None:
        words = self._describing(token)
        country, body = self._country_in(token)
        role = title_role(words)
        person = token.ent_type_ == "PERSON" or role is not None
        if (country is None and role in (Role.ARMED_FORCES, Role.OPPOSITION)) or (
            country is None and _MINISTER.search(words)
        ):
            country = self.antecedents.theatre(token) if hasattr(self, "antecedents") else None
        if role is not None and not _BEYOND.search(words) and country is not None:
            role = Role.ORGANISATION if body else role
            return self._mention(token, country, role, political=True, person=True, named=True)
        nouns = [role_nouns()[w] for w in words.split() if w in role_nouns()]
        if country is not None and nouns and not _BEYOND.search(words) and not person:
            found = Role.GOVERNMENT if nouns[-1] in (LEADER, "head") else nouns[-1]
            return self._mention(token, country, found, political=True, named=True)
        return self._mention(token, country if person else None, Role.PERSON if person else Role.OTHER,
                             political=False, person=person, named=True)  # fmt: skip

    def _common(self, token: Token, role: str) -> Mention | None:
        words = self._describing(token) + " " + token.lower_
        after = " ".join(t.lower_ for t in self.doc[token.i + 1 : min(token.i + 7, len(self.doc))])
        if role in (LEADER, "head") and _BEYOND.search(words + " " + after.split(",")[0]):
            return self._mention(token, None, Role.OTHER, political=False, person=True)
        country, body = self._country_in(token)
        described = title_role(words) if role in (LEADER, "head", Role.GOVERNMENT) else None
        if described is not None:
            role = described
        elif role == "head":
            role = Role.GOVERNMENT
        if token.lower_ in ("side", "team", "country", "state", "nation", "capital", "court") and country is None:
            return None
        if body and role in (LEADER, Role.GOVERNMENT, Role.ORGANISATION, Role.FOREIGN_MINISTER, Role.ARMED_FORCES):
            role = Role.ORGANISATION
        if token.lower_ in _BODIES and country is None:
            named = self.antecedents.organisation(token) if hasattr(self, "antecedents") else None
            if named is not None:
                return replace(self._mention(token, named, Role.ORGANISATION, political=True))
        if token.lower_ in _MEN and self._commanded(token):
            role = Role.ARMED_FORCES
        definite = any(c.dep_ in ("det", "poss") and c.lower_ in ("the", "his", "its", "their") for c in token.children)
        plural = token.tag_ in ("NNS", "NNPS")
        person = role == LEADER and not plural
        theirs = definite or (plural and role in _LOCAL_ROLES)
        if country is None and theirs and hasattr(self, "antecedents"):
            if person:
                leader = self.antecedents.leader(token)
                if leader is not None:
                    return replace(self._mention(token, leader.country, LEADER, political=True, person=True))
            elif role not in (Role.OUTLET, Role.COMPANY, Role.ORGANISATION, Role.FOREIGN_MINISTER):
                country = self.antecedents.theatre(token)
        strong = role not in (Role.OUTLET, Role.COMPANY, Role.PERSON, Role.OTHER)
        political = strong and country is not None
        return self._mention(token, country, role, political=political, person=person, plural=plural)

    def _commanded(self, token: Token) -> bool:
        """Whether 'his men' are a soldier's."""
        owners = [child for child in token.children if child.dep_ == "poss"]
        owner = self.resolve(owners[0]) if owners else None
        return owner is not None and owner.role == Role.ARMED_FORCES

    # -- spans -------------------------------------------------------------------------------------

    def _name_start(self, token: Token) -> int:
        """First character of the phrase without its article, at most ten tokens before the head."""
        left = max(token.left_edge.i, token.i - 10)
        while left < token.i and (
            self.doc[left].pos_ in ("DET", "PUNCT", "ADP", "CCONJ", "ADV", "NUM", "SPACE", "SCONJ")
            or self.doc[left].tag_ in ("PRP$", "VBG", "VBN", "VBD", "RB")
        ):
            left += 1
        return self.doc[left].idx

    def _mention(
        self, token: Token, country: str | None, role: str, *, political: bool, person: bool = False,
        plural: bool = False, named: bool = False,
    ) -> Mention:  # fmt: skip
        start, end = self._name_start(token), token.idx + len(token)
        nearby = [c for c in token.children if c.dep_ == "prep" and c.lower_ == "of" and c.i == token.i + 1]
        if not named and nearby:
            deep = [d for d in nearby[0].children if d.dep_ == "pobj"]
            if deep and deep[0].i - token.i <= 6:
                end = deep[0].idx + len(deep[0])
        return Mention(self.doc.text[start:end], country, role, start, end, token.i, political, person, plural, named)

    def leaders(self) -> list[Mention]:
        """Leaders of countries whom the report names, one a country, in the order of appearance."""
        return list({p.country: p for p in reversed(list(self._people.values())) if p.is_leader}.values())[::-1]
