"""Numbers in words, with no more digits than they deserve. Every rounding of the brief and the terminal is here.

How many digits a probability deserves follows from the width of its 90 % interval: 40 points or more, and prose rounds
to five points; under 2.5 points, and a table may show one decimal; otherwise whole points. Below one per cent prose
says 'under 1 %'. Probabilities come in as shares between 0 and 1. Spaces inside a figure are no-break spaces.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Mapping, Sequence

NBSP = "\u00a0"
MINUS = "\u2212"
WIDE = 40.0  # points: an interval this wide carries no more than steps of five
NARROW = 2.5  # points: an interval this narrow carries a decimal
MONTHLY = 12.0  # a yearly rate of one a month: thresholds are cut there, and beyond it nobody waits
SLACK = 1e-6  # how far floating point may push a probability over an edge

# Phrases and their upper ends, by the bands of Intelligence Community Directive 203 (2015); each completes 'it is …'.
LIKELIHOOD = (
    (0.05, "most unlikely"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "about as likely as not"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.00, "almost certain"),
)
_ONE_IN = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
_FRACTIONS = ((3, 10), (2, 5), (1, 2), (3, 5), (2, 3), (7, 10), (3, 4), (4, 5), (5, 6), (9, 10), (19, 20), (49, 50))


def share(value: float) -> float:
    """`value` as a probability: clipped when within floating-point slack of the edge.

    Raises:
        ValueError: If it is not a number or lies outside 0 to 1.
    """
    if math.isnan(value) or not -SLACK <= value <= 1 + SLACK:
        raise ValueError(f"a probability lies between 0 and 1, not at {value!r}")
    return min(max(value, 0.0), 1.0)


def _width(low: float | None, high: float | None) -> float:
    """Width of an interval in points; without one, a width that asks for whole points."""
    if low is None or high is None:
        return 10.0
    return 100 * (share(high) - share(low))


def _prose(points: float, width: float) -> str:
    """A percentage for prose, without its sign."""
    if points < 1:
        return "under 1"
    if points > 99:
        return "over 99"
    step = 5 if width >= WIDE and 10 <= points <= 90 else 1
    return str(int(step * math.floor(points / step + 0.5)))


def _tabular(points: float, width: float) -> str:
    """A percentage for a table, without its sign."""
    if width < NARROW:
        if points < 0.05:
            return "<0.1"
        if points > 99.95:
            return ">99.9"
        return f"{points:.1f}"
    if points < 1:
        return "<1"
    if points > 99:
        return ">99"
    return str(math.floor(points + 0.5))


def percent(mean: float, low: float | None = None, high: float | None = None) -> str:
    """A probability in prose: '12 %', 'under 1 %', 'over 99 %'; in steps of five where the interval is wide.

    >>> percent(0.127).replace(NBSP, ' '), percent(0.57, 0.3, 0.8).replace(NBSP, ' '), percent(0.004).replace(NBSP, ' ')
    ('13 %', '55 %', 'under 1 %')
    """
    return f"{_prose(100 * share(mean), _width(low, high))}{NBSP}%".replace(" ", NBSP)


def interval(low: float, high: float) -> str:
    """A 90 % interval in prose: '3 to 34 %', 'under 1 to 12 %', or one figure where both ends round alike."""
    width = _width(low, high)
    ends = [_prose(100 * share(end), width) for end in (low, high)]
    if ends[0] == ends[1]:
        return f"{ends[0]}{NBSP}%"
    return f"{ends[0]} to {ends[1]}{NBSP}%"


def estimate(mean: float, low: float, high: float) -> str:
    """Mean and interval in prose: '12 % (3 to 34 %)'; the mean alone where the interval says the same."""
    middle, around = percent(mean, low, high), interval(low, high)
    return middle if middle.replace(NBSP, " ") == around.replace(NBSP, " ") else f"{middle} ({around})"


def cell(mean: float, low: float | None = None, high: float | None = None) -> str:
    """A probability in a table: '12 %', '<1 %', or '0.8 %' where the interval is narrow enough for a decimal."""
    return f"{_tabular(100 * share(mean), _width(low, high))}{NBSP}%"


def cell_interval(low: float, high: float) -> str:
    """A 90 % interval in a table: '3 to 34 %', '0.3 to 1.9 %'."""
    width = _width(low, high)
    ends = [_tabular(100 * share(end), width) for end in (low, high)]
    if ends[0] == ends[1]:
        return f"{ends[0]}{NBSP}%"
    return f"{ends[0]} to {ends[1]}{NBSP}%"


def cell_estimate(mean: float, low: float, high: float) -> str:
    """Mean and interval in a table: '12 % (3 to 34 %)'."""
    middle, around = cell(mean, low, high), cell_interval(low, high)
    return middle if middle == around else f"{middle} ({around})"


def odds(mean: float) -> str:
    """A probability as a natural frequency: 'about 1 in 8', 'about 7 in 10', 'fewer than 1 in 100'.

    Below 0.28 the nearest 'one in so many' is taken; above it the nearest of a few plain fractions.
    """
    p = share(mean)
    if p < 0.01:
        return "fewer than 1 in 100"
    if p > 0.99:
        return "over 99 in 100"
    if p < 0.28:
        n = min(_ONE_IN, key=lambda many: abs(math.log(p * many)))
        return f"about 1 in {n}"
    top, bottom = min(((1, 3), *_FRACTIONS), key=lambda f: abs(f[0] / f[1] - p))
    return f"about {top} in {bottom}"


def likelihood(mean: float) -> str:
    """A probability as a phrase of estimative language (ICD 203): 'very unlikely', 'about as likely as not'."""
    p = share(mean)
    return next(phrase for upper, phrase in LIKELIHOOD if p <= upper)


def points(difference: float, low: float | None = None, high: float | None = None) -> str:
    """A difference of two probabilities: '+6 points', '−1 point', 'under 1 point either way'.

    Raises:
        ValueError: If it lies outside -1 to 1.
    """
    value = _signed(difference)
    width = 10.0 if low is None or high is None else 100 * (_difference(high) - _difference(low))
    if width < NARROW and abs(100 * difference) >= 0.05:
        tenth = f"{100 * difference:+.1f}".replace("-", MINUS)
        return f"{tenth}{NBSP}points"
    if value == 0:
        return f"under{NBSP}1{NBSP}point"
    return f"{_sign(value)}{NBSP}{'point' if abs(value) == 1 else 'points'}"


def points_interval(low: float, high: float) -> str:
    """The interval of a difference: '−1 to +15 points'."""
    ends = (_signed(low), _signed(high))
    if ends[0] == ends[1]:
        return points(low)
    return f"{_sign(ends[0])} to {_sign(ends[1])}{NBSP}points"


def points_estimate(mean: float, low: float, high: float) -> str:
    """A difference with its interval for a column headed 'points': '+9 (+1 to +25)', 'no change'."""
    middle, *ends = (_signed(value) for value in (mean, low, high))
    if middle == ends[0] == ends[1]:
        return "no change" if middle == 0 else _sign(middle)
    return f"{_sign(middle)} ({_sign(ends[0])} to {_sign(ends[1])})"


def _difference(value: float) -> float:
    if math.isnan(value) or abs(value) > 1 + SLACK:
        raise ValueError(f"a difference of probabilities lies between -1 and 1, not at {value!r}")
    return value


def _signed(value: float) -> int:
    return int(math.copysign(math.floor(abs(100 * _difference(value)) + 0.5), value))


def _sign(value: int) -> str:
    return "0" if value == 0 else f"{'+' if value > 0 else MINUS}{abs(value)}"


def plural(count: float, one: str, many: str | None = None) -> str:
    """'1 month', '3 months', 'no reports': a count with its noun; `many` where adding an s is wrong."""
    noun = one if count == 1 else many or f"{one}s"
    figure = "no" if count == 0 else f"{count:g}"
    return f"{figure}{NBSP}{noun}"


def months(count: float) -> str:
    """'1 month', '12 months', 'under a month' for a fraction that rounds to none."""
    whole = math.floor(count + 0.5)
    return "under a month" if whole < 1 else plural(whole, "month")


def date_after(day: dt.date, count: int) -> dt.date:
    """The day `count` months after `day`; the last of the month where that month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def rate(value: float) -> str:
    """A yearly rate with two significant digits at most: '0.44', '1.3'; from one a month on, '12 or more'."""
    if value >= MONTHLY:
        return f"{MONTHLY:.0f} or more"
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"


