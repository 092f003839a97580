"""Bad input, each within five seconds and bounded memory, and one clear line on what was not read."""

from __future__ import annotations

import io
import random
import time
import tracemalloc

import pytest

from offramp.errors import InputError
from offramp.reading import nlp
from offramp.reading.reader import read_reports

SECONDS = 5  # of CPU on an idle machine
IDLE = 0.10  # seconds that the sum takes on one idle core of the machine on which the bound was set
EVENT = "Nigeria threatened Ghana with sanctions on Friday. "


def seconds_allowed() -> float:
    """Five seconds of an idle core and half again for noise; as much more where a busy machine slows every core."""
    start = time.process_time()
    sum(range(10_000_000))
    slower = (time.process_time() - start) / IDLE
    return 1.5 * max(1.0, slower) * SECONDS


def read(data: bytes):
    return read_reports(["-"], stdin=io.BytesIO(data))


def tried(data: bytes):
    """The reading and '', or None and why there is none."""
    try:
        return read(data), ""
    except InputError as error:
        return None, str(error)


REFUSED = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "PDF"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "archive"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "picture|image|PNG"),
    "empty": (b"", "empty"),
    "blank": (b" \n\t\n", "empty|nothing|no text"),
    "spanish": (
        "El presidente pidió a la oposición que se fuera del país con su familia, pero esta no aceptó la oferta y "
        "pidió más tiempo para negociar una salida de la crisis que vive el país desde hace años.".encode(),
        "Spanish",
    ),
    "script page": (b"<html><head><title>x</title></head><body><script>go()</script></body></html>", "no visible text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(name):
    data, says = REFUSED[name]
    with pytest.raises(InputError, match=says) as caught:
        read(data)
    assert "\n" not in str(caught.value)


def test_a_page_that_is_only_a_cookie_notice_says_so():
    page = (
        b"<html><body><div class='cookie-banner'>We use cookies to improve your experience. Accept all cookies. "
        b"Manage your preferences. Read our privacy policy.</div></body></html>"
    )
    reading = read(page)
    assert reading.evidence.events == []
    assert reading.evidence.claims == []
    assert any("nothing is left" in w for w in reading.warnings), reading.warnings


LONG = {
    "quotation marks without end": '"' + "“We go now,' he said, \"" * 500,
    "labels": "RUIZ: SOLANO: " * 1_500,
    "line ends": "\n" * 200_000 + EVENT,
    "spaces": " " * 300_000 + EVENT,
    "right to left": "\u202e" + "غادر الرئيس مادورو البلاد Maduro said he left. " * 300,
    "control characters": "\x00\x01\x07\x1b[31m" + (EVENT + "\x0c\x08\x7f") * 200,
    "combining marks": ("Maduro" + "\u0301" * 500 + " left. ") * 100,
    "mixed line ends": (EVENT + "\r\n\r" + EVENT + "\u2028\u2029\x85") * 100,
    "colons": "Maduro: " + ":" * 8_000 + " “" * 2_000,
    "dashes": "“We go.” — " + "— " * 6_000,
    "digits": "1,000,000.5 per cent " * 3_000,
    "figures without a stop": "12 killed and 40 wounded and " * 2_500,
    "20,000 words": " ".join(random.Random(3).choices(EVENT.split(), k=20_000)),
    "sayings within sayings": "he said that " * 4_000,
    "single marks for double ones": "“" + "so it is.’ it " * 5_000,
    "quotations with brackets": "“He left.” [" * 3_000,
    "acts joined": "Nigeria threatened Ghana and " * 3_000,
}


@pytest.mark.parametrize("name", LONG)
def test_hostile_text_takes_bounded_time(name):
    nlp.load()
    start = time.process_time()
    reading, refusal = tried(LONG[name].encode("utf-8", "surrogatepass"))
    assert "\n" not in refusal
    if reading is not None:
        text = reading.reports[0].text
        assert all(text[e.start : e.end] == e.text for e in reading.evidence.events)
    assert time.process_time() - start < seconds_allowed()


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 40_000 + b"text",
        b"<p>" + b"<b><i>" * 20_000 + b"Nigeria threatened Ghana.",
        b"<table>" + b"<tr><td>x" * 30_000,
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html><body>'
        + b"&b;" * 10_000
        + b"</body></html>",
        b"<" * 1_000_000 + b"<p>Nigeria threatened Ghana.",
        b"<p " + b"a='" + b"x" * 1_000_000 + b"'>Nigeria threatened Ghana.</p>",
    ],
    ids=["deep", "inline", "table", "entities", "angles", "attribute"],
)
def test_a_bomb_of_markup_takes_bounded_time(page):
    nlp.load()
    start = time.process_time()
    _, refusal = tried(b"<html><body>" + page + b"</body></html>" if not page.startswith(b"<!") else page)
    assert "\n" not in refusal
    assert time.process_time() - start < seconds_allowed()


def test_a_bomb_takes_bounded_memory():
    tracemalloc.start()
    tried(b"<html><body>" + b"<p>x" * 30_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400_000_000


def test_what_lies_beyond_the_limit_is_said(monkeypatch):
    monkeypatch.setattr(nlp, "MAX_TOKENS", 400)
    words = EVENT * 60
    reading = read((words + "\n\nGhana recalled its envoy.").encode())
    (line,) = [w for w in reading.warnings if "only the first" in w]
    assert "split the report" in line
    (rest,) = [d for d in reading.evidence.dropped if d.reason == "beyond what is read"]
    assert reading.reports[0].text[rest.start : rest.end].endswith("Ghana recalled its envoy.")
    assert max(e.end for e in reading.evidence.events) <= rest.start


def test_mixed_encodings_are_read_and_said():
    reading = read(EVENT.encode() + "“Nous partirons”, dit-il. ".encode("cp1252") + EVENT.encode())
    assert len(reading.evidence.events) == 2
    assert reading.reports[0].encoding != "utf-8"
    assert any("encod" in w.lower() or "cp1252" in w.lower() or "windows-1252" in w.lower() for w in reading.warnings)
