"""The pages: written by the server, read without JavaScript, made live by htmx where it is there.

Everything that came from outside is text to be escaped; templates escape by default. A form that changes something
carries a token tied to the browser (`access`); what only asks is a plain GET that can be bookmarked.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from markupsafe import Markup
from starlette.datastructures import UploadFile

from offramp import __version__, words
from offramp.case.models import Case
from offramp.errors import InputError, OfframpError
from offramp.fetch import FetchError
from offramp.forecast.brief import Brief
from offramp.games.standard import make
from offramp.ledger import judge
from offramp.ledger.entries import Entry
from offramp.report import highlight, html, scores
from offramp.report.views import facts, headline_place
from offramp.web import api, games, library, views
from offramp.web.access import FORM, SESSION, SESSION_SECONDS, Access, Denied, Principal, cookies, need
from offramp.web.library import CaseRow
from offramp.web.live import Answer
from offramp.web.service import Service
from offramp.web.tokens import allows

router = APIRouter(default_response_class=HTMLResponse)
Reader = Annotated[Principal, Depends(need("read"))]
Writer = Annotated[Principal, Depends(need("write"))]
Hands = Annotated[Service, Depends(api.service)]
PAGE = 20
MOST_PRECISION = 200.0


def _new_nonce() -> str:
    import secrets

    return secrets.token_urlsafe(24)


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A whole page, with the cookie that its forms are tied to."""
    access: Access = request.app.state.access
    held = cookies(request.headers)
    nonce = held.get(FORM) or _new_nonce()
    context = {
        "version": __version__, "at": request.url.path, "principal": getattr(request.state, "principal", None),
        "nonce": request.state.nonce, "form_token": access.form_token(nonce, held.get(SESSION)), **values,
    }  # fmt: skip
    answer = HTMLResponse(views.environment().get_template(f"{template}.html.j2").render(context), status)
    if FORM not in held:
        secure = bool(access.settings.certificate)
        answer.set_cookie(FORM, nonce, max_age=SESSION_SECONDS * 2, httponly=True, samesite="strict", secure=secure)
    return answer


def fault(request: Request, status: int, message: str) -> Response:
    """An error as a page."""
    return page(request, "fault", status, code=status, message=message)


@router.get("/")
def all_cases(request: Request, hands: Hands, _: Reader) -> Response:
    """All cases, the one that moved last first."""
    rows = sorted(library.cases(hands.ledger), key=lambda row: row.recorded, reverse=True)
    resolved = sum(row.outcome is not None for row in rows)
    told = f"{words.plural(resolved, 'case')} resolved; the scores page says how the forecasts did." if resolved else ""
    return page(request, "cases", rows=rows, source=hands.ledger.address, scored=told)


def _case_row(hands: Service, key: str) -> CaseRow:
    row = library.case(hands.ledger, key)
    if row is None:
        raise api.Absent(f"there is no case {key!r}.")
    return row


