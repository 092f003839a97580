"""The client: one GET, hop by hop, each hop looked up, checked, pinned and timed."""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from offramp.fetch.guard import FetchError, IpAddress, Target, is_public, parse

MAX_BYTES = 5_000_000
TIMEOUT = 20.0
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {
    "User-Agent": "offramp (reads reports named by its user)",
    "Accept": "text/html,application/xhtml+xml,text/plain,text/markdown;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

Resolver = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back.

    Attributes:
        content: The body, content encoding undone.
        media_type: In lower case without parameters; `application/octet-stream` where the answer names none.
        charset: As the answer declared it, or None.
        final_url: The address after redirects, without fragment.
    """

    content: bytes
    media_type: str
    charset: str | None
    final_url: str


def get(
    url: str,
    *,
    resolver: Resolver | None = None,
    allow: Callable[[IpAddress], bool] = is_public,
    max_bytes: int = MAX_BYTES,
    timeout: float = TIMEOUT,
) -> Fetched:
    """Fetch an address.

    Args:
        url: http or https, without credentials.
        resolver: Gives the IP addresses of a host name and port; the system's by default. For tests.
        allow: Which IP addresses may be connected to; all those of a host must pass. For tests.
        max_bytes: Limit on the body, before and after decompression.
        timeout: Seconds for everything together: looking up, connecting, redirects, body.

    Raises:
        FetchError: The address may not be fetched, cannot be reached, is too long or slow, or answers with an error.
    """
    deadline = time.monotonic() + timeout
    clock = _Clock(deadline, timeout)
    target = parse(url)
    seen: list[str] = []
    while True:
        if target.url in seen:
            raise FetchError(f"{url}: the redirects run in a circle at {target.url}.")
        seen.append(target.url)
        addresses = _look_up(target, resolver or _system_resolver, clock)
        refused = [str(address) for address in addresses if not allow(address)]
        if refused:
            how = f"redirects to {target.url}, which" if len(seen) > 1 else f"host {target.host}"
            raise FetchError(
                f"{url}: {how} is at {refused[0]}, which is not on the public internet, and is not fetched. "
                "Save the page and hand in the file."
            )
        answer = _request(target, addresses, clock, max_bytes)
        if isinstance(answer, Fetched):
            return answer
        if len(seen) > MAX_REDIRECTS:
            raise FetchError(f"{url}: more than {MAX_REDIRECTS} redirects (the last to {answer}).")
        following = parse(answer, base=target.url)
        if target.scheme == "https" and following.scheme == "http":
            raise FetchError(f"{url}: redirects from https to {following.url}, which is not encrypted; not followed.")
        target = following


class _Clock:
    """Seconds left of the total; asking when none are left raises."""

    def __init__(self, deadline: float, total: float) -> None:
        self.deadline, self.total = deadline, total

    def left(self, target: Target) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise FetchError(f"{target.url}: no complete answer within {self.total:g} seconds.")
        return left


def _system_resolver(host: str, port: int) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _look_up(target: Target, resolver: Resolver, clock: _Clock) -> list[IpAddress]:
    """All addresses of a host. In a thread, because the system's resolver takes no time limit."""
    found: list[str] = []
    failed: list[OSError] = []

    def work() -> None:
        try:
            found.extend(resolver(target.host, target.port))
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=work, daemon=True, name="offramp-lookup")
    thread.start()
    thread.join(clock.left(target))
    clock.left(target)
    if failed or not found:
        why = f" ({failed[0].strerror or failed[0]})" if failed else ""
        raise FetchError(
            f"{target.url}: the host {target.host} cannot be looked up{why}. Either there is no network or no such "
            "host; offramp also reads saved files."
        )
    try:
        return list(dict.fromkeys(ipaddress.ip_address(address) for address in found))
    except ValueError as error:
        raise FetchError(f"{target.url}: looking {target.host} up gave no usable address ({error}).") from None


