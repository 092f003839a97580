"""A sweep drawn: lines with their intervals over one axis, a heat map over two, panels for a third.

What has no place in the picture is held at the middle one of its values, and the subtitle says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offramp.errors import InputError
from offramp.sweep.axes import Axis
from offramp.sweep.standoff import Plan as Standoff

if TYPE_CHECKING:
    import polars as pl

    from offramp.sweep.run import Plan, Swept

LINES = 6
"""Values of an axis that lines of different colour can still show."""
PANELS = 6
CELLS = 120
"""Cells along a side of a heat map, half of it in panels: more are finer than a screen shows, and weigh megabytes."""
WIDTH, HEIGHT = 620, 380
NAMES = {
    "any_exit": "Any exit", "negotiated": "A negotiated exit", "coup": "A coup", "uprising": "An uprising",
    "foreign": "Removal by a foreign power", "regular": "A regular exit", "natural": "A natural death",
    "assassination": "An assassination", "rebels": "Removal by rebels", "in_office": "Still in office",
    "offer": "Offer", "pressure": "Pressure", "counter_demand": "Counter-demand",
    "guarantor": "Guarantor", "army_loyalty": "Loyalty of the armed forces", "street": "Chance of a mobilised street",
    "guarantee": "Chance that the guarantee is kept", "public_support": "Public support for the ruler",
    "coercer_resolve": "Coercer's resolve", "ruler_resolve": "Ruler's resolve", "economy": "Economic distress",
    "safe_passage": "safe passage", "safe_passage_immunity": "safe passage with immunity", "third_state": "third state",
    "none": "none", "precision": "Precision, 1/utils",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Places:
    """Which axis goes where."""

    x: Axis
    y: Axis | None = None
    colour: Axis | None = None
    panel: Axis | None = None

    @property
    def used(self) -> list[str]:
        return [axis.name for axis in (self.x, self.y, self.colour, self.panel) if axis is not None]


def spec(swept: Swept, show: str = "") -> dict[str, Any]:
    """The picture as a Vega-Lite specification with its data.

    Args:
        swept: A finished sweep.
        show: The column to draw; by default the chance of a negotiated exit, or of a game's first action.

    Raises:
        InputError: There is no such column.
    """
    plan = swept.plan
    standoff = isinstance(plan, Standoff)
    column, schema = figure(plan, show), plan.schema()
    places = _placed([axis for axis in plan.axes if len(axis.values) > 1] or list(plan.axes))
    fixed = {axis.name: axis.values[len(axis.values) // 2] for axis in plan.axes if axis.name not in places.used}
    told = [f"{_name(name)}: {_shown(value)}" for name, value in fixed.items()]
    sides = [] if places.y is None else [places.x, places.y]
    drawn = {axis.name: _thin(axis, places) for axis in sides}
    told += [f"{_name(name)}: one value in {step} drawn" for name, (_, step) in drawn.items() if step > 1]
    data = _data(swept, column, fixed, places, {name: values for name, (values, step) in drawn.items() if step > 1})
    if isinstance(plan, Standoff):
        title = f"{_name(column)} within {plan.months[-1]} months"
        told.append(f"{plan.draws} draws" + (", 90 % intervals" if _banded(places, column, schema) else ""))
    else:
        title = f"{column} in {plan.game.title}"
        told.append(f"precision {plan.precision:g}" if "precision" not in places.used else "logit equilibria")
    scale = {} if column.startswith("payoff.") or standoff else {"domain": [0, 1]}
    unit = _heat(places, column) if places.y is not None else _lines(places, column, schema, scale)
    whole: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "padding": 12,
        "title": {"text": title, "subtitle": "; ".join(told), "anchor": "start", "subtitleColor": "#555"},
        "data": {"values": data}, "config": {"view": {"stroke": "#ddd"}, "axis": {"gridColor": "#eee"}},
    }  # fmt: skip
    if places.panel is None:
        return whole | unit | {"width": WIDTH, "height": HEIGHT}
    values = places.panel.values
    facet = {"field": _key(places.panel.name), "title": _name(places.panel.name), "sort": [_shown(v) for v in values]}
    wide = max(180, WIDTH // min(3, len(values)))
    return whole | {"facet": facet, "columns": 3, "spec": unit | {"width": wide, "height": round(wide * 0.8)}}


def draw(swept: Swept, show: str = "") -> str:
    """The picture as SVG; see `spec`."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec(swept, show)))


def figure(plan: Plan, show: str = "") -> str:
    """The column that is drawn. Raises `InputError` where there is no such figure."""
    none = {"scenario", "month", "problem", *(axis.name for axis in plan.axes)}
    ends = ("_low", "_high")
    known = [name for name in plan.schema() if name not in none and not name.endswith(ends)]
    column = show or ("negotiated" if isinstance(plan, Standoff) else plan.actions()[0])
    if column not in known:
        raise InputError(f"--plot {column}: no such figure; known: {', '.join(known)}.")
    return column


