"""Who does what in a sentence: subjects, objects, negation and modality of a predicate, read off the dependencies.

A thin layer over spaCy's parse that undoes passives, relative clauses, coordination and control, so that the rooms
above it see 'the ruler was offered asylum by Morocco' and 'Morocco, which offered the ruler asylum' alike. It knows
nothing of politics. All walks are bounded (`REACH` steps), whatever the parse looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

REACH = 8
SUBJECTS = {"nsubj", "nsubjpass", "csubj"}
OBJECTS = {"dobj", "obj", "attr", "oprd"}
# In these the infinitive is the object's business ('urged him to go'); after any other verb it is the subject's.
OBJECT_CONTROL = {
    "urge", "ask", "tell", "order", "force", "allow", "press", "push", "pressure", "call", "invite", "persuade",
    "convince", "enable", "permit", "require", "compel", "instruct", "request", "want", "advise", "warn", "beg",
    "implore", "encourage", "expect", "help", "get", "pay", "lead", "let", "make", "command", "direct", "appeal",
    "challenge", "coax", "entice", "nudge", "oblige", "forbid", "give", "grant", "exhort", "plead", "lobby",
}  # fmt: skip
RELATIVES = {"who", "which", "that", "whom", "whose"}
MUST = {"must", "should", "ought", "need", "shall"}
FUTURE = {"will", "'ll", "’ll", "wo", "shall"}
WOULD = {"would", "could", "might", "may", "can", "'d"}
FINITE = {"VBD", "VBZ", "VBP"}
NEGATIONS = {"not", "n't", "n’t", "never", "no", "neither", "nor"}


def coordinated(token: Token) -> list[Token]:
    """The token and what is joined to it by 'and' or 'or', left to right, at most `REACH` in all."""
    found = [token]
    for member in found:
        found.extend(child for child in member.children if child.dep_ == "conj")
        if len(found) >= REACH:
            break
    return found[:REACH]


def is_passive(verb: Token, reach: int = REACH) -> bool:
    """Whether the predicate stands in the passive, with or without its auxiliary."""
    if any(child.dep_ in ("nsubjpass", "auxpass", "csubjpass") for child in verb.children):
        return True
    if verb.tag_ == "VBN" and verb.dep_ == "conj" and verb.head.tag_ == "VBN" and not _auxiliaries(verb):
        return is_passive(verb.head, reach - 1) if verb.head.i != verb.i and reach > 0 else False
    return verb.tag_ == "VBN" and verb.dep_ == "acl"


def _auxiliaries(verb: Token) -> list[Token]:
    return [child for child in verb.children if child.dep_ in ("aux", "auxpass")]


def _own(verb: Token, relations: set[str]) -> list[Token]:
    return [child for child in verb.children if child.dep_ in relations]


def _antecedent(verb: Token) -> Token | None:
    """The noun that a relative clause hangs on."""
    return verb.head if verb.dep_ in ("relcl", "acl") and verb.head.i != verb.i else None


def _named(tokens: list[Token], verb: Token) -> list[Token]:
    """Arguments with a relative pronoun replaced by the noun it stands for, and coordination spread out."""
    found: list[Token] = []
    for token in tokens:
        antecedent = _antecedent(verb)
        if token.lower_ in RELATIVES and antecedent is not None:
            found.extend(coordinated(antecedent))
        else:
            found.extend(coordinated(token))
    return found


def surface_subjects(verb: Token, reach: int = REACH) -> list[Token]:
    """What stands in the subject's place, inherited through coordination and control where it is unsaid."""
    own = _own(verb, {"nsubj", "nsubjpass"})
    if own:
        return _named(own, verb)
    if reach == 0 or verb.head.i == verb.i:
        return _swallowed(verb) if verb.tag_ in FINITE else []
    head = verb.head
    if verb.dep_ == "conj":
        while verb.tag_ in FINITE and head.tag_ in ("VB", "VBG") and head.dep_ in ("xcomp", "ccomp", "acl", "pcomp"):
            if head.head.i == head.i:  # 'told him to go and promised …': a finite verb is joined to a finite one
                break
            head = head.head
        return surface_subjects(head, reach - 1)
    if verb.dep_ in ("relcl", "acl"):
        if verb.dep_ == "acl" and verb.tag_ in ("VB", "VBP") and head.head.i != head.i:
            # 'a promise to leave': the noun's giver acts; who that is, the noun's own clause says
            owner = [child for child in head.children if child.dep_ == "poss"]
            return coordinated(owner[0]) if owner else surface_subjects(head.head, reach - 1)
        return coordinated(head)
    if verb.dep_ in ("xcomp", "ccomp", "advcl", "pcomp", "prep", "dep", "acomp", "parataxis"):
        return _controller(verb, head, reach)
    return []


