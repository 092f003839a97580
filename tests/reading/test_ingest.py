"""From files, standard input and addresses to reports; whatever is handed in, a report or one clear error."""

import hashlib
import io
import os
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.fetch import Fetched, FetchError
from offramp.reading.decode import MAX_BYTES
from offramp.reading.ingest import from_bytes, kept_spans, load

TEXT = "# The ruler stays\n\nCARACAS, 1 December 2025 — He refused.\n\nShare this article\n"


def test_a_markdown_file(tmp_path):
    path = tmp_path / "report.md"
    path.write_bytes(TEXT.encode())
    got = load(path)
    assert got.report.path == str(path)
    assert got.report.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (got.report.media_type, got.report.encoding, str(got.report.date)) == (
        "text/markdown",
        "utf-8",
        "2025-12-01",
    )
    assert (got.report.title, got.report.text) == ("The ruler stays", TEXT)
    assert [(d.report, d.reason, TEXT[d.start : d.end]) for d in got.dropped] == [
        (0, "share buttons", "Share this article")
    ]
    assert kept_spans(got.report, got.dropped) == [(0, TEXT.index("Share"))]
    assert got.kept == TEXT.replace("Share this article", " " * 18)
    assert load(str(path)).report == got.report


@pytest.mark.parametrize(
    ("text", "title", "publisher", "date"),
    [
        ("---\ntitle: 'A: b'\ndate: 2025-12-01\nsource: Courier\n---\nBody.\n", "A: b", "Courier", "2025-12-01"),
        ("From: a\nDate: Mon, 1 Dec 2025 10:00\nSubject: Talks fail\n\nBody.\n", "Talks fail", None, "2025-12-01"),
        (
            "Talks fail in the capital\n\nPublished: 1 December 2025\n\nBody.\n",
            "Talks fail in the capital",
            None,
            "2025-12-01",
        ),
        ("Talks fail\n\nBy Ana Ruiz | Dec 1, 2025\n\nBody.\n", "Talks fail", None, "2025-12-01"),
        ("CARACAS, Dec 1, 2025 (Newswire) - Body.\n", None, "Newswire", "2025-12-01"),
        ("**CARACAS**, December 1, 2025 -- Body.\n", None, None, "2025-12-01"),
        (
            "He was elected on 1 December 2020 and refuses to go, as everybody in the capital well knows.\n",
            None,
            None,
            "None",
        ),
        ("Washington: no.\nCaracas: no.\n\nBody.\n", None, None, "None"),
    ],
)
def test_what_a_text_says_about_itself(text, title, publisher, date):
    report = from_bytes(text.encode(), "r.txt").report
    assert (report.title, report.publisher, str(report.date)) == (title, publisher, date)


def test_front_matter_is_no_part_of_the_report():
    got = from_bytes(b"---\ntitle: T\ndate: 2025-12-01\n---\nBody here.\n", "r.md")
    assert got.dropped[0].reason == "front matter"
    assert got.kept.strip() == "Body here."


def test_standard_input_is_read_with_a_bound():
    got = load("-", stdin=io.BytesIO(TEXT.encode()))
    assert (got.report.path, got.report.text) == ("-", TEXT)

    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size=-1):
            assert 0 < size <= MAX_BYTES + 1
            self.asked += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(InputError, match="standard input: a report may have at most"):
        load("-", stdin=endless)
    assert endless.asked == MAX_BYTES + 1


