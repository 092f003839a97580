"""`offramp read`: what reports say and how well it is sourced, without a forecast."""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from offramp.cli.read_rows import Rows
    from offramp.reading.evidence import Reading
    from offramp.reading.names import UserName
    from offramp.reading.reader import Options

EPILOG = (
    "Examples: offramp read report.md   |   offramp read a.html b.txt --json   |   offramp read report.md --explain"
    "   |   offramp read report.md --html > page.html   |   offramp read folder news.parquet --jsonl --out all.jsonl"
    "   |   offramp read news.parquet --cluster local --out parts   |   cat report.txt | offramp read -"
)
KEY = "OFFRAMP_MODEL_KEY"


def read(
    reports: Annotated[
        list[str],
        typer.Argument(
            metavar="REPORT...",
            help="Text, Markdown or HTML files, http(s) addresses, or - for standard input; with --jsonl also folders "
            "and Parquet tables with a column 'text'.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print reports, evidence and warnings as JSON.")] = False,
    as_jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Read each report, or each file of a folder, by itself: one JSON line each."),
    ] = False,
    as_html: Annotated[
        bool, typer.Option("--html", help="Print one page with the evidence marked in the text.")
    ] = False,
    as_table: Annotated[bool, typer.Option("--table", help="Print tables (the default).")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of every event why it was coded.")] = False,
    names: Annotated[
        Path | None, typer.Option(help="A YAML file with names of your own actors (docs/reading.md).")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Parse only sentences that bear on a standoff: some ten times as fast.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --jsonl: append here, and pass over reports whose lines stand there already. With --parquet: "
            "the folder of the parts."
        ),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="With --jsonl and --parquet: go through folders in folders.")
    ] = False,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="As --jsonl, but into Parquet parts with a manifest in the folder --out.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local[:N]",
            help="Read into Parquet parts on the workers of a Dask scheduler, or on N processes here (docs/scale.md).",
        ),
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="With --cluster local: limit of each worker, as 2GiB.")
    ] = None,
    endpoint: Annotated[
        str, typer.Option(help=f"An OpenAI-compatible address whose model may propose events; key in {KEY}.")
    ] = "",
    model: Annotated[str, typer.Option(help="The model to ask there.")] = "",
) -> None:
    """Read reports: claims and statistics with sourcing grades, events, offers, demands, and what was dropped.

    Several reports are read as one case. With --jsonl each stands by itself, and one that cannot be read gives a line
    with "error"; the exit status is then 2 only if none could be read. --parquet and --cluster do so, too, and write a
    folder of Parquet parts.
    """
    into_parts = parquet or cluster is not None
    if as_json + as_jsonl + as_table + as_html + into_parts > 1:
        raise InputError(
            "--json, --jsonl, --html, --table and --parquet (with or without --cluster) exclude one another; give one."
        )
    if reports.count("-") > 1:
        raise InputError("- stands for standard input and can be given only once.")
    if (out is not None or recursive) and not (as_jsonl or into_parts):
        raise InputError("--out and --recursive go with --jsonl and --parquet; send other output to a file with >.")
    if bool(endpoint) != bool(model):
        raise InputError("--endpoint and --model go together: an address, and the model to ask there.")
    options = _options(names, explain=explain, fast=fast, endpoint=endpoint, model=model)
    if into_parts:
        from offramp.cli import corpus_parts

        if out is None:
            raise InputError("--parquet and --cluster write a folder of parts; name it with --out.")
        corpus_parts.command(reports, options, out, cluster, memory, recursive=recursive)
        return
    if as_jsonl:
        _lines(reports, options, out, recursive=recursive)
        return
    reading = _read(reports, options)
    if as_json:
        typer.echo(reading.model_dump_json(indent=2))
    elif as_html:
        from offramp.cli.read_page import render

        typer.echo(render(reading, explain=explain), nl=False)
    else:
        _show(reading, explain=explain)


def _options(names: Path | None, *, explain: bool, fast: bool, endpoint: str, model: str) -> Options:
    from offramp.reading.reader import Options

    known: tuple[UserName, ...] = ()
    if names is not None:
        from offramp.reading.names import read_names

        known = read_names(names)
    proposer = None
    if endpoint:
        from offramp.reading.model import Proposer

        proposer = Proposer(endpoint, model, os.environ.get(KEY))
    return Options(known, explain=explain, fast=fast, proposer=proposer)


def _read(reports: list[str], options: Options) -> Reading:
    from offramp.cli.progress import steps

    with steps() as progress:
        progress("loading the reader")
        from offramp.reading.reader import read_reports

        return read_reports(reports, progress=progress, options=options)


# One line a report


def _lines(sources: list[str], options: Options, out: Path | None, *, recursive: bool) -> None:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from offramp.cli.read_corpus import Corpus, done_in, line_of

    corpus = Corpus(sources, recursive=recursive)
    before = done_in(out) if out is not None else set()
    console = Console(stderr=True)
    columns = (
        TextColumn("Reading"),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        TimeRemainingColumn(),
    )
    read = failed = passed = 0
    with (
        _target(out) as file,
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        task = progress.add_task("", total=len(corpus))
        for entry in corpus:
            progress.update(task, description=entry.name[-60:])
            if entry.name in before:
                passed += 1
            else:
                line = line_of(entry, options)
                failed += "error" in line
                read += "error" not in line
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
            progress.advance(task)
    if out is not None:
        told = f"{read} read, {failed} could not be read, {passed} stood there already"
        typer.echo(f"offramp: {out}: {told}", err=True)
    if failed and not read and not passed:
        raise InputError(f"none of {failed} reports could be read; each line says why.")


def _target(out: Path | None) -> nullcontext[TextIO] | TextIO:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error}).") from None


# Tables


def _show(reading: Reading, *, explain: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from offramp.cli import read_rows

    console = Console(highlight=False)
    for number in range(len(reading.reports)):
        title, about, sourcing = read_rows.head(reading, number)
        console.print(Text(title, style="bold"))
        console.print(Text(about))
        console.print(Text(sourcing))
        tables = read_rows.tables(reading, number, explain=explain)
        for table in tables:
            _print(console, table)
        gone = read_rows.dropped(reading, number)
        if gone:
            console.print(Text(gone))
        if any("grade" in table.columns for table in tables):
            console.print(Text(read_rows.GRADES, style="dim"))
        console.print()
    together = read_rows.agreement(reading)
    if together.rows:
        _print(console, together)
    for warning in reading.warnings:
        typer.echo(f"offramp: {read_rows.clean(warning)}", err=True)


def _print(console: Console, rows: Rows) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table: Table = Table(
        title=Text(rows.title), box=box.SIMPLE, title_justify="left", title_style="bold", pad_edge=False
    )
    for column in rows.columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("grade", "checkable", "counter", "date"))
    for row in rows.rows:
        table.add_row(*(Text(cell if len(cell) <= 160 else cell[:157] + "…") for cell in row))
    console.print(table)
