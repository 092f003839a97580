"""The API, version 1: everything that the pages show, as JSON, described by OpenAPI.

Answers about the ledger carry an `ETag` made from its head; lists come by pages, newest first, with a `next` to go on
from. Errors are `{"error": {"code", "message"}}`. Keys are added within version 1, never renamed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError, Future
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse

from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.ledger import entries, judge
from offramp.ledger.resolve import resolve
from offramp.reading.evidence import Reading
from offramp.web import games, library
from offramp.web.access import Denied, Principal, need
from offramp.web.guards import problem
from offramp.web.library import CaseRow, EntryRow, EntryWhole, ReportText
from offramp.web.live import LIVE, Answer
from offramp.web.messages import (
    CasePage,
    EntryPage,
    ForecastAsk,
    JobAnswer,
    Pending,
    Problem,
    ReadAnswer,
    ReadAsk,
    ResolveAsk,
    TokenAsk,
    TokenMade,
    TokenRow,
    WhatIfAnswer,
    WhatIfAsk,
)
from offramp.web.service import Service
from offramp.web.tokens import Token

PATIENCE = 20.0
"""Seconds for which an answer is waited for before 202 is given."""
_SAID = {400: "what was asked for cannot be used", 401: "no token, or a wrong one", 403: "not allowed",
         404: "not there", 408: "too slow", 413: "too large", 421: "wrong host name", 422: "not as described here",
         429: "too fast", 503: "busy"}  # fmt: skip
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": told} for status, told in _SAID.items()
}
SAME: dict[int | str, dict[str, Any]] = {304: {"description": "nothing has changed since the ETag"}}
LATER: dict[int | str, dict[str, Any]] = {202: {"model": Pending, "description": "being made; ask again"}}
router = APIRouter(prefix="/api/v1", responses=ERRORS)
Reader = Annotated[Principal, Depends(need("read"))]
Writer = Annotated[Principal, Depends(need("write"))]
Admin = Annotated[Principal, Depends(need("admin"))]
Key = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[a-z0-9-]+$")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Match = Annotated[str | None, Header(alias="If-None-Match", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=200)]


class Absent(Exception):  # noqa: N818 - an answer, not a fault
    """What was asked for is not there."""


def service(request: Request) -> Service:
    """The server's hands."""
    found: Service = request.app.state.service
    return found


Hands = Annotated[Service, Depends(service)]


def conditional(match: str | None, tag: str, make: Callable[[], Any], **headers: str) -> Response:
    """An answer with its ETag, or 304 where the sender has it already."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"ETag": tag}
    if match is not None and (
        match.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in match.split(",")]
    ):
        return Response(status_code=304, headers=headers)
    return JSONResponse(jsonable_encoder(make(), by_alias=True), headers=headers)


def _tag(hands: Service, *parts: object) -> str:
    return library.etag(*library.head(hands.ledger), *parts)


def _entry(hands: Service, n: int) -> entries.Entry:
    found = library.one(hands.ledger, n)
    if found is None:
        raise Absent(f"there is no entry {n}.")
    return found


def _forecast(hands: Service, n: int) -> entries.Entry:
    found = _entry(hands, n)
    if found.kind != "forecast":
        raise InputError(f"entry {n} is a {found.kind}; only a forecast has that.")
    return found


def newest(hands: Service, key: str) -> entries.Entry:
    """The newest forecast of a case. Raises `Absent`."""
    found = library.newest(hands.ledger, key)
    if found is None:
        raise Absent(f"there is no case {key!r}.")
    return found


async def settled(future: Future[Any], seconds: float = PATIENCE) -> Any:
    """What a future gives; None where it takes longer or a newer request of the same user replaced it."""
    try:
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), seconds)
    except (TimeoutError, CancelledError):
        return None
    except asyncio.CancelledError:
        if future.cancelled():
            return None
        raise


def _later(status: Literal["preparing", "waiting"], seconds: int = 2, job: str | None = None) -> Response:
    return JSONResponse(Pending(status=status, job=job).model_dump(), 202, {"Retry-After": str(seconds)})


@router.get("/cases", response_model=CasePage, responses=SAME, tags=["cases"])
def list_cases(
    hands: Hands, _: Reader, match: Match = None, limit: Limit = 50,
    after: Annotated[str, Query(max_length=200, description="key after which to go on")] = "",
) -> Response:  # fmt: skip
    """All cases that were forecast, by key."""

    def make() -> CasePage:
        rows = [row for row in library.cases(hands.ledger) if row.key > after]
        return CasePage(items=rows[:limit], next=rows[limit - 1].key if len(rows) > limit else None)

    return conditional(match, _tag(hands, "cases", limit, after), make)


@router.get("/cases/{key}", response_model=CaseRow, responses=SAME, tags=["cases"])
def show_case(key: Key, hands: Hands, _: Reader, match: Match = None) -> Response:
    """One case: where it stands, how it moved, how it ended."""
    row = library.case(hands.ledger, key)
    if row is None:
        raise Absent(f"there is no case {key!r}.")
    return conditional(match, _tag(hands, "case", key), lambda: row)


@router.get("/cases/{key}/entries", response_model=EntryPage, responses=SAME, tags=["cases"])
def list_entries_of_case(
    key: Key, hands: Hands, _: Reader, match: Match = None, limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="number below which to go on")] = None,
) -> Response:  # fmt: skip
    """A case's forecasts and resolutions, newest first."""
    newest(hands, key)
    return _entries(hands, match, limit, before, key, None)


