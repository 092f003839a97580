"""After the fit: predicted probabilities with intervals, effects of changes, at chosen profiles or averaged.

Intervals by the delta method stand on the logit scale, so that they stay between 0 and 1; `simulate` draws coefficients
from their normal approximation; a posterior brings draws of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit, ndtri

from offramp.errors import InputError
from offramp.strategic import design, kernels
from offramp.strategic.frames import Column, Table, read_frame
from offramp.strategic.kernels import Floats
from offramp.strategic.objective import Block, Sample

if TYPE_CHECKING:
    from offramp.games.picture import Picture
    from offramp.strategic.fit import Fit

METHODS = ("delta", "simulate", "none")
STEP = 1e-4  # of a variable's standard deviation, for marginal effects
EDGE = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """Estimates with intervals, each (rows, columns); `low` and `high` are NaN without a method.

    `kind` says what columns are: outcomes, moves, or effects on outcomes.
    """

    columns: tuple[str, ...]
    estimate: Floats
    low: Floats
    high: Floats
    level: float
    kind: str
    data: Table

    def rows(self) -> list[dict[str, object]]:
        """One row for each row of data and column."""
        out: list[dict[str, object]] = []
        for i in range(len(self.estimate)):
            given = {n: c.values[i] for n, c in self.data.columns.items()}
            for k, name in enumerate(self.columns):
                values = (float(self.estimate[i, k]), float(self.low[i, k]), float(self.high[i, k]))
                out.append({**given, self.kind: name, **dict(zip(("estimate", "low", "high"), values, strict=True))})
        return out

    def tidy(self, kind: str = "polars") -> Any:
        """The rows as a data frame of polars or pandas."""
        from offramp.games.frames import frame

        return frame(self.rows(), kind)

    def __str__(self) -> str:
        from offramp.strategic.tables import Table as Shown
        from offramp.strategic.tables import number

        rows = []
        for i in range(min(len(self.estimate), 20)):
            cells = [
                f"{number(self.estimate[i, k])}"
                + (f" [{number(self.low[i, k])}, {number(self.high[i, k])}]" if np.isfinite(self.low[i, k]) else "")
                for k in range(len(self.columns))
            ]
            rows.append((str(i + 1), *cells))
        more = (f"{len(self.estimate) - 20} further rows.",) if len(self.estimate) > 20 else ()
        return str(Shown(f"{self.kind}, {self.level:.0%} intervals", ("row", *self.columns), tuple(rows), more))

    def plot(self, variable: str) -> Picture:
        """Estimates against a numeric variable of the data, intervals as dashed lines."""
        from offramp.games.picture import Axis, Line, line_chart

        x = self.data.column(variable)
        if not x.numeric:
            raise InputError(f"plot: {variable!r} holds text; choose a numeric variable.")
        order = np.argsort(x.values)
        lines = []
        for k, name in enumerate(self.columns):
            lines.append(Line(name, x.values[order].tolist(), self.estimate[order, k].tolist()))
            if np.isfinite(self.low).all():
                lines.append(Line(f"{name}, low", x.values[order].tolist(), self.low[order, k].tolist()))
                lines.append(Line(f"{name}, high", x.values[order].tolist(), self.high[order, k].tolist()))
        words = f"{self.kind} against {variable}, with {self.level:.0%} intervals."
        return line_chart(f"{self.kind} by {variable}", Axis(variable), Axis("probability"), lines, description=words)


def sample_for(fit: Fit, table: Table) -> Sample:
    """The fitted model's indices on other data; outcomes are left empty."""
    prepared, old = fit.prepared, fit.prepared.sample
    offset = np.zeros((table.rows, len(prepared.columns)))
    blocks, at = [], 0
    for k, (made, prefix) in enumerate(zip(prepared.columns, prepared.prefixes, strict=True)):
        if made.part.fixed is not None:
            offset[:, k] = made.part.fixed
            at += 1 if made.part.fixed != 0 else 0
            blocks.append(Block(np.zeros((table.rows, 0)), np.zeros(0, dtype=np.intp)))
            continue
        values = design.again(made, table, prefix)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            raise InputError(f"new data: utility {prefix} is missing or infinite in row {row + 1}.")
        place = prepared.position[at : at + len(made.names)]
        held = place < 0
        if held.any():
            offset[:, k] += values[:, held] @ prepared.value[at : at + len(made.names)][held]
        blocks.append(Block(np.asfortranarray(values[:, ~held]), place[~held]))
        at += len(made.names)
    width = old.data.shape[1]
    empty = np.zeros((table.rows, width))
    return replace(old, blocks=tuple(blocks), offset=offset, data=empty, weights=np.ones(table.rows))


