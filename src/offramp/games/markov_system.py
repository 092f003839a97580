"""Stationary logit equilibrium of a Markov game as a `continuation.System`, with its block structure used.

Unknowns: log-odds z[s, p, a] of every action against the first, values V[s, p], and the precision. Equations:

    z[s,p,a] = lambda r_p (Q[s,p,a] - Q[s,p,0]),      V[s,p] = sum_a pi[s,p,a] Q[s,p,a],
    Q[s,p,a] = E over the others' play of u + delta_p sum_s' phi V[s',p].

Given V, the log-odds of one state meet only those of the same state. So the Jacobian is eliminated state by state, and
only a system in V and lambda, of size S P + 1, is factorised: 1/(A-1+1)^3 of the dense work, and a tenth of its memory
at three actions. Source of the homotopy: Eibelshaeuser and Poensgen (2019), Markov Quantal Response Equilibrium.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from offramp.games.continuation import FULL_SIZE, Linear
from offramp.games.markov import MarkovGame

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
VALUE_WEIGHT = 0.3  # what values count in the metric beside log-odds


class Stage(NamedTuple):
    """Play and what follows from it at given values."""

    play: Floats  # (S, P, A)
    q: Floats  # (S, P, A)
    pair: Floats  # (S, P, A, P, A): mean payoff of p's action a when p' plays b; 0 where p = p'
    to: Floats  # (S, P, A, S'): transitions given the player's action


class MarkovSystem:
    """The equations of one game; `ratio` holds each player's precision per unit of the parameter."""

    def __init__(self, game: MarkovGame, ratio: Floats) -> None:
        self.game = game
        self.players_ratio = np.asarray(ratio, dtype=np.float64)
        self.states, self.players, self.actions = game.shape
        self.spread = game.spread * float(np.max(ratio))
        self.unit = 1.0 / self.spread
        self.per_state = self.players * (self.actions - 1)
        self.odds = self.states * self.per_state
        self.size = self.odds + self.states * self.players
        self.share = 1.0 / np.sqrt(max(self.odds, 1))
        self._open = game.open
        self._free = game.open[:, :, 1:]
        # Values are measured from the middle of each player's payoffs, so that constants cost no digits.
        used = game._used()
        self.middle = np.array(
            [(game.payoffs[:, p][used].max() + game.payoffs[:, p][used].min()) / 2 for p in range(self.players)]
        )
        shape = (self.states, self.players, *game.payoffs.shape[2:])
        self._payoffs = (game.payoffs - self.middle.reshape(1, -1, *[1] * self.players)).reshape(shape)
        self._rows = np.ascontiguousarray(game.transitions.reshape(-1, self.states))

    # ---- play ---------------------------------------------------------------------------------------------------
    def split(self, point: Floats) -> tuple[Floats, Floats, float]:
        """Log-odds (S, P, A-1), values (S, P) in units of the payoffs' spread, precision."""
        z = point[: self.odds].reshape(self.states, self.players, self.actions - 1)
        return z, point[self.odds : -1].reshape(self.states, self.players), float(point[-1])

    def logs(self, point: Floats) -> Floats:
        """(S, P, A) log-probabilities; -inf in unused slots."""
        z, _, _ = self.split(point)
        full = np.concatenate([np.zeros((self.states, self.players, 1)), z], axis=2)
        full = np.where(self._open, full, -np.inf)
        full = full - full.max(axis=2, keepdims=True)
        return np.asarray(full - np.log(np.exp(full).sum(axis=2, keepdims=True)))

    def stage(self, play: Floats, values: Floats, *, deep: bool = True) -> Stage:
        """Action values at play (S, P, A) and values (S, P) in utils from the middle; `deep` adds the rest."""
        game, count = self.game, self.players
        sizes = game.payoffs.shape[2:]
        ahead = (self._rows @ (values * game.discount)).reshape(self.states, -1, count)
        worth = self._payoffs + ahead.transpose(0, 2, 1).reshape(self._payoffs.shape)
        q = np.zeros((self.states, count, self.actions))
        shares = [play[:, p, : sizes[p]] for p in range(count)]
        if not deep:
            for p in range(count):
                q[:, p, : sizes[p]] = _expect(worth[:, p], shares, keep=(p,))
            return Stage(play, q, np.zeros(0), np.zeros(0))
        pair = np.zeros((self.states, count, self.actions, count, self.actions))
        wide = [np.repeat(share, count, axis=0) for share in shares]
        flat = worth.reshape(self.states * count, *sizes)
        for p in range(count):
            for other in range(p + 1, count):
                both = _expect(flat, wide, keep=(p, other)).reshape(self.states, count, sizes[p], sizes[other])
                pair[:, p, : sizes[p], other, : sizes[other]] = both[:, p]
                pair[:, other, : sizes[other], p, : sizes[p]] = both[:, other].swapaxes(1, 2)
        for p in range(count):
            other = (p + 1) % count
            if count > 1:
                q[:, p] = (pair[:, p, :, other] @ play[:, other, :, None])[..., 0]
            else:
                q[:, p] = worth[:, 0]
        to = np.zeros((self.states, count, self.actions, self.states))
        for p in range(count):
            to[:, p, : sizes[p]] = _expect(game.transitions, shares, keep=(p,))
        return Stage(play, q, pair, to)

    def exact_values(self, play: Floats) -> Floats:
        """(S, P) expected discounted payoffs of stationary play, utils from the middle, by linear equations."""
        game = self.game
        sizes = game.payoffs.shape[2:]
        shares = [play[:, p, : sizes[p]] for p in range(self.players)]
        moved = _expect(game.transitions, shares, keep=())
        found = np.zeros((self.states, self.players))
        for p in range(self.players):
            gain = _expect(self._payoffs[:, p], shares, keep=())
            found[:, p] = np.linalg.solve(np.eye(self.states) - game.discount[p] * moved, gain)
        return found

    def start(self) -> Floats:
        """Uniform play at precision 0, with its values."""
        point = np.zeros(self.size + 1)
        play = np.exp(self.logs(point))
        point[self.odds : -1] = self.exact_values(play).ravel() / self.game.spread
        return point

    # ---- the system ---------------------------------------------------------------------------------------------
    def weights(self, point: Floats) -> Floats:
        """Log-odds count less the larger they are, values by the payoffs' spread, precision in proportion."""
        weights: Floats = self.share / (1.0 + np.abs(point) / FULL_SIZE)
        weights[self.odds : -1] = self.share * VALUE_WEIGHT
        weights[-1] = 1.0 / (self.unit + abs(point[-1]))
        return weights

    def noise(self, point: Floats) -> float:
        """Rounding of precision times value, with room."""
        horizon = 1.0 / (1.0 - float(self.game.discount.max()))
        return 32 * EPS * (1 + abs(float(point[-1])) * self.spread * horizon)

    def linear(self, point: Floats, border: Floats, *, sign: bool = False) -> Linear:
        """Newton step and tangent by elimination of the log-odds."""
        game, (n_s, n_p, n_a) = self.game, (self.states, self.players, self.actions)
        k, spread, ratio = self.per_state, self.game.spread, self.players_ratio
        z, v, lam = self.split(point)
        at = self.stage(np.exp(self.logs(point)), v * spread)
        play, q = at.play, at.q
        gain = (q[:, :, 1:] - q[:, :, :1]) * ratio[:, None]
        gain = np.where(self._free, gain, 0.0)
        mean = (play * q).sum(axis=2)
        f1 = (z - lam * gain).reshape(n_s, k)
        f2 = v - mean / spread
        # d Q[p, a] / d z[p', c] = play[p', c] (pair[p, a, p', c] - Q[p, a]), 0 for the own log-odds.
        dq = (at.pair - q[:, :, :, None, None]) * play[:, None, None]
        for p in range(n_p):
            dq[:, p, :, p] = 0.0
        turn = dq[:, :, 1:, :, 1:] - dq[:, :, :1, :, 1:]
        turn = np.where(self._free[:, :, :, None, None], turn, 0.0) * (-lam * ratio)[:, None, None, None]
        block = turn.reshape(n_s, k, k)
        block[:, np.arange(k), np.arange(k)] += 1.0
        inverse = np.linalg.inv(block) if k else block
        # d (sum_a play Q) / d z: own part play (Q - mean), others through Q.
        flat = dq.reshape(n_s, n_p, n_a, n_p * n_a)
        worth = (play[:, :, None] @ flat).reshape(n_s, n_p, n_p, n_a)[:, :, :, 1:].copy()
        for p in range(n_p):
            worth[:, p, p] = play[:, p, 1:] * (q[:, p, 1:] - mean[:, p, None])
        worth = worth.reshape(n_s, n_p, k) / spread
        through = worth @ inverse  # (S, P, K): -dF2/dz B^-1 up to sign
        tied = (border[: self.odds].reshape(n_s, 1, k) @ inverse)[:, 0]  # border B^-1
        size = n_s * n_p
        matrix = np.zeros((size + 1, size + 1))
        core = matrix[:size, :size].reshape(n_s, n_p, n_s, n_p)
        index = np.arange(n_s)
        share = (lam * spread) * ratio * game.discount
        step = (at.to[:, :, 1:] - at.to[:, :, :1]) * share[:, None, None]  # -dF1/dV, (S, P, A-1, S')
        step *= self._free[..., None]
        by_player = through.reshape(n_s, n_p, n_p, n_a - 1).swapaxes(1, 2)  # (S, p moved, p worth, A-1)
        core[...] = -(by_player @ step).transpose(0, 2, 3, 1)
        onward = (play[:, :, None] @ at.to)[:, :, 0] * game.discount[:, None]  # (S, P, S')
        for p in range(n_p):
            core[:, p, :, p] -= onward[:, p]
            core[index, p, index, p] += 1.0
        last = (tied.reshape(n_s, n_p, 1, n_a - 1) @ step)[:, :, 0].sum(axis=0).T  # (S', P)
        # Column of lambda and right sides, log-odds eliminated: dz = B^-1 (-F1 + step dV + gain dlam).
        side = gain.reshape(n_s, k)
        matrix[:size, size] = -(through @ side[..., None]).ravel()
        matrix[size, :size] = (border[self.odds : -1].reshape(n_s, n_p) + last).ravel()
        matrix[size, size] = border[-1] + float(np.sum(tied * side))
        sides = np.zeros((size + 1, 2))
        sides[:size, 0] = (-f2 - (through @ f1[..., None])[..., 0]).ravel()
        sides[size, 0] = float(np.sum(tied * f1))
        sides[size, 1] = 1.0
        found = np.asarray(np.linalg.solve(matrix, sides), dtype=np.float64)
        way = 0.0
        if sign:
            way = float(np.linalg.slogdet(matrix)[0]) * (float(np.prod(np.linalg.slogdet(block)[0])) if k else 1.0)
        vectors = []
        for column, scale in ((0, -1.0), (1, 0.0)):
            dv = found[:size, column].reshape(n_s, n_p)
            drift = (step @ dv.T[None, :, :, None])[..., 0].reshape(n_s, k)
            dz = inverse @ (scale * f1 + drift + side * found[size, column])[..., None]
            vectors.append(np.concatenate([dz.ravel(), dv.ravel(), found[size:, column]]))
        worst = max(float(np.abs(f1).max(initial=0.0)), float(np.abs(f2).max(initial=0.0)))
        return Linear(worst, vectors[0], vectors[1], way)

    def indifference_step(self, play: Floats) -> Floats | None:
        """Newton step in play (S, P, A) towards equal worth of all actions in use; None where that is singular.

        Values move with play; unused actions stay unused. Solved densely over the mixed actions, of which a limit has
        few.
        """
        game = self.game
        used = (play > 0) & self._open
        first = used.argmax(axis=2)
        rest = used.copy()
        np.put_along_axis(rest, first[:, :, None], False, axis=2)
        where = np.argwhere(rest)
        if not len(where):
            return np.zeros_like(play)
        if len(where) > 3000:
            return None
        values = self.exact_values(play)
        at = self.stage(play, values)
        sizes = game.payoffs.shape[2:]
        moved = _expect(game.transitions, [play[:, p, : sizes[p]] for p in range(self.players)], keep=())
        s, p, a = where.T
        base = first[s, p]
        wrong = at.q[s, p, a] - at.q[s, p, base]
        # Moving weight from `base` to `a` by d shifts values by (I - delta P)^-1 times the one-shot effect.
        matrix = np.zeros((len(where), len(where)))
        for player in range(self.players):
            ahead = np.linalg.inv(np.eye(self.states) - game.discount[player] * moved)
            mixed: Floats = np.einsum("sa,saob->sob", play[:, player], at.pair[:, player])
            own = np.where(p == player, at.q[s, player, a] - at.q[s, player, base], 0.0)
            other = np.where(p == player, 0.0, mixed[s, p, a] - mixed[s, p, base])
            shift = ahead[:, s] * (own + other)  # (S, n): dV of this player
            mine = np.flatnonzero(p == player)
            moving = at.to[s[mine], player, a[mine]] - at.to[s[mine], player, base[mine]]
            matrix[mine] += game.discount[player] * moving @ shift
            pair = at.pair[:, player]
            same = s[mine][:, None] == s[None, :]
            rows, others = np.nonzero(same & (p[None, :] != player))
            r, c = mine[rows], others
            effect = (pair[s[r], a[r], p[c], a[c]] - pair[s[r], base[r], p[c], a[c]]) - (
                pair[s[r], a[r], p[c], base[c]] - pair[s[r], base[r], p[c], base[c]]
            )
            matrix[r, c] += effect
        try:
            found = np.linalg.solve(matrix, -wrong)
        except np.linalg.LinAlgError:
            return None
        step = np.zeros_like(play)
        step[s, p, a] = found
        np.add.at(step, (s, p, base), -found)
        return step

    def residual(self, point: Floats) -> float:
        """Largest |logit reply - probability|, at the exact discounted values of the same play."""
        play = np.exp(self.logs(point))
        q = self.stage(play, self.exact_values(play), deep=False).q
        scaled = np.where(self._open, float(point[-1]) * self.players_ratio[:, None] * q, -np.inf)
        reply = np.exp(scaled - scaled.max(axis=2, keepdims=True))
        return float(np.abs(reply / reply.sum(axis=2, keepdims=True) - play).max())

    def gains(self, play: Floats) -> tuple[Floats, Floats, Floats]:
        """At stationary play: values (S, P) and action values (S, P, A) in utils, and one-shot gains (S, P)."""
        values = self.exact_values(play)
        q = self.stage(play, values, deep=False).q
        best = np.where(self._open, q, -np.inf).max(axis=2)
        shift = self.middle / (1.0 - self.game.discount)
        gain = np.maximum(best - np.einsum("spa,spa->sp", play, q), 0.0)
        return values + shift, np.where(self._open, q + shift[:, None], 0.0), gain


def _expect(table: Floats, shares: list[Floats], *, keep: tuple[int, ...]) -> Floats:
    """Mean over the play of the players not in `keep`; `table` is (S, a1..aP, rest)."""
    for p in range(len(shares) - 1, -1, -1):
        if p in keep:
            continue
        shape = table.shape
        before, after = prod(shape[1 : p + 1]), prod(shape[p + 2 :])
        flat = table.reshape(shape[0], before, shape[p + 1], after)
        moved = shares[p][:, None, None, :] @ flat if after > 1 else flat[..., 0] @ shares[p][:, :, None]
        table = moved.reshape(shape[0], *shape[1 : p + 1], *shape[p + 2 :])
    return table
