"""Fits against one another: tests of nested and of other models, and against a model that knows nothing.

Vuong (1989), Econometrica 57, 307-333, and Clarke (2003), J. Conflict Resolution 47, 72-93, both with the correction
by half the Schwarz penalty that R's `games` uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from offramp.errors import InputError
from offramp.strategic.kernels import Floats

if TYPE_CHECKING:
    from offramp.strategic.fit import Fit


@dataclass(frozen=True)
class Test:
    """A test's statistic and two-sided (chi-squared: upper) p-value; what a small one would say, in words."""

    __test__ = False  # no test case of pytest

    name: str
    statistic: float
    p_value: float
    degrees: int | None
    words: str

    def __str__(self) -> str:
        freedom = f" on {self.degrees} degrees of freedom" if self.degrees is not None else ""
        return f"{self.name}: {self.statistic:.4f}{freedom}, p = {self.p_value:.4g}. {self.words}"


@dataclass(frozen=True, eq=False)
class RowLikelihood:
    """Log-likelihoods of rows of any model, and how many coefficients it estimated."""

    values: Floats
    coefficients: int


def outcome_likelihood(fit: Fit, outcome: str) -> RowLikelihood:
    """The fit as a model of one outcome against all others, to compare with a logit of that outcome.

    Raises:
        InputError: For an outcome that the fit does not have, or a model whose outcomes are not one a row.
    """
    if outcome not in fit.outcomes:
        raise InputError(f"no outcome {outcome!r}; outcomes: {', '.join(fit.outcomes)}.")
    if not fit.prepared.counts.size:
        raise InputError(f"{fit.model.what} has no outcomes that are counted.")
    place = fit.outcomes.index(outcome)
    chance = fit.fitted()[:, place]
    mine = fit.prepared.counts[:, place]
    rest = fit.prepared.counts.sum(axis=1) - mine
    values = np.asarray(special.xlogy(mine, chance) + special.xlog1py(rest, -chance), dtype=np.float64)
    return RowLikelihood(values, fit.free)


def _rows(one: Fit | RowLikelihood) -> RowLikelihood:
    return one if isinstance(one, RowLikelihood) else RowLikelihood(one.loglik_by_row(), one.free)


def _pair(one: Fit | RowLikelihood, other: Fit | RowLikelihood) -> tuple[Floats, int, int]:
    a, b = _rows(one), _rows(other)
    if len(a.values) != len(b.values):
        raise InputError(
            f"the models use {len(a.values)} and {len(b.values)} rows; fit both to the same rows (see `subset`)."
        )
    return a.values - b.values, a.coefficients, b.coefficients


def vuong(one: Fit | RowLikelihood, other: Fit | RowLikelihood) -> Test:
    """Vuong's test of models that are not nested: positive favours the first."""
    gap, k1, k2 = _pair(one, other)
    n = len(gap)
    spread = float(np.sqrt(np.mean(gap**2) - np.mean(gap) ** 2))
    if spread == 0:
        raise InputError("vuong: the models give every row the same likelihood.")
    z = (float(gap.sum()) - (k1 - k2) / 2 * float(np.log(n))) / (float(np.sqrt(n)) * spread)
    return Test("Vuong", z, 2 * float(special.ndtr(-abs(z))), None, _favours(z, 0))


def clarke(one: Fit | RowLikelihood, other: Fit | RowLikelihood) -> Test:
    """Clarke's sign test of models that are not nested: the statistic counts rows where the first does better."""
    gap, k1, k2 = _pair(one, other)
    n = len(gap)
    wins = int((gap - (k1 - k2) * np.log(n) / (2 * n) > 0).sum())
    p = 2 * float(stats.binom.cdf(min(wins, n - wins), n, 0.5))
    return Test("Clarke", float(wins), min(p, 1.0), None, _favours(wins, n / 2))


def _favours(statistic: float, middle: float) -> str:
    if statistic == middle:
        return "Neither is favoured."
    return f"The {'first' if statistic > middle else 'second'} is favoured."


