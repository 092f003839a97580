"""What the pages show, as plain rows, charts as Vega-Lite, and the parts of a standalone page that fit into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from offramp import words
from offramp.case.models import Case
from offramp.forecast.brief import Outcomes
from offramp.games.form import Game
from offramp.report import highlight
from offramp.report import outcomes as look
from offramp.report.html import environment as report_environment
from offramp.report.views import Bar, headline_place
from offramp.web.games import BranchPoint
from offramp.web.library import CaseRow
from offramp.web.live import Answer

OFFERS = (("none", "none"), ("safe_passage", "safe passage"), ("safe_passage_immunity", "safe passage with immunity"))
PRESSURES = (("none", "none"), ("sanctions", "sanctions"), ("ultimatum", "an ultimatum"))
MARKED = 0.005
"""A slider moved by less has not been moved."""


@cache
def environment() -> jinja2.Environment:
    """Templates of this room over those of the brief, with their filters: they escape and fail on unknown names."""
    made = report_environment().overlay(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("offramp.web"), jinja2.PackageLoader("offramp.report")])
    )
    made.globals = {**made.globals, "spark": spark}
    return made


@cache
def style() -> str:
    """The style sheet: that of the brief, and what the pages add."""
    brief = resources.files("offramp.report").joinpath("templates/brief.css").read_text("utf-8")
    return brief + resources.files("offramp.web").joinpath("templates/web.css").read_text("utf-8")


def spark(row: CaseRow) -> Markup:
    """The chance of the leading outcome through the forecasts, from 0 to the highest of them, at least 20 %."""
    top = max(0.2, *row.path)
    count = max(len(row.path) - 1, 1)
    places = [(176 * i / count, 42 - 38 * value / top) for i, value in enumerate(row.path)]
    if len(places) == 1:
        places.append((176.0, places[0][1]))
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    shown = look.look(row.leading)
    told = f"{shown.label}: {words.cell(row.path[0])} in the first of {len(row.path)} forecasts, "
    told += f"{words.cell(row.path[-1])} in the last"
    return Markup(
        '<svg class="spark" viewBox="0 0 180 44" role="img" aria-label="{}" style="color:{}">'
        '<path d="M0 42H180" stroke="var(--rule)"/><path d="{}" stroke="currentColor"/>'
        '<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="currentColor"/></svg>'
    ).format(told, shown.colour, line, *places[-1])


@dataclass(frozen=True, slots=True)
class Inner:
    """The parts of a standalone page that go into ours."""

    targets: Markup
    main: Markup


def inner(page: str) -> Inner:
    """Takes a page of `offramp.report` apart. Its text is escaped already; its ids are its own.

    Raises:
        ValueError: If it is no such page.
    """
    _, opened, rest = page.partition('<main id="main" tabindex="-1">')
    main, closed, _ = rest.partition("</main>")
    css = page.partition("<style>")[2].partition("</style>")[0]
    if not opened or not closed:
        raise ValueError("not a page of offramp.report")
    sheet = resources.files("offramp.report").joinpath("templates/brief.css").read_text("utf-8")
    return Inner(Markup(css.replace(sheet, "")), Markup(main))


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the sliders stand."""

    offer: str
    pressure: str
    guarantee: float
    loyalty: float


def reported(case: Case) -> Asked:
    """Where the sliders stand as reported."""
    state, judged = case.state, case.assessments
    loyal = {"loyal": 0.98, "wavering": 0.02}.get(state.armed_forces or "", judged.army_loyalty.central)
    return Asked(state.offer, state.pressure, _rounded(judged.guarantee.central, 0.05), _rounded(loyal, 0.02))


def _rounded(value: float, least: float) -> float:
    return round(min(max(value, least), 1 - least), 2)


def asked(case: Case, query: Mapping[str, str]) -> Asked:
    """Where a request puts the sliders; what it does not name, or names wrongly, stands as reported."""
    now = reported(case)

    def share(name: str, least: float) -> float:
        try:
            value = float(query.get(name, "") or "nan")
        except ValueError:
            value = float("nan")
        return _rounded(value, least) if value == value else float(getattr(now, name))

    return Asked(
        query["offer"] if query.get("offer") in dict(OFFERS) else now.offer,
        query["pressure"] if query.get("pressure") in dict(PRESSURES) else now.pressure,
        share("guarantee", 0.05),
        share("loyalty", 0.02),
    )


def changes(case: Case, wanted: Asked) -> dict[str, Any]:
    """The overrides that sliders stand for; none where nothing was moved."""
    now, found = reported(case), dict[str, Any]()
    if wanted.offer != now.offer:
        found["state.offer"] = wanted.offer
    if wanted.pressure != now.pressure:
        found["state.pressure"] = wanted.pressure
    if abs(wanted.guarantee - now.guarantee) > MARKED:
        found["guarantee"] = wanted.guarantee
    if abs(wanted.loyalty - now.loyalty) > MARKED:
        found["army_loyalty"] = wanted.loyalty
        if case.state.armed_forces is not None:  # what is stated would win over what is judged
            found["state.armed_forces"] = None
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One ending with and without the change."""

    look: look.Look
    before: Bar
    after: Bar
    points: str


def lines(recorded: Outcomes, answer: Answer) -> list[Line]:
    """Endings at the headline's month: any exit first."""
    place = headline_place(answer.months)
    rows = []
    for key in [look.ANY.key, *look.ordered(answer.outcomes)]:
        one, two = (_at(outcomes, key, place) for outcomes in (recorded, answer.outcomes))
        if one is None or two is None:
            continue
        shown = look.ANY if key == look.ANY.key else look.look(key)
        apart = two[0] - one[0]
        bars = (Bar(*one, words.cell(one[0]), shown), Bar(*two, words.cell_estimate(*two), shown))
        rows.append(Line(shown, *bars, "0" if abs(apart) < 0.0005 else words.points(apart)))
    return rows


