"""From HTML to all its visible text, in document order, with what surrounds each piece of it.

`parse` makes a tree without running, fetching or expanding anything; `visible` walks it once. What a browser would not
show (script, style, templates, hidden elements) is left out; entities are decoded; white space is collapsed as a
browser does it; blocks are set apart by a blank line. Which part is the article is settled in `reading.maintext`;
title, date and publisher are read in `reading.metadata`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from offramp.errors import InputError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_DEPTH: Final = 150  # levels of elements; pages written by people stay far below
MAX_ELEMENTS: Final = 250_000
MAX_ATTRIBUTES: Final = 5_000  # characters of one tag beyond which its attributes are not read


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_SELF_CLOSING = _names("p li tr td th option a form")  # a second one closes the first: they never nest
_INLINE = _names(
    """a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub sup time
    tt u var"""
)
_BLOCK = _names(
    """address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption
    figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html iframe label legend li listing main menu nav ol
    optgroup option p plaintext pre search section select summary table tbody tfoot thead tr ul video audio"""
)
_UNSEEN = _names(
    """script style noscript template head title meta link object embed iframe audio video canvas map datalist rp
    noframes noembed frameset area param textarea"""
)
_UNSEEN_IN_SVG = _names("title desc metadata defs")
# A tag as the HTML standard cuts it: a quote opens a value only after `=`. Possessive throughout, and at the end of the
# text every branch still matches, so one pass is linear whatever the page does.
_ATTRIBUTES = r"""(?:[\s/]++|=|[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+)*+"""
_MARKUP = re.compile(
    rf"(?s:<!--.*?(?:-->|\Z))"
    rf"|<(?P<raw>script|style|textarea|title)\b{_ATTRIBUTES}(?:>|\Z)(?s:.*?)(?:</(?P=raw)\b|\Z)"
    rf"|<(?P<closing>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})(?:>|\Z)",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\f\r]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")

# What surrounds a piece of text: reason, tags, roles, words of class and id. The first that fits counts.
_SURROUNDINGS = tuple(
    (reason, _names(tags), _names(roles), re.compile(rf"(?:^| )(?:{words})(?: |$)"))
    for reason, tags, roles, words in (
        ("cookie notice", "", "", r"cookies?|consent|gdpr|ccpa|onetrust"),
        ("newsletter prompt", "", "", r"newsletters?|subscribe|subscription|sign ?up|paywall"),
        ("share buttons", "", "", r"share|sharing|shares|social|sharebar|sharedaddy|addtoany|addthis|follow us"),
        (
            "related links",
            "",
            "",
            r"related|recommend(?:ed|ations?)|read (?:more|next)|more (?:stories|news|on)|trending|popular|also like|"
            r"most (?:read|popular|viewed)|taboola|outbrain|recirc(?:ulation)?|teasers?",
        ),
        ("reader comments", "", "", r"comments?|disqus|respond"),
        ("advertisement", "", "", r"ads?|advert|advertisement|advertising|sponsor(?:ed)?|promo|promotion"),
        ("caption", "figcaption", "", r"captions?|image credit|photo credit|figcaption"),
        (
            "navigation",
            "nav menu",
            "navigation menu menubar",
            r"nav|navbar|navigation|menus?|breadcrumbs?|pagination|pager|skip link|skip to content|topbar",
        ),
        ("footer", "footer", "contentinfo", r"footer|colophon|copyright"),
        ("sidebar", "aside", "complementary", r"sidebar|aside|rail|widget"),
        ("page header", "", "banner", r"masthead|site header|page header"),
        ("form", "form search select", "search form", r"search form|search box|login|signin"),
    )
)


class Piece(NamedTuple):
    """A stretch of the visible text that came from one text node, and what stood around it (None: nothing telling)."""

    start: int
    end: int
    surroundings: str | None


class Link(NamedTuple):
    """An anchor with an http(s) address, as a span of the visible text."""

    start: int
    end: int
    href: str


@dataclass
class Page:
    """All visible text of a page."""

    text: str
    pieces: list[Piece]
    links: list[Link]
    headings: list[tuple[int, int]] = field(default_factory=list)  # of h1


def looks_like_html(text: str) -> bool:
    """Whether a text is HTML, judged by its head: a doctype, an html or body tag, or several tags of HTML."""
    head = text[:4096].lstrip()
    head = re.sub(r"\A(?:<\?xml[^>]{0,300}>|<!--[^>]{0,2000}-->|\s+)+", "", head)
    if re.match(r"<(?:!doctype\s+html|html|head|body|article)\b", head, re.IGNORECASE):
        return True
    return len(re.findall(r"</?(?:p|div|span|h[1-6]|ul|li|br|table|section|article|meta|script)\b[^<>]*>", head)) >= 4


def tame(markup: str) -> tuple[str, list[str]]:
    """Take out what would stop or stall a parser, keeping the text: tags nested deeper than `MAX_DEPTH`, attributes of
    tags with more than `MAX_ATTRIBUTES` characters of them. Says what it did. Linear in time.

    Raises:
        InputError: More than `MAX_ELEMENTS` tags.
    """
    depth = tags = last = 0
    deep = wide = False
    kept: list[str] = []
    for match in _MARKUP.finditer(markup):
        tags += 1
        if tags > MAX_ELEMENTS:
            raise InputError(f"the page has more than {MAX_ELEMENTS:,} tags; that is no report")
        name, closing = (match["name"] or "").lower(), match["closing"]
        if not name:
            continue
        nests = name not in _VOID and name not in _SELF_CLOSING
        depth += nests and not closing
        if nests and depth > MAX_DEPTH:
            deep = True
            kept += [markup[last : match.start()], "" if name in _INLINE else "<br>"]
            last = match.end()
        elif len(match["attributes"]) > MAX_ATTRIBUTES:
            wide = True
            kept += [markup[last : match.start()], f"<{closing}{name[:50]}>"]
            last = match.end()
        if nests and closing:
            depth = max(0, depth - 1)
    kept.append(markup[last:])
    said = [f"elements are nested more than {MAX_DEPTH} deep; the deeper tags were ignored."] if deep else []
    said += [f"a tag has more than {MAX_ATTRIBUTES:,} characters of attributes; they were ignored."] if wide else []
    return "".join(kept), said


def parse(markup: str, name: str, warnings: list[str]) -> HtmlElement:
    """The tree of a page. Nothing in it runs, no entity of its own is expanded, nothing is loaded.

    Raises:
        InputError: There is no element in it at all, or too many.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    try:
        flat, said = tame(re.sub(r"\A\s*<\?xml[^>]{0,300}\?>", "", markup))
    except InputError as error:
        raise InputError(f"{name}: {error}. Save the article as text.") from None
    warnings += [f"{name}: {what}" for what in said]
    parser = HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, collect_ids=False
    )
    # Control characters are no HTML; a space keeps the words beside them apart.
    clean = re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]", " ", flat).encode("utf-8", "replace")
    try:
        tree = document_fromstring(clean, parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name}: this is no HTML that can be read ({error}). Save the article as text.") from None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        warnings.append(f"{name}: part of the page went past the parser's limits and was not read.")
    return tree