class _TimedSocket(io.RawIOBase):
    """A socket that is read under one deadline, so that a server sending a byte a second gains nothing."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        super().__init__()
        self._sock, self._left = sock, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._left())
        return self._sock.recv_into(buffer)


class _Pinned(http.client.HTTPConnection):
    """An HTTP connection to addresses that were checked; the host name serves for `Host` and TLS only."""

    def __init__(self, target: Target, addresses: Sequence[IpAddress], clock: _Clock) -> None:
        super().__init__(target.host, target.port)
        self._target, self._addresses, self._clock = target, addresses, clock

    def connect(self) -> None:
        problem: OSError | None = None
        for address in self._addresses:
            try:
                self.sock = self._open(address)
                return
            except ssl.SSLError:
                raise
            except OSError as error:
                problem = error
        raise problem or OSError("no address")

    def _open(self, address: IpAddress) -> socket.socket:
        sock = socket.create_connection((str(address), self._target.port), timeout=self._clock.left(self._target))
        if self._target.scheme == "http":
            return sock
        try:
            sock.settimeout(self._clock.left(self._target))
            return ssl.create_default_context().wrap_socket(sock, server_hostname=self._target.host)
        except BaseException:
            sock.close()
            raise


class _Answer(http.client.HTTPResponse):
    """An answer read through `_TimedSocket`."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        super().__init__(sock, method="GET")
        self.fp.close()
        self.fp = io.BufferedReader(_TimedSocket(sock, left))


def _request(target: Target, addresses: Sequence[IpAddress], clock: _Clock, max_bytes: int) -> Fetched | str:
    """One GET: what came back, or where the answer redirects to."""
    connection = _Pinned(target, addresses, clock)
    try:
        connection.request("GET", target.path, headers=_HEADERS)
        answer = _Answer(connection.sock, lambda: clock.left(target))
        try:
            answer.begin()
            if answer.status in _REDIRECTS:
                where = answer.getheader("Location")
                if not where:
                    raise FetchError(f"{target.url}: answers {answer.status} but does not say where to go.")
                return where
            if answer.status != 200:
                raise FetchError(f"{target.url}: answers {answer.status} {answer.reason[:80]}, not 200.")
            return _read(target, answer, max_bytes)
        finally:
            answer.close()
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", None) or error.reason or str(error)
        raise FetchError(f"{target.url}: no secure connection ({why}). The certificate is always checked.") from None
    except TimeoutError:
        raise FetchError(f"{target.url}: no complete answer within {clock.total:g} seconds.") from None
    except (http.client.HTTPException, ValueError) as error:
        raise FetchError(f"{target.url}: the answer is not valid HTTP ({type(error).__name__}: {error}).") from None
    except OSError as error:
        raise FetchError(
            f"{target.url}: cannot be reached ({error.strerror or error}). Check the network, or hand in a saved file."
        ) from None
    finally:
        connection.close()


def _read(target: Target, answer: http.client.HTTPResponse, max_bytes: int) -> Fetched:
    too_long = FetchError(f"{target.url}: longer than {max_bytes:,} bytes, the limit for a report.")
    declared = answer.getheader("Content-Length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > max_bytes:
        raise too_long
    body = answer.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise too_long
    if declared.isascii() and declared.isdigit() and len(body) < int(declared[:20]):
        raise FetchError(f"{target.url}: the answer broke off after {len(body):,} of {declared} bytes.")
    encoding = answer.getheader("Content-Encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        body = _inflate(body, encoding, target, max_bytes)
        if len(body) > max_bytes:
            raise too_long
    elif encoding not in ("", "identity"):
        raise FetchError(f"{target.url}: answers in the content encoding '{encoding[:40]}', which was not asked for.")
    kind = answer.getheader("Content-Type", "")
    media_type = kind.partition(";")[0].strip().lower() or "application/octet-stream"
    charset = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", kind, re.IGNORECASE)
    return Fetched(body, media_type, charset.group(1) if charset else None, target.url)


def _inflate(body: bytes, encoding: str, target: Target, max_bytes: int) -> bytes:
    """At most `max_bytes + 1` bytes of a compressed body: a small answer that unpacks to gigabytes stops there."""
    for window in (31,) if "gzip" in encoding else (15, -15):
        unpack = zlib.decompressobj(window)
        try:
            return unpack.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
    raise FetchError(f"{target.url}: says it is {encoding} but cannot be unpacked.")
