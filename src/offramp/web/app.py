"""The application: everything joined, and errors as one kind of answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import resources

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from offramp import __version__
from offramp.errors import InputError, NotConvergedError, OfframpError
from offramp.fetch.client import Resolver
from offramp.ledger.store import Ledger
from offramp.web import api, library, pages
from offramp.web.access import Access, Denied
from offramp.web.guards import Guards, Lines, Rates, denial, problem
from offramp.web.jobs import BusyError
from offramp.web.news import News
from offramp.web.service import Service
from offramp.web.settings import Settings
from offramp.web.solving import Solver
from offramp.web.tokens import Tokens

TOLD = (
    "Forecasts of standoffs between an outside power and a ruler: cases, entries of the ledger, briefs, what-ifs, "
    "scores, and the catalogue of games. Every figure holds in the model and under its assumptions."
)


def create_app(
    settings: Settings | None = None,
    *,
    ledger: Ledger | None = None,
    resolver: Resolver | None = None,
    log: Lines | None = None,
    warm: bool = True,
    solver: Solver | None = None,
) -> FastAPI:
    """The application over a ledger.

    Args:
        settings: Where things lie and what is allowed; defaults otherwise.
        ledger: An open ledger; by default the one that the settings name is opened, and made if it is not there.
        resolver: Looks up host names of addresses that users hand in; for tests.
        log: Where requests are noted; by default standard error, in the form that the settings name.
        warm: Whether to solve the newest cases before anybody asks.
        solver: What solves; by default a process of the application's own, ended with it.

    Raises:
        LedgerError: If the ledger cannot be opened.
        InputError: If the tokens' file is damaged.
    """
    settings = settings or Settings()
    store = ledger or Ledger(settings.ledger or None)
    access = Access(settings, Tokens(settings.tokens_file))
    access.tokens.listed()
    log = log or Lines(settings.log)
    service = Service(store, settings, resolver=resolver, solver=solver)
    news = News(store, log)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(news.watch())
        if warm:
            await asyncio.to_thread(service.warm)
        log.write(event="start", version=__version__, ledger=store.address, entries=library.head(store)[0])
        yield
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        service.close()
        if ledger is None:
            store.close()
        log.write(event="stop")

    app = FastAPI(
        title="offramp", version=__version__, description=TOLD, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.state.settings, app.state.access, app.state.service, app.state.news = settings, access, service, news
    app.include_router(api.router)
    app.include_router(pages.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=str(resources.files("offramp.web") / "static")), name="static")
    _health(app, store)
    _errors(app, log)
    app.state.logins = Rates(settings.logins_per_minute)
    app.add_middleware(
        Guards, settings=settings, access=access, log=log, audit=Lines("json", settings.audit_file),
        logins=app.state.logins,
    )  # fmt: skip
    return app


def _health(app: FastAPI, store: Ledger) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> Response:
        """Whether the server can do its work; tells nothing else, so it needs no token."""
        try:
            library.head(store)
        except OfframpError:
            return JSONResponse({"status": "the ledger cannot be read"}, 503)
        return JSONResponse({"status": "ok", "version": __version__})


def _errors(app: FastAPI, log: Lines) -> None:
    def of_page(request: Request) -> bool:
        return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")

    def told(request: Request, status: int, code: str, message: str) -> Response:
        if of_page(request):
            return pages.fault(request, status, message)
        return problem(status, code, message)

    @app.exception_handler(Denied)
    async def denied(request: Request, error: Denied) -> Response:
        if of_page(request) and error.status == 401:
            return RedirectResponse("/login", 303)
        return pages.fault(request, error.status, error.why) if of_page(request) else denial(error)

    @app.exception_handler(api.Absent)
    async def absent(request: Request, error: api.Absent) -> Response:
        return told(request, 404, "absent", str(error))

    @app.exception_handler(RequestValidationError)
    async def unlike(request: Request, error: RequestValidationError) -> Response:
        rows = [f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors()[:5]]
        return told(request, 422, "not_as_described", "; ".join(rows))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return told(request, 404, "absent", "there is nothing at this address.")
        answer = told(request, error.status_code, "refused", str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(BusyError)
    async def busy(request: Request, error: BusyError) -> Response:
        answer = told(request, 503, "busy", str(error))
        answer.headers["Retry-After"] = "5"
        return answer

    @app.exception_handler(InputError)
    async def unusable(request: Request, error: InputError) -> Response:
        return told(request, 400, "unusable", str(error))

    @app.exception_handler(NotConvergedError)
    async def unsolved(request: Request, error: NotConvergedError) -> Response:
        return told(request, 400, "not_converged", str(error))

    @app.exception_handler(OfframpError)
    async def known(request: Request, error: OfframpError) -> Response:
        log.write(event="fault", id=request.state.id, problem=str(error))
        return told(request, 503, "trouble", "the server could not do this now; its log says why.")
