"""A forecast as the ledger keeps it: what is needed to judge it and to make it again, and nothing of the reports.

The case is kept as far as the game reads it. Everything that is a report's own words (events, offers, demands, titles,
texts, conditions of an offer) is kept apart by report, so that it can be erased; the game reads none of it, so a
forecast can be made again afterwards (`tests/ledger/test_record.py` holds that). `digest` seals every month of every
outcome with its interval: a replay that agrees with it agrees bit for bit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from offramp.case.models import Case
from offramp.errors import InputError
from offramp.forecast.brief import Brief
from offramp.ledger import entries, texts
from offramp.ledger.chain import canonical, digest
from offramp.ledger.code import code, differences, models

if TYPE_CHECKING:
    from offramp.ledger.store import Ledger

LENSES = ("game", "history", "structural")
HINDSIGHT = "In hindsight:"
NO_CLAIM = {"events": {"claim": None}}  # it counts in the claims of one reading


def case_key(case: Case) -> str:
    """Key of a case: country and ruler, since it is the ruler's leaving that is forecast."""
    return entries.slug(f"{case.ruler.country} {case.ruler.name}")


def append_brief(
    ledger: Ledger,
    brief: Brief,
    *,
    why: Mapping[str, Any] | None = None,
    key: str | None = None,
    case: str | None = None,
) -> entries.Entry:
    """Appends a forecast to the ledger, with the texts it rests on, in one transaction."""
    return ledger.write(lambda connection: add(connection, brief, why=why, key=key, case=case))


def add(
    connection: sa.Connection,
    brief: Brief,
    *,
    why: Mapping[str, Any] | None = None,
    key: str | None = None,
    case: str | None = None,
    kept: list[dict[str, Any]] | None = None,
) -> entries.Entry:
    """The same inside a transaction that is under way.

    Args:
        connection: Of a `Ledger.write`.
        brief: The forecast.
        why: What caused it, and what moved since the one before.
        key: Makes repeating safe.
        case: Key of the case; `case_key` by default.
        kept: What was kept of its reports already (report, kept, date); by default the brief's reports are kept now.
    """
    kept = _keep(connection, brief) if kept is None else kept
    content = _content(brief, kept) | ({"why": dict(why)} if why else {})
    return entries.append(connection, "forecast", case or case_key(brief.case), content, as_of=brief.as_of, key=key)


def _keep(connection: sa.Connection, brief: Brief) -> list[dict[str, Any]]:
    kept = []
    for index, report in enumerate(brief.case.reports):
        piece = _of_report(brief, index)
        kept.append(
            {
                "report": report.sha256,
                "kept": texts.keep(connection, report.sha256, piece),
                "date": report.date.isoformat() if report.date else None,
            }
        )
    return kept


def _of_report(brief: Brief, index: int) -> dict[str, Any]:
    """What came from one report of the case: the same whatever other reports stand beside it."""
    of_case = brief.case.reports[index]
    read = next((report for report in brief.reports if report.sha256 == of_case.sha256), None)

    def items(rows: list[Any]) -> list[dict[str, Any]]:
        # `claim` counts in the evidence of one run, and is of no use outside it.
        return [row.model_dump(mode="json", exclude={"report", "claim"}) for row in rows if row.report == index]

    return {
        "path": of_case.path,
        "title": of_case.title,
        "text": None if read is None else read.text,
        "events": items(brief.case.events),
        "offers": items(brief.case.offers),
        "demands": items(brief.case.demands),
    }


def skeleton(case: Case) -> dict[str, Any]:
    """The case without a word of its reports."""
    bare = case.model_copy(deep=True)
    bare.reports, bare.events, bare.offers, bare.demands, bare.drafted = [], [], [], [], {}
    bare.state.offer_condition = None
    for row in bare.regional:
        row.event = ""
    return bare.model_dump(mode="json", by_alias=True)


