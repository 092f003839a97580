"""Fetching against a server of our own that breaks off, answers 500, lies about checksums and ignores Range."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import wait_none

from history.made_sources import make, write
from offramp.errors import InputError
from offramp.fetch.guard import IpAddress
from offramp.history.assemble.write import fetch_all, update
from offramp.history.sources.addresses import Address, addresses, shipped
from offramp.history.sources.download import Ways, download
from offramp.history.sources.registry import NAMES

BODY = bytes(range(256)) * 4000
SHA = hashlib.sha256(BODY).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """`/<way>/<anything>`; the server counts requests and keeps their Range headers."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        way = self.path.split("/")[1]
        getattr(self, f"way_{way}")(len(self.server.ranges))

    def answer(self, body: bytes, status: int = 200, sent: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body)),
            "ETag": '"one"',
            "Connection": "close",
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body[:sent])
        self.wfile.flush()
        self.close_connection = True

    def rest(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        start = int(str(self.headers["Range"])[len("bytes=") : -1])
        return body[start:], {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}

    def way_good(self, n: int) -> None:
        self.answer(BODY)

    def way_breaks(self, n: int) -> None:
        """Breaks off in the middle of the first two answers, and goes on where it is asked to."""
        if self.headers.get("Range"):
            body, headers = self.rest(BODY)
            self.answer(body, 206, 300_000 if n == 2 else None, **headers)
        else:
            self.answer(BODY, sent=400_000)

    def way_ignores(self, n: int) -> None:
        """Knows no Range: always the whole."""
        self.answer(BODY, sent=400_000 if n == 1 else None)

    def way_changes(self, n: int) -> None:
        """Another edition after the first answer broke off: If-Range makes it send the whole of that."""
        if n == 1:
            self.answer(b"old" * 200_000, sent=300_000, ETag='"old"')
        else:
            assert self.headers["If-Range"] == '"old"'
            self.answer(BODY, ETag='"new"')

    def way_shifts(self, n: int) -> None:
        """Answers 206 with another part than the one asked for, once."""
        if n == 1:
            self.answer(BODY, sent=400_000)
        elif n == 2:
            self.answer(BODY[5:], 206, Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}")
        else:
            self.answer(BODY)

    def way_fails(self, n: int) -> None:
        """500 twice, then good."""
        self.answer(b"oops", 500) if n <= 2 else self.answer(BODY)

    def way_never(self, n: int) -> None:
        self.answer(b"oops", 503)

    def way_gone(self, n: int) -> None:
        self.answer(b"gone", 404)

    def way_hop(self, n: int) -> None:
        self.answer(b"", 302, Location="/good/file")

    def way_file(self, n: int) -> None:
        self.answer((self.server.folder / self.path.split("/")[2]).read_bytes())


class Server(http.server.ThreadingHTTPServer):
    """Remembers what was asked for."""

    ranges: list[str | None]
    folder: Path


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.ranges = []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def loopback(address: IpAddress) -> bool:
    return address.is_loopback


WAYS = Ways(allow=loopback, wait=wait_none(), idle=5, attempts=4)


def at(server: Server, way: str, sha256: str | None = SHA) -> Address:
    url = f"http://127.0.0.1:{server.server_address[1]}/{way}/file"
    return Address(name="nmc", version="6.0", file="nmc.csv", url=url, sha256=sha256)


def test_a_good_file(server: Server, tmp_path: Path) -> None:
    path = download(at(server, "good"), tmp_path, WAYS)
    assert path.read_bytes() == BODY
    assert [p.name for p in tmp_path.iterdir()] == ["nmc.csv"]
    download(at(server, "good"), tmp_path, WAYS)
    assert len(server.ranges) == 1  # it was there already


def test_a_damaged_file_is_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "nmc.csv").write_bytes(b"damaged")
    assert download(at(server, "good"), tmp_path, WAYS).read_bytes() == BODY


def test_what_breaks_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    assert download(at(server, "breaks"), tmp_path, WAYS).read_bytes() == BODY
    assert server.ranges == [None, "bytes=400000-", "bytes=700000-"]


def test_a_part_is_kept_for_the_next_run(server: Server, tmp_path: Path) -> None:
    once = Ways(allow=loopback, wait=wait_none(), idle=5, attempts=1)
    with pytest.raises(InputError, match="broke off after 400,000 of 1,024,000 bytes"):
        download(at(server, "breaks"), tmp_path, once)
    assert (tmp_path / "nmc.csv.part").stat().st_size == 400_000
    assert not (tmp_path / "nmc.csv").exists()
    assert download(at(server, "breaks"), tmp_path, WAYS).read_bytes() == BODY


