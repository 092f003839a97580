"""Time expressions read from the report's date; durations in months."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.reading.dates import find_dates, months_in

ON = dt.date(2017, 1, 19)  # a Thursday


def day(text, on=ON, *, future=False):
    found = find_dates(text, on, future=future)
    return found[0].day if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 13 January 2017", dt.date(2017, 1, 13)),
        ("on January 13, 2017", dt.date(2017, 1, 13)),
        ("on 2017-01-13", dt.date(2017, 1, 13)),
        ("on the 3rd of March", dt.date(2016, 3, 3)),
        ("on 30 January", dt.date(2017, 1, 30)),
        ("on Friday", dt.date(2017, 1, 13)),
        ("on Thursday", dt.date(2017, 1, 19)),
        ("last Thursday", dt.date(2017, 1, 12)),
        ("yesterday", dt.date(2017, 1, 18)),
        ("three days ago", dt.date(2017, 1, 16)),
        ("in December", dt.date(2016, 12, 16)),
        ("in late December", dt.date(2016, 12, 26)),
        ("last week", dt.date(2017, 1, 12)),
        ("in 1994", None),
        ("on 31 February", None),
        ("the crowd may march on the palace", None),
        ("in March", dt.date(2016, 3, 16)),
    ],
)
def test_days_before_the_report(text, expected):
    assert day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("until noon on Friday", dt.date(2017, 1, 20)),
        ("within 30 days", dt.date(2017, 2, 18)),
        ("tomorrow", dt.date(2017, 1, 20)),
        ("by 1 March", dt.date(2017, 3, 1)),
        ("next week", dt.date(2017, 1, 26)),
    ],
)
def test_days_after_the_report(text, expected):
    assert day(text, future=True) == expected


def test_without_a_date_of_the_report_only_full_dates_are_known():
    assert day("on Friday", None) is None
    assert day("on 13 January", None) is None
    assert day("on 13 January 2017", None) == dt.date(2017, 1, 13)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("a campaign of four months", 4.0),
        ("a six-week siege", 1.38),
        ("90 days of pressure", 2.96),
        ("two years", 24.0),
        ("a campaign", None),
    ],
)
def test_durations(text, months):
    assert months_in(text) == months


@given(st.text(max_size=200), st.dates(), st.booleans())
def test_any_text_and_any_date(text, on, future):
    for found in find_dates(text, on, future=future):
        assert 0 <= found.start < found.end <= len(text)
        assert found.first <= found.last


@given(st.dates(min_value=dt.date(1950, 1, 1), max_value=dt.date(2050, 12, 31)))
def test_a_written_date_is_read_back(on):
    assert day(f"on {on.day} {on:%B} {on.year}") == on
    assert day(f"on {on:%B} {on.day}, {on.year}") == on
    assert day(on.isoformat()) == on


@given(st.dates(min_value=dt.date(1950, 1, 8), max_value=dt.date(2050, 12, 20)))
def test_a_weekday_lies_within_the_week_before_or_after(on):
    for name in ("Monday", "Thursday", "Sunday"):
        back, ahead = day(f"on {name}", on), day(f"on {name}", on, future=True)
        assert back is not None
        assert ahead is not None
        assert f"{back:%A}" == f"{ahead:%A}" == name
        assert 0 <= (on - back).days < 7
        assert 0 < (ahead - on).days <= 7
