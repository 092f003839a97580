"""Small forecasts for a ledger, made without playing a game: figures of our own choosing, shapes as in a brief."""

from __future__ import annotations

import hashlib
from typing import Any

from offramp.codes.exits import OUTCOMES
from offramp.ledger import entries, texts
from offramp.ledger.store import Ledger

MONTHS = [1, 3, 6, 12, 24]


def lens(out_by: list[float], *, negotiated: float | None = 0.5, width: float = 0.05) -> dict[str, Any]:
    """Outcomes of a lens: out of office by each of `MONTHS`, a share of it negotiated, the rest by coup."""
    agreed = [0.0 if negotiated is None else negotiated * p for p in out_by]
    found = {}
    for name in OUTCOMES:
        mean: list[float | None] = {
            "negotiated": [None] * 5 if negotiated is None else agreed,
            "coup": [p - a for p, a in zip(out_by, agreed, strict=True)],
            "in_office": [1 - p for p in out_by],
        }.get(str(name), [0.0] * 5)
        low = [None if m is None else max(0.0, m - width) for m in mean]
        high = [None if m is None else min(1.0, m + width) for m in mean]
        found[str(name)] = {"mean": mean, "low": low, "high": high}
    return found


def report_of(text: str) -> str:
    """Hash of a report's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def add(
    ledger: Ledger,
    case: str = "aaa-ruler",
    *,
    day: str = "2020-01-01",
    out_by: list[float] | None = None,
    history: list[float] | None = None,
    report: str | None = None,
    key: str | None = None,
    negotiated: float = 0.5,
) -> entries.Entry:
    """Appends a forecast."""
    import datetime as dt

    def work(connection: Any) -> entries.Entry:
        kept = []
        if report is not None:
            piece = {"text": report, "title": None, "path": "r.txt", "events": [], "offers": [], "demands": []}
            kept = [
                {
                    "report": report_of(report),
                    "kept": texts.keep(connection, report_of(report), piece),
                    "date": day,
                }
            ]
        content = {
            "schema": 1,
            "statement": {"ruler": {"country": case[:3].upper()}},
            "reports": kept,
            "months": MONTHS,
            "lenses": {
                "game": lens(out_by or [0.1, 0.2, 0.3, 0.4, 0.5], negotiated=negotiated),
                "history": lens(history or [0.02, 0.05, 0.1, 0.15, 0.2], negotiated=None),
            },
            "hindsight": False,
        }
        return entries.append(connection, "forecast", case, content, as_of=dt.date.fromisoformat(day), key=key)

    return ledger.write(work)
