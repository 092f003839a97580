"""Which addresses are public, held to the ranges of the IANA special-purpose registries, and the shape of URLs."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offramp.fetch.guard import FetchError, is_public, parse

CLOSED = """0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.7 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.3 203.0.113.9
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:20::1
2001:db8::1 2002:808:808::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff0e::1 3fff::1 5f00::1 4000::1"""
OPEN = """1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 128.0.0.1 169.253.255.255 172.15.255.255
172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 2606:4700:4700::1111 2a00:1450::1 2001:4860:4860::8888
2600::"""


@pytest.mark.parametrize("text", CLOSED.split())
def test_what_is_not_on_the_public_internet_is_refused(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN.split())
def test_neighbours_of_the_closed_ranges_are_public(text):
    assert is_public(ipaddress.ip_address(text))


def test_a_scoped_address_is_refused():
    assert not is_public(ipaddress.ip_address("2600::1%eth0"))


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_inside_an_ipv6_one_never_passes(number):
    v4 = ipaddress.IPv4Address(number)
    for prefix in ("::ffff:", "::", "64:ff9b::"):
        assert not is_public(ipaddress.IPv6Address(f"{prefix}{v4}"))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))


@given(st.ip_addresses())
def test_never_more_open_than_the_standard_library(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org/x", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("http:///path", "names no host"),
        ("http://user:secret@example.org/", "user name or password"),
        ("http://user@example.org/", "user name or password"),
        ("http://example.org:99999/", "no address"),
        ("http://example.org:0/", "port 0"),
        ("http://exa mple.org/", "no spaces"),
        ("http://example.org/a\r\nHost: evil", "no spaces"),
        ("http://example.org\\@evil.org/", "no spaces"),
        ("http://[::1", "no address"),
        ("http://" + "a" * 300 + ".org/", "no host name"),
        ("http://a..b/", "no host name"),
    ],
)
def test_shapes_that_are_refused(url, says):
    with pytest.raises(FetchError, match=says):
        parse(url)


def test_credentials_do_not_stand_in_the_message():
    with pytest.raises(FetchError) as caught:
        parse("https://me:hunter2@example.org/")
    assert "hunter2" not in str(caught.value)


def test_taken_apart_and_put_together():
    target = parse("HTTPS://Exämple.org:8443/ä b?q=ü#part".replace(" ", "%20"))
    assert target == ("https", "xn--exmple-cua.org", 8443, "/%C3%A4%20b?q=%C3%BC")
    assert target.url == "https://xn--exmple-cua.org:8443/%C3%A4%20b?q=%C3%BC"
    assert parse("../up?x=1", base="http://example.org/a/b/c").url == "http://example.org/a/up?x=1"
    assert parse("//other.example/x", base="https://example.org/").url == "https://other.example/x"
    assert parse("http://[2606:4700::1]:80/").url == "http://[2606:4700::1]/"


@given(st.text(max_size=60))
def test_any_text_gives_a_target_or_a_clear_error(text):
    for url in (text, f"http://{text}", f"http://example.org/{text}"):
        try:
            target = parse(url)
        except FetchError:
            continue
        assert target.scheme in ("http", "https")
        assert (target.host + target.path).isascii()
        assert not any(char.isspace() for char in target.host + target.path)
