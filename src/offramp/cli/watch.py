"""`offramp watch`: standoffs that are followed as reports come in."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from offramp.cli.ledger import Address, AsJson, open_ledger

app = typer.Typer(
    help="Follow standoffs: reports in, forecasts recorded, alerts out.",
    epilog="Example: offramp watch add case.yaml    |    offramp watch run --every 15m reports/ https://example.org/rss",
    no_args_is_help=True,
)

SPARKS = 12  # forecasts shown in a row of bars


@app.command("add", epilog="Example: offramp watch add brief/case.yaml --threshold 0.03")
def add(
    case: Annotated[Path, typer.Argument(help="A case file, as `offramp assess` or `offramp case new` writes it.")],
    months: Annotated[int, typer.Option(help="Horizon in months.")] = 24,
    draws: Annotated[int, typer.Option(help="Draws of each forecast; 16 keep up with 1,000 reports an hour.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every forecast of this case.")] = 0,
    threshold: Annotated[
        float, typer.Option(help="Change of any outcome's chance within 12 months that raises an alert.")
    ] = 0.05,
    half_life: Annotated[float, typer.Option(help="Days in which evidence loses half its weight.")] = 30.0,
    ledger: Address = "",
) -> None:
    """Put a case on the watch, and record the forecast that the case file gives by itself."""
    from offramp.case import files
    from offramp.cli.progress import steps
    from offramp.watch import cases
    from offramp.watch import step as taking

    found = files.load(case)
    settings = cases.Settings(months, draws, seed, threshold, half_life)
    with open_ledger(ledger, create=True) as store:
        watched = cases.add(store, found, settings, text=case.read_text("utf-8-sig"))
        with steps() as progress:
            progress("Recording the first forecast")
            entry = taking.first(store, watched)
        typer.echo(f"{watched.key}: watched, entry {entry.n}: {taking.sentence(None, entry)}")


@app.command("remove", epilog="Example: offramp watch remove ven-nicolas-maduro")
def remove(
    case: Annotated[str, typer.Argument(help="The case: its key or a part that only it has.")], ledger: Address = ""
) -> None:
    """Take a case off the watch. Its forecasts stay in the ledger."""
    from offramp.watch import cases

    with open_ledger(ledger) as store:
        typer.echo(f"{cases.remove(store, case)}: no longer watched")


@app.command(
    "run",
    epilog="Examples: offramp watch run reports/   |   offramp watch run --every 15m feed.xml inbox.mbox --webhook "
    "https://example.org/hook   |   wire | offramp watch run -",
)
def run(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, feeds (addresses, .xml, .rss, .atom), mailboxes (.mbox, Maildir), JSON lines (.jsonl), or - "
            "for JSON lines on standard input.",
        ),
    ],
    every: Annotated[str, typer.Option(metavar="TIME", help="Read again every so often: 90s, 15m, 2h.")] = "",
    webhook: Annotated[list[str] | None, typer.Option(help="Send alerts to this address as JSON. Repeatable.")] = None,
    email: Annotated[list[str] | None, typer.Option(help="Send alerts to this mailbox. Repeatable.")] = None,
    smtp: Annotated[str, typer.Option(metavar="HOST:PORT", help="Server that takes the mail.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="No alerts in the terminal.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local[:N]",
            help="Read waiting reports on a Dask scheduler's workers, or on N processes here (docs/scale.md).",
        ),
    ] = None,
    ledger: Address = "",
) -> None:
    """Read the sources, record a forecast for each report that bears on a watched case, and send alerts.

    Can be stopped at any moment: what was read is not read again, what was not done is done next time.
    """
    from offramp import cluster as cluster_room
    from offramp.watch import cases
    from offramp.watch.outbox import Receiver, waiting
    from offramp.watch.runner import Watcher
    from offramp.watch.sources import Source

    receivers = [] if quiet else [Receiver("terminal")]
    receivers += [Receiver.webhook(url) for url in webhook or ()]
    receivers += [Receiver.mail(to, smtp) for to in email or ()]
    seconds = parse_time(every)
    opened = [Source(name, stdin=sys.stdin.buffer if name == "-" else None) for name in sources]
    with open_ledger(ledger) as store, cluster_room.open(cluster, say=_warn) as client:
        if not cases.listed(store):
            typer.echo("offramp: no case is watched yet: `offramp watch add CASE` puts one on the watch.", err=True)
        watcher = Watcher(store, opened, receivers, say=_say, warn=_warn, client=client)
        try:
            done = watcher.run(seconds)
        except KeyboardInterrupt:
            typer.echo("offramp: stopped; nothing is lost, and the next run goes on from here.", err=True)
            sys.exit(130)
        left = waiting(store)
    typer.echo(
        f"{done.reports} reports taken in ({done.duplicates} repeats, {done.corrections} corrections or retractions), "
        f"{done.forecasts} forecasts, {done.alerts} alerts" + (f"; {left} alerts wait for a receiver" if left else "")
    )


@app.command("status", epilog="Example: offramp watch status --json")
def status(ledger: Address = "", as_json: AsJson = False) -> None:
    """Show every watched case: where it stands, how it moved, what waits."""
    from dataclasses import asdict

    from offramp.watch.status import status as read

    with open_ledger(ledger) as store:
        found = read(store)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from offramp import words
    from offramp.watch.status import sparkline

    if not found.cases:
        typer.echo("No case is watched: `offramp watch add CASE` puts one on the watch.")
    else:
        table = Table(box=box.SIMPLE, pad_edge=False)
        for name in ("case", "as of", "out", "", "agreed", " ", "reports", "forecasts"):
            table.add_column(name, no_wrap=name in ("", " ", "as of", "out", "agreed"))
        for row in found.cases:
            came = f"{row.reports} +{row.repeats}" + (f" ({row.pending} to do)" if row.pending else "")
            table.add_row(
                row.key, row.as_of, words.cell(row.out), sparkline(row.out_path[-SPARKS:]), words.cell(row.negotiated),
                sparkline(row.negotiated_path[-SPARKS:]), came, str(row.forecasts),
            )  # fmt: skip
        Console(highlight=False).print(table)
        typer.echo("Chances within 12 months; reports with their repeats.")
    if found.waiting:
        typer.echo(f"{found.waiting} alerts wait for their receiver" + (f": {found.problem}" if found.problem else ""))


def parse_time(text: str) -> float | None:
    """Seconds of '90s', '15m' or '2h'; None where nothing is given. Raises `InputError` otherwise."""
    from offramp.errors import InputError

    if not text:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip().lower())
    seconds = float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if not 1 <= seconds <= 7 * 86400:
        raise InputError(f"--every {text!r}: expected a time such as 90s, 15m or 2h, from a second to a week.")
    return seconds


def _plain(line: str) -> str:
    """On one line and without control characters: a report must not steer the terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in line).split())


def _say(line: str) -> None:
    typer.echo(_plain(line))
    sys.stdout.flush()


def _warn(line: str) -> None:
    typer.echo(f"offramp: {_plain(line)}", err=True)
