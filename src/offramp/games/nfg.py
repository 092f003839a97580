"""Gambit's .nfg files: games in normal form, read into a tree of simultaneous moves, and written.

Both forms of the file are read: payoffs listed one after another (player 1's strategy moves fastest), and outcomes
numbered first and listed afterwards.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.games.build import normal_form
from offramp.games.form import Game
from offramp.games.lexer import Words, quoted, read_text, written

MOST_PROFILES = 2_000_000


def read_nfg(path: str | Path) -> Game:
    """Reads a file. Raises `lexer.GameFileError` that names line and column."""
    return parse_nfg(read_text(Path(path)), str(path))


def parse_nfg(text: str, source: str = "game") -> Game:
    """Reads the text of a file; `source` is how errors name it."""
    words = Words(text, source)
    if (first := words.take()).value != "NFG":
        raise words.error(f"expected NFG at the start of an .nfg file, found {first.value!r}")
    if words.integer("the version of the format") != 1:
        raise words.error("only version 1 of the .nfg format can be read")
    if (kind := words.take()).value not in ("R", "D"):
        raise words.error(f"expected R or D, found {kind.value!r}")
    title = words.string("the title")
    players = words.strings("names of players")
    if not players:
        raise words.error("no players are named")
    labels = _strategies(words, players)
    if words.peek().kind == "text":
        words.take()
    counts = [len(row) for row in labels]
    if prod(counts) > MOST_PROFILES:
        raise words.error(f"the game has {prod(counts):,} strategy profiles; at most {MOST_PROFILES:,} can be read")
    rows = _outcome_rows(words, players, prod(counts)) if words.at_brace("{") else _payoff_rows(words, players, counts)
    if words.peek().kind != "end":
        raise words.error(f"all payoffs are there, but {words.take().value!r} follows")
    table = np.empty((len(players), *counts), dtype=object)
    # The first player's strategy moves fastest: count with the axes reversed.
    for row, profile in zip(rows, itertools.product(*[range(n) for n in reversed(counts)]), strict=True):
        for player, value in enumerate(row):
            table[(player, *reversed(profile))] = value
    return replace(normal_form(table, title=title, players=players, actions=labels), source=source)


def _strategies(words: Words, players: tuple[str, ...]) -> list[tuple[str, ...]]:
    words.brace("{", "before the strategies")
    labels: list[tuple[str, ...]] = []
    while not words.at_brace("}"):
        if words.at_brace("{"):
            labels.append(words.strings("names of strategies"))
        else:
            count = words.integer("the number of strategies", 1)
            if count > MOST_PROFILES:
                raise words.error(f"{count:,} strategies; at most {MOST_PROFILES:,} strategy profiles can be read")
            labels.append(tuple(str(k + 1) for k in range(count)))
    words.take()
    if len(labels) != len(players) or not all(labels):
        raise words.error(f"strategies are given for {len(labels)} players; expected {len(players)}, each at least one")
    return labels


def _payoff_rows(words: Words, players: tuple[str, ...], counts: list[int]) -> list[list[Fraction]]:
    rows = []
    for number in range(prod(counts)):
        if words.peek().kind == "end":
            words.take()
            raise words.error(f"payoffs end after {number} of {prod(counts)} strategy profiles", len(words.text))
        rows.append([words.number(f"the payoff of {player!r}") for player in players])
    return rows


def _outcome_rows(words: Words, players: tuple[str, ...], profiles: int) -> list[list[Fraction]]:
    words.brace("{", "before the outcomes")
    outcomes = [[Fraction(0)] * len(players)]
    while not words.at_brace("}"):
        words.brace("{", "before an outcome")
        if words.peek().kind == "text":
            words.take()
        outcomes.append([words.number(f"the payoff of {player!r}") for player in players])
        words.brace("}", "after an outcome")
    words.take()
    rows = []
    for _ in range(profiles):
        number = words.integer("the number of an outcome")
        if number >= len(outcomes):
            raise words.error(f"there is no outcome {number}; the file lists {len(outcomes) - 1}")
        rows.append(outcomes[number])
    return rows


def strategic_payoffs(game: Game) -> NDArray[np.float64]:
    """Payoffs in normal form, `[p, s1, ..., sP]`; a strategy picks an action at each of the player's information sets.

    Raises `InputError` when there are more than two million profiles.
    """
    mine = [[k for k, i in enumerate(game.decisions) if i.player == p] for p in range(len(game.players))]
    plans = [list(itertools.product(*[range(len(game.decisions[k].actions)) for k in sets])) for sets in mine]
    counts = [len(rows) for rows in plans]
    if prod(counts) * len(game.leaves) > 50 * MOST_PROFILES:
        raise InputError(f"{game.title!r} has {prod(counts):,} strategy profiles: too many to write in normal form.")
    arrays = game.arrays
    weight = np.exp(arrays.log_chance)
    # reached[p][s, leaf]: whether strategy s of player p allows the leaf.
    reached = []
    for sets, rows in zip(mine, plans, strict=True):
        allowed = np.ones((len(rows), len(weight)), dtype=bool)
        for s, plan in enumerate(rows):
            chosen = {k: arrays.starts[k] + a for k, a in zip(sets, plan, strict=True)}
            for k, action in chosen.items():
                through = arrays.infoset_on_path(k)
                allowed[s] &= ~through | arrays.action_on_path(int(action))
        reached.append(allowed)
    table = np.zeros((len(game.players), *counts))
    for profile in itertools.product(*[range(n) for n in counts]):
        live = np.logical_and.reduce([reached[p][s] for p, s in enumerate(profile)])
        for player in range(len(game.players)):
            table[(player, *profile)] = (weight * live) @ arrays.payoffs[:, player]
    return table


def nfg_text(game: Game) -> str:
    """The game as the text of an .nfg file (payoffs in order, player 1's strategy moving fastest)."""
    table = strategic_payoffs(game)
    labels = []
    for p in range(len(game.players)):
        own = [i.actions for i in game.decisions if i.player == p]
        labels.append(["/".join(plan) for plan in itertools.product(*own)])
    strategies = " ".join("{ " + " ".join(map(quoted, row)) + " }" for row in labels)
    head = f"NFG 1 R {quoted(game.title)} {{ {' '.join(map(quoted, game.players))} }}\n\n{{ {strategies} }}\n"
    profiles = itertools.product(*[range(n) for n in reversed(table.shape[1:])])
    numbers = [" ".join(written(float(x)) for x in np.moveaxis(table, 0, -1)[row[::-1]]) for row in profiles]
    return head + quoted(game.comment) + "\n\n" + "\n".join(numbers) + "\n"


def write_nfg(game: Game, path: str | Path) -> None:
    """Writes an .nfg file. Raises `InputError` when the place cannot be written or the game is too large."""
    text = nfg_text(game)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot write: {error.strerror}.") from error
