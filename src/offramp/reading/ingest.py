"""Ingest: from what the user names (a file, `-`, an address) to a report, what was dropped from it, and what to parse.

One way for all: bytes within the limit, decoded (`decode`), HTML turned into its visible text (`html`) with the article
chosen (`maintext`), debris found (`debris`), and what the report says about itself (`metadata`). Offsets everywhere
count characters of `Report.text`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from offramp.errors import InputError
from offramp.reading import debris, metadata
from offramp.reading.decode import MAX_BYTES, decode, too_long
from offramp.reading.evidence import Dropped, Report

if TYPE_CHECKING:
    from offramp.fetch import Fetched
    from offramp.reading.html import Link, Page

Fetcher = Callable[[str], "Fetched"]


@dataclass(frozen=True)
class Ingested:
    """A report ready to be parsed.

    Attributes:
        report: The report; `report.text` is what offsets count in.
        dropped: Stretches of the text that are no part of the report, in order, for report index 0.
        kept: As long as `report.text`, with what was dropped turned into spaces.
        warnings: What the reader should be told.
        links: Anchors of an HTML page, as spans of the text with their addresses.
    """

    report: Report
    dropped: list[Dropped]
    kept: str
    warnings: list[str]
    links: list[Link]


class _Raw(NamedTuple):
    name: str
    data: bytes
    media_type: str | None
    charset: str | None
    url: str | None


def load(source: str | Path, *, stdin: BinaryIO | None = None, fetcher: Fetcher | None = None) -> Ingested:
    """Read one report.

    Args:
        source: A file, `-` for standard input, or an http(s) address.
        stdin: What `-` stands for; the process's standard input by default.
        fetcher: Gives the bytes of an address; `offramp.fetch.get` by default.

    Raises:
        InputError: Missing, empty, longer than 5 MB, not text, in no known encoding, or not to be fetched.
    """
    return _ingest(_read(source, stdin, fetcher))


def from_bytes(data: bytes, name: str, *, media_type: str | None = None, charset: str | None = None) -> Ingested:
    """Read a report that is at hand as bytes; `name` stands for it in messages and as its path."""
    return _ingest(_Raw(name, data, media_type, charset, None))


def kept_spans(report: Report, dropped: list[Dropped]) -> list[tuple[int, int]]:
    """The stretches of a report's text between what was dropped, in order; white space alone is no stretch."""
    spans, last = [], 0
    for item in [*sorted(dropped, key=lambda d: d.start), None]:
        end = len(report.text) if item is None else item.start
        if report.text[last:end].strip():
            spans.append((last, end))
        last = last if item is None else max(last, item.end)
    return spans


def _read(source: str | Path, stdin: BinaryIO | None, fetcher: Fetcher | None) -> _Raw:
    name = str(source)
    if name == "-":
        data = (stdin or sys.stdin.buffer).read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise too_long("standard input")
        return _Raw("-", data, None, None, None)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", name)
    if scheme:
        if scheme.group(1).lower() not in ("http", "https"):
            raise InputError(f"{name}: only http and https addresses are read; for anything else save the file first.")
        from offramp.fetch import get

        fetched = (fetcher or get)(name)
        return _Raw(name, fetched.content, fetched.media_type, fetched.charset, fetched.final_url)
    return _Raw(name, _read_file(Path(source)), None, None, None)


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path}: this is a folder; name the files in it, or read each by itself with --jsonl.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_long(str(path), size)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # again bounded: a pipe has no size, and a file may grow
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{str(path)!r}: this is no file name ({error}).") from None
    if len(data) > MAX_BYTES:
        raise too_long(str(path))
    return data


_MARKUP_TYPES = frozenset(("text/html", "application/xhtml+xml", "application/xml", "text/xml"))
_TEXT_TYPES = frozenset(("text/plain", "text/markdown", "text/x-markdown", "application/octet-stream"))


