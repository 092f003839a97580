"""`offramp read --html` and `--explain`: a page that stands alone and escapes, and reasons for every event."""

from __future__ import annotations

import html.parser
import re

import pytest
from typer.testing import CliRunner

from offramp.cli.main import app

TEXT = (
    "Lagos, 3 May 2020\n\nNigeria threatened Ghana with sanctions on Friday. “We will not bow,” said Kofi Mensah of "
    "the trade ministry. Critics say that 85 percent of people are <b onclick=steal()>unhappy</b> & \u202etired.\n\n"
    "Share this article\n"
)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.targets = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.tags.append((tag, held))
        self.ids |= {held["id"]} if "id" in held else set()
        self.targets |= {held["href"][1:]} if held.get("href", "").startswith("#") else set()


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(TEXT, "utf-8")
    return path


def run(*args):
    result = CliRunner().invoke(app, ["read", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_page_stands_alone_and_escapes(report):
    text = run(report, "--html")
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "iframe", "link", "b"}
    assert not any(key.startswith("on") for _, held in page.tags for key in held)
    assert "&lt;b onclick=steal()&gt;unhappy&lt;/b&gt; &amp;" in text
    assert "\u202e" not in text
    assert "default-src 'none'" in text or "default-src &#39;none&#39;" in text
    assert not re.search(r"https?://", text)


def test_every_mark_in_the_text_has_its_row(report):
    page = Page(run(report, "--html"))
    rows = {t for t in page.targets if t.split("-")[0] in ("claim", "event", "statistic", "offer", "demand")}
    assert {"claim-1", "event-1", "statistic-1"} <= rows <= page.ids


def test_the_page_of_two_reports_shows_what_they_tell_alike(report, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(
        "Accra, 4 May 2020\n\nNigeria has threatened Ghana with a trade embargo, diplomats told us.", "utf-8"
    )
    text = run(report, other, "--html")
    assert "Told alike, or against one another" in text
    assert '<td dir="auto">agreement</td>' in text
    assert "agreement" in run(report, other)


def test_reasons_are_shown_only_when_asked_for(report):
    assert "Why event" not in run(report)
    shown = " ".join(run(report, "--explain").split())
    assert "Why event 1: Nigeria threatened Ghana" in shown
    assert "trigger 'threatened" in shown
    assert "verbs.csv, line" in shown
    assert "Why event 1" in run(report, "--explain", "--html")


def test_names_of_ones_own(report, tmp_path):
    names = tmp_path / "names.yaml"
    names.write_text("actors:\n  - {name: Nigeria, country: ZZZ}\n", "utf-8")
    assert '"country": "ZZZ"' in run(report, "--json", "--names", names)
    assert '"country": "NGA"' in run(report, "--json")
