"""Contents: what was said, around a cue. The complement, the quotation marks around it, the clause it interrupts.

Where the parser hangs words too low ('..., adding that ...', 'and warned ...') they are cut off again; quotations that
run over sentences are followed to their closing mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offramp.reading.cues import Frame, frame_of, is_speech
from offramp.reading.origins import QUOTE_MARKS, Origins, lemma

if TYPE_CHECKING:
    from spacy.tokens import Token

_SAYING = Frame.QUOTE | Frame.CLAUSE | Frame.NAMING
_ENDS = frozenset(",.?!…")
_TURNS = frozenset(("although", "though", "while", "even", "but"))
# Verbs that can only be followed by what was said, so that it is found even where the parser sees no complement.
_ASSERTING = frozenset(
    ("say", "add", "argue", "claim", "note", "insist", "contend", "maintain", "assert", "believe", "suggest", "warn")
) | {"explain"}


class Contents(Origins):
    """Finds the content of a cue as a set of token indices."""

    def from_clause(self, verb: Token, clause: Token, source: Token | None) -> set[int]:
        own = {token.i for token in clause.subtree}
        own -= self._cue_group(verb, clause, source)
        if clause.i < verb.i:
            # '"X," said Y': all the sentence up to the cue and its subject belongs to the content.
            first = min(own)
            origin = self.source_tokens(source, verb, ())
            own -= set(origin)
            edge = min(verb.i, *origin) if origin else verb.i
            own |= set(range(first, edge))
            own |= self._quotes_after(verb, source) | self._quote_before(edge)
        else:
            own = self._without_followers(own, verb)
        return self.with_quotes(own, verb, source)

    def _without_followers(self, own: set[int], verb: Token) -> set[int]:
        """Cut off what the parser hangs too low: '..., adding that', 'and warned', '..., although he refused'.

        What is cut is remembered as the speaker's own act where it has no subject of its own.
        """
        for index in sorted(own):
            token = self.doc[index]
            if index == 0 or self.inside[index] >= 0:
                continue
            before = self.doc[index - 1]
            if token.tag_ == "VBG" and self._parted(before) and frame_of(lemma(token)) & _SAYING:
                self.lifted[index] = verb
                return {i for i in own if i < index - (before.text == ",")}
            if token.lower_ in ("and", "but") and (follower := self._follower(token, verb)) is not None:
                self.lifted[follower.i] = verb
                return {i for i in own if i < index}
            if token.lower_ in _TURNS and before.text == "," and self._has_cue(token):
                return {i for i in own if i < index - 1}
        return own

    def _parted(self, before: Token) -> bool:
        """Whether a comma, maybe inside a closing mark, parts what follows a token from what stands before it."""
        if before.text in QUOTE_MARKS and before.i > 0:
            before = self.doc[before.i - 1]
        return before.text == ","

    def _follower(self, link: Token, verb: Token) -> Token | None:
        """The verb of speech that 'and' or 'but' adds to the one before, though it has no subject of its own."""
        for token in self.doc[link.i + 1 : link.i + 4]:
            if token.pos_ == "VERB":
                alike = token.tag_ == verb.tag_ or (token.tag_ == "VBN" and verb.tag_ in ("VBD", "VBN"))
                own = any(c.dep_ in ("nsubj", "nsubjpass", "auxpass") for c in token.children)
                speaks = is_speech(lemma(token)) or Frame.OBJECT in frame_of(lemma(token))
                return token if alike and speaks and not own else None
            if token.pos_ not in ("ADV", "AUX", "PART"):
                return None
        return None

    def _has_cue(self, mark: Token) -> bool:
        clause = mark.head
        return clause.pos_ == "VERB" and clause.i > mark.i and bool(frame_of(lemma(clause)))

    def _cue_group(self, verb: Token, clause: Token, source: Token | None) -> set[int]:
        group = {verb.i}
        if source is not None and not source.is_ancestor(verb) and clause not in source.subtree:
            group |= {token.i for token in source.subtree}
        return group

    def with_quotes(self, content: set[int], verb: Token, source: Token | None) -> set[int]:
        """Complete quotations of which the content holds the beginning or most."""
        taken = {verb.i} | ({token.i for token in source.subtree} if source is not None else set())
        for number in {self.inside[index] for index in content} - {-1, self.inside[verb.i]}:
            first, last = self.tokens_of(self.quotes[number])
            span = range(first, last)
            words = [index for index in span if not self.doc[index].is_punct]
            held = sum(index in content for index in words)
            if words and (held >= 0.5 * len(words) or any(index in content for index in words[:2])):
                content |= set(span) - taken
        return content

    def _quotes_after(self, verb: Token, source: Token | None) -> set[int]:
        """The quotation that goes on after an interrupting '..., he said. "...'."""
        index = (
            max(
                [verb.i, *(t.i for t in source.subtree if t.i > verb.i and not t.is_ancestor(verb))]
                if source is not None
                else [verb.i]
            )
            + 1
        )
        limit = min(len(self.doc), index + 25)
        while index < limit and self.inside[index] < 0:
            token = self.doc[index]
            if token.is_space and "\n" in token.text:
                return set()
            if token.is_sent_start and token.i > verb.i + 1 and not token.is_punct and token.text not in QUOTE_MARKS:
                return set()
            if token.pos_ == "VERB" and (frame_of(lemma(token)) or self._has_own_subject(token, verb)):
                return set()
            index += 1
        if index >= limit or self.inside[index] < 0:
            return set()
        first, last = self.tokens_of(self.quotes[self.inside[index]])
        return set(range(first, last)) if first == index else set()

    @staticmethod
    def _has_own_subject(token: Token, verb: Token) -> bool:
        """'…, and her husband cut in. “…”': what follows such a clause is not the first speaker's."""
        return any(c.dep_ == "nsubj" and c.i > verb.i for c in token.children) and token.dep_ == "conj"

    def from_quotes(self, verb: Token, source: Token | None, *, before_only: bool = False) -> set[int]:
        """A quotation right before or right after the cue and its source; with `before_only`, only if one is before."""
        if self.inside[verb.i] >= 0:
            return set()
        group = {verb.i, *(self.source_tokens(source, verb, ()) if source is not None else ())}
        after = self._quotes_after(verb, source)
        if after and self.doc[min(after) - 1].is_alpha and min(after) - 1 != max(group):
            # 'promised a plan of “great beauty” for all': the quotation is part of what is said.
            after = self._without_followers(set(range(verb.i + 1, max(max(after) + 1, verb.sent.end))), verb)
        before = self._quote_before(min(group))
        if before_only and (not before or not self.doc[sorted(before)[-2:][0]].text.endswith(",")):
            return set()  # a quotation that ends with a full stop is not what the next sentence's cue is about
        if before:
            first = self.doc[min(before)]
            lead = set(range(first.sent.start, first.i))
            if len([i for i in lead if self.doc[i].is_alpha]) > 1:
                before |= lead
        return before | after

    def _quote_before(self, index: int) -> set[int]:
        index -= 1
        steps = 0
        while index >= 0 and self.inside[index] < 0 and steps < 4 and (self.doc[index].is_punct or steps == 0):
            if self.doc[index].is_space and "\n" in self.doc[index].text:
                return set()
            index -= 1
            steps += 1
        if index < 0 or self.inside[index] < 0:
            return set()
        first, last = self.tokens_of(self.quotes[self.inside[index]])
        return set(range(first, last)) if last == index + 1 else set()

    def settled(self, content: list[int], verb: Token) -> list[int]:
        """Without what stands outside the marks of a quotation that is a whole utterance.

        '“We will see,” he said when asked': a quotation that opens the content and closes behind its own comma or stop
        ends it. 'He had lost: “…,” he claimed': one that follows a colon and has its cue behind it begins it.
        """
        number = self.inside[content[0]]
        if number >= 0 and self.tokens_of(self.quotes[number])[0] == content[0]:
            last = self.tokens_of(self.quotes[number])[1] - 1
            outside = next((i for i in content if i > last and self.inside[i] < 0 and self.doc[i].is_alpha), None)
            if outside is not None and last in content and self.doc[last - 1].text[-1:] in _ENDS:
                content = [i for i in content if i < outside]
        for number in sorted({self.inside[i] for i in content} - {-1}):
            first, last = self.tokens_of(self.quotes[number])
            after_colon = first > content[0] and self.doc[first - 1].text == ":" and first in content
            if after_colon and last <= verb.i < last + 14 and self.doc[last - 2].text[-1:] in _ENDS:
                return [i for i in content if i >= first]
        return content

    def interrupted(self, verb: Token) -> set[int]:
        """'X, he said, Y': the clause that a parenthetical cue stands in."""
        head = verb.head
        if verb.dep_ not in ("parataxis", "advcl", "ccomp") or head.i == verb.i or head.pos_ not in ("VERB", "AUX"):
            return set()
        if not is_speech(lemma(verb)) or any(c.dep_ in ("dobj", "xcomp", "ccomp", "oprd") for c in verb.children):
            return set()  # 'as Trump denounced the tests' tells when; it does not say whose word the rest is
        if verb.dep_ != "parataxis" and not any(c.dep_ == "mark" and c.lower_ == "as" for c in verb.children):
            return set()
        below = {token.i for token in verb.subtree}
        return {token.i for token in head.subtree if token.i not in below}

    def around(self, verb: Token, source: Token | None) -> set[int]:
        """Where the parser gives a verb of speech no complement: the sentence that it interrupts or ends, or the clause
        that follows it."""
        if (
            source is None
            or source.i > verb.i + 12
            or abs(source.i - verb.i) > 40
            or verb.tag_ not in ("VBD", "VBZ", "VBP")
        ):
            return set()
        sentence = verb.sent
        own = self.source_tokens(source, verb, ())
        if not own:
            return set()
        first, last = min(verb.i, *own), max(verb.i, *own)
        for child in verb.children:
            if child.i > last and child.dep_ in ("prep", "npadvmod", "dobj", "dative", "advmod", "prt"):
                if child.i - last > 1 and self.doc[last + 1].is_punct:
                    break
                last = max(last, child.right_edge.i)
        before = self.doc[first - 1].text if first > sentence.start else ""
        after = self.doc[last + 1].text if last + 1 < sentence.end else "."
        ends = after in (".", "!", "?") or last + 1 >= sentence.end - 1
        if before in (",", "—", "–", "-", "?", "!", *QUOTE_MARKS) and (ends or after in (",", "—", "–", "-", ":")):
            rest = set(range(sentence.start, first)) | set(range(last + 1, sentence.end))
        elif after not in (",", ".", "!", "?", ";") and lemma(verb) in _ASSERTING:
            rest = set(range(last + 1, sentence.end))
        else:
            return set()
        words = [index for index in rest if self.doc[index].is_alpha]
        if len(words) < 3:
            return set()
        return self.with_quotes(rest, verb, source)
