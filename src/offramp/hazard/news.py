"""News that shifts hazards: what happened when, how much it moves each way of leaving, and how the effect fades.

A piece of news multiplies the hazard of a mode by exp(effect x 2^(-months since / half-life)); of several of one kind
the latest counts. Effects stand beside what a profile's counts already say (`hazard.features`, the 'state' columns),
and are estimated where the panel holds the event (`hazard.news_fit`); the rest are priors, with their reason. Which is
which goes with every number. Natural death and illness are not moved.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

import numpy as np

from offramp.codes.news import KINDS as KINDS
from offramp.errors import InputError
from offramp.hazard.features import Array
from offramp.hazard.profile import DAYS_IN_MONTH, RulerProfile
from offramp.history.vocabulary import MODES

NEWS_FILE: Final = "news.json"
MOVED: Final = tuple(mode for mode in MODES if mode != "natural")
"""Modes that news can move."""


class Effect(NamedTuple):
    """Log hazard ratio at the moment of the news: mean and standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Kind:
    """What one kind of news does.

    Attributes:
        half_life: Months after which half the effect is left.
        effects: By mode of `MOVED`.
        basis: 'estimated' from the panel, or 'prior'.
        why: The count behind an estimate, or the reason of a prior.
    """

    name: str
    half_life: float
    effects: dict[str, Effect]
    basis: Literal["estimated", "prior"]
    why: str


@dataclass(frozen=True)
class News:
    """One event: `kind` of `KINDS`, and the day it became known."""

    kind: str
    date: dt.date


def _prior(name: str, half_life: float, why: str, **effects: tuple[float, float]) -> Kind:
    nothing = Effect(0.0, 0.2)
    return Kind(name, half_life, {mode: Effect(*effects.get(mode, nothing)) for mode in MOVED}, "prior", why)


PRIORS: Final = (
    _prior(
        "ultimatum", 6.0,
        "of the catalogue's 43 rulers under an explicit ultimatum 25 left within a year, many times what their kinds "
        "of regime lose; but demands are made of rulers who totter already, so half the log ratio is taken for cause, "
        "and two standard deviations reach from none of it to all",
        regular=(0.8, 0.4), coup=(0.5, 0.25), uprising=(1.1, 0.55), rebels=(1.45, 0.7), foreign=(2.0, 1.0),
    ),
    _prior(
        "refusal", 6.0, "judgement: a refusal makes a way out by agreement less likely for a while, force more",
        regular=(-0.4, 0.4), foreign=(0.4, 0.5),
    ),
    _prior(
        "sanctions_threat", 6.0, "judgement: a third of the effect of sanctions imposed",
        regular=(0.03, 0.15), coup=(0.05, 0.2),
    ),
    _prior(
        "sanctions", 24.0,
        "between Marinov 2005 (Am. J. Polit. Sci. 49: destabilise), Escriba-Folch and Wright 2010 (Int. Stud. Q. 54: "
        "personalist rulers only) and Licht 2017 (Polit. Sci. Res. Methods 5: hardly)",
        regular=(0.1, 0.2), coup=(0.15, 0.25), uprising=(0.1, 0.25), rebels=(0.1, 0.25),
    ),
    _prior(
        "mass_protest", 3.0,
        "judgement; that protest also brings coups: Casper and Tyson 2014 (J. Polit. 76)",
        regular=(0.5, 0.5), coup=(0.7, 0.5), uprising=(2.0, 0.8),
    ),
    _prior(
        "defection", 3.0,
        "judgement; that defections decide whether protest succeeds: Chenoweth and Stephan 2011, chapter 2",
        regular=(0.4, 0.4), coup=(1.5, 0.7), uprising=(1.5, 0.7), rebels=(0.8, 0.6),
    ),
)  # fmt: skip


@lru_cache(maxsize=1)
def shipped() -> dict[str, Kind]:
    """Every kind of news: the estimates that ship, then the priors."""
    text = (files("offramp.hazard") / "data" / NEWS_FILE).read_text(encoding="utf-8")
    return {kind.name: kind for kind in (*from_json(text), *PRIORS)}


