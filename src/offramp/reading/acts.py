"""What a sentence's predicates amount to: PLOVER types composed from verbs, their objects and what they govern.

'Threatened to cut aid', 'refused to meet', 'agreed to withdraw' and 'stopped bombing' are each one act whose type
follows from the outer and the inner verb together. `Acts.of_sentence` gives the acts of a sentence, the main clause's
first; turning their words into actors, dates and spans is the work of `offramp.reading.events`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T
from offramp.reading import clauses, lexicon
from offramp.reading.targets import TARGET_PREPOSITIONS, inside, targets_of

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

    from offramp.reading.actors import Cast
    from offramp.reading.lexicon import Frame

FRIENDLY = {T.AGREE, T.CONSULT, T.SUPPORT, T.CONCEDE, T.COOPERATE, T.AID, T.RETREAT}
HOSTILE = {T.SANCTION, T.MOBILIZE, T.COERCE, T.ASSAULT, T.PROTEST}
WILLING = {"ready", "willing", "prepared", "set", "committed", "happy", "open", "poised", "eager"}
UNWILLING = {"unwilling", "reluctant", "unable"}
# Nouns whose type needs a verb of its own kind ('have money' gives no aid).
NOT_LIGHT = {"aid", "money", "weapon", "force", "embassy", "missile", "gas", "bomb", "restriction", "autonomy"}
THREAT_MODES = {T.ASSAULT: "violence", T.MOBILIZE: "violence", T.SANCTION: "relations", T.COERCE: "restrict"}
DEPTH = 5


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


def _own_subjects(verb: Token) -> list[Token]:
    return [child for child in verb.children if child.dep_ in ("nsubj", "nsubjpass")]


def _unique(tokens: list[Token]) -> tuple[Token, ...]:
    return tuple({token.i: token for token in tokens}.values())


class Acts:
    """Reads acts off the sentences of one report."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def of_sentence(self, sentence: Span) -> list[Act]:
        """Acts of a sentence: the main clause's first, then what hangs deeper, nouns last."""
        used: set[int] = set()
        found: list[Act] = []
        later = self._with_infinitive(sentence, used)
        for verb in self._by_depth(sentence):
            if verb.i in used:
                continue
            acts = list(self.of_verb(verb, used))
            used.add(verb.i)
            found.extend(acts)
        found.extend(later)
        if not any(act.type is T.REQUEST for act in found):
            found.extend(self._told_to_you(sentence))
        spent = {token.i for act in found for token in act.trigger}
        for token in sentence:
            if token.pos_ == "NOUN" and token.i not in spent and token.i not in used:
                found.extend(self._of_noun(token))
        return found

    def _told_to_you(self, sentence: Span) -> list[Act]:
        """'X sent Y a message: you must leave' asks it of Y."""
        for verb in sentence:
            if verb.pos_ != "VERB" or not clauses.modals(verb) & clauses.MUST or clauses.is_negated(verb):
                continue
            you = [s for s in _own_subjects(verb) if s.lower_ == "you" and self.cast.is_actor(s)]
            speakers = [s for s in clauses.subjects(sentence.root) if s.lower_ != "you"]
            if you and any(self.cast.is_actor(s) for s in speakers):
                return [Act(T.REQUEST, None, verb, (verb,), _unique(speakers), _unique(you), "request", weight=0.7)]
        return []

    def _with_infinitive(self, sentence: Span, used: set[int]) -> list[Act]:
        """Nouns that take an act in: 'X's refusal to talk to Y' refuses, and no talk took place."""
        found: list[Act] = []
        for token in sentence:
            entry = lexicon.noun(token) if token.pos_ == "NOUN" else None
            if entry is None or entry.type not in (T.REJECT, T.REQUEST, T.THREATEN, T.AGREE):
                continue
            infinitives = [c for c in token.children if c.dep_ in ("acl", "relcl") and c.tag_ == "VB"]
            acts = list(self._of_noun(token)) if infinitives else []
            if acts:
                used.update(c.i for c in infinitives)
                found.extend(acts)
        return found

    def _by_depth(self, sentence: Span) -> list[Token]:
        depth: dict[int, int] = {}

        def deep(token: Token) -> int:
            path: list[Token] = []
            while token.i not in depth and token.head.i != token.i and len(path) < 60:
                path.append(token)
                token = token.head
            base = depth.setdefault(token.i, 0)
            for step in reversed(path):
                base += 0 if step.dep_ == "conj" else 1
                depth[step.i] = base
            return base

        verbs = [
            t for t in sentence if t.pos_ in ("VERB", "AUX") and t.dep_ not in ("aux", "auxpass", "amod", "compound")
        ]
        return sorted(verbs, key=lambda t: (deep(t), t.i))

    # -- verbs -------------------------------------------------------------------------------------

    def of_verb(self, verb: Token, used: set[int], depth: int = 0) -> Iterator[Act]:
        """Acts that a predicate and what it governs amount to. `used` collects predicates that were taken in."""
        if depth > DEPTH:
            return
        frame = self._ultimatum(verb) or lexicon.match(verb, self.cast.is_actor)
        if verb.lemma_ in ("be", "stand", "remain", "get") and (frame is None or frame.kind == "aspect"):
            frame = self._copula(verb) or frame
        if frame is None:
            return
        inner = [act for c in self._governed(verb, frame) for act in self._inner(c, used, depth)]
        act = self._compose(verb, frame, inner, used)
        if act is not None:
            yield act
            return
        if frame.kind in ("report", "aspect", "event"):
            yield from inner

    def _inner(self, verb: Token, used: set[int], depth: int) -> list[Act]:
        found = list(self.of_verb(verb, used, depth + 1))
        used.add(verb.i)
        return found

    def _governed(self, verb: Token, frame: Frame) -> list[Token]:
        if frame.kind == "event":
            return []
        if frame.line == 0 and frame.lemma in ("give", "grant", "set", "allow", "tell", "leave"):
            return [c for c in clauses.subtree_verbs(verb) if c.tag_ == "VB" and clauses.has_to(c)][:1]
        found = clauses.complements(verb)
        if frame.kind == "aspect":
            found = [c for c in found if c.dep_ != "ccomp"]  # 'X mediates; the talks resume' is two clauses
        if frame.kind == "report":
            found += [child for child in verb.children if child.dep_ == "parataxis"]
            if verb.dep_ == "parataxis" and verb.head.i < verb.i:
                return found
        if frame.kind in ("threat", "promise", "refuse", "plan") and not found:
            found += [c for c in verb.children if c.dep_ == "advcl" and clauses.has_to(c) and not clauses.marker(c)]
        if frame.line == 0:  # 'is willing to send', 'is committed to opening'
            for child in verb.children:
                if child.dep_ in ("acomp", "attr", "oprd") and child.lower_ in WILLING | UNWILLING:
                    found += clauses.complements(child)
        if frame.kind in ("threat", "promise", "refuse", "request", "plan"):
            for thing in clauses.objects(verb):
                found += [child for child in thing.children if child.dep_ == "acl" and child.tag_ == "VB"]
        return [c for c in found if c.pos_ in ("VERB", "AUX")]

    def _ultimatum(self, verb: Token) -> Frame | None:
        """'Gave him until Friday to hand over power' threatens, 'told him to go' demands."""
        if verb.lemma_ not in ("give", "grant", "set", "allow", "tell", "leave", "want"):
            return None
        asked = [c for c in clauses.subtree_verbs(verb) if c.tag_ == "VB" and clauses.has_to(c)]
        if not asked or not (clauses.receivers(verb) + clauses.objects(verb) + _own_subjects(asked[0])):
            return None
        if verb.lemma_ == "want":  # 'the generals want him to step down'
            wanted = bool(_own_subjects(asked[0])) and asked[0].head.i == verb.i
            return lexicon.Frame("want", "", "", frozenset(), "request", T.REQUEST, None, 0) if wanted else None
        if verb.lemma_ == "tell":
            return lexicon.Frame("tell", "", "", frozenset(), "request", T.REQUEST, None, 0)
        words = {t.lower_ for t in verb.doc[verb.i : asked[0].i]} | {
            t.lemma_.lower() for t in verb.doc[verb.i : asked[0].i]
        }
        if words & {"until", "till", "deadline", "ultimatum"} or words & {"hour", "day", "week", "month", "minute"}:
            return lexicon.Frame(verb.lemma_, "", "", frozenset(), "threat", T.THREATEN, None, 0)
        return None

    def _copula(self, verb: Token) -> Frame | None:
        for child in verb.children:
            if child.dep_ not in ("acomp", "attr", "oprd", "xcomp"):
                continue
            kind = "promise" if child.lower_ in WILLING else "refuse" if child.lower_ in UNWILLING else ""
            if not kind and child.lower_ in ("unacceptable", "inadmissible", "unthinkable"):
                kind = "refuse"
            if kind:
                type_ = T.AGREE if kind == "promise" else T.REJECT
                return lexicon.Frame(child.lower_, "", "", frozenset(), kind, type_, None, 0)
        return None

    def _compose(self, verb: Token, frame: Frame, inner: list[Act], used: set[int]) -> Act | None:
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
        return Act(type_, mode, verb, _unique(trigger), _unique(sources), _unique(targets), frame.kind,
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
            act = replace(act, sources=_unique(clauses.surface_subjects(verb)), targets=())
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
            return replace(act, trigger=_unique([verb, thing]), kind="light")
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
            act = replace(act, targets=_unique([*named[-1:], *act.targets]))
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
            return replace(act, trigger=_unique([verb, predicate]), targets=_unique([*asked, *act.targets]), weight=0.8)
        return None

    def _aspect(self, verb: Token, frame: Frame, inner: list[Act]) -> Act | None:
        if inner:
            act = inner[0]
            sources = clauses.subjects(verb) or list(act.sources)
            negated = act.negated or clauses.is_negated(verb)
            return replace(act, sources=_unique(sources), negated=negated, trigger=_unique([verb, *act.trigger]),
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

    # -- nouns -------------------------------------------------------------------------------------

    def _of_noun(self, token: Token) -> Iterator[Act]:
        """A noun with its parties attached: 'the ruler's refusal to talk to Egypt', 'riots against the police'."""
        entry = lexicon.noun(token)
        if (
            entry is None
            or entry.type is None
            or entry.classes & (NOT_LIGHT | {"intelligence", "apology", "arrest_noun"})
        ):
            return
        givers = [child for child in token.children if child.dep_ in ("poss", "amod", "compound", "nmod")]
        givers += clauses.obliques(token, ("by", "of", "from", "between", "among"))
        takers = clauses.obliques(token, ("against", "with", "on", "to", "at", "between", "over", "for"))
        takers += [deep for taker in takers for deep in inside(taker)]
        for child in token.children:
            if child.dep_ in ("acl", "relcl") and child.tag_ == "VB":
                takers += clauses.obliques(child, TARGET_PREPOSITIONS) + clauses.objects(child)
        sources = [t for t in givers if self.cast.is_actor(t)]
        targets = [t for t in takers if self.cast.is_actor(t) and t.i not in {s.i for s in sources}]
        if (
            len(sources) > 1
            and not targets
            and token.lemma_ in ("talk", "meeting", "negotiation", "war", "clash", "visit")
        ):
            sources, targets = sources[:1], sources[1:]
        if sources and targets:
            yield Act(entry.type, entry.mode, token, (token,), _unique(sources), _unique(targets), "noun", weight=0.5)
