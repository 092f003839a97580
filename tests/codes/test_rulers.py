"""Rulers: complete for today, one at a time, and in step with the shared spells where those reach today."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.codes.rulers import AS_OF, Ruler, find_ruler, ruler_of, ruler_phrases, rulers
from offramp.codes.states import state_by_iso3, state_phrases, states
from offramp.codes.tables import fold, is_acronym
from offramp.errors import InputError

UNKNOWN_TODAY: set[str] = set()  # states whose ruler we do not know; each would have to be named here
NAMED = [(r, n) for r in rulers() for n in (r.name, *r.aliases)]

# Where our start or person differs from the shared spells on purpose, and why.
EXPLAINED = {
    "IRN": "the spells hold Iran's president; we take the supreme leader",
    "PSE": "no Palestine in the spells",
}


def test_every_current_state_has_a_ruler_or_is_named_unknown() -> None:
    missing = {s.iso3 for s in states() if s.current and ruler_of(s.iso3, AS_OF) is None}
    assert missing == UNKNOWN_TODAY


def test_one_ruler_at_a_time() -> None:
    spells = sorted((r.iso3, r.in_office_since, r.until or dt.date.max, r.name) for r in rulers() if r.effective)
    for (iso3, start, end, name), (other, later, _, next_name) in itertools.pairwise(spells):
        assert start <= end, name
        if iso3 == other:
            assert end < later, f"{name} and {next_name}"


def test_rows_are_possible_people() -> None:
    for ruler in rulers():
        state_by_iso3(ruler.iso3)
        assert ruler.in_office_since <= AS_OF
        assert ruler.birth_year is None or 15 <= ruler.in_office_since.year - ruler.birth_year <= 90, ruler.name
        assert ruler.source in {"A", "O", "R"}
        assert ruler.sure == "high" or ruler.effective is False or ruler.note or ruler.birth_year is None


def _spells(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/history/spells.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_long_rulers_agree_with_the_shared_spells(shared: Path) -> None:
    """Whoever ruled before 2010 and still does, by both tables, began on the same day."""
    ours = {
        r.iso3: r for r in rulers() if r.effective and r.in_office_since.year < 2010 and (r.until or AS_OF) >= AS_OF
    }
    cut = {s["iso3"]: s for s in _spells(shared) if s["exit_cat"] == "in_office"}
    compared = 0
    for iso3, ruler in ours.items():
        if iso3 in EXPLAINED:
            continue
        start = dt.date.fromisoformat(cut[iso3]["start"])
        assert abs((ruler.in_office_since - start).days) <= 1, (ruler.name, start)
        if cut[iso3]["birth_year"]:
            assert ruler.birth_year == int(float(cut[iso3]["birth_year"])), ruler.name
        compared += 1
    assert compared >= 19


def test_earlier_rulers_agree_with_the_shared_spells(shared: Path) -> None:
    """Rows marked A: a spell of the table begins within two days, and ends within two where both have an end."""
    spells = _spells(shared)
    wrong = []
    for ruler in rulers():
        if ruler.source != "A":
            continue
        starts = [s for s in spells if s["iso3"] == ruler.iso3]
        near = min(starts, key=lambda s: abs((dt.date.fromisoformat(s["start"]) - ruler.in_office_since).days))
        if abs((dt.date.fromisoformat(near["start"]) - ruler.in_office_since).days) > 2:
            wrong.append((ruler.name, "start", str(ruler.in_office_since), near["leader"], near["start"]))
        elif near["exit_cat"] != "in_office":
            end = dt.date.fromisoformat(near["end"])
            if ruler.until is None or abs((end - ruler.until).days) > 2:
                wrong.append((ruler.name, "end", str(ruler.until), near["leader"], near["end"]))
    assert wrong == []


@pytest.mark.parametrize(
    ("iso3", "on", "name"),
    [
        ("VEN", dt.date(2025, 12, 1), "Nicolás Maduro"),
        ("VEN", dt.date(2012, 1, 1), "Hugo Chávez"),
        ("GMB", dt.date(2017, 1, 19), "Yahya Jammeh"),
        ("GMB", dt.date(2017, 2, 1), "Adama Barrow"),
        ("YEM", dt.date(2011, 6, 1), "Ali Abdullah Saleh"),
        ("COD", dt.date(2016, 12, 19), "Joseph Kabila"),
        ("USA", dt.date(2011, 6, 1), "Barack Obama"),
        ("CIV", dt.date(2011, 1, 1), "Laurent Gbagbo"),
        ("GNB", dt.date(2025, 11, 26), "Umaro Sissoco Embaló"),
        ("GNB", None, "Horta N'Tam"),
        ("NPL", None, "Sushila Karki"),
    ],
)
def test_ruler_of(iso3: str, on: dt.date | None, name: str) -> None:
    found = ruler_of(iso3, on)
    assert found is not None
    assert found.name == name


def test_no_ruler_is_none_and_no_state_is_an_error() -> None:
    assert ruler_of("GBR", dt.date(1950, 1, 1)) is None
    with pytest.raises(InputError, match="unknown ISO-3 code 'VNZ'"):
        ruler_of("VNZ")


@given(st.sampled_from(NAMED), st.sampled_from([str, str.upper, str.title, fold]), st.booleans())
def test_every_name_finds_its_ruler(named: tuple[Ruler, str], change: object, possessive: bool) -> None:
    ruler, name = named
    assert callable(change)
    text = (name if is_acronym(name) else change(name)) + ("'s" if possessive else "")
    assert ruler in find_ruler(text, ruler.in_office_since)


def test_the_one_in_office_comes_first() -> None:
    assert [r.in_office_since.year for r in find_ruler("President Bush", dt.date(1990, 1, 1))] == [1989]
    assert find_ruler("Bush", dt.date(2003, 3, 17))[0].name == "George W. Bush"
    assert find_ruler("Marcos", dt.date(1986, 2, 20))[0].name == "Ferdinand Marcos"
    assert find_ruler("Marcos")[0].name == "Ferdinand Marcos Jr."
    assert find_ruler("Trump", dt.date(2019, 1, 1))[0].in_office_since == dt.date(2017, 1, 20)
    assert find_ruler("Harold Nobody") == []


def test_phrases_are_those_of_the_day_and_no_state() -> None:
    then = ruler_phrases(dt.date(2011, 3, 1))
    assert then["saleh"][0].iso3 == "YEM"
    assert "hadi" not in then
    assert ruler_phrases()["MBS"][0].name == "Mohammed bin Salman"
    assert set(ruler_phrases()) & set(state_phrases()) == set()
