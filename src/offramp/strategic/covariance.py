"""Covariances of estimates: classical, outer product of scores, sandwich, clustered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from offramp.errors import InputError
from offramp.strategic.kernels import Floats

if TYPE_CHECKING:
    from offramp.strategic.model import Prepared

KINDS = ("classical", "opg", "sandwich", "cluster")


def inverse(information: Floats) -> Floats:
    """Inverse of an information matrix; NaN in rows that a flat direction makes meaningless."""
    size = np.sqrt(np.abs(np.diag(information)))
    size[size == 0] = 1.0
    scaled = information / np.outer(size, size)
    eigenvalues, vectors = linalg.eigh(scaled)
    flat = eigenvalues < 1e-13 * max(eigenvalues[-1], 1e-300)
    inverted = (vectors[:, ~flat] / eigenvalues[~flat]) @ vectors[:, ~flat].T / np.outer(size, size)
    touched = (np.abs(vectors[:, flat]) > 1e-6).any(axis=1)
    inverted[touched, :] = np.nan
    inverted[:, touched] = np.nan
    return np.asarray(inverted)


def meat(prepared: Prepared, scores: Floats, *, clustered: bool) -> Floats:
    """Sum of squared scores, of rows or of clusters (with the usual G / (G - 1) for G clusters)."""
    weighted = scores * prepared.sample.weights[:, None]
    if not clustered:
        return weighted.T @ weighted
    if prepared.clusters is None:
        raise InputError("errors='cluster' needs a cluster column; give cluster=.")
    groups = int(prepared.clusters.max()) + 1
    sums = np.zeros((groups, scores.shape[1]))
    np.add.at(sums, prepared.clusters, weighted)
    return sums.T @ sums * (groups / (groups - 1))


def covariance(prepared: Prepared, beta: Floats, hessian: Floats, kind: str) -> Floats:
    """Covariance of the free coefficients. Raises `InputError` for kinds that are not known."""
    if kind not in KINDS:
        raise InputError(f"errors={kind!r}: known are {', '.join(KINDS)} (and fit.bootstrap() for resampling).")
    if kind == "classical":
        return inverse(-hessian)
    scores = prepared.sample.scores(beta)
    if kind == "opg":
        return inverse(meat(prepared, scores, clustered=False))
    bread = inverse(-hessian)
    return bread @ meat(prepared, scores, clustered=kind == "cluster") @ bread
