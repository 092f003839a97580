"""`offramp history sample`: the posterior of one way of leaving by NUTS, beside the normal approximation that ships.

Thin: `offramp.hazard.sample` does the work. Heavy imports stand inside the command.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from offramp.cli.history import _print, _table

EPILOG = "Example: offramp history sample --mode coup --draws 700 --out coup.parquet"


def sample_command(
    mode: Annotated[str, typer.Option(help="regular, coup, uprising, rebels, foreign, assassination or natural.")],
    source: Annotated[Path | None, typer.Option("--from", help="Folder with spells.parquet and panel.parquet.")] = None,
    draws: Annotated[int, typer.Option(help="Draws kept of each chain.")] = 700,
    warmup: Annotated[int, typer.Option(help="Steps of tuning before them.")] = 400,
    chains: Annotated[int, typer.Option(help="Chains, run side by side.")] = 4,
    seed: Annotated[int, typer.Option(help="Seed.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Write all draws: .parquet, one row a draw.")] = None,
) -> None:
    """Sample the hazard model's posterior by NUTS. Takes many minutes on two cores; needs the extra 'history'.

    The table compares it with the normal approximation: the coefficients that differ most, R-hat, effective draws.
    """
    import numpy as np

    from offramp.errors import InputError
    from offramp.hazard.features import column_names
    from offramp.hazard.fit import fit_mode
    from offramp.hazard.panel import model_panel
    from offramp.hazard.sample import sample_mode
    from offramp.history.records import read_record
    from offramp.history.vocabulary import MODES

    if mode not in MODES:
        raise InputError(f"--mode {mode}: unknown; expected one of {', '.join(MODES)}")
    if out is not None and out.suffix != ".parquet":
        raise InputError(f"--out {out}: unknown ending {out.suffix!r}; expected .parquet")
    folder = source or Path(os.environ.get("OFFRAMP_SHARED", "../shared")) / "data" / "history"
    panel = model_panel(read_record(folder).panel)
    rows, events = panel.rows(), panel.events(mode)
    fitted = fit_mode(rows, events)
    found = sample_mode(
        mode, rows, events, fitted, panel.countries, draws=draws, warmup=warmup, chains=chains, seed=seed, progress=True
    )
    if out is not None:
        found.to_frame().write_parquet(out)
    normal_sd = np.sqrt(np.diag(fitted.covariance))
    mean, sd = found.columns.mean(axis=(0, 1)), found.columns.std(axis=(0, 1))
    apart = np.abs(mean - fitted.mean) / normal_sd
    table = _table(
        f"{mode}: coefficients furthest from the normal approximation",
        ("coefficient", "fold"), ("NUTS", "right"), ("sd", "right"), ("normal", "right"), ("sd", "right"),
        ("apart, sd", "right"),
    )  # fmt: skip
    for i in np.argsort(-apart)[:10]:
        numbers = (mean[i], sd[i], fitted.mean[i], normal_sd[i], apart[i])
        table.add_row(column_names()[i], *[f"{number:.2f}" for number in numbers])
    _print(table)
    highest, fewest = found.worst()
    typer.echo(
        f"{chains} chains of {draws}: R-hat at most {highest:.3f}, effective draws at least {fewest:.0f}, "
        f"{int(found.diverging.sum())} divergences, {found.leapfrogs:.0f} gradients a draw."
    )
    if highest > 1.01:
        typer.echo("warning: R-hat is above 1.01; take more draws before you rely on tails.", err=True)
    if out is not None:
        typer.echo(f"Wrote {chains * draws} draws to {out}")
