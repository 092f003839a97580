"""When a report says something happened: explicit dates, and words such as 'on Saturday' read from the report's date.

A day of the week without more is the last such day before the report (reports look back), with 'next' or a future verb
the first after it. A month without a year is the nearest one not after the report, or not before it in the future.
What only narrows a date down (a year, 'this week') gives a range; `Found.day` is its best single day or None.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
WEEKDAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
NUMBERS = {word: n for n, word in enumerate(_ONES + _TEENS)}
NUMBERS |= {"a": 1, "an": 1, "thirty": 30, "forty": 40, "sixty": 60, "ninety": 90, "several": 3, "few": 3, "couple": 2}
UNITS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.44, "year": 365.25}

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_NAME = "|".join(WEEKDAYS)
_NUMBER = r"\d{1,3}|" + "|".join(NUMBERS)
_PATTERNS = [
    ("iso", re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b")),
    (
        "dmy",
        re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<mon>{_MONTH})\.?(?:,? (?P<y>\d{{4}}))?\b", re.I),
    ),
    (
        "mdy",
        re.compile(rf"\b(?P<mon>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y>\d{{4}}))?\b", re.I),
    ),
    (
        "month",
        re.compile(
            rf"\b(?:(?P<part>early|mid|late|beginning of|end of)[- ])?(?P<mon>{_MONTH})\b\.?(?:,? (?P<y>\d{{4}}))?",
            re.I,
        ),
    ),
    ("weekday", re.compile(rf"\b(?:(?P<which>last|next|this|coming) )?(?P<day>{_DAY_NAME})\b", re.I)),
    (
        "ago",
        re.compile(rf"\b(?P<n>{_NUMBER})(?: of)? (?P<unit>hour|day|week|month|year)s? (?P<way>ago|earlier)\b", re.I),
    ),
    (
        "in",
        re.compile(
            rf"\b(?P<way>within|in) (?:the next )?(?P<n>{_NUMBER})[ -](?P<unit>hour|day|week|month|year)s?\b", re.I
        ),
    ),
    ("word", re.compile(r"\b(?P<word>today|yesterday|tomorrow|tonight|last night)\b", re.I)),
    ("span", re.compile(r"\b(?P<which>last|this|next) (?P<unit>week|month|year)\b", re.I)),
    ("year", re.compile(r"\b(?:in|since|of|until|from) (?P<y>1[89]\d\d|20\d\d)\b")),
]


@dataclass(frozen=True, slots=True)
class Found:
    """A time expression. `first` to `last` is what it allows; `day` the best single day, None for a whole year."""

    start: int
    end: int
    kind: str
    first: dt.date
    last: dt.date

    @property
    def day(self) -> dt.date | None:
        if self.kind == "year" or (self.last - self.first).days > 40:
            return None
        return self.first + (self.last - self.first) // 2


def number(word: str) -> int | None:
    """A small number in digits or words ('four', '30', 'a'), or None."""
    word = word.lower()
    return int(word) if word.isdigit() else NUMBERS.get(word)


def months_in(text: str) -> float | None:
    """Length in months of a duration in words: 'four months', 'six-week', '90 days'; None without one."""
    found = re.search(rf"\b({_NUMBER})(?: of)?[ -](hour|day|week|month|year)s?\b", text, re.I)
    if found is None:
        return None
    count = number(found[1])
    return None if count is None else round(count * UNITS[found[2].lower()] / UNITS["month"], 2)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _nearest_year(month: int, day: int, on: dt.date, *, future: bool) -> int:
    """The year that brings a day nearest to the report, looking back or, when the future is meant, ahead."""

    def distance(year: int) -> float:
        days = ((_date(year, month, min(day, 28)) or on) - on).days
        if future:
            return days if days >= -1 else -4 * days
        return -days if days <= 0 else days * (1.5 if days <= 35 else 10)

    return min((y for y in (on.year - 1, on.year, on.year + 1) if 1 <= y <= 9998), key=distance)


def _explicit(
    kind: str, parts: dict[str, str | None], on: dt.date | None, future: bool
) -> tuple[dt.date, dt.date] | None:
    if kind == "iso":
        day = _date(int(parts["y"] or 0), int(parts["m"] or 0), int(parts["d"] or 0))
        return (day, day) if day else None
    month = MONTHS[(parts["mon"] or "").lower()]
    if kind in ("dmy", "mdy"):
        number_ = int(parts["d"] or 0)
        if not parts["y"] and on is None:
            return None
        year = int(parts["y"]) if parts["y"] else _nearest_year(month, number_, on or dt.date.min, future=future)
        day = _date(year, month, number_)
        return (day, day) if day else None
    if not parts["y"] and on is None:
        return None
    year = int(parts["y"]) if parts["y"] else _nearest_year(month, 1, on or dt.date.min, future=future)
    if not 1 <= year <= 9998:
        return None
    end = calendar.monthrange(year, month)[1]
    first, last = {
        "early": (1, 10), "beginning of": (1, 10), "mid": (11, 20), "late": (21, end), "end of": (21, end),
    }.get((parts["part"] or "").lower(), (1, end))  # fmt: skip
    return dt.date(year, month, first), dt.date(year, month, last)


def _relative(kind: str, parts: dict[str, str | None], on: dt.date, future: bool) -> tuple[dt.date, dt.date] | None:
    one = dt.timedelta(days=1)
    if kind == "weekday":
        wanted = WEEKDAYS[(parts["day"] or "").lower()]
        which = (parts["which"] or "").lower()
        back = (on.weekday() - wanted) % 7
        if which in ("next", "coming") or (future and which != "last"):
            day = on + ((wanted - on.weekday()) % 7 or 7) * one
        else:
            day = on - (back or (7 if which == "last" else 0)) * one
        return day, day
    if kind in ("ago", "in"):
        count = number(parts["n"] or "")
        if count is None:
            return None
        length = count * UNITS[(parts["unit"] or "").lower()] * one
        day = on - length if kind == "ago" else on + length
        return day, day
    if kind == "word":
        shift = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get((parts["word"] or "").lower(), 0)
        return on + shift * one, on + shift * one
    days = {"week": 7, "month": 30, "year": 365}[(parts["unit"] or "").lower()]
    middle = on + {"last": -days, "this": 0, "next": days}[(parts["which"] or "").lower()] * one
    return middle - (days // 2) * one, middle + (days // 2) * one


def find_dates(text: str, on: dt.date | None, *, future: bool = False) -> list[Found]:
    """Time expressions in the text, in order, none inside another. Relative ones need `on`, the report's date."""
    return list(_find_dates(text, on, future))


