"""Alerts: put into the outbox with the forecast that raises them, delivered until the receiver has them.

A row is claimed before it is tried, so that two watchers do not both send it, and comes due again if whoever claimed it
dies. A receiver that is down is tried again after growing waits, without end: nothing is dropped. Delivery is therefore
at least once; `Idempotency-Key` (webhook) and `Message-ID` (mail) are the same each time, so a receiver can tell.
Passwords stand in no row: mail takes OFFRAMP_SMTP_USER and OFFRAMP_SMTP_PASSWORD from the environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import smtplib
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Literal

import sqlalchemy as sa

from offramp.errors import InputError
from offramp.ledger.entries import Entry, now
from offramp.ledger.store import Ledger
from offramp.ledger.tables import outbox

Channel = Literal["terminal", "webhook", "mail"]
TIMEOUT_S = 10.0
LEASE_S = 60.0
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 3600.0
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told: the terminal, an address that takes JSON by POST, or a mailbox by way of a mail server."""

    channel: Channel
    target: str = ""

    @classmethod
    def webhook(cls, url: str) -> Receiver:
        """A webhook. Raises `InputError` if it is no http(s) address."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"--webhook {url!r}: expected an address such as https://example.org/hook.")
        return cls("webhook", url)

    @classmethod
    def mail(cls, to: str, server: str, sender: str = "") -> Receiver:
        """A mailbox. Raises `InputError` if the address or the server cannot be."""
        if to.count("@") != 1 or any(c.isspace() or c in "<>,;" for c in to):
            raise InputError(f"--email {to!r}: expected one address such as desk@example.org.")
        if not server:
            raise InputError("--email needs --smtp HOST:PORT, the server that takes the mail.")
        host, _, port = server.partition(":")
        if not host or (port and not port.isdigit()):
            raise InputError(f"--smtp {server!r}: expected HOST or HOST:PORT, such as localhost:25.")
        query = urllib.parse.urlencode({"to": to, "from": sender or f"offramp@{host}"})
        return cls("mail", f"smtp://{host}:{port or 25}/?{query}")

    @property
    def shown(self) -> str:
        """The receiver as messages name it: an address without what may be secret in it."""
        parts = urllib.parse.urlsplit(self.target)
        if self.channel == "webhook":
            return f"webhook at {parts.hostname}"
        if self.channel == "mail":
            return f"mail to {dict(urllib.parse.parse_qsl(parts.query))['to']} by {parts.hostname}"
        return "the terminal"


Send = Callable[[Receiver, str, dict[str, Any]], None]


def put(connection: sa.Connection, entry: Entry, receiver: Receiver, payload: dict[str, Any]) -> None:
    """Puts an alert into the outbox, inside the transaction that records its forecast."""
    key = hashlib.sha256(f"{entry.hash}\n{receiver.channel}\n{receiver.target}".encode()).hexdigest()
    if connection.execute(sa.select(outbox.c.id).where(outbox.c.key == key)).first() is None:
        row = {"key": key, "entry": entry.n, "channel": receiver.channel, "target": receiver.target,
               "payload": json.dumps(payload), "attempts": 0, "next_try": 0.0}  # fmt: skip
        connection.execute(outbox.insert().values(row))


def waiting(ledger: Ledger) -> int:
    """How many alerts are not delivered yet."""
    query = sa.select(sa.func.count()).where(outbox.c.delivered.is_(None))
    return int(ledger.read(lambda c: c.execute(query).scalar()) or 0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver: what came of it."""

    receiver: Receiver
    entry: int
    attempts: int
    problem: str | None
    wait: float


