"""`offramp config`: settings, and where each comes from."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from offramp.cli.ledger import AsJson

app = typer.Typer(
    help="Settings, and where each comes from.",
    epilog="Example: offramp config show",
    no_args_is_help=True,
)


@app.callback()
def _root() -> None:
    """Settings, and where each comes from."""


@app.command("show", epilog="Example: offramp config show --json")
def show(
    file: Annotated[Path | None, typer.Option(help="Configuration file; default: OFFRAMP_CONFIG, else yours.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting of `offramp serve`: option over environment over file over default."""
    from offramp.ledger.address import shown
    from offramp.web.settings import PREFIX, Settings, config_file, load

    loaded = load(file=file)
    rows = []
    for item in fields(Settings):
        value = getattr(loaded.settings, item.name)
        rows.append(
            {
                "name": item.name,
                "value": shown(value) if item.name == "ledger" else value,
                "from": loaded.origin[item.name],
                "variable": PREFIX + item.name.upper(),
                "what": item.metadata["help"],
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("setting", "value", "from", "what it is"):
        table.add_column(name, overflow="fold")
    for row in rows:
        value = '""' if row["value"] == "" else str(row["value"])
        table.add_row(str(row["name"]), value, str(row["from"]), str(row["what"]))
    Console(highlight=False).print(table)
    typer.echo(f"File: {file or config_file()}, table [serve]; environment: {PREFIX}PORT and so on.")
