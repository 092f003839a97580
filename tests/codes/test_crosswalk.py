"""Codes of other lists: known changes of states since 1945, and that every answer is a state of the list."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from offramp.codes.crosswalk import BASE, members, spans, to_gw
from offramp.codes.states import states
from offramp.errors import InputError


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("system", "code", "on", "gw"),
    [
        # Germany: 255 in COW before 1945 and since 1990, 260 between; one number in the Gleditsch-Ward list since 1949
        ("cow", 255, "1940-01-01", 255),
        ("cow", 260, "1970-01-01", 260),
        ("cow", 255, "1995-01-01", 260),
        ("cow", 255, "1990-12-31", 260),
        ("cow", 265, "1980-01-01", 265),
        ("polity", 255, "1947-12-31", 260),
        ("vdem", "DEU", "1970-12-31", 260),
        # Yemen: the united state is 679 in COW, Polity and REIGN, 678 in the Gleditsch-Ward list
        ("cow", 678, "1980-01-01", 678),
        ("cow", 679, "1995-01-01", 678),
        ("cow", 680, "1980-01-01", 680),
        ("reign", 679, "2000-01-01", 678),
        ("polity", 679, "1990-12-31", 678),
        ("archigos", 678, "2005-01-01", 678),
        # Vietnam
        ("cow", 816, "1980-01-01", 816),
        ("cow", 817, "1970-01-01", 817),
        ("polity", 818, "1980-12-31", 816),
        ("vdem", "VDR", "1960-12-31", 817),
        # Yugoslavia, Serbia and Montenegro, Serbia
        ("cow", 345, "1980-01-01", 345),
        ("cow", 345, "2005-01-01", 345),
        ("cow", 345, "2007-01-01", 340),
        ("archigos", 340, "2007-01-01", 340),
        ("cline", 340, "1999-10-07", 345),
        ("polity", 342, "2007-12-31", 340),
        ("polity", 347, "1999-12-31", 345),
        ("polity", 341, "2008-12-31", 347),
        ("polity", 348, "2007-12-31", 341),
        ("vdem", "SRB", "1980-12-31", 345),
        ("vdem", "SRB", "2008-12-31", 340),
        # Czechoslovakia and what came of it
        ("cow", 315, "1980-01-01", 315),
        ("cow", 316, "1995-01-01", 316),
        ("cow", 317, "1995-01-01", 317),
        ("vdem", "CZE", "1980-12-31", 315),
        ("vdem", "CZE", "1995-12-31", 316),
        # USSR and Russia
        ("cow", 365, "1980-01-01", 365),
        ("polity", 364, "1980-12-31", 365),
        ("polity", 365, "1995-12-31", 365),
        ("cline", 393, "1993-09-21", 365),
        # Ethiopia, Pakistan
        ("polity", 529, "1995-12-31", 530),
        ("polity", 769, "1960-12-31", 770),
        # islands that the two lists number differently
        ("cow", 946, "1990-01-01", 970),
        ("cow", 970, "1990-01-01", 971),
        ("gw", 970, "1990-01-01", 970),
        ("iso3", "DEU", "1970-01-01", 260),
        ("iso3", "YUG", "2000-01-01", 345),
        ("iso3", "SRB", "2008-01-01", 340),
        ("iso3", "CSK", "1980-01-01", 315),
        # no states of the list
        ("ucdp", 751, "1947-12-31", None),
        ("vdem", "HKG", "1990-12-31", None),
        ("cow", 300, "1914-01-01", None),
    ],
)
def test_known_changes(system: str, code: object, on: str, gw: int | None) -> None:
    assert to_gw(system, code, day(on)) == gw


def test_an_unknown_code_names_its_neighbours() -> None:
    with pytest.raises(InputError, match=r"unknown state code \(cow\) '646'; nearest known: 645"):
        to_gw("cow", 646, day("1990-01-01"))


@pytest.mark.parametrize("system", BASE)
def test_every_meaning_is_a_state_and_spans_of_a_code_do_not_overlap(system: str) -> None:
    known = set(members())
    for code, rows in spans(system).items():
        assert {row.gw for row in rows} <= known | {None}
        for one, two in pairwise(rows):
            assert (one.end or dt.date.max) < (two.start or dt.date.min), code


def test_a_state_is_itself_in_both_lists() -> None:
    for state in states():
        if state.gw is None:
            continue
        on = state.start or state.end or day("1960-01-01")
        assert to_gw("gw", state.gw, on) == state.gw
        if state.cow is not None:
            assert to_gw("cow", state.cow, on) == state.gw


def test_members_carry_the_codes_they_had_last() -> None:
    assert (members()[260].cow, members()[260].iso3) == (255, "DEU")
    assert (members()[678].cow, members()[678].start) == (679, None)
    assert (members()[711].end, members()[616].start) == (day("1950-10-01"), day("1956-01-01"))
    assert members()[57].name == "St Vincent"
