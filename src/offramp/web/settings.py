"""Settings of `offramp serve`: an option wins over the environment, that over the file, that over the default.

Every value remembers where it came from, so that `offramp config show` can say so.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from offramp.errors import InputError

FILE_VARIABLE = "OFFRAMP_CONFIG"
PREFIX = "OFFRAMP_SERVE_"


def _data(name: str) -> str:
    import platformdirs

    return str(Path(platformdirs.user_data_dir("offramp")) / name)


def _setting(default: Any, told: str, *, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"help": told, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What a server is told. Empty strings stand for the default that the help names."""

    host: str = _setting("127.0.0.1", "address to listen at; any but loopback demands tokens")
    port: int = _setting(8484, "port", low=0, high=65535)
    ledger: str = _setting("", "ledger: a file or postgresql://…; default: OFFRAMP_LEDGER, else your own")
    tokens: str = _setting("", "file of hashed tokens; default: serve-tokens.json in your data folder")
    audit: str = _setting("", "audit log, one JSON object a line; default: serve-audit.jsonl in your data folder")
    demand_tokens: bool = _setting(False, "demand tokens on loopback too, as behind a proxy")
    hosts: str = _setting("", "host names that requests may be addressed to besides the address itself, by commas")
    certificate: str = _setting("", "TLS certificate (PEM); needs `key` as well")
    key: str = _setting("", "TLS key (PEM)")
    max_bytes: int = _setting(2_000_000, "largest body of a request, bytes", low=1000, high=100_000_000)
    body_seconds: float = _setting(10.0, "time for a request's head, and again for its body", low=0.1, high=300)
    request_seconds: float = _setting(60.0, "time for an answer, live streams excepted", low=1, high=600)
    per_minute: int = _setting(600, "requests a minute from one token or address", low=1, high=1_000_000)
    logins_per_minute: int = _setting(10, "wrong tokens a minute from one address", low=1, high=10_000)
    connections: int = _setting(200, "connections at once", low=2, high=10_000)
    boards: int = _setting(3, "cases kept solved for live answers, about 300 MB each", low=1, high=64)
    draws: int = _setting(16, "draws of a preview, a multiple of 16", low=16, high=256)
    nodes: int = _setting(11, "belief nodes of a preview: 11 or 21", low=11, high=21)
    log: str = _setting("json", "log lines on standard error: json, text or none")

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def open_to_local(self) -> bool:
        """Whether requests without a token are the local user's."""
        return self.loopback and not self.demand_tokens

    @property
    def tokens_file(self) -> Path:
        """Where hashed tokens lie."""
        return Path(self.tokens or _data("serve-tokens.json"))

    @property
    def audit_file(self) -> Path:
        """Where the audit log is appended to."""
        return Path(self.audit or _data("serve-audit.jsonl"))


@dataclass(frozen=True)
class Loaded:
    """Settings and, by name, where each came from."""

    settings: Settings
    origin: dict[str, str]


def config_file(environment: Mapping[str, str] | None = None) -> Path:
    """The configuration file: the one that the environment names, else `config.toml` in the user's folder."""
    import platformdirs

    named = (os.environ if environment is None else environment).get(FILE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_config_dir("offramp")) / "config.toml"


def load(
    options: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Settings from everywhere.

    Args:
        options: Values of the command line; None stands for not given.
        file: A TOML file whose table `serve` holds settings; by default `config_file`, if it is there.
        environment: Variables such as OFFRAMP_SERVE_PORT; the process's own by default.

    Raises:
        InputError: A file that is not there or no TOML, an unknown setting, or a value that cannot be.
    """
    environment = os.environ if environment is None else environment
    named = file is not None or FILE_VARIABLE in environment
    path = file or config_file(environment)
    values: dict[str, Any] = {}
    origin = {item.name: "default" for item in fields(Settings)}
    for name, value in _of_file(path, must=named).items():
        values[name], origin[name] = _checked(name, value, f"{path}"), f"file {path}"
    for item in fields(Settings):
        variable = PREFIX + item.name.upper()
        if variable in environment:
            values[item.name] = _checked(item.name, environment[variable], variable)
            origin[item.name] = f"environment {variable}"
    for name, value in (options or {}).items():
        if value is not None:
            values[name], origin[name] = _checked(name, value, f"--{name.replace('_', '-')}"), "option"
    settings = Settings(**values)
    if bool(settings.certificate) != bool(settings.key):
        raise InputError("certificate and key go together: give both files, or neither.")
    if settings.log not in ("json", "text", "none"):
        raise InputError(f"log: expected json, text or none; found {settings.log!r} ({origin['log']}).")
    if settings.draws % 16:
        raise InputError(f"draws: expected a multiple of 16; found {settings.draws} ({origin['draws']}).")
    if settings.nodes not in (11, 21):
        raise InputError(f"nodes: expected 11 or 21; found {settings.nodes} ({origin['nodes']}).")
    return Loaded(settings, origin)


def _of_file(path: Path, *, must: bool) -> dict[str, Any]:
    if not path.is_file():
        if must:
            raise InputError(f"{path}: no such configuration file.")
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("serve", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as TOML ({error}).") from None
    if not isinstance(table, dict):
        raise InputError(f"{path}: 'serve' must be a table: [serve] with one setting a line.")
    known = [item.name for item in fields(Settings)]
    for name in table:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
            raise InputError(f"{path}: unknown setting {name!r} in [serve]. {hint}")
    return table


def _checked(name: str, value: Any, where: str) -> Any:
    item = next(item for item in fields(Settings) if item.name == name)
    kind: Any = type(item.default)
    try:
        made = _yes_or_no(value) if kind is bool else kind(value)
    except (TypeError, ValueError):
        raise InputError(f"{where}: {name} is {value!r}; expected {_words(kind)} ({item.metadata['help']}).") from None
    low, high = item.metadata["low"], item.metadata["high"]
    if low is not None and not low <= made <= high:
        raise InputError(f"{where}: {name} is {value}; expected {low:g} to {high:g} ({item.metadata['help']}).")
    return made


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ("1", "0", "true", "false", "yes", "no"):
        raise ValueError(word)
    return word in ("1", "true", "yes")


def _words(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "text")
