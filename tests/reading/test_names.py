"""Names of the user's own: read, dated, used before the shipped ones, and refused with the entry named."""

from __future__ import annotations

import datetime as dt

import pytest

from offramp.errors import InputError
from offramp.reading import nlp
from offramp.reading.actors import Cast
from offramp.reading.events import find_events
from offramp.reading.gazetteer import find_names
from offramp.reading.names import UserName, read_names

GOOD = """\
actors:
  - name: Frente Azul
    aliases: [FZ]
    country: VEN
    role: opposition
    from: 2010-01-01
    until: 2018-12-31
  - {name: Zorbland, country: ZRB}
  - {name: Olaf Quimby, country: ZRB, role: ruler}
"""


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text(GOOD, "utf-8")
    return read_names(path)


def test_a_file_is_read(names):
    assert [n.name for n in names] == ["Frente Azul", "Zorbland", "Olaf Quimby"]
    assert names[0].aliases == ("FZ",)
    assert (names[0].since, names[0].until) == (dt.date(2010, 1, 1), dt.date(2018, 12, 31))
    assert names[1].role == "government"


@pytest.mark.parametrize(
    ("day", "found"),
    [(None, True), (dt.date(2009, 12, 31), False), (dt.date(2010, 1, 1), True), (dt.date(2018, 12, 31), True),
     (dt.date(2019, 1, 1), False)],
)  # fmt: skip
def test_a_name_holds_on_its_days(names, day, found):
    labels = [hit.name.label for hit in find_names("The FZ and Frente Azul met.", day, names)]
    assert labels == (["Frente Azul", "Frente Azul"] if found else [])


def test_events_know_the_users_actors(names):
    text = "Zorbland threatened Kenya with sanctions. Olaf Quimby of Zorbland refused to resign."
    without = [p.event for p in find_events(Cast(nlp.parse(text), None))]
    events = [p.event for p in find_events(Cast(nlp.parse(text), None, names))]
    assert not any(e.source and e.source.country == "ZRB" for e in without)
    assert [(e.type, e.source.country, e.source.role) for e in events if e.source] == [
        ("THREATEN", "ZRB", "government"),
        ("REJECT", "ZRB", "head_of_state"),
    ]


def test_the_users_names_go_before_the_shipped_ones():
    (hit,) = find_names("Washington waited.", None, (UserName(name="Washington", country="org:STATE"),))
    assert hit.name.country == "org:STATE"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("actors:\n  - {name: X1, country: VEN, rolle: police}", r"actor 1: unknown key 'rolle'; did you mean 'role'"),
        ("actors:\n  - {name: Ana, country: VEN, role: queen}", r"actor 1: role 'queen'; known: ruler"),
        ("actors:\n  - {country: VEN}", r"actor 1: name: Field required"),
        ("actors:\n  - {name: Ana Ruiz, country: ven}", r"'ven'; expected a code in capitals"),
        ("actors:\n  - {name: Ana Ruiz, country: VEN, from: 2020-01-02, until: 2020-01-01}", r"lies after 'until'"),
        ("actors:\n  - {name: '12 34', country: VEN}", r"has no letter"),
        ("actors:\n  - Ana", r"actor 1: expected a mapping"),
        ("names: []", r"expected one key 'actors'"),
        ("actors: [", r"no YAML"),
        ("!!python/object/apply:os.system ['true']", r"no YAML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, says):
    path = tmp_path / "names.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        read_names(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_names(tmp_path / "none.yaml")