def test_an_address_goes_through_the_fetcher():
    page = "<html><body><p>Él no quiere irse.</p></body></html>"

    def fetcher(url):
        assert url == "https://news.example/a"
        return Fetched(page.encode("cp1252"), "text/html", "windows-1252", "https://news.example/2025/12/01/b")

    got = load("https://news.example/a", fetcher=fetcher)
    assert (got.report.path, got.report.text) == ("https://news.example/a", "Él no quiere irse.")
    assert (got.report.media_type, got.report.encoding, str(got.report.date)) == ("text/html", "cp1252", "2025-12-01")

    def refused(url):
        raise FetchError("no")

    with pytest.raises(FetchError):
        load("http://10.0.0.1/", fetcher=refused)
    with pytest.raises(InputError, match="only http and https"):
        load("ftp://news.example/a")
    with pytest.raises(InputError, match="'application/json'"):
        load("https://n.example/", fetcher=lambda url: Fetched(b'{"a": 1}', "application/json", None, url))
    with pytest.raises(InputError, match="a PDF"):
        load("https://n.example/", fetcher=lambda url: Fetched(b"%PDF-1.7", "application/pdf", None, url))


def test_a_private_address_is_refused_without_a_fetcher():
    with pytest.raises(InputError, match="not on the public internet"):
        load("http://127.0.0.1:9/")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        load(tmp_path / "nothing.txt")
    with pytest.raises(InputError, match="this is a folder"):
        load(tmp_path)
    with pytest.raises(InputError, match="no file name"):
        load("a\0b")
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(InputError, match=r"empty.txt: the report is empty"):
        load(tmp_path / "empty.txt")
    if os.geteuid() != 0:
        (tmp_path / "secret.txt").write_text("x")
        (tmp_path / "secret.txt").chmod(0)
        with pytest.raises(InputError, match="cannot be read"):
            load(tmp_path / "secret.txt")


def test_a_long_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        file.truncate(40_000_000_000)  # a hole: reading it whole would fail
    with pytest.raises(InputError, match=r"has 40,000,000,000 bytes"):
        load(path)


def test_a_pipe_is_read_with_a_bound(tmp_path):
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write():
        try:
            with path.open("wb") as pipe:
                for _ in range(100):
                    pipe.write(b"x" * 1_000_000)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with pytest.raises(InputError, match="at most 5,000,000 bytes"):
        load(path)
    writer.join(5)


def test_markup_by_name_or_by_look(tmp_path):
    page = "<p>One</p><p>Two</p>"
    for name, kind in (("a.html", "text/html"), ("a.txt", "text/html"), ("a.md", "text/html")):
        (tmp_path / name).write_text(page)
        assert load(tmp_path / name).report.media_type == kind
    (tmp_path / "b.txt").write_text("If a < b and b > c then <so be it>.")
    assert load(tmp_path / "b.txt").report.media_type == "text/plain"


@given(st.binary(max_size=400), st.sampled_from(["r.txt", "r.md", "r.html", "-"]))
@example(b"---\n\n---\n", "r.md")
@example(b"<", "r.html")
@example(b"<html>", "r.html")
@example(b"\xff\xfe<\x00p\x00>\x00a\x00", "r.html")
@example(b"A:  \n:\n\n", "r.txt")
@settings(max_examples=200, deadline=3000, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_give_a_report_or_an_input_error(data, name):
    start = time.process_time()
    got, error = None, ""
    try:
        got = from_bytes(data, name)
    except InputError as caught:
        error = str(caught)
    if got is None:
        assert error.startswith(f"{name}: ")
    else:
        text = got.report.text
        assert len(got.kept) == len(text)
        for item in got.dropped:
            assert 0 <= item.start < item.end <= len(text)
        spans = kept_spans(got.report, got.dropped)
        assert all(0 <= a < b <= len(text) for a, b in spans)
        got.report.model_dump_json()
    assert time.process_time() - start < 3


@given(
    st.lists(
        st.sampled_from(
            [*TEXT.split("\n"), "Read more: x", "Date: 1 May 2020", "---", "By A | 2020-01-01", "“Q,” he said"]
        )
    )
)
@settings(max_examples=100, deadline=2000)
def test_lines_in_any_order(lines):
    data = "\n".join(lines).encode()
    try:
        got = from_bytes(data, "r.md")
    except InputError:
        assert not data.strip()
        return
    kept = "".join(got.report.text[a:b] for a, b in kept_spans(got.report, got.dropped))
    assert kept.split() == got.kept.split()
