"""Parts, their manifest, going on, refusing, and rows for items that fail: in one process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cluster import tasks
from offramp import cluster
from offramp.errors import InputError

SCHEMA = {"n": pl.Int64, "square": pl.Int64, "error": pl.String}


def go(out: Path, task: Any = tasks.squares, items: Sequence[int] = range(95), **changes: Any) -> list[cluster.Part]:
    given: dict[str, Any] = {"schema": SCHEMA, "command": "a test", "arguments": {"power": 2}, "part_size": 10}
    return list(cluster.run(None, task, items, out=out, **{**given, **changes}))


def failed(item: int, why: str) -> dict[str, Any]:
    return {"n": item, "error": why}


def squares(numbers: Sequence[int]) -> pl.DataFrame:
    return pl.DataFrame({"n": list(numbers), "square": [n * n for n in numbers], "error": None}, schema=SCHEMA)


def test_parts_hold_every_item_once_and_in_order(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    parts = go(tmp_path, progress=lambda done, total: told.append((done, total)))
    size = [10] * 9 + [5]
    assert [(p.number, p.first, p.items, p.rows) for p in parts] == [(n, 10 * n, size[n], size[n]) for n in range(10)]
    assert told == [(0, 95), *((min(10 * n, 95), 95) for n in range(1, 11))]
    assert cluster.table(tmp_path).collect().equals(squares(range(95)))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".lock",
        "manifest.json",
        *(f"part-{n:06d}.parquet" for n in range(10)),
    ]
    found = cluster.manifest(tmp_path)
    assert (found["schema"], found["command"], found["finished"], found["rows"]) == (1, "a test", True, 95)
    assert found["arguments"]["power"] == 2


@pytest.mark.parametrize(("items", "parts"), [(0, 0), (1, 1), (1000, 1000), (1001, 501), (20_000_000, 2000)])
def test_parts_by_default_are_some_thousand(tmp_path: Path, items: int, parts: int) -> None:
    with cluster.Folder(tmp_path, command="a test", arguments={}, items=items) as folder:
        assert folder.parts == parts
        spans = [folder.span(number) for number in range(folder.parts)]
    assert all(one[1] == two[0] for one, two in pairwise(spans))
    assert not spans or (spans[0][0], spans[-1][1]) == (0, items)


def test_any_number_of_rows_an_item_and_columns_that_a_row_lacks(tmp_path: Path) -> None:
    go(tmp_path / "rows", lambda items: [{"n": n} for n in items for _ in range(n % 3)], range(9), part_size=2)
    found = cluster.table(tmp_path / "rows").collect()
    assert found["n"].to_list() == [1, 2, 2, 4, 5, 5, 7, 8, 8]
    assert found.schema == SCHEMA
    go(tmp_path / "frame", lambda items: pl.DataFrame({"n": list(items), "other": "x"}), range(4), part_size=2)
    assert (
        cluster.table(tmp_path / "frame")
        .collect()
        .equals(squares(range(4)).with_columns(square=pl.lit(None, pl.Int64)))
    )


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    for part in cluster.run(None, tasks.squares, range(95), out=tmp_path, schema=SCHEMA, command="a test",
                            arguments={"power": 2}, part_size=10):  # fmt: skip
        if part.number == 3:
            break
    assert not cluster.manifest(tmp_path)["finished"]
    assert cluster.table(tmp_path).collect().equals(squares(range(40)))
    (tmp_path / "part-000001.parquet").write_bytes(b"torn")
    (tmp_path / "part-000002.parquet").unlink()
    (tmp_path / "part-000007.parquet").write_bytes(b"never entered in the manifest")
    asked: list[int] = []

    def noted(items: Sequence[int]) -> list[dict[str, Any]]:
        asked.append(items[0])
        return tasks.squares(items)

    parts = go(tmp_path, noted, part_size=None)
    assert [p.number for p in parts if p.again] == [0, 3]
    assert asked == [10, 20, 40, 50, 60, 70, 80, 90]
    assert cluster.table(tmp_path).collect().equals(squares(range(95)))
    asked.clear()
    assert all(p.again for p in go(tmp_path, noted))
    assert asked == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arguments": {"power": 3}}, "power: then 2, now 3"),
        ({"arguments": {"power": 2, "fast": True}}, "fast: then null, now true"),
        ({"arguments": {}}, "power: then 2, now null"),
        ({"command": "another"}, "command: then a test, now another"),
        ({"items": range(96)}, "items: then 95, now 96"),
        ({"part_size": 7}, "part size: then 10, now 7"),
        ({"schema": {"n": pl.Int64}}, "columns: then .* now"),
    ],
)
def test_other_arguments_are_refused_and_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    go(tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(InputError, match=f"holds the results of another run; .*{said}.*Choose another folder"):
        go(tmp_path, **changes)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path)
    monkeypatch.setattr("offramp.cluster.folder.__version__", "9.9.9")
    with pytest.raises(InputError, match=r"offramp: then .*, now 9\.9\.9"):
        go(tmp_path)


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(InputError, match=r"holds 'diary.txt' and no manifest.json"):
        go(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="no manifest of a run"):
        go(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": 99, "done": []}))
    with pytest.raises(InputError, match="no manifest of version 1"):
        go(tmp_path)
    assert (tmp_path / "diary.txt").read_text() == "dear diary"
    with pytest.raises(InputError, match="no manifest of a run"):
        cluster.table(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be written"):
        go(tmp_path / "diary.txt" / "below")


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with (
        cluster.Folder(tmp_path, command="a test", arguments={}, items=1),
        pytest.raises(InputError, match="another process is writing there"),
    ):
        go(tmp_path)


def test_an_item_that_fails_gets_a_row_of_its_own_and_the_rest_of_its_part_is_kept(tmp_path: Path) -> None:
    parts = go(tmp_path, tasks.unlucky_squares, failed=failed)
    assert [(p.number, p.failed) for p in parts if p.failed] == [(1, 1)]
    found = cluster.table(tmp_path).collect()
    assert found["n"].to_list() == list(range(95))
    assert found.filter(pl.col("error").is_not_null()).rows() == [(13, None, "ValueError: thirteen")]


def test_without_a_row_for_failures_the_run_ends_and_keeps_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(
        cluster.ClusterError, match=r"part 1, items 10 to 19: ValueError: thirteen\. Finished parts are"
    ):
        go(tmp_path, tasks.unlucky_squares)
    assert cluster.table(tmp_path).collect().equals(squares(range(10)))
    assert [p.again for p in go(tmp_path)] == [True] + [False] * 9


def test_errors_of_offramp_come_through_as_they_are(tmp_path: Path) -> None:
    def refuse(items: Sequence[int]) -> list[dict[str, Any]]:
        raise InputError("no such scenario")

    with pytest.raises(InputError, match=r"^no such scenario$"):
        go(tmp_path, refuse)


def test_spread_gives_every_item_its_result_or_its_error() -> None:
    found = list(cluster.spread(None, partial(divmod, 12), [5, 0, 7]))
    assert [(d.number, d.item, d.result) for d in found] == [(0, 5, (2, 2)), (1, 0, None), (2, 7, (1, 5))]
    assert found[0].value() == (2, 2)
    with pytest.raises(cluster.ClusterError, match="item 1: ZeroDivisionError"):
        found[1].value()
