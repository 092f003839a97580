"""A sweep is kept in parts, goes on where it was broken off, and is the same on workers as in one process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offramp import cluster
from offramp.case import files
from offramp.cli.main import app
from offramp.errors import InputError
from offramp.exitgame.anchor_b_build import typical
from offramp.sweep import run, standoff, tree
from offramp.sweep.picture import spec


def test_two_workers_give_what_one_process_gives(tmp_path: Path):
    plan = standoff.plan(typical(), ["guarantee=0.3|0.7", "offer", "army_loyalty=0:1:3"], draws=16, intervals=False)
    alone = run.sweep(plan, tmp_path / "alone")
    with cluster.open("local:2") as client:
        spread = run.sweep(plan, tmp_path / "spread", client=client)
    assert spread.table().collect().equals(alone.table().collect())
    assert run.sweep(plan, tmp_path / "alone").again == plan.units
    other = standoff.plan(typical(), ["offer"], draws=16)
    with pytest.raises(InputError, match="holds the results of another run"):
        run.sweep(other, tmp_path / "alone")


@pytest.mark.parametrize(
    "over",
    [
        ["fight=-2:0:5"],
        ["fight=-2:0:9", "share=0.1:1:8"],
        ["fight=-2:0:3", "share=0.5|1", "precision=1|2", "monopoly=2|3"],
    ],
)
def test_the_picture_shows_what_fits_and_says_what_is_held(tmp_path: Path, over: list[str]):
    plan = tree.plan(tree.source("entry", {}), over)
    swept = run.sweep(plan, tmp_path / "s")
    drawn = spec(swept, "payoff.Entrant")
    table = swept.table().collect()
    assert {row["figure"] for row in drawn["data"]["values"]} <= set(table["payoff.Entrant"].to_list())
    held = len(table) // len(drawn["data"]["values"])
    assert held == (2 if len(over) == 4 else 1)
    assert ("onopoly: 3" in drawn["title"]["subtitle"]) == (held == 2)
    with pytest.raises(InputError, match=r"known: .*payoff\.Entrant"):
        spec(swept, "nothing")


def test_a_fine_grid_is_drawn_coarser_and_says_so(tmp_path: Path):
    plan = tree.plan(tree.source("entry", {}), ["fight=-2:0:300", "share=0.1:1:8"])
    drawn = spec(run.sweep(plan, tmp_path / "s"), "payoff.Entrant")
    assert len({row["axis fight"] for row in drawn["data"]["values"]}) == 100
    assert "Fight: one value in 3 drawn" in drawn["title"]["subtitle"]
    assert len(drawn["encoding"]["x"]["axis"]["values"]) >= 3


def test_the_command_writes_table_and_chart(tmp_path: Path):
    case = tmp_path / "case.yaml"
    case.write_text(files.dump(typical()), "utf-8")
    out, table = tmp_path / "grid", tmp_path / "grid.jsonl"
    line = ["sweep", str(case), "--over", "offer,army_loyalty=0:1:3", "--draws", "16", "--out", str(out)]
    done = CliRunner().invoke(app, [*line, "--table", str(table), "--set", "guarantee=0.5"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "9 scenarios in" in done.output
    assert (out / "chart.svg").read_text("utf-8").startswith("<svg")
    rows = [json.loads(text) for text in table.read_text("utf-8").splitlines()]
    assert len(rows) == 9
    assert {row["offer"] for row in rows} == {"none", "safe_passage", "safe_passage_immunity"}
    with pytest.raises(InputError, match="exists already"):
        CliRunner().invoke(app, [*line, "--table", str(table)], catch_exceptions=False)
    with pytest.raises(InputError, match=r"ends in \.yaml"):
        CliRunner().invoke(app, ["sweep", str(table), "--over", "offer"], catch_exceptions=False)
