"""`offramp history forecast --panel` and `offramp history backtest`: pooled forecasts from a panel, and their scores.

Thin: `offramp.hazard.ensemble` does the work. Heavy imports stand inside the functions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from offramp.hazard.ensemble.rolling import Progress


def forecast_file(
    panel: Path,
    train_panel: Path | None,
    train_until: str,
    origins: str,
    refit: str,
    horizons: str,
    outcomes: str,
    out: Path,
    past_step: int,
    work: Path | None,
    jobs: int,
    cluster: str | None,
    extra: Path | None,
    extra_lag: int,
) -> None:
    """Read, forecast, write; see the options of `offramp history forecast`."""
    from offramp import cluster as cluster_room
    from offramp.cli.cluster_bar import told
    from offramp.cli.progress import steps
    from offramp.hazard.ensemble import files
    from offramp.hazard.ensemble.outcomes import OUTCOMES
    from offramp.hazard.ensemble.panels import with_extra

    first, _, last = origins.partition(":")
    request = files.Request(
        train_until=train_until,
        first=first,
        last=last or first,
        refit=refit,
        horizons=_numbers(horizons, "--horizons"),
        outcomes=_names(outcomes) if outcomes else OUTCOMES,
        past_step=past_step,
    )
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {out}: unknown ending {out.suffix!r}; expected .csv or .parquet")
    frame, note = training_and_later(panel, train_panel, train_until)
    if note:
        typer.echo(f"offramp: {note}", err=True)
    if extra is not None:
        frame = with_extra(frame, extra, extra_lag)
    with cluster_room.open(cluster, say=told) as client, steps() as announce:
        table, pooled = files.forecast(
            frame, request, work or _cache(), jobs=_processes(jobs), cluster=client, progress=_progress(announce)
        )
    files.write(table, out)
    typer.echo(f"Wrote {table.height} forecasts of {len(pooled)} fit(s) to {out}")


def training_and_later(panel: Path, train_panel: Path | None, train_until: str) -> tuple[pl.DataFrame, str]:
    """The panel to forecast on, joined to one to learn from where it has no outcomes; and what to tell the user."""
    from offramp.hazard.ensemble.panels import combine, has_outcomes, read_panel

    frame = read_panel(panel)
    if train_panel is None and has_outcomes(frame, train_until):
        return frame, ""
    usual = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history" / "panel.parquet"
    source = train_panel or usual
    if not source.is_file():
        raise InputError(
            f"{panel}: no exit before {train_until} to learn from (exit_next1 is missing or empty), and no training "
            f"panel at {source}; give one with --train-panel"
        )
    return combine(read_panel(source), frame), f"learning from {source}, forecasting the rows of {panel}"


def backtest(
    panel: Path | None,
    first: str,
    last: str,
    step: int,
    warm_up: int,
    lenses: str,
    work: Path | None,
    jobs: int,
    cluster: str | None,
    draws: int,
    as_json: bool,
) -> None:
    """Run and print; see the options of `offramp history backtest`."""
    import json

    from offramp import cluster as cluster_room
    from offramp.cli.cluster_bar import told
    from offramp.cli.progress import steps
    from offramp.hazard.ensemble import evaluate
    from offramp.hazard.ensemble.panels import read_panel
    from offramp.hazard.ensemble.rolling import LENSES

    usual = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history" / "panel.parquet"
    frame = read_panel(panel or usual)
    plan = evaluate.Plan(first, last, step, warm_up, _names(lenses) if lenses else tuple(LENSES))
    with cluster_room.open(cluster, say=told) as client, steps() as announce:
        found = evaluate.backtest(frame, plan, work or _cache(), _processes(jobs), client, draws, _progress(announce))
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=1))
        return
    typer.echo(evaluate.markdown(found))


def similar(case: str, panel: Path | None, n: int, as_json: bool) -> None:
    """Nearest leader-months and, for a case file, standoffs of the catalogue; see `offramp history similar`."""
    import json
    from dataclasses import asdict

    from offramp.hazard.ensemble.outcomes import month_number
    from offramp.hazard.ensemble.panels import read_panel
    from offramp.hazard.neighbours import facts_of, nearest

    usual = Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history" / "panel.parquet"
    frame = read_panel(panel or usual)
    standoffs: list[dict[str, Any]] = []
    if Path(case).suffix in (".yaml", ".yml"):
        facts, month, leader = _facts_of_case(case, standoffs, n)
        before = None if month > str(frame["origin"].max()) else month_number(month)
    else:
        iso3, _, origin = case.partition(":")
        before = month_number(origin)
        facts, leader = facts_of(frame, iso3.upper(), origin)
    found = nearest(frame, facts, n, before, leader)
    if as_json:
        document = {"facts": facts, "leader_months": [asdict(one) for one in found], "standoffs": standoffs}
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo("Nearest months of other leaders, and what happened next (what was known by the month asked about):")
    for one in found:
        stayed = "still in office" if one.mode == "in_office" else f"left by {one.mode}"
        typer.echo(f"  {one.origin} {one.leader}, {one.country}: {stayed} {one.months} months on  ({one.distance:.2f})")
    if standoffs:
        typer.echo("Nearest standoffs of the catalogue:")
    for row in standoffs:
        typer.echo(f"  {row['id']}: {row['outcome']} ({row['alike']})")


def sql(query: str, source: Path | None, as_json: bool, limit: int) -> None:
    """Answer a query over the record's files; see `offramp history sql`."""
    import json

    from offramp.history.query import ask

    folder = source or Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    found = ask(query, folder)
    if as_json:
        typer.echo(json.dumps(found.to_dicts(), indent=2, default=str))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in found.columns:
        table.add_column(name, justify="right" if found[name].dtype.is_numeric() else "left")
    for row in found.head(limit).iter_rows():
        table.add_row(*["" if value is None else str(value) for value in row])
    Console().print(table)
    if found.height > limit:
        typer.echo(f"{found.height - limit} more row(s); raise --limit, or take all with --json")


