"""The pages in a real browser: accessible, live, by keyboard, on a phone, in the dark, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[1] / "vendor/axe/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = ["/", "/cases/aland-ruler", "/entries/1", "/read", "/score", "/games", "/games/deterrence", "/login", "/absent"]
pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, site: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page; complaints of the browser are kept in `page.complaints`."""
    contexts = []

    def start(path: str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
        page.goto(site.address + path, wait_until="load")
        if path.startswith("/entries"):
            page.wait_for_selector("#answer", timeout=90_000)
        return page

    yield start
    for context in contexts:
        context.close()


def violations(page: Any) -> list[str]:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.add_script_tag(path=AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    assert {"html-has-lang", "document-title"} <= {rule["id"] for rule in found["passes"]}  # axe really looked
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("path", PAGES)
def test_no_violation_of_wcag_and_nothing_hostile_runs(opened: Any, path: str):
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        page = opened(path, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
        page.wait_for_timeout(150)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("window.pwned") is None
        assert [text for text in page.complaints if "404" not in text] == []


def test_our_own_policy_holds_and_breaks_nothing(opened: Any):
    for path in ("/", "/cases/aland-ruler", "/games/poker"):
        page = opened(path)
        page.wait_for_timeout(300)
        assert page.complaints == []
    assert page.locator(".vega svg").count() == 1
    page.evaluate("() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 3';"
                  " document.body.append(s); }")  # fmt: skip
    assert page.evaluate("window.pwned") is None


def test_a_slider_is_answered_by_a_preview_that_settles(opened: Any):
    page = opened("/cases/aland-ruler")
    assert "As recorded" in page.inner_text(".state")
    page.locator("#loyalty").focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".state.preview, .state.settled strong:has-text('Full answer')", timeout=90_000)
    page.wait_for_selector(".state.settled strong:has-text('Full answer')", timeout=90_000)
    shown = page.inner_text("tr[data-outcome=coup]")
    assert "+" in shown
    assert float(page.inner_text("output[for=loyalty]")) == pytest.approx(float(page.input_value("#loyalty")))
    page.locator("#guarantee").fill("0.85")
    page.wait_for_selector(".state.preview", timeout=30_000)
    assert "Preview" in page.inner_text(".state")
    page.wait_for_selector(".state.settled strong:has-text('Full answer')", timeout=90_000)
    assert page.locator(".vega svg").count() == 1
    assert page.complaints == []


def test_a_game_moves_with_its_payoffs(opened: Any):
    page = opened("/games/entry")
    before = page.inner_text("#solved table")
    page.locator("#precision").fill("20")
    page.wait_for_function("before => document.querySelector('#solved table').innerText !== before", arg=before)
    assert "At precision 20" in page.inner_text("#solved .state")
    assert page.locator(".tree svg").count() == 1


def test_everything_can_be_read_without_javascript(opened: Any):
    page = opened("/cases/aland-ruler", java_script_enabled=False)
    assert "As recorded" in page.inner_text(".state")
    assert page.locator("#live-answer table tbody tr").count() == 10
    page.check("input[name=pressure][value=none]")
    page.click("button:has-text('Answer')")
    page.wait_for_selector(".state.settled strong:has-text('Full answer')", timeout=90_000)
    assert "pressure=none" in page.url
    page.click("nav >> text=Games")
    page.click("a:has-text('Deterrence under')")
    page.locator("#precision").evaluate("e => e.value = 9")
    page.click("button:has-text('Solve')")
    assert "At precision 9" in page.inner_text("#solved .state")


def test_keyboard_reaches_everything_and_skips(opened: Any):
    page = opened("/cases/aland-ruler")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert {"offer", "pressure", "guarantee", "loyalty", "BUTTON", "SUMMARY", "A"} <= reached


def test_a_report_is_pasted_and_seen_read(opened: Any, examples: Path):
    page = opened("/read")
    page.set_input_files("#file", examples / "gambia-2017.txt")
    page.click("button:has-text('Read it')")
    page.wait_for_selector("#made-title", timeout=90_000)
    assert "Jammeh" in page.inner_text(".facts")
    assert page.locator("a.ref").count() > 5
    assert page.locator(".report .text mark").count() > 5
    page.fill("#text", "A recipe for soup: onions, carrots, water. Boil for an hour and serve it hot to your guests.")
    page.click("button:has-text('Read it')")
    page.wait_for_selector("text=No case.", timeout=90_000)


def test_news_reach_an_open_page(opened: Any, site: Any, filled: Any):
    from offramp.forecast.record import append_brief
    from offramp.ledger.store import Ledger

    page = opened("/")
    page.wait_for_timeout(700)
    with Ledger(str(filled[0])) as ledger:
        entry = append_brief(ledger, filled[2], case="other-ruler")
    page.wait_for_selector(f"#news a:has-text('new: forecast {entry.n}, other-ruler')", timeout=15_000)
