from __future__ import annotations

import datetime as dt

from case_sample import case

from offramp.catalogue.standoffs import load
from offramp.forecast.comparables import comparables


def test_nothing_from_the_future_and_never_the_case_itself():
    early = case()
    early.state.pressure_since = early.state.ultimatum_since = early.state.offer_since = None
    early.ruler.in_office_since = dt.date(1994, 7, 22)
    early.ruler.country = "GMB"
    early.as_of = dt.date(2017, 1, 18)
    rows = {row.id: row for row in load()}
    found = comparables(early)
    assert found
    for item in found:
        row = rows[item.id]
        assert row.demand_date < dt.date(2016, 1, 18) or (row.exit_date and row.exit_date < early.as_of)
        assert row.country != "GMB"


def test_before_the_catalogue_there_is_nothing_to_compare():
    early = case()
    for name in ("pressure_since", "ultimatum_since", "offer_since"):
        setattr(early.state, name, None)
    early.ruler.in_office_since = dt.date(1960, 1, 1)
    early.ruler.birth_year = 1920
    early.as_of = dt.date(1970, 1, 1)
    assert comparables(early) == []
