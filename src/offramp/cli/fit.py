"""`offramp fit`: a game of the field fitted to a data file."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

    from offramp.strategic import Fit, Study
    from offramp.strategic.model import Model

EPILOG = (
    'Example: offramp fit egame12 war1800.csv --formula "esc + war ~ s_wt_re1 + revis1 | 0 | regime1 | balanc + '
    'regime2" --link probit --error agent --json'
)


class GameName(StrEnum):
    """The games that can be fitted from the command line."""

    egame12 = "egame12"
    egame122 = "egame122"
    egame123 = "egame123"
    ultimatum = "ultimatum"
    crisis = "crisis-signalling"


class Link(StrEnum):
    """Distribution of the errors."""

    probit = "probit"
    logit = "logit"


class Error(StrEnum):
    """Where the errors sit."""

    agent = "agent"
    private = "private"


class Method(StrEnum):
    """Estimators of the crisis-signalling game."""

    pl = "pl"
    npl = "npl"
    ml = "ml"


def fit(
    game: Annotated[GameName, typer.Argument(help="Which game.")],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A .csv, .tsv or .parquet file; one row an observation.")
    ],
    formula: Annotated[
        str, typer.Option(help='Outcome and utilities: "y ~ u | u | ..."; 0 for a utility of 0, 1 for a constant.')
    ],
    link: Annotated[Link | None, typer.Option(help="Errors normal or logistic (default: probit).")] = None,
    error: Annotated[Error | None, typer.Option(help="Errors at actions or at payoffs (default: agent).")] = None,
    method: Annotated[Method | None, typer.Option(help="Crisis signalling: estimator (default: npl).")] = None,
    outcomes: Annotated[
        str | None, typer.Option(metavar="LABELS", help="Labels of the outcomes in the order of the game's ends.")
    ] = None,
    min_offer: Annotated[float, typer.Option(help="Ultimatum: lowest possible offer.")] = 0.0,
    max_offer: Annotated[float | None, typer.Option(help="Ultimatum: highest possible offer, the prize.")] = None,
    subset: Annotated[str | None, typer.Option(metavar="EXPR", help="Rows to use, as in year >= 1850.")] = None,
    fix: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Hold a coefficient or utility. Repeatable.")
    ] = None,
    scale: Annotated[str | None, typer.Option(metavar="FORMULA", help="Formula of the errors' log scale.")] = None,
    scale_by_player: Annotated[bool, typer.Option(help="A scale for every player.")] = False,
    first_stage: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Crisis signalling: columns of first-stage Pr(resist),Pr(stand firm)."),
    ] = None,
    weights: Annotated[str | None, typer.Option(metavar="COLUMN", help="Weights of the rows.")] = None,
    errors: Annotated[
        str | None, typer.Option(metavar="KIND", help="Standard errors: classical, opg, sandwich or cluster.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(metavar="COLUMN", help="Which rows belong together.")] = None,
    missing: Annotated[str, typer.Option(help="Missing values: drop or error.")] = "drop",
    starts: Annotated[int, typer.Option(help="Starting points.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of drawn starting points and of the bootstrap.")] = 1,
    bootstrap: Annotated[
        int, typer.Option(metavar="N", help="Standard errors from N bootstrap replications, instead of --errors.")
    ] = 0,
    bootstrap_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the replications in this .npz file, and go on from it.")
    ] = None,
    monte_carlo: Annotated[
        int,
        typer.Option(metavar="N", help="Draw outcomes at the estimates N times, fit each, show bias and coverage."),
    ] = 0,
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local[:N]",
            help="Make the replications on a Dask scheduler's workers, or on N processes here (docs/scale.md).",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit a game of the field to data by maximum likelihood."""
    from offramp.compiled import enable_compile_cache
    from offramp.strategic.files import read_data

    if (bootstrap_file is not None and not bootstrap) or (workers is not None and not (bootstrap or monte_carlo)):
        raise InputError("--bootstrap-file goes with --bootstrap N, and --workers with it or with --monte-carlo N.")
    if monte_carlo and (subset is not None or weights is not None):
        raise InputError("--monte-carlo draws every row once: it does not go with --subset or --weights.")
    if bootstrap and errors is not None:
        raise InputError(f"--bootstrap {bootstrap} and --errors {errors}: both say where standard errors come from.")
    frame = read_data(data)
    enable_compile_cache()
    given: dict[str, Any] = {
        "link": link and link.value, "error": error and error.value, "method": method and method.value,
        "outcomes": outcomes, "max_offer": max_offer, "min_offer": min_offer or None, "scale": scale,
        "scale_by_player": scale_by_player or None, "first_stage": first_stage,
    }  # fmt: skip
    model = _model(game.value, formula, {k: v for k, v in given.items() if v is not None}, _fixed(fix or []))
    result = model.fit(
        frame, weights=weights, subset=subset, errors=errors, cluster=cluster, missing=missing, starts=starts, seed=seed
    )
    study = None
    if bootstrap or monte_carlo:
        from offramp import cluster as cluster_room
        from offramp.cli.cluster_bar import told

        with cluster_room.open(workers, say=told) as client:
            result = _bootstrapped(result, bootstrap, bootstrap_file, client, seed)
            study = _studied(model, frame, result, monte_carlo, client, seed)
    if as_json:
        found = result.to_dict() | ({"monte_carlo": study.rows()} if study else {})
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    typer.echo(str(result))
    if study:
        typer.echo(f"\nAs if the estimates were the truth: {study}")


