"""Columns of regressors from formulas and data.

A part whose terms are plain numeric columns and their products is built at once; anything else (factors, functions,
splines) goes through formulaic, whose choice of contrasts is kept so that new data get the same columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from offramp.errors import InputError
from offramp.strategic.formula import Part, parsed, r_name, terms, variables
from offramp.strategic.frames import Column, Table, missing_column
from offramp.strategic.kernels import Floats

COLLINEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Columns:
    """The regressors of one utility, and how to make them again. `spec` is None for plain numeric columns."""

    part: Part
    names: tuple[str, ...]
    values: Floats
    spec: Any = None


def context() -> dict[str, Any]:
    """Functions that a formula may call besides formulaic's own."""
    from formulaic.transforms import TRANSFORMS

    out: dict[str, Any] = {
        "sqrt": np.sqrt, "abs": np.abs, "log1p": np.log1p, "expm1": np.expm1, "sin": np.sin, "cos": np.cos,
        "tanh": np.tanh, "sign": np.sign, "floor": np.floor, "ceiling": np.ceil, "round": np.round,
        "pmin": np.minimum, "pmax": np.maximum, "I": lambda x: x, "factor": TRANSFORMS["C"],
        "ifelse": lambda test, yes, no: np.where(test, yes, no),
    }  # fmt: skip
    return out


def needed(parts: Sequence[Part]) -> list[str]:
    """The columns of data that formulas use, each once."""
    names: dict[str, None] = {}
    for part in parts:
        if part.fixed is None:
            names.update(dict.fromkeys(variables(part.text)))
    return list(names)


def build(part: Part, table: Table, utility: str) -> Columns:
    """The columns of one part. Raises `InputError` for values that are not finite and for a formula that fails."""
    if part.fixed is not None:
        return Columns(part, (), np.zeros((table.rows, 0)))
    plain = _plain(part, table)
    if plain is not None:
        return Columns(part, tuple(name for name, _ in plain), np.column_stack([v for _, v in plain]))
    from formulaic.errors import FormulaicError

    frame = as_pandas(table, variables(part.text))
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            matrix = parsed(part.text).get_model_matrix(
                frame, context=context(), na_action="ignore", ensure_full_rank=True
            )
    except (FormulaicError, ValueError, TypeError, ZeroDivisionError, NameError, AttributeError) as error:
        raise InputError(f"utility {utility}: formula {part.text!r} fails: {_cause(error)}") from error
    values = np.asarray(matrix, dtype=np.float64)
    return Columns(part, tuple(r_name(c) for c in matrix.columns), values, matrix.model_spec)


def again(columns: Columns, table: Table, utility: str) -> Floats:
    """The same columns for other data."""
    if columns.part.fixed is not None:
        return np.zeros((table.rows, 0))
    if columns.spec is None:
        for name in variables(columns.part.text):
            if not table.column(name).numeric:
                raise InputError(f"utility {utility}: column {name!r} held numbers in the data fitted, and text here.")
        plain = _plain(columns.part, table)
        assert plain is not None
        return np.column_stack([v for _, v in plain])
    from formulaic.errors import FormulaicError

    frame = as_pandas(table, variables(columns.part.text))
    try:
        matrix = columns.spec.get_model_matrix(frame, context=context(), na_action="ignore")
    except (FormulaicError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"utility {utility}: formula {columns.part.text!r} fails on the new data: {_cause(error)}"
        ) from error
    return np.asarray(matrix, dtype=np.float64)


def _cause(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _plain(part: Part, table: Table) -> list[tuple[str, Floats]] | None:
    out: list[tuple[str, Floats]] = []
    for factors in terms(part.text):
        if not all(f in table.columns and table.columns[f].numeric for f in factors):
            if all(f.isidentifier() for f in factors):
                for f in factors:
                    table.column(f)
            return None
        values = np.ones(table.rows)
        for factor in factors:
            values = values * table.columns[factor].values
        out.append((":".join(factors) or "(Intercept)", values))
    return out


def as_pandas(table: Table, names: Sequence[str]) -> Any:
    """The columns that a formula needs as a pandas frame, for formulaic."""
    import pandas

    for name in names:
        if name not in table.columns:
            raise InputError(missing_column(name, table.columns))
    made = {name: _series(table.columns[name]) for name in names}
    return pandas.DataFrame(made, index=range(table.rows))


def _series(column: Column) -> Any:
    import pandas

    if column.numeric:
        return column.values
    kept = [v for v in column.values if v is not None]
    if kept and all(isinstance(v, bool) for v in kept):
        return pandas.Categorical([None if v is None else str(v) for v in column.values], ["False", "True"])
    seen = set(kept)
    levels = [v for v in column.levels if v in seen] if column.levels else sorted(seen)
    return pandas.Categorical(list(column.values), levels)


def check_finite(columns: Sequence[Columns], utilities: Sequence[str]) -> NDArray[np.bool_]:
    """Rows with a value that is not a number. Raises `InputError` for infinite values, naming column and rows."""
    bad: NDArray[np.bool_] = np.zeros(0, dtype=bool)
    for made, utility in zip(columns, utilities, strict=True):
        if not bad.size:
            bad = np.zeros(len(made.values), dtype=bool)
        for name, values in zip(made.names, made.values.T, strict=True):
            infinite = np.isinf(values)
            if infinite.any():
                rows = ", ".join(str(r + 1) for r in np.flatnonzero(infinite)[:5])
                raise InputError(
                    f"utility {utility}: {name} is infinite in {int(infinite.sum())} rows (such as {rows}); "
                    "transform or drop them."
                )
            bad |= np.isnan(values)
    return bad


def check_collinear(made: Columns, utility: str) -> None:
    """Raises `InputError` that names columns of one utility which are constant 0 or sums of others."""
    if not made.names:
        return
    size = np.sqrt((made.values**2).mean(axis=0))
    zero = [name for name, s in zip(made.names, size, strict=True) if s == 0]
    if zero:
        raise InputError(f"utility {utility}: {', '.join(zero)} is 0 in every row used; leave it out.")
    scaled = made.values / size
    gram = scaled.T @ scaled / len(scaled)
    if np.linalg.eigvalsh(gram)[0] > 1e-7:
        return
    r, order = linalg.qr(scaled, mode="r", pivoting=True)[-2:]
    diagonal = np.abs(np.diag(r))
    rank = int((diagonal > COLLINEAR * diagonal[0]).sum())
    if rank == len(made.names):
        return
    weights = linalg.solve_triangular(r[:rank, :rank], r[:rank, rank])
    partners = [made.names[order[i]] for i in range(rank) if abs(weights[i]) > 1e-6]
    raise InputError(
        f"utility {utility}: column {made.names[order[rank]]} is a sum of multiples of {', '.join(partners)} "
        "(collinear); leave one of them out."
    )
