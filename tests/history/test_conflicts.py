"""Contradictions planted in made-up files are found, and nothing that agrees is called one."""

# ruff: noqa: C408
from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from history.made_sources import Rows, make, write
from offramp.history.assemble.conflicts import COLUMNS, KINDS, conflicts
from offramp.history.sources.registry import read_sources

FATES = ("noharm", "injured", "killed", "harrest", "jailed", "tried", "fled", "exile")
TYPES = ("military", "dissident", "rebel", "palace", "foreign", "auto", "resign", "popular", "counter", "other")


def leader(n: int, start: str, end: str, **changes: object) -> dict[str, object]:
    base = make()["archigos_4.1"][0]
    first = dict(
        obsid=f"COL-{n}",
        leadid=f"id{n}",
        ccode=100,
        idacr="COL",
        leader=f"Leader {n}",
        startdate=start,
        enddate=end,
        entry="Regular",
        exit="Regular",
        exitcode="Regular",
        posttenurefate="OK",
        gender="M",
        yrborn=1920,
        yrdied="",
    )
    return base | first | changes


def in_reign(n: int, start: str, end: str, **changes: object) -> dict[str, object]:
    begin, stop = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    row = make()["reign_leaderlist"][0]
    return (
        row
        | dict(
            ccode=100,
            leadid=f"A{n}",
            leader=f"Leader {n}",
            sdate=begin.day,
            smonth=begin.month,
            syear=begin.year,
            emonth=stop.month,
            eyear=stop.year,
            birthyear=1920,
            gender=1,
        )
        | changes
    )


def coup(day: str, event: str, name: str = "c0") -> dict[str, object]:
    when = dt.date.fromisoformat(day)
    stages = dict(
        unrealized=int(event != "coup"), realized=int(event == "coup"), conspiracy=0, attempt=int(event == "attempted")
    )
    flags = dict.fromkeys(TYPES, 0) | dict.fromkeys(FATES, 0) | {"military": 1, "noharm": 1}
    dates = dict(year=when.year, month=when.month, day=when.day)
    return dict(coup_id=name, cowcode=100, country="Colombia", **dates, event_type=event, **stages) | flags


def in_colpus(day: str, success: int, name: str = "p0") -> dict[str, object]:
    return make()["colpus"][0] | dict(id=name, ccode=100, date=day, year=int(day[:4]), success=success)


SPANS = [
    ("1950-01-01", "1955-03-10"),
    ("1955-03-10", "1960-06-20"),
    ("1960-06-20", "1970-01-01"),
    ("1970-01-01", "2009-12-31"),
]


def found(tmp_path: Path, **changed: Rows) -> pl.DataFrame:
    """Conflicts of one state whose sources agree, but for changed tables (by the beginning of the name)."""
    tables = make()
    listed = reign_list()
    regime = dict(cowcode=100, gwf_startdate="1945-01-01", gwf_enddate="", gwf_regimetype="presidential")
    tables["archigos_4.1"] = leaders()
    tables["reign_leaderlist"] = listed
    tables["reign_regimes"] = [tables["reign_regimes"][0] | regime]
    tables["reign_elections"] = [row | {"type": "R"} for row in tables["reign_elections"][:3]]
    tables["polity5"] = [row | {"polity2": 8} for row in tables["polity5"] if row["polity_annual_ccode"] == 100]
    # An agreed coup and an agreed attempt, far from every exit.
    tables["cline_coups"] = [coup("1952-05-01", "coup"), coup("1999-05-01", "attempted", "c9")]
    tables["colpus"] = [in_colpus("1952-05-02", 1), in_colpus("1999-05-01", 2, "p9")]
    tables.pop("powell_thyne_coups")
    tables["lead"] = [row | {"obsid": f"COL-{n}"} for n, row in enumerate(tables["lead"][:4])]
    for beginning, rows in changed.items():
        name = next(name for name in tables if name.startswith(beginning))
        tables[name] = rows
    return conflicts(read_sources(write(tmp_path / "raw", tables)))


def reign_list() -> Rows:
    rows: Rows = [in_reign(n, *span) for n, span in enumerate(SPANS)]
    rows[-1] |= {"emonth": "", "eyear": ""}
    return rows


def kinds(frame: pl.DataFrame) -> list[str]:
    return frame["kind"].to_list()


def test_sources_that_agree(tmp_path: Path) -> None:
    frame = found(tmp_path)
    assert frame.columns == list(COLUMNS)
    assert frame.height == 0


def leaders(**of_second: object) -> Rows:
    rows = [leader(n, *span) for n, span in enumerate(SPANS)]
    rows[-1] |= {"exit": "Still in Office", "exitcode": "Still in Office", "posttenurefate": "Leader Still in Office"}
    rows[1] |= of_second
    return rows


