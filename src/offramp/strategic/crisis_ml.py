"""Full maximum likelihood of crisis signalling: every game at the equilibrium that makes its outcomes most likely.

The likelihood of a game at given coefficients is the largest over its equilibria, so the estimate solves the maximum
under equilibrium constraints of Crisman-Cox and Gibilisco (2021). Along one branch of equilibria the likelihood is
smooth, and its derivatives follow from the implicit function theorem: a climb follows the branches, then all equilibria
of all games are looked for, games move to better ones, and the climb goes on until none does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from offramp.errors import NotConvergedError
from offramp.strategic import kernels
from offramp.strategic.covariance import covariance
from offramp.strategic.crisis_npl import beginnings, nested, settle_beliefs
from offramp.strategic.fit import Fit
from offramp.strategic.identify import diagnose
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample
from offramp.strategic.optimise import Climb, Optimum, climb
from offramp.strategic.signal_rows import COARSE, GRID, EquilibriumRows

if TYPE_CHECKING:
    from offramp.strategic.crisis import CrisisSignaling
    from offramp.strategic.model import Prepared

SWITCHES = 8
STEPS = 200  # of one climb
MORE = 3  # further starts when the first ones disagree
SAME = 1e-6


def at_equilibrium(sample: Sample, z: Floats) -> Sample:
    """The likelihood at equilibria near z, (n,)."""
    return replace(sample, model=EquilibriumRows(), data=np.column_stack([sample.data[:, :4], z]))


def all_equilibria(sample: Sample, beta: Floats) -> list[Floats]:
    """Every equilibrium of every game that a scan finds, as z in ascending order.

    The scan takes signs of T(z) - z on a grid of z from -37 to 9, and bends between; `offramp.games.crisis` proves its
    counts, and is slower: `equilibria` of a fit uses it.
    """
    eta = sample.eta(beta)
    probe = at_equilibrium(sample, np.zeros(sample.rows))
    # A map that falls in z has one fixed point; for it a coarse look is enough.
    way = np.sign(eta[:, 3] - eta[:, 5]) * np.sign(eta[:, 1] - eta[:, 0]) * np.sign(eta[:, 2] - eta[:, 6])
    rising = way > 0
    gaps = np.full((sample.rows, len(GRID)), np.nan)
    for part, what, every in ((rising, "gaps", 1), (~rising, "coarse_gaps", COARSE)):
        if part.any():
            gaps[part, ::every] = kernels.call(probe.model, what, eta[part], probe.data[part])
    seeds_row, seeds_z = [], []
    for falling in np.flatnonzero(~rising):  # one sign change, found on the coarse grid: spread it over the fine one
        gaps[falling] = np.interp(GRID, GRID[::COARSE], gaps[falling, ::COARSE])
    change = np.signbit(gaps[:, 1:]) != np.signbit(gaps[:, :-1])
    rows, places = np.nonzero(change & ~np.isnan(gaps[:, 1:]) & ~np.isnan(gaps[:, :-1]))
    left, right = gaps[rows, places], gaps[rows, places + 1]
    finite = np.isfinite(left) & np.isfinite(right)
    share = np.clip(np.where(finite, left, 1.0) / np.where(finite, left - right, 2.0), 0.05, 0.95)
    seeds_row.append(rows)
    seeds_z.append(GRID[places] + share * (GRID[places + 1] - GRID[places]))
    middle = np.abs(gaps[:, 1:-1])  # a bend that nearly touches 0 may hide two equilibria
    bend = (middle < np.abs(gaps[:, :-2])) & (middle < np.abs(gaps[:, 2:])) & (middle < 0.05)
    rows, places = np.nonzero(bend)
    seeds_row += [rows, rows]
    seeds_z += [GRID[places], GRID[places + 2]]
    row, z = np.concatenate(seeds_row), np.concatenate(seeds_z)
    if not len(row):
        return [np.zeros(0) for _ in range(sample.rows)]
    ends = kernels.call(probe.model, "settled", eta[row], np.column_stack([probe.data[row, :4], z]))
    out: list[list[float]] = [[] for _ in range(sample.rows)]
    pairs: list[tuple[int, float]] = sorted(zip(row.tolist(), ends.tolist(), strict=True))
    for i, end in pairs:
        if np.isfinite(end) and (not out[i] or end - out[i][-1] > SAME * (1 + abs(end))):
            out[i].append(end)
    return [np.array(found) for found in out]


def best_equilibria(sample: Sample, beta: Floats, now: Floats) -> tuple[Floats, Floats, list[Floats]]:
    """For every game the equilibrium with the largest likelihood: z, its gain over that near `now`, and all of them."""
    found = all_equilibria(sample, beta)
    count = np.array([len(f) for f in found])
    row = np.repeat(np.arange(sample.rows), count)
    z = np.concatenate([*found, np.zeros(0)])
    eta = sample.eta(beta)
    current = kernels.value(EquilibriumRows(), eta, np.column_stack([sample.data[:, :4], now]))
    current = np.where(np.isfinite(current), current, -np.inf)
    best, gain = now.copy(), np.zeros(sample.rows)
    asked = (count[row] > 1) | np.isneginf(current)[row]
    row, z = row[asked], z[asked]
    if len(row):
        values = kernels.value(EquilibriumRows(), eta[row], np.column_stack([sample.data[row, :4], z]))
        for i, where, value in zip(row.tolist(), z.tolist(), values.tolist(), strict=True):
            if value - current[i] > gain[i]:
                best[i], gain[i] = where, value - current[i]
    return best, gain, found


def climb_branches(sample: Sample, beta: Floats, z: Floats) -> tuple[Climb, Floats, list[Floats]] | None:
    """A local maximum of the likelihood under equilibrium constraints, from beliefs z."""
    scale = sample.scale()
    for _ in range(SWITCHES):
        branch = _Branch(sample, z)
        if not branch.reaches(beta):
            z = best_equilibria(sample, beta, z)[0]
            branch = _Branch(sample, z)
        end = climb(branch.derivatives, beta, scale, steps=STEPS)
        if not end.converged:
            return None
        if not np.isfinite(end.value):
            return None
        beta = end.beta
        branch.reaches(beta)
        better, gain, found = best_equilibria(sample, beta, branch.z)
        if not (gain > 1e-9).any():
            return end, branch.z, found
        z = better
    return None


class _Branch:
    """The likelihood along a branch: each evaluation begins at the equilibria of the best point so far."""

    def __init__(self, sample: Sample, z: Floats) -> None:
        self.sample = sample
        self.z = z.copy()
        self.value = -np.inf

    def settled(self, beta: Floats) -> tuple[Floats, Floats]:
        """Indices, and data at the equilibria that the branch has there."""
        eta = self.sample.eta(beta)
        counts = self.sample.data[:, :4]
        z = kernels.call(EquilibriumRows(), "settled", eta, np.column_stack([counts, self.z]))
        return eta, np.column_stack([counts, z])

    def reaches(self, beta: Floats) -> bool:
        """Moves the branch to other coefficients, if it leads there."""
        z = self.settled(beta)[1][:, 4]
        if np.isfinite(z).all():
            self.z = z
            return True
        return False

    def derivatives(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """As `Sample.derivatives`."""
        eta, data = self.settled(beta)
        here = replace(self.sample, model=EquilibriumRows(), data=data)
        if not np.isfinite(data).all():
            return -np.inf, np.full(here.size, np.nan), np.full((here.size, here.size), np.nan)
        out = here.gathered(*kernels.newton(here.model, eta, data, settled=True))
        if out[0] > self.value:
            self.value, self.z = out[0], data[:, 4]
        return out


class _End(NamedTuple):
    climb: Climb
    z: Floats
    found: list[Floats]
    starts: int


def _near(known: Climb, beta: Floats) -> bool:
    gap = beta - known.beta
    return bool(gap @ -known.hessian @ gap < 1e-6)


def fit_ml(
    model: CrisisSignaling, prepared: Prepared, errors: str | None, starts: int, first: Floats | None, seed: int
) -> Fit:
    """The full maximum likelihood estimator. See `CrisisSignaling.fit`."""
    ends: list[_End] = []
    begins = _beginnings(prepared, starts, first, seed)
    random, tried = np.random.default_rng(seed), 0
    while begins:
        beta, z = begins.pop(0)
        reached = climb_branches(prepared.sample, beta, z)
        if reached is None or not reached[0].converged:
            pass
        elif same := [i for i, known in enumerate(ends) if _near(known.climb, reached[0].beta)]:
            ends[same[0]] = ends[same[0]]._replace(starts=ends[same[0]].starts + 1)
        else:
            ends.append(_End(*reached, 1))
        if not begins and starts > 1 and len(ends) != 1 and tried < MORE:  # none, or several: look further
            tried += 1
            near = max(ends, key=lambda e: e.climb.value) if ends else None
            centre, level = (near.climb.beta, near.z) if near is not None else (beta, z)
            begins = [(centre + random.normal(0, 0.5, len(centre)) / prepared.sample.scale(), level)]
    if not ends:
        raise NotConvergedError(
            "crisis-signalling: no start ends at a maximum of the full likelihood; give more starts."
        )
    ends.sort(key=lambda e: -e.climb.value)
    best, z, found, _ = ends[0]
    sample = at_equilibrium(prepared.sample, z)
    final = replace(prepared, sample=sample)
    kind = errors or ("cluster" if prepared.clusters is not None else "classical")
    vcov = covariance(final, best.beta, best.hessian, kind)
    several = sum(len(f) > 1 for f in found)
    note = f"{several} of {len(found)} games have several equilibria at the estimates; each sits at its likeliest."
    return Fit(
        model=model, prepared=replace(final, notes=(note,)), beta=best.beta, loglik=best.value, hessian=best.hessian,
        vcov=vcov, errors=kind, optima=tuple(Optimum(e.climb.value, e.climb.beta, e.starts) for e in ends),
        problems=tuple(diagnose(sample, best.beta, best.value, best.hessian, prepared.free_names)),
        steps=best.steps, converged=True, extra={"equilibria": [len(f) for f in found]},
    )  # fmt: skip


def refit_ml(fit: Fit) -> Callable[[Floats, int], Floats | None]:
    """The full likelihood at other weights, from the fit's own equilibria."""
    sample = fit.prepared.sample

    def refit(weights: Floats, number: int) -> Floats | None:
        drawn = sample.weighted(weights)
        reached = climb_branches(drawn, fit.beta, drawn.data[:, 4])
        return reached[0].beta if reached is not None and reached[0].converged else None

    return refit


def _beginnings(prepared: Prepared, starts: int, first: Floats | None, seed: int) -> list[tuple[Floats, Floats]]:
    """Coefficients and beliefs z to begin from: the nested estimate, then the maxima of pseudo-likelihoods."""
    out: list[tuple[Floats, Floats]] = []
    for sample, beta in beginnings(prepared, starts, first, seed):
        if not out:
            reached = nested(sample, beta, 20)
            settled = settle_beliefs(*reached[:2]) if reached is not None else None
            if reached is not None and settled is not None:
                out.append((reached[1], ndtri(settled.data[:, 4])))
        out.append((beta, ndtri(sample.data[:, 4])))
    return out
