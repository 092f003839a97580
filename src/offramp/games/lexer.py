"""Words of Gambit's file formats, each with its line and column, so that errors point at their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from offramp.errors import InputError

_WORD = re.compile(r'(?P<space>[\s,]+)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<brace>[{}])|(?P<word>[^\s,{}"]+)', re.S)
_RATIO = re.compile(r"[+-]?\d+/\d+\Z")
LARGEST_EXPONENT = 400


class GameFileError(InputError):
    """A game file that cannot be read; the message names file, line and column."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `kind` is text, brace, word or end."""

    kind: str
    value: str
    at: int


class Words:
    """The words of a file, read in order."""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source, self.next = text, source, 0
        self.words: list[Word] = []
        place = 0
        while place < len(text):
            match = _WORD.match(text, place)
            if match is None:  # only an opening quotation mark without its end matches nothing
                raise self.error("a quotation mark opens here and is never closed", place)
            kind = str(match.lastgroup)
            if kind != "space":
                value = match.group()
                if kind == "text":
                    value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.S)
                self.words.append(Word(kind, value, place))
            place = match.end()
        self.words.append(Word("end", "end of file", len(text)))

    def error(self, message: str, at: int | None = None) -> GameFileError:
        """An error that points at a place, by default at the word just read."""
        if at is None:
            at = self.words[max(self.next - 1, 0)].at
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return GameFileError(f"{self.source}: line {line}, column {column}: {message}.")

    def peek(self) -> Word:
        """The next word, not taken."""
        return self.words[self.next]

    def take(self) -> Word:
        """The next word."""
        word = self.words[self.next]
        self.next = min(self.next + 1, len(self.words) - 1)
        return word

    def _expected(self, what: str, word: Word) -> GameFileError:
        found = word.value if word.kind == "end" else repr(word.value)
        return self.error(f"expected {what}, found {found}", word.at)

    def string(self, what: str) -> str:
        """A quoted text."""
        word = self.take()
        if word.kind != "text":
            raise self._expected(f"{what} in quotation marks", word)
        return word.value

    def brace(self, which: str, what: str) -> None:
        """`{` or `}`."""
        word = self.take()
        if word.kind != "brace" or word.value != which:
            raise self._expected(f"{which!r} {what}", word)

    def at_brace(self, which: str) -> bool:
        """Whether the next word is this brace."""
        return self.peek().kind == "brace" and self.peek().value == which

    def integer(self, what: str, least: int = 0) -> int:
        """A whole number of at least `least`."""
        word = self.take()
        if word.kind != "word" or not re.fullmatch(r"[+-]?\d{1,18}", word.value):
            raise self._expected(f"{what}, a whole number", word)
        if int(word.value) < least:
            raise self.error(f"{what} is {word.value}; expected at least {least}", word.at)
        return int(word.value)

    def number(self, what: str) -> Fraction:
        """A number as an exact fraction: 3, -0.25, 1/3 or 2e-3."""
        word = self.take()
        if word.kind != "word":
            raise self._expected(f"{what}, a number", word)
        if word.value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise self.error(f"{what} is {word.value}; expected a finite number", word.at)
        try:
            if _RATIO.match(word.value):
                value = Fraction(word.value)
            else:
                decimal = Decimal(word.value)
                if decimal and abs(decimal.adjusted()) > LARGEST_EXPONENT:
                    raise self.error(f"{what} {word.value} is beyond the range of floating-point numbers", word.at)
                value = Fraction(decimal)
            float(value)
        except ZeroDivisionError:
            raise self.error(f"{what} {word.value} divides by zero", word.at) from None
        except OverflowError:
            raise self.error(f"{what} {word.value} is beyond the range of floating-point numbers", word.at) from None
        except (ValueError, ArithmeticError):
            raise self._expected(f"{what}, a number such as 2, -0.5 or 1/3", word) from None
        return value

    def strings(self, what: str) -> tuple[str, ...]:
        """Quoted texts in braces."""
        self.brace("{", f"before the {what}")
        found = []
        while not self.at_brace("}"):
            found.append(self.string(what))
        self.take()
        return tuple(found)


def read_text(path: Path) -> str:
    """A game file as text. Raises `InputError` when there is none or it is not text."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return path.read_bytes().decode("latin-1")
    except OSError as error:
        raise InputError(f"{path}: cannot read: {error.strerror}.") from error


def quoted(text: str) -> str:
    """A text as these formats quote it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(value: int | float | Fraction) -> str:
    """A number as these formats write it, exact: decimal where it ends, else a fraction."""
    fraction = Fraction(value)
    if isinstance(value, float):
        return repr(value) if value != int(value) or abs(value) >= 1e16 else str(int(value))
    if fraction.denominator == 1:
        return str(fraction.numerator)
    return f"{fraction.numerator}/{fraction.denominator}"
