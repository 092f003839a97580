"""Where reports come from: folders, RSS and Atom feeds, mailboxes, JSON lines. One `Item` a report.

A source that cannot be read raises `InputError` with one line; an item of it that cannot gives a `Bad` in its place,
so that the rest goes on. Nothing here is kept: what was seen before is known to the desk alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.policy
import email.utils
import hashlib
import json
import mailbox
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from offramp.errors import InputError
from offramp.reading.decode import MAX_BYTES

if TYPE_CHECKING:
    from offramp.fetch import Fetched

MAX_FEED = 10_000_000
MAX_LINE = 2 * MAX_BYTES
FEED_SUFFIXES = (".xml", ".rss", ".atom", ".rdf")
LINE_SUFFIXES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Item:
    """One report as a source hands it over.

    Attributes:
        source: Where it came from, in words.
        guid: What the source calls it; the same guid with other words is a correction.
        data: The report: text with front matter, Markdown or HTML.
        published: Its day, where the source says.
        corrects: Guid or title of a report that this one corrects.
        retracts: Guid or title of a report that this one takes back.
    """

    source: str
    guid: str
    data: bytes
    published: dt.date | None = None
    corrects: str | None = None
    retracts: str | None = None

    @property
    def key(self) -> str:
        """Identity of what was handed over: guid and content."""
        return _hash(f"{self.guid}\n{_hash(self.data)}")


@dataclass(frozen=True, slots=True)
class Bad:
    """An item that cannot be used, and why in one line."""

    source: str
    why: str


Found = Item | Bad
Fetch = Callable[[str], "Fetched"]


def _hash(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@dataclass
class Source:
    """One source that a user names; `items` reads it once more.

    Args:
        name: A folder, a Maildir, an mbox file, a feed (file or address), a file of JSON lines, a report, or '-'.
        stdin: What '-' stands for.
        fetch: Gives the bytes of a feed's address, by default `offramp.fetch.get` with a feed's limits.
    """

    name: str
    stdin: BinaryIO | None = None
    fetch: Fetch | None = None
    kind: str = field(init=False)
    _known: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = self._kind()
        if self.name != "-" and "://" not in self.name and not Path(self.name).exists():
            raise InputError(f"{self.name}: there is no such folder or file. {HINT}")

    def _kind(self) -> str:
        if self.name == "-":
            return "stdin"
        if "://" in self.name:
            return "feed"
        path = Path(self.name)
        if path.is_dir():
            return "maildir" if (path / "cur").is_dir() and (path / "new").is_dir() else "folder"
        suffix = path.suffix.lower()
        if suffix == ".mbox":
            return "mbox"
        if suffix in LINE_SUFFIXES:
            return "lines"
        return "feed" if suffix in FEED_SUFFIXES else "file"

    @property
    def once(self) -> bool:
        """Whether it is used up when it was read."""
        return self.kind == "stdin"

    def items(self) -> Iterator[Found]:
        """Reports in order, those of files that did not change since they were last read left out.

        Raises:
            InputError: If the source as a whole cannot be read.
        """
        readers: dict[str, Callable[[], Iterator[Found]]] = {
            "folder": self._folder,
            "file": lambda: self._file(Path(self.name)),
            "feed": self._feed,
            "maildir": self._mailbox,
            "mbox": self._mailbox,
            "lines": self._lines,
            "stdin": self._lines,
        }
        yield from readers[self.kind]()

    def forget(self, item: Item) -> None:
        """Lets a file be read again, because what it held could not be taken in."""
        self._known.pop(Path(item.guid), None)

    def _folder(self) -> Iterator[Found]:
        folder = Path(self.name)
        try:
            files = sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.is_file())
        except OSError as error:
            raise InputError(f"{folder}: the folder cannot be read ({error.strerror or error}).") from None
        for path in files:
            yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Found]:
        try:
            about = path.stat()
            mark = (about.st_mtime_ns, about.st_size)
            if self._known.get(path.resolve()) == mark:
                return
            self._known[path.resolve()] = mark  # before it is handed over, so that `forget` has the last word
            if about.st_size > MAX_BYTES:
                yield Bad(str(path), f"{about.st_size:,} bytes; a report has at most {MAX_BYTES:,}.")
            else:
                data = path.read_bytes()
                named = _headers(data)
                yield Item(str(path), str(path.resolve()), data, None, named.get("corrects"), named.get("retracts"))
        except FileNotFoundError:
            return  # gone since the folder was listed
        except OSError as error:
            yield Bad(str(path), f"cannot be read ({error.strerror or error}).")

    def _feed(self) -> Iterator[Found]:
        import fastfeedparser

        data = self._feed_bytes()
        opening = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not opening.startswith(b"<"):
            raise InputError(f"{self.name}: no feed: expected RSS or Atom in XML, found {_opening_words(opening)}.")
        try:
            feed = fastfeedparser.parse(data, include_media=False, include_enclosures=False)
        except Exception as error:  # noqa: BLE001 - a parser of strangers' bytes: whatever it trips over is the feed's
            why = str(error).partition("(first")[0].strip()[:160] or type(error).__name__
            raise InputError(f"{self.name}: no feed that can be read: {why}.") from None
        name = str(feed.feed.get("title") or self.name)
        for entry in feed.entries[::-1]:  # feeds list the newest first
            yield _of_entry(name, self.name, entry)

    def _feed_bytes(self) -> bytes:
        if "://" in self.name:
            from offramp.fetch import get

            fetch = self.fetch or (lambda url: get(url, max_bytes=MAX_FEED))
            return fetch(self.name).content
        path = Path(self.name)
        try:
            size = path.stat().st_size
            if size > MAX_FEED:
                raise InputError(f"{path}: a feed of {size:,} bytes; at most {MAX_FEED:,} are read.")
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from None

    def _mailbox(self) -> Iterator[Found]:
        try:
            parse = BytesParser(policy=email.policy.default).parse
            box: mailbox.Mailbox[Any] = (
                mailbox.Maildir(self.name, factory=parse, create=False)  # type: ignore[arg-type]
                if self.kind == "maildir"
                else mailbox.mbox(self.name, factory=parse, create=False)  # type: ignore[arg-type]
            )
            with contextlib.closing(box):
                for key in sorted(box.keys()):
                    yield _of_mail(self.name, box[key])
        except (OSError, mailbox.Error) as error:
            raise InputError(f"{self.name}: the mailbox cannot be read ({error}).") from None

    def _lines(self) -> Iterator[Found]:
        if self.name == "-":
            if self.stdin is None:
                raise InputError("'-' stands for standard input, which is not there.")
            yield from _of_lines("standard input", self.stdin)
            return
        try:
            with Path(self.name).open("rb") as stream:
                yield from _of_lines(self.name, stream)
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read ({error.strerror or error}).") from None


def _of_lines(name: str, stream: BinaryIO) -> Iterator[Found]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            yield Bad(f"{name}:{number}", f"longer than {MAX_LINE:,} bytes.")
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
        elif line.strip():
            yield _of_line(f"{name}:{number}", line)


HINT = (
    "A source is a folder, a feed (an address, .xml, .rss, .atom), a mailbox (.mbox or a Maildir), JSON lines "
    "(.jsonl), a report, or - for JSON lines on standard input."
)
_KEYS = ("corrects", "retracts")


def _opening_words(data: bytes) -> str:
    """The first characters of what is no feed, for a message."""
    text = " ".join(data[:40].decode("utf-8", errors="replace").split())
    return repr(text) if text else "nothing"


def _headers(data: bytes) -> dict[str, str]:
    """What a report's own front matter says it corrects or takes back."""
    top = data[:4000].decode("utf-8", errors="replace")
    found = {}
    for key in _KEYS:
        match = re.search(rf"^{key}:[ \t]*(\S.*?)[ \t\"']*$", top, re.IGNORECASE | re.MULTILINE)
        if match:
            found[key] = match.group(1).strip("\"' ")
    return found


