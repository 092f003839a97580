"""The brief in a real browser: accessible, self-contained, harmless, usable by keyboard, on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[1] / "vendor/axe/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
pytestmark = pytest.mark.browser


class Opened:
    """A page with what it asked for and what it complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Any]:
    contexts = []

    def start(**options: Any) -> Opened:
        # bypass_csp lets the tests look at the page; the page itself has no script to profit from it
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.goto(page_file.as_uri())
        return found

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_no_violation_of_wcag(opened: Any, scheme: str, width: int):
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.add_script_tag(path=AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    told = [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]
    assert told == []
    passed = {rule["id"] for rule in found["passes"]}
    assert {"color-contrast", "html-has-lang", "link-name", "svg-img-alt"} <= passed  # axe really looked


def test_axe_would_find_a_fault(opened: Any):
    page = opened(bypass_csp=True).page
    page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
    page.add_script_tag(path=AXE)
    found = page.evaluate("tags => axe.run('.lead', {runOnly: tags})", TAGS)
    assert [rule["id"] for rule in found["violations"]] == ["color-contrast"]


def test_opens_from_disk_without_network_and_without_complaint(opened: Any, page_file: Path):
    found = opened()
    found.page.wait_for_timeout(200)
    assert found.requests == [page_file.as_uri()]
    assert found.complaints == []


def test_hostile_text_is_text(opened: Any):
    found = opened(bypass_csp=True)  # even without the page's policy nothing of it may run
    assert found.page.evaluate("window.pwned") is None
    assert found.page.evaluate("document.querySelectorAll('script, img, iframe, object, [onerror]').length") == 0
    assert "<script>window.pwned=1</script>" in found.page.inner_text("h1")
    assert 'onerror="window.pwned=2"' in found.page.inner_text(".report .text")
    assert found.complaints == []


def test_policy_stops_scripts(opened: Any):
    page = opened().page
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 3';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.pwned") is None


def test_keyboard_reaches_skip_link_contents_details_and_highlights(opened: Any):
    page = opened().page
    reached = []
    for _ in range(400):
        page.keyboard.press("Tab")
        spot = page.evaluate(
            "() => { const e = document.activeElement; const b = e.getBoundingClientRect();"
            " return [e.tagName, e.className, e.getAttribute('href') || '', b.width > 0 && b.height > 0] }"
        )
        if spot[0] == "BODY":
            break
        reached.append(spot)
    assert reached[0][1:3] == ["skip", "#main"]
    assert [spot[2] for spot in reached[1:12]][:2] == ["#answer", "#outlook"]
    assert sum(spot[0] == "SUMMARY" for spot in reached) == page.locator("summary").count()
    assert sum("ref" in spot[1].split() for spot in reached) == page.locator("a.ref").count() > 10
    assert all(spot[3] for spot in reached)


def test_skip_link_and_contents_lead_somewhere(opened: Any):
    page = opened().page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.click("nav a[href='#offers']")
    assert page.locator("#offers").evaluate("e => Math.abs(e.getBoundingClientRect().top) < 60")


def test_seeking_an_item_lights_up_its_passage(opened: Any):
    page = opened().page
    lit = "e => getComputedStyle(e).backgroundColor"
    piece = page.locator(".i-offer-1").first
    before = piece.evaluate(lit)
    page.click("a[href='#at-offer-1']")
    assert piece.evaluate(lit) != before


@pytest.mark.parametrize("width", [320, 360, 768, 1024])
def test_no_page_wide_scrolling(opened: Any, width: int):
    page = opened(viewport={"width": width, "height": 800}).page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_chart_text_is_readable_on_a_phone(opened: Any):
    page = opened(viewport={"width": 360, "height": 800}).page
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width > 0)"
        ".map(s => 12 * s.getBoundingClientRect().width / s.viewBox.baseVal.width)"
    )
    assert len(sizes) >= 5
    assert min(sizes) >= 9.5


def test_chart_labels_neither_overlap_nor_leave_the_picture(opened: Any):
    for width in (1280, 360):
        page = opened(viewport={"width": width, "height": 900}).page
        clashes = page.evaluate(
            """() => [...document.querySelectorAll('svg.chart')].flatMap(svg => {
                const frame = svg.getBoundingClientRect();
                if (!frame.width) return [];
                const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
                const bad = boxes.filter(([, b]) => b.left < frame.left - 2 || b.right > frame.right + 2)
                    .map(([name]) => 'outside: ' + name);
                boxes.forEach(([a, x], i) => boxes.slice(i + 1).forEach(([b, y]) => {
                    if (Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1
                        && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 3) bad.push(a + ' on ' + b);
                }));
                return bad;
            })"""
        )
        assert clashes == []


def test_prints_on_a_sane_number_of_pages_with_details_open(opened: Any):
    page = opened(color_scheme="dark").page
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", prefer_css_page_size=True)))
    assert 5 <= pages <= 20
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    heights = page.evaluate(
        "[...document.querySelectorAll('details > .scroll, details > ul')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) >= 4
    assert min(heights) > 10
    assert page.locator("nav.toc").is_hidden()
