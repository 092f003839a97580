"""Accusations: dated, of rulers that the gazetteer knows, and never known before their day."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.codes.accusations import accusation, accusations
from offramp.codes.rulers import rulers


def test_every_row_names_a_ruler_in_office_or_after_it() -> None:
    known = {(r.iso3, r.name): r for r in rulers()}
    for row in accusations():
        assert known[row.iso3, row.ruler].in_office_since <= row.since
        assert row.by
        assert row.document


@pytest.mark.parametrize(("day", "known"), [("2009-03-03", False), ("2009-03-04", True)])
def test_nothing_is_known_before_its_day(day: str, known: bool) -> None:
    assert (accusation("SDN", "Omar al-Bashir", dt.date.fromisoformat(day)) is not None) is known


def test_a_ruler_without_a_row_has_none() -> None:
    assert accusation("FRA", "Emmanuel Macron", dt.date(2025, 12, 1)) is None
