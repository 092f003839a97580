"""Fits as tables: for the terminal, for notebooks, for papers; several fits side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from offramp.errors import InputError

if TYPE_CHECKING:
    from offramp.strategic.fit import Fit

LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\^{}"}
ERROR_WORDS = {
    "classical": "minus the inverse Hessian",
    "opg": "outer product of scores",
    "sandwich": "robust (sandwich)",
    "cluster": "robust, clustered by {cluster}",
    "bootstrap": "bootstrap",
    "sigint": "nested pseudo-likelihood, as in R's sigInt",
    "npl": "nested pseudo-likelihood (Aguirregabiria and Mira)",
    "pl": "first stage taken as known",
    "two-step": "two steps, first stage bootstrapped",
}


@dataclass(frozen=True)
class Table:
    """A table of text cells; the first column is to the left, the others to the right. Rows may start a group."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: tuple[str, ...] = ()

    def __str__(self) -> str:
        widths = [max(len(r[k]) for r in (self.columns, *self.rows)) for k in range(len(self.columns))]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(
                c.ljust(w) if not k else c.rjust(w) for k, (c, w) in enumerate(zip(cells, widths, strict=True))
            )

        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        body = [line(self.columns), rule, *(line(r).rstrip() for r in self.rows), rule]
        return "\n".join([self.title, "", *body, *self.foot])

    def _repr_html_(self) -> str:
        return self.html()

    def html(self) -> str:
        """The table as HTML."""
        head = "".join(f"<th scope='col'>{escape(c)}</th>" for c in self.columns)
        body = "".join(
            "<tr>"
            + "".join(
                f"<th scope='row' style='text-align:left'>{escape(c)}</th>"
                if not k
                else f"<td style='text-align:right'>{escape(c)}</td>"
                for k, c in enumerate(row)
            )
            + "</tr>"
            for row in self.rows
        )
        foot = "".join(f"<p>{escape(line)}</p>" for line in self.foot)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{foot}"
        )

    def to_latex(self, caption: str = "", label: str = "") -> str:
        """The table as LaTeX (booktabs)."""
        lines = [r"\begin{table}", r"\centering", rf"\caption{{{_tex(caption or self.title)}}}"]
        if label:
            lines.append(rf"\label{{{label}}}")
        lines += [rf"\begin{{tabular}}{{l{'r' * (len(self.columns) - 1)}}}", r"\toprule"]
        lines += [" & ".join(_tex(c) for c in self.columns) + r" \\", r"\midrule"]
        lines += [" & ".join(_tex_number(c) if k else _tex(c) for k, c in enumerate(row)) + r" \\" for row in self.rows]
        lines += [r"\bottomrule", r"\end{tabular}"]
        lines += [rf"\par\smallskip\footnotesize {_tex(line)}" for line in self.foot]
        return "\n".join([*lines, r"\end{table}"])


def _tex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in text)


def _tex_number(text: str) -> str:
    return (
        f"${text}$"
        if text and text[0] in "-0123456789" and text.replace("-", "").replace(".", "").isdigit()
        else _tex(text)
    )


def number(value: float, digits: int = 3) -> str:
    """A number with as many digits as a reader needs; a dash where there is none."""
    if not np.isfinite(value):
        return "-"
    if value != 0 and abs(value) < 10.0**-digits:
        return f"{value:.1e}"
    return f"{value:.{digits}f}"


def fit_table(fit: Fit, level: float = 0.95) -> Table:
    """Estimates with standard errors, z, p and intervals."""
    reach = float(ndtri(0.5 + level / 2))
    rows = []
    for name, estimate, se in zip(fit.names, fit.estimates, fit.standard_errors, strict=True):
        if np.isfinite(se) and se > 0:
            z = estimate / se
            p = 2 * float(ndtr(-abs(z)))
            tail = [number(se), f"{z:.2f}", f"{p:.3f}", number(estimate - reach * se), number(estimate + reach * se)]
        else:
            place = fit.prepared.position[fit.names.index(name)]
            tail = ["fixed" if place < 0 else "-", "", "", "", ""]
        rows.append((name, number(estimate), *tail))
    columns = ("", "estimate", "se", "z", "p", f"{level:.0%} low", "high")
    return Table(_title(fit), columns, tuple(rows), _foot(fit))


def _title(fit: Fit) -> str:
    about = fit.model.about()
    left_out = f"; {fit.prepared.left_out:,} outside the subset" if fit.prepared.left_out else ""
    return f"{about}: {fit.n:,} rows ({fit.dropped:,} dropped for missing values{left_out})"


def _foot(fit: Fit) -> tuple[str, ...]:
    words = ERROR_WORDS.get(fit.errors, fit.errors).format(cluster=fit.prepared.cluster_name)
    best = fit.optima[0].starts if fit.optima else 0
    total = sum(o.starts for o in fit.optima)
    found = f"{best} of {total} starts that converged reached this optimum" if total else "no start converged"
    lines = [
        f"log-likelihood {fit.loglik:.4f}   AIC {fit.aic:.2f}   BIC {fit.bic:.2f}   {fit.free} coefficients estimated",
        f"standard errors: {words}. {found}"
        + (f"; others: {', '.join(f'{o.value:.3f}' for o in fit.optima[1:])}" if len(fit.optima) > 1 else "") + ".",
    ]  # fmt: skip
    return (*lines, *fit.prepared.notes, *(f"Warning: {p}" for p in fit.problems))


def fit_text(fit: Fit) -> str:
    """The table for a terminal."""
    return str(fit_table(fit))


def fit_html(fit: Fit) -> str:
    """The table for a notebook."""
    return fit_table(fit).html()


def fit_latex(fit: Fit, caption: str = "") -> str:
    """The table for a paper."""
    return fit_table(fit).to_latex(caption)


def side_by_side(fits: Sequence[Fit], names: Sequence[str] | None = None) -> Table:
    """Several fits in one table: a column each, standard errors in brackets below.

    Raises:
        InputError: Without fits, or when the names are not as many as the fits.
    """
    if not fits:
        raise InputError("side_by_side needs at least one fit.")
    titles = tuple(names) if names is not None else tuple(f"({i + 1})" for i in range(len(fits)))
    if len(titles) != len(fits):
        raise InputError(f"side_by_side: {len(fits)} fits and {len(titles)} names.")
    order = dict.fromkeys(name for fit in fits for name in fit.names)
    values = [(f.coefficients, f.se) for f in fits]
    rows: list[tuple[str, ...]] = []
    for name in order:
        rows.append((name, *(number(c[name]) if name in c else "" for c, _ in values)))
        below = tuple(f"({number(s[name])})" if np.isfinite(s.get(name, np.nan)) else "" for _, s in values)
        if any(below):
            rows.append(("", *below))
    rows.append(("log-likelihood", *(number(f.loglik) for f in fits)))
    rows.append(("AIC", *(number(f.aic, 2) for f in fits)))
    rows.append(("BIC", *(number(f.bic, 2) for f in fits)))
    rows.append(("rows", *(f"{f.n:,}" for f in fits)))
    return Table("Estimates, standard errors in brackets", ("", *titles), tuple(rows))
