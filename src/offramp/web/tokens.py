"""Tokens: made, checked, rotated, revoked. Only hashes are stored.

A token is `ofr_ID_SECRET` with 256 random bits of secret, so one round of SHA-256 is enough to keep it: nobody can try
2^256 secrets. The file is readable by its owner alone, is written whole or not at all under a lock, and is read again
when it changes, so that a running server hears of a revocation at once.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from offramp.errors import InputError

SCOPES = ("read", "write", "admin")
"""Each scope holds those before it."""
LONGEST_DAYS = 366.0
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. Times are UTC, ISO 8601."""

    id: str
    name: str
    scope: str
    digest: str
    made: str
    expires: str
    revoked: str | None = None
    follows: str | None = None  #: the token that this one took over from

    def state(self, now: dt.datetime | None = None) -> str:
        """'valid', 'expired' or 'revoked'."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if (now or _now()) < dt.datetime.fromisoformat(self.expires) else "expired"


class Tokens:
    """The tokens of one file."""

    def __init__(self, path: Path, *, clock: Callable[[], dt.datetime] | None = None) -> None:
        self.path = path
        self._clock = clock or _now
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._held: dict[str, Token] = {}

    def listed(self) -> list[Token]:
        """All tokens, in the order they were made. Raises `InputError` if the file is damaged."""
        with self._lock:
            try:
                stat = self.path.stat()
            except FileNotFoundError:
                self._held, self._seen = {}, None
                return []
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if mark != self._seen:
                self._held, self._seen = {token.id: token for token in _read(self.path)}, mark
            return list(self._held.values())

    def new(self, name: str, scope: str, days: float = 90.0) -> tuple[Token, str]:
        """A token and its only copy in clear. Raises `InputError` for an unknown scope, a bad name or lifetime."""
        token, text = self._make(name, scope, days)
        with self._changing() as held:
            held.append(token)
        return token, text

    def rotate(self, ident: str, *, days: float = 90.0, grace_hours: float = 24.0) -> tuple[Token, str]:
        """A new token in place of one that stays valid for `grace_hours` more. Raises `InputError` if there is none."""
        if not 0 <= grace_hours <= 24 * LONGEST_DAYS:
            raise InputError(f"grace of {grace_hours:g} hours: expected 0 or more, at most a year.")
        with self._changing() as held:
            place = _place(held, ident)
            old = held[place]
            if old.state(self._clock()) != "valid":
                raise InputError(f"token {ident} is {old.state(self._clock())}; make a new one.")
            token, text = self._make(old.name, old.scope, days, follows=old.id)
            end = min(self._clock() + dt.timedelta(hours=grace_hours), dt.datetime.fromisoformat(old.expires))
            held[place] = replace(old, expires=_text(end))
            held.append(token)
        return token, text

    def revoke(self, ident: str) -> Token:
        """Ends a token now. Raises `InputError` if there is none."""
        with self._changing() as held:
            place = _place(held, ident)
            held[place] = replace(held[place], revoked=held[place].revoked or _text(self._clock()))
            return held[place]

    def check(self, text: str) -> Token | None:
        """The token that a text in clear is, if it is valid now; comparing takes the same time either way."""
        head, _, rest = text.partition("_")
        ident, _, secret = rest.partition("_")
        token = next((token for token in self.listed() if token.id == ident), None)
        given = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        same = hmac.compare_digest(given, token.digest if token else _NOBODY)
        return token if token and same and head == "ofr" and token.state(self._clock()) == "valid" else None

    def still(self, ident: str) -> Token | None:
        """A token by its id, if it is valid now."""
        token = next((token for token in self.listed() if token.id == ident), None)
        return token if token and token.state(self._clock()) == "valid" else None

    def _make(self, name: str, scope: str, days: float, follows: str | None = None) -> tuple[Token, str]:
        if scope not in SCOPES:
            raise InputError(f"scope {scope!r}: expected {', '.join(SCOPES)}.")
        if not name.strip() or len(name) > 80 or not name.isprintable():
            raise InputError("a token needs a name of at most 80 printable characters: who or what will use it.")
        if not 0 < days <= LONGEST_DAYS:
            raise InputError(f"{days:g} days: expected more than 0 and at most {LONGEST_DAYS:g}.")
        ident, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), self._clock()
        digest = hashlib.sha256(secret.encode()).hexdigest()
        end = now + dt.timedelta(days=days)
        token = Token(ident, name.strip(), scope, digest, _text(now), _text(end), follows=follows)
        return token, f"ofr_{ident}_{secret}"

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.with_name(self.path.name + ".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                held = _read(self.path) if self.path.exists() else []
                yield held
                _write(self.path, held)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({error.strerror or error}).") from error


def allows(scope: str, wanted: str) -> bool:
    """Whether a scope holds another."""
    return SCOPES.index(scope) >= SCOPES.index(wanted)


def _place(held: list[Token], ident: str) -> int:
    for place, token in enumerate(held):
        if token.id == ident:
            return place
    raise InputError(f"no token {ident!r}; `offramp serve token list` shows their ids.")


def _read(path: Path) -> list[Token]:
    try:
        return [Token(**row) for row in json.loads(path.read_text("utf-8"))["tokens"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: is no file of tokens, or is damaged ({error}).") from None


def _write(path: Path, held: list[Token]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump({"schema": 1, "tokens": [asdict(token) for token in held]}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(path)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds")
