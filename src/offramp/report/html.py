"""The brief as one HTML file: a pure function of a `Brief`.

The page stands alone: style and charts are inside, there is no script, and its policy forbids loading anything.
Everything that comes from a report, a case file or a name is text to be escaped; templates escape by default and fail
on a name that is not there. Layout lives in `templates/`, figures in words in `offramp.words`, rows in `report.views`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup, escape

from offramp import words
from offramp.forecast.brief import Brief
from offramp.forecast.headline import headline
from offramp.report import charts, highlight, views
from offramp.report import outcomes as look

_DATE = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
MOVERS = (("coercer", "The coercer"), ("ruler", "The ruler"), ("armed_forces", "The armed forces"))


def render(brief: Brief) -> str:
    """The whole page.

    Raises:
        ValueError: If a probability of the brief lies outside 0 to 1.
        OfframpError: If a chart cannot be drawn.
    """
    page = environment().get_template("brief.html.j2").render(**_context(brief))
    return page + ("" if page.endswith("\n") else "\n")


@cache
def environment() -> jinja2.Environment:
    """Templates of this room: they escape by default and fail on a name that is not there."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("offramp.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["told"] = _told
    environment.globals.update(words=words, look=look, views=views, percentage=_percentage)
    return environment


def _shown(value: object) -> object:
    """Text as it may be shown; markup that is already ours stays."""
    return highlight.shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percentage(value: float, top: float = 1.0) -> str:
    """A place on a scale from 0 to `top` as a CSS length."""
    return f"{100 * min(max(value / top, 0.0), 1.0):.2f}%"


@jinja2.pass_context
def _told(context: jinja2.runtime.Context, text: str) -> Markup:
    """Escaped text in which dates do not break over two lines and pointers such as 'claims[4]' are links in words."""
    safe = _DATE.sub(r'<time datetime="\g<0>">\g<0></time>', str(escape(highlight.shown(text))))

    def link(match: re.Match[str]) -> str:
        found = context["reference"](match[0])
        return f'<a href="#{found.ident}">{found.words}</a>' if found.ident else found.words

    return Markup(highlight.POINTER.sub(link, safe))


def _style() -> Markup:
    return Markup(resources.files("offramp.report").joinpath("templates/brief.css").read_text("utf-8"))


def _targets(found: list[highlight.Item]) -> Markup:
    """Rules that light up an item wherever it stands once its mark is sought. Ids are ours: a kind and a number."""
    rules = (f":root:has(#at-{item.ident}:target) .i-{item.ident}" for item in found)
    listed = ",\n".join(rules)
    return Markup(f"{listed}{{background:var(--sought);color:var(--ink)}}" if listed else "")


def _context(brief: Brief) -> dict[str, object]:
    over = charts.over_time(brief)
    found = highlight.items(brief.evidence)
    known = {item.ident for item in found}
    at = views.headline_place(brief.forecast.months)
    offers, changes = views.what_ifs(brief)
    first = views.first_bands(brief)
    wide, narrow = charts.draw_shares(over)
    return {
        "brief": brief,
        "case": brief.case,
        "style": _style(),
        "targets": _targets(found),
        "answer": brief.headline or headline(brief),
        "month": brief.forecast.months[at],
        "until": words.date_after(brief.as_of, brief.forecast.months[at]),
        "hundred": views.hundred(brief),
        "facts": views.facts(brief.case),
        "sourcing": views.sourcing(brief),
        "sourcing_words": views.sourcing_words(brief),
        "grades": views.GRADES,
        "shares_wide": wide,
        "shares_narrow": narrow,
        "panels": charts.draw_panels(over),
        "horizon": over.months[-1],
        "forecast_rows": views.outcome_rows(brief.forecast.outcomes, len(brief.forecast.months)),
        "lens_rows": views.lens_rows(brief),
        "history": brief.lenses.get("history"),
        "history_rows": _lens_table(brief, "history"),
        "structural": brief.lenses.get("structural"),
        "structural_rows": _lens_table(brief, "structural"),
        "silent": views.silent(brief.lenses["history"].outcomes) if "history" in brief.lenses else [],
        "bands_first": first,
        "bands_rest": [band for band in brief.bands if band not in first],
        "path": views.path(brief.path),
        "offers": offers,
        "changes": changes,
        "moves": _moves(brief),
        "assessments": views.assessments(brief, known),
        "items": {item.ident: item for item in found},
        "texts": [highlight.pieces(report.text, i, found) for i, report in enumerate(brief.reports)],
        "reference": lambda pointer: highlight.reference(pointer, known),
        "monte_carlo": _errors(brief),
        "tornado": views.tornado(brief.sensitivity),
        "fate_rows": views.fates(brief),
        "fate_names": views.fate_names(brief),
    }


def _errors(brief: Brief) -> list[tuple[str, float]]:
    """Monte Carlo errors large enough to be printed with one decimal of a point."""
    found = brief.diagnostics.monte_carlo_error if brief.diagnostics else {}
    return [(key, value) for key, value in found.items() if value >= 0.0005]


def _lens_table(brief: Brief, name: str) -> list[views.Row]:
    lens = brief.lenses.get(name)
    return views.outcome_rows(lens.outcomes, len(brief.forecast.months)) if lens else []


def _moves(brief: Brief) -> list[tuple[str, list[tuple[str, str, views.Bar]]]]:
    """Each player's moves, likeliest first: words, phrase of likelihood, bar."""
    players = []
    for player, name in MOVERS:
        moves = sorted((m for m in brief.moves if m.player == player), key=lambda m: -m.probability.mean)
        if moves:
            rows = [
                (m.words or m.move.replace("_", " "), words.likelihood(m.probability.mean),
                 views.number_bar(m.probability, look.ANY))
                for m in moves
            ]  # fmt: skip
            players.append((name, rows))
    return players
