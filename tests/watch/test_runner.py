"""The loop: every report once, every step once, whatever is stopped, locked, full, removed or run twice."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from offramp.errors import NotConvergedError
from offramp.forecast import record
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.ledger.tables import reports
from offramp.ledger.verify import verify
from offramp.watch import cases, outbox, step
from offramp.watch.desk import Desk
from offramp.watch.runner import Watcher
from offramp.watch.sources import Source
from offramp.watch.status import sparkline, status
from watch import fake

TEXTS = {"1.md": fake.ULTIMATUM, "2.md": fake.WAVERING, "3.md": fake.LOYAL, "4.md": fake.OTHER}


FILLER = (
    "rain wind snow river bridge garden morning evening autumn harvest window road market letter music boat "
    "teacher valley winter summer paper table bread coffee story children mountain village engine lantern"
)


def filler(number: int) -> str:
    """English sentences about the weather that no other number gives."""
    words, draw = FILLER.split(), random.Random(number)
    return " ".join(f"The {draw.choice(words)} was near the {draw.choice(words)} that day." for _ in range(12))


class Lines(list[str]):
    """What was printed, one list for both streams."""

    def has(self, text: str) -> bool:
        return any(text in line for line in self)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "reports"
    place.mkdir()
    for name, text in TEXTS.items():
        (place / name).write_text(text, "utf-8")
    return place


def watcher(ledger: Ledger, *sources: str | Path, play=fake.play, receivers=(), stdin=None) -> tuple[Watcher, Lines]:
    lines = Lines()
    opened = [Source(str(source), stdin=stdin) for source in sources]
    return Watcher(ledger, opened, receivers, lines.append, lines.append, play=play), lines


def forecasts(ledger: Ledger) -> list[entries.Entry]:
    return ledger.read(lambda c: entries.select(c, kind="forecast"))


def test_each_report_that_bears_on_a_case_gives_one_forecast_with_its_reason(address: str, folder: Path):
    ledger, _ = fake.watching(address)
    with ledger:
        run, lines = watcher(ledger, folder)
        counts = run.run()
        assert (counts.reports, counts.forecasts) == (4, 3)
        first, ultimatum, wavering, loyal = forecasts(ledger)
        assert first.content["why"] == {"added": True}
        assert [e.as_of for e in (ultimatum, wavering, loyal)] == [dt.date(2025, 11, d) for d in (21, 25, 28)]
        parts = [[row["part"] for row in e.content["why"]["moved"]] for e in (ultimatum, wavering, loyal)]
        assert {"state.pressure", "state.offer"} <= set(parts[0])
        assert "army_loyalty" in parts[1]
        assert "army_loyalty" in parts[2]
        assert [len(e.content["reports"]) for e in (ultimatum, wavering, loyal)] == [1, 2, 3]
        assert lines.has("pressure none → ultimatum")
        assert lines.has("4.md: bears on no watched case")
        assert record.whole_case(ledger, loyal).reports[0].title == "Leave now, caller tells Caracas"
        assert verify(ledger).good


def test_run_again_nothing_is_doubled(address: str, folder: Path):
    ledger, _ = fake.watching(address)
    with ledger:
        watcher(ledger, folder)[0].run()
        head = verify(ledger).head
        counts = watcher(ledger, folder)[0].run()
        assert (counts.reports, counts.forecasts, verify(ledger).head) == (0, 0, head)


class Stopped(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", range(1, 9))
def test_stopped_after_any_transaction_it_goes_on_and_ends_the_same(tmp_path: Path, folder: Path, at: int):
    whole, _ = fake.watching(tmp_path / "whole")
    with whole:
        watcher(whole, folder)[0].run()
        wanted = [strip(e) for e in forecasts(whole)]
    ledger, _ = fake.watching(tmp_path / "broken")
    with ledger:
        run, _ = watcher(ledger, folder)
        left = at
        write = ledger.write

        def counted(work):
            nonlocal left
            left -= 1
            if left == 0:
                raise Stopped
            return write(work)

        ledger.write = counted  # type: ignore[method-assign]
        try:
            run.round()
        except Stopped:
            assert at < 8
        else:
            assert at == 8  # a round is seven transactions: four reports, three steps
        ledger.write = write  # type: ignore[method-assign]
        watcher(ledger, folder)[0].run()
        assert [strip(e) for e in forecasts(ledger)] == wanted
        assert verify(ledger).good


def strip(entry: entries.Entry) -> dict:
    """An entry without what differs from one run to another."""
    return {k: v for k, v in entry.content.items() if k not in ("recorded", "key")}


def test_repeats_corrections_and_retractions(tmp_path: Path, folder: Path):
    (folder / "1-copy.md").write_text(fake.ULTIMATUM.replace("title: ", "title: Copy of "), "utf-8")
    ledger, _ = fake.watching(tmp_path / "l")
    with ledger:
        counts = watcher(ledger, folder)[0].run()
        assert (counts.duplicates, counts.forecasts) == (1, 3)
        (folder / "5.md").write_text("---\ndate: 2025-12-01\nretracts: 1.md\n---\n\nThe report was wrong.\n", "utf-8")
        counts = watcher(ledger, folder)[0].run()
        assert (counts.corrections, counts.forecasts) == (1, 1)
        last = forecasts(ledger)[-1]
        assert last.content["statement"]["state"]["pressure"] == "none"
        assert [row["part"] for row in last.content["why"]["moved"]][:2] == ["state.pressure", "state.offer"]
        (folder / "2.md").write_text(fake.WAVERING.replace("Several generals defected", "Nobody defected"), "utf-8")
        counts = watcher(ledger, folder)[0].run()
        assert (counts.corrections, counts.forecasts) == (1, 1)


def test_an_old_report_that_comes_late_does_not_turn_back_the_day(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l")
    with ledger:
        watcher(ledger, folder)[0].run()
        (folder / "9.md").write_text(fake.ULTIMATUM.replace("11-21", "09-02").replace("telephoned", "rang"), "utf-8")
        run = watcher(ledger, folder)[0].run()
        assert run.reports == 1
        days = [e.as_of for e in forecasts(ledger)]
        assert days == sorted(days)


def test_a_case_taken_off_while_watched_is_one_line_and_the_rest_goes_on(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l", "Venezuela", "Belarus")
    (folder / "0.md").write_text(
        fake.report("Minsk", "2025-11-01", "The United States demanded that Alexander Lukashenko of Belarus resign."),
        "utf-8",
    )
    with ledger:

        def play(case, settings):
            if case.ruler.country == "VEN":  # somebody removes it just now
                with Ledger(str(tmp_path / "l")) as other:
                    if any(one.key.startswith("ven") for one in cases.listed(other)):
                        cases.remove(other, "ven")
            return fake.play(case, settings)

        run, lines = watcher(ledger, folder, play=play)
        assert run.run().forecasts == 1
        assert lines.has("ven-nicolas-maduro: no longer watched; report 2 changes nothing")
        assert [e.case for e in forecasts(ledger)][2:] == ["blr-alexander-lukashenko"]
        assert step.pending(ledger) == []
        assert verify(ledger).good


def test_a_case_put_on_the_watch_again_starts_anew(tmp_path: Path, folder: Path):
    ledger, (first,) = fake.watching(tmp_path / "l")
    with ledger:
        watcher(ledger, folder)[0].run()
        cases.remove(ledger, first.key)
        again = cases.add(ledger, fake.case("2025-12-01"), cases.Settings())
        step.first(ledger, again, play=fake.play)
        (folder / "7.md").write_text(fake.WAVERING.replace("generals", "colonels").replace("11-25", "12-02"), "utf-8")
        watcher(ledger, folder)[0].run()
        assert len(forecasts(ledger)[-1].content["reports"]) <= 1


def test_a_game_that_does_not_converge_is_one_line_and_is_tried_again(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l")
    failing = True

    def play(case, settings):
        if failing and case.state.pressure == "ultimatum":
            raise NotConvergedError("residual 1e-3 above 1e-8")
        return fake.play(case, settings)

    with ledger:
        run, lines = watcher(ledger, folder, play=play)
        assert run.run().forecasts == 0
        assert lines.has("report 1: residual 1e-3")
        assert len(step.pending(ledger)) == 3
        failing = False
        assert watcher(ledger, folder, play=play)[0].run().forecasts == 3


def test_where_few_draws_do_not_converge_a_finer_grid_and_more_draws_are_played(monkeypatch: pytest.MonkeyPatch):
    from offramp.exitgame import api

    asked = []

    def play(case, **options):
        asked.append((options["draws"], options["nodes"]))
        raise NotConvergedError("no fixed point")

    monkeypatch.setattr(api, "play", play)
    with pytest.raises(NotConvergedError):
        step.forecast(fake.case(), cases.Settings(draws=16))
    assert asked == [(16, 21), (16, 41), (64, 21)]


def test_bad_sources_are_one_line_each_and_the_rest_goes_on(tmp_path: Path, folder: Path):
    (tmp_path / "not.xml").write_text("this is no feed", "utf-8")
    with (tmp_path / "huge.xml").open("wb") as stream:
        stream.truncate(100_000_000)
    lines_in = io.BytesIO(b"{bad\n" + json.dumps({"text": fake.LOYAL, "id": "x"}).encode() + b"\n")
    ledger, _ = fake.watching(tmp_path / "l")
    with ledger:
        run, lines = watcher(ledger, tmp_path / "not.xml", tmp_path / "huge.xml", "-", folder, stdin=lines_in)
        counts = run.run()
        assert counts.problems == 3
        assert counts.forecasts == 3
        assert lines.has("not.xml: no feed")
        assert lines.has("huge.xml: a feed of 100,000,000 bytes")
        assert lines.has("standard input:1: not JSON")


def test_a_locked_ledger_is_one_line_and_nothing_is_lost(tmp_path: Path, folder: Path):
    path = tmp_path / "l"
    ledger, _ = fake.watching(path)
    with ledger:
        ledger.patience = 0.1
        run, lines = watcher(ledger, folder)
        run.desk = Desk(ledger)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        run.round()
        assert lines.has("tried again later")
        assert run.counts.reports == 0
        holder.execute("COMMIT")
        holder.close()
        run.round()
        assert (run.counts.reports, run.counts.forecasts) == (4, 3)


def test_a_full_disk_is_one_line_and_nothing_is_lost(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l")
    with ledger:
        write, full = ledger.write, True

        def limited(work):
            def inner(connection):
                if full:
                    pages = connection.execute(sa.text("PRAGMA page_count")).scalar()
                    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
                return work(connection)

            return write(inner)

        ledger.write = limited  # type: ignore[method-assign]
        run, lines = watcher(ledger, folder)
        run.round()
        assert lines.has("the disk is full")
        assert len(forecasts(ledger)) < 4
        full = False
        run.round()
        assert len(forecasts(ledger)) == 4
        assert verify(ledger).good


def test_two_watchers_on_one_ledger(address: str, folder: Path):
    for number in range(12):
        (folder / f"n{number}.md").write_text(
            fake.report(f"Note {number}", f"2025-12-{number + 1:02d}",
                        f"The United States threatened Venezuela in note {number}. {filler(number)}"),
            "utf-8",
        )  # fmt: skip
    ledger, _ = fake.watching(address)
    second = Ledger(address)
    with ledger, second:
        runs = [watcher(ledger, folder)[0], watcher(second, folder)[0]]
        threads = [threading.Thread(target=run.run) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        watcher(ledger, folder)[0].run()
        assert sum(run.counts.reports for run in runs) == 16
        caused = [e.content["why"].get("desk") for e in forecasts(ledger)[1:]]
        assert len(caused) == len(set(caused))
        count = sa.select(sa.func.count()).select_from(reports)
        assert ledger.read(lambda c: c.execute(count).scalar()) == 16
        assert step.pending(ledger) == []
        assert verify(ledger).good


def test_a_change_above_the_threshold_raises_one_alert_for_each_receiver(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l", threshold=0.05)
    with ledger:
        receivers = [outbox.Receiver("terminal"), outbox.Receiver.webhook("http://127.0.0.1:9/hook")]
        run, lines = watcher(ledger, folder, receivers=receivers)
        counts = run.run()
        alerted = [e.n for e in forecasts(ledger) if e.content.get("why", {}).get("alert")]
        assert counts.alerts == len(alerted) >= 1
        assert alerted[0] == 2  # the ultimatum
        assert sum("ALERT" in line for line in lines) == len(alerted)
        assert lines.has("webhook at 127.0.0.1: the alert of entry 2 is not delivered")
        assert outbox.waiting(ledger) == len(alerted)
        assert status(ledger).waiting == len(alerted)


def test_slow_drift_raises_an_alert_in_the_end(tmp_path: Path, folder: Path):
    """Changes are measured since the last alert, not since the last forecast."""
    ledger, (case,) = fake.watching(tmp_path / "l", threshold=0.02)
    level = 0.5

    def play(found, settings):
        nonlocal level
        level += 0.012 if found.as_of > dt.date(2025, 9, 1) else 0.0
        sure = found.assessments.army_loyalty.model_copy(update={"low": 0.01, "central": 1 - level * 0.5, "high": 0.99})
        moved = found.model_copy(deep=True)
        moved.assessments.army_loyalty = sure
        return fake.play(moved, settings)

    for name in TEXTS:
        (folder / name).unlink()
    for number in range(12):
        text = f"The United States threatened Venezuela in its note {number}. {filler(number)}"
        (folder / f"{number:02d}.md").write_text(fake.report(f"N{number}", f"2025-10-{number + 1:02d}", text), "utf-8")
    with ledger:
        step.first(ledger, case, play=play)
        run, _ = watcher(ledger, folder, play=play)
        counts = run.run()
        if counts.forecasts < 8:
            pytest.fail(f"only {counts.forecasts} reports bore on the case")
        assert 1 <= counts.alerts < counts.forecasts


def test_a_clock_that_jumps_neither_stops_the_watch_nor_breaks_the_ledger(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    times = iter(f"{year}-01-01T00:00:00.000Z" for year in range(2900, 1900, -1))
    from offramp.watch import cases as cases_room
    from offramp.watch import desk as desk_room

    for room in (entries, desk_room, cases_room, outbox):
        monkeypatch.setattr(room, "now", lambda: next(times))
    ledger, _ = fake.watching(tmp_path / "l")
    with ledger:
        counts = watcher(ledger, folder)[0].run()
        assert counts.forecasts == 3
        proof = verify(ledger)
        assert proof.good
        assert any("clock" in note for note in proof.notes)


def test_rounds_go_on_until_stopped_and_see_new_reports(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l")
    stop = threading.Event()
    with ledger:
        run, lines = watcher(ledger, folder)

        def later() -> None:
            while run.counts.forecasts < 3 and not stop.wait(0.02):
                pass
            (folder / "8.md").write_text(fake.WAVERING.replace("generals", "captains").replace("25", "30"), "utf-8")
            while not lines.has("8.md") and run.counts.reports < 5 and not stop.wait(0.02):
                pass
            stop.set()

        threading.Thread(target=later).start()
        threading.Timer(20, stop.set).start()
        run.run(0.05, stop=stop)
        assert run.counts.reports == 5


def test_the_status_shows_every_case_and_how_it_moved(tmp_path: Path, folder: Path):
    ledger, _ = fake.watching(tmp_path / "l", "Venezuela", "Belarus")
    with ledger:
        watcher(ledger, folder)[0].run()
        found = {row.key: row for row in status(ledger).cases}
        mine = found["ven-nicolas-maduro"]
        assert (mine.reports, mine.forecasts, mine.pending, mine.as_of) == (3, 4, 0, "2025-11-28")
        assert mine.out_path[0] < mine.out_path[1]
        assert len(sparkline(mine.out_path)) == 4
        assert found["blr-alexander-lukashenko"].forecasts == 1


def test_sparklines():
    assert sparkline([]) == ""
    assert sparkline([0.0, 1.0]) == "▁█"
    assert sparkline([0.01, 0.01]) == "▁▁"  # small chances look small
