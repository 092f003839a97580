# ruff: noqa: E501 - rows of a table read better on one line
"""A whole made-up brief, every part filled: long names, unusual letters and hostile text included.

Nothing here is a forecast. The figures only have to be consistent with one another: means sum to 1, intervals hold
their means, spans point at the text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from typing import Any

from offramp.case.models import Case
from offramp.forecast.brief import Brief

HOSTILE = "<script>window.pwned=1</script>"
IMAGE = '"><img src=x onerror="window.pwned=2">'
AS_OF = dt.date(2025, 12, 1)
EXITS = ("negotiated", "coup", "uprising", "foreign", "regular", "natural", "assassination", "rebels")
GAME = dict(zip(EXITS, (0.0125, 0.0022, 0.0009, 0.0105, 0.0016, 0.0014, 0.0001, 0.0004), strict=True))
HISTORY = dict(zip(EXITS, (None, 0.0007, 0.0005, 0.0003, 0.0014, 0.0016, 0.0001, 0.0005), strict=True))
TEXT = f"""A telephone call, an offer and a refusal

CARACAS, 1 December 2025. The president of the United States told Nicolás Maduro Moros by telephone to give up power \
without delay, according to two people briefed on the call. The Venezuelan leader, his wife and his son would receive \
safe passage out of the country if he resigned at once.

Maduro refused. He asked instead for immunity from prosecution for himself and his closest allies. {HOSTILE} Washington \
rejected those terms. A pressure campaign has run for four months.

A survey by the Institute for Hemispheric Opinion, which gives no address, says that 85 percent of Venezuelans are \
unhappy. Many people blame Maduro for the collapse of the economy and for shortages of food.

"Offering an exit gives a ruler an incentive to step down," said Daniel Ortner, a senior political analyst. For now the \
armed forces still obey him. Defence Minister Vladimir Padrino López repeated that the military remains loyal.

On social media Venezuelans were split between hope and fear of interference. العربية и кириллица, 漢字 and a 𝔊 stay as \
they are.

