"""Bytes to text: declared, UTF-8, detected; and everything that is no text refused by name."""

import codecs
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offramp.errors import InputError
from offramp.reading.decode import MAX_BYTES, decode, lookup

SPANISH = "El gobernante dijo que no dejará el palacio — «mañana hablaré», añadió."
RUSSIAN = "Президент отказался уйти в отставку, сообщили вчера в столице республики."


def test_plain_utf8_needs_no_word():
    assert decode(SPANISH.encode(), "r") == (SPANISH, "utf-8", [])
    assert decode(codecs.BOM_UTF8 + b"Ascii.", "r") == ("Ascii.", "utf-8", [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_order_marks_decide(encoding):
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding) or (
        codecs.BOM_UTF32_LE if encoding == "utf-32-le" else codecs.BOM_UTF32_BE
    )
    got = decode(mark + SPANISH.encode(encoding), "r", charset="koi8-r")
    assert (got.text, got.encoding) == (SPANISH, encoding)
    assert "byte order mark" in got.warnings[0]


def test_the_answer_comes_before_the_document_and_the_document_before_detection():
    page = f"<html><head><meta charset='koi8-r'></head><body>{RUSSIAN}</body></html>"
    got = decode(page.encode("cp1251"), "r", charset="windows-1251")
    assert (got.text, got.encoding) == (page, "cp1251")
    assert "HTTP answer" in got.warnings[0]
    got = decode(page.encode("koi8-r"), "r")
    assert (got.text, got.encoding) == (page, "koi8-r")
    assert "the document itself" in got.warnings[0]
    xml = f'<?xml version="1.0" encoding="iso-8859-5"?><html><body>{RUSSIAN}</body></html>'
    assert decode(xml.encode("iso8859-5"), "r").text == xml


def test_latin1_on_the_web_is_windows_1252():
    text = "“Nein”, sagte der Präsident – für immer."
    page = f'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">{text}'
    assert decode(page.encode("cp1252"), "r").text == page


def test_utf8_that_is_declared_as_latin1_is_read_as_utf8_and_said():
    page = f"<meta charset=windows-1252>{SPANISH}"
    got = decode(page.encode(), "r")
    assert (got.text, got.encoding) == (page, "utf-8")
    assert "but the bytes are UTF-8" in got.warnings[0]


def test_a_wrong_declaration_is_said_and_passed_over():
    got = decode(f"<meta charset=utf-8>{SPANISH}".encode("cp1252"), "r")
    assert SPANISH in got.text
    assert "declared as 'utf-8'" in got.warnings[0]
    assert "detected" in got.warnings[1]
    got = decode(f"<meta charset=klingon>{SPANISH}".encode(), "r")
    assert "'klingon'" in got.warnings[0]
    assert got.encoding == "utf-8"


@pytest.mark.parametrize(
    "label", ["utf-7", "rot13", "base64", "idna", "unicode_escape", "punycode", "zlib", "cp037", "x"]
)
def test_codecs_that_are_no_encodings_of_the_web_are_never_used(label):
    assert lookup(label) is None


@pytest.mark.parametrize(
    ("text", "encoding"), [(SPANISH, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), ("Café à Caracas", "cp1252")]
)
def test_what_is_not_declared_is_detected_and_said(text, encoding):
    got = decode(text.encode(encoding), "r")
    assert got.text == text
    assert "detected, not declared" in got.warnings[0]


def test_utf16_without_a_mark_is_detected():
    got = decode("A plain report of plain words.".encode("utf-16-le"), "r")
    assert (got.text, got.encoding) == ("A plain report of plain words.", "utf-16-le")


def test_newlines_are_normalised_and_nothing_else():
    assert decode(b"a\r\nb\rc\n\n\td\x0b e\x0c", "r").text == "a\nb\nc\n\n\td\x0b e\x0c"


@pytest.mark.parametrize(
    "data", [b"", b"   \n\t", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n", codecs.BOM_UTF16_LE, b"\x00\x00"]
)
def test_empty(data):
    with pytest.raises(InputError, match=r"r: the report is empty"):
        decode(data, "r")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF; save it as text"),
        (b"PK\x03\x04\x14\x00\x06\x00word/document.xml", "a zip archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
        (b"GIF89a\x01\x00\x01\x00", "a picture"),
        (b"\x1f\x8b\x08\x00\x00", "a gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "an old Word"),
        (b"{\\rtf1\\ansi Some text}", "an RTF document"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00", "a film"),
        (b"From: <Saved by Blink>\r\nSnapshot-Content-Location: x", "a web archive"),
        (b"text with \x00 inside \x00", "binary file"),
        (bytes(range(1, 256)) * 4, "binary file"),
    ],
)
def test_what_is_no_text_is_named(data, says):
    with pytest.raises(InputError, match=says):
        decode(data, "r")


@pytest.mark.parametrize(
    "text", ["RIFF raff ruled the city.", "BZh is no word.", "ID3 laws passed.", "GIF8 was a joke."]
)
def test_text_that_begins_like_a_file_format_is_text(text):
    assert decode(text.encode(), "r").text == text


def test_over_the_limit():
    assert len(decode(b"a " * (MAX_BYTES // 2), "r").text) == MAX_BYTES
    with pytest.raises(InputError, match=r"at most 5,000,000 bytes"):
        decode(b"a" * (MAX_BYTES + 1), "r")


def test_detection_takes_bounded_time():
    start = time.process_time()
    data = ("Der Präsident sagte nein. " * 200_000).encode("cp1252")[:MAX_BYTES]
    assert decode(data, "r").encoding == "cp1252"
    assert time.process_time() - start < 5


@given(st.binary(max_size=600), st.sampled_from([None, "utf-8", "utf-16", "latin-1", "nonsense"]))
@example(b"\x1b$B", None)
@example(b"\xff\xfe\x00\xd8", None)
@example(b"<meta charset=utf-16>\xe9", None)
@settings(max_examples=150, deadline=2000)
def test_any_bytes_give_text_or_a_clear_error(data, charset):
    try:
        got = decode(data, "r", charset=charset)
    except InputError as caught:
        error = str(caught)
        got = None
    if got is None:
        assert error.startswith("r: ")
        return
    assert got.text.strip()
    assert "\r" not in got.text
    got.text.encode("utf-8")  # no lone surrogates


@given(st.text(min_size=1).filter(lambda t: t.strip()), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
@settings(max_examples=100)
def test_text_comes_back(text, encoding):
    data = text.encode(encoding, "surrogatepass") if encoding == "utf-8" else text.encode(encoding, "replace")
    try:
        got = decode(data, "r", charset=encoding)
    except InputError:
        return  # control characters and the like
    expected = data.decode(encoding, "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert got.text == expected or got.encoding != "utf-8"
