"""Who asks, and what they may do: tokens, sessions of a browser, the local user, and forged requests.

Three ways in. A program sends `Authorization: Bearer TOKEN`. A browser trades a token for a session, whose cookie no
script can read and no other site can send. On loopback, unless tokens are demanded, whoever can connect is the user.
The last two are ways that a hostile page could abuse through the user's own browser, so a request that changes
something must come from our own pages: same origin by its headers, and with a form token tied to the browser's cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from offramp.web.settings import Settings
from offramp.web.tokens import Tokens, allows

SESSION, FORM = "offramp_session", "offramp_form"
SESSION_SECONDS = 12 * 3600
MOST_SESSIONS = 10_000
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request is from."""

    name: str
    scope: str
    how: str  #: token, session or local
    key: str  #: what limits count by


class Denied(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is refused: status 401 or 403, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(slots=True)
class _Session:
    token: str
    until: float


class Access:
    """Decides who a request is from; holds the sessions of this server."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self.settings, self.tokens = settings, tokens
        self._secret = secrets.token_bytes(32)
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def who(self, headers: Headers, client: str) -> Principal | None:
        """The sender, or None where nothing valid is shown. Raises `Denied` for a token that is wrong."""
        given = headers.get("authorization")
        if given is not None:
            kind, _, text = given.partition(" ")
            token = self.tokens.check(text.strip()) if kind.lower() == "bearer" else None
            if token is None:
                raise Denied(401, "the token is wrong, expired or revoked.")
            return Principal(token.name, token.scope, "token", f"token:{token.id}")
        session = self._session(cookies(headers).get(SESSION))
        if session is not None:
            token = self.tokens.still(session.token)
            if token is not None:
                return Principal(token.name, token.scope, "session", f"token:{token.id}")
        if self.settings.open_to_local:
            return Principal("local user", "admin", "local", f"address:{client}")
        return None

    def open_session(self, text: str) -> tuple[str, int]:
        """A session for a token in clear: the cookie's value and its seconds. Raises `Denied`."""
        token = self.tokens.check(text.strip())
        if token is None:
            raise Denied(401, "the token is wrong, expired or revoked.")
        value = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._lock:
            self._sessions = {k: s for k, s in self._sessions.items() if s.until > now}
            while len(self._sessions) >= MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[_hash(value)] = _Session(token.id, now + SESSION_SECONDS)
        return value, SESSION_SECONDS

    def close_session(self, value: str | None) -> None:
        """Forgets a session."""
        with self._lock:
            self._sessions.pop(_hash(value or ""), None)

    def _session(self, value: str | None) -> _Session | None:
        if not value:
            return None
        found = self._sessions.get(_hash(value))
        return found if found is not None and found.until > time.monotonic() else None

    def form_token(self, nonce: str, session: str | None) -> str:
        """What our forms carry: bound to the browser's nonce and to its session."""
        return hmac.new(self._secret, f"{nonce}|{session or ''}".encode(), hashlib.sha256).hexdigest()

    def check_origin(self, headers: Headers, method: str, principal: Principal | None) -> None:
        """Raises `Denied` for a request that would change something and comes from another site's page."""
        if method in SAFE or (principal is not None and principal.how == "token"):
            return
        site = headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            raise Denied(403, "the request comes from another site.")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise Denied(403, "the request comes from another site.")

    def check_form(self, request: Request, principal: Principal | None, field: str | None) -> None:
        """Raises `Denied` where a browser's request lacks our form token (a field, or the header X-Form-Token)."""
        if principal is not None and principal.how == "token":
            return
        held = cookies(request.headers)
        given = field or request.headers.get("x-form-token") or ""
        wanted = self.form_token(held.get(FORM, ""), held.get(SESSION))
        if FORM not in held or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Denied(403, "the form is too old or not ours; load the page again and repeat.")


def cookies(headers: Headers) -> dict[str, str]:
    """Cookies of a request; none where they cannot be read."""
    try:
        return {key: morsel.value for key, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def need(scope: str) -> object:
    """A dependency of a route: the sender must hold a scope.

    A request by JSON from a browser's session needs the form token too (forms of pages check their field themselves).
    """

    def check(request: Request) -> Principal:
        principal: Principal | None = request.state.principal
        if principal is None:
            raise Denied(401, "a token is needed: Authorization: Bearer TOKEN, or log in at /login.")
        if not allows(principal.scope, scope):
            raise Denied(403, f"scope {scope!r} is needed; this token has {principal.scope!r}.")
        by_json = request.url.path.startswith("/api/")
        if by_json and request.method not in SAFE and principal.how == "session":
            request.app.state.access.check_form(request, principal, None)
        return principal

    return check


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
