"""`offramp read`: what reports say and how well it is sourced, without a forecast."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.errors import InputError, OfframpError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from offramp.reading.evidence import Actor, Reading, Report

EPILOG = (
    "Examples: offramp read report.md   |   offramp read a.html b.txt --json   |"
    "   offramp read folder --jsonl > all.jsonl"
    "   |   cat report.txt | offramp read -"
)
GRADES = (
    "A: a primary source that can be checked. B: named, with an affiliation, directly quoted. C: named but relayed, or "
    "an office without a name. D: anonymous. E: vague, or no source."
)


def read(
    reports: Annotated[
        list[str],
        typer.Argument(
            metavar="REPORT...",
            help="Text, Markdown or HTML files, http(s) addresses, or - for standard input; with --jsonl also folders.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print reports, evidence and warnings as JSON.")] = False,
    as_jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Read each report, or each file of a folder, by itself: one JSON line each."),
    ] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Print tables (the default).")] = False,
) -> None:
    """Read reports: claims and statistics with sourcing grades, events, offers, demands, and what was dropped.

    Several reports are read as one case. With --jsonl each stands by itself, and one that cannot be read gives a line
    with "error"; the exit status is then 2 only if none could be read.
    """
    if as_json + as_jsonl + as_table > 1:
        raise InputError("--json, --jsonl and --table exclude one another; give one of them.")
    if reports.count("-") > 1:
        raise InputError("- stands for standard input and can be given only once.")
    if as_jsonl:
        _lines(reports)
        return
    from offramp.cli.progress import steps

    with steps() as progress:
        progress("loading the reader")
        from offramp.reading.reader import read_reports

        reading = read_reports(reports, progress=progress)
    if as_json:
        typer.echo(reading.model_dump_json(indent=2))
    else:
        _show(reading)


# One line a report


def _lines(sources: list[str]) -> None:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    names = list(_files(sources))
    if not names:
        raise InputError(f"{', '.join(sources)}: there is no file to read there.")
    console = Console(stderr=True)
    columns = (
        TextColumn("Reading"),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    done = 0
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=len(names))
        for name in names:
            progress.update(task, description=name[-60:])
            line = _line(name)
            done += "error" not in line
            typer.echo(json.dumps(line, ensure_ascii=False))
            sys.stdout.flush()
            progress.advance(task)
    if not done:
        raise InputError(f"none of {len(names)} reports could be read; each line says why.")


def _files(sources: list[str]) -> Iterator[str]:
    """Each source, folders replaced by their files in order of name; hidden files are left out."""
    for source in sources:
        path = Path(source)
        if source == "-" or "://" in source or not path.is_dir():
            yield source
            continue
        try:
            inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        except OSError as error:
            raise InputError(f"{source}: the folder cannot be read ({error.strerror or error}).") from None
        yield from map(str, inside)


def _line(name: str) -> dict[str, Any]:
    from offramp.reading.reader import read_reports

    try:
        reading = read_reports([name])
    except OfframpError as error:
        return {"path": name, "error": str(error)}
    return {"path": name, **reading.model_dump(mode="json")}


# Tables


def _show(reading: Reading) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for number, report in enumerate(reading.reports):
        _show_report(console, reading, number, report)
    for warning in reading.warnings:
        typer.echo(f"offramp: {_clean(warning)}", err=True)


def _show_report(console: Console, reading: Reading, number: int, report: Report) -> None:
    from collections import Counter

    from rich.text import Text

    evidence = reading.evidence

    def of_report(items: list[Any]) -> list[Any]:
        return [item for item in items if item.report == number]

    claims, statistics = of_report(evidence.claims), of_report(evidence.statistics)
    console.print(Text(_clean(report.title or report.path), style="bold"))
    about = [report.path, report.publisher, report.date.isoformat() if report.date else "no date stated"]
    console.print(Text(_clean(" · ".join(part for part in about if part))))
    graded = Counter(str(item.grade) for item in [*claims, *statistics])
    counts = ", ".join(f"{grade} {graded[grade]}" for grade in "ABCDE") if graded else "nothing to grade"
    console.print(Text(f"Sourcing: {counts}"))
    rows = [
        [str(c.grade), _clean(c.speaker) or "nobody", str(c.speaker_kind).replace("_", " "),
         _clean(" ".join(report.text[a:b] for a, b in c.cue_spans) + ": " + c.content)]
        for c in claims
    ]  # fmt: skip
    _print(console, "Claims", ["grade", "speaker", "kind", "what is said"], rows)
    rows = [
        [str(s.grade), _figure(s.value, s.unit, s.qualifier), _clean(s.about), _clean(s.stated_source or "no source"),
         "yes" if s.checkable else "no"]
        for s in statistics
    ]  # fmt: skip
    _print(console, "Statistics", ["grade", "figure", "about", "source", "checkable"], rows)
    rows = [
        [e.type.lower().replace("_", " "), _who(e.source), _who(e.target), e.date.isoformat() if e.date else "",
         _clean(e.text)]
        for e in of_report(evidence.events)
    ]  # fmt: skip
    _print(console, "Events", ["type", "who", "to whom", "date", "text"], rows)
    rows = [
        [o.by, o.to, ", ".join(_terms(o)), _clean(o.condition or ""),
         o.deadline.isoformat() if o.deadline else _clean(o.deadline_text or "")]
        for o in of_report(evidence.offers)
    ]  # fmt: skip
    _print(console, "Offers", ["by", "to", "terms", "condition", "deadline"], rows)
    rows = [
        [d.by, d.to or "", _clean(d.what).replace("_", " "), "yes" if d.counter else "no"]
        for d in of_report(evidence.demands)
    ]
    _print(console, "Demands", ["by", "to", "what", "counter"], rows)
    dropped = Counter(item.reason for item in of_report(evidence.dropped))
    if dropped:
        console.print(Text("Dropped: " + ", ".join(f"{reason} ({n})" for reason, n in sorted(dropped.items()))))
    if graded:
        console.print(Text(GRADES, style="dim"))
    console.print()


def _who(actor: Actor | None) -> str:
    return _clean(actor.name) if actor is not None else ""


def _terms(offer: Any) -> list[str]:
    terms = [word for word, there in (("safe passage", offer.safe_passage), ("immunity", offer.immunity)) if there]
    return [*terms, *(["for " + " and ".join(offer.beneficiaries)] if offer.beneficiaries else [])]


def _print(console: Console, title: str, columns: list[str], rows: list[list[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table: Table = Table(title=title, box=box.SIMPLE, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("grade", "checkable", "counter", "date"))
    for row in rows:
        table.add_row(*(Text(cell if len(cell) <= 160 else cell[:157] + "…") for cell in row))
    console.print(table)


def _figure(value: float, unit: str, qualifier: str | None) -> str:
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
    return " ".join(part for part in (qualifier, number, "%" if unit == "percent" else unit) if part)


def _clean(text: str) -> str:
    """On one line and without control characters: a report must not steer the reader's terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
