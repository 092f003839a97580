"""Where reports come from: each kind of source, and everything that can be wrong with one."""

from __future__ import annotations

import datetime as dt
import io
import json
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from offramp.errors import InputError
from offramp.fetch import Fetched, FetchError
from offramp.reading.decode import MAX_BYTES
from offramp.watch.sources import MAX_FEED, Bad, Item, Source

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Agency</title>
<item><title>Second &amp; last</title><guid>g2</guid><pubDate>Sat, 22 Nov 2025 10:00:00 GMT</pubDate>
<description>&lt;p&gt;He &lt;b&gt;refused&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Talks go on.&lt;/p&gt;</description></item>
<item><title>First</title><link>https://example.org/1</link><pubDate>Fri, 21 Nov 2025 10:00:00 GMT</pubDate>
<description>She asked him to leave.</description></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>
<entry><id>urn:1</id><title>An entry</title><updated>2025-11-21T08:00:00Z</updated>
<content type="html">&lt;p&gt;Words &amp;amp; more.&lt;/p&gt;</content></entry></feed>"""


def good(source: Source) -> list[Item]:
    found = list(source.items())
    assert all(isinstance(item, Item) for item in found), found
    return [item for item in found if isinstance(item, Item)]


def test_a_folder_gives_its_files_in_order_and_what_changed_again(tmp_path: Path):
    (tmp_path / "b.md").write_text("Second.", "utf-8")
    (tmp_path / "a.txt").write_text("First.", "utf-8")
    (tmp_path / ".hidden").write_text("No.", "utf-8")
    (tmp_path / "sub").mkdir()
    source = Source(str(tmp_path))
    first = good(source)
    assert [Path(item.source).name for item in first] == ["a.txt", "b.md"]
    assert good(source) == []
    (tmp_path / "a.txt").write_text("First, put right.", "utf-8")
    (again,) = good(source)
    assert (again.guid, again.key == first[0].key) == (first[0].guid, False)
    source.forget(again)
    assert good(source) == [again]


def test_front_matter_says_what_is_corrected(tmp_path: Path):
    (tmp_path / "c.md").write_text("---\ntitle: T\ncorrects: a.md\n---\n\nText.\n", "utf-8")
    (tmp_path / "d.md").write_text('---\nretracts: "Some title"\n---\n\nText.\n', "utf-8")
    found = good(Source(str(tmp_path)))
    assert [(item.corrects, item.retracts) for item in found] == [("a.md", None), (None, "Some title")]


def test_a_file_too_long_is_named_and_the_rest_goes_on(tmp_path: Path):
    with (tmp_path / "a.txt").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    (tmp_path / "b.txt").write_text("Fine.", "utf-8")
    long, fine = Source(str(tmp_path)).items()
    assert isinstance(long, Bad)
    assert "at most 5,000,000" in long.why
    assert isinstance(fine, Item)


@pytest.mark.parametrize(("name", "text"), [("f.xml", RSS), ("f.rss", RSS)])
def test_an_rss_feed_oldest_first(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, "utf-8")
    first, second = good(Source(str(tmp_path / name)))
    assert first.published == dt.date(2025, 11, 21)
    assert b"title: First\ndate: 2025-11-21\npublisher: Agency\n---\n\nShe asked him to leave." in first.data
    assert second.guid.endswith("#g2")
    assert "He refused.\n" in second.data.decode()
    assert "<b>" not in second.data.decode()


def test_an_atom_feed_by_address():
    asked = []

    def fetch(url: str) -> Fetched:
        asked.append(url)
        return Fetched(ATOM.encode(), "application/atom+xml", None, url)

    (item,) = good(Source("https://example.org/feed", fetch=fetch))
    assert asked == ["https://example.org/feed"]
    assert item.published == dt.date(2025, 11, 21)
    assert item.data.decode().endswith("Words & more.\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello there", r"no feed: expected RSS or Atom in XML, found 'hello there'"),
        (b"", "found nothing"),
        (b'{"items": []}', "expected RSS or Atom in XML"),
        (b"<html><body><p>Not found</p></body></html>", "no feed that can be read"),
        (b"<?xml version='1.0'?><note>no</note>", "no feed that can be read"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "expected RSS or Atom in XML"),
    ],
)
def test_a_feed_that_is_not_one_is_one_line(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "f.xml").write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        list(Source(str(tmp_path / "f.xml")).items())
    assert "\n" not in str(caught.value)
    assert "f.xml" in str(caught.value)


def test_a_feed_of_100_mb_is_not_read(tmp_path: Path):
    with (tmp_path / "f.xml").open("wb") as stream:
        stream.write(b"<rss>")
        stream.truncate(100_000_000)
    with pytest.raises(InputError, match=r"a feed of 100,000,000 bytes; at most 10,000,000"):
        list(Source(str(tmp_path / "f.xml")).items())


def test_a_feed_of_100_mb_by_address_is_broken_off(monkeypatch: pytest.MonkeyPatch):
    import offramp.fetch

    limits = []

    def get(url: str, *, max_bytes: int) -> Fetched:
        limits.append(max_bytes)
        raise FetchError(f"{url}: longer than {max_bytes:,} bytes, the limit for a report.")

    monkeypatch.setattr(offramp.fetch, "get", get)
    with pytest.raises(InputError, match="longer than 10,000,000"):
        list(Source("https://example.org/feed").items())
    assert limits == [MAX_FEED]


def test_a_feed_with_a_bomb_of_entities_stays_small(tmp_path: Path):
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{levels}]><rss version="2.0"><channel><title>t</title>'
    (tmp_path / "f.xml").write_text(bomb + "<item><title>&e9;</title></item></channel></rss>", "utf-8")
    try:
        found = list(Source(str(tmp_path / "f.xml")).items())
    except InputError:
        return
    assert sum(len(item.data) for item in found if isinstance(item, Item)) < 10_000


def message(subject: str, body: str, *, html: bool = False, ident: str = "") -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["Date"] = subject, "Desk <d@example.org>", "Fri, 21 Nov 2025 10:00:00 +0000"
    if ident:
        made["Message-ID"] = ident
    made.set_content(body, subtype="html" if html else "plain")
    return made


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_a_mailbox(tmp_path: Path, kind: str):
    path = tmp_path / ("box.mbox" if kind == "mbox" else "box")
    box: mailbox.Mailbox = mailbox.mbox(path) if kind == "mbox" else mailbox.Maildir(path)
    box.add(message("Plain words", "He refused — twice.", ident="<1@x>"))
    box.add(message("Marked up", "<p>She <b>asked</b>.</p><p>Ü.</p>", html=True, ident="<2@x>"))
    box.add(message("Nothing", "  \n"))
    box.close()
    found = list(Source(str(path)).items())
    items = sorted((i for i in found if isinstance(i, Item)), key=lambda i: i.guid)
    assert [item.guid for item in items] == ["<1@x>", "<2@x>"]
    assert items[0].published == dt.date(2025, 11, 21)
    assert "title: Plain words\ndate: 2025-11-21\npublisher: Desk" in items[0].data.decode()
    assert "He refused — twice." in items[0].data.decode()
    assert "She asked." in items[1].data.decode()
    assert [item.why for item in found if isinstance(item, Bad)] == ["a message without text."]


def test_json_lines_good_and_bad():
    rows = [
        json.dumps({"text": "One.", "title": "T", "date": "2025-11-21", "id": "a", "source": "Wire"}),
        "{not json",
        '["list"]',
        json.dumps({"title": "no text"}),
        json.dumps({"text": "Two.", "date": "21.11.2025"}),
        "",
        json.dumps({"html": "<p>Three <i>words</i>.</p>", "url": "https://x/3", "retracts": "a"}),
    ]
    source = Source("-", stdin=io.BytesIO("\n".join(rows).encode()))
    found = list(source.items())
    assert [type(item).__name__ for item in found] == ["Item", "Bad", "Bad", "Bad", "Bad", "Item"]
    first, *bad, last = found
    assert isinstance(first, Item)
    assert isinstance(last, Item)
    assert (first.guid, first.published, first.source) == ("a", dt.date(2025, 11, 21), "Wire")
    assert "Three words." in last.data.decode()
    assert (last.guid, last.retracts) == ("https://x/3", "a")
    told = [f"{item.source}: {item.why}" for item in bad if isinstance(item, Bad)]
    assert "standard input:2: not JSON" in told[0]
    assert "'21.11.2025': expected YYYY-MM-DD" in told[3]


def test_a_line_without_an_end_is_passed_over_without_filling_memory(tmp_path: Path):
    with (tmp_path / "x.jsonl").open("wb") as stream:
        stream.write(b'{"text": "')
        stream.truncate(2 * MAX_BYTES + 100)
        stream.seek(0, 2)
        stream.write(b'"}\n{"text": "Fine."}\n')
    long, fine = Source(str(tmp_path / "x.jsonl")).items()
    assert isinstance(long, Bad)
    assert isinstance(fine, Item)


def test_what_is_not_there_is_said_at_once(tmp_path: Path):
    with pytest.raises(InputError, match=r"no such folder or file.*A source is a folder"):
        Source(str(tmp_path / "none"))
    with pytest.raises(InputError, match="standard input, which is not there"):
        list(Source("-").items())


def test_a_folder_that_goes_away(tmp_path: Path):
    (tmp_path / "f").mkdir()
    source = Source(str(tmp_path / "f"))
    (tmp_path / "f").rmdir()
    with pytest.raises(InputError, match=r"f: .*(folder|file|read)"):
        list(source.items())