def test_dates_births_and_genders(tmp_path: Path) -> None:
    listed = reign_list()
    listed[0] |= {"emonth": 7}
    listed[1] |= {"sdate": 15, "birthyear": 1921}
    listed[2] |= {"gender": 0}
    frame = found(tmp_path, reign_leaderlist=listed)
    assert kinds(frame) == ["leader_start", "leader_end", "birth_year", "gender"]
    start = frame.row(0, named=True)
    assert (start["value_a"], start["value_b"], start["days"], start["country"]) == (
        "1955-03-10",
        "1955-03-15",
        5,
        "Colombia",
    )
    assert frame.row(1, named=True)["value_b"] == "1955-07"


def test_leaders_of_one_list_only(tmp_path: Path) -> None:
    listed = reign_list()
    listed[1] |= {"leader": "Somebody else", "syear": 1956, "smonth": 8}
    frame = found(tmp_path, reign_leaderlist=listed)
    assert kinds(frame) == ["leader_only_archigos", "leader_only_reign"]
    assert frame["who"].to_list() == ["Leader 1", "Somebody else"]


def test_a_regular_exit_beside_a_coup(tmp_path: Path) -> None:
    coups = [coup("1952-05-01", "coup"), coup("1960-06-19", "coup", "c1"), coup("1999-05-01", "attempted", "c9")]
    frame = found(tmp_path, cline_coups=coups)
    assert kinds(frame) == ["regular_exit_cline", "coup_only"]
    assert frame.row(0, named=True)["days"] == -1
    assert frame.row(1, named=True)["source_b"] == "colpus"


def test_a_removal_that_no_list_has(tmp_path: Path) -> None:
    rows = leaders(exit="Irregular", exitcode="Removed by Military, without Foreign Support")
    assert kinds(found(tmp_path, archigos=rows)) == ["coup_exit_no_list"]


def test_one_coup_two_outcomes_and_a_coup_of_one_list(tmp_path: Path) -> None:
    coups = [in_colpus("1952-05-02", 2), in_colpus("1974-02-02", 1, "p1"), in_colpus("1999-05-01", 2, "p9")]
    frame = found(tmp_path, colpus=coups)
    assert kinds(frame) == ["coup_only", "coup_success"]
    assert frame.row(1, named=True)["value_a"] == "success"


@pytest.mark.parametrize(
    "changes",
    [
        {"exit": "Natural Death", "posttenurefate": "Exile"},
        {"exit": "Irregular", "exitcode": "Assassination by Unsupported Individual", "posttenurefate": "OK"},
        {"yrdied": 1958},
        {"exit": "Suicide", "posttenurefate": "OK"},
    ],
)
def test_fates_that_do_not_fit(tmp_path: Path, changes: dict[str, object]) -> None:
    assert "fate_and_mode" in kinds(found(tmp_path, archigos=leaders(**changes)))


def test_an_entry_that_does_not_fit_the_exit_before(tmp_path: Path) -> None:
    frame = found(tmp_path, archigos=leaders(entry="Irregular"))
    assert kinds(frame) == ["entry_and_exit"]
    assert frame["who"].to_list() == ["Leader 1"]


def test_an_overlap(tmp_path: Path) -> None:
    rows = leaders()
    rows[0] |= {"enddate": "1955-03-31"}
    frame = found(tmp_path, archigos=rows)
    assert kinds(frame) == ["overlap"]
    assert frame["days"].to_list() == [21]


def test_an_election_that_changed_nobody(tmp_path: Path) -> None:
    vote = dict(
        ccode=100,
        electionnumber=1,
        country="Colombia",
        elec_year=1965,
        elec_month=5,
        elec_day=1,
        sequence=1,
        event="Vote, As Scheduled",
        elecnum=100001,
        type="X",
        direct="Y",
        regular="Y",
        victory="N",
        change="Y",
        runoff="N",
    )
    assert kinds(found(tmp_path, reign_elections=[vote])) == ["election_change"]


def test_a_regime_that_polity_sees_otherwise(tmp_path: Path) -> None:
    polity = [row for row in make()["polity5"] if row["polity_annual_ccode"] == 100]
    polity = [row | {"polity2": -7 if row["year"] == 1977 else 8} for row in polity]
    frame = found(tmp_path, polity=polity)
    assert kinds(frame) == ["regime_and_polity"]
    assert frame.row(0, named=True)["date"] == dt.date(1977, 12, 31)


def test_every_kind_is_explained_and_planted_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in text and kind != "regular_exit_colpus"] == []
