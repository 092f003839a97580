"""The brief in at most forty lines of a terminal, with or without colour, to a screen or into a pipe.

Text of reports and names is data: control characters are taken out and nothing is read as markup. Every line fits the
width; what does not fit is cut with an ellipsis, and the files hold it whole.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.text import Text

from offramp import words
from offramp.forecast.brief import Brief
from offramp.forecast.headline import headline
from offramp.report import highlight, views
from offramp.report import outcomes as look

MAX_LINES = 40
WIDTH = 80
LEAST_WIDTH = 50
SHOWN_WARNINGS = 3
SHOWN_SENSITIVITIES = 3
HEADLINE_LINES = 8


def show(brief: Brief, written: Mapping[str, Path] | None = None, console: Console | None = None) -> None:
    """Print the summary to standard output, at most 100 columns wide."""
    console = console or Console(highlight=False)
    console.print(summary(brief, min(max(console.width, LEAST_WIDTH), 100), written), soft_wrap=True)


def summary(brief: Brief, width: int = WIDTH, written: Mapping[str, Path] | None = None) -> Group:
    """The summary as lines for Rich, none wider than `width` (at least 50), at most 40 of them.

    Args:
        brief: What is summed up.
        width: Columns of the terminal.
        written: File name to path, as `files.write` gives it.
    """
    width = max(width, LEAST_WIDTH)
    parts = [
        _heading(brief, width),
        _answer(brief, width),
        _table(brief, width),
        _offer(brief, width),
        _sensitivities(brief, width),
        _sourcing(brief, width),
        _warnings(brief, width),
        _files(written, width),
    ]
    lines: list[Text] = []
    for part in parts:
        lines += part if not lines or not part else [Text(""), *part]
    if len(lines) > MAX_LINES:  # the empty lines between parts are the first to go
        spare = len(lines) - MAX_LINES
        kept = []
        for line in lines:
            if spare and not line.plain:
                spare -= 1
            else:
                kept.append(line)
        lines = kept
    return Group(*lines[:MAX_LINES])


def _plain(text: str, *, joined: bool = False) -> str:
    """One line without control characters; `joined` keeps the no-break spaces inside figures, for wrapping."""
    line = " ".join(re.split(r"[^\S\xa0]+", highlight.shown(text).strip()))
    return line if joined else line.replace(words.NBSP, " ")


def _line(text: str, width: int, style: str = "") -> Text:
    plain = _plain(text)
    if cell_len(plain) > width:
        plain = set_cell_size(plain, width - 1).rstrip() + "…"
    return Text(plain, style=style, no_wrap=True)


def _wrapped(text: str, width: int, most: int, style: str = "") -> list[Text]:
    """At most `most` lines; wide letters count for two columns."""
    plain = _plain(text, joined=True)
    columns = width
    while True:
        rows = textwrap.wrap(plain, columns, max_lines=most, placeholder=" …") or [""]
        if columns <= width // 2 or all(cell_len(row) <= width for row in rows):
            return [_line(row, width, style) for row in rows]
        columns -= 4


def _heading(brief: Brief, width: int) -> list[Text]:
    case = brief.case
    powers = words.listed([coercer.name for coercer in case.coercers])
    who = f"{case.ruler.name} ({views.place_name(case.ruler.country)}) and {powers}"
    return [
        _line(case.name, width, "bold"),
        _line(f"as of {brief.as_of} · {who}", width, "dim"),
    ]


def _answer(brief: Brief, width: int) -> list[Text]:
    span = words.months(brief.forecast.months[views.headline_place(brief.forecast.months)])
    beside = f" History alone at {span} in the last column." if "history" in brief.lenses else ""
    note = f"Anchored game, 90 % intervals.{beside}"
    return [*_wrapped(brief.headline or headline(brief), width, HEADLINE_LINES), _line(note, width, "dim")]


def _table(brief: Brief, width: int) -> list[Text]:
    """Outcomes by month, the headline month with its interval, and history at that month."""
    months, outcomes = brief.forecast.months, brief.forecast.outcomes
    at = views.headline_place(months)
    history = brief.lenses["history"].outcomes if "history" in brief.lenses else {}
    columns = sorted({*(months.index(m) for m in (1, 6, 24) if m in months and width >= 75), at})
    heads = [words.months(months[i]) for i in columns] + (["history"] if history else [])
    rows = [("", heads)]
    for key in look.ordered(outcomes):
        cells = [_cell(look.at(outcomes, key, i), whole=i == at) for i in columns]
        if history:
            past = look.at(history, key, at)
            cells.append("–" if past is None else words.cell(*past))
        rows.append((look.look(key).label, cells))
    sizes = [max(cell_len(_plain(row[i])) for _, row in rows) for i in range(len(heads))]
    first = max(12, min(18, width - sum(sizes) - 2 * len(sizes)))
    shown = []
    for n, (name, cells) in enumerate(rows):
        figures = "".join("  " + _plain(cell).rjust(size) for cell, size in zip(cells, sizes, strict=True))
        text = set_cell_size(name, first) + figures
        shown.append(Text(text[:width].rstrip(), style="dim" if n == 0 else "", no_wrap=True))
    return shown


def _cell(found: tuple[float, float, float] | None, *, whole: bool) -> str:
    if found is None:
        return "–"
    return words.cell_estimate(*found) if whole else words.cell(*found)


def _offer(brief: Brief, width: int) -> list[Text]:
    best = brief.best_offer
    if best is None:
        return []
    chance = best.negotiated_within_12_months
    told = (
        f"in the model {words.estimate(chance.mean, chance.low, chance.high)} negotiated within a year; "
        f"best in {words.percent(best.probability_best)} of draws"
    )
    head = _line(f"Best offer: {best.offer.label}", width, "bold")
    return [head, *(Text("  ").append(line) for line in _wrapped(told, width - 2, 2))]


def _sensitivities(brief: Brief, width: int) -> list[Text]:
    rows = views.tornado(brief.sensitivity)[:SHOWN_SENSITIVITIES]
    if not rows:
        return []
    shown = [_line("Most sensitive to (low end, high end)", width, "bold")]
    for row in rows:
        tail = f": {row.outcome.label.lower()} {_plain(row.figure_low)} to {_plain(row.figure_high)}"
        shown.append(_line("  " + words.shorten(_plain(row.label), width - len(tail) - 2) + tail, width))
    return [shown[0], *(Text("  ").append(line) for line in shown[1:])]


def _sourcing(brief: Brief, width: int) -> list[Text]:
    counts = views.sourcing(brief)
    if not any(count for _, count in counts):
        return _wrapped(f"Sourcing: {views.sourcing_words(brief)}", width, 2)
    listed = ", ".join(f"{count} {grade}" for grade, count in counts if count)
    return [
        _line(f"Sourcing: {listed}   (A can be checked … E vague; {words.plural(len(brief.reports), 'report')})", width)
    ]


def _warnings(brief: Brief, width: int) -> list[Text]:
    warnings = list(brief.warnings)
    if brief.bands:
        warnings.append(
            "Outside the range that base rates suggest: "
            + words.listed(
                [f"{look.look(b.outcome).label.lower()} at {words.months(b.month)}" for b in views.first_bands(brief)]
            )
        )
    if not warnings:
        return []
    shown = warnings if len(warnings) <= SHOWN_WARNINGS else warnings[: SHOWN_WARNINGS - 1]
    lines = [_line(words.plural(len(warnings), "warning").capitalize(), width, "yellow")]
    lines += [Text("  ").append(_line(warning, width - 2)) for warning in shown]
    if len(shown) < len(warnings):
        lines.append(Text(f"  and {len(warnings) - len(shown)} more, in the brief"))
    return lines


def _files(written: Mapping[str, Path] | None, width: int) -> list[Text]:
    """Paths are never cut: they are there to be copied."""
    if not written:
        return []
    first = next(iter(written.values()))
    names = ", ".join(path.name for path in list(written.values())[1:])
    return [Text(f"Brief: {highlight.shown(str(first))}"), _line(f"beside it: {names}", width, "dim")]
