"""Rounding: worked figures, edges, and what must hold for every number."""

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp import words

SHARES = st.floats(0, 1)


def plain(text):
    return text.replace(words.NBSP, " ")


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (0.12, 0.03, 0.34, "12 % (3 to 34 %)"),
        (0.127, 0.03, 0.34, "13 % (3 to 34 %)"),
        (0.004, 0.001, 0.006, "under 1 %"),
        (0.03, 0.002, 0.12, "3 % (under 1 to 12 %)"),
        (0.57, 0.3, 0.8, "55 % (30 to 80 %)"),
        (0.71, 0.45, 0.88, "70 % (45 to 90 %)"),
        (0.06, 0.02, 0.5, "6 % (2 to 50 %)"),
        (0.98, 0.5, 0.999, "98 % (50 to over 99 %)"),
        (0.025, 0.0249, 0.0251, "3 % (2 to 3 %)"),
        (0.5, 0.498, 0.502, "50 %"),
        (1.0, 1.0, 1.0, "over 99 %"),
        (0.0, 0.0, 0.0, "under 1 %"),
    ],
)
def test_prose_gives_no_more_digits_than_the_interval_deserves(mean, low, high, expected):
    assert plain(words.estimate(mean, low, high)) == expected


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (0.12, 0.03, 0.34, "12 % (3 to 34 %)"),
        (0.008, 0.005, 0.012, "0.8 % (0.5 to 1.2 %)"),
        (0.0083, 0.001, 0.06, "<1 % (<1 to 6 %)"),
        (0.0003, 0.0001, 0.001, "<0.1 % (<0.1 to 0.1 %)"),
        (0.71, 0.45, 0.88, "71 % (45 to 88 %)"),
        (0.9999, 0.9998, 1.0, ">99.9 %"),
    ],
)
def test_tables_show_a_decimal_only_where_the_interval_is_narrow(mean, low, high, expected):
    assert plain(words.cell_estimate(mean, low, high)) == expected


def test_without_an_interval_whole_points_are_shown():
    assert plain(words.percent(0.127)) == "13 %"
    assert plain(words.cell(0.004)) == "<1 %"


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        (0.125, "about 1 in 8"),
        (0.005, "fewer than 1 in 100"),
        (0.011, "about 1 in 100"),
        (0.1, "about 1 in 10"),
        (0.3, "about 3 in 10"),
        (0.34, "about 1 in 3"),
        (0.5, "about 1 in 2"),
        (0.71, "about 7 in 10"),
        (0.95, "about 19 in 20"),
        (0.999, "over 99 in 100"),
    ],
)
def test_odds_in_natural_frequencies(mean, expected):
    assert words.odds(mean) == expected


@given(SHARES)
def test_odds_stay_near_the_probability(mean):
    said = words.odds(mean)
    if said.startswith("about"):
        top, bottom = (int(part) for part in said.removeprefix("about ").split(" in "))
        assert abs(top / bottom - mean) <= max(0.06, 0.2 * mean) + 1e-9
    else:
        assert mean < 0.01 or mean > 0.99


@given(SHARES, SHARES)
def test_a_larger_probability_is_never_said_to_be_smaller(a, b):
    small, large = sorted((a, b))

    def value(text):
        figure = plain(text).removesuffix(" %")
        return {"under 1": 0.0, "over 99": 100.0}.get(figure) if figure in ("under 1", "over 99") else float(figure)

    assert value(words.percent(small)) <= value(words.percent(large))


@given(SHARES, SHARES, SHARES)
def test_prose_is_within_half_a_step_of_the_figure(a, b, c):
    low, mean, high = sorted((a, b, c))
    figure = plain(words.percent(mean, low, high)).removesuffix(" %")
    if figure not in ("under 1", "over 99"):
        assert abs(float(figure) - 100 * mean) <= (2.5 if high - low >= 0.4 - 1e-9 else 0.5) + 1e-9


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_probability_is_refused(value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.percent(value)
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.odds(value)


def test_floating_point_slack_is_forgiven():
    assert words.share(1 + 1e-9) == 1.0
    assert words.share(-1e-9) == 0.0


@pytest.mark.parametrize(
    ("difference", "expected"),
    [(0.06, "+6 points"), (-0.012, "−1 point"), (0.002, "under 1 point"), (-0.5, "−50 points"), (0.0, "under 1 point")],
)
def test_differences_in_points(difference, expected):
    assert plain(words.points(difference)) == expected


def test_interval_of_a_difference():
    assert plain(words.points_interval(-0.01, 0.15)) == "−1 to +15 points"
    assert plain(words.points_interval(0.0, 0.15)) == "0 to +15 points"
    with pytest.raises(ValueError, match="between -1 and 1"):
        words.points_interval(-1.5, 0)


def test_likelihood_is_ordered_and_covers_everything():
    said = [words.likelihood(i / 1000) for i in range(1001)]
    changes = [a for a, b in pairwise(said) if a != b] + [said[-1]]
    assert changes == [phrase for _, phrase in words.LIKELIHOOD]
    assert words.likelihood(0.5) == "about as likely as not"


@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=9))
def test_counts_of_a_hundred_sum_to_a_hundred_and_stay_within_one(weights):
    means = {str(i): weight / sum(weights) for i, weight in enumerate(weights)}
    counts = words.in_hundred(means)
    assert sum(counts.values()) == 100
    assert all(abs(counts[key] - 100 * means[key]) < 1 for key in means)


def test_shares_that_do_not_sum_are_refused():
    with pytest.raises(ValueError, match=r"sum to 0\.9000"):
        words.in_hundred({"a": 0.5, "b": 0.4})


def test_plurals_months_dates_and_lists():
    assert plain(words.plural(1, "month")) == "1 month"
    assert plain(words.plural(0, "report")) == "no reports"
    assert plain(words.plural(2, "party", "parties")) == "2 parties"
    assert plain(words.months(2.4)) == "2 months"
    assert plain(words.months(0.2)) == "under a month"
    assert words.date_after(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert words.date_after(dt.date(2025, 12, 1), 12) == dt.date(2026, 12, 1)
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.4421, "0.44"), (1.31, "1.3"), (11.7, "12"), (12.4, "12 or more"), (math.inf, "12 or more"), (0.0, "0")],
)
def test_rates_have_two_digits(value, expected):
    assert words.rate(value) == expected


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        ((0.09, 0.01, 0.25), "+9 (+1 to +25)"),
        ((0.0, 0.0, 0.0), "no change"),
        ((0.002, -0.01, 0.01), "0 (−1 to +1)"),
        ((-0.2, -0.2, -0.2), "−20"),
    ],
)
def test_differences_for_a_column(difference, expected):
    assert words.points_estimate(*difference) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(85.0, "85"), (8e6, "8,000,000"), (2.5, "2.5"), (0.0456, "0.0456"), (1e30, "1e+30")]
)
def test_amounts_as_a_report_gives_them(value, expected):
    assert words.amount(value) == expected


@given(st.text(), st.integers(2, 60))
def test_shortened_text_fits_and_keeps_its_beginning(text, length):
    short = words.shorten(text, length)
    assert len(short) <= length
    assert " ".join(text.split()).startswith(short.removesuffix("…").rstrip())
