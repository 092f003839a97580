"""Statistics: figures with what they are about, where they are said to come from, and whether that can be checked.

Numbers come from `reading.numbers`, sources from the claims they stand in or from a poll or study named beside them.
A bare count is kept when it measures something (people killed, troops, prices), not when it only counts things.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from offramp.reading.evidence import Claim, Grade, Report, Span, Statistic
from offramp.reading.evidence import SpeakerKind as Kind
from offramp.reading.numbers import Number, find_numbers
from offramp.reading.scope import dated, population_of
from offramp.reading.sourcing import grade, known_source_in, link_near

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as Stretch

# What a figure is about, by the words of its clause; the first that fits counts.
_TOPIC_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "casualties": (
        "kill",
        "dead|died|deaths?",
        "wounded|injur",
        "casualt|fatalit",
        "executed|massacre",
        "lost their li",
    ),
    "displacement": ("flee|fled", "refugee|displaced|migrants?|emigrat", "(?:have )?left the country", "exodus"),
    "detention": ("arrest|detain|jailed|imprison", "(?:political )?prisoners?", "behind bars"),
    "support": (
        "approv|support|trust|favou?r|satisfied|happy|popular|confidence in",
        "back(?:s|ed|ing)? (?:the|him|her|his|their)",
        "(?:would )?vote(?:d)? for",
    ),
    "discontent": (
        "unhapp|dissatisf|discontent|disapprov|distrust|unpopular",
        "oppos|reject|blam|angry|anger|fed up|worse",
        "want(?:s|ed)? (?:him|her|the president|change|the government|a change|an end)|resign|step down",
    ),
    "protest": (
        "protest|demonstrat|march(?:ed|es|ers)|rall(?:y|ied|ies)",
        "took to the streets|crowd|gathered|strikers?",
    ),
    "forces": (
        "troops?|soldiers?|fighters|personnel|marines|sailors",
        "warships?|aircraft|jets?|tanks?|missiles?|destroyers?|drones?|boats?|vessels?|strikes? (?:on|against)",
    ),
    "poverty": ("poverty|poor|hungry|hunger|malnutrition|famine|food|starv", "live on|afford|basic goods|medicine|aid"),
    "prices": ("inflation|prices?|currency|exchange rate|devalu|bol[ií]var|wages?|salar",),
    "economy": (
        "econom|gdp|gross domestic|national income|growth|shrank|shrunk|contract(?:ed|ion)|debt|unemploy|jobless",
        "exports?|imports?|barrels?|oil|output|production|revenue|budget|trade|reserves",
    ),
    "reward": ("reward|bounty",),
    "vote": ("votes?|turnout|ballots?|elections?|seats|polling stations",),
    "sanctions": ("sanction|frozen|freeze|assets|tariff|embargo",),
}
_TOPICS: Final = tuple(
    (topic, re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)) for topic, words in _TOPIC_WORDS.items()
)
_NEGATED: Final = re.compile(
    r"\b(?:not|no longer|don[’']t|doesn[’']t|do not|lost|little|without|never)\b", re.IGNORECASE
)
_MEASURES: Final = re.compile(
    r"\b(?:people|persons|civilians|soldiers|troops|protesters|demonstrators|prisoners|refugees|migrants|"
    r"barrels|tonnes|tons|"
    r"families|children|women|men|citizens|residents|officers|fighters|ships|warships|boats|aircraft|"
    r"marines|deaths|dead|"
    r"killed|wounded|arrests|voters|votes|workers|households|students|members|strikes|casualties|lives|"
    r"[A-Z]\w+(?:ans|ians|"
    r"is|ese|s))\b"
)
_STUDY: Final = re.compile(
    r"\b(?:survey|poll|study|report|census|index|data|figures|statistics|"
    r"estimates?)s?\b[^.;\n]{0,20}?\b(?:by|from|of|for|"
    r"conducted by|published by|carried out by|released by|commissioned by)\s+(?P<who>(?:the\s+)?[A-Z][\w.&’'-]*"
    r"(?:\s+(?:of|for|and|on|the)?\s*[A-Z][\w.&’'-]*){0,8})"
    r"|(?P<whose>(?:the\s+)?[A-Z][\w.&’'-]*(?:\s+(?:[A-Z][\w.&’'-]*|of|for)){0,6})(?:[’']s)?\s+(?:survey|"
    r"poll|study|report|index|"
    r"data|figures|statistics|estimates?)\b"
)
_YEAR: Final = re.compile(r"(?<![\d,.$€£])\b(?P<year>(?:19|20)\d\d)\b(?![,.]?\d)")
_SINCE: Final = re.compile(r"(?:since|until|by|from|before|after)\s+(?:\w+\s+)?$", re.IGNORECASE)
MOST: Final = 20  # figures of a sentence that are read: more are a table without its lines
_LIMIT: Final = 220  # characters of `about`


class _Source(NamedTuple):
    name: str
    span: Span | None
    kind: Kind
    affiliation: str | None
    direct: bool


def find_statistics(
    doc: Doc,
    claims: Sequence[Claim],
    report_index: int,
    report: Report,
    links: Sequence[tuple[int, int, str]] = (),
) -> list[Statistic]:
    """All statistics of a report, in order, at most `MOST` of a sentence.

    Args:
        doc: The parse of the kept text; its offsets are those of `report.text`.
        claims: The claims of this report (those of other reports are passed over).
        report_index: Where the report stands among those read.
        report: The report.
        links: Anchors of the page, as `(start, end, address)`.
    """
    own = _Places([claim for claim in claims if claim.report == report_index])
    sentences = list(doc.sents)
    found = []
    at = told = 0
    for number in find_numbers(doc.text):
        while at + 1 < len(sentences) and sentences[at].end_char <= number.start:
            at, told = at + 1, 0
        told += 1
        if told > MOST:
            continue
        sentence = sentences[at] if sentences else None
        if sentence is not None and sentence.start_char <= number.start:
            made = _statistic(number, sentence, own, report_index, report, links)
            if made is not None:
                found.append(made)
    return found


def _statistic(
    number: Number,
    sentence: Stretch,
    claims: _Places,
    report_index: int,
    report: Report,
    links: Sequence[tuple[int, int, str]],
) -> Statistic | None:
    start, end = number.start, number.end
    text = report.text
    inside = sentence.doc.char_span(start, end, alignment_mode="expand")
    if inside is None or inside.start < sentence.start:
        return None
    clause = _clause(inside, sentence)
    holding = claims.holding(start, end)
    source = _source(holding, sentence, text)
    about, unit = _about(number, inside, clause, text, holding)
    topic = _topic(about, sentence.text, number)
    if number.unit == "count" and not _measures(number, unit, topic, source, text):
        return None
    days = dated(number, sentence, source.span if source else None, text, report.date)
    year = _year(number, sentence, source, text)
    if year is None and days is not None and source is not None and source.kind is Kind.DOCUMENT_OR_POLL:
        year = days.first.year if days.first.year == days.last.year else None  # 'a Gallup poll last week'
    link = link_near(text, start, end, links)
    name = source.name if source else ""
    publisher = known_source_in(name) if name else None
    known = publisher is not None
    graded = grade(
        source.kind if source else Kind.NARRATOR,
        name=name,
        affiliation=source.affiliation if source else None,
        direct=source.direct if source else False,
        year=year,
        link=link if source else None,
    )
    if known and year and source is not None and source.kind in (Kind.DOCUMENT_OR_POLL, Kind.NAMED_ORGANISATION):
        value = Grade.A
    else:
        value = graded.grade
    return Statistic(
        value=number.value,
        unit=unit,
        qualifier=number.qualifier,
        about=about,
        stated_source=name or None,
        source_span=source.span if source else None,
        year=year,
        checkable=bool(source and link) or bool(known and year),
        report=report_index,
        start=start,
        end=end,
        grade=value,
        topic=topic,
        low=number.low,
        high=number.high,
        population=population_of(number, inside, name),
        first_day=days.first if days else None,
        last_day=days.last if days else None,
        link=link if source else None,
        publisher=publisher,
    )


# What it is about


def _clause(inside: Stretch, sentence: Stretch) -> tuple[int, int]:
    """First token and the one after the last of the smallest clause around a figure."""
    token: Token = inside.root
    while token.head.i != token.i and token.pos_ not in ("VERB", "AUX"):
        token = token.head
    if token.pos_ not in ("VERB", "AUX"):
        return sentence.start, sentence.end
    first = min(token.left_edge.i, inside.start)
    last = max(token.right_edge.i + 1, inside.end)
    for child in token.children:
        # A clause beside this one ('..., and ...') has figures of its own.
        if child.dep_ == "conj" and child.pos_ in ("VERB", "AUX") and child.i > inside.end:
            last = min(last, child.left_edge.i)
        if child.dep_ in ("ccomp", "parataxis") and child.right_edge.i < inside.start:
            first = max(first, child.right_edge.i + 1)
    return max(first, sentence.start), min(last, sentence.end)


def _about(number: Number, inside: Stretch, clause: tuple[int, int], text: str, claim: Claim | None) -> tuple[str, str]:
    """The clause without the figure, and the unit: for a count, the thing counted."""
    doc = inside.doc
    unit = number.unit
    last = doc[clause[1] - 1]
    base, stop = doc[clause[0]].idx, max(last.idx + len(last), number.end)
    piece = text[base:stop]
    for a, b in (*claim.source_spans, *claim.cue_spans) if claim is not None else ():
        a, b = max(a, base) - base, min(b, stop) - base
        if a < b:
            piece = piece[:a] + " " * (b - a) + piece[b:]
    before, after = piece[: number.start - base], piece[number.end - base :]
    if number.qualifier and before.lower().rstrip().endswith(number.qualifier):
        before = before.rstrip()[: -len(number.qualifier)]
    named = re.sub(r"(?i)\b(?:in|out of)\b.*$", "", " ".join(text[number.start : number.end].split()[1:]))
    population = named.strip() if unit == "percent" and " in " in text[number.start : number.end] else ""
    if unit == "count":
        noun = re.match(r"\s*(?:of\s+)?((?:[\w’'-]+\s+){0,2}?)([A-Za-z][\w’'-]+)", after)
        root = inside.root
        head = root if root.pos_ in ("NOUN", "PROPN") and root.i >= inside.end else root.head
        if head.pos_ in ("NOUN", "PROPN") and head.i >= inside.end and head.i - inside.end < 6:
            unit = head.text.lower() if head.pos_ == "NOUN" else head.text
        elif noun:
            unit = noun.group(2).lower() if not noun.group(2)[0].isupper() else noun.group(2)
        if unit == "count" or not re.match(r"[A-Za-z]", unit):
            unit = "people"
    after = re.sub(r"^\s*(?:of\s+)?", "", after)
    words = f"{before.strip()} {population} {after}" if _leads(before) else f"{population} {after}"
    words = re.sub(r"\s+", " ", words).strip(' ,;:—–-"“”.')
    words = re.sub(r"^(?:that|and|but|which|who)\s+", "", words)
    return (words[:_LIMIT].rsplit(" ", 1)[0] if len(words) > _LIMIT else words), unit


def _leads(before: str) -> bool:
    """Whether what stands before the figure in its clause says something about it."""
    return len(re.findall(r"[A-Za-z]{3,}", before)) > 0


def _topic(about: str, sentence: str, number: Number) -> str | None:
    for where in (about, sentence):
        for topic, pattern in _TOPICS:
            match = pattern.search(where)
            if not match:
                continue
            before = where[: match.start()]
            if topic == "support" and _NEGATED.search(before[-30:]):
                return "discontent"
            if topic == "support" and number.unit != "percent":
                continue
            return topic
    return None


def _measures(number: Number, unit: str, topic: str | None, source: _Source | None, text: str) -> bool:
    if not unit or unit in ("count",):
        return False
    after = text[number.end : number.end + 60]
    measured = bool(_MEASURES.search(unit) or _MEASURES.match(after.strip()))
    if number.value >= 1000 or (number.value >= 20 and measured):
        return True
    return measured and (topic is not None or source is not None or number.qualifier is not None)


# Where it comes from


class _Places:
    """Claims by where their content stands."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._spans = sorted(
            ((a, b, i) for i, c in enumerate(claims) if c.source_spans and c.speaker_kind is not Kind.NARRATOR
             for a, b in c.content_spans),
        )  # fmt: skip
        self._claims = claims

    def holding(self, start: int, end: int) -> Claim | None:
        """The claim that a figure stands in; of several, the one that says least besides."""
        at = bisect.bisect_right(self._spans, (start, end + 1, 0))
        near = [(b - a, i) for a, b, i in self._spans[max(0, at - 8) : at + 1] if a <= start and end <= b]
        return self._claims[min(near)[1]] if near else None


def _source(claim: Claim | None, sentence: Stretch, text: str) -> _Source | None:
    if claim is not None:
        return _Source(claim.speaker, claim.source_spans[0], claim.speaker_kind, claim.affiliation, claim.direct)
    for match in _STUDY.finditer(text, sentence.start_char, sentence.end_char):
        who = "who" if match["who"] else "whose"
        if re.fullmatch(r"(?:The|A|An|This|That|One|In|Another|Its|His)", match[who]):
            continue
        return _Source(match.group().strip(), (match.start(), match.end()), Kind.DOCUMENT_OR_POLL, None, False)
    return None


def _year(number: Number, sentence: Stretch, source: _Source | None, text: str) -> int | None:
    """The year that a figure is of: named with its source, else nearest to it in the sentence; 'since 2014' is none."""
    spans = [source.span] if source is not None and source.span is not None else []
    spans.append((sentence.start_char, sentence.end_char))
    for a, b in spans:
        years = [
            (abs(m.start() - number.start), int(m["year"]))
            for m in _YEAR.finditer(text, a, b)
            if not (number.start <= m.start() < number.end)
            and not _SINCE.search(text[max(0, m.start() - 20) : m.start()])
        ]
        if years:
            return min(years)[1]
    return None
