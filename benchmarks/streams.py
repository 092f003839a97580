"""Three ended standoffs as streams of reports, run through `watch` with the game: turning points, and the score page.

Nothing knows an ending: history's record ends in 2009, none of the three is among the rows that anchor B counts, and
the catalogue's share of negotiated exits is taken without the country at hand. Run:
.venv/bin/python benchmarks/streams.py [--draws 16] [--page scores.html]
Some 85 forecasts of two to three seconds each.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offramp.case.draft import template
from offramp.case.models import Case
from offramp.catalogue.standoffs import load
from offramp.exitgame import rates
from offramp.exitgame.anchor_b_build import rows_counted
from offramp.forecast import record
from offramp.ledger import entries
from offramp.ledger.judge import judge
from offramp.ledger.resolve import resolve
from offramp.ledger.store import Ledger
from offramp.ledger.verify import verify
from offramp.report.scores import render
from offramp.watch import cases, step
from offramp.watch.cases import Settings
from offramp.watch.runner import Watcher
from offramp.watch.sources import Source

LEAST = 0.005
"""A chance has moved when it did by this share of itself."""
FOLDER = Path(__file__).parents[1] / "examples/streams"


@dataclass(frozen=True)
class Stream:
    """One standoff: where its reports lie, how it began, how it ended, and what a referee expects on the way."""

    name: str
    case: Case
    outcome: str
    exit: dt.date
    source: str
    turning_points: list[dict[str, Any]]

    @property
    def reports(self) -> list[Path]:
        return sorted((FOLDER / self.name).glob("*.md"))


def streams() -> list[Stream]:
    found = []
    for name, row in tomllib.loads((FOLDER / "streams.toml").read_text("utf-8")).items():
        case = template(row["country"], row["coercer"], as_of=row["start"])
        found.append(Stream(name, case, row["outcome"], row["exit"], row["source"], row["turning_points"]))
    return found


@contextmanager
def without(country: str) -> Iterator[None]:
    """The game without what the catalogue says of a country's own exits."""
    assert country not in {row.country for row in rows_counted() if row.exit_date is not None}
    whole, rest = rates.negotiated_given_mode, [row for row in load() if row.country != country]
    rates.negotiated_given_mode = lambda: whole(rest)
    try:
        yield
    finally:
        rates.negotiated_given_mode = whole


def run(stream: Stream, ledger: Ledger, settings: Settings, say: Any) -> None:
    """The stream through `watch`, then its resolution."""
    with without(stream.case.ruler.country):
        watched = cases.add(ledger, stream.case, settings)
        step.first(ledger, watched)
        problems: list[str] = []
        Watcher(ledger, [Source(str(FOLDER / stream.name))], [], say, problems.append).run()
        assert problems == [], problems
    resolve(ledger, watched.key, stream.outcome, stream.exit, source=stream.source, by="streams.toml")


def chance(entry: entries.Entry, outcome: str) -> float:
    """Within twelve months."""
    told, place = record.means(entry), step.place_of(entry.content["months"])
    return 1 - float(told["in_office"][place] or 0) if outcome == "out" else float(told[outcome][place] or 0)


def judged(stream: Stream, path: list[entries.Entry]) -> list[tuple[dict[str, Any], float, float, bool]]:
    """Each turning point with the chance before and after, and whether it moved as expected."""
    found = []
    for point in stream.turning_points:
        day = dt.date.fromisoformat(point["report"])
        at = next(i for i, entry in enumerate(path) if i and entry.as_of == day)
        before, after = chance(path[at - 1], point["outcome"]), chance(path[at], point["outcome"])
        by = after / before - 1 if point["moves"] == "up" else 1 - after / before
        found.append((point, before, after, by >= LEAST))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--page", type=Path, help="write the score page here")
    parser.add_argument("--only", help="run this stream alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, Ledger(str(Path(place) / "ledger.sqlite")) as ledger:
        missed = 0
        for stream in streams():
            if chosen.only not in (None, stream.name):
                continue
            run(stream, ledger, Settings(draws=chosen.draws, months=24), lambda _: None)
            key = record.case_key(stream.case)
            path = ledger.read(lambda c, key=key: entries.select(c, kind="forecast", case=key))
            print(f"\n{stream.name}: {len(stream.reports)} reports, {len(path)} forecasts; ended {stream.outcome}")
            for entry in path:
                figures = " ".join(f"{name} {100 * chance(entry, name):5.1f}" for name in SHOWN)
                print(f"  {entry.as_of}  {figures}")
            for point, before, after, good in judged(stream, path):
                missed += not good
                print(
                    f"  {'met   ' if good else 'MISSED'} {point['report']} {point['outcome']} {point['moves']}: "
                    f"{100 * before:.1f} -> {100 * after:.1f} %, {point['why']}"
                )
        proof = verify(ledger)
        print(f"\nledger: {proof.count} entries, {'verified' if proof.good else 'NOT VERIFIED'}")
        found = judge(ledger)
        for row in found.overall:
            print(f"  {row.lens:8s} Brier {row.brier:.3f}  log {row.log:.3f}  ranked {row.rps:.3f}  all")
        for row in found.against:
            print(f"  {row.measure:10s} game less history {row.difference:+.3f}, skill {row.skill:+.2f}")
        for name, means in found.by_case.items():
            for row in means:
                print(f"  {name:24s} {row.lens:8s} Brier {row.brier:.3f}  log {row.log:.3f}  ranked {row.rps:.3f}")
        if chosen.page:
            chosen.page.write_text(render(found, "the streams of examples/streams"), "utf-8")
        print(f"turning points missed: {missed}")


SHOWN = ("out", "negotiated", "foreign", "coup", "uprising", "rebels")

if __name__ == "__main__":
    main()
