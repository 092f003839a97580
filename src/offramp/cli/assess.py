"""`offramp assess`: from reports or a case file to the brief."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offramp.forecast.brief import Brief
    from offramp.ledger.entries import Entry

EPILOG = (
    "Examples: offramp assess report.md   |   offramp assess a.txt b.html --out brief --force   |   "
    "offramp assess --case edited.case.yaml --set army_loyalty=0.6 --months 12   |   cat report.txt | offramp assess -"
)


def assess(
    reports: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REPORT]...",
            help="Text, Markdown or HTML files, http(s) addresses, or - for standard input. "
            "Several reports on one standoff make one case.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: named after the case, here.")] = None,
    case: Annotated[Path | None, typer.Option(help="Case file to start from, or to merge the reports into.")] = None,
    as_of: Annotated[str, typer.Option(help="Date of the forecast, YYYY-MM-DD; default: the newest report's.")] = "",
    months: Annotated[int, typer.Option(min=1, max=120, help="Horizon in months.")] = 24,
    draws: Annotated[int, typer.Option(min=8, max=4096, help="Quasi-random draws of the parameters.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed: same input and seed, same output.")] = 0,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Override a value, such as army_loyalty=0.6. Repeatable."),
    ] = None,
    ruler: Annotated[
        str, typer.Option(help="Which ruler (country, ISO-3 code or name), where reports hold several standoffs.")
    ] = "",
    force: Annotated[bool, typer.Option(help="Replace an existing brief.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the brief in a browser when done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print brief.json instead of the summary.")] = False,
    ledger: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="OFFRAMP_LEDGER",
            help="Append the forecast to this ledger: a file, or postgresql://USER@HOST/DATABASE.",
        ),
    ] = "",
) -> None:
    """Read reports of a standoff, forecast how it ends, and write the brief.

    Writes brief.html, brief.json and case.yaml, and prints a summary. With a ledger the forecast is appended to it too.
    """
    from offramp.cli.progress import steps
    from offramp.cli.shared import parse_date, uncollected
    from offramp.forecast.pipeline import Options, assess_standoff
    from offramp.report import files

    options = Options(
        sources=tuple(reports or ()),
        case_file=case,
        as_of=parse_date(as_of, "--as-of"),
        months=months,
        draws=draws,
        seed=seed,
        settings=tuple(set_ or ()),
        ruler=ruler or None,
        stdin=sys.stdin.buffer if "-" in (reports or ()) else None,
    )
    if out is not None:
        files.check_target(out, force=force)
    if ledger:  # found wanting before the long part, not after it
        from offramp.ledger.store import Ledger

        Ledger(ledger).close()
    with uncollected(), steps() as progress:
        result = assess_standoff(options, progress=progress)
        target = out if out is not None else files.default_folder(result.brief)
        progress("Writing the brief")
        written = files.write(result.brief, target, force=force, case_text=result.case_text)
        entry = _recorded(ledger, result.brief) if ledger else None
    if as_json:
        typer.echo((target / "brief.json").read_text(encoding="utf-8"), nl=False)
    else:
        from offramp.report import terminal

        terminal.show(result.brief, written)
        if entry is not None:
            typer.echo(f"Recorded as entry {entry.n} of the ledger ({entry.case}), hash {entry.hash[:16]}")
    if open_:
        import webbrowser

        webbrowser.open(written["brief.html"].resolve().as_uri())


def _recorded(address: str, brief: Brief) -> Entry:
    from offramp.forecast.record import append_brief
    from offramp.ledger.store import Ledger

    with Ledger(address) as store:
        return append_brief(store, brief)
