"""The posterior of one exit mode by the No-U-Turn sampler, scales included: what the normal approximation is held to.

The density is that of `fit`, with the pooled groups' scales free instead of set at their best value. Groups are sampled
in units of their scale (not centred: Betancourt and Girolami 2015, in Current Trends in Bayesian Methodology, chapter
4), and all of it in coordinates whitened with the expected information at the normal approximation, so that chains
start in the right place and few steps are wasted. JAX computes; on a GPU where it finds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.hazard.features import COUNTRY, FIXED, LOG_SCALE_SD, POOLED, Array, column_names, pooled_slices
from offramp.hazard.fit import ModeFit, Rows, curvature, prior_from_scales, starting_scales

if TYPE_CHECKING:
    import polars as pl

    from offramp.compiled import jax

EXTRA = "sampling hazards needs {what}, which the extra 'history' brings: pip install 'offramp[history]'."
TARGET_ACCEPTANCE = 0.9
"""Above the usual 0.8: scales of groups that tell little make the posterior narrow in places."""
GROUPS = (*(group.name for group in POOLED), COUNTRY.name)


class Point(NamedTuple):
    """One point of the posterior, `(..., n)`: coefficients, country effects, scales of `GROUPS`."""

    columns: Any
    country: Any
    scales: Any


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Draws from the posterior of one mode.

    Attributes:
        columns: Coefficients of `features.column_names`, `(chain, draw, column)`.
        country: Effects of the states, `(chain, draw, country)`.
        scales: Of `GROUPS`, `(chain, draw, group)`.
        countries: ISO-3 codes, in the order of `country`.
        diverging: Transitions that diverged, `(chain, draw)`.
        leapfrogs: Gradients per transition, on average.
    """

    mode: str
    columns: Array
    country: Array
    scales: Array
    countries: tuple[str, ...]
    diverging: NDArray[np.bool_]
    leapfrogs: float

    def named(self) -> dict[str, Array]:
        """Every quantity by its name, `(chain, draw)` each."""
        parts = (
            (column_names(), self.columns),
            ([f"country: {iso3}" for iso3 in self.countries], self.country),
            ([f"scale: {group}" for group in GROUPS], self.scales),
        )
        return {name: values[..., i] for names, values in parts for i, name in enumerate(names)}

    def worst(self) -> tuple[float, float]:
        """The highest split R-hat and the lowest effective sample size among all quantities."""
        from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

        every = np.concatenate([self.columns, self.country, self.scales], axis=-1)
        return float(np.max(split_gelman_rubin(every))), float(np.min(effective_sample_size(every)))

    def log_hazard(self, columns: Array, country: int | None = None) -> Array:
        """Log hazards per month in every draw, `(chain * draw, row)`.

        Args:
            columns: `(row, column)`, as `features.design` gives them.
            country: Index of the state among `countries`; None for one with no effect of its own.
        """
        flat: Array = self.columns.reshape(-1, self.columns.shape[-1]) @ columns.T
        return flat if country is None else flat + self.country.reshape(len(flat), -1)[:, country, None]

    def to_arviz(self) -> Any:
        """ArviZ's DataTree with the groups posterior (dimensions column, state, group) and sample_stats.

        Raises:
            InputError: Without the extra `history`.
        """
        try:
            import arviz_base
        except ImportError as error:
            raise InputError(EXTRA.format(what="arviz-base")) from error
        return arviz_base.from_dict(
            {
                "posterior": {"coefficient": self.columns, "effect": self.country, "scale": self.scales},
                "sample_stats": {"diverging": self.diverging},
            },
            dims={"coefficient": ["column"], "effect": ["state"], "scale": ["group"]},
            coords={"column": list(column_names()), "state": list(self.countries), "group": list(GROUPS)},
        )

    def to_frame(self) -> pl.DataFrame:
        """One row a draw: `chain`, `draw`, then a column for every quantity of `named`."""
        import polars as pl

        chains, draws = self.diverging.shape
        index = {"chain": np.repeat(np.arange(chains), draws), "draw": np.tile(np.arange(draws), chains)}
        return pl.DataFrame(index | {name: values.ravel() for name, values in self.named().items()})


