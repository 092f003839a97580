"""Markov games as data: finitely many states, simultaneous moves, transitions, discounting.

Arrays: `payoffs[s, p, a1, ..., aP]` in utils per period, `transitions[s, a1, ..., aP, s']`, `discount` (one factor or
one for each player), `num_actions[s, p]` where numbers differ; unused slots are padding and never read. Solving lives
in `markov_solve`, for ever, and `markov_finite`, over finitely many stages.
"""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.games.markov_results import MarkovBranch, MarkovLimit, MarkovSolution

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SUM_TOLERANCE = 1e-9
MOST_BYTES = 12 << 30
MOST_FILE = 1 << 30  # bytes of arrays in a file, unpacked
NAMES = {
    "payoffs": ("payoffs", "u"),
    "transitions": ("transitions", "phi"),
    "discount": ("discount", "delta"),
    "num_actions": ("num_actions",),
}


@dataclass(frozen=True, eq=False)
class MarkovGame:
    """A Markov game of S states and P players, at most A actions; made by `markov_game`, `tabulate`, `read_npz`."""

    payoffs: Floats  # (S, P, a1..aP), 0 in unused slots
    transitions: Floats  # (S, a1..aP, S'), 0 in unused slots
    discount: Floats  # (P,)
    num_actions: Ints  # (S, P)
    title: str = "Markov game"
    states: tuple[str, ...] = ()
    players: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """S, P, A: states, players, most actions."""
        return self.payoffs.shape[0], self.payoffs.shape[1], max(self.payoffs.shape[2:])

    @cached_property
    def open(self) -> NDArray[np.bool_]:
        """(S, P, A): whether the slot is an action."""
        return np.asarray(np.arange(self.shape[2]) < self.num_actions[:, :, None])

    @cached_property
    def spread(self) -> float:
        """The largest spread of any player's payoffs over all states, utils; 1 where all are constant."""
        used = self._used()
        spread = max(float(np.ptp(np.broadcast_to(self.payoffs[:, p], used.shape)[used])) for p in range(self.shape[1]))
        return spread if spread > 0 else 1.0

    def _used(self) -> NDArray[np.bool_]:
        """(S, a1..aP): whether every player's slot is an action."""
        states, players, _ = self.shape
        used = np.ones((states, *self.payoffs.shape[2:]), dtype=bool)
        for p in range(players):
            shape = [states] + [1] * players
            shape[1 + p] = self.payoffs.shape[2 + p]
            used = used & self.open[:, p, : shape[1 + p]].reshape(shape)
        return used

    def solve(self, precision: float | Mapping[str, float] | Sequence[float], **options: Any) -> MarkovSolution:
        """Stationary logit equilibrium at a precision, on the principal branch. See `markov_solve.solve_markov`."""
        from offramp.games.markov_solve import solve_markov

        return solve_markov(self, precision, **options)

    def limit(self, **options: Any) -> MarkovLimit:
        """Where the principal branch leads: a stationary equilibrium. See `markov_solve.limit_markov`."""
        from offramp.games.markov_solve import limit_markov

        return limit_markov(self, **options)

    def branch(self, **options: Any) -> MarkovBranch:
        """The principal branch. See `markov_solve.branch_markov`."""
        from offramp.games.markov_solve import branch_markov

        return branch_markov(self, **options)

    def solve_finite(
        self, stages: int, precision: float | Mapping[str, float] | Sequence[float], **options: Any
    ) -> Any:
        """The game of finitely many stages, by backward induction. See `markov_finite.solve_finite`."""
        from offramp.games.markov_finite import solve_finite

        return solve_finite(self, stages, precision, **options)

    def player_index(self, player: str | int) -> int:
        """Position of a player. Raises `InputError` with the known names."""
        if isinstance(player, int) and 0 <= player < len(self.players):
            return player
        if player in self.players:
            return self.players.index(str(player))
        raise InputError(f"{self.title!r} has no player {player!r}; players: {', '.join(map(repr, self.players))}.")

    def about(self) -> dict[str, Any]:
        """Sizes and names, as JSON would hold them."""
        states, players, actions = self.shape
        return {
            "title": self.title, "states": states, "players": players, "most_actions": actions,
            "discount": self.discount.tolist(), "num_actions": self.num_actions.tolist(),
        }  # fmt: skip

    def __str__(self) -> str:
        states, players, actions = self.shape
        return (
            f"{self.title}: {states} states, {players} players, up to {actions} actions, "
            f"discount {', '.join(f'{d:g}' for d in self.discount)}"
        )

    def __repr__(self) -> str:
        states, players, actions = self.shape
        return f"<MarkovGame {self.title!r}: {states} states, {players} players, up to {actions} actions>"


