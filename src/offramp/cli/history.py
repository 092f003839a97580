"""`offramp history`: base rates and fates from the record of leaders, one ruler's hazards, and the fit behind both.

Thin: every command asks `offramp.history` or `offramp.hazard` and prints. Heavy imports stand inside the commands.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from offramp.cli import history_data

app = typer.Typer(
    no_args_is_help=True,
    help="How rulers have left office since 1945, and what that says about one of them.",
)

SHORT = {
    "regular": "reg.",
    "coup": "coup",
    "uprising": "upr.",
    "rebels": "reb.",
    "foreign": "for.",
    "assassination": "ass.",
    "natural": "nat.",
    "in_office": "in",
}
"""Heads of narrow columns; the same words stand in full in the table below them."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("base-rates", epilog="Example: offramp history base-rates --regime personal --tenure 10+ --since 1990")
def base_rates_command(
    regime: Annotated[
        str | None, typer.Option(help="Kind of regime: personal, party, military, monarchy, democracy, …")
    ] = None,
    tenure: Annotated[str | None, typer.Option(help="Years in office, for instance '10+' or '3-10'.")] = None,
    since: Annotated[int | None, typer.Option(help="First year counted: 1960, 1970, 1980, 1990 or 2000.")] = None,
    coup_attempt: Annotated[
        bool | None,
        typer.Option("--coup-attempt/--no-coup-attempt", help="With, or without, one in the last 12 months."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="americas, europe, africa, mena, asia or oceania.")] = None,
    trigger: Annotated[
        str | None,
        typer.Option(
            help="What came before: force, regime_claim, uprising_nearby, coup_nearby, civil_war; no_… for its absence."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """How often rulers of a group left within a year, by mode, with counts and 90 % intervals."""
    from dataclasses import asdict

    from offramp.history.tables import base_rates, shipped

    found = base_rates(regime, tenure, since, coup_attempt, region=region, trigger=trigger)
    cut = shipped().manifest["cut"]
    if as_json:
        _print_json({**asdict(found), "interval": "Wilson, 90 %", "cut": cut})
        return
    table = _table(
        f"Within 12 months: {found.group}",
        ("outcome", "left"),
        ("count", "right"),
        ("rate", "right"),
        ("90 %", "right"),
    )
    for rate in found.rates:
        table.add_row(rate.outcome.replace("_", " "), str(rate.count), _percent(rate.rate), _range(rate.low, rate.high))
    _print(table)
    typer.echo(
        f"{found.leader_years} leader-years (leaders in office on a 31 December); record cut at {cut}. Intervals take "
        "leader-years as independent."
    )


@app.command("fates", epilog="Example: offramp history fates --since 1990")
def fates_command(
    since: Annotated[int, typer.Option(help="First year of exit: 1945 or 1990.")] = 1945,
    as_json: JsonFlag = False,
) -> None:
    """What happened to rulers in the year after they left, by mode, with counts and 90 % intervals."""
    from offramp.errors import InputError
    from offramp.history.intervals import wilson
    from offramp.history.tables import LEVEL, fate_counts, shipped
    from offramp.history.vocabulary import FATES, MODES

    if since not in (1945, 1990):
        raise InputError(f"since: {since} is not counted separately; known are 1945, 1990")
    exits = shipped().exits[str(since)]
    rows: dict[str, dict[str, Any]] = {}
    for mode in MODES:
        earlier, recent = fate_counts(mode)
        counts = recent if since == 1990 else tuple(a + b for a, b in zip(earlier, recent, strict=True))
        known = sum(counts)
        rows[mode] = {"exits": exits[mode], "fate_known": known} | {
            fate: {"count": n, "share": n / known, "interval": wilson(n, known, LEVEL)}
            for fate, n in zip(FATES, counts, strict=True)
        }
    cut = shipped().manifest["cut"]
    if as_json:
        _print_json({"since": since, "cut": cut, "interval": "Wilson, 90 %", "modes": rows})
        return
    heads = [(name, "right") for name in ("exits", "known", *FATES)]
    table = _table(f"Fate in the year after leaving, exits since {since}", ("mode", "left"), *heads)
    for mode, row in rows.items():
        cells = [f"{row[f]['count']} ({100 * row[f]['share']:.0f} %)" for f in FATES]
        table.add_row(mode, str(row["exits"]), str(row["fate_known"]), *cells)
    _print(table)
    typer.echo(f"Shares are of exits with a known fate; record cut at {cut}. A coup includes one 'irregular, other'.")


@app.command(
    "forecast",
    epilog="Examples: offramp history forecast --as-of 2025-12-01 --country VEN --regime personal --since 2013-04-19 "
    "--born 1962 --news ultimatum=2025-11-21  or  offramp history forecast --panel panel.parquet --train-until 1999-12 "
    "--origins 1999-12:2008-12 --refit yearly --out forecasts.csv",
)
def forecast_command(
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="One ruler: day of the forecast.")
    ] = None,
    country: Annotated[str | None, typer.Option(help="ISO-3 code of the state.")] = None,
    regime: Annotated[str | None, typer.Option(help="Kind of regime.")] = None,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the ruler in office.")
    ] = None,
    born: Annotated[int | None, typer.Option(help="Year of birth.")] = None,
    military: Annotated[
        bool | None, typer.Option("--military/--civilian", help="Whether the main career was in the armed forces.")
    ] = None,
    coup_attempts: Annotated[int | None, typer.Option(help="Coup attempts in the last 60 months.")] = None,
    disputes: Annotated[int | None, typer.Option(help="Disputes begun against the state, last 24 months.")] = None,
    news: Annotated[
        list[str] | None,
        typer.Option(help="What happened, KIND=DATE, as often as needed: ultimatum=2025-11-21; see `history news`."),
    ] = None,
    months: Annotated[int, typer.Option(help="Months ahead.")] = 12,
    draws: Annotated[int, typer.Option(help="Draws.")] = 1024,
    seed: Annotated[int, typer.Option(help="Seed.")] = 7,
    as_json: JsonFlag = False,
    panel: Annotated[Path | None, typer.Option(help="All rulers of a panel: Parquet or CSV, any months.")] = None,
    train_panel: Annotated[
        Path | None, typer.Option(help="Panel to learn from, if the other one has no outcomes.")
    ] = None,
    train_until: Annotated[str, typer.Option(help="Last month known to the first fit, YYYY-MM.")] = "",
    origins: Annotated[str, typer.Option(help="First and last month of the forecasts, A:B.")] = "",
    refit: Annotated[str, typer.Option(help="never, yearly or monthly.")] = "never",
    horizons: Annotated[str, typer.Option(help="Months ahead, with commas: 1, 6, 12.")] = "1,6,12",
    outcomes: Annotated[str, typer.Option(help="Outcomes, with commas [default: all twelve].")] = "",
    out: Annotated[Path | None, typer.Option(help="File for the forecasts: .csv or .parquet.")] = None,
    past_step: Annotated[int, typer.Option(help="Months between the past fits that the pool learns on.")] = 36,
    work: Annotated[Path | None, typer.Option(help="Folder where a stopped run goes on [default: cache].")] = None,
    jobs: Annotated[int, typer.Option(help="Local processes; 0 is one a core.")] = 0,
    extra: Annotated[
        Path | None, typer.Option(help="Your own columns: origin, gwcode or iso3, and numbers; Parquet or CSV.")
    ] = None,
    extra_lag: Annotated[int, typer.Option(help="Months until your columns are known.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|local[:N]", help="A Dask scheduler, instead of --jobs (docs/scale.md)."),
    ] = None,
) -> None:
    """What history alone says: one ruler's path from the base rate (--as-of), or all rulers of a panel (--panel).

    With --panel the pool of all lenses is learnt on past origins and writes one row a forecast: gwcode, leader_id,
    origin, horizon, outcome, probability, low, high (90 %).
    """
    if panel is not None:
        _need(train_until=train_until, origins=origins, out=out)
        assert out is not None
        from offramp.cli.history_files import forecast_file

        forecast_file(
            panel, train_panel, train_until, origins, refit, horizons, outcomes, out, past_step, work, jobs, cluster,
            extra, extra_lag,
        )  # fmt: skip
        return
    _need(as_of=as_of)
    assert as_of is not None
    from offramp.cli.history_ruler import forecast_one
    from offramp.hazard.news import parse
    from offramp.hazard.predict import RulerProfile

    ruler = RulerProfile(
        regime=regime,
        in_office_since=since.date() if since else None,
        birth_year=born,
        military_career=military,
        iso3=country,
        coup_attempts_60m=coup_attempts,
        disputes_24m=disputes,
    )
    forecast_one(ruler, [parse(text) for text in news or []], as_of.date(), months, draws, seed, as_json=as_json)


