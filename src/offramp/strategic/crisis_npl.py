"""Pseudo-likelihood and nested pseudo-likelihood of crisis signalling.

The nested estimator is a pair (coefficients, beliefs) such that the coefficients maximise the pseudo-likelihood at the
beliefs, and the beliefs are what the players do: an equilibrium. It is reached by going back and forth, which converges
only where the map contracts; so a few rounds are followed by Newton's method on the first-order condition with beliefs
moving along with the coefficients (implicit function theorem), which needs no contraction.

Source: Aguirregabiria and Mira (2007), Econometrica 75, 1-53, for the estimator and its covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from offramp.errors import InputError, NotConvergedError
from offramp.strategic import kernels
from offramp.strategic.covariance import covariance, inverse, meat
from offramp.strategic.fit import Fit
from offramp.strategic.identify import diagnose
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample
from offramp.strategic.optimise import Climb, Optimum, climb, explore

if TYPE_CHECKING:
    from offramp.strategic.crisis import CrisisSignaling
    from offramp.strategic.model import Prepared

CLIP = 1e-10
SIGINT_NOTE = (
    "Standard errors as R's sigInt computes them, which transposes the Jacobian of beliefs; errors='npl' has the "
    "formula of Aguirregabiria and Mira, errors='sandwich' the same without the information equality."
)
ROUNDS = 4  # back and forth before Newton's method takes over
CLOSE = 1e-11


def with_beliefs(sample: Sample, beliefs: Floats) -> Sample:
    """The same games with beliefs pR, pF, shape (n, 2)."""
    data = sample.data.copy()
    data[:, 4:6] = np.clip(beliefs, CLIP, 1 - CLIP)
    return replace(sample, data=data)


def response(sample: Sample, beta: Floats) -> Floats:
    """What players do at coefficients and at the beliefs in the data, (n, 2)."""
    return kernels.call(sample.model, "response", sample.eta(beta), sample.data)


def pseudo(prepared: Prepared, starts: int, first: Floats | None, seed: int) -> tuple[Climb, tuple[Optimum, ...]]:
    """The best maximum of the pseudo-likelihood at the beliefs in the data."""
    sample = prepared.sample
    best, optima = explore(sample, lambda s: np.zeros(s.size) if first is None else first, starts, seed)
    if not np.isfinite(best.value):
        raise NotConvergedError(
            "crisis-signalling: the pseudo-likelihood is not finite at any start; rescale regressors."
        )
    return best, optima


def fit_pl(
    model: CrisisSignaling, prepared: Prepared, errors: str | None, starts: int, first: Floats | None, seed: int,
    first_stage_draws: int = 0,
) -> Fit:  # fmt: skip
    """The pseudo-likelihood estimator. See `CrisisSignaling.fit`."""
    best, optima = pseudo(prepared, starts, first, seed)
    problems = diagnose(prepared.sample, best.beta, best.value, best.hessian, prepared.free_names)
    if not best.converged and not problems:
        raise NotConvergedError(f"crisis-signalling: the pseudo-likelihood has no optimum after {best.steps} steps.")
    notes: tuple[str, ...] = ()
    if errors is None and prepared.clusters is None:
        information = meat(prepared, prepared.sample.scores(best.beta), clustered=False)
        vcov, kind = inverse(information), "pl"
        if first_stage_draws:
            vcov, kind = _two_step(model, prepared, best.beta, information, first_stage_draws, seed), "two-step"
        else:
            notes = (
                "Standard errors take the first stage as known and are too small; method npl or ml needs no such step.",
            )
    else:
        kind = errors or "cluster"
        vcov = covariance(prepared, best.beta, best.hessian, kind)
    gap = float(np.abs(response(prepared.sample, best.beta) - prepared.sample.data[:, 4:6]).max())
    return Fit(
        model=model, prepared=replace(prepared, notes=notes), beta=best.beta, loglik=best.value, hessian=best.hessian,
        vcov=vcov, errors=kind, optima=optima, problems=tuple(problems), steps=best.steps, converged=best.converged,
        extra={"equilibrium_gap": gap},
    )  # fmt: skip


def _two_step(
    model: CrisisSignaling, prepared: Prepared, beta: Floats, information: Floats, draws: int, seed: int
) -> Floats:
    """Covariance with the first stage's own: A^-1 + A^-1 B S B' A^-1, S the forest's bootstrap covariance."""
    if model.first_stage:
        raise InputError(
            "first_stage_draws: beliefs come from columns of the data; their uncertainty is not known here."
        )
    random = np.random.default_rng(seed)
    all_beliefs = []
    for draw in range(draws):
        rows = random.integers(0, prepared.sample.rows, prepared.sample.rows)
        all_beliefs.append(model.beliefs_from(prepared, rows, seed + 1 + draw))
    centred = np.stack(all_beliefs) - np.mean(all_beliefs, axis=0)
    parts = around(prepared.sample, beta)
    scores = prepared.sample.spread(parts.score.T)
    cross = np.einsum("ip,ib,dib->dp", scores, parts.score_beliefs, centred)
    bread = inverse(information)
    return np.asarray(bread + bread @ (cross.T @ cross / (draws - 1)) @ bread)


