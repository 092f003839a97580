"""The table of addresses: where each source can be had, version, licence, citation (`history/data/sources.yaml`)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from offramp.errors import InputError
from offramp.history.sources.registry import NAMES


class Address(BaseModel):
    """One source as its maker publishes it; `url` is None where no text table lies under a fixed address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")
    url: str | None = None
    page: str = ""
    form: str = ""
    licence: str = "none stated"
    citation: str = ""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sources: list[Address]


def shipped() -> dict[str, Address]:
    """The table in the package, by name of source."""
    text = (files("offramp.history") / "data" / "sources.yaml").read_text(encoding="utf-8")
    return _parse(text, "sources.yaml")


def addresses(override: Path | None = None) -> dict[str, Address]:
    """The shipped table, with the rows of a user's own file in the same form put in their place.

    Raises:
        InputError: The file cannot be read, is no such table, or names an unknown source.
    """
    table = shipped()
    if override is None:
        return table
    try:
        text = override.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--sources {override}: cannot be read ({error})") from error
    return table | _parse(text, f"--sources {override}")


def _parse(text: str, where: str) -> dict[str, Address]:
    try:
        raw = YAML(typ="safe", pure=True).load(text)
        table = _Table.model_validate(raw)
    except YAMLError as error:
        raise InputError(f"{where}: is no YAML ({str(error).splitlines()[0]})") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{where}: {place}: {first['msg']}; expected 'sources:' and a list with name, version, file, url"
        ) from error
    strangers = [row.name for row in table.sources if row.name not in NAMES]
    if strangers:
        raise InputError(f"{where}: unknown source(s) {', '.join(strangers)}; known are {', '.join(NAMES)}")
    return {row.name: row for row in table.sources}
