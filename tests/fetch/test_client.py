"""The client against a real server on loopback, which an injected predicate lets through."""

import gzip
import http.server
import ipaddress
import socket
import threading
import time

import pytest

from offramp.errors import InputError
from offramp.fetch import FetchError, get, is_public

PAGE = "<p>Caracas — the ruler stays.</p>".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        getattr(self, "do_" + self.path.strip("/").split("/")[0].split("?")[0])()

    def answer(self, body=PAGE, status=200, **headers):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_page(self):
        self.answer(Content_Type="Text/HTML; charset=ISO-8859-1")

    def do_bare(self):
        self.answer(b"x")

    def do_missing(self):
        self.answer(b"gone", 404)

    def do_hop(self):
        left = int(self.path.rsplit("/", 1)[1])
        self.answer(b"", 302, Location=f"/hop/{left - 1}" if left else "/page")

    def do_circle(self):
        self.answer(b"", 302, Location="/circle")

    def do_nowhere(self):
        self.answer(b"", 302)

    def do_private(self):
        self.answer(b"", 302, Location="http://internal.example/secret")

    def do_scheme(self):
        self.answer(b"", 301, Location="file:///etc/passwd")

    def do_big(self):
        self.answer(b"x" * 20_001)

    def do_endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        except OSError:
            self.close_connection = True

    def do_gzip(self):
        self.answer(gzip.compress(PAGE), Content_Encoding="gzip")

    def do_bomb(self):
        self.answer(gzip.compress(b"\0" * 3_000_000), Content_Encoding="gzip")

    def do_brotli(self):
        self.answer(b"whatever", Content_Encoding="br")

    def do_broken(self):
        self.answer(b"not gzip at all", Content_Encoding="gzip")

    def do_short(self):
        self.answer(b"half", **{"Content-Length": "100"})
        self.close_connection = True

    def do_cookie(self):
        self.answer(b"", 302, Location="/page", Set_Cookie="id=1")

    def do_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.drip()

    def do_dripheaders(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip()

    def drip(self):
        try:
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass
        self.close_connection = True

    def do_garbage(self):
        self.wfile.write(b"this is no HTTP\r\n\r\n")
        self.close_connection = True


@pytest.fixture(scope="module")
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.seen = []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def loopback(address):
    return address == ipaddress.ip_address("127.0.0.1")


@pytest.fixture
def fetch(server):
    server.seen.clear()

    def run(path, **options):
        options = {"resolver": lambda host, port: ["127.0.0.1"], "allow": loopback, "timeout": 5, **options}
        return get(f"http://news.example:{server.server_port}{path}", **options)

    return run


def test_a_page_comes_back_with_what_the_answer_says(fetch, server):
    got = fetch("/page?x=1#part")
    assert got.content == PAGE
    assert (got.media_type, got.charset) == ("text/html", "ISO-8859-1")
    assert got.final_url == f"http://news.example:{server.server_port}/page?x=1"
    path, headers = server.seen[0]
    assert path == "/page?x=1"
    assert headers["Host"] == f"news.example:{server.server_port}"  # the name, though the connection is to the address
    assert not {"Cookie", "Authorization", "Proxy-Authorization"} & set(headers)
    assert (fetch("/bare").media_type, fetch("/bare").charset) == ("application/octet-stream", None)


def test_redirects_are_followed_up_to_the_limit(fetch, server):
    assert fetch("/hop/4").final_url.endswith("/page")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetch("/hop/5")
    with pytest.raises(FetchError, match="circle"):
        fetch("/circle")
    with pytest.raises(FetchError, match="does not say where"):
        fetch("/nowhere")


def test_cookies_are_not_kept(fetch, server):
    fetch("/cookie")
    assert [path for path, _ in server.seen] == ["/cookie", "/page"]
    assert "Cookie" not in server.seen[1][1]


def test_without_the_predicate_loopback_is_refused(server):
    for host in ("127.0.0.1", "localhost", "0x7f.1", "2130706433"):
        with pytest.raises(FetchError, match=r"not on the public internet|cannot be looked up"):
            get(f"http://{host}:{server.server_port}/page", timeout=3)
    assert issubclass(FetchError, InputError)


def test_every_hop_is_checked(fetch, server):
    def resolver(host, port):
        return ["10.0.0.5"] if host == "internal.example" else ["127.0.0.1"]

    with pytest.raises(FetchError, match=r"redirects to http://internal.example/secret, which is at 10.0.0.5"):
        fetch("/private", resolver=resolver)
    with pytest.raises(FetchError, match="only http and https"):
        fetch("/scheme")


def test_all_addresses_of_a_host_are_checked(fetch, server):
    with pytest.raises(FetchError, match=r"10.0.0.5"):
        fetch("/page", resolver=lambda host, port: ["127.0.0.1", "10.0.0.5"])
    assert server.seen == []


def test_a_name_that_changes_its_answer_gains_nothing(fetch, server):
    """DNS rebinding: the first answer passes, any later one points inside. The connection goes to the first."""
    asked = []

    def resolver(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.5"]

    assert fetch("/page", resolver=resolver).content == PAGE
    assert asked == ["news.example"]


def test_the_connection_goes_to_the_checked_address_not_to_the_name(server, monkeypatch):
    """The system's own resolver would send this name elsewhere; nobody asks it."""
    dialled = []
    connect = socket.create_connection

    def record(address, *args, **kwargs):
        dialled.append(address)
        return connect(address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", record)
    get(
        f"http://localhost.invalid:{server.server_port}/page",
        resolver=lambda host, port: ["127.0.0.1"],
        allow=loopback,
        timeout=5,
    )
    assert dialled == [("127.0.0.1", server.server_port)]


def test_size_limits_hold_with_and_without_a_declared_length(fetch):
    assert len(fetch("/big", max_bytes=20_001).content) == 20_001
    for path in ("/big", "/endless", "/bomb"):
        with pytest.raises(FetchError, match="longer than 20,000 bytes"):
            fetch(path, max_bytes=20_000)


def test_content_encodings(fetch):
    assert fetch("/gzip").content == PAGE
    with pytest.raises(FetchError, match="'br'"):
        fetch("/brotli")
    with pytest.raises(FetchError, match="cannot be unpacked"):
        fetch("/broken")


@pytest.mark.parametrize("path", ["/drip", "/dripheaders"])
def test_a_server_that_drips_is_cut_off(fetch, path):
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"within 0.7 seconds"):
        fetch(path, timeout=0.7)
    assert time.monotonic() - start < 2


def test_a_slow_resolver_is_cut_off(fetch):
    def resolver(host, port):
        time.sleep(1.5)
        return ["127.0.0.1"]

    start = time.monotonic()
    with pytest.raises(FetchError, match=r"within 0.3 seconds"):
        fetch("/page", resolver=resolver, timeout=0.3)
    assert time.monotonic() - start < 1


def test_bad_answers(fetch):
    with pytest.raises(FetchError, match="answers 404"):
        fetch("/missing")
    with pytest.raises(FetchError, match="broke off after 4 of 100"):
        fetch("/short")
    with pytest.raises(FetchError, match="not valid HTTP"):
        fetch("/garbage")


def test_plain_http_where_tls_is_expected(server):
    with pytest.raises(FetchError, match="no secure connection"):
        get(
            f"https://news.example:{server.server_port}/page",
            resolver=lambda host, port: ["127.0.0.1"],
            allow=loopback,
            timeout=3,
        )


def test_offline(server):
    def offline(host, port):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(FetchError, match=r"cannot be looked up .*no network or no such host"):
        get("http://news.example/", resolver=offline)
    with pytest.raises(FetchError, match="cannot be looked up"):
        get("http://news.example/", resolver=lambda host, port: [])
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(FetchError, match="cannot be reached"):
            get(
                f"http://news.example:{closed.getsockname()[1]}/",
                resolver=lambda host, port: ["127.0.0.1"],
                allow=loopback,
                timeout=3,
            )


def test_the_second_address_is_tried_when_the_first_is_down(fetch, server):
    got = fetch(
        "/page",
        resolver=lambda host, port: ["127.0.0.77", "127.0.0.1"],
        allow=lambda address: not is_public(address),
    )
    assert got.content == PAGE


def test_proxies_of_the_environment_are_ignored(fetch, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch("/page").content == PAGE
