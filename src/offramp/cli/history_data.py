"""`offramp history update` and `offramp history check`: the record from its sources, and what is wrong with either.

Thin: `offramp.history.sources` reads, `offramp.history.assemble` assembles and compares. Heavy imports stand inside.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    import polars as pl

UPDATE_EPILOG = "Example: offramp history update --from ../shared/data/history/raw --out record"
CHECK_EPILOG = (
    "Examples: offramp history check --from ../shared/data/history  or  offramp history check --from "
    "../shared/data/history/raw --csv conflicts.csv"
)


def update(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with the source files, plain, .gz or .zip [default: fetch them]."),
    ] = None,
    cut: Annotated[str, typer.Option(help="Last day used, YYYY-MM-DD [default: 2009-12-31].")] = "",
    out: Annotated[Path, typer.Option(help="Folder for spells.parquet, panel.parquet, manifest.json.")] = Path(
        "record"
    ),
    sources: Annotated[
        Path | None, typer.Option(help="Your own addresses, in the form of history/data/sources.yaml.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where fetched files are kept, and those saved by hand [default: user cache].")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a record that was not made here.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> None:
    """Assemble leader spells and the leader-month panel from the source files, with a manifest of what they rest on.

    Every column of every file is checked; one error names file, line, column and what would be right. Nothing is
    written unless all of it is.
    """
    from offramp.cli.progress import steps
    from offramp.cli.shared import parse_date

    day = parse_date(cut, "--cut")
    _need_packages()
    from offramp.history.assemble.write import update as assemble_and_write
    from offramp.history.sources.addresses import addresses

    if source is not None and (sources is not None or cache is not None):
        raise InputError("--from: reads the files of one folder and fetches nothing; leave --sources and --cache out")
    table = addresses(sources)
    with steps() as announce:
        manifest = assemble_and_write(
            source, out, day, table=table, cache=cache or _cache(), force=force, progress=announce
        )
    if as_json:
        typer.echo(json.dumps(manifest, indent=1, ensure_ascii=False))
        return
    _tell(manifest, out)


def check(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="An assembled record, or a folder of source files [default: $OFFRAMP_SHARED/data/history]."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write all conflicts between sources to this file.")] = None,
) -> None:
    """Check a record, and whether the shipped numbers were made from it; or source files, and where they disagree."""
    folder = source or Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    if source is not None and folder.is_dir() and not any(folder.glob("*.parquet")):
        _check_sources(folder, as_json, csv)
        return
    if csv is not None:
        raise InputError(f"--csv: conflicts are found between source files; {folder} is an assembled record")
    _check_record(folder, as_json)


def _check_record(folder: Path, as_json: bool) -> None:
    from offramp.hazard.store import shipped
    from offramp.history.records import read_record

    record = read_record(folder)
    same = record.sha256 == shipped().manifest["sha256"]
    if as_json:
        rows = {"spells": record.spells.height, "panel": record.panel.height}
        told = {"folder": str(folder), "rows": rows, "problems": 0, "shipped_numbers_made_from_it": same}
        typer.echo(json.dumps(told | {"sha256": record.sha256}, indent=1))
        return
    typer.echo(f"{folder}: {record.spells.height} spells, {record.panel.height} leader-months, no problem found")
    typer.echo(f"The shipped numbers were made from {'these very files' if same else 'other files'}.")


def _check_sources(folder: Path, as_json: bool, csv: Path | None) -> None:
    from offramp.cli.progress import steps

    _need_packages()
    from offramp.history.assemble.conflicts import KINDS, conflicts
    from offramp.history.sources.registry import read_sources

    with steps() as announce:
        sources = read_sources(folder, announce)
        found = conflicts(sources, announce)
    counts = {kind: found.filter(found["kind"] == kind).height for kind in KINDS}
    if csv is not None:
        _write_csv(found, csv)
    if as_json:
        rows = {name: parsed.rows for name, parsed in sources.parsed.items()}
        told = {"folder": str(folder), "rows": rows, "absent": list(sources.absent), "counts": counts}
        typer.echo(json.dumps(told | {"conflicts": found.to_dicts()}, indent=1, ensure_ascii=False, default=str))
        return
    _show_conflicts(folder, sources.parsed, found, counts)
    if csv is not None:
        typer.echo(f"Wrote {found.height} conflicts to {csv}")


def _show_conflicts(folder: Path, parsed: dict[str, Any], found: pl.DataFrame, counts: dict[str, int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from offramp.history.assemble.conflicts import KINDS

    typer.echo(f"{folder}: {len(parsed)} source files, {sum(p.rows for p in parsed.values())} rows, no fault in any")
    table = Table(title="Conflicts between sources", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("kind", no_wrap=True)
    table.add_column("count", justify="right")
    table.add_column("what it is")
    table.add_column("for instance")
    for kind, count in counts.items():
        first = found.filter(found["kind"] == kind).head(1).to_dicts()
        row = first[0] if first else None
        told = (
            f"{row['country']}, {row['date']}{row['who'] and ', ' + row['who']}: {row['source_a']} {row['value_a']}, "
            f"{row['source_b']} {row['value_b']}"
            if row
            else ""
        )
        table.add_row(kind, str(count), KINDS[kind], told)
    Console().print(table)
    typer.echo(f"{found.height} in all; --csv FILE writes every one.")


def _write_csv(found: pl.DataFrame, path: Path) -> None:
    from offramp.cli.shared import write_text

    write_text(path, found.write_csv(), force=True)


def _tell(manifest: dict[str, Any], out: Path) -> None:
    rows, sources = manifest["rows"], manifest["sources"]
    typer.echo(f"Wrote {out}: {rows['spells']} spells and {rows['panel']} leader-months, cut at {manifest['cut']}")
    dropped = {name: sum(told["dropped"].values()) for name, told in sources.items() if told["dropped"]}
    if dropped:
        parts = ", ".join(f"{name} {count}" for name, count in dropped.items())
        typer.echo(f"Rows left out, with reasons in manifest.json: {parts}")
    for line in manifest["corrections"]:
        typer.echo(f"Put right: {line}")
    if manifest["cut"] > "2009-12-31":
        typer.echo("offramp: fit, base-rates and check read records up to 2009-12-31 only", err=True)
    if manifest["absent"]:
        typer.echo(f"Not there, their columns are empty: {', '.join(manifest['absent'])}")


def _need_packages() -> None:
    from importlib.util import find_spec

    if find_spec("pandera") is None:
        raise InputError("this needs the package pandera; install offramp[history]")


def _cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("offramp")) / "history-sources"
