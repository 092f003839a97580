"""Names of the user's own: actors that the shipped gazetteers do not know, read from a YAML file.

    actors:
      - name: Movement for the Republic
        aliases: [MPR, the Movement]
        country: VEN
        role: opposition
        from: 2009-03-01
        until: 2018-12-31

`country` is the ISO-3 code of a state, or any code of the user's own (a colon in it marks an organisation, `org:MPR`).
The user's names go before the shipped ones, so a file also corrects them. `from` and `until` date a name by the day of
the report; a report without a date knows them all. Faults name the entry, what is wrong and what would be right.
"""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from offramp.codes.roles import Role
from offramp.errors import InputError

MAX_FILE = 2_000_000  # bytes
MAX_WORDS = 8  # words of a name: longer ones are never looked for
_KEYS = ("name", "aliases", "country", "role", "from", "until")


class UserName(BaseModel):
    """One actor of the user's: what it is called, whose it is, its part, and the days on which that holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(min_length=2, max_length=120)
    country: str = Field(min_length=2, max_length=40)
    role: Role = Role.GOVERNMENT
    aliases: tuple[str, ...] = ()
    since: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None

    @field_validator("name", "aliases")
    @classmethod
    def _short(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for one in [value] if isinstance(value, str) else value:
            if not any(c.isalpha() for c in one):
                raise ValueError(f"{one!r} has no letter")
            if len(one.split()) > MAX_WORDS:
                raise ValueError(f"{one!r} is longer than {MAX_WORDS} words")
        return value

    def holds_on(self, day: dt.date | None) -> bool:
        """Whether the name stands for this actor on a day; without a day, always."""
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def read_names(path: str | Path) -> tuple[UserName, ...]:
    """The actors of a YAML file.

    Raises:
        InputError: The file is missing, too large, no YAML, or an entry is wrong; the message names the entry.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    place = Path(path)
    try:
        if place.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: over {MAX_FILE // 1_000_000} MB; a file of names is far smaller.")
        data: Any = YAML(typ="safe", pure=True).load(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the file of names cannot be read ({error.strerror or error}).") from None
    except (YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: no YAML ({' '.join(str(error).split())[:200]}).") from None
    if not isinstance(data, dict) or set(data) != {"actors"} or not isinstance(data["actors"], list):
        raise InputError(f"{path}: expected one key 'actors' with a list of names under it.")
    return tuple(_one(path, number, entry) for number, entry in enumerate(data["actors"], 1))


def _one(path: str | Path, number: int, entry: object) -> UserName:
    where = f"{path}: actor {number}"
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected a mapping with 'name' and 'country', got {str(entry)[:60]!r}.")
    for key in entry:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, 1)
            raise InputError(f"{where}: unknown key {key!r}" + (f"; did you mean {near[0]!r}?" if near else "."))
    try:
        found = UserName.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if key == "role":
            raise InputError(f"{where}: role {entry.get('role')!r}; known: {', '.join(Role)}.") from None
        raise InputError(f"{where}: {key}: {first['msg']}.") from None
    if found.since and found.until and found.since > found.until:
        raise InputError(f"{where}: 'from' ({found.since}) lies after 'until' ({found.until}).")
    if ":" not in found.country and found.country.upper() != found.country:
        raise InputError(f"{where}: country {found.country!r}; expected a code in capitals, such as VEN, or org:NAME.")
    return found
