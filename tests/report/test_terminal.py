"""The terminal summary: short, narrow enough, harmless, and in agreement with the brief."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import sample
from rich.cells import cell_len
from rich.console import Console

from offramp.report import files, terminal

WRITTEN = {name: Path("build/assess") / name for name in files.NAMES}


def printed(brief: Any, width: int = 80, color: str | None = None) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=color, force_terminal=color is not None, highlight=False)
    terminal.show(brief, WRITTEN, console)
    return out.getvalue()


@pytest.mark.parametrize("width", [50, 60, 80, 100, 200])
def test_at_most_forty_lines_none_wider_than_the_screen(brief: Any, width: int):
    lines = printed(brief, width).splitlines()
    assert 20 < len(lines) <= 40
    assert max(cell_len(line) for line in lines) <= min(width, 100)


def test_everything_at_once_still_fits(brief: Any):
    long = "a very long warning with many words in it " * 20
    full = sample.make(warnings=[long] * 30, headline="An answer of many words. " * 60, name="漢字" * 60)
    lines = printed(full).splitlines()
    assert len(lines) <= 40
    assert max(cell_len(line) for line in lines) <= 80
    assert any("31 warnings" in line for line in lines)
    assert any("and 29 more" in line for line in lines)
    assert lines[-2].endswith("brief.html")


def test_says_what_matters(brief: Any):
    text = printed(brief)
    for part in (
        *("as of 2025-12-01", "Nicolás Maduro Moros", "12 months", "13 % (5 to 33 %)", "70 % (22 to 89 %)"),
        *("Best offer: Safe passage and immunity", "58 % of draws", "1 B, 1 C, 3 D, 4 E", "4 warnings", "Credibility"),
        *("build/assess/brief.html", "brief.json, case.yaml", "history"),
    ):
        assert part in text, part
    assert "Loyalty of the armed forces" not in text  # only the three widest


def test_history_has_a_dash_where_it_is_silent(brief: Any):
    row = next(line for line in printed(brief).splitlines() if line.startswith("Negotiated exit"))
    assert row.endswith("–")


def test_a_pipe_gets_no_escape_codes_and_a_screen_gets_colour(brief: Any):
    assert "\x1b" not in printed(brief)
    assert "\x1b[" in printed(brief, color="standard")


def test_control_characters_of_names_do_not_reach_the_terminal():
    hostile = sample.make(name="x\x1b[2J\x07[red]y[/red]\u202e\nz", headline="a\x1b]0;title\x07b [bold]c[/bold]")
    text = printed(hostile)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "[red]y[/red]" in text
    assert "[bold]c[/bold]" in text


def test_a_percent_sign_stays_with_its_figure(brief: Any):
    for width in range(50, 100, 3):
        assert not any(line.strip().startswith("%") for line in printed(brief, width).splitlines())


def test_the_smallest_brief(brief: Any):
    lines = printed(sample.smallest()).splitlines()
    assert any("case file alone" in line for line in lines)
    assert not any("Best offer" in line for line in lines)
