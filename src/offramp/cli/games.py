"""`offramp games`: the catalogue of standard games, listed and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from offramp.errors import InputError

app = typer.Typer(
    help="Standard games of the field, written as trees with named parameters.",
    no_args_is_help=True,
    epilog="Example: offramp games show poker",
)


@app.command("list", epilog="Example: offramp games list --json")
def list_games(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the games with their parameters and sources."""
    from offramp.games.standard import CATALOGUE, make
    from offramp.games.text import table_text

    rows: list[dict[str, Any]] = []
    for name, entry in CATALOGUE.items():
        game = make(name)
        rows.append(
            {
                "name": name,
                "what": entry.what,
                "players": list(game.players),
                "nodes": len(game.nodes),
                "parameters": dict(game.parameters),
                "source": entry.source,
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    shown = [
        [
            row["name"],
            row["what"],
            row["nodes"],
            ", ".join(f"{k} {v:g}" for k, v in row["parameters"].items()),
            row["source"],
        ]
        for row in rows
    ]
    typer.echo(table_text(["name", "what it shows", "nodes", "parameters", "source"], shown))


@app.command("show", epilog="Example: offramp games show centipede --set stages=4 --efg > centipede.efg")
def show(
    name: Annotated[str, typer.Argument(help="A name from `offramp games list`, or a game file.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Parameter. Repeatable.")
    ] = None,
    efg: Annotated[bool, typer.Option("--efg", help="Print the game as a Gambit .efg file.")] = False,
    nfg: Annotated[bool, typer.Option("--nfg", help="Print its normal form as a Gambit .nfg file.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw the tree into this file (.svg or .png).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print name, players, parameters and tree as JSON.")] = False,
) -> None:
    """Show a game: what it is, its tree, its parameters."""
    from offramp.cli.solve import load
    from offramp.games.form import Game

    game = load(name, set_ or [])
    if not isinstance(game, Game):
        if efg or nfg or svg is not None:
            raise InputError(f"{name}: a Markov game has no tree to write or draw.")
        typer.echo(json.dumps(game.about()) if as_json else str(game))
        return
    if svg is not None:
        game.draw().save(svg)
        typer.echo(f"{svg}: drawn", err=True)
    if efg or nfg:
        from offramp.games.efg import efg_text
        from offramp.games.nfg import nfg_text

        typer.echo(efg_text(game) if efg else nfg_text(game), nl=False)
    elif as_json:
        about = {
            "name": name,
            "title": game.title,
            "players": list(game.players),
            "parameters": dict(game.parameters),
            "infosets": [
                {"player": game.players[i.player], "infoset": i.number, "name": i.name, "actions": list(i.actions)}
                for i in game.decisions
            ],
            "tree": game.text(),
        }
        typer.echo(json.dumps(about, ensure_ascii=False, indent=1))
    else:
        typer.echo(_about(name) + str(game))


def _about(name: str) -> str:
    from offramp.games.standard import CATALOGUE

    if name not in CATALOGUE:
        return ""
    entry = CATALOGUE[name]
    words = " ".join((entry.make.__doc__ or "").split())
    return f"{name}: {words}\nSource: {entry.source}\n\n"
