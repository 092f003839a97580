"""The folder that a forecast is written to: `brief.html`, `brief.json` and `case.yaml`, all of them or none.

Files are written into a new folder beside the target, which takes the target's name only once it is complete; an
interruption leaves the target as it was. A folder that is there is replaced only when asked, and only when it holds
nothing but these three files: anything else in it is somebody's work.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from offramp.case.files import dump
from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.report import html

HTML, JSON, CASE = "brief.html", "brief.json", "case.yaml"
NAMES = (HTML, JSON, CASE)


def default_folder(brief: Brief) -> Path:
    """A folder named after the case, here: letters and digits in lower case, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", brief.case.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
    return Path(slug or "brief")


def check_target(out: Path, *, force: bool) -> None:
    """Whether `out` may be written to: ask before a long computation.

    Raises:
        InputError: If it is there and `force` is not given, is no folder, or holds files that are not ours.
    """
    target = _resolved(out)
    if not target.exists():
        above = next((folder for folder in target.parents if folder.exists()), None)
        if above is None or not above.is_dir() or not os.access(above, os.W_OK):
            raise InputError(f"{out}: cannot make a folder there: {above or target.parent} cannot be written to.")
        return
    if not target.is_dir():
        raise InputError(f"{out}: a file of this name is there; --out takes a folder.")
    if not force:
        raise InputError(f"{out}: the folder is there already; --force replaces a brief, --out DIR writes elsewhere.")
    try:
        held = sorted(entry.name for entry in target.iterdir())
    except OSError as error:
        raise InputError(f"{out}: cannot look into the folder: {error.strerror}.") from error
    foreign = [name for name in held if name not in NAMES or not (target / name).is_file()]
    if foreign:
        listed = ", ".join(foreign[:3]) + (", …" if len(foreign) > 3 else "")
        raise InputError(
            f"{out}: holds what offramp did not write ({listed}), so --force will not replace it. "
            "Move it away, or choose another folder with --out."
        )
    if held and not _ours(target):
        raise InputError(f"{out}: does not look like a brief ({JSON} is missing or not ours); choose another --out.")
    if not os.access(target.parent, os.W_OK):
        raise InputError(f"{out}: cannot be replaced: {target.parent} cannot be written to.")


def _resolved(out: Path) -> Path:
    try:
        return out.resolve()
    except (OSError, RuntimeError) as error:
        raise InputError(f"{out}: not a usable path: {error}.") from error


def _ours(folder: Path) -> bool:
    try:
        found = json.loads((folder / JSON).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"schema", "offramp", "forecast"} <= found.keys()


def write(brief: Brief, out: Path, force: bool = False, *, case_text: str | None = None) -> dict[str, Path]:
    """Write the three files into the folder `out`, whole or not at all.

    Args:
        brief: What is written.
        out: The folder; folders above it are made.
        force: Replace a brief that is there.
        case_text: The case file as text, where it is not simply the brief's case (overrides and comments kept apart).

    Returns:
        File name to path, in the order html, json, case.

    Raises:
        InputError: As `check_target`, or if the file system refuses.
    """
    check_target(out, force=force)
    contents = {
        HTML: html.render(brief),
        JSON: brief.model_dump_json(by_alias=True, indent=2) + "\n",
        CASE: dump(brief.case) if case_text is None else case_text,
    }
    target = _resolved(out)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _fresh(target) as folder:
            _fill(folder, contents)
            check_target(out, force=force)  # somebody may have written there meanwhile
            _swap(folder, target)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}.") from error
    return {name: out / name for name in NAMES}


@contextlib.contextmanager
def _fresh(target: Path) -> Iterator[Path]:
    """A new folder beside the target, gone afterwards unless it was moved."""
    folder = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, contents: Mapping[str, str]) -> None:
    for name, text in contents.items():
        with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _exchange(one: Path, other: Path) -> bool:
    """Two folders swapped in a single step, where the system can: Linux, on most file systems."""
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of <linux/fs.h>
    return bool(library.renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _swap(folder: Path, target: Path) -> None:
    """Give the finished folder the target's name; on any failure, and on Ctrl-C, the old one is put back."""
    if not target.exists():
        folder.rename(target)
        return
    if _exchange(folder, target):
        return  # what was there lies in `folder` now, which `_fresh` removes
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    try:
        target.rename(old)
        folder.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