def likelihood_ratio(restricted: Fit, full: Fit) -> Test:
    """Likelihood-ratio test of nested models on the same rows.

    Raises:
        InputError: When rows or numbers of coefficients do not fit, or the restricted model fits better.
    """
    if restricted.n != full.n or not np.array_equal(restricted.prepared.used, full.prepared.used):
        raise InputError("likelihood_ratio: the fits use different rows.")
    degrees = full.free - restricted.free
    if degrees <= 0:
        raise InputError("likelihood_ratio: the first fit must have fewer coefficients than the second.")
    statistic = 2 * (full.loglik - restricted.loglik)
    if statistic < -1e-6:
        raise InputError("likelihood_ratio: the restricted fit is the better one; the models are not nested.")
    return Test(
        "Likelihood ratio", max(statistic, 0.0), float(special.chdtrc(degrees, max(statistic, 0.0))), degrees,
        "A small p speaks against the restriction.",
    )  # fmt: skip


def wald(fit: Fit, hypothesis: Sequence[str] | Mapping[str, float] | ArrayLike, value: ArrayLike = 0.0) -> Test:
    """Wald test.

    Args:
        hypothesis: Names of coefficients that are 0, or names with values, or a matrix R (m, free) of R beta = value.
    """
    names = fit.prepared.free_names
    if isinstance(hypothesis, Mapping) or (
        isinstance(hypothesis, Sequence) and all(isinstance(h, str) for h in hypothesis)
    ):
        wanted = dict(hypothesis) if isinstance(hypothesis, Mapping) else dict.fromkeys(map(str, hypothesis), 0.0)
        unknown = [n for n in wanted if n not in names]
        if unknown:
            raise InputError(f"wald: {unknown[0]!r} is no free coefficient; they are {', '.join(names)}.")
        matrix = np.eye(len(names))[[names.index(n) for n in wanted]]
        goal = np.array(list(wanted.values()), dtype=np.float64)
    else:
        matrix = np.atleast_2d(np.asarray(hypothesis, dtype=np.float64))
        goal = np.broadcast_to(np.asarray(value, dtype=np.float64), (len(matrix),))
        if matrix.shape[1] != len(names):
            raise InputError(f"wald: the matrix has {matrix.shape[1]} columns; the fit has {len(names)} coefficients.")
    gap = matrix @ fit.beta - goal
    statistic = float(gap @ np.linalg.solve(matrix @ fit.vcov @ matrix.T, gap))
    return Test("Wald", statistic, float(special.chdtrc(len(matrix), statistic)), len(matrix), "")


@dataclass(frozen=True)
class Goodness:
    """How much better than knowing only how often each outcome happens.

    Attributes:
        baseline: Log-likelihood of the outcomes' shares.
        mcfadden: 1 - loglik / baseline.
        right: Share of plays whose likeliest outcome by the model came about.
        right_baseline: The same if the commonest outcome is always expected.
        reduction: Share of the baseline's errors that the model saves.
        brier: Mean squared error of the probabilities, summed over outcomes; `brier_baseline` that of the shares.
    """

    loglik: float
    baseline: float
    mcfadden: float
    right: float
    right_baseline: float
    reduction: float
    brier: float
    brier_baseline: float

    def __str__(self) -> str:
        return (
            f"log-likelihood {self.loglik:.3f} against {self.baseline:.3f} of the shares (McFadden "
            f"{self.mcfadden:.3f}); "
            f"{self.right:.1%} right against {self.right_baseline:.1%} ({self.reduction:+.1%} of the errors saved); "
            f"Brier {self.brier:.4f} against {self.brier_baseline:.4f}"
        )


def goodness(fit: Fit) -> Goodness:
    """Goodness of fit against an uninformed baseline. Raises `InputError` for models without counted outcomes."""
    if not fit.prepared.counts.size:
        raise InputError(f"goodness: {fit.model.what} has no outcomes that are counted.")
    counts = fit.prepared.counts * fit.prepared.sample.weights[:, None]
    totals, chance = counts.sum(axis=0), fit.fitted()
    whole = totals.sum()
    shares = totals / whole
    baseline = float(special.xlogy(totals, shares).sum())
    right = float(counts[np.arange(len(counts)), chance.argmax(axis=1)].sum() / whole)
    commonest = float(shares.max())
    per_row = counts.sum(axis=1)

    def brier(p: Floats) -> float:
        return float((per_row * (p**2).sum(axis=1) - 2 * (counts * p).sum(axis=1) + per_row).sum() / whole)

    saved = (right - commonest) / (1 - commonest) if commonest < 1 else 0.0
    return Goodness(
        fit.loglik, baseline, 1 - fit.loglik / baseline, right, commonest, saved, brier(chance),
        brier(np.broadcast_to(shares, chance.shape)),
    )  # fmt: skip
