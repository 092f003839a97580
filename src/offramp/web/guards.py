"""Limits and headers on every request, and one line of log for each.

Outermost of all: nothing reaches a route without having passed here. What is refused: a `Host` that is not ours (so
that a name rebound to loopback gains nothing), bodies that are too large or too slow, requests that come too fast,
requests of other sites' pages. What is added: the security headers, an id that log and answer share.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from offramp.web.access import SAFE, Access, Denied, Principal
from offramp.web.settings import Settings

LIVE = "/api/v1/events"
MOST_CLIENTS = 20_000


def policy(nonce: str) -> str:
    """The content-security policy of a page. Style attributes are allowed: they carry our own colour names; scripts
    only from our own files, and nothing at all from elsewhere."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def problem(status: int, code: str, message: str, **headers: str) -> JSONResponse:
    """An error as the API gives it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": {"code": code, "message": message}}, status, names)


class Rates:
    """Buckets of requests by sender: `limit` a minute, all at once if need be."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._clock = limit, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Takes from the bucket; seconds to wait where it is empty, else 0."""
        now = self._clock()
        with self._lock:
            left, then = self._left.pop(key, (float(self.limit), now))
            left = min(self.limit, left + (now - then) * self.limit / 60)
            enough = left >= cost
            self._left[key] = (left - cost if enough else left, now)
            while len(self._left) > MOST_CLIENTS:
                self._left.popitem(last=False)
        return 0.0 if enough else (cost - left) * 60 / self.limit

    def empty(self, key: str) -> bool:
        """Whether the next would have to wait; takes nothing."""
        wait = self.wait(key, 0.0)
        with self._lock:
            return wait > 0 or self._left[key][0] < 1


class Lines:
    """Structured lines: a log on standard error, or an audit log in a file."""

    def __init__(self, form: str = "json", path: Path | None = None) -> None:
        self.form, self.path = form, path
        self._lock = threading.Lock()

    def write(self, **values: Any) -> None:
        """One line. Values are escaped, so that no request can forge a line."""
        if self.form == "none":
            return
        row = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **values}
        if self.form == "text":
            line = " ".join(f"{k}={json.dumps(v) if isinstance(v, str) else v}" for k, v in row.items())
        else:
            line = json.dumps(row)
        with self._lock:
            if self.path is None:
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
                return
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch(mode=0o600)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")


class _StoppedError(Exception):
    """A body that is too large or too slow."""


class Guards:
    """The middleware."""

    def __init__(
        self, app: ASGIApp, settings: Settings, access: Access, log: Lines, audit: Lines, logins: Rates
    ) -> None:
        self.app, self.settings, self.access, self.log, self.audit = app, settings, access, log, audit
        self.rates, self.logins = Rates(settings.per_minute), logins
        self._hosts = {settings.host.strip("[]").lower(), *_names(settings.hosts)}
        if settings.loopback:
            self._hosts |= {"localhost", "127.0.0.1", "::1"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        start, ident, nonce = time.perf_counter(), secrets.token_hex(8), secrets.token_urlsafe(16)
        state = scope.setdefault("state", {})
        state.update(id=ident, nonce=nonce, principal=None)
        sent: dict[str, int] = {}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                self._add_headers(MutableHeaders(scope=message), ident, nonce)
            await send(message)

        client = scope["client"][0] if scope.get("client") else "unknown"
        refusal = self._refused(scope, client)
        try:
            if refusal is not None:
                await refusal(scope, receive, answer)
            else:
                await self._within_limits(scope, receive, answer, sent)
        finally:
            self._note(scope, client, sent.get("status", 499), time.perf_counter() - start)

    def _refused(self, scope: Scope, client: str) -> Response | None:
        headers = Headers(scope=scope)
        if _host(headers.get("host", "")) not in self._hosts and "*" not in self._hosts:
            return problem(421, "wrong_host", "this server does not answer to that host name; see the setting `hosts`.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 16) or int(length) > self.settings.max_bytes:
            return problem(413, "too_large", f"a request may have {self.settings.max_bytes:,} bytes.")
        if len(scope["raw_path"] if scope.get("raw_path") else scope["path"]) > 2000:
            return problem(414, "too_long", "the address is too long.")
        if not scope["query_string"].isascii():
            return problem(400, "no_address", "bytes beyond ASCII in an address must be percent-encoded.")
        bad = f"wrong:{client}"
        if headers.get("authorization") is not None and self.logins.empty(bad):
            return problem(429, "too_fast", "too many wrong tokens; wait a minute.", Retry_After="60")
        try:
            principal = self.access.who(headers, client)
            self.access.check_origin(headers, scope["method"], principal)
        except Denied as denied:
            if denied.status == 401:
                self.logins.wait(bad)
            return denial(denied)
        scope["state"]["principal"] = principal
        wait = self.rates.wait(principal.key if principal else f"address:{client}")
        if wait > 0 and scope["path"] != "/healthz":
            return problem(429, "too_fast", "too many requests; wait.", Retry_After=str(int(wait) + 1))
        return None

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send, sent: dict[str, int]) -> None:
        until = time.monotonic() + self.settings.body_seconds
        got, done = 0, False
        refusal: Response | None = None

        async def limited() -> Message:
            nonlocal got, done, refusal
            if done:
                return await receive()
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                refusal = problem(408, "too_slow", "the request took too long to arrive.", Connection="close")
                raise _StoppedError from None
            got += len(message.get("body", b""))
            if got > self.settings.max_bytes:
                refusal = problem(413, "too_large", f"a request may have {self.settings.max_bytes:,} bytes.")
                raise _StoppedError
            done = not message.get("more_body", False)
            return message

        async def unless_stopped(message: Message) -> None:
            if refusal is None:  # what a route makes of a body that was cut off is not sent
                await send(message)

        try:
            async with asyncio.timeout(None if scope["path"] == LIVE else self.settings.request_seconds):
                await self.app(scope, limited, unless_stopped)
        except _StoppedError:
            pass
        except TimeoutError:
            refusal = problem(503, "busy", "the answer took too long; try again.", Retry_After="5")
        if refusal is not None and "status" not in sent:
            await refusal(scope, receive, send)

    def _add_headers(self, headers: MutableHeaders, ident: str, nonce: str) -> None:
        headers.setdefault("Content-Security-Policy", policy(nonce))
        headers.setdefault("Cache-Control", "private, no-cache")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["X-Request-Id"] = ident
        if self.settings.certificate:
            headers["Strict-Transport-Security"] = "max-age=31536000"

    def _note(self, scope: Scope, client: str, status: int, seconds: float) -> None:
        principal: Principal | None = scope["state"]["principal"]
        row = {
            "id": scope["state"]["id"], "client": client, "who": principal.name if principal else None,
            "method": scope["method"], "path": scope["path"], "status": status, "ms": round(1000 * seconds, 1),
        }  # fmt: skip
        self.log.write(event="request", **row)
        if scope["method"] not in SAFE or status in (401, 403, 421):
            key = principal.key if principal else None
            self.audit.write(event="audit", how=principal.how if principal else None, key=key, **row)


def denial(denied: Denied) -> Response:
    """The answer to a request that was refused."""
    if denied.status == 401:
        return problem(401, "no_token", denied.why, WWW_Authenticate="Bearer")
    return problem(403, "forbidden", denied.why)


def _names(text: str) -> set[str]:
    return {name.strip().lower() for name in text.split(",") if name.strip()}


def _host(given: str) -> str:
    try:
        return (urlsplit(f"//{given}").hostname or "").lower()
    except ValueError:
        return ""
