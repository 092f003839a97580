"""What the data cannot tell: directions of the coefficients along which no probability changes.

Before a fit the expected information is taken at a point drawn at random: a direction in which it vanishes there
vanishes everywhere, up to chance. After a fit the Hessian is looked at: a direction that is flat on both sides was not
identified at this optimum; along one on which the likelihood still creeps upwards there is no finite maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from offramp.errors import InputError
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample

if TYPE_CHECKING:
    from offramp.strategic.model import Prepared

FLAT = 1e-10
ROWS = 512


def check_identified(prepared: Prepared) -> None:
    """Raises `InputError` that names the coefficients of every flat direction of the model on these data."""
    sample = prepared.sample
    if not hasattr(sample.model, "log_outcomes") or not prepared.counts.size:
        return
    random = np.random.default_rng(7)
    beta = random.normal(0, 0.5, sample.size) / sample.scale()
    if sample.rows > 2 * ROWS:  # a part of the rows acquits; only all of them can convict
        rows = np.sort(random.choice(sample.rows, ROWS, replace=False))
        if not flat_directions(sample.taken(rows, np.ones(ROWS)), beta):
            return
    found = flat_directions(sample, beta)
    if found:
        names = prepared.free_names
        raise InputError(
            "the model is not identified: " + "; ".join(describe(d, names, sample.scale()) for d in found)
            + " can move together without changing any probability. Leave one of them out (a regressor may not stand "
            "in every utility of a player), or fix one."
        )  # fmt: skip


def flat_directions(sample: Sample, beta: Floats) -> list[Floats]:
    """Directions, in units of the regressors, in which expected information vanishes."""
    information = sample.information(beta)
    unit = 1 / sample.scale()
    scaled = information * np.outer(unit, unit)
    size = np.sqrt(np.maximum(np.diag(scaled), 1e-300))
    eigenvalues, vectors = np.linalg.eigh(scaled / np.outer(size, size))
    return [vectors[:, i] / size for i in np.flatnonzero(eigenvalues < FLAT * eigenvalues[-1])]


def describe(direction: Floats, names: Sequence[str], scale: Floats) -> str:
    """A direction by its coefficients, the largest first."""
    weight = np.abs(direction)
    order = np.argsort(-weight)
    chosen = [names[i] for i in order if weight[i] > 0.05 * weight[order[0]]]
    return ", ".join(chosen[:6]) + (f" and {len(chosen) - 6} more" if len(chosen) > 6 else "")


def diagnose(sample: Sample, beta: Floats, value: float, hessian: Floats, names: Sequence[str]) -> list[str]:
    """Warnings about an optimum: flat directions and separation, each with the coefficients that it concerns."""
    scale = sample.scale()
    unit = 1 / scale
    scaled = -hessian * np.outer(unit, unit)
    if not np.isfinite(scaled).all():
        return ["the Hessian is not finite at the end of the climb."]
    eigenvalues, vectors = np.linalg.eigh(scaled)
    out = []
    for i in np.flatnonzero(eigenvalues < FLAT * max(eigenvalues[-1], 1e-300)):
        direction = vectors[:, i]
        who = describe(direction, names, scale)
        step = unit * direction * 10
        ends = [sample.value(beta + s * step) - value for s in (-1, 1)]
        if all(abs(e) < 1e-6 for e in ends):
            out.append(f"not identified at this optimum: {who} can move together and the likelihood does not change.")
        else:
            out.append(
                f"no finite maximum: the likelihood still grows as {who} run off to infinity, as under separation; "
                "these coefficients have no finite estimate. Leave out or fix one of them, or use priors (bayes)."
            )
    return out