@app.command("backtest", epilog="Example: offramp history backtest --origins 1979-12:2008-12 --jobs 2 --work backtest")
def backtest_command(
    panel: Annotated[
        Path | None, typer.Option(help="Panel [default: $OFFRAMP_SHARED/data/history/panel.parquet].")
    ] = None,
    origins: Annotated[str, typer.Option(help="First and last month scored, A:B.")] = "1979-12:2008-12",
    step: Annotated[int, typer.Option(help="Months between fits.")] = 12,
    warm_up: Annotated[int, typer.Option(help="Months before the first origin that only teach the pool.")] = 120,
    lenses: Annotated[str, typer.Option(help="Lenses, with commas [default: all].")] = "",
    work: Annotated[Path | None, typer.Option(help="Folder where a stopped run goes on [default: cache].")] = None,
    jobs: Annotated[int, typer.Option(help="Local processes; 0 is one a core.")] = 0,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|local[:N]", help="A Dask scheduler, instead of --jobs (docs/scale.md)."),
    ] = None,
    draws: Annotated[int, typer.Option(help="Draws of the bootstrap over states.")] = 1000,
    as_json: JsonFlag = False,
) -> None:
    """Score every lens and the pool at rolling origins: all scores, reliability, differences with intervals."""
    from offramp.cli.history_files import backtest

    first, _, last = origins.partition(":")
    backtest(panel, first, last or first, step, warm_up, lenses, work, jobs, cluster, draws, as_json)