@dataclass(frozen=True)
class Around:
    """Derivatives at coefficients and beliefs, rows first; see `SignalRows.around`."""

    response: Floats  # (n, 2)
    by_eta: Floats  # (n, 2, 7)
    by_beliefs: Floats  # (n, 2, 2)
    score: Floats  # (n, 7)
    score_beliefs: Floats  # (n, 2)
    hessian: Floats  # (n, 7, 7)
    hessian_beliefs: Floats  # (n, 7, 2)

    @property
    def beliefs_by_eta(self) -> Floats:
        """How equilibrium beliefs move with the indices: (I - by_beliefs)^-1 by_eta, (n, 2, 7)."""
        return np.asarray(np.linalg.solve(np.eye(2) - self.by_beliefs, self.by_eta), dtype=np.float64)


def around(sample: Sample, beta: Floats) -> Around:
    """All derivatives that the nested estimator needs."""
    flat = kernels.call(sample.model, "around", sample.eta(beta), sample.data)
    slopes, gradient = flat[:, 2:20].reshape(-1, 2, 9), flat[:, 20:29]
    hessian = flat[:, 29:].reshape(-1, 9, 9)
    return Around(
        flat[:, :2], slopes[:, :, :7], slopes[:, :, 7:], gradient[:, :7], gradient[:, 7:], hessian[:, :7, :7],
        hessian[:, :7, 7:],
    )  # fmt: skip


def gathered(sample: Sample, by_row: Floats) -> Floats:
    """Sum over rows of X' M X for a matrix M in the indices of every row, (n, 7, 7): (size, size)."""
    out = np.zeros((sample.size, sample.size))
    for k, left in enumerate(sample.blocks):
        for j, right in enumerate(sample.blocks):
            if len(left.coefficients) and len(right.coefficients):
                part = left.columns.T @ (right.columns * (sample.weights * by_row[:, k, j])[:, None])
                np.add.at(out, np.ix_(left.coefficients, right.coefficients), part)
    return out


def settle_beliefs(sample: Sample, beta: Floats) -> Sample | None:
    """Beliefs moved to the equilibrium near them by Newton's method on both; None if there is none."""
    for _ in range(30):
        eta = sample.eta(beta)
        both = kernels.call(sample.model, "round", eta, sample.data)
        gap = both[:, :2] - sample.data[:, 4:6]
        if not np.isfinite(both).all():
            return None
        if np.abs(gap).max() < 1e-14:
            return sample
        move = np.linalg.solve(np.eye(2) - both[:, 2:].reshape(-1, 2, 2), gap[:, :, None])[:, :, 0]
        now = sample.data[:, 4:6]
        reach = np.where(move > 0, 1 - now, now) * 0.9
        sample = with_beliefs(sample, now + np.sign(move) * np.minimum(np.abs(move), reach))
        if np.abs(move).max() < 1e-13:
            return sample
    return None