@router.get("/entries", response_model=EntryPage, responses=SAME, tags=["entries"])
def list_entries(
    hands: Hands, _: Reader, match: Match = None, limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    kind: Annotated[Literal["forecast", "resolution", "erasure"] | None, Query()] = None,
) -> Response:  # fmt: skip
    """All entries, newest first."""
    return _entries(hands, match, limit, before, None, kind)


def _entries(
    hands: Service, match: str | None, limit: int, before: int | None, case: str | None, kind: str | None
) -> Response:
    rows = library.listed(hands.ledger, case=case, kind=kind, before=before, limit=limit + 1)
    page = EntryPage(items=rows[:limit], next=rows[limit - 1].n if len(rows) > limit else None)
    return conditional(match, _tag(hands, "entries", limit, before, case, kind), lambda: page)


@router.get("/entries/{n}", response_model=EntryWhole, responses=SAME, tags=["entries"])
def show_entry(n: Number, hands: Hands, _: Reader, match: Match = None) -> Response:
    """One entry as it was recorded, with its place in the chain."""
    _entry(hands, n)
    return conditional(match, _tag(hands, "entry", n), lambda: library.entry(hands.ledger, n))


@router.get("/entries/{n}/evidence", response_model=list[ReportText], responses=SAME, tags=["entries"])
def show_evidence(n: Number, hands: Hands, _: Reader, match: Match = None) -> Response:
    """The reports that a forecast rests on, as far as they were not erased."""
    entry = _forecast(hands, n)
    return conditional(match, _tag(hands, "evidence", n), lambda: library.evidence(hands.ledger, entry))


@router.get("/entries/{n}/brief", response_model=Brief, responses=SAME | LATER, tags=["entries"])
async def show_brief(n: Number, hands: Hands, _: Reader, match: Match = None) -> Response:
    """The whole brief of a forecast, made again where it is not at hand."""
    entry = await asyncio.to_thread(_forecast, hands, n)
    found = await asyncio.to_thread(hands.brief, entry)
    brief = found if isinstance(found, Brief) else await settled(found)
    if brief is None:
        return _later("waiting", 5)
    return conditional(match, library.etag("brief", hands.briefs.key(entry)), lambda: brief)


@router.post("/cases/{key}/what-if", response_model=WhatIfAnswer, responses=LATER, tags=["cases"])
async def what_if(key: Key, ask: WhatIfAsk, hands: Hands, who: Reader) -> Response:
    """What a change would lead to, in the model: at once as a preview, or with the draws of the forecast."""
    entry = await asyncio.to_thread(newest, hands, key)
    if ask.mode == "preview":
        board = hands.board(entry)
        if board is None:
            return _later("preparing")
        return JSONResponse(what_if_answer(entry, board.preview(ask.overrides)).model_dump())
    answer: Answer | None = await settled(hands.full(entry, ask.overrides, f"{who.key}:{key}"))
    if answer is None:
        return _later("waiting")
    return JSONResponse(what_if_answer(entry, answer).model_dump())


