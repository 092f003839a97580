"""`offramp ledger`: what was forecast when; proof, replay, copies, erasure."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offramp.ledger.entries import Entry
    from offramp.ledger.store import Ledger

app = typer.Typer(
    help="The ledger of forecasts: append-only, chained by hashes, replayable.",
    epilog="Example: offramp ledger verify    |    offramp ledger replay 12",
    no_args_is_help=True,
)

Address = Annotated[
    str,
    typer.Option(
        "--ledger",
        metavar="ADDRESS",
        envvar="OFFRAMP_LEDGER",
        show_envvar=True,
        help="A file, or postgresql://USER@HOST/DATABASE; default: a file in your data folder.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of the entry, as `offramp ledger list` shows it.")]


def open_ledger(address: str, *, create: bool = False) -> Ledger:
    """The ledger at an address, the user's own where none is given."""
    from offramp.ledger.store import Ledger

    return Ledger(address or None, create=create)


@app.command("list", epilog="Example: offramp ledger list --case venezuela --last 20")
def list_(
    ledger: Address = "",
    case: Annotated[str, typer.Option(help="Only this case: its key or a part of it.")] = "",
    last: Annotated[int, typer.Option(min=1, help="How many entries, newest last.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List entries: forecasts, resolutions, erasures."""
    from offramp.ledger import entries

    with open_ledger(ledger) as store:
        found = store.read(
            lambda c: entries.select(c, case=entries.find_case(c, case) if case else None, newest=last)
        )  # fmt: skip
    if as_json:
        rows = [{"n": e.n, "kind": e.kind, "case": e.case, "recorded": e.recorded,
                 "as_of": e.content["as_of"], "hash": e.hash} for e in found]  # fmt: skip
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("n", "recorded", "kind", "case", "as of", "what", box=box.SIMPLE, pad_edge=False)
    for entry in found:
        when = entry.recorded[:16].replace("T", " ")
        table.add_row(str(entry.n), when, entry.kind, entry.case, entry.content["as_of"] or "", _what(entry))
    Console(highlight=False).print(table)


def _what(entry: Entry) -> str:
    from offramp import words

    content = entry.content
    if entry.kind == "forecast":
        place = min(range(len(content["months"])), key=lambda i: abs(content["months"][i] - 12))
        game = content["lenses"]["game"]
        left, agreed = 1 - game["in_office"]["mean"][place], game["negotiated"]["mean"][place]
        month = content["months"][place]
        return f"out within {month} months {words.cell(left)}, negotiated {words.cell(agreed)}"
    if entry.kind == "resolution":
        return f"{content['outcome']} on {content['date']}"
    return f"report {content['report'][:12]} erased"


@app.command("show", epilog="Example: offramp ledger show 12 --case-file > case.yaml")
def show(
    number: Number,
    ledger: Address = "",
    case_file: Annotated[bool, typer.Option("--case-file", help="Print the case as a case file.")] = False,
) -> None:
    """Print an entry as JSON, or the case that its forecast was made from."""
    from offramp.ledger import entries

    with open_ledger(ledger) as store:
        entry = entries.get(store, number)
        if not case_file:
            typer.echo(json.dumps({**entry.content, "previous": entry.previous, "hash": entry.hash}, indent=2))
            return
        from offramp.case.files import dump
        from offramp.errors import InputError
        from offramp.forecast.record import whole_case

        if entry.kind != "forecast":
            raise InputError(f"entry {number} is a {entry.kind}; only a forecast has a case.")
        typer.echo(dump(whole_case(store, entry)), nl=False)


@app.command(
    "verify", epilog="Example: offramp ledger verify --expect 9f86d081…    (a hash kept from an earlier proof)"
)
def verify(
    ledger: Address = "",
    expect: Annotated[str, typer.Option(help="Hash of an entry that must be in the ledger.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove that nothing was altered or lost. Exit status 2 if anything was."""
    from offramp.ledger.verify import verify as prove

    with open_ledger(ledger) as store:
        proof = prove(store, expect=expect.strip().lower() or None)
    if as_json:
        told = {name: getattr(proof, name) for name in ("good", "count", "head", "texts", "erased", "notes")}
        typer.echo(json.dumps({**told, "faults": [str(fault) for fault in proof.faults]}, indent=2))
    else:
        for note in proof.notes:
            typer.echo(f"note: {note}")
        for fault in proof.faults:
            typer.echo(f"FAULT: {fault}", err=True)
        word = "verified" if proof.good else f"NOT as written: {len(proof.faults)} faults in"
        typer.echo(f"{word} {proof.count} entries, {proof.texts} texts ({proof.erased} reports erased)")
        typer.echo(f"head {proof.head}    (keep it elsewhere: --expect takes it)")
    if not proof.good:
        sys.exit(2)


@app.command("replay", epilog="Example: offramp ledger replay 12")
def replay(number: Number, ledger: Address = "", as_json: AsJson = False) -> None:
    """Make a forecast again from the ledger alone and compare it bit for bit. Exit status 2 if it differs."""
    from offramp.cli.progress import steps
    from offramp.cli.shared import uncollected
    from offramp.forecast.record import replay as again

    with open_ledger(ledger) as store, uncollected(), steps() as progress:
        found = again(store, number, progress=progress)
    if as_json:
        told = {"n": number, "same": found.same, "apart": found.apart, "changed": found.changed}
        typer.echo(json.dumps(told, indent=2))
    else:
        for line in found.changed:
            typer.echo(f"changed since: {line}")
        if found.same:
            typer.echo(f"entry {number}: the same forecast, bit for bit")
        else:
            why = "" if found.changed else " (same code, libraries and machine: this should not be)"
            typer.echo(f"entry {number}: differs, by at most {100 * found.apart:.2g} points{why}", err=True)
    if not found.same:
        sys.exit(2)


@app.command("backup", epilog="Example: offramp ledger backup ledger-2025-12-01.jsonl.gz")
def backup(
    target: Annotated[Path, typer.Argument(help="File to write.")], ledger: Address = "", force: Force = False
) -> None:
    """Write a backup that can be restored into SQLite or PostgreSQL; others may go on writing meanwhile."""
    from offramp.ledger.transfer import backup as copy

    with open_ledger(ledger) as store:
        count, head = copy(store, target, force=force)
    typer.echo(f"{target}: {count} entries, head {head}")


@app.command("restore", epilog="Example: offramp ledger restore ledger-2025-12-01.jsonl.gz --ledger new.sqlite")
def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    ledger: Address = "",
) -> None:
    """Fill an empty or new ledger from a backup, and verify it."""
    from offramp.errors import InputError
    from offramp.ledger.transfer import restore as fill

    if not source.is_file():
        raise InputError(f"{source}: there is no such file.")
    with open_ledger(ledger, create=True) as store:
        count, head = fill(source, store)
    typer.echo(f"{count} entries restored and verified, head {head}")


@app.command("export", epilog="Example: offramp ledger export forecasts.parquet")
def export(
    target: Annotated[Path, typer.Argument(help="A file ending in .csv, .parquet or .json.")],
    ledger: Address = "",
    force: Force = False,
) -> None:
    """Write every forecast as a table: one row an entry, lens, month and outcome; .json holds the entries whole."""
    from offramp.errors import InputError
    from offramp.ledger.transfer import export as write

    shape = target.suffix.lower().lstrip(".")
    if shape not in ("csv", "parquet", "json"):
        raise InputError(f"{target}: expected a name that ends in .csv, .parquet or .json.")
    with open_ledger(ledger) as store:
        rows = write(store, target, shape, force=force)  # type: ignore[arg-type]
    typer.echo(f"{target}: {rows} {'entries' if shape == 'json' else 'rows'}")


@app.command("erase", epilog='Example: offramp ledger erase 3fa2b1c4 --by "A. Analyst" --why "asked by the author"')
def erase(
    report: Annotated[str, typer.Argument(help="Hash of the report, or its first eight digits or more.")],
    why: Annotated[str, typer.Option(help="Why, for the record.")],
    by: Annotated[str, typer.Option(help="Who erases, for the record.")],
    ledger: Address = "",
) -> None:
    """Erase what was kept of a report. The chain stands, and says that it was erased, why and by whom."""
    from offramp.ledger.texts import erase as remove

    with open_ledger(ledger) as store:
        entry = remove(store, report, why=why, by=by)
    typer.echo(
        f"report {entry.content['report'][:12]}: {len(entry.content['kept'])} texts erased, entry {entry.n}. "
        "Backups made before still hold them."
    )
