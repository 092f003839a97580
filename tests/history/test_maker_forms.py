"""The makers' own forms give the same rows as the copies: other delimiters, names, codes, several states in a cell."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from history.made_sources import Rows, make, write
from offramp.errors import InputError
from offramp.history.assemble.write import assemble
from offramp.history.sources.registry import find_files, read_sources
from offramp.history.sources.spec import LINE

TABLES = make()


def save(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def as_makers_do(folder: Path) -> None:
    """Every file as its maker publishes it, as far as the text forms are known."""
    folder.mkdir()
    tables = make()
    extra = dict.fromkeys(
        ("eindate", "eoutdate", "ebirthdate", "edeathdate", "dbpedia.uri", "num.entry", "num.exit"), "NA"
    )
    rest = dict.fromkeys(("num.exitcode", "num.posttenurefate", "fties", "ftcur"), "NA")
    save(folder / "Archigos_4.1.txt", [row | extra | rest for row in tables.pop("archigos_4.1")], "\t")
    save(folder / "leader_list_8_21.csv", tables.pop("reign_leaderlist"))
    save(folder / "regime_list.csv", tables.pop("reign_regimes"))
    save(folder / "election_6_21.csv", tables.pop("reign_elections"))
    save(folder / "Coup data 2.1.2.csv", tables.pop("cline_coups"))
    save(
        folder / "powell_thyne_coups_final.txt",
        [row | {"ccode_gw": 1} for row in tables.pop("powell_thyne_coups")],
        "\t",
    )
    polity = [
        {
            "p5": 1,
            "cyear": 1,
            "ccode": row.pop("polity_annual_ccode"),
            "scode": "XXX",
            "country": row.pop("polity_annual_country"),
        }
        | {k: v for k, v in row.items() if k not in ("GWn", "cown")}
        | {"flag": 0, "exrec": 1, "regtrans": ""}
        for row in tables.pop("polity5")
    ]
    save(folder / "p5v2018.csv", polity)
    vdem = [
        {
            "country_name": row["vdem_country_name"],
            "country_id": 3,
            "COWcode": 2,
            "v2elvotbuy_codehigh": 0.1,
            "e_gdp": 5,
        }
        | {k: v for k, v in row.items() if k not in ("GWn", "cown", "vdem_country_name")}
        for row in tables.pop("vdem_simple")
    ]
    save(folder / "V-Dem-CY-Core-v15.csv", vdem)
    words = {"territory": 1, "government": 2, "both": 3, "extrasystemic": 1, "interstate": 2, "intrastate": 3, "II": 4}
    ucdp = [
        row | {column: words[str(row[column])] for column in ("incompatibility", "type_of_conflict")}
        | {"location": "X", "side_a": "Government", "ep_end": 0, "region": 1, "version": "24.1"}
        | {c: str(row[c]).removesuffix(".0") for c in ("gwno_a", "gwno_a_2nd", "gwno_b")}
        for row in tables.pop("ucdp_acd")
    ]  # fmt: skip
    save(folder / "ucdp-prio-acd-241.csv", ucdp)
    nmc = [
        {"stateabb": "XXX", "version": 2021} | {k: (-9 if v == "" else v) for k, v in row.items()}
        for row in tables.pop("cow_nmc")
    ]
    save(folder / "NMC-60-abridged.csv", nmc)
    write(folder, tables)


def test_the_record_is_the_same_from_either(tmp_path: Path) -> None:
    as_makers_do(tmp_path / "makers")
    copies = assemble(read_sources(write(tmp_path / "copies", TABLES)))
    makers = assemble(read_sources(tmp_path / "makers"))
    assert makers.spells.equals(copies.spells)
    assert makers.panel.equals(copies.panel)


def test_columns_passed_over_are_counted(tmp_path: Path) -> None:
    as_makers_do(tmp_path / "makers")
    parsed = read_sources(tmp_path / "makers").parsed
    assert set(parsed["vdem"].passed_over) == {"country_id", "cowcode", "v2elvotbuy_codehigh", "e_gdp"}


def test_several_states_in_a_cell_become_rows(tmp_path: Path) -> None:
    folder = write(tmp_path / "raw", TABLES)
    rows = [dict(row) for row in TABLES["ucdp_acd"]]
    rows[0] |= {"gwno_a": "651, 652", "gwno_b": "666", "gwno_a_2nd": "660, 663", "type_of_conflict": "interstate"}
    write(folder, {"ucdp_acd": rows})
    parsed = read_sources(folder).parsed["ucdp"]
    first = parsed.frame.filter(pl.col(LINE) == 2)
    assert sorted(first.select("gwno_a", "gwno_a_2nd").rows()) == [(651, 660), (651, 663), (652, 660), (652, 663)]
    assert parsed.rows == len(rows)


def test_archigos_by_year_gives_each_spell_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "raw", {k: v for k, v in TABLES.items() if k != "archigos_4.1"})
    years = [row for row in TABLES["archigos_4.1"] for _ in range(3)]
    save(folder / "arch_annual.txt", years, "\t", "latin-1")
    assert read_sources(folder).parsed["archigos"].frame.height == len(TABLES["archigos_4.1"])
    spoilt = [*years, dict(years[-1]) | {"exit": "Regular", "exitcode": "Regular", "posttenurefate": "OK"}]
    save(folder / "arch_annual.txt", spoilt, "\t")
    with pytest.raises(InputError, match="the same spell in all rows of one obsid"):
        read_sources(folder)


def test_files_are_found_whatever_case_they_are_in(tmp_path: Path) -> None:
    as_makers_do(tmp_path / "makers")
    found = {name: path.name for name, (_, path) in find_files(tmp_path / "makers").items()}
    assert found["nmc"] == "NMC-60-abridged.csv"
    assert found["cline"] == "Coup data 2.1.2.csv"
    assert len(found) == 17


def test_days_as_stata_writes_them_and_days_that_could_be_read_two_ways(tmp_path: Path) -> None:
    folder = write(tmp_path / "raw", TABLES)
    rows = [dict(row) for row in TABLES["archigos_4.1"]]
    first = rows[0]["startdate"]
    assert isinstance(first, dt.date)
    rows[0]["startdate"] = f"{first:%d%b%Y}".lower()
    rows[1]["startdate"] = f"{rows[1]['startdate']} 00:00:00"
    write(folder, {"archigos_4.1": rows})
    parsed = read_sources(folder).parsed["archigos"].frame
    assert parsed["startdate"].to_list()[:2] == [first, TABLES["archigos_4.1"][1]["startdate"]]
    rows[2]["startdate"] = "03/04/1950"
    write(folder, {"archigos_4.1": rows})
    with pytest.raises(InputError, match="line 4, column startdate: is '03/04/1950'; expected a day"):
        read_sources(folder)
