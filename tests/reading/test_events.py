"""Event types, sides and moods in sentences of our own, and the figures on the shared development sets."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.codes.plover import EVENT_TYPES, MODES, EventType
from offramp.reading import lexicon, nlp
from offramp.reading.actors import Cast
from offramp.reading.events import find_events, find_terms
from offramp.reading.evidence import Modality

SHARED = Path(os.environ.get("OFFRAMP_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "reading"


def events(text, on=dt.date(2025, 12, 1)):
    return [item.event for item in find_events(Cast(nlp.parse(text), on))]


def pair(event):
    return (event.source.country if event.source else None, event.target.country if event.target else None)


SENTENCES = [
    ("Kenya and Uganda agreed to open a joint border post.", "AGREE", "KEN", "UGA"),
    ("Spain promised to send Morocco two ships.", "AGREE", "ESP", "MAR"),
    ("Poland is willing to help Ukraine.", "AGREE", "POL", "UKR"),
    ("Japan will support India's plan.", "AGREE", "JPN", "IND"),
    ("Chile's president met the king of Norway in Oslo.", "CONSULT", "CHL", "NOR"),
    ("Peru and Ecuador held talks in Lima on Monday.", "CONSULT", "PER", "ECU"),
    ("Canada praised Ghana for its election.", "SUPPORT", "CAN", "GHA"),
    ("Mali restored diplomatic relations with France.", "SUPPORT", "MLI", "FRA"),
    ("Algeria lifted its sanctions on Niger.", "CONCEDE", "DZA", "NER"),
    ("Serbia accepted the demands of Kosovo.", "CONCEDE", "SRB", "XKX"),
    ("Israel shared intelligence with Greece.", "COOPERATE", "ISR", "GRC"),
    ("Sweden gave Somalia 30 million dollars in aid.", "AID", "SWE", "SOM"),
    ("Russian troops withdrew from Kherson in Ukraine.", "RETREAT", "RUS", "UKR"),
    ("The president of Bolivia resigned.", "RETREAT", "BOL", None),
    ("Egypt urged Sudan to end the war.", "REQUEST", "EGY", "SDN"),
    ("The European Union called on Georgia to hold new elections.", "REQUEST", "org:EU", "GEO"),
    ("Iran must open its sites, Germany said.", "REQUEST", "DEU", "IRN"),
    ("India accused Pakistan of sheltering militants.", "ACCUSE", "IND", "PAK"),
    ("The strike was condemned by Turkey.", "ACCUSE", "TUR", None),
    ("Eritrea rejected an Ethiopian demand for access to the sea.", "REJECT", "ERI", "ETH"),
    ("Syria will not accept inspectors from the United Nations.", "REJECT", "SYR", "org:UN"),
    ("Cuba refused to talk to the United States.", "REJECT", "CUB", "USA"),
    ("China threatened to cut off trade with Lithuania.", "THREATEN", "CHN", "LTU"),
    ("Rwanda warned that it would attack Congo.", "THREATEN", "RWA", "COD"),
    ("Greece gave Turkey two weeks to withdraw its ship.", "THREATEN", "GRC", "TUR"),
    ("Thousands of Serbs marched against the government in Belgrade.", "PROTEST", "SRB", "SRB"),
    ("France suspended aid to Burkina Faso.", "SANCTION", "FRA", "BFA"),
    ("The United States imposed sanctions on Nicaragua.", "SANCTION", "USA", "NIC"),
    ("Venezuela moved troops to its border with Guyana.", "MOBILIZE", "VEN", "GUY"),
    ("Turkish police arrested 40 Syrians.", "COERCE", "TUR", "SYR"),
    ("Belarus expelled two Lithuanian diplomats.", "SANCTION", "BLR", "LTU"),
    ("Ethiopian jets bombed a town in Eritrea.", "ASSAULT", "ETH", "ERI"),
    ("Three Malian soldiers were killed by rebels.", "ASSAULT", "MLI", "MLI"),
    ("Azerbaijan's refusal to talk to Armenia worries diplomats.", "REJECT", "AZE", "ARM"),
]


@pytest.mark.parametrize(("text", "kind", "source", "target"), SENTENCES, ids=lambda v: str(v)[:40])
def test_the_first_event_of_a_sentence(text, kind, source, target):
    found = events(text)
    assert found, "no event"
    assert found[0].type == kind
    expected = (source, target)
    sides = pair(found[0])
    if kind in ("AGREE", "CONSULT"):
        assert set(sides) == set(expected)
    else:
        assert sides == expected


MOODS = [
    ("Egypt attacked Libya.", Modality.HAPPENED, False),
    ("Egypt has not attacked Libya.", Modality.HAPPENED, True),
    ("If Egypt attacked Libya, oil would rise.", Modality.CONDITIONAL, False),
    ("Egypt might attack Libya.", Modality.HYPOTHETICAL, False),
    ("Egypt denied that it had attacked Libya.", Modality.DENIED, False),
    ("In 1977 Egypt attacked Libya.", Modality.HISTORICAL, False),
    ("Egypt said that it will attack Libya.", Modality.ANNOUNCED, False),
    ("Egypt plans to attack Libya.", Modality.PLANNED, False),
]


@pytest.mark.parametrize(("text", "modality", "negated"), MOODS, ids=lambda v: str(v)[:40])
def test_how_an_event_is_presented(text, modality, negated):
    found = [e for e in events(text) if e.type in ("ASSAULT", "THREATEN")]
    assert (found[0].modality, found[0].negated) == (modality, negated)


def test_several_events_in_a_sentence_main_clause_first():
    found = events(
        "Syria, which had accused Israel of an attack, closed its border with Jordan and recalled its ambassador."
    )
    kinds = [e.type for e in found]
    assert "ACCUSE" in kinds
    assert len(found) >= 2
    assert kinds[0] != "ACCUSE"


def test_one_event_for_each_pair():
    found = [e for e in events("Norway and Sweden condemned Russia and Belarus.") if e.type == "ACCUSE"]
    assert {pair(e) for e in found} == {("NOR", "RUS"), ("NOR", "BLR"), ("SWE", "RUS"), ("SWE", "BLR")}


def test_spans_and_dates():
    text = "Speaking on Friday, Kenya's president rejected the offer. On 3 November Uganda threatened Kenya."
    found = events(text)
    assert [e.date for e in found] == [dt.date(2025, 11, 28), dt.date(2025, 11, 3)]
    for event in found:
        assert text[event.start : event.end] == event.text
        assert event.start <= event.trigger[0] < event.trigger[1] <= event.end
        for actor in (event.source, event.target):
            if actor is not None and actor.span is not None:
                assert text[slice(*actor.span)] == actor.name


@pytest.mark.parametrize(
    "text",
    [
        "United beat Rovers 2-1 and the striker killed the game with a late header.",
        "The singer attacked the song and the audience surrendered.",
        "The new software kills the process and restores the connection.",
        "Shares in the company collapsed after its chairman resigned.",
        "Brazil beat Argentina in the final of the tournament.",
    ],
)
def test_other_genres_hold_no_events(text):
    assert events(text) == []


def test_terms():
    assert find_terms("He must step down within 48 hours and will get safe passage.") == [
        "leave_office",
        "safe_passage",
        "deadline",
    ]
    assert find_terms("The weather was fine.") == []


def test_the_tables_speak_of_known_types_and_modes():
    for rows in lexicon.frames().values():
        for frame in rows:
            assert frame.type is None or frame.type in EVENT_TYPES
            assert frame.mode is None or frame.mode in MODES[frame.type]
            assert frame.type is not None or frame.kind in ("light", "report", "plan", "aspect", "fail")
    known = {c for n in lexicon.nouns().values() for c in n.classes} | {"actor", "none"}
    used = {c for rows in lexicon.frames().values() for frame in rows for c in frame.classes}
    assert used <= known, used - known


def test_every_type_can_be_reached():
    by_verb = {frame.type for rows in lexicon.frames().values() for frame in rows}
    assert set(EventType) <= by_verb


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text(text):
    for event in events(text):
        assert 0 <= event.start <= event.trigger[0] < event.trigger[1] <= len(text)


HEAP = (
    "he they Maduro Washington refused demanded that to if not , . “ ” ' ( ) the army safe passage resign by Friday of"
    " and offered immunity ECOWAS … —"
)
WORDS = st.sampled_from([*HEAP.split(" "), '"', "\u202e", "\x00", "\u2028", "\n\n", "\u200f"])


@given(st.lists(WORDS, max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_heap_of_political_words(words):
    text = " ".join(words)
    for event in events(text):
        assert text[event.start : event.end] == event.text


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "events_gsr_dev.jsonl").is_file(), reason="the shared development sets are not here")
def test_figures_on_the_development_sets():
    """Better than a verb list with dependencies (types right 56 %, dyads 37 %, false alarms 22 %), by a wide margin."""
    spec = importlib.util.spec_from_file_location("score_events", SHARED / "score_events.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    gold, quiet = (
        [json.loads(line) for line in (SHARED / f"events_{name}_dev.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("gsr", "neg")
    )
    result = scorer.score(gold, [predict(r) for r in gold + quiet], quiet)
    assert result["type_first_acc"] >= 0.80, json.dumps(result)
    assert result["dyad_acc"] >= 0.65
    assert result["false_alarm_rate"] <= 0.05


def predict(record):
    def side(actor):
        return [] if actor is None else [{"text": actor.name, "country": actor.country, "span": list(actor.span or ())}]

    return {
        "id": record["id"],
        "events": [
            {
                "plover": e.type,
                "mode": e.mode,
                "trigger": list(e.trigger),
                "source": side(e.source),
                "target": side(e.target),
            }
            for e in events(record["text"], None)
        ],
    }
