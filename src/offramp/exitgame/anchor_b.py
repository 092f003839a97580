"""Anchor B: what standoffs of the past say about strikes and about leaving on an offer.

The catalogue of standoffs counts how often, within twelve months of an explicit ultimatum with an offer, the ruler
left on agreed terms, and how often by foreign force. Two numbers that nothing else fixes, the cost of a strike and
what leaving costs the flexible ruler, are set so that the game, played from such a standoff, meets those chances with
the uncertainty that the counts leave.

Offline (`python -m offramp.exitgame.anchor_b`, minutes): wide prior draws are solved; draws near the targets get
importance weights; and because both numbers matter only together with the players' precision and the like, a weighted
regression of each on the other parameters and on the two chances is fitted (regression adjustment: Beaumont, Zhang
and Balding 2002, Genetics 162, 2025-2035). At run time (`apply`) a quasi-random point picks the two chances from their
target distributions and the regression says which numbers go with them: draws stay evenly spread, nothing is
resampled, nothing is solved twice. `data/anchor_b.json` holds the regressions, the effective sample size, and how well
fresh draws meet the targets.
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

#: The rows that this anchor sets, and the chance whose uncertainty each one's coordinate carries.
ROWS = {"cost_strike": "foreign", "leave_cost": "negotiated"}
#: What each row is multiplied by before the regression: choice depends on precision times payoff.
_SCALE = {"cost_strike": "precision_coercer", "leave_cost": "precision_ruler"}
#: Rows whose normal scores (with squares, and products of the first four) explain the two.
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
    "precision_army",
    "discount_army",
    "coup_success_loyal",
    "coup_success_wavering",
    "share_wavering",
    "attempt_ratio",
    "rents_after_foreign",
    "restore",
)
#: Places of the case's assessments: they help the fit, but `apply` holds them at their centres, because what a case
#: says of the guarantee, the types or resolve must move its forecast and not be undone by this anchor.
ASSESSED = ("guarantee", "committed", "score_coercer_resolve")
#: Draws further than this from the targets' centres, in logit units, hardly count in the regressions.
REACH = 1.2


class Chances(NamedTuple):
    """Chances within 12 months of the typical standoff, [draw] each."""

    foreign: Array
    negotiated: Array


class Shipped(NamedTuple):
    """Anchor B as it ships: target distributions (a, b) by chance, coefficients by row, and how they were made."""

    targets: dict[str, tuple[float, float]]
    coefficients: dict[str, list[float]]
    manifest: dict[str, Any]


def features(draws: Sample, chances: Chances, *, centred: bool = False) -> Array:
    """Design of the regressions, [draw, column].

    1, normal scores, their squares, products of the first four; then the two chances' logits, their squares and
    product, and each times the scores of the two precisions and of the types' gap. `centred` holds the assessments at
    their centres.
    """
    z = normal_quantile(draws.uniform[:, [NAMES.index(name) for name in FEATURES + ASSESSED]])
    if centred:
        z[:, len(FEATURES) :] = 0.0
    x = np.column_stack([logit(chances.foreign), logit(chances.negotiated)])
    columns = [np.ones(len(z)), *z.T, *(z**2).T, *x.T, *(x**2).T, x[:, 0] * x[:, 1]]
    columns += [z[:, i] * z[:, j] for i in range(4) for j in range(i)]
    columns += [x[:, i] * z[:, j] for i in range(2) for j in range(3)]
    return np.column_stack(columns)


def apply(draws: Sample, anchored: Shipped | None = None) -> Sample:
    """The same draws with the cost of a strike and k_F as anchor B has them."""
    found = shipped() if anchored is None else anchored
    picked = {
        chance: Beta(*found.targets[chance]).quantile(draws.uniform[:, NAMES.index(row)])
        for row, chance in ROWS.items()
    }
    design = features(draws, Chances(**picked), centred=True)
    value = dict(draws.value)
    for row in ROWS:
        value[row] = _unscale(row, design @ np.asarray(found.coefficients[row]), draws)
    return draws._replace(value=value)


def scaled(row: str, draws: Sample) -> Array:
    """The row as the regression sees it: log of precision times a cost, precision times a payoff."""
    product = draws.value[row] * draws.value[_SCALE[row]]
    return np.log(product) if row == "cost_strike" else product


def _unscale(row: str, value: Array, draws: Sample) -> Array:
    product = np.exp(np.clip(value, -5, 5)) if row == "cost_strike" else value
    return np.asarray(product / draws.value[_SCALE[row]])


def weigh(chances: Chances, targets: dict[str, tuple[float, float]], reach: float = REACH) -> Array:
    """Importance weights of draws for the regressions, [draw], summing to 1: a normal window round the targets."""
    apart = np.zeros(len(chances.foreign))
    for name, p in chances._asdict().items():
        a, b = targets[name]
        apart += ((logit(p) - np.log(a / b)) / reach) ** 2
    weights = np.exp(-apart / 2)
    return np.asarray(weights / weights.sum())


def fit(draws: Sample, chances: Chances, weights: Array, ridge: float = 1.0) -> dict[str, list[float]]:
    """Weighted regressions of the two rows on `features`; `ridge` pulls slopes to 0 with so many draws' worth."""
    x = features(draws, chances)
    penalty = np.full(x.shape[1], ridge / effective_sample_size(weights))
    penalty[0] = 0.0
    gram = x.T @ (weights[:, None] * x) + np.diag(penalty)
    return {
        row: [round(float(c), 6) for c in np.linalg.solve(gram, x.T @ (weights * scaled(row, draws)))] for row in ROWS
    }