def what_if_answer(entry: entries.Entry, answer: Answer) -> WhatIfAnswer:
    """An answer beside the forecast that it changes."""
    note = (
        f"A preview: the forecast, moved by what {answer.draws} draws on a coarse grid see of the change."
        if answer.preview
        else f"In the model, with the {answer.draws} draws of the forecast."
    )
    return WhatIfAnswer(
        case=entry.case, entry=entry.n, mode="preview" if answer.preview else "full", draws=answer.draws,
        months=answer.months, outcomes=answer.outcomes, recorded=library.series(entry), note=note,
    )  # fmt: skip


@router.get("/live", tags=["cases"])
def live_changes(_: Reader) -> list[str]:
    """The changes that a preview can answer."""
    return sorted(LIVE)


@router.post("/reports/read", response_model=ReadAnswer, responses=LATER, tags=["reports"])
async def read_report(ask: ReadAsk, hands: Hands, who: Reader) -> Response:
    """Reads a report; nothing is kept."""
    data = await report_of(hands, ask)
    reading: Reading | None = await settled(hands.reading(data, f"{who.key}:read"), 45)
    if reading is None:
        return _later("waiting", 5)
    return JSONResponse(jsonable_encoder(read_answer(reading), by_alias=True))


async def report_of(hands: Service, ask: ReadAsk) -> bytes | str:
    """The report that is meant. Raises `InputError` unless it is one, `FetchError` where it may not be fetched."""
    if (ask.text is None) == (ask.address is None):
        raise InputError("give either text or address, not both.")
    if ask.text is not None:
        return ask.text
    return (await asyncio.to_thread(hands.fetch, ask.address or "")).content


def read_answer(reading: Reading) -> ReadAnswer:
    """A reading with the case that it makes."""
    from offramp.case.draft import draft_case

    try:
        drafted = draft_case(reading)
    except InputError as error:
        return ReadAnswer(reading=reading, case=None, problem=str(error), warnings=reading.warnings)
    case = drafted.case.model_dump(mode="json", by_alias=True)
    return ReadAnswer(reading=reading, case=case, problem=None, warnings=[*reading.warnings, *drafted.warnings])


@router.post("/forecasts", response_model=JobAnswer, status_code=202, tags=["reports"])
async def make_forecast(ask: ForecastAsk, hands: Hands, who: Writer) -> Response:
    """Reads a report, forecasts, and records the forecast in the ledger; the job says when it is there."""
    data = await report_of(hands, ask)
    work = hands.forecast(data, months=ask.months, draws=ask.draws, by=who.name)
    found = JobAnswer(id=work.id, state="waiting")
    return JSONResponse(found.model_dump(), 202, {"Location": f"/api/v1/jobs/{work.id}"})


@router.get("/jobs/{ident}", response_model=JobAnswer, tags=["reports"])
def show_job(ident: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], hands: Hands, _: Writer) -> JobAnswer:
    """How far a forecast is."""
    work = hands.work(ident)
    if work is None:
        raise Absent(f"there is no job {ident}.")
    state = work.state
    told = {"failed": str(work.future.exception())} if state == "failed" and not work.future.cancelled() else {}
    entry = work.future.result().n if state == "done" else None
    return JobAnswer(id=ident, state=state, entry=entry, problem=told.get("failed"))


@router.post("/cases/{key}/resolution", response_model=EntryRow, tags=["cases"])
def resolve_case(key: Key, ask: ResolveAsk, hands: Hands, who: Writer) -> EntryRow:
    """Says how a case ended; appended to the ledger, no forecast changes."""
    newest(hands, key)
    done = resolve(
        hands.ledger, key, ask.outcome, ask.date, source=ask.source, by=who.name, replace=ask.replace
    )  # fmt: skip
    found = library.entry(hands.ledger, done.n)
    if found is None:
        raise Absent(f"there is no entry {done.n}.")
    return EntryRow(**found.model_dump(exclude={"previous", "content"}))