@router.get("/cases/{key}")
async def one_case(
    key: api.Key, request: Request, hands: Hands, who: Reader, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """One case: where it stands, sliders, history, reports."""

    def look_up() -> dict[str, Any]:
        row = _case_row(hands, key)
        entry = api.newest(hands, key)
        past = library.listed(hands.ledger, case=key, kind=None, before=before, limit=PAGE + 1)
        return {
            "row": row, "entry": entry, "entries": past[:PAGE], "older": past[PAGE - 1].n if len(past) > PAGE else None,
            "evidence": library.evidence(hands.ledger, entry), "case": _case(entry),
        }  # fmt: skip

    found = await asyncio.to_thread(look_up)
    case, entry = found["case"], found.pop("entry")
    answer, stand = Markup(""), None
    if case is not None:
        stand = views.asked(case, request.query_params)
        moved = views.changes(case, stand)
        board = None if moved else _board(hands, entry)
        del board  # asked for, so that it is ready when a slider moves
        answer = await _answered(request, hands, who, entry, case, stand, wait=bool(moved))
    return page(
        request, "case", **found, asked=stand, answer=answer, offers=views.OFFERS, pressures=views.PRESSURES
    )  # fmt: skip


def _board(hands: Service, entry: Entry) -> Any:
    try:
        return hands.board(entry)
    except OfframpError:
        return None


def _case(entry: Entry) -> Case | None:
    try:
        return Case.model_validate(entry.content["statement"])
    except ValueError:
        return None


@router.get("/cases/{key}/what-if")
async def what_if(
    key: api.Key, request: Request, hands: Hands, who: Reader, settle: Annotated[bool, Query()] = False
) -> Response:
    """What the sliders lead to, as a part of the page: a preview at once, or the full answer with `settle`."""
    entry = await asyncio.to_thread(api.newest, hands, key)
    case = _case(entry)
    if case is None:
        raise InputError(f"entry {entry.n} holds no case that can be played again.")
    stand = views.asked(case, request.query_params)
    made = await _answered(request, hands, who, entry, case, stand, wait=settle)
    return Response(status_code=204) if made is None else HTMLResponse(made)


async def _answered(
    request: Request, hands: Service, who: Principal, entry: Entry, case: Case, stand: views.Asked, *, wait: bool
) -> Any:
    """The answer as markup; None where a newer request took its place."""
    moved = views.changes(case, stand)
    recorded = library.series(entry)
    answer: Answer | None
    if not moved:
        answer = Answer(entry.content["months"], recorded, entry.content["run"]["draws"], preview=False)
    elif wait:
        future = hands.full(entry, moved, f"{who.key}:{entry.case}:{request.headers.get('user-agent', '')}")
        answer = await api.settled(future)
        if answer is None and "hx-request" in request.headers:
            return None
    else:
        board = hands.board(entry)
        answer = None if board is None else board.preview(moved)
    query = urlencode({"offer": stand.offer, "pressure": stand.pressure, "guarantee": stand.guarantee,
                       "loyalty": stand.loyalty})  # fmt: skip
    template = views.environment().get_template("answer_live.html.j2")
    if answer is None:
        return Markup(template.render(
            state="preparing", again=f"/cases/{entry.case}/what-if?{query}", again_page=f"/cases/{entry.case}?{query}"
        ))  # fmt: skip
    lines = views.lines(recorded, answer)
    scale = min(1.0, max(0.05, *(bar.high for line in lines for bar in (line.before, line.after))))
    return Markup(template.render(
        state="answer", answer=answer, changed=bool(moved), settle=answer.preview, lines=lines, scale=scale,
        month=answer.months[headline_place(answer.months)], sentence=views.sentence(lines),
        spec=views.chart_over_months(recorded, answer), again=f"/cases/{entry.case}/what-if?settle=true&{query}",
    ))  # fmt: skip


@router.get("/entries/{n}")
async def whole_brief(n: api.Number, request: Request, hands: Hands, _: Reader) -> Response:
    """The whole brief of a forecast."""
    entry = await asyncio.to_thread(library.one, hands.ledger, n)
    if entry is None or entry.kind != "forecast":
        raise api.Absent(f"there is no forecast with the number {n}.")
    found = await asyncio.to_thread(hands.brief, entry)
    problem = None
    brief = found if isinstance(found, Brief) else None
    if not isinstance(found, Brief):
        try:
            brief = await api.settled(found, 1.0)
        except OfframpError as error:
            raise InputError(f"the brief of entry {n} cannot be made again: {error}") from error
    inner = None if brief is None else views.inner(await asyncio.to_thread(html.render, brief))
    statement = entry.content["statement"]
    name = statement.get("name") or entry.case
    return page(request, "entry", entry=entry, name=name, inner=inner, problem=problem)


@router.get("/score")
def score(request: Request, hands: Hands, _: Reader) -> Response:
    """How past forecasts did."""
    made = scores.render(judge.judge(hands.ledger), hands.ledger.address)
    return page(request, "score", inner=views.inner(made), source=hands.ledger.address)


@router.get("/games")
def all_games(request: Request, _: Reader) -> Response:
    """The catalogue of games."""
    return page(request, "games", games=games.listed())


@router.get("/games/{name}")
def one_game(name: api.Name, request: Request, _: Reader) -> Response:
    """One game to play with."""
    game = games.shown(api.known(name))
    ask, sliders = _game_asked(name, request)
    return page(
        request, "game", game=game, sliders=sliders, asked=ask, svg=Markup(game.svg), solved=_game_solved(name, ask)
    )  # fmt: skip


@router.get("/games/{name}/solved")
def game_solved(name: api.Name, request: Request, _: Reader) -> Response:
    """Its equilibrium, as a part of the page."""
    return HTMLResponse(_game_solved(name, _game_asked(api.known(name), request)[0]))


def _game_asked(name: str, request: Request) -> tuple[games.GameAsk, list[views.Slider]]:
    sliders = views.sliders(make(name), request.query_params)
    try:
        precision = float(request.query_params.get("precision", "2"))
    except ValueError:
        precision = 2.0
    precision = min(max(precision, 0.0), MOST_PRECISION) if math.isfinite(precision) else 2.0
    values = {slider.name: slider.value for slider in sliders}
    return games.GameAsk(parameters=values, precision=precision, branch=True), sliders


def _game_solved(name: str, ask: games.GameAsk) -> Markup:
    found = games.solved(name, ask)
    template = views.environment().get_template("solved.html.j2")
    return Markup(template.render(found=found, spec=views.chart_of_branch(found.branch or [], ask.precision)))


async def _form(request: Request, who: Principal | None) -> dict[str, str | bytes]:
    """The fields of a form of ours, a file as its bytes. Raises `Denied` where it is not."""
    form = await request.form(max_files=1, max_fields=20, max_part_size=request.app.state.settings.max_bytes)
    try:
        token = form.get("form_token")
        request.app.state.access.check_form(request, who, token if isinstance(token, str) else None)
        return {key: await value.read() if isinstance(value, UploadFile) else value for key, value in form.items()}
    finally:
        await form.close()


@router.get("/read")
def give_report(request: Request, _: Reader) -> Response:
    """The form for a report."""
    return _read_page(request)


def _read_page(request: Request, status: int = 200, **values: Any) -> Response:
    blank: dict[str, Any] = {
        "found": None,
        "problem": None,
        "facts": [],
        "rows": [],
        "texts": [],
        "text": "",
        "may_write": False,
    }
    return page(request, "read", status, most=request.app.state.settings.max_bytes, **(blank | values))


@router.post("/read")
async def read_report(request: Request, hands: Hands, who: Reader) -> Response:
    """A report read and shown; nothing is kept."""
    form = await _form(request, who)
    try:
        data = await _report(form, hands)
        reading = await api.settled(hands.reading(data, f"{who.key}:read"), 45)
    except OfframpError as error:
        return _read_page(request, 403 if isinstance(error, FetchError) else 400, problem=str(error))
    if reading is None:
        return _read_page(request, 503, problem="The server is busy reading; hand it in again in a moment.")
    found = api.read_answer(reading)
    items = highlight.items(reading.evidence)
    texts = [report.text for report in reading.reports]
    case = None if found.case is None else Case.model_validate(found.case)
    return _read_page(
        request, found=found, facts=[] if case is None else facts(case), rows=views.read_rows(items, texts),
        texts=[highlight.pieces(text, number, items) for number, text in enumerate(texts)],
        text=data if isinstance(data, str) else texts[0], may_write=allows(who.scope, "write"),
    )  # fmt: skip


async def _report(form: Mapping[str, str | bytes], hands: Service) -> bytes | str:
    """What was handed in: text, file or address. Raises `InputError` if nothing or several."""
    address = form.get("address")
    given = [form[name] for name in ("text", "file") if form.get(name, "").strip()]
    if isinstance(address, str) and address.strip():
        given.append((await asyncio.to_thread(hands.fetch, address.strip())).content)
    if len(given) != 1:
        raise InputError("hand in one report: its text, a file, or an address.")
    return given[0]


@router.post("/forecasts")
async def forecast(request: Request, hands: Hands, who: Writer) -> Response:
    """A report forecast and recorded."""
    form = await _form(request, who)
    text = form.get("text")
    if not isinstance(text, str) or not text.strip():
        return _read_page(request, 400, problem="hand in one report: its text, a file, or an address.")
    work = hands.forecast(text, months=24, draws=64, by=who.name)
    return RedirectResponse(f"/jobs/{work.id}", 303)


@router.get("/jobs/{ident}")
def job(ident: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], request: Request, hands: Hands, _: Writer) -> Response:
    """How far a forecast is; then the case."""
    work = hands.work(ident)
    if work is None:
        raise api.Absent("there is no such job any more.")
    if work.state == "done":
        return RedirectResponse(f"/cases/{work.future.result().case}", 303)
    problem = str(work.future.exception()) if work.state == "failed" and not work.future.cancelled() else ""
    return page(request, "job", state=work.state, problem=problem)


