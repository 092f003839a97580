"""Charts: what is drawn agrees with the figures, labels keep apart, and nothing but shapes and text comes through."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import pytest
import sample
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from offramp.errors import OfframpError
from offramp.report import charts, svg

OVER = charts.over_time(sample.make())


def test_the_stack_ends_where_the_means_end():
    chart = charts.shares(OVER, 500, 300, 190)
    rows = [row for row in chart.spec["layer"][0]["data"]["values"] if row["month"] == 24]
    heights = {row["key"]: row["to"] - row["from"] for row in rows}
    game = OVER.game
    assert heights["negotiated"] == pytest.approx(game["negotiated"].mean[-1])
    rest = sum(game[key].mean[-1] for key in ("regular", "natural", "assassination", "rebels"))
    assert heights["other"] == pytest.approx(rest)
    assert max(row["to"] for row in rows) == pytest.approx(1 - game["in_office"].mean[-1])


def test_a_panel_shows_band_and_history_and_history_is_silent_on_terms():
    foreign, terms = charts.panel(OVER, "foreign", 0.5), charts.panel(OVER, "negotiated", 0.5)
    band, past, _ = (layer["data"]["values"] for layer in foreign.spec["layer"])
    assert [row["high"] for row in band] == OVER.game["foreign"].high
    assert [row["mean"] for row in past] == OVER.history["foreign"].mean
    assert terms.spec["layer"][1]["data"]["values"] == []
    assert {"game", "history"} <= {label.text for label in foreign.labels}
    assert "history" not in {label.text for label in terms.labels}


def test_a_brief_without_monthly_figures_is_drawn_from_its_forecast():
    over = charts.over_time(sample.smallest())
    assert over.months == [0, 3]
    assert over.game["in_office"].mean[0] == 1
    assert over.game["negotiated"].mean[0] == 0
    assert over.history == {}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).map(sorted))
def test_labels_keep_their_distance_and_stay_inside(wanted):
    placed = charts._spread(wanted, 0.05, 0.97)
    assert all(b - a >= 0.05 - 1e-9 for a, b in pairwise(placed))
    assert placed[-1] <= 0.97 + 1e-9


@given(st.floats(0.004, 1))
def test_round_scales_hold_what_they_must(highest):
    top = charts._round_top(highest)
    steps = charts._steps(top)
    assert highest <= top + 1e-9
    assert top <= min(1.0, highest + charts._step(highest)) + 1e-9
    assert 2 <= len(steps) <= 6
    assert steps[0] == 0
    assert steps[-1] <= top + 1e-9


@given(st.integers(1, 1200))
def test_ticks_are_few(last):
    assert 1 <= len(charts._ticks(last)) <= 7


def test_drawings_are_labelled_images_without_fixed_size_or_foreign_parts():
    wide, narrow = charts.draw_shares(OVER)
    for drawing in (wide, narrow, *(panel.picture for panel in charts.draw_panels(OVER))):
        root = etree.fromstring(drawing)
        assert root.get("role") == "img"
        assert root.get("width") is None
        ids = root.xpath("//@id")
        assert root.get("aria-labelledby").split() == [i for i in ids if i.endswith(("-title", "-desc"))]
        assert not root.xpath("//@class[. != 'chart' and . != 'strong'] | //@href | //@font-family")
        colours = set(root.xpath("//@fill | //@stroke")) - {"none"}
        assert all(colour.startswith("var(--") for colour in colours), colours
        assert not any("NaN" in value for value in root.xpath("//@d | //@transform"))


@pytest.mark.parametrize(
    "part",
    ["<script>1</script>", "<foreignObject/>", "<image href='x'/>", "<a><text>x</text></a>", "<style>*{}</style>"],
)
def test_anything_but_shapes_and_text_is_an_error(part: str):
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{part}</svg>'
    with pytest.raises(OfframpError, match="only shapes and text"):
        svg.inline(drawing, "x", "t", "d")


def test_handlers_are_taken_off_and_words_escaped():
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="a" onclick="x()">'
    drawing += '<path d="M0 0" fill="red"/></g></svg>'
    shown = svg.inline(drawing, "x", "<b>", "a & b")
    assert "onclick" not in shown
    assert 'id="x-a"' in shown
    assert "&lt;b&gt;" in shown
    assert "a &amp; b" in shown


def test_rates_over_all_of_the_scale_can_be_drawn():
    nothing = sample.make(monthly=None)
    for series in nothing.forecast.outcomes.values():
        series.mean[:] = series.low[:] = series.high[:] = [0.0] * 5
    nothing.forecast.outcomes["in_office"].mean[:] = [1.0] * 5
    nothing.forecast.outcomes["in_office"].low[:] = [1.0] * 5
    nothing.forecast.outcomes["in_office"].high[:] = [1.0] * 5
    drawn = charts.draw_panels(charts.over_time(nothing))
    assert all("NaN" not in panel.picture for panel in drawn)


def test_a_warm_page_is_drawn_quickly(brief):
    from offramp.report import html

    charts.warm_up()
    html.render(brief)
    began = time.process_time()
    html.render(brief)
    assert time.process_time() - began < 3  # 0.2 s on two quiet cores; the bound only catches a blow-up
    assert math.isfinite(began)