def explained(
    draws: Sample, chances: Chances, weights: Array, coefficients: dict[str, list[float]]
) -> dict[str, float]:
    """Weighted R squared of each regression."""
    x, out = features(draws, chances), {}
    for row in ROWS:
        y = scaled(row, draws)
        left = y - x @ np.asarray(coefficients[row])
        out[row] = round(float(1 - weights @ left**2 / (weights @ (y - weights @ y) ** 2)), 3)
    return out


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
        targets = {name: (float(a), float(b)) for name, (a, b) in data["targets"].items()}
        return Shipped(targets, data["coefficients"], data["manifest"])
    except (OSError, ValueError, KeyError) as error:
        raise OfframpError(
            f"offramp/exitgame/data/anchor_b.json cannot be read ({error}); reinstall offramp, or rebuild it with "
            "python -m offramp.exitgame.anchor_b"
        ) from error


def describe(found: Shipped) -> str:
    """What ships, in Markdown, for docs/priors.md."""
    m = found.manifest
    lines = [
        "The cost of a strike and k_F are set so that the game, from an explicit ultimatum with safe passage offered, "
        "loyal forces and every assessment at its prior, meets these chances within twelve months. Rows counted: "
        f"{m['rows']}. The elicited prior Beta({m['prior'][0]:g}, {m['prior'][1]:g}) stays in: remembered standoffs "
        "are the resolved ones, so the counts alone would overstate both chances.",
        "",
        "| chance within 12 months | catalogue | target | game, fresh draws (mean; 5 to 95 %) |",
        "|---|---|---|---|",
    ]
    for name, row in m["chances"].items():
        a, b = found.targets[name]
        low, high = row["game_interval"]
        lines.append(
            f"| {name} | {row['count']:g} of {row['of']} | Beta({a:g}, {b:g}), mean {a / (a + b):.3f} "
            f"| {row['game_mean']:.3f}; {low:.3f} to {high:.3f} |"
        )
    fits = ", ".join(f"{100 * r2:.0f} % of {row}" for row, r2 in m["explained"].items())
    lines += [
        "",
        f"{m['solved']} draws solved, effective sample size {m['effective_sample_size']:.0f}; the regressions explain "
        f"{fits}. All other rows keep their priors.",
    ]
    return "\n".join(lines)


def logit(p: Array) -> Array:
    """Log odds, kept within what a regression can use."""
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p) - np.log1p(-p))


if __name__ == "__main__":
    from offramp.exitgame.anchor_b_build import main

    raise SystemExit(main())
