"""What a forecast was made with: code, libraries, machine, and the fitted models that came with the code.

`source` is a hash over every Python file that a number can depend on, so that two states of the code that carry one
version number are told apart; `models` is a hash for each data file of ours.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from offramp import __version__

ROOMS = ("case", "catalogue", "codes", "exitgame", "forecast", "hazard", "history", "reading")
MODELS = ("catalogue", "codes", "exitgame", "hazard", "history", "reading")
LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "spacy")


@cache
def code() -> dict[str, Any]:
    """Versions and the hash of the source."""
    found = hashlib.sha256()
    root = resources.files("offramp")
    for path in sorted(_files(root, ROOMS, (".py",))):
        found.update(f"{path}\n".encode())
        found.update(root.joinpath(*path.split("/")).read_bytes())
    return {
        "offramp": __version__,
        "source": found.hexdigest(),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "machine": _machine(),
    }


@cache
def models() -> dict[str, str]:
    """SHA-256 of every data file that the code came with, by path inside the package."""
    root = resources.files("offramp")
    kinds = (".npz", ".json", ".toml", ".csv")
    return {
        path: hashlib.sha256(root.joinpath(*path.split("/")).read_bytes()).hexdigest()
        for path in sorted(_files(root, MODELS, kinds))
    }


def differences(then: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    """What differs between two manifests, in words."""
    found: list[str] = []
    for key in sorted(then.keys() | now.keys()):
        a, b, name = then.get(key), now.get(key), f"{prefix}{key}"
        if isinstance(a, dict) and isinstance(b, dict):
            found += differences(a, b, f"{name} ")
        elif a != b:
            short = [str(value)[:12] if key == "source" or len(str(value)) == 64 else str(value) for value in (a, b)]
            found.append(f"{name}: {short[0]} then, {short[1]} now")
    return found


def _files(root: Traversable, rooms: tuple[str, ...], suffixes: tuple[str, ...]) -> list[str]:
    found: list[str] = []

    def walk(folder: Traversable, path: str) -> None:
        for item in folder.iterdir():
            inside = f"{path}/{item.name}"
            if item.is_dir() and not item.name.startswith("_"):
                walk(item, inside)
            elif item.name.endswith(suffixes):
                found.append(inside)

    for room in rooms:
        walk(root.joinpath(room), room)
    return found


def _machine() -> str:
    """Processor by kind and name: compiled programs may round differently on another."""
    name = ""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text("utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{platform.machine()} {name}".strip()
