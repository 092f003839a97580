"""What resolved cases say of past forecasts: scores by case, horizon and lens, calibration, and weights of a pool.

The last resolution of a case counts. A forecast is scored at each horizon whose end is known: by what had happened by
then. Forecasts made on or after the day of the exit are left out. Rows of one case are averaged before cases are, so
that a case with a hundred forecasts counts as one. History alone cannot speak of 'negotiated': for scoring, the share
of its exits that the catalogue found negotiated, mode by mode, is moved there (without the country that is scored).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from offramp import words
from offramp.catalogue.standoffs import load, negotiated_given_mode
from offramp.codes.exits import OUTCOMES, ExitMode
from offramp.hazard.ensemble.scores import bootstrap
from offramp.ledger import entries
from offramp.ledger.store import Ledger
from offramp.scores import calibration, proper, weights

LENSES = ("game", "history", "structural")
PAIR = ("game", "history")
"""The lenses that are compared, calibrated and pooled."""
LEAST_CASES = 10
"""Resolved cases from which on a pool is learnt."""
LEAST_FOR_INTERVAL = 5
EVENTS = ("any exit", "negotiated", "coup", "foreign")
NAMES = [str(outcome) for outcome in OUTCOMES]
Outcomes = dict[str, np.ndarray]  # of an entry: lens -> [month, outcome]


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a case ended, or that it had not by a day."""

    outcome: str
    date: dt.date

    def by(self, day: dt.date) -> str | None:
        """Outcome as it stood on a day; None where that is not known."""
        if self.outcome == ExitMode.IN_OFFICE:
            return str(ExitMode.IN_OFFICE) if day <= self.date else None
        return self.outcome if self.date <= day else str(ExitMode.IN_OFFICE)


@dataclass(frozen=True, slots=True)
class Row:
    """One forecast at one horizon, by one lens."""

    n: int
    case: str
    lens: str
    month: int
    outcome: str
    chances: np.ndarray  #: [outcome] in the order of `OUTCOMES`
    hindsight: bool

    @property
    def brier(self) -> float:
        """Over all outcomes, 0 to 2."""
        return proper.brier(self.chances, NAMES.index(self.outcome))

    @property
    def log(self) -> float:
        """Minus the log of the chance of what happened."""
        return proper.log(self.chances, NAMES.index(self.outcome))

    @property
    def exit_brier(self) -> float:
        """Of the ruler's having left at all, 0 to 1."""
        left = 1 - float(self.chances[NAMES.index("in_office")])
        return proper.brier_of_event(left, self.outcome != "in_office")


@dataclass(frozen=True, slots=True)
class Timing:
    """The ranked probability score of when a ruler leaves, by one lens of one forecast."""

    n: int
    case: str
    lens: str
    rps: float


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean scores of a group of rows, cases counting alike."""

    lens: str
    cases: int
    forecasts: int
    brier: float
    log: float
    exit_brier: float
    rps: float | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """The game's score less history's: below 0 the game is better. The interval is 90 %, by resampling cases."""

    measure: str
    difference: float
    low: float | None
    high: float | None
    skill: float  #: share of history's score that is saved


@dataclass(frozen=True, slots=True)
class Pool:
    """Weights of the lenses; None until enough cases are resolved."""

    resolved: int
    needed: int
    weights: dict[str, float] | None
    left_out: Mean | None  #: scores of the pool, each case pooled with weights learnt on the others


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that a score page says."""

    cases: dict[str, Resolution]
    unresolved: tuple[str, ...]
    rows: tuple[Row, ...]
    overall: tuple[Mean, ...]
    by_horizon: dict[int, tuple[Mean, ...]]
    by_case: dict[str, tuple[Mean, ...]]
    against: tuple[Against, ...]
    calibration: dict[str, dict[str, calibration.Reliability]]  #: event -> lens
    pool: Pool
    hindsight: int  #: forecasts made in hindsight, which are no test of skill
    forecasts: int


def resolutions(connection: sa.Connection) -> dict[str, Resolution]:
    """The last resolution of each case."""
    found = {}
    for entry in entries.select(connection, kind="resolution"):
        found[entry.case] = Resolution(entry.content["outcome"], dt.date.fromisoformat(entry.content["date"]))
    return found


