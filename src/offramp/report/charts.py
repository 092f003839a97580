"""The charts over time, as Vega-Lite specifications: how the endings share the months, and each with its band.

Every function gives plain data (a specification), so the same pictures can be drawn elsewhere; `draw_*` turn them into
SVG for the page. Row charts (offers, moves, sensitivities) are tables with bars and live in the templates. Months count
from the date of the forecast, probabilities are shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from offramp import words
from offramp.forecast.brief import Brief, Outcomes, Series
from offramp.report import outcomes as look
from offramp.report import svg

LINE = 15  # pixels between two direct labels


@dataclass(frozen=True, slots=True)
class Over:
    """Outcomes month by month, from month 0."""

    months: list[int]
    game: Outcomes
    history: Outcomes


def over_time(brief: Brief) -> Over:
    """The monthly figures of a brief; where it has none, those of the forecast with month 0 before them."""
    if brief.monthly is not None:
        return Over(brief.monthly.months, brief.monthly.game, brief.monthly.history)
    history = brief.lenses.get("history")
    return Over(
        [0, *brief.forecast.months],
        _from_zero(brief.forecast.outcomes),
        {} if history is None else _from_zero(history.outcomes),
    )


def _from_zero(outcomes: Outcomes) -> Outcomes:
    def begin(key: str, values: list[float | None]) -> list[float | None]:
        return [None if values and values[0] is None else float(key == look.IN_OFFICE), *values]

    return {
        key: Series(mean=begin(key, s.mean), low=begin(key, s.low), high=begin(key, s.high))
        for key, s in outcomes.items()
    }


def warm_up() -> None:
    """Load the drawing library and draw one small chart, so that the next one is quick. Safe to run in a thread."""
    padding = {"left": 0, "right": 0, "top": 0, "bottom": 0}
    spec = {"data": {"values": [{"x": 0}]}, "mark": "point", "encoding": {"x": {"field": "x"}}, "padding": padding}
    svg.draw(svg.Chart({**spec, "width": 10, "height": 10}, []), "warm", "warm", "up")


def _ticks(last: int) -> list[int]:
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 600, 6000) if last / step <= 6)
    return list(range(0, last + 1, step))


def _spread(wanted: list[float], gap: float, top: float) -> list[float]:
    """Places for labels at least `gap` apart, near where they are wanted (which must not fall), inside 0 to `top`."""
    placed: list[float] = []
    for value in wanted:
        placed.append(max(value, placed[-1] + gap) if placed else value)
    over = placed[-1] - top if placed else 0.0
    if over > 0:
        placed[-1] = top
        for i in range(len(placed) - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    return placed


def _x(last: int) -> dict[str, Any]:
    """The months as a Vega-Lite channel."""
    axis = {"values": _ticks(last)}
    return {"field": "month", "type": "quantitative", "scale": {"domain": [0, last], "nice": False}, "axis": axis}


def _axis_labels(last: int, top: float, steps: list[float], width: int, height: int) -> list[svg.Label]:
    """Figures under the months and beside the probabilities."""
    digits = 0 if all(abs(100 * step - round(100 * step)) < 1e-6 for step in steps) else 1
    below = [svg.Label(width * month / last, height + 14, str(month), "middle") for month in _ticks(last)]
    beside = [svg.Label(-7, height * (1 - step / top), f"{100 * step:.{digits}f} %", "end") for step in steps]
    return below + beside


def _step(top: float) -> float:
    return next(s for s in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if top / s < 4.5)


def _steps(top: float) -> list[float]:
    """Round figures from 0 to at most `top`, three to five of them."""
    return [i * _step(top) for i in range(int(top / _step(top) + 1e-9) + 1)]


def _round_top(highest: float) -> float:
    """A round figure at or just above `highest`, at most 1."""
    return min(1.0, math.ceil(highest / _step(highest) - 1e-9) * _step(highest))


@dataclass(frozen=True, slots=True)
class _Layer:
    """One band of the stack: its look and where it lies, month by month."""

    shown: look.Look
    below: list[float]
    above: list[float]


def _stack(over: Over) -> list[_Layer]:
    """Exits from the bottom up: the main ones, the others together, then the ruler still in office."""
    groups = [(look.look(key), [key]) for key in look.MAIN if key in over.game]
    rest = look.others(over.game)
    if rest:
        groups.append((look.OTHER, rest))
    layers, below = [], [0.0] * len(over.months)
    for shown, keys in groups:
        above = [base + sum(over.game[key].mean[i] or 0.0 for key in keys) for i, base in enumerate(below)]
        layers.append(_Layer(shown, below, above))
        below = above
    return [*layers, _Layer(look.look(look.IN_OFFICE), below, [1.0] * len(below))]


def shares(over: Over, width: int, height: int, margin: int) -> svg.Chart:
    """How the endings share each month: a stack of exits with the ruler still in office above it, labelled directly.

    Args:
        over: Outcomes by month.
        width, height: Of the plot, in pixels.
        margin: Room for the labels at the right, in pixels.
    """
    last = over.months[-1]
    layers = _stack(over)
    exits = layers[:-1]
    rows = [
        {"month": month, "from": layer.below[i], "to": layer.above[i], "key": layer.shown.key}
        for layer in exits
        for i, month in enumerate(over.months)
    ]
    middles = [(layer.below[-1] + layer.above[-1]) / 2 for layer in layers]
    places = _spread(middles, LINE / height, 1 - LINE / height / 2)
    labels = [
        svg.Label(
            width + 18, height * (1 - place), f"{layer.shown.label} {words.cell(layer.above[-1] - layer.below[-1])}"
        )
        for layer, place in zip(layers, places, strict=True)
    ]
    ties = [
        {"month": x, "at": y, "tie": i}
        for i, (middle, place) in enumerate(zip(middles, places, strict=True))
        for x, y in ((last, middle), (last * (1 + 14 / width), place))
    ]
    steps = [0, 0.25, 0.5, 0.75, 1.0]
    y = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"values": steps}}
    keys = [layer.shown.key for layer in exits]
    colours = {"domain": keys, "range": [layer.shown.colour for layer in exits]}
    dashes = {"domain": keys, "range": [list(layer.shown.dash) or [1, 0] for layer in exits]}
    spec = {
        "width": width, "height": height, "padding": {"left": 46, "right": margin, "top": 10, "bottom": 26},
        "layer": [
            {
                "data": {"values": rows}, "mark": {"type": "area", "fillOpacity": 0.85},
                "encoding": {
                    "x": _x(last), "y": {"field": "from", **y, "stack": None}, "y2": {"field": "to"},
                    "fill": {"field": "key", "type": "nominal", "scale": colours},
                },
            },
            {
                "data": {"values": rows}, "mark": {"type": "line", "stroke": svg.INK, "strokeWidth": 1},
                "encoding": {
                    "x": _x(last), "y": {"field": "to", **y}, "detail": {"field": "key"},
                    "strokeDash": {"field": "key", "type": "nominal", "scale": dashes},
                },
            },
            {
                "data": {"values": ties}, "mark": {"type": "line", "stroke": svg.MUTED, "strokeWidth": 1},
                "encoding": {"x": _x(last), "y": {"field": "at", **y}, "detail": {"field": "tie"}},
            },
        ],
    }  # fmt: skip
    return svg.Chart(spec, [*labels, *_axis_labels(last, 1.0, steps, width, height)])


def panel(over: Over, key: str, top: float, width: int = 200, height: int = 120) -> svg.Chart:
    """One ending month by month: the game's mean with its 90 % band, history's mean dashed beside it.

    Args:
        over: Outcomes by month.
        key: An ending, or 'any' for having left in any way.
        top: Upper end of the scale, shared by the panels that are compared.
        width, height: Of the plot, in pixels.
    """
    last = over.months[-1]
    shown = look.ANY if key == look.ANY.key else look.look(key)
    rows, past = [], []
    for i, month in enumerate(over.months):
        both = (look.any_exit(over.game, i), look.any_exit(over.history, i))
        now, before = both if key == look.ANY.key else (look.at(over.game, key, i), look.at(over.history, key, i))
        if now is not None:
            rows.append({"month": month, "mean": now[0], "low": now[1], "high": now[2]})
        if before is not None:
            past.append({"month": month, "mean": before[0]})
    names = sorted((series[-1]["mean"], name) for series, name in ((past, "history"), (rows, "game")) if series)
    places = _spread([value for value, _ in names], LINE / height * top, top)
    labels = [
        svg.Label(width + 7, height * (1 - place / top), name, strong=name == "game")
        for place, (_, name) in zip(places, names, strict=True)
    ]
    y = {"type": "quantitative", "scale": {"domain": [0, top], "clamp": True}, "axis": {"values": _steps(top)}}
    x = _x(last)
    spec = {
        "width": width, "height": height, "padding": {"left": 44, "right": 52, "top": 8, "bottom": 24},
        "layer": [
            {
                "data": {"values": rows}, "mark": {"type": "area", "fill": shown.colour, "fillOpacity": 0.22},
                "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": past},
                "mark": {"type": "line", "stroke": svg.MUTED, "strokeWidth": 1.5, "strokeDash": [3, 3]},
                "encoding": {"x": x, "y": {"field": "mean", **y}},
            },
            {
                "data": {"values": rows}, "mark": {"type": "line", "stroke": shown.colour, "strokeWidth": 2.5},
                "encoding": {"x": x, "y": {"field": "mean", **y}},
            },
        ],
    }  # fmt: skip
    return svg.Chart(spec, [*labels, *_axis_labels(last, top, _steps(top), width, height)])


@dataclass(frozen=True, slots=True)
class Panel:
    """A drawn panel and the words above it."""

    key: str
    label: str
    last: str  # the figure at the horizon
    picture: Markup


def draw_shares(over: Over) -> tuple[Markup, Markup]:
    """The stack for a page and, narrower, for a telephone."""
    left = look.any_exit(over.game, -1)
    told = "Share of each ending by month." if left is None else (
        f"After {words.months(over.months[-1])} some way out has been taken with {words.percent(*left)}; "
        "the table below has every figure."
    )  # fmt: skip
    title = "How the standoff could end, month by month"
    return (
        svg.draw(shares(over, 500, 300, 190), "shares-wide", title, told),
        svg.draw(shares(over, 130, 280, 165), "shares-narrow", title, told),
    )


def draw_panels(over: Over) -> list[Panel]:
    """One panel for any exit and one for each main ending, on a common scale."""
    keys = [look.ANY.key, *(key for key in look.MAIN if key in over.game)]
    last = len(over.months) - 1

    def final(key: str) -> tuple[float, float, float] | None:
        return look.any_exit(over.game, last) if key == look.ANY.key else look.at(over.game, key, last)

    highest = max((found[2] for key in keys if (found := final(key)) is not None), default=1.0)
    top = _round_top(min(1.0, max(highest, 0.004)))
    drawn = []
    for key in keys:
        found = final(key)
        if found is None:
            continue
        shown = look.ANY if key == look.ANY.key else look.look(key)
        figure = words.cell_estimate(*found)
        told = f"After {words.months(over.months[-1])} the game says {figure}, with history's mean as a dashed line."
        picture = svg.draw(panel(over, key, top), f"panel-{key}", f"{shown.label}, month by month", told)
        drawn.append(Panel(key, shown.label, figure, picture))
    return drawn
