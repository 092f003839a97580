"""Composing acts: what an outer verb makes of the act inside it, and what future and negation make of both.

'Threatened to cut aid' threatens, 'refused to meet' rejects, 'will visit' promises, 'will not pay' refuses. Which
predicates govern which is found in `reading.acts`; here a predicate, its frame and its inner acts become one `Act`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T
from offramp.reading import clauses, lexicon
from offramp.reading.targets import targets_of

if TYPE_CHECKING:
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.lexicon import Frame

FRIENDLY = {T.AGREE, T.CONSULT, T.SUPPORT, T.CONCEDE, T.COOPERATE, T.AID, T.RETREAT}
HOSTILE = {T.SANCTION, T.MOBILIZE, T.COERCE, T.ASSAULT, T.PROTEST}
UNWILLING = {"unwilling", "reluctant", "unable"}
NOT_LIGHT = {"aid", "money", "weapon", "force", "embassy", "missile", "gas", "bomb", "restriction", "autonomy"}
THREAT_MODES = {T.ASSAULT: "violence", T.MOBILIZE: "violence", T.SANCTION: "relations", T.COERCE: "restrict"}


@dataclass(frozen=True)
class Act:
    """One act before its actors are known. `sources` and `targets` are head tokens, best first."""

    type: T
    mode: str | None
    verb: Token
    trigger: tuple[Token, ...]
    sources: tuple[Token, ...]
    targets: tuple[Token, ...]
    kind: str = "event"
    negated: bool = False
    future: bool = False
    plan: bool = False
    weight: float = 0.9
    inner: Act | None = None
    scope: tuple[Token, ...] = field(default=())


def unique(tokens: list[Token]) -> tuple[Token, ...]:
    """Tokens without repetitions, in order."""
    return tuple({token.i: token for token in tokens}.values())


class Composer:
    """Acts of one report, composed from predicates."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def compose(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        """What a predicate with its inner acts amounts to, or None where it says nothing by itself."""
        maker = {
            "event": self._event, "light": self._light, "threat": self._threat, "promise": self._promise,
            "plan": self._plan, "refuse": self._refuse, "request": self._request, "stop": self._stop,
            "allow": self._allow, "report": self._report, "aspect": self._aspect, "fail": self._fail,
        }[frame.kind]  # fmt: skip
        act = maker(verb, frame, inner)
        return None if act is None else self._mood(act)

    def _base(self, verb: Token, frame: Frame, type_: T, mode: str | None, inner: list[Act]) -> Act:
        things = clauses.objects(verb)
        first = inner[0] if inner else None
        trigger = [verb, *(child for child in verb.children if child.dep_ == "prt")]
        if first is not None and frame.kind != "event":
            trigger += list(first.trigger)
        sources = clauses.subjects(verb)
        if not sources and clauses.is_passive(verb) and type_ in (T.COERCE, T.ACCUSE):
            sources = clauses.obliques(verb, ("in",))  # 'was arrested in Lebanon'
        acted = frame.classes - {"actor", "person", "captive", "envoy"}
        targets = targets_of(self.cast, verb, things, first, instrument=bool(acted) and frame.kind == "event")
        return Act(type_, mode, verb, unique(trigger), unique(sources), unique(targets), frame.kind,
                   clauses.is_negated(verb), clauses.is_future(verb), inner=first)  # fmt: skip

    # -- kinds -------------------------------------------------------------------------------------

    def _event(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        assert frame.type is not None
        act = self._base(verb, frame, frame.type, frame.mode, inner)
        if act.type is T.RETREAT and not self._can_retreat(act, frame):
            return None
        if act.mode == "resign" and all(m.role == "armed_forces" for m in map(self.cast.resolve, act.sources) if m):
            act = replace(act, mode="withdraw")  # soldiers who leave their posts
        if act.type is T.MOBILIZE and any(c.dep_ == "dative" and c.pos_ != "ADP" for c in verb.children):
            act = replace(act, type=T.AID, mode="military")  # 'send Morocco two ships'
        if act.type is T.MOBILIZE and not act.sources and clauses.is_passive(verb):
            act = replace(act, sources=unique(clauses.surface_subjects(verb)), targets=())
        if act.type is T.CONSULT and not act.targets and not clauses.surface_subjects(verb):
            return None
        return act

    def _can_retreat(self, act: Act, frame: Frame) -> bool:
        """A people that leaves its country resigns nothing, and refugees retreat from nowhere."""
        who = [m for m in map(self.cast.resolve, act.sources) if m is not None]
        public = bool(who) and all(m.role == "public" for m in who)
        if act.mode == "resign":
            country = any(t.lemma_.lower() == "country" for t in clauses.objects(act.verb))
            return not public and (not country or any(m.person for m in who))
        return not (public and frame.lemma in ("flee", "escape"))

    def _light(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        for thing in clauses.objects(verb):
            entry = lexicon.noun(thing)
            if entry is None or entry.type is None or entry.classes & NOT_LIGHT:
                continue
            act = self._base(verb, frame, entry.type, entry.mode, inner)
            return replace(act, trigger=unique([verb, thing]), kind="light")
        return None

    def _threat(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        mode = THREAT_MODES.get(inner[0].type) if inner else None
        if mode is None:
            for thing in [*clauses.objects(verb), *clauses.obliques(verb, ("with",))]:
                entry = lexicon.noun(thing)
                if entry is not None and entry.type is not None:
                    mode = THREAT_MODES.get(entry.type)
        return self._base(verb, frame, T.THREATEN, mode, inner)

    def _promise(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        if inner and inner[0].type in HOSTILE | {T.THREATEN}:
            return self._base(verb, frame, T.THREATEN, THREAT_MODES.get(inner[0].type), inner)
        if verb.lemma_ in ("vow", "swear", "be") and not inner and not clauses.objects(verb):
            return self._unknown_vow(verb, frame)
        if inner and inner[0].type is T.REJECT:
            return self._base(verb, frame, T.REJECT, None, inner)
        if verb.lemma_ == "agree" and not inner and not list(verb.children):
            return None
        return self._base(verb, frame, T.AGREE, None, inner)

    def _unknown_vow(self, verb: Token, frame: Frame) -> Act | None:
        words = {c.lemma_ for c in clauses.complements(verb)}
        if verb.lemma_ == "be":
            return self._base(verb, frame, T.AGREE, None, []) if words else None
        if words & {"stay", "remain", "cling", "resist", "hold"}:
            return self._base(verb, frame, T.REJECT, "yield", [])
        return self._base(verb, frame, T.THREATEN, None, []) if words & {"continue", "fight", "punish"} else None

    def _plan(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        if not inner:
            return None
        first = inner[0]
        if verb.lemma_ in ("want", "seek", "hope", "wish", "aspire", "look", "mean") and first.type in FRIENDLY:
            return None
        if first.type in (T.SANCTION, T.COERCE, T.ASSAULT, T.MOBILIZE):
            act = self._base(verb, frame, T.THREATEN, THREAT_MODES.get(first.type), inner)
        elif first.type in FRIENDLY:
            act = self._base(verb, frame, T.AGREE, None, inner)
        else:
            return replace(first, plan=True)
        return replace(act, plan=True, weight=0.7)

    def _refuse(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        act = self._base(verb, frame, T.REJECT, None, inner)
        return replace(act, negated=False) if frame.lemma in UNWILLING else act

    def _request(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        act = self._base(verb, frame, T.REQUEST, frame.mode, inner)
        if not any(self.cast.is_actor(t) for t in act.targets):
            near = verb.doc[verb.i + 1 : min(verb.i + 10, verb.sent.end)]
            named = [t for t in near if t.pos_ == "PROPN" and (m := self.cast.resolve(t)) is not None and m.is_leader]
            act = replace(act, targets=unique([*named[-1:], *act.targets]))
        words = [t.lower_ for t in act.sources]
        return None if words and words[0] in ("that", "this", "which") else act

    def _stop(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        things = clauses.objects(verb)
        if inner:
            friendly = inner[0].type in FRIENDLY
            hostile = inner[0].type in HOSTILE
        else:
            classes = frozenset(c for thing in things for c in lexicon.classes_of(thing))
            types = {n.type for thing in things for n in lexicon.nouns_in(thing)}
            hostile = bool(types & HOSTILE) or "captive" in classes
            friendly = not hostile and bool(
                types & FRIENDLY
                or classes & {"aid", "relation", "talk", "agreement", "proposal", "support_noun", "visa"}
            )
        if hostile:
            restriction = any("restriction" in lexicon.classes_of(thing) for thing in things)
            return self._base(verb, frame, T.CONCEDE if restriction else T.RETREAT,
                              None if restriction else "ceasefire", inner)  # fmt: skip
        return self._base(verb, frame, T.SANCTION, frame.mode, inner) if friendly else None

    def _allow(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        things = clauses.objects(verb) + clauses.complements(verb)
        return self._base(verb, frame, T.CONCEDE, None, inner) if things else None

    def _report(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        """'X said that Y must …' asks it of Y; any other saying passes on what was said."""
        speakers = {t.i for t in clauses.surface_subjects(verb)}
        said = clauses.complements(verb)
        for predicate in said:
            if not clauses.modals(predicate) & clauses.MUST or predicate.lemma_ == "be":
                continue
            asked = clauses.surface_subjects(predicate)
            mention = self.cast.resolve(asked[0]) if asked else None
            speaker = [self.cast.resolve(self.cast.doc[i]) for i in speakers]
            if mention is None or not mention.political or any(s and s.key == mention.key for s in speaker):
                continue
            act = self._base(verb, frame, T.REQUEST, None, [])
            return replace(act, trigger=unique([verb, predicate]), targets=unique([*asked, *act.targets]), weight=0.8)
        return None

    def _aspect(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        if inner:
            act = inner[0]
            sources = clauses.subjects(verb) or list(act.sources)
            negated = act.negated or clauses.is_negated(verb)
            return replace(act, sources=unique(sources), negated=negated, trigger=unique([verb, *act.trigger]),
                           future=act.future or clauses.is_future(verb))  # fmt: skip
        if verb.lemma_ in ("begin", "start", "continue", "resume", "keep"):
            return self._light(verb, frame, inner)
        return None

    def _fail(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        return replace(inner[0], negated=True) if inner else None

    # -- mood --------------------------------------------------------------------------------------

    def _mood(self, act: Act) -> Act:
        """What the future and a negation make of an act: 'will visit' promises, 'will not pay' refuses."""
        verb = act.verb
        if act.kind in ("threat", "request", "refuse"):
            return act
        would = bool(clauses.modals(verb) & clauses.WOULD) and verb.dep_ in ("ccomp", "conj", "ROOT", "relcl")
        first = clauses.first_conjunct(verb)
        said = first.dep_ == "ccomp" and first.head.lemma_ in ("say", "announce", "declare", "add", "warn", "tell")
        coming = act.future or (would and said)
        if act.negated:
            if (
                act.type in FRIENDLY
                and act.kind in ("event", "allow", "light", "promise", "aspect")
                and (coming or clauses.modals(verb) & {"can", "would", "do", "does"})
            ):
                return replace(act, type=T.REJECT, mode=None, negated=False)
            return replace(act, weight=act.weight * 0.6)
        if coming and act.kind in ("event", "light", "allow", "stop", "aspect"):
            if act.type in FRIENDLY - {T.AGREE} and act.mode != "resign":
                return replace(act, type=T.AGREE, mode=None, future=True)
            if act.type in (T.SANCTION, T.COERCE, T.ASSAULT, T.PROTEST, T.MOBILIZE):
                return replace(act, type=T.THREATEN, mode=THREAT_MODES.get(act.type), future=True)
        return replace(act, future=coming)
