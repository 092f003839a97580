"""The agent logit equations of a tree as a `continuation.System`.

Unknowns are the log-odds z_a of every action against the first of its information set, and the scale s of precision:
player p chooses with precision s * ratio_p. Equations: z_a = s ratio (q_a - q_first). Source: McKelvey and Palfrey
(1998), Experimental Economics 1, 9-41; tracing as in Turocy (2005), Games and Economic Behavior 51, 243-263.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from offramp.games.arrays import TreeArrays
from offramp.games.continuation import FULL_SIZE, Linear

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)


class TreeSystem:
    """Logit equations of one tree; `ratio` holds each player's precision per unit of the parameter."""

    def __init__(self, arrays: TreeArrays, ratio: Floats) -> None:
        self.arrays = arrays
        self.size = len(arrays.free)
        self.players = np.asarray(ratio, dtype=np.float64)
        self.ratio = np.asarray(ratio, dtype=np.float64)[arrays.player[arrays.free]]
        self.spread = float(np.max(np.ptp(arrays.payoffs, axis=0) * ratio, initial=0.0)) or 1.0
        self.unit = 1.0 / self.spread
        self.share = 1.0 / np.sqrt(max(self.size, 1))
        self._column = arrays.infoset_of[arrays.free]

    def start(self) -> Floats:
        """Uniform play at precision 0."""
        return np.zeros(self.size + 1)

    def weights(self, point: Floats) -> Floats:
        """Log-odds count less the larger they are, precision in proportion."""
        weights: Floats = self.share / (1.0 + np.abs(point) / FULL_SIZE)
        weights[-1] = 1.0 / (self.unit + abs(point[-1]))
        return weights

    def noise(self, point: Floats) -> float:
        """Rounding of s * q, with room."""
        return 32 * EPS * (1 + abs(float(point[-1])) * self.spread)

    def equations(self, point: Floats) -> tuple[Floats, Floats, Floats]:
        """F (N,), its Jacobian in z (N, N), and its derivative in s (N,)."""
        arrays = self.arrays
        logs = arrays.log_probabilities(point[:-1])
        value, slope = arrays.values(logs)
        gain = self.ratio * (value[arrays.free] - value[arrays.reference])
        # d log p_b / d z_c = 1(b = c) - p_c within an information set.
        gap = slope[arrays.free] - slope[arrays.reference]
        passing = np.add.reduceat(gap, arrays.starts, axis=1)
        moved = gap[:, arrays.free] - passing[:, self._column] * np.exp(logs[arrays.free])
        jacobian = moved * (-point[-1] * self.ratio)[:, None]
        jacobian.flat[:: self.size + 1] += 1.0
        return point[:-1] - point[-1] * gain, jacobian, -gain

    def linear(self, point: Floats, border: Floats, *, sign: bool = False) -> Linear:
        """Newton step and tangent from one factorisation of the bordered matrix."""
        residual, jacobian, slope = self.equations(point)
        n = self.size
        matrix = np.empty((n + 1, n + 1))
        matrix[:n, :n], matrix[:n, n], matrix[n] = jacobian, slope, border
        sides = np.zeros((n + 1, 2))
        sides[:n, 0], sides[n, 1] = -residual, 1.0
        try:
            found: Floats = np.asarray(np.linalg.solve(matrix, sides), dtype=np.float64)
        except np.linalg.LinAlgError:  # exactly singular: a bifurcation met head-on; the shortest step will do
            found = np.asarray(np.linalg.lstsq(matrix, sides, rcond=None)[0], dtype=np.float64)
        way = float(np.linalg.slogdet(matrix)[0]) if sign else 0.0
        return Linear(float(np.abs(residual).max(initial=0.0)), found[:, 0], found[:, 1], way)

    def residual(self, point: Floats) -> float:
        """Largest |logit reply - probability|: how far the point is from an equilibrium."""
        arrays = self.arrays
        logs = arrays.log_probabilities(point[:-1])
        value = arrays.worth(logs)
        reply = arrays.log_probabilities(point[-1] * self.ratio * (value[arrays.free] - value[arrays.reference]))
        return float(np.abs(np.exp(reply) - np.exp(logs)).max(initial=0.0))
