"""What a sentence's predicates amount to: PLOVER types composed from verbs, their objects and what they govern.

'Threatened to cut aid', 'refused to meet', 'agreed to withdraw' and 'stopped bombing' are each one act whose type
follows from the outer and the inner verb together. `Acts.of_sentence` gives the acts of a sentence, the main clause's
first; turning their words into actors, dates and spans is the work of `offramp.reading.events`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from offramp.codes.plover import EventType as T
from offramp.reading import clauses, lexicon
from offramp.reading.composing import NOT_LIGHT, UNWILLING, Act, Composer, unique
from offramp.reading.targets import TARGET_PREPOSITIONS, inside

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

    from offramp.reading.lexicon import Frame

WILLING = {"ready", "willing", "prepared", "set", "committed", "happy", "open", "poised", "eager"}
DEPTH = 5


def _own_subjects(verb: Token) -> list[Token]:
    return [child for child in verb.children if child.dep_ in ("nsubj", "nsubjpass")]


class Acts(Composer):
    """Reads acts off the sentences of one report."""

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
                return [Act(T.REQUEST, None, verb, (verb,), unique(speakers), unique(you), "request", weight=0.7)]
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
        act = self.compose(verb, frame, inner)
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
            yield Act(entry.type, entry.mode, token, (token,), unique(sources), unique(targets), "noun", weight=0.5)
