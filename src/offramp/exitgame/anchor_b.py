"""Anchor B: what standoffs of the past say about strikes and about leaving on an offer.

The catalogue of standoffs counts how often, within twelve months of an explicit ultimatum with an offer, the ruler
left on agreed terms, and how often by foreign force. Two numbers that nothing else fixes, the cost of a strike and
what leaving costs the flexible ruler, are weighted so that the game, played from such a standoff, meets those chances.

Offline (`python -m offramp.exitgame.anchor_b`, minutes): wide prior draws are solved and weighted by target density
over sampling density of the two chances (importance weighting; a secant on single draws fails to converge for many).
Because both numbers matter only together with the players' precision and the like, a weighted regression of each on
the other parameters is shipped, with the weighted quantiles of what it leaves over: a Rosenblatt transform in small.
At run time (`apply`) a quasi-random point is mapped through it, so draws stay evenly spread and nothing is resampled.
`data/anchor_b.json` holds the result, its effective sample size, and how well fresh draws meet the targets.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from offramp.errors import OfframpError
from offramp.exitgame.draws import Array, Beta, normal_quantile
from offramp.exitgame.priors import NAMES, Sample

#: The two rows that this anchor sets, in the order in which they are mapped.
ROWS = ("cost_strike", "leave_cost")
#: What each row is multiplied by before the regression: choice depends on precision times payoff.
_SCALE = {"cost_strike": "precision_coercer", "leave_cost": "precision_ruler"}
#: Rows whose normal scores (with squares, and products of the first four) explain the two. The assessments are not
#: among them: what a case says of the guarantee or of resolve must move its forecast, not be undone by this anchor.
FEATURES = (
    "precision_ruler",
    "precision_coercer",
    "committed_gap",
    "jail",
    "exile",
    "death",
    "discount_ruler",
    "discount_coercer",
    "lapse",
    "ultimatum_loss",
    "cost_switch",
    "cost_audience",
    "cost_ultimatum",
    "cost_demand",
    "cost_crackdown",
    "strike_success",
    "later_prosecution",
    "immunity_spares",
)
_LEVELS = 33


class Shipped(NamedTuple):
    """Anchor B as it ships: coefficients and leftover quantiles by row, and the record of how it was made."""

    coefficients: dict[str, list[float]]
    leftover: dict[str, list[float]]
    manifest: dict[str, Any]


def features(draws: Sample) -> Array:
    """Design of the regressions, [draw, column]: 1, normal scores, squares, and products of the first four."""
    z = normal_quantile(draws.uniform[:, [NAMES.index(name) for name in FEATURES]])
    products = [z[:, i] * z[:, j] for i in range(4) for j in range(i)]
    return np.column_stack([np.ones(len(z)), z, z**2 - 1, *products])


def apply(draws: Sample, anchored: Shipped | None = None) -> Sample:
    """The same draws with the cost of a strike and k_F as anchor B has them."""
    found = shipped() if anchored is None else anchored
    design = features(draws)
    value = dict(draws.value)
    earlier: list[Array] = []
    for row in ROWS:
        u = draws.uniform[:, NAMES.index(row)]
        quantiles = np.asarray(found.leftover[row])
        left = np.interp(u, np.linspace(0, 1, len(quantiles)), quantiles)
        explained = np.column_stack([design, *earlier]) @ np.asarray(found.coefficients[row])
        value[row] = _unscale(row, explained + left, draws)
        earlier.append(left)
    return draws._replace(value=value)


def _scaled(row: str, draws: Sample) -> Array:
    """The row as the regression sees it: log of precision times a cost, precision times a payoff."""
    product = draws.value[row] * draws.value[_SCALE[row]]
    return np.log(product) if row == "cost_strike" else product


def _unscale(row: str, scaled: Array, draws: Sample) -> Array:
    product = np.exp(scaled) if row == "cost_strike" else scaled
    return np.asarray(product / draws.value[_SCALE[row]])


def weigh(foreign: Array, negotiated: Array, targets: tuple[Beta, Beta], base: Array | None = None) -> Array:
    """Importance weights that give (foreign, negotiated) the target distribution, [draw], summing to 1.

    Target density over sampling density, both on the logit scale; the sampling density is a normal kernel estimate.

    Args:
        foreign: Probability of a foreign removal within 12 months, [draw].
        negotiated: The same for a negotiated exit.
        targets: Target distributions of the two.
        base: Weights that the draws already carry (prior over proposal).
    """
    x = np.stack([_logit(foreign), _logit(negotiated)], 1)
    base = np.full(len(x), 1 / len(x)) if base is None else base / base.sum()
    mean = base @ x
    spread = np.cov(x.T, aweights=base)
    effective = 1 / (base**2).sum()
    kernel = np.linalg.cholesky(spread * effective ** (-1 / 3))
    white = np.linalg.solve(kernel, (x - mean).T).T
    distance = ((white[:, None] - white[None]) ** 2).sum(-1)
    density = np.exp(-distance / 2) @ base
    wanted = np.zeros(len(x))
    for k, target in enumerate(targets):
        # Density of the logit of a Beta variable.
        p = 1 / (1 + np.exp(-x[:, k]))
        wanted += target.a * np.log(p) + target.b * np.log1p(-p)
    weights = base * np.exp(wanted - wanted.max()) / density
    return np.asarray(weights / weights.sum())


def fit(draws: Sample, weights: Array, ridge: float = 2.0) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Weighted regressions of the two rows on `features`, and the quantiles of what is left over.

    `ridge` is the number of effective draws' worth of pull of every slope towards 0.
    """
    design = features(draws)
    effective = 1 / (weights**2).sum()
    coefficients, leftover = {}, {}
    earlier: list[Array] = []
    for row in ROWS:
        x = np.column_stack([design, *earlier])
        y = _scaled(row, draws)
        penalty = np.full(x.shape[1], ridge / effective)
        penalty[0] = 0.0
        slopes = np.linalg.solve(x.T @ (weights[:, None] * x) + np.diag(penalty), x.T @ (weights * y))
        left = y - x @ slopes
        coefficients[row] = [round(float(c), 6) for c in slopes]
        leftover[row] = [round(float(q), 5) for q in _quantiles(left, weights)]
        earlier.append(left)
    return coefficients, leftover