def judge(ledger: Ledger, *, case: str | None = None) -> Judgement:
    """Scores every forecast whose outcome is known.

    Args:
        ledger: The ledger.
        case: Key of one case to look at alone.

    Raises:
        LedgerError: If there is no such case.
    """

    def read(connection: sa.Connection) -> tuple[dict[str, Resolution], list[entries.Entry]]:
        key = None if case is None else entries.find_case(connection, case)
        known = resolutions(connection)
        known = known if key is None else {name: r for name, r in known.items() if name == key}
        return known, entries.select(connection, kind="forecast", case=key)

    known, forecasts = ledger.read(read)
    rows, timings = [], []
    for entry in forecasts:
        if entry.case in known:
            of_entry = _rows(entry, known[entry.case])
            rows += of_entry
            timings += _timings(entry, known[entry.case])
    scored = {row.n for row in rows}
    return Judgement(
        cases=known,
        unresolved=tuple(sorted({entry.case for entry in forecasts} - known.keys())),
        rows=tuple(rows),
        overall=_means(rows, timings),
        by_horizon={m: _means([r for r in rows if r.month == m], []) for m in sorted({r.month for r in rows})},
        by_case={
            name: _means([r for r in rows if r.case == name], [t for t in timings if t.case == name])
            for name in sorted({r.case for r in rows})
        },
        against=_against(rows, timings),
        calibration=_calibration(rows),
        pool=_pool(rows),
        hindsight=len({row.n for row in rows if row.hindsight}),
        forecasts=len(scored),
    )


def lenses(entry: entries.Entry) -> Outcomes:
    """Chances of an entry by lens, `[month, outcome]`; history's with the negotiated share moved."""
    country = str(entry.content["statement"]["ruler"]["country"])
    found = {}
    for name in LENSES:
        series = entry.content["lenses"].get(name)
        if series is not None:
            table = np.array([[np.nan if v is None else v for v in series[key]["mean"]] for key in NAMES], float).T
            found[name] = _spread(table, country)
    return found


def _spread(table: np.ndarray, country: str) -> np.ndarray:
    """Where 'negotiated' is unknown, the catalogue's share of each mode's exits moved to it (Jeffreys prior)."""
    agreed = NAMES.index("negotiated")
    if not np.isnan(table[:, agreed]).any():
        return table
    others = [row for row in load() if row.country != country]
    moved = table.copy()
    moved[:, agreed] = 0.0
    for mode, share in negotiated_given_mode(others).items():
        k = NAMES.index(str(mode))
        part = (share.successes + 0.5) / (share.n + 1) * table[:, k]
        moved[:, k] -= part
        moved[:, agreed] += part
    return moved


def _rows(entry: entries.Entry, resolution: Resolution) -> list[Row]:
    found: list[Row] = []
    day = entry.as_of
    if day is None or (resolution.outcome != ExitMode.IN_OFFICE and resolution.date <= day):
        return found
    for lens, table in lenses(entry).items():
        for place, month in enumerate(entry.content["months"]):
            outcome = resolution.by(words.date_after(day, month))
            if outcome is not None:
                chances = table[place] / table[place].sum()
                found.append(
                    Row(entry.n, entry.case, lens, month, outcome, chances, bool(entry.content.get("hindsight")))
                )
    return found


def _timings(entry: entries.Entry, resolution: Resolution) -> list[Timing]:
    """RPS over the spans between the horizons that are known, and 'later'."""
    day = entry.as_of
    if day is None or (resolution.outcome != ExitMode.IN_OFFICE and resolution.date <= day):
        return []
    months = [m for m in entry.content["months"] if resolution.by(words.date_after(day, m)) is not None]
    if not months:
        return []
    left = [resolution.by(words.date_after(day, m)) != ExitMode.IN_OFFICE for m in months]
    happened = left.index(True) if any(left) else len(months)
    found = []
    for lens, table in lenses(entry).items():
        out_by = 1 - table[: len(months), NAMES.index("in_office")]
        spans = np.diff(np.concatenate([[0.0], np.maximum.accumulate(out_by), [1.0]]))
        found.append(Timing(entry.n, entry.case, lens, proper.ranked(spans, happened)))
    return found