https://cdn.example.org/{"lighthouse-" * 12}1600x900.jpg?fit=crop&w=800{IMAGE}
"""
SECOND = "MINSK\n\nA second report says little. An official who asked not to be named said that talks go on.\n"
MONTHS = [1, 3, 6, 12, 24]


def _span(phrase: str, text: str = TEXT) -> tuple[int, int]:
    start = text.index(phrase)
    return start, start + len(phrase)


def _place(phrase: str, report: int = 0, text: str = TEXT) -> dict[str, int]:
    start, end = _span(phrase, text)
    return {"report": report, "start": start, "end": end}


def cumulative(rates: dict[str, Any], month: int) -> dict[str, Any]:
    """Exits of competing constant monthly rates; None stays None and counts as nothing."""
    total = sum(rate or 0 for rate in rates.values())
    gone = 1 - math.exp(-total * month)
    exits = {key: None if rate is None else gone * rate / total for key, rate in rates.items()}
    return {**exits, "in_office": 1 - gone}


def series(rates: dict[str, Any], months: list[int], spread: float) -> dict[str, Any]:
    rows = [cumulative(rates, month) for month in months]
    found: dict[str, Any] = {}
    for key in (*EXITS, "in_office"):
        mean = [row[key] for row in rows]
        factor = (1 / spread, spread)
        if key == "in_office":
            left = [1 - value for value in mean]
            found[key] = {
                "mean": mean,
                "low": [1 - min(1, value * factor[1]) for value in left],
                "high": [1 - value * factor[0] for value in left],
            }
        else:
            found[key] = {
                "mean": mean,
                "low": [None if value is None else value * factor[0] for value in mean],
                "high": [None if value is None else min(0.999, value * factor[1]) for value in mean],
            }
    return found


def evidence() -> dict[str, Any]:
    ruler = {"name": "Nicolás Maduro Moros", "country": "VEN", "role": "ruler"}
    outside = {"name": "The president of the United States", "country": "USA", "role": "head_of_state"}

    def event(kind: str, sentence: str, trigger: str, source: Any, target: Any, **more: Any) -> dict[str, Any]:
        return {
            "type": kind, "trigger": _span(trigger), "source": source, "target": target, "date": None,
            "text": sentence, **_place(sentence), "confidence": 0.83, **more,
        }  # fmt: skip

    demand = "The president of the United States told Nicolás Maduro Moros by telephone to give up power without delay"
    promise = (
        "The Venezuelan leader, his wife and his son would receive safe passage out of the country "
        "if he resigned at once"
    )
    counter = "He asked instead for immunity from prosecution for himself and his closest allies"
    survey = "85 percent of Venezuelans are unhappy"
    return {
        "events": [
            event("REQUEST", demand, "told", outside, ruler, terms=["leave_office", "deadline"], claim=0),
            event("REJECT", "Maduro refused.", "refused", ruler, outside, date="2025-11-30"),
            event("REQUEST", counter, "asked", ruler, outside, terms=["immunity"], modality="announced"),
            event("REJECT", "Washington rejected those terms.", "rejected", outside, None, negated=False),
        ],
        "offers": [
            {
                "by": "USA", "to": "VEN", "safe_passage": True, "immunity": False, "beneficiaries": ["ruler", "family"],
                "condition": "if he resigned at once", "deadline": None, "deadline_text": "immediately",
                "guarantor": "USA", **_place(promise),
            }
        ],
        "demands": [
            {"by": "USA", "what": "leave_office", "counter": False, "to": "VEN", "deadline_text": "without delay",
             **_place("to give up power without delay")},
            {"by": "VEN", "what": "immunity", "counter": True, "to": "USA", **_place(counter)},
        ],
        "claims": [
            {"speaker": "two people briefed on the call", "speaker_kind": "anonymous", "affiliation": None,
             "source_spans": [_span("two people briefed on the call")], "cue_spans": [_span("according to")],
             "content_spans": [_span(demand)], "content": demand, "grade": "D", "report": 0,
             "reason": "people without a name"},
            {"speaker": "Daniel Ortner", "speaker_kind": "named_person", "affiliation": None,
             "source_spans": [_span("Daniel Ortner, a senior political analyst")], "cue_spans": [_span("said")],
             "content_spans": [_span("Offering an exit gives a ruler an incentive to step down")],
             "content": "Offering an exit gives a ruler an incentive to step down", "grade": "C", "report": 0,
             "direct": True, "reason": "a name and a title, no affiliation"},
            {"speaker": "Defence Minister Vladimir Padrino López", "speaker_kind": "named_person",
             "affiliation": "Ministry of Defence", "source_spans": [_span("Defence Minister Vladimir Padrino López")],
             "cue_spans": [_span("repeated")], "content_spans": [_span("the military remains loyal")],
             "content": "the military remains loyal", "grade": "B", "report": 0, "reason": "named, with an office"},
            {"speaker": f"Many people {HOSTILE}", "speaker_kind": "vague", "affiliation": None,
             "source_spans": [_span("Many people")], "cue_spans": [_span("blame")],
             "content_spans": [_span("blame Maduro for the collapse of the economy and for shortages of food")],
             "content": f"blame Maduro for the collapse {IMAGE}", "grade": "E", "report": 0, "reason": "nobody named"},
            {"speaker": "An official", "speaker_kind": "unnamed_role", "affiliation": None,
             "source_spans": [_span("An official who asked not to be named", SECOND)],
             "cue_spans": [_span("said that", SECOND)], "content_spans": [_span("talks go on", SECOND)],
             "content": "talks go on", "grade": "D", "report": 1, "reason": "an office without a name"},
        ],
        "statistics": [
            {"value": 85, "unit": "percent", "qualifier": "over", "about": "Venezuelans who are unhappy",
             "stated_source": "Institute for Hemispheric Opinion",
             "source_span": _span("Institute for Hemispheric Opinion"), "year": None, "checkable": False,
             "grade": "D", "topic": "discontent", **_place(survey)},
        ],
        "dropped": [{**_place(TEXT[TEXT.index("https://cdn") :].rstrip("\n")), "reason": "image address"}],
        "conditions": [
            {"topic": "army_loyal", "text": "the armed forces still obey him", "grade": "E", "country": "VEN",
             **_place("armed forces still obey him")},
            {"topic": "economy_bad", "text": "shortages of food", "grade": "E", **_place("shortages of food")},
            {"topic": "pressure", "text": "A pressure campaign has run for four months.", "grade": "E",
             "duration_months": 4, **_place("A pressure campaign has run for four months.")},
        ],
    }  # fmt: skip


def case(name: str) -> dict[str, Any]:
    def view(low: float, central: float, high: float, sources: list[dict[str, Any]], reason: str) -> dict[str, Any]:
        return {"low": low, "central": central, "high": high, "evidence": sources, "reason": reason}

    prior = {"evidence": "prior", "value": 0.5}
    found = evidence()
    return {
        "schema": 1, "name": name, "as_of": AS_OF,
        "reports": [{"path": "venezuela.md", "sha256": "0" * 64}],
        "ruler": {"name": "Nicolás Maduro Moros", "country": "VEN", "office": "president",
                  "in_office_since": "2013-04-19", "birth_year": 1962, "military_career": False,
                  "regime": "personal", "coup_attempts_60m": 0, "culpable": True,
                  "accusation": "a United Nations mission, a report (2020-09-16)"},
        "coercers": [{"id": "USA", "name": "United States", "country": "USA", "leader": "Donald Trump"}],
        "armed_forces": {"name": "Fuerza Armada Nacional Bolivariana", "commander": "Vladimir Padrino López"},
        "events": found["events"], "offers": found["offers"], "demands": found["demands"],
        "state": {"pressure": "ultimatum", "offer": "safe_passage", "counter_demand": "standing",
                  "guarantor": "coercer", "pressure_since": "2025-08-01", "ultimatum_since": "2025-11-21",
                  "offer_since": "2025-11-21", "offer_condition": "resigns at once"},
        "assessments": {
            "army_loyalty": view(0.72, 0.86, 0.94, [prior, {"evidence": "conditions[0]", "grade": "E", "value": 0.9,
                                 "weight": 0.15}, {"evidence": "claims[2]", "grade": "B", "value": 0.95, "weight": 0.8}],
                                 "Two statements say loyal; one comes from the minister himself."),
            "street": view(0.05, 0.14, 0.33, [prior], "Nothing in the report says that people are in the streets."),
            "public_support": view(0.12, 0.27, 0.5, [prior, {"evidence": "statistics[0]", "grade": "D", "value": 0.15,
                                   "weight": 0.4}], "A survey that cannot be traced counts for little."),
            "guarantee": view(0.2, 0.42, 0.68, [prior, {"evidence": "offers[0]"}], "The coercer alone promises."),
            "coercer_resolve": view(0.3, 0.55, 0.78, [prior], "Four months of pressure."),
            "ruler_resolve": view(0.2, 0.43, 0.69, [prior], "Refusals move the belief inside the game, not here."),
            "economy": view(0.5, 0.7, 0.85, [prior, {"evidence": "conditions[1]", "grade": "E", "value": 0.8,
                            "weight": 0.15}, {"evidence": "conditions[9]"}], f"Shortages {HOSTILE}"),
        },
        "overrides": {"assessments.street.central": {"value": 0.14, "by": "an analyst", "why": "own sources"}},
    }  # fmt: skip


def number(mean: float, spread: float = 2.6) -> dict[str, float]:
    return {"mean": mean, "low": mean / spread, "high": min(0.99, mean * spread)}


def _what_ifs() -> list[dict[str, Any]]:
    base = cumulative(GAME, 12)

    def what_if(label: str, kind: str, lift: float, best: float | None, change: dict[str, Any]) -> dict[str, Any]:
        row = dict(base)
        row["negotiated"] = base["negotiated"] * lift
        row["in_office"] = 1 - sum(value for key, value in row.items() if key != "in_office")
        difference = {
            key: {"mean": row[key] - base[key], "low": row[key] - base[key] - 0.03, "high": row[key] - base[key] + 0.04}
            for key in row
        }
        return {
            "label": label, "kind": kind, "change": change, "months": 12, "probability_best": best,
            "outcomes": {key: number(value) if key != "in_office" else {"mean": value, "low": value - 0.2,
                         "high": min(1, value + 0.1)} for key, value in row.items()},
            "difference": difference,
            "wording": f"In the model, if the change ‘{label}’ were made for reasons unrelated to what we cannot see, "
                       "then a negotiated exit within 12 months would be that likely.",
        }  # fmt: skip

    return [
        what_if("The offer is withdrawn", "offer", 0.12, 0.0, {"offer": "none"}),
        what_if("Safe passage, guaranteed by the coercer (as now)", "offer", 1.0, 0.05, {"offer": "safe_passage"}),
        what_if("Safe passage, guaranteed by a third state", "offer", 1.35, 0.21, {"guarantor": "third_state"}),
        what_if("Safe passage and immunity, guaranteed by the coercer", "offer", 1.5, 0.16, {}),
        what_if(f"Safe passage and immunity, guaranteed by a third state {HOSTILE}", "offer", 1.9, 0.58, {}),
        what_if("The promise is kept nine times in ten", "guarantee", 1.7, None, {"guarantee": 0.9}),
        what_if("Pressure falls back to sanctions", "pressure", 0.6, None, {"pressure": "sanctions"}),
        what_if("The armed forces waver", "loyalty", 1.2, None, {"armed_forces": "wavering"}),
        what_if("The street is mobilised", "street", 1.05, None, {"street": "mobilised"}),
    ]


def make(name: str = f"Venezuela {HOSTILE} & the “United States”, 2025", **changes: Any) -> Brief:
    """The sample brief; `changes` replace whole parts of it."""
    text = {"game": series(GAME, MONTHS, 2.6), "history": series(HISTORY, MONTHS, 1.5)}
    base = cumulative(GAME, 12)
    steps = [
        ("All rulers since 1950", "history", 0.5, "Exits per ruler and month, every country and year."),
        ("Rulers of this kind", "history", 0.3, "A personal ruler in office for more than ten years."),
        ("With the dispute", "history", 0.33, "Disputes with the coercer and recent coup attempts are added."),
        ("The game without this standoff", "game", 0.3, "The passive world that the game is anchored to."),
        ("An ultimatum with an offer", "game", 0.95, "The coercer presses and promises safe passage."),
        ("What the reports say", "evidence", 1.0, f"Loyal army, refusal, counter-demand {HOSTILE}."),
    ]
    data: dict[str, Any] = {
        "schema": 1, "offramp": "0.1.0", "seed": 7, "as_of": AS_OF, "case": case(name),
        "reports": [
            {"path": "reports/venezuela.md", "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
             "media_type": "text/markdown", "encoding": "utf-8", "date": "2025-12-01", "text": TEXT,
             "title": f"A telephone call {HOSTILE}", "publisher": None},
            {"path": "https://news.example.org/second?x=1&y=<2>", "sha256": "f" * 64, "media_type": "text/html",
             "encoding": "windows-1252", "date": None, "text": SECOND},
        ],
        "evidence": evidence(),
        "forecast": {"months": MONTHS, "outcomes": text["game"]},
        "lenses": {
            "history": {"outcomes": text["history"], "note": "Leader spells since 1950, covariates as observed."},
            "structural": {"outcomes": text["history"], "note": "History with the state of this dispute left out."},
            "game": {"outcomes": text["game"], "note": "The anchored game."},
        },
        "monthly": {"months": list(range(25)), "game": series(GAME, list(range(25)), 2.6),
                    "history": series(HISTORY, list(range(25)), 1.5)},
        "what_if": _what_ifs(),
        "best_offer": {
            "offer": {"offer": "safe_passage_immunity", "guarantor": "third_state", "guarantee": 0.61,
                      "label": f"Safe passage and immunity, guaranteed by a third state {HOSTILE}"},
            "negotiated_within_12_months": number(base["negotiated"] * 1.9), "probability_best": 0.58,
            "coercer_prefers_to_keep": 0.73,
            "leave_threshold_per_year": {"mean": 0.44, "low": 0.21, "high": 1.3}, "wording": "",
        },
        "warnings": ["reports[1]: no date found.", "The birth year comes from the gazetteer.",
                     f"reports[1]: declared latin-1, decoded as windows-1252 {HOSTILE}."],
        "moves": [
            {"player": player, "move": move, "probability": {"mean": p, "low": p * 0.6, "high": min(1, p * 1.3)},
             "words": words}
            for player, rows in {
                "coercer": [("hold", 0.61, "keeps the ultimatum standing"), ("ease", 0.2, "eases the pressure"),
                            ("strike", 0.04, "strikes"), ("improve", 0.15, "improves the offer")],
                "ruler": [("hold", 0.78, "stays and holds out"), ("counter", 0.15, "makes a counter-demand"),
                          ("leave", 0.03, "leaves on the offer"), ("crack_down", 0.04, "")],
                "armed_forces": [("back", 0.93, "back the ruler"), ("waver", 0.06, "waver"),
                                 ("move", 0.01, "move against the ruler")],
            }.items()
            for move, p, words in rows
        ],
        "path": [
            {"label": label, "basis": basis, "explanation": words,
             "outcomes": {**{k: (None if basis == "history" and k == "negotiated" else v * factor)
                             for k, v in base.items() if k != "in_office"},
                          "in_office": 1 - sum(v * factor for k, v in base.items() if k != "in_office"
                                               and not (basis == "history" and k == "negotiated"))}}
            for label, basis, factor, words in steps
        ],
        "sensitivity": [
            {"parameter": "assessments.guarantee", "label": "Credibility of the promise", "outcome": "negotiated",
             "at_low": 0.07, "at_high": 0.22, "low_value": 0.2, "high_value": 0.68},
            {"parameter": "priors.strike_cost", "label": f"Cost of a strike to the coercer {HOSTILE}",
             "outcome": "foreign", "at_low": 0.19, "at_high": 0.05, "from_prior_alone": True},
            {"parameter": "assessments.ruler_resolve", "label": "Resolve of the ruler", "outcome": "negotiated",
             "at_low": 0.18, "at_high": 0.08, "low_value": 0.2, "high_value": 0.69},
            {"parameter": "assessments.army_loyalty", "label": "Loyalty of the armed forces", "outcome": "coup",
             "at_low": 0.05, "at_high": 0.015, "low_value": 0.72, "high_value": 0.94},
            {"parameter": "assessments.economy", "label": "State of the economy", "outcome": "uprising",
             "at_low": 0.008, "at_high": 0.013, "low_value": 0.5, "high_value": 0.85},
        ],
        "comparables": [
            {"id": "haiti-1994", "ruler": "Raoul Cédras", "country": "Haiti", "year": 1994,
             "alike": "ultimatum, safe passage, loyal army", "different": "an invasion under way", "outcome": "negotiated",
             "months_to_exit": 2.4, "fate": "exile", "summary": "Left for Panama after talks hours before a landing.",
             "source": "a public chronology", "distance": 0.31},
            {"id": "libya-2011", "ruler": "Muʿammar al-Qaḏḏāfī", "country": "Libya", "year": 2011,
             "alike": "asked to leave with safe passage", "different": "civil war", "outcome": "rebels",
             "months_to_exit": 7, "fate": "death", "summary": f"Refused {HOSTILE}; fell to rebels.",
             "source": "a public chronology", "distance": 0.55},
            {"id": "syria-2011", "ruler": "Bashar al-Assad", "country": "Syria", "year": 2011, "alike": "offers of exile",
             "different": "no ultimatum", "outcome": "in_office", "months_to_exit": None, "fate": None,
             "summary": "Stayed.", "source": "a public chronology", "distance": 0.62},
        ],
        "story": [
            {"element": "the call, the ultimatum", "found": "a demand to leave at once", "effect":
             "pressure stands at ultimatum", "evidence": ["events[0]", "demands[0]"]},
            {"element": "survey that cannot be checked", "found": "85 % unhappy, grade D",
             "effect": "public support widened", "evidence": ["statistics[0]"]},
            {"element": "web debris", "found": "an image address", "effect": "dropped", "evidence": ["dropped[0]"]},
            {"element": "control of the armed forces", "found": "loyal", "effect": "the armed forces are a player",
             "evidence": ["conditions[0]", "claims[2]"]},
        ],
        "fates": {
            "negotiated": {"safe": number(0.35), "exile": number(0.5), "jail": number(0.1), "death": number(0.05)},
            "coup": {"safe": number(0.3), "exile": number(0.35), "jail": number(0.25), "death": number(0.1)},
            "foreign": {"safe": number(0.1), "exile": number(0.2), "jail": number(0.5), "death": number(0.2)},
        },
        "bands": [{"outcome": "uprising", "month": 12, "low": 0.003, "high": 0.025, "value": 0.03,
                   "why": "the street was set by hand"}],
        "diagnostics": {
            "draws": 64, "nodes": 41, "horizon_months": 24, "tail_months": 72, "max_residual": 3.2e-11,
            "monte_carlo_error": {"negotiated": 0.006, "foreign": 0.005, "in_office": 0.008},
            "effective_sample_size": 51.3, "second_start_agrees": True,
            "prior_only": ["precision of the ruler", "cost of a strike", "share of wavering armies"],
            "seconds": {"reading": 1.4, "solving": 3.9}, "history_cut": "2024-12-31", "extra": {"grid": 41},
        },
    }  # fmt: skip
    data.update(changes)
    return Brief.model_validate(data)


def smallest() -> Brief:
    """A brief with nothing but what the type demands: no reports, no offers, no monthly figures."""
    return make(
        name="A case file alone", reports=[], evidence={}, what_if=[], best_offer=None, warnings=[], monthly=None,
        moves=[], path=[], sensitivity=[], comparables=[], story=[], fates={}, bands=[], diagnostics=None,
        forecast={"months": [3], "outcomes": series(GAME, [3], 2.6)},
        lenses={"game": {"outcomes": series(GAME, [3], 2.6)}},
    )  # fmt: skip


def sample_case() -> Case:
    return make().case
