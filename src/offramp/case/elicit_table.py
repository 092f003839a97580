"""The elicited numbers behind `case.elicit`, in one place to be read, disputed and edited.

Nothing here is estimated from data. Each row says what it does to which assessment, how strongly, and why; the page
docs/priors.md is rendered from these rows (`tools/priors_page.py`), so a changed number changes the page.

Three kinds of cue:

- `likelihood`: the cue is `ratio` times as likely when the assessed thing is so as when it is not. With weak sourcing
  the ratio shrinks to `rho * ratio + 1 - rho`.
- `value`: the cue says how large the assessed share is; it is measured with error `tau(grade)` and `extra` on the
  logit scale, and with probability `1 - rho(grade)` it carries no information.
- `spread`: the cue says that something is undecided. It names no value; it widens the prior by up to `ratio`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from offramp.reading.evidence import Grade

INFORMS: dict[Grade, float] = {Grade.A: 0.95, Grade.B: 0.85, Grade.C: 0.65, Grade.D: 0.40, Grade.E: 0.15}
"""rho: probability that an item of this grade carries information (elicited)."""

ERROR: dict[Grade, float] = {Grade.A: 0.3, Grade.B: 0.4, Grade.C: 0.6, Grade.D: 0.9, Grade.E: 1.2}
"""tau: standard error on the logit scale of an informative item of this grade (elicited)."""

HOUSE_BIAS = 0.5
"""Standard deviation on the logit scale of what a pollster's way of asking adds."""

HOUSE_BIAS_UNTRACEABLE = 1.0
"""The same for a poll that nothing in the report lets a reader find."""

