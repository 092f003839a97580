"""Maximum likelihood: climbs, errors, and the fit that comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from offramp.errors import InputError, NotConvergedError
from offramp.strategic.covariance import covariance
from offramp.strategic.fit import Fit
from offramp.strategic.identify import diagnose
from offramp.strategic.optimise import explore

if TYPE_CHECKING:
    from offramp.strategic.model import Model, Prepared


def fit_model(
    model: Model,
    prepared: Prepared,
    *,
    errors: str | None,
    starts: int,
    start: ArrayLike | None,
    seed: int,
    **options: Any,
) -> Fit:
    """Fits a model whose likelihood is smooth in its coefficients. Arguments as for `Model.fit`."""
    if options:
        raise InputError(f"fit: unknown option {next(iter(options))!r} for {model.what}.")
    if starts < 1:
        raise InputError(f"starts={starts}: expected 1 or more.")
    sample = prepared.sample
    given = None if start is None else np.asarray(start, dtype=np.float64)
    if given is not None and given.shape != (sample.size,):
        raise InputError(f"start has shape {given.shape}; the model has {sample.size} free coefficients.")
    labels = prepared.counts.argmax(axis=1) if prepared.counts.size else None
    best, optima = explore(sample, lambda s: model.start(s) if given is None else given, starts, seed, labels)
    if not np.isfinite(best.value):
        raise NotConvergedError(
            f"{model.what}: the likelihood is not finite at the start; give start=, or rescale regressors."
        )
    problems = diagnose(sample, best.beta, best.value, best.hessian, prepared.free_names)
    if not best.converged and not problems:
        raise NotConvergedError(
            f"{model.what}: no start ended at an optimum ({best.steps} steps, {best.decrement:.2g} squared standard "
            "errors away); give more starts, or other ones with start=."
        )
    kind = errors or ("cluster" if prepared.clusters is not None else "classical")
    vcov = covariance(prepared, best.beta, best.hessian, kind)
    return Fit(
        model=model, prepared=prepared, beta=best.beta, loglik=best.value, hessian=best.hessian, vcov=vcov,
        errors=kind, optima=optima, problems=tuple(problems), steps=best.steps, converged=best.converged,
    )  # fmt: skip
