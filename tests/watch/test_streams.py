"""Three ended standoffs as streams of reports: the forecast moves as a referee would expect, and nothing knows the end.

The short form plays two turning points of each stream; `make soak` runs every report through `watch` with the game.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path

import pytest

from offramp.catalogue.standoffs import load
from offramp.exitgame.anchor_b_build import rows_counted
from offramp.forecast.record import case_key, replay
from offramp.ledger import entries
from offramp.ledger.judge import judge
from offramp.ledger.store import Ledger
from offramp.ledger.verify import verify
from offramp.reading.evidence import Evidence
from offramp.reading.reader import read_reports
from offramp.watch import step
from offramp.watch.cases import Settings
from offramp.watch.desk import countries
from offramp.watch.standing import Told, stand

BENCHMARK = Path(__file__).parents[2] / "benchmarks/streams.py"
SHORT = {
    "venezuela-2025": [("2025-11-21", "negotiated"), ("2025-12-10", "foreign")],
    "yemen-2011": [("2011-03-21", "coup"), ("2011-04-21", "negotiated")],
    "libya-2011": [("2011-02-26", "out"), ("2011-03-10", "coup")],
}


def _load():
    spec = importlib.util.spec_from_file_location("streams", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["streams"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


streams = _load()
STREAMS = {stream.name: stream for stream in streams.streams()}


@pytest.fixture(scope="module")
def read() -> dict[str, list[tuple[dt.date, Evidence]]]:
    """Every report of every stream as it is read."""
    found: dict[str, list[tuple[dt.date, Evidence]]] = {}
    for stream in STREAMS.values():
        for path in stream.reports:
            reading = read_reports([path])
            assert reading.reports[0].date is not None
            found.setdefault(stream.name, []).append((reading.reports[0].date, reading.evidence))
    return found


@pytest.mark.parametrize("name", STREAMS)
def test_each_stream_has_twenty_five_dated_reports_before_the_end(name: str, read):
    stream = STREAMS[name]
    days = [day for day, _ in read[name]]
    assert len(days) >= 25
    assert days == sorted(days)
    assert [path.name[:10] for path in stream.reports] == [day.isoformat() for day in days]
    assert stream.case.as_of <= days[0]
    assert days[-1] < stream.exit
    bearing = sum(stream.case.ruler.country in countries(evidence) for _, evidence in read[name])
    assert bearing >= 0.8 * len(days)
    assert {point["report"] for point in stream.turning_points} <= {day.isoformat() for day in days}


@pytest.mark.parametrize("name", STREAMS)
def test_nothing_in_the_priors_knows_the_ending(name: str):
    stream = STREAMS[name]
    country = stream.case.ruler.country
    assert [row.id for row in rows_counted() if row.country == country and row.exit_date is not None] == []
    from offramp.exitgame import rates

    whole = rates.negotiated_given_mode()
    with streams.without(country):
        rest = rates.negotiated_given_mode()
        own = [row for row in load() if row.country == country and row.exit_date is not None]
        assert sum(share.n for share in whole.values()) - sum(share.n for share in rest.values()) == len(
            {row.exit_date for row in own if row.archigos_mode in {str(mode) for mode in whole}}
        )
    assert rates.negotiated_given_mode() == whole


@pytest.mark.parametrize(("name", "day", "outcome"), [(n, *point) for n, points in SHORT.items() for point in points])
def test_the_forecast_moves_as_a_referee_would_expect(name: str, day: str, outcome: str, read):
    stream, at = STREAMS[name], dt.date.fromisoformat(day)
    (point,) = (p for p in stream.turning_points if p["report"] == day and p["outcome"] == outcome)
    chances = []
    with streams.without(stream.case.ruler.country):
        for told in (
            [Told(d, e) for d, e in read[name] if d < at],
            [Told(d, e) for d, e in read[name] if d <= at],
        ):
            found = step.forecast(stand(stream.case, told, told[-1].day), Settings(draws=16, months=12))
            series = found.forecast.outcomes["in_office" if outcome == "out" else outcome].mean[-1]
            assert series is not None
            chances.append(1 - series if outcome == "out" else series)
    before, after = chances
    assert (after / before - 1 if point["moves"] == "up" else 1 - after / before) >= streams.LEAST, chances


@pytest.mark.soak
@pytest.mark.parametrize("name", STREAMS)
def test_the_whole_stream_through_watch(name: str, tmp_path: Path):
    stream = STREAMS[name]
    with Ledger(str(tmp_path / "l")) as ledger:
        streams.run(stream, ledger, Settings(), lambda line: None)
        path = ledger.read(lambda c: entries.select(c, kind="forecast", case=case_key(stream.case)))
        assert len(path) >= 25
        missed = [point for point, _, _, good in streams.judged(stream, path) if not good]
        assert missed == []
        assert verify(ledger).good
        with streams.without(stream.case.ruler.country):
            assert replay(ledger, path[-1].n).same
        found = judge(ledger)
        assert found.forecasts >= 25
        assert {mean.lens for mean in found.overall} == {"game", "history", "structural"}