DRIFT_PER_YEAR = 0.3
"""Standard deviation on the logit scale by which a share drifts in a year after it was measured."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Where an assessment starts: a normal distribution on the logit scale."""

    assessment: str
    centre: float
    spread: float
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A fact about the ruler that moves the prior before any report is read."""

    name: str
    assessment: str
    centre: float
    spread: float
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Cue:
    """What one kind of evidence says about one assessment."""

    name: str
    assessment: str
    kind: Literal["likelihood", "value", "spread"]
    ratio: float
    reason: str
    extra: float = 0.0
    pattern: str = ""


PRIORS: dict[str, Prior] = {
    row.assessment: row
    for row in (
        Prior(
            "army_loyalty",
            2.18,
            0.85,
            "share of months in which an army wavers: Beta(2, 14), moments on the logit scale",
            "elicited; prior of the share wavering in the exit game",
        ),
        Prior(
            "street",
            -1.75,
            0.95,
            "stationary share of mobilised months under Beta(2, 50) to mobilise and Beta(16, 4) to stay mobilised",
            "elicited; Chenoweth and Stephan 2011 for the rarity of mass campaigns",
        ),
        Prior(
            "public_support",
            -0.41,
            0.80,
            "support of 40 % with 15 to 70 % in reach: rulers under pressure are seldom popular, polls seldom free",
            "elicited",
        ),
        Prior(
            "guarantee",
            0.0,
            0.75,
            "Beta(4, 4), moments on the logit scale: promises to fallen rulers were kept about as often as broken",
            "elicited; Goemans 2008 and Debs and Goemans 2010 on the fates of rulers",
        ),
        Prior(
            "coercer_resolve",
            0.0,
            0.80,
            "0.5 is the typical ultimatum by definition",
            "by definition; spread elicited",
        ),
        Prior(
            "ruler_resolve",
            -0.33,
            0.82,
            "Beta(3, 4), moments on the logit scale",
            "elicited; refusals in the catalogue of standoffs",
        ),
        Prior(
            "economy",
            0.0,
            0.80,
            "0.5 is the typical country under pressure by definition",
            "by definition; spread elicited",
        ),
    )
}

SHIFTS: tuple[Shift, ...] = (
    Shift(
        "culpable",
        "guarantee",
        -1.0,
        0.5,
        "a ruler credibly accused of grave crimes is offered less that lasts since 1998: minus N(1, .5) on the logit "
        "scale. Applied here and nowhere else, so the assessment is the probability meant",
        "Krcmaric 2018 (culpable leaders far less likely to flee: an upper bound)",
    ),
    Shift(
        "recent_coup_attempt",
        "army_loyalty",
        -0.7,
        0.3,
        "an attempt in the past 60 months shows an officer corps that splits; coup-proofing afterwards makes the "
        "effect uncertain",
        "elicited; Singh 2014",
    ),
    Shift(
        "military_career",
        "army_loyalty",
        0.2,
        0.1,
        "a ruler from the ranks knows whom to watch and whom to pay",
        "elicited",
    ),
)

CUES: dict[str, Cue] = {
    row.name: row
    for row in (
        Cue("army_loyal", "army_loyalty", "likelihood", 3.0, "said of loyal armies far oftener than of wavering ones"),
        Cue("army_wavering", "army_loyalty", "likelihood", 1 / 6, "defections and refusals to obey are costly to fake"),
        Cue("coup_attempt", "army_loyalty", "likelihood", 1 / 4, "an attempt is the plainest sign that some waver"),
        Cue("street_mobilised", "street", "likelihood", 6.0, "mass protest is visible while it lasts"),
        Cue("street_quiet", "street", "likelihood", 1 / 4, "quiet streets are reported when protest was expected"),
        Cue("protest_event", "street", "likelihood", 4.0, "one protest is less than a mobilised street"),
        Cue("support_share", "public_support", "value", 1.0, "a poll of support, read as it stands"),
        Cue("discontent_share", "public_support", "value", 1.0, "support is at most one minus discontent", extra=0.3),
        Cue(
            "split_opinion",
            "public_support",
            "value",
            1.0,
            "'split' means near one half, with much room on either side",
            extra=0.5,
        ),
        Cue(
            "economy_bad", "economy", "likelihood", 4.0, "collapse, shortages and flight are seldom reported of others"
        ),
        Cue("economy_good", "economy", "likelihood", 1 / 4, "recovery is seldom reported of collapsing economies"),
        Cue(
            "economy_figure",
            "economy",
            "likelihood",
            3.0,
            "a figure of decline with a number to it",
            pattern=r"inflation|contract|shr[aiu]nk|fell|fall|declin|collaps|povert|shortag|unemploy|hunger|exodus|emigra",
        ),
        Cue(
            "deployment",
            "coercer_resolve",
            "likelihood",
            1.3,
            "forces moved within reach are paid for whatever follows (sunk costs, Fearon 1997); a small ratio, because "
            "most ultimata of the catalogue, which define 0.5, came with forces within reach",
        ),
        Cue(
            "force_used",
            "coercer_resolve",
            "likelihood",
            1.6,
            "force already used near or against the ruler's country; rarer among the catalogue's ultimata",
        ),
        Cue(
            "deadline",
            "coercer_resolve",
            "likelihood",
            1.2,
            "a public deadline ties the hands of the one who sets it (Fearon 1994); most ultimata name one",
        ),
        Cue("stepping_back", "coercer_resolve", "likelihood", 1 / 3, "forces withdrawn or measures lifted"),
        Cue(
            "private_talks",
            "coercer_resolve",
            "spread",
            1.3,
            "consultation whose content is unknown says that the decision is open, not which way it goes",
        ),
        Cue(
            "family_included",
            "guarantee",
            "likelihood",
            1.2,
            "terms that name the beneficiaries are easier to hold a guarantor to",
        ),
        Cue(
            "conditional_terms",
            "guarantee",
            "likelihood",
            0.85,
            "a promise under conditions leaves its giver a way out",
        ),
        Cue(
            "promise_doubted",
            "guarantee",
            "likelihood",
            0.6,
            "somebody recalls a promise to a ruler that was broken, or doubts this one",
            pattern=r"(broke[n]?|renege\w*|betray\w*|not be (kept|honou?red|trusted)|worthless) .{0,60}"
            r"(promise|guarantee|deal|pledge|amnest|word)|(promise|guarantee|deal|pledge|amnesty)\w* .{0,60}"
            r"(broke[n]?|renege|betray|worthless|not be (kept|honou?red|trusted))",
        ),
        Cue(
            "promise_backed",
            "guarantee",
            "likelihood",
            1.5,
            "a state or organisation says that it stands behind the promise",
            pattern=r"(would|will|ready to|willing to|offer\w* to) "
            r"(host|receive|guarantee|grant (him|her|them) asylum)",
        ),
        Cue(
            "exit_tempts",
            "ruler_resolve",
            "likelihood",
            0.7,
            "an observer expects an offer to work on this ruler",
            pattern=r"incentive|tempt|(would|might|could|may) (accept|step down|leave|go|take the)|"
            r"look\w* for (a|an) (way out|exit)",
        ),
        Cue(
            "never_leaves",
            "ruler_resolve",
            "likelihood",
            1.5,
            "an observer expects this ruler to stay at any price",
            pattern=r"(never|not|unlikely to) (leave|go|step down|resign|surrender|accept|give up)|"
            r"fight to the (end|death)",
        ),
    )
}