def _swallowed(verb: Token) -> list[Token]:
    """The subject that a date before it has swallowed: 'On 21 November Trump told …' without a comma."""
    for prep in verb.children:
        if prep.dep_ == "prep" and prep.i < verb.i and prep.lower_ in ("on", "in"):
            for deep in prep.children:
                dated = any(c.ent_type_ == "DATE" or c.like_num for c in deep.children)
                if deep.dep_ == "pobj" and deep.pos_ == "PROPN" and deep.i == verb.i - 1 and dated:
                    return [deep]
    return []


def _controller(verb: Token, head: Token, reach: int) -> list[Token]:
    if verb.dep_ == "pcomp":  # 'accused him of lying', 'after refusing': the preposition's own head decides
        governor = head.head
        if governor.pos_ in ("VERB", "AUX"):
            objects = _own(governor, {"dobj"})
            if objects and head.lower_ in ("of", "from", "into") and not is_passive(governor):
                return coordinated(objects[0])
            return surface_subjects(governor, reach - 1)
        return surface_subjects(governor.head, reach - 1) if governor.head.i != governor.i else []
    if head.pos_ not in ("VERB", "AUX", "ADJ", "NOUN"):
        return surface_subjects(head, reach - 1) if head.pos_ == "ADP" else []
    if verb.dep_ in ("xcomp", "ccomp", "advcl") and head.lemma_ in OBJECT_CONTROL and verb.tag_ == "VB":
        receivers = _own(head, {"dobj", "dative"}) or [
            deep for prep in _own(head, {"prep"}) if prep.lower_ in ("on", "to") for deep in _own(prep, {"pobj"})
        ]
        if receivers and not is_passive(head):
            return coordinated(receivers[0])
    return surface_subjects(head, reach - 1)


def subjects(verb: Token) -> list[Token]:
    """Who acts: the subject, or in the passive what 'by' names (empty when nobody is named)."""
    if not is_passive(verb):
        return surface_subjects(verb)
    agents = [deep for child in verb.children if child.dep_ == "agent" for deep in _own(child, {"pobj"})]
    if not agents:  # the parser often calls it a plain preposition
        agents = [
            deep
            for child in verb.children
            if child.dep_ == "prep" and child.lower_ == "by"
            for deep in _own(child, {"pobj"})
        ]
    return [token for agent in agents for token in coordinated(agent)]


def objects(verb: Token) -> list[Token]:
    """What is acted on: the object, or the subject of a passive."""
    own = _own(verb, OBJECTS)
    if is_passive(verb):
        return surface_subjects(verb) + _named(own, verb)
    if own:
        return _named(own, verb)
    antecedent = _antecedent(verb)
    if verb.dep_ == "relcl" and antecedent is not None and _own(verb, {"nsubj"}):
        first = _own(verb, {"nsubj"})[0]
        if first.lower_ not in RELATIVES and not obliques(verb, ("to", "for", "with", "against", "on", "of")):
            return coordinated(antecedent)
    if verb.dep_ == "conj" and verb.head.pos_ == "VERB" and verb.i < max((t.i for t in verb.head.children), default=0):
        return []
    return []


def receivers(verb: Token) -> list[Token]:
    """To whom: the indirect object ('gave him time', 'offered asylum to him')."""
    found = [token for child in _own(verb, {"dative"}) for token in (_own(child, {"pobj"}) or [child])]
    return [member for token in found for member in coordinated(token)]


def obliques(token: Token, prepositions: tuple[str, ...] | None = None) -> list[Token]:
    """What prepositions attach to a verb or noun, two deep ('together with', 'out of'), in text order."""
    found: list[Token] = []
    for child in token.children:
        if child.dep_ in ("prep", "dative", "agent", "prt", "advmod", "pcomp") and child.pos_ in (
            "ADP",
            "SCONJ",
            "ADV",
        ):
            inner = [child, *(c for c in child.children if c.dep_ == "prep")]
            for prep in inner:
                if prepositions is None or prep.lower_ in prepositions:
                    found.extend(m for deep in _own(prep, {"pobj"}) for m in coordinated(deep))
    return found


def preposition_of(token: Token) -> str:
    """The preposition that governs a noun (through coordination), or ''."""
    for _ in range(REACH):
        if token.dep_ == "pobj":
            return str(token.head.lower_)
        if token.dep_ != "conj":
            return ""
        token = token.head
    return ""


