"""`offramp resolve` and `offramp score`: how cases ended, and how good the forecasts were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offramp.cli.ledger import Address, AsJson, open_ledger

if TYPE_CHECKING:
    from rich.console import Console

    from offramp.ledger.judge import Judgement, Mean

RESOLVE_EPILOG = "Example: offramp resolve jammeh --outcome negotiated --date 2017-01-21 --source 'joint declaration'"
SCORE_EPILOG = "Examples: offramp score   |   offramp score --case gambia   |   offramp score --html scores.html"


def resolve(
    case: Annotated[str, typer.Argument(help="The case: its key in the ledger, or a part that only it has.")],
    outcome: Annotated[
        str,
        typer.Option(
            help="negotiated, coup, uprising, foreign, regular, natural, assassination, rebels; or in_office: still "
            "there on that day."
        ),
    ],
    date: Annotated[str, typer.Option(help="Day of the exit, YYYY-MM-DD.")],
    source: Annotated[str, typer.Option(help="Where it can be looked up.")] = "",
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Correct a resolution that says something else.")] = False,
    ledger: Address = "",
) -> None:
    """Say how a case ended. Appended to the ledger; no forecast changes."""
    from offramp.cli.shared import parse_date
    from offramp.errors import InputError
    from offramp.ledger.resolve import resolve as append

    day = parse_date(date, "--date")
    if day is None:
        raise InputError("--date is empty; expected the day of the exit as YYYY-MM-DD.")
    with open_ledger(ledger) as store:
        entry = append(store, case, outcome, day, source=source, by=by, replace=replace)
    typer.echo(f"entry {entry.n}: {entry.case} {outcome} on {day}")


def score(
    case: Annotated[str, typer.Option(help="Only this case.")] = "",
    html: Annotated[Path | None, typer.Option(help="Write the score page to this file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the page if it is there.")] = False,
    ledger: Address = "",
    as_json: AsJson = False,
) -> None:
    """Score past forecasts of resolved cases: Brier, log, ranked probability, calibration, against history alone."""
    from offramp.ledger.judge import judge, to_plain

    with open_ledger(ledger) as store:
        found = judge(store, case=case or None)
        where = store.address
    if html is not None:
        from offramp.cli.shared import write_text
        from offramp.report.scores import render

        write_text(html, render(found, where), force=force)
    if as_json:
        typer.echo(json.dumps(to_plain(found), indent=2))
        return
    from rich.console import Console

    _show(Console(highlight=False), found)
    if html is not None:
        typer.echo(f"Score page: {html}")


def _show(console: Console, found: Judgement) -> None:
    from offramp import words

    if not found.rows:
        waiting = f" Waiting: {', '.join(found.unresolved)}." if found.unresolved else ""
        console.print(f"Nothing can be scored yet: `offramp resolve CASE` says how a case ended.{waiting}")
        return
    console.print(
        f"{words.plural(found.forecasts, 'forecast')} of {words.plural(len(found.by_case), 'resolved case')}; "
        "lower is better, cases count alike."
    )
    if found.hindsight:
        console.print(f"{found.hindsight} of them were made in hindsight and are no test of skill.")
    rows = [("all", mean) for mean in found.overall]
    rows += [(words.months(month), mean) for month, means in found.by_horizon.items() for mean in means]
    if len(found.by_case) > 1:
        rows += [(name, mean) for name, means in found.by_case.items() for mean in means]
    if found.pool.left_out is not None:
        rows.append(("all, weights from other cases", found.pool.left_out))
    _table(console, rows)
    for row in found.against:
        around = "" if row.low is None or row.high is None else f" (90 % interval {row.low:+.3f} to {row.high:+.3f})"
        console.print(f"{LABELS[row.measure]}: game less history {row.difference:+.3f}{around}, skill {row.skill:+.0%}")
    console.print(pool_words(found))


LABELS = {"brier": "Brier", "log": "Log", "exit_brier": "Brier of any exit", "rps": "Ranked probability"}


def pool_words(found: Judgement) -> str:
    """What the pool's weights are, or how many cases are lacking."""
    pool = found.pool
    if pool.weights is None:
        return f"No pool yet: {pool.resolved} of the {pool.needed} resolved cases that it takes."
    listed = ", ".join(f"{name} {weight:.2f}" for name, weight in pool.weights.items())
    return f"Weights learnt on {pool.resolved} resolved cases: {listed}."


def _table(console: Console, rows: list[tuple[str, Mean]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("", "lens", "cases", "forecasts", "Brier", "log", "any exit", "ranked"):
        table.add_column(name, justify="left" if name in ("", "lens") else "right")
    for label, mean in rows:
        figures = (mean.brier, mean.log, mean.exit_brier, mean.rps)
        shown = ("" if value is None else f"{value:.3f}" for value in figures)
        table.add_row(label, mean.lens, str(mean.cases), str(mean.forecasts), *shown)
    console.print(table)
