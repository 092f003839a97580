"""The gazetteer covers every state: name, people, capital, army and rulers are read as what they are."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from offramp.codes.rulers import rulers
from offramp.codes.states import states
from offramp.codes.tables import fold, key
from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.gazetteer import find_names, lookup

DAY = dt.date(2010, 7, 1)
MEMBERS = [s for s in states() if s.gw is not None and s.existed(DAY)]
# Two peoples share a word, which the gazetteer gives to the larger state (codes/data/ambiguous.csv).
SHARED_WORDS = {"DMA": "DOM", "COG": "COD"}


def test_every_state_has_name_people_and_capital() -> None:
    assert len(MEMBERS) == 196
    names = lookup(DAY)
    for state in MEMBERS:
        assert state.demonyms, state.iso3
        assert state.capital, state.iso3
        assert names[key(state.name)].country in (state.iso3, SHARED_WORDS.get(state.iso3))
        assert names[key(state.demonyms[0])].country in (state.iso3, SHARED_WORDS.get(state.iso3))


def test_capitals_stand_for_their_state_unless_they_mean_something_else() -> None:
    names = lookup(DAY)
    other = {s.iso3 for s in MEMBERS if s.capital and key(s.capital) not in names}
    wrong = {s.iso3 for s in MEMBERS if s.capital and key(s.capital) in names
             and names[key(s.capital)].country != s.iso3}  # fmt: skip
    assert wrong <= {"COG"}
    assert len(other) <= 12, other


def test_every_armed_force_is_read_as_one() -> None:
    text = "\n\n".join(f"The {s.demonyms[0]} army shelled the village." for s in MEMBERS)
    doc = nlp.parse(text)
    cast = Cast(doc, DAY)
    found = [cast.resolve(t) for t in doc if t.lower_ == "army"]
    assert len(found) == len(MEMBERS)
    for state, mention in zip(MEMBERS, found, strict=True):
        assert mention is not None, state.name
        assert (mention.country, mention.role) == (SHARED_WORDS.get(state.iso3, state.iso3), "armed_forces")


@pytest.mark.parametrize(
    ("text", "on", "country", "role"),
    [
        ("Alberto Fujimori closed the congress.", dt.date(1992, 4, 6), "PER", "leader"),
        ("Vaclav Klaus met the envoys.", dt.date(1994, 1, 1), "CZE", "leader"),
        ("Suleyman Demirel refused.", dt.date(1992, 1, 1), "TUR", "leader"),
        ("Mahmoud Ahmadinejad refused.", dt.date(2010, 1, 1), "IRN", "head_of_state"),
        ("The Tatmadaw opened fire.", dt.date(2021, 3, 1), "MMR", "armed_forces"),
        ("The Awami League called a rally.", dt.date(2023, 1, 1), "BGD", "government"),
        ("The Awami League called a rally.", dt.date(2005, 1, 1), "BGD", "opposition"),
    ],
)
def test_rulers_forces_and_parties_of_the_day(text: str, on: dt.date, country: str, role: str) -> None:
    (hit,) = find_names(text, on)[:1]
    assert (hit.name.country, hit.name.role) == (country, role)


def test_a_ruler_of_another_day_is_nobody() -> None:
    assert find_names("Alberto Fujimori spoke.", dt.date(2015, 1, 1)) == []


@pytest.mark.shared
def test_most_months_since_1990_have_a_ruler(shared: Path) -> None:
    """Of the days of 1990 to 2009 on which the shared spells have a leader, most have a ruler in our tables."""
    ours: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for ruler in rulers():
        if ruler.effective:
            ours.setdefault(ruler.iso3, []).append((ruler.in_office_since, ruler.until or dt.date.max))
    days = covered = 0
    with (shared / "data/history/spells.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = max(dt.date.fromisoformat(row["start"]), dt.date(1990, 1, 15))
            while day <= min(dt.date.fromisoformat(row["end"]), dt.date(2009, 12, 31)):
                days += 1
                covered += any(a <= day <= b for a, b in ours.get(row["iso3"], []))
                day += dt.timedelta(30)
    assert covered / days > 0.93


@pytest.mark.parametrize(
    "name", ["Fernando de la Rúa", "Lech Wałęsa", "François Mitterrand", "Mesut Yılmaz", "Franjo Tuđman"]
)
def test_accents_do_not_matter(name: str) -> None:
    plain = fold(name).title()
    assert plain.isascii()
    (accented,), (folded,) = find_names(f"{name} spoke."), find_names(f"{plain} spoke.")
    assert accented.name == folded.name