def _bootstrapped(result: Fit, replications: int, file: Path | None, client: Client | None, seed: int) -> Fit:
    """The fit with the covariance of its bootstrap; as it is for no replications."""
    from offramp.cli.cluster_bar import bar, told

    if not replications:
        return result
    with bar("Bootstrap") as progress:
        found = result.bootstrap(replications, seed=seed, path=file, client=client, progress=progress)
    if found.failed:
        told(f"{found.failed} of {replications} replications have no estimate and are left out")
    return result.with_bootstrap(found)


def _studied(
    model: Model, frame: Any, result: Fit, replications: int, client: Client | None, seed: int
) -> Study | None:
    """What the estimator does with data of this kind, if the estimates are the truth."""
    from offramp.cli.cluster_bar import bar
    from offramp.strategic import monte_carlo

    if not replications:
        return None
    with bar("Monte Carlo") as progress:
        return monte_carlo(model, frame, result.coefficients, replications, seed=seed, client=client, progress=progress)


TREES = ("link", "error", "outcomes", "scale", "scale_by_player")
TAKES = {
    "egame12": TREES,
    "egame122": TREES,
    "egame123": TREES,
    "ultimatum": ("link", "error", "max_offer", "min_offer"),
    "crisis-signalling": ("link", "error", "method", "outcomes", "first_stage"),
}


def _model(game: str, formula: str, given: dict[str, Any], fixed: dict[str, float]) -> Model:
    """The model that the options describe. Raises `InputError` for options that do not belong to the game."""
    for name in given:
        if name not in TAKES[game]:
            takes = ", ".join("--" + n.replace("_", "-") for n in TAKES[game])
            raise InputError(f"--{name.replace('_', '-')} does not belong to {game}; it takes {takes}.")
    if game == "ultimatum":
        from offramp.strategic import Ultimatum

        _only(given, game, link="logit", error="private")
        return Ultimatum(formula, fixed=fixed, **given)
    if game == "crisis-signalling":
        from offramp.strategic import CrisisSignaling

        _only(given, game, link="probit", error="private")
        return CrisisSignaling(formula, fixed=fixed, **given)
    from offramp.strategic import Egame12, Egame122, Egame123

    kinds: dict[str, type[Egame12] | type[Egame122] | type[Egame123]] = {
        "egame12": Egame12, "egame122": Egame122, "egame123": Egame123
    }  # fmt: skip
    return kinds[game](formula, fixed=fixed, **given)


def _only(given: dict[str, Any], game: str, **allowed: str) -> None:
    """The game is written for one link and one kind of error; another asked for is an error."""
    for name, value in allowed.items():
        asked = given.pop(name, value)
        if asked != value:
            raise InputError(f"{game} has {value} errors by its definition; --{name} {asked} is not possible.")


def _fixed(pairs: list[str]) -> dict[str, float]:
    out: dict[str, float] = {}
    for pair in pairs:
        name, equals, value = pair.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
            number = 0.0
        if not equals or not name.strip():
            raise InputError(f"--fix {pair!r}: expected NAME=VALUE, as in 'u1(esc,war):(Intercept)=0'.")
        out[name.strip()] = number
    return out