@app.command("similar", epilog="Examples: offramp history similar IRQ:2002-12    offramp history similar my.case.yaml")
def similar_command(
    case: Annotated[str, typer.Argument(help="A state and month of the panel (ISO3:YYYY-MM), or a case file (YAML).")],
    panel: Annotated[
        Path | None, typer.Option(help="Panel [default: $OFFRAMP_SHARED/data/history/panel.parquet].")
    ] = None,
    n: Annotated[int, typer.Option("--number", "-n", min=1, help="How many to show.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """The leader-months that resemble a ruler most, with what happened next and after how long; standoffs, too."""
    from offramp.cli.history_files import similar

    similar(case, panel, n, as_json)


@app.command(
    "sql", epilog='Example: offramp history sql "SELECT exit_cat, count(*) AS n FROM spells GROUP BY 1 ORDER BY n"'
)
def sql_command(
    query: Annotated[str, typer.Argument(help="One SELECT over the tables spells and panel (DuckDB's SQL).")],
    source: Annotated[Path | None, typer.Option("--from", help="Folder with spells.parquet and panel.parquet.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Ask the record a question in SQL; nothing is written. Needs the package duckdb."""
    from offramp.cli.history_files import sql

    sql(query, source, as_json, limit)


@app.command("model", epilog="Example: offramp history model > model.md")
def model_command() -> None:
    """The fitted coefficients, their priors, and the scales of what is pooled, as Markdown tables."""
    from offramp.hazard import describe, store

    fitted = store.shipped()
    typer.echo(describe.markdown(describe.coefficients(fitted)))
    typer.echo("")
    typer.echo(describe.markdown(describe.scales(fitted)))


@app.command("news", epilog="Example: offramp history news > news.md")
def news_command(as_json: JsonFlag = False) -> None:
    """Kinds of news that shift hazards: by how much, for how long, and whether that is estimated or a prior."""
    from dataclasses import asdict

    from offramp.hazard import describe
    from offramp.hazard.news import KINDS, shipped

    kinds = shipped()
    if as_json:
        _print_json([asdict(kinds[name]) | {"what": what} for name, what in KINDS.items()])
        return
    typer.echo("What news multiplies hazards by at first, with 90 % intervals.\n")
    typer.echo(describe.markdown(describe.news(kinds)) + "\n")
    for name, what in KINDS.items():
        typer.echo(f"- {name}: {what}. {kinds[name].basis.capitalize()}; {kinds[name].why}.")


@app.command("fit", epilog="Example: offramp history fit --from ../shared/data/history")
def fit_command(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Folder with spells.parquet and panel.parquet [default: $OFFRAMP_SHARED/data/history]."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write here instead of into the package: base_rates.json, hazard files.")
    ] = None,
) -> None:
    """Count the base rates and fit the hazards again, and write the numbers that ship. Takes about half a minute."""
    from importlib.resources import files

    from rich.console import Console

    from offramp.hazard.news import NEWS_FILE
    from offramp.hazard.store import save
    from offramp.hazard.train import estimate_news, train
    from offramp.history.build import count_tables
    from offramp.history.records import read_record

    folder = source or Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    record = read_record(folder)
    tables = count_tables(record)
    console = Console(stderr=True)
    with console.status("Fitting hazards") as status:
        fitted = train(record.panel, record.sha256, progress=lambda mode: status.update(f"Fitting hazards: {mode}"))
        status.update("Estimating what news does")
        news = estimate_news(record.panel, fitted, record.sha256)
    package = Path(str(files("offramp")))
    counts_folder = out or package / "history" / "data"
    hazard_folder = out or package / "hazard" / "data"
    counts_folder.mkdir(parents=True, exist_ok=True)
    (counts_folder / "base_rates.json").write_text(tables, encoding="utf-8")
    save(fitted, hazard_folder)
    (hazard_folder / NEWS_FILE).write_text(news, encoding="utf-8")
    typer.echo(f"Wrote {counts_folder / 'base_rates.json'} and the hazards in {hazard_folder}")


app.command("update", epilog=history_data.UPDATE_EPILOG)(history_data.update)
app.command("check", epilog=history_data.CHECK_EPILOG)(history_data.check)


def _need(**options: object) -> None:
    from offramp.errors import InputError

    missing = ["--" + name.replace("_", "-") for name, value in options.items() if not value]
    if missing:
        raise InputError(f"{', '.join(missing)}: missing; give --as-of for one ruler, or --panel with --train-until, "
                         "--origins and --out for all rulers of a panel")  # fmt: skip


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))


def _table(title: str, *columns: tuple[str, str]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=side != "fold")
    return table


def _print(table: Any) -> None:
    from rich.console import Console

    Console().print(table)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _range(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f}"