def _compose(title: str | None, day: dt.date | None, publisher: str | None, body: str) -> bytes:
    """A report as text with front matter, as the reader takes it."""

    def line(key: str, value: object) -> str:
        return f"{key}: {' '.join(str(value).split())[:300]}\n" if value else ""

    return (
        f"---\n{line('title', title)}{line('date', day)}{line('publisher', publisher)}---\n\n{body.strip()}\n".encode()
    )


def _text_of(markup: str, name: str) -> str:
    """The visible text of a stretch of HTML; text that is none stays as it is."""
    if not re.search(r"<[a-zA-Z!/][^>]*>", markup):
        return markup
    from offramp.reading import html

    return html.visible(html.parse(f"<html><body>{markup}</body></html>", name, [])).text


def _of_entry(feed: str, address: str, entry: Any) -> Found:
    parts = [str(part.get("value") or "") for part in entry.get("content") or []]
    body = max([*parts, str(entry.get("description") or "")], key=len)
    title = str(entry.get("title") or "").strip()
    guid = str(entry.get("id") or entry.get("link") or _hash(title + body))
    try:
        text = _text_of(body, feed)
    except InputError as error:
        return Bad(f"{feed}: {title[:60]}", str(error))
    if not (text.strip() or title):
        return Bad(feed, f"an entry without words ({guid[:60]}).")
    day = _day(entry.get("published") or entry.get("updated"))
    return Item(f"{feed}: {title}"[:200], f"{address}#{guid}", _compose(title, day, feed, text or title), day)


