"""The story table: each element of the report, what was found of it, and what it did to the forecast.

One row for each element that the design promises to handle, found or not, so that a reader sees at a glance what the
forecast rests on and what it had to do without.
"""

from __future__ import annotations

from offramp.case.models import Assessment, Case
from offramp.forecast.brief import FactCheck
from offramp.reading.evidence import Evidence, Grade, SpeakerKind

NOT_FOUND = "not in the reports"
VAGUE = {SpeakerKind.VAGUE, SpeakerKind.ANONYMOUS}


def story(case: Case, evidence: Evidence, learnt: tuple[float, float] | None) -> list[FactCheck]:
    """Rows of the story table.

    Args:
        case: The case as played.
        evidence: What reading found (from the case file alone, it may be only part).
        learnt: Mean probability that the ruler is of the committed type before and after the observed months.
    """
    return [
        _ultimatum(case, evidence),
        _offer(case, evidence),
        _refusal(case, evidence, learnt),
        _campaign(case, evidence),
        _statistics(case, evidence),
        _conditions(case, evidence, "economy_bad economy_good", "Economy and shortages", "economy"),
        _vague(evidence),
        _regional(case),
        _private(evidence),
        _conditions(case, evidence, "army_loyal army_wavering", "The armed forces", "army_loyalty"),
        _conditions(
            case, evidence, "street_mobilised street_quiet split_opinion", "Street and divided opinion", "street"
        ),
        _provenance(evidence),
        _debris(evidence),
    ]


def _ultimatum(case: Case, evidence: Evidence) -> FactCheck:
    state = case.state
    asks = [i for i, d in enumerate(evidence.demands) if not d.counter and d.what == "leave_office"]
    if state.pressure != "ultimatum":
        return FactCheck(
            element="Ultimatum", found=NOT_FOUND, effect=f"The game starts at pressure '{state.pressure}'."
        )
    by = case.coercers[0].name
    deadline = f", deadline {state.deadline}" if state.deadline else ""
    return FactCheck(
        element="Ultimatum",
        found=f"{by} demands that {case.ruler.name} leave office, since {state.ultimatum_since}{deadline}.",
        effect="The game starts at pressure 'ultimatum': backing down costs the coercer, and a strike is open to it.",
        evidence=[f"demands[{i}]" for i in asks],
    )


def _offer(case: Case, evidence: Evidence) -> FactCheck:
    if case.state.offer == "none":
        return FactCheck(element="Offer", found=NOT_FOUND, effect="No way out stands, so none can be taken this month.")
    terms = [o for o in evidence.offers if o.to == case.ruler.country]
    who = sorted({name for o in terms for name in o.beneficiaries})
    condition = next((o.condition for o in terms if o.condition), None)
    words = "safe passage and immunity" if case.state.offer == "safe_passage_immunity" else "safe passage"
    return FactCheck(
        element="Offer",
        found=words.capitalize()
        + (" for " + ", ".join(who) if who else "")
        + (f"; condition: {condition}" if condition else "")
        + ".",
        effect="Leaving on the offer is open to the ruler; a promise of safe passage is kept with probability "
        f"{_range(case.assessments.guarantee)}.",
        evidence=[f"offers[{i}]" for i, o in enumerate(evidence.offers) if o.to == case.ruler.country],
    )


def _refusal(case: Case, evidence: Evidence, learnt: tuple[float, float] | None) -> FactCheck:
    refs = [f"events[{i}]" for i, e in enumerate(evidence.events) if e.type == "REJECT"]
    counter = [i for i, d in enumerate(evidence.demands) if d.counter and d.by == case.ruler.country]
    replies = [month for month in case.history if month.reply]
    if not replies and not counter:
        return FactCheck(
            element="Refusal and counter-demand", found=NOT_FOUND, effect="Nothing is learnt from a reply."
        )
    wants = ", ".join(dict.fromkeys(evidence.demands[i].what.replace("_", " ") for i in counter))
    moved = (
        f"It moves the probability that he will never leave on terms from {learnt[0]:.2f} to {learnt[1]:.2f}. "
        if learnt
        else ""
    )
    return FactCheck(
        element="Refusal and counter-demand",
        found="The ruler "
        + " and ".join([*(["refused"] if replies else []), *([f"asks for {wants}"] if wants else [])])
        + ".",
        effect=moved
        + "A refusal is learnt from through the equilibrium alone and moves no assessment."
        + (" The counter-demand stands in the game." if case.state.counter_demand == "standing" else ""),
        evidence=refs + [f"demands[{i}]" for i in counter],
    )


def _campaign(case: Case, evidence: Evidence) -> FactCheck:
    rows = [i for i, c in enumerate(evidence.conditions) if c.topic == "pressure"]
    since = case.state.pressure_since
    if since is None:
        return FactCheck(element="Pressure campaign", found=NOT_FOUND, effect="No earlier pressure is counted.")
    months = (case.as_of - since).days / 30.44
    return FactCheck(
        element="Pressure campaign",
        found=f"Pressure since {since}, about {months:.0f} months.",
        effect="Pressure is a path through time: it takes from the worth of office each month, and costs the coercer.",
        evidence=[f"conditions[{i}]" for i in rows],
    )


