"""Items in, Parquet parts out: cut, spread, kept, and gone on with. See `run`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from offramp.cluster.connect import ClusterError
from offramp.cluster.folder import Folder
from offramp.cluster.spreading import Done, spread
from offramp.errors import OfframpError

if TYPE_CHECKING:
    import polars as pl
    from distributed import Client

T = TypeVar("T")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part.

    Attributes:
        number: Its number, from 0.
        file: Its Parquet file.
        first: Number of its first item.
        items: How many items it has.
        rows: Rows in the file.
        failed: Items that gave an error row.
        again: Whether an earlier run had made it.
    """

    number: int
    file: Path
    first: int
    items: int
    rows: int
    failed: int
    again: bool


def run(
    client: Client | None,
    task: Callable[[Sequence[T]], pl.DataFrame | Sequence[Mapping[str, Any]]],
    items: Sequence[T],
    *,
    out: Path,
    schema: Mapping[str, Any],
    command: str,
    arguments: Mapping[str, Any],
    part_size: int | None = None,
    failed: Callable[[T, str], Mapping[str, Any]] | None = None,
    progress: Progress | None = None,
) -> Iterator[Part]:
    """Computes rows for items, part by part, into a folder of Parquet files; goes on where an earlier run stopped.

    Args:
        client: What `open` gave; None computes in this process, by the same code.
        task: Given the items of a part, gives their rows, any number of them: a frame, or dictionaries.
        items: Cut into runs of `part_size`; a `range` of numbers that the task knows how to read is the lightest.
        out: The folder; `table(out)` reads it.
        schema: Columns of the rows and their Polars types; columns that a row lacks are empty.
        command: What makes the parts, as `offramp read`.
        arguments: Everything that the rows depend on, of kinds that JSON has, a digest of the items among them. Only
            a run with the same arguments goes on in the same folder.
        part_size: Items of a part; by default some 1,000 parts, or what the folder has. Take what a worker does in
            some seconds.
        failed: Makes the row of an item whose computation raised, or took its workers down, from the item and the
            reason in a line. Without it such an item ends the run.
        progress: Called with items done and items in all.

    Yields:
        Every part once: those of an earlier run first, then each as it is finished and safe on disk.

    Raises:
        InputError: The folder is not empty and is not of the same arguments (the message names the difference).
        ClusterError: A part failed without `failed`, or the cluster went away. What was finished is kept.
    """
    columns = dict(schema)
    told = {**arguments, "columns": {name: str(kind) for name, kind in columns.items()}}
    with Folder(out, command=command, arguments=told, items=len(items), part_size=part_size) as folder:
        done = 0
        say = progress or (lambda *_: None)
        for entry in folder.done:
            done += entry["items"]
            yield _part(folder, entry, again=True)
        say(done, len(items))
        for made in _entries(client, _Encoded(task, columns), items, folder, failed):
            done += made["items"]
            say(done, len(items))
            yield _part(folder, made, again=False)


def _part(folder: Folder, entry: Mapping[str, Any], *, again: bool) -> Part:
    file = folder.path / entry["file"]
    return Part(entry["part"], file, entry["first"], entry["items"], entry["rows"], entry["failed"], again)


def _entries(
    client: Client | None, task: _Encoded[T], items: Sequence[T], folder: Folder,
    failed: Callable[[T, str], Mapping[str, Any]] | None,
) -> Iterator[Mapping[str, Any]]:  # fmt: skip
    """Entries of the parts that are still to do, each once its file is written."""
    todo = folder.todo()
    if not todo:  # a task may be dear to send
        return
    broken: list[int] = []
    cut = (items[slice(*folder.span(number))] for number in todo)
    for one in spread(client, task, cut, confirm=failed is None):
        number = todo[one.number]
        if one.result is None:
            if failed is None:
                _fail(folder, number, one.error)
            broken.append(number)
            continue
        content, rows = one.result
        yield folder.keep(number, content, rows=rows, failed=0, **_about(one))
    for number in broken:  # item by item, so that one bad item costs only its own row
        assert failed is not None
        first, end = folder.span(number)
        frames, bad, last = [], 0, None
        singly = (items[place : place + 1] for place in range(first, end))
        for last in spread(client, task, singly, ordered=True, window=1):
            if last.result is None:
                bad += 1
                frames.append(_frame([failed(items[first + last.number], _reason(last.error))], task.schema))
            else:
                frames.append(_decoded(last.result[0]))
        content, rows = _encode(_together(frames))
        yield folder.keep(number, content, rows=rows, failed=bad, **(_about(last) if last else {}))


def _about(one: Done[Any, Any]) -> dict[str, Any]:
    return {"worker": one.worker, "seconds": round(one.seconds, 3), "peak_mib": round(one.peak)}


def _fail(folder: Folder, number: int, error: Exception | None) -> NoReturn:
    first, end = folder.span(number)
    if isinstance(error, OfframpError) and not isinstance(error, ClusterError):
        raise error
    raise ClusterError(
        f"part {number}, items {first} to {end - 1}: {_reason(error)}. Finished parts are kept in {folder.path}."
    ) from error


def _reason(error: Exception | None) -> str:
    """Why an item failed, on one line."""
    text = " ".join(str(error).split())
    if isinstance(error, ClusterError):
        text = text.partition(": ")[2] or text
    return text if isinstance(error, OfframpError) else f"{type(error).__name__}: {text}"


class _Encoded(Generic[T]):
    """A task whose rows come as the bytes of a Parquet file: compressed where they were computed."""

    def __init__(self, task: Callable[[Sequence[T]], Any], schema: Mapping[str, Any]) -> None:
        self.task = task
        self.schema = dict(schema)

    def __call__(self, items: Sequence[T]) -> tuple[bytes, int]:
        return _encode(_frame(self.task(items), self.schema))


def _frame(rows: Any, schema: dict[str, Any]) -> pl.DataFrame:
    import polars as pl

    if isinstance(rows, pl.DataFrame):
        missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in rows.columns]
        return rows.with_columns(missing).select(list(schema)).cast(pl.Schema(schema))
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _encode(frame: pl.DataFrame) -> tuple[bytes, int]:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue(), frame.height


def _decoded(content: bytes) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(io.BytesIO(content))


def _together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    return pl.concat(frames)