@router.get("/score", response_model=dict[str, Any], responses=SAME, tags=["score"])
def score(
    hands: Hands, _: Reader, match: Match = None,
    case: Annotated[str | None, Query(max_length=200, pattern=r"^[a-z0-9-]+$")] = None,
) -> Response:  # fmt: skip
    """How past forecasts of resolved cases did: Brier, log, ranked probability, calibration, against history."""
    if case is not None:
        newest(hands, case)
    make = lambda: judge.to_plain(judge.judge(hands.ledger, case=case))  # noqa: E731
    return conditional(match, _tag(hands, "score", case), make)


@router.get("/games", response_model=list[games.GameRow], tags=["games"])
def list_games(_: Reader) -> list[games.GameRow]:
    """The catalogue of standard games."""
    return games.listed()


Name = Annotated[str, Path(max_length=80, pattern=r"^[a-z-]+$")]


@router.get("/games/{name}", response_model=games.GameWhole, tags=["games"])
def show_game(name: Name, _: Reader) -> games.GameWhole:
    """One game: its tree in words and drawn, players, parameters."""
    return games.shown(known(name))


@router.post("/games/{name}/solve", response_model=games.GameSolved, tags=["games"])
def solve_game(name: Name, ask: Annotated[games.GameAsk, Body()], _: Reader) -> games.GameSolved:
    """Its logit equilibrium at a precision, and strategies against precision along the principal branch."""
    return games.solved(known(name), ask)


def known(name: str) -> str:
    """The name of a game that is in the catalogue. Raises `Absent`."""
    if name not in {row.name for row in games.listed()}:
        raise Absent(f"there is no game {name!r} in the catalogue.")
    return name


@router.get("/tokens", response_model=list[TokenRow], tags=["tokens"])
def list_tokens(request: Request, _: Admin) -> list[TokenRow]:
    """All tokens, without their secrets."""
    return [_row(token) for token in request.app.state.access.tokens.listed()]


@router.post("/tokens", response_model=TokenMade, status_code=201, tags=["tokens"])
def make_token(ask: TokenAsk, request: Request, _: Admin) -> TokenMade:
    """Makes a token; its secret is shown this once."""
    token, text = request.app.state.access.tokens.new(ask.name, ask.scope, ask.days)
    return TokenMade(**_row(token).model_dump(), token=text)


@router.delete("/tokens/{ident}", response_model=TokenRow, tags=["tokens"])
def revoke_token(ident: Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")], request: Request, _: Admin) -> TokenRow:
    """Ends a token now."""
    held = request.app.state.access.tokens
    if ident not in {token.id for token in held.listed()}:
        raise Absent(f"there is no token {ident}.")
    return _row(held.revoke(ident))


def _row(token: Token) -> TokenRow:
    told = {"id": token.id, "name": token.name, "scope": token.scope, "made": token.made, "expires": token.expires}
    return TokenRow.model_validate(told | {"state": token.state()})


@router.get(
    "/events", tags=["entries"], response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "description": "`event: entry` with number, kind, case"}},
)  # fmt: skip
async def events(
    request: Request, hands: Hands, _: Reader,
    last: Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)] = None,
) -> Response:  # fmt: skip
    """New entries as they are recorded, as server-sent events; `Last-Event-ID` goes on after a number."""
    start = last if last is not None else (await asyncio.to_thread(library.head, hands.ledger))[0]
    news = request.app.state.news
    if not news.take():
        return problem(503, "busy", "too many live streams.", Retry_After="30")

    async def stream() -> AsyncIterator[dict[str, str]]:
        try:
            n = start
            while True:
                async for row in news.after(n):
                    n = row.n
                    yield {"event": "entry", "id": str(n), "data": row.model_dump_json()}
        finally:
            news.give()

    return EventSourceResponse(stream(), ping=15)


__all__ = ["Absent", "Denied", "router"]
