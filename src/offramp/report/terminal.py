"""The brief in at most 40 lines of a terminal: the answer, the table, the offer, what moves it, and where files lie."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from offramp.forecast.brief import Brief, Sensitivity, Series
from offramp.report import words
from offramp.report.outcomes import look, ordered

MOST_LINES = 40
MOST_WARNINGS = 3


def show(brief: Brief, written: dict[str, Path], console: Console | None = None) -> None:
    """Prints the summary; works without colour and when piped."""
    (console or Console()).print(summary(brief, written))


def summary(brief: Brief, written: dict[str, Path]) -> RenderableType:
    """The summary as something Rich can print."""
    parts: list[RenderableType] = [
        Text(f"{brief.case.name}, as of {brief.as_of}", style="bold"),
        Text(brief.headline),
        Text(""),
        _table(brief),
    ]
    if brief.best_offer is not None:
        chance = brief.best_offer.negotiated_within_12_months
        parts.append(
            Text(
                f"Best offer: {brief.best_offer.offer.label}. Negotiated exit within 12 months "
                f"{words.estimate(chance.mean, chance.low, chance.high)}; "
                f"best in {words.percent(brief.best_offer.probability_best)} of draws."
            )
        )
    movers = sorted(brief.sensitivity, key=lambda row: -abs(row.at_high - row.at_low))[:3]
    if movers:
        parts.append(Text("Moved most by: " + "; ".join(_mover(row) for row in movers) + "."))
    grades = Counter(str(claim.grade) for claim in brief.evidence.claims)
    if grades:
        parts.append(Text("Sourcing of claims: " + ", ".join(f"{grades[g]} {g}" for g in "ABCDE" if grades[g]) + "."))
    parts += [Text(f"Warning: {words.shorten(text, 150)}") for text in brief.warnings[:MOST_WARNINGS]]
    if len(brief.warnings) > MOST_WARNINGS:
        parts.append(Text(f"And {words.plural(len(brief.warnings) - MOST_WARNINGS, 'more warning')} in the brief."))
    parts += [Text(""), *(Text(f"{path}", overflow="fold") for path in written.values())]
    return Group(*parts)


def _mover(row: Sensitivity) -> str:
    return f"{row.label} ({look(row.outcome).label}: {words.percent(row.at_low)} to {words.percent(row.at_high)})"


def _table(brief: Brief) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("within months:", no_wrap=True)
    for month in brief.forecast.months:
        table.add_column(str(month), justify="right", no_wrap=True)
    table.add_column("90 % interval", justify="right", no_wrap=True)
    for name in ordered(brief.forecast.outcomes):
        row = brief.forecast.outcomes[name]
        table.add_row(look(name).label, *(_cell(row, k) for k in range(len(brief.forecast.months))), _ends(row))
    return Padding(table, (0, 0, 1, 0))


def _cell(row: Series, place: int) -> str:
    mean, low, high = row.mean[place], row.low[place], row.high[place]
    return "–" if mean is None else words.cell(mean, low, high)


def _ends(row: Series) -> str:
    low, high = row.low[-1], row.high[-1]
    return "–" if low is None or high is None else words.cell_interval(low, high)
