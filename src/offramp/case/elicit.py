"""From evidence to the seven assessments of a case, each with its interval, its evidence and a reason in words.

An assessment z lives on the logit scale with a normal prior. Item e either informs, with probability rho(grade), and
then measures z with error tau(grade), or it is noise that says nothing. The posterior of that mixture is computed by
quadrature on a grid, not by widening an interval round the claimed value: weak sourcing moves the centre and the width
towards the prior. Yes-or-no cues multiply the odds by `rho * ratio + 1 - rho`. All numbers stand in
`case.elicit_table`.

One speaker or one origin is one cluster, of which only the item of largest weight counts; identical text is one
origin, whoever repeats it. Several independent tellings of one act, state or offer are one item, better sourced
(`case.corroboration`). One fact moves one assessment only: the pressure and the offers themselves are states of
the game, and a refusal is learnt from there, so none of them raises an assessment here.

`tests/case/test_elicit.py` holds the posterior to closed forms and the channels to removal and duplication.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offramp.case.corroboration import CONTESTED, rho_of, tellings
from offramp.case.elicit_table import (
    INFORMS,
    PRIORS,
    SHIFTS,
)
from offramp.case.items import Item, find_items
from offramp.case.models import ASSESSMENTS, Assessment, Assessments, Coercer, Ruler, Source
from offramp.errors import InputError
from offramp.reading.evidence import Evidence

_GRID_POINTS = 2001
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Quantiles (0.05, 0.5, 0.95) on the logit scale, and for each value item the probability that it informs."""

    quantiles: tuple[float, float, float]
    weights: tuple[float, ...]


def elicit(
    evidence: Evidence,
    *,
    country: str | None = None,
    ruler: Ruler | None = None,
    coercers: Sequence[Coercer] = (),
    as_of: dt.date | None = None,
    left: Mapping[int, float] | None = None,
) -> Assessments:
    """The seven assessments that this evidence supports.

    Args:
        evidence: What reading found.
        country: ISO-3 of the ruler's country; `ruler.country` when left out. Items about other countries are ignored.
        ruler: Facts about the ruler that move priors (culpable, recent coup attempts, military career).
        coercers: Whose deployments and steps back count for the coercer's resolve; any outside state when empty.
        as_of: The case's date; a poll of an earlier year is given room to have drifted.
        left: What is left of the weight of each report's items, by its number, for a stream of reports over time: all
            of it where nothing is said. Then the same cue told again in other reports counts half each time, since a
            state of things that lasts is told of every day.

    Returns:
        Every assessment with 5, 50 and 95 % quantiles of its posterior; where nothing bears on one, its prior.
    """
    country = country or (ruler.country if ruler else None)
    outside = frozenset(key for c in coercers for key in (c.id, c.country) if key)
    found = list(find_items(evidence, country, outside, as_of))
    found = [item._replace(report=_report(evidence, item.name)) for item in found]
    if left is None:
        facts = _facts(_independent(found), evidence)
    else:  # a stream has a rule of its own for what is told again
        facts = [[item] for item in _retold(_independent(_aged(found, left)))]
    by_assessment: dict[str, list[list[Item]]] = {name: [] for name in ASSESSMENTS}
    for fact in facts:
        by_assessment[fact[0].cue.assessment].append(fact)
    said = Counter(item.cue.assessment for item in found)
    return Assessments(
        **{
            name: _assess(name, counted, ruler, as_of, repeats=said[name] - sum(len(fact) for fact in counted))
            for name, counted in by_assessment.items()
        }
    )


def posterior(
    centre: float, spread: float, values: Sequence[tuple[float, float, float]], shift: float = 0.0
) -> Posterior:
    """Posterior of an assessment on the logit scale, by quadrature.

    Args:
        centre: Prior mean on the logit scale.
        spread: Prior standard deviation, above 0.
        values: (y, tau, rho) of each item: what it says on the logit scale, its error, the probability that it
            informs. An item that does not inform is drawn from its own prior predictive, so that with one item the
            posterior is exactly rho times the normal update plus (1 - rho) times the prior.
        shift: Sum of the log likelihood ratios of yes-or-no cues; multiplies the odds at every z.
    """
    if not values:
        half = 1.6448536269514722 * spread
        return Posterior((centre - half + shift, centre + shift, centre + half + shift), ())
    reach = max(9 * spread, *(abs(y - centre) + 4 * tau for y, tau, _ in values))
    z = np.linspace(centre - reach, centre + reach, _GRID_POINTS)
    log_density = -0.5 * ((z - centre) / spread) ** 2
    informed = []
    for y, tau, rho in values:
        signal = rho * _normal(y, z, tau)
        noise = (1 - rho) * _normal(y, np.asarray(centre), math.hypot(spread, tau))
        informed.append(signal / (signal + noise))
        log_density = log_density + np.log(signal + noise)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    # Midpoint rule: the cumulative sum at a grid point counts half of that point's own mass.
    cumulative = np.cumsum(density) - density / 2
    low, middle, high = (float(np.interp(q, cumulative, z)) + shift for q in _QUANTILES)
    return Posterior((low, middle, high), tuple(float(density @ w) for w in informed))


