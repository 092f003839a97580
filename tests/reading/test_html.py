"""Visible text, the article chosen from it, metadata; and pages that mean harm."""

import json
import resource
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.reading import html, metadata
from offramp.reading.ingest import from_bytes
from offramp.reading.maintext import align

ARTICLE = (
    "<p>The ruler refused to leave the palace on Monday, and the army said that it would obey him for now.</p>"
    "<p>Two envoys had offered him safe passage to a third country, but he asked for time, and for immunity.</p>"
    "<p>Crowds filled the main square again, although the police had closed the streets that lead to it.</p>"
)


def visible(markup):
    return html.visible(html.parse(markup, "p", []))


def test_visible_text_in_document_order():
    page = visible(
        "<html><head><title>No</title><style>b{}</style></head><body><script>no()</script><noscript>no</noscript>"
        "<h1>Head &amp; <em>line</em></h1><p>One<br>two  \n three&nbsp;x &eacute;&#x41;</p>"
        "<ul><li>a</li><li>b</li></ul>"
        "<p hidden>no</p><p style='color:red; display : none'>no</p><template>no</template><dialog>no</dialog>"
        "<table><tr><td>1</td><td>2</td></tr></table><pre>x\n  y</pre>tail<!-- no --></body></html>"
    )
    assert page.text == "Head & line\n\nOne\ntwo three\xa0x éA\n\na\n\nb\n\n1\t2\n\nx\n  y\n\ntail"
    assert [page.text[a:b] for a, b in page.headings] == ["Head & line"]


def test_pieces_cover_all_words_and_links_stand_where_they_show():
    page = visible(
        '<nav>Home</nav><p>Read <a href="https://un.org/r"> the <b>report</b> </a>, now <a href="#x">top</a></p>'
    )
    assert [page.text[p.start : p.end] for p in page.pieces] == ["Home", "Read", "the", "report", ", now", "top"]
    assert page.pieces[0].surroundings == "navigation"
    assert [(page.text[link.start : link.end], link.href) for link in page.links] == [
        ("the report", "https://un.org/r")
    ]


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<nav>X</nav>", "navigation"),
        ("<footer>X</footer>", "footer"),
        ("<aside>X</aside>", "sidebar"),
        ('<div id="onetrust-banner">X</div>', "cookie notice"),
        ('<div class="social-share">X</div>', "share buttons"),
        ('<section class="relatedStories">X</section>', "related links"),
        ("<figcaption>X</figcaption>", "caption"),
        ('<div class="newsletter-signup">X</div>', "newsletter prompt"),
        ('<div role="navigation">X</div>', "navigation"),
        ('<div id="comments">X</div>', "reader comments"),
        ('<div class="advert">X</div>', "advertisement"),
        ('<div class="adventure broadshare unrelatedness">X</div>', None),
    ],
)
def test_what_stands_around_a_piece(markup, reason):
    assert visible(f"<body>{markup}</body>").pieces[0].surroundings == reason


def test_the_article_is_kept_and_the_rest_is_dropped_with_its_reason():
    page = (
        "<html lang='en'><head><title>Ruler stays | Courier</title></head><body>"
        "<nav><a href='/'>Home</a> <a href='/w'>World</a></nav><div class='cookie-banner'>We use cookies. Accept</div>"
        f"<main><article><h1>Ruler stays</h1>{ARTICLE}</article>"
        "<div class='share-bar'>Facebook Twitter</div></main>"
        "<aside><h2>Most read</h2><a href='/1'>Ten islands</a></aside>"
        "<footer>Imprint and masthead</footer></body></html>"
    )
    got = from_bytes(page.encode(), "page.html")
    text = got.report.text
    reasons = {text[d.start : d.end].split("\n")[0]: d.reason for d in got.dropped}
    assert reasons["Home World"] == "navigation"
    assert reasons["We use cookies. Accept"] == "cookie notice"
    assert reasons["Facebook Twitter"] == "share buttons"
    assert reasons["Most read"] in ("sidebar", "related links")
    assert reasons["Imprint and masthead"] == "footer"
    assert "Ruler stays" in got.kept
    assert "The ruler refused to leave the palace" in got.kept
    assert "asked for time, and for immunity." in got.kept
    for word in ("Home", "cookies", "Facebook", "Most", "Imprint"):
        assert word not in got.kept
    assert got.report.title == "Ruler stays"