def nested(sample: Sample, beta: Floats, max_steps: int) -> tuple[Sample, Floats, int] | None:
    """Beliefs, coefficients and steps at a nested fixed point, or None where none is reached."""
    scale = sample.scale()
    for _ in range(ROUNDS):
        sample = with_beliefs(sample, response(sample, beta))
        end = climb(sample.derivatives, beta, scale, steps=50, close=1e-6)
        if not np.isfinite(end.value):
            return None
        beta = end.beta
    found = _newton(sample, beta, scale)
    steps = ROUNDS
    while found is None and steps < max_steps:  # not near enough yet: more rounds
        for _ in range(10):
            sample = with_beliefs(sample, response(sample, beta))
            end = climb(sample.derivatives, beta, scale, steps=50, close=1e-8)
            if not np.isfinite(end.value):
                return None
            beta = end.beta
        steps += 10
        found = _newton(sample, beta, scale)
    return None if found is None else (found[0], found[1], steps + found[2])


def _newton(sample: Sample, beta: Floats, scale: Floats) -> tuple[Sample, Floats, int] | None:
    """Newton's method on score = 0 with beliefs at equilibrium, from near by."""
    before = np.inf
    settled = settle_beliefs(sample, beta)
    for step in range(25):
        if settled is None:
            return None
        parts = around(settled, beta)
        score = settled.spread(parts.score.T).T @ settled.weights
        total = gathered(settled, parts.hessian + parts.hessian_beliefs @ parts.beliefs_by_eta)
        unit = 1 / scale
        move = unit * np.linalg.lstsq(-total * np.outer(unit, unit), score * unit, rcond=1e-14)[0]
        information = -gathered(settled, parts.hessian)
        distance = float(move @ information @ move)
        if distance < CLOSE**2 * 1e4:
            return settled, beta + move, step
        if not np.isfinite(distance) or distance > max(4 * before, 1e4):
            return None
        before = distance
        length = 1.0 if distance < 25 else 5 / np.sqrt(distance)
        beta = beta + length * move
        settled = settle_beliefs(settled, beta)
    return None


def beginnings(prepared: Prepared, starts: int, first: Floats | None, seed: int) -> list[tuple[Sample, Floats]]:
    """Where nested and full estimators begin: beliefs, and the best coefficients of the pseudo-likelihood at them.

    Beliefs are those of the first stage; with more than one start also the same for all games, the shares seen in all
    data together.
    """
    counts = prepared.counts.sum(axis=0)
    resist = (counts[2] + counts[3] + 0.5) / (counts[1:].sum() + 1)
    level = np.array([resist, (counts[2] + 0.5) / (counts[2:].sum() + 1)])
    own = prepared.sample.data[:, 4:6]
    out: list[tuple[Sample, Floats]] = []
    for beliefs in [own, np.broadcast_to(level, own.shape)][: max(starts, 1)]:
        here = replace(prepared, sample=with_beliefs(prepared.sample, beliefs))
        best, _ = pseudo(here, 1, first if not out else out[0][1], seed)
        out.append((here.sample, best.beta))
    return out


def fit_npl(
    model: CrisisSignaling, prepared: Prepared, errors: str | None, starts: int, first: Floats | None, seed: int,
    max_steps: int = 200,
) -> Fit:  # fmt: skip
    """The nested pseudo-likelihood estimator. See `CrisisSignaling.fit`."""
    found = []
    for sample, beta in beginnings(prepared, starts, first, seed):
        reached = nested(sample, beta, max_steps)
        if reached is not None:
            at, end, steps = reached
            found.append((at.value(end), at, end, steps))
    if not found:
        raise NotConvergedError(
            "crisis-signalling: the nested pseudo-likelihood reaches no pair of estimates and equilibrium from any "
            "start; give other first-stage probabilities, or method='ml', which needs none."
        )
    found.sort(key=lambda f: -f[0])
    _, sample, beta, steps = found[0]
    settled = settle_beliefs(sample, beta)
    assert settled is not None
    final = replace(prepared, sample=settled)
    parts = around(settled, beta)
    loglik, _, hessian = settled.derivatives(beta)
    vcov, kind = npl_covariance(final, parts, errors)
    gap = float(np.abs(parts.response - settled.data[:, 4:6]).max())
    problems = diagnose(settled, beta, loglik, hessian, prepared.free_names)
    ends = _distinct(found, hessian)
    if kind == "sigint":
        final = replace(final, notes=(SIGINT_NOTE,))
    return Fit(
        model=model, prepared=final, beta=beta, loglik=loglik, hessian=hessian, vcov=vcov, errors=kind, optima=ends,
        problems=tuple(problems), steps=steps, converged=True, extra={"equilibrium_gap": gap},
    )  # fmt: skip