def _normal(y: float, mean: NDArray[np.float64], sd: float) -> NDArray[np.float64]:
    density: NDArray[np.float64] = np.exp(-0.5 * ((y - mean) / sd) ** 2) / sd
    return density


def _aged(items: Sequence[Item], left: Mapping[int, float]) -> list[Item]:
    """Items with what is left of their weight by the age of their report; none where nothing is left."""
    aged = []
    for item in items:
        share = left.get(item.report, 1.0)
        if share > 0:
            aged.append(item._replace(left=share))
    return aged


def _report(evidence: Evidence, name: str) -> int:
    kind, _, number = name.rstrip("]").partition("[")
    return int(getattr(evidence, kind)[int(number)].report)


def _facts(items: Sequence[Item], evidence: Evidence) -> list[list[Item]]:
    """Items by the fact that they tell, each fact's in the order of their reports.

    An item stands for its whole origin, so two origins tell one fact when any of their items do.
    """
    told = tellings(evidence)
    facts: list[tuple[set[int], list[Item]]] = []
    for item in items:
        names = (item.name, *item.beside)
        against = [rho_of(evidence, other, INFORMS) for name in names for other in told.against.get(name, ())]
        item = item._replace(against=max(against, default=0.0))
        marks = {told.same[name] for name in names if name in told.same}
        joined = [f for f in facts if f[0] & marks and _alike(f[1][0], item)]
        facts = [f for f in facts if all(f is not j for j in joined)]
        facts.append((marks.union(*(j[0] for j in joined)), [i for j in joined for i in j[1]] + [item]))
    return [sorted(fact, key=lambda item: item.report) for _, fact in facts]


def _alike(a: Item, b: Item) -> bool:
    """Whether two items can be one fact: of one assessment, and both or neither of a side."""
    side = [None if i.cue.kind != "likelihood" else i.cue.ratio > 1 for i in (a, b)]
    return a.cue.assessment == b.cue.assessment and a.cue.kind == b.cue.kind and side[0] == side[1]


def _merged(fact: Sequence[Item]) -> Item:
    """One item for a fact: its best telling, with what the tellings of other reports add to it."""
    best = max(fact, key=lambda item: item.weight)
    if best.cue.kind == "spread":  # that a thing is undecided is no more so for being told twice
        return best
    further: dict[int, float] = {}
    for item in fact:
        if item.report != best.report:
            further[item.report] = max(further.get(item.report, 0.0), INFORMS[item.grade] * item.left)
    return best._replace(further=tuple(further.values()))


def _retold(items: Sequence[Item]) -> list[Item]:
    """Of yes-or-no items of one cue the weightiest counts in full, each further one half of the one before."""
    told: Counter[str] = Counter()
    found = []
    for item in sorted(items, key=lambda item: -item.weight):
        if item.cue.kind == "likelihood":
            item = item._replace(left=item.left * 0.5 ** told[item.cue.name])
            told[item.cue.name] += 1
        found.append(item)
    return found


def _assess(
    name: str, facts: list[list[Item]], ruler: Ruler | None, as_of: dt.date | None, *, repeats: int
) -> Assessment:
    prior = PRIORS[name]
    centre, variance, words = prior.centre, prior.spread**2, [f"Prior: {prior.reason}."]
    items = [_merged(fact) for fact in facts]
    for row in SHIFTS:
        if row.assessment == name and _holds(row.name, ruler, as_of) and not _already(row.name, items):
            centre, variance = centre + row.centre, variance + row.spread**2
            words.append(f"Ruler: {row.reason}.")
    found = _update(items, centre, math.sqrt(variance))
    quantiles = _narrowed(found.quantiles, facts, centre, math.sqrt(variance))
    informs = iter(found.weights)
    sources = [Source(evidence="prior", value=round(_logistic(centre), 4))]
    for item in items:
        weight = next(informs) if item.cue.kind == "value" else item.informs
        sources.append(Source(evidence=item.name, grade=item.grade, value=item.share, weight=round(weight, 4)))
        words.append(_words(item, weight))
    if repeats:
        words.append(f"{repeats} more from the same origins, not counted again.")
    if not items:
        words.append("Nothing in the reports bears on it.")
    low, central, high = (round(_logistic(q), 6) for q in quantiles)
    return Assessment(low=low, central=central, high=high, evidence=sources, reason=" ".join(words))