def test_no_article_found_keeps_all_and_says_so():
    got = from_bytes(b"<html><body><div>ab</div></body></html>", "p.html")
    assert got.kept.strip() == "ab" or any("no article" in w for w in got.warnings)
    assert got.report.text == "ab"


def test_other_languages_are_said():
    got = from_bytes(f"<html lang='es'><body>{ARTICLE}</body></html>".encode(), "p.html")
    assert any("'es'" in warning for warning in got.warnings)


def test_alignment_against_brute_force():
    """The chosen words are found where they stand, though they also stand in a menu and a teaser."""
    teaser = ["the", "ruler", "refused", "to", "leave", "the", "palace"]
    article = [
        "the",
        "ruler",
        "refused",
        "to",
        "leave",
        "the",
        "palace",
        "on",
        "monday",
        "and",
        "the",
        "army",
        "said",
        "that",
        "it",
        "would",
        "obey",
    ]
    words = [*teaser, "menu", "home", *article, "footer", *teaser]
    assert align(words, article) == set(range(len(teaser) + 2, len(teaser) + 2 + len(article)))
    assert align(words, []) == set()
    assert align([], article) == set()


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40), st.data())
@settings(max_examples=100)
def test_alignment_pairs_equal_words_in_order(words, data):
    """Aligned with a part of itself, every index it gives is one a rising match could use."""
    picked = sorted(data.draw(st.sets(st.integers(0, len(words) - 1)))) if words else []
    wanted = [words[i] for i in picked]
    matched = sorted(align(words, wanted))
    assert len(matched) <= len(wanted)
    rest = iter(wanted)
    assert all(any(words[i] == word for word in rest) for i in matched)


def test_a_whole_stretch_is_always_found():
    words = [f"w{i}" for i in range(300)]
    assert align(words, words[40:90]) == set(range(40, 90))


# What a page says about itself


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2025-12-01T08:00:00Z">',
        '<meta name="DC.date.issued" content="2025-12-01">',
        '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","datePublished":"2025-12-01"}]}</script>',
        '</head><body><time datetime="2025-12-01">Monday</time>',
        "</head><body><time>December 1, 2025</time>",
    ],
)
def test_date_of_a_page(head):
    got = from_bytes(f"<html><head>{head}</head><body>{ARTICLE}</body></html>".encode(), "p.html")
    assert str(got.report.date) == "2025-12-01"


def test_title_and_publisher():
    data = {"headline": "From data", "publisher": {"name": "The Courier"}}
    page = f"<head><title>T | The Courier</title><script type='application/ld+json'>{json.dumps(data)}</script></head>"
    about = from_bytes(f"<html>{page}<body>{ARTICLE}</body></html>".encode(), "p.html").report
    assert (about.title, about.publisher) == ("From data", "The Courier")
    page = "<head><title>Ruler stays - The Courier</title><meta property='og:site_name' content='The Courier'></head>"
    about = from_bytes(f"<html>{page}<body>{ARTICLE}</body></html>".encode(), "p.html").report
    assert (about.title, about.publisher) == ("Ruler stays", "The Courier")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2025-12-01", "2025-12-01"),
        ("1 December 2025", "2025-12-01"),
        ("Dec. 1st, 2025", "2025-12-01"),
        ("the 1st of December 2025", "2025-12-01"),
        ("/2025/12/01/story", "2025-12-01"),
        ("2025-13-01", "None"),
        ("31 February 2025, later 1 March 2025", "2025-03-01"),
        ("01/02/2025", "None"),
        ("12025-12-011", "None"),
    ],
)
def test_dates_in_words(text, date):
    assert str(metadata.find_date(text)) == date


# Pages that mean harm

