"""Crisis signalling with incomplete information (Lewis and Schultz 2003), fitted to counts of outcomes per game.

Three estimators: `pl`, the pseudo-likelihood given first-stage beliefs; `npl`, nested pseudo-likelihood, whose beliefs
are an equilibrium at the estimates; `ml`, full maximum likelihood, where every game sits at that of its equilibria
which makes its outcomes most likely (Crisman-Cox and Gibilisco 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from offramp.errors import InputError
from offramp.strategic import kernels
from offramp.strategic.first_stage import forest_beliefs
from offramp.strategic.formula import split
from offramp.strategic.frames import Table
from offramp.strategic.kernels import Floats
from offramp.strategic.model import Model, Observed, Prepared
from offramp.strategic.objective import Block, Sample
from offramp.strategic.response import MISSING, check_seen, read_counts, read_response
from offramp.strategic.signal_rows import KEYS, EquilibriumRows, SignalRows

if TYPE_CHECKING:
    from offramp.strategic.fit import Fit

METHODS = ("pl", "npl", "ml")
OUTCOMES = ("status quo", "concession", "stand firm", "back down")


class CrisisSignaling(Model):
    """The crisis-signalling game: `sq + cd + sf + bd ~ SA | VA | CB | barWA | barWB | bara | VB`.

    Args:
        formula, utilities, outcome, fixed, shared: See `Model`. The left side has the counts of status quo, concession,
            standing firm and backing down, or one column of labels (with `outcomes`).
        method: `pl`, `npl` or `ml`.
        first_stage: Two columns with Pr(B resists) and Pr(A stands firm, given resistance); by default forests
            estimate them. `npl` and `ml` use them only to begin.
        outcomes: Labels of the four outcomes in that order, when one column holds labels.
    """

    what = "crisis-signalling"

    def __init__(
        self,
        formula: str | None = None,
        *,
        method: str = "npl",
        first_stage: str | Sequence[str] | None = None,
        outcomes: Sequence[str] | str | None = None,
        **common: Any,
    ) -> None:
        if method not in METHODS:
            raise InputError(f"method {method!r}: known are {', '.join(METHODS)}.")
        self.method = method
        self.first_stage = tuple(split(first_stage, ",")) if isinstance(first_stage, str) else tuple(first_stage or ())
        if self.first_stage and len(self.first_stage) != 2:
            raise InputError("first_stage: expected two columns, Pr(B resists) and Pr(A stands firm).")
        self.outcomes = tuple(split(outcomes, ",")) if isinstance(outcomes, str) else outcomes and tuple(outcomes)
        super().__init__(formula, **common)
        if len(self.left) not in (1, 4):
            raise InputError(
                f"crisis-signalling: the left side has {len(self.left)} columns; expected the counts of "
                f"{', '.join(OUTCOMES)}, as in sq + cd + sf + bd."
            )

    def about(self) -> str:
        """Game and estimator."""
        words = {"pl": "pseudo-likelihood", "npl": "nested pseudo-likelihood", "ml": "full maximum likelihood"}
        return f"{self.what}, {words[self.method]}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the utilities."""
        return KEYS

    def prefix(self, key: str, labels: Sequence[str]) -> str:
        """The key itself."""
        return key

    def row_model(self) -> SignalRows:
        """The pseudo-likelihood of one game."""
        return SignalRows()

    def extra_columns(self) -> tuple[str, ...]:
        """Columns of the first stage."""
        return self.first_stage

    def observe(self, table: Table) -> Observed:
        """Counts of outcomes; beliefs where columns give them (0.5 until a first stage is estimated)."""
        if len(self.left) == 1:
            response = read_response(table, self.left, 4, (), self.outcomes)
            missing = response.codes == MISSING
            counts = np.zeros((table.rows, 4))
            counts[~missing, response.codes[~missing]] = 1
            labels: Sequence[str] = response.labels
        else:
            counts = read_counts(table, self.left, self.what)
            missing = np.isnan(counts).any(axis=1)
            labels = self.outcomes or self.left
            if len(labels) != 4:
                raise InputError(f"--outcomes names {len(labels)} outcomes; this game has 4.")
        beliefs = np.full((table.rows, 2), 0.5)
        for k, name in enumerate(self.first_stage):
            column = table.column(name)
            values = column.values if column.numeric else np.full(table.rows, np.nan)
            wrong = ~((values > 0) & (values < 1)) & ~column.missing()
            if wrong.any() or not column.numeric:
                raise InputError(f"first_stage: column {name!r} must hold probabilities between 0 and 1.")
            beliefs[:, k] = values
        return Observed(np.hstack([np.nan_to_num(counts), beliefs]), tuple(labels), missing, counts)

    def check(self, prepared: Prepared) -> None:
        """Every outcome seen, no empty game, identified."""
        empty = np.flatnonzero(prepared.counts.sum(axis=1) == 0)
        if len(empty):
            raise InputError(
                f"crisis-signalling: {len(empty)} games have no outcome at all (such as row "
                f"{prepared.used[empty[0]] + 1}); leave them out with a subset."
            )
        check_seen(prepared.sample.weights @ prepared.counts, prepared.labels)
        varied = prepared.sample.data.copy()
        varied[:, 4:] = np.random.default_rng(3).uniform(0.2, 0.8, (len(varied), 2))
        super().check(replace(prepared, sample=replace(prepared.sample, data=varied)))

    def with_beliefs(self, prepared: Prepared, seed: int) -> Prepared:
        """The first stage: beliefs of every game, from columns or forests."""
        if self.first_stage:
            return prepared
        rows = np.arange(prepared.sample.rows)
        return self.believing(prepared, self.beliefs_from(prepared, rows, seed))

    @staticmethod
    def beliefs_from(prepared: Prepared, rows: NDArray[np.intp], seed: int) -> Floats:
        """First-stage beliefs of all games from forests grown on some of them, (n, 2)."""
        seen: dict[bytes, Floats] = {}
        for made in prepared.columns:
            for name, values in zip(made.names, made.values.T, strict=True):
                if name != "(Intercept)":
                    seen.setdefault(np.ascontiguousarray(values).tobytes(), values)
        regressors = np.column_stack(list(seen.values())) if seen else np.zeros((prepared.sample.rows, 0))
        return forest_beliefs(prepared.counts[rows], regressors[rows], regressors, seed)

    @staticmethod
    def believing(prepared: Prepared, beliefs: Floats) -> Prepared:
        """The same games with other beliefs (n, 2)."""
        data = prepared.sample.data.copy()
        data[:, 4:6] = beliefs
        return replace(prepared, sample=replace(prepared.sample, data=data))

    def move_names(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Actions of A, B and A again."""
        return ("no challenge", "challenge", "concede", "resist", "stand firm | resisted", "back down | resisted")

    def fitted_sample(self, fit: Fit) -> Sample:
        """The games at the equilibria of the fit, which move with the coefficients; `pl` has beliefs instead."""
        from offramp.strategic.crisis_ml import at_equilibrium

        sample = fit.prepared.sample
        return at_equilibrium(sample, ndtri(sample.data[:, 4])) if self.method == "npl" else sample

    def predictable(self, sample: Sample, fit: Fit) -> Sample:
        """New games at an equilibrium: where there are several, the one in which B resists most often."""
        from offramp.strategic.crisis_ml import all_equilibria, at_equilibrium

        found = all_equilibria(replace(sample, model=SignalRows()), fit.beta)
        if any(not len(f) for f in found):
            row = next(i for i, f in enumerate(found) if not len(f))
            raise InputError(f"crisis-signalling: no equilibrium with a resisting B was found for new game {row + 1}.")
        return at_equilibrium(sample, np.array([f[-1] for f in found]))

    def with_likelihood(self, prepared: Prepared) -> Prepared:
        """The likelihood at equilibria, from those of the full estimate."""
        from offramp.strategic.crisis_ml import fit_ml

        return fit_ml(self, self.with_beliefs(prepared, 1), None, 1, None, 1).prepared

    def default_labels(self) -> tuple[str, ...]:
        """The columns of counts."""
        return tuple(self.outcomes or (self.left if len(self.left) == 4 else OUTCOMES))

    def kept_columns(self, data: Any) -> tuple[str, ...]:
        """Counts, whose sums say how often each game is played."""
        return self.left if len(self.left) == 4 else ()

    def drawn(self, sample: Sample, eta: Floats, table: Table, random: np.random.Generator) -> dict[str, Any]:
        """Counts drawn at the equilibrium in which B resists most often; each game as often as in the data."""
        from offramp.strategic.crisis_ml import all_equilibria, at_equilibrium

        still = replace(sample, blocks=tuple(Block(np.zeros((len(eta), 0)), np.zeros(0, dtype=np.intp)) for _ in KEYS))
        still = replace(still, offset=eta)
        found = all_equilibria(still, np.zeros(sample.size))
        z = np.array([f[-1] if len(f) else np.nan for f in found])
        if np.isnan(z).any():
            raise InputError("simulate: some games have no equilibrium with a resisting B at these coefficients.")
        chance = kernels.call(EquilibriumRows(), "predicted", eta, at_equilibrium(still, z).data)
        chance = chance / chance.sum(axis=1, keepdims=True)
        plays = np.ones(table.rows, dtype=int)
        if len(self.left) == 4:
            plays = np.sum([table.column(n).values for n in self.left], axis=0).astype(int)
        counts = random.multinomial(plays, chance).astype(np.float64)
        if len(self.left) == 4:
            return {name: counts[:, i] for i, name in enumerate(self.left)}
        labels = self.default_labels()
        return {self.left[0]: np.array([labels[i] for i in counts.argmax(axis=1)], dtype=object)}

    def refit(self, fit: Fit) -> Callable[[Floats, int], Floats | None] | None:
        """Estimates again by the same method; forests grow anew for the pseudo-likelihood."""
        from offramp.strategic import crisis_ml, crisis_npl

        if self.method == "npl":
            return crisis_npl.refit_npl(fit)
        if self.method == "ml":
            return crisis_ml.refit_ml(fit)
        return None if self.first_stage else crisis_npl.refit_pl(self, fit)

    def estimate(
        self, prepared: Prepared, *, errors: str | None, starts: int, start: ArrayLike | None, seed: int, **options: Any
    ) -> Fit:
        """Estimates by the model's method.

        Args:
            first_stage_draws: `pl` only: bootstrap replications of the first stage that widen the errors.
            max_steps: `npl` only: most outer iterations.

        Raises:
            NotConvergedError: When the estimator does not end at an equilibrium.
        """
        from offramp.strategic import crisis_ml, crisis_npl

        prepared = self.with_beliefs(prepared, seed)
        first = None if start is None else np.asarray(start, dtype=np.float64)
        if first is not None and first.shape != (prepared.sample.size,):
            raise InputError(f"start has shape {first.shape}; the model has {prepared.sample.size} free coefficients.")
        if self.method == "pl":
            return crisis_npl.fit_pl(self, prepared, errors, starts, first, seed, **options)
        if self.method == "npl":
            return crisis_npl.fit_npl(self, prepared, errors, starts, first, seed, **options)
        return crisis_ml.fit_ml(self, prepared, errors, starts, first, seed, **options)
