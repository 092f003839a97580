"""From the derivatives of rows to those of coefficients: the likelihood of a whole sample.

Index k of row i is offset[i, k] + sum of columns times coefficients. A coefficient may stand in several indices (shared
between utilities); a fixed one has gone into the offsets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from offramp.strategic import kernels
from offramp.strategic.kernels import Floats, RowModel

SMALL = 2048


@dataclass(frozen=True, eq=False)
class Block:
    """The columns of one index: values (n, m) and the coefficient that multiplies each."""

    columns: Floats
    coefficients: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Sample:
    """A log-likelihood as a function of free coefficients.

    Attributes:
        model: The likelihood of one row.
        blocks: One for every index, in order.
        offset: (n, K).
        data: (n, D), what the row model reads.
        weights: (n,), not negative.
        size: How many free coefficients.
    """

    model: RowModel
    blocks: tuple[Block, ...]
    offset: Floats
    data: Floats
    weights: Floats
    size: int
    _groups: tuple[tuple[int, int, int], ...] = field(init=False, repr=False)
    _places: tuple[slice | NDArray[np.intp], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        place = {}
        for number, (k, j) in enumerate(zip(*np.triu_indices(len(self.blocks)), strict=True)):
            place[int(k), int(j)] = number
        used = [k for k, block in enumerate(self.blocks) if len(block.coefficients)]
        groups = tuple((k, j, place[k, j]) for k in used for j in used if k <= j)
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "_places", tuple(_span(block.coefficients) for block in self.blocks))

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.weights)

    def eta(self, beta: Floats) -> Floats:
        """Indices at coefficients, shape (n, K)."""
        out = self.offset.copy()
        for k, block in enumerate(self.blocks):
            if len(block.coefficients):
                out[:, k] += block.columns @ beta[block.coefficients]
        return out

    def value(self, beta: Floats) -> float:
        """Log-likelihood."""
        return float(self.weights @ kernels.value(self.model, self.eta(beta), self.data))

    def by_row(self, beta: Floats) -> Floats:
        """Log-likelihood of every row, not weighted."""
        return kernels.value(self.model, self.eta(beta), self.data)

    def scores(self, beta: Floats) -> Floats:
        """Gradient of every row, not weighted, shape (n, size)."""
        _, g = kernels.score(self.model, self.eta(beta), self.data)
        return self.spread(g)

    def spread(self, g: Floats) -> Floats:
        """Derivatives in the indices, shape (K, n), turned into derivatives in the coefficients, (n, size)."""
        out = np.zeros((g.shape[1], self.size))
        for k, block in enumerate(self.blocks):
            for column, coefficient in enumerate(block.coefficients):
                out[:, coefficient] += g[k] * block.columns[:, column]
        return out

    def derivatives(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, gradient (size,) and Hessian (size, size)."""
        f, g, h = kernels.newton(self.model, self.eta(beta), self.data)
        return self.gathered(f, g, h)

    def gathered(self, f: Floats, g: Floats, h: Floats) -> tuple[float, Floats, Floats]:
        """Weighted sums over rows of what `kernels.newton` gives."""
        w = self.weights
        if not (np.isfinite(f).all() and np.isfinite(g).all() and np.isfinite(h).all()):
            return -np.inf, np.full(self.size, np.nan), np.full((self.size, self.size), np.nan)
        gradient, hessian = np.zeros(self.size), np.zeros((self.size, self.size))
        for k, block in enumerate(self.blocks):
            if len(block.coefficients):
                np.add.at(gradient, block.coefficients, block.columns.T @ (w * g[k]))
        for k, j, place in self._groups:
            part = self.blocks[k].columns.T @ (self.blocks[j].columns * (w * h[place])[:, None])
            rows, columns = self._places[k], self._places[j]
            if isinstance(rows, slice) and isinstance(columns, slice):  # no coefficient twice in a block
                hessian[rows, columns] += part
                if k != j:
                    hessian[columns, rows] += part.T
                continue
            left, right = self.blocks[k].coefficients, self.blocks[j].coefficients
            np.add.at(hessian, np.ix_(left, right), part)
            if k != j:
                np.add.at(hessian, np.ix_(right, left), part.T)
        return float(w @ f), gradient, hessian

    def information(self, beta: Floats) -> Floats:
        """Expected information: minus the Hessian with the model's own probabilities for counts.

        Only for row models whose data are counts of outcomes (`log_outcomes`); the size of each row is kept.
        """
        chance = np.exp(kernels.call(self.model, "log_outcomes", self.eta(beta), self.data))
        counts = np.zeros_like(self.data)
        counts[:, : chance.shape[1]] = chance
        counts[:, chance.shape[1] :] = self.data[:, chance.shape[1] :]
        return -replace(self, data=counts).derivatives(beta)[2]

    def taken(self, rows: NDArray[np.intp], weights: Floats) -> Sample:
        """Some of the rows, with weights of their own."""
        blocks = tuple(Block(np.ascontiguousarray(b.columns[rows]), b.coefficients) for b in self.blocks)
        return replace(self, blocks=blocks, offset=self.offset[rows], data=self.data[rows], weights=weights)

    def weighted(self, weights: Floats) -> Sample:
        """The same rows with other weights. In a large sample rows of weight 0 are left out; in a small one they stay,
        so that every draw of a bootstrap has one shape and one compiled program."""
        rows = np.flatnonzero(weights)
        small = len(weights) <= SMALL or len(rows) == len(weights)
        return replace(self, weights=weights) if small else self.taken(rows, weights[rows])

    def scale(self) -> Floats:
        """For every coefficient the root mean square of its columns: its natural unit is 1 / scale."""
        total, w = np.zeros(self.size), self.weights
        for block in self.blocks:
            if len(block.coefficients):
                np.add.at(total, block.coefficients, (w @ block.columns**2) / w.sum())
        return np.sqrt(np.where(total > 0, total, 1.0))


def _span(places: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """A run of places as a slice; others as they are."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