def _by_case(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for case, value in values:
        found[case].append(value)
    return {case: float(np.mean(inside)) for case, inside in found.items()}


def _means(rows: Sequence[Row], timings: Sequence[Timing]) -> tuple[Mean, ...]:
    found = []
    for lens in LENSES:
        own = [row for row in rows if row.lens == lens]
        if own:
            found.append(_mean(lens, own, [t for t in timings if t.lens == lens]))
    return tuple(found)


def _mean(lens: str, rows: Sequence[Row], timings: Sequence[Timing] = ()) -> Mean:
    def of(measure: Callable[[Row], float]) -> float:
        return float(np.mean(list(_by_case((row.case, measure(row)) for row in rows).values())))

    times = _by_case((t.case, t.rps) for t in timings)
    return Mean(
        lens=lens,
        cases=len({row.case for row in rows}),
        forecasts=len({row.n for row in rows}),
        brier=of(lambda row: row.brier),
        log=of(lambda row: row.log),
        exit_brier=of(lambda row: row.exit_brier),
        rps=float(np.mean(list(times.values()))) if times else None,
    )


def _against(rows: Sequence[Row], timings: Sequence[Timing]) -> tuple[Against, ...]:
    measures: dict[str, Mapping[str, dict[str, float]]] = {
        name: {
            lens: _by_case((row.case, float(getattr(row, name))) for row in rows if row.lens == lens) for lens in PAIR
        }
        for name in ("brier", "log", "exit_brier")
    }
    measures["rps"] = {lens: _by_case((t.case, t.rps) for t in timings if t.lens == lens) for lens in PAIR}
    found = []
    for name, by_lens in measures.items():
        both = sorted(by_lens["game"].keys() & by_lens["history"].keys())
        if not both:
            continue
        game, history = (np.array([by_lens[lens][case] for case in both]) for lens in PAIR)
        low = high = None
        difference = float((game - history).mean())
        if len(both) >= LEAST_FOR_INTERVAL:
            difference, low, high = bootstrap(game, history, np.arange(len(both)))
        found.append(Against(name, difference, low, high, float(1 - game.mean() / history.mean())))
    return tuple(found)


def _calibration(rows: Sequence[Row]) -> dict[str, dict[str, calibration.Reliability]]:
    """By event and lens; each case counts alike, and all horizons together."""
    found: dict[str, dict[str, calibration.Reliability]] = {}
    office = NAMES.index("in_office")
    for event in EVENTS:
        for lens in PAIR:
            own = [row for row in rows if row.lens == lens]
            if not own:
                continue
            sizes = {case: sum(row.case == case for row in own) for case in {row.case for row in own}}
            if event == "any exit":
                said = np.array([1 - row.chances[office] for row in own])
                came = np.array([float(row.outcome != "in_office") for row in own])
            else:
                said = np.array([row.chances[NAMES.index(event)] for row in own])
                came = np.array([float(row.outcome == event) for row in own])
            count = np.array([1 / sizes[row.case] for row in own])
            found.setdefault(event, {})[lens] = calibration.reliability(np.clip(said, 0, 1), came, weights=count)
    return found


def _pool(rows: Sequence[Row]) -> Pool:
    table = _paired(rows)
    cases = sorted({case for case, *_ in table})
    if len(cases) < LEAST_CASES:
        return Pool(len(cases), LEAST_CASES, None, None)
    learnt = _learnt(table)
    scored = []
    for case in cases:
        others = _learnt([row for row in table if row[0] != case])
        for _, game, history in (row for row in table if row[0] == case):
            mixed = others[0] * game.chances + others[1] * history.chances
            scored.append(Row(game.n, case, "pool", game.month, game.outcome, mixed, game.hindsight))
    shares = dict(zip(PAIR, (float(w) for w in learnt), strict=True))
    return Pool(len(cases), LEAST_CASES, shares, _mean("pool", scored))


def _paired(rows: Sequence[Row]) -> list[tuple[str, Row, Row]]:
    game = {(row.n, row.month): row for row in rows if row.lens == "game"}
    return [
        (row.case, game[row.n, row.month], row)
        for row in rows
        if row.lens == "history" and (row.n, row.month) in game
    ]  # fmt: skip


def _learnt(table: Sequence[tuple[str, Row, Row]]) -> np.ndarray:
    sizes: dict[str, int] = defaultdict(int)
    for case, *_ in table:
        sizes[case] += 1
    happened = [NAMES.index(game.outcome) for _, game, _ in table]
    chances = np.array([[g.chances[k], h.chances[k]] for (_, g, h), k in zip(table, happened, strict=True)])
    return weights.learn(chances, np.array([1 / sizes[case] for case, *_ in table]))


def to_plain(judgement: Judgement) -> dict[str, Any]:
    """The judgement as plain values, for JSON."""
    from dataclasses import asdict

    return {
        "cases": {k: {"outcome": r.outcome, "date": r.date.isoformat()} for k, r in judgement.cases.items()},
        "unresolved": list(judgement.unresolved),
        "forecasts": judgement.forecasts,
        "in_hindsight": judgement.hindsight,
        "overall": [asdict(m) for m in judgement.overall],
        "by_horizon": {str(k): [asdict(m) for m in v] for k, v in judgement.by_horizon.items()},
        "by_case": {k: [asdict(m) for m in v] for k, v in judgement.by_case.items()},
        "against_history": [asdict(a) for a in judgement.against],
        "calibration": {k: {lens: asdict(r) for lens, r in v.items()} for k, v in judgement.calibration.items()},
        "pool": asdict(judgement.pool),
    }