def _of_mail(name: str, message: Any) -> Found:
    if not isinstance(message, EmailMessage):
        return Bad(name, "a message that cannot be read.")
    try:
        subject = str(message.get("Subject") or "").strip()
        day = _mail_day(str(message.get("Date") or ""))
        part = message.get_body(("plain", "html"))
        content = "" if part is None else str(part.get_content())
        body = _text_of(content, name) if part is not None and part.get_content_subtype() == "html" else content
    except (LookupError, ValueError, KeyError, InputError) as error:  # unknown charset, broken parts
        return Bad(name, f"a message that cannot be read ({error}).")
    if not body.strip():
        return Bad(f"{name}: {subject[:60]}", "a message without text.")
    guid = str(message.get("Message-ID") or _hash(subject + body)).strip()
    sender = email.utils.parseaddr(str(message.get("From") or ""))[0]
    return Item(f"{name}: {subject}"[:200], guid, _compose(subject, day, sender or None, body), day)


def _of_line(where: str, line: bytes) -> Found:
    try:
        row = json.loads(line)
    except ValueError as error:
        return Bad(where, f"not JSON ({error}); expected one object a line with a key 'text' or 'html'.")
    body = row.get("text") or row.get("html") if isinstance(row, dict) else None
    if not isinstance(body, str) or not body.strip():
        return Bad(where, "expected an object with a key 'text' or 'html' that holds the report.")
    title, publisher = (row.get(key) if isinstance(row.get(key), str) else None for key in ("title", "source"))
    day = _day(row.get("date"))
    if row.get("date") and day is None:
        return Bad(where, f"date {row['date']!r}: expected YYYY-MM-DD.")
    try:
        text = _text_of(body, where) if "text" not in row else body
    except InputError as error:
        return Bad(where, str(error))
    guid = row.get("id") or row.get("url")
    data = _compose(title, day, publisher, text)
    return Item(
        source=str(row.get("url") or publisher or where)[:200],
        guid=str(guid) if guid else _hash(data),
        data=data,
        published=day,
        corrects=row.get("corrects") if isinstance(row.get("corrects"), str) else None,
        retracts=row.get("retracts") if isinstance(row.get("retracts"), str) else None,
    )


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _mail_day(value: str) -> dt.date | None:
    try:
        return email.utils.parsedate_to_datetime(value).date()
    except (ValueError, TypeError):
        return None