def regressors(fit: Fit) -> list[str]:
    """Columns of data that the formulas use."""
    return design.needed([made.part for made in fit.prepared.columns])


def predict(
    fit: Fit, data: Any = None, *, what: str = "outcomes", method: str = "delta", level: float = 0.95,
    draws: int = 1000, seed: int = 1, coefficients: Floats | None = None,
) -> Prediction:  # fmt: skip
    """Predicted probabilities (and, for the ultimatum game, expectations).

    Args:
        data: Rows to predict; by default those fitted.
        what: `outcomes`, or `moves` for the probability of every action given that its move is reached.
        method: `delta`, `simulate`, or `none` for estimates alone.
        coefficients: Draws of the free coefficients (draws, free), as of a posterior; replaces `method`.
    """
    if method not in METHODS:
        raise InputError(f"predict: method {method!r}; known are {', '.join(METHODS)}.")
    if not 0 < level < 1:
        raise InputError(f"predict: level {level:g}; expected a number between 0 and 1.")
    sample, table = _sample(fit, data)
    function, columns = _what(fit, what)
    at = _values(sample, fit.beta, function)
    if coefficients is None and method == "simulate":
        coefficients = np.random.default_rng(seed).multivariate_normal(fit.beta, fit.vcov, draws, method="eigh")
    if coefficients is not None:
        many = np.stack([_values(sample, c, function) for c in coefficients])
        tail = (1 - level) / 2
        low, high = np.quantile(many, [tail, 1 - tail], axis=0)
    elif method == "delta":
        _, slopes = _with_slopes(sample, fit.beta, function)
        se = np.sqrt(np.maximum(np.einsum("iop,pq,ioq->io", slopes, fit.vcov, slopes), 0))
        low, high = _interval(at, se, level, [_is_chance(c) for c in columns])
    else:
        low = high = np.full_like(at, np.nan)
    return Prediction(columns, at, low, high, level, what, table)


def _sample(fit: Fit, data: Any) -> tuple[Sample, Table]:
    names = regressors(fit)
    if data is None:
        assert fit.prepared.frame is not None
        return fit.model.fitted_sample(fit), fit.prepared.frame.taken(np.ones(fit.n, dtype=bool), names)
    table = read_frame(data, names)
    return fit.model.predictable(sample_for(fit, table), fit), table


def _what(fit: Fit, what: str) -> tuple[str, tuple[str, ...]]:
    if what == "outcomes":
        return "predicted", fit.outcomes
    if what == "moves" and hasattr(fit.prepared.sample.model, "log_moves"):
        return "log_moves", fit.model.move_names(fit.outcomes)
    raise InputError(f"predict: what={what!r}; known are outcomes and (for games with moves) moves.")


def _is_chance(column: str) -> bool:
    return not column.startswith("E(")


def _values(sample: Sample, beta: Floats, function: str) -> Floats:
    out = kernels.call(sample.model, function, sample.eta(beta), sample.data)
    return np.exp(out) if function.startswith("log_") else out


def _with_slopes(sample: Sample, beta: Floats, function: str) -> tuple[Floats, Floats]:
    """Values (n, O) and their derivatives in the coefficients (n, O, free)."""
    value, by_eta = kernels.with_jacobian(sample.model, function, sample.eta(beta), sample.data)
    if function.startswith("log_"):
        value = np.exp(value)
        by_eta = by_eta * value[:, :, None]
    out = np.zeros((*value.shape, sample.size))
    for k, block in enumerate(sample.blocks):
        for column, place in enumerate(block.coefficients):
            out[:, :, place] += by_eta[:, :, k] * block.columns[:, column][:, None]
    return value, out


def _interval(at: Floats, se: Floats, level: float, chances: Sequence[bool]) -> tuple[Floats, Floats]:
    reach = float(ndtri(0.5 + level / 2))
    low, high = at - reach * se, at + reach * se
    for k, chance in enumerate(chances):
        if chance:
            p = np.clip(at[:, k], EDGE, 1 - EDGE)
            width = reach * se[:, k] / (p * (1 - p))
            low[:, k], high[:, k] = expit(logit(p) - width), expit(logit(p) + width)
    return low, high