def _at(outcomes: Outcomes, key: str, place: int) -> tuple[float, float, float] | None:
    return look.any_exit(outcomes, place) if key == look.ANY.key else look.at(outcomes, key, place)


def sentence(found: list[Line]) -> str:
    """The answer in one sentence, for those who hear it."""
    told = {line.look.key: line for line in found}
    parts = [
        f"{name} {words.cell(told[key].before.mean)} to {words.cell(told[key].after.mean)}"
        for key, name in (("any", "out of office"), ("negotiated", "negotiated exit"))
        if key in told
    ]
    return "Within a year: " + ", ".join(parts) + "."


def chart_over_months(recorded: Outcomes, answer: Answer) -> dict[str, Any]:
    """Any exit and a negotiated one by month, with and without the change, as Vega-Lite."""
    rows = [
        {"month": month, "chance": round(found[0], 5), "ending": shown.label, "which": which}
        for which, outcomes in (("as recorded", recorded), ("with the change", answer.outcomes))
        for key, shown in ((look.ANY.key, look.ANY), ("negotiated", look.look("negotiated")))
        for place, month in enumerate(answer.months)
        if (found := _at(outcomes, key, place)) is not None
    ]
    y = {"field": "chance", "type": "quantitative", "axis": {"format": "%", "title": None}, "scale": {"domainMin": 0}}
    x = {"field": "month", "type": "quantitative", "title": "months", "axis": {"values": answer.months}}
    dash: dict[str, Any] = {"field": "which", "type": "nominal", "title": None,
            "scale": {"domain": ["as recorded", "with the change"], "range": [[4, 4], [1, 0]]},
            "legend": {"orient": "top", "symbolType": "stroke", "symbolStrokeColor": "gray"}}  # fmt: skip
    dash["legend"] = {"orient": "top", "symbolType": "stroke", "symbolStrokeColor": "gray"}
    colour = {
        "field": "ending",
        "type": "nominal",
        "title": None,
        "legend": {"orient": "top", "symbolType": "stroke", "symbolStrokeColor": "gray"},
    }
    return {
        "data": {"values": rows}, "height": 180, "mark": {"type": "line", "point": True},
        "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
    }  # fmt: skip


def chart_of_branch(points: list[BranchPoint], precision: float) -> dict[str, Any]:
    """Strategies against precision as Vega-Lite, with a rule where the precision stands."""
    rows = [{"p": max(point.precision, 0.02), "chance": point.probability, "choice": point.action} for point in points]
    x = {"field": "p", "type": "quantitative", "title": "precision (1/utils)", "scale": {"type": "log"}}
    y = {"field": "chance", "type": "quantitative", "title": None, "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    choice = {"field": "choice", "type": "nominal", "title": None, "legend": {"orient": "bottom", "columns": 2}}
    line = {"mark": {"type": "line", "clip": True}, "data": {"values": rows},
            "encoding": {"x": x, "y": y, "color": choice, "strokeDash": {**choice}}}  # fmt: skip
    rule = {"mark": {"type": "rule", "strokeDash": [2, 2], "color": "gray"},
            "data": {"values": [{"p": max(precision, 0.02)}]}, "encoding": {"x": x}}  # fmt: skip
    return {"height": 240, "layer": [line, rule]}


@dataclass(frozen=True, slots=True)
class Slider:
    """One payoff of a game."""

    name: str
    low: float
    high: float
    step: float
    value: float


def sliders(game: Game, query: Mapping[str, str]) -> list[Slider]:
    """A slider for each parameter, around its value in the catalogue; chances stay between 0 and 1."""
    found = []
    for name, usual in game.parameters.items():
        width = max(1.0, 2 * abs(usual))
        low, high = (0.02, 0.98) if 0 < usual < 1 else (round(usual - width, 2), round(usual + width, 2))
        try:
            value = float(query.get(f"p.{name}", usual))
        except ValueError:
            value = usual
        value = min(max(value, low), high) if value == value else usual
        found.append(Slider(name, low, high, 0.02, round(value, 2)))
    return found


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One item of evidence in a table."""

    ident: str
    name: str
    grade: str | None
    words: str


def read_rows(items: list[highlight.Item], texts: list[str]) -> list[ReadRow]:
    """Every item with the words that it was read from."""
    rows = []
    for item in items:
        spans = item.visible or item.hidden
        told = " … ".join(texts[item.report][a:b] for a, b in spans if item.report < len(texts))
        rows.append(ReadRow(item.ident, item.name, item.grade, words.shorten(told, 300)))
    return rows
