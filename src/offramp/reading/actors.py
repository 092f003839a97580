"""Who is meant: every noun phrase of a report resolved to a country or organisation and a role.

`Cast` reads one parsed report. Names come from the gazetteers (dated by the report), roles from nouns and titles
(`data/roles.csv`), and what a phrase leaves unsaid ('the army', 'he') from `offramp.reading.coref`. An actor that
stays unknown keeps its phrase, with no country and the role 'other'.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from offramp.codes.roles import Role
from offramp.reading import clauses, titles
from offramp.reading.coref import Antecedents
from offramp.reading.gazetteer import Hit
from offramp.reading.lexicon import noun
from offramp.reading.names import UserName
from offramp.reading.phrases import Mention, Phrases

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


class Cast(Phrases):
    """The actors of one report.

    Args:
        doc: The parsed text.
        on: The report's date; it dates rulers and states. None takes every day's.
        names: Actors of the user's own, before the shipped ones.
    """

    def __init__(self, doc: Doc, on: dt.date | None, names: tuple[UserName, ...] = ()) -> None:
        super().__init__(doc, on, names)
        self._cache: dict[int, Mention | None] = {}
        self._people: dict[str, Mention] = {}
        self._learn_people()
        self.antecedents = Antecedents(self)

    # -- names -------------------------------------------------------------------------------------

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
        role = titles.title_role(words)
        if role is None or titles.BEYOND.search(words):
            return
        country, body = self._country_in(head)
        if country is None:
            return
        surname = head.text.casefold()
        if surname not in self._people and len(surname) > 2:
            if body or (country or "").startswith("org:"):
                role = Role.ORGANISATION
            self._people[surname] = self._mention(head, country, role, political=True, person=True, named=True)

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
            ethnic = hit.name.kind == "people" and token.i > 0 and token.nbor(-1).lower_ in ("ethnic", "anti", "-")
            if hit.name.kind == "place" or ethnic:
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
        known = titles.role_nouns().get(word) or titles.role_nouns().get(token.lemma_.lower())
        if token.pos_ == "PROPN" or (token.ent_type_ == "PERSON" and known is None):
            person = self._people.get(word)
            if person is not None:
                left = self._name_start(token)
                return replace(person, name=self.text[left : token.idx + len(token)], start=left,
                               end=token.idx + len(token), head=token.i)  # fmt: skip
            if known is None or token.ent_type_ == "PERSON":
                return self._unknown_name(token)
        if known is not None:
            return self._common(token, known)
        if token.pos_ in ("NOUN", "PROPN"):
            modified = self._by_modifier(token)
            if modified is not None:
                return modified
        if token.pos_ in ("NOUN", "ADJ", "NUM"):
            for deep in clauses.obliques(token, ("of",))[:1]:  # 'thousands of Venezuelans', 'a group of officers'
                inner = self.resolve(deep)
                if inner is not None and inner.political and inner.plural:
                    return self._mention(token, inner.country, inner.role, political=True, plural=True)
        return None

    def _by_modifier(self, token: Token) -> Mention | None:
        """A noun that the tables do not know takes its part from what stands before it: 'opposition parties'."""
        if noun(token) is not None:  # 'military aid' and 'army offensive' are things, not actors
            return None
        for child in token.children:
            if child.dep_ not in ("compound", "nmod", "amod") or child.i > token.i:
                continue
            hit = self.hit_at(child)
            if hit is not None and hit.name.kind in ("organisation", "body") and hit.name.role not in titles.NO_SIDE:
                if (hit.name.country or "").startswith("source:"):
                    continue
                return self._mention(token, hit.name.country, hit.name.role, political=True, named=True)
            role = titles.ADJUNCT_ROLES.get(child.lower_)
            if role is not None:
                country, body = self._country_in(token)
                if country is None and hasattr(self, "antecedents"):
                    country = self.antecedents.theatre(token)
                return self._mention(token, country, role, political=country is not None and not body, plural=True)
        return None

    def _named(self, token: Token, hit: Hit) -> Mention:
        name = hit.name
        left = min(hit.start, self._name_start(token))
        if name.kind == "ruler":
            return self._ruler(hit, left, hit.end, token.i)
        if name.kind == "people":
            living = [self.hit_at(t) for t in clauses.obliques(token, ("of", "in"))]
            where = [h.name.country for h in living if h is not None and h.name.kind in ("state", "place", "capital")]
            if where and where[0] is not None:
                return Mention(self.text[left : hit.end], where[0], Role.PUBLIC, left, hit.end, token.i,
                               political=True, plural=True, named=True)  # fmt: skip
            return Mention(self.text[left : hit.end], name.country, Role.PUBLIC, left, hit.end, token.i,
                           political=True, plural=True, named=True)  # fmt: skip
        political = name.role not in (Role.OUTLET, Role.COMPANY, Role.OTHER)
        if name.country is not None and name.country.startswith("source:"):
            political = False
        role = name.role
        return Mention(self.text[left : hit.end], name.country, role, left, hit.end, token.i,
                       political=political, named=True)  # fmt: skip

    def _ruler(self, hit: Hit, start: int, end: int, head: int) -> Mention:
        text = self.text[start:end]
        return Mention(text, hit.name.country, hit.name.role, start, end, head, political=True, person=True, named=True)

    def _unknown_name(self, token: Token) -> Mention | None:
        words = self._describing(token)
        country, body = self._country_in(token)
        role = titles.title_role(words)
        person = token.ent_type_ == "PERSON" or role is not None
        if country is None and role == titles.LEADER and hasattr(self, "antecedents"):
            country = self._unclaimed(token)
        if words.startswith("former") or " former " in f" {words} " or "ex-" in words:
            return self._mention(
                token, country, role or Role.PERSON, political=country is not None, person=True, named=True
            )
        local = role in (Role.ARMED_FORCES, Role.OPPOSITION) or titles.MINISTER.search(words) is not None
        if country is None and local:
            country = self.antecedents.theatre(token) if hasattr(self, "antecedents") else None
        if role is not None and not titles.BEYOND.search(words) and country is not None:
            role = Role.ORGANISATION if body else role
            known = self._mention(token, country, role, political=True, person=True, named=True)
            if len(token) > 2:
                self._people.setdefault(token.text.casefold(), known)
            return known
        nouns = [titles.role_nouns()[w] for w in words.split() if w in titles.role_nouns()]
        if country is not None and nouns and not titles.BEYOND.search(words) and not person:
            found = Role.GOVERNMENT if nouns[-1] in (titles.LEADER, "head") else nouns[-1]
            return self._mention(token, country, found, political=True, named=True)
        return self._mention(token, country if person else None, Role.PERSON if person else Role.OTHER,
                             political=False, person=person, named=True)  # fmt: skip

    def _unclaimed(self, token: Token) -> str | None:
        """The theatre, when no leader of it is known: then 'President X' without a country leads it."""
        place = self.antecedents.theatre(token)
        return place if place is not None and all(p.country != place for p in self.leaders()) else None

    def _common(self, token: Token, role: str) -> Mention | None:
        words = self._describing(token) + " " + token.lower_
        after = " ".join(t.lower_ for t in self.doc[token.i + 1 : min(token.i + 7, len(self.doc))])
        if role in (titles.LEADER, "head") and titles.BEYOND.search(words + " " + after.split(",")[0]):
            return self._mention(token, None, Role.OTHER, political=False, person=True)
        country, body = self._country_in(token)
        if country is None and token.dep_ == "conj":  # 'Israeli helicopters and tanks'
            partner = self.resolve(token.head)
            country = partner.country if partner is not None else None
        described = titles.title_role(words) if role in (titles.LEADER, "head", Role.GOVERNMENT) else None
        if described is not None:
            role = described
        elif role == "head":
            role = Role.GOVERNMENT
        if token.lower_ in ("side", "team", "country", "state", "nation", "capital", "court") and country is None:
            return None
        if body and role in (
            titles.LEADER,
            Role.GOVERNMENT,
            Role.ORGANISATION,
            Role.FOREIGN_MINISTER,
            Role.ARMED_FORCES,
        ):
            role = Role.ORGANISATION
        if token.lower_ in titles.BODIES and country is None:
            body_id = self.antecedents.organisation(token) if hasattr(self, "antecedents") else None
            if body_id is not None:
                return self._mention(token, body_id, Role.ORGANISATION, political=True)
        if token.lower_ in titles.MEN and self._commanded(token):
            role = Role.ARMED_FORCES
        definite = any(c.dep_ in ("det", "poss") and c.lower_ in ("the", "his", "its", "their") for c in token.children)
        plural = token.tag_ in ("NNS", "NNPS")
        person = role == titles.LEADER and not plural
        theirs = definite or (plural and role in titles.LOCAL_ROLES)
        if country is None and theirs and hasattr(self, "antecedents"):
            if person:
                leader = self.antecedents.leader(token)
                if leader is not None:
                    return self._mention(token, leader.country, titles.LEADER, political=True, person=True)
            elif role not in (Role.OUTLET, Role.COMPANY, Role.ORGANISATION, Role.FOREIGN_MINISTER):
                country = self.antecedents.theatre(token)
        strong = role not in (Role.OUTLET, Role.COMPANY, Role.PERSON, Role.OTHER)
        political = strong and country is not None
        around = [c for c in token.children if c.dep_ in ("compound", "poss", "nmod")]
        around += clauses.obliques(token, ("of", "from", "in"))
        named = strong and country is None and any(t.pos_ == "PROPN" for t in around)
        return self._mention(token, country, role, political=political, person=person, plural=plural, named=named)

    def _commanded(self, token: Token) -> bool:
        """Whether 'his men' are a soldier's."""
        owners = [child for child in token.children if child.dep_ == "poss"]
        owner = self.resolve(owners[0]) if owners else None
        return owner is not None and owner.role == Role.ARMED_FORCES

    def leaders(self) -> list[Mention]:
        """Leaders of countries whom the report names, one a country, in the order of appearance."""
        return list({p.country: p for p in reversed(list(self._people.values())) if p.is_leader}.values())[::-1]
