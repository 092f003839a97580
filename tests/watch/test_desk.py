"""The desk: what a report is among the others, decided once, whoever asks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from offramp.ledger.store import Ledger
from offramp.ledger.tables import bearings, reports
from offramp.ledger.texts import erase
from offramp.watch import cases
from offramp.watch.desk import Desk
from offramp.watch.sources import Item
from watch import fake


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger(str(tmp_path / "l")) as store:
        cases.add(store, fake.case(), cases.Settings())
        yield store


def item(text: str, guid: str = "a", **kw) -> Item:
    return Item(f"Outlet {guid}", guid, text.encode(), **kw)


def row(ledger: Ledger, number: int) -> dict:
    query = sa.select(reports).where(reports.c.id == number)
    return dict(ledger.read(lambda c: c.execute(query).mappings().one()))


def test_a_new_report_bears_on_the_case_it_speaks_of(ledger: Ledger):
    desk = Desk(ledger)
    taken = desk.take(item(fake.ULTIMATUM))
    assert taken is not None
    assert (taken.kind, taken.cases) == ("new", ("ven-nicolas-maduro",))
    assert row(ledger, taken.id)["published"] == "2025-11-21"
    other = desk.take(item(fake.OTHER, "b"))
    assert other is not None
    assert (other.kind, other.cases) == ("new", ())


def test_the_same_report_is_taken_in_once_by_any_desk(ledger: Ledger):
    assert Desk(ledger).take(item(fake.ULTIMATUM)) is not None
    assert Desk(ledger).take(item(fake.ULTIMATUM)) is None


def test_the_same_words_in_twelve_outlets_are_one_source(ledger: Ledger):
    desk = Desk(ledger)
    first = desk.take(item(fake.ULTIMATUM, "0"))
    assert first is not None
    for number in range(1, 12):
        head, _, body = fake.ULTIMATUM.rpartition("\n\n")
        copy = head.replace("Leave now", f"Outlet {number}") + f"\n\nBy our staff in city {number}. " + body
        taken = Desk(ledger).take(item(copy, str(number)))
        assert taken is not None
        assert (taken.kind, taken.origin, taken.cases) == ("duplicate", first.id, ())


def test_an_outlet_that_changes_its_report_corrects_it(ledger: Ledger):
    desk = Desk(ledger)
    first = desk.take(item(fake.ULTIMATUM))
    second = desk.take(item(fake.ULTIMATUM.replace("Maduro refused", "Maduro did not answer")))
    assert first is not None
    assert second is not None
    assert (second.kind, second.origin, second.cases) == ("correction", first.id, first.cases)
    assert row(ledger, first.id)["replaced_by"] == second.id


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        (fake.report("Desk note", "2025-11-22", "We take this report back: it was made up."), {"retracts": "a"}),
        (
            fake.report(
                "RETRACTION: Leave now, caller tells Caracas", "2025-11-22", "The report was wrong and is withdrawn."
            ),
            {},
        ),
        (
            fake.report(
                "Retraction", "2025-11-22", "The report headed 'Leave now, caller tells Caracas' is taken back in full."
            ),
            {},
        ),
    ],
)
def test_a_retraction_takes_a_report_back_and_says_nothing_itself(ledger: Ledger, text: str, extra: dict):
    desk = Desk(ledger)
    first = desk.take(item(fake.ULTIMATUM))
    back = desk.take(item(text, "z", **extra))
    assert first is not None
    assert back is not None
    assert (back.kind, back.origin, back.cases) == ("retraction", first.id, first.cases)
    assert row(ledger, first.id)["replaced_by"] == back.id
    assert row(ledger, back.id)["text_hash"] is None


def test_a_correction_by_its_heading_and_words(ledger: Ledger):
    desk = Desk(ledger)
    first = desk.take(item(fake.ULTIMATUM))
    text = fake.ULTIMATUM.replace("Leave now, caller tells Caracas", "CORRECTED: caller").replace("told", "asked")
    right = desk.take(item(text, "z"))
    assert first is not None
    assert right is not None
    assert (right.kind, right.origin) == ("correction", first.id)
    assert row(ledger, right.id)["text_hash"] is not None


def test_a_correction_of_nothing_known_counts_as_new_and_says_so(ledger: Ledger):
    taken = Desk(ledger).take(item(fake.ULTIMATUM, corrects="never seen"))
    assert taken is not None
    assert (taken.kind, taken.origin) == ("new", None)
    assert "of nothing that was taken in" in taken.note


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (bytes(range(256)) * 9, "binary|text"),
        ("Der Präsident hat gestern die Hauptstadt verlassen, sagte ein Sprecher der Regierung am "
         "Abend. Die Armee hat sich nicht geäußert, und auf den Straßen blieb es nach dem Bericht ruhig. Wer das Amt "
         "nun führt, ist nicht bekannt, und auch der Nachbarstaat wollte dazu noch nichts sagen.".encode(),
         "German|English"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_noted_once(ledger: Ledger, data: bytes, why: str):
    import re

    made = Item("Outlet", "a", data)
    taken = Desk(ledger).take(made)
    assert taken is not None
    assert taken.kind == "unreadable"
    assert re.search(why, taken.note)
    assert "\n" not in taken.note
    assert Desk(ledger).take(made) is None


def test_a_report_from_the_future_is_taken_as_of_today(ledger: Ledger):
    today = dt.date(2025, 11, 20)
    taken = Desk(ledger, today=today).take(item(fake.ULTIMATUM.replace("2025-11-21", "2039-01-01")))
    assert taken is not None
    assert "2039-01-01, which is to come" in taken.note
    assert row(ledger, taken.id)["published"] == "2025-11-20"


def test_a_report_without_a_date_is_of_today(ledger: Ledger):
    text = fake.ULTIMATUM.replace("date: 2025-11-21\n", "")
    taken = Desk(ledger, today=dt.date(2025, 11, 30)).take(item(text))
    assert taken is not None
    assert row(ledger, taken.id)["published"] == "2025-11-30"


def test_what_was_erased_is_not_taken_in_again(ledger: Ledger):
    desk = Desk(ledger)
    first = desk.take(item(fake.ULTIMATUM))
    assert first is not None
    erase(ledger, row(ledger, first.id)["report"], why="asked", by="ann")
    found = row(ledger, first.id)
    assert (found["title"], found["source"], found["sketch"]) == (None, None, None)
    again = Desk(ledger).take(item(fake.ULTIMATUM, "elsewhere"))
    assert again is not None
    assert (again.kind, again.cases) == ("erased", ())
    assert row(ledger, again.id)["text_hash"] is None


def test_a_case_off_the_watch_gets_no_more_reports(ledger: Ledger):
    cases.remove(ledger, "maduro")
    taken = Desk(ledger).take(item(fake.ULTIMATUM))
    assert taken is not None
    assert taken.cases == ()
    assert ledger.read(lambda c: c.execute(sa.select(bearings)).all()) == []