def _statistics(case: Case, evidence: Evidence) -> FactCheck:
    if not evidence.statistics:
        return FactCheck(
            element="Survey and other figures", found=NOT_FOUND, effect="Public support rests on its prior."
        )
    index, row = min(
        enumerate(evidence.statistics), key=lambda pair: (pair[1].topic not in ("discontent", "support"), pair[0])
    )
    traced = "can be traced" if row.checkable else "cannot be traced from the report"
    used = _use(case, f"statistics[{index}]")
    return FactCheck(
        element="Survey and other figures",
        found=f"{len(evidence.statistics)} figures; {row.qualifier or ''} {row.value:g} {row.unit} ({row.about}), "
        + f"whose source {traced} (grade {row.grade}).",
        effect=used or "It moves no assessment.",
        evidence=[f"statistics[{i}]" for i in range(len(evidence.statistics))],
    )


def _conditions(case: Case, evidence: Evidence, topics: str, element: str, name: str) -> FactCheck:
    rows = [i for i, c in enumerate(evidence.conditions) if c.topic in topics.split()]
    assessment: Assessment = getattr(case.assessments, name)
    refs = [f"conditions[{i}]" for i in rows]
    words = name.replace("_", " ")
    if not rows:
        return FactCheck(
            element=element, found=NOT_FOUND, effect=f"The assessment of {words} is its prior, {_range(assessment)}."
        )
    grades = ", ".join(dict.fromkeys(f"grade {evidence.conditions[i].grade}" for i in rows))
    return FactCheck(
        element=element,
        found="; ".join(dict.fromkeys(_short(evidence.conditions[i].text) for i in rows[:2])) + f" ({grades})",
        effect=f"The assessment of {words} is {_range(assessment)}.",
        evidence=refs,
    )


def _vague(evidence: Evidence) -> FactCheck:
    rows = [i for i, c in enumerate(evidence.claims) if c.speaker_kind in VAGUE]
    if not rows:
        return FactCheck(element="Vague attributions", found=NOT_FOUND, effect="None to discount.")
    heard = ", ".join(f"'{evidence.claims[i].speaker}'" for i in rows[:4] if evidence.claims[i].speaker)
    return FactCheck(
        element="Vague attributions",
        found=f"{len(rows)} of {len(evidence.claims)} claims have no named source{': ' + heard if heard else ''}.",
        effect="Graded D or E: they pull an assessment towards its prior, not towards what they say.",
        evidence=[f"claims[{i}]" for i in rows],
    )


def _regional(case: Case) -> FactCheck:
    if not case.regional:
        return FactCheck(
            element="Pressure elsewhere in the region", found=NOT_FOUND, effect="No spill-over is counted."
        )
    return FactCheck(
        element="Pressure elsewhere in the region",
        found="Also: " + ", ".join(dict.fromkeys(r.country for r in case.regional)) + ".",
        effect="A small shift in the chance that the street mobilises, fading with time.",
    )


def _private(evidence: Evidence) -> FactCheck:
    rows = [i for i, c in enumerate(evidence.conditions) if c.topic == "private_talks"]
    return FactCheck(
        element="What happens behind closed doors",
        found="; ".join(_short(evidence.conditions[i].text) for i in rows[:2]) or NOT_FOUND,
        effect="Private information: the ruler's type and every payoff are distributions, never points, "
        "so the forecast is a range.",
        evidence=[f"conditions[{i}]" for i in rows],
    )


def _provenance(evidence: Evidence) -> FactCheck:
    counts = {grade: sum(c.grade == grade for c in evidence.claims) for grade in Grade}
    words = ", ".join(f"{n} {grade}" for grade, n in counts.items() if n)
    return FactCheck(
        element="Where statements come from",
        found=f"{len(evidence.claims)} attributed claims{': ' + words if words else ''}.",
        effect="Every assessment names its evidence; every item points at characters of the report.",
    )


def _debris(evidence: Evidence) -> FactCheck:
    if not evidence.dropped:
        return FactCheck(element="Web debris", found="none", effect="Nothing was dropped.")
    why = ", ".join(dict.fromkeys(d.reason for d in evidence.dropped))
    size = sum(d.end - d.start for d in evidence.dropped)
    return FactCheck(
        element="Web debris",
        found=f"{len(evidence.dropped)} passages, {size} characters ({_short(why)}).",
        effect="Dropped before reading; the passages are struck through in the source text.",
        evidence=[f"dropped[{i}]" for i in range(len(evidence.dropped))],
    )


def _use(case: Case, reference: str) -> str:
    """Which assessments an item of evidence entered, and how much it was believed."""
    said = [
        f"{name.replace('_', ' ')} (believed to {100 * source.weight:.0f} %), now {_range(value)}"
        for name, value in case.assessments
        for source in value.evidence
        if source.evidence == reference and source.weight is not None
    ]
    return "It enters the assessment of " + "; ".join(said) + "." if said else ""


def _range(a: Assessment) -> str:
    return f"{a.central:.2f} ({a.low:.2f} to {a.high:.2f})"


def _short(text: str, size: int = 110) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= size else flat[: size - 1].rsplit(" ", 1)[0] + "…"
