"""The command line's front door: commands, and one way to end.

Exit statuses: 0 done, 1 our fault, 2 bad input or no standoff, 3 not converged, 130 interrupted. Errors that offramp
knows are shown as their message alone, on standard error. Commands live beside this file, one module each, and import
heavy libraries only when they run.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from offramp import __version__
from offramp.cli import (
    assess,
    case,
    config,
    fit,
    games,
    history,
    history_sample,
    ledger,
    read,
    score,
    serve,
    solve,
    sweep,
    watch,
)
from offramp.errors import OfframpError

INTERRUPTED = 130

app = typer.Typer(
    name="offramp",
    help="From reports of a standoff between an outside power and a ruler to a scored forecast of how it ends, "
    "when, and which offer would end it soonest.",
    epilog="Example: offramp assess report.md --out brief    (then open brief/brief.html)",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("assess", epilog=assess.EPILOG)(assess.assess)
app.command("read", epilog=read.EPILOG)(read.read)
app.command("solve", epilog=solve.EPILOG)(solve.solve)
app.command("sweep", epilog=sweep.EPILOG)(sweep.sweep)
app.command("fit", epilog=fit.EPILOG)(fit.fit)
app.command("resolve", epilog=score.RESOLVE_EPILOG)(score.resolve)
app.command("score", epilog=score.SCORE_EPILOG)(score.score)
history.app.command("sample", epilog=history_sample.EPILOG)(history_sample.sample_command)
app.add_typer(case.app, name="case")
app.add_typer(history.app, name="history")
app.add_typer(games.app, name="games")
app.add_typer(ledger.app, name="ledger")
app.add_typer(watch.app, name="watch")
app.add_typer(serve.app, name="serve")
app.add_typer(config.app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"offramp {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line and ends the process with the statuses above."""
    try:
        app()
    except OfframpError as error:
        typer.echo(f"offramp: {error}", err=True)
        sys.exit(error.exit_status)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # Typer turns Ctrl-C into this status without a word
            typer.echo("offramp: interrupted", err=True)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
