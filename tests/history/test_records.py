"""Reading the record: a good folder is read, a bad one is refused with every fault named; counting by hand agrees."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from offramp.errors import InputError
from offramp.history.build import count_exits, count_fates, count_leader_years, count_tables
from offramp.history.records import PANEL, SPELLS, read_record
from offramp.history.tables import base_rates, tables_from_json
from offramp.history.vocabulary import MODES


def spells() -> pl.DataFrame:
    rows = [
        ("a", "First", "AAA", "1950-01-01", "1962-03-01", "coup", "exile"),
        ("b", "Second", "AAA", "1962-03-01", "1991-05-01", "other_irregular", "jail"),
        ("c", "Third", "AAA", "1991-05-01", "2009-12-31", "in_office", "in_office"),
        ("d", "Fourth", "BBB", "1970-01-01", "1990-01-01", "regular", "unknown"),
    ]
    frame = pl.DataFrame(rows, schema=["leader_id", "leader", "iso3", "start", "end", "exit_cat", "fate"], orient="row")
    return frame.with_columns(pl.col("start").str.to_datetime(), pl.col("end").str.to_datetime())


def panel() -> pl.DataFrame:
    base = {
        "iso3": "AAA", "leader_id": "b", "regime": "party-personal", "region": "africa", "exit_next1": "none",
        "exit_next12": "none", "tenure_m": 121, "age": 60.0, "military_career": None, "m_since_election": 600,
        "m_to_election": 13, "coup_fail_12m": 0, "coup_succ_12m": 0, "coup_att_60m": 0, "civil_gov_l1": 0,
        "lpec_pc_l1": -0.5, "civil_intensity_l1": 0, "mid_target_24m": 0, "mid_regime_claim_120m": 0,
        "mid_force_target_12m": 0, "uprising_region_24m": 0.0, "coup_att_region_12m": 2.0,
    }  # fmt: skip
    rows = [
        base | {"origin": "1989-12", "tenure_m": 120},
        base | {"origin": "1990-12", "exit_next12": "other_irregular", "coup_fail_12m": 1, "mid_force_target_12m": 2},
        base | {"origin": "1991-06"},
        base | {"origin": "1991-12", "regime": "presidential", "tenure_m": 7, "exit_next12": "regular"},
        base | {"origin": "2009-12", "exit_next12": None, "exit_next1": None},
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("military_career").cast(pl.Float64))


def folder(path: Path, spell_frame: pl.DataFrame, panel_frame: pl.DataFrame) -> Path:
    spell_frame.write_parquet(path / SPELLS)
    panel_frame.write_parquet(path / PANEL)
    return path


def test_a_good_folder_is_read_and_counted(tmp_path: Path) -> None:
    record = read_record(folder(tmp_path, spells(), panel()))
    assert record.spells["start"].dtype == pl.Date
    counted = count_leader_years(record.panel)
    # more than ten years is not ten years; June is no leader-year; an open window is none either
    assert counted == [
        ["presidential", 0, 1990, 0, 1, 1, 0, 0, 0, 0, 0, 0, "africa", 8],
        ["personal", 5, 1980, 0, 1, 0, 0, 0, 0, 0, 0, 0, "africa", 8],
        ["personal", 10, 1990, 1, 1, 0, 1, 0, 0, 0, 0, 0, "africa", 9],
    ]
    assert count_exits(record.spells, 1945) == dict.fromkeys(MODES, 0) | {"coup": 2, "regular": 1}
    assert count_exits(record.spells, 1991) == dict.fromkeys(MODES, 0) | {"coup": 1}
    assert count_fates(record.spells, 1945, 1990)["coup"] == [0, 1, 0, 0]
    assert count_fates(record.spells, 1990, 2010)["coup"] == [0, 0, 1, 0]
    tables = tables_from_json(count_tables(record))
    assert base_rates("personal", "10+", 1990, tables=tables).rate("coup") == 1.0
    assert tables.manifest["sha256"] == record.sha256


def test_counts_are_the_same_bytes_again(tmp_path: Path) -> None:
    record = read_record(folder(tmp_path, spells(), panel()))
    again = read_record(folder(tmp_path, spells(), panel()))
    assert count_tables(record) == count_tables(again)
    assert json.loads(count_tables(record))["columns"][:2] == ["regime", "tenure"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"spells\.parquet: no such file; .*--from"):
        read_record(tmp_path)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / SPELLS).write_text("no parquet")
    with pytest.raises(InputError, match=r"spells\.parquet: cannot be read as Parquet"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("age"), "column age: missing; expected a number"),
        (lambda f: f.with_columns(tenure_m=pl.lit("long")), "column tenure_m: is String; expected a number"),
        (lambda f: f.with_columns(tenure_m=pl.lit(-3)), "column tenure_m: 5 value.* outside 0 to 1200"),
        (lambda f: f.with_columns(tenure_m=pl.lit(None, pl.Int64)), "column tenure_m: 5 empty"),
        (lambda f: f.with_columns(regime=pl.lit("hive")), "column regime: unknown value.*hive"),
        (lambda f: f.with_columns(origin=pl.lit("1990-13")), "column origin: '1990-13' is no month"),
        (lambda f: f.with_columns(origin=pl.lit("2012-01")), "column origin: 2012-01 lies after the cut"),
        (lambda f: f.with_columns(exit_next1=pl.lit("vanished")), "column exit_next1: unknown value.*vanished"),
        (lambda f: pl.concat([f, f]), "AAA has 2 rows at 1989-12"),
    ],
)
def test_a_bad_panel_is_refused(tmp_path: Path, change, message: str) -> None:
    with pytest.raises(InputError, match=rf"(?s)panel\.parquet.*{message}"):
        read_record(folder(tmp_path, spells(), change(panel())))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.with_columns(fate=pl.lit("forgotten")), "column fate: unknown value.*forgotten"),
        (lambda f: f.with_columns(start=pl.lit(dt.date(2009, 12, 31))), "First .* ends 1962-03-01, before it starts"),
        (lambda f: f.with_columns(end=pl.lit(dt.date(2012, 1, 1))), "4 spell.* end after the cut 2009-12-31"),
        (lambda f: f.with_columns(start=pl.lit("long ago")), "column start: is String; expected a date"),
    ],
)
def test_bad_spells_are_refused(tmp_path: Path, change, message: str) -> None:
    with pytest.raises(InputError, match=rf"(?s)spells\.parquet.*{message}"):
        read_record(folder(tmp_path, change(spells()), panel()))


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    bad = panel().with_columns(tenure_m=pl.lit(-1), region=pl.lit("moon"))
    with pytest.raises(InputError, match=r"(?s)2 problem.*moon.*tenure_m"):
        read_record(folder(tmp_path, spells(), bad))
