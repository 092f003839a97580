"""A user's model, played by a server that also lies: only what stands in the report is taken, and apart."""

from __future__ import annotations

import http.server
import io
import json
import threading
import time

import pytest

from offramp.errors import InputError, OfframpError
from offramp.reading.model import MAX_ANSWER, PIECE, Proposer, _pieces
from offramp.reading.reader import Options, read_reports

TEXT = "Lagos, 3 May 2020\n\nThe harbour board of Arcana scolded the pilots’ guild at dawn. Nigeria threatened Ghana."
HONEST = {
    "quote": "The harbour board of Arcana scolded the pilots’ guild at dawn.",
    "type": "ACCUSE",
    "trigger": "scolded",
    "source": "harbour board of Arcana",
    "target": "pilots’ guild",
}


class Server:
    """Answers every request with `body` and keeps what it was asked."""

    def __init__(self):
        self.body, self.status, self.wait, self.asked, self.headers = b"", 200, 0.0, [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append(dict(self.headers))
                time.sleep(outer.wait)
                try:
                    self.send_response(outer.status)
                    self.end_headers()
                    self.wfile.write(outer.body)
                except OSError:
                    return  # the client had enough

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, content):
        text = content if isinstance(content, str) else json.dumps(content)
        self.body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()


@pytest.fixture
def server():
    one = Server()
    yield one
    one.server.shutdown()
    one.server.server_close()


def read(server, text=TEXT, **more):
    options = Options(proposer=Proposer(server.address, "parrot", **more))
    return read_reports(["-"], stdin=io.BytesIO(text.encode()), options=options)


def test_an_honest_proposal_is_anchored_and_kept_apart(server):
    server.says([HONEST])
    reading = read(server, key="secret")
    (one,) = reading.evidence.proposed
    text = reading.reports[0].text
    assert one.text == HONEST["quote"]
    assert [text[a:b] for a, b in (one.trigger, one.source, one.target)] == [
        HONEST[k] for k in ("trigger", "source", "target")
    ]
    assert (one.type, one.proposed_by) == ("ACCUSE", "parrot")
    plain = read_reports(["-"], stdin=io.BytesIO(TEXT.encode()))
    assert reading.evidence.model_copy(update={"proposed": []}) == plain.evidence
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert TEXT[20:60] in server.asked[0]["messages"][1]["content"]
    assert any("1 events proposed by the model parrot" in w for w in reading.warnings)


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ({"quote": "Nigeria bombed Ghana on Sunday."}, "a quotation that the report does not hold"),
        ({"target": "Ghana"}, "a target that its quotation does not hold"),
        ({"trigger": "cold"}, "a trigger that its quotation does not hold"),
        ({"type": "WAR"}, "a type that PLOVER does not have"),
        ({"type": ["ACCUSE"]}, "a type that PLOVER does not have"),
        ({"source": 7}, "a source that is no text"),
        ({"trigger": None}, "a trigger that is no text"),
        ({"quote": ""}, "no quotation"),
    ],
)
def test_lies_are_not_taken_and_are_counted(server, lie, says):
    server.says([{**HONEST, **lie}, HONEST])
    reading = read(server)
    assert len(reading.evidence.proposed) == 1
    assert any(f"not taken from the model: {says} (1)" in w for w in reading.warnings)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>busy</html>", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}',
     b'{"choices":[{"message":{"content":"no list here"}}]}', b"[" * 100_000, b"\xff\xfe\x00"],
)  # fmt: skip
def test_broken_answers_cost_a_warning(server, body):
    server.body = body
    reading = read(server)
    assert reading.evidence.proposed == []
    assert any("not taken from the model" in w for w in reading.warnings)
    assert reading.evidence.events


def test_an_answer_around_its_list_and_items_that_are_none(server):
    server.says("Here you are:\n```json\n" + json.dumps([HONEST, 5, None, HONEST]) + "\n```")
    assert len(read(server).evidence.proposed) == 1


def test_an_endless_answer_is_cut(server):
    server.body = b"x" * (MAX_ANSWER + 100_000)
    assert any("an answer over 1 MB" in w for w in read(server).warnings)


def test_a_slow_answer_is_given_up(server):
    server.wait = 2.0
    start = time.monotonic()
    reading = read(server, timeout=0.3)
    assert time.monotonic() - start < 15
    assert any("took over 0.3 s" in w for w in reading.warnings)


def test_an_error_status_is_an_error(server):
    server.status = 401
    with pytest.raises(OfframpError, match="answered with status 401"):
        read(server)


def test_nobody_there():
    gone = Proposer("http://127.0.0.1:9/v1", "parrot")
    with pytest.raises(OfframpError, match="cannot be read"):
        read_reports(["-"], stdin=io.BytesIO(TEXT.encode()), options=Options(proposer=gone))


@pytest.mark.parametrize("address", ["ftp://x/", "x", "http://"])
def test_addresses_and_names_are_checked(address):
    with pytest.raises(InputError, match="http"):
        Proposer(address, "m")
    with pytest.raises(InputError, match="no name"):
        Proposer("http://x/", " ")


def test_the_key_is_never_shown():
    assert "secret" not in repr(Proposer("http://x/", "m", "secret"))


def test_pieces_adjoin():
    text = ("A sentence of some length. " * 40 + "\n") * 30
    pieces = _pieces(text)
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(b - a <= PIECE for a, b in pieces)
