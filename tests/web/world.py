"""A small ledger with forecasts that were really played, and hostile words wherever words come from outside."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from offramp.case.models import CaseReport, ObservedMonth
from offramp.compiled import enable_compile_cache
from offramp.exitgame.anchor_b_build import typical
from offramp.exitgame.api import play
from offramp.forecast import record
from offramp.forecast.brief import Brief
from offramp.forecast.compose import compose
from offramp.ledger.resolve import resolve
from offramp.ledger.store import Ledger
from offramp.reading.evidence import Evidence, Reading, Report

EVIL = '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">'
TITLE = f"Feed title {EVIL} \u202eabc"
TEXT = f"A report. {EVIL} javascript:alert(1) {{{{ 7*7 }}}} {{% raw %}} <svg onload=window.pwned=3> ]]> --> end."


def case() -> Any:
    """A standoff with two observed months and a hostile name."""
    made = typical().model_copy(deep=True)
    made.name = f"Aland {EVIL}"[:120]
    made.history = [
        ObservedMonth(month="2014-10", pressure="sanctions", offer="none", reply="held"),
        ObservedMonth(month="2014-11", pressure="ultimatum", offer="safe_passage", reply="countered"),
    ]
    return made


def brief_of(of: Any, draws: int = 16) -> Brief:
    """Its forecast, with few draws and one report."""
    enable_compile_cache()
    sha = hashlib.sha256(TEXT.encode()).hexdigest()
    of.reports = [CaseReport(path="report.txt", sha256=sha, date=of.as_of, title=TITLE)]
    read = Report(path="report.txt", sha256=sha, date=of.as_of, title=TITLE, text=TEXT, media_type="text/plain",
                  encoding="utf-8")  # fmt: skip
    game = play(of, months=24, draws=draws, what_if=False)
    return compose(of, game, Reading(reports=[read], evidence=Evidence()), 0, [], {})


def fill(address: Path) -> tuple[str, Brief]:
    """A ledger with three forecasts of a hostile case and one of another that is resolved; the hostile one's key."""
    of = case()
    brief = brief_of(of)
    with Ledger(str(address)) as ledger:
        first = record.append_brief(ledger, brief, case="aland-ruler")
        for shift in (30, 60):
            later = brief.model_copy(deep=True)
            later.case.as_of = later.as_of = brief.as_of + dt.timedelta(days=shift)
            why = {"report": brief.case.reports[0].sha256, "previous": first.n, "moved": []}
            record.append_brief(ledger, later, case="aland-ruler", why=why)
        record.append_brief(ledger, brief, case="other-ruler")
        resolve(ledger, "other-ruler", "negotiated", brief.as_of + dt.timedelta(days=100), by="test")
    return "aland-ruler", brief
