"""Debris of the web inside a text: image addresses, share buttons, prompts, notices, related links, captions.

`find` lists stretches of a text that say nothing about its subject, each with a reason. It works on lines first, then
inside lines. It is careful rather than greedy: a sentence that speaks about cookies or newsletters is left alone, a
line that begs for a subscription is not. `blank` turns what is dropped into spaces of the same length, so that what is
parsed keeps the offsets of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Found(NamedTuple):
    """A stretch of text to leave out, and why."""

    start: int
    end: int
    reason: str


_NETWORK = (
    r"(?:facebook|twitter|x|whats ?app|telegram|linked ?in|reddit|pinterest|instagram|tik ?tok|you ?tube|"
    r"threads|bluesky|"
    r"mastodon|flipboard|messenger|e-?mail|mail|print|sms|copy(?: link| url)?|rss|tumblr|viber|line|pocket)"
)
_AGENCY = r"(?:Getty Images|AFP|Reuters|EPA|Shutterstock|Anadolu)"

# A line is debris when it matches one of these from its first word to its end. Every `.` run is bounded.
_WHOLE_LINES: Final[dict[str, tuple[str, ...]]] = {
    "image": (
        r"!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)\W*",
        r"[\w./%-]{1,200}\.(?:jpe?g|png|gif|webp|svg|avif|bmp)\W{0,3}",
    ),
    "share buttons": (
        r"(?:share|tweet|pin|post|email|save|print)(?: this)?(?: (?:article|story|page|post|on|via|with|to|by|in))*"
        rf"(?: (?:{_NETWORK}|friends))?[:!]?",
        rf"(?:(?:share (?:on |via |to )?)?(?:{_NETWORK}|share|tweet)[\s|/,·•]+){{1,12}}"
        rf"(?:(?:share (?:on |via |to )?)?(?:{_NETWORK}|share|tweet|more))?",
        r"follow (?:us|me|@\w+)\b.{0,120}",
        r"join (?:us|our (?:channel|group|community)) on\b.{0,120}",
        r"\d+ (?:shares|comments|likes|views)",
    ),
    "newsletter prompt": (
        r"(?:sign[ -]?up|subscribe)\b(?=.{0,120}\b(?:newsletters?|inbox|alerts?|updates?|e-?mail|free|"
        r"access|subscription|"
        r"account|read(?:ing)?|today|now|here)\b).{0,220}",
        r"(?:subscribe|sign[ -]?up|register)(?: now| today| here| free| for free)?\W*",
        r"(?:get|receive) .{0,80}\b(?:inbox|newsletters?|email alerts?|notifications)\b.{0,120}",
        r"(?:enter )?your e-?mail(?: address)?\b.{0,80}",
        r"never miss (?:a|an) (?:story|update)\b.{0,80}",
        r"(?:already a subscriber|log ?in to (?:read|continue)|this article is for subscribers)\b.{0,160}",
        r"create (?:a free|an) account\b.{0,160}",
        r"support (?:our|independent) journalism\b.{0,160}",
        r"(?:download|get) (?:our|the) app\b.{0,120}",
        r"(?:please )?(?:donate|make a donation)(?: now| today| here)?\W*",
    ),
    "cookie notice": (
        r"(?:we|this (?:web)?site|our (?:web)?site|our partners|"
        r"[\w.]{2,30}) (?:and our partners )?uses? cookies\b.{0,400}",
        r"by (?:continuing|clicking|using) (?:to|on|this|our|the|accept|[“\"']).{0,80}\b(?:cookies?|privacy policy|"
        r"terms of (?:use|service))\b.{0,300}",
        r"(?:accept|reject|allow|manage|decline)(?: all)?(?: cookies?| preferences| settings)?(?:\s?[|/·].{0,60})?\W*",
        r"cookie (?:policy|settings|preferences|notice|consent)\b.{0,60}",
        r"your privacy(?: choices)?\W*",
    ),
    "related links": (
        r"(?:read (?:more|next|also)|also read|see also|more on this(?: story)?|more from\b.{0,60}|"
        r"recommended(?: for you| stories"
        r"| reading)?|related(?: stories| articles| topics| news| content| coverage| links?|"
        r" reading)?)\s?(?:[:>»→|].{0,300})?",
        r"(?:you (?:may|might) also (?:like|be interested in)|don[’']t miss|must[- ]read|"
        r"editor[’']?s[’']? picks?|most (?:read|popular"
        r"|viewed)|trending(?: now)?|top stories|latest (?:news|stories)|up next|more stories)\s?(?:[:>»→|].{0,300})?",
        r"(?:(?:next|previous) (?:article|story)|what to read next|watch(?: now| more)?|listen)\s?(?:[:>»→|].{0,300})?",
    ),
    "caption": (
        r"file(?: photo| picture| image)?\s?[-–—:]\s.{0,400}",
        r"(?:photo(?:graph)?|image|picture|video|credit|illustration|graphic|map|caption)\s?(?:[:©]|by\b).{0,300}",
        r"(?:photo|image|picture|video) (?:credit|by|source|caption)s?\s?(?:[:©]|by\b).{0,300}",
        r".{0,400}\((?:AP Photo|Photo by|Photo:|Photo/|Image:|Reuters/|AFP/|Getty)[^)\n]{0,120}\)\W{0,3}",
        rf".{{0,400}}\[[^\]\n]{{2,60}}/(?:{_AGENCY}|AP|Al Jazeera)[^\]\n]{{0,40}}\]\W{{0,3}}",
        rf".{{0,400}}(?:/|via |\| ){_AGENCY}(?: via Getty Images)?\W{{0,3}}",
    ),
    "copyright notice": (
        r"(?:copyright\s?(?:©|\(c\)|(?:19|20)\d\d|the\b|by\b)|©|\(c\)\s?(?:19|20)\d\d).{0,300}",
        r".{0,120}\ball rights reserved\b.{0,200}",
        r"this (?:material|article) may not be (?:published|reproduced)\b.{0,240}",
        r"(?:terms of (?:use|service)|terms and conditions|privacy policy)(?:\s?[|/.·•,].{0,80})?",
    ),
    "advertisement": (
        r"(?:advertise?ment|sponsored(?: content| by\b.{0,60})?|paid (?:content|post)|ad)\W*",
        r"story continues below.{0,40}|article continues (?:below|after)\b.{0,60}",
        r"(?:skip|scroll)\b.{0,40}\bad(?:vertisement)?s?\b.{0,40}",
    ),
    "navigation": (
        r"(?:skip to (?:main )?content|menu|home|search|close|back to top|go to top|open (?:menu|search)|"
        r"log ?in|sign ?in)\W*",
        r"(?:my account|contact us|about us|loading(?: comments)?|show (?:more|less)|load more|"
        r"view (?:all|more|comments))\W*",
        r"(?:(?:leave|post|add) a (?:comment|reply)|comments?(?: \(\d+\))?|no comments(?: yet)?|"
        r"click here\b.{0,100})\W*",
        r"(?:tags?|categor(?:y|ies)|filed under):.{0,200}",
        r"(?:\d+ min(?:ute)?s? read|listen to this article.{0,60}|page \d+ of \d+|(?:previous|next)(?: page)?)\W*",
    ),
}
_LINES: Final = [
    (reason, re.compile(rf"[ \t>*_#•·\-–|]*(?:{'|'.join(patterns)})[ \t*_]*$", re.IGNORECASE))
    for reason, patterns in _WHOLE_LINES.items()
]
_MENU = re.compile(r"[ \t]*(?:[\w&’' -]{2,24}\s*[|»>·•/]\s*){2,}[\w&’' -]{2,24}\s*$")
_ADDRESS_LINE = re.compile(r"[ \t>*_•<(-]*(?:https?://|www\.)\S{1,2000}[ \t>)]*$", re.IGNORECASE)
_SOURCE_BEFORE = re.compile(
    r"(?:source|sources|document|full text|report|data|survey|transcript|statement)s?\b[^\n]{0,60}:\s*$", re.I
)
_PICTURE = re.compile(
    r"!\[[^\]\n]{0,300}\]\([^)\s]{0,2000}(?:\s[^)\n]{0,200})?\)|<img\b[^>\n]{0,2000}>|data:image/[^\s\"')]{1,100000}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![/\w])(?:https?:)?//[^\s<>\"')\]]++", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"[^/]\.(?:jpe?g|png|gif|webp|svg|avif|bmp|ico)(?![a-z0-9])", re.IGNORECASE)
_LINK = re.compile(
    r"(?<!!)(?P<open>\[)(?P<shown>[^\[\]\n]{1,300})(?P<close>\]\([^()\s]{1,2000}(?:\s+\"[^\"\n]{0,200}\")?\))"
)
_GLUED = re.compile(
    r"(?<=[.!?”\"’])[ \t]*(?P<cut>(?:read more|also read|read also|see also|related(?: stories|"
    r" articles)?|more on this|"
    r"click here|sign up|subscribe|share this|follow us|photo|image(?: source)?|watch)\s?[:>»→|][^\n]{0,300})$",
    re.IGNORECASE | re.MULTILINE,
)
_TITLE_WORD = re.compile(r"[A-Z0-9“\"'‘][\w’'.,:-]*$")
_SMALL = re.compile(r"(?:an?|and|as|at|but|by|for|from|in|into|is|its|of|off|on|or|over|the|to|up|vs|with|after|amid)$")
_REASONS_OF_TAIL = frozenset(
    ("share buttons", "newsletter prompt", "cookie notice", "related links", "copyright notice", "navigation", "image")
)


def find(text: str, start: int = 0, end: int | None = None) -> list[Found]:
    """Stretches of `text[start:end]` that are no part of the report, in order, not overlapping."""
    lines = [_judged(text, a, b) for a, b in _lines(text, start, len(text) if end is None else end)]
    _lists_under_headings(text, lines)
    _glued_headlines(text, lines)
    found: list[Found] = []
    for a, b, reason in lines:
        if reason is not None:
            found.append(Found(a, b, reason))
        else:
            found += _inside(text, a, b)
    return found


def blank(text: str, dropped: Iterable[tuple[int, int]]) -> str:
    """`text` with the given stretches, and characters that mislead a parser, turned into spaces; newlines stay.

    The result has the length of `text`, so offsets in it are offsets in the text.
    """
    parts, last = [], 0
    for start, end in sorted(dropped):
        start = max(start, last)
        if end <= start:
            continue
        parts += [text[last:start], re.sub(r"[^\n]", " ", text[start:end])]
        last = end
    parts.append(text[last:])
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f\xa0\u2000-\u200f\u2028-\u202f\u2060\u3000\ufeff]", " ", "".join(parts))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", text[start:end]):
        body = match.group()
        if body.strip():
            lead = len(body) - len(body.lstrip())
            yield start + match.start() + lead, start + match.start() + len(body.rstrip())


def _judged(text: str, start: int, end: int) -> tuple[int, int, str | None]:
    line = text[start:end]
    if len(line) > 600:
        return start, end, "image" if line.startswith("data:image/") and " " not in line else None
    for reason, pattern in _LINES:
        if pattern.match(line) and not (reason == "caption" and _quotes_someone(line)):
            return start, end, reason
    if _ADDRESS_LINE.match(line):
        if _IMAGE_NAME.search(line):
            return start, end, "image"
        before = text[max(0, start - 120) : start].rstrip().rsplit("\n", 1)[-1]
        return start, end, None if _SOURCE_BEFORE.search(before) else "web address"
    if _MENU.match(line) and not re.search(r"[.!?]$", line) and not re.search(r"\d{4}", line):
        return start, end, "navigation"
    return start, end, None


def _quotes_someone(line: str) -> bool:
    """A line that ends like a caption but quotes or reports is a sentence with a credit, and worth keeping."""
    return bool(re.search(r"[“\"].{25,}[”\"]|\b(?:said|told|according to)\b", line))


def _lists_under_headings(text: str, lines: list[tuple[int, int, str | None]]) -> None:
    """After a bare 'Related stories' come its links: short lines that are no sentences, up to the first that is one."""
    running = False
    for index, (start, end, reason) in enumerate(lines):
        line = text[start:end]
        if reason == "related links":
            running = end - start < 40 and not re.search(r"[:>»→|]\s*\w", line)
        elif running and reason is None:
            running = len(line) < 140 and not re.search(r"[.!?][”\"’)]*$", line) and not line.startswith("#")
            if running:
                lines[index] = (start, end, "related links")


def _glued_headlines(text: str, lines: list[tuple[int, int, str | None]]) -> None:
    """Headlines of other pages that stick to the end: title-cased lines without a full stop after the last sentence,
    with debris beside them."""
    last_sentence = max((i for i, (a, b, r) in enumerate(lines) if r is None and _sentence(text[a:b])), default=None)
    if last_sentence is None or last_sentence < 1:
        return
    tail = lines[last_sentence + 1 :]
    if not any(reason in _REASONS_OF_TAIL for _, _, reason in tail):
        return
    for index in range(last_sentence + 1, len(lines)):
        start, end, reason = lines[index]
        if reason is None and title_cased(text[start:end]):
            lines[index] = (start, end, "headline of another page")


def _sentence(line: str) -> bool:
    return bool(re.search(r"[.!?][”\"’)]*$", line)) and len(line.split()) >= 5


def title_cased(line: str) -> bool:
    """Whether a line of five words or more is set like a headline: nearly all its words begin with a capital."""
    words = [word for word in re.findall(r"[^\s]+", line) if not _SMALL.match(word.lower().strip(",.:;"))]
    if len(words) < 4 or len(line) > 160 or re.search(r"[.!?]$", line):
        return False
    return sum(bool(_TITLE_WORD.match(word)) for word in words) >= 0.8 * len(words)


def _inside(text: str, start: int, end: int) -> list[Found]:
    """Debris inside a line: images, the addresses of Markdown links (what they show stays), glued prompts."""
    line = text[start:end]
    spans = [Found(start + m.start(), start + m.end(), "image") for m in _PICTURE.finditer(line)]
    spans += [
        Found(start + m.start(), start + m.end(), "image")
        for m in _ADDRESS.finditer(line)
        if _IMAGE_NAME.search(m.group())
    ]
    for match in _LINK.finditer(line):
        spans.append(Found(start + match.start("open"), start + match.end("open"), "link address"))
        spans.append(Found(start + match.start("close"), start + match.end("close"), "link address"))
    spans += [Found(start + m.start("cut"), start + m.end("cut"), "related links") for m in _GLUED.finditer(line)]
    clear: list[Found] = []
    for span in sorted(spans, key=lambda found: (found.start, -found.end)):
        if not clear or span.start >= clear[-1].end:
            clear.append(span)
    return clear
