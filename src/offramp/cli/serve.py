"""`offramp serve`: pages and API over a ledger; and the tokens that open it to others."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.cli.ledger import AsJson

if TYPE_CHECKING:
    from offramp.web.tokens import Tokens

EPILOG = "Examples: offramp serve   |   offramp serve --host 0.0.0.0 --certificate cert.pem --key key.pem"

app = typer.Typer(
    help="Serve pages and API over the ledger, on this machine alone unless told otherwise.",
    epilog=EPILOG,
    invoke_without_command=True,
)
tokens_app = typer.Typer(
    help="Tokens: what lets others in. Kept as hashes only.",
    epilog="Example: offramp serve token new ana --scope read --days 30",
    no_args_is_help=True,
)
app.add_typer(tokens_app, name="token")


@app.callback()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen at; any but loopback demands tokens.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 for any that is free.")] = None,
    ledger: Annotated[
        str | None, typer.Option("--ledger", metavar="ADDRESS", help="A file, or postgresql://USER@HOST/DATABASE.")
    ] = None,
    demand_tokens: Annotated[
        bool | None, typer.Option("--demand-tokens", help="Demand tokens on loopback too, as behind a proxy.")
    ] = None,
    hosts: Annotated[str | None, typer.Option(help="Host names to answer to, by commas.")] = None,
    certificate: Annotated[str | None, typer.Option(help="TLS certificate (PEM).")] = None,
    key: Annotated[str | None, typer.Option(help="TLS key (PEM).")] = None,
    log: Annotated[str | None, typer.Option(help="Log lines: json, text or none.")] = None,
) -> None:
    """Serve until interrupted. More settings: `offramp config show`."""
    if context.invoked_subcommand is not None:
        return
    options = {
        "host": host, "port": port, "ledger": ledger, "demand_tokens": demand_tokens, "hosts": hosts,
        "certificate": certificate, "key": key, "log": log,
    }  # fmt: skip
    _run(options)


def _run(options: dict[str, Any]) -> None:
    import importlib.util

    from offramp.errors import InputError

    missing = [name for name in ("fastapi", "uvicorn", "sse_starlette") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError("serving needs the extra 'serve': python -m pip install 'offramp[serve]'.")
    from offramp.web.app import create_app
    from offramp.web.run import listening, server
    from offramp.web.settings import load

    settings = load(options).settings
    app = create_app(settings)
    made = server(app, settings)
    bound = listening(settings)
    scheme = "https" if settings.certificate else "http"
    name, port = bound.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    typer.echo(f"offramp: {scheme}://{shown}:{port}/ (Ctrl-C ends)", err=True)
    made.run(sockets=[bound])
    # Connections are closed and every write to the ledger was one transaction; a game that is still being solved for
    # nobody would keep the process for half a minute more.
    sys.stderr.flush()
    os._exit(0)


def _tokens() -> Tokens:
    from offramp.web.settings import load
    from offramp.web.tokens import Tokens

    return Tokens(load().settings.tokens_file)


Ident = Annotated[str, typer.Argument(help="Id of the token, as `offramp serve token list` shows it.")]
Days = Annotated[float, typer.Option(help="Days until it expires.")]


@tokens_app.command("new", epilog="Example: offramp serve token new ana --scope write")
def new(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    scope: Annotated[str, typer.Option(help="read, write or admin; each holds those before it.")] = "read",
    days: Days = 90.0,
) -> None:
    """Make a token. It is printed once and cannot be shown again."""
    token, text = _tokens().new(name, scope, days)
    typer.echo(f"{token.id}: {token.scope}, until {token.expires}; keep it now, it is not shown again", err=True)
    typer.echo(text)


@tokens_app.command("list", epilog="Example: offramp serve token list --json")
def list_(as_json: AsJson = False) -> None:
    """List tokens: id, name, scope, state."""
    held = _tokens().listed()
    rows = [{"id": t.id, "name": t.name, "scope": t.scope, "made": t.made, "expires": t.expires, "state": t.state()}
            for t in held]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['id']}  {row['scope']:5}  {row['state']:7}  until {row['expires']}  {row['name']}")
    if not rows:
        typer.echo("No token yet: `offramp serve token new NAME` makes one.")


@tokens_app.command("rotate", epilog="Example: offramp serve token rotate 1f2e3d4c5b6a --grace 2")
def rotate(
    ident: Ident, days: Days = 90.0, grace: Annotated[float, typer.Option(help="Hours the old one still works.")] = 24.0
) -> None:
    """Put a new token in an old one's place."""
    token, text = _tokens().rotate(ident, days=days, grace_hours=grace)
    typer.echo(f"{token.id}: in place of {ident}, until {token.expires}", err=True)
    typer.echo(text)


@tokens_app.command("revoke", epilog="Example: offramp serve token revoke 1f2e3d4c5b6a")
def revoke(ident: Ident) -> None:
    """End a token now; a running server hears of it at once."""
    token = _tokens().revoke(ident)
    typer.echo(f"{token.id}: revoked")
