"""The log-likelihood of rows of a tree of moves, by backward induction in logarithms.

Arrays have indices or outcomes first and rows last, so that loops over rows are what the compiler vectorises.

A tree is written in small tuples, so that it can be hashed and its compiled likelihood shared: `Leaf(k)` is the k-th
outcome, `Choice(player, branches)` a move, `Lottery(chances, branches)` a move of chance. `utilities` say
which index (a linear function of covariates) a player gets at an outcome; what is not named is 0.

Errors, with sigma the scale of the player's errors (lambda for the logit link):
  agent    every action of every move carries an error of its own: the mover compares two actions on the scale
           sqrt(2) sigma (Signorino 1999; Kenkel and Signorino 2014, J. Stat. Softw. 56(8));
  private  every payoff of a player who has moved carries an error that only he knows: the variance of the value of an
           action is sigma^2 times the sum of squared probabilities of its outcomes (Signorino 2003, Political
           Analysis 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from offramp.compiled import jax, jnp
from offramp.errors import InputError
from offramp.strategic.normal import log_cdf, log_phi

ROOT2 = 2.0**0.5
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(64)


class Leaf(NamedTuple):
    """A terminal node: the position of its outcome."""

    outcome: int


class Choice(NamedTuple):
    """A player's move."""

    player: int
    branches: tuple[Branch, ...]


class Lottery(NamedTuple):
    """A move of chance with fixed probabilities."""

    chances: tuple[float, ...]
    branches: tuple[Branch, ...]


Branch = Leaf | Choice | Lottery


class _Worth(NamedTuple):
    """For players who moved before: mean and variance of a node's worth (absent: 0); log-probabilities of its ends."""

    mean: dict[int, jax.Array]
    spread: dict[int, jax.Array]
    ends: dict[int, jax.Array | None]


@dataclass(frozen=True)
class TreeRows:
    """The likelihood of one row: `indices` linear indices in, log-probabilities of outcomes out.

    Attributes:
        root: The tree.
        utilities: (outcome, player, index) for every payoff that is not 0 for sure.
        players, outcomes, indices: Counts; indices include those of the scales, which come last.
        link, error: `probit` or `logit`; `agent` or `private`.
        scales: For every player the index of the logarithm of his scale, or -1 for a scale of 1.
    """

    root: Branch
    utilities: tuple[tuple[int, int, int], ...]
    players: int
    outcomes: int
    indices: int
    link: str
    error: str
    scales: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.error == "private":
            if self.link != "probit":
                raise InputError(
                    "private information needs the probit link: a weighted sum of logistic errors is not logistic, so "
                    "no logit formula exists. Give --link probit, or --error agent for the logit link."
                )
            _refuse_second_moves(self.root, ())

    def log_outcomes(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-probabilities of all outcomes, shape (outcomes, n), at indices `eta`, (indices, n)."""
        return self._walk(eta)[0]

    def predicted(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Probabilities of all outcomes."""
        return jnp.exp(self.log_outcomes(eta, row))

    def log_moves(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-probabilities of every action of every move, in preorder, (actions, n)."""
        return jnp.stack(self._walk(eta)[1])

    def log_lik(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-likelihood of the counts of outcomes in `row`, (outcomes, n); without the multinomial constant."""
        return jnp.sum(row * self.log_outcomes(eta, row), axis=0)

    @property
    def width(self) -> int:
        """Numbers in a row of data."""
        return self.outcomes

    def _walk(self, eta: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        gets = {(outcome, player): index for outcome, player, index in self.utilities}
        sigma = [jnp.exp(eta[i]) if i >= 0 else jnp.ones(()) for i in self.scales]
        moves: list[jax.Array] = []
        zero = jnp.zeros_like(eta[0])

        def value(node: Branch, movers: tuple[int, ...]) -> _Worth:
            if isinstance(node, Leaf):
                has = {p: eta[gets[node.outcome, p]] for p in movers if (node.outcome, p) in gets}
                spread = {p: sigma[p] ** 2 for p in movers} if self.error == "private" else {}
                return _Worth(has, spread, {node.outcome: None})
            place = len(moves)
            if isinstance(node, Choice):
                moves.extend([zero] * len(node.branches))
                movers = (*movers, node.player) if node.player not in movers else movers
            below = [value(branch, movers) for branch in node.branches]
            if isinstance(node, Lottery):
                logs = [jnp.log(jnp.asarray(c)) + zero for c in node.chances]
            else:
                logs = self._chosen(
                    [b.mean.get(node.player, zero) for b in below],
                    [b.spread.get(node.player, zero) for b in below],
                    sigma[node.player],
                )
                moves[place : place + len(logs)] = logs
            return _mixed(logs, below)

        ends = value(self.root, ()).ends
        logs_of = [ends[o] for o in range(self.outcomes)]
        return jnp.stack([zero if log is None else log for log in logs_of]), moves

    def _chosen(self, means: list[jax.Array], spreads: list[jax.Array], sigma: jax.Array) -> list[jax.Array]:
        """Log-probabilities of the actions of a mover who values them so."""
        private = self.error == "private"
        if len(means) == 2:
            scale = jnp.sqrt(spreads[0] + spreads[1]) if private else ROOT2 * sigma
            gap = (means[1] - means[0]) / scale
            return [log_cdf(self.link, -gap), log_cdf(self.link, gap)]
        if self.link == "logit":
            logs = jax.nn.log_softmax(jnp.stack(means) / (ROOT2 * sigma), axis=0)
            return [logs[i] for i in range(len(means))]
        own = [jnp.sqrt(s) if private else sigma for s in spreads]
        x, w = jnp.asarray(NODES)[:, None], jnp.log(jnp.asarray(WEIGHTS / WEIGHTS.sum()))[:, None]
        logs_of = []
        for i, (mean, sd) in enumerate(zip(means, own, strict=True)):
            inside = w
            for j, (other, sd_other) in enumerate(zip(means, own, strict=True)):
                if j != i:
                    inside = inside + log_phi((mean + sd * x - other) / sd_other)
            logs_of.append(jax.nn.logsumexp(inside, axis=0))
        total = jax.nn.logsumexp(jnp.stack(logs_of), axis=0)  # 1 up to quadrature; keeps the sum exact
        return [log - total for log in logs_of]


def _mixed(logs: list[jax.Array], below: list[_Worth]) -> _Worth:
    """A node's worth from those of its branches and their log-probabilities."""
    chance = [jnp.exp(log) for log in logs]
    mean: dict[int, jax.Array] = {}
    spread: dict[int, jax.Array] = {}
    ends: dict[int, jax.Array | None] = {}
    for log, c, worth in zip(logs, chance, below, strict=True):
        for p, u in worth.mean.items():
            mean[p] = mean[p] + c * u if p in mean else c * u
        for p, v in worth.spread.items():
            spread[p] = spread[p] + c * c * v if p in spread else c * c * v
        for outcome, inner in worth.ends.items():
            here = log if inner is None else log + inner
            known = ends.get(outcome)
            ends[outcome] = here if known is None else jnp.logaddexp(known, here)
    return _Worth(mean, spread, ends)


def _refuse_second_moves(node: Branch, before: tuple[int, ...]) -> None:
    if isinstance(node, Leaf):
        return
    if isinstance(node, Choice):
        if node.player in before:
            raise InputError(
                "private information: a player who moves twice on one path has revealed part of it by the first move, "
                "and backward induction does not hold. Use --error agent, or CrisisSignaling for that game."
            )
        before = (*before, node.player)
    for branch in node.branches:
        _refuse_second_moves(branch, before)
