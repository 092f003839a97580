"""Alerts reach receivers that are up, wait for those that are down, and are dropped by none."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import sample
from offramp.errors import InputError
from offramp.ledger.store import Ledger
from offramp.ledger.tables import outbox as table
from offramp.watch import outbox
from offramp.watch.outbox import Receiver, deliver, put, waiting

PAYLOAD = {"case": "x", "text": "x moved", "because": "a report", "entry": 1}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(str(tmp_path / "l")) as store:
        yield store


def raise_alert(ledger: Ledger, *receivers: Receiver) -> None:
    entry = sample.add(ledger)
    ledger.write(lambda c: [put(c, entry, receiver, PAYLOAD) for receiver in receivers])


@contextmanager
def web(answer: int = 200, *, hold: threading.Event | None = None) -> Iterator[tuple[str, list[Any]]]:
    """A webhook on loopback; with `hold` it never answers until that is set."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Idempotency-Key"], json.loads(body)))
            if hold is not None:
                hold.wait(30)
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        if hold is not None:
            hold.set()
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_it_once(ledger: Ledger):
    with web() as (url, got):
        raise_alert(ledger, Receiver.webhook(url))
        (attempt,) = deliver(ledger, say=print)
        assert attempt.problem is None
        assert deliver(ledger, say=print) == []
    assert [body for _, body in got] == [PAYLOAD]
    assert waiting(ledger) == 0


def test_a_receiver_that_is_down_is_tried_again_ever_more_slowly_and_nothing_is_lost(ledger: Ledger):
    moment = [1000.0]
    sent: list[str] = []
    down = True

    def send(receiver: Receiver, key: str, payload: dict[str, Any]) -> None:
        if down:
            raise ConnectionRefusedError("refused")
        sent.append(key)

    raise_alert(ledger, Receiver.webhook("http://a/"))
    raise_alert(ledger, Receiver.webhook("http://a/"))
    waits = []
    for _ in range(14):
        attempts = deliver(ledger, say=print, send=send, clock=lambda: moment[0])
        assert len(attempts) == 2
        assert deliver(ledger, say=print, send=send, clock=lambda: moment[0]) == []  # not before its time
        waits.append(max(a.wait for a in attempts))
        moment[0] += max(a.wait for a in attempts) + 1
    assert waits[0] < 10
    assert all(b > a for a, b in zip(waits[:8:2], waits[2:10:2], strict=True))
    assert max(waits) <= 1.5 * outbox.LONGEST_WAIT_S
    assert waiting(ledger) == 2
    down = False
    deliver(ledger, say=print, send=send, clock=lambda: moment[0])
    assert len(set(sent)) == 2
    assert waiting(ledger) == 0


def test_a_webhook_that_never_answers_holds_up_nobody(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "TIMEOUT_S", 0.5)
    hold = threading.Event()
    with web(hold=hold) as (dead, _), web() as (alive, got):
        raise_alert(ledger, Receiver.webhook(dead), Receiver.webhook(alive))
        start = time.monotonic()
        attempts = deliver(ledger, say=print)
        assert time.monotonic() - start < 5
        assert [a.problem is None for a in attempts] == [False, True]
        assert "Timeout" in str(attempts[0].problem)
        assert len(got) == 1
    assert waiting(ledger) == 1


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_success_counts_as_not_delivered(ledger: Ledger, status: int):
    with web(status) as (url, _):
        raise_alert(ledger, Receiver.webhook(url))
        (attempt,) = deliver(ledger, say=print)
        assert f"answers {status}" in str(attempt.problem)
    assert waiting(ledger) == 1


class _Smtp(socketserver.StreamRequestHandler):
    """Just enough of a mail server: takes one message."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        lines: list[str] = []
        while line := self.rfile.readline().decode():
            word = line[:4].upper()
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while (row := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(row.rstrip())
                self.server.got.append("\n".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == "QUIT" else b"250 fine\r\n")
            if word == "QUIT":
                return


def test_mail_by_smtp(ledger: Ledger):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    server.daemon_threads = True
    server.got = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        raise_alert(ledger, Receiver.mail("desk@example.org", f"127.0.0.1:{server.server_address[1]}"))
        (attempt,) = deliver(ledger, say=print)
        assert attempt.problem is None
    finally:
        server.shutdown()
        server.server_close()
    (message,) = server.got  # type: ignore[attr-defined]
    assert "To: desk@example.org" in message
    assert "Subject: offramp: x has moved" in message
    assert "x moved" in message
    assert "Message-ID:" in message
    assert "@offramp>" in message


def test_the_terminal(ledger: Ledger):
    lines: list[str] = []
    raise_alert(ledger, Receiver("terminal"))
    deliver(ledger, say=lines.append)
    assert lines == ["ALERT x moved (because of: a report)"]


def test_two_watchers_do_not_both_send(ledger: Ledger):
    sent: list[str] = []
    for _ in range(6):
        raise_alert(ledger, Receiver.webhook("http://a/"))

    def send(_: Receiver, key: str, __: dict[str, Any]) -> None:
        sent.append(key)
        time.sleep(0.02)

    threads = [threading.Thread(target=lambda: deliver(ledger, say=print, send=send)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(set(sent))
    assert len(sent) == 6


def test_what_a_dead_watcher_had_claimed_comes_due_again(ledger: Ledger):
    raise_alert(ledger, Receiver.webhook("http://a/"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(ledger, say=print, send=die, clock=lambda: 1000.0)
    sent: list[str] = []
    take = lambda r, k, p: sent.append(k)  # noqa: E731
    assert deliver(ledger, say=print, send=take, clock=lambda: 1000.0 + outbox.LEASE_S / 2) == []
    deliver(ledger, say=print, send=take, clock=lambda: 1000.0 + outbox.LEASE_S + 1)
    assert len(sent) == 1


@pytest.mark.parametrize("jump", [-10 * 365 * 86400.0, 10 * 365 * 86400.0])
def test_a_clock_that_jumps_keeps_no_alert_waiting(ledger: Ledger, jump: float):
    def fail(*_: object) -> None:
        raise OSError("down")

    raise_alert(ledger, Receiver.webhook("http://a/"))
    deliver(ledger, say=print, send=fail, clock=lambda: 1e9)
    sent: list[str] = []
    deliver(ledger, say=print, send=lambda r, k, p: sent.append(k), clock=lambda: 1e9 + jump)
    assert len(sent) == 1


def test_the_same_alert_is_put_once(ledger: Ledger):
    entry = sample.add(ledger)
    for _ in range(2):
        ledger.write(lambda c: put(c, entry, Receiver("terminal"), PAYLOAD))
    assert waiting(ledger) == 1
    assert ledger.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar()) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Receiver.webhook("ftp://x"), "--webhook 'ftp://x'"),
        (lambda: Receiver.webhook("nothing"), "expected an address"),
        (lambda: Receiver.mail("a@b, c@d", "h:25"), "--email"),
        (lambda: Receiver.mail("a@b\nBcc: c@d", "h:25"), "--email"),
        (lambda: Receiver.mail("a@b", ""), "needs --smtp"),
        (lambda: Receiver.mail("a@b", "h:x"), "--smtp 'h:x'"),
    ],
)
def test_receivers_that_cannot_be(make, message: str):
    with pytest.raises(InputError, match=message):
        make()


def test_what_may_be_secret_is_not_shown():
    assert Receiver.webhook("https://u:pw@example.org/hook?token=abc").shown == "webhook at example.org"
    assert Receiver.mail("a@b.org", "mx:25").shown == "mail to a@b.org by mx"