def _distinct(found: list[tuple[float, Sample, Floats, int]], hessian: Floats) -> tuple[Optimum, ...]:
    ends: list[Optimum] = []
    for value, _, beta, _ in found:
        for place, known in enumerate(ends):
            gap = beta - known.beta
            if gap @ -hessian @ gap < 1e-6:
                ends[place] = replace(known, starts=known.starts + 1)
                break
        else:
            ends.append(Optimum(value, beta, 1))
    return tuple(ends)


def refit_npl(fit: Fit) -> Callable[[Floats, int], Floats | None]:
    """The nested estimator at other weights, from the fit's own fixed point."""
    sample = fit.prepared.sample

    def refit(weights: Floats, number: int) -> Floats | None:
        drawn = sample.weighted(weights)
        scale = drawn.scale()
        found = _newton(drawn, fit.beta, scale)
        if found is None:
            reached = nested(drawn, fit.beta, 50)
            return None if reached is None else reached[1]
        return found[1]

    return refit


def refit_pl(model: CrisisSignaling, fit: Fit) -> Callable[[Floats, int], Floats | None]:
    """The pseudo-likelihood at other weights, with forests grown on the rows that were drawn."""

    def refit(weights: Floats, number: int) -> Floats | None:
        rows = np.repeat(np.arange(len(weights)), np.round(weights / fit.prepared.sample.weights).astype(int))
        sample = with_beliefs(fit.prepared.sample, model.beliefs_from(fit.prepared, rows, number)).weighted(weights)
        end = climb(sample.derivatives, fit.beta, sample.scale(), close=1e-8)
        return end.beta if end.converged else None

    return refit


def npl_covariance(prepared: Prepared, parts: Around, errors: str | None) -> tuple[Floats, str]:
    """Covariance of the nested estimator and its kind.

    With beliefs P = Psi(theta, P) at the estimates, dP/dtheta = (I - Psi_P)^-1 Psi_theta, and the covariance is
    [W + W_P dP/dtheta]^-1 W [...]^-1', W the outer product of scores, W_P that of scores in coefficients and in
    beliefs: `npl`. R's sigInt inverts I - Psi_P' instead, the transpose; `sigint` (default) does the same, so that
    its published errors can be reproduced. `sandwich` and `cluster` take the derivative of the first-order
    condition itself.
    """
    sample = prepared.sample
    scores = sample.spread(parts.score.T)
    kind = errors or ("cluster" if prepared.clusters is not None else "sigint")
    if kind in ("sigint", "npl"):
        weighted = scores * sample.weights[:, None]
        own = weighted.T @ scores
        moves = parts.beliefs_by_eta
        if kind == "sigint":
            turned = np.swapaxes(parts.by_beliefs, 1, 2)
            moves = np.asarray(np.linalg.solve(np.eye(2) - turned, parts.by_eta), dtype=np.float64)
        through = np.einsum("ib,ibk->ik", parts.score_beliefs, moves)
        bread = np.linalg.inv(own + weighted.T @ sample.spread(through.T))
        return bread @ own @ bread.T, kind
    if kind not in ("sandwich", "cluster"):
        raise InputError(f"errors={kind!r}: for npl, known are sigint, npl, sandwich and cluster.")
    total = gathered(sample, parts.hessian + parts.hessian_beliefs @ parts.beliefs_by_eta)
    bread = np.linalg.inv(-total)
    return np.asarray(bread @ meat(prepared, scores, clustered=kind == "cluster") @ bread.T), kind
