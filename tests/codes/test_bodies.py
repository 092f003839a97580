"""Armed forces, services and parties: dated, of known states, and their part on the day."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.codes.bodies import bodies, body_phrases
from offramp.codes.organisations import organisation_by_id
from offramp.codes.roles import Role
from offramp.codes.rulers import ruler_phrases
from offramp.codes.states import state_by_iso3, state_phrases


def test_every_body_is_of_a_known_state_and_its_days_are_in_order() -> None:
    for body in bodies():
        if body.country.startswith("org:"):
            organisation_by_id(body.country)
        else:
            state_by_iso3(body.country)
        assert body.names
        assert body.start is None or body.end is None or body.start < body.end
        ends = [day for start, end in body.governed for day in (start, end or dt.date.max)]
        assert ends == sorted(ends), body.names


def test_names_are_no_states_or_rulers() -> None:
    assert set(body_phrases()) & (set(state_phrases()) | set(ruler_phrases())) == set()


@pytest.mark.parametrize(
    ("name", "on", "country", "role"),
    [
        ("tatmadaw", None, "MMR", Role.ARMED_FORCES),
        ("IDF", None, "ISR", Role.ARMED_FORCES),
        ("SPLA", dt.date(2012, 1, 1), "SSD", Role.ARMED_FORCES),
        ("united socialist party of venezuela", dt.date(2010, 1, 1), "VEN", Role.GOVERNMENT),
        ("united socialist party of venezuela", dt.date(1998, 1, 1), "VEN", Role.OPPOSITION),
        ("sinn fein", None, "IRL", Role.OPPOSITION),
        ("PRI", dt.date(1995, 1, 1), "MEX", Role.GOVERNMENT),
        ("PRI", dt.date(2005, 1, 1), "MEX", Role.OPPOSITION),
        ("PRI", None, "MEX", Role.OPPOSITION),
        ("awami league", dt.date(2024, 8, 5), "BGD", Role.GOVERNMENT),
        ("awami league", dt.date(2024, 8, 6), "BGD", Role.OPPOSITION),
    ],
)
def test_a_body_and_its_part_on_the_day(name: str, on: dt.date | None, country: str, role: Role) -> None:
    assert body_phrases(on)[name] == (country, role)


def test_bodies_that_are_gone_are_not_named_later() -> None:
    assert "SAVAK" in body_phrases(dt.date(1978, 1, 1))
    assert "SAVAK" not in body_phrases(dt.date(2020, 1, 1))
