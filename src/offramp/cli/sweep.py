"""`offramp sweep`: a standoff or a game at every value of a grid."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from offramp.sweep.run import Plan, Swept

EPILOG = (
    "Examples: offramp sweep case.yaml --over offer,army_loyalty=0:1:101   |   offramp sweep case.yaml --over "
    "offer,guarantee,army_loyalty=0:1:101 --cluster local:2 --out grid   |   offramp sweep entry --over "
    "fight=-2:0:201,precision=0.5|1|2|4   |   offramp sweep game.efg --over precision=0:10:1001 --table play.csv"
)
SHOWN = 24


def sweep(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CASE|GAME",
            help="A case file (case.yaml of `offramp assess`), a game of `offramp games list`, or a .efg or .nfg file.",
        ),
    ],
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="NAME[=VALUES],...",
            help="What to vary: FIRST:LAST:COUNT, or values between bars. Of a case: offer, pressure, counter_demand, "
            "guarantor (all of them without values), army_loyalty, street, guarantee, public_support, "
            "coercer_resolve, ruler_resolve, economy. Of a game: its parameters, precision, precision.PLAYER. "
            "Repeatable.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the parts; a second run with the same values goes on.")] = Path(
        "sweep"
    ),
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|local[:N]", help="Spread the work over Dask workers; docs/scale.md."),
    ] = None,
    month: Annotated[
        list[int] | None, typer.Option("--month", min=1, help="Months within which, 12 by default. Repeatable.")
    ] = None,
    months: Annotated[int, typer.Option(min=1, max=120, help="Horizon of the game, as `assess --months`.")] = 24,
    draws: Annotated[int, typer.Option(min=8, max=4096, help="Quasi-random draws, as `assess --draws`.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed, as `assess --seed`.")] = 0,
    intervals: Annotated[bool, typer.Option(help="Whether to tell 90 % intervals beside means.")] = True,
    precision: Annotated[float, typer.Option("--precision", "-p", min=0.0, help="Of a game, 1/utils.")] = 1.0,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a value of the case, or a parameter of the game, first."),
    ] = None,
    plot: Annotated[
        str, typer.Option("--plot", metavar="FIGURE", help="Column that chart.svg shows, such as any_exit.")
    ] = "",
    table: Annotated[
        Path | None, typer.Option("--table", help="Write the whole table to one .csv, .parquet or .jsonl file too.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace an existing --table.")] = False,
) -> None:
    """Solve a standoff or a game at every value of a grid: a table and a chart out.

    Writes Parquet parts with manifest.json and chart.svg into a folder. What was broken off goes on there.
    """
    from offramp import cluster as spread
    from offramp.cli.cluster_bar import bar, told
    from offramp.sweep.run import sweep as carried_out

    if table is not None:
        _check(table, force)
    plan = _plan(source, over, set_ or [], precision, _options(month, months, draws, seed, intervals))
    from offramp.sweep.picture import draw, figure

    figure(plan, plot)  # found wanting before the long part, not after it
    told(_size(plan))
    try:
        with spread.open(cluster, say=told) as client, bar("sweep") as progress:
            swept = carried_out(plan, out, client=client, progress=progress)
    except KeyboardInterrupt:
        told(f"{out}: finished parts are safe; the same command goes on from there.")
        raise
    (out / "chart.svg").write_text(draw(swept, plot), "utf-8")
    if table is not None:
        _write(swept.table(), table)
        told(f"{table}: written")
    _show(swept)


def _options(month: list[int] | None, months: int, draws: int, seed: int, intervals: bool) -> dict[str, Any]:
    return {
        "months": tuple(sorted(set(month or [min(12, months)]))), "horizon": months, "draws": draws, "seed": seed,
        "intervals": intervals,
    }  # fmt: skip


def _plan(source: str, over: list[str], settings: list[str], precision: float, options: dict[str, Any]) -> Plan:
    if Path(source).suffix.lower() in (".yaml", ".yml"):
        from offramp.case import files
        from offramp.case.overrides import effective, parse_setting
        from offramp.sweep import standoff

        case = files.load(source)
        case = case.model_copy(update={"overrides": {**case.overrides, **dict(map(parse_setting, settings))}})
        return standoff.plan(effective(case).model_copy(update={"overrides": {}}), over, **options)
    from offramp.cli.solve import setting
    from offramp.sweep import tree

    if Path(source).suffix.lower() not in (".efg", ".nfg") and (Path(source).exists() or "/" in source):
        raise InputError(f"{source}: a case file ends in .yaml, a game file in .efg or .nfg.")
    return tree.plan(tree.source(source, dict(map(setting, settings))), over, precision=precision)


def _size(plan: Plan) -> str:
    from offramp.sweep import standoff

    return standoff.growth(plan) if isinstance(plan, standoff.Plan) else f"{plan.scenarios:,} scenarios"


def _check(table: Path, force: bool) -> None:
    if table.suffix.lower() not in (".csv", ".parquet", ".jsonl"):
        raise InputError(f"--table {table}: expected a name that ends in .csv, .parquet or .jsonl.")
    if table.exists() and not force:
        raise InputError(f"{table} exists already; choose another name or give --force.")


def _write(rows: pl.LazyFrame, table: Path) -> None:
    """One file, whole or not at all, without holding all rows in memory."""
    part = table.with_name(f".{table.name}.part")
    try:
        kind = table.suffix.lower()
        if kind == ".csv":
            rows.sink_csv(part)
        elif kind == ".parquet":
            rows.sink_parquet(part)
        else:
            rows.sink_ndjson(part)
        part.replace(table)
    except OSError as error:
        raise InputError(f"{table}: cannot write: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _show(swept: Swept) -> None:
    """The first rows, and where the rest is."""
    from offramp.sweep.report import lines

    typer.echo("\n".join(lines(swept, SHOWN)))
    sys.stdout.flush()
