"""Origins: where quotations stand among a text's words, and whose words a cue reports.

`Origins` holds what `reading.contents` and `reading.attribution` build on: the tokens inside quotation marks, and the
subject of a verb found through coordination, control, participles and relative clauses.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import TYPE_CHECKING

from offramp.reading.quotes import Quote, find_quotes

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

QUOTE_MARKS = frozenset(('"', "“", "”", "''", "``", "«", "»", "'", "‘", "’"))
_SUBJECTS = frozenset(("nsubj", "csubj"))
_LEMMAS = {"hop": "hope", "retweete": "retweet", "plann": "plan", "wo": "will"}


def lemma(token: Token) -> str:
    """A verb's lemma, with the small model's slips put right."""
    found: str = token.lemma_.lower()
    return _LEMMAS.get(found, found)


def quotes_somebody(verb: Token) -> bool:
    """Whether this is 'quoted' or 'cited' in 'X quoted Y as saying ...': then the words are Y's, not X's."""
    return lemma(verb) in ("quote", "cite") and any(
        c.lower_ == "as" and any(g.dep_ == "pcomp" for g in c.children) for c in verb.children
    )


class Origins:
    """Quotations and subjects of one document."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.quotes = [quote for quote in find_quotes(doc.text) if not (quote.single and quote.end - quote.start < 12)]
        self._starts = [token.idx for token in doc]
        self.inside = self._quote_of_tokens()
        self.lifted: dict[int, Token] = {}  # participles after a comma that belong to the speaker, not to what was said

    def _quote_of_tokens(self) -> list[int]:
        inside = [-1] * len(self.doc)
        for number, quote in enumerate(self.quotes):
            first, last = self.tokens_of(quote)
            for index in range(first, last):
                inside[index] = number
        return inside

    def tokens_of(self, quote: Quote) -> tuple[int, int]:
        """First token and the one after the last of a quotation, its marks included."""
        return bisect.bisect_left(self._starts, quote.start), bisect.bisect_left(self._starts, quote.end)

    def source_of(self, verb: Token, hops: int = 0) -> Token | None:
        """The word that heads the one who says, thinks or shows; None where nobody is named."""
        if verb.i in self.lifted and hops == 0:
            return self.source_of(self.lifted[verb.i], 1)
        children = list(verb.children)
        if any(child.dep_ == "nsubjpass" for child in children):
            by = next((c for c in children if c.dep_ == "agent" or (c.dep_ == "prep" and c.lower_ == "by")), None)
            return next((c for c in by.children if c.dep_ == "pobj"), None) if by is not None else None
        subject = next((child for child in children if child.dep_ in _SUBJECTS), None)
        if subject is not None:
            return subject
        if hops > 4:
            return None
        head = verb.head
        if verb.dep_ == "conj" and head.pos_ in ("VERB", "AUX"):
            return self.source_of(head, hops + 1)
        if verb.dep_ == "xcomp":
            thing = next((c for c in head.children if c.dep_ == "dobj" and c.i < verb.i), None)
            return thing or self.source_of(head, hops + 1)
        if verb.dep_ in ("advcl", "dep") and verb.tag_ in ("VBG", "VB") and head.pos_ in ("VERB", "AUX"):
            return self.source_of(head, hops + 1)
        if (
            verb.dep_ in ("acl", "relcl")
            and head.pos_ in ("NOUN", "PROPN", "PRON")
            and verb.tag_ in ("VBG", "VBD", "VBP")
        ):
            return head
        if verb.dep_ == "acl" and head.pos_ in ("NOUN", "PROPN", "PRON") and verb.tag_ == "VB":
            owner = next((c for c in head.children if c.dep_ == "poss"), None)
            return owner or (self.source_of(head.head, hops + 1) if head.head.pos_ in ("VERB", "AUX") else None)
        if verb.dep_ == "pcomp" and head.head.pos_ in ("VERB", "AUX"):
            if quotes_somebody(head.head):
                return next((c for c in head.head.children if c.dep_ in ("nsubjpass", "dobj")), None)
            return self.source_of(head.head, hops + 1)
        return None

    def source_tokens(self, head: Token | None, verb: Token, content: Iterable[int]) -> tuple[int, ...]:
        if head is None:
            return ()
        taken = set(content) | {verb.i}
        if head.i in taken:
            return ()
        below = {token.i for token in head.subtree if token.dep_ != "punct" or token.i > head.left_edge.i}
        if verb.is_ancestor(head) is False and head.is_ancestor(verb):
            cut = verb.left_edge.i
            below = {index for index in below if index < cut}
        run = {head.i}
        for step in (-1, 1):
            index = head.i + step
            while index in below and index not in taken:
                run.add(index)
                index += step
        return self.trimmed(sorted(run))

    def balanced(self, tokens: list[int], verb: Token) -> list[int]:
        """With the parenthesis that the content breaks off in closed, or left out where it does not close soon."""
        opened: list[int] = []
        for index in tokens:
            if self.doc[index].text == "(":
                opened.append(index)
            elif self.doc[index].text == ")" and opened:
                opened.pop()
        if not opened or verb.i > tokens[-1]:
            return tokens
        for index in range(tokens[-1] + 1, min(tokens[-1] + 25, len(self.doc))):
            if self.doc[index].text == ")":
                return [*tokens, *range(tokens[-1] + 1, index + 1)]
        return [index for index in tokens if index < opened[0]]

    def trimmed(self, tokens: list[int]) -> tuple[int, ...]:
        """Without white space, commas and the like at either end, or the dateline of a report."""
        kept = [index for index in tokens if not self.doc[index].is_space]
        if kept and self.doc[kept[0]].is_upper and len(self.doc[kept[0]]) > 2 and self.doc[kept[0]].is_sent_start:
            dash = next((i for i in kept[:14] if self.doc[i].text in ("—", "–", "--", "-")), None)
            kept = [index for index in kept if dash is None or index > dash]
        while (
            kept and self.doc[kept[-1]].is_punct and self.doc[kept[-1]].text not in QUOTE_MARKS | {")", "]", "?", "!"}
        ):
            kept.pop()
        while kept and self.doc[kept[0]].is_punct and self.doc[kept[0]].text not in QUOTE_MARKS | {"(", "["}:
            kept.pop(0)
        return tuple(kept)
