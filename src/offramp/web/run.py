"""Running the application: uvicorn, with a time limit on the head of a request.

uvicorn bounds a body's size and an idle connection's time through us and through its own settings, but waits for ever
for a head that arrives a byte at a time; the protocol below does not.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from offramp.errors import InputError
from offramp.web.settings import Settings

MOST_HEAD = 32_768


def bound_protocol(seconds: float) -> type[H11Protocol]:
    """uvicorn's protocol for HTTP/1.1 that hangs up where a head is not complete within `seconds`."""

    class Bounded(H11Protocol):
        """One connection."""

        _limit: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._limit = self.loop.call_later(seconds, self._hang_up)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE:
                if self._limit is None:
                    self._limit = self.loop.call_later(seconds, self._hang_up)
            else:
                self._stop()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _stop(self) -> None:
            if self._limit is not None:
                self._limit.cancel()
                self._limit = None

        def _hang_up(self) -> None:
            self._limit = None
            if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.close()

    return Bounded


def server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """A server that is ready to run.

    Raises:
        InputError: If the address cannot be listened at, or tokens are needed and none is valid.
    """
    access = app.state.access
    if not settings.open_to_local and not any(token.state() == "valid" for token in access.tokens.listed()):
        raise InputError(
            f"listening at {settings.host} demands tokens, and no valid one is in {settings.tokens_file}: "
            "`offramp serve token new NAME --scope admin` makes one."
        )
    config = uvicorn.Config(
        app,
        host=settings.host.strip("[]"),
        port=settings.port,
        http=bound_protocol(settings.body_seconds),
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=settings.connections,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=MOST_HEAD,
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.key or None,
    )
    return uvicorn.Server(config)


def listening(settings: Settings) -> socket.socket:
    """A socket bound to the settings' address. Raises `InputError` where that cannot be."""
    host = settings.host.strip("[]")
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(kind, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise InputError(f"cannot listen at {settings.host}:{settings.port} ({error.strerror or error}).") from None
    return bound
