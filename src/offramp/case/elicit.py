"""From evidence to the seven assessments of a case, each with its interval, its evidence and a reason in words.

An assessment z lives on the logit scale with a normal prior. Item e either informs, with probability rho(grade), and
then measures z with error tau(grade), or it is noise that says nothing. The posterior of that mixture is computed by
quadrature on a grid, not by widening an interval round the claimed value: weak sourcing moves the centre and the width
towards the prior. Yes-or-no cues multiply the odds by `rho * ratio + 1 - rho`. All numbers stand in
`case.elicit_table`.

One speaker or one origin is one cluster, of which only the item of largest weight counts; identical text is one
origin, whoever repeats it. One fact moves one assessment only: the pressure and the offers themselves are states of
the game, and a refusal is learnt from there, so none of them raises an assessment here.

`tests/case/test_elicit.py` holds the posterior to closed forms and the channels to removal and duplication.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from offramp.case.elicit_table import (
    CUES,
    DRIFT_PER_YEAR,
    ERROR,
    HOUSE_BIAS,
    HOUSE_BIAS_UNTRACEABLE,
    INFORMS,
    PRIORS,
    SHIFTS,
    Cue,
)
from offramp.case.models import ASSESSMENTS, Assessment, Assessments, Coercer, Ruler, Source
from offramp.errors import InputError
from offramp.reading.evidence import Claim, Event, Evidence, Grade, Modality, SpeakerKind, Statistic

_REAL = {Modality.HAPPENED, Modality.ANNOUNCED}
_STREET = {"public", "opposition"}
_CLAIM_CUES = ("promise_doubted", "promise_backed", "exit_tempts", "never_leaves")
_GRID_POINTS = 2001
_QUANTILES = (0.05, 0.5, 0.95)


class Item(NamedTuple):
    """One piece of evidence as it bears on one assessment."""

    name: str
    cue: Cue
    grade: Grade
    origin: str
    text: str
    share: float | None = None
    error: float = 0.0
    left: float = 1.0  # of its weight, where old evidence counts less

    @property
    def informs(self) -> float:
        """Probability that the item informs, age taken in."""
        return INFORMS[self.grade] * self.left

    @property
    def weight(self) -> float:
        """How much the item can move its assessment: only for choosing one item of a cluster."""
        rho = self.informs
        if self.cue.kind == "likelihood":
            return abs(math.log(rho * self.cue.ratio + 1 - rho))
        if self.cue.kind == "spread":
            return rho * (self.cue.ratio - 1)
        return rho / self.error**2


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
    found = list(_items(evidence, country, outside, as_of))
    items = _independent(found if left is None else _aged(found, evidence, left))
    if left is not None:
        items = _retold(items)
    by_assessment: dict[str, list[Item]] = {name: [] for name in ASSESSMENTS}
    for item in items:
        by_assessment[item.cue.assessment].append(item)
    said = Counter(item.cue.assessment for item in found)
    return Assessments(
        **{
            name: _assess(name, counted, ruler, as_of, repeats=said[name] - len(counted))
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


def _aged(items: Sequence[Item], evidence: Evidence, left: Mapping[int, float]) -> list[Item]:
    """Items with what is left of their weight by the age of their report; none where nothing is left."""
    aged = []
    for item in items:
        kind, _, number = item.name.rstrip("]").partition("[")
        share = left.get(getattr(evidence, kind)[int(number)].report, 1.0)
        if share > 0:
            aged.append(item._replace(left=share))
    return aged


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


def _assess(name: str, items: list[Item], ruler: Ruler | None, as_of: dt.date | None, *, repeats: int) -> Assessment:
    prior = PRIORS[name]
    centre, variance, words = prior.centre, prior.spread**2, [f"Prior: {prior.reason}."]
    for row in SHIFTS:
        if row.assessment == name and _holds(row.name, ruler, as_of) and not _already(row.name, items):
            centre, variance = centre + row.centre, variance + row.spread**2
            words.append(f"Ruler: {row.reason}.")
    start = centre
    spread, shift = math.sqrt(variance), 0.0
    values: list[tuple[float, float, float]] = []
    for item in items:
        rho = item.informs
        if item.cue.kind == "likelihood":
            shift += math.log(rho * item.cue.ratio + 1 - rho)
        elif item.cue.kind == "spread":
            spread *= 1 + rho * (item.cue.ratio - 1)
        elif item.share is not None:
            values.append((_logit(item.share), item.error, rho))
    found = posterior(centre, spread, values, shift)
    informs = iter(found.weights)
    sources = [Source(evidence="prior", value=round(_logistic(start), 4))]
    for item in items:
        weight = next(informs) if item.cue.kind == "value" else item.informs
        sources.append(Source(evidence=item.name, grade=item.grade, value=item.share, weight=round(weight, 4)))
        words.append(_words(item, weight))
    if repeats:
        words.append(f"{repeats} more from the same origins, not counted again.")
    if not items:
        words.append("Nothing in the reports bears on it.")
    low, central, high = (round(_logistic(q), 6) for q in found.quantiles)
    return Assessment(low=low, central=central, high=high, evidence=sources, reason=" ".join(words))


def _words(item: Item, weight: float) -> str:
    what = item.cue.name.replace("_", " ")
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


def _items(evidence: Evidence, country: str | None, outside: frozenset[str], as_of: dt.date | None) -> Iterator[Item]:
    origin = _origins(evidence)
    yield from _from_conditions(evidence, country, origin)
    yield from _from_statistics(evidence, as_of)
    yield from _from_events(evidence, country, outside, origin)
    yield from _from_offers(evidence, origin)
    yield from _from_claims(evidence)


def _origins(evidence: Evidence) -> Callable[[int, int, int], str]:
    """Who is behind the characters `start` to `end` of a report: the speaker whose words they are, else the report."""

    def find(report: int, start: int, end: int) -> str:
        for claim in evidence.claims:
            if claim.report == report and any(a < end and start < b for a, b in claim.content_spans):
                return _speaker(claim)
        return f"report {report}"

    return find


def _speaker(claim: Claim) -> str:
    if claim.speaker_kind in (SpeakerKind.VAGUE, SpeakerKind.ANONYMOUS, SpeakerKind.NARRATOR):
        return f"{claim.speaker_kind} of report {claim.report}"
    return f"speaker {' '.join(claim.speaker.casefold().split())}"


def _from_conditions(evidence: Evidence, country: str | None, origin: Callable[[int, int, int], str]) -> Iterator[Item]:
    for i, row in enumerate(evidence.conditions):
        cue = CUES.get(row.topic)
        elsewhere = row.country is not None and country is not None and row.country != country
        # Private talks are the coercer's as often as the ruler's; the rest describes the ruler's own country.
        if cue is None or (elsewhere and row.topic != "private_talks"):
            continue
        share, error = (None, 0.0) if cue.kind != "value" else (0.5, math.hypot(ERROR[row.grade], cue.extra))
        yield Item(f"conditions[{i}]", cue, row.grade, origin(row.report, row.start, row.end), row.text, share, error)


def _from_statistics(evidence: Evidence, as_of: dt.date | None) -> Iterator[Item]:
    for i, row in enumerate(evidence.statistics):
        who = row.stated_source or f"report {row.report}"
        item = Item(f"statistics[{i}]", CUES["support_share"], row.grade, f"source {who.casefold()}", row.about)
        share = _share(row)
        if row.topic in ("support", "discontent") and share is not None:
            name = f"{row.topic}_share"
            share = share if row.topic == "support" else 1 - share
            house = HOUSE_BIAS if row.checkable else HOUSE_BIAS_UNTRACEABLE
            age = max(0, as_of.year - row.year) if as_of and row.year else 0
            error = math.sqrt(
                ERROR[row.grade] ** 2 + house**2 + CUES[name].extra ** 2 + (age**0.5 * DRIFT_PER_YEAR) ** 2
            )
            yield item._replace(cue=CUES[name], share=round(share, 6), error=error)
        elif row.topic == "economy" and re.search(CUES["economy_figure"].pattern, row.about, re.IGNORECASE):
            yield item._replace(cue=CUES["economy_figure"])


def _share(row: Statistic) -> float | None:
    """The figure as a share within (0.01, 0.99), or None when it is no share."""
    unit = row.unit.casefold()
    if unit in ("percent", "%", "per cent", "percentage"):
        share = row.value / 100
    elif unit in ("share", "fraction", "probability"):
        share = row.value
    else:
        return None
    return min(0.99, max(0.01, share)) if 0 <= share <= 1 else None


def _from_events(
    evidence: Evidence, country: str | None, outside: frozenset[str], origin: Callable[[int, int, int], str]
) -> Iterator[Item]:
    for i, row in enumerate(evidence.events):
        if row.negated or row.modality not in _REAL or row.source is None:
            continue
        name = _event_cue(row, country, outside)
        if name is not None:
            grade = evidence.claims[row.claim].grade if row.claim is not None else Grade.C
            yield Item(f"events[{i}]", CUES[name], grade, origin(row.report, row.start, row.end), row.text)


def _event_cue(row: Event, country: str | None, outside: frozenset[str]) -> str | None:
    assert row.source is not None  # the caller has looked
    home = country is None or row.source.country in (country, None)
    if row.type == "PROTEST" and home and row.source.role in _STREET:
        return "protest_event"
    abroad = row.source.country in outside if outside else row.source.country not in (country, None)
    if not abroad:
        return None
    return {
        "MOBILIZE": "deployment",
        "ASSAULT": "force_used",
        "COERCE": "force_used",
        "RETREAT": "stepping_back",
    }.get(row.type)


def _from_offers(evidence: Evidence, origin: Callable[[int, int, int], str]) -> Iterator[Item]:
    for i, row in enumerate(evidence.offers):
        name = f"offers[{i}]"
        who = origin(row.report, row.start, row.end)
        text = f"{row.by} {row.to} {row.condition} {row.deadline_text}"
        if any(person != "ruler" for person in row.beneficiaries):
            yield Item(name, CUES["family_included"], Grade.C, f"{who} beneficiaries", text)
        if row.condition:
            yield Item(name, CUES["conditional_terms"], Grade.C, f"{who} conditions", text)
        if row.deadline or row.deadline_text:
            yield Item(name, CUES["deadline"], Grade.C, who, text)


def _from_claims(evidence: Evidence) -> Iterator[Item]:
    refusals = [e for e in evidence.events if e.type == "REJECT"]
    for i, row in enumerate(evidence.claims):
        told = any(
            e.report == row.report and any(a < e.trigger[1] and e.trigger[0] < b for a, b in row.content_spans)
            for e in refusals
        )
        # A refusal is learnt from in the game; what is said of it must not raise the ruler's resolve a second time.
        if told or row.speaker.casefold() in ("ruler", "narrator"):
            continue
        for name in _CLAIM_CUES:
            if re.search(CUES[name].pattern, row.content, re.IGNORECASE):
                yield Item(f"claims[{i}]", CUES[name], row.grade, _speaker(row), row.content)


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
    return [max(own, key=lambda item: item.weight) for held in slots.values() if (own := _side(list(held.values())))]


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
