"""Names in a text: states, peoples, capitals, organisations, armed forces, parties, institutions, places, rulers.

Joins the dated gazetteers of `offramp.codes` with this room's own list of institutions (`data/institutions.csv`) into
one lookup, and walks a text once, the longest name first. Nothing here knows grammar; `offramp.reading.actors` does.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from offramp.codes.bodies import body_phrases
from offramp.codes.organisations import organisation_by_id, organisation_phrases
from offramp.codes.roles import Role
from offramp.codes.rulers import ruler_phrases
from offramp.codes.states import state_phrases
from offramp.codes.tables import PLAIN, fold, is_acronym, key
from offramp.reading.lexicon import table
from offramp.reading.names import UserName

MAX_WORDS = 8
_WORD = re.compile(r"\w+")
_PLAIN = {**PLAIN, "`": "'"}


@dataclass(frozen=True, slots=True)
class Name:
    """What a phrase names. `kind`: state, people, capital, organisation, body, place or ruler."""

    kind: str
    country: str | None
    role: str
    label: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A name at characters `start` to `end` of a text."""

    start: int
    end: int
    name: Name


_STATE_KINDS = {"name": "state", "demonym": "people", "capital": "capital"}
_ORGANISATION_ROLES = {"outlet": "outlet", "platform": "outlet", "armed": "rebels"}


@cache
def lookup(on: dt.date | None, extra: tuple[UserName, ...] = ()) -> dict[str, Name]:
    """Every phrase known on a day (every day, without one). Acronyms keep their case, the rest is folded.

    Names of the user's own (`extra`) go before the shipped ones.
    """
    if extra:
        return {**lookup(on), **dict(_of_user(on, extra))}
    found: dict[str, Name] = {}
    for phrase, code in organisation_phrases().items():
        body = organisation_by_id(code)
        role = _ORGANISATION_ROLES.get(body.kind, "organisation")
        home = body.home if body.kind == "armed" and body.home else code
        found[phrase] = Name("organisation", home, role, body.name)
    for _, row in table("institutions.csv"):
        for phrase in row["name"].split(";"):
            country = row["country"]
            role = "organisation" if country.startswith("org:") else row["role"]
            found[key(phrase.strip())] = Name(row["kind"], country, role, phrase.strip())
    for phrase, (country, part) in body_phrases(on).items():
        found[phrase] = Name("body", country, "organisation" if country.startswith("org:") else str(part), phrase)
    for phrase, (iso3, kind) in state_phrases(on).items():
        found[phrase] = Name(_STATE_KINDS[kind], iso3, "government", phrase)
    for phrase, owners in ruler_phrases(on).items():
        first = owners[0]
        found[phrase] = Name("ruler", first.iso3, "leader" if first.effective else "head_of_state", first.name)
    return found


def _of_user(on: dt.date | None, extra: tuple[UserName, ...]) -> Iterator[tuple[str, Name]]:
    for one in extra:
        if not one.holds_on(on):
            continue
        body = one.country.startswith("org:") or one.role not in (Role.GOVERNMENT, Role.RULER, Role.HEAD_OF_STATE)
        person = one.role in (Role.RULER, Role.HEAD_OF_STATE)
        role = "leader" if person else str(one.role)
        for phrase in (one.name, *one.aliases):
            yield key(phrase), Name("ruler" if person else "body" if body else "state", one.country, role, one.name)


@cache
def _openings(on: dt.date | None, extra: tuple[UserName, ...] = ()) -> frozenset[str]:
    """First words of the phrases, so that most words of a text are dismissed at once."""
    return frozenset(word.group() for phrase in lookup(on, extra) if (word := _WORD.search(phrase.casefold())))


def _flat(text: str) -> tuple[str, list[int]]:
    """The text folded character by character, and where each folded character stood."""
    out: list[str] = []
    where: list[int] = []
    for i, char in enumerate(text):
        if ord(char) < 128:
            out.append(char.lower())
            where.append(i)
            continue
        plain = unicodedata.normalize("NFKD", _PLAIN.get(char, char))
        for base in plain.casefold():
            if not unicodedata.combining(base):
                out.append(base)
                where.append(i)
    return "".join(out), where


def _acronym(text: str, names: dict[str, Name]) -> Name | None:
    bare = text.replace(".", "")
    return names.get(bare) if is_acronym(bare) else None


def find_names(text: str, on: dt.date | None = None, extra: tuple[UserName, ...] = ()) -> list[Hit]:
    """Names in the text, in order, none inside another. A name begins with a capital where the text has capitals."""
    names = lookup(on, extra)
    openings = _openings(on, extra)
    flat, where = _flat(text)
    words = list(_WORD.finditer(flat))
    found: list[Hit] = []
    skip = -1
    for i, word in enumerate(words):
        if word.start() < skip or word.group() not in openings:
            continue
        begin = where[word.start()]
        if not text[begin].isupper():
            # 'al-Qaeda', 'anti-Balaka': a small prefix before a capital
            behind = text[begin : begin + 12]
            if "-" not in behind or not any(c.isupper() for c in behind):
                continue
        for last in range(min(i + MAX_WORDS, len(words)) - 1, i - 1, -1):
            stop = where[words[last].end() - 1] + 1
            name = _acronym(text[begin:stop], names)
            if name is None:
                phrase = " ".join(flat[word.start() : words[last].end()].split())
                name = names.get(phrase)
                if name is None and phrase.replace(".", "") != phrase:
                    name = names.get(phrase + ".")
            if name is not None:
                if text[stop : stop + 1] == "." and "." in text[begin:stop]:
                    stop += 1
                found.append(Hit(begin, stop, name))
                skip = words[last].end()
                break
    return found


__all__ = ["Hit", "Name", "find_names", "fold", "lookup"]