def test_a_server_that_ignores_range(server: Server, tmp_path: Path) -> None:
    assert download(at(server, "ignores"), tmp_path, WAYS).read_bytes() == BODY
    assert server.ranges == [None, "bytes=400000-"]


def test_an_edition_that_changes_meanwhile_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    assert download(at(server, "changes"), tmp_path, WAYS).read_bytes() == BODY


def test_a_part_that_was_not_asked_for(server: Server, tmp_path: Path) -> None:
    assert download(at(server, "shifts"), tmp_path, WAYS).read_bytes() == BODY


def test_two_answers_500_and_then_a_good_one(server: Server, tmp_path: Path) -> None:
    told: list[str] = []
    assert download(at(server, "fails"), tmp_path, WAYS, told.append).read_bytes() == BODY
    assert "nmc: trying again (1 of 4)" in told
    assert len(server.ranges) == 3


def test_a_server_that_never_answers_well(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nmc: http.*/never/file: answers 503\. Tried 4 times"):
        download(at(server, "never"), tmp_path, WAYS)
    assert len(server.ranges) == 4


def test_a_wrong_checksum(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"has the checksum {SHA}; expected {'0' * 64}"):
        download(at(server, "good", "0" * 64), tmp_path, WAYS)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_gone_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="answers 404, not 200; the address may have changed"):
        download(at(server, "gone"), tmp_path, WAYS)
    assert len(server.ranges) == 1


def test_a_redirect_is_followed(server: Server, tmp_path: Path) -> None:
    assert download(at(server, "hop"), tmp_path, WAYS).read_bytes() == BODY


def test_private_addresses_stay_closed_to_users(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not on the public internet"):
        download(at(server, "good"), tmp_path)
    assert server.ranges == []


def test_offline_is_one_clear_line(tmp_path: Path) -> None:
    row = Address(name="nmc", version="6", file="nmc.csv", url="http://no-such-host.invalid/x")
    with pytest.raises(InputError, match="cannot be looked up") as caught:
        download(row, tmp_path, WAYS)
    assert "--from" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_whole_record_from_addresses(server: Server, tmp_path: Path) -> None:
    server.folder = write(tmp_path / "served", make())
    files = sorted(server.folder.iterdir())
    names = {source: path for path in files for source, stem in STEMS.items() if path.name.startswith(stem)}
    port = server.server_address[1]
    table = {
        name: Address(
            name=name,
            version="test",
            file=path.name,
            url=f"http://127.0.0.1:{port}/file/{path.name}",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            citation="Made up",
        )
        for name, path in names.items()
    }
    assert set(table) == set(NAMES)
    manifest = update(None, tmp_path / "out", table=table, cache=tmp_path / "cache", ways=WAYS)
    again = update(server.folder, tmp_path / "again", table=table)
    assert manifest["sha256"] == again["sha256"]
    sources = manifest["sources"]
    assert isinstance(sources, dict)
    assert sources["nmc"]["version"] == "test"
    assert sources["nmc"]["url"] == table["nmc"].url
    assert sources["nmc"]["sha256"] == table["nmc"].sha256


STEMS = {
    "archigos": "archigos", "reign_leaders": "reign_leader", "lead": "lead.", "lwuf": "lwuf", "cline": "cline",
    "colpus": "colpus", "powell_thyne": "powell", "reign_regimes": "reign_reg", "reign_elections": "reign_el",
    "polity": "polity", "vdem": "vdem", "ucdp": "ucdp", "gml": "gml", "ties": "ties", "tss": "tss", "nmc": "cow",
    "wdi": "wdi",
}  # fmt: skip


def test_sources_without_an_address_are_named_with_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 source\(s\) that are needed lie under no fixed address") as caught:
        fetch_all(shipped(), tmp_path)
    assert "gml: directed dyad-disputes by year, csv from https://" in str(caught.value)


def test_the_shipped_table_names_every_source() -> None:
    assert set(shipped()) == set(NAMES)
    assert all(row.citation and row.licence and (row.url or row.page) for row in shipped().values())


def test_addresses_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("sources:\n- {name: nmc, version: '7', file: nmc7.csv, url: 'https://example.org/nmc7.csv'}\n")
    table = addresses(mine)
    assert table["nmc"].file == "nmc7.csv"
    assert table["archigos"] == shipped()["archigos"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("sources:\n- {name: moods, version: '1', file: m.csv}\n", "unknown source"),
        ("sources:\n- {name: nmc, version: '1'}\n", "sources.0.file: Field required"),
        ("sources:\n- {name: nmc, version: '1', file: ../../x}\n", "sources.0.file"),
        ("nothing: 1\n", "expected 'sources:'"),
        ("a: [1\n", "is no YAML"),
    ],
)
def test_a_table_of_addresses_with_faults(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=match):
        addresses(tmp_path / "mine.yaml")
