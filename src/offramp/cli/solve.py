"""`offramp solve`: logit equilibria of a game in a file (.efg, .nfg, .npz) or of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.games.form import Game
    from offramp.games.markov import MarkovGame
    from offramp.games.picture import Picture

EPILOG = (
    "Examples: offramp solve poker.efg --precision 2   |   offramp solve poker.efg --limit --json   |   "
    "offramp solve poker.efg --branch --plot branch.svg   |   offramp solve entry --precision Entrant=1,Incumbent=4"
    "   |   offramp solve game.npz --precision 5"
)
DEFAULT_PRECISION = 1.0


def solve(
    file: Annotated[
        str,
        typer.Argument(
            metavar="GAME",
            help="A file (.efg or .nfg of Gambit, or .npz with arrays payoffs, transitions, discount and num_actions), "
            "or a name from `offramp games list`.",
        ),
    ],
    picture: Annotated[
        Path | None, typer.Argument(metavar="[PICTURE]", help="With --plot: write the picture here (.svg or .png).")
    ] = None,
    precision: Annotated[
        str,
        typer.Option(
            "--precision", "-p", help="Precision in 1/utils (lambda), or one for each player: NAME=2,NAME=5. Default 1."
        ),
    ] = "",
    limit: Annotated[bool, typer.Option("--limit", help="Follow the principal branch to its limit.")] = False,
    branch: Annotated[bool, typer.Option("--branch", help="Print the principal branch itself.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Every equilibrium at the precision (at most two choices of two actions).")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the branch: in the terminal, or into PICTURE.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    max_steps: Annotated[int, typer.Option(min=1, help="Most steps along the branch.")] = 20_000,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Time limit in seconds.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Parameter of a catalogue game. Repeatable.")
    ] = None,
    stages: Annotated[
        int | None, typer.Option(min=1, help="Markov game: solve this many stages backwards instead of for ever.")
    ] = None,
) -> None:
    """Solve a game: logit (quantal response) equilibrium at a precision, the whole branch, or its limit."""
    if sum((bool(precision), limit, branch and not precision)) > 1 and not (branch and precision):
        raise InputError("choose one of --precision, --limit and --branch.")
    if every and (limit or branch or plot):
        raise InputError("--all goes with --precision only.")
    if picture is not None and not plot:
        raise InputError(f"{picture}: a second argument is the picture of --plot; give --plot as well.")
    game = load(file, set_ or [])
    from offramp.games.form import Game

    if isinstance(game, Game):
        if stages is not None:
            raise InputError("--stages is for Markov games (.npz).")
        if every:
            _solve_all(game, precision, as_json)
            return
        _solve_tree(game, precision, limit, branch, plot, picture, as_json, max_steps, seconds)
    elif every:
        raise InputError("--all is for trees (.efg, .nfg and the catalogue).")
    else:
        _solve_markov(game, precision, limit, branch, plot, picture, as_json, max_steps, seconds, stages)


def load(file: str, settings: list[str]) -> Game | MarkovGame:
    """A game from a file, by its ending, or from the catalogue. Raises `InputError` with what would be right."""
    path = Path(file)
    ending = path.suffix.lower()
    if ending in (".efg", ".nfg", ".npz"):
        if settings:
            raise InputError("--set changes parameters of catalogue games; files have none.")
        if not path.is_file():
            raise InputError(f"{file}: no such file.")
        if ending == ".npz":
            from offramp.games.markov import read_npz

            return read_npz(path)
        from offramp.games.efg import read_efg
        from offramp.games.nfg import read_nfg

        return read_efg(path) if ending == ".efg" else read_nfg(path)
    from offramp.games.standard import make

    if path.exists() or "/" in file:
        raise InputError(f"{file}: game files end in .efg, .nfg or .npz.")
    return make(file, **dict(setting(text) for text in settings))


def setting(text: str) -> tuple[str, float]:
    """NAME=NUMBER of `--set`. Raises `InputError`."""
    name, equals, value = text.partition("=")
    try:
        if not equals:
            raise ValueError(text)
        number = float(value)
    except ValueError:
        raise InputError(f"--set {text!r}: expected NAME=NUMBER, such as offer=0.4.") from None
    return name, int(number) if number == int(number) and "." not in value else number


def parse_precision(text: str) -> float | dict[str, float]:
    """One number, or NAME=NUMBER for each player. Raises `InputError`."""
    if not text:
        return DEFAULT_PRECISION
    try:
        if "=" not in text:
            return float(text)
        pairs = [part.rpartition("=") for part in text.split(",")]
        return {name.strip(): float(value) for name, _, value in pairs}
    except ValueError:
        raise InputError(
            f"--precision {text!r}: expected a number of at least 0 such as 2, or NAME=2,NAME=5 for each player."
        ) from None


def _solve_tree(
    game: Game, precision: str, limit: bool, branch: bool, plot: bool, picture: Path | None, as_json: bool,
    max_steps: int, seconds: float | None,
) -> None:  # fmt: skip
    options: dict[str, Any] = {"max_steps": max_steps, "seconds": seconds, "progress": _progress()}
    result: Any
    if limit:
        result = game.limit(**options)
    elif branch:
        to = parse_precision(precision) if precision else None
        if isinstance(to, dict):
            weights, to = to, max(to.values(), default=0.0)
            result = game.branch(to=to, weights=weights, **options)
        else:
            result = game.branch(to=to, **options)
    else:
        result = game.solve(parse_precision(precision), **options)
    if plot:
        drawn = result if branch else game.branch(to=_reach(game, result, limit), **options)
        _draw(drawn.plot() if picture else None, drawn.chart() if not picture else "", picture, as_json)
    if as_json:
        typer.echo(json.dumps(result.rows(), ensure_ascii=False, indent=1))
    else:
        typer.echo(str(result))


def _solve_all(game: Game, precision: str, as_json: bool) -> None:
    from offramp.games.every import all_equilibria

    found = all_equilibria(game, parse_precision(precision))
    if as_json:
        typer.echo(json.dumps([row | {"equilibrium": k} for k, (s, _) in enumerate(found, 1) for row in s.rows()]))
        return
    for k, (solution, kind) in enumerate(found, 1):
        typer.echo(f"Equilibrium {k} of {len(found)}, {kind}; none is missing\n{solution}\n")


def _reach(game: Game, result: Any, limit: bool) -> float | None:
    """How far to draw: to the precision asked for, or to the limit."""
    return None if limit else max(result.precision, default=0.0)


def _solve_markov(
    game: MarkovGame, precision: str, limit: bool, branch: bool, plot: bool, picture: Path | None, as_json: bool,
    max_steps: int, seconds: float | None, stages: int | None,
) -> None:  # fmt: skip
    level = parse_precision(precision)
    options: dict[str, Any] = {"max_steps": max_steps, "seconds": seconds, "progress": _progress()}
    result: Any
    if stages is not None:
        if limit or branch or plot:
            raise InputError("--stages goes with --precision only.")
        result = game.solve_finite(stages, level)
    elif limit:
        result = game.limit(**options)
    elif branch:
        to = None if not precision else level
        if isinstance(to, dict):
            raise InputError("--branch of a Markov game takes one precision.")
        result = game.branch(to=to, **options)
    else:
        result = game.solve(level, **options)
    if plot:
        drawn = result if branch else game.branch(to=None if limit else max(result.precision), **options)
        _draw(drawn.plot() if picture else None, drawn.chart() if not picture else "", picture, as_json)
    typer.echo(json.dumps(result.as_json()) if as_json else str(result))


def _draw(drawing: Picture | None, chart: str, picture: Path | None, as_json: bool) -> None:
    if drawing is not None and picture is not None:
        drawing.save(picture)
        typer.echo(f"{picture}: drawn", err=True)
    else:
        typer.echo(chart, err=as_json)


def _progress() -> Any:
    """Reports on a terminal's standard error, at most four times a second, once a solve takes longer than a second."""
    import sys
    import time

    if not sys.stderr.isatty():
        return None
    started = last = time.monotonic()

    def report(reached: float, steps: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started > 1 and now - last > 0.25:
            last = now
            typer.echo(f"\r  precision {reached:.4g}, {steps} steps, {now - started:.0f} s ", err=True, nl=False)

    return report