def deliver(
    ledger: Ledger,
    *,
    say: Callable[[str], None],
    send: Send | None = None,
    clock: Callable[[], float] = time.time,
    everything: bool = False,
) -> list[Attempt]:
    """Tries every alert that is due, several at once; what failed comes due again later.

    Args:
        ledger: Whose outbox.
        say: Prints a line, for alerts to the terminal.
        send: Sends one alert or raises; for tests.
        clock: Seconds since 1970; a clock set back does not keep an alert waiting beyond the longest wait.
        everything: Also those that are not due yet.
    """
    rows = ledger.write(lambda c: _claim(c, clock(), everything)) if _any_due(ledger, clock(), everything) else []
    if not rows:
        return []
    send = send or (lambda receiver, key, payload: _send(receiver, key, payload, say))
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="offramp-alert") as pool:
        problems = list(pool.map(lambda row: _try(send, row), rows))
    attempts = [_attempt(row, problem) for row, problem in zip(rows, problems, strict=True)]

    def note(connection: sa.Connection) -> None:
        for row, done in zip(rows, attempts, strict=True):
            change: dict[str, Any] = {"attempts": done.attempts, "problem": done.problem}
            change |= {"delivered": now()} if done.problem is None else {"next_try": clock() + done.wait}
            connection.execute(outbox.update().where(outbox.c.id == row["id"]).values(change))

    ledger.write(note)
    return attempts


def _due(moment: float, everything: bool) -> sa.ColumnElement[bool]:
    waits = outbox.c.delivered.is_(None)
    if everything:
        return waits
    # A clock that was set back leaves times far ahead: nobody waits longer than the longest wait.
    return waits & ((outbox.c.next_try <= moment) | (outbox.c.next_try > moment + 1.5 * LONGEST_WAIT_S + LEASE_S))


def _any_due(ledger: Ledger, moment: float, everything: bool) -> bool:
    query = sa.select(outbox.c.id).where(_due(moment, everything)).limit(1)
    return ledger.read(lambda c: c.execute(query).first()) is not None


def _claim(connection: sa.Connection, moment: float, everything: bool) -> list[sa.RowMapping]:
    query = sa.select(outbox).where(_due(moment, everything)).order_by(outbox.c.id).limit(200)
    rows = list(connection.execute(query).mappings())
    for row in rows:
        connection.execute(outbox.update().where(outbox.c.id == row["id"]).values(next_try=moment + LEASE_S))
    return rows


def _try(send: Send, row: sa.RowMapping) -> str | None:
    try:
        send(Receiver(row["channel"], row["target"]), row["key"], json.loads(row["payload"]))
    except Exception as error:  # noqa: BLE001 - whatever a receiver does wrong, the alert stays and is tried again
        return " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return None


def _attempt(row: sa.RowMapping, problem: str | None) -> Attempt:
    count = row["attempts"] + 1
    wait = min(FIRST_WAIT_S * 2 ** (count - 1), LONGEST_WAIT_S) * random.uniform(0.75, 1.5)
    return Attempt(Receiver(row["channel"], row["target"]), row["entry"], count, problem, wait)


def _send(receiver: Receiver, key: str, payload: dict[str, Any], say: Callable[[str], None]) -> None:
    if receiver.channel == "terminal":
        say(f"ALERT {payload['text']} (because of: {payload['because']})")
    elif receiver.channel == "webhook":
        _post(receiver.target, key, payload)
    else:
        _mail(receiver.target, key, payload)


def _post(url: str, key: str, payload: dict[str, Any]) -> None:
    import httpx

    with (
        httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
        client.stream("POST", url, json=payload, headers={"Idempotency-Key": key}) as answer,
    ):
        if not answer.is_success:
            raise OSError(f"answers {answer.status_code}")


def _mail(target: str, key: str, payload: dict[str, Any]) -> None:
    parts = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(parts.query))
    message = EmailMessage()
    message["Subject"] = f"offramp: {payload['case']} has moved"
    message["From"], message["To"] = query["from"], query["to"]
    message["Message-ID"] = f"<{key}@offramp>"
    message.set_content(f"{payload['text']}\n\nBecause of: {payload['because']}\nEntry {payload['entry']}\n")
    with smtplib.SMTP(str(parts.hostname), parts.port or 25, timeout=TIMEOUT_S) as server:
        if server.has_extn("starttls") or (server.ehlo() and server.has_extn("starttls")):
            server.starttls()
        user = os.environ.get("OFFRAMP_SMTP_USER")
        if user:
            server.login(user, os.environ.get("OFFRAMP_SMTP_PASSWORD", ""))
        server.send_message(message)