def markov_game(
    payoffs: ArrayLike,
    transitions: ArrayLike,
    discount: ArrayLike,
    num_actions: ArrayLike | None = None,
    *,
    title: str = "Markov game",
    states: Sequence[str] | None = None,
    players: Sequence[str] | None = None,
) -> MarkovGame:
    """A Markov game from arrays.

    Raises:
        InputError: For shapes that do not fit, payoffs that are not finite, transitions that are negative or do not sum
            to 1, discount factors outside [0, 1), or arrays too large to solve.
    """
    u, phi = np.asarray(payoffs, dtype=np.float64), np.asarray(transitions, dtype=np.float64)
    if u.ndim < 3 or u.ndim != u.shape[1] + 2:
        raise InputError(
            f"{title}: payoffs have shape {u.shape}; expected (states, players, a1, ..., aP), with one axis of actions "
            "for each player."
        )
    count, players_n, actions = u.shape[0], u.shape[1], u.shape[2:]
    if phi.shape != (count, *actions, count):
        raise InputError(f"{title}: transitions have shape {phi.shape}; expected {(count, *actions, count)}.")
    delta = np.asarray(discount, dtype=np.float64)
    if delta.ndim > 1 or (delta.ndim == 1 and delta.shape[0] not in (1, players_n)):
        raise InputError(f"{title}: discount has shape {delta.shape}; expected one number or one for each player.")
    delta = np.broadcast_to(delta, (players_n,)).copy()
    if not np.all((delta >= 0) & (delta < 1)):
        raise InputError(f"{title}: discount factors are {delta.tolist()}; expected numbers from 0 to below 1.")
    numbers = _numbers(num_actions, count, actions, title)
    _check_size(title, count, players_n, max(actions))
    game = MarkovGame(
        u, phi, delta, numbers, title,
        tuple(states) if states is not None else tuple(str(s + 1) for s in range(count)),
        tuple(players) if players is not None else tuple(f"Player {p + 1}" for p in range(players_n)),
    )  # fmt: skip
    used = game._used()
    _check_values(game, used)
    object.__setattr__(game, "payoffs", np.where(used[:, None], u, 0.0))
    object.__setattr__(game, "transitions", np.where(used[..., None], phi, 0.0))
    return game


def _numbers(given: ArrayLike | None, count: int, actions: tuple[int, ...], title: str) -> Ints:
    if given is None:
        return np.tile(np.array(actions, dtype=np.int64), (count, 1))
    numbers = np.asarray(given)
    if numbers.shape != (count, len(actions)) or not np.all(np.equal(np.mod(numbers, 1), 0)):
        raise InputError(
            f"{title}: num_actions has shape {numbers.shape}; expected whole numbers of shape {(count, len(actions))}."
        )
    numbers = numbers.astype(np.int64)
    if np.any(numbers < 1) or np.any(numbers > np.array(actions)):
        s, p = np.argwhere((numbers < 1) | (numbers > np.array(actions)))[0]
        raise InputError(
            f"{title}: num_actions[{s}, {p}] is {numbers[s, p]}; expected 1 to {actions[p]}, the size of its axis."
        )
    return numbers


def _check_values(game: MarkovGame, used: NDArray[np.bool_]) -> None:
    for p in range(game.shape[1]):
        bad = np.argwhere(used & ~np.isfinite(game.payoffs[:, p]))
        if len(bad):
            s, *profile = (int(x) for x in bad[0])
            value = game.payoffs[(s, p, *profile)]
            raise InputError(f"{game.title}: payoffs[{s}, {p}, {profile}] is {value}; expected a finite number.")
    rows = game.transitions[used]
    at = np.argwhere(used)
    bad = np.argwhere(~(rows >= 0))  # catches NaN as well
    if len(bad):
        s, *profile = (int(x) for x in at[bad[0][0]])
        value = rows[tuple(bad[0])]
        raise InputError(f"{game.title}: transitions[{s}, {profile}, {bad[0][1]}] is {value}; expected at least 0.")
    off = np.argwhere(~(np.abs(rows.sum(axis=1) - 1) < SUM_TOLERANCE))
    if len(off):
        s, *profile = (int(x) for x in at[off[0][0]])
        total = rows[off[0][0]].sum()
        raise InputError(f"{game.title}: transitions[{s}, {profile}, :] sum to {total:.10g}; expected 1.")