def _placed(axes: list[Axis]) -> _Places:
    """Numbers along the picture, few values as colours, what is left as panels."""
    numeric = sorted((axis for axis in axes if axis.numeric), key=lambda axis: -len(axis.values))
    others = [axis for axis in axes if not axis.numeric]
    if not numeric:
        return _Places(others[0], colour=others[1] if len(others) > 1 else None,
                       panel=others[2] if len(others) > 2 else None)  # fmt: skip
    if len(numeric) > 1 and len(numeric[1].values) > LINES:
        return _Places(numeric[0], y=numeric[1], panel=others[0] if others else None)
    rest = [*others, *numeric[1:]]
    panel = rest[1] if len(rest) > 1 and len(rest[1].values) <= PANELS else None
    return _Places(numeric[0], colour=rest[0] if rest else None, panel=panel)


def _thin(axis: Axis, places: _Places) -> tuple[list[float], int]:
    """Values of a side of a heat map that are drawn, and that they are one in so many."""
    step = -(-len(axis.values) // (CELLS if places.panel is None else CELLS // 2))
    return [float(value) for value in axis.values[::step]], step


def _banded(places: _Places, column: str, schema: dict[str, Any]) -> bool:
    return f"{column}_low" in schema and places.y is None and places.colour is None


def _data(
    swept: Swept, column: str, fixed: dict[str, Any], places: _Places, thinned: dict[str, list[float]]
) -> list[dict[str, Any]]:
    import polars as pl

    table: pl.LazyFrame = swept.table()
    for name, value in fixed.items():
        table = table.filter(pl.col(name) == value)
    for name, values in thinned.items():
        table = table.filter(pl.col(name).is_in(values))
    plan = swept.plan
    if isinstance(plan, Standoff):
        table = table.filter(pl.col("month") == plan.months[-1])
    keep = [*places.used, column]
    if _banded(places, column, plan.schema()):
        keep += [f"{column}_low", f"{column}_high"]
    rows = table.select(keep).collect().to_dicts()
    words = [axis.name for axis in plan.axes if not axis.numeric and axis.name in places.used]
    # Names of figures hold dots, which Vega takes for paths; names of axes are kept apart from them.
    as_ = {column: "figure", f"{column}_low": "low", f"{column}_high": "high"}
    return [{as_.get(k, _key(k)): _name(v) if k in words else v for k, v in row.items()} for row in rows]


def _lines(places: _Places, column: str, schema: dict[str, Any], scale: dict[str, Any]) -> dict[str, Any]:
    of_game = "." in column
    axis = {
        "title": column if of_game else f"Chance of {_name(column).lower()}",
        "format": ".2~f" if of_game else ".0%",
    }
    y = {"field": "figure", "type": "quantitative", "axis": axis, **({"scale": scale} if scale else {})}
    kind = "quantitative" if places.x.numeric else "nominal"
    x: dict[str, Any] = {"field": _key(places.x.name), "type": kind, "title": _name(places.x.name)}
    if places.x.numeric:
        x |= {"scale": {"zero": False, "nice": False}, "axis": {"tickCount": 6, "format": ".2~f"}}
    else:
        x |= {"sort": [_shown(v) for v in places.x.values], "axis": {"labelAngle": 0}}
    encoding: dict[str, Any] = {"x": x, "y": y}
    if places.colour is not None:
        sort = [_shown(v) for v in places.colour.values]
        colour = places.colour.name
        encoding["color"] = {"field": _key(colour), "type": "nominal", "title": _name(colour), "sort": sort}
    if not places.x.numeric and places.colour is not None:
        encoding["xOffset"] = {"field": _key(places.colour.name), "sort": encoding["color"]["sort"]}
    mark = {"type": "line", "strokeWidth": 2.5} if places.x.numeric else {"type": "bar"}
    drawn: list[dict[str, Any]] = [{"mark": mark, "encoding": encoding}]
    if _banded(places, column, schema):
        ends = {"x": x, "y": {"field": "low", "type": "quantitative", "axis": axis},
                "y2": {"field": "high"}}  # fmt: skip
        band = {"type": "area", "opacity": 0.2} if places.x.numeric else {"type": "rule", "strokeWidth": 2}
        drawn.insert(0 if places.x.numeric else 1, {"mark": band, "encoding": ends})
    return {"layer": drawn}


def _heat(places: _Places, column: str) -> dict[str, Any]:
    assert places.y is not None

    def side(axis: Axis) -> dict[str, Any]:
        values, _ = _thin(axis, places)
        labels = [value for value in values if round(value, 1) == round(value, 3)]
        if len(labels) < 3:
            labels = values[:: max(1, len(values) // 6)]
        marks = {"values": labels[:: max(1, len(labels) // 11)], "labelAngle": 0, "format": ".2~f"}
        return {"field": _key(axis.name), "type": "ordinal", "title": _name(axis.name), "axis": marks}

    y = side(places.y) | {"sort": "descending"}
    of_game = "." in column
    legend = {"type": "gradient", "title": column if of_game else "Chance", "format": ".2~f" if of_game else ".0%"}
    colour = {"field": "figure", "type": "quantitative", "scale": {"scheme": "viridis"}, "legend": legend}
    return {
        "mark": {"type": "rect", "strokeWidth": 0.5, "aria": False},  # told cell by cell, it is ten times as long
        "encoding": {"x": side(places.x), "y": y, "color": colour, "stroke": colour | {"legend": None}},
    }


def _key(name: str) -> str:
    return "axis " + name.replace(".", " ")


def _shown(value: Any) -> Any:
    return _name(value) if isinstance(value, str) else value


def _name(key: str) -> str:
    return NAMES.get(key, key.replace("_", " ") if "." in key else key.replace("_", " ").capitalize())
