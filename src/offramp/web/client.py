"""The API from Python.

>>> with Client("http://127.0.0.1:8484") as api:  # doctest: +SKIP
...     for case in api.cases():
...         print(case["key"], case["out"])
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Literal

import httpx

from offramp.errors import OfframpError


class ServerError(OfframpError):
    """The server refused, or could not be reached; `status` is None for the latter."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """A connection to a server. Answers are plain values as `/openapi.json` describes them.

    What was asked for before is asked for again by its `ETag`, so that a poll costs little.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8484",
        token: str | None = None,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Opens a client.

        Args:
            address: Of the server.
            token: As `offramp serve token new` prints it.
            timeout: Seconds for one request, and for waiting until an answer is there.
            transport: For tests.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout, transport=transport)
        self._patience = timeout
        self._held: dict[str, tuple[str, Any]] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def cases(self) -> Iterator[dict[str, Any]]:
        """All cases, page by page."""
        after: str | None = ""
        while after is not None:
            page = self._get("/cases", after=after, limit=200)
            yield from page["items"]
            after = page["next"]

    def case(self, key: str) -> dict[str, Any]:
        """One case."""
        return dict(self._get(f"/cases/{key}"))

    def entries(self, case: str | None = None) -> Iterator[dict[str, Any]]:
        """Entries, newest first."""
        path = "/entries" if case is None else f"/cases/{case}/entries"
        before: dict[str, int] = {}
        while True:
            page = self._get(path, limit=200, **before)
            yield from page["items"]
            if page["next"] is None:
                return
            before = {"before": page["next"]}

    def entry(self, n: int) -> dict[str, Any]:
        """One entry as it was recorded."""
        return dict(self._get(f"/entries/{n}"))

    def evidence(self, n: int) -> list[dict[str, Any]]:
        """The reports that a forecast rests on."""
        return list(self._get(f"/entries/{n}/evidence"))

    def brief(self, n: int) -> dict[str, Any]:
        """The whole brief of a forecast; waits until it is made."""
        return dict(self._get(f"/entries/{n}/brief"))

    def what_if(
        self, case: str, overrides: Mapping[str, Any], *, mode: Literal["preview", "full"] = "preview"
    ) -> dict[str, Any]:
        """What a change would lead to; waits until it is there."""
        return dict(self._post(f"/cases/{case}/what-if", {"overrides": dict(overrides), "mode": mode}))

    def read(self, *, text: str | None = None, address: str | None = None) -> dict[str, Any]:
        """A report read; nothing is kept."""
        return dict(self._post("/reports/read", {"text": text, "address": address}))

    def forecast(self, *, text: str, months: int = 24, draws: int = 64) -> dict[str, Any]:
        """A report read, forecast and recorded; waits for its entry. Raises `ServerError` where it cannot be made."""
        job = self._send("POST", "/forecasts", json={"text": text, "months": months, "draws": draws}).json()
        until = time.monotonic() + self._patience
        while job["state"] == "waiting":
            if time.monotonic() > until:
                raise ServerError(f"the forecast is not there after {self._patience:g} seconds; job {job['id']}.", 202)
            time.sleep(0.3)
            job = self._send("GET", f"/jobs/{job['id']}").json()
        if job["state"] == "failed":
            raise ServerError(str(job["problem"]), 400)
        return self.entry(job["entry"])

    def resolve(self, case: str, outcome: str, date: str, *, source: str = "", replace: bool = False) -> dict[str, Any]:
        """Says how a case ended."""
        asked = {"outcome": outcome, "date": date, "source": source, "replace": replace}
        return dict(self._post(f"/cases/{case}/resolution", asked))

    def score(self, case: str | None = None) -> dict[str, Any]:
        """How past forecasts did."""
        return dict(self._get("/score", **({} if case is None else {"case": case})))

    def games(self) -> list[dict[str, Any]]:
        """The catalogue of games."""
        return list(self._get("/games"))

    def solve(self, game: str, *, precision: float = 2.0, branch: bool = False, **parameters: float) -> dict[str, Any]:
        """A game of the catalogue at some payoffs and a precision."""
        asked = {"parameters": parameters, "precision": precision, "branch": branch}
        return dict(self._post(f"/games/{game}/solve", asked))

    def events(self, after: int | None = None) -> Iterator[dict[str, Any]]:
        """New entries as they are recorded, for ever; `after` goes on from an entry's number."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        try:
            with self._http.stream("GET", "/api/v1/events", headers=headers, timeout=None) as stream:
                if stream.status_code != 200:
                    stream.read()
                    raise _fault(stream)
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        yield json.loads(line.removeprefix("data:"))
        except httpx.TransportError as error:
            raise ServerError(f"{self._http.base_url}: {error}") from error

    def _get(self, path: str, **query: Any) -> Any:
        key = f"{path}?{sorted(query.items())}"
        tag, value = self._held.get(key, ("", None))
        answer = self._send("GET", path, params=query, headers={"If-None-Match": tag} if tag else {})
        if answer.status_code == 304:
            return value
        if "etag" in answer.headers:
            self._held[key] = (answer.headers["etag"], answer.json())
            while len(self._held) > 200:
                self._held.pop(next(iter(self._held)))
        return answer.json()

    def _post(self, path: str, asked: Any) -> Any:
        return self._send("POST", path, json=asked).json()

    def _send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """One request; what is not there yet is asked for again."""
        until = time.monotonic() + self._patience
        while True:
            try:
                answer = self._http.request(method, f"/api/v1{path}", **rest)
            except httpx.TransportError as error:
                raise ServerError(f"{self._http.base_url}: {error}") from error
            pending = answer.status_code == 202 and "status" in answer.json()
            if not pending:
                break
            if time.monotonic() > until:
                raise ServerError(f"{path}: not there after {self._patience:g} seconds.", 202)
            time.sleep(min(1.0, float(answer.headers.get("retry-after", "1"))))
        if answer.status_code >= 400:
            raise _fault(answer)
        return answer


def _fault(answer: httpx.Response) -> ServerError:
    try:
        told = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        told = answer.text[:200]
    return ServerError(f"{answer.status_code}: {told}", answer.status_code)