def _quantiles(values: Array, weights: Array) -> Array:
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(np.linspace(0, 1, _LEVELS), middle, values[order])


def effective_sample_size(weights: Array) -> float:
    """1 over the sum of squared weights (weights summing to 1)."""
    return float(1 / (weights**2).sum())


@cache
def shipped() -> Shipped:
    """Anchor B as it ships.

    Raises:
        OfframpError: If the file is missing from the installation or damaged.
    """
    try:
        text = resources.files("offramp.exitgame").joinpath("data/anchor_b.json").read_text("utf-8")
        data = json.loads(text)
        return Shipped(data["coefficients"], data["leftover"], data["manifest"])
    except (OSError, ValueError, KeyError) as error:
        raise OfframpError(
            f"offramp/exitgame/data/anchor_b.json cannot be read ({error}); reinstall offramp, or rebuild it with "
            "python -m offramp.exitgame.anchor_b"
        ) from error


def describe(found: Shipped) -> str:
    """What ships, in Markdown, for docs/priors.md."""
    m = found.manifest
    lines = [
        "The cost of a strike and k_F are weighted so that the game, from an explicit ultimatum with safe passage "
        "offered, meets the catalogue's chances within twelve months:",
        "",
        "| chance within 12 months | catalogue | target | game, fresh draws (mean; 5 to 95 %) |",
        "|---|---|---|---|",
    ]
    for name in ("foreign", "negotiated"):
        row = m["targets"][name]
        low, high = row["game_interval"]
        target = f"Beta({row['a']:.4g}, {row['b']:.4g}), mean {row['mean']:.3f}"
        game = f"{row['game_mean']:.3f}; {low:.3f} to {high:.3f}"
        lines.append(f"| {name} | {row['count']} of {row['of']} | {target} | {game} |")
    lines += [
        "",
        f"{m['solved']} draws solved, effective sample size {m['effective_sample_size']:.0f}; regressions explain "
        + ", ".join(f"{100 * r2:.0f} % of {row}" for row, r2 in m["explained"].items())
        + f". Rows not in the regressions: {m['unmoved']}.",
    ]
    return "\n".join(lines)


def _logit(p: Array) -> Array:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))


if __name__ == "__main__":
    from offramp.exitgame.anchor_b_build import main

    raise SystemExit(main())
