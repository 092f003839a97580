"""Verifying finds every way of altering or losing that a person with the database in hand has; erasing is none."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import sample
from offramp.errors import InputError
from offramp.ledger.address import LedgerError
from offramp.ledger.chain import canonical, seal
from offramp.ledger.store import Ledger
from offramp.ledger.texts import erase
from offramp.ledger.verify import verify


def filled(address: str) -> Ledger:
    ledger = Ledger(address)
    for number in range(5):
        sample.add(ledger, report=f"Report number {number}.", day=f"2020-01-0{number + 1}")
    return ledger


def by_force(ledger: Ledger, *lines: str, values: dict[str, object] | None = None) -> None:
    """Runs lines with the guards taken off, as somebody with the database in hand could."""

    def work(connection: sa.Connection) -> None:
        if ledger.is_sqlite:
            for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
        for line in lines:
            connection.execute(sa.text(line), values or {})
        if not ledger.is_sqlite:
            connection.execute(sa.text("SET session_replication_role = DEFAULT"))

    ledger.write(work)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["UPDATE entries SET content = replace(content, '0.1', '0.9') WHERE n = 3"], r"entry 3: .*altered"),
        (["UPDATE entries SET case_key = 'other' WHERE n = 2"], r"entry 2: column and content differ in case"),
        (["UPDATE entries SET recorded = '2001' WHERE n = 2"], r"entry 2: column and content differ in recorded"),
        (["DELETE FROM entries WHERE n = 2"], r"missing: 2"),
        (["DELETE FROM entries WHERE n IN (2, 3)"], r"missing: 2 to 3"),
        (["DELETE FROM entries WHERE n = 5"], r"counts 5 entries"),
        (["DELETE FROM chain"], r"count is gone"),
        (["UPDATE texts SET content = 'x'"], r"text .* altered"),
        (["DELETE FROM texts"], r"text .* is lost"),
        (["UPDATE entries SET previous = hash WHERE n = 4"], r"entry 4: does not follow"),
        (["UPDATE entries SET n = 7 WHERE n = 5"], r"missing: 5 to 6"),
    ],
)
def test_what_was_altered_or_lost_is_found(address: str, lines: list[str], told: str):
    import re

    with filled(address) as ledger:
        assert verify(ledger).good
        by_force(ledger, *lines)
        proof = verify(ledger)
        assert not proof.good
        assert re.search(told, "\n".join(map(str, proof.faults))), proof.faults


def test_a_whole_new_chain_is_found_by_a_head_kept_elsewhere(tmp_path):
    with filled(str(tmp_path / "l")) as ledger:
        head = verify(ledger).head
        row = ledger.read(lambda c: c.execute(sa.text("SELECT content, previous FROM entries WHERE n = 5")).one())
        content = json.loads(row[0])
        content["months"] = [1]
        text = canonical(content)
        new = seal(row[1], text)
        by_force(
            ledger,
            "UPDATE entries SET content = :text, hash = :new WHERE n = 5",
            "UPDATE chain SET head = :new",
            values={"text": text, "new": new},
        )
        assert verify(ledger).good  # whoever rewrites the end leaves a chain that holds
        proof = verify(ledger, expect=head)
        assert not proof.good
        assert "no entry has the hash" in str(proof.faults[0])


def test_a_clock_that_ran_back_is_a_note_and_no_fault(tmp_path, monkeypatch: pytest.MonkeyPatch):
    from offramp.ledger import entries

    with Ledger(str(tmp_path / "l")) as ledger:
        for when in ("2030-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"):
            monkeypatch.setattr(entries, "now", lambda when=when: when)
            sample.add(ledger)
        proof = verify(ledger)
        assert proof.good
        assert "clock" in proof.notes[0]


def test_erasing_removes_every_byte_and_keeps_the_chain(tmp_path):
    path = tmp_path / "l.sqlite"
    secret = "A sentence that its author wants back."
    with Ledger(str(path)) as ledger:
        sample.add(ledger, report=secret)
        sample.add(ledger, report="Another.")
        entry = erase(ledger, sample.report_of(secret)[:10], why="asked", by="ann")
        assert (entry.kind, entry.content["why"], entry.content["by"]) == ("erasure", "asked", "ann")
        proof = verify(ledger)
        assert (proof.good, proof.erased, proof.texts) == (True, 1, 1)
        sample.add(ledger, report=secret)  # the same report comes in again: not kept, and not called lost
        proof = verify(ledger)
        assert (proof.good, proof.texts) == (True, 1)
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes(), file.name


@pytest.mark.parametrize(
    ("report", "why", "by", "message"),
    [
        ("abcdef0123", "w", "b", "no report with the hash"),
        ("abc", "w", "b", "eight hexadecimal digits"),
        ("nothexnothex", "w", "b", "eight hexadecimal digits"),
        ("abcdef0123", " ", "b", "--why and --by"),
    ],
)
def test_erasing_wrongly_is_one_clear_error(tmp_path, report: str, why: str, by: str, message: str):
    with Ledger(str(tmp_path / "l")) as ledger, pytest.raises((LedgerError, InputError), match=message):
        erase(ledger, report, why=why, by=by)


def test_erasing_in_postgresql(postgres: str):
    with Ledger(postgres) as ledger:
        sample.add(ledger, report="Take this back.")
        erase(ledger, sample.report_of("Take this back."), why="asked", by="ann")
        proof = verify(ledger)
        assert (proof.good, proof.erased, proof.texts) == (True, 1, 0)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_canonical_json_reads_back_and_is_its_own_canonical_form(content):
    text = canonical(content)
    assert text.isascii()
    assert json.loads(text) == content
    assert canonical(json.loads(text)) == text
    assert canonical(dict(reversed(content.items()))) == text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5), st.data())
def test_no_single_character_can_change(tmp_path_factory, n: int, data: st.DataObject):
    """Any one character of any content, replaced by another, breaks the proof."""
    with filled(str(tmp_path_factory.mktemp("l") / "l")) as ledger:
        content = ledger.read(
            lambda c: c.execute(sa.text("SELECT content FROM entries WHERE n = :n"), {"n": n}).scalar()
        )
        at = data.draw(st.integers(0, len(content) - 1))
        other = data.draw(st.sampled_from("0a} ").filter(lambda x: x != content[at]))
        changed = content[:at] + other + content[at + 1 :]
        by_force(ledger, "UPDATE entries SET content = :c WHERE n = :n", values={"c": changed, "n": n})
        assert not verify(ledger).good


def test_not_a_number_cannot_be_recorded():
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"p": float("nan")})