def _ingest(raw: _Raw) -> Ingested:
    if raw.media_type is not None and raw.media_type not in _MARKUP_TYPES | _TEXT_TYPES:
        # Known kinds of file get the plainer message of `decode`; the rest is refused by what the answer says it is.
        decode(raw.data, raw.name, charset=raw.charset)
        if not raw.media_type.startswith("text/"):
            raise InputError(f"{raw.name}: the answer is '{raw.media_type}'; a report is text, Markdown or HTML.")
    suffix = Path(raw.name).suffix.lower() if raw.url is None else ""
    decoded = decode(raw.data, raw.name, charset=raw.charset, markup=False if suffix in (".md", ".markdown") else None)
    warnings = list(decoded.warnings)
    from offramp.reading import html

    declared_markup = raw.media_type in _MARKUP_TYPES or suffix in (".html", ".htm", ".xhtml")
    if html.looks_like_html(decoded.text) or (declared_markup and re.search(r"<[a-zA-Z!/]", decoded.text)):
        text, about, dropped, links = _page(raw, decoded.text, warnings)
        media_type = "text/html"
    else:
        text, links = decoded.text, []
        about, dropped = _plain(text)
        media_type = (
            "text/markdown" if suffix in (".md", ".markdown") or raw.media_type == "text/markdown" else "text/plain"
        )
    report = Report(
        path=raw.name,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        media_type=media_type,
        encoding=decoded.encoding,
        date=about.date,
        text=text,
        title=about.title,
        publisher=about.publisher,
    )
    kept = debris.blank(text, [(item.start, item.end) for item in dropped])
    if not kept.strip():
        warnings.append(f"{raw.name}: nothing is left once the debris is dropped.")
    return Ingested(report, dropped, kept, warnings, links)


def _plain(text: str) -> tuple[metadata.About, list[Dropped]]:
    about = metadata.of_text(text)
    found = []
    start = 0
    if about.header is not None:
        start = about.header[1]
        found.append(debris.Found(0, start, "front matter"))
    found += debris.find(text, start)
    return about, [Dropped(report=0, start=item.start, end=item.end, reason=item.reason) for item in found]


def _page(raw: _Raw, markup: str, warnings: list[str]) -> tuple[str, metadata.About, list[Dropped], list[Link]]:
    from offramp.reading import html, maintext

    tree = html.parse(markup, raw.name, warnings)
    page = html.visible(tree)
    if not page.text.strip():
        raise InputError(
            f"{raw.name}: the page has no visible text (it may be built by a script). Save the article as text."
        )
    h1 = " ".join(page.text[slice(*page.headings[0])].split()) if page.headings else None
    about = metadata.of_html(tree, raw.url, h1)
    language = (tree.get("lang") or "").strip().lower()
    if language and not language.startswith("en"):
        warnings.append(f"{raw.name}: the page says it is written in '{language[:20]}'; offramp reads English.")
    choice = maintext.choose(tree, page, raw.name, warnings)
    dropped = _outside(page, choice.kept)
    for start, end in choice.kept:
        dropped += [
            Dropped(report=0, start=f.start, end=f.end, reason=f.reason) for f in debris.find(page.text, start, end)
        ]
    return page.text, about, sorted(dropped, key=lambda item: item.start), page.links


def _outside(page: Page, kept: list[tuple[int, int]]) -> list[Dropped]:
    """What the choice of the article removed, piece by piece, with the reason that its surroundings give."""
    gaps, last = [], 0
    for start, end in [*kept, (len(page.text), len(page.text))]:
        if page.text[last:start].strip():
            gaps.append((last, start))
        last = end
    dropped: list[Dropped] = []
    at = 0
    for start, end in gaps:
        while at < len(page.pieces) and page.pieces[at].end <= start:
            at += 1
        index = at
        while index < len(page.pieces) and page.pieces[index].start < end:
            piece = page.pieces[index]
            a, b = max(start, piece.start), min(end, piece.end)
            reason = piece.surroundings or _reason_by_words(page.text[a:b])
            if dropped and dropped[-1].reason == reason and not page.text[dropped[-1].end : a].strip():
                dropped[-1] = dropped[-1].model_copy(update={"end": b})
            elif page.text[a:b].strip():
                dropped.append(Dropped(report=0, start=a, end=b, reason=reason))
            index += 1
    return dropped


def _reason_by_words(text: str) -> str:
    if re.match(r"\s*by\s+[\w.’' -]{2,60}", text, re.IGNORECASE) or (len(text) < 60 and metadata.find_date(text)):
        return "byline and date"
    found = debris.find(text)
    return found[0].reason if found else "other page text"
