"""What a report says about itself: title, publisher, date. From HTML's head, front matter, mail headers and datelines.

Only dates that name day, month and year in words or in ISO order are taken: 03/04/2025 means two different days.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug"),
            *("september sept sep", "october oct", "november nov", "december dec"),
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<y1>(?:19|20)\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)(?!\d)"
    r"|(?P<y4>(?:19|20)\d\d)/(?P<m4>\d\d)/(?P<d4>\d\d)(?!\d)"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<m2>{_MONTH})\.?,?\s+(?P<y2>(?:19|20)\d\d)\b"
    rf"|(?<![a-z])(?P<m3>{_MONTH})\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>(?:19|20)\d\d)\b"
    r")",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^[ \t>*_#-]{0,6}(?:first\s+)?(?:published|posted|updated|last\s+updated|last\s+modified|date|issued|dated|filed)"
    r"\b[^\n:]{0,20}(?::|\s+on\b|\s)\s*[*_]{0,2}(?P<rest>[^\n]{0,60})",
    re.IGNORECASE | re.MULTILINE,
)
_DATELINE = re.compile(
    r"^[ \t*_]{0,4}[A-Z][\w.'’ -]{1,40}(?:,[ ]?[A-Z][\w.'’ -]{1,30}){0,2}[*_]{0,3}[,(]?\s+"
    r"(?:on\s+)?(?P<rest>[^\n]{6,60}?)"
    r"\s*(?:\([^)\n]{2,40}\)\s*)?(?:—|–|--|\s-\s)",
    re.MULTILINE,
)
_FRONT = re.compile(r"\A---[ \t]*\n(?P<body>(?:[^\n]{0,500}\n){1,60}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_MAIL = re.compile(r"\A(?:[A-Z][A-Za-z-]{1,30}:[ \t][^\n]{0,500}\n(?:[ \t]+[^\n]{1,500}\n){0,10}){2,40}")
_WIRE = re.compile(r"^[ \t*_]{0,4}[A-Z][^\n(]{2,60}\((?P<who>[A-Z][A-Za-z. ]{1,30})\)\s*(?:—|–|-)", re.MULTILINE)


class About(NamedTuple):
    """What a report says about itself, and the stretch of its text that says nothing else (front matter, headers)."""

    title: str | None = None
    publisher: str | None = None
    date: dt.date | None = None
    header: tuple[int, int] | None = None


def find_date(text: str) -> dt.date | None:
    """The first whole date in a text, or None. Impossible days are passed over.

    >>> find_date("Caracas, Dec. 1, 2025")
    datetime.date(2025, 12, 1)
    """
    for match in _DATE.finditer(text):
        parts = {key[0]: value for key, value in match.groupdict().items() if value}
        month = _MONTHS.get(parts["m"].lower())
        try:
            return dt.date(int(parts["y"]), month or int(parts["m"]), int(parts["d"]))
        except ValueError:
            continue
    return None


def of_text(text: str) -> About:
    """Title, publisher and date of plain text or Markdown."""
    fields, header = _header(text)
    body = text[header[1] if header else 0 :]
    date = next((found for key in _DATE_FIELDS if (found := find_date(fields.get(key, "")))), None)
    opening = body[:1500]
    if date is None:
        date = _date_of_opening(opening)
    title = fields.get("title") or fields.get("headline") or fields.get("subject") or _headline(body)
    publisher = next(
        (fields[key] for key in ("publisher", "site", "outlet", "source", "publication") if key in fields), None
    )
    if publisher is None and (wire := _WIRE.search(opening)):
        publisher = wire.group("who").strip()
    return About(title, publisher, date, header)


_DATE_FIELDS = ("date", "published", "pubdate", "date_published", "publish_date", "issued", "created", "updated")


def _header(text: str) -> tuple[dict[str, str], tuple[int, int] | None]:
    """Front matter or mail headers at the top, as lower-case keys and bare values."""
    front = _FRONT.match(text)
    found = front or _MAIL.match(text)
    if found is None:
        return {}, None
    body = front.group("body") if front else found.group()
    fields: dict[str, str] = {}
    for line in body.splitlines():
        key, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z][\w -]{0,30}", key):
            fields.setdefault(key.strip().lower(), value.strip().strip("\"'"))
    if not front and not {"date", "subject", "title", "published"} & fields.keys():
        return {}, None  # 'Caracas: ...' twice over is prose
    return {key: value for key, value in fields.items() if value}, found.span()


def _date_of_opening(opening: str) -> dt.date | None:
    for match in [*_LABELLED.finditer(opening), *_DATELINE.finditer(opening)]:
        found = find_date(match.group("rest")) or find_date(match.group())
        if found:
            return found
    for line in opening.splitlines()[:12]:
        # A line that is a date and little else: '1 December 2025', 'By Ana Ruiz | Dec 1, 2025 | 5 min read'.
        if len(line) < 90 and (found := find_date(line)) and len(_DATE.sub("", line).split()) <= 8 and line[-1:] != ".":
            return found
    return None


def _headline(body: str) -> str | None:
    lines = [line.strip() for line in body.lstrip().split("\n", 2)]
    if not lines[0] or _LABELLED.match(lines[0]) or _DATELINE.match(lines[0]) or len(_DATE.sub("", lines[0])) < 3:
        return None
    marked = re.match(r"#{1,3}\s+(.{1,300}?)\s*#*$", lines[0])
    if marked:
        return marked.group(1)
    alone = len(lines) == 1 or not lines[1]
    if alone and 3 <= len(lines[0]) <= 160 and lines[0][-1] not in ".:;," and len(lines) > 1:
        return lines[0].strip("*_ ")
    return None


_META_DATE = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "dc.date.issued"),
    *("dcterms.created", "dc.date", "dcterms.date", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate"),
    *("publish-date", "date", "article.published", "cxenseparse:recs:publishtime", "citation_publication_date"),
)


def of_html(tree: HtmlElement, url: str | None, h1: str | None) -> About:
    """Title, publisher and date of a page: `meta`, JSON-LD, `time`, the address."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop")
        value = (element.get("content") or "").strip()
        if key and value:
            meta.setdefault(key.strip().lower(), " ".join(value[:500].split()))
    linked = list(_linked_data(tree))
    date = next((found for key in _META_DATE if key in meta and (found := find_date(meta[key]))), None)
    date = date or next((found for item in linked if (found := find_date(str(item.get("datePublished", ""))))), None)
    date = date or _date_of_time(tree) or (find_date(url) if url else None)
    publisher = meta.get("og:site_name") or next(
        (who for item in linked if (who := _name(item.get("publisher")))), None
    )
    publisher = (
        publisher or meta.get("application-name") or meta.get("dc.publisher") or meta.get("citation_journal_title")
    )
    title = meta.get("og:title") or next((text for item in linked if (text := _plain(item.get("headline")))), None)
    title = title or h1 or _title_element(tree, publisher)
    return About(title, publisher, date, None)


