"""Scenarios of a game: parameters of a catalogue game and precisions, each at many values, solved in batches.

Every scenario follows its own principal branch (`games.batch`), on a GPU where JAX sees one. A game file has no
parameters; its precisions can be varied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from offramp.errors import InputError
from offramp.games.batch import payoffs_at, solve_batch
from offramp.games.efg import parse_efg
from offramp.games.form import Game
from offramp.games.nfg import parse_nfg
from offramp.games.standard import make
from offramp.sweep.axes import Axis, at, count, numbers, parse, told, unknown

ROWS = 20_000
"""Scenarios of a part."""
CHUNK = 2_000_000
"""Numbers in an array of payoffs at most."""
PRECISION = "precision"


@dataclass(frozen=True)
class Source:
    """Where a game comes from, so that it can be made again elsewhere: games hold functions, which do not travel."""

    name: str
    settings: tuple[tuple[str, float], ...] = ()
    text: str = ""  #: of a file; '' for a game of the catalogue

    def game(self) -> Game:
        """The game. Raises `InputError` for what is no game."""
        if not self.text:
            return make(self.name, **dict(self.settings))
        return (parse_efg if self.name.lower().endswith(".efg") else parse_nfg)(self.text, self.name)


def source(name: str, settings: Mapping[str, float]) -> Source:
    """A game by its name in the catalogue, or by a file.

    Raises:
        InputError: A file that is not there or is no tree, settings for a file.
    """
    path = Path(name)
    if path.suffix.lower() not in (".efg", ".nfg"):
        return Source(name, tuple(settings.items()))
    if settings:
        raise InputError("--set changes parameters of catalogue games; files have none.")
    try:
        return Source(name, (), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: cannot be read ({error}).") from None


@dataclass(frozen=True)
class Plan:
    """A sweep of a game; picklable, and the same everywhere."""

    source: Source
    axes: tuple[Axis, ...]
    precision: float = 1.0

    @cached_property
    def game(self) -> Game:
        """The game."""
        return self.source.game()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "game"}

    @property
    def scenarios(self) -> int:
        """How many there are."""
        return count(self.axes)

    @property
    def units(self) -> int:
        """Units of work: scenarios."""
        return self.scenarios

    @property
    def part_size(self) -> int:
        """Units of a part."""
        return ROWS

    def arguments(self) -> dict[str, Any]:
        """What the figures depend on, for the manifest."""
        return {
            "game": self.source.name, "settings": dict(self.source.settings), "text": self.source.text,
            "over": told(self.axes), "precision": self.precision,
        }  # fmt: skip

    def schema(self) -> dict[str, Any]:
        """Columns of the table."""
        found: dict[str, Any] = {"scenario": pl.Int64} | {axis.name: pl.Float64 for axis in self.axes}
        found |= dict.fromkeys((*self.actions(), *self.payoffs()), pl.Float64)
        return found | {"residual": pl.Float64, "problem": pl.String}

    def actions(self) -> list[str]:
        """Columns of choice probabilities: player, information set, action."""
        names = [(self.game.players[i.player], i.number, a) for i in self.game.decisions for a in i.actions]
        return [f"{player}.{number}.{action}" for player, number, action in names]

    def payoffs(self) -> list[str]:
        """Columns of expected payoffs, utils."""
        return [f"payoff.{player}" for player in self.game.players]


def plan(source: Source, over: Sequence[str], *, precision: float = 1.0) -> Plan:
    """A sweep as the command line says it. Raises `InputError` for names and values that cannot be."""
    game = source.game()
    known = (*game.parameters, PRECISION, *(f"{PRECISION}.{player}" for player in game.players))
    axes = []
    for name, text in parse(over).items():
        if name not in known:
            raise unknown(name, known, f"{game.title!r}")
        if not text:
            raise InputError(f"--over {name}: a game's parameters need values, such as {name}=0:1:101.")
        axes.append(Axis(name, numbers(name, text)))
    for axis in axes:
        if axis.name.startswith(PRECISION) and min(float(value) for value in axis.values) < 0:
            raise InputError(f"--over {axis.name}: precisions are at least 0 (1/utils).")
    made = Plan(source, tuple(axes), precision)
    count(made.axes)
    return made


def rows(plan: Plan, units: Sequence[int]) -> pl.DataFrame:
    """The table of some scenarios. A scenario that cannot be solved has no figures and says why."""
    game = plan.game
    size = max(1, CHUNK // max(1, len(game.leaves) * len(game.players)))
    numbered = np.asarray(units, np.int64)
    return pl.concat([_chunk(plan, game, numbered[i : i + size]) for i in range(0, len(numbered), size)])


def _chunk(plan: Plan, game: Game, numbered: npt.NDArray[np.int64]) -> pl.DataFrame:
    places = at(plan.axes, numbered)
    values = {a.name: np.array(a.values, float)[places[a.name]] for a in plan.axes}
    lanes = len(numbered)
    parameters = {n: v for n, v in values.items() if n in game.parameters} or {
        n: np.full(lanes, float(v)) for n, v in list(game.parameters.items())[:1]
    }
    level = np.tile(values.get(PRECISION, np.full(lanes, plan.precision))[:, None], (1, len(game.players)))
    for place, player in enumerate(game.players):
        level[:, place] = values.get(f"{PRECISION}.{player}", level[:, place])
    payoffs, chance = payoffs_at(game, parameters)
    payoffs, chance = (np.broadcast_to(x, (lanes, *x.shape[1:])) for x in (payoffs, chance))
    found = solve_batch(game, payoffs=payoffs, log_chance=chance, precision=level, throw=False)
    columns: dict[str, Any] = {"scenario": numbered} | values
    columns |= dict(zip(plan.actions(), found.strategy.T, strict=True))
    columns |= dict(zip(plan.payoffs(), _expected(game, found.strategy, payoffs, chance).T, strict=True))
    columns["residual"] = found.residual
    solved = found.converged
    words = found.outcome or ("solved",) * lanes
    columns["problem"] = [None if fine else word for fine, word in zip(solved, words, strict=True)]
    return pl.DataFrame(columns, schema=plan.schema()).fill_nan(None)


def _expected(
    game: Game, strategy: npt.NDArray[np.float64], payoffs: npt.NDArray[np.float64], chance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Expected payoffs [B, players] of behaviour strategies [B, actions]."""
    arrays = game.arrays
    with np.errstate(divide="ignore"):
        logs = np.concatenate([np.log(strategy), np.zeros((len(strategy), 1))], 1)
    reach = chance[:, arrays.leaves]
    for step in arrays.paths.T:
        reach = reach + logs[:, step]
    return np.asarray(np.einsum("bl,blp->bp", np.exp(reach), payoffs[:, arrays.leaves]))
