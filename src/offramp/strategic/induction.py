"""Starting values by statistical backward induction: the moves fitted one by one, the last first.

Given the probabilities of all later moves, the value of an action is linear in the coefficients, so that every move is
a conditional logit of its own. The estimates are rough but near: they begin the climb, and no more.
"""

from __future__ import annotations

import numpy as np

from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample
from offramp.strategic.rows import Branch, Choice, Leaf, Lottery, TreeRows

STEPS = 12
RIDGE = 1e-6
PROBIT = 1.7  # logistic over normal scale


def induced(sample: Sample, model: TreeRows) -> Floats:
    """Coefficients from the moves fitted one by one."""
    beta = np.zeros(sample.size)
    gets = {(outcome, player): index for outcome, player, index in model.utilities}

    def worth(outcome: int, player: int) -> tuple[Floats, Floats] | None:
        """Offset (n,) and derivative (n, P) of a payoff."""
        index = gets.get((outcome, player))
        if index is None:
            return None
        slope = np.zeros((sample.rows, sample.size))
        block = sample.blocks[index]
        for column, place in enumerate(block.coefficients):
            slope[:, place] += block.columns[:, column]
        return sample.offset[:, index], slope

    def visit(node: Branch) -> dict[int, Floats]:
        """Probabilities of the node's outcomes, given that it is reached."""
        if isinstance(node, Leaf):
            return {node.outcome: np.ones(sample.rows)}
        below = [visit(branch) for branch in node.branches]
        chances = _stage(node, below) if isinstance(node, Choice) else _fixed(node, sample.rows)
        out: dict[int, Floats] = {}
        for chance, ends in zip(chances, below, strict=True):
            for outcome, share in ends.items():
                out[outcome] = out.get(outcome, 0.0) + chance * share
        return out

    def _stage(node: Choice, below: list[dict[int, Floats]]) -> list[Floats]:
        offsets, slopes, counts = [], [], []
        for ends in below:
            offset, slope, count = np.zeros(sample.rows), np.zeros((sample.rows, sample.size)), np.zeros(sample.rows)
            for outcome, chance in ends.items():
                payoff = worth(outcome, node.player)
                if payoff is not None:
                    offset += chance * payoff[0]
                    slope += chance[:, None] * payoff[1]
                count += sample.data[:, outcome]
            offsets.append(offset)
            slopes.append(slope)
            counts.append(count * sample.weights)
        scale = 2.0**0.5 / (PROBIT if model.link == "probit" else 1.0)
        return _conditional_logit(offsets, slopes, counts, beta, scale)

    visit(model.root)
    return beta


def _conditional_logit(
    offsets: list[Floats], slopes: list[Floats], counts: list[Floats], beta: Floats, scale: float
) -> list[Floats]:
    """Fits the coefficients that matter here, in place, and returns the actions' probabilities."""
    base_slope, base_offset = slopes[0], offsets[0]
    z = [(s - base_slope) / scale for s in slopes[1:]]
    o = [(f - base_offset) / scale for f in offsets[1:]]
    here = np.flatnonzero(sum(np.abs(d).sum(axis=0) for d in z))
    total = np.sum(counts, axis=0)
    seen = np.flatnonzero(total)
    columns = [d[np.ix_(seen, here)] for d in z]
    ridge = RIDGE * len(seen) * np.diag(np.mean([np.mean(c**2, axis=0) for c in columns], axis=0) + 1e-12)
    current = np.zeros(len(here))
    for _ in range(STEPS):
        chance = _softmax([f[seen] + c @ current for f, c in zip(o, columns, strict=True)])
        gradient, curvature = -ridge @ current, ridge.copy()
        for i, left in enumerate(columns):
            gradient += left.T @ (counts[i + 1][seen] - total[seen] * chance[i + 1])
            for j, right in enumerate(columns):
                w = total[seen] * chance[i + 1] * ((i == j) - chance[j + 1])
                curvature += left.T @ (w[:, None] * right)
        move = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        reach = max(float(np.max(np.abs(c @ move))) if len(seen) else 0.0 for c in columns) if len(here) else 0.0
        current = current + move * min(1.0, 4.0 / max(reach, 1e-300))
        if reach < 1e-3:
            break
    beta[here] = current
    return _softmax([f + d[:, here] @ current for f, d in zip(o, z, strict=True)])


def _fixed(node: Lottery, rows: int) -> list[Floats]:
    return [np.full(rows, chance) for chance in node.chances]


def _softmax(values: list[Floats]) -> list[Floats]:
    stacked = np.stack([np.zeros_like(values[0]), *values])
    stacked = np.exp(stacked - stacked.max(axis=0))
    return list(stacked / stacked.sum(axis=0))