HOSTILE = {
    "deep": "<div>" * 100_000 + ARTICLE + "</div>" * 100_000 + "<p>after</p>",
    "deep mixed": "<div><span><b>" * 60_000 + ARTICLE,
    "deep lists": "<ul><li>" * 50_000 + ARTICLE,
    "one huge attribute": f"<p class='{'x ' * 2_000_000}'>" + ARTICLE,
    "many attributes": "<p " + " ".join(f"a{i}='1'" for i in range(200_000)) + ">" + ARTICLE,
    "attributes that look like ends": "<p " + " ".join(f"a{i}='>'" for i in range(200_000)) + ">" + ARTICLE,
    "entities": "<p>" + "&amp;&lt;&eacute;&#x41;" * 200_000 + "</p>" + ARTICLE,
    "open tags": ARTICLE + "<a " * 500_000,
    "open quotes": ARTICLE + '<a href="' * 400_000,
    "angle brackets": ARTICLE + "<" * 2_000_000,
    "open comments": ARTICLE + "<!--" * 500_000,
    "paragraphs": ARTICLE * 15_000,
    "links": "<ul>" + "<li><a href='http://x.example/'>The link</a></li>" * 40_000 + "</ul>" + ARTICLE,
    "one word": "<p>" + "x" * 3_000_000 + "</p>" + ARTICLE,
    "script": "<script>while(true){document.write('bad')}</script>" + ARTICLE,
    "data": "<script type='application/ld+json'>" + "[" * 100_000 + "</script>" + ARTICLE,
    "frames": "<iframe src='file:///etc/passwd'></iframe><img src=x onerror=alert(1)>" + ARTICLE,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_bounded_time_and_memory(name):
    data = f"<!DOCTYPE html><html><body>{HOSTILE[name]}</body></html>".encode()[:5_000_000]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    got, error = None, ""
    try:
        got = from_bytes(data, "p.html")
    except InputError as caught:
        error = str(caught)
    if got is None:
        assert error.startswith("p.html: ")
    else:
        assert "The ruler refused to leave" in got.report.text or name == "angle brackets"
        assert "bad" not in got.report.text
        assert "passwd" not in got.report.text
    assert time.process_time() - start < 5
    if sys.platform == "linux":  # kilobytes there
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000


def test_an_entity_bomb_expands_to_nothing():
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "boom"}">' for i in range(12))
    page = f"<?xml version='1.0'?><!DOCTYPE html [{bomb}]><html><body>{ARTICLE}&a11;</body></html>"
    got = from_bytes(page.encode(), "p.html")
    assert got.report.text.count("boom") < 20
    assert len(got.report.text) < 3000


def test_depth_is_tamed_and_said():
    flat, said = html.tame("<div>" * 1000 + "x" + "</div>" * 1000 + "<p>y")
    assert flat.count("<div>") == html.MAX_DEPTH == flat.count("</div>")
    assert "nested more than" in said[0]
    ordinary = "<div><p>a<p>b<ul><li>c<li>d</ul><img><br/></div>" * 400
    assert html.tame(ordinary) == (ordinary, [])


def test_markup_inside_scripts_and_comments_is_no_depth():
    page = "<script>if(a<b){x='<div>'}</script><!-- <div> -->" * 500
    assert html.tame(page) == (page, [])


def test_a_page_without_words():
    with pytest.raises(InputError, match="no visible text"):
        from_bytes(b"<html><body><script>draw()</script></body></html>", "p.html")


TAGS = [
    *(
        "<p>",
        "</p>",
        "<div class='nav'>",
        "</div>",
        "<a href='http://x.y'>",
        "</a>",
        "<br>",
        "<b",
        ">",
        "&amp;",
        "&#0;",
    ),
    *("<!--", "-->", "<table><tr><td>", "</table>", "<pre>", "</pre>", " \n ", "word ", "Été ", "\x0b", '"', "'"),
    *("<svg><title>t", "<script>", "</script>", "<time datetime='2025-01-01'>"),
]


@given(st.lists(st.one_of(st.sampled_from(TAGS), st.text(max_size=5)), max_size=60))
@settings(max_examples=150, deadline=3000)
def test_any_markup_gives_spans_inside_the_text(parts):
    try:
        got = from_bytes(("<html><body>" + "".join(parts)).encode("utf-8", "replace"), "p.html")
    except InputError:
        return
    text = got.report.text
    assert len(got.kept) == len(text)
    last = 0
    for item in got.dropped:
        assert last <= item.start < item.end <= len(text)
        assert text[item.start : item.end].strip()
        assert not got.kept[item.start : item.end].strip()
        last = item.end
    assert all(0 <= link.start < link.end <= len(text) for link in got.links)
