"""Formulas: one per utility, written as text.

`outcome ~ x + log(z) | 0 | 1 | f * w` is read as the R packages write it: the left side names the outcome, the parts on
the right belong to the utilities in order, `0` (or an empty part such as `- 1`) fixes a utility to 0, `1` gives it a
constant alone, `- 1` leaves the constant out. A part may be another number, such as `2.5`: the utility is fixed there.
Parts are parsed by formulaic; R's spellings (`I(x^2)`, `factor(f)`, `TRUE`) are understood, and coefficients carry R's
names: `(Intercept)`, `f1b`, `sqrt(x)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from offramp.errors import InputError

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
FUNCTIONS = {
    "sqrt", "abs", "log1p", "expm1", "sin", "cos", "tanh", "sign", "floor", "ceiling", "round", "pmin", "pmax", "I",
    "factor", "ifelse",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z_.][\w.]*$")


@dataclass(frozen=True)
class Part:
    """The formula of one utility. `fixed`: the number it is fixed to, if it is; otherwise formulaic reads `text`."""

    text: str
    fixed: float | None

    @property
    def is_constant(self) -> bool:
        """Whether the part is a constant alone."""
        return self.text == "1"


def split(text: str, at: str) -> list[str]:
    """Text cut at a character that stands outside brackets and quotation marks."""
    pieces, depth, quote, start = [], 0, "", 0
    for i, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == at and depth == 0:
            pieces.append(text[start:i])
            start = i + 1
    if depth or quote:
        raise InputError(f"formula {text!r}: a bracket or quotation mark is not closed.")
    return [*(piece.strip() for piece in pieces), text[start:].strip()]


def parse(text: str, utilities: tuple[str, ...], what: str) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    """The left side's names and the parts of a multi-part formula.

    Raises:
        InputError: When the number of parts is not that of the utilities, or a part cannot be read.
    """
    text = " ".join(line.split("#")[0] for line in text.splitlines()).strip()
    sides = split(text, "~")
    if len(sides) != 2:
        raise InputError(f"formula {text!r}: expected one '~' between the outcome and the utilities, as in y ~ x | 1.")
    left = tuple(name.strip("` ") for name in split(sides[0], "+")) if sides[0] else ()
    for name in left:
        if not NAME.match(name):
            raise InputError(f"formula {text!r}: {name!r} on the left side is no column name.")
    parts = split(sides[1], "|")
    if len(parts) != len(utilities):
        raise InputError(
            f"formula {text!r}: {what} has {len(utilities)} utilities ({' | '.join(utilities)}), and {len(parts)} "
            f"part{'s stand' if len(parts) != 1 else ' stands'} on the right side. Write 0 for a utility of 0, 1 for a "
            "constant."
        )
    return left, tuple(read_part(part) for part in parts)


@lru_cache(maxsize=512)
def read_part(text: str) -> Part:
    """One utility's formula. Raises `InputError` when formulaic cannot read it."""
    text = text.strip().removeprefix("~").strip()
    if not text:
        raise InputError("a formula has an empty part; write 0 for a utility of 0, 1 for a constant.")
    plain = text.replace(" ", "")
    if plain == "1":
        return Part("1", None)
    if NUMBER.match(plain) and plain not in ("1", "-1", "0", "+0", "-0"):
        return Part(text, float(plain))
    if not terms(text):
        return Part(text, 0.0)
    return Part(text, None)


def to_formulaic(text: str) -> str:
    """R's spellings in formulaic's: powers inside calls, TRUE and FALSE, `factor()` kept for the context."""
    out, depth = [], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        out.append("**" if character == "^" and depth else character)
    joined = re.sub(r"\bTRUE\b", "True", re.sub(r"\bFALSE\b", "False", "".join(out)))
    return re.sub(r"\bas\.(factor|numeric)\(", lambda m: "factor(" if m[1] == "factor" else "I(", joined)


def r_name(column: str) -> str:
    """formulaic's name of a column as R writes it: `f1[T.b]` is `f1b`."""
    if column == "Intercept":
        return "(Intercept)"
    name = re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", column).replace(" ** ", "^").replace("**", "^")
    return re.sub(r"(?<=[\w)])(True|False)\b", lambda m: m[1].upper(), name)


@lru_cache(maxsize=512)
def parsed(text: str) -> Any:
    """formulaic's formula. Raises `InputError` with its complaint."""
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        formula = Formula(to_formulaic(text))
    except (FormulaicError, SyntaxError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"formula part {text!r} cannot be read: {first}") from error
    if not hasattr(formula, "required_variables") or hasattr(formula, "lhs"):
        raise InputError(f"formula part {text!r} cannot be read: one utility has no '~' or '|' of its own.")
    return formula


@lru_cache(maxsize=512)
def terms(text: str) -> tuple[tuple[str, ...], ...]:
    """The terms of a part, each as its factors; a constant is an empty tuple."""
    found = []
    for term in parsed(text):
        factors = tuple(str(f.expr) for f in term.factors)
        found.append(() if factors == ("1",) else factors)
    return tuple(found)


@lru_cache(maxsize=512)
def variables(text: str) -> tuple[str, ...]:
    """The columns of data that a part needs; names of functions are none."""
    return tuple(sorted({str(v) for v in parsed(text).required_variables} - FUNCTIONS))
