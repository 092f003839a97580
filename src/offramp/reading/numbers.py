"""Numbers in figures and words: '85 percent', 'four in five', 'two thirds', 'eight million', 'dozens'.

`find_numbers` gives each with its value, unit and qualifier as spans of the text. Dates, years, ages, times, ordinals,
names with numbers and section numbers are no figures and are left out.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_SMALL: Final = {word: value for value, word in enumerate(_UNITS.split())}
_TENS: Final = dict(
    zip(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), range(20, 100, 10), strict=True)
)
_SCALES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT: Final = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_PARTS: Final = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "seventh": 1 / 7, "eighth": 1 / 8,
    "ninth": 1 / 9, "tenth": 1 / 10,
}  # fmt: skip
_CURRENCIES: Final = {
    "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "dollar": "USD", "dollars": "USD",
    "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "yen": "JPY", "yuan": "CNY", "rouble": "RUB",
    "roubles": "RUB", "ruble": "RUB", "rubles": "RUB", "bolivar": "VES", "bolivars": "VES", "bolivares": "VES",
    "bolívar": "VES", "bolívars": "VES", "bolívares": "VES", "rupee": "INR", "rupees": "INR", "peso": "peso",
    "pesos": "peso", "franc": "franc", "francs": "franc", "rial": "rial", "rials": "rial", "dinar": "dinar",
    "dinars": "dinar", "lira": "lira", "usd": "USD", "eur": "EUR", "gbp": "GBP",
}  # fmt: skip

_WORD = rf"(?:{'|'.join([*_SMALL, *_TENS])})\b"
_SCALE = rf"(?:{'|'.join(_SCALES)})\b"
_IN_WORDS = rf"(?:(?:{_WORD}|an?(?=\s+{_SCALE}))(?:[ -](?:and\s+)?(?:{_WORD}|{_SCALE}))*)"
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_QUALIFIERS: Final = (
    "more than|over|above|upwards of|at least|no fewer than|no less than|not less than|fewer than|"
    "less than|under|below|"
    "at most|up to|as many as|as much as|as few as|no more than|about|around|roughly|approximately|some|an estimated|"
    "estimated|nearly|almost|close to|just over|just under|slightly more than|slightly over|well over|"
    "exactly|only|just|"
    "barely|hardly|between|an? record|a total of"
)
_FRACTION = (
    r"(?P<part_count>an?|one|two|three|four|five|six|seven|eight|nine|\d)[ -](?P<part>third|quarter|"
    r"fifth|sixth|seventh|"
    r"eighth|ninth|tenth)s?\b|(?P<half>half)(?= (?:of|the|a|its|their|all|say|said|are|were|have|had))"
)
_RATIO = rf"(?P<of>{_WORD}|\d{{1,3}})\s+(?:in|out of)(?:\s+every)?\s+(?P<base>{_WORD}|hundred|a hundred|\d{{1,4}})"
_CROWD_RATIO = (
    rf"(?P<of2>{_WORD}|\d{{1,2}})\s+(?:[A-Z]?\w+\s+){{1,2}}(?:in|out of)(?:\s+every)?\s+"
    rf"(?P<base2>five|ten|a hundred|hundred|10|100)\b"
)
_NUMBER = re.compile(
    rf"(?<![\w.,/:-])(?=[\w$€£¥₹])(?:(?P<qualifier>{_QUALIFIERS})\s+)?"
    rf"(?P<whole>{_RATIO}(?![\w-])|{_CROWD_RATIO}|{_FRACTION}"
    rf"|(?:(?P<currency>US\$|\$|€|£|¥|₹)\s?)?(?P<value>{_FIGURE}|{_IN_WORDS})(?![\d:/])"
    rf"(?:\s*(?:-|–|to|and)\s*(?P<to>{_FIGURE}))?"
    rf"(?:\s?(?P<scale>{_SCALE})|\s?(?P<short>(?:bn|mn|tn)\b)|(?P<short1>[kmb]\b))?"
    rf"(?:\s?(?P<percent>%|per\s?cent\b|percent\b|percentage points?\b|pct\b))?)"
    rf"|(?P<many>(?:tens|hundreds|scores|dozens|thousands|millions|billions)(?: of (?:thousands|millions))?)(?= of\s)",
    re.IGNORECASE,
)
_MANY: Final = {"tens": 10.0, "dozens": 24.0, "scores": 40.0, "hundreds": 200.0, "thousands": 2000.0, "millions": 2e6,
                "billions": 2e9}  # fmt: skip
_MONTHS = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|"
    r"aug|sept?|oct|nov|dec)\.?"
)
_DATE_BEFORE = re.compile(rf"\b{_MONTHS}\s*$", re.IGNORECASE)
_DATE_AFTER = re.compile(
    rf"^(?:st|nd|rd|th)\b|^\s+(?:of\s+)?{_MONTHS}\b|^\s*(?:a\.?m\.?|p\.?m\.?|o[’']clock|gmt|utc)\b|"
    rf"^[’']?s\b|^[-‑]\w|^-year",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(
    r"(?:\b(?:no|number|article|chapter|section|page|resolution|law|act|flight|route|room|group|g|covid|"
    r"apollo|boeing|aged?|"
    r"item|figure|table|part|phase|version|channel|radio|day|week|round)\.?\s*-?\s*|[A-Za-z]-)$",
    re.IGNORECASE,
)
_TIME_UNITS = re.compile(r"^\s*-?(?:second|minute|hour|day|night|week|month|year|decade|centur)", re.IGNORECASE)


# Qualifiers by what they say of the figure: a floor, a ceiling, or that it is round. 'Exactly' and 'only' say nothing.
_LEAST = frozenset(
    ("more than", "over", "above", "upwards of", "at least", "no fewer than", "no less than", "not less than",
     "just over", "slightly more than", "slightly over", "well over")
)  # fmt: skip
_MOST = frozenset(("fewer than", "less than", "under", "below", "at most", "up to", "no more than", "nearly", "almost",
                   "close to", "just under", "barely", "hardly", "as many as", "as much as"))  # fmt: skip
_ROUND = frozenset(("about", "around", "roughly", "approximately", "some", "an estimated", "estimated"))


class Number(NamedTuple):
    """A figure. `start`, `end` cover number and unit, without the qualifier; `qualifier` is in lower case or None.

    `unit` is percent (for shares of every kind), percentage points, a currency (its ISO code where one is meant), or
    count for bare numbers: what is counted is found by `reading.statistics`. `bounds` are those that a range states
    ('40 to 50').
    """

    value: float
    unit: str
    qualifier: str | None
    start: int
    end: int
    bounds: tuple[float, float] | None = None

    @property
    def low(self) -> float | None:
        """The least that the words allow: the value itself without a qualifier, None after 'up to' and the like."""
        if self.bounds is not None:
            return self.bounds[0]
        return None if self.qualifier in _MOST | _ROUND else self.value

    @property
    def high(self) -> float | None:
        """The most that the words allow; None after 'at least', 'about' and the like."""
        if self.bounds is not None:
            return self.bounds[1]
        return None if self.qualifier in _LEAST | _ROUND else self.value


def find_numbers(text: str, start: int = 0, end: int | None = None, *, small: bool = False) -> list[Number]:
    """All figures of a text between two of its characters, in order.

    Args:
        small: Whether 'one' and 'two' count; they are articles and pairs far more often than figures.
    """
    found = []
    for match in _NUMBER.finditer(text, start, len(text) if end is None else end):
        number = _read(match, text, small=small)
        if number is not None:
            found.append(number)
    return found


def words_to_number(words: str) -> float:
    """The value of a number in words.

    >>> words_to_number("two hundred and fifty thousand"), words_to_number("eighty-five"), words_to_number("a million")
    (250000.0, 85.0, 1000000.0)
    """
    total = group = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _SMALL:
            group += _SMALL[word]
        elif word in _TENS:
            group += _TENS[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _SCALES:
            total += max(group, 1) * _SCALES[word]
            group = 0
    return total + group


def _read(match: re.Match[str], text: str, *, small: bool) -> Number | None:
    qualifier = (match["qualifier"] or "").lower() or None
    if match["many"]:
        value = _MANY[match["many"].split()[0].lower()]
        if " " in match["many"]:
            value *= _SCALES[match["many"].split()[-1].lower().removesuffix("s")]
        return Number(value, "count", "at least", match.start("many"), match.end("many"))
    start, end = match.span("whole")
    if match["of"] or match["of2"]:
        top, base = _plain(match["of"] or match["of2"]), _plain(match["base"] or match["base2"])
        if not 0 < top <= base or base < 3:
            return None
        return Number(round(100 * top / base, 2), "percent", qualifier, start, end)
    if match["half"] or match["part"]:
        share = 0.5 if match["half"] else _plain(match["part_count"]) * _PARTS[match["part"].lower()]
        return Number(round(100 * share, 2), "percent", qualifier, start, end) if share <= 1 else None
    return _plain_number(match, text, qualifier, small=small)


def _plain(word: str) -> float:
    return float(word) if word.isdigit() else 1.0 if word.lower() in ("a", "an") else words_to_number(word)


def _plain_number(match: re.Match[str], text: str, qualifier: str | None, *, small: bool) -> Number | None:
    written = match["value"]
    start, end = match.span("whole")
    if text[start].isspace():
        start += 1
    figures = written[0].isdigit()
    value = float(written.replace(",", "")) if figures else words_to_number(written)
    bounds: tuple[float, float] | None = None
    if match["to"]:
        other = float(match["to"].replace(",", ""))
        if other <= value:
            return None  # 33-31 is a vote or a score
        bounds = (value, other)
        value = (value + other) / 2
    scale = _SCALES.get((match["scale"] or "").lower()) or _SHORT.get(
        (match["short"] or match["short1"] or "").lower(), 1.0
    )
    value *= scale
    if bounds is not None:
        bounds = (bounds[0] * scale, bounds[1] * scale)
    after, before = text[end : end + 24], text[max(0, start - 24) : start]
    if match["percent"]:
        unit = "percentage points" if "point" in match["percent"].lower() else "percent"
        return Number(value, unit, qualifier, start, end, bounds)
    money = re.match(r"\s+(?:US\s+)?([a-zíA-Z]+)", after)
    unit = _CURRENCIES.get((match["currency"] or "").lower(), "")
    if not unit and money and money[1].lower() in _CURRENCIES:
        unit, end = _CURRENCIES[money[1].lower()], end + money.end()
    if unit:
        return Number(value, unit, qualifier, start, end, bounds)
    if not _is_count(value, figures, written, scale, qualifier, before, after) and not (
        small and value in (1, 2) and not figures and not _TIME_UNITS.match(after)
    ):
        return None
    return Number(value, "count", qualifier, start, end, bounds)


def _is_count(
    value: float, figures: bool, written: str, scale: float, qualifier: str | None, before: str, after: str
) -> bool:
    if (
        _DATE_BEFORE.search(before)
        or _DATE_AFTER.match(after)
        or _NAME_BEFORE.search(before)
        or _TIME_UNITS.match(after)
    ):
        return False
    if figures and scale == 1.0 and "," not in written and 1500 <= value <= 2100 and float(value).is_integer():
        return qualifier not in (None, "over", "about", "around", "just", "some") and bool(
            re.match(r"\s+[a-z]{3}", after)
        )
    # 'One' and 'two' are articles and pairs far more often than figures.
    return figures or value > 10 or scale > 1.0 or qualifier is not None or value >= 3