@lru_cache(maxsize=256)  # the same sentence is asked for by every act in it
def _find_dates(text: str, on: dt.date | None, future: bool) -> tuple[Found, ...]:
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(a < match.end() and match.start() < b for a, b in taken):
                continue
            parts = match.groupdict()
            if (
                kind == "month"
                and (parts["mon"] or "").lower() in ("may", "march", "mar", "dec", "sun")
                and not (
                    parts["y"]
                    or parts["part"]
                    or re.search(r"\b(in|since|of|by|until|last|next|this) $", text[: match.start()])
                )
            ):
                continue  # 'the crowd may march' is no date
            try:
                span = _span(kind, parts, on, future)
            except OverflowError:  # 'in 900 years' from the end of the calendar
                continue
            if span is not None or kind in ("iso", "dmy", "mdy"):  # '31 February' is not February either
                taken.append(match.span())
            if span is not None:
                found.append(Found(match.start(), match.end(), kind, *span))
    return tuple(sorted(found, key=lambda item: item.start))


def _span(kind: str, parts: dict[str, str | None], on: dt.date | None, future: bool) -> tuple[dt.date, dt.date] | None:
    if kind in ("iso", "dmy", "mdy", "month"):
        return _explicit(kind, parts, on, future)
    if kind == "year":
        year = int(parts["y"] or 0)
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    return _relative(kind, parts, on, future) if on is not None else None