def sample_mode(
    mode: str,
    rows: Rows,
    events: Array,
    fit: ModeFit,
    countries: tuple[str, ...],
    *,
    draws: int = 500,
    warmup: int = 300,
    chains: int = 4,
    seed: int = 7,
    progress: bool = False,
) -> Draws:
    """Sample one mode.

    Args:
        mode: Its name.
        rows: Leader-months.
        events: 1.0 where the leader left by this mode in the month, else 0.0.
        fit: The normal approximation on the same rows: where chains start, and their metric.
        countries: ISO-3 codes of the countries of `rows`.
        draws: Kept of each chain.
        warmup: Steps before, in which the step size and the metric are tuned.
        chains: Run side by side.
        seed: Fixes the draws.
        progress: Whether to show numpyro's bar.

    Raises:
        InputError: Without the extra `history`, or for counts below 2 draws, 1 chain or 10 steps of warm-up.
    """
    if draws < 2 or chains < 1 or warmup < 10:
        raise InputError(f"draws={draws}, chains={chains}, warmup={warmup}; expected at least 2, 1 and 10")
    try:
        from numpyro.infer import MCMC, NUTS
    except ImportError as error:
        raise InputError(EXTRA.format(what="numpyro")) from error
    from offramp.compiled import jax, jnp

    centre = start_point(fit)
    root = jnp.asarray(_root(centre, rows))
    density = log_density(rows, events)
    kernel = NUTS(
        potential_fn=lambda z: -density(centre + root @ z), dense_mass=False, target_accept_prob=TARGET_ACCEPTANCE
    )
    side_by_side = "vectorized" if chains > 1 else "sequential"
    run = MCMC(
        kernel,
        num_warmup=warmup,
        num_samples=draws,
        num_chains=chains,
        chain_method=side_by_side,
        progress_bar=progress,
    )
    begin = 0.5 * jax.random.normal(jax.random.PRNGKey(seed + 1), (chains, len(centre)))
    run.run(
        jax.random.PRNGKey(seed),
        init_params=begin if chains > 1 else begin[0],
        extra_fields=("diverging", "num_steps"),
    )
    z = np.asarray(run.get_samples(group_by_chain=True))
    extra = run.get_extra_fields(group_by_chain=True)
    point = unpack(centre + z @ np.asarray(root).T, rows.countries, np)
    return Draws(
        mode,
        np.asarray(point.columns),
        np.asarray(point.country),
        np.asarray(point.scales),
        countries,
        np.asarray(extra["diverging"]),
        float(np.mean(np.asarray(extra["num_steps"]))),
    )


def log_density(rows: Rows, events: Array) -> Callable[[jax.Array], jax.Array]:
    """The log posterior density of a point as `unpack` reads it, up to a constant, traced by JAX."""
    from offramp.compiled import jnp

    # Rows in single precision, at half the price: a log hazard is off by some 1e-6. Sums are in double.
    columns, exposure = jnp.asarray(rows.columns, jnp.float32), jnp.asarray(rows.exposure, jnp.float32)
    country = jnp.asarray(rows.country)
    by_column, by_country = jnp.asarray(events @ rows.columns), jnp.asarray(rows.by_country(events))
    mean, sd = (np.array([getattr(fixed, what) for fixed in FIXED]) for what in ("mean", "sd"))
    medians = np.log(starting_scales())

    def density(theta: jax.Array) -> jax.Array:
        point = unpack(theta, rows.countries, jnp)
        # Events are few: their part of the likelihood is a sum made once.
        effects = point.country.astype(jnp.float32)
        expected = exposure * jnp.exp(columns @ point.columns.astype(jnp.float32) + effects[country])
        likelihood = by_column @ point.columns + by_country @ point.country - jnp.sum(expected, dtype=jnp.float64)
        units = theta[len(FIXED) : -len(GROUPS)]
        scales = (theta[-len(GROUPS) :] - medians) / LOG_SCALE_SD
        penalty = jnp.sum(((theta[: len(FIXED)] - mean) / sd) ** 2) + jnp.sum(units**2) + jnp.sum(scales**2)
        value: jax.Array = likelihood - 0.5 * penalty
        return value

    return density


def unpack(theta: Any, countries: int, xp: Any) -> Point:
    """A sampler's point `(..., n)`: fixed coefficients, groups and countries in units of their scale, log scales.

    `xp` is NumPy or JAX's NumPy, whichever made `theta`.
    """
    scales = xp.exp(theta[..., -len(GROUPS) :])
    parts = [theta[..., : len(FIXED)]]
    parts += [theta[..., where] * scales[..., g, None] for g, where in enumerate(pooled_slices())]
    size = len(column_names())
    return Point(xp.concatenate(parts, axis=-1), theta[..., size : size + countries] * scales[..., -1, None], scales)


def start_point(fit: ModeFit) -> Array:
    """The normal approximation's centre in the sampler's coordinates."""
    columns = fit.mode.copy()
    for scale, where in zip(fit.scales, pooled_slices(), strict=False):
        columns[where] /= scale
    return np.concatenate([columns, fit.country_mode / fit.scales[-1], np.log(fit.scales)])


def _root(centre: Array, rows: Rows) -> Array:
    """A root of the inverse expected information at `centre`, in the sampler's coordinates."""
    point = unpack(centre, rows.countries, np)
    flat = prior_from_scales(point.scales)
    blocks = curvature(point.columns, point.country, rows, flat)
    shared = blocks.shared - np.diag(flat.sd**-2)
    country = blocks.country - flat.country_sd**-2
    information = np.block([[shared, blocks.cross.T], [blocks.cross, np.diag(country)]])
    size, total = len(point.columns), len(point.columns) + rows.countries
    slopes = np.zeros((total, len(centre)))  # of coefficients by the sampler's coordinates
    slopes[range(len(FIXED)), range(len(FIXED))] = 1.0
    members = [*pooled_slices(), slice(size, total)]
    values = np.concatenate([point.columns, point.country])
    for g, where in enumerate(members):
        inside = np.arange(where.start, where.stop)
        slopes[inside, inside] = point.scales[g]
        slopes[inside, total + g] = values[inside]
    precision = np.ones(len(centre))
    precision[: len(FIXED)] = [fixed.sd**-2 for fixed in FIXED]
    precision[total:] = LOG_SCALE_SD**-2
    whole = slopes.T @ information @ slopes + np.diag(precision)
    root: Array = np.linalg.inv(np.linalg.cholesky(whole)).T.astype(np.float64)
    return root
