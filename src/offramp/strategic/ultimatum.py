"""The statistical ultimatum game (Ramsay and Signorino 2009).

Player 1 offers y out of a prize Q, keeps Q - y if player 2 accepts, and has R1 + e1 otherwise; player 2 accepts if
y >= R2 + e2. R1 and R2 are linear in covariates; e1 and e2 are logistic with scales s1 and s2 and known to their owner
alone. The best offer solves Q - y - R1 - s2 (1 + exp((y - R2) / s2)) = e1, and is held to [min, max]. All densities
are worked out in logarithms; none is floored.

Source: Ramsay and Signorino (2009), A statistical model of the ultimatum game, University of Rochester.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from offramp.compiled import jax, jnp
from offramp.errors import InputError
from offramp.strategic.formula import Part
from offramp.strategic.frames import Table
from offramp.strategic.kernels import Floats
from offramp.strategic.model import Model, Observed, Prepared
from offramp.strategic.objective import Sample

PREDICTED = ("E(offer)", "Pr(accept)", "Pr(offer=min)", "Pr(offer=max)")
INSIDE, AT_MIN, AT_MAX = 0.0, 1.0, 2.0
PANELS = 48
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True)
class OfferRows:
    """One offer and, unless `offer_only`, the answer. Indices: R1, R2, log s1, log s2. Data: offer, answer, kind."""

    top: float
    bottom: float
    offer_only: bool
    indices: int = 4
    width: int = 3

    def log_lik(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-density of the offer (log-probability at a bound) plus log-probability of the answer."""
        offer, answer, kind = row[0], row[1], row[2]
        at = jnp.where(kind == AT_MIN, self.bottom, jnp.where(kind == AT_MAX, self.top, offer))
        z, slope = self._error(eta, at)
        inside = jax.nn.log_sigmoid(z) + jax.nn.log_sigmoid(-z) - eta[2] + slope
        log = jnp.where(
            kind == AT_MIN, jax.nn.log_sigmoid(-z), jnp.where(kind == AT_MAX, jax.nn.log_sigmoid(z), inside)
        )
        if self.offer_only:
            return log
        gap = (offer - eta[1]) * jnp.exp(-eta[3])
        return log + jax.nn.log_sigmoid(jnp.where(answer > 0.5, gap, -gap))

    def _error(self, eta: jax.Array, at: jax.Array) -> tuple[jax.Array, jax.Array]:
        """e1 / s1 that makes `at` the best offer, and the logarithm of -de1/d(offer)."""
        s2 = jnp.exp(eta[3])
        e = (at - eta[1]) / s2
        return (self.top - at - eta[0] - s2 * (1 + jnp.exp(e))) * jnp.exp(-eta[2]), jax.nn.softplus(e)

    def predicted(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Expected offer, probabilities of acceptance, of the lowest and of the highest offer."""
        edges = np.linspace(self.bottom, self.top, PANELS + 1)
        half = (self.top - self.bottom) / (2 * PANELS)
        weights = jnp.asarray(half * WEIGHTS)[:, None]
        s2 = jnp.exp(eta[3])

        def panel(edge: jax.Array) -> jax.Array:
            y = edge + half * (jnp.asarray(NODES)[:, None] + 1)
            z, slope = self._error(eta, y)
            density = jnp.exp(jax.nn.log_sigmoid(z) + jax.nn.log_sigmoid(-z) - eta[2] + slope)
            accepted = density * jax.nn.sigmoid((y - eta[1]) / s2)
            return jnp.stack([jnp.sum(weights * jax.nn.sigmoid(z), axis=0), jnp.sum(weights * accepted, axis=0)])

        above, accepted = jnp.sum(jax.lax.map(panel, jnp.asarray(edges[:-1])), axis=0)
        low = jax.nn.sigmoid(-self._error(eta, jnp.asarray(self.bottom))[0])
        high = jax.nn.sigmoid(self._error(eta, jnp.asarray(self.top))[0])
        ends = low * jax.nn.sigmoid((self.bottom - eta[1]) / s2) + high * jax.nn.sigmoid((self.top - eta[1]) / s2)
        return jnp.stack([self.bottom + above, accepted + ends, low, high])


class Ultimatum(Model):
    """The ultimatum game. `offer + accept ~ R1 | R2`, or `offer ~ R1 | R2` when answers are not seen.

    Args:
        formula, utilities, outcome, fixed, shared: See `Model`. Coefficients log(s1) and log(s2) are the scales.
        max_offer: The prize, and the highest offer possible.
        min_offer: The lowest offer possible.
        s1, s2: Fixed scales; estimated if None.
        tolerance: Offers this near a bound count as at it.
    """

    what = "ultimatum"

    def __init__(
        self,
        formula: str | None = None,
        *,
        max_offer: float | None = None,
        min_offer: float = 0.0,
        s1: float | None = None,
        s2: float | None = None,
        tolerance: float = 1.5e-8,
        **common: Any,
    ) -> None:
        if max_offer is None:
            raise InputError("ultimatum: the highest possible offer is needed (--max-offer, max_offer=).")
        if not min_offer < max_offer:
            raise InputError(f"ultimatum: the lowest offer {min_offer:g} is not below the highest {max_offer:g}.")
        self.top, self.bottom, self.tolerance = float(max_offer), float(min_offer), tolerance
        fixed = dict(common.pop("fixed", None) or {})
        for name, scale in (("log(s1)", s1), ("log(s2)", s2)):
            if scale is not None:
                if not scale > 0:
                    raise InputError(f"ultimatum: scale {name[4:6]}={scale:g} must be above 0.")
                fixed[name] = float(np.log(scale))
        super().__init__(formula, fixed=fixed, **common)
        if len(self.left) not in (1, 2):
            raise InputError("ultimatum: the left side is offer + accept, or offer alone.")

    @property
    def keys(self) -> tuple[str, ...]:
        """R1 and R2."""
        return ("R1", "R2")

    @property
    def scale_parts(self) -> tuple[tuple[str, Part], ...]:
        """Logarithms of the scales."""
        return (("log(s1)", Part("1", None)), ("log(s2)", Part("1", None)))

    def prefix(self, key: str, labels: Sequence[str]) -> str:
        """The key itself."""
        return key

    def row_model(self) -> OfferRows:
        """The likelihood of one offer."""
        return OfferRows(self.top, self.bottom, len(self.left) == 1)

    def observe(self, table: Table) -> Observed:
        """Offers and answers. Raises `InputError` for offers outside the bounds and answers that are not 0 or 1."""
        columns = [table.column(name) for name in self.left]
        for name, column in zip(self.left, columns, strict=True):
            if not column.numeric and not all(v is None or isinstance(v, bool) for v in column.values):
                raise InputError(f"ultimatum: column {name!r} holds text; expected numbers.")
        values = [np.array([np.nan if v is None else float(v) for v in c.values]) for c in columns]
        offer = values[0]
        answer = values[1] if len(values) == 2 else np.zeros(table.rows)
        missing = np.isnan(offer) | np.isnan(answer)
        outside = (offer < self.bottom - self.tolerance) | (offer > self.top + self.tolerance)
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise InputError(
                f"ultimatum: offer {offer[row]:g} in row {row + 1} is outside {self.bottom:g} to {self.top:g}; set "
                "--min-offer and --max-offer."
            )
        wrong = ~(np.isnan(answer) | (answer == 0) | (answer == 1))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InputError(f"ultimatum: {self.left[1]!r} holds {answer[row]:g} in row {row + 1}; expected 0 or 1.")
        kind = np.where(
            np.abs(offer - self.top) < self.tolerance,
            AT_MAX,
            np.where(np.abs(offer - self.bottom) < self.tolerance, AT_MIN, INSIDE),
        )
        data = np.column_stack([np.nan_to_num(offer), np.nan_to_num(answer), kind])
        return Observed(data, PREDICTED, missing, np.zeros((0, 0)))

    def default_labels(self) -> tuple[str, ...]:
        """What is predicted."""
        return PREDICTED

    def drawn(self, sample: Sample, eta: Floats, table: Table, random: np.random.Generator) -> dict[str, Any]:
        """Best offers, from w + log w = t by Wright's omega function, held to the bounds; answers to them."""
        s1, s2 = np.exp(eta[:, 2]), np.exp(eta[:, 3])
        e1, e2 = s1 * random.logistic(size=table.rows), s2 * random.logistic(size=table.rows)
        rest = self.top - eta[:, 0] - e1 - s2
        offer = rest - s2 * np.real(special.wrightomega((rest - eta[:, 1]) / s2))
        offer = np.clip(offer, self.bottom, self.top)
        made = {self.left[0]: offer}
        return made | ({self.left[1]: (offer >= eta[:, 1] + e2).astype(np.float64)} if len(self.left) == 2 else {})

    def check(self, prepared: Prepared) -> None:
        """Offers vary, and both answers are seen."""
        offer, answer = prepared.sample.data[:, 0], prepared.sample.data[:, 1]
        if np.ptp(offer) == 0:
            raise InputError(f"ultimatum: every offer used is {offer[0]:g}; nothing can be estimated.")
        if len(self.left) == 2 and np.ptp(answer) == 0:
            word = "accepted" if answer[0] else "refused"
            raise InputError(f"ultimatum: every offer used was {word}; the other answer was never seen.")

    def start(self, sample: Sample) -> Floats:
        """Reservation values from regressions of offers, scales from their spread."""
        offer = sample.data[:, 0]
        spread = max(float(offer.std()), 1e-3 * (self.top - self.bottom))
        beta = np.zeros(sample.size)
        scales = []
        for k, default in ((2, spread), (3, spread / 2)):
            block = sample.blocks[k]
            scales.append(float(np.exp(sample.offset[0, k])) if not len(block.coefficients) else default)
            beta[block.coefficients] = np.log(default)
        r2 = np.full(sample.rows, float(offer.mean()))
        wanted = [self.top - offer - scales[1] * (1 + np.exp(np.minimum((offer - r2) / scales[1], 3.0))), r2]
        for k in (0, 1):
            block = sample.blocks[k]
            if len(block.coefficients):
                goal = wanted[k] - sample.offset[:, k]
                beta[block.coefficients] = np.linalg.lstsq(block.columns, goal, rcond=None)[0]
        return beta


def ultimatum(formula: str | None = None, **options: Any) -> Ultimatum:
    """The R package's name for `Ultimatum`."""
    return Ultimatum(formula, **options)
