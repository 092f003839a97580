"""Reports read ahead on worker processes: the order, the ledger and the lines of one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offramp import cluster
from offramp.errors import InputError
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.watch.ahead import ahead
from offramp.watch.desk import Desk
from offramp.watch.runner import Watcher
from offramp.watch.sources import Bad, Found, Item, Source
from watch import fake

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
TEXTS = {
    "1.md": fake.ULTIMATUM,
    "2.md": fake.WAVERING,
    "3.md": fake.ULTIMATUM,  # told again
    "4.bin": "%PDF-1.7",
    "5.md": fake.LOYAL,
    "6.md": fake.OTHER,
}


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    with cluster.open("local:2") as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "reports"
    place.mkdir()
    for name, text in TEXTS.items():
        (place / name).write_text(text, "utf-8")
    return place


def watched(folder: Path, ledger: Path, client: Any) -> tuple[list[str], list[dict[str, Any]], Any]:
    store, _ = fake.watching(ledger)
    lines: list[str] = []
    with store:
        run = Watcher(store, [Source(str(folder))], (), lines.append, lines.append, play=fake.play, client=client)
        counts = run.run()
        made = store.read(lambda c: entries.select(c, kind="forecast"))
    return lines, [{k: v for k, v in e.content.items() if k != "made"} for e in made], counts


def test_everything_is_as_without_workers(two: Any, folder: Path, tmp_path: Path) -> None:
    here = watched(folder, tmp_path / "a.sqlite", None)
    there = watched(folder, tmp_path / "b.sqlite", two)
    assert there[0] == here[0]
    assert [e["as_of"] for e in there[1]] == [e["as_of"] for e in here[1]]
    assert [e["why"] for e in there[1]] == [e["why"] for e in here[1]]
    assert there[2] == here[2]
    assert (there[2].reports, there[2].duplicates, there[2].forecasts, there[2].problems) == (6, 1, 3, 1)
    assert any("4.bin" in line and "PDF" in line for line in there[0])


class Breaking(Source):
    """Gives two items and something bad, then cannot be read any further."""

    def items(self) -> Iterator[Found]:
        yield Item("one", "1", fake.LOYAL.encode())
        yield Bad("two", "is no report")
        yield Item("three", "3", fake.OTHER.encode())
        raise InputError("the feed broke off")


@pytest.mark.parametrize("spread", [True, False])
def test_what_came_before_a_break_is_handed_over(two: Any, folder: Path, tmp_path: Path, spread: bool) -> None:
    seen: list[tuple[str, bool]] = []
    with Ledger(str(tmp_path / "ledger.sqlite")) as store:
        waiting = ahead(two if spread else None, Breaking(str(folder)), Desk(store))
        with pytest.raises(InputError, match="the feed broke off"):
            seen.extend((found.source, ready is not None) for found, ready in waiting)
    assert seen == [("one", spread), ("two", False), ("three", spread)]


def test_what_was_not_handed_over_is_read_again(two: Any, folder: Path, tmp_path: Path) -> None:
    source = Source(str(folder))
    with Ledger(str(tmp_path / "ledger.sqlite")) as store:
        waiting = ahead(two, source, Desk(store))
        first, _ = next(waiting)
        waiting.close()
        rest = [found.source for found, _ in ahead(two, source, Desk(store))]
    assert first.source.endswith("1.md")
    assert [Path(name).name for name in rest] == list(TEXTS)[1:]
