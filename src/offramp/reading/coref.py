"""What a phrase leaves unsaid: pronouns, 'the president', 'the army' without a country.

Rules with precision before recall: a pronoun takes the nearest fitting actor of its own or the three sentences before,
subjects first; where none fits, it stays unresolved. 'The army' belongs to the theatre: the country that the report
has spoken of most, lately above all.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from offramp.codes.roles import Role
from offramp.codes.rulers import ruler_of
from offramp.reading import clauses

if TYPE_CHECKING:
    from spacy.tokens import Token

    from offramp.reading.actors import Cast
    from offramp.reading.phrases import Mention

SENTENCES_BACK = 3
PRONOUNS = 12  # of a sentence that are asked whom they stand for
SINGULAR = {"he", "him", "his", "she", "her", "hers", "himself", "herself"}
PLURAL = {"they", "them", "their", "theirs", "themselves"}
NEUTER = {"it", "its", "itself"}
FIRST = {"i", "me", "my", "we", "us", "our", "myself", "ourselves", "mine", "ours"}
SPEECH = {
    "say",
    "tell",
    "declare",
    "announce",
    "add",
    "insist",
    "write",
    "state",
    "warn",
    "reply",
    "vow",
    "argue",
    "note",
}
LEAVING = {"leave", "resign", "step", "go", "quit", "depart", "abdicate", "exit", "surrender", "flee", "give", "hand"}
STRONGMEN = {"ruler", "strongman", "dictator", "autocrat", "despot", "tyrant", "regime", "junta"}
ANSWERS = {"refuse", "decline", "reject", "dismiss", "accept", "agree", "answer", "reply", "ask", "demand", "request"}
_EXIT_WORDS = re.compile(
    r"\b(resign\w*|step(s|ped|ping)? (down|aside)|power|exile|asylum|safe passage|immunity|amnesty|ultimatum|oust\w*"
    r"|overthrow\w*|leave office|ruler|strongman|dictator|regime|coup)\b",
    re.I,
)
_DECAY = 0.8  # weight of a name one sentence back; a paragraph of five sentences back weighs a third


class Antecedents:
    """Resolves what `Cast` cannot see in a phrase itself."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        doc = cast.doc
        self._sentence = [0] * len(doc)
        self._exit: list[bool] = []
        for n, sentence in enumerate(doc.sents):
            for i in range(sentence.start, sentence.end):
                self._sentence[i] = n
            self._exit.append(bool(_EXIT_WORDS.search(cast.words(sentence))))
        self._mentions: dict[int, list[Mention]] | None = None
        self._theatres: list[str | None] | None = None
        self._by_sentence: list[dict[str, float]] = [defaultdict(float) for _ in self._exit]
        self._subjects: dict[int, list[int]] = {}
        self._marks: dict[int, list[int]] = {}
        self._weigh_countries()

    # -- the theatre -------------------------------------------------------------------------------

    def _weigh_countries(self) -> None:
        starts = [token.idx for token in self.cast.doc]
        position = 0
        for hit in self.cast.hits:
            while position + 1 < len(starts) and starts[position + 1] <= hit.start:
                position += 1
            name = hit.name
            if name.country is None or ":" in name.country or name.role in (Role.OUTLET, Role.COMPANY):
                continue
            n = self._sentence[position]
            weight = 1.5 if name.kind == "ruler" else 1.0
            if self.cast.text[hit.start : hit.end].isupper() and len(name.label) > 3 and name.kind == "capital":
                weight = 4.0  # a dateline
            self._by_sentence[n][name.country] += weight * (1.5 if self._exit[n] else 1.0)

    def theatre(self, token: Token) -> str | None:
        """The country that a phrase without one belongs to: of this sentence if it names just one, else of late."""
        if self._theatres is None:
            self._theatres = self._find_theatres()
        return self._theatres[self._sentence[token.i]]

    def _find_theatres(self) -> list[str | None]:
        """The theatre of every sentence, in one pass: names fade with distance, those to come count least."""
        total: dict[str, float] = defaultdict(float)
        for counts in self._by_sentence:
            for country, weight in counts.items():
                total[country] += weight
        faded: dict[str, float] = dict.fromkeys(total, 0.0)
        past: dict[str, float] = dict.fromkeys(total, 0.0)
        found: list[str | None] = []
        for counts in self._by_sentence:
            for country in total:
                faded[country] = faded[country] * _DECAY + counts.get(country, 0.0)
                past[country] += counts.get(country, 0.0)
            scores = {c: faded[c] + 0.1 * past[c] + 0.05 * (total[c] - past[c]) for c in total}
            best = max(sorted(scores), key=lambda c: scores[c], default=None)
            if len(counts) == 1:
                (only,) = counts
                best = only if scores[only] >= 0.3 * scores[str(best)] else best
            found.append(best)
        return found

    # -- mentions before a token -------------------------------------------------------------------

    def _all(self) -> dict[int, list[Mention]]:
        """Actors by sentence, pronouns left out, in text order."""
        if self._mentions is None:
            self._mentions = defaultdict(list)
            doc = self.cast.doc
            for token in doc:
                if token.pos_ not in ("NOUN", "PROPN", "ADJ"):
                    continue
                if token.dep_ in ("compound", "amod", "nmod") and not self._ends_ruler(token):
                    continue
                mention = self.cast.resolve(token)
                if mention is not None:
                    self._mentions[self._sentence[token.i]].append(mention)
        return self._mentions

    def _ends_ruler(self, token: Token) -> bool:
        """Whether a ruler's name ends here inside another phrase ('offered Maduro safe passage' is parsed as one)."""
        hit = self.cast.hit_at(token)
        last = token.idx + len(token)
        return hit is not None and hit.name.kind == "ruler" and hit.end == last and token.head.idx >= last

    def leader(self, token: Token) -> Mention | None:
        """Which leader 'the president' means: one just named, else the theatre's, if the report names any."""
        place = self.theatre(token)
        n = self._sentence[token.i]
        known = [p for p in self.cast.leaders() if p.country is not None]
        if token.lower_ in STRONGMEN:
            known = [p for p in known if not self._elected(str(p.country))] or known
            place = place if any(p.country == place for p in known) or len(known) != 1 else known[0].country
        for back in range(n, max(-1, n - SENTENCES_BACK), -1):
            here = {p.country: p for p in known if self._by_sentence[back].get(str(p.country))}
            if len(here) == 1:
                only = next(iter(here.values()))
                if only.country == place or back == n:
                    return only
        fitting = [p for p in known if p.country == place]
        return fitting[0] if fitting else None

    def organisation(self, token: Token) -> str | None:
        """Which organisation 'the council' or 'the bloc' is: the last one named before, of that name if it has it."""
        before = [h for h in self.cast.hits if h.start < token.idx and str(h.name.country).startswith("org:")]
        named = [h for h in before if token.lower_ in h.name.label.lower()]
        if token.lower_ not in ("bloc", "organisation", "organization", "alliance") and not named:
            return None
        return (named or before)[-1].name.country if before else None

    def _elected(self, country: str) -> bool:
        """Whether a country's ruler is known as a democracy's: nobody writes 'the ruler' of such a one."""
        ruler = ruler_of(country, self.cast.on) if ":" not in country else None
        return ruler is not None and ruler.regime == "democracy"

    def of(self, token: Token) -> Mention | None:
        """The actor that a pronoun stands for, or None."""
        word = token.lower_
        if word in FIRST:
            return self._speaker(token)
        if word in ("you", "your"):
            return self._spoken_to(token)
        if word in SINGULAR:
            return self._pick(token, lambda m: m.person and not m.plural)
        if word in PLURAL:
            return self._pick(token, lambda m: m.political and (m.plural or not m.person))
        if word in NEUTER:
            return self._pick(token, lambda m: m.political and not m.person and not m.plural and m.role != Role.PUBLIC)
        return None

    def _spoken_to(self, token: Token) -> Mention | None:
        """'Sent the president a message: you must go': whoever is told something in this sentence."""
        for i in self._range(self._sentence[token.i]):
            verb = self.cast.doc[i]
            if verb.pos_ != "VERB" or verb.lemma_ not in SPEECH | {"send", "warn", "give", "deliver", "urge", "order"}:
                continue
            for thing in clauses.receivers(verb) + clauses.objects(verb) + clauses.obliques(verb, ("to",)):
                mention = self.cast.resolve(thing) if thing.i != token.i and thing.pos_ != "PRON" else None
                if mention is not None and mention.political:
                    return mention
        return None

    def _speaker(self, token: Token) -> Mention | None:
        doc = self.cast.doc
        n = self._sentence[token.i]
        for m in (n, n + 1, n - 1):
            for i in self._range(m):
                verb = doc[i]
                if verb.lemma_ in SPEECH and verb.pos_ == "VERB":
                    for subject in clauses.surface_subjects(verb):
                        if subject.lower_ not in FIRST and subject.pos_ != "PRON":
                            found = self.cast.resolve(subject)
                            if found is not None:
                                return found
        return None

    def _range(self, n: int) -> range:
        if not hasattr(self, "_bounds"):
            self._bounds = [(s.start, s.end) for s in self.cast.doc.sents]
        if 0 <= n < len(self._bounds):
            return range(*self._bounds[n])
        return range(0)

    def _pick(self, token: Token, fits: object) -> Mention | None:
        assert callable(fits)
        verb = token.head if token.dep_ in ("nsubj", "nsubjpass", "dobj", "dative", "pobj") else None
        barred = self._co_arguments(token)
        barred |= self._quoted_speaker(token)
        addressee = (
            self._answerer(token, verb) or self._addressee(token, verb) or self._leaver_in_quotes(token, verb, barred)
        )
        if addressee is not None and fits(addressee):
            return addressee
        n = self._sentence[token.i]
        everybody = self._all()
        best: tuple[float, Mention] | None = None
        for back in range(SENTENCES_BACK + 1):
            for mention in [*everybody.get(n - back, []), *self._pronouns(n - back, token.i)]:
                if mention.head >= token.i or mention.key in barred or not fits(mention):
                    continue
                if token.lower_ in NEUTER and self._mere_place(mention):
                    continue
                score = -1.0 * back + self._prominence(mention) - (token.i - mention.head) * 0.002
                if best is None or score > best[0]:
                    best = (score, mention)
            if best is not None and best[0] > -back + 0.1:
                break
        if best is None:
            return None
        return replace(best[1], start=token.idx, end=token.idx + len(token), head=token.i)

    def _pronouns(self, n: int, before: int) -> list[Mention]:
        """Pronoun subjects of a sentence that have been resolved: they keep their actor in mind."""
        if n not in self._subjects:
            sentence = (self.cast.doc[i] for i in self._range(n))
            self._subjects[n] = [t.i for t in sentence if t.dep_ == "nsubj" and t.lower_ in ("he", "she", "it", "they")]
        earlier = self._subjects[n][: bisect.bisect_left(self._subjects[n], before)]
        resolved = [self.cast.resolve(self.cast.doc[i]) for i in earlier[-PRONOUNS:]]
        return [mention for mention in resolved if mention is not None]

    def _mere_place(self, mention: Mention) -> bool:
        """Whether a country is only where a thing was ('bread doubled in Sudan. It …'): 'it' is the thing then."""
        head = self.cast.doc[mention.head]
        if head.dep_ != "pobj" or head.head.lower_ not in ("in", "near", "across") or head.head.head.pos_ != "VERB":
            return False
        subjects = [c for c in head.head.head.children if c.dep_ in ("nsubj", "nsubjpass")]
        return any((s.tag_ == "NN" and not self.cast.is_actor(s)) or s.lower_ == "it" for s in subjects)

    def _prominence(self, mention: Mention) -> float:
        head = self.cast.doc[mention.head]
        score = 0.0
        if head.dep_ in ("nsubj", "nsubjpass"):
            score += 0.7
        elif head.dep_ in ("dobj", "dative"):
            score += 0.3
        elif head.dep_ == "pobj":
            score -= 0.5
        if head.pos_ == "PRON":
            score += 0.3  # what has been a pronoun before goes on being one
        if mention.political:
            score += 0.2
        return score

    def _co_arguments(self, token: Token) -> set[tuple[str | None, str]]:
        """Actors that the pronoun cannot be: its verb's other arguments, unless it is possessive or reflexive."""
        if token.dep_ == "poss" or token.lower_.endswith(("self", "selves")):
            return set()
        verb = token.head.head if token.dep_ == "pobj" else token.head
        found: set[tuple[str | None, str]] = set()
        if token.dep_ not in (
            "nsubj",
            "nsubjpass",
        ):  # the subject may be said in the clause before: 'met Y and told him'
            for subject in clauses.surface_subjects(verb):
                actor = self.cast.resolve(subject) if subject.i != token.i and subject.pos_ != "PRON" else None
                if actor is not None:
                    found.add(actor.key)
        for child in verb.children:
            if child.i != token.i and child.dep_ in ("nsubj", "nsubjpass", "dobj", "dative") and child.pos_ != "PRON":
                mention = self.cast.resolve(child)
                if mention is not None:
                    found.add(mention.key)
        return found

    def _answerer(self, token: Token, verb: Token | None) -> Mention | None:
        """'X urged Y to go. He refused': the one who answers is the one who was asked."""
        if verb is None or token.dep_ != "nsubj" or verb.lemma_ not in ANSWERS or verb.dep_ != "ROOT":
            return None
        bounds = self._range(self._sentence[token.i] - 1)
        if not bounds:
            return None
        asking = self.cast.doc[bounds.start].sent.root
        if asking.lemma_ not in clauses.OBJECT_CONTROL | {"offer", "promise", "threaten", "demand"}:
            return None
        asked = clauses.receivers(asking) + clauses.objects(asking) + clauses.obliques(asking, ("to", "on", "upon"))
        for thing in asked:
            mention = self.cast.resolve(thing) if thing.pos_ != "PRON" else None
            if mention is not None and mention.person and mention.political:
                return mention
        return None

    def _quoted_speaker(self, token: Token) -> set[tuple[str | None, str]]:
        """Inside quotation marks 'he' is not the one who speaks."""
        doc = self.cast.doc
        bounds = self._range(self._sentence[token.i])
        n = self._sentence[token.i]
        if n not in self._marks:
            self._marks[n] = [i for i in bounds if doc[i].text in ('"', "“", "”", "''", "``")]
        if bisect.bisect_left(self._marks[n], token.i) % 2 == 0:
            return set()
        for i in [*range(token.i + 1, bounds.stop), *range(bounds.start, token.i)]:
            verb = doc[i]
            if verb.lemma_ in SPEECH and verb.pos_ == "VERB":
                speakers = [
                    self.cast.resolve(s) for s in clauses.surface_subjects(verb) if s.i > token.i or s.pos_ != "PRON"
                ]
                return {m.key for m in speakers if m is not None and m.person}
        return set()

    def _leaver_in_quotes(
        self, token: Token, verb: Token | None, barred: set[tuple[str | None, str]]
    ) -> Mention | None:
        """Inside a quotation 'if he does not agree to leave' is the theatre's ruler, unless he speaks himself."""
        if verb is None or token.dep_ != "nsubj" or not self._quoted_speaker(token):
            return None
        if not ({verb.lemma_, *(c.lemma_ for c in clauses.complements(verb))} & LEAVING):
            return None
        leader = self.leader(token)
        return leader if leader is not None and leader.key not in barred else None

    def _addressee(self, token: Token, verb: Token | None) -> Mention | None:
        """In 'X told Y that he must go' the one who must go is Y."""
        if verb is None or token.dep_ not in ("nsubj", "nsubjpass"):
            return None
        if not (verb.lemma_ in LEAVING or clauses.modals(verb) & clauses.MUST):
            return None
        governor = verb.head
        own_plan = clauses.modals(verb) & (clauses.FUTURE | clauses.WOULD) and not clauses.is_conditional(verb)
        for _ in range(3):
            if own_plan and governor.lemma_ in ("tell", "assure", "promise", "warn") and governor.i != verb.i:
                return None  # 'X told Y that he would not go' speaks of X
            if governor.lemma_ in ("tell", "urge", "order", "ask", "warn", "offer", "promise", "assure", "give"):
                for thing in clauses.objects(governor) + clauses.receivers(governor):
                    mention = self.cast.resolve(thing) if thing.i != token.i and thing.pos_ != "PRON" else None
                    if mention is not None and mention.person:
                        return mention
            governor = governor.head
        return None
