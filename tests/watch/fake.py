"""A forecast without a game: a plain function of the case, quick, and the same each time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from offramp.case.draft import template
from offramp.case.models import Case
from offramp.forecast.brief import Brief, Series
from offramp.ledger.store import Ledger
from offramp.watch import cases, step
from offramp.watch.cases import Settings, Watched
from report import sample

_whole = sample.make()
RATE = {"none": 0.002, "sanctions": 0.01, "ultimatum": 0.05}


def play(case: Case, settings: Settings) -> Brief:
    """Exits at a rate by pressure; negotiated with an offer, coup as the armed forces waver."""
    coup = 0.05 * (1 - case.assessments.army_loyalty.central)
    agreed = RATE[case.state.pressure] if case.state.offer != "none" else 0.0
    rates = {**dict.fromkeys(sample.EXITS, 0.0), "negotiated": agreed, "coup": coup, "foreign": 0.001}

    def outcomes(months: list[int]) -> dict[str, Series]:
        return {key: Series.model_validate(row) for key, row in sample.series(rates, months, 1.5).items()}

    assert _whole.monthly is not None
    told = outcomes(sample.MONTHS)
    return _whole.model_copy(
        update={
            "case": case,
            "as_of": case.as_of,
            "seed": settings.seed,
            "forecast": _whole.forecast.model_copy(update={"outcomes": told, "months": sample.MONTHS}),
            "lenses": {"game": _whole.lenses["game"].model_copy(update={"outcomes": told})},
            "warnings": [],
        }
    )


def case(day: str = "2025-09-01", country: str = "Venezuela") -> Case:
    """A case file to start from."""
    return template(country, "USA", as_of=dt.date.fromisoformat(day))


def watching(address: str | Path, *countries: str, threshold: float = 0.05) -> tuple[Ledger, list[Watched]]:
    """A ledger with cases on the watch, the first forecast of each recorded."""
    ledger = Ledger(str(address))
    found = []
    for country in countries or ("Venezuela",):
        found.append(cases.add(ledger, case(country=country), Settings(threshold=threshold)))
        step.first(ledger, found[-1], play=play)
    return ledger, found


def report(title: str, day: str, body: str) -> str:
    """A report as a file."""
    return f"---\ntitle: {title}\ndate: {day}\n---\n\n{body}\n"


ULTIMATUM = report(
    "Leave now, caller tells Caracas",
    "2025-11-21",
    "President Donald Trump telephoned Nicolás Maduro and told him to leave Venezuela. Trump demanded that Maduro "
    "resign and offered him and his family safe passage if he left at once. Maduro refused and asked for an amnesty.",
)
WAVERING = report(
    "Officers leave their posts",
    "2025-11-25",
    "Several generals defected in Caracas on Tuesday and soldiers refused to obey orders of President Nicolás Maduro "
    "of Venezuela. The army is divided, Defence Minister Vladimir Padrino López said in a televised address.",
)
LOYAL = report(
    "Army parades",
    "2025-11-28",
    "The armed forces of Venezuela remain loyal to President Nicolás Maduro, Defence Minister Vladimir Padrino López "
    "said on Friday at a parade in Caracas, where thousands of soldiers marched past the president and his family.",
)
OTHER = report(
    "A long match",
    "2025-11-29",
    "The home side won the football match on Saturday after a late goal, and the crowd sang until midnight in rain. "
    "The coach praised his young team and said that the league was still wide open this season.",
)
