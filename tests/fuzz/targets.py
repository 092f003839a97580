"""Every parser that takes outside bytes, as a function of bytes that may raise errors of offramp and nothing else.

Shared by three: random and damaged samples (`test_parsers.py`), what fuzzing found before (`test_corpus.py`), and
coverage-guided fuzzing (`make fuzz`, tools/fuzz/fuzz.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from offramp.errors import OfframpError

ROOT = Path(__file__).resolve().parents[2]
MOST_READ = 3_000
"""Bytes of a report that is read whole: reading takes time by the sentence, and hangs show in small texts too."""
SCRATCH = Path(tempfile.mkdtemp(prefix="offramp-fuzz-"))


def _file(data: bytes, ending: str) -> str:
    path = SCRATCH / f"input{ending}"
    path.write_bytes(data)
    return str(path)


def page(data: bytes) -> None:
    """A report's bytes to text: encodings, HTML, debris."""
    from offramp.reading.ingest import from_bytes

    from_bytes(data, "report.html" if data[:1] == b"<" else "report.txt")


def report(data: bytes) -> None:
    """A report read whole."""
    from offramp.reading.ingest import from_bytes
    from offramp.reading.reader import read_ingested

    read_ingested([from_bytes(data[:MOST_READ], "report.txt")])


def case(data: bytes) -> None:
    """A case file, and the case written and read again."""
    from offramp.case import files

    found = files.loads(data.decode("utf-8", "replace"), name="case.yaml")
    assert files.loads(files.dump(found)) == found


def setting(data: bytes) -> None:
    """PATH=VALUE of --set, applied."""
    from offramp.case.overrides import effective, parse_setting
    from offramp.exitgame.anchor_b_build import typical

    path, value = parse_setting(data.decode("utf-8", "replace"))
    effective(typical().model_copy(update={"overrides": {path: value}}))


def over(data: bytes) -> None:
    """--over of a sweep."""
    from offramp.exitgame.anchor_b_build import typical
    from offramp.sweep import standoff

    standoff.plan(typical(), [data.decode("utf-8", "replace")])


def _source(data: bytes, ending: str) -> None:
    from offramp.watch.sources import Source

    for _ in Source(_file(data, ending)).items():
        pass


def feed(data: bytes) -> None:
    """A feed."""
    _source(data, ".xml")


def mbox(data: bytes) -> None:
    """A mailbox file."""
    _source(data, ".mbox")


def lines(data: bytes) -> None:
    """Reports as JSON lines."""
    _source(data, ".jsonl")


def names(data: bytes) -> None:
    """The user's own names."""
    from offramp.reading.names import read_names

    read_names(_file(data, ".yaml"))


def efg(data: bytes) -> None:
    """Gambit's extensive form."""
    from offramp.games.efg import parse_efg

    parse_efg(data.decode("utf-8", "replace"))


def nfg(data: bytes) -> None:
    """Gambit's normal form."""
    from offramp.games.nfg import parse_nfg

    parse_nfg(data.decode("utf-8", "replace"))


def npz(data: bytes) -> None:
    """Arrays of a Markov game."""
    from offramp.games.markov import read_npz

    read_npz(_file(data, ".npz"))


@cache
def _application() -> Any:
    from offramp.ledger.store import Ledger
    from offramp.web.app import create_app
    from offramp.web.settings import Settings

    paths = {name: str(SCRATCH / name) for name in ("tokens", "audit")}
    settings = Settings(
        ledger=str(SCRATCH / "l.sqlite"), log="none", per_minute=10**9, logins_per_minute=10**9, **paths
    )
    return create_app(settings, ledger=Ledger(settings.ledger), warm=False)


@cache
def _thread() -> ThreadPoolExecutor:
    """A thread without an event loop: a browser's tests leave one running in the main thread."""
    return ThreadPoolExecutor(1)


