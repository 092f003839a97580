"""Who a phrase means: countries, organisations, roles, and what pronouns and bare titles stand for."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.codes.roles import Role
from offramp.reading import nlp, titles
from offramp.reading.actors import Cast
from offramp.reading.gazetteer import find_names

NOW = dt.date(2025, 12, 1)


def who(text, word, on=NOW, nth=0):
    """Country and role of the nth mention whose head word is `word`."""
    cast = Cast(nlp.parse(text), on)
    heads = [t for t in cast.doc if t.text == word]
    mention = cast.resolve(heads[nth])
    return None if mention is None else (mention.country, str(mention.role))


PHRASES = [
    ("Maduro refused to go.", "Maduro", "VEN", "leader"),
    ("The Venezuelan leader refused to go.", "leader", "VEN", "leader"),
    ("Venezuela's president refused to go.", "president", "VEN", "leader"),
    ("The White House confirmed the call.", "House", "USA", "government"),
    ("Washington confirmed the call.", "Washington", "USA", "government"),
    ("Caracas protested.", "Caracas", "VEN", "government"),
    ("The Gambian army surrounded the palace.", "army", "GMB", "armed_forces"),
    ("Troops from Senegal crossed the border.", "Troops", "SEN", "armed_forces"),
    ("General Ousman Badjie of Gambia spoke.", "Badjie", "GMB", "armed_forces"),
    ("Police in Kenya fired tear gas.", "Police", "KEN", "police"),
    ("The Bolivian opposition leader Samuel Doria Medina spoke.", "Medina", "BOL", "opposition"),
    ("Sudanese rebels attacked the town.", "rebels", "SDN", "rebels"),
    ("Thousands of Georgians protested.", "Thousands", "GEO", "public"),
    ("French Foreign Minister Jean Dupont flew home.", "Dupont", "FRA", "foreign_minister"),
    ("The African Union suspended the country.", "Union", "org:AU", "organisation"),
    ("The president of the ECOWAS commission spoke.", "president", "org:ECOWAS", "organisation"),
    ("Reuters reported the call.", "Reuters", "outlet:REUTERS", "outlet"),
    ("The Kremlin was silent.", "Kremlin", "RUS", "government"),
    ("Ethnic Albanians in Serbia marched.", "Albanians", "SRB", "public"),
    ("The Peruvian president of the club resigned.", "president", None, "other"),
    ("Melania Trump opened the exhibition.", "Trump", None, "person"),
    ("The Brazilian striker Rafael Monteiro scored twice.", "Monteiro", "BRA", "person"),
]


@pytest.mark.parametrize(("text", "word", "country", "role"), PHRASES, ids=lambda v: str(v)[:40])
def test_a_phrase_names_a_country_and_a_role(text, word, country, role):
    assert who(text, word) == (country, role)


def test_an_unknown_actor_keeps_its_phrase():
    cast = Cast(nlp.parse("Zorblax met Quimby in the hall."), NOW)
    mention = cast.resolve(cast.doc[0])
    assert mention is not None
    assert (mention.name, mention.country, mention.political) == ("Zorblax", None, False)


def test_rulers_are_dated_by_the_report():
    text = "Saleh said no."
    assert who(text, "Saleh", dt.date(2011, 5, 1)) == ("YEM", "leader")
    assert who(text, "Saleh", dt.date(2020, 5, 1)) != ("YEM", "leader")


COREFERENCE = [
    ("Trump told Maduro that he must leave at once.", "he", "VEN"),
    ("Maduro refused. He asked for immunity.", "He", "VEN"),
    ("Putin urged Lukashenko to stay. He agreed.", "He", "BLR"),
    ("ECOWAS said that it would use force.", "it", "org:ECOWAS"),
    ("Maduro met his ministers.", "his", "VEN"),
    ("Maduro told Macron that he would not resign.", "he", "VEN"),
    ('Trump spoke of Maduro. "If he does not agree to leave, we will act," Trump said.', "he", "VEN"),
    ('"I will not resign," Maduro said.', "I", "VEN"),
    ("It rained in the capital. It was cold.", "It", None),
]


@pytest.mark.parametrize(("text", "word", "country"), COREFERENCE, ids=lambda v: str(v)[:50])
def test_a_pronoun_takes_its_actor(text, word, country):
    found = who(text, word)
    assert (found[0] if found else None) == country


def test_the_army_and_the_president_belong_to_the_theatre():
    text = (
        "CARACAS, 1 December 2025 — Maduro spoke on television in Venezuela. Trump listened. "
        "The army stayed in its barracks. Nobody knows what the president will do."
    )
    assert who(text, "army") == ("VEN", "armed_forces")
    assert who(text, "president") == ("VEN", "leader")


def test_a_pronoun_span_is_the_pronoun():
    text = "Maduro refused. He asked for immunity."
    cast = Cast(nlp.parse(text), NOW)
    pronoun = next(t for t in cast.doc if t.text == "He")
    mention = cast.resolve(pronoun)
    assert mention is not None
    assert text[mention.start : mention.end] == "He"
    assert mention.name == "Maduro"


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("the opposition leader", Role.OPPOSITION),
        ("rebel leader", Role.REBELS),
        ("secretary-general", Role.GOVERNMENT),
        ("secretary of state", Role.FOREIGN_MINISTER),
        ("former president", Role.OPPOSITION),
        ("vice president", Role.GOVERNMENT),
        ("president", "leader"),
        ("army chief of staff", Role.ARMED_FORCES),
        ("baker", None),
    ],
)
def test_titles(words, role):
    assert titles.title_role(words) == role


def test_every_role_of_the_tables_is_of_the_closed_list():
    known = {str(role) for role in Role} | {"leader", "head"}
    assert set(titles.role_nouns().values()) <= known


def test_names_in_a_text_longest_first_and_with_their_case():
    text = "The U.S. and Côte d’Ivoire left us. Equatorial Guinea, South Korea, the Gulf Cooperation Council; US aid."
    found = {text[h.start : h.end]: h.name.country for h in find_names(text, NOW)}
    assert found == {
        "U.S.": "USA",
        "Côte d’Ivoire": "CIV",
        "Equatorial Guinea": "GNQ",
        "South Korea": "KOR",
        "Gulf Cooperation Council": "org:GCC",
        "US": "USA",
    }
