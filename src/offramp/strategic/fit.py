"""A fit: estimates, how sure they are, and what one does with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from offramp.strategic import kernels
from offramp.strategic.kernels import Floats

if TYPE_CHECKING:
    from offramp.strategic.bootstrap import Bootstrap
    from offramp.strategic.compare import Goodness
    from offramp.strategic.effects import Prediction
    from offramp.strategic.model import Model, Prepared
    from offramp.strategic.optimise import Optimum
    from offramp.strategic.profile import Profile


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """What came out of fitting a model. Free coefficients in `beta`, all by name in `coefficients`.

    Attributes:
        loglik: Log-likelihood (for counts without the multinomial constant), nats.
        vcov: Covariance of the free coefficients, by the kind of `errors`.
        optima: All optima found, the best first, with the number of starts that led to each.
        problems: What the data could not tell, in words; empty when all is well.
    """

    model: Model
    prepared: Prepared
    beta: Floats
    loglik: float
    hessian: Floats
    vcov: Floats
    errors: str
    optima: tuple[Optimum, ...]
    problems: tuple[str, ...]
    steps: int
    converged: bool
    extra: dict[str, Any] = field(default_factory=dict)

    # ---- numbers -----------------------------------------------------------------------------------------------
    @property
    def names(self) -> tuple[str, ...]:
        """Names of all coefficients."""
        return self.prepared.names

    @property
    def estimates(self) -> Floats:
        """All coefficients in order, the fixed ones among them."""
        return self.prepared.full(self.beta)

    @property
    def coefficients(self) -> dict[str, float]:
        """Every coefficient by name."""
        return dict(zip(self.names, self.estimates.tolist(), strict=True))

    @property
    def standard_errors(self) -> Floats:
        """Standard errors of all coefficients; NaN for fixed ones."""
        with np.errstate(invalid="ignore"):
            free = np.sqrt(np.diag(self.vcov))
        out = np.full(len(self.names), np.nan)
        place = self.prepared.position
        out[place >= 0] = free[place[place >= 0]]
        return out

    @property
    def se(self) -> dict[str, float]:
        """Standard errors by name; NaN for fixed coefficients."""
        return dict(zip(self.names, self.standard_errors.tolist(), strict=True))

    @property
    def n(self) -> int:
        """Rows used."""
        return self.prepared.sample.rows

    @property
    def dropped(self) -> int:
        """Rows dropped for missing values."""
        return self.prepared.dropped

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in the order of predictions."""
        return self.prepared.labels

    @property
    def free(self) -> int:
        """How many coefficients were estimated."""
        return self.prepared.sample.size

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.loglik + 2 * self.free

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of rows."""
        return -2 * self.loglik + float(np.log(self.n)) * self.free

    def loglik_by_row(self) -> Floats:
        """Log-likelihood of every row used."""
        return self.prepared.sample.by_row(self.beta)

    def fitted(self) -> Floats:
        """Predicted probabilities (and expectations) in the rows used, shape (n, outcomes), named by `outcomes`."""
        sample = self.prepared.sample
        return kernels.call(sample.model, "predicted", sample.eta(self.beta), sample.data)

    def bootstrap(self, replications: int = 100, **options: Any) -> Bootstrap:
        """Bootstrap replications: `seed`, `path` (resumable), `workers`, `client`, `progress`. See `run_bootstrap`."""
        from offramp.strategic.bootstrap import run_bootstrap

        return run_bootstrap(self, replications, **options)

    def with_bootstrap(self, bootstrap: Bootstrap) -> Fit:
        """The same fit with the bootstrap's covariance."""
        return replace(
            self, vcov=bootstrap.covariance, errors="bootstrap", extra={**self.extra, "bootstrap": bootstrap}
        )

    def predict(self, data: Any = None, **options: Any) -> Prediction:
        """Predicted probabilities of outcomes or moves with intervals. See `effects.predict`."""
        from offramp.strategic.effects import predict

        return predict(self, data, **options)

    def typical(self, **chosen: Any) -> dict[str, Any]:
        """A profile of typical regressors, some chosen. See `effects.typical`."""
        from offramp.strategic.effects import typical

        return typical(self, **chosen)

    def effect(self, variable: str, **options: Any) -> Prediction:
        """Effect of a regressor, at a profile or averaged. See `effects.effect`."""
        from offramp.strategic.effects import effect

        return effect(self, variable, **options)

    def goodness(self) -> Goodness:
        """Goodness of fit against the outcomes' shares. See `compare.goodness`."""
        from offramp.strategic.compare import goodness

        return goodness(self)

    def profile(self, name: str, *, level: float = 0.95, points: int = 0) -> Profile:
        """Profile likelihood interval of a coefficient. See `profile.run_profile`."""
        from offramp.strategic.profile import run_profile

        return run_profile(self, name, level=level, points=points)

    def with_errors(self, kind: str) -> Fit:
        """The same fit with another kind of errors."""
        from offramp.strategic.covariance import covariance

        return replace(self, vcov=covariance(self.prepared, self.beta, self.hessian, kind), errors=kind)

    def to_dict(self, rows: int = 20) -> dict[str, Any]:
        """The fit as plain numbers, for JSON: NaN becomes None. `predicted` holds the first `rows` rows."""
        return {
            "model": self.model.what,
            "coefficients": _plain(self.coefficients),
            "se": _plain(self.se),
            "loglik": self.loglik,
            "n": self.n,
            "dropped": self.dropped,
            "outcomes": list(self.outcomes),
            "predicted": self.fitted()[:rows].tolist(),
            "errors": self.errors,
            "aic": self.aic,
            "bic": self.bic,
            "optima": [{"loglik": o.value, "starts": o.starts} for o in self.optima],
            "problems": list(self.problems),
            "converged": self.converged,
        }

    def __str__(self) -> str:
        from offramp.strategic.tables import fit_text

        return fit_text(self)

    def _repr_html_(self) -> str:
        from offramp.strategic.tables import fit_html

        return fit_html(self)

    def to_latex(self, caption: str = "") -> str:
        """The table for a paper."""
        from offramp.strategic.tables import fit_latex

        return fit_latex(self, caption)

    def __repr__(self) -> str:
        return f"<Fit {self.model.what}: n={self.n}, {self.free} coefficients, loglik={self.loglik:.4f}>"


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    return {name: (value if np.isfinite(value) else None) for name, value in values.items()}
