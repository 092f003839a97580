"""A game tree as flat arrays, and what play at every information set is worth.

Everything follows from the leaves. With y the log-probabilities of actions, a leaf l is reached with log-probability
c_l + sum of y over the actions on its path. Because no path meets an information set twice, the value of an action is
the mean payoff over the leaves below it, weighted by their probabilities:

    q_a = E[u | a taken],    d q_a / d y_b = E[u 1_b | a] - q_a P(b | a),

where 1_b says whether action b lies on the path. Both need only sums over pairs of actions that share a leaf, so the
cost grows with leaves times depth squared, not with actions squared times leaves. Sums are scaled by the largest weight
of their row, so that probabilities below the range of floating-point numbers still give right beliefs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.games.form import CHANCE

if TYPE_CHECKING:
    from offramp.games.form import Game

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SMALLEST_LOG = -300.0  # below this log-probability the scaled sums are used
MOST_BYTES = 8 << 30
SMALL = 20_000  # actions squared times leaves up to which sums are one dense product


@dataclass(frozen=True, eq=False)
class TreeArrays:
    """A tree with A actions in H information sets and L leaves that chance does not rule out."""

    paths: Ints  # (L, d): actions on the way to a leaf, padded with A
    log_chance: Floats  # (L,)
    payoffs: Floats  # (L, P) utils
    starts: Ints  # (H,): first action of each information set
    sizes: Ints  # (H,)
    player: Ints  # (A,): player of each action
    leaves: Ints  # (L,): rows of Game.payoffs that these are

    @classmethod
    def of(cls, game: Game) -> TreeArrays:
        """Flattens a game. Raises `InputError` for information sets that chance cannot reach, or too large a game."""
        decisions = game.decisions
        sizes = np.array([len(i.actions) for i in decisions], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64) if len(sizes) else sizes
        first = {id(i): int(s) for i, s in zip(decisions, starts, strict=True)}
        chances = {
            k: np.array(game.chances_of(i), dtype=np.float64) for k, i in enumerate(game.infosets) if i.player == CHANCE
        }
        log_reach = np.zeros(len(game.nodes))
        paths: list[tuple[int, ...]] = []
        with np.errstate(divide="ignore"):
            logs = {k: np.log(row) for k, row in chances.items()}
        for index, node in enumerate(game.nodes):
            if node.parent < 0:
                paths.append(())
                continue
            parent = game.nodes[node.parent]
            log_reach[index] = log_reach[node.parent]
            if parent.kind == "chance":
                log_reach[index] += logs[parent.infoset][node.action]
                paths.append(paths[node.parent])
            else:
                paths.append((*paths[node.parent], first[id(game.infosets[parent.infoset])] + node.action))
        live = [k for k, leaf in enumerate(game.leaves) if log_reach[leaf] > -np.inf]
        rows = [game.leaves[k] for k in live]
        depth, actions = max((len(paths[r]) for r in rows), default=0), int(sizes.sum())
        _check_memory(game.title, len(rows), depth, actions)
        table = np.full((len(rows), depth), actions, dtype=np.int64)
        for k, row in enumerate(rows):
            table[k, : len(paths[row])] = paths[row]
        player = np.repeat([i.player for i in decisions], sizes).astype(np.int64)
        found = cls(table, log_reach[rows], game.payoffs[live], starts, sizes, player, np.array(live, dtype=np.int64))
        unreached = np.bincount(table.ravel(), minlength=actions + 1)[:actions][starts] == 0 if len(starts) else []
        for infoset, bad in zip(decisions, unreached, strict=True):
            if bad:
                raise InputError(
                    f"{game.source or 'game'} {game.title!r}: information set {infoset.number} {infoset.name!r} of "
                    f"{game.players[infoset.player]!r} lies behind a chance move of probability 0, so beliefs there "
                    "are undefined; give that move a positive probability or leave the branch out."
                )
        return found

    # ---- structure --------------------------------------------------------------------------------------------
    @cached_property
    def actions(self) -> int:
        """A, the number of actions."""
        return int(self.sizes.sum())

    @cached_property
    def infoset_of(self) -> Ints:
        """(A,): information set of each action."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def free(self) -> Ints:
        """(N,): all actions but the first of each information set; the unknowns are their log-odds to the first."""
        return np.setdiff1d(np.arange(self.actions), self.starts)

    @cached_property
    def reference(self) -> Ints:
        """(N,): the first action of the information set of each free action."""
        return self.starts[self.infoset_of[self.free]]

    @cached_property
    def scale(self) -> float:
        """The largest spread of any player's payoffs, utils; 1 where all are constant."""
        spread = float(np.max(np.ptp(self.payoffs, axis=0))) if self.payoffs.size else 0.0
        return spread if spread > 0 else 1.0

    @cached_property
    def centred(self) -> Floats:
        """Payoffs less the middle of each player's range, so that constants cost no digits."""
        return np.asarray(self.payoffs - (self.payoffs.max(axis=0) / 2 + self.payoffs.min(axis=0) / 2))

    @cached_property
    def _pairs(self) -> tuple[Ints, Ints, Ints, Floats]:
        """Pairs (a, b) of actions that share a leaf: a*A+b, leaf, a, and the leaf's payoff to the player of a."""
        size, depth = self.paths.shape
        a = np.repeat(self.paths, depth, axis=1).ravel()
        b = np.tile(self.paths, (1, depth)).ravel()
        leaf = np.repeat(np.arange(size), depth * depth)
        keep = (a < self.actions) & (b < self.actions)
        a, b, leaf = a[keep], b[keep], leaf[keep]
        return a * self.actions + b, leaf, a, self.centred[leaf, self.player[a]]

    @cached_property
    def _below(self) -> tuple[Ints, Ints]:
        """Leaves below each action, sorted by action, and where each action's leaves start."""
        flat = self.paths.ravel()
        leaf = np.repeat(np.arange(self.paths.shape[0]), self.paths.shape[1])
        order = np.argsort(flat, kind="stable")
        order = order[flat[order] < self.actions]
        return leaf[order], np.searchsorted(flat[order], np.arange(self.actions))

    @cached_property
    def _small(self) -> tuple[Floats, Floats] | None:
        """For small trees, where calls cost more than sums: leaves by actions, and both pair sums as one matrix."""
        size, leaves = self.actions, len(self.leaves)
        if size * size * leaves > SMALL:
            return None
        pair, leaf, _, gain = self._pairs
        sums = np.zeros((2, size * size, leaves))
        np.add.at(sums[0], (pair, leaf), 1.0)
        np.add.at(sums[1], (pair, leaf), gain)
        on_path = np.zeros((leaves, size + 1))
        np.add.at(on_path, (np.repeat(np.arange(leaves), self.paths.shape[1]), self.paths.ravel()), 1.0)
        return np.ascontiguousarray(on_path[:, :size]), sums.reshape(2 * size * size, leaves)

    def action_on_path(self, action: int) -> NDArray[np.bool_]:
        """(L,): whether the leaf lies below the action."""
        return np.asarray((self.paths == action).any(axis=1))

    def infoset_on_path(self, infoset: int) -> NDArray[np.bool_]:
        """(L,): whether the leaf lies below the information set."""
        low = self.starts[infoset]
        return np.asarray(((self.paths >= low) & (self.paths < low + self.sizes[infoset])).any(axis=1))

    def with_payoffs(self, payoffs: Floats, log_chance: Floats | None = None) -> TreeArrays:
        """The same tree with other payoffs (L, P) and chances; what depends on the tree alone is kept."""
        new = replace(self, payoffs=payoffs, log_chance=self.log_chance if log_chance is None else log_chance)
        for name in ("actions", "infoset_of", "free", "reference", "_below"):
            new.__dict__[name] = getattr(self, name)
        pair, leaf, a, _ = self._pairs
        new.__dict__["_pairs"] = (pair, leaf, a, new.centred[leaf, self.player[a]])
        return new

    # ---- play -------------------------------------------------------------------------------------------------
    def log_probabilities(self, odds: Floats) -> Floats:
        """(A,) log-probabilities from (N,) log-odds against the first action; none is lost however small."""
        full = np.zeros(self.actions)
        full[self.free] = odds
        best = np.maximum.reduceat(full, self.starts)
        shifted = full - best[self.infoset_of]
        return np.asarray(shifted - np.log(np.add.reduceat(np.exp(shifted), self.starts))[self.infoset_of])

    def leaf_logs(self, logs: Floats) -> Floats:
        """(L,) log-probability that each leaf is reached."""
        if self._small is not None:
            return np.asarray(self.log_chance + self._small[0] @ logs)
        return np.asarray(self.log_chance + np.append(logs, 0.0)[self.paths].sum(axis=1))

    def values(self, logs: Floats) -> tuple[Floats, Floats]:
        """Action values q (A,), utils less the middle of the player's payoffs, and their Jacobian in log-probabilities.

        Valued given that the information set is reached, with beliefs from the same play.
        """
        reach = self.leaf_logs(logs)
        size = self.actions
        top = reach.max()
        deep = reach.min() - top < SMALLEST_LOG
        if self._small is not None and not deep:
            together, gains = (self._small[1] @ np.exp(reach - top)).reshape(2, size, size)
            mass = together.diagonal()
            value: Floats = gains.diagonal() / mass
            return value, (gains - value[:, None] * together) / mass[:, None]
        pair, leaf, a, gain = self._pairs
        if deep:
            below, start = self._below
            best = np.maximum.reduceat(reach[below], start)
            weight = np.exp(reach[leaf] - best[a])
        else:
            weight = np.exp(reach - top)[leaf]
        together = np.bincount(pair, weight, size * size).reshape(size, size)
        gains = np.bincount(pair, weight * gain, size * size).reshape(size, size)
        mass = together.diagonal()
        value = gains.diagonal() / mass
        return value, (gains - value[:, None] * together) / mass[:, None]

    def worth(self, logs: Floats) -> Floats:
        """Action values q (A,) alone, as in `values`."""
        reach = self.leaf_logs(logs)
        below, start = self._below
        owner = np.repeat(self.player, np.diff(np.append(start, len(below))))
        weight = reach[below]
        weight = np.exp(weight - np.repeat(np.maximum.reduceat(weight, start), np.diff(np.append(start, len(below)))))
        gain = np.add.reduceat(weight * self.centred[below, owner], start)
        return np.asarray(gain / np.add.reduceat(weight, start))


def _check_memory(title: str, leaves: int, depth: int, actions: int) -> None:
    needed = 8 * (4 * leaves * depth * depth + 6 * actions * actions)
    if needed > MOST_BYTES:
        raise InputError(
            f"{title!r} is too large: {leaves:,} leaves of depth {depth} and {actions:,} actions need about "
            f"{needed / 2**30:.3g} GiB, and at most {MOST_BYTES / 2**30:.3g} GiB are used."
        )
