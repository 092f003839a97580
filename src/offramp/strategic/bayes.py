"""Posteriors by the No-U-Turn sampler (numpyro), with weakly informative priors.

A coefficient's prior is normal around 0 with a standard deviation of `prior` in units of its regressor: a change of one
root mean square of the regressor moves the utility by about `prior` standard deviations of an error. Sampling works in
coordinates whitened at the posterior's mode, where chains mix best. `to_arviz` gives ArviZ's DataTree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from offramp.compiled import jax, jnp
from offramp.errors import InputError
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Sample
from offramp.strategic.optimise import climb

if TYPE_CHECKING:
    from offramp.strategic.model import Model, Prepared

EXTRA = "this needs {what}, which the extra 'strategic' brings: pip install 'offramp[strategic]'."


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Draws of the free coefficients, (chains, draws, free), and what the sampler said.

    Attributes:
        loglik: Log-likelihood of every draw, (chains, draws).
        divergences: How many transitions diverged; more than a few say that the posterior has a shape that the sampler
            cannot follow.
    """

    model: Model
    prepared: Prepared
    names: tuple[str, ...]
    draws: Floats
    loglik: Floats
    diverging: NDArray[np.bool_]
    prior: float

    @property
    def divergences(self) -> int:
        """How many transitions diverged."""
        return int(self.diverging.sum())

    @property
    def flat(self) -> Floats:
        """All draws in one, (chains * draws, free), for `effects.predict(coefficients=...)`."""
        return self.draws.reshape(-1, self.draws.shape[-1])

    def rows(self, level: float = 0.95) -> list[dict[str, object]]:
        """One row a coefficient: mean, standard deviation, interval, R-hat and effective sample size."""
        tail = (1 - level) / 2
        low, high = np.quantile(self.flat, [tail, 1 - tail], axis=0)
        return [
            {
                "coefficient": name, "mean": float(self.flat[:, i].mean()), "sd": float(self.flat[:, i].std(ddof=1)),
                "low": float(low[i]), "high": float(high[i]), "r_hat": r_hat(self.draws[:, :, i]),
                "ess": effective(self.draws[:, :, i]),
            }
            for i, name in enumerate(self.names)
        ]  # fmt: skip

    def to_arviz(self) -> Any:
        """ArviZ's DataTree with groups posterior and sample_stats. Raises `InputError` without the extra."""
        try:
            import arviz_base
        except ImportError as error:
            raise InputError(EXTRA.format(what="arviz-base")) from error
        posterior = {name: self.draws[:, :, i] for i, name in enumerate(self.names)}
        stats = {"diverging": self.diverging, "lp": self.loglik}
        return arviz_base.from_dict({"posterior": posterior, "sample_stats": stats})

    def __str__(self) -> str:
        from offramp.strategic.tables import Table, number

        rows = self.rows()
        columns = tuple(rows[0])
        cells = tuple((str(r["coefficient"]), *(number(float(str(r[c]))) for c in columns[1:])) for r in rows)
        chains, draws, _ = self.draws.shape
        title = f"{self.model.about()}: posterior of {self.prepared.sample.rows:,} rows, {chains} chains of {draws:,}"
        foot = (f"prior normal with {self.prior:g} per regressor's root mean square; {self.divergences} divergences",)
        return str(Table(title, columns, cells, foot))


