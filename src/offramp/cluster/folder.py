"""The folder that a long run fills: Parquet parts, and a manifest that says what they are and which are there.

A part is written under a temporary name and renamed, and counts once the manifest names it; so a run that was killed
leaves whole parts and a manifest, and the next one computes what the manifest does not name. `manifest.json` is written
at most once a second, and at the end.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from offramp import __version__
from offramp.cluster.connect import ClusterError
from offramp.errors import InputError

if TYPE_CHECKING:
    import polars as pl

SCHEMA: Final = 1
"""Version of the manifest."""
NAME: Final = "manifest.json"
LOCK: Final = ".lock"
SAVE_S: Final = 1.0


class Folder:
    """A folder of parts, open for one run. Use as a context manager.

    Args:
        path: Made if missing; else it must be empty, or hold parts of the same run.
        command: What makes the parts, as `offramp read`.
        arguments: Everything that the parts depend on, of kinds that JSON has. Another run over the same folder must
            give the same.
        items: How many items there are.
        part_size: Items of a part; None takes what the folder has, or else some 1,000 parts.

    Raises:
        InputError: The folder holds something else, or parts of other arguments (the message says which), or another
            process is writing there.
    """

    def __init__(
        self, path: Path, *, command: str, arguments: Mapping[str, Any], items: int, part_size: int | None = None
    ) -> None:
        if part_size is not None and part_size < 1:
            raise InputError(f"parts of {part_size} items: expected 1 or more.")
        self.path = path
        self._lock: TextIO | None = None
        self._saved = 0.0
        self._asked = part_size
        self._head: dict[str, Any] = {
            "schema": SCHEMA, "command": command, "offramp": __version__, "items": items,
            "arguments": json.loads(json.dumps(dict(arguments), sort_keys=True, default=str)),
        }  # fmt: skip
        self._done: dict[int, dict[str, Any]] = {}
        self.part_size = part_size or min(10_000, max(1, -(-items // 1000)))

    def __enter__(self) -> Folder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._take()
            before = self._before()
        except OSError as error:
            self._release()
            raise InputError(f"{self.path}: cannot be written ({error.strerror or error}).") from None
        except BaseException:
            self._release()
            raise
        if before is not None:
            self.part_size = int(before["part_size"])
            self._done = {entry["part"]: entry for entry in before["done"] if self._whole(entry)}
        self._head |= {"part_size": self.part_size, "parts": self.parts}
        self._head["digest"] = hashlib.sha256(json.dumps(self._head, sort_keys=True).encode()).hexdigest()
        self.save()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.save()
        finally:
            self._release()

    @property
    def parts(self) -> int:
        """How many parts there are in all."""
        return -(-int(self._head["items"]) // self.part_size)

    @property
    def done(self) -> list[dict[str, Any]]:
        """Entries of the finished parts, by number."""
        return [self._done[number] for number in sorted(self._done)]

    def span(self, number: int) -> tuple[int, int]:
        """First item of a part, and the one after its last."""
        return number * self.part_size, min((number + 1) * self.part_size, int(self._head["items"]))

    def todo(self) -> list[int]:
        """Numbers of the parts that are not there yet."""
        return [number for number in range(self.parts) if number not in self._done]

    def keep(self, number: int, content: bytes, *, rows: int, **told: Any) -> dict[str, Any]:
        """Writes a part whole or not at all, and enters it in the manifest. Raises `ClusterError` on a full disk."""
        file = self.path / f"part-{number:06d}.parquet"
        first, end = self.span(number)
        try:
            _replace(file, content)
        except OSError as error:
            raise ClusterError(f"{file}: cannot be written ({error.strerror or error}); run again to go on.") from None
        entry = {"part": number, "file": file.name, "first": first, "items": end - first, "rows": rows,
                 "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), **told}  # fmt: skip
        self._done[number] = entry
        if time.monotonic() - self._saved > SAVE_S:
            self.save()
        return entry

    def save(self) -> None:
        """Writes the manifest."""
        done = self.done
        finished = len(done) == self.parts
        document = self._head | {"finished": finished, "rows": sum(entry["rows"] for entry in done)}
        lines = ",\n".join(json.dumps(entry) for entry in done)
        text = json.dumps(document | {"done": "@"}, indent=1).replace('"@"', f"[\n{lines}\n]" if done else "[]")
        try:
            _replace(self.path / NAME, text.encode())
        except OSError as error:
            raise ClusterError(f"{self.path / NAME}: cannot be written ({error.strerror or error}).") from None
        self._saved = time.monotonic()

    def _take(self) -> None:
        lock = (self.path / LOCK).open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise InputError(f"{self.path}: another process is writing there; wait for it, or end it.") from None
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()  # and with it goes the lock
            self._lock = None

    def _before(self) -> dict[str, Any] | None:
        """The manifest of an earlier run with the same arguments."""
        if not (self.path / NAME).exists():
            others = sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("."))
            if others:
                raise InputError(f"{self.path}: holds {others[0]!r} and no {NAME}; choose another folder.")
            return None
        before = manifest(self.path)
        head = self._head | ({"part_size": self._asked} if self._asked else {})
        differing = list(_differences(before, head))
        if differing:
            raise InputError(
                f"{self.path}: holds the results of another run; " + "; ".join(differing[:4]) + ". Choose another "
                "folder, or delete this one."
            )
        return before

    def _whole(self, entry: dict[str, Any]) -> bool:
        """Whether a part is as the manifest says; one that is not is computed again."""
        with suppress(OSError):
            found = hashlib.sha256((self.path / entry["file"]).read_bytes()).hexdigest()
            return found == str(entry["sha256"])
        return False


def manifest(path: Path) -> dict[str, Any]:
    """What the manifest of a folder says. Raises `InputError` where there is none, or none that can be read."""
    file = path / NAME
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no manifest of a run ({' '.join(str(error).split())[:120]}).") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not isinstance(found.get("done"), list):
        raise InputError(f"{file}: no manifest of version {SCHEMA}; it was written by something else.")
    return found


def table(path: Path) -> pl.LazyFrame:
    """All rows of the parts that the manifest names, in the order of the items.

    Raises:
        InputError: There is no manifest, or no part yet.
    """
    import polars as pl

    done = manifest(path)["done"]
    if not done:
        raise InputError(f"{path}: no part is finished yet.")
    files = [path / entry["file"] for entry in sorted(done, key=lambda entry: int(entry["part"]))]
    return pl.scan_parquet(files, glob=False)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = [
        f"{name.replace('_', ' ')}: then {before.get(name)}, now {now[name]}"
        for name in ("command", "offramp", "items", "part_size")
        if name in now and before.get(name) != now[name]
    ]
    then = before.get("arguments", {})
    for name in sorted({*then, *now["arguments"]}):
        old, new = then.get(name), now["arguments"].get(name)
        if old != new:
            found.append(f"{name}: then {_short(old)}, now {_short(new)}")
    return found


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _replace(file: Path, content: bytes) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
