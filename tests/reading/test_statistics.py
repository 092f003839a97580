"""Figures: values against arithmetic, and what the report says about them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.reading import nlp
from offramp.reading.claims import find_claims
from offramp.reading.ingest import from_bytes
from offramp.reading.numbers import find_numbers, words_to_number
from offramp.reading.statistics import find_statistics


def statistics_of(text, name="r.txt"):
    got = from_bytes(text.encode(), name)
    doc = nlp.parse(got.kept)
    claims = find_claims(doc, 0, got.kept, got.report, got.links)
    found = find_statistics(doc, claims, 0, got.report, got.links)
    for item in found:
        assert 0 <= item.start < item.end <= len(got.report.text)
    return found


def only(text):
    found = statistics_of(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "unit", "qualifier", "span"),
    [
        ("over 85 percent of people", 85, "percent", "over", "85 percent"),
        ("Eighty-five per cent are unhappy", 85, "percent", None, "Eighty-five per cent"),
        ("nearly 3.5% of them", 3.5, "percent", "nearly", "3.5%"),
        ("four in five voters", 80, "percent", None, "four in five"),
        ("eight out of ten say so", 80, "percent", None, "eight out of ten"),
        ("Four Yemenis in ten are poor", 40, "percent", None, "Four Yemenis in ten"),
        ("two thirds of voters", 66.67, "percent", None, "two thirds"),
        ("three-quarters of voters", 75, "percent", None, "three-quarters"),
        ("about half of the population", 50, "percent", "about", "half"),
        ("between 40 and 50 percent", 45, "percent", "between", "40 and 50 percent"),
        ("rose by 5 percentage points", 5, "percentage points", None, "5 percentage points"),
        ("About eight million people left", 8e6, "count", "about", "eight million"),
        ("at least 1,200 soldiers", 1200, "count", "at least", "1,200"),
        ("a hundred and twenty soldiers", 120, "count", None, "a hundred and twenty"),
        ("3.2m people fled", 3.2e6, "count", None, "3.2m"),
        ("tens of thousands of people", 1e4, "count", "at least", "tens of thousands"),
        ("$1.5 billion in gold", 1.5e9, "USD", None, "$1.5 billion"),
        ("300 bn dollars", 3e11, "USD", None, "300 bn dollars"),
        ("€20 a day", 20, "EUR", None, "€20"),
        ("less than two dollars a day", 2, "USD", "less than", "two dollars"),
    ],
)
def test_numbers(text, value, unit, qualifier, span):
    number = find_numbers(text)[0]
    assert (number.value, number.unit, number.qualifier) == (value, unit, qualifier)
    assert text[number.start : number.end] == span


@pytest.mark.parametrize(
    "text",
    [
        "on 3 May 2011 at 10 a.m.",
        "in 2014 and until 2019",
        "a 12-year-old boy",
        "Resolution 2216 of the council",
        "one of them",
        "within 30 days",
        "for four months",
        "won 2-1 at home",
        "aged 54",
        "the 19th century",
        "Article 5",
    ],
)
def test_what_is_no_figure(text):
    assert find_numbers(text) == []


SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(n):
    """English for a whole number, written out the long way round: an independent reference."""
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10] + (f"-{SMALL[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{SMALL[n // 100]} hundred" + (f" and {spelled(n % 100)}" if n % 100 else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if n >= size:
            return f"{spelled(n // size)} {name}" + (f" {spelled(n % size)}" if n % size else "")
    raise AssertionError


@given(st.integers(0, 10**12 - 1))
def test_words_to_number_inverts_english(n):
    assert words_to_number(spelled(n)) == n


@given(st.integers(11, 999_999))
@settings(max_examples=60)
def test_figures_and_words_agree(n):
    for text in (f"at least {n:,} soldiers", f"at least {spelled(n)} soldiers"):
        found = find_numbers(text)
        assert [f.value for f in found] == [n], text


def test_the_survey_that_nobody_can_find():
    found = only(
        "A survey by the Institute for Hemispheric Opinion, which gives no address, says that over 85 percent of "
        "Venezuelans are unhappy with the way the country is run."
    )
    assert (found.value, found.unit, found.qualifier, found.topic) == (85, "percent", "over", "discontent")
    assert found.about == "Venezuelans are unhappy with the way the country is run"
    assert found.stated_source.startswith("A survey by the Institute for Hemispheric Opinion")
    assert (found.checkable, found.year, found.grade.value) == (False, None, "C")


def test_a_known_source_with_a_year_can_be_checked():
    found = only("Four Yemenis in ten live in poverty, the United Nations Development Programme reported in 2010.")
    assert (found.value, found.year, found.checkable, found.grade.value) == (40, 2010, True, "A")
    assert found.topic == "poverty"
    assert "Yemenis" in found.about
    without = only("Four Yemenis in ten live in poverty, the United Nations Development Programme reported.")
    assert (without.checkable, without.grade.value) == (False, "C")


def test_a_link_makes_a_figure_checkable():
    found = only("Some 62 percent oppose him, according to a survey by Delphos (https://delphos.example/2024).")
    assert (found.checkable, found.grade.value, found.topic) == (True, "A", "discontent")


def test_since_a_year_is_not_of_that_year():
    found = only("About eight million people have left the country since 2014, according to the United Nations.")
    assert (found.value, found.unit, found.year, found.topic) == (8e6, "people", None, "displacement")
    assert found.stated_source == "the United Nations"


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("About 62 percent of voters approve of the president.", "support"),
        ("Only 20 percent do not support the president.", "discontent"),
        ("At least 26 people were killed on Monday.", "casualties"),
        ("More than 45,000 people have fled to Senegal.", "displacement"),
        ("Inflation reached 230 percent.", "prices"),
        ("Output fell to 700,000 barrels a day.", "economy"),
        ("More than 300 political prisoners are held.", "detention"),
        ("About 15,000 troops were sent to the Caribbean.", "forces"),
        ("Some 100,000 people marched through the capital.", "protest"),
        ("The bounty of $50 million was doubled.", "reward"),
    ],
)
def test_topics(text, topic):
    assert only(text).topic == topic


def test_counts_that_measure_nothing_are_left_out():
    assert statistics_of("The two men met three ministers in four rooms of the palace.") == []


@pytest.mark.parametrize(
    ("text", "population"),
    [
        ("A survey says that over 85 percent of Venezuelans are unhappy with the government.", "Venezuelans"),
        ("A poll put support for the president at 20 percent of registered voters.", "registered voters"),
        ("Four Yemenis in ten live in poverty.", "Yemenis"),
        ("Four in five young Venezuelans want to leave.", "young Venezuelans"),
        ("Two thirds of voters in the capital want a change.", "voters in the capital"),
        ("Only 20 percent of those polled trust the army.", "those polled"),
        ("Some 62 percent oppose him, according to a survey of 1,200 adults by Delphos.", "adults"),
        ("Half of them trust the army.", None),
        ("Inflation reached 230 percent.", None),
        ("More than 45,000 people have fled to Senegal.", None),
    ],
)
def test_whom_a_share_is_of(text, population):
    assert statistics_of(text)[0].population == population


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("in October 2025", "2025-10-01", "2025-10-31"),
        ("in late October", "2025-10-21", "2025-10-31"),
        ("on 3 November 2025", "2025-11-03", "2025-11-03"),
        ("last week", "2025-11-14", "2025-11-20"),
        ("in 2019", "2019-01-01", "2019-12-31"),
        ("since 2019", None, None),
        ("since October 2025", None, None),
        ("within two weeks", None, None),
    ],
)
def test_when_a_figure_is_of(words, first, last):
    found = statistics_of(f"24 November 2025\n\nA Gallup poll {words} put support for the president at 20 percent.")[-1]
    assert (found.first_day and found.first_day.isoformat(), found.last_day and found.last_day.isoformat()) == (
        first,
        last,
    )


def test_a_poll_dated_from_the_reports_date_can_be_found():
    text = "A Gallup poll last week put support for the president at 20 percent."
    found = statistics_of(f"24 November 2025\n\n{text}")[-1]
    assert (found.year, found.publisher, found.checkable, found.grade.value) == (2025, "source:GALLUP", True, "A")
    undated = only(text)
    assert (undated.year, undated.publisher, undated.checkable, undated.grade.value) == (
        None,
        "source:GALLUP",
        False,
        "B",
    )


def test_how_a_reader_finds_a_figure_is_told():
    found = only("Some 62 percent oppose him, according to a survey by Delphos (https://delphos.example/2024).")
    assert (found.link, found.publisher) == ("https://delphos.example/2024", "source:DELPHOS")
    assert (found.low, found.high) == (None, None)  # 'some' sets neither
    lost = only("Some 62 percent oppose him, according to a survey by Instituto Nadie.")
    assert (lost.link, lost.publisher, lost.checkable) == (None, None, False)


def test_sources_without_a_claim():
    found = only("A Datanalisis poll in June 2024 put support for the president at 20 percent.")
    assert (found.value, found.year, found.topic) == (20, 2024, "support")
    assert "Datanalisis" in found.stated_source


def test_no_source_is_graded_so():
    found = only("More than 80 people have been killed.")
    assert (found.stated_source, found.source_span, found.checkable, found.grade.value) == (None, None, False, "E")


PIECES = [
    *(
        "85 percent",
        "half of",
        "two",
        "in ten",
        "million",
        "$",
        "€5",
        "3,000",
        ".",
        ",",
        "people",
        "of",
        "to",
        "–",
        "and",
    ),
    *("say", "a survey by Gallup", "in 2020", "killed", "–40", "1.5bn", "between", "at least", "\n\n", "%"),
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join))
@settings(max_examples=60, deadline=None)
def test_any_words_give_spans_inside_the_text(text):
    for item in statistics_of("The count. " + text):
        assert item.value >= 0
        assert item.unit
        if item.source_span:
            assert 0 <= item.source_span[0] < item.source_span[1] <= len("The count. " + text)
