"""How a ruler's time in office can end, and what becomes of the ruler afterwards.

`OUTCOMES` is the order in which every table, chart and JSON file lists outcomes. `negotiated` is ours: it outranks the
recorded mode (an exit under agreed terms is spread over several recorded modes in leader data sets). The other exits
follow the scheme of Archigos (Goemans, Gleditsch & Chiozza 2009, J. Peace Research 46: 269-283), regrouped.
"""

from __future__ import annotations

from enum import StrEnum


class ExitMode(StrEnum):
    """One way in which a spell in office ends, or that it has not ended."""

    NEGOTIATED = "negotiated"
    COUP = "coup"
    UPRISING = "uprising"
    FOREIGN = "foreign"
    REGULAR = "regular"
    NATURAL = "natural"
    ASSASSINATION = "assassination"
    REBELS = "rebels"
    IN_OFFICE = "in_office"


class Fate(StrEnum):
    """What became of a ruler in the year after leaving office."""

    SAFE = "safe"
    EXILE = "exile"
    JAIL = "jail"
    DEATH = "death"


OUTCOMES: tuple[ExitMode, ...] = tuple(ExitMode)
RECORDED_MODES: tuple[ExitMode, ...] = (
    ExitMode.REGULAR,
    ExitMode.COUP,
    ExitMode.UPRISING,
    ExitMode.REBELS,
    ExitMode.FOREIGN,
    ExitMode.ASSASSINATION,
    ExitMode.NATURAL,
)

OUTCOME_DEFINITIONS: dict[ExitMode, str] = {
    ExitMode.NEGOTIATED: "left under terms agreed beforehand with, or guaranteed by, the coercer or a mediator",
    ExitMode.COUP: "removed by the country's own armed forces or by others within the government, without agreed terms",
    ExitMode.UPRISING: "removed by popular protest",
    ExitMode.FOREIGN: "removed by a foreign force or under its direct threat",
    ExitMode.REGULAR: "left by the country's own rules: election, end of term, resignation, vote of parliament",
    ExitMode.NATURAL: "died of natural causes, or stepped down because of ill health, in office",
    ExitMode.ASSASSINATION: "killed by somebody without the backing of army, rebels or a foreign state",
    ExitMode.REBELS: "removed by an armed rebellion",
    ExitMode.IN_OFFICE: "still in office at the end of the period",
}

OUTCOME_LABELS: dict[ExitMode, str] = {
    ExitMode.NEGOTIATED: "negotiated exit",
    ExitMode.COUP: "coup",
    ExitMode.UPRISING: "popular uprising",
    ExitMode.FOREIGN: "foreign force",
    ExitMode.REGULAR: "regular exit",
    ExitMode.NATURAL: "death or illness",
    ExitMode.ASSASSINATION: "assassination",
    ExitMode.REBELS: "rebel victory",
    ExitMode.IN_OFFICE: "still in office",
}

FATE_DEFINITIONS: dict[Fate, str] = {
    Fate.SAFE: "lives freely in the country a year after leaving office",
    Fate.EXILE: "lives abroad and could not safely return",
    Fate.JAIL: "imprisoned or under house arrest, at home or before a foreign or international court",
    Fate.DEATH: "killed, executed or driven to suicide",
}