def visible(tree: HtmlElement) -> Page:
    """All text a reader of the page can see, in document order. Takes time linear in the page."""
    body = tree.find("body")
    builder = _Builder()
    # A stack of our own: pages may be nested deeper than Python's calls. None marks where an element ends.
    stack: list[tuple[HtmlElement, str | None, bool, bool]] = [(tree if body is None else body, None, False, False)]
    while stack:
        element, surroundings, preformatted, leaving = stack.pop()
        name = element.tag if isinstance(element.tag, str) else ""
        if leaving:
            builder.leave(element, name)
            builder.add(element.tail, surroundings, preformatted)
            continue
        if not name or _hidden(element, name):
            builder.add(element.tail, surroundings, preformatted)
            continue
        inner = _surroundings(element, name) or surroundings
        pre = preformatted or name in ("pre", "listing", "plaintext")
        builder.enter(element, name)
        builder.add(element.text, inner, pre)
        stack.append((element, surroundings, preformatted, True))
        stack.extend((child, inner, pre, False) for child in reversed(element))
    return builder.page()


def _hidden(element: HtmlElement, name: str) -> bool:
    if name in _UNSEEN:
        return True
    if name in _UNSEEN_IN_SVG and (parent := element.getparent()) is not None and parent.tag != "body":
        return True
    if element.get("hidden") is not None or (name == "dialog" and element.get("open") is None):
        return True
    style = element.get("style")
    return style is not None and bool(_HIDDEN_STYLE.search(style[:2000]))


