"""Vega-Lite specifications drawn as SVG that can stand inside the page.

`draw` gives a picture that follows the page: colours are CSS variables, text takes the page's font, the background is
clear, ids are unique, and title and description are bound by `aria-labelledby`. Only drawing elements pass: anything
else in the drawing is an error, not something to let through. Source of the drawing: vl-convert, no network, no fonts
of our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree
from markupsafe import Markup

from offramp.errors import OfframpError

_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "text", "tspan", "defs", "clipPath", "circle", "title"})
_PLACES = {"d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "transform", "viewBox", "id"}
_LINES = {"stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap", "stroke-linejoin"}
_KEPT = _PLACES | _LINES | {"stroke-miterlimit", "fill", "fill-opacity", "opacity", "text-anchor", "clip-path"}
_URL = re.compile(r"url\(#([\w-]+)\)")
_UNSEEN = "transparent"
INK = "var(--ink)"
MUTED = "var(--muted)"
RULE = "var(--rule)"

CONFIG: dict[str, Any] = {
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labels": False, "title": None, "gridColor": RULE, "domainColor": MUTED, "tickColor": MUTED, "domainWidth": 1,
    },
    "axisY": {"domain": False, "ticks": False, "gridWidth": 1},
    "axisX": {"grid": False, "tickSize": 4},
    "legend": {"disable": True},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """Text in a chart: `x` and `y` in pixels from the plot's upper left corner, `y` at the middle of the letters."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification without text, and the text to be set on it.

    Text is set by us because the drawing library needs more than a millisecond to measure each label, and because ours
    takes the page's own font. `spec` must have a whole-number `width`, `height` and `padding` on four sides.
    """

    spec: dict[str, Any]
    labels: Sequence[Label]


def draw(chart: Chart, ident: str, title: str, description: str) -> Markup:
    """The drawing of a chart as an `<svg>` element with `role="img"`.

    Args:
        chart: A Vega-Lite 5 specification with its data inside, and its text; `CONFIG` is laid under it.
        ident: Unique in the page; every id in the drawing begins with it.
        title: Short name of the picture, for those who cannot see it.
        description: What it shows, in a sentence or two with the main figures.

    Raises:
        OfframpError: If the drawing holds anything but shapes and text.
    """
    import vl_convert

    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": CONFIG,
        "autosize": {"type": "none"},
        **chart.spec,
    }
    return inline(vl_convert.vegalite_to_svg(whole), ident, title, description, _Texts(chart))


class _Texts:
    """The labels of a chart as SVG, in a group at the plot's origin."""

    def __init__(self, chart: Chart) -> None:
        padding = chart.spec["padding"]
        self.origin = (padding["left"], padding["top"])
        self.labels = chart.labels

    def add_to(self, root: etree._Element) -> None:
        group = etree.SubElement(root, f"{{{_NAMESPACE}}}g", transform=f"translate({self.origin[0]},{self.origin[1]})")
        for label in self.labels:
            text = etree.SubElement(group, f"{{{_NAMESPACE}}}text", x=f"{label.x:g}", y=f"{label.y:.1f}", dy=".33em")
            text.set("text-anchor", label.anchor)
            if label.strong:
                text.set("class", "strong")
            text.text = label.text


def inline(drawing: str, ident: str, title: str, description: str, texts: _Texts | None = None) -> Markup:
    """An SVG document made fit to stand in the page; see `draw`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(drawing.encode("utf-8"), parser)
    for element in list(root.iter()):
        name = etree.QName(element).localname
        if name not in _ELEMENTS:
            raise OfframpError(
                f"chart {ident}: the drawing holds <{name}>; only shapes and text may stand in the page."
            )
        _clean(element, ident)
    _drop_empty(root)
    if texts is not None:
        texts.add_to(root)
    _label(root, ident, title, description)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))


def _clean(element: etree._Element, ident: str) -> None:
    for key, value in list(element.attrib.items()):
        if key not in _KEPT:
            del element.attrib[key]
        elif key == "id":
            element.set(key, f"{ident}-{value}")
        elif "url(" in value:
            element.set(key, _URL.sub(rf"url(#{ident}-\1)", value))


def _drop_empty(root: etree._Element) -> None:
    """Vega's empty groups and unseen backgrounds: they double the size of a small drawing."""
    for element in reversed(list(root.iter())):
        parent = element.getparent()
        if parent is None or len(element):
            continue
        name = etree.QName(element).localname
        bare = name == "g" or (name == "path" and element.get("fill") is None and element.get("stroke") is None)
        if bare or element.get("stroke") == _UNSEEN:
            parent.remove(element)


def _label(root: etree._Element, ident: str, title: str, description: str) -> None:
    for place, (name, words) in enumerate((("title", title), ("desc", description))):
        child = etree.Element(f"{{{_NAMESPACE}}}{name}", id=f"{ident}-{name}")
        child.text = words
        root.insert(place, child)
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{ident}-title {ident}-desc")
    root.set("class", "chart")
    width = float(root.get("viewBox", "0 0 640 1").split()[2])
    root.set("style", f"max-width:{width:g}px")
