"""What each part of the brief shows, as plain rows: words and shares, no markup.

Every function takes a `Brief` (or a part of it) and gives small frozen rows that the template lays out. Shares stay
unrounded here where a bar is drawn from them; figures in words come from `offramp.words`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from offramp import words
from offramp.case.models import ASSESSMENTS, Assessment, Case, Source
from offramp.codes.states import states
from offramp.forecast.brief import Band, Brief, Lens, Number, Outcomes, Sensitivity, Series, Step, WhatIf
from offramp.reading.evidence import Grade
from offramp.report import highlight
from offramp.report import outcomes as look

HEADLINE_MONTH = 12
SHOWN_SWINGS = 10  # sensitivities before the rest is folded away
KEEP_SHARE = 0.8  # EXITGAME section 3: 'prefers to keep' needs four draws in five
GRADES = {
    Grade.A: "a primary source that can be checked",
    Grade.B: "a named person or organisation with an affiliation, directly quoted",
    Grade.C: "named but relayed, or an office without a name",
    Grade.D: "anonymous",
    Grade.E: "vague, or no source",
}
REGIMES = {
    "democracy": "democracy", "personal": "personal rule", "military": "military rule", "party": "one-party rule",
    "monarchy": "monarchy", "interim": "interim government", "unknown": "not known",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A mean with its interval on a scale from 0 to 1, ready to draw, with its figure in words."""

    mean: float
    low: float
    high: float
    figure: str
    look: look.Look


@dataclass(frozen=True, slots=True)
class Row:
    """A named row of a table: cells in words; None where a lens cannot say."""

    name: str
    cells: tuple[str | None, ...]
    bars: tuple[Bar | None, ...] = ()
    look: look.Look | None = None


def headline_place(months: list[int]) -> int:
    """Where twelve months stand in the list of months; the last month where they do not."""
    return months.index(HEADLINE_MONTH) if HEADLINE_MONTH in months else len(months) - 1


def place_name(country: str | None) -> str:
    """A state's name for an ISO-3 code; the code itself where it is none."""
    if country is None:
        return "unknown"
    return _names().get(country, country)


@cache
def _names() -> dict[str, str]:
    return {state.iso3: state.name for state in states()}


@dataclass(frozen=True, slots=True)
class Share:
    """One ending among a hundred futures."""

    look: look.Look
    count: int
    figure: str


def hundred(brief: Brief) -> list[Share]:
    """The endings as whole counts of a hundred futures, with each one's figure and interval in words."""
    at = headline_place(brief.forecast.months)
    found = {key: look.at(brief.forecast.outcomes, key, at) for key in look.ordered(brief.forecast.outcomes)}
    known = {key: value for key, value in found.items() if value is not None}
    counts = words.in_hundred({key: value[0] for key, value in known.items()})
    return [Share(look.look(key), counts[key], words.cell_estimate(*value)) for key, value in known.items()]


def facts(case: Case) -> list[tuple[str, str]]:
    """Who stands against whom and where the game stands, as pairs of term and words. Unknown is said."""
    ruler, state = case.ruler, case.state
    known = ruler.in_office_since.isoformat() if ruler.in_office_since else "unknown"
    powers = [
        f"{coercer.name}{f' ({coercer.leader})' if coercer.leader and coercer.leader != coercer.name else ''}"
        for coercer in case.coercers
    ]
    offers = {"none": "none", "safe_passage": "safe passage", "safe_passage_immunity": "safe passage and immunity"}
    offer = offers[state.offer]
    if state.offer != "none":
        offer += f", promised by {_GUARANTORS[state.guarantor]}" + (
            f"; {state.offer_condition}" if state.offer_condition else ""
        )
    since = state.ultimatum_since if state.pressure == "ultimatum" else state.pressure_since
    army, street = case.assessments.army_loyalty, case.assessments.street
    accused = [("Accused of grave crimes by", ruler.accusation)] if ruler.accusation else []
    return [
        ("Ruler", f"{ruler.name}, {ruler.office or 'ruler'} of {place_name(ruler.country)}"),
        ("In office since", known),
        ("Kind of rule", REGIMES[ruler.regime]),
        *accused,
        ("Pressed by", words.listed(powers)),
        ("Pressure", state.pressure + (f", since {since}" if since and state.pressure != "none" else "")),
        ("Offer on the table", offer),
        ("Deadline", state.deadline.isoformat() if state.deadline else "no date given"),
        ("Counter-demand", "standing" if state.counter_demand == "standing" else "none"),
        ("Armed forces", f"{state.armed_forces or 'not known for sure'}; loyal with probability {_estimated(army)}"),
        ("Street", f"{state.street or 'not known for sure'}; mobilised with probability {_estimated(street)}"),
    ]  # fmt: skip


