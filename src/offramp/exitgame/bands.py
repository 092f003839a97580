"""The sanity bands of EXITGAME section 8: a check on magnitudes for one kind of story, never a target to tune to.

They hold for a personalist ruler over ten years in office, with a loyal army, under an explicit ultimatum, who was
offered safe passage and refused. For other stories the bands are silent.
"""

from __future__ import annotations

from typing import NamedTuple

from offramp import words
from offramp.case.models import Case
from offramp.codes.exits import OUTCOMES, ExitMode
from offramp.exitgame.draws import Array
from offramp.exitgame.result import BandResult

#: Per cent, [low, high] by outcome and month.
BANDS: dict[int, dict[str, tuple[float, float]]] = {
    1: {
        "negotiated": (0.5, 4),
        "foreign": (0.5, 5),
        "coup": (0.05, 0.6),
        "uprising": (0, 0.2),
        "regular": (0.1, 0.4),
        "natural": (0.1, 0.25),
        "rebels": (0, 0.15),
        "assassination": (0, 0.1),
        "in_office": (90, 98),
    },
    6: {
        "negotiated": (3, 14),
        "foreign": (3, 18),
        "coup": (0.4, 4),
        "uprising": (0.1, 1.2),
        "regular": (0.5, 2),
        "natural": (0.5, 1.3),
        "rebels": (0.1, 0.6),
        "assassination": (0, 0.3),
        "in_office": (68, 92),
    },
    12: {
        "negotiated": (5, 20),
        "foreign": (5, 25),
        "coup": (1, 6),
        "uprising": (0.3, 2.5),
        "regular": (1, 4),
        "natural": (1.2, 2.5),
        "rebels": (0.2, 1.2),
        "assassination": (0.05, 0.5),
        "in_office": (55, 85),
    },
}

#: Exits whose chance the game takes from history as it is.
_FROM_HISTORY = ("regular", "natural", "rebels", "assassination")


class Story(NamedTuple):
    """What makes the bands apply."""

    applies: bool
    missing: tuple[str, ...]


def story(case: Case) -> Story:
    """Whether the case is of the kind that the bands were judged for."""
    state, ruler = case.state, case.ruler
    years = 0.0 if ruler.in_office_since is None else (case.as_of - ruler.in_office_since).days / 365.25
    tests = {
        "a personalist ruler": ruler.regime == "personal",
        "over ten years in office": years > 10,
        "an explicit ultimatum": state.pressure == "ultimatum",
        "safe passage offered": state.offer == "safe_passage",
        "refused": any(month.reply is not None for month in case.history),
        "a loyal army": state.armed_forces == "loyal"
        or (state.armed_forces is None and case.assessments.army_loyalty.central >= 0.8),
    }
    missing = tuple(name for name, holds in tests.items() if not holds)
    return Story(not missing, missing)


def outside(case: Case, means: Array, history: Array, learnt: tuple[float, float] | None) -> tuple[BandResult, ...]:
    """Means that fall outside of their band, with the reason as far as it can be told.

    Args:
        case: The case as played.
        means: [month 0..months, outcome] means of the game.
        history: The same of structural history.
        learnt: Mean P(committed) before and after the observed months.
    """
    if not story(case).applies:
        return ()
    found = []
    for month, row in BANDS.items():
        if month >= len(means):
            continue
        for name, (low, high) in row.items():
            k = OUTCOMES.index(ExitMode(name))
            value = 100 * float(means[month, k])
            if not low <= value <= high:
                why = _why(name, value, low, 100 * float(history[month, k]), case, learnt)
                found.append(BandResult(name, month, low / 100, high / 100, value / 100, why))
    return tuple(found)


def _why(name: str, value: float, low: float, history: float, case: Case, learnt: tuple[float, float] | None) -> str:
    side = "below" if value < low else "above"
    if name in _FROM_HISTORY:
        return (
            f"The game takes this exit from history, whose structural rate for this ruler gives {_small(history)} by "
            f"then; it lies {side} the band because the band was judged for the average ruler of this kind, not for "
            f"this one's age, country and era."
        )
    if name in ("coup", "uprising"):
        return f"History's structural rate gives {_small(history)} by then. " + reason(name, value / 100, case, learnt)
    return reason(name, value / 100, case, learnt)


def _small(percentage: float) -> str:
    """A small percentage as a table gives it."""
    return words.cell(percentage / 100, 0.0, 0.0)


def reason(name: str, value: float, case: Case, learnt: tuple[float, float] | None) -> str:
    """What in the case speaks for or against an exit, as numbers beside their typical values."""
    a = case.assessments
    if name in ("coup", "uprising"):
        return (
            f"The start: forces loyal with probability {a.army_loyalty.central:.2f} (0.90 is typical), street "
            f"mobilised with {a.street.central:.2f} (0.15), economy {a.economy.central:.2f} (0.50), support "
            f"{a.public_support.central:.2f} (0.40)."
        )
    if name == "negotiated":
        moved = f" Refusals moved P(committed) from {learnt[0]:.2f} to {learnt[1]:.2f}." if learnt else ""
        return (
            f"Promise kept with probability {a.guarantee.central:.2f} (0.50 is typical), committed type with "
            f"{a.ruler_resolve.central:.2f} (0.42 is typical) before any refusal.{moved}"
        )
    if name == "foreign":
        return (
            f"Coercer's resolve {a.coercer_resolve.central:.2f} (0.50 is the typical ultimatum, which anchor B puts "
            "at the catalogue's chance of foreign removal)."
        )
    return f"It stands at {words.percent(value)} because of the other outcomes and of history's rates."
