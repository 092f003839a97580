"""Which rows to use, as an expression of the columns: `year >= 1850 & region != "Asia"`.

R's and Python's spellings of and, or, not, `%in%` and `is.na` are read. A comparison with a missing value is unknown;
a row is used when the expression is true for it, not when it is unknown. Nothing is executed: the expression is parsed
and only comparisons, logic and arithmetic are carried out.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError
from offramp.strategic.frames import Table

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
KEPT = re.compile(r"('[^']*'|\"[^\"]*\")")


def translate(text: str) -> str:
    """R's spelling in Python's; quoted text is left as it is."""
    pieces = KEPT.split(text)
    for i in range(0, len(pieces), 2):
        piece = pieces[i]
        piece = re.sub(r"%in%\s*c\s*\(", " in (", piece)
        piece = re.sub(r"%in%", " in ", piece)
        piece = re.sub(r"&&?", " and ", piece)
        piece = re.sub(r"\|\|?", " or ", piece)
        piece = re.sub(r"!(?!=)", " not ", piece)
        piece = re.sub(r"\bis\.na\b", "isna", piece)
        piece = re.sub(r"\bTRUE\b", "True", re.sub(r"\bFALSE\b", "False", piece))
        pieces[i] = piece
    return "".join(pieces).strip()


def columns_of(text: str) -> list[str]:
    """The columns that an expression names. Raises `InputError` when it cannot be read."""
    tree = _parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called})


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(translate(text), mode="eval").body
    except SyntaxError as error:
        raise InputError(
            f"subset {text!r} cannot be read ({error.msg}); write it as in year >= 1850 & x < 3."
        ) from error


def rows_of(text: str, table: Table) -> NDArray[np.bool_]:
    """True for the rows for which the expression is true. Raises `InputError` for what it cannot do."""
    with np.errstate(invalid="ignore", divide="ignore"):
        true, _ = _logic(_parsed(text), table, text)
    return true


def _logic(node: ast.expr, table: Table, text: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where an expression is true, and where it is false; neither where it is unknown."""
    if isinstance(node, ast.BoolOp):
        parts = [_logic(v, table, text) for v in node.values]
        join, meet = (
            (np.logical_and, np.logical_or) if isinstance(node.op, ast.And) else (np.logical_or, np.logical_and)
        )
        return join.reduce([p[0] for p in parts]), meet.reduce([p[1] for p in parts])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        true, false = _logic(node.operand, table, text)
        return false, true
    if isinstance(node, ast.Compare):
        return _compare(node, table, text)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isna"
        and len(node.args) == 1
    ):
        missing = _missing(_value(node.args[0], table, text), table.rows)
        return missing, ~missing
    value = _value(node, table, text)
    missing = _missing(value, table.rows)
    filled = np.broadcast_to(np.where(missing, False, value), (table.rows,)).astype(bool)
    return filled & ~missing, ~filled & ~missing


def _compare(node: ast.Compare, table: Table, text: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true = np.ones(table.rows, dtype=bool)
    known = np.ones(table.rows, dtype=bool)
    left = _value(node.left, table, text)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            items = right_node.elts if isinstance(right_node, ast.Tuple | ast.List | ast.Set) else [right_node]
            allowed = [_value(item, table, text) for item in items]
            if any(isinstance(a, np.ndarray) for a in allowed):
                raise InputError(f"subset {text!r}: the list after 'in' may hold values, not columns.")
            inside = np.isin(np.asarray(left, dtype=object), np.array(allowed, dtype=object))
            result = inside if isinstance(op, ast.In) else ~inside
            right: Any = 0.0
        else:
            right = _value(right_node, table, text)
            _alike(left, right, text)
            known &= ~_missing(right, table.rows)
            compare = COMPARE.get(type(op))
            if compare is None:
                raise InputError(f"subset {text!r}: comparisons are ==, !=, <, <=, >, >= and in.")
            both = known & ~_missing(left, table.rows)
            result = np.zeros(table.rows, dtype=bool)
            a = np.broadcast_to(np.asarray(left), (table.rows,))[both]
            b = np.broadcast_to(np.asarray(right), (table.rows,))[both]
            result[both] = compare(a, b)
        known &= ~_missing(left, table.rows)
        true &= result
        left = right
    return true & known, ~true & known


def _alike(left: Any, right: Any, text: str) -> None:
    kinds = {"text" if _is_text(v) else "number" for v in (left, right)}
    if len(kinds) > 1:
        raise InputError(f"subset {text!r} compares text with a number.")


def _is_text(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        first = next((v for v in value.ravel() if v is not None), 0.0) if value.dtype == object else 0.0
        return isinstance(first, str)
    return isinstance(value, str)


def _missing(value: Any, rows: int) -> NDArray[np.bool_]:
    array = np.asarray(value)
    if array.dtype == object:
        found = np.array([v is None for v in array.ravel()]).reshape(array.shape)
    elif array.dtype.kind == "f":
        found = np.isnan(array)
    else:
        found = np.zeros(array.shape, dtype=bool)
    return np.broadcast_to(found, (rows,))


def _value(node: ast.expr, table: Table, text: str) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool):
        return node.value
    if isinstance(node, ast.Name):
        return table.column(node.id).values
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, table, text)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        return ARITHMETIC[type(node.op)](_value(node.left, table, text), _value(node.right, table, text))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "abs" and len(node.args) == 1:
        return np.abs(_value(node.args[0], table, text))
    raise InputError(
        f"subset {text!r}: {ast.unparse(node)!r} is not understood; use columns, numbers, text, and or not."
    )