def _facts_of_case(
    case: str, standoffs: list[dict[str, Any]], n: int
) -> tuple[dict[str, float | str], str, str | None]:
    from offramp.case import files, overrides
    from offramp.forecast.comparables import comparables
    from offramp.hazard.store import shipped

    given = overrides.effective(files.load(case))
    ruler, day = given.ruler, given.as_of
    facts: dict[str, float | str] = {}
    if ruler.regime != "unknown":
        facts["regime"] = ruler.regime
    index = shipped().country_index(ruler.country)
    if index is not None:
        facts["region"] = shipped().regions[index]
    if ruler.in_office_since is not None:
        facts["tenure_m"] = (day - ruler.in_office_since).days / 30.4375
    if ruler.birth_year is not None:
        facts["age"] = float(day.year - ruler.birth_year)
    if ruler.military_career is not None:
        facts["military_career"] = float(ruler.military_career)
    if ruler.coup_attempts_60m is not None:
        facts["coup_att_60m"] = float(ruler.coup_attempts_60m)
    kept = {"id", "distance", "outcome", "alike", "different"}
    standoffs += [row.model_dump(include=kept) for row in comparables(given, n)]
    return facts, f"{day:%Y-%m}", None


def _progress(announce: Any) -> Progress:
    def told(done: int, all_: int, fit: str) -> None:
        announce(f"{done} of {all_} fits done" + (f" (to {fit})" if fit else ""))

    return told


def _processes(jobs: int) -> int:
    if jobs < 0:
        raise InputError(f"--jobs {jobs}: expected a number of processes, or 0 for one a core")
    return jobs or min(os.cpu_count() or 1, 8)


def _cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("offramp")) / "history"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _numbers(text: str, option: str) -> tuple[int, ...]:
    parts: Sequence[str] = _names(text)
    if not parts or not all(part.isdigit() for part in parts):
        raise InputError(f"{option} {text!r}: expected whole months with commas, such as 1,6,12")
    return tuple(int(part) for part in parts)