def _check_size(title: str, states: int, players: int, actions: int) -> None:
    joint = float(actions) ** players
    needed = 8 * (3 * states * states * joint + 3 * (states * players) ** 2)
    if needed > MOST_BYTES:
        raise InputError(
            f"{title} is too large: {states:,} states, {players} players and {actions} actions need about "
            f"{needed / 2**30:,.0f} GiB, and at most {MOST_BYTES / 2**30:.0f} GiB are used."
        )


def tabulate(
    states: Sequence[str],
    players: Sequence[str],
    actions: Callable[[str, str], Sequence[str]],
    stage: Callable[[str, Mapping[str, str]], tuple[Sequence[float], Mapping[str, float]]],
    discount: ArrayLike,
    *,
    title: str = "Markov game",
) -> MarkovGame:
    """A Markov game from functions.

    Args:
        states, players: Names.
        actions: (state, player) to the names of the player's actions there, at least one.
        stage: (state, {player: action}) to the players' payoffs in utils and {next state: probability}.
        discount: One factor, or one for each player.
    """
    menus = [[list(actions(s, p)) for p in players] for s in states]
    counts = np.array([[len(menu) for menu in row] for row in menus], dtype=np.int64)
    most = [int(counts[:, p].max()) for p in range(len(players))]
    u = np.zeros((len(states), len(players), *most))
    phi = np.zeros((len(states), *most, len(states)))
    place = {name: k for k, name in enumerate(states)}
    for s, state in enumerate(states):
        for profile in np.ndindex(*counts[s]):
            chosen = {name: menus[s][p][profile[p]] for p, name in enumerate(players)}
            gains, moves = stage(state, chosen)
            u[(s, slice(None), *profile)] = gains
            for target, chance in moves.items():
                if target not in place:
                    raise InputError(
                        f"{title}: {state!r} leads to {target!r}, which is no state; known: {', '.join(states)}."
                    )
                phi[(s, *profile, place[target])] += chance
    return markov_game(u, phi, discount, counts, title=title, states=states, players=players)


def read_npz(path: str | Path) -> MarkovGame:
    """A Markov game from an .npz file with arrays payoffs, transitions, discount and num_actions.

    Raises `InputError` that names the array at fault.
    """
    found = _arrays(Path(path))
    held: dict[str, NDArray[Any]] = {}
    for name, aliases in NAMES.items():
        array = next((found[alias] for alias in aliases if alias in found), None)
        if array is None:
            if name == "num_actions":
                continue
            here = ", ".join(found) or "no arrays"
            raise InputError(f"{path}: no array {name!r}; the file holds {here}.")
        if array.dtype.kind not in "fiub":
            raise InputError(f"{path}: array {name!r} has type {array.dtype}; expected numbers.")
        held[name] = array
    return markov_game(held["payoffs"], held["transitions"], held["discount"], held.get("num_actions"), title=str(path))


#: What `zipfile` and NumPy raise for bytes that are no archive of arrays.
_DAMAGED = (
    OSError, ValueError, EOFError, KeyError, TypeError, SyntaxError, RuntimeError, OverflowError, MemoryError,
    NotImplementedError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file. Not `np.load`, which believes whatever size an archive claims."""
    found: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > MOST_FILE:
                raise InputError(f"{path}: {size:,} bytes of arrays; at most {MOST_FILE:,} are read.")
            for member in archive.infolist():
                array = np.lib.format.read_array(io.BytesIO(archive.read(member)), allow_pickle=False)
                found[member.filename.removesuffix(".npy")] = array
    except _DAMAGED as error:
        raise InputError(f"{path}: not an .npz file of arrays: {error}.") from error
    return found


def write_npz(game: MarkovGame, path: str | Path) -> None:
    """Writes the game's arrays. Raises `InputError` when the place cannot be written."""
    try:
        np.savez_compressed(
            path, payoffs=game.payoffs, transitions=game.transitions, discount=game.discount,
            num_actions=game.num_actions,
        )  # fmt: skip
    except OSError as error:
        raise InputError(f"{path}: cannot write: {error.strerror}.") from error