def _surroundings(element: HtmlElement, name: str) -> str | None:
    if name in ("html", "body", "main", "article") or not (element.attrib or name in _TAGGED):
        return None
    role = (element.get("role") or "").lower()
    named = f"{element.get('class') or ''} {element.get('id') or ''}"[:300]
    words = " ".join(_WORD.findall(named)).lower()
    for reason, tags, roles, pattern in _SURROUNDINGS:
        if name in tags or role in roles or (words and pattern.search(words)):
            return reason
    return None


_TAGGED = frozenset(tag for _, tags, _, _ in _SURROUNDINGS for tag in tags)


class _Builder:
    """Collects text the way a browser lays it out: white space collapsed, blocks on paragraphs of their own."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.pieces: list[Piece] = []
        self.links: list[Link] = []
        self.headings: list[tuple[int, int]] = []
        self.gap = ""  # what must stand before the next character: "", " ", "\t", "\n" or "\n\n"
        self.open_links: list[int] = []  # of each, how many pieces stood before it
        self.open_heading: int | None = None

    def _want(self, gap: str) -> None:
        order = ("", " ", "\t", "\n", "\n\n")
        if order.index(gap) > order.index(self.gap):
            self.gap = gap

    def enter(self, element: HtmlElement, name: str) -> None:
        if name == "br":
            self._want("\n\n" if self.gap == "\n" else "\n")
        elif name in _BLOCK:
            self._want("\n\n")
        elif name in ("td", "th"):
            self._want("\t")
        if name == "a":
            self.open_links.append(len(self.pieces))
        elif name == "h1":
            self.open_heading = len(self.pieces)

    def leave(self, element: HtmlElement, name: str) -> None:
        if name == "a" and self.open_links:
            first, href = self.open_links.pop(), (element.get("href") or "").strip()
            if first < len(self.pieces) and re.match(r"https?://", href, re.IGNORECASE):
                self.links.append(Link(self.pieces[first].start, self.length, href[:2000]))
        elif name == "h1" and self.open_heading is not None:
            if self.open_heading < len(self.pieces):
                self.headings.append((self.pieces[self.open_heading].start, self.length))
            self.open_heading = None
        if name in _BLOCK:
            self._want("\n\n")
        elif name in ("td", "th"):
            self._want("\t")

    def add(self, text: str | None, surroundings: str | None, preformatted: bool) -> None:
        if not text:
            return
        if preformatted:
            shown = text
        else:
            shown = _SPACE.sub(" ", text)
            if shown[0] == " ":
                self._want(" ")
        body = shown.strip(" \n\t\f\r") if not preformatted else shown.strip("\n")
        if not body:
            if shown:
                self._want(" ")
            return
        if self.parts:
            self.parts.append(self.gap)
            self.length += len(self.gap)
        self.gap = " " if shown[-1] in " \n\t" else ""
        self.pieces.append(Piece(self.length, self.length + len(body), surroundings))
        self.parts.append(body)
        self.length += len(body)

    def page(self) -> Page:
        return Page("".join(self.parts), self.pieces, sorted(self.links), self.headings)
