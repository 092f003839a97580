"""What all models share: from formulas and data to a likelihood, and from a likelihood to a fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from offramp.errors import InputError
from offramp.strategic import design
from offramp.strategic import subset as subsets
from offramp.strategic.formula import Part, parse, read_part, split
from offramp.strategic.frames import Table, missing_column, read_frame
from offramp.strategic.identify import check_identified
from offramp.strategic.kernels import Floats, RowModel
from offramp.strategic.objective import Block, Sample

if TYPE_CHECKING:
    from offramp.strategic.bayes import Posterior
    from offramp.strategic.fit import Fit

Formula = str | float | int


@dataclass(frozen=True, eq=False)
class Observed:
    """What a model read of the outcomes: the row model's data (n, D), the names of outcomes, rows not observed."""

    data: Floats
    labels: tuple[str, ...]
    missing: NDArray[np.bool_]
    counts: Floats  # how often each outcome was seen, per row; empty where outcomes are not counts


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model joined with data, ready to be maximised.

    Attributes:
        names: Every coefficient by its name, the fixed ones among them.
        equation: For every coefficient the prefix of its utility or scale.
        value: Value of the fixed coefficients, NaN for the free.
        position: For every coefficient its place among the free ones, -1 if fixed.
        used: Which rows of the data, 0-based.
        dropped: Rows dropped for missing values.
    """

    sample: Sample
    names: tuple[str, ...]
    equation: tuple[str, ...]
    value: Floats
    position: NDArray[np.intp]
    columns: tuple[design.Columns, ...]
    prefixes: tuple[str, ...]
    labels: tuple[str, ...]
    counts: Floats
    used: NDArray[np.intp]
    dropped: int
    left_out: int
    clusters: NDArray[np.intp] | None
    cluster_name: str
    notes: tuple[str, ...] = ()
    frame: Table | None = field(default=None, repr=False)

    def full(self, beta: Floats) -> Floats:
        """All coefficients from the free ones."""
        out = self.value.copy()
        out[self.position >= 0] = beta[self.position[self.position >= 0]]
        return out

    @property
    def free_names(self) -> tuple[str, ...]:
        """Names of the free coefficients; a shared one goes by its first name."""
        names = [""] * self.sample.size
        for name, place in zip(self.names, self.position, strict=True):
            if place >= 0 and not names[place]:
                names[place] = name
        return tuple(names)


class Model(ABC):
    """A game with a formula for every utility.

    Args:
        formula: The R packages' multi-part formula, `outcome ~ u | u | ...`.
        utilities: Instead of the right sides, a formula (or number) for every utility by key; others are 0.
        outcome: Instead of the left side, its columns.
        fixed: Coefficients held at a number, by name; a utility's own name fixes a utility whose formula is 0.
        shared: Groups of coefficients, by name, that are one and the same.
    """

    what = "a model"

    def __init__(
        self,
        formula: str | None = None,
        *,
        utilities: Mapping[str, Formula] | None = None,
        outcome: str | Sequence[str] | None = None,
        fixed: Mapping[str, float] | None = None,
        shared: Sequence[Sequence[str]] = (),
    ) -> None:
        self.left, self.parts = self._read(formula, utilities, outcome)
        self.fixed = {name: _number(name, value) for name, value in (fixed or {}).items()}
        self.shared = tuple(tuple(group) for group in shared)
        self._fix_utilities()

    # ---- what a model must say about itself --------------------------------------------------------------------
    @property
    @abstractmethod
    def keys(self) -> tuple[str, ...]:
        """Keys of the utilities, in the order of the formula's parts."""

    @property
    def scale_parts(self) -> tuple[tuple[str, Part], ...]:
        """Further indices after the utilities: prefix and formula of each scale."""
        return ()

    @abstractmethod
    def row_model(self) -> RowModel:
        """The likelihood of one row."""

    @abstractmethod
    def observe(self, table: Table) -> Observed:
        """Reads the outcomes."""

    @abstractmethod
    def prefix(self, key: str, labels: Sequence[str]) -> str:
        """The name of a utility in coefficients, such as `u1(esc,war)`."""

    def about(self) -> str:
        """A few words for the head of a table."""
        return self.what

    def start(self, sample: Sample) -> Floats:
        """Where the first climb begins."""
        return np.zeros(sample.size)

    def refit(self, fit: Fit) -> Callable[[Floats, int], Floats | None] | None:
        """How to estimate again with other weights: a function of weights (n,) and a number for random draws, or None
        where climbing the likelihood is all there is to it."""
        return None

    def move_names(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Names of the actions of all moves, in the order of `log_moves`."""
        raise InputError(f"{self.what} has no moves to predict.")

    def fitted_sample(self, fit: Fit) -> Sample:
        """The rows fitted, made ready for predictions."""
        return fit.prepared.sample

    def predictable(self, sample: Sample, fit: Fit) -> Sample:
        """A sample of new data made ready for predictions at a fit."""
        return sample

    def bayes(
        self, data: Any, *, weights: str | ArrayLike | None = None, subset: str | ArrayLike | None = None,
        missing: str = "drop", **options: Any,
    ) -> Posterior:  # fmt: skip
        """The posterior by NUTS, with weakly informative priors; options of `bayes.sample_posterior`."""
        from offramp.strategic.bayes import sample_posterior

        prepared = self.prepare(data, weights=weights, subset=subset, missing=missing)
        return sample_posterior(self, self.with_likelihood(prepared), **options)

    def with_likelihood(self, prepared: Prepared) -> Prepared:
        """The same with the full likelihood of the data."""
        return prepared

    def simulate(self, data: Any, coefficients: Mapping[str, float], *, seed: Any = 1) -> dict[str, Any]:
        """Outcomes drawn at known coefficients, as columns beside the regressors of `data`.

        Args:
            data: A data frame with the regressors.
            coefficients: By name; what is not named is 0.
            seed: Of the draw.

        Raises:
            InputError: For coefficients that the model does not have.
        """
        parts = [*self.parts, *(part for _, part in self.scale_parts)]
        table = read_frame(data, dict.fromkeys([*design.needed(parts), *self.kept_columns(data)]))
        labels = self.default_labels()
        keys, prefixes = self._equations(labels)
        columns = [design.build(part, table, name) for part, name in zip(parts, prefixes, strict=True)]
        if design.check_finite(columns, prefixes).any():
            raise InputError("simulate: regressors have missing values; drop them first.")
        width = self.row_model().width
        empty = Observed(np.zeros((table.rows, width)), labels, np.zeros(table.rows, dtype=bool), np.zeros((0, 0)))
        prepared = self._assemble(columns, prefixes, keys, empty, np.ones(table.rows))
        unknown = [name for name in coefficients if name not in prepared.names]
        if unknown:
            raise InputError(
                "simulate: "
                + missing_column(unknown[0], prepared.names).replace("the data have no column", "no coefficient")
            )
        beta = np.array([float(coefficients.get(name, 0.0)) for name in prepared.free_names])
        made = self.drawn(prepared.sample, prepared.sample.eta(beta), table, np.random.default_rng(seed))
        kept = {name: column.values for name, column in table.columns.items() if name not in made}
        return {**kept, **made}

    def default_labels(self) -> tuple[str, ...]:
        """Names of outcomes before any data are seen."""
        return ()

    def kept_columns(self, data: Any) -> tuple[str, ...]:
        """Columns besides regressors that drawing outcomes needs."""
        return ()

    def drawn(self, sample: Sample, eta: Floats, table: Table, random: np.random.Generator) -> dict[str, Any]:
        """Columns of outcomes drawn at indices eta, (n, K)."""
        raise InputError(f"simulate: {self.what} cannot draw outcomes.")

    def extra_columns(self) -> tuple[str, ...]:
        """Columns of data that are neither outcome nor regressor."""
        return ()

    # ---- fitting -----------------------------------------------------------------------------------------------
    def fit(
        self,
        data: Any,
        *,
        weights: str | ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        missing: str = "drop",
        errors: str | None = None,
        cluster: str | None = None,
        starts: int = 3,
        start: ArrayLike | None = None,
        seed: int = 1,
        **options: Any,
    ) -> Fit:
        """Maximum likelihood.

        Args:
            data: A data frame of pandas or polars, or a dict of columns.
            weights: A column, or one number for every row of data; not negative.
            subset: An expression such as `year >= 1850`, or a mask for the rows of data.
            missing: `drop` rows with missing values and count them, or `error`.
            errors: `classical` (minus the inverse Hessian), `opg`, `sandwich` or `cluster`; by default `cluster` with
                a cluster column and the model's own otherwise (classical, for nearly all).
            cluster: A column that says which rows belong together.
            starts: How many starting points to climb from.
            start: The first starting point, for the free coefficients in order.
            seed: Of the drawn starting points.
            options: What the model's own `estimate` takes besides.

        Raises:
            InputError: For bad data or formulas, before any optimisation.
            NotConvergedError: When no start ends at an optimum.
        """
        prepared = self.prepare(data, weights=weights, subset=subset, missing=missing, cluster=cluster)
        return self.estimate(prepared, errors=errors, starts=starts, start=start, seed=seed, **options)

    def estimate(
        self, prepared: Prepared, *, errors: str | None, starts: int, start: ArrayLike | None, seed: int, **options: Any
    ) -> Fit:
        """What `fit` does once formulas and data are joined."""
        from offramp.strategic.estimate import fit_model

        return fit_model(self, prepared, errors=errors, starts=starts, start=start, seed=seed, **options)

    def prepare(
        self,
        data: Any,
        *,
        weights: str | ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        missing: str = "drop",
        cluster: str | None = None,
        check: bool = True,
    ) -> Prepared:
        """Joins formulas and data, with every check that needs no optimisation. Arguments and errors as for `fit`."""
        if missing not in ("drop", "error"):
            raise InputError(f"missing={missing!r}: known are 'drop' and 'error'.")
        parts = [*self.parts, *(part for _, part in self.scale_parts)]
        required = [*self.left, *design.needed(parts), *self.extra_columns()]
        side = [w for w in (weights, cluster) if isinstance(w, str)]
        asked = subsets.columns_of(subset) if isinstance(subset, str) else []
        table = read_frame(data, dict.fromkeys([*required, *side, *asked]))
        if table.rows == 0:
            raise InputError("the data have no rows.")
        rows, left_out, dropped = self._rows(table, subset, [*required, *side], missing)
        taken = table.taken(rows, dict.fromkeys([*required, *side]))
        observed = self.observe(taken)
        keys, prefixes = self._equations(observed.labels)
        columns = [design.build(part, taken, name) for part, name in zip(parts, prefixes, strict=True)]
        bad = design.check_finite(columns, prefixes) | observed.missing
        if bad.any():
            if missing == "error":
                raise InputError(
                    _missing_message(int(bad.sum()), np.flatnonzero(rows)[bad], "a value that is no number")
                )
            dropped += int(bad.sum())
            rows[np.flatnonzero(rows)[bad]] = False
            taken = table.taken(rows, dict.fromkeys([*required, *side]))
            observed = self.observe(taken)
            columns = [design.build(part, taken, name) for part, name in zip(parts, prefixes, strict=True)]
        if not rows.any():
            raise InputError(f"no row is left: {left_out} are outside the subset, {dropped} have missing values.")
        for made, name in zip(columns, prefixes, strict=True):
            design.check_collinear(made, name)
        used = np.flatnonzero(rows)
        weight = _weights(weights, taken, used, table.rows)
        clusters, cluster_name = _clusters(cluster, taken)
        prepared = self._assemble(columns, prefixes, keys, observed, weight)
        prepared = replace(prepared, used=used, dropped=dropped, left_out=left_out, clusters=clusters,
                           cluster_name=cluster_name, frame=taken)  # fmt: skip
        if check:
            self.check(prepared)
        return prepared

    def check(self, prepared: Prepared) -> None:
        """Checks of the joined model before any optimisation."""
        check_identified(prepared)

    def _rows(
        self, table: Table, subset: str | ArrayLike | None, required: Sequence[str], missing: str
    ) -> tuple[NDArray[np.bool_], int, int]:
        rows = np.ones(table.rows, dtype=bool)
        if isinstance(subset, str):
            rows = subsets.rows_of(subset, table).copy()
        elif subset is not None:
            rows = np.asarray(subset).astype(bool)
            if rows.shape != (table.rows,):
                raise InputError(f"the subset has shape {rows.shape}; the data have {table.rows} rows.")
            rows = rows.copy()
        left_out = int((~rows).sum())
        if left_out == table.rows:
            raise InputError(
                f"the subset {subset!r} holds no row." if isinstance(subset, str) else "the subset is empty."
            )
        gone = np.zeros(table.rows, dtype=bool)
        for name in dict.fromkeys(required):
            if self._may_miss(name):
                continue
            here = table.column(name).missing() & rows
            if here.any() and missing == "error":
                raise InputError(_missing_message(int(here.sum()), np.flatnonzero(here), f"no value in {name!r}"))
            gone |= here
        rows &= ~gone
        return rows, left_out, int(gone.sum())

    def _may_miss(self, name: str) -> bool:
        """Whether a missing value in a column is dealt with when outcomes are read."""
        return name in self.left

    def _equations(self, labels: Sequence[str]) -> tuple[list[str], list[str]]:
        scales = self.scale_parts
        keys = [*self.keys, *(prefix for prefix, _ in scales)]
        return keys, [*(self.prefix(k, labels) for k in self.keys), *(prefix for prefix, _ in scales)]

    # ---- putting together --------------------------------------------------------------------------------------
    def _assemble(
        self, columns: Sequence[design.Columns], prefixes: Sequence[str], keys: Sequence[str], observed: Observed,
        weight: Floats,
    ) -> Prepared:  # fmt: skip
        names: list[str] = []
        equation: list[str] = []
        utilities = len(self.keys)
        for k, (made, prefix) in enumerate(zip(columns, prefixes, strict=True)):
            if made.part.fixed is not None:
                mine = [prefix] if made.part.fixed != 0 else []
            elif k >= utilities and made.part.is_constant:
                mine = [prefix]
            else:
                mine = [f"{prefix}:{name}" for name in made.names]
            names += mine
            equation += [prefix] * len(mine)
        value, position = self._positions(names)
        offset = np.zeros((len(weight), len(columns)))
        blocks, at = [], 0
        for k, made in enumerate(columns):
            if made.part.fixed is not None:
                offset[:, k] = made.part.fixed
                if made.part.fixed != 0:
                    value[at], position[at] = made.part.fixed, -1
                    at += 1
                blocks.append(Block(np.zeros((len(weight), 0)), np.zeros(0, dtype=np.intp)))
                continue
            places = position[at : at + len(made.names)]
            held = places < 0
            if held.any():
                offset[:, k] += made.values[:, held] @ value[at : at + len(made.names)][held]
            blocks.append(Block(np.asfortranarray(made.values[:, ~held]), places[~held]))
            at += len(made.names)
        position = _packed(position)
        place_of = {old: new for old, new in zip(self._positions(names)[1], position, strict=True) if new >= 0}
        blocks = [Block(b.columns, np.array([place_of[c] for c in b.coefficients], dtype=np.intp)) for b in blocks]
        size = int(position.max()) + 1 if len(position) else 0
        if size <= 0:
            raise InputError("every coefficient is fixed; nothing is left to estimate.")
        sample = Sample(self.row_model(), tuple(blocks), offset, observed.data, weight, size)
        return Prepared(
            sample, tuple(names), tuple(equation), value, position, tuple(columns), tuple(prefixes), observed.labels,
            observed.counts, np.zeros(0, dtype=np.intp), 0, 0, None, "",
        )  # fmt: skip

    def _positions(self, names: Sequence[str]) -> tuple[Floats, NDArray[np.intp]]:
        value = np.full(len(names), np.nan)
        position = np.arange(len(names), dtype=np.intp)
        place = {name: i for i, name in enumerate(names)}
        for name, number in self.fixed.items():
            if name not in place:
                raise InputError(
                    "fixed: " + missing_column(name, names).replace("the data have no column", "no coefficient")
                )
            value[place[name]], position[place[name]] = number, -1
        for group in self.shared:
            unknown = [name for name in group if name not in place]
            if unknown:
                raise InputError(
                    "shared: " + missing_column(unknown[0], names).replace("the data have no column", "no coefficient")
                )
            if any(position[place[name]] < 0 for name in group):
                raise InputError(f"shared: {', '.join(group)}: a fixed coefficient cannot be shared.")
            first = min(place[name] for name in group)
            for name in group:
                position[place[name]] = position[first]
        return value, position

    def _read(
        self, formula: str | None, utilities: Mapping[str, Formula] | None, outcome: str | Sequence[str] | None
    ) -> tuple[tuple[str, ...], tuple[Part, ...]]:
        if (formula is None) == (utilities is None):
            raise InputError(f"{self.what}: give either a formula or utilities.")
        if formula is not None:
            left, parts = parse(formula, self.keys, self.what)
        else:
            assert utilities is not None
            unknown = [key for key in utilities if key not in self.keys]
            if unknown:
                raise InputError(f"{self.what} has no utility {unknown[0]!r}; utilities: {', '.join(self.keys)}.")
            left, parts = (), tuple(_part(utilities.get(key, 0)) for key in self.keys)
        if outcome is not None:
            named = split(outcome, "+") if isinstance(outcome, str) else list(outcome)
            if left and tuple(named) != left:
                raise InputError(
                    f"the formula's left side is {' + '.join(left)}, and outcome says {' + '.join(named)}."
                )
            left = tuple(named)
        return left, parts

    def _fix_utilities(self) -> None:
        """A fixed number under a utility's key goes to the utility."""
        parts = list(self.parts)
        for k, key in enumerate(self.keys):
            if key in self.fixed:
                if parts[k].fixed is None:
                    raise InputError(
                        f"fixed: utility {key} has the formula {parts[k].text!r}; write 0 to fix it whole."
                    )
                parts[k] = Part(str(self.fixed[key]), self.fixed[key])
        self.parts = tuple(parts)
        self.fixed = {name: number for name, number in self.fixed.items() if name not in self.keys}


def _part(value: Formula) -> Part:
    if isinstance(value, str):
        return read_part(value)
    return Part(str(value), float(value))


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise InputError(f"fixed: {name}={value!r} is no finite number.")
    return number


def _packed(position: NDArray[np.intp]) -> NDArray[np.intp]:
    """Places of free coefficients numbered without gaps, in order of first appearance."""
    order: dict[int, int] = {}
    for p in position:
        if p >= 0:
            order.setdefault(int(p), len(order))
    return np.array([order[int(p)] if p >= 0 else -1 for p in position], dtype=np.intp)


def _missing_message(count: int, rows: NDArray[np.intp], what: str) -> str:
    shown = ", ".join(str(r + 1) for r in rows[:5])
    return (
        f"{count} row{'s have' if count > 1 else ' has'} {what} (such as {shown}), and missing='error' was asked for."
    )


def _weights(weights: str | ArrayLike | None, table: Table, used: NDArray[np.intp], rows: int) -> Floats:
    if weights is None:
        return np.ones(len(used))
    if isinstance(weights, str):
        column = table.column(weights)
        if not column.numeric:
            raise InputError(f"weights: column {weights!r} holds text.")
        values, name = column.values, f"column {weights!r}"
    else:
        values, name = np.asarray(weights, dtype=np.float64), "the weights"
        if values.shape != (rows,):
            raise InputError(f"weights have shape {values.shape}; the data have {rows} rows.")
        values = values[used]
    if not np.isfinite(values).all() or (values < 0).any():
        row = int(np.flatnonzero(~np.isfinite(values) | (values < 0))[0])
        raise InputError(f"weights: {name} holds {values[row]:g} in row {used[row] + 1}; weights are 0 or more.")
    if not values.any():
        raise InputError(f"weights: {name} holds only zeros; no row would count.")
    return np.asarray(values, dtype=np.float64)


def _clusters(name: str | None, table: Table) -> tuple[NDArray[np.intp] | None, str]:
    if name is None:
        return None, ""
    kinds, codes = np.unique(table.column(name).values.astype(str), return_inverse=True)
    if len(kinds) < 2:
        raise InputError(f"cluster: column {name!r} has one cluster ({kinds[0]}); robust errors need two or more.")
    return codes.astype(np.intp), name


Progress = Callable[[int, int], None]
