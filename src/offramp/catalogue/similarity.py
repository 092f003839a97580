"""Which resolved standoffs resemble a case, and in what: a weighted distance with its reasons in words.

The weights are a judgement, stated in `WEIGHTS`; nothing here counts outcomes or looks at them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from offramp.catalogue.rows import Army, CoercerKind, OfferTerms, Regime, Standoff, Street, load
from offramp.codes.tables import unknown
from offramp.errors import InputError


class Features(NamedTuple):
    """What `similar` compares. `None` is unknown and drops out of the distance."""

    regime: Regime | None = None
    tenure_years: float | None = None
    army: Army | None = None
    street: Street | None = None
    offer: OfferTerms | None = None
    coercer_kind: CoercerKind | None = None
    ultimatum: bool | None = None


class Why(NamedTuple):
    """What is alike and what is different, in words."""

    alike: str
    different: str

    def __str__(self) -> str:
        return f"alike: {self.alike or 'nothing compared'}; different: {self.different or 'nothing compared'}"


# Weights: how much each feature should count, a judgement. The army first, since rulers fall when it turns; then what
# the standoff is (ultimatum, offer) and who the ruler is (regime, tenure); then street and coercer.
WEIGHTS: dict[str, float] = {
    "army": 3.0,
    "ultimatum": 2.0,
    "offer": 2.0,
    "regime": 2.0,
    "tenure_years": 2.0,
    "street": 1.5,
    "coercer_kind": 1.0,
}
_OFFER_STEP = {"none": 0.0, "safe_passage": 0.7, "safe_passage_immunity": 1.0}
_ARMY_STEP = {"loyal": 0.0, "wavering": 0.6, "defected": 1.0}
_NEAR_REGIMES = {
    frozenset(pair)
    for pair in (("personal", "military"), ("personal", "party"), ("military", "interim"), ("personal", "monarchy"))
}
_STREETS = ("quiet", "mobilised")
_REGIMES = ("democracy", "personal", "military", "party", "monarchy", "interim")
_FULL_TENURE_RATIO = 10.0
ALIKE_BELOW = 0.34


def features_of(row: Standoff) -> Features:
    """The features of a row, as `similar` compares them."""
    return Features(
        row.regime, row.tenure_years, row.army, row.street, row.offer, row.coercer_kind, row.explicit_ultimatum
    )


def _features(given: Mapping[str, Any]) -> Features:
    """Features from a mapping, checked."""
    strange = sorted(set(given) - set(Features._fields))
    if strange:
        raise unknown("feature", strange[0], Features._fields)
    return Features(**given)


def _check(known: Mapping[str, Any]) -> None:
    """Every value is one that a row can have."""
    for name, values in {"offer": _OFFER_STEP, "army": _ARMY_STEP, "street": _STREETS, "regime": _REGIMES}.items():
        if name in known and known[name] not in values:
            raise unknown(name, known[name], values)


def _gap(name: str, a: object, b: object) -> float:
    """Distance between two values of one feature, 0 to 1."""
    if name == "tenure_years":
        ratio = abs(math.log((float(str(a)) + 0.5) / (float(str(b)) + 0.5)))
        return min(1.0, ratio / math.log(_FULL_TENURE_RATIO))
    if name == "offer":
        return abs(_OFFER_STEP[str(a)] - _OFFER_STEP[str(b)])
    if name == "army":
        return abs(_ARMY_STEP[str(a)] - _ARMY_STEP[str(b)])
    if a == b:
        return 0.0
    return 0.5 if name == "regime" and frozenset((str(a), str(b))) in _NEAR_REGIMES else 1.0


def _words(name: str, value: object) -> str:
    if name == "tenure_years":
        years = float(str(value))
        return f"{years:.0f} years in office" if years >= 1.5 else f"{max(years * 12, 0):.0f} months in office"
    if name == "ultimatum":
        return "explicit ultimatum" if value else "no explicit ultimatum"
    if name == "regime":
        return {
            "democracy": "a democracy",
            "personal": "personal rule",
            "military": "military rule",
            "party": "party rule",
            "monarchy": "a monarchy",
            "interim": "an interim government",
        }.get(str(value), "regime unknown")
    words = {
        "army": {"loyal": "army loyal", "wavering": "army wavering", "defected": "army defected"},
        "street": {"quiet": "quiet street", "mobilised": "street mobilised"},
        "offer": {
            "none": "no offer",
            "safe_passage": "safe passage offered",
            "safe_passage_immunity": "safe passage and immunity offered",
        },
        "coercer_kind": {
            "state": "pressed by one state",
            "organisation": "pressed by an organisation",
            "coalition": "pressed by a coalition",
        },
    }
    return words[name][str(value)]


def similar(
    features: Features | Mapping[str, Any],
    n: int = 5,
    *,
    rows: Sequence[Standoff] | None = None,
    leave_out: str | None = None,
) -> list[tuple[Standoff, float, Why]]:
    """The rows that resemble a case most, with their distance and why.

    The distance is Gower's (1971, Biometrics 27: 857-871): the mean over known features of a gap from 0 to 1, weighted
    by `WEIGHTS`. Tenure is compared as a ratio (a factor of ten is a gap of 1, half a year added to both), the army and
    the offer as ordered steps, kindred regimes at half a gap.

    Args:
        features: Of the case, as `Features` or a mapping with its keys; unknown ones (None, 'unknown') drop out.
        n: How many rows at most.
        rows: Where to look; all rows without it.
        leave_out: Id of a row not to be shown, for scoring a row against the others.

    Raises:
        InputError: If no feature is known, or a key or value is none of `Features`.
    """
    features = features if isinstance(features, Features) else _features(features)
    known = {k: v for k, v in features._asdict().items() if v is not None and v != "unknown"}
    if not known:
        raise InputError("no feature of the case is known, so no standoff can be called similar; give at least one")
    _check(known)
    found = []
    for row in rows if rows is not None else load():
        if row.id == leave_out:
            continue
        theirs = features_of(row)._asdict()
        gaps = {name: _gap(name, value, theirs[name]) for name, value in known.items() if theirs[name] != "unknown"}
        total = sum(WEIGHTS[name] for name in gaps)
        distance = sum(WEIGHTS[name] * gap for name, gap in gaps.items()) / total if total else 1.0
        order = [name for name in WEIGHTS if name in gaps]
        alike = [_words(name, theirs[name]) for name in order if gaps[name] < ALIKE_BELOW]
        apart = [
            f"{_words(name, theirs[name])} (here: {_words(name, known[name])})"
            for name in order
            if gaps[name] >= ALIKE_BELOW
        ]
        found.append((row, distance, Why(", ".join(alike), ", ".join(apart))))
    return sorted(found, key=lambda item: (item[1], item[0].id))[:n]