@router.get("/login")
def login_form(request: Request) -> Response:
    """The form for a token."""
    return page(request, "login", problem=None)


@router.post("/login")
async def login(request: Request) -> Response:
    """Trades a token for a session."""
    access: Access = request.app.state.access
    form = await _form(request, None)
    rates, client = request.app.state.logins, f"wrong:{request.client.host if request.client else 'unknown'}"
    if rates.empty(client):
        return page(request, "login", 429, problem="Too many wrong tokens; wait a minute.")
    try:
        value, seconds = access.open_session(str(form.get("token") or ""))
    except Denied as denied:
        rates.wait(client)
        return page(request, "login", 401, problem=denied.why.capitalize())
    answer = RedirectResponse("/", 303)
    secure = bool(access.settings.certificate)
    answer.set_cookie(SESSION, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)
    answer.delete_cookie(FORM)  # the next page ties its forms to the session
    return answer


@router.post("/logout")
async def logout(request: Request, who: Reader) -> Response:
    """Ends a session."""
    await _form(request, who)
    request.app.state.access.close_session(cookies(request.headers).get(SESSION))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION)
    answer.delete_cookie(FORM)
    return answer


@router.get("/static/style.css")
def style() -> Response:
    """The style sheet."""
    return PlainTextResponse(views.style(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/openapi.json")
def openapi(request: Request, _: Reader) -> Response:
    """The API's description."""
    return JSONResponse(request.app.openapi())