def _title_element(tree: HtmlElement, publisher: str | None) -> str | None:
    for element in tree.iter("title"):
        text = " ".join("".join(element.itertext())[:500].split())
        for mark in (" | ", " - ", " – ", " — "):
            head, found, tail = text.rpartition(mark)
            if found and head and (tail == publisher or (publisher is None and len(tail.split()) <= 4)):
                return head
        return text or None
    return None


def _date_of_time(tree: HtmlElement) -> dt.date | None:
    times = list(tree.iter("time"))[:50]
    times.sort(key=lambda element: element.get("pubdate") is None and element.get("itemprop") != "datePublished")
    for element in times:
        found = find_date(element.get("datetime") or "") or find_date("".join(element.itertext())[:200])
        if found:
            return found
    return None


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Objects of the page's JSON-LD that carry a date or a headline; what is no JSON is passed over."""
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json" or not script.text:
            continue
        if len(script.text) > 200_000:
            continue
        try:
            waiting: list[Any] = [json.loads(script.text)]
        except (ValueError, RecursionError):
            continue
        for _ in range(2000):
            if not waiting:
                break
            item = waiting.pop(0)
            if isinstance(item, list):
                waiting += item
            elif isinstance(item, dict):
                if "datePublished" in item or "headline" in item:
                    yield item
                graph = item.get("@graph")
                waiting += graph if isinstance(graph, list) else []


def _plain(value: Any) -> str | None:
    return " ".join(value[:500].split()) or None if isinstance(value, str) else None


def _name(value: Any) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    return _plain(value.get("name")) if isinstance(value, dict) else _plain(value)
