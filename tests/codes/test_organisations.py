"""Organisations: ids, names that fold, and no name that two organisations or a state share."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offramp.codes.organisations import (
    KINDS,
    find_organisation,
    organisation_by_id,
    organisation_phrases,
    organisations,
)
from offramp.codes.states import state_phrases, states
from offramp.codes.tables import is_acronym, key
from offramp.errors import InputError

NAMED = [(o.id, n) for o in organisations() for n in (o.name, *o.aliases)]


def test_ids_are_unique_and_say_their_family() -> None:
    ids = [o.id for o in organisations()]
    assert len(ids) == len(set(ids))
    family = {"outlet": {"outlet"}, "platform": {"outlet"}, "pollster": {"source"}, "thinktank": {"source"}}
    family["statistics"] = {"source", "org"}  # agencies of the UN are organisations that also publish figures
    for organisation in organisations():
        assert organisation.id.split(":")[0] in family.get(organisation.kind, {"org"})
    assert {o.kind for o in organisations()} == set(KINDS)


def test_no_name_belongs_to_two() -> None:
    owners: dict[str, set[str]] = {}
    for code, name in NAMED:
        owners.setdefault(key(name), set()).add(code)
    assert {n: o for n, o in owners.items() if len(o) > 1} == {}


def test_no_name_is_a_states_or_written_twice() -> None:
    assert set(organisation_phrases()) & set(state_phrases()) == set()
    for organisation in organisations():
        twice = [n for n, k in Counter([organisation.name, *organisation.aliases]).items() if k > 1]
        assert twice == []


def test_homes_are_states_or_hong_kong() -> None:
    known = {s.iso3 for s in states()} | {"HKG"}
    assert {o.home for o in organisations() if o.home} <= known


@given(st.sampled_from(NAMED), st.sampled_from([str.upper, str.lower, str]), st.sampled_from(["", "the "]))
@example(("outlet:X", "X (formerly Twitter)"), str.upper, "the ")
def test_every_name_finds_its_organisation(named: tuple[str, str], change: object, article: str) -> None:
    code, name = named
    assert callable(change)
    text = name if is_acronym(name) else change(name)
    found = find_organisation(article + text if not text.casefold().startswith("the ") else text)
    assert found is not None
    assert found.id == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UN", "org:UN"),
        ("un", None),
        ("U.N.", "org:UN"),
        ("the UN Security Council", "org:UNSC"),
        ("Washington Post's", "outlet:WAPO"),
        ("Latinobarometro", "source:LATINOBAROMETRO"),
        ("datanálisis", "source:DATANALISIS"),
        ("who", None),
        ("WHO", None),  # a question word in any headline; the full name is known
        ("World Health Organization", "org:WHO"),
        ("Global Analytics Institute", None),
    ],
)
def test_find_organisation(text: str, code: str | None) -> None:
    found = find_organisation(text)
    assert (found.id if found else None) == code


def test_what_can_be_checked() -> None:
    assert organisation_by_id("org:UNHCR").checkable
    assert organisation_by_id("source:DATANALISIS").checkable
    assert not organisation_by_id("outlet:X").checkable
    assert not organisation_by_id("source:CSIS").checkable


def test_unknown_ids_name_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown organisation 'org:ECOWS'; nearest known: org:ECOWAS"):
        organisation_by_id("org:ECOWS")
