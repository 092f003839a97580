"""Which addresses may be fetched: the shape of a URL, and whether an IP address is on the public internet.

Sources: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from offramp.errors import InputError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(InputError):
    """An address that cannot or may not be fetched."""


class Target(NamedTuple):
    """One hop: everything a request needs. `host` is in its ASCII form, `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address again, without fragment."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}{'' if self.port == usual else f':{self.port}'}{self.path}"


# Not public, whatever the interpreter's `ipaddress` says: its tables changed within 3.11 and 3.12.
_CLOSED_V4 = [
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
]
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")  # the only part of IPv6 that is given out for global unicast
_CLOSED_V6 = [
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
]


def is_public(address: IpAddress) -> bool:
    """Whether an address is on the public internet.

    False for loopback, private, link-local, shared (CGNAT), multicast, reserved and documentation ranges, and for every
    IPv6 form that carries an IPv4 address inside (mapped, compatible, 6to4, Teredo, NAT64), whatever that is.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    if address.scope_id is not None:
        return False
    return address in _OPEN_V6 and not any(address in net for net in _CLOSED_V6)


def parse(url: str, base: str | None = None) -> Target:
    """Check the shape of an address (against `base` where it is relative) and take it apart.

    Raises:
        FetchError: Not http(s), no host, credentials inside, or characters that no address has.
    """
    if any(ord(char) < 33 or ord(char) == 127 or char == "\\" for char in url):
        raise FetchError(f"{url!r}: an address has no spaces, backslashes or control characters.")
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise FetchError(f"{url}: this is no address ({error}).") from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise FetchError(f"{url}: only http and https addresses are fetched, not '{scheme or 'none'}'.")
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"{scheme}://{host}: an address with a user name or password in it is not fetched.")
    if not host:
        raise FetchError(f"{url}: the address names no host.")
    if port == 0:
        raise FetchError(f"{url}: port 0 is no port.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    return Target(scheme, _ascii_host(host, url), port or {"http": 80, "https": 443}[scheme], path + query)


def _ascii_host(host: str, url: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise FetchError(f"{url}: '{host}' is no IPv6 address.") from None
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise FetchError(f"{url}: '{host[:80]}' is no host name.") from None
    if not ascii_host or not all(char.isalnum() or char in "-._" for char in ascii_host):
        raise FetchError(f"{url}: '{host[:80]}' is no host name.")
    return ascii_host