def _estimated(value: Assessment) -> str:
    return words.estimate(value.central, value.low, value.high)


_GUARANTORS = {"coercer": "the coercer", "third_state": "a third state", "successor": "the successor"}


def sourcing(brief: Brief) -> list[tuple[Grade, int]]:
    """How many graded items (claims, figures, conditions) have each grade."""
    found = brief.evidence
    counts = Counter(row.grade for rows in (found.claims, found.statistics, found.conditions) for row in rows)
    return [(grade, counts[grade]) for grade in Grade]


def sourcing_words(brief: Brief) -> str:
    """How well the reports are sourced, in one sentence."""
    counts = dict(sourcing(brief))
    total = sum(counts.values())
    if not total:
        return "No report was read: the forecast rests on the case file alone." if not brief.reports else (
            "The reports hold no statement that could be graded."
        )  # fmt: skip
    strong, weak = counts[Grade.A] + counts[Grade.B], counts[Grade.D] + counts[Grade.E]
    return (
        f"Of {words.plural(total, 'graded statement')}, {strong} can be checked or come from a named and placed source "
        f"(grades A and B) and {weak} are anonymous or vague (D and E)."
    )


def outcome_rows(outcomes: Outcomes, places: int) -> list[Row]:
    """One row an ending, one cell a month: 'mean (low to high)'."""
    rows = []
    for key in look.ordered(outcomes):
        cells = [_estimate(look.at(outcomes, key, i)) for i in range(places)]
        rows.append(Row(look.look(key).label, tuple(cells), look=look.look(key)))
    return rows


def _estimate(found: tuple[float, float, float] | None) -> str | None:
    return None if found is None else words.cell_estimate(*found)


def lens_rows(brief: Brief) -> list[Row]:
    """History beside the game at the headline month: a cell and a bar each, None where history is silent."""
    at = headline_place(brief.forecast.months)
    history = brief.lenses.get("history", Lens(outcomes={})).outcomes
    rows = []
    for key in look.ordered(brief.forecast.outcomes):
        if key == look.IN_OFFICE:
            continue
        pair = (look.at(history, key, at), look.at(brief.forecast.outcomes, key, at))
        bars = tuple(_bar(found, look.look(key)) for found in pair)
        rows.append(Row(look.look(key).label, tuple(_estimate(found) for found in pair), bars, look.look(key)))
    pair = (look.any_exit(history, at), look.any_exit(brief.forecast.outcomes, at))
    bars = tuple(_bar(found, look.ANY) for found in pair)
    rows.append(Row(look.ANY.label, tuple(_estimate(found) for found in pair), bars, look.ANY))
    return rows


def _bar(found: tuple[float, float, float] | None, shown: look.Look) -> Bar | None:
    return None if found is None else Bar(*found, words.cell_estimate(*found), shown)


def number_bar(number: Number, shown: look.Look) -> Bar:
    """A `Number` as a bar."""
    return Bar(number.mean, number.low, number.high, words.cell_estimate(number.mean, number.low, number.high), shown)


def top(bars: list[Bar | None], least: float = 0.02) -> float:
    """Upper end of a scale that holds every bar, at most 1."""
    return min(1.0, max([least, *(bar.high for bar in bars if bar is not None)]) * 1.04)


def first_bands(brief: Brief) -> list[Band]:
    """The bands that a reader of the headline must hear of: main endings and being in office, at its month."""
    month = brief.forecast.months[headline_place(brief.forecast.months)]
    named = (*look.MAIN, look.IN_OFFICE)
    first = [band for band in brief.bands if band.month == month and band.outcome in named]
    return first or brief.bands[:1]


@dataclass(frozen=True, slots=True)
class PathRow:
    """One step of the path: what each ending adds, the sum, and what the step changed."""

    number: int
    label: str
    explanation: str
    basis: str
    parts: tuple[tuple[look.Look, float], ...]
    total: float
    figure: str
    change: str | None