def sample_posterior(
    model: Model, prepared: Prepared, *, draws: int = 1000, warmup: int = 1000, chains: int = 2, prior: float = 2.5,
    seed: int = 1, progress: bool = False,
) -> Posterior:  # fmt: skip
    """Samples the posterior of a model. Raises `InputError` without the extra `strategic`, or for a bad prior."""
    if not prior > 0:
        raise InputError(f"bayes: prior={prior:g}; expected a standard deviation above 0.")
    try:
        from numpyro.infer import MCMC, NUTS
    except ImportError as error:
        raise InputError(EXTRA.format(what="numpyro")) from error
    sample = prepared.sample
    spread = prior / sample.scale()
    mode, root = _mode(model, sample, spread)
    log_lik = _traced(sample)

    def potential(z: jax.Array) -> jax.Array:
        beta = mode + root @ z
        value: jax.Array = 0.5 * jnp.sum((beta / spread) ** 2) - log_lik(beta)
        return value

    kernel = NUTS(potential_fn=potential, dense_mass=False, target_accept_prob=0.85)
    runs = MCMC(kernel, num_warmup=warmup, num_samples=draws, num_chains=chains, chain_method="sequential",
                progress_bar=progress)  # fmt: skip
    key = jax.random.PRNGKey(seed)
    begin = 0.5 * jax.random.normal(jax.random.PRNGKey(seed + 1), (chains, sample.size))
    runs.run(key, init_params=begin if chains > 1 else begin[0], extra_fields=("diverging", "potential_energy"))
    z = np.asarray(runs.get_samples(group_by_chain=True))
    extra = runs.get_extra_fields(group_by_chain=True)
    beta = np.asarray(mode) + z @ np.asarray(root).T
    penalty = 0.5 * np.sum((beta / spread) ** 2, axis=-1)
    loglik = -np.asarray(extra["potential_energy"]) + penalty
    return Posterior(model, prepared, prepared.free_names, beta, loglik, np.asarray(extra["diverging"]), prior)


def _mode(model: Model, sample: Sample, spread: Floats) -> tuple[Floats, Floats]:
    """Mode of the posterior, and a root of its covariance there."""

    def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
        f, g, h = sample.derivatives(beta)
        return f - 0.5 * float(np.sum((beta / spread) ** 2)), g - beta / spread**2, h - np.diag(1 / spread**2)

    end = climb(derivatives, model.start(sample), sample.scale())
    values, vectors = np.linalg.eigh(-end.hessian)
    return end.beta, vectors / np.sqrt(np.maximum(values, 1e-8 * values[-1]))


def _traced(sample: Sample) -> Any:
    """The log-likelihood as a function of coefficients that JAX can trace and differentiate once."""
    offset, data, weights = jnp.asarray(sample.offset.T), jnp.asarray(sample.data.T), jnp.asarray(sample.weights)
    blocks = [(k, jnp.asarray(b.columns), b.coefficients) for k, b in enumerate(sample.blocks) if len(b.coefficients)]
    settles = bool(getattr(sample.model, "settles", False))

    def log_lik(beta: jax.Array) -> jax.Array:
        eta = offset
        for k, columns, places in blocks:
            eta = eta.at[k].add(columns @ beta[places])
        row = data
        if settles:
            model: Any = sample.model
            row = row.at[-1].set(jax.lax.stop_gradient(model.settled(jax.lax.stop_gradient(eta), row)))
        return jnp.sum(weights * sample.model.log_lik(eta, row))

    return log_lik


def r_hat(chains: Floats) -> float:
    """Split R-hat of one quantity, (chains, draws): near 1 where chains agree.

    Source: Gelman et al. (2013), Bayesian Data Analysis, third edition, section 11.4.
    """
    half = chains.shape[1] // 2
    parts = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean()
    between = half * parts.mean(axis=1).var(ddof=1)
    return float(np.sqrt(((half - 1) / half * within + between / half) / within))


def effective(chains: Floats) -> float:
    """Effective sample size of one quantity, (chains, draws), by Geyer's initial monotone sequence."""
    m, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    power = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(power, size, axis=1)[:, :n].mean(axis=0) / n
    within = covariance[0] * n / (n - 1)
    whole = within * (n - 1) / n + (chains.mean(axis=1).var(ddof=1) if m > 1 else 0.0)
    rho = 1 - (within - covariance * n / (n - 1)) / whole
    pairs = rho[0 : 2 * (n // 2) : 2] + rho[1 : 2 * (n // 2) : 2]
    positive = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    pairs = np.minimum.accumulate(pairs[:positive])
    return float(min(m * n / max(2 * pairs.sum() - 1, 1 / np.log10(m * n)), m * n * np.log10(m * n)))
