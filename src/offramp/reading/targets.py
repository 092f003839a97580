"""On whom an act falls: candidates among a predicate's arguments, best first.

Receiver, object, what prepositions add, whoever is named inside the object ('Israel's demand'), then what the inner
act and conditional clauses name. Choosing among them is the work of `offramp.reading.events`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.composing import Act

TARGET_PREPOSITIONS = (
    "against", "with", "to", "at", "on", "upon", "toward", "towards", "over", "from", "between", "for", "into", "of",
    "despite",
)  # fmt: skip


def targets_of(cast: Cast, verb: Token, things: list[Token], inner: Act | None, *, instrument: bool) -> list[Token]:
    """Candidates for the target, best first: receiver, object, prepositions, inside the object, the inner act's.

    `instrument`: the object is what is used, moved or signed, not who is meant; what stands inside it still counts.
    """
    found = clauses.receivers(verb)
    if not instrument:
        found += [thing for thing in things if cast.is_actor(thing)]
    against = clauses.obliques(verb, TARGET_PREPOSITIONS)
    found += [thing for thing in against if clauses.preposition_of(thing) != "of"]
    for thing in things:
        near = inside(thing)
        found += [*near, *(deep for t in near if not cast.is_actor(t) for deep in inside(t))]
    if inner is not None:
        sources = {t.i for t in clauses.surface_subjects(verb)}
        found += [s for s in inner.sources if s.i not in sources] + list(inner.targets)
    for c in clauses.complements(verb):
        found += [s for s in clauses.surface_subjects(c) if s.head.i == c.i] + clauses.objects(c)
        for thing in clauses.objects(c):
            found += inside(thing)
        found += clauses.obliques(c, TARGET_PREPOSITIONS)
    found += [deep for thing in against for deep in inside(thing)]
    for child in verb.children:  # 'threatens to strike unless Israel withdraws'
        if child.dep_ == "advcl" and clauses.marker(child) in ("unless", "if", "until"):
            found += clauses.surface_subjects(child)
    found += [] if instrument else things
    found += clauses.obliques(verb, ("in", "near", "inside", "off", "around", "across", "throughout"))
    return found


def inside(thing: Token) -> list[Token]:
    """Actors inside a noun phrase: 'Israel's demand', 'a U.S. request', 'an appeal from the president'."""
    found: list[Token] = []
    prepositions = (
        "from",
        "by",
        "against",
        "with",
        "to",
        "on",
        "between",
        "over",
        "at",
        "of",
        "for",
        "toward",
        "about",
        "in",
    )
    for preposition in prepositions:
        found += [t for t in clauses.obliques(thing, (preposition,)) if preposition != "in" or not found]
    for child in thing.children:  # 'the memos sent by X', 'the parade supporting X', 'the roads leading into X'
        if child.dep_ == "acl" and child.tag_ == "VBN":
            found += clauses.obliques(child, ("by",))
        elif child.dep_ == "acl" and child.tag_ == "VBG":
            found += [*clauses.objects(child), *clauses.obliques(child, ("to", "into", "toward", "towards"))]
    near = [child for child in thing.children if child.dep_ in ("poss", "amod", "compound", "nmod")]
    return near[:1] + found if near and near[0].dep_ == "poss" else [*near, *found]
