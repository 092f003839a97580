"""Streams: one GET read piece by piece, under the same guard as `get`, for files too large to hold.

Time runs from piece to piece, not for the whole: a large file may take long as long as it keeps coming.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from offramp.fetch.client import MAX_REDIRECTS, Resolver, _Answer, _Clock, _look_up, _Pinned, _system_resolver
from offramp.fetch.guard import FetchError, IpAddress, Target, is_public, parse

IDLE = 30.0
PIECE = 1 << 16
_REDIRECTS = {301, 302, 303, 307, 308}


class BrokenOffError(FetchError):
    """The connection could not be made or broke: trying again may help."""


class OfflineError(FetchError):
    """The host cannot be looked up: there is no network, or no such host."""


@dataclass(frozen=True)
class Stream:
    """An answer whose body is still to come.

    Attributes:
        status: As the server gave it; 4xx and 5xx are not errors here.
        headers: Names in lower case.
        url: The address after redirects.
        pieces: The body; raises `BrokenOffError` when it ends before its time.
    """

    status: int
    headers: Mapping[str, str]
    url: str
    pieces: Iterator[bytes]


class _Idle(_Clock):
    """The whole time again for every step."""

    def __init__(self, seconds: float) -> None:
        super().__init__(0.0, seconds)

    def left(self, target: Target) -> float:
        return self.total


@contextmanager
def stream(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    allow: Callable[[IpAddress], bool] = is_public,
    resolver: Resolver | None = None,
    idle: float = IDLE,
) -> Iterator[Stream]:
    """Open an address and read it piece by piece.

    Args:
        url: http or https, without credentials.
        headers: Added to the request (Range, If-Range).
        allow: Which IP addresses may be connected to. For tests.
        resolver: Gives the IP addresses of a host name and port. For tests.
        idle: Longest wait for the next bytes, in seconds.

    Raises:
        OfflineError: The host cannot be looked up.
        BrokenOffError: The connection could not be made, broke or stalled.
        FetchError: The address may not be fetched.
    """
    target, clock, hops = parse(url), _Idle(idle), 0
    while True:
        connection, answer = _open(target, dict(headers or {}), allow, resolver, clock)
        try:
            if answer.status in _REDIRECTS and answer.getheader("Location"):
                hops += 1
                following = parse(answer.getheader("Location", ""), base=target.url)
                if hops > MAX_REDIRECTS:
                    raise FetchError(f"{url}: more than {MAX_REDIRECTS} redirects (the last to {following.url}).")
                if target.scheme == "https" and following.scheme == "http":
                    raise FetchError(f"{url}: redirects from https to {following.url}, which is not encrypted.")
                target = following
                continue
            fields = {name.lower(): value for name, value in answer.getheaders()}
            yield Stream(answer.status, fields, target.url, _pieces(target, answer))
            return
        finally:
            answer.close()
            connection.close()


def _open(
    target: Target,
    headers: dict[str, str],
    allow: Callable[[IpAddress], bool],
    resolver: Resolver | None,
    clock: _Clock,
) -> tuple[_Pinned, _Answer]:
    try:
        addresses = _look_up(target, resolver or _system_resolver, clock)
    except FetchError as error:
        raise OfflineError(str(error)) from None
    refused = [str(address) for address in addresses if not allow(address)]
    if refused:
        raise FetchError(f"{target.url}: is at {refused[0]}, which is not on the public internet, and is not fetched.")
    connection = _Pinned(target, addresses, clock)
    try:
        sent = {"User-Agent": "offramp (fetches data named by its user)", "Accept-Encoding": "identity"} | headers
        connection.request("GET", target.path, headers=sent | {"Connection": "close"})
        answer = _Answer(connection.sock, lambda: clock.left(target))
        answer.begin()
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise FetchError(f"{target.url}: no secure connection ({error.verify_message}).") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        connection.close()
        raise BrokenOffError(f"{target.url}: cannot be reached ({error or type(error).__name__}).") from None
    return connection, answer


def _pieces(target: Target, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    declared, got = answer.length, 0
    while True:
        try:
            piece = answer.read1(PIECE)
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise BrokenOffError(
                f"{target.url}: broke off after {got:,} bytes ({error or type(error).__name__})."
            ) from None
        if not piece:
            break
        got += len(piece)
        yield piece
    if declared is not None and got < declared:
        raise BrokenOffError(f"{target.url}: broke off after {got:,} of {declared:,} bytes.")