def _content(brief: Brief, kept: list[dict[str, Any]]) -> dict[str, Any]:
    if brief.diagnostics is None or brief.monthly is None:
        raise ValueError("only a forecast that was computed can be recorded: this brief has no monthly figures")
    return {
        "schema": 1,
        "statement": skeleton(brief.case),
        "reports": kept,
        "run": {
            "months": brief.diagnostics.horizon_months,
            "draws": brief.diagnostics.draws,
            "seed": brief.seed,
            "nodes": brief.diagnostics.nodes,
        },
        "months": brief.forecast.months,
        "lenses": {name: _series(brief.lenses[name].outcomes) for name in LENSES if name in brief.lenses},
        "digest": monthly_digest(brief),
        "hindsight": any(warning.startswith(HINDSIGHT) for warning in brief.warnings),
        "code": code(),
        "models": models(),
    }


def _series(outcomes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: series.model_dump(mode="json") for name, series in outcomes.items()}


def monthly_digest(brief: Brief) -> str:
    """Hash over every month's figures of the game and of history, to the last bit."""
    return digest(canonical({} if brief.monthly is None else brief.monthly.model_dump(mode="json")))


@dataclass(frozen=True, slots=True)
class Replay:
    """A forecast made again.

    Attributes:
        entry: As it was recorded.
        same: Whether every figure agrees to the last bit.
        apart: Largest difference of a mean, in probability.
        changed: What differs in code, libraries, machine or models, in words.
    """

    entry: entries.Entry
    same: bool
    apart: float
    changed: list[str]


def replay(ledger: Ledger, n: int, *, progress: Callable[[str], None] | None = None) -> Replay:
    """Makes entry `n` again from what the ledger holds, and compares.

    Raises:
        InputError: If the entry is no forecast.
        LedgerError: If there is no such entry.
        NotConvergedError: If the game does not converge now.
    """
    from offramp.compiled import enable_compile_cache
    from offramp.exitgame.api import play
    from offramp.forecast.compose import compose
    from offramp.reading.evidence import Evidence, Reading

    entry = entries.get(ledger, n)
    if entry.kind != "forecast":
        raise InputError(f"entry {n} is a {entry.kind}; only a forecast can be made again.")
    enable_compile_cache()
    case = Case.model_validate(entry.content["statement"])
    run = entry.content["run"]
    game = play(case, **run, what_if=False, progress=progress)
    brief = compose(case, game, Reading(reports=[], evidence=Evidence()), run["seed"], [], {})
    then = entry.content["lenses"]
    apart = max(
        abs(new - old)
        for name in then
        for outcome, series in brief.lenses[name].outcomes.items()
        for new, old in zip(series.mean, then[name][outcome]["mean"], strict=True)
        if new is not None and old is not None
    )
    changed = differences(entry.content["code"], code()) + differences(entry.content["models"], models(), "model ")
    return Replay(entry, monthly_digest(brief) == entry.content["digest"], apart, changed)


def whole_case(ledger: Ledger, entry: entries.Entry) -> Case:
    """The case of a forecast with the evidence of its reports, as far as they were not erased."""
    case = Case.model_validate(entry.content["statement"])

    def fill(connection: sa.Connection) -> Case:
        data = case.model_dump(mode="json", by_alias=True)
        for index, row in enumerate(entry.content["reports"]):
            kept = texts.find(connection, row["kept"])
            data["reports"].append(
                {
                    "path": "(erased)" if kept is None else kept["path"],
                    "sha256": row["report"],
                    "date": row["date"],
                    "title": None if kept is None else kept["title"],
                }
            )
            if kept is not None:
                for part in ("events", "offers", "demands"):
                    data[part] += [item | {"report": index} | NO_CLAIM.get(part, {}) for item in kept[part]]
        return Case.model_validate(data)

    return ledger.read(fill)


def means(entry: entries.Entry, lens: str = "game") -> dict[str, list[float | None]]:
    """Means of a lens by outcome, one a month of `entry.content['months']`."""
    found = entry.content["lenses"][lens]
    return {name: series["mean"] for name, series in found.items()}


def day(entry: entries.Entry) -> dt.date:
    """The day that a forecast speaks of."""
    if entry.as_of is None:
        raise ValueError(f"entry {entry.n} has no date")
    return entry.as_of