def amount(value: float) -> str:
    """A figure as a report gives it: '85', '8,000,000', '2.5'."""
    return f"{value:,.0f}" if value == math.floor(value) and abs(value) < 1e15 else f"{value:,.6g}"


def technical(value: object) -> str:
    """A figure of the computation, of any kind, with three significant digits at most."""
    return f"{value:.3g}".replace("-", MINUS) if isinstance(value, float) else str(value)


def listed(items: Sequence[str], joint: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"


def in_hundred(means: Mapping[str, float]) -> dict[str, int]:
    """Shares as whole counts that sum to 100, by largest remainder; ties go to the earlier key.

    Raises:
        ValueError: If the shares do not sum to 1 within a thousandth.
    """
    total = sum(share(value) for value in means.values())
    if abs(total - 1) > 1e-3:
        raise ValueError(f"shares sum to {total:.4f}, not to 1")
    exact = {key: 100 * share(value) / total for key, value in means.items()}
    counts = {key: math.floor(value) for key, value in exact.items()}
    left = 100 - sum(counts.values())
    for key in sorted(exact, key=lambda k: counts[k] - exact[k])[:left]:
        counts[key] += 1
    return counts


def shorten(text: str, length: int) -> str:
    """`text` on one line in at most `length` characters, cut at a word where possible, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    at = cut.rfind(" ")
    return (cut[:at] if at > length // 2 else cut).rstrip(" ,;:") + "…"