def api(data: bytes) -> None:
    """A request: method, path and query on the first line, headers until an empty one, then the body."""
    head, _, body = data.partition(b"\n\n")
    first, *rest = head.split(b"\n")
    method, _, target = first.partition(b" ")
    path, _, query = target.partition(b"?")
    if not path.startswith(b"/") or path.startswith((b"/api/v1/events", b"/live")):
        return  # what is no request never gets past the server; streams do not end
    headers = [(b"host", b"127.0.0.1")]
    for row in rest[:20]:
        name, colon, value = row.partition(b":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    asked = _asked(method.decode("latin-1").upper(), path, query, headers, body)
    status = _thread().submit(asyncio.run, asked).result()
    assert status is not None
    assert status < 500 or status == 503, status


async def _asked(
    method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> int | None:  # fmt: skip
    told: list[int] = []
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(given, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.append(int(message["status"]))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path.decode("utf-8", "replace"), "raw_path": path, "query_string": query, "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await _application()(scope, receive, send)
    return told[0] if told else None


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (page, report, case, setting, over, feed, mbox, lines, names, efg, nfg, npz, api)
}


def eat(name: str, data: bytes) -> None:
    """Gives a target bytes. Errors of offramp are right answers; everything else is a finding."""
    with contextlib.suppress(OfframpError):
        TARGETS[name](data)


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Samples that a target understands."""
    return tuple(_SEEDS[name]())


def _reports() -> list[bytes]:
    return [
        (ROOT / "examples" / name).read_bytes() for name in ("venezuela-2025.md", "yemen-2011.html", "football.txt")
    ]


def _cases() -> list[bytes]:
    from offramp.case import files
    from offramp.exitgame.anchor_b_build import typical

    return [files.dump(typical()).encode()]


def _games(ending: str) -> list[bytes]:
    from offramp.games.efg import efg_text
    from offramp.games.nfg import nfg_text
    from offramp.games.standard import make

    return [(efg_text if ending == "efg" else nfg_text)(make(name)).encode() for name in ("entry", "poker")]


def _arrays() -> list[bytes]:
    found = io.BytesIO()
    payoffs, moves = np.zeros((2, 1, 2, 2)), np.full((2, 2, 2, 2), 0.5)
    np.savez(found, payoffs=payoffs, transitions=moves, discount=np.array(0.9), num_actions=np.full((2, 2), 2))
    return [found.getvalue()]


def _requests() -> list[bytes]:
    solve = json.dumps({"precision": 2.0, "parameters": {"fight": -0.5}}).encode()
    return [
        b"GET /api/v1/cases?limit=5&after=a HTTP\nAccept: application/json\n\n",
        b"POST /api/v1/games/entry/solve\nContent-Type: application/json\n\n" + solve,
        b'POST /api/v1/cases/x/what-if\nContent-Type: application/json\n\n{"changes": {"army_loyalty": 0.4}}',
        b'POST /api/v1/cases/x/resolution\nContent-Type: application/json\n\n{"outcome": "coup", "date": "2025-01-02"}',
        b"GET /games/entry/solved?fight=-1&precision=3\n\n",
        b"POST /login\nContent-Type: application/x-www-form-urlencoded\n\ntoken=abc",
        b"GET /entries/1\nIf-None-Match: \"x\"\nAccept: text/html\n\n",
    ]  # fmt: skip


FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>Talks</title>
<link>http://a.example/1</link><pubDate>Mon, 01 Dec 2025 10:00:00 GMT</pubDate><guid>1</guid>
<description>&lt;p&gt;The ruler refused to leave.&lt;/p&gt;</description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>1</id><title>T</title>
<updated>2025-12-01T10:00:00Z</updated><content type="html">x</content></entry></feed>"""
MAIL = b"""From a@b Mon Dec  1 10:00:00 2025
From: a@b.example
Subject: =?utf-8?q?Ultimatum?=
Date: Mon, 01 Dec 2025 10:00:00 +0000
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

The president refused to leave.
--x--
"""

_SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "page": _reports,
    "report": _reports,
    "case": _cases,
    "setting": lambda: [b"army_loyalty=0.6", b"state.offer=none", b"guarantee=0.1,0.2,0.3", b"ruler.birth_year=1960"],
    "over": lambda: [b"offer,guarantee,army_loyalty=0:1:101", b"pressure=none|ultimatum,street=0.1|0.2"],
    "feed": lambda: [FEED, ATOM],
    "mbox": lambda: [MAIL],
    "lines": lambda: [b'{"text": "The ruler refused.", "date": "2025-12-01", "title": "T", "id": "1"}\n{"text": ""}\n'],
    "names": lambda: [b"- name: The Guard\n  country: VEN\n  role: armed_forces\n  since: 2001-01-01\n"],
    "efg": lambda: _games("efg"),
    "nfg": lambda: _games("nfg"),
    "npz": _arrays,
    "api": _requests,
}