def from_json(text: str) -> list[Kind]:
    """Estimated kinds as `to_json` wrote them."""
    kinds = []
    for row in json.loads(text)["kinds"]:
        effects = {mode: Effect(*pair) for mode, pair in row.pop("effects").items()}
        kinds.append(Kind(effects=effects, **row))
    return kinds


def to_json(kinds: Sequence[Kind], facts: Mapping[str, object]) -> str:
    """Text of the file that ships: `facts` about its making, then the kinds."""
    rows = []
    for kind in kinds:
        effects = {mode: [round(effect.mean, 4), round(effect.sd, 4)] for mode, effect in kind.effects.items()}
        rows.append(asdict(kind) | {"effects": effects})
    return json.dumps({**facts, "kinds": rows}, indent=1) + "\n"


def parse(text: str) -> News:
    """Read 'kind=YYYY-MM-DD' (or 'kind=YYYY-MM', its middle).

    Raises:
        InputError: For a kind or a date that cannot be read.
    """
    kind, _, date = text.partition("=")
    if kind not in KINDS:
        raise InputError(f"news: no kind {kind!r}; expected KIND=DATE with one of {', '.join(KINDS)}")
    try:
        return News(kind, dt.date.fromisoformat(date if len(date) > 7 else f"{date}-15"))
    except ValueError as error:
        raise InputError(f"news: {date!r} is not a date; expected YYYY-MM-DD or YYYY-MM") from error


def latest(news: Sequence[News], as_of: dt.date) -> dict[str, float]:
    """Months since the latest news of each kind.

    Raises:
        InputError: For an unknown kind, or news that comes after `as_of`.
    """
    ages: dict[str, float] = {}
    for item in news:
        if item.kind not in KINDS:
            raise InputError(f"news: no kind {item.kind!r}; expected one of {', '.join(KINDS)}")
        if item.date > as_of:
            raise InputError(f"news: {item.kind} of {item.date} lies after the date of the forecast, {as_of}")
        age = (as_of - item.date).days / DAYS_IN_MONTH
        ages[item.kind] = min(age, ages.get(item.kind, age))
    return ages


def counted(profile: RulerProfile, news: Sequence[News], as_of: dt.date) -> RulerProfile:
    """The profile with counts no lower than the news says: effects were estimated beside such counts."""

    def seen(months: int, *kinds: str) -> int:
        since = as_of - dt.timedelta(days=months * DAYS_IN_MONTH)
        return max(sum(item.kind == kind and item.date > since for item in news) for kind in kinds)

    told = {
        "coup_attempts_60m": seen(60, "coup_attempt"),
        "coup_attempts_12m": seen(12, "coup_attempt"),
        "disputes_24m": seen(24, "dispute_force", "dispute_major_power", "regime_claim"),
        "regime_claims_120m": seen(120, "regime_claim"),
    }
    higher = {name: count for name, count in told.items() if count > max(getattr(profile, name) or 0, 0)}
    return replace(profile, **higher)  # type: ignore[arg-type]


def shifts(news: Sequence[News], as_of: dt.date, months: int, draws: int, seed: int) -> Array:
    """Factors on the hazards, `(draw, month, mode)`, month m running from m to m + 1 months after `as_of`.

    An effect is drawn once a draw, mode and kind. Half its variance is taken off, so that not knowing an effect well
    widens the hazard and leaves its mean at exp(mean effect).

    Raises:
        InputError: As `latest`.
    """
    total = np.zeros((draws, months, len(MODES)))
    ages, known = latest(news, as_of), shipped()
    for name, age in ages.items():
        kind = known[name]
        # One stream for each kind, so that more news does not change what is drawn for the rest.
        normals = np.random.default_rng([seed, list(KINDS).index(name)]).standard_normal((draws, len(MODES)))
        left = 2.0 ** (-(age + np.arange(months) + 0.5) / kind.half_life)
        for k, mode in enumerate(MODES):
            if mode in kind.effects:
                mean, sd = kind.effects[mode]
                spread = sd * left
                total[:, :, k] += mean * left + spread * normals[:, k, None] - spread**2 / 2
    factors: Array = np.exp(total)
    return factors
