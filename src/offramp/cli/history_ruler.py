"""`offramp history forecast --as-of`: what history alone says of one ruler, with the news.

Thin: `offramp.hazard` computes. Heavy imports stand inside the functions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from offramp.cli.history import SHORT, _percent, _print, _print_json, _range, _table

if TYPE_CHECKING:
    from offramp.hazard.news import News
    from offramp.hazard.predict import RulerProfile


def forecast_one(
    ruler: RulerProfile, news: list[News], as_of: dt.date, months: int, draws: int, seed: int, *, as_json: bool
) -> None:
    """One ruler's path from the base rate to the forecast, the news, and the chances."""
    import numpy as np

    from offramp.hazard.explain import explain
    from offramp.hazard.incidence import cumulative_incidence
    from offramp.hazard.predict import monthly_hazards
    from offramp.history.vocabulary import IN_OFFICE, MODES

    hazards = monthly_hazards(ruler, as_of, months, draws, seed, news=news)
    chances = cumulative_incidence(hazards.full)[:, -1]
    low, high = np.quantile(chances, [0.05, 0.95], axis=0)
    names = (*MODES, IN_OFFICE)
    chances_of = {
        name: {"mean": float(m), "low": float(a), "high": float(b)}
        for name, m, a, b in zip(names, chances.mean(axis=0), low, high, strict=True)
    }
    steps = explain(ruler, as_of, news=news)
    told = _news(news, as_of)
    if as_json:
        _print_json(
            {"as_of": f"{as_of:%Y-%m-%d}", "months": months, "outcomes": chances_of}
            | {"path": [asdict(step) for step in steps], "news": told}
            | {"cut": str(hazards.cut_date), "warnings": hazards.warnings}
        )
        return
    path = _table("Per cent within 12 months, step by step", ("known", "fold"), *[(SHORT[n], "right") for n in names])
    for step in steps:
        path.add_row(step.label, *[f"{100 * step.outcomes[name]:.1f}" for name in names])
    table = _table(f"Within {months} months", ("outcome", "left"), ("chance", "right"), ("90 %", "right"))
    for name, value in chances_of.items():
        table.add_row(name.replace("_", " "), _percent(value["mean"]), _range(value["low"], value["high"]))
    _print(path)
    if told:
        _print_news(told)
    _print(table)
    for warning in hazards.warnings:
        typer.echo(f"warning: {warning}", err=True)


def _news(news: list[News], as_of: dt.date) -> list[dict[str, Any]]:
    """One row a kind: what it multiplies today's hazards by, how it fades, and on what that rests."""
    import math

    from offramp.hazard.news import KINDS, latest, shipped

    rows = []
    for name, age in latest(news, as_of).items():
        kind = shipped()[name]
        left = 2.0 ** (-age / kind.half_life)
        factors = {mode: math.exp(effect.mean * left) for mode, effect in kind.effects.items()}
        rows.append(
            {"kind": name, "what": KINDS[name], "months_since": age, "half_life": kind.half_life}
            | {"factors": factors, "basis": kind.basis, "why": kind.why}
        )
    return rows


def _print_news(told: list[dict[str, Any]]) -> None:
    names = list(told[0]["factors"])
    heads = [(SHORT[name], "right") for name in names]
    table = _table(
        "News: what it multiplies hazards by today",
        ("what", "fold"), *heads, ("half-life", "right"), ("basis", "left"),
    )  # fmt: skip
    for row in told:
        factors = [f"{row['factors'][name]:.1f}" for name in names]
        table.add_row(row["what"], *factors, f"{row['half_life']:g} months", row["basis"])
    _print(table)
    for row in told:
        typer.echo(f"{row['kind']}: {row['basis']}; {row['why']}.")
