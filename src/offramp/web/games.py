"""The catalogue of games for pages and API: trees, equilibria at a precision, strategies against precision."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from offramp.errors import InputError
from offramp.games.form import Game
from offramp.games.standard import CATALOGUE, make

MOST = 1000.0
SECONDS = 5.0
FARTHEST = 50.0
POINTS = 60
Floats = npt.NDArray[np.float64]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GameRow(_Part):
    """A game of the catalogue."""

    name: str
    title: str
    what: str
    source: str
    players: list[str]
    nodes: int
    parameters: dict[str, float]


class GameWhole(GameRow):
    """A game with its tree."""

    about: str
    tree: str = Field(description="one line a node")
    svg: str
    description: str


class GameAsk(_Part):
    """Payoffs and precision at which to solve."""

    parameters: dict[str, float] = Field(default={}, max_length=20)
    precision: float = Field(default=2.0, ge=0, le=200, description="lambda, 1/utils")
    branch: bool = False


class Choice(_Part):
    """How likely an action is."""

    player: str
    infoset: int
    name: str
    action: str
    probability: float


class BranchPoint(_Part):
    """A point of the principal branch."""

    precision: float
    action: str
    probability: float


class GameSolved(_Part):
    """The logit equilibrium on the principal branch."""

    name: str
    parameters: dict[str, float]
    precision: float
    payoffs: dict[str, float]
    choices: list[Choice]
    branch: list[BranchPoint] | None
    converged: bool


@lru_cache(maxsize=1)
def listed() -> list[GameRow]:
    """Every game of the catalogue."""
    return [_row(name, make(name)) for name in CATALOGUE]


def _row(name: str, game: Game) -> GameRow:
    known = CATALOGUE[name]
    return GameRow(
        name=name, title=game.title, what=known.what, source=known.source, players=list(game.players),
        nodes=len(game.nodes), parameters=dict(game.parameters),
    )  # fmt: skip


@lru_cache(maxsize=64)
def shown(name: str) -> GameWhole:
    """One game with its tree."""
    game = make(name)
    picture = game.draw()
    about = " ".join((CATALOGUE[name].make.__doc__ or "").split())
    row = _row(name, game).model_dump()
    return GameWhole(**row, about=about, tree=game.text(), svg=picture.svg, description=picture.description)


def with_parameters(name: str, parameters: dict[str, float]) -> Game:
    """A game at other payoffs. Raises `InputError` for an unknown parameter or a value that cannot be."""
    known = make(name).parameters
    for key, value in parameters.items():
        if key not in known:
            raise InputError(f"game {name!r} has no parameter {key!r}; it has {', '.join(known) or 'none'}.")
        if not abs(value) <= MOST:
            raise InputError(f"{key} is {value}; expected {-MOST:g} to {MOST:g}.")
    return make(name, **parameters)


def solved(name: str, ask: GameAsk) -> GameSolved:
    """Its equilibrium. Raises `InputError` as `with_parameters` does."""
    return _solved(name, tuple(sorted(ask.parameters.items())), ask.precision, ask.branch)


@lru_cache(maxsize=512)
def _solved(name: str, parameters: tuple[tuple[str, float], ...], precision: float, branch: bool) -> GameSolved:
    game = with_parameters(name, dict(parameters))
    found = game.solve(precision, throw=False, seconds=SECONDS)
    names = {(game.players[i.player], i.number): i.name for i in game.decisions}
    choices = [
        Choice(
            player=row["player"], infoset=row["infoset"], name=names[row["player"], row["infoset"]],
            action=row["action"], probability=float(row["probability"]),
        )
        for row in found.rows()
    ]  # fmt: skip
    return GameSolved(
        name=name, parameters=dict(game.parameters), precision=precision,
        payoffs={p: float(v) for p, v in zip(game.players, found.payoffs, strict=True)}, choices=choices,
        branch=_branch(game, max(FARTHEST, precision)) if branch else None, converged=bool(found.converged),
    )  # fmt: skip


def _branch(game: Game, to: float) -> list[BranchPoint]:
    """At most `POINTS` points of the principal branch; for two actions the first alone."""
    found = game.branch(to=to, throw=False, seconds=SECONDS)
    precision, strategies = _smooth(found.precision, found.strategies)
    points = []
    for infoset, start in zip(game.decisions, game.arrays.starts, strict=True):
        shown_actions = infoset.actions[:1] if len(infoset.actions) == 2 else infoset.actions
        for place, action in enumerate(shown_actions):
            label = f"{game.players[infoset.player]} {infoset.number}: {action}"
            points += [
                BranchPoint(precision=float(x), action=label, probability=float(row[start + place]))
                for x, row in zip(precision, strategies, strict=True)
            ]
    return points


def _smooth(precision: Floats, strategies: Floats) -> tuple[Floats, Floats]:
    """A branch at `POINTS` places: the solver steps far where little bends, so lines between its points look broken.

    Monotone cubics through its points, in log-precision and log-odds along the branch, which may turn back.
    """
    from scipy.interpolate import PchipInterpolator

    level, play = np.asarray(precision), np.asarray(strategies)
    inside = level > 0
    if inside.sum() < 2 or len(level) >= POINTS:
        keep = np.unique(np.linspace(0, len(level) - 1, min(POINTS, len(level))).round().astype(int))
        return level[keep], play[keep]
    start, uniform = level[~inside], play[~inside]
    level, play = level[inside], play[inside]
    step = np.arange(len(level), dtype=float)
    at = np.linspace(0, step[-1], POINTS)
    bounded = np.clip(play, 1e-12, 1 - 1e-12)
    odds = PchipInterpolator(step, np.log(bounded) - np.log1p(-bounded))(at)
    drawn = np.exp(PchipInterpolator(step, np.log(level))(at))
    return np.concatenate([start, drawn]), np.concatenate([uniform, 1 / (1 + np.exp(-odds))])