def complements(verb: Token) -> list[Token]:
    """Predicates that complete this one: 'refused to sign', 'said that he would go', 'threatened war and left'."""
    found = [child for child in verb.children if child.dep_ in ("xcomp", "ccomp")]
    found += [
        c for c in verb.children if c.dep_ == "advcl" and c.tag_ == "VBG" and 0 < c.i - verb.i <= 2
    ]  # 'ruled out granting'
    found += [deep for prep in verb.children if prep.dep_ == "prep" for deep in prep.children if deep.dep_ == "pcomp"]
    return [member for token in found for member in coordinated(token) if member.i == token.i or member.pos_ == "VERB"]


def particle(verb: Token) -> str:
    """The particle of a phrasal verb ('turn down' gives 'down'), or ''."""
    return next((child.lower_ for child in verb.children if child.dep_ == "prt"), "")


def _chain(verb: Token) -> Iterator[Token]:
    """The predicate and the predicates whose auxiliaries it shares by coordination."""
    yield verb
    for _ in range(REACH):
        if verb.dep_ != "conj" or verb.head.i == verb.i or verb.head.pos_ not in ("VERB", "AUX"):
            return
        if any(child.dep_ in ("nsubj", "nsubjpass") for child in verb.children):
            return
        verb = verb.head
        yield verb


def first_conjunct(verb: Token) -> Token:
    """The predicate that this one is joined to, through any number of 'and's."""
    for _ in range(REACH):
        if verb.dep_ != "conj" or verb.head.pos_ not in ("VERB", "AUX") or verb.head.i == verb.i:
            break
        verb = verb.head
    return verb


def modals(verb: Token) -> set[str]:
    """Modal and infinitive marks of a predicate, lower case, shared through coordination of bare forms."""
    found = {child.lower_ for child in _auxiliaries(verb)}
    if verb.tag_ in ("VB", "VBN") and not found:
        for other in _chain(verb):
            found |= {child.lower_ for child in _auxiliaries(other)}
            if found:
                break
    return found


def is_negated(verb: Token) -> bool:
    """Whether 'not', 'never' and the like, or a subject such as 'nobody', deny the predicate."""
    if any(child.dep_ == "neg" or child.lower_ in NEGATIONS for child in verb.children if child.dep_ != "det"):
        return True
    if any(s.lower_ in ("nobody", "none", "nothing") for s in _own(verb, {"nsubj", "nsubjpass"})):
        return True
    things = _own(verb, {"dobj", "nsubjpass", "nsubj"})
    return any(child.lower_ in ("no", "neither") for thing in things for child in thing.children if child.dep_ == "det")


def is_future(verb: Token) -> bool:
    """Whether the predicate is announced for the future ('will', 'is going to')."""
    if modals(verb) & FUTURE:
        return True
    return (
        verb.dep_ == "xcomp"
        and verb.head.lower_ == "going"
        and any(child.dep_ == "aux" and child.lemma_ == "be" for child in verb.head.children)
    )


def marker(verb: Token) -> str:
    """The word that opens a subordinate clause ('if', 'unless', 'after'), or ''."""
    for child in verb.children:
        if child.dep_ == "mark" or (child.dep_ == "advmod" and child.lower_ in ("when", "where", "whether")):
            return str(child.lower_)
    return ""


def is_conditional(verb: Token) -> bool:
    """Whether the predicate stands under 'if', 'unless', 'whether', 'should' or 'provided'."""
    token = verb
    for _ in range(REACH):
        if marker(token) in ("if", "unless", "whether", "provided"):
            return True
        if token.dep_ not in ("xcomp", "conj", "ccomp") or token.head.i == token.i:
            return False
        token = token.head
    return False


def bounded_span(token: Token, limit: int = 60) -> tuple[int, int]:
    """First and last token index of a token's subtree, cut to `limit` tokens on either side."""
    left, right = token.left_edge.i, token.right_edge.i
    return max(left, token.i - limit), min(right, token.i + limit)


def has_to(verb: Token) -> bool:
    """Whether the predicate is an infinitive with 'to'."""
    return any(child.dep_ == "aux" and child.lower_ == "to" for child in verb.children)


def subtree_verbs(verb: Token) -> list[Token]:
    """Predicates below this one and to its right, nearest first, at most `REACH`."""
    _, right = bounded_span(verb)
    return [t for t in verb.doc[verb.i + 1 : right + 1] if t.pos_ in ("VERB", "AUX") and verb.is_ancestor(t)][:REACH]
