"""The page on a tree of one's own runs as it stands, with fewer replications."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/strategic-own-game.md"


def test_the_page_on_an_own_game_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S))
    space: dict[str, Any] = {}
    exec(compile(code.replace("replications=200", "replications=6"), str(PAGE), "exec"), space)
    shown = capsys.readouterr().out
    assert "6 replications, 0 failed" in shown
    assert r"\begin{tabular}{lrr}" in shown
    assert (tmp_path / "threat.svg").stat().st_size > 1000
    fit, truth = space["fit"], space["truth"]
    assert set(fit.names) == set(truth)
    for name, value in truth.items():
        assert abs(fit.coefficients[name] - value) < 4 * fit.se[name], name
