"""The brief as markup: structure, escaping, links that lead somewhere, figures that agree with the object."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
import sample
from lxml import html as lxml_html

from offramp import words
from offramp.report import html, views

SECTIONS = (
    *("answer", "outlook", "history", "path", "offers", "moves"),
    *("evidence", "story", "sensitivity", "comparables", "method"),
)


@pytest.fixture(scope="module")
def tree(page_text: str) -> Any:
    return lxml_html.document_fromstring(page_text)


def text(node: Any) -> str:
    return re.sub(r"\s+", " ", node.text_content()).strip()


def test_same_brief_same_page(brief: Any, page_text: str):
    assert html.render(brief) == page_text


def test_stands_alone(tree: Any, page_text: str):
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "default-src 'none'" in policy
    assert tree.xpath("//script | //link | //img | //iframe | //object | //base | //form") == []
    assert [a for a in tree.xpath("//@href | //@src") if not a.startswith("#")] == []
    style = tree.xpath("//style")[0].text
    assert "@import" not in style
    assert "url(" not in style
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")


def test_landmarks_language_and_headings(tree: Any):
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//main")) == len(tree.xpath("//nav")) == len(tree.xpath("//h1")) == 1
    assert tuple(tree.xpath("//main/section/@id")) == SECTIONS
    assert [href.removeprefix("#") for href in tree.xpath("//nav//a/@href")] == list(SECTIONS)
    levels = [int(h.tag[1]) for h in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_ids_are_unique_and_links_lead_somewhere(tree: Any):
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = {a.removeprefix("#") for a in tree.xpath("//a/@href | //*[local-name()='use']/@href")}
    labels = {name for value in tree.xpath("//@aria-labelledby") for name in value.split()}
    assert (targets | labels) - set(ids) == set()


def test_no_hostile_text_became_markup(tree: Any, page_text: str):
    assert "<script" not in page_text.lower()
    assert 'onerror="window' not in page_text
    assert "<script>window.pwned=1</script>" in text(tree.xpath("//h1")[0])


def test_who_accuses_the_ruler_is_named(tree: Any):
    row = tree.xpath("//*[normalize-space()='Accused of grave crimes by']/following-sibling::*[1]")
    assert [text(cell) for cell in row] == ["a United Nations mission, a report (2020-09-16)"]


def test_figures_agree_with_the_object(tree: Any, brief: Any):
    table = tree.xpath("//section[@id='outlook']//table")[0]
    heads = [text(cell) for cell in table.xpath(".//thead//th")][1:]
    assert heads == ["1 month", "3 months", "6 months", "12 months", "24 months"]
    for key, name in (("negotiated", "Negotiated exit"), ("in_office", "Still in office")):
        row = next(row for row in table.xpath(".//tbody/tr") if text(row[0]) == name)
        series = brief.forecast.outcomes[key]
        expected = [words.cell_estimate(*row) for row in zip(series.mean, series.low, series.high, strict=True)]
        assert [text(cell) for cell in row[1:]] == [re.sub(r"\s+", " ", value) for value in expected]


def test_icons_are_a_hundred_and_split_as_the_key_says(tree: Any, brief: Any):
    marks = tree.xpath("//*[local-name()='svg'][@class='icons']//*[local-name()='use']/@href")
    assert len(marks) == 100
    shares = views.hundred(brief)
    assert marks.count("#m-ring") == next(s.count for s in shares if s.look.key == "in_office") == 70


def test_history_says_nothing_of_negotiated_exits(tree: Any):
    row = next(r for r in tree.xpath("//section[@id='history']//tbody/tr") if text(r[0]) == "Negotiated exit")
    assert text(row[2]) == "not recorded"
    assert "whether terms were agreed" in text(tree.xpath("//*[@id='silent']")[0])


def test_offers_use_the_wording_of_the_model(tree: Any):
    section = text(tree.xpath("//section[@id='offers']")[0])
    assert "In the model, if" in section
    assert "for reasons unrelated to what we cannot see" in section
    assert "would cause" not in section
    assert "0.44 a year (0.21 to 1.3)" in section
    assert "not safe to say that the coercer prefers" in section
    best = tree.xpath("//section[@id='offers']//tr[@class='best']")
    assert len(best) == 1
    assert "58 %" in text(best[0])


def test_every_item_has_a_row_and_a_mark_in_its_report(tree: Any, brief: Any):
    counts = {
        "event": len(brief.evidence.events), "offer": len(brief.evidence.offers), "claim": len(brief.evidence.claims),
        "demand": len(brief.evidence.demands), "statistic": len(brief.evidence.statistics),
        "condition": len(brief.evidence.conditions), "dropped": len(brief.evidence.dropped),
    }  # fmt: skip
    for kind, count in counts.items():
        for number in range(1, count + 1):
            assert len(tree.xpath(f"//tr[@id='{kind}-{number}']")) == 1
            mark = tree.xpath(f"//*[@class='text']//a[@id='at-{kind}-{number}']")
            assert len(mark) == 1
            assert mark[0].get("aria-label")


def test_the_report_is_shown_whole_and_dropped_text_struck_through(tree: Any, brief: Any):
    shown = tree.xpath("//*[@class='text']")[0]
    for mark in shown.xpath(".//a"):
        tail = mark.tail or ""
        before = mark.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            mark.getparent().text = (mark.getparent().text or "") + tail
        mark.getparent().remove(mark)
    assert re.sub(r"\s+", " ", shown.text_content()) == re.sub(r"\s+", " ", brief.reports[0].text)
    dropped = brief.evidence.dropped[0]
    struck = "".join(node.text_content() for node in shown.xpath(".//s"))
    assert struck == brief.reports[0].text[dropped.start : dropped.end]


def test_warnings_bands_responsible_use_and_what_is_needed_to_repeat_it(tree: Any, brief: Any):
    answer, method = text(tree.xpath("//section[@id='answer']")[0]), text(tree.xpath("//section[@id='method']")[0])
    assert "3 warnings" in answer
    assert "the street was set by hand" in answer
    for part in (brief.reports[0].sha256, "3.2e-11", "2024-12-31", "Responsible use", "51 equal ones", "an analyst"):
        assert part in method


def test_dates_and_pointers_in_words_become_time_and_links():
    told = "claims[2] of 2025-12-01 and claims[99] <b>"
    tree = lxml_html.document_fromstring(html.render(sample.make(warnings=[told])))
    item = tree.xpath("//*[@aria-labelledby='warnings-title']//li")[0]
    assert text(item) == "claim 3 of 2025-12-01 and claim 100 <b>"
    assert item.xpath(".//time/@datetime") == ["2025-12-01"]
    assert item.xpath(".//a/@href") == ["#claim-3"]


def test_many_figures_outside_their_range_do_not_bury_the_answer():
    def band(outcome, month):
        return {
            "outcome": outcome,
            "month": month,
            "low": 0.01,
            "high": 0.02,
            "value": 0.03,
            "why": f"{outcome} {month}",
        }

    bands = [band(outcome, month) for month in (1, 6, 12) for outcome in ("negotiated", "natural", "in_office")]
    tree = lxml_html.document_fromstring(html.render(sample.make(bands=bands)))
    first = [text(item) for item in tree.xpath("//*[@aria-labelledby='bands-title']//li")]
    assert [item.endswith(("negotiated 12", "in_office 12")) for item in first] == [True, True]
    assert len(tree.xpath("//section[@id='method']//details//li")) == 7


def test_a_brief_with_next_to_nothing_still_renders():
    tree = lxml_html.document_fromstring(html.render(sample.smallest()))
    assert "No report was read" in text(tree.xpath("//section[@id='evidence']")[0])
    assert len(tree.xpath("//svg[@role='img']")) == 8


def test_a_probability_outside_its_range_is_refused():
    broken = sample.make()
    broken.moves[0].probability.mean = 1.5
    with pytest.raises(ValueError, match="between 0 and 1"):
        html.render(broken)
