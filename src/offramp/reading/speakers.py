"""Speakers: what kind of source stands behind a claim, under what name, and of what body.

The kind follows from the words of the source: a name, an office, a document, a crowd. A pronoun, 'who' and 'the
senator' take the kind of the one they stand for: the nearest speaker or name before that fits in number. Word lists are
ours.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offramp.codes.organisations import find_organisation
from offramp.codes.states import find_state
from offramp.reading import voices
from offramp.reading.evidence import SpeakerKind as Kind

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

    from offramp.reading.actors import Cast


@dataclass(frozen=True)
class Speaker:
    """A source in words: `name` as the text gives it (for a pronoun, of the one it stands for), kind, body."""

    name: str
    kind: Kind
    affiliation: str | None


class Speakers:
    """Tells the speakers of one document; remembers those named before, for the pronouns that follow.

    With the `cast` of the document, persons behind 'he' and 'the ruler' are those that the readers of events see.
    """

    def __init__(self, doc: Doc, cast: Cast | None = None) -> None:
        self.doc = doc
        self._cast = cast
        self._people = [e for e in doc.ents if e.label_ == "PERSON" and len(e.text.strip()) > 1]
        self._full = {
            e.text.split()[-1].removesuffix("’s").removesuffix("'s"): e for e in reversed(self._people) if len(e) > 1
        }
        self._ends = [e.end for e in self._people]
        self._said: list[tuple[int, Speaker, str]] = []  # position, speaker, number: he, they or it
        self._offices = self._read_offices()

    def _read_offices(self) -> dict[str, list[tuple[int, str]]]:
        """Offices that stand beside names anywhere in the text, by surname: 'President X', 'X, the minister of Y,'."""
        found: dict[str, list[tuple[int, str]]] = {}
        for person in self._people:
            head = person.root
            tokens = tuple(t.i for t in head.subtree if t.dep_ not in ("relcl", "punct") or t.text == ",")
            # A name that is no more than a mark (odd quotes run into a word) has no words of its own.
            if not 0 < len(tokens) <= 40:
                continue
            office = self._affiliation(head, tokens, Kind.NAMED_PERSON)
            if office:
                found.setdefault(head.text, []).append((head.i, office))
        return found

    def of(self, head: Token | None, tokens: tuple[int, ...]) -> Speaker:
        """The speaker of a source; `head` is its main word, `tokens` all its words."""
        if head is None or not tokens:
            return Speaker("", Kind.VAGUE, None)
        found = self._resolved(head, tokens)
        number = (
            "it"
            if found.kind in (Kind.NAMED_ORGANISATION, Kind.DOCUMENT_OR_POLL)
            else ("they" if head.tag_ in ("NNS", "NNPS") or head.lower_ in voices.PLURAL else "he")
        )
        self._said.append((head.i, found, number))
        return found

    def peek(self, head: Token, tokens: tuple[int, ...]) -> Speaker:
        """The speaker of a source, without remembering it as one whom later pronouns may mean."""
        return self._resolved(head, tokens)

    def kind_of_phrase(self, head: Token, tokens: tuple[int, ...]) -> Kind | None:
        """The kind of a source from its own words; None for a pronoun, which has none of its own."""
        text = self._text(tokens)
        lower, word = head.lower_, head.lemma_.lower()
        if lower in voices.SINGULAR | voices.PLURAL | voices.RELATIVE | {"it", "its", "this"} and len(tokens) <= 2:
            return None
        if lower in voices.FIRST:
            return Kind.NARRATOR
        if voices.ANONYMOUS.search(text) and not self._person_in(head, tokens):
            return Kind.ANONYMOUS
        if head.pos_ == "PRON" or lower in voices.VAGUE_PRONOUNS or head.pos_ in ("NUM", "ADJ", "DET"):
            return Kind.VAGUE
        if self._person_in(head, tokens) and not (head.tag_ == "NNS" and word not in voices.ROLES):
            return Kind.NAMED_PERSON
        proper = head.pos_ == "PROPN" and head.text[:1].isupper()  # the tagger calls some lower-case words names
        if proper or head.ent_type_ in ("PERSON", "ORG", "GPE", "NORP"):
            return self._named_kind(head, self._proper_name(head))
        if word in voices.DOCUMENTS or (head.tag_ == "NNS" and voices.POLLING.search(head.text)):
            return Kind.DOCUMENT_OR_POLL
        return self._common_kind(head, word, tokens, text)

    def _named_kind(self, head: Token, text: str) -> Kind:
        if head.tag_ == "NNPS" and head.ent_type_ in ("NORP", "") and not voices.BODY_NAME.search(text):
            return Kind.VAGUE
        if voices.POLLING.fullmatch(head.text) or (
            head.lemma_.lower() in voices.DOCUMENTS and head.ent_type_ not in ("ORG", "PERSON")
        ):
            return Kind.DOCUMENT_OR_POLL
        if head.text.isupper() and 1 < len(head.text) < 7 and any(c.lower_ == "the" for c in head.children):
            return Kind.NAMED_ORGANISATION  # 'the SVP': no person is called so
        if " " not in text and self._is_surname(head):
            return Kind.NAMED_PERSON
        organisation = find_organisation(text) or find_organisation(head.text)
        if organisation is not None or voices.BODY_NAME.search(text) or head.ent_type_ in ("ORG", "GPE", "LOC", "FAC"):
            return Kind.NAMED_PERSON if head.text in self._full and head.ent_type_ != "ORG" else Kind.NAMED_ORGANISATION
        if head.ent_type_ == "NORP":
            return Kind.VAGUE
        if head.ent_type_ in ("WORK_OF_ART", "LAW", "PRODUCT", "EVENT"):
            return Kind.DOCUMENT_OR_POLL
        return Kind.NAMED_PERSON

    def _is_surname(self, head: Token) -> bool:
        """Whether a bare name that the model took for a body or a place is a person's: it is one elsewhere in the text,
        or no table knows it and 'he' or 'she' follows."""
        if head.text in self._full:
            return True
        if head.text.isupper() or head.ent_type_ not in ("ORG", "GPE", "NORP", "LOC", "FAC"):
            return False
        if find_organisation(head.text) or find_state(head.text) or any(c.lower_ == "the" for c in head.children):
            return False
        after = self.doc[head.i + 1 : head.i + 40]
        return head.dep_ in ("nsubj", "pobj") and any(t.lower_ in ("he", "she", "his", "her") for t in after)

    def _common_kind(self, head: Token, word: str, tokens: tuple[int, ...], text: str) -> Kind:
        plural = head.tag_ == "NNS" or word in ("people", "public", "media", "press", "community")
        determiner = next((c.lower_ for c in head.children if c.dep_ in ("det", "poss") and c.i in tokens), "")
        if (
            word in voices.BODIES
            and (not plural or determiner or re.search(r"[A-Z]", text[1:]))
            and word not in ("staff",)
        ):
            return Kind.NAMED_ORGANISATION
        if plural:
            return Kind.UNNAMED_ROLE if word in voices.OFFICIALS else Kind.VAGUE
        if word in voices.ROLES or word.endswith(("man", "woman", "person")):
            office = word in voices.OFFICIALS | voices.STATE_OFFICES | voices.POSTS or determiner not in (
                "a",
                "an",
                "one",
                "",
            )
            return Kind.UNNAMED_ROLE if office else Kind.ANONYMOUS
        return Kind.VAGUE

    def _person_in(self, head: Token, tokens: tuple[int, ...]) -> bool:
        """Whether the source names a person: as its head, or beside it ('a spokesman, John Smith')."""
        inside = set(tokens)
        names = [t for t in (head, *head.children) if t.i in inside and (t is head or t.dep_ in ("appos", "conj"))]
        return any(
            t.ent_type_ == "PERSON" and t.pos_ in ("PROPN", "NOUN") for t in names if t is head or t.dep_ == "appos"
        )

    # Who a pronoun or a bare office stands for

    def _resolved(self, head: Token, tokens: tuple[int, ...]) -> Speaker:
        text = self._text(tokens)
        lower = head.lower_
        kind = self.kind_of_phrase(head, tokens)
        if (
            kind is None
            and lower in voices.RELATIVE
            and head.head.dep_ in ("relcl", "acl")
            and head.head.head.i != head.i
        ):
            thing = head.head.head
            return self._resolved(thing, self._noun_phrase(thing, head.i))
        if kind is None:
            return self._antecedent(head, text)
        definite = head.i > 0 and any(c.lower_ in ("the", "this", "that") for c in head.children if c.dep_ == "det")
        if kind is Kind.UNNAMED_ROLE and definite and head.tag_ == "NN":
            named = self._office_holder(head, tokens)
            if named is not None:
                return named
        speaker = Speaker(self._name(head, text, kind), kind, self._affiliation(head, tokens, kind))
        offices = self._offices.get(head.text) if kind is Kind.NAMED_PERSON else None
        if offices and speaker.affiliation is None:
            # A surname alone stands for the full name and the office given elsewhere.
            nearest = next((office for i, office in reversed(offices) if i <= head.i), offices[0][1])
            speaker = Speaker(speaker.name, kind, nearest)
        return speaker

    def _noun_phrase(self, head: Token, stop: int) -> tuple[int, ...]:
        return tuple(t.i for t in head.subtree if t.i < stop)

    def _antecedent(self, head: Token, text: str) -> Speaker:
        lower = head.lower_
        wanted = "he" if lower in voices.SINGULAR else "they" if lower in voices.PLURAL else "it"
        recent = [entry for entry in self._said[-8:] if head.i - entry[0] < 160]
        if wanted == "he" and (seen := self._in_cast(head)) is not None:
            return seen
        if wanted == "he":
            # The last speaker, unless a person was made subject since.
            subject = next(
                (
                    t
                    for t in reversed(self.doc[max(0, head.i - 60) : head.i])
                    if t.ent_type_ == "PERSON" and t.dep_ in ("nsubj", "nsubjpass") and t.pos_ == "PROPN"
                ),
                None,
            )
            said = next(
                (entry for entry in reversed(recent) if entry[2] == "he" and entry[1].kind is not Kind.VAGUE), None
            )
            if subject is not None and (said is None or subject.i > said[0]):
                return self._resolved(subject, self._noun_phrase(subject, head.i))
            if said is not None:
                return said[1]
            at = bisect.bisect_right(self._ends, head.i)
            person = self._people[at - 1] if at else None
            if person is not None and head.i - 160 < person.end:
                return Speaker(self._full_name(person.text, person[-1].text), Kind.NAMED_PERSON, None)
            return Speaker(text, Kind.UNNAMED_ROLE, None)
        said = next((entry for entry in reversed(recent) if entry[2] == wanted), None)
        if wanted == "they":
            # Who did something since the last plural speaker, such as 'two people ... disagreed'.
            group = next(
                (
                    t
                    for t in reversed(self.doc[max(0, head.i - 60) : head.i])
                    if t.tag_ in ("NNS", "NNPS") and t.dep_ in ("nsubj", "nsubjpass")
                ),
                None,
            )
            if group is not None and (said is None or group.i > said[0]):
                return self._resolved(group, self._noun_phrase(group, head.i))
        if said is None and wanted == "they":
            said = next((entry for entry in reversed(recent) if entry[2] == "it"), None)
        if said is not None:
            return said[1]
        if wanted == "it":
            thing = next(
                (t for t in reversed(self.doc[max(0, head.i - 60) : head.i]) if t.dep_ == "nsubj" and t.pos_ != "PRON"),
                None,
            )
            if thing is not None:
                return Speaker(thing.text, self.kind_of_phrase(thing, (thing.i,)) or Kind.VAGUE, None)
        return Speaker(text, Kind.VAGUE, None)

    def _in_cast(self, head: Token) -> Speaker | None:
        """The named person whom the cast sees behind a word."""
        mention = self._cast.resolve(head) if self._cast is not None else None
        if self._cast is None or mention is None or not mention.person or mention.plural:
            return None
        if not mention.named:
            same = [p for p in self._cast.leaders() if p.country == mention.country and p.named and mention.is_leader]
            if not same:
                return None
            mention = same[0]
        words = [word for word in mention.name.split() if not voices.TITLE.match(word)]
        if not words:
            return None
        name = self._full_name(" ".join(words), words[-1])
        offices = self._offices.get(words[-1])
        return Speaker(name, Kind.NAMED_PERSON, offices[0][1] if offices else None)

    def _office_holder(self, head: Token, tokens: tuple[int, ...]) -> Speaker | None:
        """'The president', once a president has been named: the name that stands with the office, nearest before."""
        if (seen := self._in_cast(head)) is not None:
            return seen
        office = head.lemma_.lower()
        at = bisect.bisect_left(self._ends, head.i)
        for person in self._people[max(0, at - 200) : at][::-1]:
            before = self.doc[max(0, person.start - 4) : person.start].text.lower()
            after = self.doc[person.end : person.end + 8].text.lower()
            if office in before or re.match(rf"\s*,[^.]*\b{re.escape(office)}\b", after):
                return Speaker(self._full_name(person.text, person[-1].text), Kind.NAMED_PERSON, office)
        said = next(
            (s for i, s, n in reversed(self._said[-4:]) if s.kind is Kind.NAMED_PERSON and head.i - i < 80), None
        )
        return said if said is not None and office in (said.affiliation or "").lower() else None

    # Names and bodies

    def _text(self, tokens: tuple[int, ...]) -> str:
        return re.sub(r"\s+", " ", self.doc[tokens[0] : tokens[-1] + 1].text).strip()

    def _proper_name(self, head: Token) -> str:
        """The run of capitalised words around a head: its name, with 'of' and 'de' inside and without its title."""
        first, last = head.i, head.i
        while first > 0 and self._in_name(first - 1, head) and not self.doc[first - 1].is_sent_end:
            first -= 1
        while last + 1 < len(self.doc) and self._in_name(last + 1, head):
            last += 1
        while first < last and (
            voices.TITLE.match(self.doc[first].text) or self.doc[first].pos_ not in ("PROPN", "NOUN", "ADJ")
        ):
            first += 1
        while last > first and self.doc[last].pos_ not in ("PROPN", "NOUN", "NUM"):
            last -= 1
        return re.sub(r"\s+", " ", self.doc[first : last + 1].text).strip()

    def _in_name(self, index: int, head: Token) -> bool:
        token = self.doc[index]
        if token.ent_type_ in ("DATE", "TIME"):
            return False
        if token.pos_ == "PROPN" and token.text[:1].isupper():
            return token.head in head.subtree or head in token.subtree
        inner = token.lower_ in ("of", "de", "del", "la", "al", "van", "von", "for", "the", "and", "bin")
        beyond = self.doc[index + (1 if index > head.i else -1)] if 0 < index < len(self.doc) - 1 else token
        return (
            inner
            and beyond.pos_ == "PROPN"
            and beyond.ent_type_ == head.ent_type_ != ""
            and token.ent_type_ == head.ent_type_
        )

    def _name(self, head: Token, text: str, kind: Kind) -> str:
        if kind is not Kind.NAMED_PERSON:
            return text[:200]
        person = head
        if head.pos_ != "PROPN":
            person = next((c for c in head.children if c.dep_ == "appos" and c.ent_type_ == "PERSON"), head)
        name = self._proper_name(person)
        return self._full_name(name, name.split()[-1]) if name else text[:200]

    def _full_name(self, text: str, last: str) -> str:
        last = last.removesuffix("’s").removesuffix("'s")
        full = self._full.get(last)
        name = full.text if full is not None and " " not in text.strip() else text
        return re.sub(r"\s+", " ", re.sub(r"[’']s$", "", name)).strip()

    def _affiliation(self, head: Token, tokens: tuple[int, ...], kind: Kind) -> str | None:
        """The body or office that stands with a source."""
        if kind not in (Kind.NAMED_PERSON, Kind.UNNAMED_ROLE):
            return None
        text = self._text(tokens)
        name = self._name(head, text, kind) if kind is Kind.NAMED_PERSON else ""
        bare = self._proper_name(head) if kind is Kind.NAMED_PERSON and head.pos_ == "PROPN" else name
        parts = re.split(r"\s*,\s*", re.sub(r"\s+", " ", text.replace(bare, ",") if bare else text))
        parts = [re.sub(r"^(?:who|which|whose)\b.*$", "", part.strip(" -–—")) for part in parts]
        office = ", ".join(
            part for part in parts if re.search(r"[A-Za-z]{2}", part) and not part.endswith(("’s", "'s"))
        )
        if kind is Kind.NAMED_PERSON:
            return office[:160] if _is_affiliation(office) else None
        body = next(
            (e for e in self.doc[tokens[0] : tokens[-1] + 1].ents if e.label_ in ("ORG", "GPE", "NORP", "PERSON")), None
        )
        if body is not None:
            return re.sub(r"\s+", " ", body.text).removesuffix("’s").removesuffix("'s").strip()
        return None


def _is_affiliation(office: str) -> bool:
    """Whether words beside a name place a person in a body: a named one, or an office of state; 'analyst' does not."""
    if re.search(r"\b(?:of|at|for|with|from|in)\s+(?:the\s+)?[A-Z]|\b[A-Z]{2,}\b|[A-Z]\w+[’']s\s+\w", office):
        return True
    words = set(re.findall(r"[a-z-]+", office.lower()))
    if words & voices.STATE_OFFICES:
        return True
    if not words & voices.ROLES:
        return False
    capitals = re.findall(r"\b[A-Z][\w-]+", office)
    return any(not voices.TITLE.match(word) and word.lower() not in voices.ROLES for word in capitals)
