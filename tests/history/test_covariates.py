"""Covariates and outcomes by brute force: counted row by row with loops, from the made-up files themselves."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest

from history.made_sources import Rows, make, write
from offramp.codes.crosswalk import members, to_gw
from offramp.history.assemble.write import Assembled, assemble
from offramp.history.sources.registry import read_sources

TABLES = make()
CAP = 600


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    return assemble(read_sources(write(tmp_path_factory.mktemp("made"), TABLES)))


@pytest.fixture(scope="module")
def sample(made: Assembled) -> list[dict[str, object]]:
    rows = made.panel.to_dicts()
    return random.Random(3).sample(rows, 250)


def number(day: dt.date) -> int:
    return day.year * 12 + day.month


def month(row: dict[str, object]) -> int:
    year, text = str(row["origin"]).split("-")
    return int(year) * 12 + int(text)


def dated(rows: Rows, code: str, system: str) -> list[tuple[int, int, dict[str, object]]]:
    """State, month and row of every event."""
    out = []
    for row in rows:
        if "date" in row:
            day = row["date"]
            assert isinstance(day, dt.date)
        else:
            day = dt.date(
                int(str(row["year"])), int(str(row.get("month", row.get("stmon")))), int(str(row.get("day", 1)))
            )
        gw = to_gw(system, row[code], day)  # type: ignore[arg-type]
        if gw is not None:
            out.append((gw, number(day), row))
    return out


COLPUS = dated(TABLES["colpus"], "ccode", "cow")
CLINE = dated(TABLES["cline_coups"], "cowcode", "cline")
GML = [e for e in dated(TABLES["gml_mid_dirdisp"], "ccode2", "cow") if e[2]["sidea1"] == 1]


def test_coups(sample: list[dict[str, object]]) -> None:
    for row in sample:
        gw, t = row["gwcode"], month(row)
        own = [(m, e) for g, m, e in COLPUS if g == gw]
        assert row["coup_succ_12m"] == sum(t - 12 < m <= t and e["success"] == 1 for m, e in own)
        assert row["coup_fail_12m"] == sum(t - 12 < m <= t and e["success"] == 2 for m, e in own)
        assert row["coup_att_60m"] == sum(t - 60 < m <= t for m, _ in own)
        assert row["m_since_coup_att"] == min([t - m for m, _ in own if m <= t] + [CAP])
        assert row["coup_att_world_12m"] == sum(t - 12 < m <= t for _, m, _ in COLPUS)
        near = [m for g, m, _ in COLPUS if g != gw and members()[g].region == row["region"]]
        assert row["coup_att_region_12m"] == sum(t - 12 < m <= t for m in near)
        wide = [(m, e) for g, m, e in CLINE if g == gw]
        assert row["coup_plot_24m"] == sum(t - 24 < m <= t and e["event_type"] == "conspiracy" for m, e in wide)
        real = [m for m, e in wide if e["event_type"] != "conspiracy" and e["auto"] == 0]
        assert row["cdp_att_24m"] == sum(t - 24 < m <= t for m in real)
        for ahead in (1, 6, 12):
            if row[f"coup_att_next{ahead}"] is None:
                assert t + ahead > number(dt.date(2009, 12, 1))
                continue
            assert row[f"coup_att_next{ahead}"] == any(t < m <= t + ahead for m, _ in own)
            assert row[f"cdp_att_next{ahead}"] == any(t < m <= t + ahead for m in real)


def test_disputes(sample: list[dict[str, object]]) -> None:
    majors = {2, 365}  # of the made-up states; Germany since 1991, too
    for row in sample:
        gw, t = row["gwcode"], month(row)
        own = [(m, e) for g, m, e in GML if g == gw]
        assert row["mid_target_24m"] == sum(t - 24 < m <= t for m, _ in own)
        assert row["mid_force_target_12m"] == sum(t - 12 < m <= t and int(str(e["hostlev1"])) >= 4 for m, e in own)
        assert row["mid_regime_claim_120m"] == sum(t - 120 < m <= t for m, _ in own)  # revtype11 is always 3
        major = [m for m, e in own if e["ccode1"] in majors or (e["ccode1"] == 255 and int(str(e["year"])) >= 1991)]
        assert row["mid_major_target_60m"] == sum(t - 60 < m <= t for m in major)


def test_yearly_values(sample: list[dict[str, object]]) -> None:
    nmc: dict[tuple[int | None, int], dict[str, object]] = {}
    for row in TABLES["cow_nmc"]:
        year = int(float(str(row["year"])))
        nmc[to_gw("cow", int(float(str(row["ccode"]))), dt.date(year, 12, 31)), year] = row
    polity = {}
    for row in TABLES["polity5"]:
        year = int(str(row["year"]))
        if row["polity2"] != "":
            polity[to_gw("polity", row["polity_annual_ccode"], dt.date(year, 12, 31)), year] = row["polity2"]
    for row in sample:
        gw, year = int(str(row["gwcode"])), month(row) // 12 - (month(row) % 12 == 0) - 1
        found = nmc.get((gw, year))
        if found is None:
            assert row["lpop_l1"] is None
        else:
            heads = float(str(found["tpop"]))
            assert row["lpop_l1"] == pytest.approx(math.log(heads), abs=1e-4)
            per_head = max(float(str(found["pec"])) / heads, 1e-4)
            assert row["lpec_pc_l1"] == pytest.approx(math.log(per_head), abs=1e-4)
            assert row["milper_pc_l1"] == pytest.approx(1000 * float(str(found["milper"])) / heads, abs=1e-4)
        told = next((polity[gw, year - k] for k in range(3) if (gw, year - k) in polity), None)
        assert row["polity2_l1"] == told


def test_the_election_clock(sample: list[dict[str, object]]) -> None:
    held: dict[int | None, list[tuple[int, dict[str, object]]]] = {}
    for row in TABLES["reign_elections"]:
        if row["type"] == "R":
            continue
        year, in_year = int(str(row["elec_year"])), int(str(row["elec_month"]))
        gw = to_gw("reign", row["ccode"], dt.date(year, in_year, 1))
        held.setdefault(gw, []).append((year * 12 + in_year, row))
    known_always = {"Vote, As Scheduled", "Voided by Regime Change", "Deadline Not Met"}
    for row in sample:
        t = month(row)
        own = held.get(int(str(row["gwcode"])), [])
        votes = [m for m, e in own if str(e["event"]).startswith("Vote") and m <= t]
        assert row["m_since_election"] == min([t - m for m in votes] + [CAP])
        ahead = [m for m, e in own if e["event"] in known_always]
        told = {e["elecnum"]: m for m, e in own if e["event"] == "Announced" and m <= t}
        ahead += [m for m, e in own if e["event"] in ("Vote, Early", "Deadline Met") and e["elecnum"] in told]
        assert row["m_to_election"] == min([m - t for m in ahead if 1 <= m - t <= 12] + [13])
        assert row["election_6m"] == (float(str(row["m_to_election"])) <= 6)


def test_exits(made: Assembled, sample: list[dict[str, object]]) -> None:
    spells = made.spells.to_dicts()
    forced = {"coup", "uprising", "rebels", "foreign", "assassination", "other_irregular"}
    ended = [s for s in spells if s["exit_cat"] != "in_office"]
    for row in sample:
        gw, t = row["gwcode"], month(row)
        own = [s for s in ended if s["gwcode"] == gw and t - 120 < number(s["end"]) <= t]
        assert row["exits_120m"] == len(own)
        assert row["irreg_exit_120m"] == sum(s["exit_cat"] in forced for s in own)
        spell = next(s for s in spells if s["leader_id"] == row["leader_id"])
        assert row["tenure_m"] == t - number(spell["start"])
        for ahead in (1, 6, 12):
            if row[f"exit_next{ahead}"] is None:
                continue
            leaves = spell["exit_cat"] != "in_office" and number(spell["end"]) <= t + ahead
            assert row[f"exit_next{ahead}"] == (spell["exit_cat"] if leaves else "none")
            assert row[f"irreg_adj_next{ahead}"] == (leaves and spell["exit_cat_adj"] in forced)


def test_a_state_has_a_row_for_every_month_with_a_leader(made: Assembled) -> None:
    rows = made.panel.group_by("gwcode", "origin").len()
    assert rows["len"].max() == 1
    assert made.panel.filter(made.panel["gwcode"] == 100).height == 721
    small = made.panel.filter(made.panel["gwcode"] == 54)
    assert small["source"].unique().to_list() == ["reign"]
    assert small["origin"].min() == "1979-07"
