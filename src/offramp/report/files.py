"""The folder of a brief: written whole or not at all.

Everything is written into a hidden folder beside the target and renamed when complete, so an interrupt or a crash at
any moment leaves either the old brief or the new one. With `force` an existing folder is replaced only if it holds a
brief (or nothing): a wrong `--out` never costs somebody's files.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.report import html

NAMES = ("brief.html", "brief.json", "case.yaml")


def default_folder(brief: Brief) -> Path:
    """A folder named after the case, in the current directory."""
    plain = unicodedata.normalize("NFKD", brief.case.name).encode("ascii", "ignore").decode().lower()
    return Path(re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "brief")


def check_target(target: Path, *, force: bool) -> None:
    """Raises `InputError` if a brief could not be written to `target`: it exists and `force` is not given, it is a
    file, it holds something else than a brief, or the folder above it is missing."""
    if not target.parent.exists():
        raise InputError(f"--out {target}: the folder {target.parent} does not exist; make it first.")
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"--out {target}: that is a file; name a folder.")
    held = sorted(path.name for path in target.iterdir())
    if not held:
        return
    others = [name for name in held if name not in NAMES]
    if others:
        raise InputError(
            f"--out {target}: the folder holds other files ({', '.join(others[:3])}); name another, it is not touched."
        )
    if not force:
        raise InputError(
            f"--out {target}: a brief is there already; give --force to replace it, or name another folder."
        )


def write(brief: Brief, target: Path, *, force: bool, case_text: str) -> dict[str, Path]:
    """Writes brief.html, brief.json and case.yaml; returns their paths by name.

    Raises:
        InputError: As `check_target`, or when the file system refuses.
    """
    check_target(target, force=force)
    texts = {
        "brief.html": html.render(brief),
        "brief.json": brief.model_dump_json(by_alias=True, indent=1),
        "case.yaml": case_text,
    }
    try:
        _put(target, texts)
    except OSError as error:
        raise InputError(f"{target}: cannot write the brief: {error.strerror or error}.") from error
    return {name: target / name for name in NAMES}


def _put(target: Path, texts: dict[str, str]) -> None:
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for name, text in texts.items():
            (fresh / name).write_text(text, encoding="utf-8")
        fresh.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            os.replace(target, old)  # noqa: PTH105 - a folder onto an empty folder, in one step
            try:
                fresh.rename(target)
            except BaseException:
                old.rename(target)
                raise
            shutil.rmtree(old)
        else:
            fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