def _update(items: Sequence[Item], centre: float, spread: float) -> Posterior:
    """The posterior that items give from a prior on the logit scale."""
    shift = 0.0
    values: list[tuple[float, float, float]] = []
    for item in items:
        rho = item.informs
        if item.cue.kind == "likelihood":
            shift += math.log(rho * item.cue.ratio + 1 - rho)
        elif item.cue.kind == "spread":
            spread *= 1 + rho * (item.cue.ratio - 1)
        elif item.share is not None:
            values.append((_logit(item.share), item.error, rho))
    if any(item.cue.kind == "likelihood" and item.against for item in items):
        spread *= CONTESTED
    return posterior(centre, spread, values, shift)


def _narrowed(
    quantiles: tuple[float, float, float], facts: Sequence[Sequence[Item]], centre: float, spread: float
) -> tuple[float, float, float]:
    """Quantiles no farther apart than they would be with the tellings of the earlier reports alone.

    A mixture can grow wider when an unexpected value becomes likelier to inform; what a further independent report
    bears out must not look less known for it.
    """
    reports = sorted({item.report for fact in facts if len(fact) > 1 for item in fact})
    low, middle, high = quantiles
    width = high - low
    for last in reports[:-1]:
        early = _update([_merged([i for i in fact if i.report <= last] or fact[:1]) for fact in facts], centre, spread)
        width = min(width, early.quantiles[2] - early.quantiles[0])
    share = width / (high - low) if high > low else 1.0
    return middle - share * (middle - low), middle, middle + share * (high - middle)


def _words(item: Item, weight: float) -> str:
    what = item.cue.name.replace("_", " ")
    if item.further:
        what += f", told by {len(item.further)} more independent report{'s' if len(item.further) > 1 else ''}"
    if item.against:
        what += ", contradicted elsewhere"
    if item.cue.kind == "value" and item.share is not None:
        return (
            f"{item.name} (grade {item.grade.value}, {what}) says {item.share:.2f}, "
            f"and informs with probability {weight:.2f}."
        )
    if item.cue.kind == "spread":
        return f"{item.name} (grade {item.grade.value}, {what}) leaves the direction open and widens the interval."
    rho = item.informs
    factor = rho * item.cue.ratio + 1 - rho
    moved = f"raises the odds by a factor of {factor:.2f}" if factor > 1 else f"lowers the odds to {factor:.2f} of them"
    return f"{item.name} (grade {item.grade.value}, {what}) {moved}."


def _holds(name: str, ruler: Ruler | None, as_of: dt.date | None) -> bool:
    if ruler is None:
        return False
    if name == "culpable":
        return bool(ruler.culpable) and (as_of is None or as_of.year >= 1998)
    if name == "recent_coup_attempt":
        return bool(ruler.coup_attempts_60m)
    if name == "military_career":
        return bool(ruler.military_career)
    raise InputError(f"elicit_table: shift {name!r} has no rule that says when it holds")


def _already(name: str, items: list[Item]) -> bool:
    """A coup attempt that a report tells of is the one already on record: it counts once."""
    return name == "recent_coup_attempt" and any(item.cue.name == "coup_attempt" for item in items)


def _independent(items: Sequence[Item]) -> list[Item]:
    """One item per origin and assessment, the one of largest weight; identical text is one origin.

    An origin that says both sides of a thing is taken at what it says more often, and at nothing when it says both
    as often: the choice between its own statements must not be made by their wording.
    """
    first_origin: dict[tuple[str, str], str] = {}
    slots: dict[tuple[str, bool, str], dict[tuple[str, str], Item]] = {}
    for item in items:
        text = re.sub(r"\W+", " ", item.text.casefold()).strip()
        # Different facts of one offer share its text: they keep the origins they were given.
        key = (item.cue.name, text)
        # A cue that takes no side does not compete with one that does.
        slot = (item.cue.assessment, item.cue.kind == "spread", first_origin.setdefault(key, item.origin))
        held = slots.setdefault(slot, {})
        if key not in held or item.weight > held[key].weight:
            held[key] = item
    return [_chosen(own, held.values()) for held in slots.values() if (own := _side(list(held.values())))]


def _chosen(own: Sequence[Item], told: Iterable[Item]) -> Item:
    best = max(own, key=lambda item: item.weight)
    return best._replace(beside=tuple(item.name for item in told if item.name != best.name))


def _side(items: list[Item]) -> list[Item]:
    """The items of one origin that count: all of them, unless yes-or-no cues point both ways. Then the side with the
    better grade counts, else the one said more often, else neither."""
    up = [item for item in items if item.cue.kind == "likelihood" and item.cue.ratio > 1]
    down = [item for item in items if item.cue.kind == "likelihood" and item.cue.ratio < 1]
    if not up or not down:
        return items
    rest = [item for item in items if item not in up and item not in down]

    def standing(side: list[Item]) -> tuple[float, int]:
        return max(INFORMS[item.grade] for item in side), len(side)

    better = max(up, down, key=standing)
    return rest if standing(up) == standing(down) else rest + better


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-13.0, min(13.0, x))))
