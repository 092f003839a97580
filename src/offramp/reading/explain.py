"""Why an event was coded: the words, the table's line, the actors' origin and the mood, one line a reason.

`offramp read --explain` shows these lines; they are made from what the readers of `reading.acts` and `reading.actors`
had in hand, and from nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offramp.reading import clauses, lexicon
from offramp.reading.evidence import Modality

if TYPE_CHECKING:
    from offramp.reading.actors import Cast
    from offramp.reading.composing import Act
    from offramp.reading.events import Placed
    from offramp.reading.phrases import Mention

_KINDS = {
    "event": "the verb and its object say the type by themselves",
    "light": "a light verb: the type is its object's",
    "noun": "a noun carries the act, its parties stand beside it",
    "threat": "a threat, whatever is threatened",
    "promise": "a promise: hostile acts promised are threats, friendly ones agreement",
    "plan": "a plan: coded by what is planned",
    "refuse": "a refusal, whatever is refused",
    "request": "a request, whatever is asked for",
    "stop": "an end: of something hostile a retreat, of something friendly a sanction",
    "allow": "a permission, coded as a concession",
    "aspect": "begins, goes on or tries: coded by the act inside",
    "report": "said of somebody who must do it: a request",
    "fail": "an act that failed, coded as not done",
}
_MOODS = {
    Modality.ANNOUNCED: "announced for the future",
    Modality.PLANNED: "only planned",
    Modality.CONDITIONAL: "under a condition",
    Modality.DENIED: "denied, or doubted by its own sentence",
    Modality.HYPOTHETICAL: "only possible, or what should be",
    Modality.HISTORICAL: "years before the report",
}


def explain(cast: Cast, placed: Placed) -> list[str]:
    """Reasons for one event: trigger, rule, actors, mood, confidence."""
    event, act = placed.event, placed.act
    lines = [_trigger(cast, act), f"{event.type}{f'/{event.mode}' if event.mode else ''}: {_KINDS[act.kind]}"]
    if act.inner is not None:
        lines.append(f"inside it: {act.inner.type} by '{act.inner.verb.text}'")
    for side, mention in (("source", placed.source), ("target", placed.target)):
        lines.append(f"{side}: {_actor(cast, mention)}")
    if event.modality in _MOODS:
        lines.append(f"{event.modality}: {_MOODS[event.modality]}")
    if event.negated:
        lines.append("negated: the predicate is denied")
    if event.terms:
        lines.append(f"terms in its clause: {', '.join(event.terms)}")
    for count in event.people:
        words = cast.text[count.span[0] : count.span[1]]
        bounds = f"at least {_bound(count.low)}, at most {_bound(count.high)}"
        lines.append(f"people: {count.value:g} {count.unit} {count.what.replace('_', ' ')} ('{words}'; {bounds})")
    return [*lines, f"confidence {event.confidence:g}: rule {act.weight:g}, lowered for missing sides and moods"]


def _bound(value: float | None) -> str:
    return "not said" if value is None else f"{value:g}"


def _trigger(cast: Cast, act: Act) -> str:
    words = " ".join(token.text for token in act.trigger)
    entry = lexicon.noun(act.verb) if act.kind == "noun" else None
    if entry is not None:
        return f"trigger '{words}': a noun of nouns.csv"
    frame = lexicon.match(act.verb, cast.is_actor)
    line = f" (verbs.csv, line {frame.line})" if frame is not None and frame.line else ""
    passive = ", in the passive" if act.kind != "noun" and clauses.is_passive(act.verb) else ""
    return f"trigger '{words}', verb '{act.verb.lemma_}'{passive}{line}"


def _actor(cast: Cast, mention: Mention | None) -> str:
    if mention is None:
        return "not said, or no political actor"
    token = cast.doc[mention.head]
    place = mention.country or "no known country"
    hit = cast.hit_at(token)
    if hit is not None:
        return f"'{mention.name}' is {hit.name.label} ({place}, {mention.role}): a name of the gazetteer"
    if token.pos_ == "PRON" or token.tag_ == "PRP$":
        return f"'{token.text}' stands for {mention.name} ({place}, {mention.role}): nearest fitting actor before it"
    near = cast.hits_within(mention.start, mention.end)
    if near:
        return f"'{mention.name}' ({place}, {mention.role}): its country from '{near[0].name.label}'"
    how = "its country from the report's theatre or a title" if mention.country else "kept as its phrase"
    return f"'{mention.name}' ({place}, {mention.role}): {how}"