def path(steps: list[Step]) -> list[PathRow]:
    """Steps from base rate to forecast, as shares of exits in the headline period."""
    rows: list[PathRow] = []
    before: float | None = None
    for i, step in enumerate(steps, 1):
        exits = {key: value for key, value in step.outcomes.items() if key != look.IN_OFFICE and value is not None}
        parts = [(look.look(key), exits[key]) for key in look.MAIN if key in exits]
        rest = sum(exits[key] for key in look.others(exits))
        parts += [(look.OTHER, rest)] if rest else []
        stay = step.outcomes.get(look.IN_OFFICE)
        total = sum(exits.values()) if stay is None else 1 - stay
        change = None if before is None else words.points(total - before)
        rows.append(
            PathRow(i, step.label, step.explanation, step.basis, tuple(parts), total, words.cell(total), change)
        )
        before = total
    return rows


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One what-if: negotiated exits and any exit under it, against the case as it stands."""

    label: str
    kind: str
    months: int
    negotiated: Bar
    difference: str
    any_difference: str
    best: str | None
    is_best: bool
    wording: str


def what_ifs(brief: Brief) -> tuple[list[OfferRow], list[OfferRow]]:
    """Offers, most promising first, and the other changes."""
    best = brief.best_offer.offer.label if brief.best_offer else None
    rows = [_offer(row, best) for row in brief.what_if]
    offers = [row for row in rows if row.kind in ("offer", "guarantor")]
    offers.sort(key=lambda row: -row.negotiated.mean)
    return offers, [row for row in rows if row.kind not in ("offer", "guarantor")]


def _offer(row: WhatIf, best: str | None) -> OfferRow:
    zero = Number(mean=0, low=0, high=0)
    shift, stay = row.difference.get("negotiated", zero), row.difference.get(look.IN_OFFICE, zero)
    return OfferRow(
        row.label,
        row.kind,
        row.months,
        number_bar(row.outcomes.get("negotiated", zero), look.look("negotiated")),
        words.points_estimate(shift.mean, shift.low, shift.high),
        words.points_estimate(-stay.mean, -stay.high, -stay.low),
        None if row.probability_best is None else words.cell(row.probability_best),
        row.label == best,
        row.wording,
    )


@dataclass(frozen=True, slots=True)
class TornadoRow:
    """One parameter: where the forecast goes when it is low and when it is high."""

    label: str
    outcome: look.Look
    at_low: float
    at_high: float
    figure_low: str
    figure_high: str
    values: str
    from_prior_alone: bool


def tornado(rows: list[Sensitivity]) -> list[TornadoRow]:
    """Sensitivities, widest swing first."""
    found = []
    for row in sorted(rows, key=lambda row: -abs(row.at_high - row.at_low)):
        values = (
            ""
            if row.low_value is None or row.high_value is None
            else f"{row.low_value:.2g} to {row.high_value:.2g}".replace("-", words.MINUS)
        )
        found.append(
            TornadoRow(
                label=row.label[:1].upper() + row.label[1:],
                outcome=look.look(row.outcome),
                at_low=row.at_low,
                at_high=row.at_high,
                figure_low=words.cell(row.at_low),
                figure_high=words.cell(row.at_high),
                values=values,
                from_prior_alone=row.from_prior_alone,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """One judgement with its interval, what it rests on and why."""

    name: str
    meaning: str
    bar: Bar
    sources: tuple[tuple[highlight.Reference, str], ...]
    reason: str
    set_by: str | None


def assessments(brief: Brief, known: set[str]) -> list[AssessmentRow]:
    """The seven judgements; `known` are the ids of evidence rows that the page has."""
    rows = []
    for name, meaning in ASSESSMENTS.items():
        value = getattr(brief.case.assessments, name)
        touched = [o for path_, o in brief.case.overrides.items() if name in path_.split(".")]
        rows.append(
            AssessmentRow(
                name.replace("_", " ").capitalize(),
                meaning,
                number_bar(Number(mean=value.central, low=value.low, high=value.high), look.ANY),
                tuple((highlight.reference(source.evidence, known), _weight(source)) for source in value.evidence),
                value.reason,
                words.listed([o.by or "a person" for o in touched]) if touched else None,
            )
        )
    return rows


def _weight(source: Source) -> str:
    said = [f"grade {source.grade}"] if source.grade else []
    if source.value is not None:
        said.append(f"says {words.cell(source.value) if 0 <= source.value <= 1 else format(source.value, '.3g')}")
    if source.weight is not None:
        said.append(f"believed to {words.cell(source.weight)}")
    return ", ".join(said)


def fates(brief: Brief) -> list[Row]:
    """What became of rulers after each kind of exit, one cell a fate, in the order of the codes."""
    order = fate_names(brief)
    return [
        Row(
            look.look(mode).label,
            tuple(_number(row[name]) if name in row else None for name in order),
            look=look.look(mode),
        )
        for mode in look.ordered(brief.fates)
        for row in [brief.fates[mode]]
    ]


def fate_names(brief: Brief) -> list[str]:
    """Fates in the order in which the brief first names them."""
    return list(dict.fromkeys(name for row in brief.fates.values() for name in row))


def _number(number: Number) -> str:
    return words.cell_estimate(number.mean, number.low, number.high)


def silent(outcomes: Outcomes) -> list[str]:
    """Endings of which a lens says nothing."""
    return [key for key, series in outcomes.items() if _empty(series)]


def _empty(series: Series) -> bool:
    return all(value is None for value in series.mean)