# ---- profiles ----------------------------------------------------------------------------------------------------
def typical(fit: Fit, **chosen: Any) -> dict[str, Any]:
    """A profile of regressors: means of numbers (medians where only 0 and 1 occur), commonest values of text.

    Args:
        chosen: Values by name; sequences vary along the rows of the profile, and every combination is made.
    """
    assert fit.prepared.frame is not None
    names = regressors(fit)
    unknown = [n for n in chosen if n not in names]
    if unknown:
        raise InputError(f"profile: the model has no regressor {unknown[0]!r}; regressors: {', '.join(names)}.")
    lists = {n: [v] if isinstance(v, str) or not np.iterable(v) else list(v) for n, v in chosen.items()}
    grids = np.meshgrid(*[np.arange(len(v)) for v in lists.values()], indexing="ij") if lists else []
    count = grids[0].size if grids else 1
    out: dict[str, Any] = {}
    for name in names:
        if name in lists:
            values = lists[name]
            out[name] = [values[i] for i in grids[list(lists).index(name)].ravel()]
        else:
            out[name] = [_middle(fit.prepared.frame.column(name))] * count
    return out


def _middle(column: Column) -> Any:
    if column.numeric:
        binary = np.isin(column.values, (0.0, 1.0)).all()
        return float(np.median(column.values) if binary else column.values.mean())
    kinds, counts = np.unique(column.values.astype(str), return_counts=True)
    most = str(kinds[int(np.argmax(counts))])
    return {"True": True, "False": False}.get(most, most) if isinstance(column.values[0], bool) else most


# ---- effects -----------------------------------------------------------------------------------------------------
def effect(
    fit: Fit, variable: str, *, change: tuple[Any, Any] | None = None, at: Mapping[str, Any] | None = None,
    level: float = 0.95,
) -> Prediction:  # fmt: skip
    """Effect of a regressor on the probabilities of outcomes.

    Args:
        change: From and to: the difference of the two (a first difference). Without it the derivative for a numeric
            regressor; text needs it.
        at: A profile (see `typical`); by default effects are averaged over the rows fitted.
        level: Of the intervals (delta method).
    """
    assert fit.prepared.frame is not None
    names = regressors(fit)
    if variable not in names:
        raise InputError(f"effect: the model has no regressor {variable!r}; regressors: {', '.join(names)}.")
    base = read_frame(at, names) if at is not None else fit.prepared.frame.taken(np.ones(fit.n, dtype=bool), names)
    column = fit.prepared.frame.column(variable)
    if change is None:
        if not column.numeric:
            kinds = ", ".join(sorted(set(column.values.astype(str))))
            raise InputError(f"effect: {variable!r} holds text ({kinds}); give change=(from, to).")
        step = STEP * (float(column.values.std()) or 1.0)
        here = base.column(variable).values
        ends, unit = (here - step, here + step), 2 * step
    else:
        ends, unit = tuple(_filled(v, base.rows, column) for v in change), 1.0
    values, slopes = [], []
    for end in ends:
        moved = Table({**base.columns, variable: replace(base.column(variable), values=end)}, base.rows)
        sample = fit.model.predictable(sample_for(fit, moved), fit)
        v, s = _with_slopes(sample, fit.beta, "predicted")
        values.append(v)
        slopes.append(s)
    estimate, slope = (values[1] - values[0]) / unit, (slopes[1] - slopes[0]) / unit
    if at is None:
        w = fit.prepared.sample.weights / fit.prepared.sample.weights.sum()
        estimate, slope = (w @ estimate)[None], np.einsum("i,iop->op", w, slope)[None]
        base = Table({}, 1)
    se = np.sqrt(np.maximum(np.einsum("iop,pq,ioq->io", slope, fit.vcov, slope), 0))
    reach = float(ndtri(0.5 + level / 2))
    words = f"effect of {variable}" + (f" from {change[0]} to {change[1]}" if change is not None else "")
    return Prediction(fit.outcomes, estimate, estimate - reach * se, estimate + reach * se, level, words, base)


def _filled(value: Any, rows: int, like: Column) -> Any:
    if like.numeric:
        return np.full(rows, float(value))
    out = np.empty(rows, dtype=object)
    out[:] = value if isinstance(value, bool) else str(value)
    return out


Function = Callable[[Floats], Floats]
